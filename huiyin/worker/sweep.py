"""The sweep: limits that passed and limits to be met today. Found by the index of running limits, a page at a time, never counted.

What follows from a limit at a point of time is written together with a mark of that point, so however often, late or by however many workers the
sweep is run, it happens once; when a limit is moved its new date has no mark, and the officer is told again.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any, Final

from django.db import DatabaseError
from django.db.models import CharField, Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Cast

from huiyin.cases import actions, calendars, clock, queries
from huiyin.cases.errors import Busy, NoSuchCase
from huiyin.cases.models import Case
from huiyin.cases.writing import lock_cases, writing
from huiyin.core.rules import Procedure
from huiyin.core.workdays import CalendarError
from huiyin.dues.models import CASE, RUNNING, Due
from huiyin.moments import local, stored
from huiyin.notices import outbox
from huiyin.notices.models import OFFICER, UNIT
from huiyin.notices.outbox import Told
from huiyin.org import procedures
from huiyin.org import queries as org
from huiyin.org.models import Officer
from huiyin.vault import db
from huiyin.worker.models import ACT_BY, LATE, Mark

log = logging.getLogger("huiyin.worker")
PAGE: Final = 200
STRETCH: Final = 2000
FRESH: Final = timedelta(days=3)  # limits that passed so lately are looked at every time; older ones in turn
LONG_BLOCK: Final = timedelta(days=20)  # longer than any block of days off
PAUSE: Final = timedelta(minutes=10)  # a case that could not be written is left alone for so long
PERSONAL: Final = frozenset({"handler", "mediator", "enforcement_officer", "any", ""})
MARK: Final = ("case_id", "key", "sort", "point", "made")


@dataclass
class Sweep:
    """One worker's sweep. `state`: how far the turn through the older limits has come; kept with the job. `resting`: cases that failed."""

    state: dict[str, Any] = field(default_factory=dict)
    resting: dict[int, datetime] = field(default_factory=dict)

    def passed(self) -> int:
        """See to limits that passed: events the rules ask for, and a notice to whoever owes and to the head. Returns how many were new."""
        now = stored(clock.now())
        count = 0
        for rows in _pages(_unmarked(LATE).filter(late_at__lte=now, late_at__gt=now - FRESH)):
            count += self._each_case(rows, self._late)
        return count + self._older(now)

    def _older(self, now: datetime) -> int:
        """A stretch of the limits that passed longer ago, in turn: of cases entered late or taken over, and in vain before. So a pass costs
        the same however many are overdue."""
        found = Due.objects.filter(state=RUNNING, late_at__isnull=False, window=False, late_at__lte=now - FRESH)
        if self.state.get("late_at"):
            found = _after(found, datetime.fromisoformat(self.state["late_at"]), self.state["id"])
        stretch = list(found.order_by("late_at", "pk").values_list("late_at", "pk")[:STRETCH])
        self.state.clear()
        if not stretch:
            return 0
        (first, _pk), (last, pk) = stretch[0], stretch[-1]
        if len(stretch) == STRETCH and last is not None:
            self.state.update(late_at=last.isoformat(), id=pk)
        new = _unmarked(LATE).filter(late_at__gte=first, late_at__lte=last)
        return sum(self._each_case(rows, self._late) for rows in _pages(new))

    def warnings(self, hour: int) -> int:
        """Warn of limits whose last working day has come, from `hour` o'clock on. Returns how many were new."""
        now = clock.now()
        day = now.date() if now.hour >= hour else now.date() - timedelta(days=1)
        until = stored(datetime.combine(_next_working(now), datetime.min.time()) + timedelta(days=2))
        found = _unmarked(ACT_BY).filter(late_at__gt=stored(now), late_at__lte=until, act_by__lte=day)
        return sum(self._each_case(rows, self._warn) for rows in _pages(found))

    # -- one case at a time

    def _each_case(self, rows: Sequence[Due], see_to: Any) -> int:
        count, now = 0, stored(clock.now())
        by_case = sorted(rows, key=lambda d: (d.subject_id, d.pk))
        for case_id, group in groupby(by_case, key=lambda d: d.subject_id):
            if self.resting.get(case_id, now) > now:
                continue
            try:
                count += see_to(case_id, list(group))
                self.resting.pop(case_id, None)
            except DatabaseError:
                raise
            except (Busy, NoSuchCase) as error:
                log.info("case %s: %s; looked at again later", case_id, type(error).__name__)
            except Exception:  # one bad case must not stop the rest
                self.resting[case_id] = now + PAUSE
                log.exception(
                    "case %s: what its passed limits ask for could not be written; tried again in %s", case_id, PAUSE
                )
        return count

    def _late(self, case_id: int, rows: Sequence[Due]) -> int:
        with writing():
            new = _claim(case_id, rows, LATE)
            if not new:
                return 0
            case = Case.objects.get(pk=case_id)
            procedure = procedures.procedure_for(case.procedure_hash)
            if any(_concerned(procedure, due) for due in new):
                actions.record_passed(case_id)
            outbox.insert([row for due in new if not due.window for row in _tell(case_id, due, LATE)])
        return len(new)

    def _warn(self, case_id: int, rows: Sequence[Due]) -> int:
        with writing():
            new = _claim(case_id, rows, ACT_BY)
            outbox.insert([row for due in new for row in _tell(case_id, due, ACT_BY)])
        return len(new)


