"""Personal values in plain over the API, for tokens that were given this by name: the same verbs as the pages. Everything is logged."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import Http404, HttpResponse
from django.utils.translation import gettext as _
from ninja import Router, Schema, Status
from pydantic import Field

from huiyin.api import problems, shapes
from huiyin.api.desk import Bearer, DeskRequest, case_of
from huiyin.api.models import IDENTITY
from huiyin.cases import identity
from huiyin.cases.identity import Masked, NobodyToAsk, NoReason, NotMasked, NotNow, State
from huiyin.cases.queries import open_case
from huiyin.core.facts import UNWRITABLE
from huiyin.moments import local
from huiyin.vault.models import Opening

router = Router(tags=["identity"])
opens = Bearer(IDENTITY)


class Asking(shapes.Strict):
    """Whose identity, by the number of the party ("": the numbers masked in texts), and why."""

    party: str = Field("", max_length=40)
    reason: str = Field(min_length=2, max_length=500)


class AnsweringRequest(shapes.Strict):
    """Agree, or not with a reason."""

    grant: bool
    says: str = Field("", max_length=500)


class Request(Schema):
    """A request. `state`: asked | granted | denied | shown | over; `until`: when that ends by itself."""

    id: int
    number: str
    party: str
    asked_at: datetime
    asked_by: str
    role: str
    unit: str
    reason: str
    state: str
    until: datetime | None = None
    says: str = ""


class Plain(Schema):
    """A value in plain."""

    name: str
    label: str
    value: Any


class Shown(Schema):
    """What was shown, this once."""

    items: list[Plain]


class Requests(Schema):
    """What waits for the token's posting, and what it asked for."""

    waiting: list[Request]
    mine: list[Request]


@router.post(
    "/cases/{number}/identity",
    auth=opens,
    response={200: Shown, 202: Request},
    summary="看当事人的明文；须另一人同意的，提出申请",
)
def ask(request: DeskRequest, number: str, body: Asking) -> Status | HttpResponse:
    """200 with the values, each logged; or 202: somebody else has to agree first."""
    opened, officer, reason = open_case(case_of(request, number)), request.officer, UNWRITABLE.sub("", body.reason)
    there = [one for one in identity.masked(opened, officer).values() if one.party == body.party]
    if not there:
        raise Http404
    try:
        if any(identity.takes_two(opened, one) for one in there):
            made = identity.ask(opened, officer, body.party, reason)
            return Status(202, _request(made, str(opened.case), State.of(made)))
        return Status(200, _shown([(one, identity.reveal(opened, officer, one.ref, reason)) for one in there]))
    except NoReason as why:
        return problems.problem(422, "no-reason", str(why) or _("请写明查看原因。"))
    except NobodyToAsk:
        return problems.problem(409, "nobody-to-ask", _("现在没有别人可以同意。"))


@router.get("/identity", auth=opens, response=Requests, summary="查看身份信息的申请：等待答复的，自己提出的")
def listed(request: DeskRequest) -> Requests:
    """As on the page."""
    officer = request.officer
    waiting = [_request(row, str(opened.case), State.of(row)) for row, opened in identity.waiting(officer)]
    mine = [_request(row, str(opened.case), state) for row, state, opened in identity.mine(officer)]
    return Requests(waiting=waiting, mine=mine)


@router.post("/identity/{id}/answer", auth=opens, response=Request, summary="答复申请：同意，或者不同意并写明原因")
def answer(request: DeskRequest, id: int, body: AnsweringRequest) -> Request | HttpResponse:
    """Never by who asked."""
    row = _found(id)
    try:
        identity.answer(request.officer, row, grant=body.grant, says=UNWRITABLE.sub("", body.says))
        return _request(row, str(identity.case_of(request.officer, row)), State.of(row))
    except NotMasked as nothing:
        raise Http404 from nothing
    except NoReason as why:
        return problems.problem(422, "no-reason", str(why) or _("不同意的，请写明原因。"))
    except NotNow as now:
        return _not_now(now)


@router.post("/identity/{id}/show", auth=opens, response=Shown, summary="看一次已经同意的")
def show(request: DeskRequest, id: int) -> Shown | HttpResponse:
    """Once."""
    try:
        return _shown(identity.show(request.officer, _found(id)))
    except NotMasked as nothing:
        raise Http404 from nothing
    except NotNow as now:
        return _not_now(now)


def _found(id: int) -> Opening:
    found = identity.one(id) if 0 < id < 2**62 else None
    if found is None:
        raise Http404
    return found


def _not_now(now: NotNow) -> HttpResponse:
    return problems.problem(409, "not-now", _("申请已经答复、看过或者失效。"), state=now.state)


def _shown(found: list[tuple[Masked, Any]]) -> Shown:
    return Shown(items=[Plain(name=one.name, label=one.label, value=value) for one, value in found])


def _request(row: Opening, number: str, state: State) -> Request:
    said = state.answer
    return Request(
        id=row.pk, number=number, party=row.party, asked_at=local(row.at), asked_by=row.person, role=row.role, unit=row.unit, reason=row.reason,
        state=state.what, until=local(state.until) if state.until else None, says=said.says if said else "",
    )  # fmt: skip
