"""Material that leaves the office: papers of cases, or their data in a file (HN-BM-05b).

Which approval it needs is for the rules of each case to say ([[approval]] on `taken_out`); where they ask for none, nothing here stands in the way.
Asking, agreeing, taking and bringing back are events of each case, recorded like any other; here is read what is out. What is not back by its
day is overdue like any other limit.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from huiyin.cases import clock
from huiyin.cases.intake import SECRET_KINDS
from huiyin.cases.models import ORDINARY, Case, Event
from huiyin.org import procedures
from huiyin.org.models import Officer

EXPORT: Final = "export"
TAKEN, BACK = "taken_out", "brought_back"
CHUNK: Final = 500


@dataclass(frozen=True, slots=True)
class Out:
    """Something of a case that is out: since which event, in what form, whose hands, until when."""

    case_id: int
    seq: int
    carrier: str
    person: str
    until: date | None

    def overdue(self, on: date) -> bool:
        """Should it be back by now?"""
        return self.until is not None and self.until < on


def is_guarded(case: Case) -> bool:
    """Is the case secret, and do its rules want an approval before anything of it is taken out?"""
    secret = case.secrecy != ORDINARY or case.kind in SECRET_KINDS
    return secret and asks_approval(case)


def asks_approval(case: Case) -> bool:
    """Do the rules of the case want an approval before anything of it is taken out?"""
    return TAKEN in procedures.procedure_for(case.procedure_hash).approvals


def out(case_ids: Iterable[int]) -> list[Out]:
    """What is out of these cases now, oldest first."""
    found: list[Out] = []
    for part in _parts(case_ids):
        rows = Event.objects.filter(case_id__in=part, name__in=(TAKEN, BACK)).order_by("case_id", "seq")
        back: set[tuple[int, int]] = set()
        taken: list[Out] = []
        for case_id, seq, name, person, text in rows.values_list("case_id", "seq", "name", "actor_person", "body"):
            body = json.loads(text)
            if name == BACK:
                back |= {(case_id, answered) for answered in body.get("re", ())}
            else:
                taken.append(_out(case_id, seq, person, body.get("facts", {})))
        found += [one for one in taken if (one.case_id, one.seq) not in back]
    return found


def _out(case_id: int, seq: int, person: str, facts: dict[str, Any]) -> Out:
    until = facts.get("until")
    return Out(
        case_id,
        seq,
        str(facts.get("carrier", "")),
        str(facts.get("officer") or person),
        date.fromisoformat(until[:10]) if until else None,
    )


def _parts(ids: Iterable[int]) -> Iterator[tuple[int, ...]]:
    every = list(ids)
    return (tuple(every[at : at + CHUNK]) for at in range(0, len(every), CHUNK))


def held_back(officer: Officer, cases: Iterable[Case]) -> list[Case]:
    """Cases of which this officer may make no file now: guarded, and nothing was agreed to that is still running. Ask before every export."""
    guarded = [case for case in cases if is_guarded(case)]
    if not guarded:
        return []
    today, person = clock.now().date(), officer.person.key
    free = {
        one.case_id for one in out([case.pk for case in guarded])
        if one.carrier == EXPORT and one.person == person and not one.overdue(today)
    }  # fmt: skip
    return [case for case in guarded if case.pk not in free]
