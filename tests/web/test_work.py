"""Logging in, to-dos, lists, the desk's form: who sees what, in what order, for how many queries."""

import re
from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from huiyin.cases import clock
from huiyin.cases.models import Case, Draft
from huiyin.org import actions as org
from huiyin.org.models import Officer
from huiyin.vault.models import Record
from tests.cases.office import a_case, officer
from tests.web.test_case_page import registered

pytestmark = pytest.mark.django_db

WORK, LIST, REGISTER = 20, 14, 11  # queries at most


def body(answer):
    return answer.content.decode()


# -- logging in


def test_logging_in_leads_to_the_to_dos(client):
    _password("intake.city")
    page = client.get("/login/?next=/cases/")
    assert 'name="next" value="/cases/"' in body(page)
    wrong = client.post("/login/", {"username": "intake.city", "password": "wrong"})
    assert wrong.status_code == 422
    assert "用户名或密码不对" in body(wrong)
    assert client.post("/login/", {"username": "intake.city", "password": "Ein-langes-Wort-7"}).url == "/work/"
    assert client.post("/logout/").url == "/"
    assert client.get("/work/").url == "/login/?next=/work/"


def _password(username):
    person = Officer.objects.get(person__username=username).person
    person.set_password("Ein-langes-Wort-7")
    person.save()


@pytest.mark.parametrize(
    ("wanted", "leads"), [("/cases/", "/cases/"), ("https://evil.example/", "/work/"), ("//evil.example", "/work/")]
)
def test_after_logging_in_one_stays_on_this_site(client, wanted, leads):
    _password("intake.city")
    answer = client.post("/login/", {"username": "intake.city", "password": "Ein-langes-Wort-7", "next": wanted})
    assert answer.url == leads


def test_somebody_without_a_posting_comes_no_further(desk):
    client = desk("handler", "county_b")
    Officer.objects.filter(person=officer("handler", "county_b").person).update(until="2001-01-01")
    answer = client.get("/work/")
    assert answer.status_code == 403
    assert "没有岗位" in body(answer)


def test_one_acts_in_the_posting_one_chose_and_in_none_of_others(desk):
    mine = officer("handler", "county_a")
    second = org.appoint(mine.person, "unit_head", "county_b", since=datetime(2020, 1, 1).date())
    client = desk("handler", "county_a")
    assert "甲县局 · 承办人" in body(client.get("/work/"))
    client.post("/posting/", {"posting": second.pk})
    assert f'value="{second.pk}" selected' in body(client.get("/work/"))
    client.post("/posting/", {"posting": officer("leader", "city").pk})
    assert f'value="{second.pk}" selected' in body(client.get("/work/"))


# -- to-dos


def test_to_dos_stand_by_their_moment_with_a_light_and_the_article(desk):
    now = datetime.now().replace(microsecond=0)
    old, new = a_case(now - timedelta(days=40)), a_case(now - timedelta(minutes=5))
    page = body(desk("intake_officer", "city").get("/work/"))
    assert "TRY-01" in page
    assert page.index(f"/cases/~{old.pk}/" if old.number == new.number else f"/cases/{old.number}/") < page.rindex(
        f"/cases/~{new.pk}/" if old.number == new.number else f"/cases/{new.number}/"
    )
    assert "已逾期" in page
    red = body(desk("intake_officer", "city").get("/work/?light=red"))
    assert red.count('class="light red" aria-hidden') == 1


def test_to_dos_of_another_unit_are_not_mine(desk):
    a_case()
    assert "TRY-01" not in body(desk("intake_officer", "county_b").get("/work/"))
    assert desk("intake_officer", "city").get("/work/?after=nonsense").status_code == 404


def test_the_queries_of_the_lists_do_not_grow_with_what_they_show(desk):
    client = desk("intake_officer", "city")
    a_case()
    client.get("/work/")
    counted = {}
    for address in ("/work/", "/cases/"):
        with CaptureQueriesContext(connection) as few:
            client.get(address)
        counted[address] = len(few)
    for _ in range(5):
        a_case()
    for address, limit in (("/work/", WORK), ("/cases/", LIST)):
        with CaptureQueriesContext(connection) as many:
            client.get(address)
        assert len(many) == counted[address] <= limit


# -- the list


def test_the_list_shows_what_one_may_find_and_filters_it(desk):
    mine, other = registered("jiangmen/complaint", "city"), registered("jiangmen/complaint", "county_b")
    page = body(desk("intake_officer", "county_b").get("/cases/"))
    assert page.count("<tr>") == 2
    city = desk("intake_officer", "city")
    assert body(city.get("/cases/")).count("<tr>") == 3
    assert body(city.get("/cases/?kind=enquiry")).count("<tr>") == 0
    assert body(city.get("/cases/?stage=acceptance&state=open")).count("<tr>") == 3
    assert Case.objects.filter(pk__in=[mine.pk, other.pk]).count() == 2


