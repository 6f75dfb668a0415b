"""Pages of the rules: reading them, comparing two of them with what it would mean for open cases, trying a case; who sees what of it."""

import re
import tomllib
from datetime import date, datetime

import pytest
from django.test import Client

from huiyin.cases import clock
from huiyin.cases.models import Case, Event
from huiyin.core.calendar_files import load as load_calendar
from huiyin.core.compose import load_library
from huiyin.core.examples import run
from huiyin.core.vocabulary import RULES, load_vocabulary
from huiyin.core.wording import Words
from huiyin.org import procedures
from huiyin.org.models import AdminEvent, Adoption, SettingValue
from huiyin.web import rulebook, story
from huiyin.web.diagram import WIDE, draw
from tests.cases.office import FACTS, PARTIES, a_case, procedure

pytestmark = pytest.mark.django_db
LIBRARY = load_library([RULES])
NOTICE = """
[[limit]]
name   = "tell"
from   = "registered"
to     = "party_informed"
within = { n = 3, unit = "working_day" }
clause = "TRY-20"
says   = "三个工作日内告知"
"""


def body(answer, status=200):
    assert answer.status_code == status
    return answer.content.decode()


# -- reading


def test_everybody_reads_which_procedures_there_are_and_one_of_them(client):
    listed = body(client.get("/rules/"))
    assert "江门同城通办投诉" in listed
    assert "/rules/jiangmen/complaint/?hash=" in listed
    assert "rules/compare" not in listed  # for officers
    sheet = body(client.get("/rules/jiangmen/complaint/"))
    for wanted in (
        "2015年5月14日 起施行",
        "流程图",
        "JM-3-5c",
        "谁办什么",
        "<svg",
        LIBRARY.procedure("jiangmen/complaint").hash,
    ):
        assert wanted in sheet


def test_a_sheet_shows_every_rule_with_its_articles(client):
    sheet = body(client.get("/rules/commerce/complaint/"))
    found = LIBRARY.procedure("commerce/complaint")
    own = [e for s in rulebook.own_sets(found) for e in s.entries if e.clauses]
    missing = {c for e in own for c in e.clauses if c not in sheet}
    assert not missing


def test_the_version_is_chosen_by_day_or_by_hash(client):
    old = LIBRARY.procedure("jiangmen/complaint", date(2012, 1, 1))
    new = LIBRARY.procedure("jiangmen/complaint")
    assert old.hash != new.hash
    assert old.hash in body(client.get("/rules/jiangmen/complaint/?on=2012-01-01"))
    assert old.version.strftime("%Y年") in body(client.get(f"/rules/jiangmen/complaint/?hash={old.hash}"))
    for wrong in ("?on=2012-99-01", "?hash=" + "0" * 64, "?hash=" + "%00" * 64):
        assert client.get(f"/rules/jiangmen/complaint/{wrong}").status_code == 404
    assert client.get("/rules/nowhere/complaint/").status_code == 404
    assert client.get(f"/rules/henan/complaint/?hash={old.hash}").status_code == 404  # another procedure's text


def test_reading_costs_the_same_for_a_long_procedure_and_a_short_one(client, django_assert_max_num_queries):
    client.get("/rules/henan/complaint/")
    with django_assert_max_num_queries(5):
        client.get("/rules/henan/complaint/")
    with django_assert_max_num_queries(5):
        client.get("/rules/")


@pytest.mark.parametrize("id", sorted(LIBRARY.procedures))
def test_a_picture_has_no_boxes_over_each_other_and_every_step_in_it_or_beside_it(id):
    drawing = draw(LIBRARY.procedure(id), Words(load_vocabulary()))
    assert drawing.boxes
    for one in drawing.boxes:
        assert one.x >= 0
        assert one.x + WIDE <= drawing.width
        assert one.y + one.height <= drawing.height
        for other in drawing.boxes:
            apart = (
                one is other
                or abs(one.x - other.x) >= WIDE
                or one.y + one.height <= other.y
                or other.y + other.height <= one.y
            )
            assert apart, (one.name, other.name)
    assert len(drawing.boxes) + len(drawing.beside) == len(drawing.follows)


# -- comparing


def two(after):
    """The case of the test procedure, and the address that compares it with `after`."""
    procedures.store(after)
    return f"/rules/compare/?before=trial/complaint@{procedure().hash}&after=trial/complaint@{after.hash}"


