"""`huiyin fill`: which stories are told when, and writing their stamps in bulk.

Cases come in the order of time, so that ids and numbers grow with it. Most are over; those of the last weeks stand where they would stand
today, and some of the older ones were left lying.
"""

from __future__ import annotations

import os
from bisect import bisect
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import accumulate
from multiprocessing import get_context
from random import Random
from typing import Any, Final

from django.db import connection

from huiyin.cases import actions, businesses, calendars, clock, numbers
from huiyin.cases.models import Case
from huiyin.cases.writing import writing
from huiyin.commands import _stories
from huiyin.commands._mould import Mould, mould
from huiyin.commands._stamp import ORDER, Stamped, stamp
from huiyin.commands._stories import Raw, StoryError, When, copied
from huiyin.dues.tables import Table
from huiyin.imports.desk import let_go
from huiyin.search.index import INDEXES
from huiyin.vault import actions as vault
from huiyin.vault import db
from huiyin.vault.models import BlindIndex

YEARS: Final = 3
RECENT: Final = 18  # days; in them begins one case in six, and most are still open
SHARE_RECENT: Final = 0.16
SHARE_LEFT: Final = 0.04  # of the older ones: somebody let them lie
CHUNK: Final = 400  # cases in one transaction
CACHE_KB: Final = 1_000_000  # of SQLite, while it is filled
SHOPS: Final = 100  # businesses in one statement
WAL_PAGES: Final = 50_000
PER_MOULD: Final = 150  # stamps of one told story, before there are more stories
FEWEST: Final = 60  # told stories
MOST: Final = 1600
MOST_SHIFTS: Final = 6
LATEST_SHIFT: Final = 25  # minutes
OVER: Final = frozenset({"archive", "ended"})
WEIGHT: Final = {
    "enquiry": 8.0,
    "suggestion": 2.0,
    "praise": 1.5,
    "complaint": 1.0,
    "report": 0.7,
    "staff_complaint": 0.1,
}
LONG: Final = 12  # events; a longer story is told less often
SWAPS: Final = (
    ("county_a", "county_b"), ("section_a1", "section_b1"), ("station_a1", "station_b1"), ("supervision_a", "supervision_b"),
    ("mall_a", "mall_b"), ("990121", "990122"), ("甲县", "乙县"),
)  # fmt: skip


