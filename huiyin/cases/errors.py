"""What may stand in the way of recording an event, beside the core's Refused and BadFact."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from huiyin.core.model import Event

QUIET = frozenset({"note_added", "messaged"})
"""Events that change nothing another officer decides on: whoever sees a page without them may still act on it."""


@dataclass(frozen=True, slots=True)
class Change:
    """One event that the page did not show yet. `occurred` and `recorded` are local."""

    seq: int
    name: str
    role: str
    unit: str | None
    person: str
    occurred: datetime
    recorded: datetime


class Stale(Exception):
    """The case changed, in a way that matters, after the page was made on which somebody acted. `changes`: what happened since."""

    def __init__(self, changes: Sequence[Change]) -> None:
        super().__init__(f"{len(changes)} events since: {', '.join(c.name for c in changes)}")
        self.changes = tuple(changes)

    @classmethod
    def since(cls, shown: int, events: Sequence[Event]) -> Stale | None:
        """The refusal of a page that showed the case up to `shown`; none when nothing that matters has happened since."""
        new = [e for e in events if e.seq > shown]
        if all(e.name in QUIET for e in new):
            return None
        return cls(
            [Change(e.seq, e.name, e.actor.role, e.actor.unit, e.actor.person, e.occurred, e.recorded) for e in new]
        )


class Busy(Exception):
    """The case is being written to, and it took too long to get a turn. Nothing was recorded; trying again is right."""


class KeyReused(Exception):
    """The idempotency key belongs to another request. Nothing was recorded."""


class NoSuchCase(LookupError):
    """No such case (any more, or for this actor)."""
