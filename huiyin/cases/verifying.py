"""Looking whether the log is what it was: every change, deletion or reordering of events up to the last anchor kept elsewhere, and since
then everything that was done without the chain key (D6). Streams: memory does not grow with the log."""

from __future__ import annotations

import hmac
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from django.db import connection

from huiyin.cases import anchoring, erased, evidence, numbers, rebuilding, sealed
from huiyin.cases.anchoring import Sheet
from huiyin.cases.merkle import Tree, leaf
from huiyin.cases.models import Anchor
from huiyin.cases.writing import lock_cases, writing
from huiyin.moments import stored
from huiyin.org import log as admin_log
from huiyin.org.models import AdminEvent
from huiyin.vault import chain, keys

CHUNK: Final = 5000
MOST: Final = 1000  # findings that are kept; the rest is counted
EVENTS: Final = (
    "SELECT case_id, seq, body, hash, name, occurred, recorded, actor_role, actor_unit, actor_person, round, late_entry "
    "FROM cases_event WHERE (case_id, seq) > (%s, %s) ORDER BY case_id, seq LIMIT %s"
)
HEADS: Final = "SELECT id, head_seq, head_hash FROM cases_case WHERE id > %s ORDER BY id LIMIT %s"
EVENTS_OF: Final = EVENTS.partition(" WHERE ")[0] + " WHERE case_id = %s ORDER BY seq"
LEAVES: Final = (
    "SELECT case_id, anchor_id, seq, hash FROM cases_anchorleaf WHERE (case_id, anchor_id) > (%s, %s) "
    "ORDER BY case_id, anchor_id LIMIT %s"
)
Row = tuple[Any, ...]
UNREADABLE: Final = (
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    AssertionError,
    ArithmeticError,
    RecursionError,
)  # what an altered body may lead to


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not as it was. `kind`: altered | missing | moved | extra | head | column | leaf | anchor | file | admin | series |
    copy | text | evidence | erased | left | register | disposal. `where`: numbers and names of columns, never a value."""

    kind: str
    case_id: int | None = None
    seq: int | None = None
    where: str = ""


@dataclass
class Report:
    """What was looked at, and what was found."""

    cases: int = 0
    events: int = 0
    anchors: int = 0
    anchored: int = 0  # number of the anchor that the heads were held against; 0: there is none
    found: int = 0
    findings: list[Finding] = field(default_factory=list)

    @property
    def sound(self) -> bool:
        return self.found == 0

    def add(self, finding: Finding) -> None:
        self.found += 1
        if len(self.findings) < MOST:
            self.findings.append(finding)


def verify(*, against: Path | None = None, with_copies: bool = True) -> Report:
    """Verify chains, heads, anchors, series and, `with_copies`, every copy, every sealed text, every file, and that
    nothing was erased but by a disposal.
    `against`: the file of an anchor that was kept elsewhere; without it the newest of the table. Raises ValueError when that file is no anchor."""
    report = Report()
    sheet = anchoring.read_file(against) if against is not None else None
    _anchors(report, sheet)
    newest = Anchor.objects.order_by("-number").first()
    target = sheet.number if sheet is not None else newest.number if newest else 0
    tree = _chains(report, target)
    if target:
        _hold_against(report, tree, sheet, target)
    _admin(report, sheet, newest)
    _series(report)
    if with_copies:
        for page in rebuilding.pages():
            _copies(report, page)
            for case_id, seq, what in sealed.differences(page):
                report.add(Finding("text", case_id, seq, what))
            for case_id, seq, what in evidence.differences(page):
                report.add(Finding("evidence", case_id, seq, what))
            _erased(report, page)
    return report


# -- chains, heads and leaves, in one pass by case


def _chains(report: Report, target: int) -> Tree:
    """All chains and heads. Returns the tree of the heads as the target anchor had them."""
    events, heads, leaves = _Grouped(EVENTS, 2), _Grouped(HEADS, 1), _Grouped(LEAVES, 2)
    key, tree = keys.ring().chain, Tree()
    while (case_id := min((g.case for g in (events, heads, leaves) if g.case is not None), default=None)) is not None:
        of_case, head, anchored = events.take(case_id), heads.take(case_id), leaves.take(case_id)
        if look(case_id, of_case, head, anchored, key):
            for finding in _again(case_id, anchored, key):
                report.add(finding)
        last = next((row for row in reversed(anchored) if row[1] <= target), None)
        if last is not None:
            tree.add(leaf(case_id, last[2], last[3]))
        report.cases += 1
        report.events += len(of_case)
    return tree


def _again(case_id: int, anchored: list[Row], key: bytes) -> list[Finding]:
    """Events and head are read one after the other, and somebody may have recorded in between: nothing is said of a case before it was
    looked at again with its lock held."""
    with writing(), connection.cursor() as cursor:
        lock_cases([case_id])
        cursor.execute(EVENTS_OF, [case_id])
        of_case = cursor.fetchall()
        cursor.execute(HEADS, [case_id - 1, 1])
        head = [row for row in cursor.fetchall() if row[0] == case_id]
    return look(case_id, of_case, head, anchored, key)


def look(case_id: int, rows: list[Row], head: list[Row], anchored: list[Row], key: bytes) -> list[Finding]:
    """Everything that is wrong with one chain, its head and its leaves."""
    found, good = _chain(case_id, rows, key)
    found += _head(case_id, rows, head)
    found += [
        Finding("leaf", case_id, seq, f"anchor {number}")
        for _, number, seq, digest in anchored
        if good.get(seq) != digest
    ]
    return found


class _Grouped:
    """Rows of a statement that pages by key, taken case by case."""

    def __init__(self, sql: str, width: int) -> None:
        self.sql, self.width = sql, width
        self.rows = self._pages()
        self.next: Row | None = next(self.rows, None)

    def _pages(self) -> Iterator[Row]:
        last: Row = (0,) * self.width
        while True:
            with connection.cursor() as cursor:
                cursor.execute(self.sql, [*last, CHUNK])
                page = cursor.fetchall()
            yield from page
            if len(page) < CHUNK:
                return
            last = page[-1][: self.width]

    @property
    def case(self) -> int | None:
        return None if self.next is None else self.next[0]

    def take(self, case_id: int) -> list[Row]:
        found = []
        while self.next is not None and self.next[0] == case_id:
            found.append(self.next)
            self.next = next(self.rows, None)
        return found


def _chain(case_id: int, rows: list[Row], key: bytes) -> tuple[list[Finding], dict[int, str]]:
    """Walk one chain: what is wrong, and the hashes by sequence number of the events that stand where they belong."""
    prev, expected = chain.genesis(f"case:{case_id}"), 1
    found: list[Finding] = []
    broken: list[Row] = []
    good: dict[int, str] = {}
    for row in rows:
        seq, body, digest = row[1:4]
        found += [Finding("missing", case_id, missing) for missing in range(expected, seq)]
        linked = seq == expected  # after a gap nobody can say what stood before
        expected = seq + 1
        if linked and not hmac.compare_digest(_link(prev, seq, body, key), digest):
            broken.append(row)
        else:
            good[seq] = digest
            found += _told(case_id, row)
        prev = digest
    return found + _named(case_id, broken, rows, key), good


def _link(prev: str, seq: int, body: str, key: bytes) -> str:
    try:
        return chain.link(prev, seq, body, key=key)
    except ValueError:  # a stored hash that is no hash any more, a text that is none
        return ""


def _named(case_id: int, broken: list[Row], rows: list[Row], key: bytes) -> list[Finding]:
    """Say of each event that does not fit whether it stood elsewhere in its chain, or was altered. One that only follows a moved event is
    itself as it was."""
    hashes = [chain.genesis(f"case:{case_id}"), *(row[3] for row in rows)]
    found = []
    for row in broken[:MOST]:
        places = [row[1], *(other[1] for other in broken[:MOST] if other is not row)]
        came = next((s for s in places for p in hashes if _link(p, s, row[2], key) == row[3]), None)
        if came is None:
            found.append(Finding("altered", case_id, row[1]))
        elif came != row[1]:
            found.append(Finding("moved", case_id, row[1], f"seq {came}"))
    return found or [Finding("altered", case_id, row[1]) for row in broken]


def _told(case_id: int, row: Row) -> list[Finding]:
    """Columns that do not say what the body says. Behind a gap nothing vouches for the body: it may say nothing at all."""
    try:
        return [Finding("column", case_id, row[1], column) for column in _columns(row)]
    except UNREADABLE:
        return [Finding("altered", case_id, row[1])]


def _columns(row: Row) -> list[str]:
    """Columns that do not say what the body says."""
    body = json.loads(row[2])
    by = body["by"]
    told = (
        body["name"], _utc(body["occurred"]), _utc(body["recorded"]), by["role"], by.get("unit", ""), by.get("person", ""), body["round"],
        "late_reason" in body,
    )  # fmt: skip
    names = ("name", "occurred", "recorded", "actor_role", "actor_unit", "actor_person", "round", "late_entry")
    kept = (row[4], _moment(row[5]), _moment(row[6]), *row[7:11], bool(row[11]))
    return [name for name, a, b in zip(names, kept, told, strict=True) if a != b]


def _utc(written: str) -> datetime:
    return stored(datetime.fromisoformat(written))


def _moment(value: datetime) -> datetime:
    """In UTC; SQLite gives it without zone."""
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def _head(case_id: int, rows: list[Row], head: list[Row]) -> list[Finding]:
    """The head must be where the chain ends: that shows what was cut off behind."""
    last = rows[-1] if rows else None
    if not head:
        return [Finding("head", case_id, None, "missing")]
    _, seq, digest = head[0]
    if last is None or last[1] < seq:
        return [Finding("missing", case_id, missing) for missing in range(last[1] + 1 if last else 1, seq + 1)]
    if last[1] > seq:
        return [Finding("extra", case_id, extra) for extra in range(seq + 1, last[1] + 1)]
    return [Finding("head", case_id, seq, "hash")] if digest != last[3] else []


# -- anchors


def _anchors(report: Report, sheet: Sheet | None) -> None:
    """Each anchor has its seal, rests on the one before, and stands in its file with the same words."""
    previous, expected = anchoring.BEGINNING, 1
    for row in Anchor.objects.order_by("number").iterator(chunk_size=500):
        own = anchoring.sheet_of(row)
        report.anchors += 1
        if row.number != expected or row.previous != previous or own.sealed() != row.seal:
            report.add(Finding("anchor", where=f"anchor {row.number}"))
        previous, expected = row.seal, row.number + 1
        path = anchoring.file_of(row.number)
        if not path.exists():
            report.add(Finding("file", where=f"{path.name} missing"))
        elif not _same_file(path, own):
            report.add(Finding("file", where=f"{path.name} differs"))
        if sheet is not None and sheet.number == row.number and sheet != own:
            report.add(Finding("anchor", where=f"anchor {row.number} is not the one that was kept"))
    if sheet is not None and (sheet.sealed() != sheet.seal or sheet.number >= expected):
        report.add(Finding("anchor", where=f"anchor {sheet.number} is not known here"))


def _same_file(path: Path, own: Sheet) -> bool:
    try:
        return anchoring.read_file(path) == own
    except ValueError:
        return False


def _hold_against(report: Report, tree: Tree, sheet: Sheet | None, target: int) -> None:
    """The heads of that day must still give the root of that day."""
    kept = sheet or anchoring.sheet_of(Anchor.objects.get(number=target))
    report.anchored = target
    if (tree.count, tree.root()) != (kept.cases, kept.root):
        report.add(Finding("anchor", where=f"anchor {target}: root"))


# -- copies


def _copies(report: Report, page: list[int]) -> None:
    """Copies that are not what follows from the events; looked at again with the lock of the case before anything is said."""
    for case_id in _suspects(page):
        with writing():
            lock_cases([case_id])
            try:
                for d in rebuilding.differences([case_id]):
                    report.add(Finding("copy", case_id, None, f"{d.table} {d.what} {' '.join(d.columns)}".strip()))
            except UNREADABLE as error:
                report.add(Finding("copy", case_id, None, f"{type(error).__name__}: {error}"[:200]))


def _erased(report: Report, page: list[int]) -> None:
    """What is gone without a disposal, or is still there after one; looked at again with the lock of the case before anything is said."""
    for suspect in sorted({case_id for case_id, _kind, _what in erased.differences(page)}):
        with writing():
            lock_cases([suspect])
            for case_id, kind, what in erased.differences([suspect]):
                report.add(Finding(kind, case_id, None, what))


def _suspects(page: list[int]) -> list[int]:
    try:
        return sorted({d.case_id for d in rebuilding.differences(page)})
    except UNREADABLE:  # one of them has an event that says nothing any more: look at each alone
        return page


# -- the log of administration, the series


def _admin(report: Report, sheet: Sheet | None, newest: Anchor | None) -> None:
    for seq in admin_log.broken():
        report.add(Finding("admin", seq=seq))
    kept = sheet or (anchoring.sheet_of(newest) if newest else None)
    if kept is not None and kept.admin_seq:
        there = AdminEvent.objects.filter(seq=kept.admin_seq).values_list("hash", flat=True).first()
        if there != kept.admin_hash:
            report.add(Finding("admin", seq=kept.admin_seq, where=f"anchor {kept.number}"))


def _series(report: Report) -> None:
    """No gap and no double in any series, and no counter behind what was given."""
    before = numbers.given_before()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.series, count(*), count(DISTINCT c.series_no), min(c.series_no), max(c.series_no), max(n.value) "
            "FROM cases_case c LEFT JOIN cases_counter n ON n.series = c.series WHERE c.series IS NOT NULL GROUP BY c.series"
        )
        for series, count, distinct, first, last, value in cursor.fetchall():
            void = before.pop(series, set())
            first, last = min(first, *void, first), max(last, *void, last)
            if count != distinct or first != 1 or last != count + len(void) or value != last:
                report.add(Finding("series", where=str(series)))
    for series, void in before.items():  # of which no case has a number any more
        if void and void != set(range(1, len(void) + 1)):
            report.add(Finding("series", where=series))
