"""What may be done in a case with the facts it takes, what an act would bring about, and lists of what is late, open and linked."""

from __future__ import annotations

from typing import Any, Literal

from ninja import Path, Query, Router

from huiyin.api import describe, shapes, showing, words
from huiyin.api.desk import MOST, DeskRequest, case_of, reads
from huiyin.cases import boards, calendars, clock, counters, links, openends, queries, trying
from huiyin.cases.intake import Step
from huiyin.cases.lights import spans
from huiyin.cases.people import actor
from huiyin.core.answers import candidates
from huiyin.core.context import Ctx
from huiyin.core.effects import Effects
from huiyin.core.facts import BadFact
from huiyin.core.foretell import Foreseen, foresee
from huiyin.core.model import Due
from huiyin.core.offers import SYSTEM_ONLY, Offer
from huiyin.languages import load_vocabulary
from huiyin.org import procedures

router = Router()
LAST = 1 << 60


# -- one case


@router.get(
    "/cases/{number}/offers", auth=reads, response=shapes.Steps, summary="可以办的步骤：各项内容、依据、由谁批准"
)
def offers(
    request: DeskRequest,
    number: str,
    event: str | None = Query(None, description="只要这一步，不论现在能不能办"),
    closed: bool = Query(False, description="也要现在还不能办的，连同原因"),
) -> shapes.Steps:
    """Every step that this officer may record now, with the facts it takes and by which rule each is asked for."""
    opened = queries.open_case(case_of(request, number))
    found = opened.offers(request.officer, closed=closed or event is not None)
    look = _Look(opened, request)
    return shapes.Steps(
        seq=opened.view.next_seq - 1, items=[look.step(o) for o in found if event is None or o.event == event]
    )


class _Look:
    """Looking ahead at several steps of one case."""

    def __init__(self, opened: queries.Opened, request: DeskRequest) -> None:
        self.opened, self.actor = opened, actor(request.officer)
        self.running = [d.limit for d in opened.limits if d.open and not d.window]
        self.calendar = calendars.current()
        self.ctx = Ctx(
            opened.view, None, LAST, procedure=opened.procedure, calendar=self.calendar, now=opened.now, world=opened.world
        )  # fmt: skip

    def step(self, offer: Offer) -> shapes.Step:
        """One step with all that can be said of it."""
        seen = foresee(
            self.opened.procedure, self.opened.view, offer.event, actor=self.actor, world=self.opened.world, calendar=self.calendar,
            now=self.opened.now, running=self.running,
        )  # fmt: skip
        return shapes.Step(
            **showing.offer(offer).model_dump(), facts=_facts(offer.event, seen),
            answers=[e.seq for e in candidates(self.ctx, offer.event, self.actor)], approvers=list(seen.approvers),
            begins=_clauses(x.clauses for x in seen.begins), meets=_clauses(x.clauses for x in seen.meets),
        )  # fmt: skip


def _clauses(found: Any) -> list[str]:
    return list(dict.fromkeys(clause for clauses in found for clause in clauses))


def _facts(event: str, seen: Foreseen) -> list[shapes.Asked]:
    kind = load_vocabulary().events[event]
    case = load_vocabulary().case_facts
    kinds = {**kind.facts, **{n: case[n] for n in seen.asks if n in case and n not in kind.facts}}
    return [
        shapes.Asked(
            name=name, label=fact.label_zh, type=fact.type, required=fact.required or name in seen.asks,
            clauses=_clauses(a.clauses for a in seen.asks.get(name, ())), says=[a.says for a in seen.asks.get(name, ())],
            usual=words.plain(seen.usual.get(name)),
        )
        for name, fact in kinds.items()
    ]  # fmt: skip


@router.post(
    "/cases/{number}/try/{event}", auth=reads, response=shapes.Tried, summary="先看后果：不记录，只说会发生什么",
    openapi_extra=describe.trying(),
)  # fmt: skip
def try_out(
    request: DeskRequest, body: shapes.Recording, number: str = Path(...), event: str = Path(...)
) -> shapes.Tried:
    """What recording this would bring about, or why it would be refused. Decided like the real thing; nothing is written."""
    if event not in load_vocabulary().events or event in SYSTEM_ONLY or event == "registered":
        raise BadFact(None, "event", "unknown_event", "event_name", event)
    case = case_of(request, number)
    request.event, request.procedure = event, procedures.procedure_for(case.procedure_hash)
    step = Step(
        event, request.officer, body.facts, body.parties, body.occurred, body.re, body.late_reason, let_go=body.let_go or ""
    )  # fmt: skip
    return _tried(trying.effects_of(trying.try_out(case, step)))


