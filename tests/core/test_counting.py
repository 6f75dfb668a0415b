"""Counting periods: examples, and properties that must hold for every start and length."""

from datetime import date, datetime, timedelta
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huiyin.core.calendar_files import load
from huiyin.core.counting import last_day_of
from huiyin.core.workdays import ROLLS, UNITS, Calendar, CountError, End, Period, Step


@cache
def calendar() -> Calendar:
    return load()


def due(start: datetime | date, n: int, unit: str, **how: object) -> date | datetime:
    return calendar().add(start, Period(n, unit), **how).point  # type: ignore[arg-type]


def day(text: str) -> date:
    return date.fromisoformat(text)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


starts = st.datetimes(min_value=datetime(2003, 6, 1), max_value=datetime(2027, 6, 30))
numbers = st.integers(min_value=1, max_value=400)
months = st.integers(min_value=1, max_value=60)
rolls = st.sampled_from(ROLLS)
units = st.sampled_from(sorted(UNITS))


# properties


@given(starts, numbers, numbers)
def test_working_days_add_up(start: datetime, n: int, m: int) -> None:
    first = due(start, n, "working_day")
    assert due(first, m, "working_day") == due(start, n + m, "working_day")
    assert calendar().add(start, Period(n, "working_day"), more=[Period(m, "working_day")]).point == due(
        start, n + m, "working_day"
    )


@given(starts, starts, numbers, numbers)
def test_working_days_are_monotone(start: datetime, other: datetime, n: int, m: int) -> None:
    earlier, later = sorted((start, other))
    assert due(earlier, n, "working_day") <= due(later, n, "working_day")
    assert due(start, n, "working_day") < due(start, n + m, "working_day")


@given(starts, numbers, rolls)
def test_a_limit_in_working_days_never_ends_on_a_rest_day(start: datetime, n: int, roll: str) -> None:
    end = calendar().add(start, Period(n, "working_day"), roll=roll).day
    assert end is not None
    assert calendar().is_working(end)
    assert calendar().working_days_between(start.date(), end) == n


@given(starts, st.integers(1, 60))
def test_working_days_are_the_days_one_counts_one_by_one(start: datetime, n: int) -> None:
    found, left = start.date(), n
    while left:
        found += timedelta(days=1)
        left -= calendar().is_working(found)
    assert due(start, n, "working_day") == found


@given(starts, numbers, numbers)
def test_calendar_days_that_do_not_roll_add_up(start: datetime, n: int, m: int) -> None:
    assert due(due(start, n, "day"), m, "day") == due(start, n + m, "day") == start.date() + timedelta(days=n + m)


@given(starts, starts, months, st.sampled_from(["month", "quarter", "year"]), rolls)
def test_months_are_monotone(start: datetime, other: datetime, n: int, unit: str, roll: str) -> None:
    earlier, later = sorted((start, other))
    assert due(earlier, n, unit, roll=roll) <= due(later, n, unit, roll=roll)
    assert due(start, n, unit, roll=roll) < due(start, n + 1, unit, roll=roll)


@given(starts, starts, numbers, st.sampled_from(["day", "week"]), rolls)
def test_rolled_ends_are_monotone(start: datetime, other: datetime, n: int, unit: str, roll: str) -> None:
    earlier, later = sorted((start, other))
    assert due(earlier, n, unit, roll=roll) <= due(later, n, unit, roll=roll)
    assert due(start, n, unit, roll=roll) <= due(start, n + 1, unit, roll=roll)


@given(starts, numbers, st.sampled_from(["day", "week", "month"]))
def test_a_roll_goes_to_the_next_day_that_fits_and_no_further(start: datetime, n: int, unit: str) -> None:
    plain = due(start, n, unit)
    rested, blocked = due(start, n, unit, roll="rest_day"), due(start, n, unit, roll="holiday_block")
    assert plain <= blocked <= rested
    assert rested == calendar().next_working_on_or_after(plain)
    assert calendar().block_of(blocked) is None
    between = [plain + timedelta(days=i) for i in range((blocked - plain).days)]
    assert all(calendar().block_of(day) for day in between)


