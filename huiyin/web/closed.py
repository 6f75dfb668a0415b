"""What a session keeps of a visitor's words: closed under the vault's key ring, because sessions lie in the database."""

import base64
import json
from typing import Any, Final

from cryptography.exceptions import InvalidTag

from huiyin.vault import keys

ABOUT: Final = b"huiyin web session"


def close(value: Any) -> str:
    """A JSON-able value as a text that says nothing without the keys."""
    ring = keys.ring()
    closed = ring.wrap(json.dumps(value, ensure_ascii=False).encode(), ABOUT)
    return f"{ring.current}:{base64.b64encode(closed).decode()}"


def opened(text: str | None) -> Any:
    """The value; none when there is none, or it was closed under a master key that has been replaced since."""
    master, _colon, closed = (text or "").partition(":")
    try:
        ring = keys.newest() if closed and master not in keys.ring().masters else keys.ring()
        return json.loads(ring.unwrap(master, base64.b64decode(closed), ABOUT)) if closed else None
    except (KeyError, InvalidTag):
        return None
