"""Who finds a case, as the stored copies of access say it: the same entries and walls that every list asks (cases/access.py)."""

from __future__ import annotations

from dataclasses import dataclass, field

from huiyin.cases.models import OFFICER, ORDINARY, RETURNED, AccessEntry, Case, Wall
from huiyin.core.world import INNER_LEVELS
from huiyin.org import queries as org


@dataclass(frozen=True)
class UnitSees:
    """A unit that finds the case. `how`: has | had | returned | assist | task | told; `people`: keys of those who alone of its handlers do;
    none: everybody there whose post allows it."""

    unit: str
    how: str
    people: tuple[str, ...] = ()
    named: bool = False


@dataclass
class Seeing:
    """Everybody who finds a case. `above`: units that find it because a unit below them does; `walled`: how many units or people never do."""

    secrecy: str
    units: list[UnitSees] = field(default_factory=list)
    people: tuple[str, ...] = ()
    above: tuple[str, ...] = ()
    watching: tuple[str, ...] = ()
    walled: int = 0


def of(case: Case) -> Seeing:
    """Three queries at most: entries, walls, and the tree where it is not at hand."""
    entries = list(AccessEntry.objects.filter(case_id=case.pk).order_by("pk"))
    tree = org.tree()
    units = {e.unit: e for e in entries if e.how != OFFICER}
    persons: dict[str, list[str]] = {}
    for entry in entries:
        if entry.how == OFFICER and entry.person:
            persons.setdefault(entry.unit, []).append(entry.person)
    found = Seeing(case.secrecy, walled=Wall.objects.filter(case_id=case.pk).count())
    found.units = [UnitSees(u, e.how, tuple(persons.pop(u, ())), e.assigned) for u, e in units.items()]
    found.units.sort(key=lambda one: (one.how == RETURNED, one.how != "has", one.unit))
    found.people = tuple(dict.fromkeys(p for left in persons.values() for p in left))
    above = {up for u in units if u in tree for up in tree.above(u)} - set(units)
    if case.secrecy == ORDINARY:
        found.above = tuple(sorted(u for u in above if tree.units[u].level not in INNER_LEVELS))
    watching = {w for u in units if u in tree if (w := tree.nearest_with("supervision_office", u))}
    found.watching = tuple(sorted(watching - set(units) - set(found.above)))
    return found
