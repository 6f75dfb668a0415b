"""A request that is sent twice is carried out once: the key row commits with what it answers for (D14)."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import timedelta
from functools import lru_cache
from typing import Any, Final

from django.conf import settings
from django.db import connection

from huiyin.cases import clock
from huiyin.cases.errors import KeyReused
from huiyin.cases.models import IdempotencyKey
from huiyin.moments import stored
from huiyin.vault import db

_encoder = json.JSONEncoder(ensure_ascii=False, sort_keys=True, default=str)
KEPT: Final = timedelta(days=7)
LONGEST: Final = 80


def digest(request: Mapping[str, Any]) -> str:
    """What tells one request from another. Keyed: the request holds personal data."""
    return hmac.digest(
        _key(settings.SECRET_KEY), _encoder.encode(request).encode("utf-8", "surrogatepass"), "sha256"
    ).hex()


@lru_cache(maxsize=4)
def _key(secret: str) -> bytes:
    return hashlib.sha256(f"huiyin.cases.idempotency\0{secret}".encode()).digest()


def _fitting(key: str) -> str:
    """The key as it is kept: a long one by its digest."""
    return key if len(key) <= LONGEST else hashlib.sha256(key.encode()).hexdigest()


def claim(who: str, key: str, request: str, case_id: int) -> IdempotencyKey | None:
    """Take the key, or say what was done under it. None: it is ours, go on. Waits for somebody who is using it just now.
    Raises KeyReused when it was used for something else."""
    table = connection.ops.quote_name(IdempotencyKey._meta.db_table)
    columns = "who, key, request, case_id, first_seq, last_seq, made"
    key = _fitting(key)
    row = (who, key, request, case_id, 0, 0, stored(clock.now()))
    with db.cursor_at_hand() as cursor:
        db.execute(
            cursor,
            f"INSERT INTO {table} ({columns}) VALUES (%s, %s, %s, %s, %s, %s, %s) ON CONFLICT (who, key) DO NOTHING",
            db.adapted([row]),
        )
        if cursor.rowcount == 1:
            return None
    found = IdempotencyKey.objects.get(who=who, key=key)
    if found.request != request:
        raise KeyReused(f"the key was used for another request at {found.made:%Y-%m-%d %H:%M}")
    return found


def answer(who: str, key: str, case_id: int, first_seq: int, last_seq: int) -> None:
    """What was written under the key."""
    table = connection.ops.quote_name(IdempotencyKey._meta.db_table)
    sql = f"UPDATE {table} SET case_id = %s, first_seq = %s, last_seq = %s WHERE who = %s AND key = %s"
    with db.cursor_at_hand() as cursor:
        db.execute(cursor, sql, [case_id, first_seq, last_seq, who, _fitting(key)])


def forget() -> int:
    """Drop keys older than seven days. Returns how many."""
    return IdempotencyKey.objects.filter(made__lt=stored(clock.now() - KEPT)).delete()[0]
