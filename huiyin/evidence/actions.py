"""Writing evidence: take a file in, give it to a case, take it away. Nothing that was refused or never sent stays."""

from __future__ import annotations

import logging
import os
import secrets
from collections.abc import Iterable, Sequence
from datetime import timedelta
from functools import partial
from typing import Any, Final

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from huiyin.core.facts import BadFact
from huiyin.evidence import derive, kinds, queries, scanning, storage
from huiyin.evidence.errors import BadFile
from huiyin.evidence.models import FACT, STAGED_CASE, File, Staged, Stored
from huiyin.evidence.queries import Sealed
from huiyin.vault import actions as vault
from huiyin.vault.actions import Item
from huiyin.vault.refs import VaultRef

log = logging.getLogger("huiyin.evidence")
MEGABYTE: Final = 1_000_000  # as people and their file managers count
MOST: Final = 30  # staged files of one person or visit
KEPT: Final = timedelta(hours=24)  # a staged file nobody goes on with
NAME: Final = 255  # characters of a name that are kept
MEANWHILE: Final = timedelta(hours=1)  # a file without a row may be one whose row is just being written
COLUMNS: Final = (
    "kind", "size", "address", "copy_kind", "copy_size", "copy_address", "thumb_address", "made", "scanned", "owner",
)  # fmt: skip


def largest() -> int:
    """Bytes that one file may have."""
    return int(settings.FILE_MB) * MEGABYTE


def too_large(size: int = 0) -> BadFile:
    """The refusal of a file that is too large."""
    told = {"most": settings.FILE_MB, "size": round(size / MEGABYTE)}
    if not size:
        return BadFile("size", _("文件超过 %(most)d MB，没有收下。照片请缩小，视频请剪短或分成几段再交。") % told)
    return BadFile("size", _("文件有 %(size)d MB，最大可收 %(most)d MB。照片请缩小，视频请剪短或分成几段再交。") % told)


class Incoming:
    """A file on its way in, closed while it arrives. `stage` takes it over; `drop` (also by being forgotten) takes it away."""

    def __init__(self) -> None:
        self.key = os.urandom(storage.KEY)
        self.writer = storage.Writer(self.key, queries.ORIGINAL)
        self.over = False  # more than one may send

    @property
    def size(self) -> int:
        return self.writer.size

    def write(self, data: Any) -> None:
        """Some more of it. What is too large is not kept any further, and is refused when it is staged."""
        if self.over:
            return
        if self.size + len(data) > largest():
            self.over = True
            self.writer.drop()
            return
        self.writer.write(data)

    def drop(self) -> None:
        """It is not wanted."""
        self.writer.drop()


def stage(incoming: Incoming, name: str, owner: str) -> Staged:
    """Look at a file, make its copy, put both into place and enter it as `owner`'s, for no case yet. Raises BadFile; nothing stays then."""
    if incoming.over:
        raise too_large()
    if Staged.objects.filter(owner=owner).count() >= MOST:
        incoming.drop()
        raise BadFile("many", _("一次最多交 %d 个文件。请先提交，其余的以后再补充。") % MOST)
    made: derive.Derived | None = None
    try:
        with kinds.buffered(incoming.writer.reader()) as content:
            kind = kinds.detect(content, name)
            with incoming.writer.reader() as looked_at:
                found = scanning.scanned(looked_at)
            made = derive.derive(content, kind, partial(storage.Writer, incoming.key))
        return _placed(incoming, made, kind, name, owner, found)
    except BaseException:
        incoming.drop()
        if made is not None:
            made.drop()
        raise


def _placed(incoming: Incoming, made: derive.Derived, kind: kinds.Kind, name: str, owner: str, scanned: str) -> Staged:
    """Files first, the row last: what a crash leaves behind is a file that no row names, and it is swept."""
    now, writer = timezone.now(), incoming.writer
    address = writer.place()
    copy = made.copy.place() if made.copy is not None else address if made.kind else ""
    row = Staged(
        id=secrets.token_hex(16), kind=kind.code, size=writer.size, address=address, copy_kind=made.kind,
        copy_size=made.copy.size if made.copy is not None else writer.size if made.kind else 0, copy_address=copy,
        thumb_address=made.thumb.place() if made.thumb is not None else "", made=now, owner=owner, touched=now,
        scanned=scanned,
    )  # fmt: skip
    sealed = Sealed(incoming.key, name[:NAME].encode("utf-8", "replace").decode(), writer.digest.hex())
    item = Item(FACT, sealed.value(), row.pk, kind="file", ref=VaultRef(queries.staged_ref(row.pk)))
    with transaction.atomic():
        vault.seal_many(STAGED_CASE, [item])
        row.save(force_insert=True)
    return row


