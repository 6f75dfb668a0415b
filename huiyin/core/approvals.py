"""Approvals: who must grant what was proposed or requested (proposals.py), what is granted, and an event tied to its approved proposal."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from huiyin.core.context import Ctx
from huiyin.core.extensions import entry_of
from huiyin.core.model import Actor, Event, Refused, Sealed, changed
from huiyin.core.patterns import each_role
from huiyin.core.proposals import REQUESTS, approvals_of, as_proposed, each_unit, fits, is_open
from huiyin.core.rules import Approval


@dataclass(frozen=True, slots=True)
class Needed:
    """Who must approve a request: all of `by`, in this order where the source says so. `clauses` are cited when somebody else tries."""

    by: tuple[str, ...]
    in_order: bool
    clauses: tuple[str, ...]
    says: str
    deputy: bool = True


def needed(ctx: Ctx, request: Event) -> list[Needed]:
    """What the rules ask for this request; an empty list when no rule speaks of it (then the default step of `approved` decides)."""
    if request.name == "proposed":
        event = as_proposed(request)
        at = Ctx(
            ctx.view,
            event,
            request.seq,
            before=request.seq,
            procedure=ctx.procedure,
            calendar=ctx.calendar,
            now=ctx.now,
            world=ctx.world,
        )
        rules = [
            a for a in ctx.procedure.approvals.get(event.name, ()) if a.events.matches(event, at) and a.applies(at)
        ]
        return [Needed(a.by, a.in_order, a.clauses, a.says, a.deputy) for a in rules]
    if request.name in ("extension_requested", "extended"):
        entry = entry_of(ctx, request)
        return [Needed(entry.approved_by, entry.in_order, entry.clauses, entry.says, entry.deputy)] if entry else []
    if request.name == "return_requested":
        rules = [
            a
            for a in ctx.procedure.approvals.get(request.name, ())
            if a.events.matches(request, ctx) and a.applies(ctx)
        ]
        found = [Needed(a.by, a.in_order, a.clauses, a.says, a.deputy) for a in rules]
        return found or [Needed(("intake_officer@sender", "unit_head@sender", "any@sender"), False, (), "")]
    return []


def missing(ctx: Ctx, request: Event, need: Needed, extra: Actor | None = None) -> list[str]:
    """Which approvers have not approved yet (with `extra` counted as approving now)."""
    actors = [e.actor for e in approvals_of(ctx, request)] + ([extra] if extra else [])
    return [term for term in need.by if not _approved(ctx, request, term, actors, need.deputy)]


def _approved(ctx: Ctx, request: Event, term: str, actors: Iterable[Actor], deputy: bool) -> bool:
    """Has this approver approved? `role@each:place`: somebody at every unit of the place."""
    fitting = {a.unit for a in actors if fits(ctx, request, term, a, deputy)}
    units = each_unit(ctx, request, term)
    return bool(fitting) if units is None else bool(fitting) and units <= fitting


def may_approve(ctx: Ctx, request: Event, actor: Actor) -> bool | None:
    """May this actor approve it now? None when no rule names the approvers."""
    needs = needed(ctx, request)
    if not needs:
        return None
    if request.name == "return_requested":
        return any(fits(ctx, request, t, actor) for n in needs for t in n.by)
    for need in needs:
        left = missing(ctx, request, need)
        wanted = left[:1] if need.in_order else left
        done = {e.actor.unit for e in approvals_of(ctx, request)}
        twice = actor.person and any(e.actor.person == actor.person for e in approvals_of(ctx, request))
        for term in wanted:
            each = each_unit(ctx, request, term) is not None
            again = actor.unit in done if each else twice  # one person, in whatever postings, is one approval
            if not again and fits(ctx, request, term, actor, need.deputy):
                return True
    return False


def granted(ctx: Ctx, request: Event, extra: Actor | None = None) -> bool:
    """Is everything approved (with `extra` approving now)?"""
    needs = needed(ctx, request)
    if not needs or request.name == "return_requested":
        return bool(extra) or bool(approvals_of(ctx, request))
    return all(not missing(ctx, request, need, extra) for need in needs)


# -- approval of an event


def check_approval(ctx: Ctx, event: Event, actor: Actor) -> Event:
    """The event, filled from and tied to the approved proposal that allows it. Raises Refused at stage approval."""
    rules = [a for a in ctx.procedure.approvals.get(event.name, ()) if a.events.matches(event, ctx) and a.applies(ctx)]
    if not rules or event.name in REQUESTS:  # of a request the entry says who grants it
        return _take_proposal(ctx, event)
    if all(alone(ctx, rule, event, actor) for rule in rules):
        return event
    proposals = [
        e for e in ctx.view.by_name.get("proposed", ()) if e.facts.get("for") == event.name and is_open(ctx, e)
    ]
    proposals = [p for p in proposals if all(_in_scope(ctx, p, event, r) for r in rules)]
    clauses = tuple(c for r in rules for c in r.clauses)
    says = tuple(r.says for r in rules)
    if not proposals:
        raise Refused(
            "approval", "not_proposed", clauses, says, {"approvers": each_role(t for r in rules for t in r.by)}
        )
    reasons: list[Refused] = []
    for proposal in reversed(proposals):
        open_terms = tuple(t for n in needed(ctx, proposal) for t in missing(ctx, proposal, n))
        if open_terms:
            reasons.append(
                Refused(
                    "approval",
                    "not_approved",
                    clauses,
                    says,
                    {"approvers": each_role(open_terms), "proposal": proposal.seq},
                )
            )
            continue
        last = max((e.occurred for e in approvals_of(ctx, proposal)), default=proposal.occurred)
        if event.occurred < last:
            reasons.append(
                Refused("approval", "before_approval", clauses, says, {"approved": last, "proposal": proposal.seq})
            )
            continue
        differing = _differing(event, proposal, rules, ctx)
        if differing:
            reasons.append(
                Refused("approval", "not_as_approved", clauses, says, {"facts": differing, "proposal": proposal.seq})
            )
            continue
        return _filled(event, proposal, ctx)
    raise reasons[0]


def alone(ctx: Ctx, rule: Approval, event: Event, actor: Actor) -> bool:
    """Recorded directly by somebody who alone may approve it, it counts as approved in the act."""
    if len(rule.by) != 1 or actor.unit is None or not fits(ctx, event, rule.by[0], actor, rule.deputy):
        return False
    return each_unit(ctx, event, rule.by[0]) in (None, {actor.unit})


def _in_scope(ctx: Ctx, proposal: Event, event: Event, rule: Approval) -> bool:
    return rule.scope != "round" or proposal.round == event.round


def _take_proposal(ctx: Ctx, event: Event) -> Event:
    """No approval is asked: an open proposal for it is used up all the same."""
    found = [p for p in ctx.view.by_name.get("proposed", ()) if p.facts.get("for") == event.name and is_open(ctx, p)]
    return changed(event, seen={**event.seen, "proposal": found[-1].seq}) if found else event


def _own_facts(event: Event, proposal: Event, ctx: Ctx) -> dict[str, Any]:
    kinds = ctx.view.vocabulary.events[event.name].facts
    return {k: v for k, v in proposal.facts.items() if k in kinds and k != "for"}


def _differing(event: Event, proposal: Event, rules: Iterable[Approval], ctx: Ctx) -> tuple[str, ...]:
    bound: set[str] | None = set()
    for rule in rules:
        bound = None if rule.binds is None or bound is None else bound | set(rule.binds)
    own = _own_facts(event, proposal, ctx)
    names = own if bound is None else {k: v for k, v in own.items() if k in bound}
    return tuple(k for k, v in names.items() if k in event.facts and not same_value(v, event.facts[k]))


def same_value(before: Any, now: Any) -> bool:
    """Sealed values are compared by whoever can open them (see Sealed.same)."""
    if isinstance(before, Sealed):
        return before.same(now)
    if isinstance(now, Sealed):
        return now.same(before)
    return bool(before == now)


def _filled(event: Event, proposal: Event, ctx: Ctx) -> Event:
    facts = {**_own_facts(event, proposal, ctx), **event.facts}
    return changed(event, facts=facts, seen={**event.seen, "proposal": proposal.seq})


def granted_directly(ctx: Ctx, event: Event, actor: Actor) -> Event:
    """`extended` recorded by an approver: the grant itself when he alone was still needed, else his approval only."""
    request = next((ctx.view.by_seq[s] for s in event.re if s in ctx.view.by_seq), event)
    facts = {**{k: request.facts[k] for k in ("length", "until") if k in request.facts}, **event.facts}
    done = granted(ctx, request if request is not event else event, actor)
    return changed(event, facts=facts, seen={**event.seen, "granted": done})
