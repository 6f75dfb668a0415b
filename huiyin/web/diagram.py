"""A procedure drawn on the server: the nodes and arrows of core.render laid out in ranks, as numbers for an SVG template. No script, no style.

What may be recorded at any time after registration and leads nowhere is not drawn but named beside the picture: thirty arrows out of one box
tell nobody anything. Of the rest, an arrow that a chain of others says already is left out.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final

from django.utils.translation import gettext as _

from huiyin.core.render import BEGINNINGS, Diagram, width
from huiyin.core.rules import Procedure
from huiyin.core.sheet import words_for
from huiyin.core.wording import Words

WIDE: Final = 168  # of a box
LINE: Final = 17  # height of a line of text
GAP_X: Final = 26
GAP_Y: Final = 46
MOST_BESIDE: Final = 5  # boxes side by side
MOST: Final = 60  # more boxes than these are a list, not a picture
LABEL: Final = 18  # columns of text in a box
SMALL: Final = 24  # columns of the small text
SHOWN: Final = 2  # limits named in one box
NEAR: Final = (
    1  # ranks that an arrow from the beginning crosses; nearly everything may follow it, which the legend says
)
Edge = tuple[str, str]


@dataclass
class Box:
    """One step. `limits`: by when it is due; `x`, `y`: its upper left corner."""

    name: str
    label: list[str]
    stage: str
    limits: list[str]
    ending: bool
    x: float = 0
    y: float = 0

    @property
    def height(self) -> int:
        """As high as its texts."""
        return 16 + LINE * len(self.label) + 15 * (len(self.limits) + bool(self.stage))

    @property
    def texts(self) -> list[tuple[float, str, str]]:
        """(height, sort, words) of each line."""
        found: list[tuple[str, str]] = [("name", t) for t in self.label]
        found += [("stage", self.stage)] if self.stage else []
        found += [("limit", t) for t in self.limits]
        at, placed = self.y + 8.0, []
        for sort, text in found:
            at += LINE if sort == "name" else 15
            placed.append((at - 3, sort, text))
        return placed

    @property
    def middle(self) -> float:
        """Where its texts are centred."""
        return self.x + WIDE / 2


@dataclass
class Arrow:
    """From one step to the next; dotted: the system writes it by itself."""

    path: str
    dotted: bool
    back: bool = False


@dataclass
class Drawing:
    """All of it. Without boxes it is too large to be drawn."""

    width: int = 0
    height: int = 0
    boxes: list[Box] = field(default_factory=list)
    arrows: list[Arrow] = field(default_factory=list)
    beside: list[str] = field(default_factory=list)
    follows: list[tuple[str, list[str]]] = field(
        default_factory=list
    )  # the same in words: a step, and what it may come after


def draw(procedure: Procedure, words: Words) -> Drawing:
    """Lay out one procedure."""
    own = words_for(procedure, words)
    found = Diagram(procedure, own)
    follows = found.follows()
    written = [edge for edge in found.writes() if edge not in follows]
    limits = found.limits()
    core = _core(found.nodes, follows + written, limits)
    drawing = Drawing(
        beside=[own.event(n) for n in found.nodes if n not in core],
        follows=[(own.event(n), [own.event(a) for a, b in follows if b == n]) for n in found.nodes],
    )
    if len(core) > MOST:
        return drawing
    due: dict[str, list[str]] = {}
    for _start, end, label in limits:
        if label not in due.setdefault(end, []):
            due[end].append(label)
    ends = procedure.ends | {n for n in found.nodes if found.stage.get(n) in ("ended", "archive")}
    stages = own.vocabulary.values["stage"]
    boxes = {
        n: Box(
            n, _folded(own.event(n), LABEL), stages.get(found.stage.get(n, ""), ""), _due(due.get(n, [])), n in BEGINNINGS or n in ends
        )
        for n in core
    }  # fmt: skip
    _Layout(core, follows, written, boxes, drawing).place()
    return drawing


def _core(nodes: Sequence[str], edges: Sequence[Edge], limits: Sequence[tuple[str, str, str]]) -> list[str]:
    """Steps that lead on, follow something else than the beginning, or are due after something."""
    first = set(BEGINNINGS)
    kept = {a for a, _b in edges} | {b for a, b in edges if a not in first} | {b for _a, b, _label in limits} | first
    return [n for n in nodes if n in kept]


def _due(labels: list[str]) -> list[str]:
    """The first limits, those with a number before those that an office sets."""
    known = sorted((re.sub(r"（.*?）", "", label) for label in labels), key=lambda t: not t[:1].isdigit())
    found = [f"≤ {_cut(label, SMALL - 2)}" for label in dict.fromkeys(known)]
    more = _("另有时限 %d 个") % (len(found) - SHOWN) if len(found) > SHOWN else ""
    return found[:SHOWN] + ([more] if more else [])


def _cut(text: str, most: int) -> str:
    while width(text) > most:
        text = text[:-2] + "…" if text.endswith("…") else text[:-1] + "…"
    return text


def _folded(text: str, most: int) -> list[str]:
    """The words in at most two lines."""
    line = text
    while width(line) > most:
        line = line[:-1]
    if line != text and line[-1].isascii() and text[len(line)].isascii() and " " in line:  # not inside an English word
        line = line[: line.rindex(" ") + 1]
    line, rest = line.rstrip(), text[len(line) :].lstrip()
    return [line, _cut(rest, most)] if rest else [line]


@dataclass
class _Layout:
    """Ranks by the longest way, order within a rank by the middle of the neighbours, arrows as curves that pass between boxes."""

    nodes: Sequence[str]
    follows: Sequence[Edge]
    written: Sequence[Edge]
    boxes: Mapping[str, Box]
    drawing: Drawing

    def place(self) -> None:
        """Fill the drawing."""
        order = {n: i for i, n in enumerate(self.nodes)}
        known = [(e, False) for e in self.follows] + [(e, True) for e in self.written]
        edges = {e: dotted for e, dotted in reversed(known) if e[0] in order and e[1] in order}
        ahead = _reduced([e for e in edges if order[e[0]] < order[e[1]]])
        back = [e for e in edges if order[e[0]] > order[e[1]]]
        rank = _ranks(self.nodes, ahead)
        ahead = [e for e in ahead if e[0] not in BEGINNINGS or rank[e[1]] - rank[e[0]] <= NEAR]
        chains, rows = _with_dummies(self.nodes, ahead, rank)
        _untangle(rows, chains)
        places = self._coordinates(rows)
        for edge, chain in chains.items():
            self.drawing.arrows.append(Arrow(self._curve([places[n] for n in chain], edge), edges[edge]))
        for edge in back:
            self.drawing.arrows.append(Arrow(self._back(edge), edges[edge], back=True))
        self.drawing.boxes = [self.boxes[n] for n in self.nodes]

    def _coordinates(self, rows: list[list[str]]) -> dict[str, tuple[float, float, float]]:
        """(middle, top, bottom) of every box and every place where an arrow passes a rank."""
        wide = [sum(WIDE if n in self.boxes else 14 for n in row) + GAP_X * (len(row) - 1) for row in rows]
        whole, y = max(wide, default=0), 10.0
        places: dict[str, tuple[float, float, float]] = {}
        for row, used in zip(rows, wide, strict=True):
            x = 40 + (whole - used) / 2
            high = max((self.boxes[n].height for n in row if n in self.boxes), default=0)
            for n in row:
                if n in self.boxes:
                    box = self.boxes[n]
                    box.x, box.y = x, y + (high - box.height) / 2
                    places[n] = (box.middle, box.y, box.y + box.height)
                    x += WIDE + GAP_X
                else:
                    places[n] = (x + 7, y, y + high)
                    x += 14 + GAP_X
            y += high + GAP_Y
        self.drawing.width, self.drawing.height = int(whole + 80), int(y - GAP_Y + 14)
        return places

    def _curve(self, stops: list[tuple[float, float, float]], edge: Edge) -> str:
        x, _top, y = stops[0]
        parts = [f"M{x:.0f} {y:.0f}"]
        for middle, top, bottom in stops[1:]:
            half = (y + top) / 2
            parts.append(f"C{x:.0f} {half:.0f} {middle:.0f} {half:.0f} {middle:.0f} {top:.0f}")
            if bottom != top and (middle, top, bottom) != stops[-1]:
                parts.append(f"V{bottom:.0f}")
            x, y = middle, bottom
        return "".join(parts)

    def _back(self, edge: Edge) -> str:
        """Back to an earlier step: out at the side, up along it, in at the side."""
        start, end = self.boxes[edge[0]], self.boxes[edge[1]]
        if abs(start.y + start.height / 2 - end.y - end.height / 2) < 1:  # beside it: below the boxes between
            low, a, b = (
                start.y + start.height,
                start.middle - 30,
                end.middle + 30 if end.x < start.x else end.middle - 30,
            )
            under = max(low, end.y + end.height) + 26
            return f"M{a:.0f} {low:.0f}C{a:.0f} {under:.0f} {b:.0f} {under:.0f} {b:.0f} {end.y + end.height:.0f}"
        left = end.x + WIDE / 2 < self.drawing.width / 2
        a, b = (start.x, end.x) if left else (start.x + WIDE, end.x + WIDE)
        out = (min(a, b) - 24) if left else (max(a, b) + 24)
        ya, yb = start.y + start.height / 2, end.y + end.height / 2
        return f"M{a:.0f} {ya:.0f}C{out:.0f} {ya:.0f} {out:.0f} {yb:.0f} {b:.0f} {yb:.0f}"


def _reduced(edges: Sequence[Edge]) -> list[Edge]:
    """Without arrows that a longer way says as well."""
    after: dict[str, set[str]] = {}
    for a, b in edges:
        after.setdefault(a, set()).add(b)
    reach: dict[str, set[str]] = {}

    def reached(node: str) -> set[str]:
        if node not in reach:
            reach[node] = set()
            for b in after.get(node, ()):
                reach[node] |= {b} | reached(b)
        return reach[node]

    return [(a, b) for a, b in edges if not any(b in reached(c) for c in after[a] if c != b)]


def _ranks(nodes: Sequence[str], edges: Sequence[Edge]) -> dict[str, int]:
    """One more than the highest step before it, in the order of a case's life; where a rank is full, further down."""
    before: dict[str, list[str]] = {n: [] for n in nodes}
    for a, b in edges:
        before[b].append(a)
    rank: dict[str, int] = {}
    wide: dict[int, int] = {}
    for n in nodes:  # arrows ahead go along this order, so what stands before a step has its rank
        at = 1 + max((rank[a] for a in before[n]), default=-1)
        while wide.get(at, 0) >= MOST_BESIDE:
            at += 1
        rank[n] = at
        wide[at] = wide.get(at, 0) + 1
    return rank


