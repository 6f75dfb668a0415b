"""The log of administration: a second chained log of the same shape as a case's (D16). Holds no personal data: people are p12."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from django.db import connection, transaction
from django.utils import timezone

from huiyin.core.model import SYSTEM, Actor
from huiyin.org.models import AdminEvent
from huiyin.vault import chain

CHAIN: Final = "admin"
LOCK: Final = 0x6875_6979  # "huiy": the advisory lock of this log on PostgreSQL
FORMAT: Final = 1


def write(name: str, facts: Mapping[str, Any], *, by: Actor = SYSTEM) -> AdminEvent:
    """Append one event; part of the transaction of the act it tells of. Raises BadBody for facts that cannot stand in a body."""
    with transaction.atomic():
        _lock()
        last = AdminEvent.objects.order_by("-seq").first()
        seq = last.seq + 1 if last else 1
        recorded = _recorded(last)
        text = chain.canonical(_body(seq, name, recorded, by, facts))
        row = AdminEvent(
            seq=seq, name=name, recorded=recorded, actor_role=by.role, actor_unit=by.unit or "", actor_person=by.person,
            body=text, hash=chain.link(last.hash if last else chain.genesis(CHAIN), seq, text),
        )  # fmt: skip
        row.save(force_insert=True)
    return row


def next_seq() -> int:
    """The number that the next event will have; until the transaction ends nobody else writes one."""
    _lock()
    last = AdminEvent.objects.order_by("-seq").values_list("seq", flat=True).first()
    return (last or 0) + 1


def _body(seq: int, name: str, recorded: datetime, by: Actor, facts: Mapping[str, Any]) -> dict[str, Any]:
    actor = {"role": by.role, "person": by.person} | ({"unit": by.unit} if by.unit else {})
    local = timezone.localtime(recorded).isoformat(timespec="seconds")
    kept = {key: value for key, value in facts.items() if value is not None}
    return {"v": FORMAT, "seq": seq, "name": name, "recorded": local, "actor": actor, "facts": kept}


def _recorded(last: AdminEvent | None) -> datetime:
    """The clock, but never before the last event (D12); cut to the second as it stands in the body."""
    now = datetime.now(UTC).replace(microsecond=0)
    return max(now, last.recorded) if last else now


def _lock() -> None:
    """One writer at a time: on SQLite the transaction is that already."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])


def broken(key: bytes | None = None) -> list[int]:
    """Sequence numbers at which the chain does not hold: an event altered, missing or out of order."""
    prev, expected, found = chain.genesis(CHAIN), 1, []
    for event in AdminEvent.objects.order_by("seq").iterator(chunk_size=2000):
        if event.seq != expected or event.hash != chain.link(prev, event.seq, event.body, key=key):
            found.append(event.seq)
        prev, expected = event.hash, event.seq + 1
    return found