@given(starts, st.integers(0, 400), units, rolls)
def test_what_is_explained_is_what_is_added(start: datetime, n: int, unit: str, roll: str) -> None:
    """`add` takes short cuts; `explain` counts in full. A provisional end says so in both."""
    end, last = (
        calendar().add(start, Period(n, unit), roll=roll),
        calendar().explain(start, Period(n, unit), roll=roll)[-1],
    )
    assert (last.kind, last.day, last.moment) == ("end", end.day, end.moment)
    assert (last.note_code == "provisional") is end.provisional


@given(starts, numbers, st.sampled_from(["working_day", "day", "month"]), rolls)
def test_an_end_is_provisional_exactly_when_it_rests_on_an_unknown_year(
    start: datetime, n: int, unit: str, roll: str
) -> None:
    end = calendar().add(start, Period(n, unit), roll=roll)
    assert end.day is not None
    if unit == "working_day":
        first = start.date() + timedelta(days=1)
    else:
        first = calendar().add(start, Period(n, unit)).day or date.max
        if roll == "none":
            assert not end.provisional
            return
    assert end.provisional is not all(2004 <= year <= 2026 for year in range(first.year, end.day.year + 1))


@given(
    starts,
    numbers,
    st.lists(st.tuples(starts, st.integers(0, 40)), max_size=4),
    st.sampled_from(["day", "working_day", "hour"]),
)
def test_a_pause_never_brings_an_end_forward(
    start: datetime, n: int, spans: list[tuple[datetime, int]], unit: str
) -> None:
    paused = [(first, first + timedelta(days=length)) for first, length in spans]
    plain = calendar().add(start, Period(n, unit))
    assert calendar().add(start, Period(n, unit), paused=paused).sort_key >= plain.sort_key
    assert calendar().add(start, Period(n, unit), paused=paused * 2) == calendar().add(
        start, Period(n, unit), paused=paused
    )


# extensions, pauses, named dates


def test_an_extension_counts_on_from_the_unrolled_end() -> None:
    start = at("2026-08-04T10:00")  # 60 days end on Saturday 3 October, in the holiday
    assert due(start, 60, "day", roll="rest_day") == day("2026-10-08")
    assert due(start, 60, "day", roll="rest_day", more=[Period(10, "day")]) == day("2026-10-13")


def test_extensions_follow_each_other_and_may_have_units_of_their_own() -> None:
    start = at("2025-09-26T09:00")
    assert due(start, 2, "working_day", more=[Period(1, "working_day"), Period(3, "day")]) == day("2025-10-03")
    assert due(start, 2, "working_day", more=[Period(6, "hour")]) == at("2025-09-30T06:00")
    assert due(start, 24, "hour", more=[Period(2, "working_day")]) == day("2025-09-29")
    assert due(start, 1, "hour_excl", more=[Period(2, "hour_excl")]) == at(
        "2025-09-26T13:00"
    )  # the hour is left out once
    assert due(start, 1, "half_day", more=[Period(1, "half_day")]) == at("2025-09-27T12:00")
    assert due(at("2025-09-26T14:00"), 1, "half_day", more=[Period(1, "half_day")]) == day("2025-09-27")


def test_an_extension_by_nothing_changes_nothing() -> None:
    start = at("2025-09-26T09:00")
    assert due(start, 24, "hour", more=[Period(0, "day")]) == at("2025-09-27T09:00")
    assert due(start, 3, "day", roll="holiday_block", more=[Period(0, "working_day")]) == day("2025-09-29")


def test_an_extension_of_a_same_day_limit_rolls() -> None:
    assert due(at("2025-10-03T09:00"), 0, "day", roll="rest_day") == day("2025-10-03")
    assert due(at("2025-10-03T09:00"), 0, "day", roll="rest_day", more=[Period(1, "day")]) == day("2025-10-09")


def test_a_same_day_limit_rolls_only_when_a_pause_moved_it() -> None:
    start = at("2026-06-06T09:00")  # a Saturday
    within_the_day = (at("2026-06-06T10:00"), at("2026-06-06T11:00"))
    assert due(start, 0, "day", roll="rest_day", paused=[within_the_day]) == day("2026-06-06")
    overnight = (at("2026-06-06T10:00"), at("2026-06-07T11:00"))
    assert due(start, 0, "day", roll="rest_day", paused=[overnight]) == day("2026-06-08")


def test_a_pause_adds_the_difference_of_its_dates() -> None:
    pause = (at("2026-06-10T15:00"), at("2026-06-24T09:00"))
    assert due(at("2026-06-01T10:00"), 30, "day", paused=[pause]) == day("2026-07-15")
    assert due(at("2026-06-01T10:00"), 1, "month", paused=[pause]) == day("2026-07-15")


