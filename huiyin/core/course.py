"""A case played through a procedure step by step, with what each step brought about: for trying rules before anybody has to live by them.

The form is that of worked examples, so what was tried can be kept as one. Pure: nothing is stored.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from huiyin.core import telling
from huiyin.core.compose import Library
from huiyin.core.dues import dues
from huiyin.core.examples import ExampleError, Play
from huiyin.core.facts import BadFact
from huiyin.core.history import stage_of
from huiyin.core.model import Due, Event, Notice, Refused
from huiyin.core.offers import Offer, offers
from huiyin.core.sample import sample_actor
from huiyin.core.workdays import Calendar


@dataclass(frozen=True, slots=True)
class Leg:
    """One step that was tried, and what it brought about. `problem` is why it could not be recorded; then nothing happened."""

    given: Mapping[str, Any]
    at: datetime | None
    events: tuple[Event, ...] = ()
    stage: str = ""
    opened: tuple[Due, ...] = ()
    ended: tuple[Due, ...] = ()
    moved: tuple[tuple[Due, Due], ...] = ()
    notices: tuple[Notice, ...] = ()
    documents: tuple[str, ...] = ()
    problem: Refused | BadFact | ExampleError | None = None


@dataclass
class Course:
    """A case as it was played: its steps, and where it stands afterwards."""

    play: Play
    legs: list[Leg] = field(default_factory=list)

    @property
    def stands(self) -> bool:
        """Could every step be recorded?"""
        return all(leg.problem is None for leg in self.legs)

    @property
    def now(self) -> datetime:
        return self.play.now()

    def dues(self) -> list[Due]:
        """Every limit as it stands at the end."""
        return self._dues(self.now)

    def _dues(self, now: datetime) -> list[Due]:
        case = self.play.main
        return dues(case.procedure, case.view, self.play.calendar, now) if case.view.events else []

    def offers(self, by: str, *, closed: bool = False) -> list[Offer]:
        """What this officer or party (`role@unit`, an outside role) could record next. Raises ValueError for nobody."""
        case = self.play.main
        actor = sample_actor(self.play.vocabulary, by, case.world, {**case.parties, **case.view.parties})
        return offers(
            case.procedure, case.view, actor=actor, world=case.world, calendar=self.play.calendar, now=self.now, closed=closed
        )  # fmt: skip


def course(raw: Mapping[str, Any], library: Library, calendar: Calendar) -> Course:
    """Play the events of an example. A step that is refused is shown with the reason, and the others are tried without it.

    Raises ExampleError for an example whose procedure, parties or facts cannot be read.
    """
    events = list(raw.get("events", []))
    try:
        play = Play(raw, library, calendar)
        for label, case in play.other.items():
            for spec in raw["cases"][label].get("events", []):
                play._one({**spec, "on": label}, case, last=False)
    except (BadFact, KeyError, ValueError) as error:
        raise ExampleError(str(error)) from error
    found = Course(play)
    for spec in events:
        found.legs.append(_leg(found, spec))
    return found


def _leg(on: Course, spec: Mapping[str, Any]) -> Leg:
    play = on.play
    case = play.other[spec["on"]] if spec.get("on") in play.other else play.main
    main = play.main
    known, told = len(main.view.events), len(play.notices)
    at = spec.get("at") if isinstance(spec.get("at"), datetime) else None
    before = on._dues(at) if at else []
    had = telling.documents(main.procedure, main.view)
    try:
        play._one(spec, case, last=False)
    except ExampleError as error:
        refusal = error.__cause__
        return Leg(spec, at, problem=refusal if isinstance(refusal, Refused) else error)
    except (BadFact, Refused) as error:
        return Leg(spec, at, problem=error)
    except (KeyError, ValueError) as error:
        return Leg(spec, at, problem=ExampleError(str(error)))
    new = main.view.events[known:]
    now = max([e.recorded for e in new] or [at or on.now])
    opened, ended, moved = _held_against(before, on._dues(now))
    return Leg(
        spec, at, tuple(new), _stage(play), opened, ended, moved,
        tuple(n for _event, n in play.notices[told:]), tuple(n for n in telling.documents(main.procedure, main.view) if n not in had),
    )  # fmt: skip


def _stage(play: Play) -> str:
    return stage_of(play.main.view, play.vocabulary.stage_of, play.main.procedure.stages)


def _held_against(
    before: Iterable[Due], after: Iterable[Due]
) -> tuple[tuple[Due, ...], tuple[Due, ...], tuple[tuple[Due, Due], ...]]:
    """Limits that began, that ended, and whose end moved."""
    old = {_key(d): d for d in before}
    opened, ended, moved = [], [], []
    for due in after:
        was = old.get(_key(due))
        if was is None:
            opened.append(due)
        elif was.open and not due.open:
            ended.append(due)
        elif due.open and due.end is not None and was.end is not None and due.end.sort_key != was.end.sort_key:
            moved.append((was, due))
    return tuple(opened), tuple(ended), tuple(moved)


def _key(due: Due) -> tuple[object, ...]:
    return due.name, due.opened_by, due.unit, due.hop
