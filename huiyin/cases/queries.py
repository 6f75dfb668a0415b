"""Reading cases: every page, the API and the commands ask here. Reads are never inside a transaction (D8)."""

from __future__ import annotations

import hmac
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from huiyin.cases import access, bodies, calendars, clock, lights, people
from huiyin.cases.access import one_seen, visible_to
from huiyin.cases.bodies import Log
from huiyin.cases.errors import NoSuchCase
from huiyin.cases.models import Case, Event, ExternalRef, OpenEnd
from huiyin.cases.numbers import digest_of, id_of
from huiyin.cases.openends import DECISION
from huiyin.cases.people import By, Outside
from huiyin.cases.world import CaseWorld, world_for
from huiyin.core import approvals, proposals
from huiyin.core import model as core
from huiyin.core.audience import NOTHING, Withheld, withheld
from huiyin.core.context import Ctx
from huiyin.core.dues import dues
from huiyin.core.facts import UNWRITABLE
from huiyin.core.history import History
from huiyin.core.offers import Offer, offers
from huiyin.core.rules import Procedure
from huiyin.core.vocabulary import load_vocabulary
from huiyin.dues.models import CASE, RUNNING, Due
from huiyin.moments import stored
from huiyin.org import procedures
from huiyin.org.models import Officer

__all__ = [
    "Opened", "Page", "Todo", "Waiting", "awaiting", "by_code", "by_number", "corrected", "external", "history", "limits",
    "offers_for", "open_case", "owed_roles", "sender", "todo", "todo_counts", "visible_to",
]  # fmt: skip

SIZE = 50
SENDERS = frozenset({"complainant", "reporter"})
MANAGING = frozenset({"unit_head", "leader", "director", "supervisor", "intake_officer", "duty_officer"})
"""Roles that see everything their unit owes; the others see what is owed by their own role."""


# -- one case


@dataclass
class Opened:
    """One case read once: its log, its history as it counts, its rules; what is asked of it is worked out when it is asked."""

    case: Case
    log: Log
    now: datetime = field(default_factory=lambda: clock.now())

    @cached_property
    def procedure(self) -> Procedure:
        return procedures.procedure_for(self.case.procedure_hash)

    @cached_property
    def view(self) -> History:
        return History(self.log.events, load_vocabulary())

    @cached_property
    def world(self) -> CaseWorld:
        return world_for(self.case.unit, self.case.procedure_id, self.now.date(), self.case.pk)

    @cached_property
    def limits(self) -> list[core.Due]:
        """Every limit that was ever opened, as it stands now."""
        return dues(self.procedure, self.view, calendars.current(), self.now)

    def withheld(self, by: By) -> Withheld:
        """What the audience rules of the procedure keep from this person, on top of access and walls."""
        if not self.procedure.audiences:
            return NOTHING
        return withheld(self.procedure, self.view, people.actor(by), self.world)

    def offers(self, by: By, *, closed: bool = False) -> list[Offer]:
        """What this person may record now; with `closed` also what is his but not open, with the reason."""
        self.world.viewer = by if isinstance(by, Officer) else None
        return offers(
            self.procedure, self.view, actor=people.actor(by), world=self.world, calendar=calendars.current(), now=self.now,
            closed=closed,
        )  # fmt: skip


def open_case(case: Case) -> Opened:
    """The case with its events: one query."""
    rows = Event.objects.filter(case_id=case.pk).order_by("seq").values_list("seq", "body")
    return Opened(case, bodies.read_all(rows))


def open_several(cases: Iterable[Case]) -> Iterator[Opened]:
    """Several cases with their events, in their order: one query."""
    wanted = list(cases)
    logs: dict[int, list[tuple[int, str]]] = {case.pk: [] for case in wanted}
    rows = Event.objects.filter(case_id__in=list(logs)).order_by("case_id", "seq").values_list("case_id", "seq", "body")
    for case_id, seq, body in rows if wanted else ():
        logs[case_id].append((seq, body))
    for case in wanted:
        yield Opened(case, bodies.read_all(logs[case.pk]))


def history(case: Case) -> History:
    """The history of a case as the core counts it."""
    return open_case(case).view


def limits(case: Case) -> list[core.Due]:
    """Every limit of a case as it stands now."""
    return open_case(case).limits


