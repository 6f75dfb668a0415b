"""From text to tokens and from what somebody typed to phrases: one tokenizer for both databases, which can never be changed (the-log.md, D9).

A text is read as units: each Chinese sign is one, a word of letters or digits is one. Units that follow each other without anything between
make a run. At the place of each unit stands one token: of the unit and its right neighbour (a bigram), or of the unit alone where a run ends. A word
inside a run (3天) has a further token of its own at the end. A term is a run too, and its bigrams one after the other are found exactly
where the term stands in the text: the end of a run keeps two runs from looking like one.

A token is HMAC(index key, bigram), cut to eight characters. Numbers that a page masks inside a text (telephone, identity, account, electronic mail)
are left out: what may not be read may not be found out by searching either; parties are found by their blind indexes alone.
"""

from __future__ import annotations

import base64
import hmac
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Final

from huiyin.vault import keys
from huiyin.vault.masking import without_numbers

CHUNK: Final = 4000  # characters of a text in one row of the index
OVERLAP: Final = 20  # units that two neighbouring rows share: so long may a term be
TIMES: Final = 250  # one bigram in one row: of more than 255 PostgreSQL forgets the places
WORD: Final = 40  # characters of one word; a longer one is read as several
LENGTH: Final = 8  # characters of a token
OPEN, CLOSED = "open", "closed"  # the index of ordinary cases, and that of reports and complaints about staff
_SIGN: Final = "\u3005\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff"
_UNIT: Final = re.compile(rf"[{_SIGN}]|(?:(?![{_SIGN}])[^\W_]){{1,{WORD}}}")
_UNSEEN: Final = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]")
_IS_SIGN: Final = re.compile(rf"[{_SIGN}]")


@dataclass(frozen=True, slots=True)
class Unit:
    """A sign or a word, and where it stands in the text as it is read."""

    text: str
    start: int
    end: int

    @property
    def is_sign(self) -> bool:
        return len(self.text) == 1 and _IS_SIGN.match(self.text) is not None


def readable(text: str) -> str:
    """The text in one width, without signs that show nothing."""
    return _UNSEEN.sub("", unicodedata.normalize("NFKC", text))


def units(text: str) -> list[Unit]:
    """The units of a text that went through `readable`."""
    return [Unit(found.group().casefold(), found.start(), found.end()) for found in _UNIT.finditer(text)]


# -- tokens


def key_of(index: str) -> bytes:
    """The key of one of the two indexes: so that nobody can hold one against the other."""
    return hmac.digest(keys.ring().search, f"huiyin words\0{index}".encode(), "sha256")


@lru_cache(maxsize=400_000)
def token(key: bytes, gram: str) -> str:
    """The token of a bigram, a lone sign or a word."""
    return base64.b32encode(hmac.digest(key, gram.encode(), "sha256")[:5]).decode().lower()


def _gram(one: Unit, other: Unit) -> str:
    """Two signs as they are; where a word is one of them, with a mark between, so that 1 23 and 12 3 differ."""
    return one.text + other.text if one.is_sign and other.is_sign else f"{one.text}\0{other.text}"


def rows(index: str, text: str) -> list[list[str]]:
    """The tokens of a text, in rows of at most CHUNK characters: first one for each place, then those of words inside runs."""
    key = key_of(index)
    return [[token(key, gram) for gram in grams] for grams in _chunks(units(without_numbers(readable(text))))]


def _chunks(found: Sequence[Unit]) -> Iterator[list[str]]:
    places, inside = [], []
    for one, other in zip(found, [*found, None][1:], strict=True):
        joined = other is not None and other.start == one.end
        places.append(_gram(one, other) if joined and other is not None else one.text)
        inside.append(one.text if joined and not one.is_sign else "")
    first = 0
    while first < len(found):
        end, times = first, Counter[str]()
        while end < len(found) and found[end].end - found[first].start <= CHUNK and times[places[end]] < TIMES:
            times[places[end]] += 1
            end += 1
        yield places[first:end] + [word for word in dict.fromkeys(inside[first:end]) if word]
        first = len(found) if end == len(found) else max(first + 1, end - OVERLAP)


# -- what somebody typed


@dataclass(frozen=True, slots=True)
class Term:
    """One of the words that somebody looks for: its runs, each as units. A run of one sign cannot be found."""

    text: str
    runs: tuple[tuple[Unit, ...], ...]

    def phrases(self, index: str) -> list[list[str]]:
        """Each run as tokens that must follow one another; a run longer than OVERLAP in pieces that share a unit."""
        key = key_of(index)
        found = []
        for run in self.runs:
            if len(run) == 1:
                found.append([token(key, run[0].text)])
            for first in range(0, len(run) - 1, OVERLAP - 1):
                piece = run[first : first + OVERLAP]
                found.append([token(key, _gram(a, b)) for a, b in pairwise(piece)])
        return found


def terms(typed: str, most: int) -> list[Term]:
    """What is looked for, word by word as it was typed; lone signs are left out. `most`: further ones are left out too."""
    found = []
    for part in readable(typed).split():
        runs: list[list[Unit]] = []
        for unit in units(without_numbers(part)):
            if runs and runs[-1][-1].end == unit.start:
                runs[-1].append(unit)
            else:
                runs.append([unit])
        findable = tuple(tuple(run) for run in runs if len(run) > 1 or not run[0].is_sign)
        if findable:
            found.append(Term(part, findable))
    return list({term.text.casefold(): term for term in found}.values())[:most]


def places(text: str, looked_for: Sequence[Term]) -> list[tuple[int, int]]:
    """Where the runs of these terms stand in a text that went through `readable`: (start, end), in order."""
    found = units(text)
    spans = []
    for run in (run for term in looked_for for run in term.runs):
        wanted = [unit.text for unit in run]
        for at in range(len(found) - len(wanted) + 1):
            some = found[at : at + len(wanted)]
            if [u.text for u in some] == wanted and all(a.end == b.start for a, b in pairwise(some)):
                spans.append((some[0].start, some[-1].end))
    return sorted(spans)
