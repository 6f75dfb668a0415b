"""Writing acts to the log: the one place that inserts events.

Order: files, sealed values, blind indexes, numbers, case heads, events, copies. Counters come as late as can be, after every case is locked, and
nobody locks a case while holding one: so nobody waits in a circle, and the row that all registrations of a unit need is held shortest.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final

from django.db import OperationalError, connection, transaction
from django.db.models import QuerySet

from huiyin.cases import copies, evidence, numbers, planning, projections
from huiyin.cases.copies import Copies
from huiyin.cases.errors import Busy
from huiyin.cases.models import Case, Event
from huiyin.cases.planning import Act
from huiyin.core.model import Event as CoreEvent
from huiyin.dues.tables import Row, Table
from huiyin.environ import BUSY_SECONDS
from huiyin.moments import stored
from huiyin.vault import actions as vault
from huiyin.vault import db
from huiyin.vault.models import BlindIndex
from huiyin.vault.prepared import Prepared

EVENT: Final = Table(
    Event,
    (
        "case_id", "seq", "name", "occurred", "recorded", "actor_role", "actor_unit", "actor_person", "round", "late_entry", "body", "hash",
    ),
    2,
)  # fmt: skip
WAITED: Final = frozenset(
    {"55P03", "40P01"}
)  # PostgreSQL: a lock not had in time, a deadlock; by number, for the words are the server's language
SQLITE_WAITED: Final = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})


_turn = threading.RLock()


def _own_turn() -> None:
    """A forked process does not wait for threads that stayed with its parent."""
    global _turn
    _turn = threading.RLock()


os.register_at_fork(after_in_child=_own_turn)


def waited(error: BaseException) -> bool:
    """Did the database give up waiting for somebody else?"""
    cause = error.__cause__ or error
    code = getattr(cause, "sqlite_errorcode", None)
    if code is not None:
        return code & 0xFF in SQLITE_WAITED
    return getattr(cause, "sqlstate", None) in WAITED or "database is locked" in str(error)


@contextmanager
def writing() -> Iterator[None]:
    """One transaction that may write. On SQLite it takes the write lock at once. Raises Busy when the turn does not come in time."""
    try:
        with in_turn(), transaction.atomic():
            yield
    except OperationalError as error:
        if waited(error):
            raise Busy(str(error)) from error
        raise


@contextmanager
def in_turn() -> Iterator[None]:
    """On SQLite the threads of a process queue up here. In the database they would not queue: each looks again after a sleep of up to a
    tenth of a second, and meanwhile nobody writes."""
    if connection.vendor != "sqlite" or connection.in_atomic_block:
        yield
        return
    if not _turn.acquire(timeout=BUSY_SECONDS):
        raise Busy("other threads of this process are writing")
    try:
        yield
    finally:
        _turn.release()


def _one(case_id: int) -> QuerySet[Case]:
    found = Case.objects.filter(pk=case_id)
    return found.select_for_update() if connection.features.has_select_for_update else found


_ONE: Final = Prepared(_one, int)


def lock_cases(ids: Sequence[int]) -> dict[int, Case]:
    """Lock cases in ascending order of their ids, so that two who lock several never wait for each other in a circle. On SQLite the
    transaction is the lock already. Cases that do not exist are left out."""
    if not connection.in_atomic_block:
        raise RuntimeError("a case is locked inside a transaction")
    if len(ids) == 1:
        return {case.pk: case for case in _ONE.objects(ids[0])}
    found = Case.objects.filter(pk__in=sorted(set(ids))).order_by("pk")
    if connection.features.has_select_for_update:
        found = found.select_for_update()
    return {case.pk: case for case in found}


def write(acts: Sequence[Act], batch: vault.Batch) -> None:
    """Number, chain and insert what was planned, with all copies; all or none. Each act has its `row` and `written` afterwards."""
    with db.one_cursor():
        _write([act for act in acts if act.new], batch)


def _write(acts: Sequence[Act], batch: vault.Batch) -> None:
    old = {act.case_id: _derived(act, before=True) for act in acts if not act.fresh}
    evidence.bring(acts)
    vault.store(batch)
    db.insert(BlindIndex, ("kind", "token", "case_id", "party"), _tokens(acts))
    numbered = [act for act in acts if act.series is not None]
    for act, (_series, seq) in zip(numbered, numbers.take([a.series for a in numbered if a.series]), strict=True):
        planning.number(act, seq)
    for act in acts:
        act.written = [_row(act.case_id, *one) for one in planning.chained(act)]
    now = {act.case_id: _derived(act) for act in acts}
    for act in acts:
        act.row = now[act.case_id].case
    copies.CASE.insert([now[act.case_id].case for act in acts if act.fresh])
    for act in acts:
        if not act.fresh:
            _move_head(old[act.case_id].case, now[act.case_id].case)
    EVENT.insert([row for act in acts for row in act.written])
    copies.write_fresh(now[act.case_id] for act in acts if act.fresh)
    for act in acts:
        if not act.fresh:
            copies.write_changes(old[act.case_id], now[act.case_id])
    projections.refresh(acts)


def _tokens(acts: Sequence[Act]) -> list[Row]:
    return [row for act in acts for row in dict.fromkeys(act.tokens)]


def _derived(act: Act, *, before: bool = False) -> Copies:
    """The copies as they follow from the events: those before the act, or with it."""
    head = (act.head_seq, act.head_hash)
    if before:
        rules = act.rules_before or act.procedure
        return copies.derive(act.case_id, rules, act.before, act.log, head, ())
    return copies.derive(act.case_id, act.procedure, act.after, act.log, head, act.dues())


def _move_head(old: Row, new: Row) -> None:
    """The head moves on only from where this act found it; that is the last guard against two writers."""
    quote = connection.ops.quote_name
    names = copies.CASE.columns
    changed = [i for i in range(1, len(names)) if old[i] != new[i]]
    sets = ", ".join(f"{quote(names[i])} = %s" for i in changed)
    with db.cursor_at_hand() as cursor:
        db.execute(
            cursor,
            f"UPDATE {quote(Case._meta.db_table)} SET {sets} WHERE id = %s AND head_seq = %s AND head_hash = %s",
            db.adapted([[*(new[i] for i in changed), *old[:3]]]),
        )
        if cursor.rowcount != 1:
            raise Busy(f"case {new[0]} was written to by somebody who did not lock it")


def _row(case_id: int, event: CoreEvent, text: str, digest: str) -> Row:
    return (
        case_id, event.seq, event.name, stored(event.occurred), stored(event.recorded), event.actor.role, event.actor.unit or "",
        event.actor.person, event.round, event.late_reason is not None, text, digest,
    )  # fmt: skip


def events_of(act: Act) -> list[Event]:
    """What an act wrote, as Django knows it, without asking the database for it."""
    found = [Event(**dict(zip(EVENT.columns, row, strict=True))) for row in act.written]
    for row in found:
        row._state.adding, row._state.db = False, connection.alias
    return found
