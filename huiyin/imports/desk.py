"""The registering side of an import: entries become cases, a batch in one transaction, in this process or in others beside it."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass, field
from multiprocessing import get_context
from types import TracebackType

from django.db import IntegrityError, connections
from django.utils.translation import gettext as _

from huiyin.cases import actions, clock, reasons
from huiyin.cases.actions import Registration, Step
from huiyin.cases.models import ExternalRef
from huiyin.cases.people import By
from huiyin.cases.planning import actor_in
from huiyin.core.facts import BadFact
from huiyin.core.model import Refused
from huiyin.core.rules import Procedure
from huiyin.core.vocabulary import load_vocabulary
from huiyin.imports.errors import FileError
from huiyin.imports.mapping import IMPORTED, Entry
from huiyin.org import procedures, snapshot


@dataclass(frozen=True, slots=True)
class Desk:
    """Where entries are registered: the outside system they come from, history or new cases, the unit, and who registers."""

    system: str
    enter: str
    unit: str
    by: By | None = None


@dataclass(slots=True)
class Outcome:
    """What came of a batch: how many were registered, how many were there already, which the rules refuse (row number -> reason)."""

    registered: int = 0
    known: int = 0
    refused: dict[int, str] = field(default_factory=dict)


def register(desk: Desk, entries: Sequence[Entry]) -> Outcome:
    """Register a batch in one transaction; entries whose outside number is there already are passed over. Raises FileError when the unit
    has several procedures for a kind, Busy."""
    fresh = unknown(desk, entries)
    found = Outcome(known=len(entries) - len(fresh))
    if not fresh:
        return found
    refused: dict[int, actions.Refusal] = {}
    with snapshot.steady():
        wanted = [_registration(desk, entry) for entry in fresh]
    try:
        actions.register_many(wanted, refused)
    except IntegrityError:  # somebody else took some of them over meanwhile: look again
        if len(unknown(desk, fresh)) == len(fresh):
            raise
        again = register(desk, fresh)
        return Outcome(again.registered, found.known + again.known, again.refused)
    found.registered = len(fresh) - len(refused)
    found.refused = {fresh[i].number: _why(error, wanted[i]) for i, error in refused.items()}
    return found


def unknown(desk: Desk, entries: Sequence[Entry]) -> list[Entry]:
    """Entries whose outside number the database does not have."""
    numbers = [entry.external_no for entry in entries]
    there = set(ExternalRef.objects.filter(system=desk.system, no__in=numbers).values_list("no", flat=True))
    return [entry for entry in entries if entry.external_no not in there]


def _registration(desk: Desk, entry: Entry) -> Registration:
    facts = {**entry.facts, "external_system": desk.system, "external_no": entry.external_no}
    procedure: str | Procedure = entry.procedure or _adopted(desk.unit, entry)
    if desk.enter != IMPORTED:
        assert desk.by is not None
        return Registration(procedure, desk.unit, desk.by, facts, entry.parties, entry.occurred)
    system = actor_in(desk.unit)
    steps = [Step("registered", system, facts, entry.parties, entry.occurred)]
    steps += [Step(name, system, given, occurred=at) for name, at, given in entry.past]
    origin = {"system": desk.system, "doc_no": entry.external_no}
    procedure = _then(str(procedure), desk.unit, entry)
    return Registration(procedure, desk.unit, system, origin, event="imported", more=steps)


def _then(id: str, unit: str, entry: Entry) -> Procedure | str:
    """The version that was in force when the matter began; for matters older than the office's rules, the one of today."""
    for adopted in procedures.adopted(unit, on=entry.occurred.date()) if entry.occurred else ():
        if adopted.procedure == id:
            return procedures.procedure_for(adopted.hash)
    return id


def _adopted(unit: str, entry: Entry) -> str:
    """The procedure the unit works by for this kind of matter: one made for it before those that also take it."""
    kind = str(entry.facts.get("kind") or "complaint")
    there = procedures.adopted(unit, kind, (entry.occurred or clock.now()).date())
    own = {a.procedure: None for a in there if a.kinds[:1] == (kind,)} or {a.procedure: None for a in there}
    if len(own) > 1:
        raise FileError(
            _("本单位有多个程序办理“%(kind)s”：%(names)s。请在映射文件中写明 procedure。")
            % {"kind": load_vocabulary().label("kind", kind), "names": "、".join(own)}
        )
    return next(iter(own), f"?/{kind}")


def _why(error: actions.Refusal, wanted: Registration) -> str:
    if isinstance(error, Refused):
        return reasons.in_one_line(error, "registered")
    if isinstance(error, BadFact):
        return reasons.of_bad_fact(error)
    return (
        _("本单位没有这个程序：%s") % wanted.procedure
        if "?" not in str(wanted.procedure)
        else _("本单位没有办理这类事项的程序")
    )


# -- several at once


class Desks:
    """One desk in this process, or several in processes of their own. Outcomes come in the order in which batches were given."""

    def __init__(self, desk: Desk, processes: int) -> None:
        self.desk = desk
        self.processes = processes
        self._pool: ProcessPoolExecutor | None = None
        self._given: deque[Future[Outcome]] = deque()

    def __enter__(self) -> Desks:
        if self.processes > 1:
            let_go()
            self._pool = ProcessPoolExecutor(self.processes, mp_context=get_context("fork"))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)

    def give(self, entries: Sequence[Entry]) -> Iterator[Outcome]:
        """Give a batch away; yields outcomes, the oldest first, until no more than one batch a process waits for its own."""
        if self._pool is None:
            yield register(self.desk, entries)
            return
        self._given.append(self._pool.submit(register, self.desk, entries))
        while len(self._given) > self.processes:
            yield self._given.popleft().result()

    def finish(self) -> Iterator[Outcome]:
        """Wait for all that was given."""
        while self._given:
            yield self._given.popleft().result()


def let_go() -> None:
    """No connection may be shared between processes: each opens its own."""
    connections.close_all()
    for connection in connections.all():
        if hasattr(connection, "close_pool"):
            connection.close_pool()


def usual_processes() -> int:
    """Two where there are two cores: one decides and seals while the other writes."""
    return min(2, os.cpu_count() or 1)