def test_a_pause_of_working_days_adds_those_after_its_first_date_up_to_its_last() -> None:
    pause = (at("2026-06-17T15:00"), at("2026-06-24T09:00"))  # 18, 22, 23, 24 June; 19-21 off
    assert due(at("2026-06-15T10:00"), 5, "working_day") == day("2026-06-23")
    assert due(at("2026-06-15T10:00"), 5, "working_day", paused=[pause]) == day("2026-06-29")
    over_a_weekend = (at("2026-06-19T15:00"), at("2026-06-21T09:00"))
    assert due(at("2026-06-15T10:00"), 5, "working_day", paused=[over_a_weekend]) == day("2026-06-23")


def test_a_pause_of_the_clock_adds_its_length() -> None:
    pause = (at("2026-06-10T15:00"), at("2026-06-10T16:30:30"))
    assert due(at("2026-06-10T14:00"), 24, "hour", paused=[pause]) == at("2026-06-11T15:30:30")


def test_overlapping_pauses_count_once() -> None:
    first, second = (at("2026-06-10T08:00"), at("2026-06-14T08:00")), (at("2026-06-12T08:00"), at("2026-06-16T08:00"))
    assert due(at("2026-06-01T10:00"), 30, "day", paused=[second, first]) == day("2026-07-07")
    assert due(at("2026-06-10T07:00"), 24, "hour", paused=[first, second]) == at("2026-06-17T07:00")
    inside = (at("2026-06-11T08:00"), at("2026-06-12T08:00"))
    assert due(at("2026-06-01T10:00"), 30, "day", paused=[first, inside]) == day("2026-07-05")


def test_a_pause_counts_from_the_start_and_not_after_the_end() -> None:
    early = (at("2026-05-20T08:00"), at("2026-06-04T08:00"))
    assert due(at("2026-06-01T10:00"), 30, "day", paused=[early]) == day("2026-07-04")
    late = (at("2026-07-02T00:00"), at("2026-07-20T08:00"))
    assert due(at("2026-06-01T10:00"), 30, "day", paused=[late]) == day("2026-07-01")
    last_day = (at("2026-07-01T23:59"), at("2026-07-03T08:00"))
    assert due(at("2026-06-01T10:00"), 30, "day", paused=[last_day]) == day("2026-07-03")


def test_a_pause_that_begins_before_the_rolled_end_counts() -> None:
    start = at("2026-08-04T10:00")  # ends Saturday 3 October, rolled to Thursday 8 October
    begun_between = (at("2026-10-05T08:00"), at("2026-10-09T08:00"))
    assert due(start, 60, "day", roll="rest_day", paused=[begun_between]) == day(
        "2026-10-08"
    )  # 3 + 4 days: 7 October, rolled
    assert due(start, 60, "day", paused=[begun_between]) == day("2026-10-03")


def test_order_is_extension_then_pause_then_roll_once() -> None:
    start = at("2026-07-20T10:00")
    end = due(
        start,
        60,
        "day",
        roll="rest_day",
        more=[Period(10, "day")],
        paused=[(at("2026-08-01T09:00"), at("2026-08-05T09:00"))],
    )
    assert end == day("2026-10-08")  # 18 + 10 days: 28 September; + 4: 2 October, in the holiday; rolled once


def test_a_pause_is_doubtful_where_its_year_is_not_known() -> None:
    pause = (at("2026-12-29T09:00"), at("2027-01-05T09:00"))
    assert calendar().add(at("2026-12-28T09:00"), Period(3, "working_day"), paused=[pause]).provisional
    assert not calendar().add(at("2026-12-28T09:00"), Period(3, "day"), paused=[pause]).provisional


def test_a_date_somebody_named_stands_where_it_is_later() -> None:
    start = at("2026-05-29T09:00")
    assert due(start, 7, "working_day", until=day("2026-06-20")) == day("2026-06-20")  # in the holiday, and not rolled
    assert due(start, 7, "working_day", until=day("2026-06-01")) == day("2026-06-09")
    assert due(start, 7, "working_day", until=at("2026-06-09T23:00")) == day("2026-06-09")
    assert due(start, 7, "working_day", until=at("2026-06-10T09:00:00.5")) == at("2026-06-10T09:00")
    assert not calendar().add(at("2026-12-25T10:00"), Period(7, "working_day"), until=day("2027-03-01")).provisional


