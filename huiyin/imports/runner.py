"""Taking over a file: row by row into registrations, in batches, each batch in one transaction.

A row whose outside number is in the database already is passed over, so a file may be imported again at any time. After each batch a small
file beside the table remembers how far it got; `--resume` goes on from there without looking at the rows before.

Rules may ask whether the same person complained before. A batch is decided as a whole, so rows of one person never stand in one batch, nor
in two that are under way at the same time.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from django.utils.translation import gettext as _

from huiyin.cases.people import By
from huiyin.imports.desk import Desk, Desks, Outcome
from huiyin.imports.errors import FileError, Reject
from huiyin.imports.mapping import Entry, Map
from huiyin.imports.rejects import Rejects
from huiyin.imports.sources import Record, Table, open_table

BATCH: Final = 200
COMPLAINING: Final = ("complainant", "reporter")
Person = tuple[str, str]  # what somebody is known by, and its value


@dataclass(slots=True)
class Summary:
    """How far it is: rows looked at, registered, there already, given back."""

    rows: int = 0
    registered: int = 0
    known: int = 0
    rejected: int = 0
    resumed_after: int = 0
    seconds: float = 0.0
    done: float = 0.0  # share of the file, 0 to 1


@dataclass(frozen=True, slots=True)
class Job:
    """What is to be taken over, and how. `by` registers new cases; none is needed for history. `processes` work side by side."""

    path: Path
    map: Map
    unit: str
    by: By | None = None
    limit: int | None = None
    resume: bool = False
    batch: int = BATCH
    processes: int = 1

    @property
    def rejects(self) -> Path:
        return self.path.with_name(f"{self.path.stem}.rejected.csv")

    @property
    def state(self) -> Path:
        return self.path.with_name(f".{self.path.name}.import.json")


Progress = Callable[[Summary], None]


def run(job: Job, progress: Progress | None = None) -> Summary:
    """Take the file over. Raises FileError for a file or a map that does not fit; rows that do not are given back in a file."""
    table = open_table(job.path, encoding=job.map.encoding, delimiter=job.map.delimiter, sheet=job.map.sheet)
    missing = sorted(job.map.columns() - set(table.columns))
    if missing:
        raise FileError(
            _("文件里没有映射所用的列：%(missing)s。文件的列：%(found)s。")
            % {"missing": "、".join(missing), "found": "、".join(table.columns)}
        )
    return Run(job, table, progress or (lambda summary: None)).run()


@dataclass(slots=True)
class Batch:
    """Rows that go together. `alone`: what is under way must be done first, since it holds rows of the same person."""

    records: list[Record] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)
    problems: dict[int, str] = field(default_factory=dict)
    alone: bool = False

    def add(self, record: Record, found: Entry | str) -> None:
        self.records.append(record)
        if isinstance(found, str):
            self.problems[record.number] = found
        else:
            self.entries.append(found)


class Run:
    """One run over one file."""

    def __init__(self, job: Job, table: Table, progress: Progress) -> None:
        self.job = job
        self.table = table
        self.progress = progress
        self.summary = Summary()
        self.mark = _mark(job)
        self.seen: set[str] = set()
        self.under_way: deque[Batch] = deque()
        self.began = time.monotonic()

    def run(self) -> Summary:
        after = self._start_after()
        self.summary.resumed_after = after
        desk = Desk(self.job.map.system, self.job.map.enter, self.job.unit, self.job.by)
        rejects = Rejects(self.job.rejects, self.table.columns, keep=after > 0)
        with rejects, Desks(desk, self.job.processes) as desks:
            for batch in self._batches(self._records(after)):
                if batch.alone:
                    self._done(desks.finish(), rejects)
                self.under_way.append(batch)
                self._done(desks.give(batch.entries), rejects)
            self._done(desks.finish(), rejects)
        if self.job.limit is None:
            self.job.state.unlink(missing_ok=True)
        self._tell()
        return self.summary

    def _tell(self) -> None:
        self.summary.done = self.table.done()
        self.summary.seconds = time.monotonic() - self.began
        self.progress(self.summary)

    # -- rows into batches

    def _records(self, after: int) -> Iterator[Record]:
        count = 0
        for record in self.table.rows:
            if record.number <= after:
                continue
            if self.job.limit is not None and count >= self.job.limit:
                return
            count += 1
            yield record

    def _batches(self, records: Iterable[Record]) -> Iterator[Batch]:
        side_by_side = self.job.processes if self.job.processes > 1 else 0
        elsewhere: deque[set[Person]] = deque(maxlen=side_by_side)  # people of batches that may still be under way
        batch, people = Batch(), set[Person]()
        for record in records:
            found = self._entry(record)
            own = set() if isinstance(found, str) else set(_people(found))
            if len(batch.records) >= self.job.batch or own & people:
                yield batch
                elsewhere.append(people)
                batch, people = Batch(), set()
            batch.alone = batch.alone or any(own & others for others in elsewhere)
            people |= own
            batch.add(record, found)
        if batch.records:
            yield batch

    def _entry(self, record: Record) -> Entry | str:
        """What the row asks for, or why it cannot be had."""
        try:
            entry = self.job.map.entry(record)
        except Reject as error:
            return str(error)
        if entry.external_no in self.seen:
            return _("外部编号 %s 在本文件前面的行中已经有了") % entry.external_no
        self.seen.add(entry.external_no)
        return entry

    def _done(self, outcomes: Iterable[Outcome], rejects: Rejects) -> None:
        """Enter what came of the oldest batches."""
        for outcome in outcomes:
            batch = self.under_way.popleft()
            problems = {**batch.problems, **outcome.refused}
            for record in batch.records:
                if record.number in problems:
                    rejects.add(record, problems[record.number])
            rejects.flush()
            self.summary.rows += len(batch.records)
            self.summary.registered += outcome.registered
            self.summary.known += outcome.known
            self.summary.rejected += len(problems)
            self._save(batch.records[-1].number)
            self._tell()

    # -- how far it is

    def _start_after(self) -> int:
        if not self.job.resume or not self.job.state.is_file():
            return 0
        try:
            saved = json.loads(self.job.state.read_text(encoding="utf-8"))
        except ValueError:
            return 0
        if saved.get("mark") != self.mark:
            raise FileError(_("文件或映射在上次导入之后改动过，不能接着导入：请去掉 --resume，已导入的行会自动跳过。"))
        return int(saved["row"])

    def _save(self, row: int) -> None:
        text = json.dumps({"mark": self.mark, "row": row})
        new = self.job.state.with_suffix(".new")
        new.write_text(text, encoding="utf-8")
        new.replace(self.job.state)


def _people(entry: Entry) -> Iterator[Person]:
    """What the one who complains would be found again by."""
    for party in entry.parties:
        if party["role"] not in COMPLAINING:
            continue
        for name in ("phone", "id_number", "credit_code"):
            if party.get(name):
                yield name, str(party[name])
        if party.get("name") and party.get("address"):
            yield "home", f"{party['name']}\0{party['address']}"


def _mark(job: Job) -> str:
    """Tells one file, map and unit from another, without reading a large file whole."""
    stat = job.path.stat()
    with job.path.open("rb") as file:
        head = file.read(65536)
    about = f"{stat.st_size}\0{job.map.file}\0{job.map.system}\0{job.unit}"
    return hashlib.sha256(about.encode() + head).hexdigest()
