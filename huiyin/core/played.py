"""A case as it stands after an example was played, for whoever holds expectations against it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, time
from typing import Any

from huiyin.core.context import Ctx
from huiyin.core.dues import dues
from huiyin.core.history import History
from huiyin.core.model import Actor, Due, Event, Notice, Party, Refused
from huiyin.core.rules import Procedure
from huiyin.core.sample import SampleWorld, sample_actor
from huiyin.core.vocabulary import Vocabulary
from huiyin.core.workdays import Calendar

LAST_MINUTE = time(23, 59)


@dataclass
class Look:
    """A case as it stands after an example was played."""

    procedure: Procedure
    view: History
    world: SampleWorld
    calendar: Calendar
    now: datetime
    refusal: Refused | None
    last: list[Event]
    written: list[Event]
    notices: list[Notice]
    vocabulary: Vocabulary
    parties: Mapping[str, Party]
    labels: Mapping[str, int] = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)  # of the case, as the example gives them
    as_: str | None = None
    _dues: list[Due] | None = field(default=None, repr=False)

    def ctx(self) -> Ctx:
        """The case as it stands now, no event being looked at."""
        return Ctx(
            self.view, None, 1 << 60, procedure=self.procedure, calendar=self.calendar, now=self.now, world=self.world
        )

    def dues(self) -> list[Due]:
        if self._dues is None:
            self._dues = dues(self.procedure, self.view, self.calendar, self.now)
        return self._dues

    def of(self, clause: str) -> list[Due]:
        """Limits of a clause; of one clause with several limits each goes by its name as well."""
        return [d for d in self.dues() if d.answers_to(clause) or d.name == clause]

    def newest(self, clause: str) -> Due | None:
        """The newest that runs, else the newest; one whose length the office has not set has no date, and gives way to one that has."""
        found = self.of(clause)
        dated = [d for d in found if d.end is not None] or found
        running = [d for d in dated if d.closed_by is None]
        return max(running or dated, key=lambda d: d.opened_by, default=None)

    def actor(self) -> Actor:
        unit = self.view.routing_at()
        text = self.as_ or f"handler@{unit.lead or unit.holder or unit.registrar or self.procedure.intake}"
        return sample_actor(self.vocabulary, text, self.world, {**self.parties, **self.view.parties})
