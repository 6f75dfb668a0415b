"""What officers may do through a token: register, read, record. The same actions and queries as the pages."""

from __future__ import annotations

from typing import Any, cast

from django.db.models import Q
from django.http import HttpRequest
from ninja import Header, Path, Query, Router, Status
from ninja.errors import AuthorizationError
from ninja.security import HttpBearer

from huiyin.accounts import looks
from huiyin.api import describe, examples, shapes, showing, tokens, words
from huiyin.api.models import READ, WRITE, ApiToken
from huiyin.cases import actions, boards, queries
from huiyin.cases.errors import NoSuchCase
from huiyin.cases.models import Case
from huiyin.cases.timeline import timeline
from huiyin.core.facts import UNWRITABLE, BadFact
from huiyin.core.offers import SYSTEM_ONLY
from huiyin.core.vocabulary import load_vocabulary
from huiyin.org import procedures
from huiyin.org.models import Officer

LONGEST_KEY = 80
MOST = 200  # rows of one part of a list
Key = Header(
    None, alias="Idempotency-Key", min_length=1, max_length=LONGEST_KEY, description="同一请求重发时不重复记录，保留7天"
)


class DeskRequest(HttpRequest):
    """A request with a token that is in force."""

    auth: ApiToken
    officer: Officer
    event: str
    procedure: Any


class Bearer(HttpBearer):
    """`Authorization: Bearer hy_...`. A token without the scope is a 403."""

    openapi_bearerFormat = "hy_…"  # the name is django-ninja's

    def __init__(self, scope: str) -> None:
        super().__init__()
        self.scope = scope

    def authenticate(self, request: HttpRequest, token: str) -> ApiToken | None:
        found = tokens.check(token)
        if found is None:
            return None
        if self.scope not in found.scopes:
            raise AuthorizationError
        cast(DeskRequest, request).officer = found.officer
        return found


router = Router()
reads, writes = Bearer(READ), Bearer(WRITE)


def case_of(request: DeskRequest, number: str) -> Case:
    """The case of the address; ~12 is the one with that id, where several units use one number. Raises NoSuchCase."""
    try:
        found = queries.by_number(request.officer, "#" + number[1:] if number.startswith("~") else number)
    except NoSuchCase:
        looks.refused(request.officer, queries.hidden(number), via="api")
        raise
    looks.note(request.officer, looks.CASE, via="api", case_id=found.pk)
    return found


# -- reading


@router.get("/cases", auth=reads, response=shapes.CasePage, summary="所见案件，新的在前")
def cases(
    request: DeskRequest,
    before: int | None = Query(None, ge=1, description="上一页的 next"),
    size: int = Query(50, ge=1, le=MOST),
    kind: str | None = None,
    stage: str | None = None,
    channel: str | None = None,
    number: str | None = None,
    external_system: str | None = None,
    external_no: str | None = None,
) -> shapes.CasePage:
    """Cases the officer may find, by key: no page costs more than the first."""
    chosen = {"kind": kind, "stage": stage, "channel": channel}
    wanted: dict[str, Any] = {name: value for name, value in chosen.items() if value is not None}
    exact = Q(number=number) if number is not None else None
    if external_system is not None and external_no is not None:
        exact = (exact or Q()) & Q(pk__in=queries.external(external_system, external_no))
    if number is not None and UNWRITABLE.search(number):
        return shapes.CasePage(items=[], next=None)
    page = boards.case_page(request.officer, before, size, exact=exact, **wanted)
    looks.note(
        request.officer, looks.SEARCH if exact is not None else looks.LIST, via="api",
        what=f"cases {' '.join(sorted(wanted))} ({len(page.rows)})",
    )  # fmt: skip
    return shapes.CasePage(items=[showing.line(c) for c in page.rows], next=page.before)


@router.get(
    "/cases/{number}", auth=reads, response=shapes.CaseFull, summary="一个案件：事项、当事人（遮盖）、时限、可办步骤"
)
def case(request: DeskRequest, number: str) -> shapes.CaseFull:
    """Everything of a case that this officer may see and do."""
    return showing.full(queries.open_case(case_of(request, number)), request.officer)


