"""What somebody began in a case and somebody has to finish: a dispatch nobody signed for, a request that waits for a decision, a case without an
officer, an open task. Copied out of the events into one narrow table, so that lists find it without opening a case.

Who may decide a request follows from the rules and today's units; the page asks the rules again before it offers the decision.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from huiyin.cases.models import OpenEnd
from huiyin.cases.planning import Act
from huiyin.cases.world import CaseWorld, world_for
from huiyin.core import approvals, proposals
from huiyin.core.answers import ANSWERS
from huiyin.core.context import Ctx
from huiyin.core.defaults import waiting_dispatches
from huiyin.core.model import Event
from huiyin.core.patterns import each_role
from huiyin.dues.tables import Row, Table
from huiyin.moments import stored

LAST: Final = 1 << 60
TABLE: Final = Table(OpenEnd, ("case_id", "seq", "sort", "unit", "role", "since"), 5)
DECISION, UNASSIGNED, UNSIGNED, GRANTED = "decision", "unassigned", "unsigned", "granted"
# event -> (sort, event that finishes it): begun by one, to be finished by whoever has the case (a task: by whom it was given to)
BEGUN: Final = {
    "task_given": ("task", "task_done"),
    "test_started": ("test", "test_ended"),
    "demanded": ("demand", "complied"),
    "urged": ("urging", "progress_noted"),
    "supervised": ("urging", "progress_noted"),
    "appealed": ("appeal", "appeal_decided"),
    "breach_recorded": ("breach", "breach_confirmed"),
}
SORTS: Final = (
    DECISION, UNSIGNED, UNASSIGNED, GRANTED, "task", "test", "demand", "suspension", "dispute", "urging", "appeal", "breach",
)  # fmt: skip


def follow(acts: Sequence[Act]) -> None:
    """Bring the rows of each case up to date; a new case has none to compare with."""
    TABLE.insert([row for act in acts if act.fresh for row in rows(act)])
    rebuild([act for act in acts if not act.fresh])


def rebuild(acts: Sequence[Act]) -> None:
    """The rows that follow from the events, and no others."""
    for act in acts:
        TABLE.sync(TABLE.stored(case_id=act.case_id), rows(act))


def rows(act: Act) -> list[Row]:
    """Everything that is open in the case as it stands."""
    view = act.after
    if view.routing_at().ended and not view.by_name.get("proposed"):
        return []
    ctx = Ctx(view, None, LAST, procedure=act.procedure, calendar=act.calendar, now=act.now, world=_world(act))
    found: dict[Row, Row] = {}
    for event, sort, unit, role in (*_decisions(ctx), *_unsigned(ctx), *_unassigned(ctx), *_begun(ctx)):
        row = (act.case_id, event.seq, sort, unit, role, stored(event.occurred))
        found[row[:5]] = row
    return list(found.values())


def _world(act: Act) -> CaseWorld:
    """A case that is rebuilt has not asked the world yet."""
    return act.world or world_for(act.unit, act.procedure.id, act.now.date(), act.case_id)


Found = Iterator[tuple[Event, str, str, str]]


def _decisions(ctx: Ctx) -> Found:
    """Requests, for each who may still approve them; granted proposals that nobody carried out, for the unit that proposed."""
    for request in proposals.open_requests(ctx):
        needs = approvals.needed(ctx, request)
        if request.name == "proposed" and needs and approvals.granted(ctx, request):
            yield request, GRANTED, request.actor.unit or "", ""
            continue
        at = Ctx(
            ctx.view, request, LAST, before=request.seq, procedure=ctx.procedure, calendar=ctx.calendar, now=ctx.now, world=ctx.world
        )  # fmt: skip
        for need in needs:
            left = approvals.missing(ctx, request, need)
            for term in each_role(left[:1] if need.in_order else left):
                role, _at, place = term.partition("@")
                units = (request.actor.unit,) if place == "here" else at.places(place)
                yield from ((request, DECISION, unit, "" if role == "any" else role) for unit in units if unit)


def _unsigned(ctx: Ctx) -> Found:
    done = {seq for e in ctx.view.by_name.get("received", ()) for seq in e.re}
    open_hops = {ctx.view.hops[h].opened for h in ctx.view.routing_at().open_hops}
    for event in ctx.view.by_name.get("dispatched", ()):
        to = event.facts.get("to")
        if to and event.seq in open_hops and event.seq not in done:
            yield event, UNSIGNED, str(to), ""


def _unassigned(ctx: Ctx) -> Found:
    """A case in hand for which its unit named nobody in this round."""
    view, routing = ctx.view, ctx.view.routing_at()
    unit = routing.lead or routing.holder
    started = [
        e for n in ("received", "dispatched", "reopened") for e in view.by_name.get(n, ()) if e.round == view.round
    ]
    if unit is None or not started or routing.ended:
        return
    named = any(
        e.round == view.round and (e.actor.unit == unit or unit in (e.seen.get("above") or ()))
        for e in view.by_name.get("officers_assigned", ())
    )
    over = any(e.round == view.round for n in ("concluded", "replied") for e in view.by_name.get(n, ()))
    got = [e for e in started if e.actor.unit == unit or e.facts.get("to") == unit]
    if got and not named and not over and not waiting_dispatches(ctx, {unit}):
        yield max(got, key=lambda e: e.seq), UNASSIGNED, unit, ""


def _begun(ctx: Ctx) -> Found:
    view, routing = ctx.view, ctx.view.routing_at()
    has = routing.lead or routing.holder or ""
    for name, (sort, by) in BEGUN.items():
        done = {seq for n in ANSWERS[by].until for e in view.by_name.get(n, ()) for seq in e.re}
        for event in view.by_name.get(name, ()):
            if event.seq not in done:
                to = event.facts.get("to")
                units = to if isinstance(to, tuple) else (to,) if to and sort in ("task", "appeal") else (has,)
                yield from ((event, sort, str(unit), "") for unit in units if unit)
    for begun, ended, sort in (
        ("suspended", "resumed", "suspension"),
        ("competence_disputed", "competence_settled", "dispute"),
    ):
        last, over = view.newest(begun), view.newest(ended)
        if last is not None and (over is None or over.seq < last.seq):
            yield last, sort, has, ""
