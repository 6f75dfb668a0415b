"""What the form of an event can say before it is filled: which facts are asked for and by which article, what the event will begin and
meet, what it answers, and to whom it usually goes. Decides nothing: `decide` alone does."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from huiyin.core import approvals, proposals
from huiyin.core.checks import context, steps_of
from huiyin.core.defaults import answered, with_defaults
from huiyin.core.dues import dues
from huiyin.core.history import History
from huiyin.core.model import Actor, Event, Facts
from huiyin.core.patterns import each_role
from huiyin.core.rules import Entry, Limit, Procedure
from huiyin.core.workdays import Calendar
from huiyin.core.world import World


@dataclass(frozen=True, slots=True)
class Ask:
    """A rule that asks for a fact."""

    clauses: tuple[str, ...]
    says: str


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What is known of an event before its form is filled. `usual`: facts that go without saying; `of`: the request it would decide, or
    the approved proposal that it would carry out; `approvers`: who must approve it first, as role@place."""

    event: str
    asks: Mapping[str, tuple[Ask, ...]] = field(default_factory=dict)
    usual: Facts = field(default_factory=dict)
    re: tuple[int, ...] = ()
    of: Event | None = None
    begins: tuple[Limit, ...] = ()
    meets: tuple[Limit, ...] = ()
    tells: tuple[Entry, ...] = ()
    approvers: tuple[str, ...] = ()


def foresee(
    procedure: Procedure,
    view: History,
    name: str,
    *,
    actor: Actor,
    world: World,
    calendar: Calendar,
    now: datetime,
    running: Iterable[Limit] | None = None,
) -> Foreseen:
    """Look ahead at one event by one actor, with no facts given yet. What depends on facts of the form is left out. `running`: the limits
    that run now, where they are known already."""
    last = view.last
    event = Event(view.next_seq, name, now, now, actor, round=view.round + (1 if name == "reopened" else 0))
    ctx = context(procedure, view, event, world, calendar, max(now, last.recorded) if last else now)
    event = answered(ctx, with_defaults(ctx, event))
    ctx.event = event
    asks: dict[str, list[Ask]] = {}
    for step in steps_of(ctx, name)[0]:
        for fact in step.needs:
            asks.setdefault(fact, []).append(Ask(step.clauses, step.says))
    for gate in procedure.gates.get(name, ()):
        if gate.events.matches(event, ctx) and gate.applies(ctx):
            for fact in demanded(gate.raw.get("holds")):
                asks.setdefault(fact, []).append(Ask(gate.clauses, gate.says))
    if running is None:
        running = [d.limit for d in dues(procedure, view, calendar, now) if d.open and not d.window]
    met = {id(limit) for limit in running}
    rules = [a for a in procedure.approvals.get(name, ()) if a.events.matches(event, ctx) and a.applies(ctx)]
    return Foreseen(
        name,
        {fact: tuple(found) for fact, found in asks.items()},
        _usual(event),
        event.re,
        _of(ctx, event),
        tuple(x for x in procedure.limits_by_start.get(name, ()) if x.start.matches(event, ctx) and x.applies(ctx)),
        tuple(x for x in procedure.limits if id(x) in met and name in x.to.names),
        tuple(x for x in procedure.notices.get(name, ()) if x.on.matches(event, ctx) and x.applies(ctx)),
        tuple(dict.fromkeys(each_role(t for a in rules for t in a.by))),
    )


def demanded(holds: Any) -> tuple[str, ...]:
    """Facts that a condition wants to be set, and that alone: { fact = "outcome", is = "set" }, or several of them under `all`."""
    if not isinstance(holds, Mapping):
        return ()
    if set(holds) == {"all"}:
        return tuple(fact for part in holds["all"] for fact in demanded(part))
    plain = set(holds) in ({"fact", "is"}, {"fact", "set"}) and (holds.get("is") == "set" or holds.get("set") is True)
    return (str(holds["fact"]),) if plain else ()


def _usual(event: Event) -> dict[str, Any]:
    return dict(event.facts)


def _of(ctx: Any, event: Event) -> Event | None:
    """The request that an approval decides; of another event the newest approved proposal that is still open."""
    if event.name in ("approved", "rejected"):
        return ctx.view.by_seq.get(event.re[0]) if event.re else None
    found = [
        p
        for p in ctx.view.by_name.get("proposed", ())
        if p.facts.get("for") == event.name and proposals.is_open(ctx, p) and approvals.granted(ctx, p)
    ]
    return found[-1] if found else None
