"""Reading evidence: staged files of somebody, files of a case, and what is in them. Who may see what is asked above, in huiyin.cases."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

from huiyin.evidence import storage
from huiyin.evidence.errors import Unreadable
from huiyin.evidence.kinds import KINDS, Kind
from huiyin.evidence.models import File, Staged, Stored
from huiyin.evidence.names import safe
from huiyin.vault import actions as vault
from huiyin.vault.errors import Damaged, UnknownRef

ORIGINAL, COPY, THUMB = "original", "copy", "thumb"
PARTS: Final = (ORIGINAL, COPY, THUMB)


@dataclass(frozen=True, slots=True)
class Sealed:
    """What the vault closes of a file. `digest`: SHA-256 of the original, hexadecimal."""

    key: bytes
    name: str
    digest: str

    @classmethod
    def of(cls, value: Mapping[str, Any]) -> Sealed:
        """From its written form."""
        return cls(bytes.fromhex(value["key"]), value["name"], value["sha256"])

    def value(self) -> dict[str, str]:
        """As it is sealed."""
        return {"key": self.key.hex(), "name": self.name, "sha256": self.digest}


def staged(ids: Iterable[str], owner: str | None = None) -> dict[str, Staged]:
    """Staged files by id; with `owner` only those of that person or visit."""
    wanted = list(dict.fromkeys(ids))
    found = Staged.objects.filter(pk__in=wanted) if wanted else Staged.objects.none()
    return {row.pk: row for row in (found if owner is None else found.filter(owner=owner))}


def of_case(case_id: int) -> list[File]:
    """The files of a case, in the order in which events brought them."""
    return list(File.objects.filter(case_id=case_id).order_by("seq", "made", "pk"))


def files(ids: Iterable[str]) -> dict[str, File]:
    """Files of cases by id."""
    wanted = list(dict.fromkeys(ids))
    return {row.pk: row for row in File.objects.filter(pk__in=wanted)} if wanted else {}


def sealed(ids: Iterable[str]) -> dict[str, Sealed]:
    """Key, name and digest of files by id, without those that were erased. Raises Damaged, UnknownRef."""
    opened = vault.open_many(ids)
    return {ref: Sealed.of(value) for ref, value in opened.items() if value is not vault.ERASED}


def sealed_staged(rows: Iterable[Staged]) -> dict[str, Sealed]:
    """The same of staged files: their records stand under refs of their own."""
    return sealed_by_ref({row.pk: staged_ref(row.pk) for row in rows})


def sealed_by_ref(refs: Mapping[str, str]) -> dict[str, Sealed]:
    """The same by other keys."""
    opened = sealed(refs.values())
    return {id: opened[ref] for id, ref in refs.items() if ref in opened}


def staged_ref(id: str) -> str:
    """The vault's ref of a staged file: not its own, which the case will use."""
    return f"{int(id, 16) ^ (2**128 - 1):032x}"


def kind_of(row: Stored, part: str = ORIGINAL) -> Kind:
    """What a part of a file is."""
    return KINDS["jpg" if part == THUMB else row.copy_kind if part == COPY else row.kind]


def names(rows: Sequence[Stored]) -> dict[str, str]:
    """The names people gave, made safe, of those that can be opened."""
    refs = {row.pk: staged_ref(row.pk) if isinstance(row, Staged) else row.pk for row in rows}
    try:
        found = sealed_by_ref(refs)
    except (Damaged, UnknownRef):  # `huiyin verify` names it; the list is shown all the same
        found = {}
        for id, ref in refs.items():
            with suppress(Damaged, UnknownRef):
                found |= sealed_by_ref({id: ref})
    return {row.pk: safe(found[row.pk].name, KINDS[row.kind]) for row in rows if row.pk in found}


def reader(row: Stored, part: str) -> storage.Reader:
    """The content of a part. Raises Unreadable when it is not there, or was erased."""
    address = {ORIGINAL: row.address, COPY: row.copy_address, THUMB: row.thumb_address}[part]
    if not address:
        raise Unreadable(f"file {row.pk} has no {part}")
    found = sealed_staged([row]) if isinstance(row, Staged) else sealed([row.pk])
    if row.pk not in found:
        raise Unreadable(f"file {row.pk} was erased")
    own = part if address != row.address else ORIGINAL  # a text is its own copy
    return storage.open_file(address, found[row.pk].key, own)


# -- does everything still fit?


def faults(cases: Sequence[int]) -> Iterator[tuple[int, int, str]]:
    """(case, event, what) of files of these cases that are not there, do not open, or do not fit what the event commits to. Part of `huiyin
    verify`; reads every file."""
    for row in File.objects.filter(case_id__in=cases).order_by("case_id", "seq", "pk").iterator(chunk_size=200):
        try:
            what = _fault(row)
        except (Damaged, UnknownRef):  # said of the record already
            continue
        except Unreadable as error:
            what = str(error)
        if what:
            yield row.case_id, row.seq, f"{row.pk} {what}"


def _fault(row: File) -> str:
    found = sealed([row.pk]).get(row.pk)
    if found is None:
        return "erased, but its content is there" if row.address else ""
    if not row.address:
        return "no content, but it was not erased"
    digest = _digest(row.address, found.key, ORIGINAL)
    if not hmac.compare_digest(digest.hex(), found.digest) or row.address != storage.address_of(
        found.key, ORIGINAL, digest
    ):
        return "does not fit what the event says"
    for part, address in ((COPY, row.copy_address), (THUMB, row.thumb_address)):
        if address and address != row.address:
            digest = _digest(address, found.key, part)
            if address != storage.address_of(found.key, part, digest):
                return f"{part} differs"
    return ""


def _digest(address: str, key: bytes, part: str) -> bytes:
    seen = hashlib.sha256()
    with storage.open_file(address, key, part) as content:
        for frame in content.frames():
            seen.update(frame)
    return seen.digest()
