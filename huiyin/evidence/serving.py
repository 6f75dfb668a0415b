"""Sending a file: frame by frame, as what it is and nothing else, to be kept nowhere."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, cast

from django.http import HttpResponse, StreamingHttpResponse

from huiyin.evidence.kinds import Kind
from huiyin.evidence.queries import COPY, ORIGINAL
from huiyin.evidence.storage import Reader

POLICY: Final = "default-src 'none'; img-src 'self' data:; style-src 'unsafe-inline'; sandbox"
"""For a file that is opened by itself: whatever it holds, it may do nothing. The inline style is that of the browser's own picture page."""


def frames(reader: Reader) -> Iterator[bytes]:
    """The content, the first piece of it opened already: what is damaged is refused before an answer begins. Raises Unreadable."""
    rest = reader.frames()
    first = next(rest)

    def content() -> Iterator[bytes]:
        with reader:
            yield first
            yield from rest

    return content()


def response(content: Iterator[bytes], size: int, mime: str, disposition: str) -> HttpResponse:
    """An answer that a browser takes for what it is."""
    told = f"{mime}; charset=utf-8" if mime == "text/plain" else mime
    found = StreamingHttpResponse(content, content_type=told)
    found["Content-Length"] = str(size)
    found["Content-Disposition"] = disposition
    found["X-Content-Type-Options"] = "nosniff"
    found["Content-Security-Policy"] = POLICY
    found["Cross-Origin-Resource-Policy"] = "same-origin"
    found["Cache-Control"] = "private, no-store"
    return cast(HttpResponse, found)


def file_name(case: str, number: int, part: str, kind: Kind) -> str:
    """The name under which it is saved: number of the case and of the file, nothing of what it was called."""
    plain = "".join(c if c.isascii() and (c.isalnum() or c in "-_") else "-" for c in case)
    mark = {ORIGINAL: "-original", COPY: ""}.get(part, f"-{part}")
    return f"{plain}-{number:02}{mark}.{kind.code}"
