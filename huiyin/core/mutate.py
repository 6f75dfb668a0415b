"""Would an example notice if a rule were changed? Every entry that has a clause is taken out, and every step of a ladder; every number in
them is raised by one (of a rate the last digit); and the examples of its clauses are run again: at least one must fail.

Mutants are made on the raw tables; only the changed rule set is read again, and only the procedures that its examples use are compiled.
"""

from __future__ import annotations

import random
import re
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field, replace
from decimal import Decimal
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from huiyin.core.calendar_files import load as load_calendar
from huiyin.core.compose import Library, load_library
from huiyin.core.errors import RuleError
from huiyin.core.examples import example_files, read_examples, run
from huiyin.core.load import HEADER, load_rule_set
from huiyin.core.rules import RuleSet
from huiyin.core.workdays import Calendar

BAR = 0.95
PROCESSES = 2
WORDS = frozenset({"clause", "says", "basis", "name", "note"})
Path_ = tuple[str | int, ...]
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Mutant:
    """One change to one entry. `path` leads to the number inside the entry; empty: the entry is taken out. Without a new value what
    `path` leads to is taken out of its list."""

    code: str
    version: int  # index among the versions of this rule set
    file: str
    section: str
    number: int  # of the entry in its section, from 1
    name: str
    clauses: tuple[str, ...]
    path: Path_ = ()
    old: int | str | None = None
    new: int | str | None = None


@dataclass(frozen=True, slots=True)
class Survivor:
    """A change that no example noticed; `why` is no_example or not_noticed."""

    mutant: Mutant
    why: str


@dataclass(slots=True)
class Report:
    """What came of it. `of` is how many changes there are, `tried` how many of them there was time for."""

    of: int
    tried: int = 0
    survivors: list[Survivor] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def noticed(self) -> int:
        return self.tried - len(self.survivors)

    @property
    def rate(self) -> float:
        return self.noticed / self.tried if self.tried else 0.0

    @property
    def met(self) -> bool:
        return self.tried > 0 and self.rate >= BAR


# -- making mutants


REGISTER_PARTS = (
    "step",
    "gate",
    "due",
    "figure",
    "follow",
    "hidden",
    "notice",
)  # of a register: each may be taken away


def mutants(library: Library, codes: Sequence[str] = ()) -> list[Mutant]:
    """Every change to the rule sets named (to all of them without a name)."""
    found: list[Mutant] = []
    for code in codes or sorted(library.sets):
        for version, rule_set in enumerate(library.sets[code]):
            found += _of_set(code, version, rule_set)
    return found


def _of_set(code: str, version: int, rule_set: RuleSet) -> Iterator[Mutant]:
    for section, tables in rule_set.raw.items():
        if section in HEADER:
            continue
        for number, entry in enumerate(tables, 1):
            clause = entry.get("clause", [])
            clauses = tuple(clause) if isinstance(clause, list) else (clause,)
            if not clauses:
                continue
            name = str(entry.get("name") or entry.get("event") or entry.get("on") or entry.get("code") or "")[:60]
            whole = Mutant(code, version, rule_set.file, section, number, name, clauses)
            yield whole
            for index, step in enumerate(entry.get("steps", ())):
                yield replace(whole, path=("steps", index), clauses=_own(step, clauses))
            parts = REGISTER_PARTS if section == "register" else ()
            for part in parts:
                for index, one in enumerate(entry.get(part, ())):
                    yield replace(whole, path=(part, index), clauses=_own(one, clauses))
            decimals = section == "amount"
            for path, old in _numbers({k: v for k, v in entry.items() if k not in WORDS}, (), decimals):
                own = _own(entry[path[0]][path[1]], clauses) if path[0] in ("steps", *parts) else clauses
                yield replace(whole, path=path, old=old, new=_raised(old), clauses=own)


def _own(step: Mapping[str, Any], clauses: tuple[str, ...]) -> tuple[str, ...]:
    """The clause of a step that has one of its own."""
    clause = step.get("clause", list(clauses))
    return tuple(clause) if isinstance(clause, list) else (clause,)


def _raised(old: int | str) -> int | str:
    """One more; of a sum of money a yuan, of a rate its last digit."""
    if isinstance(old, int):
        return old + 1
    value = Decimal(old)
    return str(value + (1 if value >= 1 else Decimal((0, (1,), int(value.as_tuple().exponent)))))


DECIMAL = re.compile(r"\d+(\.\d+)?")


def _numbers(value: Any, path: Path_ = (), decimals: bool = False) -> Iterator[tuple[Path_, int | str]]:
    if isinstance(value, bool):
        return
    if isinstance(value, int) or (decimals and isinstance(value, str) and DECIMAL.fullmatch(value)):
        yield path, value
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _numbers(inner, (*path, key), decimals)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _numbers(inner, (*path, index), decimals)


def changed(raw: Mapping[str, Any], mutant: Mutant) -> dict[str, Any]:
    """The table of the rule set with the change made; nothing of the old table is touched."""
    tables = list(raw[mutant.section])
    if mutant.path:
        tables[mutant.number - 1] = _with(tables[mutant.number - 1], mutant.path, mutant.new)
    else:
        del tables[mutant.number - 1]
    return {**raw, mutant.section: tables}


