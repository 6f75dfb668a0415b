"""What is open now, and to whom: the next permitted steps of a case for one officer or party, before any form is filled."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from huiyin.core import approvals, extensions, ladders, phrases, proposals, redoing
from huiyin.core.checks import OVER, barred, check_role, context, given_away, is_open, steps_of, walled
from huiyin.core.context import Ctx
from huiyin.core.corrections import CORRECTIONS
from huiyin.core.defaults import answered, with_defaults
from huiyin.core.history import History
from huiyin.core.model import Actor, Event, Refused
from huiyin.core.rules import Entry, Procedure, Step
from huiyin.core.workdays import Calendar
from huiyin.core.world import World

SYSTEM_ONLY = frozenset({"due_recalculated", "rebased", "imported", "disposed", "duty_done", "recording_left"})


@dataclass(frozen=True, slots=True)
class Offer:
    """One event that could come next. `open` says whether it may be recorded now; if not, `code` and `clauses` say why."""

    event: str
    open: bool
    code: str = ""
    clauses: tuple[str, ...] = ()
    says: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    re: tuple[int, ...] = ()
    waits_for: tuple[str, ...] = ()


def offers(
    procedure: Procedure,
    view: History,
    *,
    actor: Actor,
    world: World,
    calendar: Calendar,
    now: datetime,
    closed: bool = False,
) -> list[Offer]:
    """Events open to the actor now, in the order of the vocabulary; with `closed` also those that are his but not open, with the reason."""
    if actor.inside and (walled(view, actor, world) is not None or given_away(view, actor) is not None):
        return []
    found: list[Offer] = []
    for name in view.vocabulary.events:
        if name not in SYSTEM_ONLY:
            offer = offer_of(procedure, view, name, actor, world, calendar, now)
            if offer is not None and (offer.open or closed):
                found.append(offer)
    return found


def offer_of(
    procedure: Procedure, view: History, name: str, actor: Actor, world: World, calendar: Calendar, now: datetime
) -> Offer | None:
    """Whether one event is open to the actor; none when it is not his at all."""
    last = view.last
    event = Event(view.next_seq, name, now, now, actor, round=view.round + (1 if name == "reopened" else 0))
    ctx = context(procedure, view, event, world, calendar, max(now, last.recorded) if last else now)
    event = answered(ctx, with_defaults(ctx, event))
    ctx.event = event
    steps, own = steps_of(ctx, name)
    needs = tuple(dict.fromkeys(n for s in steps for n in s.needs))
    steps = [*steps, *(s for s in own if s not in steps and _depends_on_the_form(s))]
    if not _is_his(ctx, event, actor, steps):
        return None
    entries: list[Entry] = list(steps) or list(own)
    code = _closed_because(ctx, event, actor, steps)
    clauses = tuple(dict.fromkeys(c for e in entries for c in e.clauses))
    says = tuple(dict.fromkeys(e.says for e in entries if e.says))
    if code is None:
        return Offer(name, True, "", clauses, says, needs, event.re)
    blocking = code[1] or entries
    return Offer(
        name, False, code[0], tuple(dict.fromkeys(c for e in blocking for c in e.clauses)),
        tuple(dict.fromkeys(e.says for e in blocking if e.says)), needs, event.re, code[2],
    )  # fmt: skip


def _is_his(ctx: Ctx, event: Event, actor: Actor, steps: list[Any]) -> bool:
    if event.name in ("approved", "rejected"):
        return bool(event.re) and bool(_approvable(ctx, event, actor, steps))
    try:
        check_role(ctx, event, actor, steps)
    except Refused:
        return event.name in CORRECTIONS and redoing.has_his_own(ctx.view, actor) and not any(s.clauses for s in steps)
    return bool(steps)


def _approvable(ctx: Ctx, event: Event, actor: Actor, steps: list[Any]) -> bool:
    try:
        check_role(ctx, event, actor, steps)
    except Refused:
        return False
    return any(proposals.is_open(ctx, r) for r in proposals.open_requests(ctx) if r.seq in event.re)


def _closed_because(
    ctx: Ctx, event: Event, actor: Actor, steps: list[Any]
) -> tuple[str, list[Entry], tuple[str, ...]] | None:
    """Code, blocking entries and awaited events; none when it is open."""
    name = event.name
    if ctx.view.routing_at().ended and name in OVER:
        return "case_ended", [], ()
    if name == "registered" and ctx.view.first("registered") is not None:
        return "already_registered", [], ()
    bars = [
        b
        for b in ctx.procedure.bars.get(name, ())
        if b.events.items and not _needs_facts(b, name) and barred(ctx, b, event, actor)
    ]
    if bars:
        return "barred", bars, ()
    if not any(is_open(ctx, s) for s in steps):
        waits = tuple(sorted({n for s in steps if s.after is not None for n in s.after.names}))
        return "not_open", [], waits
    gates = [
        g for g in ctx.procedure.gates.get(name, ())
        if not _needs_facts(g, name) and g.events.matches(event, ctx) and g.applies(ctx) and not g.holds(ctx)
    ]  # fmt: skip
    if gates:
        return "gate", gates, ()
    if name in ("extension_requested", "extended"):
        fixed = extensions.fixed_limits(ctx, event, actor)
        if fixed is not None:
            return "no_extension", list(fixed), ()
    owed = ladders.unmet(ctx) if ctx.procedure.ladders and name in ladders.CLOSING else []
    if owed:
        return "ladder_requires", list(owed), ()
    waiting = _unapproved(ctx, event, actor)
    return ("not_approved", waiting, ("approved",)) if waiting else None


def warnings(ctx: Ctx, event: Event) -> list[Entry]:
    """Hints of the rules that concern this event as it is filled in: shown beside the form, refusing nothing."""
    found = ctx.procedure.hints.get(event.name, ())
    said = {id(f.entry): f.entry for f in phrases.unsaid(ctx, event) if not f.stops}
    hints = [h for h in found if h.events.matches(event, ctx) and h.applies(ctx) and not h.holds(ctx)]
    return [*hints, *said.values()]


def _depends_on_the_form(step: Step) -> bool:
    """A step for some of what the form may say (to a section, by a superior): it may yet come to hold."""
    return step.when is not None and bool(step.when.facts)


def _needs_facts(entry: Any, name: str) -> bool:
    """Does the rule look at facts that a form of this event has yet to bring? What it asks of other events says nothing here."""
    conditions = [
        c for c in (entry.when, getattr(entry, "unless", None), getattr(entry, "holds", None)) if c is not None
    ]
    return any(c.facts for c in conditions) or all(p.where or p.to for p in entry.events.items if name in p.names)


def _unapproved(ctx: Ctx, event: Event, actor: Actor) -> list[Entry]:
    """The approval rules that still stand in the way: no approved proposal is there, and the actor may not approve alone."""
    if event.name in proposals.REQUESTS:  # of a request the rule says who grants it
        return []
    rules = [a for a in ctx.procedure.approvals.get(event.name, ()) if a.events.matches(event, ctx) and a.applies(ctx)]
    rules = [r for r in rules if not approvals.alone(ctx, r, event, actor)]
    if not rules:
        return []
    proposed = [
        e
        for e in ctx.view.by_name.get("proposed", ())
        if e.facts.get("for") == event.name and proposals.is_open(ctx, e)
    ]
    if any(approvals.granted(ctx, p) for p in proposed):
        return []
    return list(rules)
