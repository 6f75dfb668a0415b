"""What not everybody who may correct a case may take back: a hold that keeps it from being destroyed, and an answer to a request. What one unit
decided or said of another's work is kept by the core (huiyin/core/redoing.py); this is asked besides, of officers alone, wherever it is recorded."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from huiyin.cases.intake import Step
from huiyin.core.corrections import CORRECTIONS
from huiyin.core.history import History
from huiyin.core.model import Event, Refused
from huiyin.org.models import Officer

HOLD: Final = "legal_hold"
RELEASERS: Final = frozenset({"reviewer", "unit_head", "leader", "director"})
"""Who lifts a hold: those who review what is destroyed."""
DECISIONS: Final = frozenset({"approved", "rejected", "extended", "recusal_decided"})
"""Answers to a request. They stand as given: whoever gave one may annul it, and nobody says of it that another gave it."""


def check(view: History, step: Step) -> None:
    """Raises Refused where this officer may not take back what the step would."""
    if not isinstance(step.by, Officer):
        return
    if step.event == "unmarked" and step.facts.get("mark") == HOLD:
        _only(step.by, RELEASERS)
    if step.event not in CORRECTIONS:
        return
    for event in _meant(view, step):
        if event.name in ("marked", "unmarked") and event.facts.get("mark") == HOLD:
            _only(step.by, RELEASERS)
        elif event.name in DECISIONS:
            if step.facts.get("field") == "by":
                raise Refused("role", "not_the_one", data={"roles": ()})
            _only_the_same(step.by, event)


def _meant(view: History, step: Step) -> list[Event]:
    """The events that a correction is of, as they were recorded."""
    number = _number(step.facts)
    wanted = set(step.re) | ({number} if number is not None else set())
    return [event for event in view.events if event.seq in wanted]


def _number(facts: Mapping[str, Any]) -> int | None:
    found = facts.get("event_no")
    return found if isinstance(found, int) else None


def _only(by: Officer, roles: frozenset[str]) -> None:
    if by.role not in roles:
        raise Refused("role", "not_the_one", data={"roles": tuple(sorted(roles))})


def _only_the_same(by: Officer, event: Event) -> None:
    if by.person.key != event.actor.person:
        raise Refused("role", "not_the_one", data={"roles": (event.actor.role,)})


__all__ = ["HOLD", "RELEASERS", "check"]
