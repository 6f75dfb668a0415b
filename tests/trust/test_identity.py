"""What only two people together may open: asked for, answered by another person, seen once, over after its time; and nobody gets round it."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from huiyin.accounts import looks
from huiyin.api.models import SCOPES
from huiyin.cases import clock, identity
from huiyin.cases.queries import open_case
from huiyin.notices import queries as inbox
from huiyin.vault.models import Opening, OpeningStep, RevealLog
from tests.api.clients import Api
from tests.cases.office import FACTS, MONDAY, PARTIES, a_case, officer, procedure

pytestmark = pytest.mark.django_db
PHONE, NAME = PARTIES[0]["phone"], PARTIES[0]["name"]
REASON = "需要向反映人核实时间"


@pytest.fixture(autouse=True)
def _monday(sample_world):
    with clock.at(MONDAY + timedelta(hours=2)):
        yield


@pytest.fixture
def matter():
    """A complaint about an officer of the county, with the supervision of the city."""
    about = f"p{officer('handler', 'county_a', 2).person_id}"
    parties = [
        PARTIES[0],
        {"role": "respondent", "name": "某工作人员", "officer": about, "respondent_kind": "official"},
    ]
    return a_case(facts={**FACTS, "kind": "staff_complaint"}, parties=parties)


def phone_of(case, by, no="1"):
    found = identity.masked(open_case(case), by).values()
    return next((one for one in found if one.party == no and one.name == "phone"), None)


def ask(case, by, no="1"):
    return identity.ask(open_case(case), by, no, REASON)


HANDLER, HEAD = ("intake_officer", "city"), ("unit_head", "city")


def test_nobody_sees_it_at_once_and_the_reveal_log_stays_empty(matter):
    one = phone_of(matter, officer(*HANDLER))
    assert one is not None
    with pytest.raises(identity.TakesTwo):
        identity.reveal(open_case(matter), officer(*HANDLER), one.ref, REASON)
    assert not RevealLog.objects.exists()


def test_asked_agreed_by_another_seen_once(matter):
    asked = ask(matter, officer(*HANDLER))
    with pytest.raises(identity.NotNow):
        identity.show(officer(*HANDLER), asked)
    assert [row.pk for row, _opened in identity.waiting(officer(*HEAD))] == [asked.pk]
    identity.answer(officer(*HEAD), asked, grant=True)
    assert identity.waiting(officer(*HEAD)) == []
    shown = {one.name: value for one, value in identity.show(officer(*HANDLER), asked)}
    assert (shown["name"], shown["phone"]) == (NAME, PHONE)
    with pytest.raises(identity.NotNow) as again:
        identity.show(officer(*HANDLER), asked)
    assert again.value.state == "shown"
    assert {(row.name, row.reason) for row in RevealLog.objects.all()} == {(name, REASON) for name in shown}


def test_nobody_answers_for_himself_in_whatever_posting(matter):
    head = officer(*HEAD)
    asked = ask(matter, head)
    head.role = "director"
    for one in (officer(*HEAD), head):
        with pytest.raises(identity.NotMasked):
            identity.answer(one, asked, grant=True)
    assert asked.pk not in [row.pk for row, _opened in identity.waiting(officer(*HEAD))]


@pytest.mark.parametrize(
    "who",
    [
        ("handler", "city"), ("caller_back", "city"), ("unit_head", "county_a"), ("handler", "county_a", 2), ("director", "county_b"),
        ("administrator", "province"), ("security_administrator", "province"), ("auditor", "province"),
    ],
    ids=str,
)  # fmt: skip
def test_who_does_not_lead_or_may_not_find_the_case_answers_nothing_and_hears_nothing(matter, who):
    asked = ask(matter, officer(*HANDLER))
    one = officer(*who)
    with pytest.raises(identity.NotMasked):
        identity.answer(one, asked, grant=True)
    assert identity.waiting(one) == []
    assert not [line for line in inbox.inbox(one).rows if line.notice.topic.startswith("identity")]
    assert identity.State.of(asked).what == "asked"


def test_only_the_asker_sees_what_was_agreed(matter):
    asked = ask(matter, officer(*HANDLER))
    identity.answer(officer(*HEAD), asked, grant=True)
    for one in (officer(*HEAD), officer("handler", "county_a")):
        with pytest.raises(identity.NotMasked):
            identity.show(one, asked)
    assert not RevealLog.objects.exists()


def test_a_refusal_says_why_and_ends_it(matter):
    asked = ask(matter, officer(*HANDLER))
    with pytest.raises(identity.NoReason):
        identity.answer(officer(*HEAD), asked, grant=False, says=" ")
    identity.answer(officer(*HEAD), asked, grant=False, says="不影响核实，暂不需要")
    for act in (
        lambda: identity.show(officer(*HANDLER), asked),
        lambda: identity.answer(officer(*HEAD), asked, grant=True),
    ):
        with pytest.raises(identity.NotNow) as now:
            act()
        assert now.value.state == "denied"
    assert ask(matter, officer(*HANDLER)).pk != asked.pk


def test_both_ends_of_the_time_are_kept(matter, settings):
    settings.IDENTITY_HOURS = 24
    asked = ask(matter, officer(*HANDLER))
    with clock.at(MONDAY + timedelta(hours=26)), pytest.raises(identity.NotNow) as late:
        identity.answer(officer(*HEAD), asked, grant=True)
    assert late.value.state == "over"
    with clock.at(MONDAY + timedelta(hours=25)):
        identity.answer(officer(*HEAD), asked, grant=True)
    with clock.at(MONDAY + timedelta(hours=49)), pytest.raises(identity.NotNow) as late:
        identity.show(officer(*HANDLER), asked)
    assert late.value.state == "over"
    with clock.at(MONDAY + timedelta(hours=48, minutes=59)):
        assert identity.show(officer(*HANDLER), asked)


def test_asking_twice_is_one_request_until_it_is_over(matter):
    assert ask(matter, officer(*HANDLER)).pk == ask(matter, officer(*HANDLER)).pk
    with clock.at(MONDAY + timedelta(days=3)):
        assert ask(matter, officer(*HANDLER)).pk != Opening.objects.order_by("pk")[0].pk


def test_who_lost_the_case_meanwhile_sees_nothing_of_it(matter):
    asked = ask(matter, officer(*HANDLER))
    identity.answer(officer(*HEAD), asked, grant=True)
    from huiyin.cases.models import Wall

    Wall.objects.create(case_id=matter.pk, unit="", person=officer(*HANDLER).person.key, below=False)
    with pytest.raises(identity.NotMasked):
        identity.show(officer(*HANDLER), asked)
    assert not OpeningStep.objects.filter(sort="shown").exists()


def test_requests_and_answers_are_never_changed_and_hold_nothing_personal(matter):
    asked = ask(matter, officer(*HANDLER))
    identity.answer(officer(*HEAD), asked, grant=True)
    identity.show(officer(*HANDLER), asked)
    for table in ("vault_opening", "vault_openingstep"):
        for statement in (f"UPDATE {table} SET person = 'p0'", f"DELETE FROM {table}"):
            with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(statement)
    with connection.cursor() as cursor:
        for table in ("vault_opening", "vault_openingstep", "vault_reveallog", "notices_outbox"):
            cursor.execute(f"SELECT * FROM {table}")
            text = str(cursor.fetchall())
            assert PHONE not in text, table
            assert NAME not in text, table


def test_a_case_that_is_no_such_matter_is_shown_at_once_for_a_reason():
    case = a_case()
    one = phone_of(case, officer(*HANDLER))
    assert identity.reveal(open_case(case), officer(*HANDLER), one.ref, REASON) == PHONE
    with pytest.raises(identity.NoReason):
        identity.reveal(open_case(case), officer(*HANDLER), one.ref, " ")
    with pytest.raises(identity.NotMasked):
        ask(case, officer(*HANDLER))


RULE = """
[[audience]]
of          = { fact = ["reporter.name", "reporter.phone"] }
when        = { kind = "report" }
approved_by = ["leader@registrar", "unit_head@registrar"]
clause      = "TRY-22"
says        = "举报人的姓名、电话经负责人同意才能看"
"""


def test_a_rule_may_ask_for_a_second_person_and_say_who():
    rules = procedure(RULE)
    case = a_case(
        rules=rules, facts={**FACTS, "kind": "report"}, parties=[{**PARTIES[0], "role": "reporter"}, PARTIES[1]]
    )
    opened, one = open_case(case), phone_of(case, officer(*HANDLER))
    assert identity.takes_two(opened, one)
    names = {m.name for m in identity.masked(opened, officer(*HANDLER)).values() if identity.takes_two(opened, m)}
    assert names == {"name", "phone"}, "what the rule does not name is shown as ever"
    asked = ask(case, officer(*HANDLER))
    assert identity.waiting(officer(*HEAD))
    identity.answer(officer(*HEAD), asked, grant=True)
    assert {m.name for m, _value in identity.show(officer(*HANDLER), asked)} == {"name", "phone"}


# -- the pages, the inbox, the API


def test_the_pages_lead_from_asking_to_seeing(matter, proven):
    asker, head = proven(officer(*HANDLER)), proven(officer(*HEAD))
    page = asker.get(f"/cases/~{matter.pk}/").content.decode()
    assert "申请查看" in page
    assert PHONE not in page
    ref = phone_of(matter, officer(*HANDLER)).ref
    said = asker.post(f"/cases/~{matter.pk}/reveal/", {"ref": ref, "reason": REASON}).content.decode()
    assert "已提出申请" in said
    assert PHONE not in said
    assert "1件查看身份信息的申请等您答复" in head.get("/work/").content.decode()
    assert inbox.inbox(officer(*HEAD)).rows[0].words.subject.startswith("请您答复")
    row = Opening.objects.get()
    told = head.get("/identity/").content.decode()
    assert REASON in told
    assert PHONE not in told
    assert NAME not in told
    assert head.post(f"/identity/{row.pk}/answer/", {"answer": "deny"}).status_code == 422
    assert head.post(f"/identity/{row.pk}/answer/", {"answer": "grant"}).status_code == 302
    assert "同意的只能看一次" in inbox.inbox(officer(*HANDLER)).rows[0].words.text
    shown = asker.post(f"/identity/{row.pk}/show/")
    assert PHONE in shown.content.decode()
    assert "no-store" in shown["Cache-Control"]
    again = asker.post(f"/identity/{row.pk}/show/", follow=True).content.decode()
    assert PHONE not in again
    assert "已经看过" in again


def test_every_look_is_listed_to_the_head_and_to_the_security_administrator(matter, proven):
    asked = ask(matter, officer(*HANDLER))
    identity.answer(officer(*HEAD), asked, grant=True)
    identity.show(officer(*HANDLER), asked)
    for who in (HEAD, ("security_administrator", "province"), ("auditor", "province")):
        text = proven(officer(*who)).get("/identity/").content.decode()
        assert REASON in text, who
        assert officer(*HANDLER).person.display_name in text, who
        assert PHONE not in text, who
    for who in (("unit_head", "county_a"), ("handler", "county_a"), ("director", "county_b")):
        assert REASON not in proven(officer(*who)).get("/identity/").content.decode(), who
    read = set(looks.Look.objects.filter(what="identity").values_list("role", "unit"))
    assert {("unit_head", "city"), ("security_administrator", "province"), ("auditor", "province")} <= read


def test_the_session_must_have_shown_lately_who_it_is(matter, proven, settings):
    from dataclasses import replace

    asked = ask(matter, officer(*HANDLER))
    client = proven(officer(*HEAD))
    settings.ENTRANCE = replace(settings.ENTRANCE, proven=timedelta(seconds=-1))
    assert "/login/again/" in client.post(f"/identity/{asked.pk}/answer/", {"answer": "grant"}).url
    assert identity.State.of(asked).what == "asked"


def test_the_api_has_the_same_verbs_for_tokens_that_were_given_this(matter):
    asker, head = Api(officer(*HANDLER), SCOPES), Api(officer(*HEAD), SCOPES)
    path = f"/cases/~{matter.pk}/identity"
    assert Api(officer(*HANDLER)).post(path, {"party": "1", "reason": REASON}).status_code == 403
    answer = asker.post(path, {"party": "1", "reason": REASON})
    assert (answer.status_code, answer.json()["state"]) == (202, "asked")
    id = answer.json()["id"]
    assert head.get("/identity").json()["waiting"][0]["id"] == id
    assert asker.post(f"/identity/{id}/answer", {"grant": True}).status_code == 404
    assert head.post(f"/identity/{id}/answer", {"grant": False}).status_code == 422
    assert head.post(f"/identity/{id}/answer", {"grant": True}).json()["state"] == "granted"
    shown = {one["name"]: one["value"] for one in asker.post(f"/identity/{id}/show", {}).json()["items"]}
    assert shown["phone"] == PHONE
    assert asker.post(f"/identity/{id}/show", {}).status_code == 409
    assert PHONE not in asker.get("/identity").content.decode()
    other = Api(officer("director", "county_b"), SCOPES)
    assert other.post(path, {"party": "1", "reason": REASON}).status_code == 404
    ordinary = a_case()
    plain = asker.post(f"/cases/~{ordinary.pk}/identity", {"party": "1", "reason": REASON})
    assert {one["name"]: one["value"] for one in plain.json()["items"]}["phone"] == PHONE
    assert RevealLog.objects.filter(case_id=ordinary.pk, reason=REASON).exists()


def test_the_queries_of_the_lists_do_not_grow_with_the_requests(matter, client):
    """Whoever leads a unit has them counted on every look at his to-dos."""
    client.force_login(officer(*HEAD).person)
    client.get("/work/")  # what is made once for a process
    counted = {}
    for many in (1, 4):
        for _ in range(many):
            case = a_case(facts={**FACTS, "kind": "staff_complaint"}, parties=[PARTIES[0]])
            ask(case, officer(*HANDLER))
        for address in ("/work/", "/identity/"):
            with CaptureQueriesContext(connection) as asked:
                page = client.get(address).content.decode()
            counted.setdefault(address, []).append(len(asked))
        assert page.count('value="grant"') == len(Opening.objects.all())
    for one, more in counted.values():
        assert one == more <= 25, counted


@pytest.mark.sqlite
def test_the_list_asks_of_each_request_and_lists_no_cases(matter):
    """All that somebody finds may be a million cases: a list of them must not be made."""
    with CaptureQueriesContext(connection) as asked:
        identity.waiting(officer(*HEAD))
        identity.mine(officer(*HEAD))
    wanted = [q["sql"] for q in asked if 'FROM "vault_opening"' in q["sql"]]
    assert wanted
    for sql in wanted:
        with connection.cursor() as cursor:
            cursor.execute("EXPLAIN QUERY PLAN " + sql)
            plan = [row[-1] for row in cursor.fetchall()]
        assert not any("LIST SUBQUERY" in step for step in plan), plan
