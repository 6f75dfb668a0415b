"""Numbers: series without gap or double (D7), ids of cases, query codes."""

from __future__ import annotations

import hashlib
import json
import os
import re
import secrets
import threading
from collections import Counter as Tally
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db import connection, transaction
from django.db.models import Count

from huiyin.cases.models import Case, Counter, Event
from huiyin.core.rules import Procedure
from huiyin.vault import db

CASE: Final = "case"
IDS: Final = "id"  # the counter of case ids on SQLite
SEQUENCE: Final = "cases_case_ids"  # of case ids on PostgreSQL
BLOCK: Final = 32
DEFAULT_PER: Final = ("unit", "year")  # over the rules of all bodies: a unit gives no number twice
ANY_BODY: Final = "-"
DEFAULT_FORMAT: Final = "{year}{seq:06}"
LETTERS: Final = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"  # 32 signs that nobody takes for one another; five bits each
CODE_LENGTH: Final = 20  # 100 bits


@dataclass(frozen=True, slots=True)
class Series:
    """A series a number is to come from, and how the number is written."""

    key: str
    format: str
    parts: dict[str, str | int]

    def number(self, seq: int) -> str:
        return self.format.format(seq=seq, **self.parts)


def series_of(procedure: Procedure, *, unit: str, kind: str, channel: str, recorded: datetime) -> Series:
    """The series of a case's number. The year is the local year of `recorded`: it only ever moves forward, so a series ends for good."""
    rule = procedure.numbering.get(CASE)
    per, form = (rule.per, rule.format) if rule is not None else (DEFAULT_PER, DEFAULT_FORMAT)
    parts: dict[str, str | int] = {
        "unit": unit, "year": recorded.year, "month": f"{recorded.month:02}", "kind": kind, "channel": channel,
    }  # fmt: skip
    body = procedure.id.partition("/")[0] if rule is not None else ANY_BODY
    own = [str(parts[name]) for name in ("unit", "year", "month", "kind", "channel") if name in per]
    return Series("/".join((CASE, body, *own)), form, parts)


def take(series: Sequence[Series]) -> list[tuple[Series, int]]:
    """The next number of each, in the given order; rows are locked in the order of their keys. The caller's transaction gives back what
    it does not use. Last step before the events are written: whoever waits for a counter waits for no more than that writing."""
    wanted = Tally(s.key for s in series)
    first: dict[str, int] = {}
    table = connection.ops.quote_name(Counter._meta.db_table)
    with db.cursor_at_hand() as cursor:
        for key in sorted(wanted):
            db.execute(
                cursor,
                f"INSERT INTO {table} (series, value) VALUES (%s, %s) "
                f"ON CONFLICT (series) DO UPDATE SET value = {table}.value + excluded.value RETURNING value",
                [key, wanted[key]],
            )
            first[key] = cursor.fetchone()[0] - wanted[key]
    found = []
    for one in series:
        first[one.key] += 1
        found.append((one, first[one.key]))
    return found


def given_before() -> dict[str, set[int]]:
    """By series, the numbers of registrations that were annulled and made again: they stay as void, but no case's row has them any more."""
    again = Event.objects.filter(name="registered").values("case_id").annotate(times=Count("pk")).filter(times__gt=1)
    found: dict[str, set[int]] = {}
    rows = Event.objects.filter(name="registered", case_id__in=[row["case_id"] for row in again])
    for body in rows.values_list("body", flat=True):
        with suppress(ValueError, LookupError, TypeError, AttributeError):  # an altered body: verify names it elsewhere
            series = json.loads(body)["series"]
            found.setdefault(series["key"], set()).add(int(series["no"]))
    for series, no in Case.objects.filter(series__in=list(found)).values_list("series", "series_no"):
        found[str(series)].discard(int(no or 0))
    return found


# -- ids of cases


_lock = threading.Lock()
_pool: deque[int] = deque()
_pool_of = 0


def case_ids(count: int) -> list[int]:
    """Ids for new cases, before anything is written: sealing binds every text to its case. Ids may have gaps, numbers do not.

    They are taken in blocks that no other process gets. On SQLite inside a transaction they are counted one by one: a block taken there
    would be given back by a rollback while this process still held it.
    """
    if connection.vendor == "sqlite" and connection.in_atomic_block:
        return _counted(count)
    with _lock:
        _forget_parent()
        if len(_pool) < count:
            _pool.extend(_block(max(count, BLOCK)))
        return [_pool.popleft() for _ in range(count)]


def id_of(text: str) -> int | None:
    """The id in "#17": how a case is named that has no number, or whose number several units use. None for anything else."""
    return int(text[1:]) if re.fullmatch(r"#[0-9]{1,15}", text, re.ASCII) else None


def forget_ids() -> None:
    """Drop the ids that are held: the database was emptied or restored, and will count them again."""
    with _lock:
        _pool.clear()


def _block(size: int) -> list[int]:
    if connection.vendor == "sqlite":
        with transaction.atomic():
            return _counted(size)
    with db.cursor_at_hand() as cursor:
        cursor.execute(f"SELECT nextval('{SEQUENCE}') FROM generate_series(1, %s)", [size])
        return [row[0] for row in cursor.fetchall()]


def _counted(count: int) -> list[int]:
    return [seq for _, seq in take([Series(IDS, "{seq}", {})] * count)]


def _forget_parent() -> None:
    """A forked process must not give out the ids its parent holds."""
    global _pool_of
    if _pool_of != os.getpid():
        _pool.clear()
        _pool_of = os.getpid()


# -- query codes


def new_code() -> str:
    """A query code: 100 random bits in four groups of five."""
    signs = "".join(LETTERS[byte & 31] for byte in secrets.token_bytes(CODE_LENGTH))
    return "-".join(signs[i : i + 5] for i in range(0, CODE_LENGTH, 5))


def digest_of(code: str) -> str:
    """What is stored of a code. It has 100 random bits, so nothing can be guessed from its digest."""
    signs = "".join(c for c in code.upper() if c.isalnum())
    return hashlib.sha256(f"huiyin query code\0{signs}".encode()).hexdigest()
