"""The category trees in use: the shipped ones with an office's own (categories/ under HUIYIN_RULES) over them; read once in a process."""

from collections.abc import Sequence
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Final

from django.conf import settings

from huiyin.core import categories
from huiyin.core.categories import SHIPPED, Category, Scheme, Trees
from huiyin.core.identifiers import folded

MOST: Final = 30  # answers of one search


@lru_cache(maxsize=1)
def trees() -> Trees:
    """Every scheme. Raises RuleError for a file that cannot be used."""
    folders = (SHIPPED, Path(settings.RULES) / "categories") if settings.RULES else (SHIPPED,)
    return categories.load(folders)


def choices(on: date, kind: str | None = None) -> list[tuple[Scheme, list[Category]]]:
    """What a case of that kind may be given on that day, scheme by scheme, parents before their children."""
    return trees().on(on, kind)


def search(
    text: str, on: date, *, kind: str | None = None, scheme: str | None = None, most: int | None = MOST
) -> list[Category]:
    """Categories of that day in which every word is found: in the name, the names above it, its other names or its code. What begins with
    the first word comes first; without words all of them in the order of the trees. `most` none: all."""
    words = [folded(word).casefold() for word in text.split() if folded(word)]
    found: list[tuple[int, int, Category]] = []
    for one, known in choices(on, kind):
        if scheme is not None and one.code != scheme:
            continue
        for category in known:
            rank = _rank(words, category)
            if rank is not None:
                found.append((rank, len(found), category))
    return [category for _, _, category in sorted(found, key=lambda row: row[:2])][:most]


def _rank(words: Sequence[str], category: Category) -> int | None:
    """0 the name begins with the first word, 1 it is one of its names, 2 it is found elsewhere; none: not all words are found."""
    if not words:
        return 0
    names = [category.label.casefold(), *(word.casefold() for word in category.words)]
    everywhere = " ".join((*names, *category.path, category.id)).casefold()
    if not all(word in everywhere or any(len(name) > 1 and name in word for name in names) for word in words):
        return None
    return 0 if names[0].startswith(words[0]) else 1 if any(words[0] in name for name in names) else 2


def below(id: str) -> list[str]:
    """A category and all those under it, whenever they were in use; itself alone where no tree knows it."""
    scheme = trees().schemes.get(id.partition(":")[0])
    found = [id]
    for one in scheme.categories.values() if scheme else ():  # parents come before their children
        if one.parent is not None and f"{id.partition(':')[0]}:{one.parent}" in found:
            found.append(one.id)
    return found


def valid(id: str, on: date) -> bool:
    """May a case be given this category (scheme:code) on that day?"""
    return trees().valid(id, on)


def label(id: str) -> str:
    """Name of a category, also of one that is no longer in use."""
    return trees().label(id)


def path(id: str) -> str:
    """家用电器 › 电热水壶; of one that is not in the trees any more its name."""
    found = trees().get(id)
    return found.path_text if found else label(id)