def touch(ids: Iterable[str], owner: str, draft: int | None = None) -> None:
    """Somebody goes on with these; `draft`: of the desk, with which they stay until it is registered or dropped."""
    Staged.objects.filter(pk__in=list(ids), owner=owner).update(touched=timezone.now(), draft=draft)


def drop(ids: Iterable[str], owner: str) -> int:
    """Take back what was not sent yet. Returns how many files."""
    return _drop(list(queries.staged(ids, owner).values()))


def drop_of_draft(draft: int) -> int:
    """Its draft was dropped, or registered without it."""
    return _drop(list(Staged.objects.filter(draft=draft)))


def _drop(rows: Sequence[Staged]) -> int:
    count = 0
    for row in rows:
        with transaction.atomic():
            if not Staged.objects.filter(pk=row.pk).delete()[0]:
                continue  # an event took it meanwhile
            vault.forget(STAGED_CASE, row.pk)
            transaction.on_commit(partial(_remove, row.addresses))
            count += 1
    return count


def _remove(addresses: Sequence[str]) -> None:
    for address in addresses:
        try:
            storage.remove(address)
        except OSError as error:  # the sweep comes by again
            log.warning("file %s was not removed: %s", address, error.strerror)


# -- into a case


def attach(case_id: int, seq: int, event: str, named: Sequence[tuple[str, str]]) -> None:
    """Staged files (id, fact) become files of the case, in the transaction of the event that names them. Raises BadFact when one of them was
    used or swept meanwhile."""
    rows = Staged.objects.in_bulk([id for id, _fact in named])
    for id, fact in named:
        row = rows.get(id)
        if row is None or not Staged.objects.filter(pk=id).delete()[0]:
            raise BadFact(event, fact, "file_used", "file")
        try:
            File.objects.bulk_create(
                [File(id=id, case_id=case_id, seq=seq, fact=fact, **{name: getattr(row, name) for name in COLUMNS})]
            )
        except IntegrityError as error:
            raise BadFact(event, fact, "file_used", "file") from error
        vault.forget(STAGED_CASE, id)


def place(case_id: int, named: Sequence[tuple[str, int, str]]) -> int:
    """Bring (id, event, fact) of a case's files to what its events say. Returns how many were different."""
    there = {row.pk: row for row in queries.of_case(case_id)}
    changed = 0
    for id, seq, fact in named:
        row = there.get(id)
        if row is not None and (row.seq, row.fact) != (seq, fact):
            changed += File.objects.filter(pk=id).update(seq=seq, fact=fact)
    return changed


# -- away


def erase(cases: Sequence[int]) -> None:
    """The keys of these cases were destroyed: their files go with the commit. The rows stay, since events name them."""
    for start in range(0, len(cases), 500):
        rows = list(File.objects.filter(case_id__in=cases[start : start + 500]).exclude(address=""))
        if rows:
            gone = {"address": "", "copy_address": "", "copy_kind": "", "copy_size": 0, "thumb_address": ""}
            File.objects.filter(pk__in=[row.pk for row in rows]).update(**gone)
            transaction.on_commit(partial(_remove, [a for row in rows for a in row.addresses]))


def sweep_staged(older_than: timedelta = KEPT) -> int:
    """Take away files that were sent, that no event names and nobody went on with for so long. Returns how many."""
    count = 0
    while rows := list(
        Staged.objects.filter(draft__isnull=True, touched__lte=timezone.now() - older_than).order_by("touched")[:100]
    ):
        count += _drop(rows)
    return count


def sweep_files(older_than: timedelta = MEANWHILE) -> int:
    """Take away files on the disk that no row names: left by a crash between the disk and the database. Returns how many."""
    count = storage.sweep_incoming(max(older_than, MEANWHILE).total_seconds())
    page: list[str] = []
    for address in storage.addresses(older_than.total_seconds()):
        page.append(address)
        if len(page) == 500:
            count, page = count + _unnamed(page), []
    return count + _unnamed(page)


def _unnamed(addresses: Sequence[str]) -> int:
    known = set[str]()
    for model in (Staged, File):  # staged first: what moves meanwhile is found in the second
        for name in ("address", "copy_address", "thumb_address"):
            known |= set(model.objects.filter(**{f"{name}__in": addresses}).values_list(name, flat=True))
    gone = [address for address in addresses if address not in known]
    _remove(gone)
    return len(gone)


def sweep(older_than: timedelta = KEPT) -> int:
    """Everything that is left over: what the worker calls from time to time. Returns how many files went."""
    return sweep_staged(older_than) + sweep_files()


__all__ = [
    "Incoming",
    "Stored",
    "attach",
    "drop",
    "drop_of_draft",
    "erase",
    "largest",
    "place",
    "stage",
    "sweep",
    "sweep_files",
    "sweep_staged",
    "touch",
]
