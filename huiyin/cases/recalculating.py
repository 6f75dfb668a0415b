"""A new holiday notice: open limits whose date it moves are told, by an event, to whom they belong (the-log.md D11).

Nothing is recalculated by the way: the site refuses to start under a calendar that was not loaded. Loading compares what is stored with what
now follows, case by case, and can be stopped and begun again: a case whose dates already stand is passed over.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from huiyin.cases import builtin, calendars, planning, rebuilding
from huiyin.cases.actions import _resume
from huiyin.cases.builtin import due_rows
from huiyin.cases.intake import Step
from huiyin.cases.people import System
from huiyin.cases.planning import Act
from huiyin.cases.writing import lock_cases, write, writing
from huiyin.core.model import Due
from huiyin.dues import rows as dues
from huiyin.dues.models import CASE
from huiyin.dues.models import Due as DueRow
from huiyin.moments import local
from huiyin.org import log
from huiyin.org.models import AdminEvent
from huiyin.vault import actions as vault

LOADED: Final = "calendar_loaded"
PAGE: Final = 500


@dataclass(frozen=True, slots=True)
class Loaded:
    """What loading did: cases looked at, and limits whose date moved."""

    version: str
    cases: int
    moved: int


def loaded_version() -> str | None:
    """The calendar that cases are counted by; none on a new installation."""
    last = AdminEvent.objects.filter(name=LOADED).order_by("-seq").first()
    return None if last is None else str(json.loads(last.body)["facts"]["version"])


def is_current() -> bool:
    """Is the calendar of the files the one that was loaded? The first calendar of an installation is taken as it is."""
    version = loaded_version()
    if version is None:
        load()
    return version in (None, calendars.current().version)


def load(tell: Callable[[int], None] | None = None) -> Loaded:
    """Make the calendar of the files the one cases are counted by. `tell` is called with the number of cases looked at."""
    version, seen, moved = calendars.current().version, 0, 0
    for case_id in _open_cases():
        moved += _recalculate(case_id)
        seen += 1
        if tell is not None:
            tell(seen)
    if loaded_version() != version:
        log.write(LOADED, {"version": version, "cases": seen, "moved": moved})
    return Loaded(version, seen, moved)


def _open_cases() -> Iterator[int]:
    """Cases that owe something, by key, in short reads (D8)."""
    last = 0
    while True:
        owing = DueRow.objects.filter(subject_kind=CASE, closed_by__isnull=True, subject_id__gt=last)
        page = list(owing.order_by("subject_id").values_list("subject_id", flat=True).distinct()[:PAGE])
        if not page:
            return
        yield from page
        last = page[-1]


def _recalculate(case_id: int) -> int:
    """One case: how many limits moved. Dates that only the stored copy has wrong are put right without an event."""
    with writing():
        locked = lock_cases([case_id])
        if case_id not in locked:
            return 0
        # as when it last changed, like the stored copy: a pause that lasts moves no date
        still = rebuilding.acts_of([case_id])
        changed = [pair for one in still for pair in moved(one)]
        if not changed:
            builtin.rebuild_dues(still)
            return 0
        act = _resume(locked[case_id])
        for due, was in changed:
            facts = {"clause": due.clauses[0], "was_due": was, "now_due": point(due), "calendar": act.calendar.version}
            seen = {"owed_by": due.owed_by} if due.owed_by else {}
            planning.add(act, Step("due_recalculated", System, facts, re=[due.opened_by], seen=seen))
        batch = vault.Batch()
        planning.seal(act, batch)
        write([act], batch)
    return len(changed)


def moved(act: Act, rows: Iterable[DueRow] | None = None) -> Iterator[tuple[Due, date | datetime]]:
    """Open limits whose end is not the one that is stored. `rows`: the stored ones of this case, where they were read already."""
    if rows is None:
        rows = DueRow.objects.filter(subject_kind=CASE, subject_id=act.case_id, closed_by__isnull=True)
    stored = {row.key: row for row in rows}
    now = act.dues()
    for due, row in zip(now, due_rows(act), strict=True):
        before = stored.get(row[dues.COLUMNS.index("key")])
        if before is None or due.closed_by is not None or due.end is None:
            continue
        was = before.due_day if before.due_day is not None else before.due_moment and local(before.due_moment)
        if was is not None and was != point(due):
            yield due, was


def point(due: Due) -> date | datetime:
    """The day or moment at which it ends."""
    return due.end.day if due.end.day is not None else due.end.moment
