"""Counting a legal period: the arithmetic behind `Calendar.add` and `Calendar.explain`.

Order, always: the base period, then each extension from the unrolled end before it, then the pauses, then the roll, once; last,
a date named by a person (`until`) may put the end off. The starting day is not counted. Times are naive local times.

A point in time is a `date` (its 24:00) or a `datetime` (that moment): ends of limits, and starts, are written the same way.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any, Protocol

Point = date | datetime
Pause = tuple[datetime, datetime]

DAY = timedelta(days=1)
CALENDAR_UNITS = {"day": 1, "week": 7}  # in days
MONTH_UNITS = {"month": 1, "quarter": 3, "year": 12}  # in months
CLOCK_UNITS = {"minute": timedelta(minutes=1), "hour": timedelta(hours=1), "hour_excl": timedelta(hours=1)}
UNITS = frozenset({"working_day", "half_day", *CALENDAR_UNITS, *MONTH_UNITS, *CLOCK_UNITS})
DAY_UNITS = UNITS - {"half_day", *CLOCK_UNITS}  # those whose limit ends at 24:00 of a day, which a roll may move
ROLLS = ("none", "rest_day", "holiday_block")


class CountError(ValueError):
    """A period that cannot be counted. `code`: unknown_unit | unknown_roll | negative | pause_backwards | beyond_calendar | bad_end."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True)
class Period:
    """A length of time: `n` times `unit` (one of UNITS). `n = 0` in a day unit means the same day till 24:00."""

    n: int
    unit: str

    def __post_init__(self) -> None:
        if self.unit not in UNITS:
            raise CountError("unknown_unit", f"unknown unit of time {self.unit!r}; known: {', '.join(sorted(UNITS))}")
        if self.n < 0:
            raise CountError("negative", f"a period cannot be negative: {self.n} {self.unit}")


@dataclass(frozen=True, slots=True)
class End:
    """The end of a limit: exactly one of `day` (it ends at 24:00 of that day) and `moment` (a clock limit, to the second, inclusive).

    `provisional`: it rests on a year whose holiday notice is not known, counted as if Monday to Friday were worked.
    """

    moment: datetime | None
    day: date | None
    provisional: bool = False

    def __post_init__(self) -> None:
        if (self.moment is None) is (self.day is None):
            raise CountError("bad_end", "an end is either a day or a moment")

    @classmethod
    def at(cls, point: Point, provisional: bool = False) -> End:
        """The end that a date (its 24:00) or a moment (cut to the second) stands for."""
        if isinstance(point, datetime):
            return cls(point.replace(microsecond=0), None, provisional)
        return cls(None, point, provisional)

    @property
    def point(self) -> Point:
        return self._day() if self.moment is None else self.moment

    @property
    def sort_key(self) -> datetime:
        """A moment to order ends by: of a day, the midnight at which it is over."""
        return moment_of(self.point)

    def is_late(self, at: datetime) -> bool:
        """Whether something done `at` that moment comes after this end. A day limit is late from 00:00 of the next day."""
        if self.moment is not None:
            return at.replace(microsecond=0) > self.moment
        return at.date() > self._day()

    def as_text(self) -> str:
        """`2026-06-09` for a day, `2026-10-01T17:00:00` for a moment."""
        return self.moment.isoformat(timespec="seconds") if self.moment is not None else self._day().isoformat()

    def _day(self) -> date:
        assert self.day is not None  # by __post_init__
        return self.day


@dataclass(frozen=True, slots=True)
class Step:
    """One line of how an end was counted: codes and data, no sentences.

    kind / note_code:
      start      not_counted | same_day (n = 0) | hour_not_counted | half_not_counted | from_moment
      day        worked | makeup | weekend | holiday | closed; `counted` is its number in its period, None when it does not count;
                 data: name (of the holiday or the closing), provisional (the year is not known)
      period     the unit; `counted` is n; data: short_month (there was no corresponding day)
      extension  the unit; `counted` is n; day/moment is the end from which it counts on; its own days or `period` follow
      pause      the base unit's kind: days | working_days | clock | no_effect; `counted` is what it adds (clock: seconds);
                 data: first, last; day/moment is the end with it
      roll       rest_day | holiday_block; data: moved_from, name
      until      put_off; the later date that somebody named
      end        firm | provisional
    """

    kind: str
    day: date | None
    moment: datetime | None
    counted: int | None
    note_code: str
    data: Mapping[str, Any] = field(default_factory=dict)


