"""Entries of a list that belongs to no case (known businesses): closed under the key of the search index, found again by parts of their names.

A part is two neighbouring signs; its token is keyed like that of a blind index, so that the table tells nobody which names it holds.
"""

import hmac
import json
from typing import Any, Final

from cryptography.exceptions import InvalidTag

from huiyin.core.identifiers import folded
from huiyin.vault import keys
from huiyin.vault.ciphers import Closer
from huiyin.vault.errors import Damaged

PARTS: Final = 40  # of one name: what is longer is found by its beginning
TOKEN: Final = 32  # hexadecimal digits


def close(about: str, value: Any) -> bytes:
    """The value, closed; `about` is bound to it, so that no entry can stand in for another."""
    return _closer().close(json.dumps(value, ensure_ascii=False).encode(), about.encode())


def opened(about: str, closed: bytes) -> Any:
    """Raises Damaged for an entry that was altered, or belongs elsewhere."""
    try:
        return json.loads(_closer().open(bytes(closed), about.encode()))
    except (InvalidTag, ValueError) as error:
        raise Damaged(f"an entry about {about} does not open") from error


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
