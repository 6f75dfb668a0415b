"""Erasure by destroying data keys, and a new master key. The chain of events still verifies afterwards: it holds commitments alone.

The list of destroyed keys stands beside the key ring, outside the database, so that a restored backup loses them again (D3).
"""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

from django.conf import settings
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
        texts = [case_id] if chosen.filter(party="").exists() else []
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


def rotate_master() -> int:
    """Make a new master key and wrap every data key with it. Returns how many were wrapped anew. Interrupted, it is run again.

    The master key that was current until now stays in the ring till the next rotation: a process that has not seen the new one yet may
    still have wrapped with it. Older ones go when no data key needs them.
    """
    old = keys.reload()
    used = set(DataKey.objects.filter(wrapped__isnull=False).values_list("master", flat=True).distinct())
    kept = old.only({*used, old.current})
    new = kept.with_new_master()
    keys.remember(kept)  # forgets those that go, before the file does; other processes may read it at any moment
    keys.write(Path(settings.KEYS), new)
    keys.remember(new)
    return sum(_rewrap(new, some) for some in _other_keys(new.current))


def _other_keys(master: str) -> Iterator[list[DataKey]]:
    """Living data keys under other master keys, by pages."""
    last = ""
    while page := list(
        DataKey.objects.filter(id__gt=last, wrapped__isnull=False).exclude(master=master).order_by("id")[:CHUNK]
    ):
        last = page[-1].id
        yield page


def _rewrap(ring: keys.KeyRing, page: Sequence[DataKey]) -> int:
    """Under the lock of the rows: a key that was destroyed meanwhile stays destroyed."""
    with transaction.atomic():
        rows = list(DataKey.objects.select_for_update().filter(id__in=[key.id for key in page], wrapped__isnull=False))
        for key in rows:
            key.wrapped, key.master = ring.wrap(keys.data_key(key), key.about), ring.current
        DataKey.objects.bulk_update(rows, ["wrapped", "master"])
    return len(rows)
