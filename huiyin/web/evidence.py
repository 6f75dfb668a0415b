"""The files of a case in words and rows, for the section of evidence on its pages."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from huiyin.cases import evidence
from huiyin.cases.evidence import HANDED_IN, Handed
from huiyin.evidence.kinds import KINDS
from huiyin.evidence.queries import COPY, kind_of
from huiyin.evidence.scanning import CLEAN
from huiyin.moments import local
from huiyin.web.casefile import CaseFile
from huiyin.web.forms.files import size_text


@dataclass(frozen=True)
class FileRow:
    """One file on the page. `copy` and `original` are the sizes of what may be had, "" where it may not; `why`: why there is less."""

    id: str
    number: int
    label: str
    name: str
    kind: str
    ending: str
    size: str
    who: str
    at: datetime
    event: str
    thumb: bool
    picture: bool
    copy: str
    original: str
    why: str
    struck: bool
    scanned: bool


def label(number: int) -> str:
    """How a file is called on pages: 材料3."""
    return _("材料%d") % number


def labels(file: CaseFile) -> dict[str, str]:
    """The same for every file of the case, by the form in which facts name it."""
    return {f"file:{id}": label(number) for id, number in evidence.numbers(file).items()}


def rows(file: CaseFile) -> list[FileRow]:
    """The files this viewer may know of."""
    return [_row(file, one) for one in evidence.handed(file, file.by)]


def _row(file: CaseFile, one: Handed) -> FileRow:
    kind = KINDS[one.file.kind]
    told = next((row for row in file.told if row.seq == one.event.seq), None)
    return FileRow(
        one.file.pk, one.number, label(one.number), one.name, str(kind.label), one.file.kind.upper(), size_text(one.file.size),
        _who(file, one, told), local(one.file.made), told.label if told is not None else "", bool(one.copy and one.file.thumb_address),
        kind_of(one.file, COPY).shown if one.copy else False, size_text(one.file.copy_size) if one.copy else "",
        size_text(one.file.size) if one.original else "", _why(file, one), one.struck, one.file.scanned == CLEAN,
    )  # fmt: skip


def _who(file: CaseFile, one: Handed, told: Any) -> str:
    """Who handed it in: the party whose it is, else who recorded the event."""
    no = one.event.facts.get("party")
    if one.event.name in HANDED_IN and isinstance(no, str) and no in file.names:
        return file.names[no]
    return file.who(told) if told is not None else ""


def _why(file: CaseFile, one: Handed) -> str:
    if one.erased:
        return _("已按规定销毁。")
    if not one.readable:
        return _("您无权查看内容。")
    if not one.file.copy_address and not one.original:
        return _("这类文件不能去除附带的信息，只交承办人查看。")
    return ""
