"""Who looked: every look is on record before the answer goes out, is never changed, and is read by those who watch."""

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client

from huiyin.accounts import looks
from huiyin.accounts.models import Look
from tests.api.clients import Api
from tests.cases.office import a_case, officer

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def no_second_factor(entrance_with):
    entrance_with(second_factor=frozenset())


def at(role, unit):
    client = Client()
    client.force_login(officer(role, unit).person)
    return client


def test_a_page_of_a_case_is_a_look_and_the_same_within_a_minute_is_the_same_look():
    case, client = a_case(), at("intake_officer", "city")
    for _time in range(3):
        assert client.get(f"/cases/~{case.pk}/").status_code == 200
    row = Look.objects.get(case_id=case.pk)
    one = officer("intake_officer", "city")
    assert (row.person, row.role, row.unit, row.how, row.via) == (
        f"p{one.person_id}",
        "intake_officer",
        "city",
        "case",
        "web",
    )
    Api(one).get(f"/cases/~{case.pk}")
    at("unit_head", "city").get(f"/cases/~{case.pk}/")
    assert Look.objects.filter(case_id=case.pk).count() == 3, "another way, another posting"


def test_a_look_that_could_not_be_written_is_none_and_the_next_one_is(monkeypatch):
    one, case = officer("intake_officer", "city"), a_case()
    real, fail = Look.objects.create, iter([True])

    def create(**row):
        if next(fail, False):
            raise IntegrityError("the database is away")
        return real(**row)

    monkeypatch.setattr(Look.objects, "create", create)
    with pytest.raises(IntegrityError):
        looks.note(one, looks.CASE, case_id=case.pk)
    looks.note(one, looks.CASE, case_id=case.pk)
    assert Look.objects.filter(case_id=case.pk).count() == 1


@pytest.mark.clause("HN-BM-01b", "HN-BM-02a")
def test_an_officer_of_another_county_is_refused_and_the_attempt_is_on_record():
    case = a_case()
    for answer in (
        at("handler", "county_b").get(f"/cases/{case.number}/"),
        Api(officer("handler", "county_b")).get(f"/cases/{case.number}"),
    ):
        assert answer.status_code == 404
    rows = Look.objects.filter(case_id=case.pk).values_list("how", "unit", "via")
    assert sorted(rows) == [("refused", "county_b", "api"), ("refused", "county_b", "web")]
    assert at("handler", "county_b").get("/cases/99999999/").status_code == 404
    assert Look.objects.filter(how="refused").count() == 2, "there is no such case: nothing to note"


def test_lists_searches_and_files_are_looks():
    client = at("intake_officer", "city")
    case = a_case()
    client.get("/cases/")
    client.get(f"/cases/?number={case.number}")
    Api(officer("unit_head", "city")).get("/cases", kind="complaint")
    found = list(Look.objects.order_by("pk").values_list("how", "via", "what"))
    assert [one[:2] for one in found] == [("list", "web"), ("search", "web"), ("list", "api")]
    assert not any(case.number in what for _how, _via, what in found)


def test_no_look_is_ever_changed_or_deleted():
    at("intake_officer", "city").get("/cases/")
    for sql in ("UPDATE accounts_look SET person = 'p0'", "DELETE FROM accounts_look"):
        with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql)
    assert Look.objects.count() == 1


@pytest.mark.clause("HN-BM-08")
def test_the_head_of_the_unit_and_the_auditor_read_who_looked_and_nobody_else():
    case = a_case()
    at("intake_officer", "city").get(f"/cases/~{case.pk}/")
    page = at("unit_head", "city").get(f"/cases/~{case.pk}/looks/")
    assert page.status_code == 200
    assert officer("intake_officer", "city").person.display_name in page.content.decode()
    for role, unit in (
        ("intake_officer", "city"),
        ("unit_head", "county_b"),
        ("handler", "city"),
        ("administrator", "province"),
    ):
        assert at(role, unit).get(f"/cases/~{case.pk}/looks/").status_code == 404, role
    auditor = at("auditor", "province")
    seen = auditor.get(f"/looks/?number={case.number}").content.decode()
    assert officer("intake_officer", "city").person.display_name in seen
    assert "登录" in auditor.get("/looks/acts/").content.decode()
    for role in ("administrator", "security_administrator"):
        assert at(role, "province").get("/looks/").status_code == 403
        assert at(role, "province").get("/looks/acts/").status_code == 403
    assert Look.objects.filter(how="log").count() == 3, "reading the log is a look, too"


def test_the_log_is_read_by_key_and_costs_what_it_costs(django_assert_max_num_queries):
    one = officer("intake_officer", "city")
    for number in range(120):
        looks.note(one, looks.SEARCH, what=f"cases number ({number})")
    auditor = at("auditor", "province")
    auditor.get("/looks/")
    with django_assert_max_num_queries(25):
        page = auditor.get("/looks/")
    found = page.content.decode()
    assert found.count("<time") == looks.SIZE
    before = found.partition("before=")[2].partition('"')[0]
    second = auditor.get(f"/looks/?before={before}").content.decode()
    assert "(119)" not in second
    assert auditor.get("/looks/?before=9999999999999999999999&number=%00&who=%00&how=x").status_code == 200


def test_a_case_page_with_its_look_stays_within_the_bar(django_assert_max_num_queries):
    case, client = a_case(), at("intake_officer", "city")
    client.get("/work/")
    with django_assert_max_num_queries(25):
        client.get(f"/cases/~{case.pk}/")
    assert Look.objects.filter(case_id=case.pk).exists()


def test_what_is_secret_in_a_report_is_shown_only_to_who_proved_lately_who_he_is(entrance_with):
    from huiyin.cases.actions import record
    from huiyin.vault.models import RevealLog
    from tests.cases.office import FACTS, PARTIES

    case = a_case(facts={**FACTS, "kind": "report"}, parties=[{**PARTIES[0], "role": "reporter"}, PARTIES[1]])
    record(case, "dispatched", by=officer("intake_officer", "city"), facts={"to": "county_a"})
    record(case, "received", by=officer("intake_officer", "county_a"))
    client = at("handler", "county_a")
    page = client.get(f"/cases/~{case.pk}/").content.decode()
    told = {"ref": page.partition('name="ref" value="')[2].partition('"')[0], "reason": "核实来电"}
    session = client.session
    session["since"] -= 3600
    session.save()
    address = f"/cases/~{case.pk}/reveal/"
    assert client.post(address, told).url.startswith("/login/again/")
    part = client.post(
        address, told, headers={"HX-Request": "true", "HX-Current-URL": f"http://testserver/cases/~{case.pk}/"}
    )
    assert part.headers["HX-Redirect"] == f"/login/again/?next=%2Fcases%2F~{case.pk}%2F"
    assert not RevealLog.objects.exists()
    session = client.session
    session["proved"] = session["since"] + 3600
    session.save()
    assert client.post(address, told).status_code == 200
    assert RevealLog.objects.count() == 1
