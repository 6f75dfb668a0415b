"""Two procedures, or two versions of one, held against each other: which entries came, went or changed, and which dates of a case would move.

For the person who decides whether to adopt a rule set, and for cases that are to be moved to another version.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from huiyin.core.dues import dues
from huiyin.core.history import History
from huiyin.core.model import Due
from huiyin.core.rules import Procedure
from huiyin.core.sheet import Lines, Row, sheet
from huiyin.core.wording import Words
from huiyin.core.workdays import Calendar

How = Literal["added", "removed", "changed"]
COMMON: Final = (
    "default"  # steps of no rule set: they change only where one begins or ceases to speak of the event, which is shown
)
DUE: Final[tuple[str, ...]] = ("running", "paused")


@dataclass(frozen=True, slots=True)
class Difference:
    """One entry that is not the same in both: `before` and `after` as the sheet shows them, one of them missing where it came or went.
    `lines` are the details that differ: label, text before, text after."""

    part: str
    how: How
    before: Row | None
    after: Row | None
    lines: tuple[tuple[str, str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Moved:
    """A limit that a case owes under one of them. `before` or `after` is missing where the duty ends or begins; both: another date."""

    before: Due | None
    after: Due | None

    @property
    def how(self) -> Literal["new", "gone", "earlier", "later"]:
        if self.before is None or self.before.end is None:
            return "new"
        if self.after is None or self.after.end is None:
            return "gone"
        return "earlier" if self.after.end.sort_key < self.before.end.sort_key else "later"


def differences(before: Procedure, after: Procedure, words: Words) -> list[Difference]:
    """Entries that are not the same, chapter by chapter in the order of the sheet of `after`. Empty when they say the same."""
    old = {part.key: part for part in sheet(before, words) if part.key != COMMON}
    new = {part.key: part for part in sheet(after, words) if part.key != COMMON}
    found: list[Difference] = []
    for key in [*new, *(k for k in old if k not in new)]:
        title = (new.get(key) or old[key]).title
        found += _part(title, old[key].rows if key in old else (), new[key].rows if key in new else ())
    return found


def _part(title: str, old: Sequence[Row], new: Sequence[Row]) -> list[Difference]:
    """Rows that say the same are passed over; of the others those with the same clauses and title, then with the same clauses, are one
    entry that changed."""
    left = [row for row in old if row not in new]
    came = [row for row in new if row not in old]
    pairs: dict[int, Row] = {}
    for same in (lambda a, b: (a.clauses, a.title) == (b.clauses, b.title), lambda a, b: a.clauses == b.clauses != ()):
        for index, row in enumerate(came):
            match = next((o for o in left if index not in pairs and same(o, row)), None)
            if match is not None:
                pairs[index] = match
                left.remove(match)
    found = [_changed(title, pairs.get(index), row) for index, row in enumerate(came)]
    return [*(d for d in found if d is not None), *(Difference(title, "removed", row, None) for row in left)]


def _changed(title: str, before: Row | None, after: Row) -> Difference | None:
    if before is None:
        return Difference(title, "added", None, after)
    lines = [(label, a, b) for label, a, b in _side_by_side(before, after) if a != b]
    if not lines:  # only the file or the standing of the source differs: the same rule for those who live by it
        return None
    return Difference(title, "changed", before, after, tuple(lines))


def _side_by_side(before: Row, after: Row) -> Iterable[tuple[str, str, str]]:
    yield "", before.title, after.title
    yield "", before.says, after.says
    old, new = _by_label(before.lines), _by_label(after.lines)
    for label in [*new, *(x for x in old if x not in new)]:
        yield label, old.get(label, ""), new.get(label, "")


def _by_label(lines: Lines) -> dict[str, str]:
    found: dict[str, str] = {}
    for label, text in lines:
        found[label] = f"{found[label]}；{text}" if label in found else text
    return found


# -- one case


def moved(before: Procedure, after: Procedure, view: History, calendar: Calendar, now: datetime) -> list[Moved]:
    """What the case would owe otherwise, were it counted by `after` from its beginning: new duties, duties that end, other dates.

    Limits of one target are compared as that target: by the one that governs it. Others are the same duty where they rest on the same
    clause and were opened by the same event; or, across bodies, where event and moments that close them agree."""
    old, new = _owed(before, view, calendar, now), _owed(after, view, calendar, now)
    found = [Moved(due, new.get(key)) for key, due in old.items()]
    found += [Moved(None, due) for key, due in new.items() if key not in old]
    return [m for m in found if m.before is None or m.after is None or _end(m.before) != _end(m.after)]


def _owed(procedure: Procedure, view: History, calendar: Calendar, now: datetime) -> dict[tuple[object, ...], Due]:
    found: dict[tuple[object, ...], Due] = {}
    for due in dues(procedure, view, calendar, now):
        if due.state not in DUE or due.end is None or due.window:
            continue
        if due.target is not None and due.governs != "beside":
            if due.effective:
                found[due.target,] = due
        else:
            found[due.clauses[:1], due.opened_by, due.unit] = due
    return found


def _end(due: Due) -> object:
    return due.end.sort_key if due.end is not None else None
