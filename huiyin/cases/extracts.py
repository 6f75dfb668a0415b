"""Figures read from the copies of cases, for somebody outside the case: what departments have solved, what is known of a business.

Nothing here names a person, or a case: only counts, and the numbers of decisions that are public.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from huiyin.cases.models import UNCOUNTED, CaseRound, Event, Party
from huiyin.core.identifiers import credit_code, fault_of_credit_code
from huiyin.moments import stored
from huiyin.org import queries as org
from huiyin.org.models import Officer
from huiyin.vault.blind import blind
from huiyin.vault.models import BlindIndex

READERS: Final = frozenset({"unit_head", "deputy_head", "leader", "director", "supervisor", "analyst", "auditor"})
"""Roles that may read figures of their own unit and those below it."""
EXTRACTORS: Final = frozenset({"unit_head", "leader", "director", "analyst"})
CONFIRMED: Final = ("founded", "partly_founded", "penalised", "closed_down")
"""Outcomes of a report that say that there was a violation."""
PENALISED: Final = ("penalised", "closed_down")


def units_of(officer: Officer) -> list[str]:
    """His unit and those below it."""
    return [officer.unit_id, *org.tree().below(officer.unit_id)]


# -- departments


@dataclass(frozen=True, slots=True)
class Department:
    """How a unit stands: cases open at the end of the period, and those solved within it. A case counts with the unit that has it now."""

    unit: str
    open: int
    solved: int


def departments(units: Sequence[str], first: date, last: date, kinds: Sequence[str] = ()) -> list[Department]:
    """A line for each of these units that has or solved anything (JK-SB-04-1a); local days, both included. A case that was taken up again and
    concluded again within the period counts once as solved, and one taken up again that is not over yet as open."""
    begin, end = _bounds(first, last)
    rounds = CaseRound.objects.filter(handling_unit__in=units, void=False, registered__lt=end).exclude(
        secrecy__in=UNCOUNTED
    )
    if kinds:
        rounds = rounds.filter(kind__in=kinds)
    later = CaseRound.objects.filter(case_id=OuterRef("case_id"), round__gt=OuterRef("round"), registered__lt=end)
    newest = rounds.filter(~Exists(later))
    over = Q(concluded__lt=end) | Q(ended__lt=end)
    within = Q(concluded__gte=begin, concluded__lt=end)
    still = _by_unit(newest.exclude(over))
    solved = _by_unit(newest.filter(within))
    return [Department(u, still.get(u, 0), solved.get(u, 0)) for u in units if u in still or u in solved]


def _by_unit(found: QuerySet[CaseRound]) -> dict[str, int]:
    rows = found.values_list("handling_unit").annotate(n=Count("case_id", distinct=True)).order_by()
    return dict(rows.values_list("handling_unit", "n"))


def _bounds(first: date, last: date) -> tuple[datetime, datetime]:
    return stored(datetime.combine(first, time())), stored(datetime.combine(last + timedelta(days=1), time()))


# -- credit


@dataclass(frozen=True, slots=True)
class Credit:
    """What is known of a business in a period, by its one code (XX-01j). Cases registered within the period; how they came out by now."""

    code: str
    first: str
    last: str
    complaints: int = 0
    settled: int = 0
    failed: int = 0
    mediation_ended: int = 0
    reports: int = 0
    substantiated: int = 0
    penalties: int = 0
    decisions: tuple[str, ...] = ()  # numbers of penalty decisions, which are public

    def plain(self) -> dict[str, Any]:
        """As JSON holds it."""
        return {**asdict(self), "decisions": list(self.decisions)}


class BadCode(ValueError):
    """What was given is no unified social credit code."""


def credit(units: Sequence[str], code: str, first: date, last: date) -> Credit:
    """The extract of a business over cases that these units registered or handle. Raises BadCode."""
    wanted = credit_code(code)
    if fault_of_credit_code(wanted):
        raise BadCode(wanted)
    begin, end = _bounds(first, last)
    cases = _cases_against(wanted)
    mine = Q(handling_unit__in=units) | Q(registrar__in=units)
    began = CaseRound.objects.filter(
        mine, case_id__in=cases, round=1, void=False, registered__gte=begin, registered__lt=end
    ).exclude(secrecy__in=UNCOUNTED)
    kinds = dict(began.values_list("case_id", "kind"))
    rounds = CaseRound.objects.filter(case_id__in=kinds).order_by("case_id", "round")
    outcome = {
        case: said for case, said in rounds.values_list("case_id", "outcome") if said
    }  # the last round that has one
    complaints = {case for case, kind in kinds.items() if kind == "complaint"}
    reports = {case for case, kind in kinds.items() if kind == "report"}
    ended = set(Event.objects.filter(case_id__in=complaints, name="mediation_ended").values_list("case_id", flat=True))
    decisions = _decisions(kinds)
    return Credit(
        wanted, first.isoformat(), last.isoformat(), len(complaints),
        sum(outcome.get(case) == "settled" for case in complaints), sum(outcome.get(case) == "not_settled" for case in complaints), len(ended),
        len(reports), sum(outcome.get(case) in CONFIRMED for case in reports),
        sum(outcome.get(case) in PENALISED for case in kinds), tuple(decisions),
    )  # fmt: skip


def _cases_against(code: str) -> list[int]:
    """Cases in which the business is the one complained of or reported."""
    token = blind("credit_code", code)
    named = set(BlindIndex.objects.filter(kind="credit_code", token=token).values_list("case_id", "party"))
    parties = Party.objects.filter(case_id__in={case for case, _no in named}, role="respondent", present=True)
    return sorted({case for case, no in parties.values_list("case_id", "no") if (case, no) in named})


def _decisions(cases: Iterable[int]) -> list[str]:
    """Numbers of penalty decisions of these cases."""
    rows = Event.objects.filter(case_id__in=list(cases), name="document_made").order_by("case_id", "seq")
    facts = (json.loads(body).get("facts", {}) for body in rows.values_list("body", flat=True))
    return [str(f["doc_no"]) for f in facts if f.get("document") == "penalty_decision" and f.get("doc_no")]
