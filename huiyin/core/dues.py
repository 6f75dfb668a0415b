"""Every limit of a case as it stands: opened by which event, counted how, moved by what, met or late. Pure derivation, nothing stored.

Order of work for one limit: find the events that open an instance; judge `when` there, once; follow the instance to what ends it (its own
`to`, a restart, the end of the hop, round or case); count its end (length, extensions, pauses, roll); compare. Afterwards limits with the
same target compete.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from huiyin.core.context import Ctx
from huiyin.core.history import History
from huiyin.core.limits import LimitRun
from huiyin.core.model import Due, Event
from huiyin.core.rules import Limit, Procedure
from huiyin.core.workdays import Calendar

LAST = 1 << 60


def dues(procedure: Procedure, view: History, calendar: Calendar, now: datetime) -> list[Due]:
    """Every limit that was ever opened in the case, in the order of opening, as it stands at `now`."""
    limits: dict[int, Limit] = {}
    for name in view.by_name:
        for limit in procedure.limits_by_start.get(name, ()):
            limits[id(limit)] = limit
    found: list[Due] = []
    following: list[tuple[LimitRun, list[Due]]] = []
    for limit in limits.values():
        run = LimitRun(procedure, view, calendar, now, limit)
        own = run.instances()
        found += own
        if limit.within.limit is not None:
            following.append((run, own))
    compete(found, view)
    for run, own in following:
        for due in own:
            run.follow(due, found)
    found.sort(key=lambda d: (d.opened_by, d.name))
    return found


# -- competing limits


def compete(found: list[Due], view: History) -> None:
    """Limits with one target: what overrides, which is earliest, which governs now. The others stay visible."""
    targets: dict[tuple[str, int], list[Due]] = {}
    for due in found:
        if due.target is not None and due.governs != "beside":
            targets.setdefault((due.target, due.round), []).append(due)
    for group in targets.values():
        over = [d for d in group if d.governs == "overrides"]
        for due in group:
            _overridden(due, [o for o in over if o.opened_by > due.opened_by or due.governs != "overrides"])
        _effective(group)


def _overridden(due: Due, over: list[Due]) -> None:
    if due.end is None:
        return
    others = [o for o in over if o is not due]
    for other in sorted(others, key=lambda o: o.opened_by):
        running = other.closed_by is None
        if due.closed_by is None and running:
            due.state, due.late = "overridden", due.late and due.end.sort_key <= other.start
        elif due.closed_by is not None and other.closed_by == due.closed_by and other.state == due.state:
            if not due.end.is_late(other.start):
                due.late = other.late and due.end.is_late(due.closed_at)
        elif (
            due.late
            and other.start <= due.end.sort_key
            and (other.closed_at is None or other.closed_at >= due.end.sort_key)
        ):
            due.late = False


def _effective(group: list[Due]) -> None:
    running = [d for d in group if d.closed_by is None and d.state in ("running", "paused") and d.end is not None]
    over = [d for d in running if d.governs == "overrides"]
    best = max(over, key=lambda d: d.opened_by) if over else min(running, key=lambda d: d.end.sort_key, default=None)
    for due in group:
        due.effective = due is best


def effective(found: Iterable[Due]) -> dict[str, Due]:
    """For each target the limit that governs it now."""
    return {
        d.target: d
        for d in found
        if d.target is not None and d.effective and d.closed_by is None and d.governs != "beside"
    }


def red_lines(ctx: Ctx) -> set[str]:
    """Computed marks: overdue, repeat, dissatisfied."""
    found: set[str] = set()
    view = ctx.view
    if _is_overdue(ctx):
        found.add("overdue")
    registered = view.first("registered")
    if registered is not None and any(k.startswith("earlier_case_of") and v for k, v in registered.seen.items()):
        found.add("repeat")
    # the newest word counts: a round reopened for dissatisfaction keeps the line until the person has said otherwise
    words = [
        e
        for n in ("called_back", "replied")
        for e in view.by_name.get(n, ())
        if "satisfaction" in e.facts and not _of_the_other_side(ctx, e)
    ]
    if words and max(words, key=lambda e: e.seq).facts["satisfaction"] == "dissatisfied":
        found.add("dissatisfied")
    return found


def _of_the_other_side(ctx: Ctx, event: Event) -> bool:
    """Is it what the one complained about thinks of it?"""
    party = event.facts.get("party")
    known = ctx.view.parties.get(party) if isinstance(party, str) else None
    return party == "respondent" or (known is not None and known.role == "respondent")


def _is_overdue(ctx: Ctx) -> bool:
    if ctx.procedure is None or ctx.calendar is None or ctx.now is None:
        return False
    return any(d.target == "conclude" and d.late for d in dues(ctx.procedure, ctx.view, ctx.calendar, ctx.now))
