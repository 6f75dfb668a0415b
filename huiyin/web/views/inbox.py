"""The inbox: what an officer and his unit were told, and what a machine could not tell and people must."""

from __future__ import annotations

from typing import Any, Final

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from huiyin.languages import load_vocabulary
from huiyin.notices import actions, openings, queries
from huiyin.notices.models import Outbox
from huiyin.search import exporting
from huiyin.web.casefile import number_key
from huiyin.web.people import DeskRequest, for_officers

METHODS: Final = ("phone", "in_person", "letter", "sms", "email", "wechat", "post")
SHOWN: Final = ("new", "all", "left")


@require_GET
@never_cache
@for_officers
def inbox(request: DeskRequest) -> HttpResponse:
    """New ones, all of them, or those left to people; the newest first, a page at a time by key."""
    shown = request.GET.get("show", "new")
    if shown not in SHOWN:
        raise Http404
    before = _before(request)
    told: dict[str, Any] = {
        "here": "inbox", "show": shown, "counts": {"new": queries.unread_count(request.officer), "left": queries.left_count(request.officer)},
        "most": queries.MOST, "newer": before is not None,
    }  # fmt: skip
    if shown == "left":
        rows, after = queries.left(request.officer, before=before)
        told |= {"left": [_left(request, row) for row in rows], "next": after}
    else:
        page = queries.inbox(request.officer, unread=shown == "new", before=before)
        cases = [line.case for line in page.rows if line.case is not None]
        told |= {
            "lines": [{"line": line, "key": number_key(line.case, cases) if line.case is not None else ""} for line in page.rows],
            "next": page.after,
        }  # fmt: skip
    return render(request, "web/inbox.html", told)


@require_POST
@never_cache
@for_officers
def inbox_open(request: DeskRequest, pk: int) -> HttpResponse:
    """He has read it; on to the case it is about."""
    notice = queries.mine(request.officer, pk)
    if notice is None:
        raise Http404
    actions.mark_read(request.officer, [notice])
    if notice.topic.startswith(f"{exporting.TOPIC}:"):
        return redirect("exports")
    if notice.topic.partition(":")[0] in (openings.ASKED, openings.ANSWERED):
        return redirect("identity")
    found = queries.lines([notice], set())[0]
    return redirect(reverse("case", args=[number_key(found.case)]) if found.case is not None else reverse("inbox"))


@require_POST
@never_cache
@for_officers
def inbox_read(request: DeskRequest) -> HttpResponse:
    """The ones that stood on the page are read."""
    wanted = [int(pk) for pk in request.POST.getlist("notice")[: queries.SIZE] if pk.isdecimal() and len(pk) < 19]
    actions.mark_read(
        request.officer, [n for n in (queries.mine(request.officer, pk) for pk in wanted) if n is not None]
    )
    return redirect("inbox")


@require_http_methods(["GET", "POST"])
@never_cache
@for_officers
def inbox_notice(request: DeskRequest, pk: int) -> HttpResponse:
    """One that a machine could not tell: its words to read out or print, and what became of it."""
    notice = queries.left_one(request.officer, pk)
    if notice is None:
        raise Http404
    if request.method == "GET":
        return render(request, "web/inbox_notice.html", _one(request, notice))
    try:
        _decide(request, notice)
    except (ValueError, KeyError) as error:
        return render(request, "web/inbox_notice.html", {**_one(request, notice), "problem": str(error)}, status=422)
    return redirect(reverse("inbox") + "?show=left")


def _decide(request: DeskRequest, notice: Outbox) -> None:
    does = request.POST.get("does")
    if does == "told":
        method = request.POST.get("method", "")
        if method not in METHODS:
            raise ValueError(_("请选择告知的方式。"))
        actions.settle(notice, method=method, by=request.officer)
        messages.success(request, _("已记作告知。需要在案件里留下记录的，请在案件中办理“告知当事人”。"))
    elif does == "arrived" and notice.state in ("unknown", "failed"):
        actions.settle(notice, by=request.officer)
        messages.success(request, _("已记作送达。"))
    elif does == "resend" and notice.state in ("unknown", "failed"):
        actions.resend(notice, by=request.officer)
        messages.success(request, _("将再发一次。"))
    elif does == "drop":
        actions.drop(notice, reason=request.POST.get("reason", ""), by=request.officer)
        messages.success(request, _("已记作不必告知。"))
    else:
        raise ValueError(_("请选择怎样处理。"))


def _one(request: DeskRequest, notice: Outbox) -> dict[str, Any]:
    values = load_vocabulary().values["method"]
    return {
        "here": "inbox", **_left(request, notice), "methods": [(name, values[name]) for name in METHODS], "reasons": actions.reasons().items(),
    }  # fmt: skip


def _left(request: DeskRequest, row: Outbox) -> dict[str, Any]:
    found = queries.shown(request.officer, row)
    return {
        "left": found,
        "notice": row,
        "key": number_key(found.case),
        "state": _state(row),
        "why": _why(row),
        "may": request.officer.role in queries.DECIDING,
    }


def _state(row: Outbox) -> str:
    return {"by_hand": _("等待人工告知"), "unknown": _("发送结果不明"), "failed": _("没有送达")}[row.state]


def _why(row: Outbox) -> str:
    """In words what the row says; the channel's own words stay in the command."""
    known = {
        "too old": _("超过期限没有发出。"),
        "no text": _("没有这种告知的文字，请管理员补写。"),
        "identity": _("文字里有需要保密一方的信息，没有发出。请改用不含其信息的说法告知。"),
        "damaged": _("加密的内容打不开，请管理员核对。"),
    }
    if row.state == "by_hand":
        return _("没有可用的电子联系方式，请打电话、当面或者书面告知。")
    if row.state == "unknown":
        return _("已经交给发送渠道，但没有收到结果，可能已经送达。请与当事人核实，再决定重发还是记作送达。")
    return known.get(row.error, _("发送渠道拒绝了这件告知，可能是地址或号码有误。"))


def _before(request: DeskRequest) -> int | None:
    before = request.GET.get("before", "")
    return int(before) if before.isdecimal() and len(before) < 19 else None
