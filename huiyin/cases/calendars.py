"""The calendar that cases are counted by: the shipped notices, those an office has put beside its own rules, and those put in through the
pages (huiyin.org.owntexts), which come last."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Final

from django.conf import settings

from huiyin.core.calendar_files import load
from huiyin.core.workdays import Calendar
from huiyin.org import owntexts, snapshot

_instead: Final[ContextVar[Calendar | None]] = ContextVar("huiyin_calendar", default=None)
_held: tuple[str, Mapping[str, str], Calendar] | None = (
    None  # stamp of the organisation, own notices, the calendar of both
)


def current() -> Calendar:
    """The calendar in use. Read once in a process, and anew when a notice was put in through the pages. Raises CalendarFileError."""
    global _held
    instead = _instead.get()
    if instead is not None:
        return instead
    stamp, held = snapshot.at_hand().stamp, _held
    if held is None or held[0] != stamp:
        own = owntexts.in_use(owntexts.CALENDAR)
        held = _held = (stamp, own, held[2] if held is not None and held[1] == own else read(own))
    return held[2]


def forget() -> None:
    """Read the files anew next time."""
    global _held
    _held = None


def read(own: Mapping[str, str]) -> Calendar:
    """The calendar of the files with these notices (year -> text as in a year file). Raises CalendarFileError."""
    folder = Path(settings.RULES) / "calendar" if settings.RULES else None
    places = [folder] if folder is not None and folder.is_dir() else []
    with tempfile.TemporaryDirectory(prefix="huiyin-calendar-") as made:
        for year, text in own.items():
            (Path(made) / f"{year}.toml").write_text(text, encoding="utf-8")
        return load(extra=[*places, Path(made)] if own else places)


@contextmanager
def using(calendar: Calendar) -> Iterator[None]:
    """Inside, this act counts by another calendar: to foresee what a notice would move, and to move it."""
    token = _instead.set(calendar)
    try:
        yield
    finally:
        _instead.reset(token)
