"""Files moved to the cipher of the setting, with the rotation of the keys. Each is closed anew beside itself and put in its own place."""

from collections.abc import Iterator

from huiyin.evidence import queries, storage
from huiyin.evidence.errors import Unreadable
from huiyin.evidence.models import File, Staged, Stored
from huiyin.vault.errors import Damaged, UnknownRef

PAGE = 200


def move() -> int:
    """Close anew what another suite closed. Returns how many files of the disk. What does not open is left for `huiyin verify` to name."""
    return sum(_move(row) for row in _stored())


def _stored() -> Iterator[Stored]:
    yield from File.objects.exclude(address="").order_by("pk").iterator(chunk_size=PAGE)
    yield from Staged.objects.exclude(address="").order_by("pk").iterator(chunk_size=PAGE)


def _move(row: Stored) -> int:
    try:
        found = (queries.sealed_staged([row]) if isinstance(row, Staged) else queries.sealed([row.pk])).get(row.pk)
    except (Damaged, UnknownRef):
        return 0
    if found is None:
        return 0
    parts = {row.address: queries.ORIGINAL, row.thumb_address: queries.THUMB}
    parts.setdefault(row.copy_address, queries.COPY)
    count = 0
    for address, part in parts.items():
        try:
            count += bool(address) and storage.close_anew(address, found.key, part)
        except Unreadable:
            continue
    return count
