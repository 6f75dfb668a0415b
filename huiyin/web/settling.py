"""Offers between the two sides of a dispute, on the page of either: what waits for an answer, what was agreed, the two acts."""

from dataclasses import dataclass
from typing import Any, Final

from django import forms
from django.utils.translation import gettext as _

from huiyin.cases import sides
from huiyin.core.model import Event
from huiyin.web.casefile import CaseFile
from huiyin.web.partyacts import Act, Steps, mine
from huiyin.web.progress import Card, event_card

SETTLED: Final = "settled"


def waiting(file: CaseFile) -> list[Card]:
    """Offers of the other side that this party may still answer."""
    me = mine(file)
    return [event_card(file, event) for event in sides.open_offers(file.view, me)] if me else []


def agreed(file: CaseFile) -> bool:
    """Did somebody say yes in this round, and no agreement was written down since?"""
    return _yes(file) is not None


def _yes(file: CaseFile) -> Event | None:
    """The newest yes of this round, while no agreement was written down since."""
    settled = max((e.seq for e in file.view.by_name.get(SETTLED, ())), default=0)
    said = [e for e in file.view.by_name.get(sides.ANSWERED, ()) if e.round == file.view.round and e.seq > settled]
    return next((e for e in reversed(said) if e.facts.get("agreed")), None)


@dataclass(frozen=True)
class Terms:
    """An offer that the other side said yes to, for the officer who writes the agreement down. `open`: he may do so now."""

    offer: Card
    answer: Card
    open: bool


def terms(file: CaseFile) -> Terms | None:
    """What both sides want, as this officer's timeline tells it."""
    found = _found(file)
    if found is None:
        return None
    offer, yes = found
    may = any(o.event == SETTLED and o.open for o in file.steps)
    return Terms(event_card(file, offer), event_card(file, yes), may)


def _found(file: CaseFile) -> tuple[Event, Event] | None:
    """The offer, and the yes to it."""
    yes = _yes(file)
    offer = next((file.view.by_seq[seq] for seq in yes.re if seq in file.view.by_seq), None) if yes else None
    return (offer, yes) if yes is not None and offer is not None else None


def begins(file: CaseFile, event: str) -> dict[str, Any]:
    """What the form of an agreement begins with: the terms both sides want. Words that he gets masked are left for him to write."""
    found = _found(file) if event == SETTLED else None
    if found is None:
        return {}
    offer, _yes_to_it = found
    rows = [r for r in file.event_rows(offer.seq) if r.name == "text" and not r.ref]
    fen = offer.facts.get("settled_fen")
    return {**({"text": rows[0].text} if rows else {}), **({"settled_fen": fen} if fen is not None else {})}


def offering(file: CaseFile, form: forms.Form) -> Act:
    """The act of an offer, of either side."""

    def steps() -> Steps:
        said = form.cleaned_data
        facts = {
            "party": mine(file),
            "text": said["text"],
            "settled_fen": said["settled_fen"],
            "answer_by": said["answer_by"],
        }
        return [(sides.OFFERED, facts, ())]

    lead = _(
        "方案由我们转给对方。对方同意的，由办理单位核实后写成协议；对方不同意的，照常办理。提出方案不影响您的其他权利。"
    )
    return Act(_("提出和解方案"), _("方案已转给对方。"), steps, lead=lead)


def answering(file: CaseFile, form: forms.Form, seq: int, about: list[Any]) -> Act:
    """The act of a yes or no, of either side."""

    def steps() -> Steps:
        said = form.cleaned_data
        return [(sides.ANSWERED, {"party": mine(file), "agreed": said["agreed"], "text": said["text"]}, (seq,))]

    lead = _("同意以后，由办理单位核实、写成协议，请双方签字后才生效。")
    return Act(_("答复和解方案"), _("您的答复已转给对方和办理单位。"), steps, _("提交答复"), lead, about)
