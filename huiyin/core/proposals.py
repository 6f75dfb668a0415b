"""Requests that wait for somebody: which are open, who answered them, and whether somebody is the one asked.

A request is an event that waits for approval: `proposed`, `extension_requested`, `return_requested`, `recusal_requested`, or an
`extended` recorded by one of several approvers. Each approver records one `approved`; one `rejected` ends it.
"""

from __future__ import annotations

from huiyin.core.context import Ctx
from huiyin.core.model import Actor, Event, changed
from huiyin.core.patterns import OR, acts

REQUESTS = ("proposed", "extension_requested", "return_requested", "recusal_requested", "extended")
CLOSED_BY = {"return_requested": ("recalled", "returned"), "recusal_requested": ("recusal_decided",)}


def is_open(ctx: Ctx, request: Event) -> bool:
    """Has the request been neither rejected, nor used up, nor fully granted?"""
    view = ctx.view
    if any(request.seq in e.re for e in view.by_name.get("rejected", ())):
        return False
    if request.name == "proposed":
        return not used_up(ctx, request)
    if request.name in ("extension_requested", "extended"):
        return not any(
            e.seen.get("granted") and (request.seq in e.re or e.seq == request.seq)
            for e in view.by_name.get("extended", ())
        )
    answers = CLOSED_BY.get(request.name, ())
    later = [e for n in answers for e in view.by_name.get(n, ()) if e.seq > request.seq]
    return not any(_settles(e, request) for e in later) and not any(
        request.seq in e.re for e in view.by_name.get("approved", ())
    )


def _settles(answer: Event, request: Event) -> bool:
    """A decision on recusal settles the request it answers, not another one; without an answer's mark it settles what was asked before."""
    return answer.name != "recusal_decided" or not answer.re or request.seq in answer.re


def used_up(ctx: Ctx, proposal: Event) -> bool:
    return any(e.seen.get("proposal") == proposal.seq for e in ctx.view.by_name.get(proposal.facts.get("for", ""), ()))


def open_requests(ctx: Ctx) -> list[Event]:
    found = [e for n in REQUESTS for e in ctx.view.by_name.get(n, ()) if is_open(ctx, e)]
    return sorted((e for e in found if e.name != "extended" or not e.seen.get("granted")), key=lambda e: e.seq)


def approvals_of(ctx: Ctx, request: Event) -> list[Event]:
    found = [e for e in ctx.view.by_name.get("approved", ()) if request.seq in e.re]
    found += [e for e in ctx.view.by_name.get("extended", ()) if request.seq in e.re or e.seq == request.seq]
    return sorted(found, key=lambda e: e.seq)


def as_proposed(request: Event) -> Event:
    """The event that a proposal proposes, as if its proposer recorded it."""
    name = request.facts["for"]
    return changed(request, name=name, facts={k: v for k, v in request.facts.items() if k != "for"})


def _here(ctx: Ctx, request: Event) -> frozenset[str]:
    """In approvals `here` is the unit of the one who proposed or requested."""
    unit = request.actor.unit or ctx.view.routing_at(request.seq).holder
    return frozenset([unit] if unit else [])


def fits(ctx: Ctx, request: Event, term: str, actor: Actor, deputy: bool = True) -> bool:
    """Is the actor this approver? Places are seen from the request; the world is asked afresh, since approvers are who they are now."""
    if actor.deputy and not deputy:
        return False
    at = Ctx(
        ctx.view, changed(request, seen={}), ctx.upto, before=request.seq, procedure=ctx.procedure, calendar=ctx.calendar,
        now=ctx.now, world=ctx.world,
    )  # fmt: skip
    return acts(actor, (term,), at, _here(ctx, request))


def each_unit(ctx: Ctx, request: Event, term: str) -> frozenset[str] | None:
    """The units of which every one must approve, where the term says so."""
    _role, each, place = term.partition("@each:")
    if not each or OR in term:
        return None
    at = Ctx(
        ctx.view, changed(request, seen={}), ctx.upto, before=request.seq, procedure=ctx.procedure, calendar=ctx.calendar,
        now=ctx.now, world=ctx.world,
    )  # fmt: skip
    return frozenset(at.places(place))
