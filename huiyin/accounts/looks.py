"""The log of looks: who opened which case, file or list, searched, exported, read a log. Written before the answer goes out, so that nobody has
seen anything that is not in it; the same case opened again by the same posting within a minute is the same look.

What was shown in plain for a reason stands in the vault's reveal log; `of_case` tells of both together.
"""

import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from huiyin.accounts.models import Look
from huiyin.core.model import Actor
from huiyin.org.models import Officer
from huiyin.org.queries import actor_of
from huiyin.vault.models import RevealLog

CASE, FILE, ORIGINAL, REVEAL, SEARCH, LIST = "case", "file", "original", "reveal", "search", "list"
EXPORT, LOG, REFUSED, ENTRY = "export", "log", "refused", "entry"
ONCE: Final = frozenset({CASE, LIST, FILE, REFUSED, ENTRY})  # of these, one a minute is enough
MINUTE: Final = 60.0
MOST: Final = 20_000  # remembered in a process
SIZE: Final = 50

_lately: dict[tuple[str, str, str, int | None, str], float] = {}
_lock = threading.Lock()


def note(
    by: Officer | Actor, how: str, *, via: str = "web", case_id: int | None = None, what: str = "", reason: str = ""
) -> None:
    """Somebody looks at something. `what` holds no personal data: a file's number, the names of the filters, how many rows."""
    actor = actor_of(by) if isinstance(by, Officer) else by
    key = (actor.person, f"{actor.role}@{actor.unit} {via}", how, case_id, what)
    if how in ONCE and _seen_lately(key):
        return
    Look.objects.create(
        at=timezone.now(), person=actor.person, role=actor.role, unit=actor.unit or "", how=how, via=via, case_id=case_id,
        what=what[:200], reason=reason.strip()[:500],
    )  # fmt: skip
    _remember(key)  # only now: a look that could not be written is none, and the next try is written


def exported(by: Officer, cases: Iterable[int], what: str, reason: str = "") -> None:
    """These cases went out in one file: each of them tells of it."""
    one, now = actor_of(by), timezone.now()
    Look.objects.bulk_create(
        [
            Look(
                at=now, person=one.person, role=one.role, unit=one.unit or "", how=EXPORT, via="web", case_id=case_id, what=what[:200],
                reason=reason.strip()[:500],
            )
            for case_id in cases
        ],
        batch_size=500,
    )  # fmt: skip


def refused(by: Officer, case_id: int | None, *, via: str = "web") -> None:
    """Somebody asked for a case that he may not find, and was told that there is none."""
    if case_id is not None:
        note(by, REFUSED, via=via, case_id=case_id)


def _seen_lately(key: tuple[str, str, str, int | None, str]) -> bool:
    now = time.monotonic()
    with _lock:
        at = _lately.get(key)
    return at is not None and now - at < MINUTE


def _remember(key: tuple[str, str, str, int | None, str]) -> None:
    with _lock:
        if len(_lately) >= MOST:
            _lately.clear()
        _lately[key] = time.monotonic()


def forget() -> None:
    """Forget what was seen lately: for tests, whose database is emptied under it."""
    with _lock:
        _lately.clear()


@dataclass(frozen=True, slots=True)
class Looked:
    """One line of the log as a page shows it. `key`: where the next part of the list begins."""

    at: datetime
    person: str
    role: str
    unit: str
    how: str
    via: str
    case_id: int | None
    what: str
    reason: str
    key: int = 0


def of_case(case_id: int, before: int | None = None, size: int = SIZE) -> list[Looked]:
    """Who looked at a case, newest first, by key."""
    rows = Look.objects.filter(case_id=case_id)
    return [_looked(row) for row in _before(rows, before)[:size]]


def reveals(case_id: int) -> list[Looked]:
    """What of a case was shown in plain, to whom and why, newest first; at most two hundred."""
    rows = RevealLog.objects.filter(case_id=case_id).order_by("-id")[:200]
    return [Looked(r.at, r.person, r.role, r.unit, REVEAL, "web", case_id, r.name, r.reason, r.pk) for r in rows]


def revealed(
    cases: QuerySet[Any] | None = None, units: list[str] | None = None, before: int | None = None, size: int = SIZE
) -> list[Looked]:
    """What was shown in plain, newest first, by key: of some cases (as a query), or to people of some units."""
    rows = RevealLog.objects.order_by("-id")
    if cases is not None:
        rows = rows.filter(Exists(cases.filter(pk=OuterRef("case_id"))))
    if units is not None:
        rows = rows.filter(unit__in=units)
    if before is not None:
        rows = rows.filter(pk__lt=before)
    return [
        Looked(r.at, r.person, r.role, r.unit, REVEAL, "web", r.case_id, r.name, r.reason, r.pk) for r in rows[:size]
    ]


def of_units(
    units: list[str], before: int | None = None, *, person: str = "", how: str = "", size: int = SIZE
) -> list[Looked]:
    """Looks of people of some units, newest first, by key; of one person or one kind alone, where asked."""
    rows = Look.objects.filter(unit__in=units)
    if person:
        rows = rows.filter(person=person)
    if how:
        rows = rows.filter(how=how)
    return [_looked(row) for row in _before(rows, before)[:size]]


def _before(rows: QuerySet[Look], before: int | None) -> QuerySet[Look]:
    return (rows if before is None else rows.filter(pk__lt=before)).order_by("-id")


def _looked(row: Look) -> Looked:
    return Looked(row.at, row.person, row.role, row.unit, row.how, row.via, row.case_id, row.what, row.reason, row.pk)
