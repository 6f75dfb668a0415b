"""The projection of this floor: everything a case owes, as rows of the one table of dues."""

from __future__ import annotations

from collections.abc import Sequence

from huiyin.cases.planning import Act
from huiyin.dues import rows as dues
from huiyin.dues.tables import Row


def due_rows(act: Act) -> list[Row]:
    """The limits of a case as rows."""
    kind = act.fact("kind") or ""
    return dues.rows_of(act.case_id, act.dues(), number=act.log.number or "", kind=kind)


def refresh_dues(acts: Sequence[Act]) -> None:
    """New cases in one INSERT; the others by their differences."""
    dues.TABLE.insert([row for act in acts if act.fresh for row in due_rows(act)])
    rebuild_dues([act for act in acts if not act.fresh])


def rebuild_dues(acts: Sequence[Act]) -> None:
    """Bring the rows of each case to what follows from its events."""
    for act in acts:
        dues.refresh(act.case_id, due_rows(act), fresh=False)
