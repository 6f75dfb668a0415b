"""Addresses of the API. Every answer that is no success is application/problem+json, also those that no view of ours made."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, InterfaceError
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.views.decorators.csrf import csrf_exempt
from ninja import NinjaAPI

from huiyin import __version__, languages
from huiyin.api import describe, evidence, problems
from huiyin.api.desk import router as desk
from huiyin.api.hooks import router as hooks
from huiyin.api.identity import router as identity
from huiyin.api.intake import router as intake
from huiyin.api.lists import router as lists
from huiyin.api.public import router as public
from huiyin.api.recordings import router as recordings
from huiyin.api.registers import router as registers
from huiyin.api.respond import router as respond
from huiyin.api.search import router as search
from huiyin.org import snapshot

TITLE = "回音 Huiyin API"
ABOUT = """投诉举报办理的接口，与网页办理的是同一套步骤和规则。

- 令牌：`Authorization: Bearer hy_…`，由管理员用 `huiyin token create` 建立，以某个任职的身份办理。
- 出错时返回 `application/problem+json`：规则不允许为 409，带条款；填写有误为 422；没有或不归查看为 404；内容太大为 413。
- 重发请求时带同一个 `Idempotency-Key`，不会重复记录。
- 时间不写时区为北京时间。个人信息一律遮盖；只有持 identity 权限的令牌可以写明原因看明文，每次都记录。
"""


class Api(NinjaAPI):
    """The API with the facts of every event in its description, and problems for whatever is no success. Described once."""

    described: Any = None

    def get_openapi_schema(self, **more: Any) -> Any:
        if self.described is None:
            with languages.in_source():  # kept for everybody
                self.described = describe.completed(super().get_openapi_schema(**more))
        return self.described


api = Api(
    title=TITLE,
    version=__version__,
    description=ABOUT,
    docs_url=None,
    openapi_url="/openapi.json",
    urls_namespace="api",
)
api.add_router("", desk)
api.add_router("", lists)
api.add_router("", search)
api.add_router("", hooks)
api.add_router("", identity)
api.add_router("", intake)
api.add_router("", recordings)
api.add_router("", registers)
api.add_router("/public", public)
api.add_router("/public", respond)
api.add_router("", evidence.desk)
api.add_router("/public", evidence.public)
for _kind, _handler in problems.HANDLERS.items():
    api.add_exception_handler(_kind, _handler)


def as_problems(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """The view with its own log-in (tokens), one look at the organisation, and problems where Django would answer with a page."""

    @wraps(view)
    def inner(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            with snapshot.steady():
                found = view(request, *args, **kwargs)
        except Http404:
            found = problems.plain(404)
        except (
            DatabaseError,
            InterfaceError,
            OSError,
        ) as error:  # before the view, where the organisation is looked up
            found = problems.unavailable(request, error)
        if found.status_code >= 400 and not found.headers.get("Content-Type", "").startswith(problems.TYPE):
            told = problems.plain(found.status_code)
            if "Allow" in found.headers:
                told["Allow"] = found.headers["Allow"]
            return told
        return found

    return login_not_required(csrf_exempt(inner))


@login_not_required
@csrf_exempt
def nothing_here(request: HttpRequest, rest: str = "") -> HttpResponse:
    """Any other address under /api/."""
    return problems.plain(404)


def _wrapped(pattern: URLPattern) -> URLPattern:
    return URLPattern(pattern.pattern, as_problems(pattern.callback), pattern.default_args, pattern.name)


app_name = "api"
urlpatterns = [
    *(_wrapped(pattern) for pattern in api.urls[0] if isinstance(pattern, URLPattern)),
    path("", nothing_here),
    path("<path:rest>", nothing_here),
]
