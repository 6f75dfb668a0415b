"""Files of a case: the copy and the small picture to look at, the original for the handler. Each is opened while it is sent."""

import logging
from collections.abc import Callable
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from huiyin.accounts import looks
from huiyin.cases import evidence
from huiyin.cases.evidence import Handed
from huiyin.cases.models import ORDINARY
from huiyin.evidence import queries, serving
from huiyin.evidence.errors import Unreadable
from huiyin.evidence.queries import COPY, ORIGINAL, THUMB
from huiyin.vault.errors import VaultError
from huiyin.web import evidence as web_evidence
from huiyin.web.casefile import CaseFile
from huiyin.web.people import DeskRequest, proven, to_prove
from huiyin.web.problems import Line, Problem
from huiyin.web.views.case import on_case
from huiyin.web.views.track import on_own_case

log = logging.getLogger("huiyin.evidence")


@require_GET
@on_case
def shown(request: DeskRequest, file: CaseFile, id: str, part: str) -> HttpResponse:
    """The copy, or the small picture of it. Who opened the copy stands in the log of looks."""
    answer = given(request, file, id, part)
    if part == COPY and answer.status_code == 200:
        looks.note(request.officer, looks.FILE, case_id=file.case.pk, what=id)
    return answer


@require_GET
@on_case
def viewer(request: DeskRequest, file: CaseFile) -> HttpResponse:
    """The files of a case: one picture at a time, to page through with keys; everything that is no picture is saved, never shown in the page."""
    rows = web_evidence.rows(file)
    pictures = [row for row in rows if row.thumb and row.picture]
    asked = request.GET.get("n", "")
    at = next((i for i, row in enumerate(pictures) if str(row.number) == asked), 0)
    told: dict[str, Any] = {
        "here": "cases",
        "case": file.case,
        "case_key": file.key,
        "evidence": rows,
        "pictures": pictures,
    }
    if pictures:
        told |= {
            "shown": pictures[at], "at": at + 1, "back": pictures[at - 1].number if at else 0,
            "forward": pictures[at + 1].number if at + 1 < len(pictures) else 0,
        }  # fmt: skip
    return render(request, "web/evidence.html", told)


@require_POST
@on_case
def original(request: DeskRequest, file: CaseFile, id: str) -> HttpResponse:
    """The original, for the handler; that it was handed out is entered in the log of what was revealed, before a byte is sent."""
    one = evidence.one(file, file.by, id)
    if one is None or not one.original:
        raise Http404
    if file.case.secrecy != ORDINARY and not proven(request):  # what a camera wrote into it may say who it was
        return to_prove(request)
    return sent(request, file, one, ORIGINAL, lambda: evidence.note_original(one, file.by, _("下载原件")))


@require_GET
@on_own_case
def tracked(request: HttpRequest, file: CaseFile, id: str, part: str) -> HttpResponse:
    """The same for the person whose matter it is: of what he handed in, and of what was sent to him."""
    return given(request, file, id, part)


def given(request: HttpRequest, file: CaseFile, id: str, part: str) -> HttpResponse:
    """Copy or small picture of a file that this viewer may have; else it is not there."""
    one = evidence.one(file, file.by, id)
    if one is None or not one.copy or part not in (COPY, THUMB) or (part == THUMB and not one.file.thumb_address):
        raise Http404
    return sent(request, file, one, part)


def sent(
    request: HttpRequest, file: CaseFile, one: Handed, part: str, before: Callable[[], None] | None = None
) -> HttpResponse:
    """The content, frame by frame. Only pictures that we drew are shown in the browser; all else is saved. What does not open is said so."""
    try:
        reader = queries.reader(one.file, part)
        content = serving.frames(reader)
    except (Unreadable, VaultError) as error:
        log.error("case %s: %s", one.file.case_id, error)
        return _damaged(request)
    if before is not None:
        before()
    kind = queries.kind_of(one.file, part)
    name = serving.file_name(str(file.case), one.number, part, kind)
    shown = kind.shown and part != ORIGINAL
    return serving.response(
        content, reader.size, kind.mime, content_disposition_header(not shown, name) or "attachment"
    )


def _damaged(request: HttpRequest) -> HttpResponse:
    problem = Problem(
        _("这个文件打不开"), [Line(_("保存的内容不完整或被改动过，已经记录下来。"))],
        _("请告知系统管理员；需要时请当事人再交一次。"), status=500,
    )  # fmt: skip
    return render(request, "web/error.html", {"problem": problem}, status=500)
