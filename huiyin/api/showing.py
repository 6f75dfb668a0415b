"""From what the case apps return to the shapes of the API."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.utils.translation import gettext as _

from huiyin.api import shapes, words
from huiyin.cases import calendars
from huiyin.cases.models import Case
from huiyin.cases.models import Event as Row
from huiyin.cases.people import By
from huiyin.cases.queries import Opened, Page
from huiyin.cases.timeline import Shown, Timeline, TimelineRow
from huiyin.core.model import Due
from huiyin.core.offers import Offer
from huiyin.core.wording import Words
from huiyin.core.workdays import Period
from huiyin.languages import load_vocabulary


def coded(values: str, code: str) -> shapes.Coded:
    """A code with its label."""
    return shapes.Coded(code=code, label=words.label(values, code) or code)


def line(case: Case) -> shapes.CaseLine:
    """A case in a list."""
    return shapes.CaseLine(
        id=case.pk, number=case.number, procedure=case.procedure_id, kind=coded("kind", case.kind),
        channel=coded("channel", case.channel) if case.channel else None, category=case.category.split(),
        stage=coded("stage", case.stage), round=case.round, unit=case.unit, handling_unit=case.handling_unit, secrecy=case.secrecy,
        marks=case.marks.split(), ended=case.ended, archived=case.archived, began=words.stored(case.began),
        updated=words.stored(case.updated), seq=case.head_seq,
    )  # fmt: skip


def full(opened: Opened, by: By) -> shapes.CaseFull:
    """A case with what this officer may see and do."""
    seen = Timeline(opened, by)
    return shapes.CaseFull(
        **line(opened.case).model_dump(), facts=[fact(f) for f in seen.case()], parties=parties(opened, seen),
        limits=limits(opened), offers=[offer(o) for o in opened.offers(by, closed=True)],
    )  # fmt: skip


def fact(shown: Shown) -> shapes.Fact:
    """One fact as it may be seen."""
    return shapes.Fact(name=shown.name, label=shown.label, value=shown.value, state=shown.state)


def parties(opened: Opened, seen: Timeline) -> list[shapes.Party]:
    """The parties, masked."""
    roles = Words(load_vocabulary(), _, opened.procedure.titles)
    return [
        shapes.Party(
            no=no,
            role=shapes.Coded(code=opened.view.parties[no].role, label=roles.role_label(opened.view.parties[no].role)),
            facts=[fact(f) for f in found],
        )
        for no, found in seen.parties().items()
    ]


def events(rows: Iterable[TimelineRow]) -> list[shapes.Event]:
    """The timeline."""
    return [
        shapes.Event(
            seq=r.seq, name=r.name, label=r.label, occurred=words.moment(r.occurred), recorded=words.moment(r.recorded),
            by=shapes.By(role=r.actor.role, unit=r.actor.unit, person=r.actor.person or None, party=r.actor.party),
            facts=[fact(f) for f in r.facts], round=r.round, re=list(r.re), clauses=list(r.clauses), late_entry=r.late_entry,
            annulled=r.annulled, amended_by=list(r.amended_by),
        )
        for r in rows
    ]  # fmt: skip


def limits(opened: Opened, *, running: bool = False) -> list[shapes.Limit]:
    """Every limit of the case, or those that still run."""
    return [limit(due) for due in opened.limits if due.open or not running]


def limit(due: Due) -> shapes.Limit:
    """One limit with how it was counted."""
    end = None if due.end is None else words.day_or_moment(due.end.moment or due.end.day)
    return shapes.Limit(
        name=due.name, clauses=list(due.clauses), says=due.says, target=due.target, strength=due.strength, state=due.state, late=due.late,
        provisional=due.provisional, effective=due.effective, end=end, act_by=words.day_or_moment(due.act_by), owed_by=due.owed_by,
        opened_by=due.opened_by, closed_by=due.closed_by, moved_by=list(due.moved_by), window=due.window, unit=due.unit,
        counting=counting(due),
    )  # fmt: skip


def counting(due: Due) -> shapes.Counting | None:
    """How the end came about; none when somebody named it and nothing was counted."""
    how = due.counting
    if how is None or how.period is None or due.end is None:
        return None
    steps = calendars.current().explain(
        how.start, how.period, roll=how.roll, more=how.more, paused=how.paused, until=how.until
    )
    return shapes.Counting(
        start=words.moment(how.start),
        length=_("，延长 ").join(_length(p) for p in (how.period, *how.more)),
        roll=how.roll,
        steps=[
            shapes.Counted(
                kind=s.kind, at=str(words.day_or_moment(s.moment or s.day)), counted=s.counted, note=s.note_code,
                name=s.data.get("name"), provisional=bool(s.data.get("provisional")),
            )
            for s in steps
        ],
    )  # fmt: skip


def _length(period: Period) -> str:
    return Words(load_vocabulary(), _).period({"n": period.n, "unit": period.unit})


def offer(found: Offer) -> shapes.Offer:
    """What may be recorded now, or why not."""
    vocabulary = Words(load_vocabulary(), _)
    needs = [
        shapes.Coded(code=n, label=vocabulary.fact_label(vocabulary.fact_type(n, [found.event]), n))
        for n in found.needs
    ]
    return shapes.Offer(
        event=found.event, label=words.event_label(found.event), open=found.open, code=found.code, clauses=list(found.clauses),
        says=list(found.says), needs=needs, re=list(found.re),
        waits_for=[shapes.Coded(code=n, label=words.event_label(n)) for n in found.waits_for],
    )  # fmt: skip


def recorded(case: Case, rows: Sequence[Row]) -> shapes.Recorded:
    """What was written."""
    return shapes.Recorded(
        number=case.number, seq=rows[-1].seq, events=[r.seq for r in rows], names=[r.name for r in rows]
    )


def registered(case: Case) -> shapes.Registered:
    """A new case, with its query code."""
    return shapes.Registered(id=case.pk, number=case.number, code=getattr(case, "code", "") or None, seq=case.head_seq)


def todo(page: Page) -> shapes.TodoPage:
    """What is owed, in order."""
    items = [
        shapes.Todo(
            case=row.case.pk, number=row.case.number, name=row.due.name, clauses=row.due.clauses.split(),
            end=words.stored(row.due.due_moment) if row.due.due_moment else words.day_or_moment(row.due.due_day),
            act_by=words.day_or_moment(row.due.act_by), late=row.late, provisional=row.due.provisional,
            owed_role=row.due.owed_role or None, owed_unit=row.due.owed_unit or None,
        )
        for row in page.rows
    ]  # fmt: skip
    return shapes.TodoPage(items=items, next=page.after)


def tracked(opened: Opened, by: By) -> shapes.PublicCase:
    """What the person who sent it in may see."""
    case = opened.case
    return shapes.PublicCase(
        number=case.number, kind=coded("kind", case.kind), stage=coded("stage", case.stage), unit=case.unit,
        registered=words.stored(case.created), events=events(Timeline(opened, by).rows()),
        limits=[limit(d) for d in opened.limits if d.open and not d.window],
    )  # fmt: skip