@dataclass(slots=True)
class Plan:
    """Moulds in the order of time, and how many cases each is to give."""

    moulds: list[Mould] = field(default_factory=list)
    refused: Counter[str] = field(default_factory=Counter)  # stories that today's rules do not allow, by why

    def wanted(self, count: int) -> list[int]:
        """For each of `count` stamps, in order, its mould."""
        size = len(self.moulds)
        return [i * size // count for i in range(count)]


def plan(count: int, seed: int, share: float = 0.0) -> Plan:
    """Tell the stories. `share` of the time is past already: what an interrupted run has filled."""
    now, found, chance = clock.now(), Plan(), Random(seed)
    stories = [raw for raw in _stories.shipped() if raw.get("stage") in OVER]
    usual, recent = (list(accumulate(_weight(raw, long) for raw in stories)) for long in (2, 0))
    many = min(max(count // PER_MOULD, FEWEST), MOST, max(count, 1))
    shifts = sorted({0, *(chance.randrange(1, LATEST_SHIFT) for _ in range(min(MOST_SHIFTS, count // many // 10)))})
    for place in range(many):
        start = _day(share + (1 - share) * (place + chance.random()) / many, now.date(), chance)
        weights = recent if (now.date() - start).days < RECENT else usual
        for _ in range(4):  # a story that cannot be told on that day is passed over for another
            raw = stories[bisect(weights, chance.random() * weights[-1])]
            try:
                found.moulds.append(_told(raw, start, now, chance, shifts))
                break
            except (StoryError, *actions.REFUSALS) as error:
                found.refused[f"{raw.get('name')}: {error}"] += 1
    return found


def _weight(raw: Raw, long: int) -> float:
    """How often the story is told; `long`: how much more seldom a long one. Of late all are told alike, for the short ones are over soon."""
    return WEIGHT[raw.get("case", {}).get("kind", "complaint")] ** (long / 2) / (1 + len(raw["events"]) / LONG) ** long


def _day(share: float, today: date, chance: Random) -> date:
    """The day at this share of the time: three years, of which the last weeks are told more closely."""
    first = today - timedelta(days=365 * YEARS)
    edge = 1 - SHARE_RECENT
    if share < edge:
        return first + timedelta(days=int((today - first).days * share / edge) - RECENT * (share > 0.5))
    return today - timedelta(days=RECENT - int(RECENT * (share - edge) / SHARE_RECENT))


def _told(raw: Raw, start: date, now: datetime, chance: Random, shifts: Sequence[int]) -> Mould:
    calendar = calendars.current()
    raw = _swapped(raw) if raw["procedure"].partition("/")[0] != "national" and chance.random() < 0.4 else raw
    base = _stories.stands_at(raw)
    start = calendar.last_working_on_or_before(start)
    told_on = calendar.nth_working(start, calendar.working_days_between(_stories.begins(raw), base))
    until = now - timedelta(minutes=LATEST_SHIFT)
    left = (now.date() - start).days > RECENT and chance.random() < SHARE_LEFT
    cut = chance.randrange(1, max(len(raw["events"]) - 3, 2)) if left else None
    return mould(raw, When(base, told_on, calendar), until, chance, shifts, cut)


def _swapped(raw: Raw) -> Raw:
    """The story in the other county."""

    def other(text: str) -> str:
        for one, two in SWAPS:
            text = text.replace(one, "\0").replace(two, one).replace("\0", two)
        return text

    return copied(raw, other)


# -- writing


def chunks(found: Plan, count: int) -> Iterator[list[int]]:
    """Moulds of the stamps, chunk by chunk."""
    wanted = found.wanted(count)
    for first in range(0, count, CHUNK):
        yield wanted[first : first + CHUNK]


def write(found: Plan, some: Sequence[int], seed: int) -> int:
    """Stamp and insert a chunk in one transaction. Returns the number of cases."""
    chance = Random(seed)
    moulds = [found.moulds[index] for index in some]
    wanted = [case.series for one in moulds for case in one.cases]
    ids = iter(numbers.case_ids(len(wanted)))
    with writing(), db.one_cursor():
        given = iter(numbers.take(wanted))
        into = Stamped()
        for one in moulds:
            own = [next(ids) for _ in one.cases]
            stamp(one, chance.choice(one.variants), own, [next(given)[1] for _ in one.cases], chance, into)
        _insert(into)
    return len(wanted)


def _insert(into: Stamped) -> None:
    vault.store(into.batch)
    db.insert(BlindIndex, ("kind", "token", "case_id", "party"), into.tokens)
    for table in sorted(into.rows, key=lambda t: ORDER.index(t) if t in ORDER else len(ORDER)):
        model = table.model if isinstance(table, Table) else table
        db.insert(model, into.columns[table], into.rows[table])
    for name, entries in into.words.items():
        INDEXES[name].add(entries)
    shops = list(into.shops)
    for first in range(0, len(shops), SHOPS):
        businesses.enter(shops[first : first + SHOPS])


# -- several at once


def fill(count: int, seed: int, processes: int, found: Plan) -> Iterator[int]:
    """Write `count` cases; yields how many each chunk gave. With several processes the series of numbers are shared out among them, so that
    none waits for a number of another."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute(f"PRAGMA cache_size=-{CACHE_KB}")
            cursor.execute(f"PRAGMA wal_autocheckpoint={WAL_PAGES}")
    if processes < 2:
        for place, some in enumerate(chunks(found, count)):
            yield write(found, some, seed + place)
        return
    shares = _shared_out(found, count, processes)
    let_go()
    global _plan
    _plan = found
    with ProcessPoolExecutor(processes, mp_context=get_context("fork")) as pool:
        jobs = [
            pool.submit(_write, some[first : first + CHUNK], seed + first * processes + own)
            for first in range(0, max(map(len, shares)), CHUNK) for own, some in enumerate(shares) if some[first : first + CHUNK]
        ]  # fmt: skip
        for job in jobs:
            yield job.result()


def _shared_out(found: Plan, count: int, processes: int) -> list[list[int]]:
    """The stamps by process: every series goes to the one that has least to do in its year, so that all go through the years together."""
    wanted = found.wanted(count)
    of_mould = [one.cases[0].series for one in found.moulds]
    sizes = Counter((of_mould[index].parts["year"], of_mould[index].key) for index in wanted)
    loads: dict[Any, list[int]] = defaultdict(lambda: [0] * processes)
    owner = {}
    for (year, key), size in sizes.most_common():
        owner[key] = loads[year].index(min(loads[year]))
        loads[year][owner[key]] += size
    shares: list[list[int]] = [[] for _ in range(processes)]
    for index in wanted:
        shares[owner[of_mould[index].key]].append(index)
    return shares


_plan = Plan()


def _write(some: Sequence[int], seed: int) -> int:
    return write(_plan, some, seed)


def usual_processes(vendor: str) -> int:
    """SQLite has one writer; PostgreSQL as many as there are cores."""
    return 1 if vendor == "sqlite" else os.cpu_count() or 1


def there() -> int:
    """How many cases there are."""
    return Case.objects.count()


def settle() -> None:
    """What a database does by itself in a quiet hour: it learns how its tables have grown; on SQLite the log is written back."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
