"""One form for the many ways in which the same is written: widths, cases, tones and marks, traditional signs, numerals; and how signs sound."""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

HAN: Final = re.compile("[\u3400-\u4dbf\u4e00-\u9fff]")
GAP: Final = r"[\W_]{0,4}"
"""What may stand between two signs that belong together: spaces, points, strokes."""
_NUMERALS: Final = str.maketrans(
    "〇零○一壹弌幺二贰貳弍两三叁参叄四肆五伍六陆陸七柒八捌九玖", "00011112222233334455666778899"
)
_COMPOUND: Final = (
    "欧阳太史端木上官司马东方独孤南宫万俟闻人夏侯诸葛尉迟公羊赫连澹台皇甫宗政濮阳公冶太叔申屠公孙慕容"
    "仲孙钟离长孙宇文司徒鲜于司空闾丘子车亓官司寇巫马公西颛孙壤驷公良漆雕乐正宰父谷梁拓跋夹谷轩辕令狐"
    "段干百里呼延东郭南门羊舌微生梁丘左丘公伯西门南荣东里东宫仲长子书子桑即墨达奚褚师"
)
COMPOUND: Final = frozenset(_COMPOUND[at : at + 2] for at in range(0, len(_COMPOUND), 2))
"""Surnames of two signs."""


@dataclass(frozen=True, slots=True)
class Folded:
    """A text in one form. `places`: where each of its signs stood; `digits`: the same with numerals of every kind as digits, sign for sign."""

    signs: str
    digits: str
    places: tuple[int, ...]


@lru_cache(maxsize=256)
def fold(text: str) -> Folded:
    """The text in one width and case, without marks on letters, signs that show nothing and variants, in simplified signs."""
    kept: list[str] = []
    places: list[int] = []
    for index, raw in enumerate(text):
        for char in unicodedata.normalize("NFKD", raw).casefold():
            if unicodedata.category(char) in ("Mn", "Me", "Cf"):
                continue
            kept.append(simplified(char) if HAN.match(char) else char)
            places.append(index)
    signs = "".join(kept)
    return Folded(signs, signs.translate(_NUMERALS), tuple(places))


def squeezed(text: str) -> str:
    """Letters and digits alone."""
    return "".join(c for c in text if c.isalnum())


@lru_cache(maxsize=16_384)
def simplified(sign: str) -> str:
    """The simplified form of one sign."""
    found = str(_converter().convert(sign))
    return found if len(found) == 1 else sign


@lru_cache(maxsize=1)
def _converter() -> Any:
    import opencc  # its tables are loaded when the first text is looked through

    return opencc.OpenCC("t2s")


# -- how signs sound


@lru_cache(maxsize=1)
def _readings() -> dict[int, str]:
    os.environ.setdefault("PYPINYIN_NO_PHRASES", "true")  # single signs are all that is asked; the phrases take memory
    from pypinyin.pinyin_dict import pinyin_dict

    found: dict[int, str] = pinyin_dict
    return found


@lru_cache(maxsize=4096)
def sounds(sign: str) -> frozenset[str]:
    """The syllables as which a sign may be read, without tones; ü also as v."""
    return frozenset(_toneless(_readings().get(ord(sign), "")))


def _toneless(readings: str) -> Iterable[str]:
    for one in readings.split(",") if readings else ():
        letters = unicodedata.normalize("NFD", one)
        plain = "".join(c for c in letters if c.isascii() and c.isalpha())
        if plain:
            yield plain
            if "\u0308" in letters:
                yield plain.replace("u", "v")


@lru_cache(maxsize=1)
def _by_sound() -> dict[str, str]:
    found: dict[str, list[str]] = {}
    for code, readings in _readings().items():
        if 0x4E00 <= code <= 0x9FFF:
            for sound in set(_toneless(readings.partition(",")[0])):  # as it is mostly read
                found.setdefault(sound, []).append(chr(code))
    return {sound: "".join(signs) for sound, signs in found.items()}


def signs_of(wanted: Iterable[str]) -> set[str]:
    """Every sign that is mostly read as one of these syllables."""
    return {sign for sound in wanted for sign in _by_sound().get(sound, "")}
