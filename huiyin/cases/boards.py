"""Lists of what has to be done: what is late in which unit, what is open, what repeats. Rows by key; figures come from the counters.

The units of a viewer are read one by one along an index and merged (merging.py), so a page costs the same with a thousand cases and a million.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db import connection
from django.db.models import Exists, OuterRef, Q, QuerySet

from huiyin.cases import access, clock, merging
from huiyin.cases.access import Viewer, visible_to
from huiyin.cases.models import AccessEntry, Case, CaseRound, Link, OpenEnd
from huiyin.cases.openends import DECISION
from huiyin.cases.queries import SIZE, Page, Todo
from huiyin.core.facts import UNWRITABLE
from huiyin.dues.models import CASE, RUNNING, Due
from huiyin.moments import stored
from huiyin.org.models import Officer

PAIRS: Final = ("repeated", "supplement", "same_matter", "merged", "joint", "split")
LAST: Final = "\uffff"
SPAN: Final = 10_000  # cases that a page with a filter looks through
FEW: Final = 3000  # cases; of a viewer who may find no more, the links are looked up case by case


@dataclass(frozen=True, slots=True)
class Open:
    """Something open and the case it is in."""

    end: OpenEnd
    case: Case


@dataclass(frozen=True, slots=True)
class OpenPage:
    """A part of the list; `after` asks for the next one."""

    rows: Sequence[Open]
    after: str | None


def units_of(officer: Officer) -> list[str]:
    """The units whose boards this officer sees: the own one and those below it."""
    return sorted(access.viewer(officer).units)


# -- limits


def limits(
    officer: Officer, unit: str | None, after: str | None, size: int = SIZE, *, late_after: datetime | None = None,
    late_by: datetime | None = None,
) -> Page:  # fmt: skip
    """Running limits that these units owe, by the moment at which they become late; `unit` none: all units of the officer. Raises
    ValueError for a key that is none."""
    who = access.viewer(officer)
    found = _running(who)
    if late_after is not None:
        found = found.filter(late_at__gt=stored(late_after))
    if late_by is not None:
        found = found.filter(late_at__lte=stored(late_by))
    if after is not None:
        moment, last = key_of(after)
        found = found.filter(late_at__gte=moment).filter(Q(late_at__gt=moment) | Q(pk__gt=last))
    if unit is not None:
        rows = list(found.filter(owed_unit=unit).order_by("late_at", "pk")[: size + 1]) if unit in who.units else []
    elif len(who.units) > merging.MOST:
        rows = list(found.order_by("late_at", "pk")[: size + 1])
    else:
        ids = merging.first_ids(found.filter(owed_unit=merging.UNIT), sorted(who.units), ("late_at", "id"), size + 1)
        by_id = Due.objects.in_bulk(ids)
        rows = [by_id[pk] for pk in ids if pk in by_id]
    return page_of(rows, size)


def _running(who: Viewer) -> QuerySet[Due]:
    return Due.objects.filter(subject_kind=CASE, state=RUNNING, late_at__isnull=False, window=False).filter(
        Exists(access.entries(who, OuterRef("subject_id"))), ~Exists(access.walls(who, OuterRef("subject_id")))
    )


def page_of(rows: Sequence[Due], size: int) -> Page:
    """One more row than is shown tells whether there is another page."""
    shown, now = rows[:size], stored(clock.now())
    there = Case.objects.in_bulk([row.subject_id for row in shown])
    last = shown[-1] if len(rows) > size else None
    found = [Todo(row, there[row.subject_id], row.late_at is not None and row.late_at <= now) for row in shown]
    return Page(found, f"{last.late_at.isoformat()}~{last.pk}" if last is not None and last.late_at else None)


def key_of(after: str) -> tuple[datetime, int]:
    """The key of the last row shown. Raises ValueError for what is none."""
    moment, _, last = after.partition("~")
    return stored(datetime.fromisoformat(moment)), int(last)


# -- open ends


def open_ends(officer: Officer, sort: str, unit: str | None, after: str | None, size: int = SIZE) -> OpenPage:
    """What is open of one sort, the oldest first; `unit` none: at the officer's own. Of decisions only those he may take. Raises ValueError
    for a key that is none."""
    who = access.viewer(officer)
    at = unit or officer.unit_id
    if at not in who.units:
        return OpenPage([], None)
    found = OpenEnd.objects.filter(unit=at, sort=sort)
    if sort == DECISION and unit is None:
        found = found.filter(role__in=("", officer.role))
    if after is not None:
        moment, last = key_of(after)
        found = found.filter(since__gte=moment).filter(Q(since__gt=moment) | Q(pk__gt=last))
    seen = found.filter(
        Exists(access.entries(who, OuterRef("case_id"))), ~Exists(access.walls(who, OuterRef("case_id")))
    )
    rows = list(seen.order_by("since", "pk")[: size + 1])
    shown = rows[:size]
    there = Case.objects.in_bulk([row.case_id for row in shown])
    last_row = shown[-1] if len(rows) > size else None
    return OpenPage(
        [Open(row, there[row.case_id]) for row in shown],
        f"{last_row.since.isoformat()}~{last_row.pk}" if last_row is not None else None,
    )


# -- cases


@dataclass(frozen=True, slots=True)
class CasePage:
    """A part of the list of cases; `before` asks for the next one, none at the end. With a filter it may hold fewer than were asked for, and
    yet not be the last: no page looks at more than SPAN cases."""

    rows: Sequence[Case]
    before: int | None


def _top(newest: int | None, before: int | None) -> int:
    """Where a page begins. A key from outside may be any number: what lies above the newest row is not looked through."""
    top = (newest or 0) + 1
    return top if before is None else max(min(before, top), 0)


def case_page(
    officer: Officer, before: int | None, size: int, *, number: str = "", over: Q | None = None, exact: Q | None = None, **chosen: Any
) -> CasePage:  # fmt: skip
    """Cases the officer may find, the newest first; `before` is the key of the page before. `chosen`: filters of the case row, `over` a
    further one; `number`: how its number begins; `exact`: a filter that leaves few cases, so that these are looked at one by one."""
    low = None
    if (chosen or over is not None) and not number and exact is None:
        top = _top(Case.objects.order_by("-pk").values_list("pk", flat=True).first(), before)
        low = max(top - SPAN, 0)
    rows = cases(officer, before, size + 1, since=low, number=number, over=over, exact=exact, **chosen)
    if len(rows) > size:
        return CasePage(rows[:size], rows[size - 1].pk)
    return CasePage(rows, low or None)


def cases(
    officer: Officer, before: int | None, size: int, *, since: int | None = None, number: str = "", over: Q | None = None,
    exact: Q | None = None, **chosen: Any,
) -> list[Case]:  # fmt: skip
    """So many of them, as `case_page` says; `since`: none with a smaller id."""
    if any(isinstance(value, str) and UNWRITABLE.search(value) for value in (number, *chosen.values())):
        return []
    who = access.viewer(officer)
    narrowed = Q(over if over is not None else Q(), **chosen)
    if number or exact is not None or len(who.units) > merging.MOST:
        found = visible_to(officer).filter(narrowed, exact if exact is not None else Q())
        found = found.filter(pk__gte=since) if since is not None else found
        found = _numbered(found, number) if number else found
        return list((found.filter(pk__lt=before) if before is not None else found).order_by("-pk")[:size])
    return _merged(who, before, since, size, Case.objects.filter(narrowed) if chosen or over is not None else None)


def _merged(
    who: Viewer, before: int | None, since: int | None, size: int, among: QuerySet[Case] | None
) -> list[Case]:  # fmt: skip
    walled = access.walls(who, OuterRef("case_id"))

    def part(entries: QuerySet[AccessEntry]) -> QuerySet[AccessEntry]:
        found = entries.filter(~Exists(walled))
        if before is not None:
            found = found.filter(case_id__lt=before)
        if since is not None:
            found = found.filter(case_id__gte=since)
        return found.filter(Exists(among.filter(pk=OuterRef("case_id")))) if among is not None else found

    own, mine = access.entries_by_unit(who, merging.UNIT)
    ids = merging.first_ids(part(own), sorted(who.units), ("-case_id",), size, [part(mine)])
    by_id = Case.objects.in_bulk(ids)
    return [by_id[pk] for pk in ids]


def _numbered(found: QuerySet[Case], number: str) -> QuerySet[Case]:
    """Numbers that begin so, along the index: SQLite uses it for a span only, PostgreSQL has one made for beginnings."""
    if connection.vendor == "sqlite":
        return found.filter(number__gte=number, number__lt=number + LAST)
    return found.filter(number__startswith=number)


@dataclass(frozen=True, slots=True)
class Pair:
    """A case, what it is to another, and that one as far as it may be found."""

    case: Case
    relation: str
    other: Case | None


@dataclass(frozen=True, slots=True)
class PairPage:
    """A part of the list; `before` asks for the next one, none at the end. It may hold fewer than were asked for, and yet not be the last: no
    page looks at more than SPAN links."""

    rows: Sequence[Pair]
    before: int | None


def repeats(officer: Officer, unit: str | None, before: int | None, size: int = SIZE) -> PairPage:
    """Cases that repeat or add to another, the newest links first. `unit`: only repeats that this unit handles and that are not in the archive
    yet. A repeat stands at the earlier case as `repeated`; both ways of one link are one row."""
    who = access.viewer(officer)
    found = Link.objects.filter(relation__in=("repeated",) if unit is not None else PAIRS)
    low, few = None, access.few_ids(who, FEW)
    if few is not None:
        found = found.filter(case_id__in=few)
    else:
        top = _top(Link.objects.order_by("-pk").values_list("pk", flat=True).first(), before)
        low = max(top - SPAN, 0)
        found = found.filter(pk__gte=low)
    own = visible_to(officer).filter(Q(pk=OuterRef("other_id"), archived=False, handling_unit=unit))
    found = found.filter(Exists(own if unit is not None else visible_to(officer).filter(pk=OuterRef("case_id"))))
    if before is not None:
        found = found.filter(pk__lt=before)
    rows = list(found.order_by("-pk").values_list("pk", "case_id", "relation", "other_id")[: size + 1])
    seen = visible_to(officer).in_bulk([pk for _, one, _, other in rows for pk in (one, other)])
    pairs: dict[frozenset[int], Pair] = {}
    for _, one, relation, other in rows[:size]:
        case, there, named = (other, one, "repeat") if relation == "repeated" else (one, other, relation)
        if case in seen:
            pairs.setdefault(frozenset((case, there)), Pair(seen[case], named, seen.get(there)))
    return PairPage(list(pairs.values()), rows[size - 1][0] if len(rows) > size else low or None)


def dissatisfied(officer: Officer, unit: str, before: int | None, size: int = SIZE) -> list[Case]:
    """Cases of this unit whose person was not satisfied in some round, the newest first."""
    found = CaseRound.objects.filter(satisfaction="dissatisfied", handling_unit=unit)
    if before is not None:
        found = found.filter(case_id__lt=before)
    own = visible_to(officer).filter(pk=OuterRef("case_id"))
    ids = list(
        dict.fromkeys(found.filter(Exists(own)).order_by("-case_id").values_list("case_id", flat=True)[: 2 * size])
    )
    return [case for _, case in sorted(Case.objects.in_bulk(ids[:size]).items(), reverse=True)]
