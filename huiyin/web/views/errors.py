"""Pages for what cannot be answered. Each says what happened and what to do; none shows anything of the inside."""

import logging
import sys

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from huiyin import outages
from huiyin.web.problems import Line, Problem

log = logging.getLogger("huiyin.web")


def _page(request: HttpRequest, problem: Problem) -> HttpResponse:
    return render(request, "web/error.html", {"problem": problem}, status=problem.status)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """400, and 413 when it was too much to take in."""
    if isinstance(exception, RequestDataTooBig):
        advice = _("请按浏览器的“返回”键回到填写页，文字还在；缩短文字、少选几个文件再提交，其余的以后补充。")
        return _page(
            request,
            Problem(_("内容太长或文件太大，没有收下"), [Line(_("一次提交的文字或文件太大。"))], advice, status=413),
        )
    return _page(
        request,
        Problem(_("无法识别这个请求"), [Line(_("网址或提交的内容不完整。"))], _("请从首页重新打开。"), status=400),
    )


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """404: not there, or not for this person; the two look alike."""
    return _page(
        request,
        Problem(_("没有找到"), [Line(_("没有这个页面或案件，或者您无权查看。"))], _("请核对网址或编号。"), status=404),
    )


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """403: known, but not allowed."""
    return _page(
        request,
        Problem(
            _("不能这样做"), [Line(_("您没有这样做的权限。"))], _("需要办理的，请找本单位的系统管理员。"), status=403
        ),
    )


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403: a form was open so long that its safety mark ran out, or it came from another site."""
    said = [Line(_("页面打开太久，或浏览器没有保存本站的安全标记。"))]
    advice = _("请按“返回”键回到原来的页面，刷新后再提交；填写的文字可以先复制下来。")
    return _page(request, Problem(_("没有提交成功"), said, advice, status=403))


def broken(request: HttpRequest) -> HttpResponse:
    """500: the fault is ours and has been logged. 503 where what we stand on is away."""
    if kind := outages.kind_of(sys.exc_info()[1]):
        return unavailable(request, kind)
    return _page(
        request,
        Problem(
            _("系统出错"), [Line(_("这是我们的问题，已经记录下来。"))], _("请稍后再试；急事请打电话。"), status=500
        ),
    )


def unavailable(request: HttpRequest, kind: str) -> HttpResponse:
    """503: the database does not answer, or there is no room. Made without asking the database for anything, one line in the log."""
    log.error(
        "%s %s: %s", request.method, request.resolver_match.route if request.resolver_match else "", outages.SAID[kind]
    )
    lines = {
        outages.AWAY: _("数据库暂时没有答复。刚才提交的内容不知道是否已经记下。"),
        outages.FULL: _("服务器没有空间了，刚才提交的内容没有记下。"),
        outages.BUSY: _("正在办理的人太多，刚才提交的内容没有记下。"),
    }
    advice = _("请过几分钟按浏览器的“返回”键回到原来的页面再提交，已经记下的不会重复记；急事请打电话。")
    problem = Problem(_("暂时不能办理"), [Line(lines[kind])], advice, status=503)
    answer = HttpResponse(render_to_string("web/error.html", {"problem": problem}), status=503)
    answer["Retry-After"] = str(outages.RETRY_AFTER[kind])
    answer._has_been_logged = True  # type: ignore[attr-defined]  # Django would tell of it once more, with every frame
    return answer