# starts and ends


def test_a_start_given_as_a_date_is_its_24_oclock() -> None:
    assert due(day("2026-05-29"), 7, "working_day") == day("2026-06-09")
    assert due(day("2026-05-29"), 2, "hour") == at("2026-05-30T02:00")
    assert due(day("2026-05-29"), 1, "half_day") == at("2026-05-30T12:00")


def test_moments_are_cut_to_the_second() -> None:
    assert due(at("2026-05-29T09:00:00.999999"), 2, "minute") == at("2026-05-29T09:02:00")
    assert due(at("2026-05-29T09:00:00.999999"), 0, "minute") == at("2026-05-29T09:00:00")
    assert due(at("2026-05-29T09:59:59.999999"), 1, "hour_excl") == at("2026-05-29T11:00")


def test_a_clock_limit_is_met_in_its_very_second() -> None:
    end = calendar().add(at("2025-10-04T20:01:00"), Period(10, "minute"))
    assert not end.is_late(at("2025-10-04T20:11:00.900000"))
    assert end.is_late(at("2025-10-04T20:11:01"))
    assert end.sort_key == at("2025-10-04T20:11:00")


def test_a_day_limit_is_late_from_midnight() -> None:
    end = calendar().add(at("2026-05-29T09:00"), Period(7, "working_day"))
    assert not end.is_late(at("2026-06-09T23:59:59.999999"))
    assert end.is_late(at("2026-06-10T00:00"))
    assert end.sort_key == at("2026-06-10T00:00")


def test_an_end_is_written_and_made_from_a_point() -> None:
    assert End.at(day("2026-06-09")).as_text() == "2026-06-09"
    assert End.at(at("2026-06-09T17:00")).as_text() == "2026-06-09T17:00:00"
    assert End.at(at("2026-06-09T17:00:00.7")) == End(at("2026-06-09T17:00"), None, False)
    assert End.at(date.max).sort_key > datetime(9999, 12, 31, 12)


def test_an_end_is_a_day_or_a_moment() -> None:
    with pytest.raises(CountError):
        End(None, None, False)
    with pytest.raises(CountError):
        End(at("2026-06-09T17:00"), day("2026-06-09"), False)


@pytest.mark.parametrize(
    ("code", "call"),
    [
        ("unknown_unit", lambda: Period(1, "fortnight")),
        ("negative", lambda: Period(-1, "day")),
        ("unknown_roll", lambda: due(at("2026-05-29T09:00"), 1, "working_day", roll="weekend")),
        ("unknown_roll", lambda: due(at("2026-05-29T09:00"), 1, "day", roll="weekend")),
        ("unknown_roll", lambda: due(at("2026-05-29T09:00"), 1, "hour", roll="weekend")),
        (
            "pause_backwards",
            lambda: due(at("2026-05-29T09:00"), 1, "day", paused=[(at("2026-06-02T00:00"), at("2026-06-01T00:00"))]),
        ),
        ("beyond_calendar", lambda: due(at("9999-12-01T09:00"), 40, "working_day")),
        ("beyond_calendar", lambda: due(at("9999-12-01T09:00"), 40, "day", roll="rest_day")),
        ("beyond_calendar", lambda: due(at("9999-12-01T09:00"), 40, "day")),
        ("beyond_calendar", lambda: due(at("9999-12-01T09:00"), 1, "month")),
        ("beyond_calendar", lambda: due(at("9999-12-31T09:00"), 20, "hour")),
        ("beyond_calendar", lambda: due(at("9999-12-31T09:00"), 10_000_000, "year")),
    ],
)
def test_what_cannot_be_counted_is_an_error_with_a_code(code: str, call) -> None:
    with pytest.raises(CountError) as caught:
        call()
    assert caught.value.code == code


def test_the_last_days_there_are() -> None:
    assert due(at("9999-12-20T09:00"), 9, "working_day") == day("9999-12-31")
    assert due(at("9999-11-30T09:00"), 1, "month") == day("9999-12-30")
    assert due(at("9999-01-31T09:00"), 11, "month") == day("9999-12-31")
    assert due(at("0001-01-01T09:00"), 1, "working_day") == day("0001-01-02")


