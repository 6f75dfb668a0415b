"""The file of a backup: a tar, written and read as a stream, inside age."""

from __future__ import annotations

import errno
import hashlib
import io
import json
import os
import tarfile
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import IO, Any, cast

import pyrage
from django.utils.translation import gettext as _

from huiyin.backups import DATABASE, FILES, MANIFEST, SUMS, BackupError
from huiyin.durable import sync_folder
from huiyin.evidence import storage

PIECE = 1 << 20
NO_LINKS = {errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS}  # a stick or a share that knows one name a file


def recipients(names: Sequence[str]) -> list[Any]:
    """Public keys of those who may open the backup. Raises BackupError."""
    try:
        return [pyrage.x25519.Recipient.from_str(name) for name in names]
    except pyrage.RecipientError as error:
        raise BackupError(_("不是备份公钥：应以 age1 开头，由 huiyin backup --new-key 生成。")) from error


def identities(text: str) -> list[Any]:
    """Private keys out of a key file. Raises BackupError."""
    lines = [line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#")]
    try:
        return [pyrage.x25519.Identity.from_str(line) for line in lines]
    except pyrage.IdentityError as error:
        raise BackupError(_("密钥文件中没有备份私钥（AGE-SECRET-KEY-1...）。")) from error


# -- writing


def write(into: Path, told: dict[str, Any], database: Path, to: Sequence[Any]) -> dict[str, Any]:
    """Write the archive. It takes its name only when it is whole and on the disk. Returns what it holds. Raises BackupError."""
    draft = into.with_name(f".{into.name}.{os.getpid()}")
    reader, writer = os.pipe()
    failed: list[BaseException] = []
    held: dict[str, Any] = {"files": 0, "bytes": 0}

    def fill() -> None:
        try:
            with (
                os.fdopen(writer, "wb") as pipe,
                tarfile.open(fileobj=pipe, mode="w|", format=tarfile.PAX_FORMAT) as tar,
            ):
                held.update(_fill(tar, told, database))
        except BaseException as error:  # told to whoever waits for the other end
            failed.append(error)

    filling = threading.Thread(target=fill)
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "wb") as file, os.fdopen(reader, "rb") as pipe:
            filling.start()
            pyrage.encrypt_io(pipe, file, list(to))
            filling.join()
            file.flush()
            os.fsync(file.fileno())
        if failed:
            raise failed[0]
        _name(draft, into)
    except FileExistsError as error:
        raise BackupError(_("已有同名文件，没有覆盖：%(path)s") % {"path": into}) from error
    except (OSError, pyrage.EncryptError) as error:  # a full or broken disk is either
        why = getattr(error, "strerror", None) or error
        raise BackupError(_("写不了备份，没有留下半个文件：%(why)s") % {"why": why}) from error
    finally:
        draft.unlink(missing_ok=True)
    sync_folder(into.parent)
    return held | {"size": into.stat().st_size}


def _name(draft: Path, into: Path) -> None:
    """Give the whole file its name, never over another. Raises FileExistsError."""
    try:
        os.link(draft, into)
    except OSError as error:
        if error.errno not in NO_LINKS:
            raise
        if into.exists():
            raise FileExistsError(into) from error
        draft.rename(into)


def _fill(tar: tarfile.TarFile, told: dict[str, Any], database: Path) -> dict[str, int]:
    sums: dict[str, str] = {}
    _add_text(tar, MANIFEST, told, sums)
    with database.open("rb") as file:
        _add(tar, DATABASE[told["database"]], file, database.stat().st_size, sums)
    count = size = 0
    for address in storage.addresses():
        try:
            file = storage.path_of(address).open("rb")
        except FileNotFoundError:
            continue  # its case was erased meanwhile
        with file:
            length = os.fstat(file.fileno()).st_size
            _add(tar, FILES + address, file, length, sums)
        count, size = count + 1, size + length
    _add_text(tar, SUMS, sums, {})
    return {"files": count, "bytes": size}


def _add_text(tar: tarfile.TarFile, name: str, value: Any, sums: dict[str, str]) -> None:
    text = json.dumps(value, ensure_ascii=False, indent=1).encode()
    _add(tar, name, io.BytesIO(text), len(text), sums)


class _Summed(io.RawIOBase):
    """Reads from a file and keeps the digest of what was read."""

    def __init__(self, file: IO[bytes]) -> None:
        self.file, self.digest = file, hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        piece = self.file.read(size)
        self.digest.update(piece)
        return piece


def _add(tar: tarfile.TarFile, name: str, file: IO[bytes], size: int, sums: dict[str, str]) -> None:
    entry, summed = tarfile.TarInfo(name), _Summed(file)
    entry.size, entry.mode = size, 0o600
    tar.addfile(entry, summed)
    sums[name] = summed.digest.hexdigest()


# -- reading


def read(source: Path, own: Sequence[Any], take: Callable[[str, IO[bytes]], None]) -> None:
    """Open the archive and give every member to `take`, in order; the digests are compared at the end. Raises BackupError when it is not
    whole, was altered, or is closed for somebody else."""
    reader, writer = os.pipe()
    failed: list[BaseException] = []

    def pour() -> None:
        try:
            with source.open("rb") as file, os.fdopen(writer, "wb") as pipe:
                pyrage.decrypt_io(file, pipe, list(own))
        except BaseException as error:
            failed.append(error)

    pouring = threading.Thread(target=pour)
    pouring.start()
    sums: dict[str, str] = {}
    listed: dict[str, str] | None = None
    error: Exception | None = None
    try:
        with os.fdopen(reader, "rb") as pipe, tarfile.open(fileobj=pipe, mode="r|") as tar:
            for name, file in _members(tar):
                if name == SUMS:
                    listed = json.loads(file.read())
                    continue
                summed = _Summed(file)
                take(name, cast("IO[bytes]", summed))
                _drain(summed)  # what `take` left unread counts in the digest, too
                sums[name] = summed.digest.hexdigest()
            _drain(pipe)  # what stands behind the archive: the pouring side waits until everything is taken
    except (tarfile.TarError, json.JSONDecodeError, EOFError) as found:
        error = found
    finally:
        pouring.join()
    if failed:
        why = failed[0]
        raise BackupError(
            _("打不开这个备份：私钥不是它的，或者文件不完整、被改动过（%(why)s）。") % {"why": type(why).__name__}
        ) from why
    if error is not None or listed != sums:
        raise BackupError(_("备份的内容与其中的校验值不符，没有采用。")) from error


def _drain(file: IO[bytes] | _Summed) -> None:
    """Read to the end and keep nothing."""
    while file.read(PIECE):
        continue


def _members(tar: tarfile.TarFile) -> Iterator[tuple[str, IO[bytes]]]:
    known = {MANIFEST, SUMS, *DATABASE.values()}
    for entry in tar:
        own = entry.name in known or (
            entry.name.startswith(FILES) and storage.ADDRESS.fullmatch(entry.name.removeprefix(FILES))
        )
        file = tar.extractfile(entry) if entry.isreg() and own else None
        if file is None:
            raise BackupError(_("备份里有不认识的内容，没有采用：%(name)s") % {"name": entry.name[:80]})
        yield entry.name, file
