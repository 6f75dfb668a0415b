"""What recording an event brings about: limits that begin, end or move, notices, documents, further events. Told before it is recorded.

`assumed` grows a history by an event that is not checked, as a form that is still empty would record it; a filled form is tried by `decide`
itself. Both are then compared with what stood before. Decides nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from huiyin.core import consequences, telling
from huiyin.core.checks import context
from huiyin.core.defaults import answered, with_defaults
from huiyin.core.dues import dues
from huiyin.core.history import History, stage_of
from huiyin.core.model import Actor, Due, Event, Notice, OpenCase, Refused
from huiyin.core.rules import Procedure
from huiyin.core.workdays import Calendar
from huiyin.core.world import World


@dataclass(frozen=True, slots=True)
class Effects:
    """The difference that an act makes. `written`: events that the rules record with it; `gone`: limits that a correction takes away;
    `moved`: (as it stood, as it will stand)."""

    written: tuple[Event, ...] = ()
    opened: tuple[Due, ...] = ()
    closed: tuple[Due, ...] = ()
    moved: tuple[tuple[Due, Due], ...] = ()
    gone: tuple[Due, ...] = ()
    notices: tuple[Notice, ...] = ()
    documents: tuple[str, ...] = ()
    opens: tuple[OpenCase, ...] = ()
    stage: str = ""  # the new one, where it changes
    ends: bool = False  # the case ends with it


def assumed(
    procedure: Procedure, view: History, name: str, facts: Mapping[str, Any], *, actor: Actor, world: World, calendar: Calendar,
    now: datetime, re: tuple[int, ...] = (),
) -> History:  # fmt: skip
    """The history as if this event had been recorded now with these facts, and what follows from it. Nothing is checked."""
    last = view.last
    recorded = max(now, last.recorded) if last is not None else now
    number = view.round + (1 if name == "reopened" else 0)
    event = Event(view.next_seq, name, now, recorded, actor, dict(facts), re=re, round=number)
    ctx = context(procedure, view, event, world, calendar, recorded)
    event = answered(ctx, with_defaults(ctx, event))
    ctx.event = event
    try:
        return consequences.take(ctx, view.copy(), event)
    except Refused:  # what would follow is not allowed as long as facts are missing
        return view.copy().with_event(event)


def effects(
    procedure: Procedure, before: History, after: History, *, world: World, calendar: Calendar, now: datetime
) -> Effects:
    """What the events that `after` has beyond `before` change. `now`: the moment of recording."""
    new = after.events[len(before.events) :]
    now = max([now, *(e.recorded for e in new)])
    old = {(d.name, d.opened_by, d.unit): d for d in dues(procedure, before, calendar, now)}
    found = {(d.name, d.opened_by, d.unit): d for d in dues(procedure, after, calendar, now)}
    owed, still = telling.documents(procedure, before), telling.documents(procedure, after)
    stage = stage_of(after, after.vocabulary.stage_of, procedure.stages)
    return Effects(
        written=tuple(new[1:]),
        opened=tuple(d for key, d in found.items() if key not in old and d.open),
        closed=tuple(d for key, d in found.items() if key in old and old[key].open and not d.open),
        moved=tuple((old[key], d) for key, d in found.items() if key in old and d.open and old[key].end != d.end),
        gone=tuple(d for key, d in old.items() if key not in found and d.open),
        notices=tuple(n for event in new for n in telling.notices(procedure, after, event, world)),
        documents=tuple(name for name, made in still.items() if not made and name not in owed),
        opens=tuple(e.opens for e in new if e.opens is not None),
        stage=stage if stage != stage_of(before, before.vocabulary.stage_of, procedure.stages) else "",
        ends=after.routing_at().ended and not before.routing_at().ended,
    )  # fmt: skip
