"""Taking over a file: row by row into registrations, in batches, each batch in one transaction.

A row whose outside number is in the database already is passed over, so a file may be imported again at any time. After each batch a small
file beside the table remembers how far it got; `--resume` goes on from there without looking at the rows before.
"""

from __future__ import annotations

import csv
import hashlib
import json
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Final

from django.db import IntegrityError
from django.utils.translation import gettext as _

from huiyin.cases import actions, clock, reasons
from huiyin.cases.actions import Registration, Step
from huiyin.cases.models import ExternalRef
from huiyin.cases.people import By
from huiyin.cases.planning import actor_in
from huiyin.core.facts import BadFact
from huiyin.core.model import Refused
from huiyin.core.vocabulary import load_vocabulary
from huiyin.imports.errors import FileError, Reject
from huiyin.imports.mapping import IMPORTED, Entry, Map
from huiyin.imports.sources import Record, Table, open_table
from huiyin.org import procedures

BATCH: Final = 200
REASON_COLUMN, ROW_COLUMN = "退回原因", "行号"


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
    """What is to be taken over, and how. `by` registers new cases; none is needed for history."""

    path: Path
    map: Map
    unit: str
    by: By | None = None
    limit: int | None = None
    resume: bool = False
    batch: int = BATCH

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


class Run:
    """One run over one file."""

    def __init__(self, job: Job, table: Table, progress: Progress) -> None:
        self.job = job
        self.table = table
        self.progress = progress
        self.summary = Summary()
        self.mark = _mark(job)
        self.seen: set[str] = set()
        self.began = time.monotonic()

    def run(self) -> Summary:
        after = self._start_after()
        self.summary.resumed_after = after
        with Rejects(self.job.rejects, self.table.columns, keep=after > 0) as rejects:
            for records in _batches(self._records(after), self.job.batch):
                self._batch(records, rejects)
                self._save(records[-1].number)
                self._tell()
        if self.job.limit is None:
            self.job.state.unlink(missing_ok=True)
        self._tell()
        return self.summary

    def _tell(self) -> None:
        self.summary.done = self.table.done()
        self.summary.seconds = time.monotonic() - self.began
        self.progress(self.summary)

    def _records(self, after: int) -> Iterator[Record]:
        count = 0
        for record in self.table.rows:
            if record.number <= after:
                continue
            if self.job.limit is not None and count >= self.job.limit:
                return
            count += 1
            yield record

    # -- one batch

    def _batch(self, records: Sequence[Record], rejects: Rejects) -> None:
        entries: list[tuple[Record, Entry]] = []
        problems: dict[int, str] = {}
        for record in records:
            try:
                entries.append((record, self._entry(record)))
            except Reject as error:
                problems[record.number] = str(error)
        fresh = self._unknown(entries)
        self.summary.known += len(entries) - len(fresh)
        for record, why in self._register(fresh):
            problems[record.number] = why
        for record in records:
            if record.number in problems:
                rejects.add(record, problems[record.number])
        self.summary.rows += len(records)
        self.summary.rejected += len(problems)

    def _entry(self, record: Record) -> Entry:
        entry = self.job.map.entry(record)
        if entry.external_no in self.seen:
            raise Reject(_("外部编号 %s 在本文件前面的行中已经有了") % entry.external_no)
        self.seen.add(entry.external_no)
        return entry

    def _unknown(self, entries: Sequence[tuple[Record, Entry]]) -> list[tuple[Record, Entry]]:
        """Rows whose outside number the database does not have."""
        numbers = [entry.external_no for _record, entry in entries]
        there = set(ExternalRef.objects.filter(system=self.job.map.system, no__in=numbers).values_list("no", flat=True))
        return [(record, entry) for record, entry in entries if entry.external_no not in there]

    def _register(self, fresh: Sequence[tuple[Record, Entry]]) -> list[tuple[Record, str]]:
        """Register them in one transaction. Returns those the rules refuse, with the reason."""
        if not fresh:
            return []
        refused: dict[int, actions.Refusal] = {}
        wanted = [self._registration(entry) for _record, entry in fresh]
        try:
            actions.register_many(wanted, refused)
        except IntegrityError:  # somebody else took some of them over meanwhile: look again, once
            left = self._unknown(fresh)
            if len(left) == len(fresh):
                raise
            self.summary.known += len(fresh) - len(left)
            return self._register(left)
        self.summary.registered += len(fresh) - len(refused)
        return [(fresh[index][0], _why(error, wanted[index])) for index, error in sorted(refused.items())]

    def _registration(self, entry: Entry) -> Registration:
        job = self.job
        facts = {**entry.facts, "external_system": job.map.system, "external_no": entry.external_no}
        procedure = entry.procedure or self._adopted(entry)
        if job.map.enter != IMPORTED:
            assert job.by is not None
            return Registration(procedure, job.unit, job.by, facts, entry.parties, entry.occurred)
        system = actor_in(job.unit)
        steps = [Step("registered", system, facts, entry.parties, entry.occurred)]
        steps += [Step(name, system, given, occurred=at) for name, at, given in entry.past]
        origin = {"system": job.map.system, "doc_no": entry.external_no}
        return Registration(procedure, job.unit, system, origin, event="imported", more=steps)

    def _adopted(self, entry: Entry) -> str:
        """The procedure the unit works by for this kind of matter: the nearest one made for it before all."""
        kind = str(entry.facts.get("kind") or "complaint")
        day = (entry.occurred or clock.now()).date()
        there = procedures.adopted(self.job.unit, kind, day)
        own = {a.procedure: None for a in there if a.kinds[:1] == (kind,)} or {a.procedure: None for a in there}
        if len(own) > 1:
            raise FileError(
                _("本单位有多个程序办理“%(kind)s”：%(names)s。请在映射文件中写明 procedure。")
                % {"kind": load_vocabulary().label("kind", kind), "names": "、".join(own)}
            )
        return next(iter(own), f"?/{kind}")

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


