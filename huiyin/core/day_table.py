"""What makes up a working-day calendar: holiday notices, local overlays, and the tables made of them.

A notice of the State Council names, for one year, the *rest blocks* (a holiday with the days joined to it, weekends included) and the
*make-up days* (Saturdays and Sundays that are worked for it). An amendment published during the year replaces some of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import groupby
from typing import Literal

DAY = timedelta(days=1)
MONDAY_TO_FRIDAY = range(5)
FIRST_ORDINAL, LAST_ORDINAL = date.min.toordinal(), date.max.toordinal()


class CalendarError(ValueError):
    """A calendar entry that cannot stand: `entry` names it (a holiday, a make-up day, a key)."""

    def __init__(self, message: str, entry: str = "") -> None:
        super().__init__(f"{entry}: {message}" if entry else message)
        self.entry = entry


@dataclass(frozen=True, slots=True)
class Rest:
    """A block of days off, first and last included."""

    name: str
    first: date
    last: date

    def __post_init__(self) -> None:
        if self.last < self.first:
            raise CalendarError(f"ends on {self.last}, before it begins on {self.first}", self.name)

    def days(self) -> list[date]:
        return [self.first + timedelta(days=n) for n in range((self.last - self.first).days + 1)]

    def __contains__(self, day: date) -> bool:
        return self.first <= day <= self.last


@dataclass(frozen=True, slots=True)
class MakeUp:
    """A day that is worked although it would be off; `name` is the holiday it makes up for."""

    day: date
    name: str


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
                raise CalendarError(f"overlaps {made.rest[day].name} on {day}", block.name)
            if day in made.makeup:
                raise CalendarError(f"{day} is a make-up day", block.name)
            made.rest[day] = block
    for worked in makeup:
        if worked.day.weekday() in MONDAY_TO_FRIDAY:
            raise CalendarError(f"{worked.day} is a weekday: nothing to make up", worked.name)
        if worked.day in made.makeup:
            raise CalendarError(f"make-up day {worked.day} stands twice", worked.name)
        if worked.day in made.rest:
            raise CalendarError(f"make-up day {worked.day} lies in the block {made.rest[worked.day].name}", worked.name)
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
    """Lists over a run of days, so that counting is a look-up: by ordinal minus `lo`.

    count: days worked from `lo` to this day. worked: those days, in order. unknown: days so far whose year is not known.
    rolled[roll]: where a last day on this day moves; doubtful[roll]: whether that rests on a year that is not known.
    """

    __slots__ = ("count", "doubtful", "hi", "lo", "rolled", "unknown", "worked")

    def __init__(self, made: Arrangement, lo: int, hi: int) -> None:
        self.lo = lo = max(lo, FIRST_ORDINAL)
        days = [date.fromordinal(ordinal) for ordinal in range(lo, min(hi, LAST_ORDINAL) + 1)]
        worked = [made.is_worked(day) for day in days]
        while worked and not worked[-1]:  # the last day must be worked: then every day knows the working day after it
            worked.pop()
            days.pop()
        self.hi = lo + len(days) - 1
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

    def covers(self, first: int, last: int) -> bool:
        return self.lo <= first and last <= self.hi

    def _rests_on_unknown(self, rolled: list[date]) -> list[bool]:
        return [
            self.unknown[day.toordinal() - self.lo] != (self.unknown[i - 1] if i else 0) for i, day in enumerate(rolled)
        ]


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
