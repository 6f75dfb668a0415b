"""Erasure by destroying data keys. The chain of events still verifies afterwards: it holds commitments alone.

The list of destroyed keys stands beside the key ring, outside the database, so that a restored backup loses them again (D3).
"""

from collections.abc import Callable, Iterator, Sequence
from functools import partial

from django.db import transaction
from django.utils import timezone

from huiyin.vault import keys
from huiyin.vault.models import BlindIndex, DataKey, Record

CHUNK = 500
_followers: list[Callable[[Sequence[int]], None]] = []


def follow(erased: Callable[[Sequence[int]], None]) -> None:
    """Let a floor above erase with the vault what the destroyed keys of the texts of some cases closed. Called inside the transaction, before
    the keys go."""
    if erased not in _followers:
        _followers.append(erased)


def _tell(cases: Sequence[int]) -> None:
    for erased in _followers if cases else ():
        erased(cases)


def destroy_keys(case_id: int, *, party: str | None = None) -> int:
    """Destroy the data keys of a case, or of one party: tokens go first, then keys and closed texts; the records stay as empty rows, since
    the events name them. With the commit the list beside the ring is written. Returns the number of keys."""
    with transaction.atomic():
        chosen = DataKey.objects.filter(case_id=case_id, wrapped__isnull=False)
        index = BlindIndex.objects.filter(case_id=case_id)
        if party is not None:
            chosen, index = chosen.filter(party=party), index.filter(party=party)
        ids = list(chosen.values_list("id", flat=True))
        texts = [case_id] if party is None or chosen.filter(party="").exists() else []
        index.delete()
        _tell(texts)
        count = _destroy(ids)
        transaction.on_commit(partial(keys.note_destroyed, ids))
    return count


def _destroy(ids: Sequence[str]) -> int:
    count = 0
    for some in _chunks(ids):
        Record.objects.filter(key_id__in=some).update(cipher=b"")
        alive = DataKey.objects.filter(id__in=some, wrapped__isnull=False)
        count += alive.update(wrapped=None, destroyed_at=timezone.now())
    return count


def _chunks(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(ids), CHUNK):
        yield ids[start : start + CHUNK]


def reconcile() -> int:
    """Make database and list agree: what either says is destroyed, is. After a restore keys and tokens go again; a list that a crash cut
    short is completed. Returns how many keys were destroyed again."""
    listed = keys.destroyed()
    with transaction.atomic():
        texts = set[int]()
        for some in _chunks(listed):
            alive = DataKey.objects.filter(id__in=some, wrapped__isnull=False)
            for case_id, party in alive.values_list("case_id", "party"):
                BlindIndex.objects.filter(case_id=case_id, **({"party": party} if party else {})).delete()
                texts |= set() if party else {case_id}
        _tell(sorted(texts))
        count = _destroy(listed)
    known = set(listed)
    gone = DataKey.objects.filter(wrapped__isnull=True).values_list("id", flat=True)
    if unlisted := [id for id in gone.iterator(chunk_size=CHUNK) if id not in known]:
        keys.note_destroyed(unlisted)
    return count


def at_start() -> list[str]:
    """Nothing speaks against a start, but erased data must not come back with it."""
    reconcile()
    return []
