"""Reading: one case, lists by key, to-dos by due moment, tracking by code, the timeline; and how many statements it takes."""

from datetime import date, timedelta

import pytest

from huiyin.cases import boards, clock, drafts, queries
from huiyin.cases.actions import record
from huiyin.cases.errors import NoSuchCase
from huiyin.cases.models import Case, Draft, Event
from huiyin.cases.people import Outside
from huiyin.cases.timeline import Timeline, timeline
from huiyin.dues.models import Due
from huiyin.vault import actions as vault
from huiyin.vault.erasing import destroy_keys
from tests.cases.office import FACTS, MONDAY, PARTIES, a_case, officer, procedure


def at(hour, day=0):
    return clock.at(MONDAY.replace(hour=hour) + timedelta(days=day))


@pytest.fixture
def answered():
    """A complaint that was sent to a county, concluded and answered."""
    case = a_case()
    with at(10):
        record(
            case,
            "dispatched",
            by=officer("intake_officer", "city"),
            facts={"to": "county_a", "opinion": "请核实，联系电话13800138000"},
        )
    with at(11):
        record(case, "received", by=officer("intake_officer", "county_a"))
    with at(12):
        record(case, "note_added", by=officer("handler", "county_a"), facts={"text": "商家态度不好"})
    with at(13):
        record(case, "concluded", by=officer("handler", "county_a"), facts={"outcome": "settled", "text": "已退款"})
    with at(14):
        record(
            case, "replied", by=officer("handler", "county_a"), facts={"text": "商店已向您退款199元", "method": "phone"}
        )
    return Case.objects.get()


# -- to-dos


def test_todos_come_by_due_moment_and_say_what_is_late():
    first = a_case()
    second = a_case(MONDAY - timedelta(days=14))
    with at(10):
        page = queries.todo(officer("intake_officer", "city"))
    assert [(t.case.pk, t.due.name, t.late) for t in page.rows] == [
        (second.pk, "accept", True),
        (first.pk, "accept", False),
    ]
    assert page.after is None


def test_todos_go_on_by_key():
    cases = [a_case(MONDAY + timedelta(minutes=n)) for n in range(7)]
    seen, after, by = [], None, officer("intake_officer", "city")
    with at(10):
        while True:
            page = queries.todo(by, after, size=3)
            seen += [t.case.pk for t in page.rows]
            after = page.after
            if after is None:
                break
    assert seen == [case.pk for case in cases]
    with pytest.raises(ValueError, match="Invalid"):
        queries.todo(by, "nonsense")


def test_a_todo_is_for_the_role_that_owes_it_and_for_those_who_manage():
    case = a_case()
    with at(10):
        record(case, "dispatched", by=officer("intake_officer", "city"), facts={"to": "county_a"})
    with at(11):
        record(case, "received", by=officer("intake_officer", "county_a"))
    names = {
        role: [t.due.name for t in queries.todo(officer(role, "county_a")).rows]
        for role in ("handler", "unit_head", "archivist")
    }
    assert names["unit_head"] == ["accept", "conclude"]
    assert names["handler"] == ["conclude"]
    assert names["archivist"] == []
    assert [t.due.name for t in queries.todo(officer("intake_officer", "county_b")).rows] == []


def test_what_is_overdue_is_listed_for_those_who_may_find_it():
    a_case()
    with at(9, day=20):
        assert [t.due.name for t in boards.limits(officer("leader", "city"), None, None, late_by=clock.now()).rows] == [
            "accept"
        ]
        assert boards.limits(officer("leader", "county_b"), None, None, late_by=clock.now()).rows == []
    with at(10):
        assert boards.limits(officer("leader", "city"), None, None, late_by=clock.now()).rows == []


def test_what_is_done_is_no_todo_any_more():
    case = a_case()
    assert Due.objects.get(name="accept").state == "running"
    with at(10):
        record(case, "accepted", by=officer("intake_officer", "city"))
        assert queries.todo(officer("intake_officer", "city")).rows == []
    due = Due.objects.get(name="accept")
    assert (due.state, due.late, due.closed_by, due.due_day) == ("met", False, 2, date(2026, 5, 18))


# -- how many statements


