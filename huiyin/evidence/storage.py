"""Closed files on the disk: written in a stream, put into place whole, read again from any place in them.

A file is `HYF1` (`HYF2` where SM4-GCM closed it) and then frames: 64 KiB of content each (the last one shorter), closed by AES-256-GCM or
SM4-GCM, as the setting said when it was written, under a key that closes nothing else. The nonce is the number of the frame; the associated data
say the number and whether it is the last, so that no frame can be changed, left out, swapped or cut off behind without being noticed. Nothing
but single frames is ever open in memory, and nothing of it on the disk.

The name of a file is an address: an HMAC over the digest of its content under a key of its own. It tells nothing, not even that two files are
the same, and whoever has the key can tell whether the content belongs to the name.
"""

from __future__ import annotations

import hashlib
import hmac
import io
import os
import re
import secrets
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from cryptography.exceptions import InvalidTag
from django.conf import settings

from huiyin.durable import sync_folder
from huiyin.evidence.errors import Unreadable
from huiyin.vault import ciphers

MAGICS: Final = {ciphers.AES: b"HYF1", ciphers.SM4: b"HYF2"}
MAGIC: Final = 4  # bytes
FRAME: Final = 64 * 1024  # bytes of content in a frame
TAG: Final = 16
KEY: Final = 32  # bytes
INCOMING: Final = "incoming"
ADDRESS: Final = re.compile(r"[0-9a-f]{64}")


def part_key(key: bytes, part: str) -> bytes:
    """The key of one part (original, copy, thumbnail, address) of an uploaded file, from the file's own."""
    return hmac.digest(key, f"huiyin file 1\0{part}".encode(), "sha256")


def address_of(key: bytes, part: str, digest: bytes) -> str:
    """Where content with this SHA-256 lies. `key`: of the uploaded file."""
    return hmac.digest(part_key(key, "address"), part.encode() + b"\0" + digest, "sha256").hex()


def _nonce(number: int) -> bytes:
    return number.to_bytes(12, "big")


def _about(magic: bytes, number: int, last: bool) -> bytes:
    return magic + number.to_bytes(8, "big") + bytes([last])


# -- writing


class Writer(io.RawIOBase):
    """Closes what is written to it into a file of the incoming folder. `place` puts it where it belongs; `drop` takes it away."""

    def __init__(self, key: bytes, part: str) -> None:
        super().__init__()
        self._key, self._part = key, part
        self._magic = MAGICS[ciphers.chosen()]
        self._cipher = ciphers.cipher(ciphers.chosen(), part_key(key, part))
        self._path = _incoming() / secrets.token_hex(16)
        self._file: io.BufferedWriter | None = os.fdopen(
            os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb"
        )
        self._file.write(self._magic)
        self._rest, self._number, self._hash = bytearray(), 0, hashlib.sha256()
        self.size = 0  # bytes of content
        self.digest = b""  # SHA-256 of the content, when it is complete

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        """Take in some content."""
        given = memoryview(data).cast("B")
        self._hash.update(given)
        self.size += len(given)
        self._rest += given
        while len(self._rest) > FRAME:  # never the last one: only `complete` knows which that is
            self._close_frame(bytes(self._rest[:FRAME]), last=False)
            del self._rest[:FRAME]
        return len(given)

    def _close_frame(self, content: bytes, *, last: bool) -> None:
        assert self._file is not None
        self._file.write(self._cipher.encrypt(_nonce(self._number), content, _about(self._magic, self._number, last)))
        self._number += 1

    def complete(self) -> None:
        """Everything was written: the last frame is closed, and the disk has it."""
        if self._file is None or self.digest:
            return
        self._close_frame(bytes(self._rest), last=True)
        self._rest.clear()
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        self._file, self.digest = None, self._hash.digest()

    def reader(self) -> Reader:
        """The content, before it is put into place."""
        self.complete()
        return Reader(self._path, self._key, self._part)

    def place(self) -> str:
        """Put it at its address, in one move that survives a power cut. Returns the address."""
        self.complete()
        address = address_of(self._key, self._part, self.digest)
        target = path_of(address)
        if not target.parent.exists():
            target.parent.mkdir(mode=0o700, exist_ok=True)
            sync_folder(target.parent.parent)
        self._path.replace(target)
        sync_folder(target.parent)
        return address

    def place_at(self, target: Path) -> None:
        """Put it where the files of cases do not lie, in one move: of something that is no evidence."""
        self.complete()
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._path.replace(target)
        sync_folder(target.parent)

    def drop(self) -> None:
        """It is not wanted: nothing of it stays."""
        if self._file is not None:
            self._file.close()
            self._file = None
        self._rest.clear()
        self._path.unlink(missing_ok=True)


