"""Names of files made safe. The name a person gave is personal: it stands sealed, and this form of it is shown to those who may read texts."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from huiyin.evidence.kinds import KINDS, Kind

LONGEST: Final = 60  # characters without the ending
_SEPARATORS: Final = re.compile(r"[/\\]")
_UNWANTED: Final = re.compile(r'[<>:"|?*\'`$;&%#]')
_DEVICES: Final = re.compile(r"(?:con|prn|aux|nul|com[0-9]|lpt[0-9])", re.IGNORECASE)
_ENDINGS: Final = re.compile(r"\.(?:[a-z][a-z0-9]{0,4}|7z)$", re.IGNORECASE)


def safe(name: str, kind: Kind) -> str:
    """The name without path, control and direction characters, ending in what the file is. A name of which nothing is left becomes that of
    its kind."""
    text = unicodedata.normalize("NFC", _SEPARATORS.split(name)[-1])
    text = "".join(c for c in text if unicodedata.category(c)[0] not in "C" or c == " ")
    text = _UNWANTED.sub("_", re.sub(r"\s+", " ", text)).strip(" .")
    while (shorter := _ENDINGS.sub("", text)) != text:  # also of 发票.pdf.exe
        text = shorter.rstrip(" .")
    text = text[:LONGEST].strip(" .")
    if not text.strip("._- "):
        text = str(KINDS[kind.code].label)
    if _DEVICES.fullmatch(text):
        text = f"_{text}"
    return f"{text}.{kind.code}"
