"""What makes up a working-day calendar: holiday notices, local overlays, and the tables made of them.

A notice of the State Council names, for one year, the *rest blocks* (a holiday with the days joined to it, weekends included) and the
*make-up days* (Saturdays and Sundays that are worked for it). An amendment published during the year replaces some of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import groupby
from typing import Any, Literal

DAY = timedelta(days=1)
MONDAY_TO_FRIDAY = range(5)
FIRST_YEAR, LAST_YEAR = 1990, 2200  # days off outside are slips of the pen, and would make the table long
YEARS_BEYOND = 4  # how far the table goes on after the last year that is known


class CalendarError(ValueError):
    """A calendar entry that cannot stand: `entry` names it (a holiday, a make-up day, a key). What somebody who types a notice may get wrong has a
    `code`, and in `data` what it is about, so that a page can say it in the reader's words; elsewhere the code is empty."""

    def __init__(self, message: str, entry: str = "", code: str = "", data: Mapping[str, Any] | None = None) -> None:
        super().__init__(f"{entry}: {message}" if entry else message)
        self.entry, self.code, self.data = entry, code, dict(data or {})


def _check_year(day: date, name: str) -> None:
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise CalendarError(f"{day} is not in the years {FIRST_YEAR} to {LAST_YEAR}", name)


@dataclass(frozen=True, slots=True)
class Rest:
    """A block of days off, first and last included."""

    name: str
    first: date
    last: date

    def __post_init__(self) -> None:
        if self.last < self.first:
            said = {"name": self.name, "first": self.first, "last": self.last}
            raise CalendarError(
                f"ends on {self.last}, before it begins on {self.first}", self.name, "ends_before", said
            )
        _check_year(self.first, self.name)
        _check_year(self.last, self.name)

    def days(self) -> list[date]:
        return [self.first + timedelta(days=n) for n in range((self.last - self.first).days + 1)]

    def __contains__(self, day: date) -> bool:
        return self.first <= day <= self.last


@dataclass(frozen=True, slots=True)
class MakeUp:
    """A day that is worked although it would be off; `name` is the holiday it makes up for."""

    day: date
    name: str

    def __post_init__(self) -> None:
        _check_year(self.day, self.name)


@dataclass(frozen=True, slots=True)
class Notice:
    """A holiday notice for `year`, or (`amends`) a change to it that drops the blocks and make-up days of the holidays it `replaces`.

    `known_from` is the day it was published; without one it counts as known on the last day of the year before. `sources` says where
    the days, the number and the date come from.
    """

    year: int
    title: str
    rest: tuple[Rest, ...]
    makeup: tuple[MakeUp, ...] = ()
    known_from: date | None = None
    number: str | None = None
    amends: bool = False
    replaces: tuple[str, ...] = ()
    sources: tuple[tuple[str, str], ...] = ()

    @property
    def known_on(self) -> date:
        return self.known_from or date(self.year - 1, 12, 31)


@dataclass(frozen=True, slots=True)
class Overlay:
    """What differs in one place: the holidays of a region (`region`: they are statutory blocks), or the closing days of one office
    (`office`: not worked, but no public holiday). It wins over what lies beneath it."""

    code: str
    label: str
    rest: tuple[Rest, ...] = ()
    worked: tuple[MakeUp, ...] = ()
    kind: Literal["region", "office"] = "region"
    known_from: date | None = None


@dataclass(slots=True)
class Arrangement:
    """All differences from plain weeks, by day, and the years for which they are known."""

    years: frozenset[int] = frozenset()
    rest: dict[date, Rest] = field(default_factory=dict)
    closed: set[date] = field(default_factory=set)  # of `rest`: closings that are no public holiday
    makeup: dict[date, str] = field(default_factory=dict)

    def is_worked(self, day: date) -> bool:
        if day in self.makeup:
            return True
        return day not in self.rest and day.weekday() in MONDAY_TO_FRIDAY

    def kind_of(self, day: date) -> tuple[str, str | None]:
        """worked | makeup | weekend | holiday | closed, and the name that goes with it."""
        if day in self.makeup:
            return "makeup", self.makeup[day]
        if day in self.rest:
            return "closed" if day in self.closed else "holiday", self.rest[day].name
        return ("worked" if day.weekday() in MONDAY_TO_FRIDAY else "weekend"), None

    def in_block(self, day: date) -> bool:
        return day in self.rest and day not in self.closed


