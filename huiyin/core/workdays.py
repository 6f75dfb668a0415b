"""The working-day calendar: which days are worked, and when a period ends.

One `Calendar` holds every holiday notice it was given, with the day each was published; `as_known` gives the view of an earlier day.
A year without notice is *provisional*: Monday to Friday worked, no holiday, and every result that rests on it says so. Calendars
never change: `with_overlay`, `as_known` give other calendars. Times are naive local times; nothing here reads the clock.
"""

from __future__ import annotations

import hashlib
from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Literal

from huiyin.core.counting import (
    CALENDAR_UNITS,
    CLOCK_UNITS,
    MONTH_UNITS,
    ROLLS,
    UNITS,
    CountError,
    End,
    Pause,
    Period,
    Point,
    Step,
    add_months,
    count,
    day_of,
)
from huiyin.core.day_table import (
    CalendarError,
    DayTable,
    MakeUp,
    Notice,
    Overlay,
    Rest,
    arrange,
)

__all__ = [
    "ROLLS",
    "UNITS",
    "Calendar",
    "CalendarError",
    "CountError",
    "End",
    "MakeUp",
    "Notice",
    "OfficeHours",
    "Overlay",
    "Period",
    "Rest",
    "Step",
]

END_OF_DAY = time.max  # how 24:00 is written as a time


@dataclass(frozen=True, slots=True)
class OfficeHours:
    """When an office is open: on days worked or on all days, from - to (a time `to` is closed already; END_OF_DAY is 24:00)."""

    days: Literal["working_day", "all"]
    open: tuple[tuple[time, time], ...]

    def __post_init__(self) -> None:
        if self.days not in ("working_day", "all"):
            raise CalendarError(f"office hours are on 'working_day' or on 'all' days, not {self.days!r}")
        for opens, closes in self.open:
            if closes <= opens:
                raise CalendarError(f"office hours from {opens} to {closes}: write hours over midnight as two pairs")

    @classmethod
    def of(cls, days: Literal["working_day", "all"], spans: Iterable[Sequence[str]]) -> OfficeHours:
        """From text, as in a settings file: `of("working_day", [["08:30", "17:30"]])`; "24:00" is the end of the day."""
        read = tuple((_time(opens), _time(closes)) for opens, closes in spans)
        return cls(days, read)


def _within(look_up: Callable[..., date], *asked: object) -> date:
    try:
        return look_up(*asked)
    except (OverflowError, ValueError) as error:
        raise CountError("beyond_calendar", "beyond the years 1 to 9999") from error


def _time(text: str) -> time:
    try:
        return END_OF_DAY if text == "24:00" else time.fromisoformat(text)
    except ValueError as error:
        raise CalendarError(f"{text!r} is not a time of day; write it as 08:30") from error


