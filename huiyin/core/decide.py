"""`decide`: may this event be recorded now, by this person, with these facts, and what follows from it?

Order of checks, all that fail at the first failing stage being cited: wall, bar, open (after, until, round), role, facts and gates and
grounds, approval. What follows (a self-dispatch received, an extension granted, reactions of the rules) is decided in the same act.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from huiyin.core import approvals, consequences, extensions
from huiyin.core.checks import check_bars, check_facts, check_open, check_role, check_wall, context
from huiyin.core.context import Ctx
from huiyin.core.corrections import CORRECTIONS, amend
from huiyin.core.defaults import answered, with_defaults
from huiyin.core.facts import is_set
from huiyin.core.history import History
from huiyin.core.model import Actor, Attempt, Event, NewEvent, Refused, changed
from huiyin.core.rules import Procedure
from huiyin.core.workdays import Calendar, Period
from huiyin.core.world import World


def decide(
    procedure: Procedure,
    history: History | Sequence[Event],
    attempt: Attempt,
    *,
    actor: Actor,
    world: World,
    calendar: Calendar,
    now: datetime,
    vocabulary: Any = None,
) -> list[NewEvent]:
    """The events to be written, numbered: what limits that have passed ask for, the attempt, and what follows from it.

    `now` is the moment of entering. Raises Refused with every clause cited at the first failing stage.
    """
    view = history.copy() if isinstance(history, History) else History(history, vocabulary)
    known = len(view.events)
    consequences.sweep(procedure, view, world=world, calendar=calendar, now=now)
    event = new_event(procedure, view, attempt, actor, world, calendar, now)
    ctx = context(procedure, view, event, world, calendar, now)
    event = check(ctx, event, actor)
    view = consequences.take(ctx, view, event)
    return view.events[known:]


def new_event(
    procedure: Procedure, view: History, attempt: Attempt, actor: Actor, world: World, calendar: Calendar, now: datetime
) -> Event:
    """The attempt as an event: numbered, with the facts and answers that go without saying."""
    if attempt.occurred > now:
        raise Refused("world", "in_the_future", data={"occurred": attempt.occurred, "recorded": now})
    number = view.round + (1 if attempt.name == "reopened" else 0)
    last = view.last
    recorded = max(now, last.recorded) if last is not None else now
    _check_late_entry(procedure, world, calendar, attempt, actor, recorded)
    event = Event(
        view.next_seq, attempt.name, attempt.occurred, recorded, actor, attempt.facts, attempt.case_facts, attempt.parties,
        attempt.re, attempt.seen, number, attempt.late_reason,
    )  # fmt: skip
    ctx = context(procedure, view, event, world, calendar, now)
    event = with_defaults(ctx, event)
    event = answered(ctx, event)
    if event.name in CORRECTIONS and not event.re:
        raise Refused("world", "answers_nothing", data={"re": event.facts.get("event_no")})
    for seq in event.re:
        before = view.by_seq.get(seq)
        if before is None:
            raise Refused("world", "answers_nothing", data={"re": seq})
        if event.occurred < before.occurred and event.name not in CORRECTIONS:
            raise Refused("world", "before_what_it_answers", data={"re": seq, "occurred": before.occurred})
        if event.name == "amended" and event.facts.get("field") == "at":
            _check_corrected_time(view, event, before)
    return event


def _check_corrected_time(view: History, event: Event, before: Event) -> None:
    """A corrected time is one the event can have had: not yet to come, not before what it answers."""
    occurred = amend(before, event, view.vocabulary).occurred
    if occurred > event.recorded:
        raise Refused("world", "in_the_future", data={"occurred": occurred, "recorded": event.recorded})
    for answered_to in (view.by_seq[n] for n in before.re if n in view.by_seq):
        if occurred < answered_to.occurred:
            data = {"re": answered_to.seq, "occurred": answered_to.occurred}
            raise Refused("world", "before_what_it_answers", data=data)


def _check_late_entry(
    procedure: Procedure, world: World, calendar: Calendar, attempt: Attempt, actor: Actor, recorded: datetime
) -> None:
    """An office may set how late something may be entered without a reason (setting late_entry)."""
    allowed = world.setting("late_entry", actor.unit, None)
    if isinstance(allowed, Mapping):
        allowed = Period(int(allowed["n"]), str(allowed["unit"]))
    if not isinstance(allowed, Period) or is_set(attempt.late_reason):
        return
    if calendar.add(attempt.occurred, allowed).is_late(recorded):
        asked = procedure.settings.get("late_entry")
        clauses, says = (asked.clauses, (asked.says,)) if asked is not None else ((), ())
        raise Refused(
            "world", "late_without_reason", clauses, says, data={"occurred": attempt.occurred, "recorded": recorded}
        )


def check(ctx: Ctx, event: Event, actor: Actor) -> Event:
    """All stages in order. Returns the event, completed from what was approved; raises Refused."""
    imported = ctx.view.first("imported")
    past = (
        imported is not None
        and event.name != "imported"
        and event.occurred <= imported.recorded
        and event.recorded == imported.recorded
    )
    ctx.event = event
    check_wall(ctx, actor)
    if past:  # gates are not applied to imported history; what it says was granted, was granted
        return changed(event, seen={**event.seen, "granted": True}) if event.name == "extended" else event
    check_bars(ctx, event, actor)
    steps = check_open(ctx, event)
    check_role(ctx, event, actor, steps)
    if event.name in ("extension_requested", "extended"):
        event = extensions.check_extension(ctx, event, actor)
        event = approvals.granted_directly(ctx, event, actor) if event.name == "extended" else event
        ctx.event = event
    check_facts(ctx, event)
    event = approvals.check_approval(ctx, event, actor)
    ctx.event = event
    return event
