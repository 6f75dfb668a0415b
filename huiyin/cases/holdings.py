"""What somebody still holds when he leaves a post: open cases in which he is the named officer, and material that he took out (HN-BM-06a).

Told from the events. A posting does not end before all of it was handed over (`handed_over`, each case under its own rules) or somebody else was
named; switching an account off waits for nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from django.utils.translation import gettext as _

from huiyin.cases import queries
from huiyin.cases.models import OFFICER, AccessEntry, Case
from huiyin.core.history import History
from huiyin.org.models import Officer

NAMED: Final = 20  # case numbers in one message


@dataclass(frozen=True, slots=True)
class Holding:
    """One case, and how many pieces of material of it are out with him."""

    case: Case
    named: bool
    out: int


def of(posting: Officer) -> list[Holding]:
    """What this posting holds, the oldest case first."""
    person, unit = f"p{posting.person_id}", posting.unit_id
    ids = AccessEntry.objects.filter(how=OFFICER, person=person, unit=unit).values("case_id")
    found = []
    for case in Case.objects.filter(pk__in=ids, ended=False, archived=False).order_by("pk"):
        view = queries.history(case)
        one = Holding(case, is_named(view, person, unit), taken_out(view, person))
        if one.named or one.out:
            found.append(one)
    return found


def is_named(view: History, person: str, unit: str) -> bool:
    """Is he one of the officers who were last named for a duty at this unit, or to whom it was handed over?"""
    duties: dict[str, set[str]] = {}
    for event in view.effective:
        if event.name == "officers_assigned" and event.actor.unit == unit:
            duties[str(event.facts.get("duty") or "")] = set(event.facts.get("officers", ()))
        elif event.name == "handed_over":
            for officers in duties.values():
                officers.discard(event.facts["from_officer"])
            duties.setdefault("handed", set()).add(event.facts["to_officer"])
    return any(person in officers for officers in duties.values())


def taken_out(view: History, person: str) -> int:
    """How many pieces of material are out with him: taken out by him, or handed over to him with the case, and not back."""
    holders: dict[int, str] = {}
    for event in view.effective:
        if event.name == "taken_out":
            holders[event.seq] = event.facts.get("officer") or event.actor.person
        elif event.name == "handed_over":
            given = (event.facts["from_officer"], event.facts["to_officer"])
            holders = {seq: given[1] if who == given[0] else who for seq, who in holders.items()}
        elif event.name == "brought_back":
            holders = {seq: who for seq, who in holders.items() if seq not in event.re}
    return sum(who == person for who in holders.values())


def before_leaving(posting: Officer) -> list[str]:
    """For the act that ends a posting: why it cannot end yet."""
    held = of(posting)
    if not held:
        return []
    numbers = "、".join(one.case.number or f"#{one.case.pk}" for one in held[:NAMED])
    more = _("等") if len(held) > NAMED else ""
    return [
        _("此人手上还有 %(cases)d 件在办案件、%(out)d 份带出的材料没有移交：%(numbers)s%(more)s。请先逐件移交或另行确定承办人。")
        % {"cases": len(held), "out": sum(one.out for one in held), "numbers": numbers, "more": more}
    ]  # fmt: skip
