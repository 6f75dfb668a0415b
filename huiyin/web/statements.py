"""What the two sides said, beside each other: the one who complains and the one complained about, each in the order in which it was said."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from huiyin.cases import sides
from huiyin.cases.timeline import TimelineRow as Told
from huiyin.web.casefile import CaseFile
from huiyin.web.caserows import FactRow

COMPLAINING: Final = frozenset({"complainant", "reporter", "agent", "representative", "guardian", "public"})
ANSWERING: Final = frozenset({"respondent", "platform"})
BY_NAME: Final = {"respondent_answered": "respondent"}
FROM_THE_START: Final = ("what", "why", "demand")  # facts of the case that are the first words of whoever complains
OF_THE_OFFICE: Final = frozenset({"contacted", "checked", "mediated", "party_informed", "replied", "note_added"})


@dataclass(frozen=True)
class Statement:
    """One thing that a side said, or handed in."""

    title: str
    at: datetime
    texts: list[FactRow]


@dataclass(frozen=True)
class Sides:
    """Both columns."""

    complaining: list[Statement]
    answering: list[Statement]


def of(file: CaseFile) -> Sides | None:
    """Both sides; none as long as one of them has said nothing."""
    left: list[Statement] = []
    right: list[Statement] = []
    for row in file.told:
        side = _side(file, row)
        texts = list(_texts(file, row))
        if not texts or side is None or row.annulled:
            continue
        (right if side == "respondent" else left).append(Statement(row.label, row.occurred, texts))
    return Sides(left, right) if left and right else None


def _texts(file: CaseFile, row: Told) -> Iterable[FactRow]:
    if row.name == "registered":
        yield from (fact for fact in file.facts() if fact.name in FROM_THE_START)
    else:
        yield from (fact for fact in file.event_rows(row.seq) if fact.long)


def _side(file: CaseFile, row: Told) -> str | None:
    """Whose words these are: of who recorded it himself, else of the party that the event names."""
    if row.name == "registered":
        return "complainant"
    if row.name in BY_NAME:
        return BY_NAME[row.name]
    role = row.actor.role
    if row.actor.inside:
        if row.name in OF_THE_OFFICE:
            return None
        party = sides.author(file.view, file.log.events[row.seq - 1])
        role = file.view.parties[party].role if party in file.view.parties else ""
    return "complainant" if role in COMPLAINING else "respondent" if role in ANSWERING else None
