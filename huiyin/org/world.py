"""The world as the core asks it, answered from the organisation in the database. Questions over other cases are answered above, in
cases.world, which knows them."""

from datetime import date, datetime
from typing import Any

from huiyin.core.model import Actor
from huiyin.core.world import World
from huiyin.org.snapshot import Snapshot, holders


class DbWorld(World):
    """One body on one day: `root` is the top of its tree, `case_id` the case that is looked at (none before it exists)."""

    def __init__(self, snapshot: Snapshot, root: str | None, on: date, case_id: int | None = None) -> None:
        self.tree = snapshot.tree(root, on)
        self.settings = {}
        self.place_areas = snapshot.places  # type: ignore[assignment]
        self.snapshot = snapshot
        self.on = on
        self.case_id = case_id

    def setting(self, name: str, unit: str | None, default: Any) -> Any:
        """Value in force on the day: of the unit, else of the nearest unit above, else of everybody; the newest wins."""
        values = [(at, value) for at, value, span in self.snapshot.settings.get(name, ()) if span.holds(self.on)]
        for at in (unit, *self.tree.above(unit), None):
            own = [value for where, value in values if where == at]
            if own:
                return date.fromisoformat(own[-1]) if isinstance(default, date) else own[-1]
        return default

    def has_role_holder(self, role: str, unit: str | None) -> bool:
        """Does anybody hold that role there on the day?"""
        return bool(holders(self.snapshot.by_place.get((role, unit or ""), ()), self.on))

    def people(self, role: str, unit: str) -> tuple[str, ...]:
        """Who holds that role there on the day."""
        return holders(self.snapshot.by_place.get((role, unit), ()), self.on)

    def has_qualification(self, person: str, qualification: str) -> bool:
        """A person has the qualification who is posted with the role of that name, wherever."""
        return any(p.role == qualification and p.span.holds(self.on) for p in self.snapshot.by_person.get(person, ()))

    def posted_at(self, person: str) -> tuple[str, ...]:
        """Where the person is posted on the day."""
        return tuple(p.unit for p in self.snapshot.by_person.get(person, ()) if p.span.holds(self.on))

    def on_duty(self, role: str, unit: str | None, at: datetime) -> tuple[str, ...]:
        """Persons on duty there by the approved roster; where no shift answers then, those who hold the duty role on that day."""
        from huiyin.org import rosters  # it stands on queries, which stand on this

        by_roster = rosters.on_duty(role, unit, at) if unit else None
        if by_roster is not None:
            return by_roster
        return holders(self.snapshot.by_place.get((role, unit or ""), ()), at.date())

    def competent_body(self, subject: Any, area: str | None) -> str | None:
        """The entry of the directory of other authorities for the subject, with its telephone, as a person is told."""
        from huiyin.org import directory  # it stands on queries, which stand on this

        return directory.competent(subject, area, self.on)

    def same_person(self, officer: str | None, actor: Actor) -> bool:
        """By the person, whatever the posting."""
        return officer is not None and officer == actor.person
