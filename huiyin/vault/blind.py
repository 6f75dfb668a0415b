"""Blind indexes: the same telephone, name or number is found again without standing in the database in plain.

A token is a keyed digest (HMAC-SHA256 or HMAC-SM3, as the key ring says) under the blind-index key of the kind and the normalised value, cut to
128 bits; that of SM3 is known by the s before it. Normalising makes one of what people write in many ways: full-width characters, spaces, +86,
hyphens, an old 15-digit identity number.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable
from typing import Final

from huiyin.core.identifiers import lengthened
from huiyin.vault import ciphers, db, keys
from huiyin.vault.models import BlindIndex

SIGNS: Final = 32  # hexadecimal: 128 bits, or 124 behind the sign of SM3
SM3_SIGN: Final = "s"
Entry = tuple[str, str, int, str]  # kind, value, case id, party


# Spaces of every kind, and the characters that show nothing: control, zero width, direction, joining, soft hyphen.
_UNSEEN: Final = re.compile(
    r"[\s\x00-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]+"
)


def _folded(value: str) -> str:
    """One form of width and case, without spaces and invisible characters."""
    return _UNSEEN.sub("", unicodedata.normalize("NFKC", value)).casefold()


def _phone(value: str) -> str:
    """Digits of the number as dialled inside the country, without an extension."""
    text = re.split(r"转|分机|ext|x|#", _folded(value))[0].translate({ord(c): "-" for c in "‐‑‒–—−"})
    text = re.sub(r"^([^-]+-[^-]{7,8})-[0-9]{1,5}$", r"\1", text)  # 010-12345678-801
    digits = re.sub(r"[^0-9]", "", text)
    if re.match(r"\(?\+\(?86|0086", text):
        digits = digits.removeprefix("00").removeprefix("86")
        return digits if re.fullmatch(r"0.*|1[0-9]{10}|[48]00[0-9]{7}", digits) else f"0{digits}"
    return digits[2:] if re.fullmatch(r"861[0-9]{10}", digits) else digits


def _name(value: str) -> str:
    """The name with one form of the dot inside names of minorities and foreigners."""
    return re.sub(r"[·•・‧∙⋅․．.]", "·", _folded(value))


def _id_number(value: str) -> str:
    """Upper case, no separators; an identity number of the first generation (15 digits) in its form of 18."""
    text = re.sub(r"[^0-9a-z]", "", _folded(value)).upper()
    return lengthened(text) if re.fullmatch(r"[0-9]{15}", text) else text


def _code(value: str) -> str:
    return re.sub(r"[^0-9a-z]", "", _folded(value)).upper()


def _address(value: str) -> str:
    """Letters, digits and characters alone."""
    return "".join(c for c in _folded(value) if unicodedata.category(c)[0] in "LN")


NORMALISE: Final[dict[str, Callable[[str], str]]] = {
    "phone": _phone,
    "name": _name,
    "id_number": _id_number,
    "credit_code": _code,
    "address": _address,
}


def normalise(kind: str, value: str) -> str:
    """The form that is compared; empty when nothing is left. Raises KeyError for an unknown kind."""
    return NORMALISE[kind](value)


def blind(kind: str, value: str) -> str | None:
    """Token of a value, 32 signs; none when there is nothing to find again."""
    text = normalise(kind, value)
    if not text:
        return None
    ring = keys.newest()  # a token by a digest that was given up meanwhile would find nothing
    found = ciphers.digest(ring.blind_digest, ring.blind, f"{kind}\0{text}".encode()).hex()[:SIGNS]
    return SM3_SIGN + found[1:] if ring.blind_digest == ciphers.SM3 else found


def index_rows(entries: Iterable[Entry]) -> list[tuple[str, str, int, str]]:
    """Rows (kind, token, case, party) for values that have a token."""
    rows = ((kind, blind(kind, value), case_id, party) for kind, value, case_id, party in entries)
    return [(kind, token, case_id, party) for kind, token, case_id, party in rows if token is not None]


def index_many(entries: Iterable[Entry]) -> None:
    """Index values in one INSERT."""
    db.insert(BlindIndex, ("kind", "token", "case_id", "party"), index_rows(entries))


def find(kind: str, value: str) -> list[tuple[int, str]]:
    """(case id, party) of everything with that value, newest case first. Whether the asker may see them is the caller's business."""
    token = blind(kind, value)
    if token is None:
        return []
    found = BlindIndex.objects.filter(kind=kind, token=token).order_by("-case_id", "party")
    return list(found.values_list("case_id", "party"))
