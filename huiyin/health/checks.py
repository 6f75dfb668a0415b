"""Can this process do its work now? Each check answers with nothing, or with what is wrong in one plain line."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from typing import Final

from django.conf import settings
from django.db import DatabaseError, connection

from huiyin.cases import recalculating
from huiyin.vault import keys

LEAST_FREE: Final = 200 * 1024 * 1024  # bytes of room where data is written; with less, recording is about to fail

CLOCKS_APART: Final = 60  # seconds between the clocks of this machine and of the database


def ready() -> dict[str, str]:
    """Every check by name with what is wrong, `ok` where nothing is."""
    found = {name: check() or "ok" for name, check in CHECKS.items() if name not in ASKS}
    if found["database"] == "ok":
        found |= {name: CHECKS[name]() or "ok" for name in ASKS}
    return found


def _database() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
            cursor.fetchone()
    except DatabaseError as error:
        return type(error).__name__
    return ""


def _keys() -> str:
    try:
        keys.ring()
    except keys.KeyRingError:
        return "key ring cannot be used"
    return ""


def _room() -> str:
    short = sorted({name for name, folder in folders().items() if shutil.disk_usage(folder).free < LEAST_FREE})
    return f"disk nearly full: {', '.join(short)}" if short else ""


def _clock() -> str:
    """A server of its own has a clock of its own; on SQLite there is but one."""
    if connection.vendor != "postgresql":
        return ""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT extract(epoch FROM clock_timestamp())")
            apart = round(time.time() - float(cursor.fetchone()[0]))
    except DatabaseError as error:
        return type(error).__name__
    return f"clock is {apart} s from that of the database" if abs(apart) > CLOCKS_APART else ""


def _calendar() -> str:
    try:
        return "" if recalculating.is_current() else "calendar not loaded: huiyin calendar load"
    except DatabaseError as error:
        return type(error).__name__


def folders() -> dict[str, str]:
    """Where this installation writes, by the setting that says so."""
    return {"home": str(settings.HOME), "files": str(settings.FILES), "anchors": str(settings.ANCHORS)}


CHECKS: Final[dict[str, Callable[[], str]]] = {
    "database": _database,
    "keys": _keys,
    "disk": _room,
    "calendar": _calendar,
    "clock": _clock,
}
ASKS: Final = ("calendar", "clock")  # of the database, once it is there
