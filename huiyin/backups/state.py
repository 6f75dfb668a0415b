"""What a backup says of the installation it was made of, so that whoever puts it back can hold the two against each other."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from huiyin import __version__
from huiyin.backups import FORMAT
from huiyin.cases import clock
from huiyin.vault import keys

PAGE = 5000


def manifest() -> dict[str, Any]:
    """Everything but the digests of the files. Read through the connection, so it belongs to the moment that connection sees."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT COUNT(*) FROM cases_event")
        events = cursor.fetchone()[0]
    cases, heads = digest_of_heads()
    return {
        "format": FORMAT, "made": clock.now().isoformat(timespec="seconds"), "version": __version__, "database": connection.vendor,
        "cases": cases, "events": events, "heads": heads, "keys": keys.ring().fingerprints(), "tables": tables(),
        "migrations": sorted(f"{app}.{name}" for app, name in MigrationRecorder(connection).applied_migrations()),
    }  # fmt: skip


def digest_of_heads() -> tuple[int, str]:
    """How many cases there are, and one digest over the end of every chain: it changes with any event."""
    digest, count = hashlib.sha256(), 0
    for row in _pages("SELECT id, head_seq, head_hash FROM cases_case WHERE id > %s ORDER BY id LIMIT %s"):
        digest.update(f"{row[0]} {row[1]} {row[2]}\n".encode())
        count += 1
    return count, digest.hexdigest()


def _pages(sql: str) -> Iterator[tuple[Any, ...]]:
    last: Any = -1
    while True:
        with connection.cursor() as cursor:
            cursor.execute(sql, [last, PAGE])
            rows = cursor.fetchall()
        yield from rows
        if len(rows) < PAGE:
            return
        last = rows[-1][0]


def tables() -> dict[str, int]:
    """Rows of every table of ours."""
    found = {}
    with connection.cursor() as cursor:
        for name in sorted(connection.introspection.table_names(cursor)):
            if not name.startswith(("search_", "cases_boardcounter")) and not name.endswith(
                ("_data", "_idx", "_docsize", "_config")
            ):
                cursor.execute(f"SELECT COUNT(*) FROM {connection.ops.quote_name(name)}")
                found[name] = cursor.fetchone()[0]
    return found
