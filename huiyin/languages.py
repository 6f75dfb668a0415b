"""The languages of the interface: simplified Chinese, in which everything is written, traditional Chinese, English.

Texts of pages, problems and commands are Chinese messages with a translation in huiyin/locale. The labels of the vocabulary are messages too,
with a context that says of what table they are. Texts of rules, names of units and what people wrote stay as they are; for a reader of
traditional characters `traditional` writes them over. What is kept (events, notices, documents) is always made in `SOURCE`.
"""

import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from copy import deepcopy
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from django.utils import translation

from huiyin.core import vocabulary
from huiyin.core.vocabulary import Vocabulary

SOURCE: Final = "zh-hans"
TRADITIONAL: Final = "zh-hant"
ENGLISH: Final = "en"
TAGS: Final[Mapping[str, str]] = {SOURCE: "zh-Hans", TRADITIONAL: "zh-Hant", ENGLISH: "en"}
"""Django's names of the languages, and what HTML calls them."""
STANDARD: Final = "s2hk"
"""Which traditional characters, by OpenCC's name: those of Hong Kong and Macao, whose people deal with the offices of the mainland most."""

LABELLED: Final = (
    "case_fact",
    "party_fact",
    "event",
    "role",
    "function",
    "place",
    "unit_of_time",
    "roll",
    "body",
    "procedure",
)
CONTEXTS: Final = {"case_fact": "fact", "party_fact": "fact", "unit_of_time": "unit of time"}
DONE: Final = "event done"
"""Context of the same events told as something that happened; Chinese says both with the same words."""
HAN: Final = re.compile(r"[\u3400-\u9fff]")


def active() -> str:
    """The language of the page, problem or command being made."""
    return translation.get_language() or SOURCE


def tag() -> str:
    """The same, as HTML's `lang` wants it."""
    return TAGS.get(active(), TAGS[SOURCE])


def in_source() -> AbstractContextManager[None]:
    """For what is kept or sent: Chinese, whatever the language of the page is on which somebody does it."""
    return translation.override(SOURCE)


# -- the vocabulary


def labels(raw: Mapping[str, Any]) -> Iterator[tuple[dict[str, Any], str, str]]:
    """Every label of the vocabulary that people read: the table it is in, its key there, its context."""
    for table in LABELLED:
        context = CONTEXTS.get(table, table)
        for entry in raw[table].values():
            if "label_zh" in entry:
                yield entry, "label_zh", context
            for fact in entry.get("facts", {}).values() if table == "event" else ():
                if "label_zh" in fact:
                    yield fact, "label_zh", "fact"
    for name in raw["fact_label"]:
        yield raw["fact_label"], name, "fact"
    for name, of in raw["value"].items():
        for code in of.get("codes", {}):
            yield of["codes"], code, "stage" if name == "stage" else "code"


def load_vocabulary() -> Vocabulary:
    """The vocabulary with its labels in the language of the page; names and meaning are the same in all of them."""
    return _vocabulary(active())


@lru_cache(maxsize=8)
def _vocabulary(language: str) -> Vocabulary:
    plain = vocabulary.load_vocabulary()
    if language == SOURCE:
        return plain
    with translation.override(language):
        return translated(plain, translation.pgettext)


def translated(plain: Vocabulary, pgettext: Callable[[str, str], str]) -> Vocabulary:
    """The vocabulary with every label as `pgettext(context, label)` has it."""
    raw = deepcopy(dict(plain.raw))
    for table, key, context in labels(raw):
        table[key] = pgettext(context, table[key])
    return Vocabulary(raw)


def done(label: str) -> str:
    """An event by its Chinese label, told as something that happened: Accepted."""
    return label if active() == SOURCE else translation.pgettext(DONE, label)


def named(label: str) -> str:
    """The name of a procedure, by its Chinese one."""
    return translation.pgettext("procedure", label) if label else label


# -- characters


@lru_cache(maxsize=1)
def _converter() -> Any:
    import opencc  # only readers of traditional characters need its tables

    return opencc.OpenCC(STANDARD)


@lru_cache(maxsize=8192)
def traditional(text: str) -> str:
    """The text in traditional characters, with the terms of huiyin/locale/zh_Hant/corrections.toml; what is not Chinese stays."""
    if not HAN.search(text):
        return text
    made = str(_converter().convert(text))
    for written, instead in _corrections():
        made = made.replace(written, instead)
    return made


@lru_cache(maxsize=1)
def _corrections() -> tuple[tuple[str, str], ...]:
    with (Path(__file__).parent / "locale" / "zh_Hant" / "corrections.toml").open("rb") as file:
        return tuple(tomllib.load(file)["instead"].items())
