"""Files over the API: send one and get an id to put among facts; list those of a case; fetch copy, small picture or original."""

from __future__ import annotations

import secrets
from typing import Any, Literal, cast

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.http import content_disposition_header
from ninja import File, Router, Schema, Status
from ninja.errors import AuthorizationError
from ninja.files import UploadedFile

from huiyin.accounts import looks, throttle
from huiyin.api import words
from huiyin.api.desk import DeskRequest, case_of, reads, writes
from huiyin.api.models import IDENTITY
from huiyin.api.public import Code, by_code
from huiyin.cases import evidence, queries
from huiyin.cases.evidence import Handed
from huiyin.cases.models import ORDINARY
from huiyin.cases.people import By
from huiyin.cases.queries import Opened
from huiyin.cases.sent_files import owner_of
from huiyin.evidence import queries as stored
from huiyin.evidence import serving
from huiyin.evidence.kinds import KINDS
from huiyin.evidence.uploads import Received

desk = Router()
public = Router(tags=["public"])
One = File(..., alias="file", description="一个文件；类型按内容认定，超过上限或不收的类型返回 422")
Part = Literal["copy", "thumb", "original"]
MULTIPART = "multipart/form-data，字段名 file"


class SentFile(Schema):
    """A file that was taken in. `id` stands among the facts of the event that hands it in, e.g. `"files": ["file:…"]`."""

    id: str
    kind: str
    label: str
    size: int
    copy_made: bool


class CaseFile(Schema):
    """A file of a case, as this caller may know of it. `may`: which parts may be fetched."""

    id: str
    number: int
    name: str | None
    kind: str
    label: str
    size: int
    seq: int
    event: str
    handed_in: str
    may: list[str]
    erased: bool


def _sent(upload: UploadedFile, owner: str) -> Status:
    row = cast(Received, upload).stage(owner)
    kind = KINDS[row.kind]
    return Status(201, SentFile(
        id=f"file:{row.pk}", kind=row.kind, label=str(kind.label), size=row.size, copy_made=bool(row.copy_address)
    ))  # fmt: skip


def _listed(rows: list[Handed], originals: bool = True) -> list[CaseFile]:
    return [
        CaseFile(
            id=f"file:{one.file.pk}", number=one.number, name=one.name or None, kind=one.file.kind, label=str(KINDS[one.file.kind].label),
            size=one.file.size, seq=one.event.seq, event=one.event.name, handed_in=words.stored(one.file.made), may=_may(one, originals),
            erased=one.erased,
        )
        for one in rows
    ]  # fmt: skip


def _may(one: Handed, originals: bool = True) -> list[str]:
    thumb = one.copy and one.file.thumb_address
    each = (("copy", one.copy), ("thumb", thumb), ("original", one.original and originals))
    return [part for part, may in each if may]


def _given(opened: Opened, by: By, id: str, part: str) -> HttpResponse:
    """The content. An original is entered in the log of what was revealed first."""
    one = evidence.one(opened, by, id.removeprefix("file:"))
    if one is None or part not in _may(one):
        raise Http404
    reader = stored.reader(one.file, part)
    content = serving.frames(reader)
    if part == stored.ORIGINAL:
        evidence.note_original(one, by, "API")
    kind = stored.kind_of(one.file, part)
    disposition = content_disposition_header(True, serving.file_name(str(opened.case), one.number, part, kind))
    return serving.response(content, reader.size, kind.mime, disposition or "attachment")


# -- officers


@desk.post(
    "/files", auth=writes, response={201: SentFile}, summary="交一个文件，得到可写入事项的编号", description=MULTIPART
)
def send(request: DeskRequest, file: UploadedFile = One) -> Status:
    """Take in a file as the officer's; it is kept for a day, until an event names it."""
    return _sent(file, owner_of(request.officer))


@desk.get("/cases/{number}/files", auth=reads, response=list[CaseFile], summary="案件的证据材料")
def files(request: DeskRequest, number: str) -> Any:
    """The files of a case, with what of each this officer may have."""
    opened = _opened(request, number)
    return _listed(evidence.handed(opened, request.officer), _gives_originals(request, opened))


def _gives_originals(request: DeskRequest, opened: Opened) -> bool:
    """What a camera wrote into the original of a report may say who it was: that asks for more than reading."""
    return opened.case.secrecy == ORDINARY or IDENTITY in request.auth.scopes


@desk.get(
    "/cases/{number}/files/{id}/{part}",
    auth=reads,
    summary="下载副本、缩略图或原件（原件只给承办人，并记录在案；举报的原件还须令牌有 identity 权限）",
)
def fetch(request: DeskRequest, number: str, id: str, part: Part) -> HttpResponse:
    """One part of a file. Who fetched the copy stands in the log of looks, who the original in that of what was revealed."""
    opened = _opened(request, number)
    if part == stored.ORIGINAL and not _gives_originals(request, opened):
        raise AuthorizationError
    answer = _given(opened, request.officer, id, part)
    if part == "copy":
        looks.note(request.officer, looks.FILE, via="api", case_id=opened.case.pk, what=id)
    return answer


def _opened(request: DeskRequest, number: str) -> Opened:
    return queries.open_case(case_of(request, number))


# -- anybody


@public.post("/files", response={201: SentFile}, summary="来件前先交一个文件", description=MULTIPART)
def send_publicly(request: HttpRequest, file: UploadedFile = One) -> Status:
    """Take in a file of somebody who sends a matter in; its id is known to him alone."""
    throttle.sent(request)
    return _sent(file, f"api:{secrets.token_hex(16)}")


@public.get("/cases/{number}/files", response=list[CaseFile], summary="凭查询码查看自己交的和发给自己的材料")
def own_files(request: HttpRequest, number: str, code: str = Code) -> Any:
    """What he handed in and what was sent to him."""
    opened = queries.open_case(by_code(request, number, code))
    return _listed(evidence.handed(opened, queries.sender(opened, "api")))


@public.get("/cases/{number}/files/{id}/{part}", summary="凭查询码下载副本或缩略图")
def fetch_own(request: HttpRequest, number: str, id: str, part: Part, code: str = Code) -> HttpResponse:
    """One part of such a file."""
    opened = queries.open_case(by_code(request, number, code))
    return _given(opened, queries.sender(opened, "api"), id, part)
