"""From the limits as the core derives them to rows of the table, and the least change that brings stored rows up to date."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from huiyin.core import model as core
from huiyin.dues.models import CASE, Due
from huiyin.dues.tables import Row, Table
from huiyin.moments import stored

COLUMNS: Final = (
    "subject_kind", "subject_id", "key", "name", "clauses", "moved_by", "says", "target", "strength", "round", "hop", "opened_by",
    "closed_by", "started", "closed", "due_day", "due_moment", "late_at", "act_by", "state", "late", "provisional", "effective",
    "window", "owed_role", "owed_unit", "number", "kind",
)  # fmt: skip
TABLE: Final = Table(Due, COLUMNS, 3)


def rows_of(case_id: int, found: Iterable[core.Due], *, number: str, kind: str) -> list[Row]:
    """Rows for every limit of a case that was ever opened, in the order of opening."""
    taken: dict[str, int] = {}
    return [_row(case_id, due, _key(due, taken), number, kind) for due in found]


def _key(due: core.Due, taken: dict[str, int]) -> str:
    """What tells one instance from another and stays the same while the case goes on."""
    base = f"{due.opened_by}:{due.clauses[0] if due.clauses else ''}:{due.name}:{due.unit or ''}"[:190]
    taken[base] = taken.get(base, 0) + 1
    return base if taken[base] == 1 else f"{base}#{taken[base]}"


def _row(case_id: int, due: core.Due, key: str, number: str, kind: str) -> Row:
    role, _, unit = (due.owed_by or "").partition("@")
    end = due.end
    return (
        CASE, case_id, key, due.name, " ".join(due.clauses), " ".join(due.moved_by), due.says[:300], due.target or "", due.strength,
        due.round, due.hop, due.opened_by, due.closed_by, stored(due.start), _stored(due.closed_at), end and end.day,
        _stored(end.moment) if end else None, first_late_moment(end), due.act_by, due.state, due.late, due.provisional, due.effective,
        due.window, role, unit, number, kind,
    )  # fmt: skip


def _stored(moment: datetime | None) -> datetime | None:
    return None if moment is None else stored(moment)


def first_late_moment(end: Any) -> datetime | None:
    """00:00 of the next day for a day limit; the second after for a clock limit; none while no end is known."""
    if end is None:
        return None
    return stored(end.sort_key if end.day is not None else end.sort_key + timedelta(seconds=1))


def refresh(case_id: int, new: Sequence[Row], *, fresh: bool) -> None:
    """Bring the rows of a case up to date; a new case has none to compare with."""
    if fresh:
        TABLE.insert(new)
    else:
        TABLE.sync(TABLE.stored(subject_kind=CASE, subject_id=case_id), new)
