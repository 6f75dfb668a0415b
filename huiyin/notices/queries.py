"""Reading notices: the inbox of an officer, and what a machine could not tell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from django.db.models import Exists, OuterRef, Q, QuerySet

from huiyin.cases import access, clock, merging, queries
from huiyin.cases.leaving import Guard
from huiyin.cases.models import Case
from huiyin.moments import stored
from huiyin.notices.delivery import sealed_words
from huiyin.notices.models import BY_HAND, FAILED, NOTHING, OFFICER, PARTY, SENT, UNIT, UNKNOWN, InboxRead, Outbox
from huiyin.notices.rendering import Unsayable, Words, words_of, words_without_case
from huiyin.org.models import Officer

SIZE: Final = 30
UNREAD_FOR: Final = timedelta(days=30)  # what nobody read for so long is not counted as new any more
MOST: Final = 100  # unread ones are counted up to here
LEFT: Final = (BY_HAND, UNKNOWN, FAILED)
DECIDING: Final = frozenset({"unit_head", "leader", "director", "supervisor", "intake_officer", "handler", "duty_officer", "caller_back", "mediator",
                             "enforcement_officer"})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Line:
    """One notice of the inbox. `case`: none where it is about no case."""

    notice: Outbox
    case: Case | None
    words: Words
    read: bool


@dataclass(frozen=True, slots=True)
class Page:
    """A part of a list; `after` is the key of the next one, none at the end."""

    rows: Sequence[Line]
    after: int | None


def inbox(officer: Officer, *, unread: bool = False, before: int | None = None, size: int = SIZE) -> Page:
    """What this officer and his unit were told, the newest first, about cases that he may find. By key."""
    found = _told(officer)
    if unread:
        found = _unread(found, officer)
    if before is not None:
        found = found.filter(pk__lt=before)
    # the newest of each sort of recipient, merged: in one query for all of them everything that was ever told would be read
    ids = merging.first_ids(found.filter(to=merging.UNIT), _own(officer), ("-id",), size + 1)
    there = Outbox.objects.in_bulk(ids)
    rows = [there[pk] for pk in ids if pk in there]
    read = set(
        InboxRead.objects.filter(person_id=officer.person_id, notice__in=rows).values_list("notice_id", flat=True)
    )
    return Page(lines(rows[:size], read), rows[size - 1].pk if len(rows) > size else None)


def unread_count(officer: Officer) -> int:
    """How many are new, up to MOST. One query."""
    return _unread(_mine(officer), officer)[:MOST].count()


def mine(officer: Officer, pk: int) -> Outbox | None:
    """That notice, when it is in this officer's inbox."""
    return _mine(officer).filter(pk=pk).first()


def _own(officer: Officer) -> list[str]:
    """As whom he is told things. No two sorts of recipients look alike."""
    return [officer.unit_id, f"{officer.role}@{officer.unit_id}", officer.person.key]


def _mine(officer: Officer) -> QuerySet[Outbox]:
    return _told(officer).filter(to__in=_own(officer))


def _told(officer: Officer) -> QuerySet[Outbox]:
    """To whomever inside, about cases that he may find."""
    return Outbox.objects.filter(Q(case_id=0) | _visible(officer), to_kind__in=(UNIT, OFFICER))


def _unread(found: QuerySet[Outbox], officer: Officer) -> QuerySet[Outbox]:
    read = InboxRead.objects.filter(person_id=officer.person_id, notice_id=OuterRef("pk"))
    return found.filter(~Exists(read), made__gte=stored(clock.now() - UNREAD_FOR))


def _visible(officer: Officer) -> Q:
    who = access.viewer(officer)
    return Q(Exists(access.entries(who, OuterRef("case_id")))) & ~Q(Exists(access.walls(who, OuterRef("case_id"))))


def lines(rows: Sequence[Outbox], read: set[int]) -> list[Line]:
    """Rows in words. Cases and their events are read once each."""
    cases = Case.objects.in_bulk([row.case_id for row in rows if row.case_id])
    opened = {one.case.pk: one for one in queries.open_several(cases.values())}
    found = []
    for row in rows:
        case = cases.get(row.case_id)
        try:
            words = words_of(opened[case.pk], row) if case is not None else words_without_case(row)
        except Unsayable:
            words = Words(row.says, "", "", False)
        found.append(Line(row, case, words, row.pk in read))
    return found


# -- what is left to people


@dataclass(frozen=True, slots=True)
class Left:
    """Something a machine could not tell. `words`: none where this officer may not read them."""

    notice: Outbox
    case: Case
    words: Words | None
    role: str
    why: str


def left(
    officer: Officer, states: Sequence[str] = LEFT, *, before: int | None = None, size: int = SIZE
) -> tuple[list[Outbox], int | None]:
    """Rows that the officer's unit has to see to, of cases he may find; the newest first."""
    found = _left(officer).filter(state__in=states)
    if before is not None:
        found = found.filter(pk__lt=before)
    rows = list(found.order_by("-pk")[: size + 1])
    return rows[:size], rows[size - 1].pk if len(rows) > size else None


def left_count(officer: Officer) -> int:
    """How many, up to MOST."""
    return _left(officer).filter(state__in=LEFT)[:MOST].count()


def _left(officer: Officer) -> QuerySet[Outbox]:
    """To people outside, of cases he may find, at his unit, and not sent: asked so that the index of these few is seen to fit."""
    rows = Outbox.objects.filter(_visible(officer), unit=officer.unit_id, to_kind=PARTY)
    return rows.exclude(state=SENT).exclude(state=NOTHING)


def left_one(officer: Officer, pk: int) -> Outbox | None:
    """That row, when this officer may see to it."""
    if officer.role not in DECIDING:
        return None
    return _left(officer).filter(state__in=LEFT, pk=pk).first()


def shown(officer: Officer, row: Outbox) -> Left:
    """One of them with its words, as far as this officer may read them: free words only where he may read the texts of the case."""
    case = Case.objects.get(pk=row.case_id)
    opened = queries.open_case(case)
    party = opened.view.parties.get(row.to)
    role = party.role if party is not None else ""
    words: Words | None
    try:
        words = sealed_words(row) or words_of(opened, row)
    except Unsayable:
        words = None
    if words is not None and words.personal and not _readable(officer, opened, words):
        words = None
    return Left(row, case, words, role, row.error)


def _readable(officer: Officer, opened: queries.Opened, words: Words) -> bool:
    """May he read words that an officer wrote? Not where they tell of a sender whom he may not know."""
    if access.unknowing(officer, opened.case):
        guard = Guard.of(opened)
        if any(guard.covered(text) != text for text in (words.subject, words.text, words.sms)):
            return False
    return access.sight(access.viewer(officer), opened.case).texts


def of_case(case_id: int) -> list[Outbox]:
    """Every notice of a case, in their order."""
    return list(Outbox.objects.filter(case_id=case_id).order_by("pk"))


__all__ = [
    "Left",
    "Line",
    "Page",
    "inbox",
    "left",
    "left_count",
    "left_one",
    "mine",
    "of_case",
    "shown",
    "unread_count",
]
