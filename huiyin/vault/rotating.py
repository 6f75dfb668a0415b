"""A new master key, and everything closed moved to the suite of the setting. The site goes on meanwhile; interrupted, it is run again.

Three things are done, each by pages in transactions of their own and each able to go on where it stopped: data keys are wrapped by the new
master key; records and what the floors above closed (files, secrets of webhooks) are closed anew where another suite closed them; tokens of the
blind indexes are made anew where another digest made them. Nothing is ever unreadable on the way: what is closed says by itself by which suite.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidTag
from django.conf import settings
from django.db import transaction
from django.db.models import BinaryField
from django.db.models.functions import Substr

from huiyin.vault import blind, ciphers, db, keys
from huiyin.vault.actions import ERASED, about, opened
from huiyin.vault.ciphers import Closer
from huiyin.vault.errors import Damaged, KeyDestroyed
from huiyin.vault.models import IDENTITY, BlindIndex, DataKey, Record

PAGE: Final = 500
CASES: Final = 100
INDEXED: Final = ("phone", "name", "id_number", "address")  # facts of a party by which it is found again


@dataclass(frozen=True, slots=True)
class Follower:
    """A floor above that closes something by itself. `masters`: names of the master keys it still needs. `move`: close anew what is not under
    the current master key, or not by the suite of the setting; returns how many. `plain`: of some cases what is found again though no record
    closes it."""

    masters: Callable[[], Iterable[str]] = tuple
    move: Callable[[], int] = int
    plain: Callable[[Sequence[int]], Iterable[blind.Entry]] = lambda _cases: ()


_followers: list[Follower] = []


def follow(one: Follower) -> None:
    """Let a floor above move what it closed with the vault."""
    if one not in _followers:
        _followers.append(one)


@dataclass(frozen=True, slots=True)
class Moved:
    """What a rotation did: data keys wrapped anew, values closed anew (records, files, secrets), cases whose tokens were made anew."""

    keys: int
    values: int
    cases: int


def rotate() -> Moved:
    """A new master key; everything moved to it and to the suite of the setting.

    The master key that was current until now stays in the ring till the next rotation: a process that has not seen the new one yet may
    still have wrapped with it. Older ones go when nothing needs them. Raises KeyRingError while another rotation is under way.
    """
    with keys.alone(Path(settings.KEYS)):
        return _rotate()


def _rotate() -> Moved:
    old = keys.reload()
    used = set(DataKey.objects.filter(wrapped__isnull=False).values_list("master", flat=True).distinct())
    used |= {name for one in _followers for name in one.masters()}
    kept = old.only({*used, old.current})
    new = kept.with_new_master()
    keys.remember(kept)  # forgets those that go, before the file does; other processes may read it at any moment
    keys.write(Path(settings.KEYS), new)
    keys.remember(new)
    wrapped = sum(_rewrap(new, some) for some in _other_keys(new.current))
    moved = reseal() + sum(one.move() for one in _followers)
    return Moved(wrapped, moved, reindex() + reindex())  # once more: somebody may have been writing with the old ring


# -- data keys


def _other_keys(master: str) -> Iterator[list[DataKey]]:
    """Living data keys under other master keys, by pages."""
    last = ""
    while page := list(
        DataKey.objects.filter(id__gt=last, wrapped__isnull=False).exclude(master=master).order_by("id")[:PAGE]
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


# -- records


def reseal() -> int:
    """Close anew every record that another suite than that of the setting closed: same key, same salt, so that what the event commits to stays.
    Returns how many."""
    count, last, suite = 0, "", ciphers.chosen()
    rows = Record.objects.annotate(mark=Substr("cipher", 1, len(ciphers.MARK), output_field=BinaryField()))
    while page := list(rows.filter(ref__gt=last).order_by("ref").values_list("ref", "mark")[:PAGE]):
        last = page[-1][0]
        other = [ref for ref, closed in page if closed and ciphers.suite_of(bytes(closed)) != suite]
        count += _close_anew(other) if other else 0
    return count


def _close_anew(refs: Sequence[str]) -> int:
    """Under the lock of the rows, so that what is erased meanwhile stays erased. A record that does not open is left as it is: verify names it."""
    changed = []
    with transaction.atomic():
        for record in Record.objects.select_for_update(of=("self",)).select_related("key").filter(ref__in=refs):
            bound = about(record.ref, record.case_id, record.name)
            try:
                closer = Closer(keys.data_key(record.key))
                record.cipher = closer.close(closer.open(bytes(record.cipher), bound), bound)
            except (KeyDestroyed, InvalidTag):
                continue
            changed.append(record)
        Record.objects.bulk_update(changed, ["cipher"])
    return len(changed)


# -- blind indexes


def reindex() -> int:
    """Make anew the tokens that another digest than the ring's made. Returns of how many cases. What has no value any more loses its token."""
    last, count = -(1 << 62), 0
    sm3 = keys.reload().blind_digest == ciphers.SM3
    by_sm3 = BlindIndex.objects.filter(token__startswith=blind.SM3_SIGN)
    other = BlindIndex.objects.exclude(token__startswith=blind.SM3_SIGN) if sm3 else by_sm3
    while cases := list(
        other.filter(case_id__gt=last).order_by("case_id").values_list("case_id", flat=True).distinct()[:CASES]
    ):
        last = cases[-1]
        with transaction.atomic():
            _index_anew(cases, sm3)
        count += len(cases)
    return count


def _index_anew(cases: Sequence[int], sm3: bool) -> None:
    there = list(BlindIndex.objects.select_for_update().filter(case_id__in=cases))
    made = set(blind.index_rows([*_identities(cases), *(e for one in _followers for e in one.plain(cases))]))
    made -= {(row.kind, row.token, row.case_id, row.party) for row in there}
    old = [row.pk for row in there if row.token.startswith(blind.SM3_SIGN) != sm3]
    for start in range(0, len(old), PAGE):
        BlindIndex.objects.filter(pk__in=old[start : start + PAGE]).delete()
    db.insert(BlindIndex, ("kind", "token", "case_id", "party"), sorted(made))


def _identities(cases: Sequence[int]) -> Iterator[blind.Entry]:
    """What the records of the parties of these cases hold, of each kind that is found again."""
    rows = Record.objects.filter(key__case_id__in=cases, kind=IDENTITY, name__in=INDEXED).select_related("key")
    for row in rows.iterator(chunk_size=2000):
        try:
            value = opened(row)
        except Damaged:  # verify names it
            continue
        if value is not ERASED and isinstance(value, str):
            yield row.name, value, row.case_id, row.key.party
