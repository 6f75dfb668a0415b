"""The respondent's page in rows: what was said to it and by it, what waits for its answer. Nothing here but what its timeline holds."""

from dataclasses import dataclass
from datetime import datetime

from huiyin.cases import sides
from huiyin.core.model import Due
from huiyin.web.casefile import CaseFile
from huiyin.web.caserows import FactRow, TimelineRow
from huiyin.web.partyacts import mine
from huiyin.web.progress import INNER

ASKS = frozenset({"respondent_notified", "demanded"})
ANSWERS = frozenset({"respondent_answered", "complied"})
HANDS_IN = ANSWERS | {"evidence_added", "materials_supplied"}


@dataclass(frozen=True)
class Letter:
    """One of them. `waits`: it was asked and has not answered. `offer`: an offer of the other side that it may still answer."""

    seq: int
    title: str
    at: datetime
    who: str
    mine: bool
    short: list[FactRow]
    texts: list[FactRow]
    waits: bool
    offer: bool


def letters(file: CaseFile) -> list[Letter]:
    """Everything that went between the office, the other side and this party, oldest first."""
    me = mine(file) or ""
    offers = {e.seq for e in sides.open_offers(file.view, me)}
    answered = max((e.seq for e in file.view.events if e.name in ANSWERS and _is_mine(file, e.seq, me)), default=0)
    found = []
    for row in reversed(file.timeline()):
        name = file.view.by_seq[row.seq].name
        own = _is_mine(file, row.seq, me)
        waits = not own and name in ASKS and row.seq > answered
        found.append(_letter(row, own, waits, row.seq in offers))
    return found


def _letter(row: TimelineRow, own: bool, waits: bool, offer: bool) -> Letter:
    short = [fact for fact in row.short if fact.name not in INNER]
    return Letter(row.seq, row.title, row.at, row.who, own, short, row.texts, waits, offer)


def _is_mine(file: CaseFile, seq: int, me: str) -> bool:
    """Did this party say it, or an officer write it down for it?"""
    event = file.view.by_seq.get(seq)
    if event is None:
        return False
    given = event.name in HANDS_IN or event.name in sides.BETWEEN_THE_SIDES
    return event.actor.party == me or (given and event.actor.inside and sides.author(file.view, event) == me)


def owed(file: CaseFile) -> list[Due]:
    """Running limits of the respondent's own."""
    return [d for d in file.dues if d.open and not d.window and (d.owed_by or "") == sides.RESPONDENT]
