"""Extensions of limits: under which entry one is asked, which running limit it would move, and whether the rule allows that length."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from huiyin.core.context import Ctx, as_moment
from huiyin.core.dues import dues
from huiyin.core.model import Actor, Due, Event, Refused, changed
from huiyin.core.patterns import acts, each_role
from huiyin.core.proposals import fits, open_requests
from huiyin.core.rules import Entry, Extension, Length, Limit
from huiyin.core.workdays import Period


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
        concluding = [d for d in found if d.target == "conclude"]
        binding = [d for d in concluding if d.state != "lifted"]
        mine = mine or binding or [d for d in found if _extensions_of(ctx, d.limit)] or concluding
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


def fixed_limits(ctx: Ctx, event: Event, actor: Actor) -> list[Limit] | None:
    """None when some running limit may be moved for the asking of this actor; else the running limits, none of which anything extends any more."""
    assert ctx.calendar is not None
    running = [d for d in dues(ctx.procedure, ctx.view, ctx.calendar, ctx.now or event.recorded) if d.closed_by is None]
    for due in running:
        asked = changed(event, facts={**event.facts, "limit": due.name})
        for entry in entries_for(ctx, due.name, asked):
            if _may_ask(ctx, entry, asked, actor) and _fault(ctx, entry, asked, due) != "extended_before":
                return None
    return list({id(d.limit): d.limit for d in running}.values())


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


def _may_ask(ctx: Ctx, entry: Extension, event: Event, actor: Actor) -> bool:
    if event.name == "extended":
        request = next((e for e in open_requests(ctx) if e.seq in event.re or e.name == "extension_requested"), event)
        return any(fits(ctx, request, t, actor, entry.deputy) for t in entry.approved_by)
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
    exactly, most, total = (period_of(ctx, x, event) for x in (entry.exactly, entry.at_most, entry.total_at_most))
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
    if limit is not None and due is not None and (last := period_of(ctx, limit, event)) is not None:
        end = _end_with(ctx, due, length, until)
        if end is not None and ctx.calendar is not None and end > ctx.calendar.add(due.start, last).sort_key:
            return "too_long"
    return None


def period_of(ctx: Ctx, length: Length | None, event: Event) -> Period | None:
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
