"""Sealing, opening and revealing. The vault checks keys and integrity; who may see what is asked above, in cases.access.

Closed (huiyin.vault.ciphers) under the data key of the case (texts) or of the party (identity). The closed text is 16 bytes of salt and the
value's written form; its associated data are ref, case and name, so that no record can stand in for another. The commitment in the event is a
keyed digest of the value under the salt, which is closed in with it: once the key is destroyed nobody can try telephone numbers against it.
"""

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from cryptography.exceptions import InvalidTag
from django.db import transaction
from django.utils import timezone

from huiyin.core.model import Actor, Sealed
from huiyin.vault import ciphers, db, keys
from huiyin.vault.ciphers import Closer
from huiyin.vault.erasing import destroy_keys as destroy_keys  # part of what the vault does to a case
from huiyin.vault.errors import Damaged, KeyDestroyed, UnknownRef
from huiyin.vault.models import IDENTITY, PERSONAL, SECRET, TEXT, DataKey, Record, RevealLog, key_about
from huiyin.vault.prepared import Prepared
from huiyin.vault.refs import VaultRef, new_id

SALT: Final = 16
_COLUMNS: Final = (
    "ref", "case_id", "name", "cipher", "commitment", "key_id", "key__wrapped", "key__case_id", "key__party", "key__cls", "key__master",
)  # fmt: skip
_encoder: Final = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
Ref = VaultRef


class _Erased:
    """What an erased value reads as."""

    def __repr__(self) -> str:
        return "ERASED"

    def __bool__(self) -> bool:
        return False


ERASED: Final = _Erased()


@dataclass(frozen=True, slots=True)
class Item:
    """A value to be sealed. `party`: the identity of that party; none: a text of the case. A pending VaultRef keeps its id."""

    name: str
    value: Any
    party: str | None = None
    cls: str = PERSONAL
    kind: str = ""  # default: identity with a party, else text
    ref: VaultRef | None = None


@dataclass(slots=True)
class Batch:
    """Sealed values that are not stored yet: computed first, written in one INSERT a table."""

    refs: list[VaultRef] = field(default_factory=list)
    key_rows: list[tuple[Any, ...]] = field(default_factory=list)
    record_rows: list[tuple[Any, ...]] = field(default_factory=list)
    open_keys: dict[tuple[int, str, str], tuple[str, Closer]] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, batches: Iterable["Batch"]) -> "Batch":
        """One batch of several, to be stored together."""
        found = cls()
        for batch in batches:
            found.refs += batch.refs
            found.key_rows += batch.key_rows
            found.record_rows += batch.record_rows
            found.open_keys |= batch.open_keys
        return found

    def mark(self) -> tuple[int, int, int]:
        """How much is in it now."""
        return len(self.refs), len(self.key_rows), len(self.record_rows)

    def back_to(self, mark: tuple[int, int, int]) -> None:
        """Drop what came since: of a new case that is not to be written after all."""
        dropped = {row[0] for row in self.key_rows[mark[1] :]}
        self.open_keys = {slot: key for slot, key in self.open_keys.items() if key[0] not in dropped}
        del self.refs[mark[0] :], self.key_rows[mark[1] :], self.record_rows[mark[2] :]


def written(value: Any) -> str:
    """The one written form of a value: what is encrypted, committed to and compared."""
    return _encoder.encode(value)


# -- sealing


def seal(case_id: int, name: str, value: Any, *, party: str | None = None, cls: str = PERSONAL) -> Ref:
    """Seal one value and store it. Raises KeyDestroyed."""
    return seal_many(case_id, [Item(name, value, party, cls)])[0]


def seal_many(case_id: int, items: Sequence[Item], *, new_case: bool = False) -> list[Ref]:
    """Seal and store values of one case, refs in the order of the items. `new_case` saves asking for its keys. Raises KeyDestroyed."""
    batch = Batch()
    prepare(batch, case_id, items, {} if new_case else None)
    store(batch)
    return batch.refs


def prepare(
    batch: Batch, case_id: int, items: Sequence[Item], known: Mapping[tuple[str, str], DataKey] | None = None
) -> list[Ref]:
    """Seal into a batch without writing; many cases may share one batch. `known`: the keys the case has ({}: none yet; none: ask)."""
    if not items:
        return []
    have = data_keys(case_id) if known is None else known
    ring = keys.newest()
    found = []
    for item in items:
        slot = (case_id, item.party or "", item.cls)
        if slot not in batch.open_keys:
            key = have.get(slot[1:])
            batch.open_keys[slot] = (key.id, Closer(keys.data_key(key))) if key else _new_key(batch, ring, *slot)
        found.append(_seal(batch, item, case_id, *batch.open_keys[slot]))
    batch.refs += found
    return found


def data_keys(case_id: int) -> dict[tuple[str, str], DataKey]:
    """The data keys of a case by (party or "", class)."""
    return {(key.party, key.cls): key for key in _KEYS.objects(case_id)}


_KEYS: Final = Prepared(lambda case_id: DataKey.objects.filter(case_id=case_id), int)


