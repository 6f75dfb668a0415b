"""Messages on the recording telephone: what was left, by when it has to be called back, and what became of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from huiyin.cases import access, clock
from huiyin.cases.models import Case, Event
from huiyin.core.rules import Procedure
from huiyin.dues.models import CASE, RUNNING, Due
from huiyin.moments import stored
from huiyin.org.models import Officer

LEFT: Final = "recording_left"
RECEPTION: Final = "reception"  # the stage of a case that is a message and nothing else yet
BACK: Final = timedelta(days=92)  # how far back the list of all looks
MOST: Final = 100


@dataclass(frozen=True)
class Message:
    """One message. `due`: the limit that its being left began and that ends first, while it runs; `tried`: attempts to reach the person."""

    case: Case
    left: Event
    due: Due | None
    tried: int

    @property
    def waits(self) -> bool:
        """Is it still a message nobody has dealt with?"""
        return not self.case.ended and (self.due is not None or self.case.stage == RECEPTION)


def messages(officer: Officer, *, waiting: bool = True) -> list[Message]:
    """Messages in cases that the officer may find: those that wait, however long already, by the moment by which they have to be called back; or
    all of the last three months, the newest first. Four queries."""
    who = access.viewer(officer)
    mine = Event.objects.filter(
        Exists(access.entries(who, OuterRef("case_id"))), ~Exists(access.walls(who, OuterRef("case_id"))), name=LEFT
    )
    if waiting:
        owed = _running().filter(subject_id=OuterRef("case_id"), opened_by=OuterRef("seq"))
        left = list(mine.filter(Q(case__stage=RECEPTION) | Exists(owed), case__ended=False).order_by("occurred")[:MOST])
    else:
        left = list(mine.filter(occurred__gte=stored(clock.now() - BACK)).order_by("-occurred")[:MOST])
    ids = [event.case_id for event in left]
    cases = Case.objects.in_bulk(ids)
    dues = _dues(ids)
    tried = dict(
        Event.objects.filter(case_id__in=ids, name="contacted").values_list("case_id").annotate(n=Count("seq"))
    )
    found = [Message(cases[e.case_id], e, dues.get((e.case_id, e.seq)), tried.get(e.case_id, 0)) for e in left]
    if not waiting:
        return found
    return sorted(found, key=lambda m: (m.due is None, m.due.late_at if m.due and m.due.late_at else m.left.occurred))


def counts_messages(procedure: Procedure) -> bool:
    """Does one of its limits begin with a message?"""
    return any(LEFT in limit.start.names for limit in procedure.limits)


def is_late(message: Message) -> bool:
    """Has the moment passed by which the person had to be called back?"""
    return message.due is not None and message.due.late_at is not None and message.due.late_at <= stored(clock.now())


def _running() -> QuerySet[Due]:
    return Due.objects.filter(subject_kind=CASE, state=RUNNING, late_at__isnull=False, window=False)


def _dues(ids: Sequence[int]) -> dict[tuple[int, int], Due]:
    found: dict[tuple[int, int], Due] = {}
    for row in _running().filter(subject_id__in=ids).order_by("late_at", "pk"):
        found.setdefault((row.subject_id, row.opened_by), row)
    return found
