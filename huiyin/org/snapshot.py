"""A copy of the organisation in memory, read anew when an act of administration has changed its stamp.

Deciding an event asks many small questions about units, roles and settings; all are answered from here at the price of one look at the stamp.
"""

import threading
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from django.db import connection

from huiyin.core.workdays import OfficeHours
from huiyin.core.world import Unit as CoreUnit
from huiyin.core.world import UnitTree
from huiyin.org.models import Adoption, Officer, PlaceArea, SettingValue, Stamp, Unit

STAMP = 1


@dataclass(frozen=True, slots=True)
class Span:
    """From-to in whole days, both included."""

    since: date
    until: date | None

    def holds(self, on: date) -> bool:
        return self.since <= on and (self.until is None or on <= self.until)


@dataclass(frozen=True, slots=True)
class Posting:
    """A posting of an active or former person; `person` as in events: p12."""

    id: int
    person: str
    role: str
    unit: str
    span: Span
    deputy: bool
    active: bool


@dataclass(frozen=True, slots=True)
class Adopted:
    """A procedure that a unit works by. `unit` adopted it and is the root of the body for it."""

    procedure: str
    hash: str
    label: str
    kinds: tuple[str, ...]
    unit: str
    span: Span


@dataclass
class Snapshot:
    """The organisation at one stamp, with all its dates."""

    stamp: str
    units: dict[str, tuple[CoreUnit, Span]]
    places: dict[str, tuple[str, tuple[str, ...]]]
    postings: list[Posting]
    settings: dict[str, list[tuple[str | None, Any, Span]]]
    adoptions: list[Adopted]
    by_place: dict[tuple[str, str], list[Posting]] = field(default_factory=dict)
    by_person: dict[str, list[Posting]] = field(default_factory=dict)
    _changes: list[date] = field(default_factory=list)
    _trees: dict[tuple[str | None, int], UnitTree] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for posting in self.postings:
            self.by_place.setdefault((posting.role, posting.unit), []).append(posting)
            self.by_person.setdefault(posting.person, []).append(posting)
        days = {
            d
            for _, span in self.units.values()
            for d in (span.since, span.until and span.until + timedelta(days=1))
            if d
        }
        self._changes = sorted(days)

    def tree(self, root: str | None, on: date) -> UnitTree:
        """The units of that day. Trees of one stretch between two changes are one and the same object."""
        key = (root, bisect_right(self._changes, on))
        found = self._trees.get(key)
        if found is None:
            found = self._trees[key] = UnitTree((unit for unit, span in self.units.values() if span.holds(on)), root)
        return found

    def adopted(self, unit: str, on: date) -> list[Adopted]:
        """What the unit works by on that day, the nearest adopter first."""
        line = (unit, *self.tree(None, on).above(unit))
        return [a for at in line for a in self.adoptions if a.unit == at and a.span.holds(on)]


_lock = threading.Lock()
_newest: Snapshot | None = None


def current() -> Snapshot:
    """The organisation as the database has it now: one query when nothing changed. Before the first act there is no stamp to trust."""
    global _newest
    held = _held.get()
    if held is not None:
        return held
    stamp = _stamp()
    found = _newest
    if found is None or not stamp or found.stamp != stamp:
        with _lock:
            found = _newest = _load(stamp)
    return found


def at_hand() -> Snapshot:
    """The organisation as this act, or the one before it, looked at it: without asking the database where that was done at all."""
    return _held.get() or _newest or current()


def forget() -> None:
    """Look anew next time: a process that changed its database needs it, as the tests do."""
    global _newest
    _newest = None


_held: ContextVar[Snapshot | None] = ContextVar("huiyin_snapshot", default=None)


@contextmanager
def steady() -> Iterator[None]:
    """One act sees one organisation: inside, the database is asked once whether it changed."""
    token = _held.set(current())
    try:
        yield
    finally:
        _held.reset(token)


def _stamp() -> str:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT value FROM {Stamp._meta.db_table} WHERE id = %s", [STAMP])  # a constant name
        row = cursor.fetchone()
    return str(row[0]) if row else ""


def _load(stamp: str) -> Snapshot:
    settings: dict[str, list[tuple[str | None, Any, Span]]] = defaultdict(list)
    for value in SettingValue.objects.order_by("since", "id"):
        settings[value.name].append((value.unit_id, value.value, Span(value.since, value.until)))
    return Snapshot(
        stamp=stamp,
        units={row.id: (core_unit(row), Span(row.since, row.until)) for row in Unit.objects.order_by("id")},
        places={p.id: (p.area, tuple(p.drawn)) for p in PlaceArea.objects.all()},
        postings=[_posting(row) for row in Officer.objects.select_related("person").order_by("id")],
        settings=dict(settings),
        adoptions=[
            _adopted(row)
            for row in Adoption.objects.select_related("compiled").defer("compiled__source").order_by("-since", "id")
        ],
    )


def core_unit(row: Unit) -> CoreUnit:
    """A unit as the core knows it."""
    return CoreUnit(
        row.id, row.label, row.level, row.parent_id, frozenset(row.functions), row.area, hours_of(row.hours)
    )


def hours_of(raw: Mapping[str, Any] | None) -> OfficeHours | None:
    """Office hours from their stored form. Raises CalendarError when it says nothing that can be."""
    return OfficeHours.of(raw["days"], raw["open"]) if raw else None


def _posting(row: Officer) -> Posting:
    return Posting(
        row.pk,
        f"p{row.person_id}",
        row.role,
        row.unit_id,
        Span(row.since, row.until),
        row.deputy_for_id is not None,
        row.person.is_active,
    )


def _adopted(row: Adoption) -> Adopted:
    text = row.compiled
    return Adopted(row.procedure_id, text.hash, text.label, tuple(text.kinds), row.unit_id, Span(row.since, row.until))


def holders(found: Iterable[Posting], on: date) -> tuple[str, ...]:
    """Persons among these postings who hold them on that day, each once."""
    return tuple(dict.fromkeys(p.person for p in found if p.active and p.span.holds(on)))
