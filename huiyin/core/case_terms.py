"""What conditions ask of a case: functions of units, scopes, days of events and limits, red lines."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta

from huiyin.core.context import Ctx
from huiyin.core.model import Event


def noon(day: date) -> datetime:
    """How a date without a time is compared with a moment."""
    return datetime(day.year, day.month, day.day, 12)


def has_function(ctx: Ctx, unit: str, function: str) -> bool:
    """Has this unit that function? Asked of the world; where there is none (a case read afterwards), no."""
    if ctx.world is not None:
        found = ctx.world.tree.units.get(unit)
        return found is not None and function in found.functions
    return False


def in_scope(ctx: Ctx, scope: str) -> Callable[[Event], bool] | None:
    """Filter for the scope of the event being judged: the whole case, its round, or its hop."""
    if scope == "case":
        return None
    if scope == "round":
        number = ctx.event.round if ctx.event is not None else ctx.view.round
        return lambda e: e.round == number
    hop = ctx.hop
    if hop is None and ctx.event is not None:
        hop = ctx.view.hop_of.get(ctx.event.seq)
    if hop is None:
        hop = ctx.view.routing_at(ctx.upto).open_hops[-1] if ctx.view.routing_at(ctx.upto).open_hops else None
    return lambda e: ctx.view.hop_of.get(e.seq) == hop


def newest_event(ctx: Ctx, name: str) -> Event | None:
    """The newest event of that name up to the moment of judging; the one being decided, where it is such."""
    if ctx.event is not None and ctx.event.name == name:
        return ctx.event
    found = [e for e in ctx.view.by_name.get(name, ()) if e.seq <= ctx.upto]
    return found[-1] if found else None


def date_of_event(ctx: Ctx, name: str) -> date | None:
    """Day of the newest such event; of the one being decided, where it is such."""
    event = newest_event(ctx, name)
    return None if event is None else event.occurred.date()


def last_day(ctx: Ctx, name: str) -> date | None:
    """Last day of the limit of that name or clause that runs now."""
    end = limit_end(ctx, name)
    return None if end is None else (end - timedelta(seconds=1)).date()


def limit_end(ctx: Ctx, name: str) -> datetime | None:
    """End of the newest running instance of a limit, by name or clause, at this point of the history."""
    from huiyin.core.dues import dues  # dues reads conditions; here alone conditions look at limits

    assert ctx.procedure is not None and ctx.calendar is not None
    at = ctx.now or (ctx.event.occurred if ctx.event else None)
    assert at is not None
    found = [
        d
        for d in dues(ctx.procedure, ctx.view, ctx.calendar, at)
        if d.open and d.end and (d.name == name or d.answers_to(name))
    ]
    return max(found, key=lambda d: d.opened_by).end.sort_key if found else None


def red_line(ctx: Ctx, name: str) -> bool:
    """Has the case this red line (overdue, repeat, dissatisfied)?"""
    from huiyin.core.dues import red_lines  # as above

    return name in red_lines(ctx)
