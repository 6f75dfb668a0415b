"""Everything that a search shows, to take away: as a stream at once, or made in the background; each entered with its reason."""

from __future__ import annotations

from typing import Any, Final, cast

from django.contrib import messages
from django.http import FileResponse, Http404, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from huiyin.accounts import looks
from huiyin.cases.errors import Busy
from huiyin.evidence.errors import Unreadable
from huiyin.moments import local
from huiyin.search import exporting
from huiyin.search.exporting import BadExport
from huiyin.search.models import Export
from huiyin.web import searches
from huiyin.web.people import DeskRequest, for_officers, freshly
from huiyin.web.searches import Asked

TYPES: Final = {
    exporting.CSV: "text/csv; charset=utf-8",
    exporting.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


@require_http_methods(["GET", "POST"])
@never_cache
@for_officers
@freshly
def new(request: DeskRequest) -> HttpResponse:
    """Why, and in what form; then the list itself, or its place in the row."""
    name = request.POST.get("s", "") or request.GET.get("s", "")
    asked = searches.kept(request, name, request.officer) if name else None
    if asked is None:
        messages.warning(request, _("请先查找，再导出查到的案件。"))
        return redirect("search")
    if request.method == "GET":
        return _form(request, asked, name, "")
    now = request.POST.get("way", "") == "now"
    format = exporting.CSV if now else request.POST.get("way", "")
    try:
        export = exporting.begin(
            request.officer, asked.typed, asked.filters, reason=request.POST.get("reason", ""), format=format, now=now
        )
        looks.note(request.officer, looks.EXPORT, what=f"search {format}", reason=request.POST.get("reason", ""))
    except BadExport as bad:
        return _form(request, asked, name, str(bad), status=422)
    except Busy:
        return _form(request, asked, name, _("系统正忙，请稍等几秒再试。"), status=503)
    if not now:
        return redirect("exports")
    answer = StreamingHttpResponse(exporting.as_stream(export, request.officer), content_type=TYPES[exporting.CSV])
    return _to_save(answer, export)


def _form(request: DeskRequest, asked: Asked, name: str, wrong: str, status: int = 200) -> HttpResponse:
    told = {
        "here": "search", "asked": asked, "name": name, "wrong": wrong, "given": request.POST,
        "way": request.POST.get("way") or "now",
    }  # fmt: skip
    return render(request, "web/export.html", told, status=status)


def _to_save(answer: HttpResponseBase, export: Export) -> HttpResponse:
    """A name that tells nothing of anybody; no copy of it stays with a browser or a proxy."""
    name = f"cases-{local(export.made):%Y%m%d-%H%M}.{export.format}"
    answer["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    answer["Cache-Control"] = "no-store"
    answer["X-Accel-Buffering"] = "no"
    return cast(HttpResponse, answer)  # a stream, which has no content of its own: nobody here asks for any


@require_GET
@never_cache
@for_officers
def exports(request: DeskRequest) -> HttpResponse:
    """The lists of this person, with how far each is. With `part` only those, for a page that keeps itself fresh."""
    rows = [_row(export, request) for export in exporting.of_person(request.officer)]
    template = "web/parts/exports.html" if "part" in request.GET else "web/exports.html"
    going_on = any(row["going_on"] for row in rows)
    return render(
        request, template, {"here": "search", "rows": rows, "going_on": going_on, "part": "part" in request.GET}
    )


def _row(export: Export, request: DeskRequest) -> dict[str, Any]:
    quiet = timezone.now() - export.beat > exporting.DEAD
    state = exporting.BROKEN if export.state == exporting.SENDING and quiet else export.state
    colour = {"waiting": "blue", "running": "blue", "sending": "blue", "done": "green"}.get(state, "red")
    said = {
        "waiting": _("等待生成"), "running": _("正在生成"), "sending": _("正在下载"), "done": _("已完成"), "failed": _("没有生成"),
        "broken": _("下载中断"),
    }  # fmt: skip
    return {
        "export": export, "state": said[state], "colour": colour, "going_on": state in ("waiting", "running", "sending"),
        "there": bool(export.size) and export.officer_id == request.officer.pk, "file": bool(export.size),
    }  # fmt: skip


@require_POST
@never_cache
@for_officers
@freshly
def fetch(request: DeskRequest, pk: int) -> HttpResponse:
    """The file of one that was made in the background. Of somebody else's, or of another posting, there is none."""
    export = exporting.one_of(request.officer, pk)
    if export is None or not export.size:
        raise Http404
    try:
        content = exporting.opened(export)
    except Unreadable:
        raise Http404
    looks.note(request.officer, looks.EXPORT, what=f"search {export.format} {export.pk}", reason=export.reason)
    answer = FileResponse(content, content_type=TYPES[export.format])
    answer["Content-Length"] = str(export.size)
    return _to_save(answer, export)
