"""Tried too often from one address: a page that says so, whichever page it was."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from huiyin.accounts.throttle import HOUR, TooMany
from huiyin.web.problems import Line, Problem


class TooManyPage:
    """Middleware: TooMany, wherever a view let it rise, is a 429 in words."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """The page, for this one error."""
        if not isinstance(error, TooMany):
            return None
        again = (
            _("请过一小时再试。在单位或公共场所上网的，可能是同一网络里的别人试的；着急的请打电话。")
            if error.within >= HOUR
            else _("请过一刻钟再试。在单位或公共场所上网的，可能是同一网络里的别人试的；着急的请打电话。")
        )
        problem = Problem(_("试得太多了"), [Line(_("短时间内从您的网络地址来的请求太多。"))], again, status=429)
        answer = render(request, "web/error.html", {"problem": problem}, status=429)
        answer["Retry-After"] = str(int(error.within.total_seconds()))
        return answer