def test_two_versions_are_compared_and_the_open_cases_named_with_their_dates(desk, django_assert_max_num_queries):
    after = procedure(NOTICE, in_force=date(2026, 5, 1))
    cases = [a_case(rules=procedure()) for _ in range(3)]
    client = desk("intake_officer", "city")
    address = two(after)
    with clock.at(datetime(2026, 5, 12, 9)):
        text = body(client.get(address))
        with django_assert_max_num_queries(16):  # the same however many cases are looked at
            client.get(address)
    assert "对今天在办的 3 件案件的影响" in text
    assert "三个工作日内告知" in text
    assert "2026年5月14日" in text
    assert all(case.number in text for case in cases)
    assert not Event.objects.filter(name="rebased").exists()


def test_only_cases_that_the_officer_may_see_are_looked_at(desk):
    after = procedure(NOTICE, in_force=date(2026, 5, 1))
    case = a_case(rules=procedure())
    text = body(desk("handler", "county_b").get(two(after)))
    assert "对今天在办的 0 件案件的影响" in text
    assert case.number not in text


def test_the_list_of_cases_goes_on_by_key(desk, monkeypatch):
    from huiyin.web.views import comparing

    monkeypatch.setattr(comparing, "LOOKED", 2)
    after = procedure(NOTICE, in_force=date(2026, 5, 1))
    cases = [a_case(rules=procedure()) for _ in range(3)]
    client, address = desk("intake_officer", "city"), two(after)
    with clock.at(datetime(2026, 5, 12, 9)):
        first = body(client.get(address))
        further = body(client.get(f"{address}&from={cases[1].pk}"))
    assert f"from={cases[1].pk}" in first
    assert cases[2].number not in first
    assert cases[2].number in further
    assert cases[0].number not in further


def test_comparing_what_there_is_not_is_a_404(desk):
    client = desk("intake_officer", "city")
    assert client.get("/rules/compare/?before=x/y@2012-01-01").status_code == 404
    assert body(client.get("/rules/compare/?before=henan/complaint@&after=henan/complaint@")).count("同一份规则") == 1


# -- trying

FIRST = {
    "by": "intake_officer@city", "event": "registered", "occurred": "2026-04-30T16:00", "what": "电梯停运", "demand": "修好", "when": "昨天",
    "where": "甲县商店", "who": "店员", "why": "不修", "channel": "visit", "within_duties": "true", "kind": "complaint", "add": "1",
}  # fmt: skip
TRY = "/rules/jiangmen/complaint/try/"


def hidden(text):
    """The story as the page holds it."""
    import html

    return html.unescape(re.search(r'name="story" value="([^"]*)"', text)[1])


def test_a_case_is_tried_step_by_step_and_nothing_is_stored(desk):
    client = desk("intake_officer", "city")
    assert "从哪里开始" in body(client.get(TRY))
    form = body(client.post(TRY, {"story": "", "pick": "intake_officer@city|registered"}))
    assert "JM-3-2b" in form  # the field says who asks for it
    text = body(client.post(TRY, {"story": hidden(form), **FIRST}))
    assert "登记" in text
    more = {
        "by": "intake_officer@city",
        "event": "dispatched",
        "occurred": "2026-04-30T17:00",
        "to": "county_a",
        "add": "1",
    }
    text = body(client.post(TRY, {"story": hidden(text), **more}))
    more = {"by": "intake_officer@county_a", "event": "received", "occurred": "2026-05-06T09:00", "add": "1"}
    text = body(client.post(TRY, {"story": hidden(text), **more}))
    assert "一般投诉举报十个工作日办结" in text
    assert "2026年5月19日" in text  # ten working days from 6 May: 9 May is one
    assert Case.objects.count() == Event.objects.count() == 0
    back = body(client.post(TRY, {"story": hidden(text), "drop": "1"}))
    assert "一般投诉举报十个工作日办结" not in back
    assert 'event = "dispatched"' not in hidden(back)


def test_a_step_the_rules_refuse_says_why_and_keeps_what_was_typed(desk):
    client = desk("intake_officer", "city")
    wanting = {k: v for k, v in FIRST.items() if k != "why"}
    text = body(client.post(TRY, {"story": "", **wanting}), 409)
    assert "JM-3-2b" in text
    assert "电梯停运" in text
    assert "还没有开始" in text
    kept = body(client.post(TRY, {"story": "", **{k: v for k, v in wanting.items() if k != "add"}, "keep": "1"}))
    assert "被拒绝，没有发生" in kept
    file = client.post(TRY, {"story": hidden(kept), "download": "1"}).content.decode()
    assert tomllib.loads(file)["example"][0]["refused"] == ["JM-3-2b", "JM-3-2b"][:1]


