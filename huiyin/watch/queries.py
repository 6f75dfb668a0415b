"""Reading the watch: screens in force, and the figures of many units as lines of a board."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from django.utils import timezone

from huiyin.cases import counters
from huiyin.org import queries as org
from huiyin.watch.actions import digest_of
from huiyin.watch.models import Screen

RED_LINES: Final = ("overdue", "repeat", "dissatisfied")


@dataclass(frozen=True, slots=True)
class Line:
    """One unit of a board: its figures by name, those of all roles together."""

    unit: str
    figures: dict[str, int] = field(default_factory=dict)

    @property
    def light(self) -> str:
        """Red: something is late; amber: something becomes late within three days; else green."""
        return "red" if self.figures.get("red") else "amber" if self.figures.get("amber") else "green"


@dataclass(frozen=True, slots=True)
class Board:
    """Figures of units that have any, and of all together; `counted`: when (local)."""

    counted: datetime
    lines: tuple[Line, ...]
    total: dict[str, int]


def board(units: Iterable[str], by: str = "") -> Board:
    """The units, those with the most of `by` first; by default those with the most overdue cases."""
    figures = counters.figures(units)
    by_unit: dict[str, dict[str, int]] = {}
    for (unit, _role, name), value in figures.values.items():
        own = by_unit.setdefault(unit, {})
        own[name] = own.get(name, 0) + value
    order = (by,) if by else ("overdue", "red", "amber")
    lines = sorted(
        (Line(unit, own) for unit, own in by_unit.items()),
        key=lambda line: (*(-line.figures.get(name, 0) for name in order), line.unit),
    )
    names = {name for line in lines for name in line.figures}
    return Board(figures.counted, tuple(lines), {n: sum(line.figures.get(n, 0) for line in lines) for n in names})


def screens(units: Iterable[str]) -> list[Screen]:
    """Screens in force at these units, the newest first."""
    return list(
        Screen.objects.filter(unit__in=list(units), ended__isnull=True, until__gt=timezone.now()).order_by("-pk")[:100]
    )


def by_code(code: str) -> Screen | None:
    """The screen in force with this code."""
    return Screen.objects.filter(digest=digest_of(code), ended__isnull=True, until__gt=timezone.now()).first()


def by_id(pk: Any) -> Screen | None:
    """The screen in force that a session remembers."""
    known = isinstance(pk, int)
    return Screen.objects.filter(pk=pk, ended__isnull=True, until__gt=timezone.now()).first() if known else None


def units_of(screen: Screen) -> list[str]:
    """The unit and those below it."""
    tree = org.tree()
    return [screen.unit, *tree.below(screen.unit)] if screen.unit in tree else []
