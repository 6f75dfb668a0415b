"""Recurring duties: for which periods something is owed, when each is due, and how it stands once what was done is known.

Periods are named as in `duty_done.for_period`: 2025, 2025-H1, 2025-Q3, 2025-09, 2025-W38, 2025-09-15; a period of an odd length and a
holiday by the day on which it begins, and also by the month in which it begins or ends.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from huiyin.core.context import Ctx
from huiyin.core.counting import add_months
from huiyin.core.entries import DueOn, Duty, Span
from huiyin.core.facts import parse_moment
from huiyin.core.history import History
from huiyin.core.model import Actor, Event
from huiyin.core.patterns import acts
from huiyin.core.rules import Procedure
from huiyin.core.vocabulary import Vocabulary
from huiyin.core.workdays import Calendar, End
from huiyin.core.world import World

MONTHS = {"month": 1, "quarter": 3, "half_year": 6, "year": 12}
EVERY = ("day", "week", *MONTHS)
FAR = timedelta(days=800)  # no duty is due later than this after its period began


@dataclass(frozen=True, slots=True)
class Occasion:
    """One time a duty is owed: the period it is for, and when it is due."""

    duty: Duty
    label: str
    first: date
    last: date
    end: End


@dataclass(frozen=True, slots=True)
class Standing:
    """An occasion at a moment: met | running, and whether late. `done`: how often it was done of the times asked."""

    occasion: Occasion
    state: str
    late: bool
    done: int
    done_at: datetime | None = None


# -- periods


def periods(span: Span, calendar: Calendar, first: date, last: date) -> Iterator[tuple[str, date, date]]:
    """(name, first day, last day) of every period that touches the days from `first` to `last`."""
    if span.holidays:
        for year in range(first.year - 1, last.year + 2):
            for block in calendar.blocks(year):
                if any(name in block.name for name in span.holidays) and block.last >= first and block.first <= last:
                    yield block.first.isoformat(), block.first, block.last
    elif span.every is not None:
        day = _beginning(span.every, first)
        while day <= last:
            after = _next(span.every, day)
            yield _label(span.every, day), day, after - timedelta(days=1)
            day = after
    else:
        assert span.begins is not None and span.ends is not None
        for year in range(first.year - 1, last.year + 2):
            ends = _on(year, span.ends)
            begins = _on(year if span.begins <= span.ends else year - 1, span.begins)
            if ends >= first and begins <= last:
                yield _odd_label(begins, ends), begins, ends


def _on(year: int, day: tuple[int, int]) -> date:
    """That day of that year; 29 February of a common year is the 28th."""
    return date(year, 2, 28) if day == (2, 29) and year % 4 else date(year, *day)


def _beginning(every: str, day: date) -> date:
    if every == "day":
        return day
    if every == "week":
        return day - timedelta(days=day.weekday())
    months = MONTHS[every]
    return date(day.year, (day.month - 1) // months * months + 1, 1)


def _next(every: str, day: date) -> date:
    return (
        day + timedelta(days=7 if every == "week" else 1)
        if every in ("day", "week")
        else add_months(day, MONTHS[every])
    )


def _label(every: str, day: date) -> str:
    if every == "week":
        year, week, _ = day.isocalendar()
        return f"{year}-W{week:02}"
    number = (day.month - 1) // MONTHS.get(every, 1) + 1
    return {
        "day": day.isoformat(), "month": f"{day.year}-{number:02}", "quarter": f"{day.year}-Q{number}", "half_year": f"{day.year}-H{number}",
    }.get(every, str(day.year))  # fmt: skip


def _odd_label(first: date, last: date) -> str:
    """A year or half-year that does not begin in January or July goes by the one in which it ends."""
    days = (last - first).days + 1
    if days >= 365:
        return str(last.year)
    return f"{last.year}-H{1 if last.month <= 6 else 2}" if 181 <= days <= 184 else first.isoformat()


# -- due dates


def occasions(duty: Duty, calendar: Calendar, first: date, last: date) -> list[Occasion]:
    """Every time the duty is due from `first` to `last`, in order."""
    found = [
        Occasion(duty, label, begins, ends, due(duty.due, calendar, ends))
        for label, begins, ends in periods(duty.period, calendar, first - FAR, last)
    ]
    found = [o for o in found if first <= (o.end.day or o.end.sort_key.date()) <= last]
    return sorted(found, key=lambda o: (o.end.sort_key, o.first))


def occasion(duty: Duty, calendar: Calendar, label: str) -> Occasion | None:
    """The occasion of a period by its name."""
    around = date(int(label[:4]), 1, 1)
    spans = periods(duty.period, calendar, around - timedelta(days=366), around + timedelta(days=732))
    found = next((p for p in spans if _goes_by(duty, *p, label)), None)
    return Occasion(duty, *found, due(duty.due, calendar, found[2])) if found else None


def _goes_by(duty: Duty, label: str, first: date, last: date, name: str) -> bool:
    return name == label or (duty.period.every is None and name in (f"{first:%Y-%m}", f"{last:%Y-%m}"))


def due(rule: DueOn, calendar: Calendar, last: date) -> End:
    """When it is due for a period that ends on that day. The last day of the period is not counted."""
    if rule.within is not None and rule.within.period is not None:
        end = calendar.add(last, rule.within.period, roll=rule.roll)
    else:
        day = last
        if rule.on is not None:
            day = _on(last.year, rule.on)
            day = day if day >= last else _on(last.year + 1, rule.on)
        elif rule.day is not None:
            day = add_months(last.replace(day=1), 1) - timedelta(days=1)
            day = day.replace(day=min(rule.day, day.day))
        rolled = calendar.rolled(day, rule.roll)
        end = End(None, rolled, rule.roll != "none" and not calendar.knows(day, rolled))
    if rule.time is None or end.day is None:
        return end
    return End(datetime.combine(end.day, rule.time), None, end.provisional)


# -- who owes it, and how it stands


def owed_by(duty: Duty, unit: str, procedure: Procedure | None, world: World, vocabulary: Vocabulary) -> bool:
    """Does this unit owe the duty? Its `by` names the unit (here: each), and its condition holds there."""
    for term in duty.by:
        role = term.partition("@")[0]
        event = Event(1, "duty_done", datetime.min, datetime.min, Actor(role, unit, f"{role}@{unit}"))
        ctx = Ctx(History([], vocabulary), event, 0, procedure=procedure, world=world)
        if duty.applies(ctx) and acts(event.actor, (term,), ctx, frozenset([unit])):
            return True
    return False


def reaches(duty: Duty, event: Event, world: World, vocabulary: Vocabulary) -> bool:
    """Did it go to whom the duty is owed? One that names no addressee went where it belongs."""
    to = event.facts.get("to")
    ctx = Ctx(History([], vocabulary), event, 0, world=world)
    return to is None or not duty.to or any(to in ctx.places(term) for term in duty.to)


def standing(found: Occasion, done: Iterable[Event], now: datetime) -> Standing:
    """How it stands, by the acts `duty_done` of the unit: met by the n-th that names the duty and the period (or, naming none, falls
    between its beginning and the end that was still open)."""
    mine = sorted((e for e in done if _is_of(e, found)), key=lambda e: e.occurred)
    enough = mine[found.duty.times - 1] if len(mine) >= found.duty.times else None
    at = enough.occurred if enough is not None else now
    late = found.end.is_late(at) or (found.duty.due.before and at == found.end.moment)
    return Standing(found, "met" if enough else "running", late, len(mine), enough.occurred if enough else None)


def _is_of(event: Event, found: Occasion) -> bool:
    if event.facts.get("clause") not in (*found.duty.clauses, found.duty.name):
        return False
    named = event.facts.get("for_period")
    if named:
        return _goes_by(found.duty, found.label, found.first, found.last, named)
    return found.first <= event.occurred.date() <= _last_day(found)


def _last_day(found: Occasion) -> date:
    return max(found.last, found.end.day or found.end.sort_key.date())


def last_before(duty: Duty, calendar: Calendar, now: datetime) -> Occasion | None:
    """The period whose end precedes now: the newest one that is over, else the one that runs."""
    spans = list(periods(duty.period, calendar, now.date() - FAR, now.date()))
    over = [p for p in spans if p[2] < now.date()] or spans
    chosen: Sequence[tuple[str, date, date]] = over[-1:]
    return Occasion(duty, *chosen[0], due(duty.due, calendar, chosen[0][2])) if chosen else None


def as_moment(raw: object) -> datetime:
    """A moment of an example; a bare date is its beginning."""
    moment = parse_moment(raw)
    return moment if isinstance(moment, datetime) else datetime(moment.year, moment.month, moment.day)