def test_what_was_tried_is_taken_away_as_an_example_that_plays(desk):
    client = desk("intake_officer", "city")
    text = body(client.post(TRY, {"story": "", **FIRST}))
    answer = client.post(TRY, {"story": hidden(text), "download": "1"})
    assert answer["Content-Disposition"] == 'attachment; filename="jiangmen-complaint.toml"'
    raw = tomllib.loads(answer.content.decode())["example"][0]
    assert raw["events"][0]["at"] == datetime(2026, 4, 30, 16)
    result = run(raw, LIBRARY, load_calendar())
    assert (result.passed, result.error) == (True, "")
    again = body(client.post(TRY, {"story": answer.content.decode()}))
    assert "电梯停运" in again


@pytest.mark.parametrize(
    "sent",
    [
        "[[", "a = 1", "[[example]]\nevents = 3", "[[example]]\nevents = [{ event = 3 }]", "x" * 300_000, "[[example]]\nevents = [1]",
        '[[example]]\nevents = [{ event = "registered", by = "nobody@city", at = 2026-01-01T09:00:00 }]\ncase = 3',
        '[[example]]\nevents = [{ event = "registered", by = "intake_officer@city", at = 0001-01-01T09:00:00 }]',
        '[[example]]\ncase = { kind = 4 }\nevents = [{ event = "registered", by = "intake_officer@city", at = 2026-01-01T09:00:00 }]',
        '[[example]]\nparties = { consumer_a = 5 }\nevents = [{ event = "registered", by = "complainant", at = 2026-01-01T09:00:00 }]',
        '[[example]]\nnow = 7\nevents = []', "[[example]]\nevents = " + "[" * 2000,
    ],
)  # fmt: skip
def test_what_cannot_be_played_is_said_and_begins_anew(desk, sent):
    answer = desk("intake_officer", "city").post(TRY, {"story": sent})
    assert answer.status_code in (200, 422)
    if answer.status_code == 422:
        assert "这件案子走不下去" in answer.content.decode()


def test_a_story_is_written_as_it_was_read():
    told = {
        "procedure": "jiangmen/complaint", "case": {"complainant": "consumer_a"},
        "events": [{
            "event": "registered", "at": datetime(2026, 4, 30, 16), "by": "complainant", "what": '说"修"\n不修\\', "real_name": True,
            "amount_fen": 19900, "happened_on": date(2026, 4, 1), "category": ["goods:food"], "label": "s1",
        }],
    }  # fmt: skip
    assert story.read(story.text(told), "jiangmen/complaint") == told


def test_every_procedure_can_be_begun(desk):
    client = desk("intake_officer", "city")
    for id in sorted(LIBRARY.procedures):
        text = body(client.get(f"/rules/{id}/try/"))
        by = re.search(r'name="pick" value="([^"]*)"', text)[1]
        assert "什么时候" in body(client.post(f"/rules/{id}/try/", {"story": "", "pick": by})), id


def test_nobody_tries_or_compares_without_a_posting():
    for address in ("/rules/compare/", "/rules/try/", TRY):
        assert Client().get(address).url.startswith("/login/")


# -- adopting, settings, moving: administrators alone

ADMIN_PAGES = ("/rules/adopted/", "/rules/settings/", "/rules/move/")


@pytest.fixture
def admin(desk):
    return desk("administrator", "province")


def test_the_administration_of_rules_is_for_administrators(desk):
    for role in ("intake_officer", "director"):
        client = desk(role, "province")
        for address in ADMIN_PAGES:
            assert client.get(address).status_code == 403
            assert client.post(address).status_code == 403
        assert "采用和停用" not in body(client.get("/rules/"))


def test_a_unit_adopts_a_procedure_from_a_day_and_gives_it_up(admin):
    text = body(admin.get("/rules/adopted/"))
    assert "河南12315申诉" in text
    data = {"unit": "county_b", "procedure": "national/complaint", "since": "2026-06-01"}
    assert admin.post("/rules/adopted/", data).status_code == 302
    row = Adoption.objects.get(unit="county_b", procedure_id="national/complaint")
    assert (row.since, row.until) == (date(2026, 6, 1), None)
    last = AdminEvent.objects.order_by("-seq").first()
    assert (last.name, last.actor_role) == ("procedure_adopted", "administrator")
    assert "county_b" in last.body
    assert admin.post(f"/rules/adopted/{row.pk}/end/", {f"end{row.pk}-until": "2026-12-31"}).status_code == 302
    row.refresh_from_db()
    assert row.until == date(2026, 12, 31)
    assert AdminEvent.objects.order_by("-seq").first().name == "adoption_ended"


