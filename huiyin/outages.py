"""What we stand on is away: the database does not answer, or there is no room to write. Told apart from a defect of ours by the number of
the error, never by its words, which are in the language of the server.

Whoever answers people says so and asks them to come back; nothing is recorded, or it is not known whether it was, and a request sent again
under its key is recorded once.
"""

from __future__ import annotations

import errno
import sqlite3
from collections.abc import Iterator
from typing import Final

AWAY, FULL, BUSY = "away", "full", "busy"
RETRY_AFTER: Final = {AWAY: 5, FULL: 60, BUSY: 1}  # seconds after which a client may try again
SAID: Final = {AWAY: "the database does not answer", FULL: "no room to write", BUSY: "waited too long"}  # in the log
NO_ROOM: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
SQLITE: Final = {
    sqlite3.SQLITE_FULL: FULL, sqlite3.SQLITE_IOERR: AWAY, sqlite3.SQLITE_CANTOPEN: AWAY, sqlite3.SQLITE_READONLY: AWAY,
    sqlite3.SQLITE_PROTOCOL: AWAY, sqlite3.SQLITE_BUSY: BUSY, sqlite3.SQLITE_LOCKED: BUSY,
}  # fmt: skip
POSTGRESQL: Final = {
    "53100": FULL, "53200": AWAY, "53300": AWAY, "58030": AWAY, "57P01": AWAY, "57P02": AWAY, "57P03": AWAY, "25006": AWAY,
    "55P03": BUSY, "40P01": BUSY, "40001": BUSY,
}  # fmt: skip
"""disk full; no memory, too many connections, a disk error, shut down, crashed, starting, read only; a lock not had, a deadlock, a conflict"""
CONNECTION_GONE: Final = "08"  # class of SQLSTATE
LOST: Final = frozenset({"OperationalError", "InterfaceError", "PoolTimeout", "PoolClosed", "TooManyRequests"})
"""Errors of psycopg that come without a number: the connection broke, or there was none to be had."""


def kind_of(error: BaseException | None) -> str:
    """AWAY, FULL or BUSY; empty where the error is no such thing, or is none. Looks through the errors it came from."""
    return next(filter(None, map(_own, _chain(error))), "")


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def _own(error: BaseException) -> str:
    """Of this one error, as the driver or the system numbered it."""
    code = getattr(error, "sqlite_errorcode", None)
    if code is not None:
        return SQLITE.get(code & 0xFF, "")
    if type(error).__module__.partition(".")[0] in ("psycopg", "psycopg_pool"):
        state = getattr(error, "sqlstate", None)
        if state is None:
            return AWAY if type(error).__name__ in LOST else ""
        return AWAY if state.startswith(CONNECTION_GONE) else POSTGRESQL.get(state, "")
    return FULL if isinstance(error, OSError) and error.errno in NO_ROOM else ""
