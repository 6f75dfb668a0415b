"""What another set of rules would mean for the cases that are open today, and moving cases to it (D10).

Looking changes nothing. Moving is an event in each case, `rebased`, with the reason: dates before it stand in the log, those after it follow
from the new rules. One that cannot be moved is named with the reason and the others go on; begun again, cases that were moved are passed over.
The log of administration says how many were moved; the reason stands in each case alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from django.db.models import Q, QuerySet

from huiyin.cases import actions, calendars, clock
from huiyin.cases.actions import REFUSALS
from huiyin.cases.models import Case
from huiyin.cases.people import By, actor
from huiyin.cases.queries import open_case, open_several
from huiyin.core import compare
from huiyin.core.rules import Procedure
from huiyin.org import log, procedures
from huiyin.org.queries import tree

PAGE = 200


@dataclass(frozen=True, slots=True)
class Change:
    """One open case, and what it would owe otherwise."""

    case: Case
    moved: Sequence[compare.Moved]


@dataclass
class Outcome:
    """What moving did: cases moved, those that ran under the rules already, and those refused with the reason."""

    moved: int
    passed_over: int
    refused: list[tuple[Case, Exception]]


@dataclass(frozen=True, slots=True)
class Looked:
    """A part of the open cases: those whose duties would be others, how many were looked at, and the key after which the next part begins."""

    changes: Sequence[Change]
    looked: int
    after: int | None


def is_open(procedure_id: str) -> Q:
    """Cases that have not ended and run under the procedure."""
    return Q(procedure_id=procedure_id, archived=False, ended=False, void=False, number__isnull=False)


def look_through(
    procedure_id: str, after: Procedure, among: QuerySet[Case], start: int = 0, size: int = PAGE, *, same: bool = False
) -> Looked:
    """The next open cases of the procedure among these (those that somebody may find), by key, each with what it would owe under `after`.
    Two queries however many there are. `same`: list also those that would owe the same, without those that run under it already."""
    rows = list(among.filter(is_open(procedure_id), pk__gt=start).order_by("pk")[: size + 1])
    page = rows[:size]
    calendar, found = calendars.current(), []
    for opened in open_several(page):
        if opened.procedure.hash == after.hash:
            continue
        moved = compare.moved(opened.procedure, after, opened.view, calendar, opened.now)
        if moved or same:
            found.append(Change(opened.case, moved))
    return Looked(found, len(page), page[-1].pk if len(rows) > size else None)


def open_cases(procedure_id: str, unit: str | None = None) -> Iterator[Case]:
    """Cases that have not ended and run under the procedure, of a unit and those below it, by key in short reads (D8)."""
    chosen = is_open(procedure_id)
    if unit is not None:
        units = tree()
        chosen &= Q(unit__in=[unit, *units.below(unit)])
    last = 0
    while True:
        page = list(Case.objects.filter(chosen, pk__gt=last).order_by("pk")[:PAGE])
        if not page:
            return
        yield from page
        last = page[-1].pk


def what_would_change(procedure_id: str, after: Procedure, unit: str | None = None) -> Iterator[Change]:
    """Every open case of the procedure whose dates or duties would be others under `after`; the others are passed over."""
    calendar = calendars.current()
    for case in open_cases(procedure_id, unit):
        opened = open_case(case)
        if opened.procedure.hash == after.hash:
            continue
        found = compare.moved(opened.procedure, after, opened.view, calendar, opened.now)
        if found:
            yield Change(case, found)


def move(
    cases: Sequence[Case], after: Procedure, *, by: By, reason: str, tell: Callable[[int], None] | None = None
) -> Outcome:
    """Move these cases to the rules, each in a transaction of its own. The version is stored first, so that the event can name it."""
    stored = procedures.store(after)
    outcome = Outcome(0, 0, [])
    facts = {"procedure": after.id, "version": stored.in_force, "reason": reason}
    for number, case in enumerate(cases, 1):
        now = Case.objects.only("procedure_hash").get(pk=case.pk)
        if now.procedure_hash == after.hash:
            outcome.passed_over += 1
        else:
            try:
                actions.record(case, "rebased", by=by, facts=facts, occurred=clock.now())
                outcome.moved += 1
            except REFUSALS as error:
                outcome.refused.append((case, error))
        if tell is not None:
            tell(number)
    if cases:
        told = {"procedure": after.id, "hash": after.hash, "moved": outcome.moved, "refused": len(outcome.refused)}
        log.write("cases_moved", told, by=actor(by))
    return outcome
