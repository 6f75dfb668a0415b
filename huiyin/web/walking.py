"""From one case of the to-dos to the next: each once, the most urgent first, until all were seen; then from the beginning.

A case that was acted upon moves in the list or leaves it. Hence the visit remembers where in the list the present case was found, and which
cases it has shown; ids and moments only."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from huiyin.cases.models import Case
from huiyin.cases.queries import Todo

WALK: Final = "walk"  # in the session: {"at": [moment, id] of the to-do, "seen": [id of the case, ...]}
Key = tuple[datetime, int]


def onwards(rows: Sequence[Todo], done: int | None, walk: Any) -> tuple[Case | None, dict[str, Any]]:
    """The next case after `done`, and the walk to remember. `rows`: what is owed, the most urgent first."""
    seen: list[int] = walk["seen"] if walk and done is not None and done in walk["seen"] else []
    place = next((_key(row) for row in rows if row.case.pk == done), None)
    if seen and seen[-1] == done:  # reached by this walk: where it stood then
        place = (datetime.fromisoformat(walk["at"][0]), walk["at"][1])
    if done is not None and done not in seen:
        seen = [*seen, done]
    ahead = [row for row in rows if place is None or _key(row) > place]
    behind = rows[: len(rows) - len(ahead)]
    found = next((row for row in (*ahead, *behind) if row.case.pk not in seen), None)
    if found is None:  # all were seen
        seen = [done] if done is not None else []
        found = next((row for row in rows if row.case.pk != done), None)
    if found is None:
        return None, {}
    moment, pk = _key(found)
    return found.case, {"at": [moment.isoformat(), pk], "seen": [*seen, found.case.pk]}


def _key(row: Todo) -> Key:
    return (row.due.late_at or datetime.max, row.due.pk)
