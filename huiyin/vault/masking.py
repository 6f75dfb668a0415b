"""Masking: what the server puts on a page in place of a personal value. The plain value is not in the page."""

import re
from collections.abc import Callable
from typing import Any, Final

STAR: Final = "*"


def _stars(text: str, head: int, tail: int) -> str:
    """The first `head` and last `tail` characters, and a star for each between; when that would show all, only the first one."""
    if len(text) <= head + tail:
        return text[:1] + STAR * (len(text) - 1)
    return text[:head] + STAR * (len(text) - head - tail) + (text[-tail:] if tail else "")


def _phone(text: str) -> str:
    digits = re.sub(r"[^0-9]", "", text)
    return _stars(digits, 3, 4) if len(digits) >= 9 else _stars(digits, 0, 2)


def _name(text: str) -> str:
    return _stars(text.strip(), 1, 0)


def _id_number(text: str) -> str:
    return _stars(text.strip(), 3, 2) if len(text.strip()) >= 15 else _stars(text.strip(), 1, 2)


def _address(text: str) -> str:
    """Down to the county or district: the street and what follows is hidden."""
    found = re.match(r".*?(?:省|自治区|市|盟|州)?.{0,12}?[县区旗](?=.)", text.strip())
    if found:
        return found.group(0) + STAR * 4
    return _stars(text.strip(), min(3, len(text.strip()) // 2), 0)


def _email(text: str) -> str:
    user, at, host = text.strip().partition("@")
    return _stars(user, 1, 0) + at + host if at else _stars(text.strip(), 1, 0)


BY_NAME: Final[dict[str, Callable[[str], str]]] = {
    "phone": _phone,
    "mobile": _phone,
    "name": _name,
    "contact_person": _name,
    "id_number": _id_number,
    "address": _address,
    "email": _email,
}

# An identity number, a mobile or landline number, an address of electronic mail or a long account number inside a text. Each begins where nothing
# of its own sort stands before it: from every letter of a long run on, the time would grow with the square of the run.
_IN_TEXT: Final = re.compile(
    r"(?P<id>(?<![0-9])[1-9][0-9]{5}(?:19|20)[0-9]{9}[0-9Xx](?![0-9]))"
    r"|(?P<phone>(?<![0-9])(?:\+?86[- ]?)?1[3-9][0-9][- ]?[0-9]{4}[- ]?[0-9]{4}(?![0-9])|(?<![0-9])0[0-9]{2,3}[- ][0-9]{7,8}(?![0-9]))"
    r"|(?P<email>(?<![A-Za-z0-9._%+-])[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+\.[A-Za-z]{2,})"
    r"|(?P<account>(?<![0-9])[0-9]{16,19}(?![0-9]))"
)


def without_numbers(text: str) -> str:
    """A free text without what is masked in it: for an index of its words."""
    return _IN_TEXT.sub(" ", text)


def mask_text(text: str) -> str:
    """A free text with the numbers and addresses in it masked; the words stay."""

    def masked(found: re.Match[str]) -> str:
        kind, value = found.lastgroup, found.group(0)
        if kind == "id":
            return _id_number(value)
        if kind == "email":
            return _email(value)
        return _phone(value) if kind == "phone" else _stars(value, 4, 4)

    return _IN_TEXT.sub(masked, text)


def mask(name: str, value: Any) -> str:
    """What may be shown in place of a personal value. `name`: of the fact, also as role.name; a name without a form of its own is a text."""
    if value is None or value == "" or not isinstance(value, str | int):
        return "" if not value else STAR * 4
    form = BY_NAME.get(name.rpartition(".")[2])
    return form(str(value)) if form else mask_text(str(value))
