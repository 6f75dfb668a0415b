"""Contacts between units on a case: how long a message waited for its answer."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from huiyin.core.history import History


@dataclass(frozen=True, slots=True)
class Answer:
    """One message answered: by which unit, asked and answered when."""

    unit: str
    asked: datetime
    answered: datetime

    @property
    def took(self) -> timedelta:
        return self.answered - self.asked


def answers(view: History) -> list[Answer]:
    """Every message that another unit answered, by the first answer of each unit (JM-3-1h)."""
    found: list[Answer] = []
    done: set[tuple[int, str]] = set()
    for event in view.by_name.get("messaged", ()):
        for seq in event.re:
            asked, unit = view.by_seq.get(seq), event.actor.unit
            if asked is None or asked.name != "messaged" or unit is None or unit == asked.actor.unit:
                continue
            if (seq, unit) not in done:
                done.add((seq, unit))
                found.append(Answer(unit, asked.occurred, event.occurred))
    return found


def average(given: Iterable[Answer]) -> dict[str, timedelta]:
    """Mean time to answer for each unit."""
    by_unit: dict[str, list[timedelta]] = {}
    for one in given:
        by_unit.setdefault(one.unit, []).append(one.took)
    return {unit: sum(took, timedelta()) / len(took) for unit, took in sorted(by_unit.items())}
