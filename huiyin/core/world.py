"""The world as the core may ask it: the tree of units, and a short closed list of questions.

One implementation of every place and question serves the sample world of examples and the database alike: the shell only supplies the
units, the settings and the few answers that need other cases. Every answer is stored in the event for which it was asked.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from huiyin.core.model import Actor
from huiyin.core.workdays import Calendar, OfficeHours

# levels whose units belong to the bureau above them: a dispatch inside one bureau opens no hop
INNER_LEVELS = frozenset({"station", "section", "office", "department", "group"})


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit of the tree. `area` is the code of what it looks after; `hours` name its office hours."""

    id: str
    label: str
    level: str
    parent: str | None = None
    functions: frozenset[str] = frozenset()
    area: str = ""
    hours: OfficeHours | None = None


def area_stem(code: str) -> str:
    """The part of an area code that says something: 990100 (a city) holds all that begins with 9901."""
    if len(code) == 6:
        while code.endswith("00"):
            code = code[:-2]
    return code


def area_holds(outer: str, inner: str | None) -> bool:
    return bool(outer and inner) and str(inner).startswith(area_stem(outer))


class UnitTree:
    """All units by id, with what is above and below each. `root` is the top of the body's own tree."""

    def __init__(self, units: Iterable[Unit], root: str | None = None) -> None:
        self.units: dict[str, Unit] = {u.id: u for u in units}
        self.children: dict[str, list[str]] = {}
        for unit in self.units.values():
            if unit.parent:
                self.children.setdefault(unit.parent, []).append(unit.id)
        self.root = root

    def __contains__(self, unit: object) -> bool:
        return unit in self.units

    def above(self, unit: str | None) -> tuple[str, ...]:
        """Ancestors, nearest first."""
        found: list[str] = []
        at = self.units.get(unit or "")
        while at and at.parent and at.parent in self.units and at.parent not in found:
            found.append(at.parent)
            at = self.units[at.parent]
        return tuple(found)

    def below(self, unit: str | None) -> tuple[str, ...]:
        """Units under it at any depth, nearest first."""
        found: list[str] = []
        queue = list(self.children.get(unit or "", ()))
        while queue:
            at = queue.pop(0)
            found.append(at)
            queue.extend(self.children.get(at, ()))
        return tuple(found)

    def own(self) -> frozenset[str]:
        """The units of the body: its root and all below; without a root, every unit that is not external."""
        if self.root is None:
            return frozenset(u for u in self.units if not u.startswith("external:"))
        return frozenset((self.root, *self.below(self.root)))

    def bureau(self, unit: str) -> str:
        """The bureau a unit belongs to: itself, or the nearest unit above that is not a section, station or the like."""
        at = unit
        for upper in (unit, *self.above(unit)):
            at = upper
            if self.units[upper].level not in INNER_LEVELS:
                return upper
        return at

    def service(self) -> frozenset[str]:
        """The units of the service the body belongs to: the unit at the very top of its tree and all below it."""
        top = (self.root, *self.above(self.root))[-1]
        return self.own() if top is None else frozenset((top, *self.below(top)))

    def nearest_with(self, function: str, start: str | None) -> str | None:
        """Nearest unit of the body with that function: start, units below it, then the same from each parent upwards."""
        own = self.own()
        if start is None or start not in own:
            start = self.root
        for at in (start, *self.above(start)):
            if at is None or at not in own:
                break
            for unit in (at, *self.below(at)):
                if function in self.units[unit].functions:
                    return unit
        return None

    def between(self, giver: str, receiver: str) -> tuple[str, ...]:
        """Units between giver and receiver in the tree, both ends left out."""
        up = self.above(receiver)
        return up[: up.index(giver)] if giver in up else ()

    def local_body(self, area: str | None, here: str | None) -> str:
        """The body at an area, as seen from `here` (vocabulary: respondent_place)."""
        if not area:
            return here or self.root or ""
        if here in self.units:
            if area_holds(self.units[here].area, area):
                return here
            county = self.bureau(here)
            if area_holds(self.units[county].area, area):
                return here
        for unit in sorted(self.own()):
            if self.units[unit].level == "county" and area_holds(self.units[unit].area, area):
                return unit
        if self.root and area_holds(self.units[self.root].area, area):
            return self.root
        return "external:elsewhere"