def _unmarked(sort: str) -> QuerySet[Due]:
    """Running limits that have no mark of this sort as they stand now."""
    marks = Mark.objects.filter(
        case_id=OuterRef("subject_id"), key=OuterRef("key"), sort=sort, point=OuterRef("late_at")
    )
    found = Due.objects.filter(state=RUNNING, late_at__isnull=False, window=False)
    # the kind is cast so that no planner takes the index that begins with it: nearly every row is of one kind
    found = found.annotate(of=Cast("subject_kind", CharField())).filter(of=CASE)
    return found.filter(~Exists(marks))


def _pages(found: QuerySet[Due]) -> Iterator[list[Due]]:
    """In the order of the index, by key; what one page leaves unmarked does not come again in this run."""
    rows = list(found.order_by("late_at", "pk")[:PAGE])
    while rows:
        yield rows
        more = _after(found, rows[-1].late_at, rows[-1].pk)
        rows = list(more.order_by("late_at", "pk")[:PAGE]) if len(rows) == PAGE else []


def _after(found: QuerySet[Due], moment: datetime | None, pk: int) -> QuerySet[Due]:
    """What comes behind that row in the index. The first condition says it once more, for planners that seek by it alone."""
    return found.filter(Q(late_at__gt=moment) | Q(late_at=moment, pk__gt=pk), late_at__gte=moment)


def _claim(case_id: int, rows: Sequence[Due], sort: str) -> list[Due]:
    """The limits among these that still stand as they were found and that nobody else has seen to: marked in this transaction."""
    if case_id not in lock_cases([case_id]):
        raise NoSuchCase(case_id)
    wanted = {(row.pk, row.late_at) for row in rows}
    there = [
        d for d in Due.objects.filter(pk__in=[row.pk for row in rows], state=RUNNING) if (d.pk, d.late_at) in wanted
    ]
    done = set(
        Mark.objects.filter(case_id=case_id, sort=sort, key__in=[d.key for d in there]).values_list("key", "point")
    )
    new = [d for d in there if (d.key, d.late_at) not in done]
    now = stored(clock.now())
    db.insert(Mark, MARK, [(case_id, d.key, sort, d.late_at, now) for d in new])
    return new


def _concerned(procedure: Procedure, due: Due) -> bool:
    """Does any rule ask for something when this limit passes?"""
    named = {n for reaction in procedure.passed for p in reaction.on.items for n in p.limit_passed}
    return bool(named & {due.name, *due.clauses.split()})


# -- whom to tell


def _tell(case_id: int, due: Due, sort: str) -> Iterator[tuple[Any, ...]]:
    """Rows for whoever owes it, and when it is overdue for the head of the unit too."""
    end = due.due_day.isoformat() if due.due_day else local(due.due_moment).isoformat() if due.due_moment else ""
    data = {
        "due": end,
        "until": due.act_by.isoformat() if due.act_by else "",
        "provisional": "到期日是暂定的。" if due.provisional else "",
    }
    topic = f"{sort}:{end}"[:40]
    now = clock.now()
    for kind, to in dict.fromkeys(_owing(case_id, due, sort)):
        told = Told(kind, to, due.clauses, due.says, topic=topic, data=json.dumps(data, ensure_ascii=False))
        yield outbox.row_of(told, case_id, due.opened_by, now)


def _owing(case_id: int, due: Due, sort: str) -> Iterable[tuple[str, str]]:
    """The officers assigned at the unit that owes it, else the holders of the role, else the whole unit; nobody where no unit owes it."""
    unit, role = due.owed_unit, due.owed_role
    if not unit or unit.startswith("external:"):
        return
    assigned = _assigned(case_id, unit) if role in PERSONAL else []
    if assigned:
        yield from ((OFFICER, person) for person in assigned)
    elif role not in ("", "any") and org.holders(role, unit).exists():
        yield OFFICER, f"{role}@{unit}"
    else:
        yield UNIT, unit
    if sort == LATE and org.holders("unit_head", unit).exists():
        yield OFFICER, f"unit_head@{unit}"


def _assigned(case_id: int, unit: str) -> list[str]:
    """Officers that were named for the case and hold a posting at the unit today."""
    opened = queries.open_case(Case.objects.get(pk=case_id))
    newest = next((e for e in reversed(opened.view.by_name.get("officers_assigned", ())) if e.actor.unit == unit), None)
    named = newest.facts.get("officers", ()) if newest is not None else ()
    there = {
        o.person.key for o in Officer.objects.filter(org.in_force(org.today()), unit_id=unit).select_related("person")
    }
    return [person for person in named if person in there]


def _next_working(now: datetime) -> Any:
    """The first working day after today; a year whose notice is not known counts Monday to Friday."""
    try:
        return calendars.current().next_working_on_or_after(now.date() + timedelta(days=1))
    except CalendarError:
        return now.date() + LONG_BLOCK
