"""Trees of categories as data: one file a scheme, `<scheme>.toml`, read strictly. What is wrong is named with file, entry and key.

scheme   = "goods"               # the name of the file; a category is written scheme:code
title    = "商品"
source   = "where the list comes from"
kinds    = ["complaint", ...]    # kinds of case it is meant for; left out: all
in_force = 2020-01-01

[[category]]
code = "kettle"                  # never used again for something else
label = "电热水壶"
parent = "appliance"             # left out: at the top
words = ["电水壶"]               # other names by which people look for it
maps = { "12315" = "..." }       # its code in other systems
from = 2020-01-01                # left out: since the scheme is in force
to = 2030-12-31                  # last day; the code of an old case keeps its label
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Final

from huiyin.core.errors import RuleError, place
from huiyin.core.toml_files import read
from huiyin.core.vocabulary import RULES, Vocabulary, load_vocabulary

SHIPPED: Final = RULES / "categories"
HEADER: Final = frozenset({"scheme", "title", "source", "kinds", "in_force", "note", "category"})
KEYS: Final = frozenset({"code", "label", "parent", "words", "maps", "from", "to", "note"})
CODE: Final = re.compile(r"[a-z][a-z0-9_]{0,39}", re.ASCII)
DEEPEST: Final = 5
LONGEST_LABEL: Final = 40


@dataclass(frozen=True, slots=True)
class Category:
    """One category. `id` is scheme:code, as it stands in cases; `path` the labels from the top down to its own."""

    id: str
    code: str
    label: str
    parent: str | None
    path: tuple[str, ...]
    words: tuple[str, ...] = ()
    maps: Mapping[str, str] = field(default_factory=dict)
    since: date = date.min
    until: date | None = None

    def holds(self, on: date) -> bool:
        """May it be given to a case on that day?"""
        return self.since <= on and (self.until is None or on <= self.until)

    @property
    def path_text(self) -> str:
        """家用电器 › 电热水壶."""
        return " › ".join(self.path)


@dataclass(frozen=True, slots=True)
class Scheme:
    """One tree. `categories` by code, parents before their children, in the order of the file."""

    code: str
    title: str
    source: str
    kinds: tuple[str, ...]
    in_force: date
    categories: Mapping[str, Category]
    file: str

    def serves(self, kind: str | None) -> bool:
        """Is it meant for that kind of case?"""
        return kind is None or not self.kinds or kind in self.kinds


@dataclass(frozen=True)
class Trees:
    """All schemes in use by code. `labels` also knows what an office's own file has replaced."""

    schemes: Mapping[str, Scheme]
    labels: Mapping[str, str]

    def get(self, id: str) -> Category | None:
        """The category written scheme:code."""
        scheme, _, code = id.partition(":")
        found = self.schemes.get(scheme)
        return found.categories.get(code) if found else None

    def valid(self, id: str, on: date) -> bool:
        """May a case be given this category on that day?"""
        found = self.get(id)
        return found is not None and found.holds(on)

    def label(self, id: str) -> str:
        """Its name, whenever it was in use; of one that no file knows any more, the code itself."""
        return self.labels.get(id, id)

    def on(self, day: date, kind: str | None = None) -> list[tuple[Scheme, list[Category]]]:
        """What may be chosen on that day for that kind of case, scheme by scheme."""
        found = [
            (s, [c for c in s.categories.values() if c.holds(day)]) for s in self.schemes.values() if s.serves(kind)
        ]
        return [(scheme, categories) for scheme, categories in found if categories]


def load(folders: Iterable[Path] = (SHIPPED,)) -> Trees:
    """Every scheme under the folders; a scheme of a later folder (an office's own) takes the place of an earlier one. Raises RuleError."""
    vocabulary = load_vocabulary()
    schemes: dict[str, Scheme] = {}
    labels: dict[str, str] = {}
    for folder in folders:
        for path in sorted(folder.glob("*.toml")) if folder.is_dir() else ():
            scheme = load_scheme(path, vocabulary)
            schemes[scheme.code] = scheme
            labels |= {c.id: c.label for c in scheme.categories.values()}
    return Trees(schemes, labels)


