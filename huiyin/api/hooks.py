"""Webhooks over the API, for administrators: make, list, look at deliveries, resume, end."""

from __future__ import annotations

from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.http import Http404
from ninja import Query, Router, Schema, Status
from ninja.errors import AuthorizationError
from pydantic import ConfigDict, Field

from huiyin.api.desk import DeskRequest, reads, writes
from huiyin.core.facts import BadFact
from huiyin.hooks import actions
from huiyin.hooks.models import EVERY, Delivery, Subscription
from huiyin.org import queries as org
from huiyin.org.actions import ADMINISTRATORS
from huiyin.org.models import Officer

MOST = 200
router = Router(tags=["推送"])


class HookIn(Schema):
    """A subscription to be made. `posting`: whose eyes it has; default the token's own posting."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(max_length=80)
    url: str = Field(max_length=400)
    events: list[str] = Field(default_factory=lambda: [EVERY], max_length=200)
    posting: int | None = Field(None, ge=1, le=2**62)


class Hook(Schema):
    """A subscription. `state`: active, failing, stopped, ended."""

    id: int
    name: str
    url: str
    events: list[str]
    posting: str
    made: datetime
    state: str
    failing_since: datetime | None = None


class Made(Hook):
    """A new one, with the secret, which is shown this once."""

    secret: str


class Delivered(Schema):
    """One delivery. `state`: waiting, done, given_up."""

    id: str
    case_id: int
    seq: int
    event: str
    state: str
    attempts: int
    status: int | None = None
    error: str = ""
    made: datetime
    due_at: datetime
    finished: datetime | None = None


def _shown(hook: Subscription) -> dict[str, object]:
    state = "ended" if hook.ended else "stopped" if hook.stopped else "failing" if hook.failing_since else "active"
    return {
        "id": hook.pk, "name": hook.name, "url": hook.url, "events": list(hook.events), "posting": str(hook.officer), "made": hook.made,
        "state": state, "failing_since": hook.failing_since,
    }  # fmt: skip


def _administrator(request: DeskRequest) -> Officer:
    if request.officer.role not in ADMINISTRATORS:
        raise AuthorizationError
    return request.officer


def _hook(request: DeskRequest, id: int) -> Subscription:
    _administrator(request)
    found = Subscription.objects.filter(pk=id).select_related("officer__person").first()
    if found is None:
        raise Http404
    return found


@router.get("/hooks", auth=reads, response=list[Hook], summary="推送，管理员")
def hooks(request: DeskRequest) -> list[dict[str, object]]:
    """Every subscription, those that were ended too."""
    _administrator(request)
    return [_shown(hook) for hook in Subscription.objects.select_related("officer__person").order_by("pk")[:MOST]]


@router.post("/hooks", auth=writes, response={201: Made}, summary="建立推送，管理员")
def create(request: DeskRequest, body: HookIn) -> Status:
    """A new subscription; its secret is in this answer and nowhere else."""
    by = _administrator(request)
    officer = by
    if body.posting is not None:
        found = (
            Officer.objects.filter(org.in_force(org.today()), pk=body.posting, person__is_active=True)
            .select_related("person")
            .first()
        )
        if found is None:
            raise BadFact(None, "posting", "unknown_officer", "officer", str(body.posting))
        officer = found
    try:
        hook, secret = actions.create(officer, body.name, body.url, body.events, by=by)
    except actions.BadHook as error:
        raise BadFact(None, error.field, "wrong_type", "text", str(error)) from error
    except PermissionDenied:
        raise AuthorizationError
    return Status(201, {**_shown(hook), "secret": secret})


@router.get("/hooks/{id}/deliveries", auth=reads, response=list[Delivered], summary="一个推送的送达情况，新的在前")
def deliveries(
    request: DeskRequest,
    id: int,
    before: str | None = Query(None, description="上一页最后一件的 id"),
    size: int = Query(50, ge=1, le=MOST),
) -> list[dict[str, object]]:
    """What it was told, the newest first."""
    found = _hook(request, id).deliveries.order_by("-pk")
    if before is not None:
        last = Delivery.objects.filter(key=before, subscription_id=id).first()
        if last is None:
            raise Http404
        found = found.filter(pk__lt=last.pk)
    return [
        {
            "id": row.key, "case_id": row.case_id, "seq": row.seq, "event": row.event, "state": row.state, "attempts": row.attempts,
            "status": row.status, "error": row.error, "made": row.made, "due_at": row.due_at, "finished": row.finished,
        }
        for row in found[:size]
    ]  # fmt: skip


@router.post("/hooks/{id}/resume", auth=writes, response=Hook, summary="重新启用停用的推送，管理员")
def resume(request: DeskRequest, id: int) -> dict[str, object]:
    """Switch it on again."""
    hook = _hook(request, id)
    if hook.ended:
        raise Http404
    actions.resume(hook, by=request.officer)
    return _shown(hook)


@router.delete("/hooks/{id}", auth=writes, response={204: None}, summary="终止推送，管理员")
def end(request: DeskRequest, id: int) -> Status:
    """It is told nothing more."""
    hook = _hook(request, id)
    if not hook.ended:
        actions.end(hook, by=request.officer)
    return Status(204, None)
