"""A sealed value as the core and the event bodies know it: an id, a commitment, and whether two are the same value."""

import secrets
import time
from collections.abc import Mapping
from typing import Any

from huiyin.core.model import Sealed


def new_id() -> str:
    """An id that nobody has, 32 hexadecimal digits: 48 bits of the time in milliseconds and 80 random ones. New rows stand side by side in
    the index, however many millions there are; with random ids each would change a page of its own."""
    return f"{time.time_ns() // 1_000_000:012x}{secrets.token_hex(10)}"


class VaultRef(Sealed):
    """Reference to a record of the vault. Until it is stored it may carry its plain value, which never leaves the process."""

    __slots__ = ("commitment", "pending", "value")

    def __init__(self, ref: str = "", commitment: str = "") -> None:
        super().__init__(ref)
        self.commitment = commitment
        self.pending = False
        self.value: Any = None

    @classmethod
    def fresh(cls, value: Any) -> "VaultRef":
        """A value that is to be sealed once the event is allowed: `decide` sees that it is there, and the id is final already."""
        found = cls(new_id())
        found.value, found.pending = value, True
        return found

    def same(self, other: object) -> bool:
        """Is it the same value? Both are opened to tell; what was erased is the same as nothing but itself."""
        if not isinstance(other, Sealed):
            return False
        if other.ref == self.ref:
            return True
        mine, others = _plain(self), _plain(other)
        return mine is not None and mine == others

    def words(self) -> Any:
        """What is to be sealed, as long as it is not: the wording of a text is looked through before it goes out."""
        return self.value if self.pending else None

    def body(self) -> dict[str, str]:
        """How it stands in an event body."""
        return {"vault": self.ref, "c": self.commitment}

    @staticmethod
    def from_body(raw: Mapping[str, Any]) -> "VaultRef":
        """Back from an event body: a value, or a file."""
        if "file" in raw:
            return FileRef(str(raw["file"]), str(raw.get("c", "")))
        return VaultRef(str(raw["vault"]), str(raw.get("c", "")))


class FileRef(VaultRef):
    """Reference to a file: the record it names closes the key of the file, its name and the digest of its content; the commitment is to these."""

    __slots__ = ()

    def body(self) -> dict[str, str]:
        """How it stands in an event body."""
        return {"file": self.ref, "c": self.commitment}


def _plain(sealed: Sealed) -> str | None:
    """The value in its one written form, none when it was erased."""
    from huiyin.vault import actions

    if isinstance(sealed, VaultRef) and sealed.pending:
        return actions.written(sealed.value)
    found = actions.open_many([sealed]).get(sealed.ref, actions.ERASED)
    return None if found is actions.ERASED else actions.written(found)
