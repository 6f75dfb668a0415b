"""Lists of what is open and late: in whose list it stands, in what order, and that no page of them reads more than its rows."""

from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from huiyin.cases import boards, clock, counters, lights, openends, queries
from huiyin.cases.actions import record
from huiyin.cases.models import BoardCounter, Case, OpenEnd
from huiyin.cases.rebuilding import case_ids, rebuild
from huiyin.dues.models import Due
from huiyin.moments import local
from tests.cases.office import MONDAY, a_case, officer, procedure

pytestmark = pytest.mark.django_db
APPROVAL = """
[[approval]]
event  = "concluded"
by     = ["unit_head@here"]
clause = "TRY-20"
says   = "办结须经负责人批准"
"""


@pytest.fixture(autouse=True)
def world(sample_world):
    """The sample world."""


def at(hour, day=11):
    return clock.at(datetime(2026, 5, day, hour))


def sorts(case):
    return sorted(set(OpenEnd.objects.filter(case_id=case.pk).values_list("sort", "unit", "role")))


def sent(case, hour=10, to="county_a"):
    with at(hour):
        record(case, "dispatched", by=officer("intake_officer", "city"), facts={"to": to, "opinion": "请办理"})
    return case


def received(case, hour=11, unit="county_a"):
    with at(hour):
        record(case, "received", by=officer("intake_officer", unit))
    return case


# -- open ends


def test_a_dispatch_is_open_until_it_is_signed_for_then_the_case_wants_an_officer():
    case = sent(a_case())
    assert ("unsigned", "county_a", "") in sorts(case)
    received(case)
    assert sorts(case) == [("unassigned", "county_a", "")]
    with at(12):
        handler = officer("handler", "county_a").person.key
        record(case, "officers_assigned", by=officer("unit_head", "county_a"), facts={"officers": [handler]})
    assert sorts(case) == []


def test_a_proposal_waits_with_whoever_may_approve_it_and_then_with_whoever_made_it():
    case = received(sent(a_case(rules=procedure(APPROVAL))))
    handler, head = officer("handler", "county_a"), officer("unit_head", "county_a")
    with at(13):
        record(case, "proposed", by=handler, facts={"for": "concluded", "outcome": "settled"})
    assert ("decision", "county_a", "unit_head") in sorts(case)
    assert [w.case.pk for w in queries.awaiting(head)] == [case.pk]
    assert queries.awaiting(officer("unit_head", "county_b")) == []
    with at(14):
        record(case, "approved", by=head)
    assert queries.awaiting(head) == []
    assert ("granted", "county_a", "") in sorts(case)


@pytest.mark.parametrize(
    ("begin", "facts", "finish", "sort"),
    [
        ("test_started", {"body": "检测所"}, "test_ended", "test"),
        ("demanded", {"party": "2", "measure": ["correct"]}, "complied", "demand"),
        ("suspended", {}, "resumed", "suspension"),
    ],
)
def test_what_is_begun_stays_open_until_it_is_finished(begin, facts, finish, sort):
    case, handler = received(sent(a_case())), officer("handler", "county_a")
    with at(13):
        record(case, begin, by=handler, facts=facts)
    assert sort in {s for s, _, _ in sorts(case)}
    with at(14):
        record(case, finish, by=handler)
    assert sort not in {s for s, _, _ in sorts(case)}


def test_a_task_is_open_for_the_unit_it_was_given_to():
    case = received(sent(a_case()))
    with at(13):
        given = {"to": "county_b", "text": "请收取发票"}
        record(case, "task_given", by=officer("unit_head", "county_a"), facts=given)
    assert ("task", "county_b", "") in sorts(case)


def test_open_ends_are_made_again_by_rebuild():
    case = sent(a_case())
    before = sorts(case)
    OpenEnd.objects.all().delete()
    OpenEnd.objects.create(case_id=case.pk, seq=1, sort="task", unit="city", since=case.began)
    rebuild(case_ids())
    assert sorts(case) == before


def test_an_open_end_of_another_unit_or_of_a_case_one_may_not_find_is_not_listed():
    case = sent(a_case())
    mine = boards.open_ends(officer("intake_officer", "county_a"), openends.UNSIGNED, None, None)
    assert [row.case.pk for row in mine.rows] == [case.pk]
    assert boards.open_ends(officer("intake_officer", "county_b"), openends.UNSIGNED, None, None).rows == []
    assert boards.open_ends(officer("intake_officer", "county_b"), openends.UNSIGNED, "county_a", None).rows == []


# -- limits, cases, by key


def test_what_is_late_is_listed_over_all_units_below_in_the_order_of_its_moment():
    cases = [a_case(MONDAY + timedelta(minutes=n)) for n in range(5)]
    city, shown, after = officer("leader", "city"), [], None
    with at(9, day=25):
        while True:
            page = boards.limits(city, None, after, 2, late_by=clock.now())
            shown += [row.case.pk for row in page.rows]
            after = page.after
            if after is None:
                break
        assert shown == [case.pk for case in cases]
        assert [r.case.pk for r in boards.limits(city, "city", None, 9, late_by=clock.now()).rows] == shown
        assert boards.limits(city, "county_b", None, 9).rows == []
        assert boards.limits(officer("leader", "county_b"), "city", None, 9).rows == []


