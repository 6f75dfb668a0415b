"""Who sees which case, and what of it: as queries over stored copies, with the same answers as the core gives from events (design, 7).

- An officer finds the cases that his unit, or a unit below it, has or had or was told of. A section or station finds only its own, unless it
  is a supervision office, which watches over its body.
- A handler (also mediator, enforcement officer) of a unit that named its officers finds the case only when he is one of them or acted in it.
- Secrecy narrows: a report is found by units that have an entry of their own, not from above, but the head of a body finds those of its sections:
  he approves what they propose (ZJ-01b). A complaint about staff likewise, and only by those who lead, supervise or take in, by who is assigned,
  and by the handlers of a unit that itself has it or answers a task in it while none is named; a state secret only by the persons who are assigned
  or acted.
- What somebody was assigned or did at a unit, he finds as long as he is posted there, above or below it: not from a post elsewhere.
- A wall beats everything: the unit or officer complained about, his deputy, and who stepped aside, never finds the case.
- Who administers does not handle: the security administrator finds no case; the system administrator and the auditor find no report, wherever
  they are posted, the system administrator no complaint about staff either.
- Who returned a report keeps the fact and the dates, not the texts and the identity. A reporter's identity is for those who handle the report
  at a unit that has it now.
A case that one may not see is not there (404).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from huiyin.cases.models import (
    HAS,
    OFFICER,
    ORDINARY,
    REPORT,
    RETURNED,
    STAFF,
    STATE_SECRET,
    TASK,
    TOLD,
    AccessEntry,
    Case,
    Wall,
)
from huiyin.core.access import HANDLE, IDENTITY, NO_CASES, OWN_CASES
from huiyin.core.world import INNER_LEVELS, UnitTree
from huiyin.org import powers
from huiyin.org import queries as org
from huiyin.org.models import Officer
from huiyin.vault.prepared import Prepared

LEADS: Final = frozenset({"leader", "director", "unit_head"})
TAKES_UP: Final = OWN_CASES | {"designated"}
STAFF_ROLES: Final = frozenset(
    {"unit_head", "leader", "director", "supervisor", "intake_officer", "auditor", "caller_back", "archivist"}
)


@dataclass(frozen=True, slots=True)
class Viewer:
    """An officer as access asks about him: `units` are those whose cases he may find, `line` his own unit and those above it."""

    person: str
    role: str
    unit: str
    units: frozenset[str]
    line: tuple[str, ...]
    watches: bool
    sections: frozenset[str] = frozenset()  # those of his own body, when he leads it
    in_place_of: str = ""  # of whom he is the deputy: what is closed to that one is closed to him

    @property
    def own_only(self) -> bool:
        return self.role in OWN_CASES


def viewer(officer: Officer) -> Viewer:
    """The officer with the units of today."""
    actor = org.actor_of(officer)
    found = viewer_of(actor.person, actor.role, officer.unit_id, org.tree())
    return replace(found, in_place_of=org.in_place_of(officer)) if actor.deputy else found


def viewer_of(person: str, role: str, unit: str, tree: UnitTree) -> Viewer:
    """The viewer for a role at a unit, with the units of that tree."""
    own = tree.units.get(unit)
    line = (unit, *tree.above(unit))
    if own is None:
        return Viewer(person, role, unit, frozenset([unit]), line, False)
    watches = "supervision_office" in own.functions
    if own.level not in INNER_LEVELS:
        below = tree.below(unit)
        sections = frozenset(u for u in below if tree.bureau(u) == unit) if role in LEADS else frozenset[str]()
        return Viewer(person, role, unit, frozenset([unit, *below]), line, watches, sections)
    if watches:
        body = line[-1]
        return Viewer(person, role, unit, frozenset([body, *tree.below(body)]), line, True)
    return Viewer(person, role, unit, frozenset([unit]), line, False)


# -- finding cases


def visible_to(officer: Officer) -> QuerySet[Case]:
    """The cases this officer may find. One query whatever is asked of it."""
    who = viewer(officer)
    return Case.objects.filter(Exists(entries(who, OuterRef("pk"))), ~Exists(walls(who, OuterRef("pk"))))


def one_seen(officer: Officer, case_id: int) -> list[Case]:
    """The case with that id if this officer may find it; else none."""
    return _one_seen(viewer(officer)).objects(case_id)


@lru_cache(maxsize=256)
def _one_seen(who: Viewer) -> Prepared:
    def make(case_id: int) -> QuerySet[Case]:
        return Case.objects.filter(
            Exists(entries(who, OuterRef("pk"))), ~Exists(walls(who, OuterRef("pk"))), pk=case_id
        )

    return Prepared(make, int)


def entries(who: Viewer, case_id: OuterRef | F) -> QuerySet[AccessEntry]:
    """Entries that open a case to this viewer."""
    return AccessEntry.objects.filter(_allowed(who), case_id=case_id)


def entries_by_unit(who: Viewer, unit: str) -> tuple[QuerySet[AccessEntry], QuerySet[AccessEntry]]:
    """The entries of one unit that open cases to this viewer, and those of his person: each of them a read along one index."""
    allowed = _allowed(who)
    mine = AccessEntry.objects.filter(allowed, how=OFFICER, person=who.person)
    own = AccessEntry.objects.filter(allowed, unit=unit)
    if who.own_only and who.role not in STAFF_ROLES:  # said once more, in the words of the index of these entries
        own = own.filter(assigned=False).exclude(how=OFFICER)
    return own, mine


def few_ids(who: Viewer, most: int) -> list[int] | None:
    """The ids of the cases that concern this viewer, when there are at most so many; none when there are more. They may hold some that he must
    not find: whoever uses them asks `entries` and `walls` as well."""
    reach = AccessEntry.objects.filter(unit__in=who.units | who.sections).exclude(how=OFFICER)
    found = list(reach.order_by().values_list("case_id", flat=True)[: most + 1])
    found += (
        AccessEntry.objects.filter(how=OFFICER, person=who.person)
        .order_by()
        .values_list("case_id", flat=True)[: most + 1]
    )
    return None if len(found) > most else found


def _allowed(who: Viewer) -> Q:
    if who.role in NO_CASES:
        return Q(pk__in=())
    own = Q(unit=who.unit) & ~Q(how=OFFICER)
    reach = Q(unit__in=who.units) & ~Q(how=OFFICER)
    mine = Q(
        how=OFFICER, person=who.person, unit__in=who.units.union(who.line)
    )  # who went to another body left it there
    if who.role == powers.SYSTEM:
        return Q(secrecy=ORDINARY) & reach
    if who.role == powers.AUDIT:
        return (Q(secrecy=ORDINARY) & reach) | (Q(secrecy=STAFF) & (reach if who.watches else own))
    if who.own_only:
        own &= Q(assigned=False)
        reach &= Q(assigned=False)
    watched = reach if who.watches else own
    in_body = Q(unit__in=who.sections) & ~Q(how=OFFICER)  # of the body he leads
    allowed = (
        (Q(secrecy=ORDINARY) & reach) | (Q(secrecy=REPORT) & (watched | in_body)) | (~Q(secrecy=STATE_SECRET) & mine)
    )
    if who.role in STAFF_ROLES:
        allowed |= Q(secrecy=STAFF) & (watched | in_body)
    elif who.role in TAKES_UP:
        allowed |= Q(secrecy=STAFF, unit=who.unit, how__in=(HAS, TASK), assigned=False)
    return allowed | (Q(secrecy=STATE_SECRET) & mine)


def walls(who: Viewer, case_id: OuterRef) -> QuerySet[Wall]:
    """Walls that keep this viewer out."""
    persons = [one for one in (who.person, who.in_place_of) if one]
    about = Q(person__in=persons) | Q(unit=who.unit) | Q(unit__in=who.line, below=True)
    return Wall.objects.filter(about, case_id=case_id)


# -- the same of one case, and what may be read in it


@dataclass(frozen=True, slots=True)
class Sight:
    """What one viewer may read in one case he may find."""

    texts: bool  # texts of the events and of the case
    identity: bool  # of the complainant's side; masked even then, until it is revealed with a reason


def sight(who: Viewer, case: Case, found: Iterable[AccessEntry] | None = None) -> Sight:
    """What the viewer may read in a case that `visible_to` gave him."""
    if case.secrecy == ORDINARY:
        return Sight(True, True)
    rows = list(AccessEntry.objects.filter(case_id=case.pk) if found is None else found)
    of_unit = {row.how for row in rows if row.unit == who.unit and row.how != OFFICER}
    given_back = bool(of_unit) and of_unit <= {RETURNED, TOLD}
    has = HAS in of_unit
    handles = who.role in HANDLE and has
    return Sight(texts=not given_back and (bool(of_unit) or case.secrecy != REPORT), identity=handles)


def unknowing(by: object, case: Case) -> bool:
    """Is it an officer who may not know who sent this matter in? Then nothing he reads may tell him, texts and names of files included."""
    return isinstance(by, Officer) and case.secrecy != ORDINARY and not sight(viewer(by), case).identity


__all__ = ["IDENTITY", "Sight", "Viewer", "entries", "sight", "unknowing", "viewer", "viewer_of", "visible_to", "walls"]