def arrange(notices: Iterable[Notice], overlays: Iterable[Overlay] = (), *, strict: bool = True) -> Arrangement:
    """The arrangement that these notices and overlays make together. Errors: CalendarError naming the entry.

    Not `strict`, an overlay may undo a holiday that is not there: so it is in the view of a date before the notice was published.
    """
    made = Arrangement()
    ordered = sorted(notices, key=lambda notice: (notice.year, notice.amends, notice.known_on))
    for year, of_year in groupby(ordered, key=lambda notice: notice.year):
        base, *amendments = of_year
        if base.amends:
            raise CalendarError("amends a year that has no notice", base.title)
        made.years |= {year}
        _add_year(made, *_amended(base, amendments))
    for overlay in overlays:
        _lay_over(made, overlay, strict)
    return made


def _amended(base: Notice, amendments: Sequence[Notice]) -> tuple[list[Rest], list[MakeUp]]:
    rest, makeup = list(base.rest), list(base.makeup)
    for amendment in amendments:
        if not amendment.amends:
            raise CalendarError(f"a second notice for {base.year} that is not an amendment", amendment.title)
        for name in amendment.replaces:
            if name not in {block.name for block in rest}:
                raise CalendarError(f"replaces {name}, which {base.year} does not have", amendment.title)
        rest = [block for block in rest if block.name not in amendment.replaces] + list(amendment.rest)
        makeup = [day for day in makeup if day.name not in amendment.replaces] + list(amendment.makeup)
    return rest, makeup


def _add_year(made: Arrangement, rest: list[Rest], makeup: list[MakeUp]) -> None:
    for block in rest:
        for day in block.days():
            if day in made.rest:
                said = {"name": block.name, "other": made.rest[day].name, "day": day}
                raise CalendarError(f"overlaps {made.rest[day].name} on {day}", block.name, "overlaps", said)
            if day in made.makeup:
                said = {"name": block.name, "day": day}
                raise CalendarError(f"{day} is a make-up day", block.name, "rest_on_makeup", said)
            made.rest[day] = block
    for worked in makeup:
        said = {"name": worked.name, "day": worked.day}
        if worked.day.weekday() in MONDAY_TO_FRIDAY:
            raise CalendarError(
                f"{worked.day} is a weekday: nothing to make up", worked.name, "makeup_on_weekday", said
            )
        if worked.day in made.makeup:
            raise CalendarError(f"make-up day {worked.day} stands twice", worked.name, "makeup_twice", said)
        if worked.day in made.rest:
            other = made.rest[worked.day].name
            told = f"make-up day {worked.day} lies in the block {other}"
            raise CalendarError(told, worked.name, "makeup_in_rest", {**said, "other": other})
        made.makeup[worked.day] = worked.name


def _lay_over(made: Arrangement, overlay: Overlay, strict: bool) -> None:
    rested: set[date] = set()
    for block in overlay.rest:
        for day in block.days():
            if day in rested:
                raise CalendarError(f"{overlay.label} has {day} off twice", block.name)
            rested.add(day)
            made.rest[day] = block
            made.makeup.pop(day, None)
            made.closed.discard(day)
            if overlay.kind == "office":
                made.closed.add(day)
    for worked in overlay.worked:
        if worked.day in rested:
            raise CalendarError(f"{overlay.label} has {worked.day} both off and worked", worked.name)
        if strict and made.is_worked(worked.day):
            raise CalendarError(f"{overlay.label}: {worked.day} is worked already", worked.name)
        made.rest.pop(worked.day, None)
        made.closed.discard(worked.day)
        made.makeup[worked.day] = worked.name