def _with(value: Any, path: Path_, new: Any) -> Any:
    if not path:
        return new
    first, rest = path[0], path[1:]
    if isinstance(value, list) and new is None and not rest:
        return [inner for i, inner in enumerate(value) if i != first]
    if isinstance(value, list):
        return [_with(inner, rest, new) if i == first else inner for i, inner in enumerate(value)]
    return {**value, first: _with(value[first], rest, new)}


# -- trying them


class Tester:
    """Rules, examples by clause, and the calendar, read once per process."""

    def __init__(self, folders: Sequence[Path], paths: Sequence[Path]) -> None:
        self.library = load_library(folders)
        self.calendar: Calendar = load_calendar()
        self.examples = [raw for path in example_files(paths) for raw in read_examples(path)]
        self.by_clause: dict[str, list[int]] = {}
        for index, raw in enumerate(self.examples):
            clause = raw.get("clause", [])
            for c in clause if isinstance(clause, list) else [clause]:
                self.by_clause.setdefault(c, []).append(index)
        self.passing: dict[int, bool] = {}

    def passes(self, index: int) -> bool:
        """Does the example pass by the rules as they are? One that does not can notice nothing."""
        if index not in self.passing:
            self.passing[index] = run(self.examples[index], self.library, self.calendar).passed
        return self.passing[index]

    def broken(self) -> list[str]:
        return [str(self.examples[i].get("name", i)) for i, ok in sorted(self.passing.items()) if not ok]

    def of(self, mutant: Mutant) -> list[int]:
        """Examples of the mutant's clauses, shortest first."""
        found = {i for clause in mutant.clauses for i in self.by_clause.get(clause, ())}
        return sorted((i for i in found if self.passes(i)), key=lambda i: (len(self.examples[i].get("events", ())), i))

    def why_alive(self, mutant: Mutant) -> str | None:
        """None when an example noticed the change (or the rules could not even be read); else why none did."""
        examples = self.of(mutant)
        if not examples:
            return "no_example"
        try:
            library = self.mutated(mutant)
        except RuleError:
            return None
        for index in examples:
            if not run(self.examples[index], library, self.calendar).passed:
                return None
        return "not_noticed"

    def mutated(self, mutant: Mutant) -> Library:
        """The library with one rule set changed; procedures are compiled when an example asks for them. Raises RuleError."""
        versions = list(self.library.sets[mutant.code])
        old = versions[mutant.version]
        versions[mutant.version] = load_rule_set(changed(old.raw, mutant), self.library.vocabulary, old.file)
        sets = {**self.library.sets, mutant.code: versions}
        return Library(self.library.vocabulary, self.library.common, sets, self.library.procedures)


_tester: Tester | None = None  # of a worker process


def _start(folders: Sequence[Path], paths: Sequence[Path]) -> None:
    global _tester
    _tester = Tester(folders, paths)


def _try(batch: Sequence[Mutant]) -> tuple[list[str | None], list[str]]:
    assert _tester is not None
    return [_tester.why_alive(m) for m in batch], _tester.broken()


def mutate(
    folders: Sequence[Path],
    paths: Sequence[Path],
    codes: Sequence[str] = (),
    seconds: float | None = None,
    progress: Progress | None = None,
    processes: int = PROCESSES,
) -> Report:
    """Try every change, in as many processes; with `seconds`, a random sample of what there is time for.

    Raises RuleError or ExampleError when rules or examples cannot be read as they are.
    """
    began = time.monotonic()
    todo = mutants(load_library(folders), codes)
    report = Report(len(todo))
    if seconds is not None:
        random.Random(1).shuffle(todo)  # the same sample for the same rules
    size = 4
    batches = [todo[i : i + size] for i in range(0, len(todo), size)]
    for batch, (outcomes, broken) in _results(folders, paths, batches, processes):
        report.tried += len(batch)
        report.survivors += [Survivor(m, why) for m, why in zip(batch, outcomes, strict=True) if why is not None]
        report.broken = sorted({*report.broken, *broken})
        if progress:
            progress(report.tried, report.of)
        if seconds is not None and time.monotonic() - began > seconds:
            break
    report.survivors.sort(
        key=lambda s: (s.mutant.code, s.mutant.version, s.mutant.section, s.mutant.number, s.mutant.path)
    )
    report.seconds = time.monotonic() - began
    return report


Batch = Sequence[Mutant]
Outcome = tuple[list[str | None], list[str]]


def _results(
    folders: Sequence[Path], paths: Sequence[Path], batches: Sequence[Batch], processes: int
) -> Iterable[tuple[Batch, Outcome]]:
    if processes <= 1:
        _start(folders, paths)
        for batch in batches:
            yield batch, _try(batch)
        return
    context = get_context("fork")
    pool = ProcessPoolExecutor(processes, mp_context=context, initializer=_start, initargs=(folders, paths))
    try:
        futures = [(batch, pool.submit(_try, batch)) for batch in batches]
        for batch, future in futures:
            yield batch, future.result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
