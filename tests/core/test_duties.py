"""Recurring duties: their periods, when they are due, who owes them, and how they stand."""

from __future__ import annotations

from datetime import date

import pytest

from huiyin.core.duties import occasion, occasions, periods
from huiyin.core.entries import Span
from huiyin.core.errors import RuleError
from huiyin.core.examples import run
from tests.core.mini import calendar, library, rule_set

DUTIES = """
[[duty]]
name   = "monthly"
period = "month"
due    = { n = 1, unit = "working_day", time = "10:00" }
by     = "analyst@here"
to     = "parent"
clause = "T-1"
says   = "月报于下月第一个工作日十时前报送"
[[duty]]
name   = "half_year"
period = { from = "12-01", to = "05-31" }
due    = { on = "06-10" }
by     = "analyst@here"
clause = "T-2"
says   = "半年总结于六月十日前报送"
[[duty]]
name   = "holiday"
period = { holiday = ["国庆节", "春节"] }
due    = { n = 1, unit = "working_day", time = "10:00" }
by     = "analyst@here"
clause = "T-3"
says   = "节后第一个工作日十时前报送"
[[duty]]
name   = "summary"
period = "quarter"
due    = { day = 20, roll = "rest_day" }
by     = "unit_head@here"
clause = "T-4"
says   = "每季度二十日前报送小结"
[[duty]]
name   = "training"
period = "half_year"
times  = 2
by     = "unit_head@here"
when   = { world = "unit_is", level = "county" }
clause = "T-5"
says   = "县局每半年培训两次"
[[duty]]
name   = "year"
period = { from = "12-01", to = "11-30" }
due    = { on = "12-10" }
by     = "analyst@function:centre"
clause = "T-6"
says   = "中心的年度总结"
"""


def due(name: str, first: date, last: date) -> dict[str, str]:
    duty = next(d for d in rule_set(DUTIES).entries if d.name == name)
    return {o.label: o.end.as_text()[:16] for o in occasions(duty, calendar(), first, last)}


def test_due_dates_follow_the_calendar():
    assert due("monthly", date(2025, 1, 1), date(2025, 3, 31)) == {
        "2024-12": "2025-01-02T10:00", "2025-01": "2025-02-05T10:00", "2025-02": "2025-03-03T10:00",
    }  # fmt: skip
    assert due("half_year", date(2024, 1, 1), date(2025, 12, 31)) == {"2024-H1": "2024-06-10", "2025-H1": "2025-06-10"}
    assert due("year", date(2025, 1, 1), date(2025, 12, 31)) == {"2025": "2025-12-10"}
    assert due("summary", date(2025, 1, 1), date(2025, 12, 31)) == {
        "2025-Q1": "2025-03-20", "2025-Q2": "2025-06-20", "2025-Q3": "2025-09-22", "2025-Q4": "2025-12-22",
    }  # fmt: skip
    assert due("training", date(2025, 1, 1), date(2025, 12, 31)) == {"2025-H1": "2025-06-30", "2025-H2": "2025-12-31"}


def test_holidays_are_periods_by_their_published_days():
    assert due("holiday", date(2024, 2, 1), date(2025, 10, 31)) == {
        "2024-02-10": "2024-02-18T10:00", "2024-10-01": "2024-10-08T10:00", "2025-01-28": "2025-02-05T10:00", "2025-10-01": "2025-10-09T10:00",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("every", "labels"),
    [
        ("week", ["2024-W52", "2025-W01"]),
        ("day", ["2024-12-29", "2024-12-30"]),
        ("half_year", ["2024-H2"]),
        ("year", ["2024"]),
    ],
)
def test_periods_have_the_names_that_duty_done_gives_them(every, labels):
    found = list(periods(Span(every=every), calendar(), date(2024, 12, 29), date(2024, 12, 30)))
    assert [label for label, _, _ in found] == labels
    assert all(a <= b for _, a, b in found)


def test_an_occasion_is_found_by_its_name():
    duty = next(d for d in rule_set(DUTIES).entries if d.name == "monthly")
    found = occasion(duty, calendar(), "2025-08")
    assert found is not None
    assert (found.first, found.last) == (date(2025, 8, 1), date(2025, 8, 31))
    assert occasion(duty, calendar(), "2025-Q3") is None


def look(**example: object) -> None:
    result = run({"body": "henan", "unit": "county_a", **example}, library(DUTIES), calendar())
    assert result.passed, result.error or (result.expected, result.found)


def done(at: str, clause: str, by: str = "analyst@county_a", **facts: object) -> dict[str, object]:
    from datetime import datetime

    return {"event": "duty_done", "at": datetime.fromisoformat(at), "by": by, "clause": clause, **facts}


def test_it_is_met_by_what_was_done_for_its_period_in_time():
    look(
        events=[done("2025-09-01T10:00:00", "T-1", for_period="2025-08")],
        period="2025-08",
        met=["T-1"],
        not_late=["T-1"],
    )
    look(events=[done("2025-09-01T10:00:01", "T-1", for_period="2025-08")], period="2025-08", late=["T-1"])
    look(events=[done("2025-09-01T09:00:00", "T-1", for_period="2025-07")], period="2025-08", running=["T-1"])
    look(events=[done("2025-09-01T09:00:00", "T-1", "analyst@county_b")], period="2025-08", running=["T-1"])


def test_it_is_met_by_what_went_where_it_is_owed():
    for to, expect in (("city", "met"), ("province", "running")):
        sent = done("2025-09-01T09:00:00", "T-1", for_period="2025-08", to=to)
        look(events=[sent], period="2025-08", **{expect: ["T-1"]})


def test_a_bare_date_names_a_period_as_well():
    look(
        events=[done("2025-10-09T09:00:00", "T-3", for_period=date(2025, 10, 1))], period=date(2025, 10, 1), met=["T-3"]
    )


def test_what_names_no_period_counts_for_the_one_it_falls_into():
    look(events=[done("2025-03-18T09:00:00", "T-4", "unit_head@county_a")], period="2025-Q1", met=["T-4"])


def test_two_times_are_two():
    first, second = (done(f"2025-0{m}-10T09:00:00", "T-5", "unit_head@county_a") for m in (2, 5))
    look(events=[first], period="2025-H1", running=["T-5"])
    look(events=[first, second], period="2025-H1", met=["T-5"])


def test_only_those_owe_it_of_whom_the_rule_speaks():
    look(period="2025-H1", now=date(2025, 7, 1), late=["T-5"], not_owed=["T-6"])
    look(period="2025-H1", unit="section_a1", now=date(2025, 7, 1), not_owed=["T-5"])
    look(period="2025", unit="city", now=date(2025, 12, 11), late=["T-6"], due={"T-6": date(2025, 12, 10)})


def test_without_a_period_the_one_that_is_over_is_looked_at():
    look(now=date(2025, 9, 15), late=["T-1"], due={"T-4": date(2025, 6, 20)})


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('period = "month"', 'period = "fortnight"', "fortnight"),
        ('from = "12-01", to = "05-31"', 'from = "12-41", to = "05-31"', "day of the year"),
        ('time = "10:00"', 'time = "ten"', "a time is written"),
        ('"国庆节"', '"狂欢节"', "狂欢节"),
        ("day = 20", 'day = 20, on = "06-10"', "one of"),
        ("times  = 2", "times  = 0", "whole number"),
        ('by     = "unit_head@here"\nwhen', "by     = []\nwhen", "somebody owes"),
    ],
)
def test_a_mistake_in_a_duty_is_named(old, new, says):
    with pytest.raises(RuleError, match=says):
        rule_set(DUTIES.replace(old, new))
