"""Reading holiday notices and overlays from TOML files, strictly: what a file gets wrong is named with file and entry.

A year file `<year>.toml` holds one notice: year, title, rest (blocks: name, first, last), makeup (day, for), and where known number and
known_from (the day it was published); `[sources]` says where the days, the number and the date come from, and a number or date without
a source is refused. `[[amendment]]` entries hold changes published later, with the names of the holidays they replace.

An overlay file holds code, label, kind (`region` | `office`), rest, worked, and known_from where it matters.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any, NoReturn

from huiyin.core.day_table import MakeUp, Notice, Overlay, Rest, arrange
from huiyin.core.workdays import Calendar, CalendarError

SHIPPED = Path(__file__).parents[1] / "rules" / "calendar"
LONGEST_BLOCK = 20  # days; the longest so far is 10: more is a slip of the pen
EARLIEST_DAY_BEFORE = 25  # of December: from here on a notice may speak of the year before


class CalendarFileError(CalendarError):
    """A file that cannot be used: its message names file, entry and what is wrong."""

    def __init__(
        self, path: Path, message: str, entry: str = "", code: str = "", data: Mapping[str, Any] | None = None
    ) -> None:
        super().__init__(message, " ".join(part for part in (path.name, entry) if part), code, data)
        self.path = path


def load(folder: Path | None = None, extra: Iterable[Path] = ()) -> Calendar:
    """The calendar of all year files of a folder (default: the shipped ones). In each further folder of `extra` a file of the same year
    takes the place of an earlier one, and new years are added. Errors: CalendarFileError."""
    found: dict[int, Path] = {}
    for place in (folder or SHIPPED, *extra):
        if not place.is_dir():
            raise CalendarFileError(place, "no such folder", str(place))
        for path in sorted(place.glob("*.toml")):
            found[_year_of(path)] = path
    if not found:
        raise CalendarFileError(folder or SHIPPED, "no year file in this folder")
    notices: list[Notice] = []
    for year in sorted(found):
        of_year = load_year(found[year])
        _check_beside(found[year], of_year, notices)
        notices += of_year
    return Calendar(notices)


def load_year(path: Path) -> list[Notice]:
    """The notice of one year file, and its amendments in order of publication."""
    year = _year_of(path)
    table = _read(path)
    amendments = _tables(_Entry(path, "", table), "amendment")
    base = _notice(_Entry(path, "", {key: table[key] for key in table if key != "amendment"}), year, amends=False)
    found = [base]
    for number, raw in enumerate(amendments, 1):
        entry = _Entry(path, f"amendment {number}", raw)
        notice = _notice(entry, year, amends=True)
        if notice.known_on < found[-1].known_on:
            entry.fail(
                f"known_from {notice.known_on} is before what it amends ({found[-1].known_on}); write them in order"
            )
        found.append(notice)
    return found


def load_overlay(path: Path) -> Overlay:
    """A region's or an office's own days. Whether they fit the calendar is seen when they are laid over it."""
    entry = _Entry(path, "", _read(path))
    entry.only("code", "label", "kind", "rest", "worked", "known_from", "sources")
    kind = entry.text("kind")
    if kind not in ("region", "office"):
        entry.fail(f"kind is 'region' or 'office', not {kind!r}")
    overlay = Overlay(
        code=entry.text("code"),
        label=entry.text("label"),
        rest=_blocks(entry),
        worked=_made_up(entry, "worked", "name"),
        kind="office" if kind == "office" else "region",
        known_from=entry.day("known_from") if "known_from" in entry.table else None,
    )
    if not overlay.rest and not overlay.worked:
        entry.fail("neither rest nor worked: an overlay that changes nothing")
    return overlay


class _Entry:
    """A table of a file, read key by key."""

    def __init__(self, path: Path, name: str, table: Mapping[str, Any]) -> None:
        self.path, self.name, self.table = path, name, table

    def fail(self, message: str, code: str = "", **data: Any) -> NoReturn:
        raise CalendarFileError(self.path, message, self.name, code, data)

    def only(self, *known: str) -> None:
        for key in self.table:
            if key not in known:
                self.fail(f"unknown key {key!r}; known here: {', '.join(known)}")

    def text(self, key: str) -> str:
        value = self._value(key)
        if not isinstance(value, str) or not value.strip():
            self.fail(f"{key} must be a text that says something")
        return value

    def day(self, key: str) -> date:
        value = self._value(key)
        if not isinstance(value, date) or isinstance(value, datetime):
            self.fail(f"{key} must be a date, written 2026-01-31 without quotes")
        return value

    def _value(self, key: str) -> Any:
        if key not in self.table:
            self.fail(f"{key} is missing")
        return self.table[key]


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise CalendarFileError(path, f"cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise CalendarFileError(path, "is not UTF-8 text") from error
    except tomllib.TOMLDecodeError as error:
        raise CalendarFileError(path, f"is not valid TOML: {error}") from error


def _year_of(path: Path) -> int:
    if not (path.stem.isdecimal() and len(path.stem) == 4 and path.stem.isascii()):
        raise CalendarFileError(path, "a year file is named after its year, as 2026.toml")
    return int(path.stem)


def _notice(entry: _Entry, year: int, *, amends: bool) -> Notice:
    entry.only("title", "number", "known_from", "rest", "makeup", "sources", "replaces" if amends else "year")
    if not amends and entry.table.get("year") != year:
        entry.fail(f"year must be {year}, as in the file's name")
    known_from = entry.day("known_from") if amends or "known_from" in entry.table else None
    if known_from is not None and known_from.year not in (year - 1, year):
        said = f"known_from {known_from} is neither in {year} nor in the year before"
        entry.fail(said, "published_when", day=known_from, year=year)
    notice = Notice(
        year=year,
        title=entry.text("title"),
        rest=_blocks(entry, year),
        makeup=_made_up(entry, "makeup", "for", year),
        known_from=known_from,
        number=entry.text("number") if "number" in entry.table else None,
        amends=amends,
        replaces=_names(entry),
        sources=_sources(entry),
    )
    if not amends and not notice.rest:
        entry.fail("a notice without a rest block")
    _check_holidays(entry, notice)
    return notice


def _names(entry: _Entry) -> tuple[str, ...]:
    names = entry.table.get("replaces", [])
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        entry.fail("replaces must be a list of names of holidays")
    return tuple(names)


def _sources(entry: _Entry) -> tuple[tuple[str, str], ...]:
    raw = entry.table.get("sources")
    if not isinstance(raw, dict):
        entry.fail("a table [sources] must say where the days come from")
    sources = _Entry(entry.path, f"{entry.name} sources".strip(), raw)
    wanted = ["dates", *(key for key in ("number", "known_from") if key in entry.table)]
    sources.only(*wanted)
    return tuple((key, sources.text(key)) for key in wanted)


def _check_holidays(entry: _Entry, notice: Notice) -> None:
    names = [block.name for block in notice.rest]
    for name in names:
        if names.count(name) > 1:
            entry.fail(f"{name} stands twice in rest", "rest_twice", name=name)
    for worked in notice.makeup:
        if worked.name not in names:
            told = f"make-up day {worked.day} is for {worked.name}, which is not in rest"
            entry.fail(told, "makeup_for_nothing", name=worked.name, day=worked.day)
    try:  # a day twice, a make-up day on a weekday or inside a block
        arrange([notice if not notice.amends else _alone(notice)])
    except CalendarError as error:
        entry.fail(str(error), error.code, **error.data)


def _alone(amendment: Notice) -> Notice:
    return Notice(amendment.year, amendment.title, amendment.rest, amendment.makeup)


def _check_beside(path: Path, of_year: list[Notice], others: list[Notice]) -> None:
    """With its amendments, and beside the other years: blocks may reach into December of the year before."""
    try:
        arrange([*others, *of_year])
    except CalendarError as error:
        raise CalendarFileError(path, str(error), "", error.code, error.data) from error


def _blocks(entry: _Entry, year: int | None = None) -> tuple[Rest, ...]:
    found = []
    for number, raw in enumerate(_tables(entry, "rest"), 1):
        row = _Entry(entry.path, f"{entry.name} rest {number}".strip(), raw)
        row.only("name", "first", "last")
        name, first, last = row.text("name"), row.day("first"), row.day("last")
        row.name = f"{row.name} ({name})"
        _check_day(row, first, year)
        _check_day(row, last, year)
        if last < first:
            row.fail(f"ends on {last}, before it begins on {first}", "ends_before", name=name, first=first, last=last)
        if (last - first).days >= LONGEST_BLOCK and year is not None:
            told = f"{first} to {last} is longer than {LONGEST_BLOCK} days: check the dates"
            row.fail(told, "too_long", name=name, first=first, last=last, most=LONGEST_BLOCK)
        found.append(Rest(name, first, last))
    return tuple(found)


def _made_up(entry: _Entry, key: str, name_key: str, year: int | None = None) -> tuple[MakeUp, ...]:
    found = []
    for number, raw in enumerate(_tables(entry, key), 1):
        row = _Entry(entry.path, f"{entry.name} {key} {number}".strip(), raw)
        row.only("day", name_key)
        day = row.day("day")
        _check_day(row, day, year)
        found.append(MakeUp(day, row.text(name_key)))
    return tuple(found)


def _check_day(row: _Entry, day: date, year: int | None) -> None:
    if (
        year is None
        or day.year == year
        or (day.year == year - 1 and day.month == 12 and day.day >= EARLIEST_DAY_BEFORE)
    ):
        return
    row.fail(f"{day} is not in {year}, nor in the last week of the year before", "other_year", day=day, year=year)


def _tables(entry: _Entry, key: str) -> Sequence[Mapping[str, Any]]:
    rows = entry.table.get(key, [])
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        entry.fail(f"{key} must be a list of tables")
    return rows
