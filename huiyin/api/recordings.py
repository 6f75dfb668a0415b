"""Messages on the recording telephone over the API: a telephone system enters them as they are left; who calls back reads what waits."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ninja import Query, Router, Schema, Status
from pydantic import Field

from huiyin.accounts import looks
from huiyin.api import examples, shapes, showing, words
from huiyin.api.desk import DeskRequest, Key, reads, writes
from huiyin.cases import actions, recordings
from huiyin.cases.recordings import LEFT, Message
from huiyin.core.facts import BadFact
from huiyin.core.rules import Procedure
from huiyin.core.vocabulary import load_vocabulary
from huiyin.org import procedures

router = Router(tags=["recordings"])


class MessageOut(Schema):
    """One message. `waits`: nobody has dealt with it yet; `call_back_by`: the end of the limit for calling back, while it runs."""

    case: int
    number: str | None
    procedure: str
    left: str
    unit: str
    waits: bool
    tried: int
    call_back_by: str | None
    clauses: list[str]
    late: bool


class Leaving(shapes.Strict):
    """A message that was left. `occurred`: when, by the recording telephone; `file`: its sound, sent before to /files."""

    occurred: datetime
    phone: str | None = Field(None, max_length=40)
    file: str | None = Field(None, max_length=80)
    procedure: str | None = Field(None, max_length=120)
    late_reason: str | None = Field(None, max_length=500)


@router.get("/recordings", auth=reads, response=list[MessageOut], summary="录音留言：等待回拨的，最急的在前")
def listed(
    request: DeskRequest, all: bool = Query(False, description="近三个月的全部，新的在前；至多 100 条")
) -> list[MessageOut]:
    """Messages in cases this officer may find."""
    found = recordings.messages(request.officer, waiting=not all)
    looks.note(request.officer, looks.LIST, via="api", what=f"recordings ({len(found)})")
    return [_row(one) for one in found]


def _row(one: Message) -> MessageOut:
    due = one.due
    by = due.due_moment or due.late_at if due is not None else None
    return MessageOut(
        case=one.case.pk, number=one.case.number, procedure=one.case.procedure_id, left=words.stored(one.left.occurred), unit=one.case.unit,
        waits=one.waits, tried=one.tried, call_back_by=words.stored(by) if by else None, clauses=due.clauses.split() if due else [],
        late=recordings.is_late(one),
    )  # fmt: skip


@router.post(
    "/recordings", auth=writes, response={201: shapes.Registered}, summary="登入一条录音留言，回拨期限从留言时起算",
    openapi_extra=examples.body("recording"),
)  # fmt: skip
def leave(request: DeskRequest, body: Leaving, key: str | None = Key) -> Status:
    """Enter a message: a case begins with it. Without a procedure it is the first of the unit that counts time from messages."""
    unit = request.officer.unit_id
    request.event = LEFT
    rules = _rules(body.procedure, unit)
    request.procedure = rules
    given: dict[str, Any] = {"phone": body.phone, "file": body.file, "channel": "recording", "kind": rules.kinds[0]}
    known = load_vocabulary().events[LEFT].facts
    case = actions.register(
        rules, unit, by=request.officer, event=LEFT, facts={n: v for n, v in given.items() if v is not None and n in known},
        occurred=body.occurred, late_reason=body.late_reason, key=key,
    )  # fmt: skip
    return Status(201, showing.registered(case))


def _rules(id: str | None, unit: str) -> Procedure:
    """The procedure named, as the unit has adopted it; else the first that counts time from a message."""
    found = [procedures.procedure_for(a.hash) for a in procedures.adopted(unit) if id is None or a.procedure == id]
    if not found:
        raise BadFact(LEFT, "procedure", "no_procedure", "code", id)
    return next((rules for rules in found if recordings.counts_messages(rules)), found[0])