def offers_for(case: Case, by: By) -> list[Offer]:
    """The next permitted steps."""
    return open_case(case).offers(by)


def corrected(opened: Opened, seq: int) -> list[core.Event]:
    """Events that rest on this one, directly or through others: what a correction of it puts in question."""
    found: dict[int, core.Event] = {}
    for event in opened.log.events:
        if seq in event.re or any(s in found for s in event.re):
            found[event.seq] = event
    return list(found.values())


# -- finding cases


def by_number(officer: Officer, number: str) -> Case:
    """The case with that number among those the officer may find; #id where it has none, or several units use one number.
    Raises NoSuchCase when there is none, or more than one."""
    if UNWRITABLE.search(number):
        raise NoSuchCase(number)
    case_id = id_of(number)
    found = one_seen(officer, case_id) if case_id is not None else list(visible_to(officer).filter(number=number)[:2])
    if len(found) != 1:
        raise NoSuchCase(number)
    return found[0]


def shared_number(officer: Officer, number: str) -> bool:
    """Do several units use this number, in cases that the officer may find?"""
    return not UNWRITABLE.search(number) and visible_to(officer).filter(number=number).exists()


def shared_numbers(numbers: Collection[str]) -> set[str]:
    """Those of the numbers that several cases have: each unit may count for itself."""
    if not numbers:
        return set()
    found = Case.objects.filter(number__in=numbers).order_by().values("number").annotate(n=Count("pk")).filter(n__gt=1)
    return {str(row["number"]) for row in found}


def hidden(number: str) -> int | None:
    """The id of the case that somebody asked for and may not find, for the log of refused looks; none when there is no such case."""
    if UNWRITABLE.search(number):
        return None
    case_id = id_of("#" + number[1:] if number.startswith("~") else number)
    found = Case.objects.filter(pk=case_id) if case_id is not None else Case.objects.filter(number=number)
    return found.values_list("pk", flat=True).first()


def by_code(number: str, code: str) -> Case | None:
    """The case a person may track: the number and the query code belong together. A wrong code tells nothing, not even that the number
    exists."""
    wanted = digest_of(code)
    found = None
    if UNWRITABLE.search(number):  # no database keeps it, so no case has it
        return None
    for case in Case.objects.filter(number=number.strip()):
        if hmac.compare_digest(case.code_hash.encode(), wanted.encode()):
            found = case
    return found


def sender(opened: Opened, via: str = "web") -> Outside:
    """The one who holds the query code, as a party of the case: who sent it in, or whose matter it is. Party "" where no such party is
    known (an anonymous report): never the other side."""
    first = opened.view.first("registered")
    named = (first.actor.party if first is not None else None, opened.view.case_facts().get("complainant"))
    parties = [p for p in opened.view.parties.values() if p.role in SENDERS]
    parties.sort(key=lambda p: (p.id not in named, p.id))
    if parties:
        return Outside(parties[0].role, parties[0].id, via)
    return Outside("reporter" if opened.case.kind == "report" else "complainant", "", via)


def external(system: str, no: str) -> list[int]:
    """Ids of the cases that an outside system knows by this number: one, or none."""
    if UNWRITABLE.search(system + no):
        return []
    return list(ExternalRef.objects.filter(system=system, no=no).values_list("case_id", flat=True))


# -- what is to be done


@dataclass(frozen=True, slots=True)
class Todo:
    """Something owed: the limit and the case it belongs to. `late` as of now."""

    due: Due
    case: Case
    late: bool


@dataclass(frozen=True, slots=True)
class Page:
    """A part of a list; `after` asks for the next one, none at the end."""

    rows: Sequence[Todo]
    after: str | None


def todo(
    officer: Officer,
    after: str | None = None,
    size: int = SIZE,
    *,
    late_after: datetime | None = None,
    late_by: datetime | None = None,
    whole_unit: bool | None = None,
    kind: str = "",
) -> Page:
    """What the officer's unit owes, as far as it is his, by the moment at which it becomes late. Two queries, however much is owed.
    `late_after` and `late_by` (local) keep what becomes late after the one and not after the other; `whole_unit`: all that the unit owes, or
    only what its role does; by default all for those who manage it; `kind`: of cases of that kind alone."""
    mine = _owed_by(officer, whole_unit)
    if late_after is not None:
        mine &= Q(late_at__gt=stored(late_after))
    if late_by is not None:
        mine &= Q(late_at__lte=stored(late_by))
    if kind:
        mine &= Q(kind=kind)
    return _page(officer, mine, after, size)