def load_scheme(path: Path, vocabulary: Vocabulary) -> Scheme:
    """The tree of one file. Raises RuleError naming the file, the entry and the key."""
    raw = read(path)
    file = f"{path.parent.name}/{path.name}"
    _known(raw, HEADER, file, "")
    for key, kind in (("scheme", str), ("title", str), ("source", str), ("in_force", date), ("category", list)):
        if not isinstance(raw.get(key), kind):
            raise RuleError(f"the header needs {key} ({kind.__name__})", file=file, key=key)
    if raw["scheme"] != path.stem or not CODE.fullmatch(raw["scheme"]):
        raise RuleError(f"the file is named {path.stem}, its scheme is {raw['scheme']}", file=file, key="scheme")
    kinds = raw.get("kinds", [])
    if not isinstance(kinds, list) or any(
        not isinstance(kind, str) or kind not in vocabulary.values["kind"] for kind in kinds
    ):
        raise RuleError(f"unknown kind; known: {', '.join(vocabulary.values['kind'])}", file=file, key="kinds")
    found: dict[str, Category] = {}
    for number, entry in enumerate(raw["category"], 1):
        with place(file, f"[[category]] {number}"):
            one = _category(raw, entry, found, file, f"[[category]] {number}")
        found[one.code] = one
    return Scheme(raw["scheme"], raw["title"], raw["source"], tuple(kinds), raw["in_force"], found, file)


def _category(
    header: Mapping[str, Any], raw: Mapping[str, Any], known: Mapping[str, Category], file: str, entry: str
) -> Category:
    code, label = raw.get("code"), raw.get("label")
    entry = f"{entry} {code}" if isinstance(code, str) else entry
    _known(raw, KEYS, file, entry)
    if not isinstance(code, str) or not CODE.fullmatch(code):
        raise RuleError("is lower-case letters, digits and underscores", file=file, entry=entry, key="code")
    if code in known:
        raise RuleError("this code is there twice", file=file, entry=entry, key="code")
    if not isinstance(label, str) or not 0 < len(label.strip()) <= LONGEST_LABEL:
        raise RuleError(f"is a text of up to {LONGEST_LABEL} characters", file=file, entry=entry, key="label")
    above = None
    if "parent" in raw:
        above = known.get(raw["parent"])
        if above is None:
            raise RuleError("no category of this code stands before it", file=file, entry=entry, key="parent")
        if len(above.path) == DEEPEST:
            raise RuleError(f"a tree has at most {DEEPEST} levels", file=file, entry=entry, key="parent")
    since, until = _span(header, raw, above, file, entry)
    return Category(
        f"{header['scheme']}:{code}", code, label.strip(), above.code if above else None,
        (*(above.path if above else ()), label.strip()), _texts(raw, "words", file, entry), _maps(raw, file, entry), since, until,
    )  # fmt: skip


def _span(
    header: Mapping[str, Any], raw: Mapping[str, Any], above: Category | None, file: str, entry: str
) -> tuple[date, date | None]:
    for key in ("from", "to"):
        if key in raw and (not isinstance(raw[key], date) or hasattr(raw[key], "hour")):
            raise RuleError("is a date", file=file, entry=entry, key=key)
    since = raw.get("from", above.since if above else header["in_force"])
    until = raw.get("to", above.until if above else None)
    if until is not None and until < since:
        raise RuleError("ends before it begins", file=file, entry=entry, key="to")
    if above is not None and (
        since < above.since or (above.until is not None and (until is None or until > above.until))
    ):
        raise RuleError("is in force longer than the one above it", file=file, entry=entry, key="from, to")
    return since, until


def _texts(raw: Mapping[str, Any], key: str, file: str, entry: str) -> tuple[str, ...]:
    found = raw.get(key, [])
    if not isinstance(found, list) or any(not isinstance(one, str) or not one.strip() for one in found):
        raise RuleError("is a list of texts", file=file, entry=entry, key=key)
    return tuple(found)


def _maps(raw: Mapping[str, Any], file: str, entry: str) -> dict[str, str]:
    found = raw.get("maps", {})
    if not isinstance(found, dict) or any(not isinstance(value, str) for value in found.values()):
        raise RuleError("is a table of texts", file=file, entry=entry, key="maps")
    return dict(found)


def _known(raw: Mapping[str, Any], keys: frozenset[str], file: str, entry: str) -> None:
    if unknown := sorted(set(raw) - keys):
        raise RuleError(
            f"unknown key; known: {', '.join(sorted(keys))}", file=file, entry=entry, key=", ".join(unknown)
        )
