"""Rows as forms: what stands in every stamp alike, and the places that each fills anew (see _stamp.py)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from huiyin.dues.tables import Row

HEX32: Final = re.compile(r"[0-9a-f]{32}")
Values = list[Any]


class Slots:
    """Places by the text that stands in the form. A stamp is a list with a new value for each."""

    def __init__(self) -> None:
        self.exact: dict[Any, int] = {}  # whole values of cells
        self.inside: dict[str, int] = {}  # texts inside of other texts
        self.count = 0
        self._pattern: re.Pattern[str] | None = None

    def add(self, *, cell: Any = None, inside: str | None = None) -> int:
        """A place, found where a cell is `cell`, or where a text holds `inside`."""
        if cell is not None:
            self.exact[cell] = self.count
        if inside is not None:
            self.inside[inside], self._pattern = self.count, None
        self.count += 1
        return self.count - 1

    def parts(self, value: str) -> list[Any] | None:
        """The text in pieces: every second one is a place. None when it holds no place."""
        if self._pattern is None:
            known = sorted(self.inside, key=len, reverse=True)
            self._pattern = re.compile(f"({'|'.join(map(re.escape, known))})")
        found = self._pattern.split(value)
        return None if len(found) == 1 else [self.inside[p] if i % 2 else p for i, p in enumerate(found)]


@dataclass(frozen=True, slots=True)
class Form:
    """A row of which some cells are places, or texts with places in them."""

    cells: Row
    places: tuple[tuple[int, int], ...]
    texts: tuple[tuple[int, list[Any]], ...]

    def stamped(self, values: Values) -> list[Any]:
        row = list(self.cells)
        for at, slot in self.places:
            row[at] = values[slot]
        for at, parts in self.texts:
            row[at] = filled(parts, values)
        return row


def filled(parts: Sequence[Any], values: Values) -> str:
    """The text with the values of its places."""
    return "".join([values[part] if type(part) is int else part for part in parts])


def form_of(row: Sequence[Any], slots: Slots, fresh: list[int] | None = None) -> Form:
    """A row as a form. With `fresh`, cells that look like random ids become places of their own, entered there."""
    places, texts = [], []
    for at, value in enumerate(row):
        if type(value) in (str, int) and value in slots.exact:
            places.append((at, slots.exact[value]))
        elif type(value) is str and fresh is not None and HEX32.fullmatch(value):
            fresh.append(slots.add())
            places.append((at, fresh[-1]))
        elif type(value) is str and value:
            parts = slots.parts(value)
            if parts is not None:
                texts.append((at, parts))
    return Form(tuple(row), tuple(places), tuple(texts))