def _tried(found: Effects) -> shapes.Tried:
    return shapes.Tried(
        writes=[e.name for e in found.written], stage=showing.coded("stage", found.stage) if found.stage else None, ends=found.ends,
        opened=[_effect(d) for d in found.opened], closed=[_effect(d) for d in (*found.closed, *found.gone)],
        moved=[_effect(now, was) for was, now in found.moved],
        notices=[shapes.Told(to=n.to, says=n.says, about=n.about, clauses=list(n.clauses)) for n in found.notices],
        documents=[showing.coded("document", d) for d in found.documents],
    )  # fmt: skip


def _effect(due: Due, was: Due | None = None) -> shapes.Effect:
    return shapes.Effect(
        clauses=list(due.clauses),
        says=due.says,
        end=_end(due),
        was=_end(was),
        state=due.state,
        late=due.late,
        owed_by=due.owed_by,
    )


def _end(due: Due | None) -> str | None:
    return None if due is None or due.end is None else words.day_or_moment(due.end.moment or due.end.day)


@router.get("/cases/{number}/links", auth=reads, response=list[shapes.LinkedCase], summary="关联和重复的案件")
def linked(request: DeskRequest, number: str) -> list[shapes.LinkedCase]:
    """Cases that belong to this one, as far as this officer may find them."""
    found = links.of_case(request.officer, case_of(request, number))
    return [
        shapes.LinkedCase(
            number=r.case.number, id=r.case.pk, relation=showing.coded("relation", r.relation), stage=showing.coded("stage", r.case.stage),
            began=words.stored(r.case.began),
        )
        for r in found
    ]  # fmt: skip


# -- lists


@router.get("/overdue", auth=reads, response=shapes.TodoPage, summary="本单位和下级单位的时限，先到期的在前")
def overdue(
    request: DeskRequest,
    unit: str | None = Query(None, description="只要这个单位欠的"),
    light: str = Query("red", pattern="^(red|amber|green)$", description="red 已逾期，amber 三天内到期，green 更晚"),
    after: str | None = Query(None, description="上一页的 next"),
    size: int = Query(50, ge=1, le=MOST),
) -> shapes.TodoPage:
    """What is late, or soon will be, in the units this officer looks after."""
    try:
        return showing.todo(boards.limits(request.officer, unit, after, size, **spans(clock.now())[light]))
    except (ValueError, OverflowError) as error:
        raise BadFact(None, "after", "wrong_type", "text", after) from error


@router.get("/open", auth=reads, response=shapes.OpenPage, summary="没有了结的事：待审批、未签收、未确定承办人、任务等")
def open_ends(
    request: DeskRequest,
    sort: Literal[openends.SORTS] = Query(..., description="哪一类"),  # type: ignore[valid-type]
    unit: str | None = Query(None, description="下级单位；不写为本单位"),
    after: str | None = Query(None, description="上一页的 next"),
    size: int = Query(50, ge=1, le=MOST),
) -> shapes.OpenPage:
    """What somebody has begun and this unit has to finish, the oldest first."""
    try:
        page = boards.open_ends(request.officer, sort, unit, after, size)
    except (ValueError, OverflowError) as error:
        raise BadFact(None, "after", "wrong_type", "text", after) from error
    items = [
        shapes.OpenEnd(
            case=row.case.pk, number=row.case.number, seq=row.end.seq, sort=row.end.sort, unit=row.end.unit, role=row.end.role or None,
            since=words.stored(row.end.since),
        )
        for row in page.rows
    ]  # fmt: skip
    return shapes.OpenPage(items=items, next=page.after)


@router.get(
    "/board", auth=reads, response=shapes.Board, summary="各单位的数目：逾期、快到期、重复、不满意、没有了结的事"
)
def board(request: DeskRequest) -> shapes.Board:
    """The figures of the own unit and those below it, at most a minute old."""
    units = boards.units_of(request.officer)
    figures = counters.figures(units)
    by_unit: dict[str, dict[str, int]] = {}
    for (unit, _role, name), value in figures.values.items():
        own = by_unit.setdefault(unit, {})
        own[name] = own.get(name, 0) + value
    lines = [shapes.BoardLine(unit=u, label=words.unit_label(u), figures=by_unit[u]) for u in sorted(by_unit)]
    return shapes.Board(counted=words.moment(figures.counted.replace(microsecond=0)), units=lines)