def todo_counts(officer: Officer, whole_unit: bool | None = None, kind: str = "") -> dict[str, int]:
    """How much of it there is by light. One query, which looks at all of it. `kind`: of cases of that kind alone."""
    mine = _owed_by(officer, whole_unit)
    return _owed(officer, mine & Q(kind=kind) if kind else mine).aggregate(**lights.counts(clock.now()))


def owed_roles(officer: Officer, whole_unit: bool | None = None) -> tuple[str, ...] | None:
    """Roles whose limits stand in this officer's list; none: those of everybody in the unit."""
    if officer.role in MANAGING if whole_unit is None else whole_unit:
        return None
    return ("any", officer.role)


def _owed_by(officer: Officer, whole_unit: bool | None = None) -> Q:
    mine, roles = Q(owed_unit=officer.unit_id), owed_roles(officer, whole_unit)
    return mine if roles is None else mine & Q(owed_role__in=roles)


@dataclass(frozen=True, slots=True)
class Waiting:
    """A request that waits for this officer's decision."""

    case: Case
    request: core.Event


def awaiting(officer: Officer, size: int = 20) -> list[Waiting]:
    """Requests the officer may decide now, the oldest first, among the oldest cases that hold any. Four queries. What the table of open ends
    names is asked of the rules once more: who may decide is who he is now."""
    who = access.viewer(officer)
    asked = OpenEnd.objects.filter(unit=officer.unit_id, sort=DECISION, role__in=("", officer.role)).filter(
        Exists(access.entries(who, OuterRef("case_id"))), ~Exists(access.walls(who, OuterRef("case_id")))
    )
    ids = list(dict.fromkeys(asked.order_by("since", "pk").values_list("case_id", flat=True)[: 2 * size]))[:size]
    cases = Case.objects.in_bulk(ids)
    rows: dict[int, list[tuple[int, str]]] = {pk: [] for pk in ids}
    events = Event.objects.filter(case_id__in=ids).order_by("case_id", "seq")
    for case_id, seq, body in events.values_list("case_id", "seq", "body") if ids else ():
        rows[case_id].append((seq, body))
    actor, waiting = people.actor(officer), []
    for pk in ids:
        opened = Opened(cases[pk], bodies.read_all(rows[pk]))
        view = opened.view
        ctx = Ctx(
            view, None, view.next_seq, procedure=opened.procedure, calendar=calendars.current(), now=opened.now, world=opened.world
        )  # fmt: skip
        waiting += [Waiting(cases[pk], r) for r in proposals.open_requests(ctx) if approvals.may_approve(ctx, r, actor)]
    return waiting


def _page(officer: Officer, chosen: Q, after: str | None, size: int) -> Page:
    found = _owed(officer, chosen)
    if after is not None:
        moment, last = _key(after)
        found = found.filter(late_at__gte=moment).filter(Q(late_at__gt=moment) | Q(pk__gt=last))
    rows = list(found.order_by("late_at", "pk")[: size + 1])
    shown = rows[:size]
    there = Case.objects.in_bulk([row.subject_id for row in shown])
    now = stored(clock.now())
    last_row = shown[-1] if len(rows) > size else None
    return Page(
        [Todo(row, there[row.subject_id], row.late_at is not None and row.late_at <= now) for row in shown],
        f"{last_row.late_at.isoformat()}~{last_row.pk}"
        if last_row is not None and last_row.late_at is not None
        else None,
    )


def _owed(officer: Officer, chosen: Q) -> QuerySet[Due]:
    """Running limits of cases the officer may find."""
    who = access.viewer(officer)
    return Due.objects.filter(chosen, subject_kind=CASE, state=RUNNING, late_at__isnull=False, window=False).filter(
        Exists(access.entries(who, OuterRef("subject_id"))), ~Exists(access.walls(who, OuterRef("subject_id")))
    )


def _key(after: str) -> tuple[datetime, int]:
    """The key of the last row shown. Raises ValueError for what is none."""
    moment, _, last = after.partition("~")
    return stored(datetime.fromisoformat(moment)), int(last)
