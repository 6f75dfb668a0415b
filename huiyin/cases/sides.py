"""The two sides of a dispute: who is meant by what one of them writes to the other."""

from __future__ import annotations

from typing import Final

from huiyin.core.history import History
from huiyin.core.model import Event

RESPONDENT: Final = "respondent"
OFFERED, ANSWERED = "settlement_offered", "settlement_answered"
BETWEEN_THE_SIDES: Final = frozenset({OFFERED, ANSWERED})
"""What one side of a dispute writes to the other."""


def author(view: History, event: Event) -> str:
    """The number of the party whose words these are; none for an officer's own. What an officer writes down for a party is that party's."""
    said = event.facts.get("party") or event.actor.party
    return min(view.party_ids(said), default="") if said else ""


def for_whom(view: History, event: Event) -> frozenset[str]:
    """Parties that an offer or an answer to one is for: those it names, else the other side; an answer is for whoever made the offer."""
    by = author(view, event)
    if event.name == ANSWERED:
        offers = [view.by_seq[seq] for seq in event.re if seq in view.by_seq]
        return frozenset(no for offer in offers for no in _beside(view, author(view, offer))) - {by}
    named = event.facts.get("to")
    if named:
        return view.party_ids(named) - {by}
    if not by:
        return frozenset(view.parties)
    answers = _role(view, by) == RESPONDENT
    return frozenset(no for no in view.parties if (_role(view, no) == RESPONDENT) is not answers)


APPOINTMENT: Final = "appointment_set"


def concerns(view: History, event: Event, no: str, *, secret: bool) -> bool:
    """Is this party told of the step at all? Of an appointment only those hear with whom it is; where the sender is a secret, the respondent only
    when it is named: who knows when and where somebody comes to the office need only look who it is."""
    if event.name != APPOINTMENT:
        return True
    named = event.facts.get("party")
    if named:
        return no in view.party_ids(named)
    return not (secret and _role(view, no) == RESPONDENT)


def open_offers(view: History, party: str) -> list[Event]:
    """Offers that this party may answer and has not, of the present round, the newest last. Nothing is open once there is an agreement."""
    settled = max((e.seq for e in view.by_name.get("settled", ())), default=0)
    mine = {seq for e in view.by_name.get(ANSWERED, ()) if author(view, e) == party for seq in e.re}
    return [
        e
        for e in view.by_name.get(OFFERED, ())
        if e.round == view.round and e.seq > settled and e.seq not in mine and party in for_whom(view, e)
    ]


def _role(view: History, no: str) -> str:
    party = view.parties.get(no)
    return party.role if party is not None else ""


def _beside(view: History, no: str) -> frozenset[str]:
    """Those who stand with this party: the complaining side as a whole, each respondent for itself."""
    if _role(view, no) == RESPONDENT:
        return frozenset({no})
    return frozenset(id for id, party in view.parties.items() if party.role != RESPONDENT)
