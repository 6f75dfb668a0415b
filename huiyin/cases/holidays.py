"""A holiday notice put in through the pages: written as a year file, shown with what it would move, and taken into use.

Putting it in changes no date yet. Open limits are recalculated under it, each change an event of its case (huiyin.cases.recalculating), and then
every process counts by it: at once where few cases are open, else by the worker.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from huiyin.cases import calendars, holiday_words, rebuilding, recalculating
from huiyin.core.workdays import Calendar, CalendarError
from huiyin.dues.models import CASE
from huiyin.dues.models import Due as DueRow
from huiyin.org import owntexts
from huiyin.org.actions import BadAct
from huiyin.org.models import Officer

LOOKED: Final = 2000  # open cases that a preview looks at
PAGE: Final = 500
AT_ONCE: Final = 300  # open cases that are recalculated while the administrator waits
TITLE: Final = "国务院办公厅关于{year}年部分节假日安排的通知"


@dataclass(frozen=True, slots=True)
class Block:
    """A holiday: its name, first and last day."""

    name: str
    first: date
    last: date


@dataclass(frozen=True, slots=True)
class Moves:
    """What a notice would move: limits of one article from one date to another, and how many."""

    clause: str
    says: str
    was: date | datetime
    now: date | datetime
    count: int


@dataclass(frozen=True, slots=True)
class Preview:
    """`looked`: open cases looked at; `all`: whether that were all of them. `moves`: the commonest first."""

    looked: int
    all: bool
    moves: Sequence[Moves]

    @property
    def total(self) -> int:
        """Limits that would move."""
        return sum(m.count for m in self.moves)


def written(
    year: int,
    rest: Iterable[Block],
    makeup: Iterable[tuple[date, str]],
    *,
    known_from: date,
    source: str,
    number: str = "",
) -> str:
    """The notice as a year file says it."""
    lines = [f"year = {year}", f"title = {_quoted(TITLE.format(year=year))}", f"known_from = {known_from.isoformat()}"]
    lines += [f"number = {_quoted(number)}"] if number else []
    lines += ["rest = ["]
    lines += [
        f"  {{ name = {_quoted(b.name)}, first = {b.first.isoformat()}, last = {b.last.isoformat()} }}," for b in rest
    ]
    lines += ["]", "makeup = ["]
    lines += [f"  {{ day = {day.isoformat()}, for = {_quoted(name)} }}," for day, name in makeup]
    lines += ["]", "", "[sources]", f"dates = {_quoted(source)}", f"known_from = {_quoted(source)}"]
    lines += [f"number = {_quoted(source)}"] if number else []
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    return '"' + "".join(c for c in text if c.isprintable()).replace("\\", "\\\\").replace('"', '\\"') + '"'


def calendar_with(year: int, text: str) -> Calendar:
    """The calendar as it would be. Raises BadAct with what the notice gets wrong."""
    try:
        return calendars.read({**owntexts.with_waiting(owntexts.CALENDAR), str(year): text})
    except CalendarError as wrong:
        raise BadAct(*holiday_words.of(wrong)) from wrong


def preview(year: int, text: str) -> Preview:
    """What the notice would move among the open cases that are looked at. Nothing is written. Raises BadAct."""
    calendar = calendar_with(year, text)
    ids = _owing(LOOKED + 1)
    found: Counter[tuple[str, str, date | datetime, date | datetime]] = Counter()
    with calendars.using(calendar):
        for start in range(0, min(len(ids), LOOKED), PAGE):
            some = ids[start : min(start + PAGE, LOOKED)]
            stored: dict[int, list[DueRow]] = {}
            for row in DueRow.objects.filter(subject_kind=CASE, subject_id__in=some, closed_by__isnull=True):
                stored.setdefault(row.subject_id, []).append(row)
            for act in rebuilding.acts_of(some):
                for due, was in recalculating.moved(act, stored.get(act.case_id, ())):
                    found[due.clauses[0], due.says, was, recalculating.point(due)] += 1
    moves = [Moves(*key, count) for key, count in found.most_common()]
    return Preview(min(len(ids), LOOKED), len(ids) <= LOOKED, moves)


def _owing(most: int) -> list[int]:
    """Cases that owe something, the oldest first, no more than that."""
    open_ = DueRow.objects.filter(subject_kind=CASE, closed_by__isnull=True)
    return list(open_.order_by("subject_id").values_list("subject_id", flat=True).distinct()[:most])


def put(year: int, text: str, *, by: Officer | None = None) -> recalculating.Loaded | None:
    """Put the notice in. With few open cases it is in use on return, and what moved is told; with many the worker takes it into use (None).
    Raises BadAct, PermissionDenied."""
    calendar_with(year, text)
    recalculating.is_current()  # the first calendar of an installation is noted before another one comes
    owntexts.put(owntexts.CALENDAR, str(year), text, waits=True, by=by)
    return release_waiting() if len(_owing(AT_ONCE + 1)) <= AT_ONCE else None


def release_waiting() -> recalculating.Loaded | None:
    """Take into use what was put in: recalculate, then let every process count by it. Can be interrupted and run again."""
    if not owntexts.waiting(owntexts.CALENDAR):
        return None
    with calendars.using(calendars.read(owntexts.with_waiting(owntexts.CALENDAR))):
        done = recalculating.load()
    owntexts.release(owntexts.CALENDAR)
    return done