def test_long_counts_reach_beyond_the_known_years() -> None:
    end = calendar().add(at("2026-12-31T09:00"), Period(2600, "working_day"))
    assert (end.day, end.provisional) == (date(2026, 12, 31) + timedelta(weeks=520), True)


# explanations


def codes(steps: list[Step]) -> list[tuple[str, str, int | None]]:
    return [(step.kind, step.note_code, step.counted) for step in steps]


def test_working_days_are_explained_day_by_day() -> None:
    steps = calendar().explain(at("2025-09-26T15:00"), Period(4, "working_day"))
    assert codes(steps) == [
        ("start", "not_counted", None),
        ("day", "weekend", None),
        ("day", "makeup", 1),
        ("day", "worked", 2),
        ("day", "worked", 3),
        *[("day", "holiday", None)] * 8,
        ("day", "worked", 4),
        ("end", "firm", None),
    ]
    assert steps[2].data == {"name": "国庆节、中秋节"}
    assert steps[2].day == day("2025-09-28")


def test_the_rest_is_explained_in_one_line_each() -> None:
    steps = calendar().explain(
        at("2026-07-20T10:00"),
        Period(2, "month"),
        roll="rest_day",
        more=[Period(8, "day")],
        paused=[(at("2026-08-01T09:00"), at("2026-08-05T09:00")), (at("2027-08-01T09:00"), at("2027-08-05T09:00"))],
        until=day("2026-10-20"),
    )
    assert codes(steps) == [
        ("start", "not_counted", None),
        ("period", "month", 2),
        ("extension", "day", 8),
        ("period", "day", 8),
        ("pause", "days", 4),
        ("pause", "no_effect", 0),
        ("roll", "rest_day", None),
        ("until", "put_off", None),
        ("end", "firm", None),
    ]
    assert [step.day for step in steps[1:5]] == [
        day("2026-09-20"),
        day("2026-09-20"),
        day("2026-09-28"),
        day("2026-10-02"),
    ]
    assert steps[6].data == {"moved_from": day("2026-10-02"), "name": "国庆节"}
    assert steps[6].day == day("2026-10-08")


def test_notes_say_what_is_special_about_a_start_or_an_end() -> None:
    cal = calendar()
    assert cal.explain(at("2026-05-29T09:00"), Period(0, "working_day"))[0].note_code == "same_day"
    assert cal.explain(at("2026-05-29T09:00"), Period(1, "hour_excl"))[0].note_code == "hour_not_counted"
    assert cal.explain(at("2026-05-29T09:00"), Period(1, "half_day"))[0].note_code == "half_not_counted"
    assert cal.explain(at("2026-05-29T09:00"), Period(1, "minute"))[0].note_code == "from_moment"
    assert cal.explain(at("2026-01-31T09:00"), Period(1, "month"))[1].data == {"short_month": True}
    provisional = cal.explain(at("2026-12-30T09:00"), Period(2, "working_day"))
    assert [step.data.get("provisional", False) for step in provisional] == [False, False, True, False]
    assert provisional[-1].note_code == "provisional"


def test_a_pause_that_holds_nothing_up_is_shown_as_such() -> None:
    weekend = (at("2026-06-06T09:00"), at("2026-06-07T09:00"))
    steps = calendar().explain(at("2026-06-01T09:00"), Period(7, "working_day"), paused=[weekend])
    assert ("pause", "working_days", 0) in codes(steps)
    clock = calendar().explain(
        at("2026-06-06T08:00"), Period(7, "hour"), paused=[(at("2026-06-06T09:00"), at("2026-06-06T10:00"))]
    )
    assert ("pause", "clock", 3600) in codes(clock)


@pytest.mark.parametrize(
    ("unit", "day", "last"),
    [
        ("month", date(2025, 3, 24), date(2025, 3, 31)),
        ("month", date(2024, 2, 29), date(2024, 2, 29)),
        ("month", date(2025, 12, 1), date(2025, 12, 31)),
        ("quarter", date(2025, 2, 28), date(2025, 3, 31)),
        ("quarter", date(2025, 11, 30), date(2025, 12, 31)),
        ("year", date(2025, 1, 1), date(2025, 12, 31)),
    ],
)
def test_the_last_day_of_a_calendar_span(unit, day, last):
    assert last_day_of(unit, day) == last
