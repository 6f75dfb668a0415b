"""Making every copy again from the events alone, without keys (D4): and the same, only looking."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final

from django.db import connection
from django.db.models import Max

from huiyin.cases import copies, numbers, planning, projections
from huiyin.cases.builtin import due_rows
from huiyin.cases.copies import CASE, TABLES, Copies
from huiyin.cases.models import Case, Counter, Event
from huiyin.cases.planning import Act
from huiyin.cases.writing import lock_cases, writing
from huiyin.dues.rows import TABLE as DUE
from huiyin.dues.tables import Row, Table

PAGE: Final = 200
ALL: Final = (CASE, *TABLES, DUE)
DERIVATION: Final = 2
"""Which way copies are worked out of the events. Raised whenever the same events give other copies than in the version before: the worker then goes
through all cases once by itself (`worked_out_anew`). In whose list a limit stands may change so; its date never does without an event (D11)."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A stored copy that is not what follows from the events. `what`: missing | stray | differs; `columns`: those that differ."""

    case_id: int
    table: str
    key: Row
    what: str
    columns: tuple[str, ...] = ()


def case_ids(after: int = 0, size: int = PAGE) -> list[int]:
    """Ids of cases that have events, by key: the log says which cases there are."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT case_id FROM cases_event WHERE case_id > %s ORDER BY case_id LIMIT %s", [after, size]
        )
        return [row[0] for row in cursor.fetchall()]


def pages(size: int = PAGE) -> Iterator[list[int]]:
    """All cases, in short reads."""
    after = 0
    while page := case_ids(after, size):
        yield page
        after = page[-1]


def acts_of(ids: Sequence[int]) -> list[Act]:
    """The cases as they stood when each last changed, read in one query."""
    rows = (
        Event.objects.filter(case_id__in=ids).order_by("case_id", "seq").values_list("case_id", "seq", "body", "hash")
    )
    found = []
    for case_id, group in groupby(rows.iterator(chunk_size=2000), key=lambda row: row[0]):
        of_case = list(group)
        found.append(planning.resume(case_id, [(seq, body) for _, seq, body, _ in of_case], of_case[-1][3]))
    return found


def wanted(act: Act) -> dict[Table, dict[Row, Row]]:
    """Every row that follows from the events of a case, by table and key."""
    derived: Copies = copies.derive(
        act.case_id, act.procedure, act.after, act.log, (act.head_seq, act.head_hash), act.dues()
    )
    rows: dict[Table, Sequence[Row]] = {CASE: [derived.case], **derived.rows, DUE: due_rows(act)}
    return {table: table.by_key(found) for table, found in rows.items()}


def stored(ids: Sequence[int]) -> dict[Table, dict[int, dict[Row, Row]]]:
    """The rows of some cases as they are stored: one query a table."""
    found: dict[Table, dict[int, dict[Row, Row]]] = {}
    for table in ALL:
        of_case: dict[int, dict[Row, Row]] = {id: {} for id in ids}
        place = table.columns.index(_case_column(table))
        for key, row in table.stored(**_chosen(table, ids)).items():
            of_case[row[place]][key] = row
        found[table] = of_case
    return found


def _case_column(table: Table) -> str:
    return {CASE: "id", DUE: "subject_id"}.get(table, "case_id")


def _chosen(table: Table, ids: Sequence[int]) -> dict[str, Any]:
    more = {"subject_kind": "case"} if table is DUE else {}
    return {f"{_case_column(table)}__in": list(ids), **more}


# -- rebuilding


def rebuild(ids: Sequence[int], only: str | None = None) -> int:
    """Make the copies of these cases again. Returns in how many something was different. `only`: the name of one projection; those that need
    the keys are made again only when they are named."""
    changed = 0
    at_once = next((p.in_bulk for p in projections.all_of_them() if p.name == only), None)
    if at_once is not None:
        with writing():
            lock_cases(ids)
            at_once(ids)
        return 0
    for case_id in ids:
        with writing():
            lock_cases([case_id])
            acts = acts_of([case_id])
            if only is None:
                changed += _rebuild(acts)
            for projection in projections.all_of_them():
                wanted = only == projection.name or (only is None and not projection.keys)
                if projection.rebuild is not None and wanted:
                    projection.rebuild(acts)
    return changed


def worked_out_anew(ids: Sequence[int]) -> int:
    """Those of these cases whose copies are not what follows from their events are rebuilt; the others are not locked. Returns how many."""
    other = {found.case_id for found in differences(ids)}
    return rebuild(sorted(other)) if other else 0


def _rebuild(acts: Sequence[Act]) -> int:
    before = stored([act.case_id for act in acts])
    changed = 0
    for act in acts:
        different = False
        for table, rows in wanted(act).items():
            old = before[table][act.case_id]
            different = different or old != rows
            table.sync(old, rows.values())
        changed += different
    return changed


def rebuild_counters() -> int:
    """Bring every counter up to the highest number that was given; never down. Returns how many were behind."""
    behind = 0
    highest = dict(Case.objects.filter(series__isnull=False).values_list("series").annotate(Max("series_no")))
    for series, void in numbers.given_before().items():
        highest[series] = max(highest.get(series, 0), *void, 0)
    for series, value in sorted(highest.items()):
        with writing():
            row = Counter.objects.filter(pk=series).first()
            if row is None or row.value < value:
                Counter.objects.update_or_create(pk=series, defaults={"value": value})
                behind += 1
    return behind


# -- only looking


def differences(ids: Sequence[int]) -> Iterator[Difference]:
    """Where the stored copies of these cases are not what follows from their events."""
    before = stored(ids)
    for act in acts_of(ids):
        for table, rows in wanted(act).items():
            yield from _compare(act.case_id, table, before[table][act.case_id], rows)


def _compare(case_id: int, table: Table, old: Mapping[Row, Row], new: Mapping[Row, Row]) -> Iterator[Difference]:
    name = table.model._meta.db_table
    for key in new.keys() - old.keys():
        yield Difference(case_id, name, key, "missing")
    for key in old.keys() - new.keys():
        yield Difference(case_id, name, key, "stray")
    for key in new.keys() & old.keys():
        columns = tuple(c for c, a, b in zip(table.columns, old[key], new[key], strict=True) if a != b)
        if columns:
            yield Difference(case_id, name, key, "differs", columns)