def _why(error: actions.Refusal, wanted: Registration) -> str:
    if isinstance(error, Refused):
        return reasons.in_one_line(error, "registered")
    if isinstance(error, BadFact):
        return reasons.of_bad_fact(error)
    return _("本单位没有办理这类事项的程序（%s）") % str(wanted.procedure).rpartition("/")[2]


def _mark(job: Job) -> str:
    """Tells one file, map and unit from another, without reading a large file whole."""
    stat = job.path.stat()
    with job.path.open("rb") as file:
        head = file.read(65536)
    about = f"{stat.st_size}\0{job.map.file}\0{job.map.system}\0{job.unit}"
    return hashlib.sha256(about.encode() + head).hexdigest()


def _batches(records: Iterator[Record], size: int) -> Iterator[list[Record]]:
    batch: list[Record] = []
    for record in records:
        batch.append(record)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch


@dataclass
class Rejects(AbstractContextManager["Rejects"]):
    """The file of rows given back: their own columns, so that it can be mended and imported, then row number and reason."""

    path: Path
    columns: Sequence[str]
    keep: bool
    _file: IO[str] | None = field(default=None, init=False)
    _writer: Any = field(default=None, init=False)

    def __enter__(self) -> Rejects:
        if not self.keep:
            self.path.unlink(missing_ok=True)
        return self

    def add(self, record: Record, why: str) -> None:
        if self._file is None:
            fresh = not self.path.exists()
            self._file = self.path.open("a", encoding="utf-8", errors="backslashreplace", newline="")
            self._writer = csv.writer(self._file)
            if fresh:
                self._writer.writerow([*self.columns, ROW_COLUMN, REASON_COLUMN])
        cells = ["" if c is None else c for c in record.values]
        cells += [""] * (len(self.columns) - len(cells))
        own, beyond = cells[: len(self.columns)], cells[len(self.columns) :]
        self._writer.writerow([*own, record.number, why, *beyond])

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file is not None:
            self._file.close()


__all__ = ["Job", "Summary", "run"]
