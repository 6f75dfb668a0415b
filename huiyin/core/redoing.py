"""What a correction does to what followed by itself: what the system wrote because of an event falls with it, and what follows from its corrected
facts is written. What people recorded is theirs: it stays, and so does what somebody built on (docs/decisions/0002, "redone")."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from huiyin.core.context import Ctx
from huiyin.core.corrections import CORRECTIONS, targets
from huiyin.core.history import History
from huiyin.core.model import Actor, Event, changed
from huiyin.core.patterns import acts
from huiyin.core.rules import Reaction

WATCHING: Final = ("any@function:centre", "any@function:supervision_office")
"""Those who watch over others' work, wherever they stand in the tree."""
POWERS: Final = frozenset({"routing", "approval", "feedback", "supervision", "closing"})
"""Groups of events by which one unit binds or judges another; the rest are records, whose facts anybody who has the case may set right."""


def another_units(ctx: Ctx, event: Event, actor: Actor) -> Event | None:
    """The first event of a correction that stands with another unit: not for this officer to take back."""
    return next((e for e in _meant(ctx, event) if _is_kept(ctx, event, e, actor)), None)


def his_own(ctx: Ctx, event: Event, actor: Actor) -> bool:
    """Did this officer record himself all that he corrects?"""
    meant = _meant(ctx, event)
    return (
        actor.inside and actor.person is not None and bool(meant) and all(e.actor.person == actor.person for e in meant)
    )


def has_his_own(view: History, actor: Actor) -> bool:
    """Has this officer recorded anything that he could correct?"""
    return actor.inside and actor.person is not None and any(e.actor.person == actor.person for e in view.effective)


def _meant(ctx: Ctx, event: Event) -> list[Event]:
    return [ctx.view.by_seq[n] for n in targets(event) if n in ctx.view.by_seq]


def _is_kept(ctx: Ctx, event: Event, of: Event, actor: Actor) -> bool:
    field, watching = event.facts.get("field"), acts(actor, WATCHING, ctx)
    if of.actor.role == "system":  # a fault recorded by itself is not for those at fault to take back
        return of.name == "breach_recorded" and of.facts.get("unit") == actor.unit and not watching
    if of.actor.unit in (None, actor.unit) or actor.unit in of.seen.get("above", ()):
        return False
    power = ctx.view.vocabulary.events[of.name].group in POWERS
    if event.name == "amended" and not power and field not in ("at", "by"):
        return False
    return of.actor.unit in event.seen.get("above", ()) or not (watching or actor.unit == ctx.routing().registrar)


def fallen(ctx: Ctx, view: History, event: Event) -> Iterator[Event]:
    """What the system wrote because of what this correction (already in `view`) takes away, and nobody has built on."""
    for of in view.events:
        if of.seq not in targets(event):
            continue
        for found in list(view.effective):
            if found.seq <= of.seq or not _wrote_itself(ctx, of, found) or _built_on(view, found):
                continue
            if event.name == "annulled" or not _still_follows(ctx, view, of.seq, found):
                yield found


def _wrote_itself(ctx: Ctx, of: Event, found: Event) -> bool:
    """Did the system write this because of that event? What began another case stays: that case is there."""
    if found.actor.role != "system" or found.opens is not None:
        return False
    if found.name in CORRECTIONS:
        return bool(found.seen.get("because") == of.seq)
    if of.name == "approved":
        return found.name == "extended" and found.recorded == of.recorded and bool(set(of.re) & set(found.re))
    same_act = found.recorded == of.recorded and any(_wrote(r, found) for r in ctx.procedure.reactions.get(of.name, ()))
    return of.seq in found.re or same_act


def _built_on(view: History, found: Event) -> bool:
    later = [e for e in view.effective if e.seq > found.seq and e.actor.role != "system" and e.name not in CORRECTIONS]
    if found.name == "reopened":
        return any(e.round >= found.round for e in later)
    return found.name not in CORRECTIONS and found.name != "received" and any(found.seq in e.re for e in later)


def _still_follows(ctx: Ctx, view: History, seq: int, found: Event) -> bool:
    """Would the rule that wrote it write it for the amended event too? What no such rule wrote stays as it is."""
    of = view.by_seq.get(seq)
    if of is None:
        return True
    rules = [r for r in ctx.procedure.reactions.get(of.name, ()) if _wrote(r, found)]
    return not rules or any(_answers(ctx, view, r, of) for r in rules)


def _wrote(rule: Reaction, found: Event) -> bool:
    return rule.clauses == found.clauses and any(then.event == found.name for then in rule.then)


def called_for(ctx: Ctx, view: History, event: Event) -> Iterator[tuple[Reaction, Event]]:
    """Rules that an amended event meets only now, with the event as corrected: what they write is written at the correction."""
    for seq in targets(event) if event.name == "amended" else ():
        of, was = view.by_seq.get(seq), ctx.view.by_seq.get(seq)
        for rule in ctx.procedure.reactions.get(of.name, ()) if of is not None else ():
            if of is None or was is None or _answers(ctx, ctx.view, rule, was) or _has_written(view, rule, of):
                continue
            if _answers(ctx, view, rule, of):
                yield rule, changed(of, recorded=event.recorded)


def _has_written(view: History, rule: Reaction, of: Event) -> bool:
    """Whether or not it still counts: what was written and taken back is not written a second time."""
    return any(e.actor.role == "system" and e.seq > of.seq and of.seq in e.re and _wrote(rule, e) for e in view.events)


def _answers(ctx: Ctx, view: History, rule: Reaction, of: Event) -> bool:
    at = Ctx(view, of, of.seq, procedure=ctx.procedure, calendar=ctx.calendar, now=ctx.now, world=ctx.world)
    return rule.on.matches(of, at) and rule.applies(at) and not (rule.unless is not None and rule.unless(at))