def test_few_statements_register_record_and_show(django_assert_max_num_queries):
    rules, by = procedure(), officer("intake_officer", "city")
    a_case(rules=rules, by=by)
    with django_assert_max_num_queries(
        20
    ):  # 18 of them beside the savepoint that the test's own transaction makes; two are of the search
        case = a_case(rules=rules, by=by, key="one")
    with django_assert_max_num_queries(23), at(10):
        record(case, "dispatched", by=by, facts={"to": "county_a", "opinion": "请核实"}, shown_seq=1, key="two")
    found = Case.objects.get(pk=case.pk)
    who = officer("intake_officer", "city")
    with django_assert_max_num_queries(5):
        opened = queries.open_case(found)
        assert opened.limits
        assert opened.offers(who)
        assert timeline(opened, who)
    with django_assert_max_num_queries(3):
        assert queries.todo(who).rows
    with django_assert_max_num_queries(3):  # the organisation's stamp, the ids, the cases
        assert boards.cases(who, None, 50)


def test_statements_do_not_grow_with_what_there_is(django_assert_max_num_queries):
    by = officer("intake_officer", "city")
    for n in range(12):
        a_case(MONDAY + timedelta(minutes=n), by=by)
    with django_assert_max_num_queries(3):
        assert len(queries.todo(by).rows) == 12


# -- finding


def test_the_number_and_the_code_belong_together():
    first, second = a_case(), a_case()
    assert queries.by_code(first.number, first.code).pk == first.pk
    assert queries.by_code(f" {first.number} ", first.code.lower().replace("-", " ")).pk == first.pk
    assert queries.by_code(first.number, second.code) is None
    assert queries.by_code("2026999999", first.code) is None
    assert queries.by_code(first.number, "") is None


def test_a_case_is_found_by_its_number_by_who_may_find_it():
    case = a_case()
    assert queries.by_number(officer("leader", "city"), case.number).pk == case.pk
    assert queries.by_number(officer("leader", "city"), f"#{case.pk}").pk == case.pk
    with pytest.raises(NoSuchCase):
        queries.by_number(officer("leader", "county_b"), case.number)


def test_units_may_use_the_same_number():
    mine = a_case()
    other = a_case(unit="county_a", by=officer("intake_officer", "county_a"))
    assert mine.number == other.number
    assert queries.by_number(officer("intake_officer", "county_a"), other.number).pk == other.pk
    with pytest.raises(NoSuchCase):
        queries.by_number(officer("leader", "city"), mine.number)
    assert queries.by_code(mine.number, mine.code).pk == mine.pk


def test_lists_go_on_by_key():
    cases = [a_case().pk for _ in range(5)]
    who = officer("leader", "city")
    first = boards.cases(who, None, 2)
    assert [c.pk for c in first] == cases[:2:-1]
    assert [c.pk for c in boards.cases(who, first[-1].pk, 2)] == cases[2:0:-1]
    assert boards.cases(who, None, 50, kind="report") == []


# -- one case


def test_offers_and_limits_are_those_of_the_core(answered):
    opened = queries.open_case(answered)
    assert "called_back" in {o.event for o in queries.offers_for(answered, officer("caller_back", "city"))}
    assert [d.name for d in queries.limits(answered)] == [d.name for d in opened.limits] == ["accept", "conclude"]
    assert queries.history(answered).last.name == "replied"


def shown(rows):
    return {row.name: {f.name: (f.value, f.state) for f in row.facts} for row in rows}


def test_an_officer_reads_texts_with_numbers_masked(answered):
    facts = shown(timeline(queries.open_case(answered), officer("handler", "county_a")))
    assert facts["note_added"]["text"] == ("商家态度不好", "plain")
    assert facts["dispatched"]["opinion"] == ("请核实，联系电话138****8000", "masked")
    assert facts["registered"]["amount_fen"] == (19900, "plain")
    masked = next(
        f
        for row in timeline(queries.open_case(answered), officer("handler", "county_a"))
        for f in row.facts
        if f.state == "masked"
    )
    assert vault.open_many([masked.ref])[masked.ref] == "请核实，联系电话13800138000"


def test_the_parties_are_masked_until_they_are_revealed(answered):
    parties = Timeline(queries.open_case(answered), officer("handler", "county_a")).parties()
    mine = {f.name: (f.value, f.state) for f in parties["1"]}
    assert mine["phone"] == ("138****8000", "masked")
    assert mine["name"] == ("李**", "masked")
    assert mine["area"] == ("990121001", "plain")