class Calendar:
    """Immutable. Two calendars are equal when they say the same of every day (same `version`)."""

    __slots__ = (
        "_arrangement",
        "_changes",
        "_table",
        "_unlike",
        "_views",
        "known_until",
        "notices",
        "overlays",
        "version",
    )

    def __init__(
        self, notices: Iterable[Notice] = (), overlays: Iterable[Overlay] = (), *, strict: bool = True
    ) -> None:
        self.notices = tuple(sorted(notices, key=lambda notice: (notice.year, notice.known_on)))
        self.overlays = tuple(overlays)
        self._unlike: dict[str, date] = {}
        self._arrangement = arrange(self.notices, self.overlays, strict=strict)
        self.known_until = max(self._arrangement.years, default=0)
        self.version = self._make_version()
        self._changes = sorted({notice.known_on for notice in self.notices} | set(self._overlay_days()))
        self._views: dict[int, Calendar] = {}
        self._table: DayTable | None = None

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Calendar) and other.version == self.version

    def __hash__(self) -> int:
        return hash(self.version)

    def __repr__(self) -> str:
        return f"Calendar({self.version})"

    # versions and overlays

    def as_known(self, at: date) -> Calendar:
        """The calendar as it was known on that day (of a moment: its day): notices published later are not there yet."""
        seen = bisect_right(self._changes, day_of(at))
        if seen == len(self._changes):
            return self
        if seen not in self._views:
            until = self._changes[seen]
            notices = [notice for notice in self.notices if notice.known_on < until]
            overlays = [over for over in self.overlays if over.known_from is None or over.known_from < until]
            self._views[seen] = Calendar(notices, overlays, strict=False)
        return self._views[seen]

    def first_day_unlike(self, earlier: Calendar) -> date:
        """The first day that notices and overlays not yet in the earlier view may have changed; no count that ends before it differs."""
        found = self._unlike.get(earlier.version)
        if found is None:
            new = [n for n in self.notices if n not in earlier.notices]
            days = [r.first for n in new for r in n.rest] + [m.day for n in new for m in n.makeup]
            plain = not new or any(n.amends for n in new) or self.overlays != earlier.overlays or not days
            found = self._unlike[earlier.version] = (
                date.min if plain else min(*days, date(min(n.year for n in new), 1, 1))
            )
        return found

    def find_version(self, version: str) -> Calendar:
        """The view with that version id; an ISO date stands for the calendar as known on that day. Error: KeyError."""
        for day in (date.max, *self._changes, date.min):
            if self.as_known(day).version == version:
                return self.as_known(day)
        try:
            return self.as_known(date.fromisoformat(version))
        except ValueError:
            raise KeyError(version) from None

    def changes(self) -> list[tuple[date, str]]:
        """Each day on which a notice or overlay became known, with the version known from then on."""
        return [(day, self.as_known(day).version) for day in self._changes]

    def with_overlay(self, overlay: Overlay) -> Calendar:
        """This calendar with a region's or an office's own days on top."""
        return Calendar(self.notices, (*self.overlays, overlay))

    # days

    def is_working(self, day: date) -> bool:
        return self._arrangement.is_worked(day_of(day))

    def is_rest(self, day: date) -> bool:
        return not self.is_working(day)

    def is_known(self, day: date) -> bool:
        """Whether the notice for the day's year is known; without it the day is counted provisionally."""
        return day.year in self._arrangement.years

    def knows(self, first: date, last: date) -> bool:
        """Whether every year from `first` to `last` is known; true of an empty span."""
        return first > last or all(year in self._arrangement.years for year in range(first.year, last.year + 1))

    def name_of(self, day: date) -> str | None:
        """The holiday or closing the day is off for, `makeup` for a make-up day, None for a plain day."""
        kind, name = self.kind_of(day)
        return "makeup" if kind == "makeup" else name

    def kind_of(self, day: date) -> tuple[str, str | None]:
        """worked | makeup | weekend | holiday | closed, and the name of the holiday (of a make-up day: the one it makes up for)."""
        return self._arrangement.kind_of(day_of(day))

    def block_of(self, day: date) -> Rest | None:
        """The published holiday block the day lies in."""
        day = day_of(day)
        return self._arrangement.rest[day] if self._arrangement.in_block(day) else None

    def blocks(self, year: int) -> list[Rest]:
        """The holiday blocks that end in a year, in order."""
        found = {block for day, block in self._arrangement.rest.items() if self._arrangement.in_block(day)}
        return sorted((block for block in found if block.last.year == year), key=lambda block: block.first)

    def working_days_between(self, after: date, to: date) -> int:
        """Days worked after `after`, up to and including `to`; negative when `to` lies before."""
        table = self._days()
        return table.count_to(to.toordinal()) - table.count_to(after.toordinal())

    def nth_working(self, day: date, n: int) -> date:
        """The n-th working day after `day` (n >= 1). Error: CountError beyond the year 9999."""
        table = self._days()
        return _within(table.nth, table.count_to(day.toordinal()) + n)

    def last_working_on_or_before(self, day: date) -> date:
        """The last day on which the office works before a limit ends on `day`: what a limit's `act_by` is."""
        table = self._days()
        return _within(table.nth, table.count_to(day.toordinal()))

    def next_working_on_or_after(self, day: date) -> date:
        """The day itself when it is worked, else the next one that is."""
        return self.rolled(day, "rest_day")

    def rolled(self, day: date, roll: str) -> date:
        """Where a last day on `day` moves: `rest_day` to the next day worked, `holiday_block` to the day after a published block."""
        if roll not in ROLLS:
            raise CountError("unknown_roll", f"unknown roll {roll!r}; known: {', '.join(ROLLS)}")
        return _within(self._days().roll, day_of(day), roll)

    def in_hours(self, hours: OfficeHours, moment: datetime) -> bool:
        """Whether an office with these hours is open at that moment."""
        if hours.days == "working_day" and not self.is_working(moment.date()):
            return False
        at = moment.time()
        return any(opens <= at and (at < closes or closes == END_OF_DAY) for opens, closes in hours.open)

    # periods

    def add(
        self,
        start: Point,
        period: Period,
        *,
        roll: str = "none",
        more: Sequence[Period] = (),
        paused: Sequence[Pause] = (),
        until: Point | None = None,
    ) -> End:
        """When a period that starts then ends. The starting day is not counted; a start given as a date is its 24:00.

        `more`: extensions, each counted on from the unrolled end before it. `paused`: spans that do not count. `roll`: what happens
        when the last day is off, once, at the end. `until`: a date or moment somebody named, which stands where it is later.
        Errors: CountError (unknown roll, an end beyond the year 9999).
        """
        if more or paused or until is not None or period.n == 0:
            return count(self, start, period, roll=roll, more=more, paused=paused, until=until)
        unit, n = period.unit, period.n
        table = self._table or self._days()
        i = start.toordinal() - table.lo
        try:
            if unit == "working_day":
                if i >= 0 and roll in ROLLS:
                    day = table.worked[table.count[i] + n - 1]
                    return End(None, day, table.unknown[day.toordinal() - table.lo] != table.unknown[i])
            elif unit in CALENDAR_UNITS:
                i += n * CALENDAR_UNITS[unit]
                if i >= 0:
                    return End(None, table.rolled[roll][i], table.doubtful[roll][i])
            elif unit in MONTH_UNITS:
                i = add_months(day_of(start), n * MONTH_UNITS[unit]).toordinal() - table.lo
                if i >= 0:
                    return End(None, table.rolled[roll][i], table.doubtful[roll][i])
            elif unit in ("minute", "hour") and isinstance(start, datetime) and roll in ROLLS:
                return End(start.replace(microsecond=0) + n * CLOCK_UNITS[unit], None, False)
        except (IndexError, KeyError, ValueError, OverflowError):
            pass  # beyond the table, or wrong: counted in full, which says what is wrong
        return count(self, start, period, roll=roll)

    def explain(
        self,
        start: Point,
        period: Period,
        *,
        roll: str = "none",
        more: Sequence[Period] = (),
        paused: Sequence[Pause] = (),
        until: Point | None = None,
    ) -> list[Step]:
        """How `add` with the same arguments gets its end: day by day for working days, one line for each other period."""
        steps: list[Step] = []
        count(self, start, period, roll=roll, more=more, paused=paused, until=until, steps=steps)
        return steps

    # inside

    def _days(self) -> DayTable:
        """The table, made when it is first asked for."""
        if self._table is None:
            self._table = DayTable(self._arrangement)
        return self._table

    def _overlay_days(self) -> list[date]:
        return [overlay.known_from for overlay in self.overlays if overlay.known_from is not None]

    def _make_version(self) -> str:
        said = repr([(n.year, n.known_on, n.amends, n.replaces, n.rest, n.makeup) for n in self.notices])
        said += repr([(o.code, o.kind, o.known_from, o.rest, o.worked) for o in self.overlays])
        digest = hashlib.sha256(said.encode()).hexdigest()[:8]
        return "+".join([f"{self.known_until}-{digest}", *(overlay.code for overlay in self.overlays)])
