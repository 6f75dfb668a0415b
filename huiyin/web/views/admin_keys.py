"""What other systems may do here, and what they are told: tokens of the API, webhooks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from huiyin.api import tokens
from huiyin.api.models import ApiToken
from huiyin.hooks import actions as hooks
from huiyin.hooks.models import EVERY, Subscription
from huiyin.org import powers, queries, reach
from huiyin.org.models import Officer, Person
from huiyin.web import words
from huiyin.web.forms.admin import HookForm, TokenForm
from huiyin.web.people import DeskRequest
from huiyin.web.templatetags.huiyin import posting_label
from huiyin.web.views.admin import for_keepers, page, reach_units

Row = TypeVar("Row", ApiToken, Subscription)
Given = TypeVar("Given", TokenForm, HookForm)


def _officer(request: DeskRequest, username: str) -> Officer | None:
    """The posting, in reach, of somebody by his user name: the first he holds."""
    person = Person.objects.filter(username=username.strip()).first()
    held = queries.postings(person) if person is not None else []
    return next((o for o in held if reach.holds(request.officer, o.unit_id)), None)


def _in_reach(request: DeskRequest, rows: QuerySet[Row]) -> QuerySet[Row]:
    """Those of postings at units in the reach of who asks."""
    return rows.filter(officer__unit__in=reach_units(request.officer)).select_related(
        "officer__unit", "officer__person"
    )


def _made(
    request: DeskRequest, kind: type[Given], make: Callable[[DeskRequest, Given, Officer], str]
) -> tuple[Given, str, int]:
    """What the page shows of making one for a posting: the form, the secret that is shown this once, and the status. `make` returns the
    secret, or nothing when it told the form what is wrong."""
    if request.method != "POST":
        return kind(), "", 200
    form = kind(request.POST)
    if form.is_valid():
        officer = _officer(request, form.cleaned_data["officer"])
        if officer is None:
            form.add_error("officer", _("没有这个用户名，或此人现在没有本单位及下级单位的任职。"))
        elif text := make(request, form, officer):
            return kind(), text, 200
    return form, "", 422


@require_http_methods(["GET", "POST"])
@for_keepers(powers.SECURITY)
def token_list(request: DeskRequest) -> HttpResponse:
    """Tokens of postings in reach; making one. Its text is shown once, on the answer itself: it stands in no session and no log."""
    form, text, status = _made(request, TokenForm, _make_token)
    shown = [
        {
            "token": t,
            "state": _token_state(t),
            "who": posting_label(t.officer),
            "scopes": words.listed(_scope(s) for s in t.scopes),
        }
        for t in _in_reach(request, ApiToken.objects.order_by("-pk"))
    ]
    told = {
        "form": form,
        "text": text,
        "rows": [r for r in shown if r["state"] == "now"],
        "over": [r for r in shown if r["state"] != "now"],
    }
    return page(request, "web/admin/tokens.html", "admin_tokens", told, status)


def _scope(name: str) -> str:
    return {"read": _("查看"), "write": _("登记和办理"), "identity": _("看身份信息的明文")}.get(name, name)


def _token_state(token: ApiToken) -> str:
    if token.revoked:
        return "revoked"
    return "over" if token.until is not None and token.until < queries.today() else "now"


def _make_token(request: DeskRequest, form: TokenForm, officer: Officer) -> str:
    given = form.cleaned_data
    try:
        _token, text = tokens.create(
            officer, given["name"], scopes=given["scopes"], until=given["until"], by=request.officer
        )
    except tokens.BadToken as bad:
        form.add_error(None, str(bad))
        return ""
    return text


@require_POST
@for_keepers(powers.SECURITY)
def revoke_token(request: DeskRequest, pk: int) -> HttpResponse:
    """From now on it opens nothing."""
    row = _in_reach(request, ApiToken.objects.filter(pk=pk, revoked=None)).first()
    if row is None:
        raise Http404
    tokens.revoke(row, by=request.officer)
    messages.success(request, _("令牌“%(name)s”已收回，马上失效。") % {"name": row.name})
    return redirect("admin_tokens")


@require_http_methods(["GET", "POST"])
@for_keepers()
def hook_list(request: DeskRequest) -> HttpResponse:
    """Subscriptions of postings in reach; making one. Its secret is shown once."""
    form, text, status = _made(request, HookForm, _make_hook)
    shown = [_hook_row(hook) for hook in _in_reach(request, Subscription.objects.order_by("-pk"))]
    told = {
        "form": form,
        "text": text,
        "rows": [r for r in shown if not r["hook"].ended],
        "over": [r for r in shown if r["hook"].ended],
    }
    return page(request, "web/admin/hooks.html", "admin_hooks", told, status)


def _hook_row(hook: Subscription) -> dict[str, Any]:
    events = _("全部事件") if EVERY in hook.events else words.listed(words.event_label(e) for e in hook.events)
    state, colour = (
        (_("已停用"), "red") if hook.stopped else (_("送不到"), "amber") if hook.failing_since else (_("正常"), "green")
    )
    return {"hook": hook, "who": posting_label(hook.officer), "events": events, "state": state, "colour": colour}


def _make_hook(request: DeskRequest, form: HookForm, officer: Officer) -> str:
    given = form.cleaned_data
    try:
        _hook, text = hooks.create(officer, given["name"], given["url"].strip(), given["events"], by=request.officer)
    except hooks.BadHook as bad:
        form.add_error(bad.field if bad.field in form.fields else None, str(bad))
        return ""
    return text


def _hook(request: DeskRequest, pk: int) -> Subscription:
    row = _in_reach(request, Subscription.objects.filter(pk=pk, ended=None)).first()
    if row is None:
        raise Http404
    return row


@require_POST
@for_keepers()
def end_hook(request: DeskRequest, pk: int) -> HttpResponse:
    """It is told nothing more."""
    row = _hook(request, pk)
    hooks.end(row, by=request.officer)
    messages.success(request, _("推送“%(name)s”已终止。") % {"name": row.name})
    return redirect("admin_hooks")


@require_POST
@for_keepers()
def resume_hook(request: DeskRequest, pk: int) -> HttpResponse:
    """Told again, from what waits."""
    row = _hook(request, pk)
    hooks.resume(row, by=request.officer)
    messages.success(request, _("推送“%(name)s”已恢复，积下的会按顺序送出。") % {"name": row.name})
    return redirect("admin_hooks")