class World:
    """Answers of the world at the moment of deciding. `settings` are values in force by name or by (name, unit)."""

    def __init__(
        self,
        tree: UnitTree,
        *,
        settings: Mapping[str, Any] | None = None,
        place_areas: Mapping[str, tuple[str, Sequence[str]]] | None = None,
    ) -> None:
        self.tree = tree
        self.settings = dict(settings or {})
        self.place_areas = dict(place_areas or {})  # sample place -> (area code, drawn areas)

    # -- what the shell knows and the sample world makes up

    def setting(self, name: str, unit: str | None, default: Any) -> Any:
        return self.settings.get(name, default)

    def cases(self, question: str, args: Mapping[str, Any], subject: Mapping[str, Any]) -> Any:
        """earlier_case_of and count_of: questions over other cases. None or 0 where nothing is known."""
        return 0 if question == "count_of" else None

    def has_role_holder(self, role: str, unit: str | None) -> bool:
        return unit in self.tree

    def people(self, role: str, unit: str) -> tuple[str, ...]:
        """Persons who hold that role there, as officer facts name them."""
        return (f"{role}@{unit}",)

    def has_qualification(self, person: str, qualification: str) -> bool:
        return person.split("@")[0] == qualification

    def posted_at(self, person: str) -> tuple[str, ...]:
        """Units where the person works."""
        return (person.partition("@")[2].split("#")[0],)

    def works_at(self, person: str, unit: str | None) -> bool:
        """Is the person posted in the bureau of that unit or in a unit below it?"""
        near = {*self.tree.below(unit), unit}
        bureau = self.tree.bureau(unit) if unit is not None and unit in self.tree else None
        return any(u in near or (u in self.tree and self.tree.bureau(u) == bureau) for u in self.posted_at(person))

    def on_duty(self, role: str, unit: str | None, at: datetime) -> tuple[str, ...]:
        return (f"{role}@{unit}",) if unit in self.tree else ()

    def home_of(self, party: str) -> str | None:
        """Area where a party named by another one is registered (a shop's platform), where the world knows it."""
        return None

    def competent_body(self, subject: Any, area: str | None) -> str | None:
        return None

    def channel_published(self, channel: str | None, unit: str | None) -> bool:
        return True

    def same_person(self, officer: str | None, actor: Actor) -> bool:
        """Is the officer complained about (or recused) the one who acts?"""
        return officer is not None and officer == actor.person

    # -- the closed list of questions about units, places and hours

    def area_of_place(self, place: str | None) -> tuple[str | None, Sequence[str]]:
        if place is None:
            return None, ()
        return self.place_areas.get(place, (place if place.isdigit() else None, ()))

    def inside_area(self, place: str | None, drawn: str, unit: str | None) -> bool:
        area, names = self.area_of_place(place)
        if drawn != "own":
            return drawn in names
        here = self.tree.units.get(unit or "")
        return here is not None and area_holds(here.area, area)

    def in_office_hours(self, unit: str | None, at: datetime, calendar: Calendar) -> bool:
        found = self.tree.units.get(unit or "")
        return found is None or found.hours is None or calendar.in_hours(found.hours, at)

    def has_competence(self, unit: str | None, area: str | None) -> bool:
        """By area: the unit belongs to the service and its area holds the place in question; an unknown place binds nobody."""
        found = self.tree.units.get(unit or "")
        if found is None or found.id not in self.tree.service():
            return False
        return not area or area_holds(found.area, area)

    def competent_units(self, area: str | None) -> tuple[str, ...]:
        units = [
            u for u in self.tree.own() if self.has_competence(u, area) and "handling" in self.tree.units[u].functions
        ]
        return tuple(sorted(units, key=lambda u: (-len(area_stem(self.tree.units[u].area)), u)))