@router.get("/cases/{number}/events", auth=reads, response=shapes.Events, summary="案件的事件")
def events(
    request: DeskRequest, number: str, after: int = Query(0, ge=0, description="只要此后的事件")
) -> shapes.Events:
    """The log of a case, masked."""
    opened = queries.open_case(case_of(request, number))
    rows = [row for row in timeline(opened, request.officer) if row.seq > after]
    return shapes.Events(seq=opened.view.next_seq - 1, items=showing.events(rows))


@router.get("/cases/{number}/limits", auth=reads, response=list[shapes.Limit], summary="案件的时限及其计算")
def limits(
    request: DeskRequest, number: str, running: bool = Query(False, description="只要未结束的")
) -> list[shapes.Limit]:
    """Every limit with its clauses and how it was counted."""
    return showing.limits(queries.open_case(case_of(request, number)), running=running)


@router.get("/todo", auth=reads, response=shapes.TodoPage, summary="待办，先到期的在前")
def todo(
    request: DeskRequest,
    after: str | None = Query(None, description="上一页的 next"),
    size: int = Query(50, ge=1, le=MOST),
    whole_unit: bool | None = Query(None, description="true 本单位全部，false 只要本岗位的；不写按岗位"),
) -> shapes.TodoPage:
    """What the officer's unit owes, as far as it is his."""
    try:
        return showing.todo(queries.todo(request.officer, after, size, whole_unit=whole_unit))
    except (ValueError, OverflowError) as error:
        raise BadFact(None, "after", "wrong_type", "text", after) from error


# -- writing


@router.post(
    "/cases",
    auth=writes,
    response={201: shapes.Registered},
    summary="登记",
    openapi_extra=describe.registering(public=False),
)
def register(request: DeskRequest, body: shapes.Registering, key: str | None = Key) -> Status:
    """Register a case at the unit of the token's posting."""
    unit = request.officer.unit_id
    request.event = "registered"
    case = actions.register(
        _procedure(body.procedure, unit, body.facts), unit, by=request.officer, facts=body.facts, parties=body.parties,
        occurred=body.occurred, late_reason=body.late_reason, key=key,
    )  # fmt: skip
    return Status(201, showing.registered(case))


def _procedure(id: str | None, unit: str, facts: dict[str, Any]) -> str:
    """The procedure named, else the one the unit works by for that kind: one made for it before those that also take it."""
    if id is not None:
        return id
    kind = str(facts.get("kind") or "complaint")
    there = procedures.adopted(unit, kind)
    own = [a for a in there if a.kinds[:1] == (kind,)] or there
    if not own:
        raise BadFact("registered", "kind", "no_procedure", "code", kind)
    return own[0].procedure


def _add_verbs() -> None:
    """One address a verb: POST /cases/{number}/events/<event>, each with the facts of that event."""
    for name, kind in load_vocabulary().events.items():
        if name in SYSTEM_ONLY or name == "registered":
            continue
        group = words.label("group", kind.group) or kind.group
        router.add_api_operation(
            f"/cases/{{number}}/events/{name}", ["POST"], _verb(name), auth=writes, response={201: shapes.Recorded},
            summary=kind.label_zh, description=examples.says(name), operation_id=f"record_{name}", openapi_extra=describe.recording(name),
            tags=[group],
        )  # fmt: skip


def _verb(name: str) -> Any:
    def record(request: DeskRequest, body: shapes.Recording, number: str = Path(...), key: str | None = Key) -> Status:
        found = case_of(request, number)
        request.event, request.procedure = name, procedures.procedure_for(found.procedure_hash)
        rows = actions.record(
            found, name, by=request.officer, facts=body.facts, occurred=body.occurred, re=body.re, late_reason=body.late_reason,
            parties=body.parties, shown_seq=body.shown_seq, key=key, let_go=body.let_go or "",
        )  # fmt: skip
        return Status(201, showing.recorded(found, rows))

    record.__name__ = f"record_{name}"
    record.__doc__ = None
    return record


_add_verbs()
