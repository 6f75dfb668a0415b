"""Numbers that people and organisations are known by: is what was typed one of them? Telephone, postcode, unified social credit code (GB 32100)."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from stdnum.cn import ric, uscc

CODE_LENGTH: Final = 18
OLD_LENGTH: Final = 15  # of a registration number before 2015
_SIGNS: Final = re.compile(r"[0-9A-HJ-NP-RTUWXY]{18}", re.ASCII)  # GB 32100 leaves out I, O, S, V and Z
_OLD: Final = re.compile(r"[0-9A-Z]{15}", re.ASCII)
_EXTENSION: Final = re.compile(r"(?:转|分机|ext\.?|x|#|-)\s*[0-9]{1,6}$")
_PHONE: Final = re.compile(
    r"(?:\+?86|0086)?1[3-9][0-9]{9}"  # mobile
    r"|(?:(?:\+86|0086)[1-9][0-9]{1,2}|0[0-9]{2,3})[0-9]{7,8}"  # fixed, with area code
    r"|[2-9][0-9]{6,7}"  # fixed, of the same place
    r"|[48]00[0-9]{7}"
    r"|1[0-9]{2}|1[0-9]{4,5}|9[0-9]{4,5}"  # 110, 12315, 95588
    r"|\+(?!86)[0-9]{6,15}",  # abroad
    re.ASCII,
)


def folded(text: str) -> str:
    """One width, no spaces at all: what people paste often has both."""
    return re.sub(r"[\s\u200b-\u200f\ufeff]+", "", unicodedata.normalize("NFKC", text))


def is_phone(text: str) -> bool:
    """A telephone number of this country with or without area code, extension or +86; a service number; or one from abroad with +."""
    plain = re.sub(r"[‐‑‒–—−]", "-", folded(text).casefold())
    shorter = _EXTENSION.sub("", plain)
    return any(_PHONE.fullmatch(re.sub(r"[-()（）]", "", one)) is not None for one in (plain, shorter))


def is_postcode(text: str) -> bool:
    """Six digits."""
    return re.fullmatch(r"[0-9]{6}", folded(text), re.ASCII) is not None


def credit_code(text: str) -> str:
    """The code in its written form: capital letters, nothing between them."""
    return folded(text).replace("-", "").upper()


def fault_of_credit_code(text: str) -> str:
    """What is wrong with a unified social credit code: '' nothing; length; signs; check (a sign was mistyped); person (an identity number,
    which belongs to somebody and has a place of its own). A registration number of 15 signs from before 2015 is taken as it is."""
    code = credit_code(text)
    if len(code) == OLD_LENGTH and _OLD.fullmatch(code):
        return "person" if ric_of_old(code) else ""
    if len(code) != CODE_LENGTH:
        return "length"
    if ric.is_valid(code):
        return "person"
    if _SIGNS.fullmatch(code) is None:
        return "signs"
    return "" if uscc.is_valid(code) else "check"


def ric_of_old(code: str) -> bool:
    """Is it an identity number of the first generation (15 digits with a date of birth)? Registration numbers of that length begin with the
    code of a county as well, so the date and the check of the region decide."""
    if not code.isdecimal():
        return False
    month, day = int(code[8:10]), int(code[10:12])
    return 1 <= month <= 12 and 1 <= day <= 31 and ric.is_valid(lengthened(code)) and not _own_check(code)


def lengthened(old: str) -> str:
    """An identity number of 15 digits in its form of 18."""
    longer = f"{old[:6]}19{old[6:]}"
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)  # GB 11643-1999
    total = sum(int(digit) * weight for digit, weight in zip(longer, weights, strict=True))
    return longer + "10X98765432"[total % 11]


def _own_check(code: str) -> bool:
    """Has a registration number of 15 digits its own check digit (ISO 7064 MOD 11,10)?"""
    total = 10
    for digit in code[:14]:
        total = ((total + int(digit)) % 10 or 10) * 2 % 11
    return (11 - total) % 10 == int(code[14])