def _incoming() -> Path:
    folder = Path(settings.FILES) / INCOMING
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


# -- reading


class Reader(io.RawIOBase):
    """The content of a closed file; one frame is open at a time. Raises Unreadable when it is not there, altered or cut short."""

    def __init__(self, path: Path, key: bytes, part: str) -> None:
        super().__init__()
        self._name = path.name
        try:
            self._file = path.open("rb", buffering=0)
        except OSError as error:
            raise Unreadable(f"file {self._name} is not there") from error
        closed = os.fstat(self._file.fileno()).st_size - MAGIC
        self._frames = max(1, -(-closed // (FRAME + TAG)))
        self.size = closed - self._frames * TAG
        self._magic = self._file.read(MAGIC) or b""
        if self.size < 0 or self._magic not in MAGICS.values():
            self._file.close()
            raise Unreadable(f"file {self._name} is no closed file")
        self._cipher = ciphers.cipher(self.suite, part_key(key, part))
        self._at = 0
        self._open: tuple[int, bytes] = (-1, b"")

    @property
    def suite(self) -> str:
        """What closed it."""
        return next(suite for suite, magic in MAGICS.items() if magic == self._magic)

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Go to a place in the content."""
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self.size}[whence]
        if base + offset < 0:
            raise OSError("before the beginning")
        self._at = base + offset
        return self._at

    def readinto(self, buffer: Any) -> int:
        """What stands at the place, as far as its frame reaches."""
        into = memoryview(buffer).cast("B")
        if self._at >= self.size or not len(into):
            return 0
        number, inside = divmod(self._at, FRAME)
        some = memoryview(self._frame(number))[inside : inside + len(into)]
        into[: len(some)] = some
        self._at += len(some)
        return len(some)

    def _frame(self, number: int) -> bytes:
        if self._open[0] != number:
            self._file.seek(MAGIC + number * (FRAME + TAG))
            closed = self._file.read(FRAME + TAG) or b""
            try:
                content = self._cipher.decrypt(
                    _nonce(number), closed, _about(self._magic, number, number == self._frames - 1)
                )
            except (InvalidTag, ValueError) as error:
                raise Unreadable(f"file {self._name} was altered or cut short (frame {number})") from error
            self._open = (number, content)
        return self._open[1]

    def frames(self) -> Iterator[bytes]:
        """The content from its beginning, for sending. An empty file is looked at, too."""
        for number in range(self._frames):
            yield self._frame(number)

    def close(self) -> None:
        """Let go of the file."""
        if not self.closed:
            self._file.close()
        super().close()


def open_file(address: str, key: bytes, part: str) -> Reader:
    """The content at an address. Raises Unreadable."""
    return Reader(path_of(address), key, part)


def path_of(address: str) -> Path:
    """Where an address lies. Raises ValueError for what is none."""
    if not ADDRESS.fullmatch(address):
        raise ValueError("no address of a file")
    return Path(settings.FILES) / address[:2] / address


def close_anew(address: str, key: bytes, part: str) -> bool:
    """Close the content at an address by the suite of the setting, where it is not. The address stays; whoever reads meanwhile reads on in the
    old file. Returns whether anything was done. Raises Unreadable."""
    with open_file(address, key, part) as content:
        if content.suite == ciphers.chosen():
            return False
        writer = Writer(key, part)
        try:
            for frame in content.frames():
                writer.write(frame)
            writer.place()
        except BaseException:
            writer.drop()
            raise
    return True


# -- taking away


def remove(address: str) -> None:
    """Take a file away, if it is there."""
    path_of(address).unlink(missing_ok=True)


def addresses(older_than: float = 0) -> Iterator[str]:
    """Addresses of all files in place that were not touched for so many seconds."""
    limit = time.time() - older_than
    for folder in sorted(Path(settings.FILES).glob("[0-9a-f][0-9a-f]")):
        for path in folder.iterdir():
            if ADDRESS.fullmatch(path.name) and _changed(path) <= limit:
                yield path.name


def sweep_incoming(older_than: float) -> int:
    """Take away what never came to its place: of uploads that a crash cut off. Returns how many files."""
    limit, count = time.time() - older_than, 0
    for path in _incoming().iterdir():
        if _changed(path) <= limit:
            path.unlink(missing_ok=True)
            count += 1
    return count


def _changed(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return float("inf")
