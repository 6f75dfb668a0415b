"""Entries of a list that belongs to no case (known businesses): closed under the key of the search index, found again by parts of their names.

A part is two neighbouring signs; its token is keyed like that of a blind index, so that the table tells nobody which names it holds.
"""

import hmac
import json
from collections.abc import Callable, Sequence
from typing import Any, Final

from cryptography.exceptions import InvalidTag
from django.db import transaction
from django.db.models import QuerySet

from huiyin.core.identifiers import folded
from huiyin.vault import ciphers, keys
from huiyin.vault.ciphers import Closer
from huiyin.vault.errors import Damaged

PARTS: Final = 40  # of one name: what is longer is found by its beginning
TOKEN: Final = 32  # hexadecimal digits
PAGE: Final = 500


def close(about: str, value: Any) -> bytes:
    """The value, closed; `about` is bound to it, so that no entry can stand in for another."""
    return _closer().close(json.dumps(value, ensure_ascii=False).encode(), about.encode())


def opened(about: str, closed: bytes) -> Any:
    """Raises Damaged for an entry that was altered, or belongs elsewhere."""
    try:
        return json.loads(_closer().open(bytes(closed), about.encode()))
    except (InvalidTag, ValueError) as error:
        raise Damaged(f"an entry about {about} does not open") from error


def close_anew(rows: QuerySet[Any], field: str, about: Callable[[Any], str]) -> int:
    """Close anew what another suite than that of the setting closed, in these rows and this field; part of a rotation. Returns how many."""
    last, count, suite = -(1 << 62), 0, ciphers.chosen()
    while page := list(rows.filter(pk__gt=last).order_by("pk").values_list("pk", field)[:PAGE]):
        last = page[-1][0]
        other = [pk for pk, closed in page if closed and ciphers.suite_of(bytes(closed)) != suite]
        count += _close_anew(rows, other, field, about) if other else 0
    return count


def _close_anew(rows: QuerySet[Any], chosen: Sequence[int], field: str, about: Callable[[Any], str]) -> int:
    """Under the lock of the rows. What does not open is left as it is: whoever asks for it is told."""
    changed, closer = [], _closer()
    with transaction.atomic():
        for row in rows.select_for_update().filter(pk__in=chosen):
            bound = about(row).encode()
            try:
                setattr(row, field, closer.close(closer.open(bytes(getattr(row, field)), bound), bound))
            except InvalidTag:
                continue
            changed.append(row)
        rows.model.objects.bulk_update(changed, [field])
    return len(changed)


def digest(value: Any) -> str:
    """What tells one value from another, for nobody without the key."""
    text = json.dumps(value, ensure_ascii=False, sort_keys=True)
    return hmac.digest(keys.ring().blind, f"list entry\0{text}".encode(), "sha256").hex()[:TOKEN]


def parts(name: str) -> list[str]:
    """Tokens of the pairs of signs in a name, each once."""
    text = folded(name).casefold()
    pairs = dict.fromkeys(text[i : i + 2] for i in range(len(text) - 1))
    key = keys.ring().blind
    return [hmac.digest(key, f"part\0{pair}".encode(), "sha256").hex()[:TOKEN] for pair in list(pairs)[:PARTS]]


def _closer() -> Closer:
    return Closer(hmac.digest(keys.ring().search, b"huiyin lists", "sha256"))
