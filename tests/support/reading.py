"""What a page says and in which language: the texts of a page, and which of them is Chinese that no rule, name or person wrote."""

import re
import tomllib
from collections.abc import Iterable, Iterator
from functools import lru_cache
from html.parser import HTMLParser
from typing import Any

from huiyin.core.vocabulary import RULES

HAN = re.compile(r"[\u3400-\u9fff]")
SILENT = {"script", "style"}
FIELDS = {"textarea"}  # what somebody typed
VOID = {"br", "hr", "img", "input", "link", "meta"}
SPOKEN = ("title", "aria-label", "placeholder", "alt", "data-label", "label")


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open: list[tuple[str, str, bool]] = [("", "", False)]  # tag, language, as somebody wrote it
        self.found: list[tuple[str, str, bool, bool]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        _tag, language, written = self.open[-1]
        language, written = given.get("lang") or language, written or "data-as-written" in given
        self.found += [(given[name] or "", language, written, True) for name in SPOKEN if given.get(name)]
        if tag not in VOID:
            self.open.append((tag, language, written))

    def handle_endtag(self, tag: str) -> None:
        if any(one[0] == tag for one in self.open):
            while self.open.pop()[0] != tag:
                pass

    def handle_data(self, data: str) -> None:
        tag, language, written = self.open[-1]
        if tag not in SILENT | FIELDS and data.strip():
            self.found.append((data.strip(), language, written, tag == "title"))


def texts(page: str) -> list[tuple[str, str, bool, bool]]:
    """Everything a reader sees or hears, its language, whether it stands there as somebody wrote it, and whether it is part of a tag (or
    the title), where a language cannot be marked."""
    reader = _Reader()
    reader.feed(page)
    return reader.found


@lru_cache(maxsize=1)
def of_rules() -> frozenset[str]:
    """Every Chinese text of the files of rules, categories, calendars and notices; of the vocabulary only its sample world."""
    found: set[str] = set()
    for path in RULES.rglob("*.toml"):
        with path.open("rb") as file:
            raw = tomllib.load(file)
        if path.name == "vocabulary.toml":
            raw = {k: raw[k] for k in ("world_unit", "world_place", "world_area", "complainant", "respondent")}
        found |= set(_leaves(raw))
    return frozenset(found)


def _leaves(raw: Any) -> Iterator[str]:
    if isinstance(raw, dict):
        for value in raw.values():
            yield from _leaves(value)
    elif isinstance(raw, list):
        for value in raw:
            yield from _leaves(value)
    elif isinstance(raw, str) and HAN.search(raw):
        yield raw


class Known:
    """Texts that may be Chinese on any page; what is left of a text without them."""

    def __init__(self, *more: Iterable[str]) -> None:
        self.by_start: dict[str, list[str]] = {}
        for text in sorted({*of_rules(), *(t for some in more for t in some)}, key=len, reverse=True):
            if HAN.search(text):
                self.by_start.setdefault(text[:1], []).append(text)

    def without(self, text: str) -> str:
        left, at = [], 0
        while at < len(text):
            found = next((t for t in self.by_start.get(text[at], ()) if text.startswith(t, at)), None)
            if found is None:
                left.append(text[at])
            at += len(found) if found else 1
        return "".join(left)

    def strange(self, page: str) -> list[str]:
        """Chinese on the page that is none of them."""
        return [
            text
            for text, language, *_rest in texts(page)
            if not language.startswith("zh") and HAN.search(self.without(text))
        ]
