"""The hash chain of events (docs/decisions/0002-the-log.md, D1): one form of a body, and how each hash rests on the one before.

`hash = HMAC-SHA256(chain key, prev || seq || body)`: prev as 32 bytes, seq as 8 bytes big-endian, body as the UTF-8 text that is stored.
The first `prev` names the chain, so that the events of one case cannot be passed off as those of another.
"""

import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Any, Final

from huiyin.vault import keys

LARGEST: Final = 2**53 - 1  # what every reader of JSON holds exactly
_encoder: Final = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)


class BadBody(ValueError):
    """A body holds what a body may not hold; the message names the place, never the value."""


def canonical(body: Mapping[str, Any]) -> str:
    """The one text of a body: sorted keys, no spaces, UTF-8; strings, whole numbers, truth values, lists and tables. Raises BadBody."""
    if not _fits(body):
        _check(body, "body")
    text = _encoder.encode(body)
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise BadBody("the body holds half a character (a lone surrogate)") from error
    return text


def _fits(value: Any) -> bool:
    """The quick question; `_check` says what is wrong and where. Texts, which most values are, are looked at in passing."""
    kind = type(value)
    if kind is dict:
        for key, item in value.items():  # noqa: SIM110  # a generator costs more than the walk
            if type(key) is not str or (type(item) is not str and not _fits(item)):
                return False
        return True
    if kind is list or kind is tuple:
        for item in value:  # noqa: SIM110
            if type(item) is not str and not _fits(item):
                return False
        return True
    if kind is int:
        return bool(-LARGEST <= value <= LARGEST)
    return kind is str or kind is bool


def _check(value: Any, place: str) -> None:
    kind = type(value)
    if kind is str or kind is bool:
        return
    if kind is int:
        if not -LARGEST <= value <= LARGEST:
            raise BadBody(f"{place}: a number beyond 2**53")
    elif isinstance(value, Mapping):
        for key, item in value.items():
            if type(key) is not str:
                raise BadBody(f"{place}: a key that is no text")
            _check(item, f"{place}.{key}")
    elif kind is list or kind is tuple:
        for item in value:
            _check(item, place)
    else:
        raise BadBody(f"{place}: {kind.__name__} cannot stand in a body")


def genesis(chain: str) -> str:
    """What stands before the first event of a chain; `chain` is "case:17", "admin" and the like."""
    return hashlib.sha256(f"huiyin chain 1\0{chain}".encode()).hexdigest()


def link(prev: str, seq: int, body: str, *, key: bytes | None = None) -> str:
    """Hash of an event, 64 hexadecimal digits. `body` is the stored text. `key`: for verifying with another key ring."""
    message = bytes.fromhex(prev) + seq.to_bytes(8, "big") + body.encode()
    return hmac.digest(key or keys.ring().chain, message, "sha256").hex()
