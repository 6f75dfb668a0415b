"""Codes, labels and moments as the API writes them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from huiyin.core.facts import ZONE, to_plain
from huiyin.core.wording import Words
from huiyin.languages import load_vocabulary
from huiyin.moments import local
from huiyin.org import queries as org


def moment(value: datetime) -> str:
    """A local moment with its offset."""
    return value.isoformat(timespec="seconds") + ZONE


def stored(value: datetime) -> str:
    """A moment from the database, in local time."""
    return moment(local(value).replace(microsecond=0))


def day_or_moment(value: date | datetime | None) -> str | None:
    """As it stands: a day, or a moment with its offset."""
    return None if value is None else str(to_plain(value))


def event_label(name: str) -> str:
    """What people call the event."""
    return Words(load_vocabulary()).event(name)


def unit_label(unit: str) -> str:
    """The unit's name."""
    return org.labels([unit])[unit]


def label(values: str, code: str | None) -> str | None:
    """What people call a code of a closed list."""
    return load_vocabulary().label(values, code) if code else None


def plain(value: Any) -> Any:
    """A typed value as JSON has it."""
    return to_plain(value)