class WorkingDays(Protocol):
    """What counting asks of a calendar."""

    def nth_working(self, day: date, n: int) -> date: ...
    def working_days_between(self, after: date, to: date) -> int: ...
    def rolled(self, day: date, roll: str) -> date: ...
    def knows(self, first: date, last: date) -> bool: ...
    def kind_of(self, day: date) -> tuple[str, str | None]: ...


def day_of(point: Point) -> date:
    """The day a moment falls on; a date is its own."""
    return point.date() if isinstance(point, datetime) else point


def moment_of(point: Point) -> datetime:
    """The moment itself; of a date, the midnight at which it ends (23:59:59 of the last day there is)."""
    if isinstance(point, datetime):
        return point
    return datetime.combine(point + DAY, time()) if point < date.max else datetime.combine(point, time(23, 59, 59))


def last_day_of(unit: str, day: date) -> date:
    """Last day of the calendar month, quarter or year that the day lies in."""
    months = MONTH_UNITS[unit]
    last = ((day.month - 1) // months + 1) * months
    return date(day.year, last, monthrange(day.year, last)[1])


def add_months(day: date, months: int) -> date:
    """The corresponding day of the n-th month after, else that month's last day (Civil Code art. 202)."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    month += 1
    if day.day <= 28:
        return day.replace(year=year, month=month)
    first_of_next = date(year + month // 12, month % 12 + 1, 1) if (year, month) < (9999, 12) else None
    last = (first_of_next - DAY).day if first_of_next else 31
    return date(year, month, min(day.day, last))


class Counter:
    """One count, from its start. `steps` is filled when the count is to be explained."""

    def __init__(self, days: WorkingDays, start: Point, steps: list[Step] | None = None) -> None:
        self.days = days
        self.start = start.replace(microsecond=0) if isinstance(start, datetime) else start
        self.at: Point = self.start
        self.base = ""
        self.rollable = False  # whether something was counted, last in a day unit
        self.provisional = False
        self.steps = steps

    def period(self, period: Period, *, first: bool) -> None:
        """Count the base period (`first`), or an extension on from the end that stands."""
        if first:
            self.base = period.unit
            self._note_start(period)
        else:
            self._note("extension", self.at, period.n, period.unit)
        if period.n == 0 and (period.unit in DAY_UNITS or not first):
            self.at = day_of(self.at) if first else self.at
            return
        self.rollable = period.unit in DAY_UNITS
        if period.unit == "working_day":
            self._working_days(period.n)
        elif period.unit in DAY_UNITS:
            self._calendar_days(period)
        elif period.unit == "half_day":
            self._half_days(period.n, first)
        else:
            moment = moment_of(self.at)
            if period.unit == "hour_excl" and first:
                moment = moment.replace(minute=0, second=0) + CLOCK_UNITS["hour"]
            self.at = moment + period.n * CLOCK_UNITS[period.unit]
            self._note("period", self.at, period.n, period.unit)

    def pauses(self, paused: Sequence[Pause], roll: str) -> None:
        """Add what the pauses held up. Overlapping pauses count once; one that begins before the start counts from the start, one
        that begins after the end (as rolled) changes nothing."""
        covered = self.start
        for first, last in sorted(paused):
            if last < first:
                raise CountError("pause_backwards", f"a pause ends before it begins: {first} - {last}")
            if End.at(self._rolled(roll)).is_late(first):
                self._note("pause", self.at, 0, "no_effect", first=first, last=last)
            elif self.base in CLOCK_UNITS or self.base == "half_day":
                self._pause_clock(max(first, moment_of(covered)), last, first)
            else:
                self._pause_days(max(first.date(), day_of(covered)), last.date(), first, last)
            covered = max(covered, last, key=moment_of)

    def roll(self, roll: str) -> None:
        """Move a last day that is a day off. What is due the same day (n = 0) stays on that day."""
        rolled = self._rolled(roll)
        if roll != "none" and self._may_roll():
            self._rest_on(day_of(self.at), day_of(rolled))
        if rolled != self.at:
            self._note("roll", rolled, None, roll, moved_from=self.at, name=self.days.kind_of(day_of(self.at))[1])
            self.at = rolled

    def end(self, until: Point | None) -> End:
        """The end; or `until`, a date or moment somebody named, where that is later. It stands as named and is not rolled."""
        end = End.at(self.at, self.provisional)
        if until is not None and moment_of(until) > end.sort_key:
            end = End.at(until)
            self._note("until", end.point, None, "put_off")
        self._note("end", end.point, None, "provisional" if end.provisional else "firm")
        return end

    def _working_days(self, n: int) -> None:
        begin = day_of(self.at)
        self.at = self.days.nth_working(begin, n)
        self._rest_on(begin + DAY, self.at)
        if self.steps is not None:
            self._note_days(begin, self.at)

    def _calendar_days(self, period: Period) -> None:
        day = day_of(self.at)
        if period.unit in CALENDAR_UNITS:
            self.at = day + timedelta(days=period.n * CALENDAR_UNITS[period.unit])
            self._note("period", self.at, period.n, period.unit)
            return
        self.at = add_months(day, period.n * MONTH_UNITS[period.unit])
        self._note("period", self.at, period.n, period.unit, short_month=self.at.day != day.day)

    def _half_days(self, n: int, first: bool) -> None:
        """Halves 0-12 and 12-24 o'clock; the running half is not counted. An end at noon or midnight closes the half before it."""
        moment = moment_of(self.at)
        half = moment.toordinal() * 2 + (moment.hour >= 12)
        if (not first or not isinstance(self.at, datetime)) and moment.hour % 12 == moment.minute == moment.second == 0:
            half -= 1
        day, second_half = divmod(half + n, 2)
        self.at = date.fromordinal(day) if second_half else datetime.combine(date.fromordinal(day), time(12))
        self._note("period", self.at, n, "half_day")

    def _pause_clock(self, first: datetime, last: datetime, began: datetime) -> None:
        held = max(last - first, timedelta())
        if held:
            self.at = moment_of(self.at) + held
        self._note("pause", self.at, round(held.total_seconds()), "clock", first=began, last=last)

    def _pause_days(self, first: date, last: date, began: datetime, ended: datetime) -> None:
        """For `working_day` the working days after its first date up to and including its last; else the difference of its dates."""
        if self.base != "working_day":
            added = max((last - first).days, 0)
            self.at += timedelta(days=added)
            self.rollable = self.rollable or added > 0
            self._note("pause", self.at, added, "days", first=began, last=ended)
            return
        added = self.days.working_days_between(first, last) if first < last else 0
        if added:
            self._rest_on(first + DAY, last)
            before = day_of(self.at)
            day = self.days.nth_working(before, added)
            self._rest_on(before + DAY, day)
            self.at = datetime.combine(day, self.at.time()) if isinstance(self.at, datetime) else day
        self._note("pause", self.at, added, "working_days", first=began, last=ended)

    def _may_roll(self) -> bool:
        return self.rollable and not isinstance(self.at, datetime)

    def _rolled(self, roll: str) -> Point:
        return self.days.rolled(day_of(self.at), roll) if roll != "none" and self._may_roll() else self.at

    def _rest_on(self, first: date, last: date) -> None:
        """The result rests on these days: provisional when one lies in a year that is not known."""
        if not self.days.knows(first, last):
            self.provisional = True

    def _note(self, kind: str, at: Point, counted: int | None, code: str, **data: Any) -> None:
        if self.steps is None:
            return
        kept = {key: value for key, value in data.items() if value}
        moment = at if isinstance(at, datetime) else None
        self.steps.append(Step(kind, None if moment else day_of(at), moment, counted, code, kept))

    def _note_start(self, period: Period) -> None:
        if period.unit in DAY_UNITS:
            code = "same_day" if period.n == 0 else "not_counted"
        else:
            code = {"hour_excl": "hour_not_counted", "half_day": "half_not_counted"}.get(period.unit, "from_moment")
        self._note("start", self.start, None, code)

    def _note_days(self, begin: date, end: date) -> None:
        number = 0
        for ordinal in range(begin.toordinal() + 1, end.toordinal() + 1):
            day = date.fromordinal(ordinal)
            code, name = self.days.kind_of(day)
            worked = code in ("worked", "makeup")
            number += worked
            self._note(
                "day", day, number if worked else None, code, name=name, provisional=not self.days.knows(day, day)
            )


def count(
    days: WorkingDays,
    start: Point,
    period: Period,
    *,
    roll: str = "none",
    more: Sequence[Period] = (),
    paused: Sequence[Pause] = (),
    until: Point | None = None,
    steps: list[Step] | None = None,
) -> End:
    """Count a period in full; see the head of this file for the order. `steps`, when given, is filled with how it was counted."""
    if roll not in ROLLS:
        raise CountError("unknown_roll", f"unknown roll {roll!r}; known: {', '.join(ROLLS)}")
    try:
        counter = Counter(days, start, steps)
        counter.period(period, first=True)
        for extension in more:
            counter.period(extension, first=False)
        if paused:
            counter.pauses(paused, roll)
        counter.roll(roll)
        return counter.end(until)
    except (OverflowError, ValueError) as error:
        if isinstance(error, CountError):
            raise
        message = f"{period.n} {period.unit} from {start} ends beyond the year 9999"
        raise CountError("beyond_calendar", message) from error
