"""What a respondent may do with the code of a notice: see what is asked of it, answer, offer a settlement, answer one."""

from __future__ import annotations

from typing import Any, Final

from django.http import HttpRequest
from ninja import Header, Path, Router, Schema, Status
from pydantic import Field

from huiyin.accounts import throttle
from huiyin.api import shapes, showing
from huiyin.api.desk import Key
from huiyin.cases import actions, queries, respondents, sides
from huiyin.cases.errors import NoSuchCase
from huiyin.cases.respondents import Opening
from huiyin.cases.timeline import Timeline
from huiyin.core.vocabulary import load_vocabulary

router = Router(tags=["public"])
Code = Header(..., alias="X-Answer-Code", max_length=80, description="通知上的答复码")
MAY: Final = frozenset({
    "respondent_answered", "evidence_added", "consented", "consent_withdrawn", "settlement_offered", "settlement_answered", "complied", "performed",
})  # fmt: skip
"""What is recorded here; the party is always the one the code is for."""


class Answering(shapes.Strict):
    """One act of the respondent. `party` is known from the code."""

    facts: dict[str, Any] = Field(default_factory=dict)
    re: list[int] = Field(default_factory=list)


class AskedCase(Schema):
    """What a respondent may see. `acts`: what it may record now; `offers`: numbers of the events with which the other side made it an offer that
    it has not answered."""

    number: str | None
    unit: str
    events: list[shapes.Event]
    limits: list[shapes.Limit]
    acts: list[str]
    offers: list[int]


@router.get("/respond", response=AskedCase, summary="凭答复码查看要求被诉方答复什么")
def asked(request: HttpRequest, code: str = Code) -> AskedCase:
    """What was addressed to it and what it said. A wrong code is a 404, and so is one that is over."""
    found = _opening(request, code)
    opened = queries.open_case(found.case)
    mine = [d for d in opened.limits if d.open and not d.window and d.owed_by == sides.RESPONDENT]
    may = {offer.event for offer in opened.offers(found.by) if offer.open}
    routing = opened.view.routing_at()
    return AskedCase(
        number=found.case.number, unit=routing.lead or routing.holder or found.case.unit,
        events=showing.events(Timeline(opened, found.by).rows()), limits=[showing.limit(d) for d in mine], acts=sorted(may & MAY),
        offers=[e.seq for e in sides.open_offers(opened.view, found.by.party)],
    )  # fmt: skip


@router.post("/respond/{event}", response={201: shapes.Recorded}, summary="凭答复码答复、交材料、提出或答复和解方案")
def answer(
    request: HttpRequest,
    body: Answering,
    event: str = Path(..., max_length=40),
    code: str = Code,
    key: str | None = Key,
) -> Status:
    """Record one act as this respondent."""
    found = _opening(request, code)
    if event not in MAY:
        raise NoSuchCase(event)
    facts = dict(body.facts)
    if "party" in load_vocabulary().events[event].facts:
        facts["party"] = found.by.party
    throttle.said(found.case.pk, found.by.party)
    rows = actions.record(found.case, event, by=found.by, facts=facts, re=body.re, key=key)
    return Status(201, showing.recorded(found.case, rows))


def _opening(request: HttpRequest, code: str) -> Opening:
    """Raises NoSuchCase; TooMany after many wrong ones from one address."""
    found = throttle.found(request, lambda: _known(code))
    if found is None:
        raise NoSuchCase("respondent code")
    return found


def _known(code: str) -> Opening | None:
    try:
        return respondents.opening(code, "api")
    except respondents.CodeOver:
        raise
    except NoSuchCase:
        return None
