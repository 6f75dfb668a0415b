"""Offers between the two sides of a dispute, on the page of either: what waits for an answer, what was agreed, the two acts."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _

from huiyin.cases import sides
from huiyin.web.casefile import CaseFile
from huiyin.web.partyacts import Act, Steps, mine
from huiyin.web.progress import Card, event_card


def waiting(file: CaseFile) -> list[Card]:
    """Offers of the other side that this party may still answer."""
    me = mine(file)
    return [event_card(file, event) for event in sides.open_offers(file.view, me)] if me else []


def agreed(file: CaseFile) -> bool:
    """Did somebody say yes in this round, and no agreement was written down since?"""
    said = [
        e for e in file.view.by_name.get(sides.ANSWERED, ()) if e.round == file.view.round and e.facts.get("agreed")
    ]
    settled = max((e.seq for e in file.view.by_name.get("settled", ())), default=0)
    return any(e.seq > settled for e in said)


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