def test_the_list_goes_on_by_key(desk, monkeypatch):
    monkeypatch.setattr("huiyin.web.views.work.PAGE", 2)
    cases = [a_case() for _ in range(3)]
    client = desk("intake_officer", "city")
    first = body(client.get("/cases/"))
    assert first.count("<tr>") == 3
    before = re.search(r"before=(\d+)", first)[1]
    second = body(client.get(f"/cases/?before={before}"))
    assert second.count("<tr>") == 2
    assert cases[0].number in second


# -- the desk's form


def register(client, **more):
    data = {
        "channel": "phone", "source": "direct", "kind": "complaint", "complainant.name": "李小红", "complainant.phone": "13900002222",
        "respondent.name": "甲县商店", "what": "开线", "when": "上周六", "where": "商场", "who": "营业员", "why": "说穿着不当",
        "within_duties": "true", "amount_fen": "680", "key": "d1",
    }  # fmt: skip
    return client.post("/cases/new/?procedure=jiangmen/complaint", {**data, **more})


def test_the_desk_chooses_among_the_procedures_of_its_unit(desk):
    page = body(desk("intake_officer", "city").get("/cases/new/"))
    assert "jiangmen/complaint" in page
    assert "henan/complaint" in page
    assert desk("intake_officer", "city").get("/cases/new/?procedure=chengdu/complaint").status_code == 404


@pytest.mark.clause("JM-3-2b")
def test_what_the_rules_ask_for_is_marked_with_its_article(desk):
    page = body(desk("intake_officer", "city").get("/cases/new/?procedure=jiangmen/complaint"))
    assert "五要素" in page
    assert page.count("JM-3-2b") >= 6


def test_registering_gives_a_number_and_the_query_code_once(desk):
    client = desk("intake_officer", "city")
    answer = register(client)
    assert answer.status_code == 302, body(answer)
    page = body(client.get(answer.url))
    assert "查询码" in page
    assert "查询码" not in body(client.get(answer.url))
    case = Case.objects.get()
    assert case.number in page
    assert register(client).url == answer.url
    assert Case.objects.count() == 1


def test_a_missing_element_is_named_and_everything_typed_is_kept(desk):
    answer = register(desk("intake_officer", "city"), why="", what="开线三处")
    page = body(answer)
    assert answer.status_code == 409
    assert "何由" in page
    assert "JM-3-2b" in page
    assert "开线三处" in page
    assert not Case.objects.exists()


@pytest.mark.parametrize(
    ("name", "value"),
    [("bought_on", "2026-13-40"), ("amount_fen", "many"), ("channel", "pigeon"), ("place", "nowhere")],
)
def test_wrong_values_are_422_and_kept(desk, name, value):
    answer = register(desk("intake_officer", "city"), **{name: value, "what": "开线三处"})
    assert answer.status_code == 422
    assert "开线三处" in body(answer)


def test_a_draft_is_sealed_kept_for_its_owner_and_gone_when_registered(desk):
    client = desk("intake_officer", "city")
    assert register(client, save="1", why="", what="说到一半").url == "/work/"
    draft = Draft.objects.get()
    assert all("说到一半".encode() not in bytes(r.cipher) for r in Record.objects.all())
    assert f"draft={draft.pk}" in body(client.get("/work/"))
    assert "说到一半" in body(client.get(f"/cases/new/?draft={draft.pk}"))
    assert desk("intake_officer", "county_a").get(f"/cases/new/?draft={draft.pk}").status_code == 404
    client = desk("intake_officer", "city")
    assert register(client, draft=draft.pk).status_code == 302
    assert not Draft.objects.exists()


def test_the_form_of_the_desk_asks_few_queries(desk):
    client = desk("intake_officer", "city")
    client.get("/cases/new/?procedure=jiangmen/complaint")
    with CaptureQueriesContext(connection) as asked:
        client.get("/cases/new/?procedure=jiangmen/complaint")
    assert len(asked) <= REGISTER


def test_the_page_shows_the_time_of_the_log_s_clock(desk):
    with clock.at(datetime(2026, 5, 11, 9, 0)):
        a_case(datetime(2026, 5, 11, 9, 0))
        page = body(desk("intake_officer", "city").get("/work/"))
    assert "2026年5月18日" in page