def test_a_party_sees_the_way_and_what_was_said_to_it_and_nothing_else(answered):
    opened = queries.open_case(answered)
    rows = timeline(opened, Outside("complainant", "1"))
    assert [row.name for row in rows] == ["registered", "dispatched", "received", "concluded", "replied"]
    facts = shown(rows)
    assert facts["replied"]["text"] == ("商店已向您退款199元", "plain")
    assert facts["concluded"] == {"outcome": ("settled", "plain")}
    assert facts["dispatched"] == {"to": ("county_a", "plain")}
    assert all(row.actor.person == "" for row in rows if row.actor.inside)
    assert list(Timeline(opened, Outside("complainant", "1")).parties()) == ["1"]
    assert timeline(opened, Outside("respondent", "2")) == []  # nothing of it was addressed to the other side


def test_who_gave_a_report_back_reads_no_text_of_it():
    case = a_case(facts=FACTS | {"kind": "report"}, parties=[PARTIES[0] | {"role": "reporter"}, PARTIES[1]])
    with at(10):
        record(case, "dispatched", by=officer("intake_officer", "city"), facts={"to": "county_a"})
    with at(11):
        record(case, "returned", by=officer("intake_officer", "county_a"), facts={"reason": "无管辖权"})
    opened = queries.open_case(Case.objects.get())
    view = Timeline(opened, officer("intake_officer", "county_a"))
    assert {f.state for row in view.rows() for f in row.facts if f.name in ("what", "reason")} == {"hidden"}
    assert {f.state for f in view.parties()["1"] if f.name in ("name", "phone")} == {"hidden"}
    assert "李" not in str(view.rows()) + str(view.parties())


def test_what_was_erased_is_said_to_be_erased(answered):
    destroy_keys(answered.pk)
    rows = timeline(queries.open_case(answered), officer("handler", "county_a"))
    assert shown(rows)["note_added"]["text"] == ("", "erased")
    from huiyin.cases.verifying import verify

    assert {f.kind for f in verify().findings} == {"erased"}, (
        "the chain holds without the texts; that nobody disposed of them is said"
    )


def test_corrections_stay_visible_in_the_timeline(answered):
    with at(15):
        record(
            answered,
            "amended",
            by=officer("unit_head", "county_a"),
            re=[5],
            facts={"field": "outcome", "now_is": "answered", "reason": "选错"},
        )
        record(answered, "annulled", by=officer("unit_head", "county_a"), re=[4], facts={"reason": "记错案件"})
    rows = {row.seq: row for row in timeline(queries.open_case(Case.objects.get()), officer("unit_head", "county_a"))}
    assert rows[5].amended_by == (7,)
    assert rows[4].annulled
    assert not rows[5].annulled


def test_a_late_entry_shows_both_times():
    case = a_case()
    with at(17):
        record(case, "accepted", by=officer("intake_officer", "city"), occurred=MONDAY, late_reason="系统故障")
    row = timeline(queries.open_case(case), officer("intake_officer", "city"))[-1]
    assert (row.occurred.hour, row.recorded.hour, row.late_entry) == (9, 17, True)
    assert Event.objects.filter(late_entry=True).count() == 1


# -- drafts


def test_a_draft_is_sealed_has_no_number_and_becomes_a_case():
    first = drafts.save("p1", {"what": "水壶漏水", "complainant.phone": "13800138000"}, unit="city")
    again = drafts.save("p1", {"what": "水壶漏水，已联系商店"}, draft=first.pk)
    assert (again.pk, Draft.objects.count(), Case.objects.count()) == (first.pk, 1, 0)
    assert drafts.load("p1", first.pk) == {"what": "水壶漏水，已联系商店"}
    with pytest.raises(NoSuchCase):
        drafts.load("p2", first.pk)
    case = a_case(case_id=first.pk)
    drafts.drop("p1", first.pk)
    assert (case.pk, case.number, Draft.objects.count()) == (first.pk, "2026000001", 0)
    assert timeline(queries.open_case(case), officer("intake_officer", "city"))[0].facts[0].state == "plain"
    assert vault.open_many([again.ref])[again.ref] is vault.ERASED
