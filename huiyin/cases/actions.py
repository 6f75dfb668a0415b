"""Writing to cases. Every verb of the site, the API and the commands that changes a case ends here (design, 1).

One transaction: idempotency key, lock of all cases concerned in ascending order, moment of recording, history, decision of the core, sealing,
number, events with chain and head, copies. A refusal leaves nothing behind.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from django.db import IntegrityError, connection

from huiyin.cases import clock, idempotency, linking, numbers, outside, pins, planning, together
from huiyin.cases.copies import CASE
from huiyin.cases.errors import NoSuchCase, Stale
from huiyin.cases.finding import Finder
from huiyin.cases.intake import RawParties, Step, findable
from huiyin.cases.models import Case, Event
from huiyin.cases.people import By, Outside, who
from huiyin.cases.planning import Act
from huiyin.cases.several import join, split
from huiyin.cases.writing import events_of, lock_cases, write, writing
from huiyin.core.facts import BadFact
from huiyin.core.model import Refused
from huiyin.core.rules import Procedure
from huiyin.moments import local
from huiyin.org import snapshot
from huiyin.org.models import Officer
from huiyin.org.procedures import UnknownProcedure
from huiyin.vault import actions as vault
from huiyin.vault.prepared import Prepared

Refusal = Refused | BadFact | UnknownProcedure
REFUSALS: Final = (Refused, BadFact, UnknownProcedure)
BODIES: Final = Prepared(lambda id: Event.objects.filter(case_id=id).order_by("seq").values_list("seq", "body"), int)

__all__ = [
    "Refusal",
    "Registration",
    "Step",
    "join",
    "lock_cases",
    "record",
    "record_passed",
    "record_steps",
    "register",
    "register_both",
    "register_many",
    "split",
]


def record(
    case: Case | int,
    event: str,
    *,
    by: By,
    facts: Mapping[str, Any] | None = None,
    occurred: datetime | None = None,
    re: Sequence[int] = (),
    late_reason: str | None = None,
    parties: RawParties = (),
    shown_seq: int | None = None,
    key: str | None = None,
    let_go: str = "",
) -> list[Event]:
    """Record one event of a case, with what follows from it. Returns the rows written, in order.

    `occurred` without zone is local; none means now. `re`: sequence numbers of the events it answers. `shown_seq`: how far the page showed
    the case on which somebody acted; `key`: idempotency key; `let_go`: why words go that tell of somebody (see huiyin.cases.leaving). Raises
    Refused (the rules), BadFact (what was typed), Stale (the case changed meanwhile), KeyReused, Busy, NoSuchCase.
    """
    step = Step(event, by, facts or {}, parties, occurred, re, late_reason, let_go=let_go)
    return record_steps(case, [step], shown_seq=shown_seq, key=key)


def record_steps(
    case: Case | int, steps: Sequence[Step], *, shown_seq: int | None = None, key: str | None = None
) -> list[Event]:
    """Record several events of a case in one act: all or none, each decided on what those before it left."""
    case_id = case if isinstance(case, int) else case.pk
    with writing():
        done = _claim(steps, case_id, key)
        if done is not None:
            return done
        named = [linking.named_cases(step) for step in steps]
        others = {c.pk for table in named for cases in table.values() for c in cases} - {case_id}
        near = linking.reachable(case)
        locked = lock_cases([case_id, *others, *near])
        if case_id not in locked:
            raise NoSuchCase(case_id)
        act = _resume(locked[case_id])
        if shown_seq is not None and (stale := Stale.since(shown_seq, act.log.events)) is not None:
            raise stale
        batch = vault.Batch()
        linked = {pk: _resume(locked[pk]) for pk in sorted(others)}
        opened: list[Act] = []
        for step, table in zip(steps, named, strict=True):
            found = planning.add(act, step, linking.seen_of(table))
            own = [e for e in found if e.name == step.event][-1:]
            for pk in {c.pk for cases in table.values() for c in cases} - {case_id}:
                linking.mirror(act, linked[pk], own)
            opened += linking.open_cases(act, found, batch, act.now)
        linked |= linking.reach(
            act, {pk: linked.get(pk) or _resume(locked[pk]) for pk in {*near, *others} & set(locked)}
        )
        acts = sorted([act, *linked.values(), *opened], key=lambda a: a.case_id)
        outside.refuse_taken(act, steps[0].by)
        for one in (act, *linked.values()):
            planning.seal(one, batch)
        write(acts, batch)
        rows = events_of(act)
        if key is not None:
            idempotency.answer(who(steps[0].by), key, case_id, rows[0].seq, rows[-1].seq)
    return rows


def record_passed(case: Case | int) -> list[Event]:
    """Write what limits that have passed ask for in this case, if anything. The sweep calls it."""
    case_id = case if isinstance(case, int) else case.pk
    with writing():
        locked = lock_cases([case_id])
        if case_id not in locked:
            raise NoSuchCase(case_id)
        act, batch = _resume(locked[case_id]), vault.Batch()
        opened = linking.open_cases(act, planning.add_passed(act), batch, act.now)
        if not act.new:
            return []
        planning.seal(act, batch)
        write([act, *opened], batch)
    return events_of(act)


def _resume_all(ids: Sequence[int]) -> dict[int, Act]:
    return {pk: _resume(case) for pk, case in lock_cases(ids).items()}


def _resume(case: Case) -> Act:
    return planning.resume(case.pk, BODIES.rows(case.pk), case.head_hash, clock.now())


def _claim(steps: Sequence[Step], case_id: int, key: str | None) -> list[Event] | None:
    """What was written before under the same key; none when this is the first time."""
    if key is None:
        return None
    done = idempotency.claim(who(steps[0].by), key, _digest(steps, case_id), case_id)
    if done is None:
        return None
    chosen = Event.objects.filter(case_id=done.case_id, seq__gte=done.first_seq, seq__lte=done.last_seq)
    return list(chosen.order_by("seq"))


def _digest(steps: Sequence[Step], case_id: int | None) -> str:
    told = [
        [s.event, s.facts, s.parties, s.occurred, list(s.re), s.late_reason, *([s.let_go] if s.let_go else [])]
        for s in steps
    ]
    return idempotency.digest({"case": case_id, "steps": told})


# -- beginning a case


@dataclass(frozen=True, slots=True)
class Registration:
    """A case to be registered. `unit` takes it in: whose rules and numbers it gets when it comes from outside."""

    procedure: Procedure | str
    unit: str
    by: By
    facts: Mapping[str, Any] = field(default_factory=dict)
    parties: RawParties = ()
    occurred: datetime | None = None
    event: str = "registered"
    late_reason: str | None = None
    more: Sequence[Step] = ()  # further events of the same act: of an imported history, or what the desk does at once
    key: str | None = None
    case_id: int | None = None  # of the draft it was
    seen: Mapping[str, Any] = field(default_factory=dict)  # answers of the world that are given, not asked

    def steps(self) -> list[Step]:
        facts = dict(self.facts)
        if self.event == "registered" and not facts.get("to") and isinstance(self.by, Outside):
            facts["to"] = self.unit
        first = Step(self.event, self.by, facts, self.parties, self.occurred, (), self.late_reason, self.seen)
        return [first, *self.more]


def register(
    procedure: Procedure | str,
    unit: str,
    *,
    by: By,
    facts: Mapping[str, Any] | None = None,
    parties: RawParties = (),
    occurred: datetime | None = None,
    event: str = "registered",
    late_reason: str | None = None,
    more: Sequence[Step] = (),
    key: str | None = None,
    case_id: int | None = None,
) -> Case:
    """Begin a case: it gets its number in the same transaction, as the last thing before it is written. `procedure`: compiled, or the id of
    one that the unit has adopted. The case returned carries `code`, the query code, which is stored nowhere: tell it to the person now.
    Sent again under the same key, the case comes without it. Raises as `record` does."""
    one = Registration(procedure, unit, by, facts or {}, parties, occurred, event, late_reason, more, key, case_id)
    try:
        return register_many([one])[0]
    except IntegrityError:
        _refuse_taken_meanwhile(one)
        raise


def _refuse_taken_meanwhile(one: Registration) -> None:
    """Two desks took over the same outside item in the same moment: the second is told of the first. Raises BadFact."""
    if any("external_no" in step.facts for step in one.steps()):
        for act in _plan([one]).acts:
            outside.refuse_taken(act, one.by)


def register_both(one: Registration, *, kind: str, **other: Any) -> tuple[Case, Case]:
    """A letter that is both complaint and report, registered in one act: the first case, and beside it the other half under its own number.
    `other`: as for `split`. Raises as `register` and `split` do; then neither is there."""
    assert isinstance(one.by, Officer)
    with writing():
        first = register_many([one])[0]
        key = None if one.key is None else f"{one.key}:2"
        return first, split(first, by=one.by, kind=kind, key=key, **other)


def register_many(registrations: Iterable[Registration], refused: dict[int, Refusal] | None = None) -> list[Case]:
    """Begin many cases in one transaction, all or none; each is decided before the first is written. With `refused`, those that the rules
    do not allow are left out and entered there, by their place in the list, with the reason; the others are begun."""
    wanted = list(registrations)
    if connection.in_atomic_block:
        with writing():
            return _register_planned(wanted, _plan(wanted, refused), refused)
    # before the transaction: nobody else knows these cases yet, so deciding and sealing need no lock
    planned = _plan(wanted, refused)
    if len(wanted) == len(planned.acts) == 1 and connection.vendor == "sqlite":
        return [_in_company.write(_Waiting(wanted[0], planned))]
    with writing():
        return _register_planned(wanted, planned, refused)


def _register_planned(
    wanted: Sequence[Registration], planned: _Planned, refused: dict[int, Refusal] | None
) -> list[Case]:
    kept = [one for i, one in enumerate(wanted) if not refused or i not in refused]
    return _register(kept, planned, alone=refused is None and len(wanted) == 1)


@dataclass
class _Planned:
    """Cases ready to be written: those asked for, those their events begin, and what the vault is to hold of them."""

    acts: list[Act] = field(default_factory=list)
    opened: list[Act] = field(default_factory=list)
    batch: vault.Batch = field(default_factory=vault.Batch)


def _plan(wanted: Sequence[Registration], refused: dict[int, Refusal] | None = None) -> _Planned:
    with snapshot.steady():
        return _planned(wanted, refused)


def _planned(wanted: Sequence[Registration], refused: dict[int, Refusal] | None) -> _Planned:
    found = _Planned()
    finder = _finder(wanted)
    ids = iter(numbers.case_ids(sum(one.case_id is None for one in wanted)))
    for index, one in enumerate(wanted):
        sealed = found.batch.mark()
        try:
            case_id = next(ids) if one.case_id is None else one.case_id
            act, opened = _plan_one(one, case_id, found.batch, finder)
        except REFUSALS as error:
            if refused is None:
                raise
            refused[index] = error
            found.batch.back_to(sealed)
            continue
        found.acts.append(act)
        found.opened += opened
    return found


def _finder(wanted: Sequence[Registration]) -> Finder | None:
    """Looks up for all of them together who is known already; a single one asks when it must."""
    if len(wanted) == 1:
        return None
    finder = Finder()
    finder.expect(pair for one in wanted for step in one.steps() for pair in findable(step.parties))
    return finder


def _plan_one(one: Registration, case_id: int, batch: vault.Batch, finder: Finder | None) -> tuple[Act, list[Act]]:
    now, code = clock.now(), numbers.new_code()
    act = planning.begin(case_id, _procedure(one, now), one.unit, now, code, numbers.digest_of(code))
    act.finder = finder
    opened = []
    for step in one.steps():
        opened += linking.open_cases(act, linking.add_naming(act, step), batch, now)
    planning.seal(act, batch)
    return act, opened


def _procedure(one: Registration, now: datetime) -> Procedure:
    """The rules of the case: those in force where it begins, when the matter began (D10)."""
    if isinstance(one.procedure, Procedure):
        return one.procedure
    return pins.procedure_at(one.procedure, one.unit, local(one.occurred) if one.occurred else now)


def _register(wanted: Sequence[Registration], planned: _Planned, *, alone: bool) -> list[Case]:
    done = {i: case_id for i, one in enumerate(wanted) if (case_id := _registered(one, planned.acts[i])) is not None}
    todo = [one for i, one in enumerate(wanted) if i not in done]
    if done:
        planned = _plan(todo)  # sent again, which is rare: what was sealed for the others must not be stored
    if alone and todo:  # of many at once the database says so
        outside.refuse_taken(planned.acts[0], todo[0].by)
    begun = [*planned.acts, *planned.opened]
    write([*begun, *linking.known_back(begun, _resume_all, planned.batch)], planned.batch)
    new = iter(planned.acts)
    return [Case.objects.get(pk=done[i]) if i in done else _case(next(new)) for i in range(len(wanted))]


# -- on SQLite: one commit for those who wait together


class _Waiting(together.Job[Case]):
    """A registration that is planned and waits for its turn."""

    def __init__(self, wanted: Registration, planned: _Planned) -> None:
        super().__init__()
        self.wanted, self.planned = wanted, planned

    def again(self) -> None:
        """Plan anew: what was tried in vain has half become a log."""
        self.planned = _plan([self.wanted])


def _write_waiting(jobs: Sequence[_Waiting]) -> list[Case]:
    """Begin the cases of several people in one transaction: each keeps its own number, events and answer."""
    with writing():
        done = {i: pk for i, j in enumerate(jobs) if (pk := _registered(j.wanted, j.planned.acts[0])) is not None}
        plans = [job.planned for i, job in enumerate(jobs) if i not in done]
        for job in (job for i, job in enumerate(jobs) if i not in done):
            outside.refuse_taken(job.planned.acts[0], job.wanted.by)
        batch = vault.Batch.of(plan.batch for plan in plans)
        begun = [act for plan in plans for act in (*plan.acts, *plan.opened)]
        write([*begun, *linking.known_back(begun, _resume_all, batch)], batch)
        return [Case.objects.get(pk=done[i]) if i in done else _case(j.planned.acts[0]) for i, j in enumerate(jobs)]


_in_company = together.Company(_write_waiting)


def _registered(one: Registration, act: Act) -> int | None:
    """The case that was begun before under the same key; none when this is the first time."""
    if one.key is None:
        return None
    done = idempotency.claim(who(one.by), one.key, _digest(one.steps(), None), act.case_id)
    return None if done is None else done.case_id


def _case(act: Act) -> Case:
    """The case as written, without asking the database for it."""
    case = Case(**dict(zip(CASE.columns, act.row, strict=True)))
    case._state.adding, case._state.db = False, connection.alias
    case.code = act.code
    return case