def _with_dummies(
    nodes: Sequence[str], edges: Sequence[Edge], rank: Mapping[str, int]
) -> tuple[dict[Edge, list[str]], list[list[str]]]:
    """Each arrow as a chain with one stop a rank, and the ranks with boxes and stops."""
    rows: list[list[str]] = [[] for _ in range(max(rank.values(), default=-1) + 1)]
    for n in nodes:
        rows[rank[n]].append(n)
    chains: dict[Edge, list[str]] = {}
    lanes: dict[tuple[str, int], str] = {}  # arrows into one step share their stops
    for a, b in edges:
        stops = []
        for at in range(rank[a] + 1, rank[b]):
            key = (b, at)
            if key not in lanes:
                lanes[key] = f"{b}~{at}"
                rows[at].append(lanes[key])
            stops.append(lanes[key])
        chains[a, b] = [a, *stops, b]
    return chains, rows


def _untangle(rows: list[list[str]], chains: Mapping[Edge, list[str]]) -> None:
    """Order each rank by the middle of what it hangs on above, then below, a few times."""
    up: dict[str, set[str]] = {}
    down: dict[str, set[str]] = {}
    for chain in chains.values():
        for a, b in pairwise(chain):
            down.setdefault(a, set()).add(b)
            up.setdefault(b, set()).add(a)
    for sweep in range(8):
        near, order = (up, rows[1:]) if sweep % 2 == 0 else (down, rows[-2::-1])
        at = {n: (i + 0.5) / len(row) for row in rows for i, n in enumerate(row)}
        for row in order:
            mean = {
                n: sum(at[m] for m in near[n]) / len(near[n]) if near.get(n) else at[n] for n in row
            }  # fmt: skip
            row.sort(key=lambda n: mean[n])
            at |= {n: (i + 0.5) / len(row) for i, n in enumerate(row)}