class DayTable:
    """Lists over the years for which anything is known, so that counting is a look-up: by ordinal minus `lo`. Beyond them weeks are
    plain, and arithmetic takes over.

    count: days worked from `lo` to this day. worked: those days, in order. unknown: days so far whose year is not known.
    rolled[roll]: where a last day on this day moves; doubtful[roll]: whether that rests on a year that is not known.
    """

    __slots__ = ("count", "doubtful", "hi", "lo", "rolled", "unknown", "worked")

    def __init__(self, made: Arrangement) -> None:
        special = [*made.rest, *made.makeup, *(date(year, 7, 1) for year in made.years or {FIRST_YEAR})]
        lo, hi = date(min(special).year, 1, 1), date(max(special).year + YEARS_BEYOND, 12, 31)
        while not made.is_worked(hi):  # then every day of the table knows the working day after it
            hi += DAY
        self.lo, self.hi = lo.toordinal(), hi.toordinal()
        days = [date.fromordinal(ordinal) for ordinal in range(self.lo, self.hi + 1)]
        worked = [made.is_worked(day) for day in days]
        self.worked = [day for day, is_worked in zip(days, worked, strict=True) if is_worked]
        self.count = _running(worked)
        self.unknown = _running([day.year not in made.years for day in days])
        next_worked = _next(days, worked)
        after_block = _next(days, [not made.in_block(day) for day in days])
        self.rolled = {"none": days, "rest_day": next_worked, "holiday_block": after_block}
        self.doubtful = {
            "none": [False] * len(days),
            "rest_day": self._rests_on_unknown(next_worked),
            "holiday_block": self._rests_on_unknown(after_block),
        }

    def count_to(self, ordinal: int) -> int:
        """Days worked from `lo` to this day; negative or zero before `lo`."""
        if ordinal < self.lo:
            return _weekdays_to(ordinal) - _weekdays_to(self.lo - 1)
        if ordinal > self.hi:
            return self.count[-1] + _weekdays_to(ordinal) - _weekdays_to(self.hi)
        return self.count[ordinal - self.lo]

    def nth(self, number: int) -> date:
        """The day worked up to which `count_to` is `number`. Error: OverflowError or ValueError beyond the years 1 to 9999."""
        if number <= 0:
            return _nth_weekday(_weekdays_to(self.lo - 1) + number)
        if number > len(self.worked):
            return _nth_weekday(_weekdays_to(self.hi) + number - len(self.worked))
        return self.worked[number - 1]

    def roll(self, day: date, roll: str) -> date:
        """Where a last day on `day` moves."""
        i = day.toordinal() - self.lo
        if 0 <= i <= self.hi - self.lo:
            return self.rolled[roll][i]
        return day + timedelta(days=7 - day.weekday()) if roll == "rest_day" and day.weekday() > 4 else day

    def _rests_on_unknown(self, rolled: list[date]) -> list[bool]:
        return [
            self.unknown[day.toordinal() - self.lo] != (self.unknown[i - 1] if i else 0) for i, day in enumerate(rolled)
        ]


def _weekdays_to(ordinal: int) -> int:
    """How many Mondays to Fridays there are up to a day; the first day of all, 1 January 1, was a Monday."""
    return ordinal // 7 * 5 + min(ordinal % 7, 5)


def _nth_weekday(number: int) -> date:
    weeks, day = divmod(number - 1, 5)
    return date.fromordinal(weeks * 7 + day + 1)


def _running(flags: list[bool]) -> list[int]:
    total, sums = 0, []
    for flag in flags:
        total += flag
        sums.append(total)
    return sums


def _next(days: list[date], stops: list[bool]) -> list[date]:
    """For each day, the first day on or after it at which `stops` is true (the last day is one)."""
    found = days.copy()
    for i in range(len(days) - 2, -1, -1):
        if not stops[i]:
            found[i] = found[i + 1]
    return found