def test_what_cannot_be_adopted_is_said_at_its_field(admin):
    data = {"unit": "county_b", "procedure": "national/complaint", "since": "2026-06-01"}
    assert "没有“2026-02-30”这个日期" in body(admin.post("/rules/adopted/", {**data, "since": "2026-02-30"}), 422)
    assert "结束日期早于开始日期" in body(admin.post("/rules/adopted/", {**data, "until": "2026-01-01"}), 422)
    admin.post("/rules/adopted/", data)
    assert "更晚日期" in body(admin.post("/rules/adopted/", {**data, "since": "2026-05-01"}), 422)
    before = Adoption.objects.count()
    body(admin.post("/rules/adopted/", {**data, "unit": "hall"}), 422)  # of another body
    assert Adoption.objects.count() == before
    other = Adoption.objects.filter(unit="hall").first()
    assert admin.post(f"/rules/adopted/{other.pk}/end/", {f"end{other.pk}-until": "2026-12-31"}).status_code == 404
    row = Adoption.objects.get(unit="county_b", procedure_id="national/complaint")
    text = body(admin.post(f"/rules/adopted/{row.pk}/end/", {f"end{row.pk}-until": "2020-01-01"}, follow=True))
    assert "没有停用：结束日期早于开始日期" in text


def test_every_setting_of_the_adopted_rules_stands_with_its_clause_and_is_changed(admin):
    text = body(admin.get("/rules/settings/"))
    found = [s for id in ("henan/complaint", "jiangmen/complaint") for s in LIBRARY.procedure(id).settings.values()]
    assert found
    for setting in found:
        assert setting.name in text
        assert setting.clauses[0] in text
    period = next(s for s in found if s.type == "period")
    form = body(admin.get(f"/rules/settings/?name={period.name}"))
    assert "现在是" in form
    data = {"value_0": "3", "value_1": "working_day", "unit": "city", "since": "2026-06-01"}
    assert admin.post(f"/rules/settings/?name={period.name}", data).status_code == 302
    row = SettingValue.objects.get(name=period.name, unit="city")
    assert (row.value, row.since) == ({"n": 3, "unit": "working_day"}, date(2026, 6, 1))
    assert AdminEvent.objects.order_by("-seq").first().name == "setting_changed"
    assert "3个工作日" in body(admin.get("/rules/settings/"))
    body(admin.post(f"/rules/settings/?name={period.name}", {**data, "value_0": ""}), 422)
    body(admin.post(f"/rules/settings/?name={period.name}", {**data, "unit": "hall"}), 422)
    assert admin.get("/rules/settings/?name=nothing").status_code == 404


def moved(client, after, **more):
    procedures.store(after)
    return client.post("/rules/move/", {"before": "trial/complaint", "after": f"trial/complaint@{after.hash}", **more})


def test_cases_in_hand_are_listed_first_and_moved_with_a_reason(admin):
    after = procedure(NOTICE, in_force=date(2026, 5, 1))
    first, second = a_case(rules=procedure()), a_case(rules=procedure())
    with clock.at(datetime(2026, 5, 12, 9)):
        listed = body(admin.get(f"/rules/move/?before=trial/complaint&after=trial/complaint@{after.hash}"))
        assert first.number in listed
        assert second.number in listed
        assert "三个工作日内告知" in listed
        assert not Event.objects.filter(name="rebased").exists()
        body(moved(admin, after, case=[first.pk]), 422)  # no reason
        body(moved(admin, after, reason="新办法施行"), 422)  # no case
        assert moved(admin, after, case=[first.pk], reason="新办法施行，经局长办公会决定").status_code == 302
        again = body(admin.get(f"/rules/move/?before=trial/complaint&after=trial/complaint@{after.hash}"))
    assert [e.case_id for e in Event.objects.filter(name="rebased")] == [first.pk]
    assert first.number not in again
    assert second.number in again
    last = AdminEvent.objects.order_by("-seq").first()
    assert last.name == "cases_moved"
    assert "局长办公会" not in last.body


def test_who_may_not_see_a_case_does_not_move_it(desk):
    after = procedure(NOTICE, in_force=date(2026, 5, 1))
    hidden_one = a_case(
        rules=procedure(),
        facts={**FACTS, "kind": "report"},
        parties=[{**p, "role": "reporter"} if p["role"] == "complainant" else p for p in PARTIES],
    )
    client = desk("administrator", "province")
    with clock.at(datetime(2026, 5, 12, 9)):
        text = body(moved(client, after, case=[hidden_one.pk], reason="新办法施行"), 422)
    assert hidden_one.number not in text
    assert not Event.objects.filter(name="rebased").exists()
