"""The calendar that cases are counted by: the shipped notices, with those an office has put beside its own rules."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from django.conf import settings

from huiyin.core.calendar_files import load
from huiyin.core.workdays import Calendar


@lru_cache(maxsize=1)
def current() -> Calendar:
    """The newest calendar, read once in a process. Raises CalendarFileError for a bad file."""
    folder = Path(settings.RULES) / "calendar" if settings.RULES else None
    return load(extra=[folder] if folder is not None and folder.is_dir() else ())