def test_the_list_of_cases_is_the_same_by_whichever_way_it_is_read(monkeypatch):
    for n in range(7):
        sent(a_case(MONDAY + timedelta(minutes=n)), to=("county_a", "county_b")[n % 2])
    for who in (officer("leader", "city"), officer("intake_officer", "county_a"), officer("handler", "county_b")):
        everything = [case.pk for case in queries.visible_to(who).order_by("-pk")]
        assert [case.pk for case in boards.cases(who, None, 50)] == everything
        monkeypatch.setattr("huiyin.cases.merging.MOST", 0)
        assert [case.pk for case in boards.cases(who, None, 50)] == everything
        monkeypatch.undo()
        assert [case.pk for case in boards.cases(who, everything[1], 2)] == everything[2:4]
        assert boards.cases(who, None, 50, kind="report") == []


def test_a_filter_looks_through_so_many_cases_and_says_where_to_go_on(monkeypatch):
    cases = [a_case(MONDAY + timedelta(minutes=n)) for n in range(6)]
    record(cases[0], "marked", by=officer("intake_officer", "city"), facts={"mark": "urgent"})
    monkeypatch.setattr(boards, "SPAN", 2)
    who, before, found, pages = officer("leader", "city"), None, [], 0
    while before is None or before > cases[0].pk:
        page = boards.case_page(who, before, 5, marks="urgent")
        found += [case.pk for case in page.rows]
        before, pages = page.before or 0, pages + 1
    assert found == [cases[0].pk]
    assert pages >= 3
    monkeypatch.setattr(boards, "SPAN", cases[0].pk)
    assert boards.case_page(who, cases[0].pk, 5, marks="urgent").before is None


def test_pages_of_lists_read_no_more_when_there_is_more(django_assert_max_num_queries):
    city = officer("leader", "city")
    for _ in range(4):
        a_case()
    with at(9, day=25), CaptureQueriesContext(connection) as few:
        boards.limits(city, None, None, 2, late_by=clock.now())
        boards.cases(city, None, 2)
    for _ in range(8):
        a_case()
    with at(9, day=25), django_assert_max_num_queries(len(few)):
        boards.limits(city, None, None, 2, late_by=clock.now())
        boards.cases(city, None, 2)


# -- figures


def test_the_counters_say_how_it_stands_in_each_unit_and_when_that_was():
    a_case()
    sent(a_case())
    with at(9, day=25):
        figures = counters.figures(["city", "county_a"])
        assert (figures.of("city", "red"), figures.of("city", "overdue")) == (1, 1)
        assert (figures.of("county_a", "red"), figures.of("county_a", "red", ["handler"])) == (1, 0)
        assert figures.of("county_a", openends.UNSIGNED) == 1
        assert figures.counted == clock.now()


def test_amber_is_what_becomes_late_within_three_days_in_figures_lists_and_to_dos():
    a_case()
    city = officer("intake_officer", "city")
    late = local(Due.objects.get(owed_unit="city", state="running", window=False).late_at)
    days, second = timedelta(days=3), timedelta(seconds=1)
    for moment, light in (
        (late - days - second, "green"), (late - days, "amber"), (late - second, "amber"), (late, "red"),
    ):  # fmt: skip
        with clock.at(moment):
            counters.refresh_counters()
            figures = counters.figures(["city"])
            wanted = {one: int(one == light) for one in lights.LIGHTS}
            assert {one: figures.of("city", one) for one in lights.LIGHTS} == wanted, light
            assert queries.todo_counts(city) == wanted
            listed = {
                one: boards.limits(city, None, None, 9, **span).rows for one, span in lights.spans(moment).items()
            }
            assert {one: len(rows) for one, rows in listed.items()} == wanted
            assert lights.light_of(late, moment) == light


def test_figures_are_counted_anew_when_they_are_a_minute_old_and_not_before():
    a_case()
    with at(9, day=25):
        assert counters.figures(["city"]).of("city", "red") == 1
    a_case()
    with clock.at(datetime(2026, 5, 25, 9, 0, 50)):
        assert counters.figures(["city"]).of("city", "red") == 1
    with clock.at(datetime(2026, 5, 25, 9, 1, 5)):
        found = counters.figures(["city"])
        assert (found.of("city", "red"), found.counted) == (2, clock.now())


def test_figures_that_are_nothing_any_more_go_away():
    case = a_case()
    with at(9, day=25):
        counters.refresh_counters()
        record(case, "accepted", by=officer("intake_officer", "city"))
        counters.refresh_counters()
    assert not BoardCounter.objects.filter(unit="city", name="red").exists()
    assert Case.objects.count() == 1
