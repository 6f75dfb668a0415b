"""Who records: an officer of the organisation, a person from outside, or the system; and each as the core's Actor."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from huiyin.core.model import SYSTEM, Actor
from huiyin.org.models import Officer
from huiyin.org.queries import actor_of


@dataclass(frozen=True, slots=True)
class Outside:
    """A party who acts for himself. `via`: how it came in (web, api, kiosk ...). `client`: which of many unknown clients, where idempotency keys
    must be told apart: a keyed name, kept no longer than the key."""

    role: str
    party: str = "1"
    via: str = "web"
    client: str = ""


By = Officer | Outside | Actor
System: Final = SYSTEM


def actor(by: By) -> Actor:
    """The core's actor. A party's person is the number of the party: it is the same person wherever it acts in the case."""
    if isinstance(by, Actor):
        return by
    if isinstance(by, Outside):
        return Actor(by.role, None, by.party, by.party)
    return actor_of(by)


def via(by: By) -> str:
    """How it was entered; empty at a desk."""
    return by.via if isinstance(by, Outside) else ""


def who(by: By) -> str:
    """Whom an idempotency key belongs to: a key of one cannot answer another."""
    if isinstance(by, Outside):
        return f"{by.via}:{by.role}:{by.party}" + (f":{by.client}" if by.client else "")
    found = actor(by)
    return f"{found.role}@{found.unit or ''}:{found.person}"[:80]
