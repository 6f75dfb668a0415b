"""Ends of limits: how an end was counted, ends that stand in a fact, and moments that matter around them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from huiyin.core.context import as_moment
from huiyin.core.history import History
from huiyin.core.model import Event
from huiyin.core.workdays import Calendar, End, Period


@dataclass(slots=True)
class Counting:
    """How an end was counted: enough to count it again, day by day, and to explain it."""

    start: datetime
    period: Period | None
    roll: str = "none"
    more: tuple[Period, ...] = ()
    paused: tuple[tuple[datetime, datetime], ...] = ()
    until: date | datetime | None = None
    given: bool = False  # the end stands in a fact, nothing was counted


def fact_moment(event: Event, fact: str | None) -> datetime:
    """The date in a fact (00:00 of a day), or when the event happened where there is none."""
    value = event.facts.get(fact) if fact else None
    if isinstance(value, datetime):
        return value
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day)
    return event.occurred


def entered(view: History, event: Event) -> datetime:
    """When it was entered; for imported history, which is entered afterwards as a whole, when it happened."""
    imported = view.first("imported")
    return (
        event.occurred
        if imported is not None and imported.seq < event.seq and imported.recorded == event.recorded
        else event.recorded
    )


def counted(calendar: Calendar, counting: Counting) -> End:
    """The end by that calendar. Raises AssertionError where nothing is counted (the end was given)."""
    assert counting.period is not None
    return calendar.add(
        counting.start,
        counting.period,
        roll=counting.roll,
        more=counting.more,
        paused=counting.paused,
        until=counting.until,
    )


def given_end(value: date | datetime) -> End:
    """An end that stands in a fact: a day, or a moment to the second; never provisional."""
    if isinstance(value, datetime):
        return End(value.replace(microsecond=0), None, False)
    return End(None, value, False)


def add_given(calendar: Calendar, until: date | datetime | None, length: Period) -> date | datetime | None:
    """A given end put off by so much."""
    if until is None:
        return None
    end = calendar.add(until, length)
    return end.moment or end.day


def is_later(value: date | datetime, end: End) -> bool:
    return as_moment(value) > end.sort_key


def first_late_moment(end: End) -> datetime:
    """00:00 of the next day for a day limit; the second after for a clock limit."""
    return end.sort_key if end.day is not None else end.sort_key + timedelta(seconds=1)
