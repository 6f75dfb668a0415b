"""The figures of the boards: counted for all units at once by the worker's sweep (`refresh_counters`, every half minute), read by the pages.

A page that finds them older than a minute counts them itself, once, so that an office without a worker is not shown old figures; the moment at
which they were counted always stands beside them.
"""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from django.db import connection
from django.db.models import Count, Exists, OuterRef, QuerySet

from huiyin.cases import clock, lights
from huiyin.cases.errors import Busy
from huiyin.cases.models import UNCOUNTED, BoardCounter, Case, OpenEnd
from huiyin.cases.openends import DECISION
from huiyin.cases.writing import writing
from huiyin.dues.models import CASE, RUNNING, Due
from huiyin.dues.tables import Table
from huiyin.moments import local, stored

OLD: Final = timedelta(seconds=60)
TABLE: Final = Table(BoardCounter, ("unit", "role", "name", "value", "counted"), 3)
STAMP: Final = ("", "", "counted")
Key = tuple[str, str, str]  # unit, role, name
REPEATED: Final = """SELECT c.handling_unit, COUNT(DISTINCT c.id) FROM cases_link l JOIN cases_case c ON c.id = l.other_id
WHERE l.relation = 'repeated' AND NOT c.archived AND c.secrecy NOT IN (%s, %s) GROUP BY c.handling_unit"""
UNHAPPY: Final = """SELECT handling_unit, COUNT(DISTINCT case_id) FROM cases_caseround WHERE satisfaction = 'dissatisfied'
AND secrecy NOT IN (%s, %s) GROUP BY handling_unit"""


@dataclass(frozen=True)
class Figures:
    """What was counted, and when (local)."""

    counted: datetime
    values: Mapping[Key, int] = field(default_factory=dict)

    def of(self, unit: str, name: str, roles: Iterable[str] | None = None) -> int:
        """One figure of a unit: of these roles, or of all together."""
        wanted = None if roles is None else set(roles)
        return sum(
            value
            for (at, role, what), value in self.values.items()
            if at == unit and what == name and (wanted is None or role in wanted)
        )


def refresh_counters() -> int:
    """Count everything anew and store what changed. Returns how many figures there are. Four reads, each along an index of what is open."""
    now = clock.now()
    counted = _count(now)
    moment = stored(now)
    with writing():
        old = {key: row for key, row in TABLE.stored().items() if key != STAMP}
        TABLE.upsert([(*key, n, moment) for key, n in counted.items() if key not in old or old[key][3] != n])
        TABLE.delete(key for key in old if key not in counted)
        TABLE.upsert([(*STAMP, 0, moment)])
    return len(counted)


def _count(now: datetime) -> dict[Key, int]:
    found: dict[Key, int] = defaultdict(int)
    running = Due.objects.filter(
        Exists(_counted("subject_id")), subject_kind=CASE, state=RUNNING, late_at__isnull=False, window=False
    )
    for unit, role, *numbers in running.values_list("owed_unit", "owed_role").annotate(**lights.counts(now)):
        found |= {(unit, role, light): n for light, n in zip(lights.LIGHTS, numbers, strict=True)}
    cases = (
        running.filter(late_at__lte=stored(now)).values_list("owed_unit").annotate(n=Count("subject_id", distinct=True))
    )
    found |= {(unit, "", "overdue"): n for unit, n in cases}
    open_ends = OpenEnd.objects.filter(Exists(_counted("case_id")))
    ends = open_ends.values_list("unit", "role", "sort").annotate(n=Count("pk"))
    found |= {(unit, role, sort): n for unit, role, sort, n in ends}
    asked = open_ends.filter(sort=DECISION).values_list("unit")
    found |= {(unit, "", "asked"): n for unit, n in asked.annotate(n=Count("case_id", distinct=True))}
    with connection.cursor() as cursor:
        for name, query in (("repeat", REPEATED), ("dissatisfied", UNHAPPY)):
            cursor.execute(query, UNCOUNTED)
            found |= {(unit, "", name): n for unit, n in cursor.fetchall()}
    return {key: n for key, n in found.items() if n and key[0]}


def _counted(case_id: str) -> QuerySet[Case]:
    """Not complaints about staff, nor state secrets: a figure that is one higher than the list would tell somebody that there is a case about him."""
    return Case.objects.filter(pk=OuterRef(case_id)).exclude(secrecy__in=UNCOUNTED)


_counting = threading.Lock()


def figures(units: Iterable[str]) -> Figures:
    """The figures of these units, at most a minute old unless somebody is counting at this moment. One query, or two."""
    found = _stored(units)
    if found is None or clock.now() - found.counted > OLD or found.counted > clock.now() + OLD:
        if _counting.acquire(blocking=False):
            try:
                refresh_counters()
            except Busy:
                pass  # others are writing: what was counted last is shown, with its moment
            finally:
                _counting.release()
        found = _stored(units) or found
    return found or Figures(clock.now())


def _stored(units: Iterable[str]) -> Figures | None:
    rows = BoardCounter.objects.filter(unit__in=["", *units]).values_list("unit", "role", "name", "value", "counted")
    values, counted = {}, None
    for unit, role, name, value, moment in rows:
        if (unit, role, name) == STAMP:
            counted = local(moment)
        else:
            values[unit, role, name] = value
    return Figures(counted, values) if counted is not None else None
