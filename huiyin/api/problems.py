"""Everything that goes wrong, as application/problem+json (RFC 9457): in Chinese, with the clauses where it was the rules."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping
from typing import Any, Final

from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.db import DatabaseError, InterfaceError
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from ninja.errors import AuthenticationError, AuthorizationError, HttpError, ValidationError

from huiyin import outages
from huiyin.accounts.throttle import TooMany
from huiyin.api import words
from huiyin.cases import leaving, reasons
from huiyin.cases.errors import Busy, KeyReused, NoSuchCase, Stale
from huiyin.core.facts import BadFact
from huiyin.core.model import Refused
from huiyin.evidence.errors import BadFile, Unreadable
from huiyin.org.procedures import UnknownProcedure

log = logging.getLogger("huiyin.api")
TYPE: Final = "application/problem+json"
URN: Final = "urn:huiyin:problem:"


def problem(status: int, kind: str, title: str, detail: str = "", **more: Any) -> HttpResponse:
    """One problem. Members that say nothing are left out."""
    body = {"type": URN + kind, "title": title, "status": status, "detail": detail, **more}
    told = {name: value for name, value in body.items() if value not in ("", None, [], ())}
    text = json.dumps(told, ensure_ascii=False).encode("utf-8", "replace")  # names in a request may hold anything
    return HttpResponse(text, status=status, content_type=TYPE)


def of_refusal(request: HttpRequest, refused: Refused) -> HttpResponse:
    """The rules do not allow it: 409, with every clause cited."""
    event = str(getattr(request, "event", "registered"))
    means, advice, lines = reasons.of_refusal(refused, event, getattr(request, "procedure", None))
    titles = {
        "wall": _("不能办理本案"), "role": _("这一步不由该岗位办理"), "open": _("现在还不能办这一步"), "approval": _("这一步须先经批准"),
    }  # fmt: skip
    return problem(
        409, "refused", titles.get(refused.stage, _("规则不允许这样办")), " ".join(filter(None, (means, advice))),
        code=refused.code, stage=refused.stage, clauses=list(refused.clauses),
        says=[{"text": line.says, "clauses": list(line.clauses)} for line in lines],
        missing=list(refused.data.get("missing", ())), waits_for=list(refused.data.get("after", ())),
        marks=list(refused.data.get("marks", ())), let_go=list(leaving.REASONS) if refused.data.get("may_let_go") else [],
    )  # fmt: skip


def of_bad_fact(request: HttpRequest, bad: BadFact) -> HttpResponse:
    """A value that is not of its type, or that nobody knows: 422."""
    return problem(
        422,
        "bad-fact",
        _("填写的内容有误"),
        reasons.of_bad_fact(bad),
        code=bad.code,
        fact=bad.fact,
        expected=bad.expected,
    )


def of_validation(request: HttpRequest, error: ValidationError) -> HttpResponse:
    """The request is not of the form that the description gives: 422, with each place."""
    found = [{"at": ".".join(map(str, e["loc"])), "says": _said(e)} for e in error.errors]
    return problem(
        422, "bad-request", _("请求的格式不对"), "；".join(f"{e['at']}：{e['says']}" for e in found), errors=found
    )


def _said(error: Mapping[str, Any]) -> str:
    kind = str(error.get("type", ""))
    if kind == "missing":
        return _("没有填写")
    if kind == "extra_forbidden":
        return _("没有这一项")
    expected = {
        "string": _("应为文字"), "int": _("应为整数"), "bool": _("应为 true 或 false"), "list": _("应为列表"), "dict": _("应为表"),
        "datetime": _("应为时间，如 2026-05-29T09:30:00"), "date": _("应为日期，如 2026-05-29"), "model": _("应为表"),
        "literal": _("不是可用的值"), "enum": _("不是可用的值"),
    }  # fmt: skip
    return next((said for start, said in expected.items() if kind.startswith(start)), _("内容不对"))


def of_stale(request: HttpRequest, stale: Stale) -> HttpResponse:
    """The case changed since `shown_seq`: 409, with what happened."""
    changes = [
        {
            "seq": c.seq, "event": c.name, "label": words.event_label(c.name), "by": {"role": c.role, "unit": c.unit},
            "occurred": words.moment(c.occurred), "recorded": words.moment(c.recorded),
        }
        for c in stale.changes
    ]  # fmt: skip
    detail = _("案件在 shown_seq 之后有了变化，未作记录。请看过变化，再以新的 shown_seq 提交。")
    return problem(409, "stale", _("案件刚刚有了变化"), detail, code="stale", changes=changes)


def of_http(request: HttpRequest, error: HttpError) -> HttpResponse:
    """What django-ninja itself finds wrong, above all a body that is no JSON."""
    if error.status_code == 400:
        return problem(400, "no-json", _("请求的内容不是正确的 JSON"), _("请检查引号、逗号和编码（UTF-8）。"))
    return plain(error.status_code)


def too_large(request: HttpRequest, error: Exception | None = None) -> HttpResponse:
    """More than a request may hold."""
    return problem(
        413, "too-large", _("内容太大"), _("一次请求不得超过 2.5 MB，文件另计。请缩短文字，文件用 /files 逐个提交。")
    )


def bad_file(request: HttpRequest, error: BadFile) -> HttpResponse:
    """A file that is not taken: 422, with what to do."""
    return problem(422, "bad-file", _("文件没有收下"), error.says, code=error.code)


def damaged(request: HttpRequest, error: Unreadable) -> HttpResponse:
    """A stored file is not there or was altered: 500, logged with its address on the disk."""
    log.error("%s", error)
    return problem(
        500, "damaged-file", _("这个文件打不开"), _("保存的内容不完整或被改动过，已经记录下来，请告知系统管理员。")
    )


def _route(request: HttpRequest) -> str:
    return str(request.resolver_match.route) if request.resolver_match else ""


def broken(request: HttpRequest, error: Exception) -> HttpResponse:
    """A defect of ours: logged once, with the traceback, and told without it."""
    log.error("%s %s", request.method, _route(request), exc_info=error)
    found = plain(500)
    found._has_been_logged = True  # type: ignore[attr-defined]  # Django would tell of it once more
    return found


def unavailable(request: HttpRequest, error: Exception) -> HttpResponse:
    """The database is away, or there is no room: 503, one line in the log, and the same request may be sent again. Else a defect of ours."""
    kind = outages.kind_of(error)
    if not kind:
        return broken(request, error)
    if kind == outages.BUSY:
        return plain(503)
    log.error("%s %s: %s (%s)", request.method, _route(request), outages.SAID[kind], type(error).__name__)
    title, detail = {
        outages.AWAY: (_("暂时不能办理"), _("数据库没有答复，不知道是否已经记录。请稍候用同一个 Idempotency-Key 再提交，不会重复记录。")),
        outages.FULL: (_("暂时不能记录"), _("服务器没有空间了，未作记录。请告知管理员，稍候再提交。")),
    }[kind]  # fmt: skip
    found = problem(503, kind, title, detail, code=kind)
    found["Retry-After"] = str(outages.RETRY_AFTER[kind])
    found._has_been_logged = True  # type: ignore[attr-defined]
    return found


def plain(status: int) -> HttpResponse:
    """A problem without more to say than its status."""
    kind, title, detail = {
        400: ("bad-request", _("请求有误"), ""),
        401: (
            "unauthorised",
            _("没有有效的令牌"),
            _("请在 Authorization 中写明 Bearer 令牌；令牌可能已过期、停用，或任职已结束。"),
        ),
        403: ("forbidden", _("令牌没有这项权限"), ""),
        404: ("not-found", _("没有找到"), _("没有这个地址、单位或案件，或者它不归您查看。")),
        405: ("method-not-allowed", _("这个地址不支持这种方法"), ""),
        503: ("busy", _("案件正忙"), _("别人正在写入这个案件，未作记录。请稍候再提交。")),
    }.get(status, ("broken", _("系统出了差错"), _("差错已经记录，请稍后再试；仍有问题请告知管理员。")))
    found = problem(status, kind, title, detail)
    if status == 401:
        found["WWW-Authenticate"] = "Bearer"
    if status == 503:
        found["Retry-After"] = str(outages.RETRY_AFTER[outages.BUSY])
    return found


def too_many(request: HttpRequest, error: TooMany) -> HttpResponse:
    """Tried or sent too often from one address."""
    found = problem(
        429, "too-many", _("试得太多了"), _("短时间内从您的网络地址来的请求太多，请过一会儿再试。"), code="too_many"
    )
    found["Retry-After"] = str(int(error.within.total_seconds()))
    return found


def key_reused(request: HttpRequest, error: KeyReused) -> HttpResponse:
    """The idempotency key belongs to another request."""
    detail = _("这个 Idempotency-Key 已用于另一个请求，未作记录。请换一个。")
    return problem(422, "key-reused", _("Idempotency-Key 重复使用"), detail, code="key_reused")


Handler = Callable[[HttpRequest, Any], HttpResponse]
HANDLERS: Final[dict[type[Exception], Handler]] = {
    Refused: of_refusal,
    BadFact: of_bad_fact,
    ValidationError: of_validation,
    Stale: of_stale,
    KeyReused: key_reused,
    TooMany: too_many,
    Busy: lambda request, error: plain(503),
    NoSuchCase: lambda request, error: plain(404),
    Http404: lambda request, error: plain(404),
    UnknownProcedure: lambda request, error: plain(404),
    BadFile: bad_file,
    Unreadable: damaged,
    AuthenticationError: lambda request, error: plain(401),
    AuthorizationError: lambda request, error: plain(403),
    HttpError: of_http,
    RequestDataTooBig: too_large,
    SuspiciousOperation: lambda request, error: plain(400),
    DatabaseError: unavailable,
    InterfaceError: unavailable,
    OSError: unavailable,
    Exception: broken,
}
