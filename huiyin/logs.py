"""What our logs may say. Log files are read by more people than the database is: no line holds what somebody typed.

Django writes the path of a request that failed, and the host that a visitor claimed; Python writes the message of an exception, which often
repeats the value that was wrong. Instead: the pattern of the address, the status, and of an exception its type and where it happened.
"""

from __future__ import annotations

import logging
import traceback
from types import TracebackType
from typing import Final

from pythonjsonlogger.json import JsonFormatter

Caught = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]
MOST: Final = 8  # exceptions of a chain that are told


class WithoutWhatWasTyped(logging.Filter):
    """Puts lines of Django about requests into words of our own."""

    def filter(self, record: logging.LogRecord) -> bool:
        status = getattr(record, "status_code", None)
        if record.name.startswith("django.security"):
            record.msg, record.args = f"refused: {record.name.removeprefix('django.security.')}", ()
            record.exc_info = None  # of what a stranger sent, one line is enough
        elif status is not None:
            request = getattr(record, "request", None)
            match = getattr(request, "resolver_match", None)
            method = getattr(request, "method", None)
            pattern = match.route if match is not None else "an address that is none of ours"
            record.msg, record.args = f"{status} {method if str(method).isalpha() else ''} {pattern}", ()
        record.__dict__.pop("request", None)  # no formatter may show it
        return True


def told(caught: Caught) -> str:
    """An exception, and those it came from, as frames and types."""
    lines: list[str] = []
    error: BaseException | None = caught[1]
    for _ in range(MOST):
        if error is None:
            break
        part = [line.rstrip() for line in traceback.format_tb(error.__traceback__)]
        lines[:0] = [*part, f"{type(error).__module__}.{type(error).__qualname__}"]
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return "\n".join(lines)


class Line(logging.Formatter):
    """One line of text, and below it where an exception happened."""

    def formatException(self, ei: Caught) -> str:  # the name is that of logging
        return told(ei)


class Json(JsonFormatter):
    """One JSON object a line."""

    def formatException(self, ei: Caught) -> str:
        return told(ei)