def _seal(batch: Batch, item: Item, case_id: int, key_id: str, closer: Closer) -> VaultRef:
    ref = item.ref or VaultRef(new_id())
    salt, text = os.urandom(SALT), written(item.value).encode()
    ref.commitment = ciphers.commitment(salt, text)
    closed = closer.close(salt + text, about(ref.ref, case_id, item.name))
    kind = item.kind or (IDENTITY if item.party else TEXT)
    batch.record_rows.append((ref.ref, case_id, key_id, kind, item.name, closed, ref.commitment))
    ref.value, ref.pending = None, False
    return ref


def about(ref: str, case_id: int, name: str) -> bytes:
    """What a closed value is bound to."""
    return f"{ref}\0{case_id}\0{name}".encode()


def _new_key(batch: Batch, ring: keys.KeyRing, case_id: int, party: str, cls: str) -> tuple[str, Closer]:
    if cls not in (PERSONAL, SECRET):
        raise ValueError(f"unknown class {cls!r}")
    key_id, raw = new_id(), os.urandom(keys.LENGTH)
    wrapped = ring.wrap(raw, key_about(key_id, case_id, party, cls))
    batch.key_rows.append((key_id, case_id, party, cls, ring.current, wrapped, None))
    return key_id, Closer(raw)


def forget(case_id: int, party: str) -> None:
    """Take away a key with all that it closed, rows and all: of what no event names, because it was never sent or lies elsewhere now."""
    Record.objects.filter(key__case_id=case_id, key__party=party).delete()
    DataKey.objects.filter(case_id=case_id, party=party).delete()


def store(batch: Batch) -> None:
    """Write a batch: one INSERT for new keys, one for records (in chunks where they are very many)."""
    db.insert(DataKey, ("id", "case_id", "party", "cls", "master", "wrapped", "destroyed_at"), batch.key_rows)
    db.insert(Record, ("ref", "case_id", "key_id", "kind", "name", "cipher", "commitment"), batch.record_rows)


# -- opening


def open_many(refs: Iterable[Sealed | str]) -> dict[str, Any]:
    """Values by ref in the order asked, ERASED for those whose key or record is gone after a disposal. For what the server needs by itself: masking,
    documents, search; whoever shows a plain value to a person calls `reveal`. Raises UnknownRef, Damaged."""
    wanted = list(dict.fromkeys(ref.ref if isinstance(ref, Sealed) else ref for ref in refs))
    found: dict[str, Any] = {}
    ready: dict[str, Closer] = {}
    for start in range(0, len(wanted), 500):
        rows = Record.objects.filter(ref__in=wanted[start : start + 500]).values_list(*_COLUMNS)
        for ref, case_id, name, cipher, commitment, key_id, *key in rows:  # no objects: a case page opens dozens
            if key[0] is None or not cipher:
                found[ref] = ERASED
                continue
            if key_id not in ready:
                ready[key_id] = Closer(keys.data_key(DataKey(key_id, key[1], key[2], key[3], key[4], key[0])))
            found[ref] = _open(ready[key_id], ref, case_id, name, bytes(cipher), commitment)
    if missing := [ref for ref in wanted if ref not in found]:
        raise UnknownRef(f"no record {missing[0]}")
    return {ref: found[ref] for ref in wanted}


def opened(record: Record) -> Any:
    """The value of a record, ERASED when it is gone. Raises Damaged."""
    if record.key.wrapped is None or not record.cipher:
        return ERASED
    closer = Closer(keys.data_key(record.key))
    return _open(closer, record.ref, record.case_id, record.name, bytes(record.cipher), record.commitment)


def _open(closer: Closer, ref: str, case_id: int, name: str, closed: bytes, commitment: str) -> Any:
    try:
        plain = closer.open(closed, about(ref, case_id, name))
    except InvalidTag as error:
        raise Damaged(f"record {ref} ({name}) of case {case_id} does not open") from error
    salt, text = plain[:SALT], plain[SALT:]
    if not ciphers.fits(salt, text, commitment):
        raise Damaged(f"record {ref} ({name}) of case {case_id} does not fit its commitment")
    return json.loads(text)


def reveal(by: Actor, case_id: int, ref: Sealed | str, reason: str) -> Any:
    """Show one masked value to an officer and log it, both or neither. The caller has asked whether the officer may see it.
    Raises ValueError without a reason, UnknownRef when the case has no such record, KeyDestroyed."""
    if not reason.strip():
        raise ValueError("a reason is required")
    key = ref.ref if isinstance(ref, Sealed) else ref
    with transaction.atomic():
        record = Record.objects.filter(ref=key, case_id=case_id).select_related("key").first()
        if record is None:
            raise UnknownRef(f"case {case_id} has no record {key}")
        value = opened(record)
        if value is ERASED:
            raise KeyDestroyed(f"record {key} of case {case_id} was erased")
        note(by, case_id, key, record.name, reason)
    return value


def note(by: Actor, case_id: int, ref: str, name: str, reason: str) -> None:
    """Enter in the reveal log that somebody was given something in plain. `name`: of the fact."""
    RevealLog.objects.create(
        at=timezone.now(), person=by.person, role=by.role, unit=by.unit or "", case_id=case_id, ref=ref, name=name,
        reason=reason.strip()[:500],
    )  # fmt: skip
