"""Values of fields of registers: from a form or a file to a typed value, to plain values that may stand in a log, and to words."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from huiyin.core.duties import periods
from huiyin.core.entries import Span
from huiyin.core.facts import parse_date, parse_moment
from huiyin.core.registers import LISTS, Field
from huiyin.core.workdays import Calendar

PERIOD = re.compile(r"\d{4}(-(Q[1-4]|H[12]|\d{2}))?")
LONGEST = 4000


class BadValue(ValueError):
    """A value that a field cannot hold: the field and what is expected, never the value."""

    def __init__(self, field: str, expected: str) -> None:
        super().__init__(f"{field}: {expected} is expected")
        self.field, self.expected = field, expected


def is_set(value: Any) -> bool:
    """Is there anything? `False` is an answer; an empty text or list is none."""
    return value is not None and value != "" and value != ()


def parse(field: Field, raw: Any) -> Any:
    """The typed value; none for nothing. Raises BadValue."""
    if raw is None or raw == "" or raw == []:
        return None
    if field.personal and isinstance(raw, Mapping):  # closed already: where it lies
        return dict(raw)
    if field.type in LISTS:
        found = tuple(dict.fromkeys(one(field, r) for r in (raw if isinstance(raw, list | tuple) else [raw])))
        return tuple(v for v in found if is_set(v)) or None
    return one(field, raw)


def one(field: Field, raw: Any) -> Any:
    """One value of a field, or of the list it holds. Raises BadValue."""
    parser: Callable[[Field, Any], Any] = _PARSERS.get(field.type, _text)
    return parser(field, raw)


def _text(field: Field, raw: Any) -> str:
    if not isinstance(raw, str) or len(raw) > LONGEST:
        raise BadValue(field.name, f"text of at most {LONGEST} characters")
    return raw.strip()


def _number(field: Field, raw: Any) -> int:
    if isinstance(raw, bool) or not isinstance(raw, int) or abs(raw) > 10**15:
        raise BadValue(field.name, "a whole number")
    return raw


def _yes(field: Field, raw: Any) -> bool:
    if not isinstance(raw, bool):
        raise BadValue(field.name, "true or false")
    return raw


def _choice(field: Field, raw: Any) -> str:
    if raw not in field.options:
        raise BadValue(field.name, f"one of {', '.join(field.options)}")
    return str(raw)


def _date(field: Field, raw: Any) -> date:
    try:
        found = parse_date(raw)
    except ValueError as error:
        raise BadValue(field.name, "a date") from error
    if not 1900 <= found.year <= 2200:
        raise BadValue(field.name, "a date")
    return found


def _moment(field: Field, raw: Any) -> datetime:
    try:
        found = parse_moment(raw)
    except ValueError as error:
        raise BadValue(field.name, "a date and time") from error
    moment = found if isinstance(found, datetime) else datetime(found.year, found.month, found.day)
    if not 1900 <= moment.year <= 2200:
        raise BadValue(field.name, "a date and time")
    return moment


def _period(field: Field, raw: Any) -> str:
    if not isinstance(raw, str) or not PERIOD.fullmatch(raw):
        raise BadValue(field.name, "a period: 2011, 2011-H1, 2011-Q4, 2011-05")
    return raw


def _any(field: Field, raw: Any) -> Any:
    if isinstance(raw, bool) or not isinstance(raw, str | int):
        raise BadValue(field.name, "a name or number")
    return raw


_PARSERS: dict[str, Callable[[Field, Any], Any]] = {
    "number": _number, "money": _number, "yes": _yes, "date": _date, "moment": _moment, "choice": _choice, "choices": _choice,
    "period": _period, "cases": _any, "entry": _number, "entries": _number,
}  # fmt: skip


def plain(value: Any) -> Any:
    """As it stands in a log: texts, numbers, truth values, lists of them."""
    if isinstance(value, tuple):
        return [plain(v) for v in value]
    return value.isoformat() if isinstance(value, date) else value


def span_of(period: str) -> tuple[date, date]:
    """First and last day of a period as fields name it."""
    every = "year" if len(period) == 4 else {"Q": "quarter", "H": "half_year"}.get(period[5], "month")
    year = date(int(period[:4]), 1, 1)
    found = periods(Span(every=every), Calendar(), year, year + timedelta(days=364))
    return next((first, last) for label, first, last in found if label == period)


def percent(done: int, of: int) -> str:
    """A share in percent with one decimal, halves up; empty where nothing is to be shared."""
    if of <= 0:
        return ""
    tenths = (done * 2000 + of) // (2 * of)
    return f"{tenths // 10}.{tenths % 10}"
