"""Which unit a case is about, and so never finds it; shared by `decide`, the examples and the stored copies of access."""

from __future__ import annotations

from huiyin.core.history import History
from huiyin.core.model import Event, Party

# in these nobody is complained of: the unit named is the one asked or praised
NOBODY_COMPLAINED_OF = frozenset({"enquiry", "suggestion", "praise"})


def officers_named(view: History) -> frozenset[str]:
    """Officers whom the case was ever about, as it was recorded: who takes the name out again, or puts another in its place, opens it to nobody."""
    return frozenset(
        str(party.facts["officer"])
        for event in view.events
        for party in event.parties.values()
        if party.role == "respondent" and party.facts.get("officer")
    )


def unit_kept_away(view: History, party: Party, event: Event | None = None) -> str | None:
    """The unit that this party's part in the case keeps away from it, none where it keeps none. `event`: the act being decided.

    The unit of an official complained about is kept away for good. A unit complained about as such is let in when the body sends the case
    to it: where a department answers for its own work (谁主管谁负责), whether it may be sent there is for the rules to say, and an officer
    named stays outside all the same. Writing down what somebody came to say is open to whoever heard it.
    """
    unit: str | None = party.facts.get("unit")
    sort = party.facts.get("respondent_kind")
    if party.role != "respondent" or not unit or sort not in ("unit", "official"):
        return None
    if event is not None and event.name == "registered":
        return None
    if sort == "official":
        return unit
    if view.case_fact("kind") in NOBODY_COMPLAINED_OF or any(_sent_to(unit, e) for e in view.effective):
        return None
    return unit


def _sent_to(unit: str, event: Event) -> bool:
    to = event.facts.get("to")
    return event.name == "dispatched" and (unit in to if isinstance(to, tuple) else unit == to)
