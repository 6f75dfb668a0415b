"""Approvals: proposals and requests, who may grant them, what is granted, and extensions of limits.

A request is an event that waits for approval: `proposed`, `extension_requested`, `return_requested`, `recusal_requested`, or an
`extended` recorded by one of several approvers. Each approver records one `approved`; one `rejected` ends it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from huiyin.core.context import Ctx, as_moment
from huiyin.core.dues import dues
from huiyin.core.model import Actor, Due, Event, Refused, Sealed, changed
from huiyin.core.patterns import OR, acts, each_role
from huiyin.core.rules import Approval, Entry, Extension, Length, Limit
from huiyin.core.workdays import Period

REQUESTS = ("proposed", "extension_requested", "return_requested", "recusal_requested", "extended")
CLOSED_BY = {"return_requested": ("recalled", "returned"), "recusal_requested": ("recusal_decided",)}


@dataclass(frozen=True, slots=True)
class Needed:
    """Who must approve a request: all of `by`, in this order where the source says so. `clauses` are cited when somebody else tries."""

    by: tuple[str, ...]
    in_order: bool
    clauses: tuple[str, ...]
    says: str
    deputy: bool = True


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
    return not any(e.seq > request.seq for n in answers for e in view.by_name.get(n, ())) and not any(
        request.seq in e.re for e in view.by_name.get("approved", ())
    )


def used_up(ctx: Ctx, proposal: Event) -> bool:
    return any(e.seen.get("proposal") == proposal.seq for e in ctx.view.by_name.get(proposal.facts.get("for", ""), ()))


def open_requests(ctx: Ctx) -> list[Event]:
    found = [e for n in REQUESTS for e in ctx.view.by_name.get(n, ()) if is_open(ctx, e)]
    return sorted((e for e in found if e.name != "extended" or not e.seen.get("granted")), key=lambda e: e.seq)


def approvals_of(ctx: Ctx, request: Event) -> list[Event]:
    found = [e for e in ctx.view.by_name.get("approved", ()) if request.seq in e.re]
    found += [e for e in ctx.view.by_name.get("extended", ()) if request.seq in e.re or e.seq == request.seq]
    return sorted(found, key=lambda e: e.seq)


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


def as_proposed(request: Event) -> Event:
    """The event that a proposal proposes, as if its proposer recorded it."""
    name = request.facts["for"]
    return changed(request, name=name, facts={k: v for k, v in request.facts.items() if k != "for"})


def _here(ctx: Ctx, request: Event) -> frozenset[str]:
    """In approvals `here` is the unit of the one who proposed or requested."""
    unit = request.actor.unit or ctx.view.routing_at(request.seq).holder
    return frozenset([unit] if unit else [])


def _fits(ctx: Ctx, request: Event, term: str, actor: Actor, deputy: bool = True) -> bool:
    """Is the actor this approver? Places are seen from the request; the world is asked afresh, since approvers are who they are now."""
    if actor.deputy and not deputy:
        return False
    at = Ctx(
        ctx.view, changed(request, seen={}), ctx.upto, before=request.seq, procedure=ctx.procedure, calendar=ctx.calendar,
        now=ctx.now, world=ctx.world,
    )  # fmt: skip
    return acts(actor, (term,), at, _here(ctx, request))


def missing(ctx: Ctx, request: Event, need: Needed, extra: Actor | None = None) -> list[str]:
    """Which approvers have not approved yet (with `extra` counted as approving now)."""
    actors = [e.actor for e in approvals_of(ctx, request)] + ([extra] if extra else [])
    return [term for term in need.by if not _approved(ctx, request, term, actors, need.deputy)]


def _approved(ctx: Ctx, request: Event, term: str, actors: Iterable[Actor], deputy: bool) -> bool:
    """Has this approver approved? `role@each:place`: somebody at every unit of the place."""
    fitting = {a.unit for a in actors if _fits(ctx, request, term, a, deputy)}
    units = each_unit(ctx, request, term)
    return bool(fitting) if units is None else bool(fitting) and units <= fitting


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


def may_approve(ctx: Ctx, request: Event, actor: Actor) -> bool | None:
    """May this actor approve it now? None when no rule names the approvers."""
    needs = needed(ctx, request)
    if not needs:
        return None
    if request.name == "return_requested":
        return any(_fits(ctx, request, t, actor) for n in needs for t in n.by)
    for need in needs:
        left = missing(ctx, request, need)
        wanted = left[:1] if need.in_order else left
        done = {e.actor.unit for e in approvals_of(ctx, request)}
        for term in wanted:
            again = actor.unit in done and each_unit(ctx, request, term) is not None
            if not again and _fits(ctx, request, term, actor, need.deputy):
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
    if all(_alone(ctx, rule, event, actor) for rule in rules):
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


def _alone(ctx: Ctx, rule: Approval, event: Event, actor: Actor) -> bool:
    """Recorded directly by somebody who alone may approve it, it counts as approved in the act."""
    if len(rule.by) != 1 or actor.unit is None or not _fits(ctx, event, rule.by[0], actor, rule.deputy):
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


# -- extensions


def entry_of(ctx: Ctx, request: Event) -> Extension | None:
    """The entry under which an extension is asked: of the limit named, whose `when` holds."""
    return next(iter(entries_for(ctx, request.facts.get("limit"), request)), None)


def entries_for(ctx: Ctx, limit: str | None, request: Event) -> list[Extension]:
    found = [x for x in ctx.procedure.extensions if limit is None or _covers(ctx, x, limit)]
    at = Ctx(ctx.view, request, ctx.upto, procedure=ctx.procedure, calendar=ctx.calendar, now=ctx.now, world=ctx.world)
    return [x for x in found if x.applies(at)]


def _covers(ctx: Ctx, entry: Extension, limit: str) -> bool:
    if limit in entry.of or limit in entry.clauses:
        return True
    named = ctx.procedure.limit_named(limit)
    return named is not None and (named.name in entry.of or any(c in entry.of for c in named.clauses))


def running_for(ctx: Ctx, event: Event) -> Due | None:
    """The running instance that a request would move: the one named, else the one on concluding, else one that can be extended."""
    assert ctx.calendar is not None
    at = ctx.now or event.recorded
    found = [d for d in dues(ctx.procedure, ctx.view, ctx.calendar, at) if d.closed_by is None]
    named = event.facts.get("limit")
    if named is not None:
        extended = {n for x in ctx.procedure.extensions if named in x.clauses for n in x.of}
        mine = [
            d
            for d in found
            if d.name == named or d.answers_to(named) or d.name in extended or set(d.clauses) & extended
        ]
    else:
        mine = [d for d in found if d.target == "conclude" and _extensions_of(ctx, d.limit)]
        mine = (
            mine or [d for d in found if d.target == "conclude"] or [d for d in found if _extensions_of(ctx, d.limit)]
        )
    chosen = [d for d in mine if d.opened_by in event.re]
    mine = chosen or [d for d in mine if not d.late] or mine  # what has passed can no longer be moved
    best = [d for d in mine if d.effective]
    return max(best or mine, key=lambda d: d.opened_by, default=None)


def _extensions_of(ctx: Ctx, limit: Limit) -> list[Extension]:
    return [x for x in ctx.procedure.extensions if limit.name in x.of or any(c in x.of for c in limit.clauses)]


def check_extension(ctx: Ctx, event: Event, actor: Actor) -> Event:
    """Fill and check `extension_requested` or a direct `extended`. Raises Refused; a late one is kept and changes nothing."""
    due = running_for(ctx, event)
    named = event.facts.get("limit")
    entries = entries_for(ctx, due.name if due else named, event)
    if not entries:
        raise _no_extension(ctx, due, named)
    clauses = tuple(c for x in entries for c in x.clauses)
    says = tuple(x.says for x in entries)
    allowed = [x for x in entries if _may_ask(ctx, x, event, actor)]
    if not allowed:
        raise Refused(
            "role",
            "not_the_one",
            clauses,
            says,
            {
                "roles": each_role(
                    t for x in entries for t in (x.approved_by if event.name == "extended" else x.request_by)
                )
            },
        )
    faults = [_fault(ctx, x, event, due) for x in allowed]
    fitting = [x for x, fault in zip(allowed, faults, strict=True) if fault is None]
    if not fitting:
        raise Refused("facts", faults[0] or "", clauses, says, {"limit": due.name if due else named})
    return _with_length(event, fitting[0], due)


def _no_extension(ctx: Ctx, due: Due | None, named: str | None) -> Refused:
    """Nothing extends this limit here: its own clauses are cited, and those of extensions whose condition does not hold on this case."""
    asked = due.name if due else named
    found: list[Entry] = [x for x in ctx.procedure.extensions if asked is None or _covers(ctx, x, asked)]
    found += [due.limit] if due is not None and due.limit is not None else []
    clauses = tuple(dict.fromkeys(c for x in found for c in x.clauses))
    return Refused("facts", "no_extension", clauses, tuple(x.says for x in found), {"limit": asked or ""})


def check_again(ctx: Ctx, request: Event) -> None:
    """What could be granted when it was asked for may no longer be: another request was granted in between. Raises Refused."""
    entry = entry_of(ctx, request)
    due = running_for(ctx, request) if entry is not None else None
    fault = _fault(ctx, entry, request, due) if entry is not None else None
    if entry is not None and fault is not None:
        raise Refused("facts", fault, entry.clauses, (entry.says,), {"limit": due.name if due else ""})


def granted_directly(ctx: Ctx, event: Event, actor: Actor) -> Event:
    """`extended` recorded by an approver: the grant itself when he alone was still needed, else his approval only."""
    request = next((ctx.view.by_seq[s] for s in event.re if s in ctx.view.by_seq), event)
    facts = {**{k: request.facts[k] for k in ("length", "until") if k in request.facts}, **event.facts}
    done = granted(ctx, request if request is not event else event, actor)
    return changed(event, facts=facts, seen={**event.seen, "granted": done})


def _may_ask(ctx: Ctx, entry: Extension, event: Event, actor: Actor) -> bool:
    if event.name == "extended":
        request = next((e for e in open_requests(ctx) if e.seq in event.re or e.name == "extension_requested"), event)
        return any(_fits(ctx, request, t, actor, entry.deputy) for t in entry.approved_by)
    if not entry.request_by:
        return True
    return acts(actor, entry.request_by, ctx)


def _fault(ctx: Ctx, entry: Extension, event: Event, due: Due | None) -> str | None:
    """Why this entry does not allow it: used too often, wrong length, too long."""
    if entry.times is not None and due is not None:
        done = [
            e
            for e in ctx.view.by_name.get("extended", ())
            if e.seen.get("granted") and e.seq > due.opened_by and set(e.clauses) & set(entry.clauses)
        ]
        if len(done) >= entry.times:
            return "extended_before"
    length, until = event.facts.get("length"), event.facts.get("until")
    exactly, most, total = (_period(ctx, x, event) for x in (entry.exactly, entry.at_most, entry.total_at_most))
    if exactly is not None and (
        (until is not None and not _ends_at(ctx, due, exactly, until)) or length not in (None, exactly)
    ):
        return "wrong_length"
    if length is None and until is None and exactly is None and most is None and total is None:
        return "length_missing"
    if most is not None and _longer(ctx, due, length, until, [most], ()):
        return "too_long"
    if total is not None and _longer(ctx, due, length, until, [total], due.counting.more if due else ()):
        return "too_long_in_all"
    limit = entry.not_after
    if limit is not None and due is not None and (last := _period(ctx, limit, event)) is not None:
        end = _end_with(ctx, due, length, until)
        if end is not None and ctx.calendar is not None and end > ctx.calendar.add(due.start, last).sort_key:
            return "too_long"
    return None


def _period(ctx: Ctx, length: Length | None, event: Event) -> Period | None:
    if length is None:
        return None
    if length.period is not None:
        return length.period
    if length.setting is not None:
        value = ctx.ask(
            f"setting:{length.setting}", {"world": "setting", "name": length.setting}, override=length.setting
        )
        return Period(value["n"], value["unit"]) if value else None
    if length.same_as is not None:
        named = ctx.procedure.limit_named(length.same_as)
        return named.within.period if named else None
    value = ctx.fact(length.fact or "")
    return value if isinstance(value, Period) else None


def _longer(
    ctx: Ctx, due: Due | None, length: Period | None, until: Any, most: list[Period], before: Iterable[Period]
) -> bool:
    earlier = list(before)
    if due is None or due.counting.period is None or ctx.calendar is None:
        same = length is not None and all(p.unit == length.unit for p in earlier)
        return bool(same and length and sum(p.n for p in earlier) + length.n > most[0].n)
    counting = due.counting
    allowed = ctx.calendar.add(
        counting.start,
        counting.period,
        more=[*(p for p in counting.more if p not in earlier), *most] if not earlier else most,
    )
    if until is not None:
        return as_moment(until) > allowed.sort_key
    if length is None:
        return False
    asked = ctx.calendar.add(
        counting.start, counting.period, more=[*earlier, length] if earlier else [*counting.more, length]
    )
    return bool(asked.sort_key > allowed.sort_key)


def _ends_at(ctx: Ctx, due: Due | None, length: Period, until: date | datetime) -> bool:
    end = _end_with(ctx, due, length, None)
    return end is not None and as_moment(until) == end


def _end_with(ctx: Ctx, due: Due | None, length: Period | None, until: Any) -> datetime | None:
    if until is not None:
        return as_moment(until)
    if due is None or length is None or due.counting.period is None or ctx.calendar is None:
        return None
    c = due.counting
    return ctx.calendar.add(c.start, c.period, roll=c.roll, more=[*c.more, length], paused=c.paused).sort_key


def _with_length(event: Event, entry: Extension, due: Due | None) -> Event:
    facts = dict(event.facts)
    if "length" not in facts and "until" not in facts:
        fixed = entry.exactly or entry.at_most or entry.total_at_most
        if fixed is not None and fixed.period is not None:
            facts["length"] = fixed.period
    if due is not None:
        facts["limit"] = due.name
    elif "limit" not in facts:
        facts["limit"] = entry.of[0]
    return changed(event, facts=facts, clauses=entry.clauses)
