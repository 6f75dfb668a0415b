"""What is to be written to one case: decided and sealed in memory, so that a refusal costs no writing and the writing is short."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from huiyin.cases import bodies, calendars, leaving, people, pins, takingback
from huiyin.cases.bodies import Extra, Log, Pin
from huiyin.cases.finding import Finder
from huiyin.cases.intake import Step, Taken, items_to_seal, take_in
from huiyin.cases.numbers import Series, series_of
from huiyin.cases.world import CaseWorld, world_for
from huiyin.core.consequences import LinkedAct, entered, sweep
from huiyin.core.context import Ctx
from huiyin.core.decide import decide
from huiyin.core.dues import dues
from huiyin.core.history import History
from huiyin.core.model import Actor, Due, Event, Refused
from huiyin.core.rules import Procedure
from huiyin.core.vocabulary import Vocabulary, load_vocabulary
from huiyin.core.workdays import Calendar
from huiyin.org import procedures
from huiyin.org.models import Officer
from huiyin.vault import actions as vault
from huiyin.vault import chain
from huiyin.vault.errors import KeyDestroyed
from huiyin.vault.models import FILE
from huiyin.vault.refs import VaultRef

LAST = 1 << 60


@dataclass
class Act:
    """One case in one transaction: what stood, what is new, and what follows. Projections read it and write their copies."""

    case_id: int
    procedure: Procedure
    unit: str  # the registrar; before registration the unit that begins the case
    now: datetime  # `recorded` of the new events, local
    log: Log  # as it stood before; grows by the new events when they are numbered
    head_seq: int = 0
    head_hash: str = ""
    fresh: bool = True
    code: str = ""  # of a new case: the query code itself, told once
    before: History = field(default_factory=lambda: History([], load_vocabulary()))
    after: History = field(default_factory=lambda: History([], load_vocabulary()))
    new: list[Event] = field(default_factory=list)
    extras: dict[int, Extra] = field(default_factory=dict)
    identity: dict[str, Mapping[str, VaultRef]] = field(default_factory=dict)
    tokens: list[tuple[str, str, int, str]] = field(default_factory=list)  # rows of the blind index
    series: Series | None = None
    sealed: list[vault.Item] = field(default_factory=list)  # with plain values until they are sealed
    texts: dict[str, Any] = field(default_factory=dict)  # ref -> plain value of what is new: for the search index
    files: frozenset[str] = frozenset()  # ids of those that the new events bring
    world: CaseWorld | None = None
    finder: Finder | None = None  # of the batch this case is planned in
    rules_before: Procedure | None = None  # where the act moved the case to other rules
    links: list[tuple[Event, int]] = field(
        default_factory=list
    )  # cases that steps of a new case name: to be linked back
    row: tuple[Any, ...] = ()  # the case row as it was written
    written: list[tuple[Any, ...]] = field(default_factory=list)  # the event rows
    _dues: list[Due] | None = None

    @property
    def calendar(self) -> Calendar:
        return calendars.current()

    @property
    def words(self) -> Vocabulary:
        return self.after.vocabulary

    def dues(self) -> list[Due]:
        """Every limit of the case after this act, as it stands now."""
        if self._dues is None:
            self._dues = dues(self.procedure, self.after, self.calendar, self.now)
        return self._dues

    def fact(self, name: str) -> Any:
        """A fact of the case as it stands after this act, with what follows from other facts."""
        return Ctx(self.after, None, LAST, procedure=self.procedure).fact(name)


def begin(case_id: int, procedure: Procedure, unit: str, now: datetime, code: str, digest: str) -> Act:
    """A case that is not there yet."""
    act = Act(case_id, procedure, unit, now, Log(), head_hash=chain.genesis(f"case:{case_id}"), code=code)
    act.log.pin = Pin(procedure.id, procedure.hash, digest, unit)
    return act


def resume(case_id: int, rows: Sequence[tuple[int, str]], head_hash: str, now: datetime | None = None) -> Act:
    """A case with all its events. `recorded` never goes back (D12). Without `now` the case is looked at as when it last changed."""
    log = bodies.read_all(rows)
    last = log.events[-1]
    assert log.pin is not None
    procedure = procedures.procedure_for(log.pin.hash)
    unit = log.unit or procedure.intake
    view = History(log.events, load_vocabulary())
    return Act(
        case_id, procedure, unit, max(now or last.recorded, last.recorded), log, last.seq, head_hash, fresh=False, before=view, after=view.copy(),
        identity=dict(log.identity),
    )  # fmt: skip


def add(act: Act, step: Step, seen: Mapping[str, Any] | None = None) -> list[Event]:
    """Decide one more event of the act. `seen`: answers the shell gives (ids of the cases it names). Returns what is new.
    Raises Refused, BadFact."""
    if (
        _is_disposed(act) and step.event != "linked"
    ):  # that another case belongs to it may be said: it holds nothing of either
        raise Refused("open", "case_erased")
    takingback.check(act.after, step)
    taken = _taken(act, step)
    actor = people.actor(step.by)
    attempt = taken.attempt if not seen else replace(taken.attempt, seen={**taken.attempt.seen, **seen})
    assert act.world is not None
    act.world.current = step.event
    act.tokens += [(kind, token, act.case_id, no) for no, kind, token in act.world.told(taken.findable)]
    found = decide(act.procedure, act.after, attempt, actor=actor, world=act.world, calendar=act.calendar, now=act.now)
    found = leaving.check(_guard(act, taken), found, step.by, step.let_go)
    _take(act, found, people.via(step.by), attempt)
    act.identity.update(taken.identity)
    return found


def _guard(act: Act, taken: Taken) -> leaving.Guard:
    """What this act must not tell anybody outside."""
    return leaving.Guard(
        act.procedure, act.after, {**act.identity, **taken.identity}, act.fact, act.world, taken.attempt.parties
    )  # fmt: skip


def _is_disposed(act: Act) -> bool:
    """What was in the case is destroyed: nothing comes after that."""
    return act.after.first("disposed") is not None


def _taken(act: Act, step: Step) -> Taken:
    if act.world is None:
        act.world = world_for(
            act.unit, act.procedure.id, act.now.date(), None if act.fresh else act.case_id, act.finder
        )
    act.world.viewer = step.by if isinstance(step.by, Officer) else None
    return take_in(
        step, act.words, now=act.now, known=act.after.parties, identity=act.identity, tree=act.world.tree, amended=_answered(act, step),
        case_id=act.case_id,
    )  # fmt: skip


def _answered(act: Act, step: Step) -> list[str]:
    """Names of the events that a correction is of."""
    if step.event != "amended":
        return []
    number = step.facts.get("event_no")
    wanted = step.re or ((number,) if number else ())
    return [event.name for event in act.after.events if event.seq in wanted]


def add_passed(act: Act) -> list[Event]:
    """What limits that have passed ask for, and nothing else."""
    if _is_disposed(act):
        return []
    act.world = world_for(act.unit, act.procedure.id, act.now.date(), act.case_id)
    view = act.after.copy()
    found = sweep(act.procedure, view, world=act.world, calendar=act.calendar, now=act.now)
    _take(act, found, "", None)
    return found


def enter(act: Act, told: LinkedAct) -> list[Event]:
    """What the rules of a linked case write in this one; nothing where its own rules do not allow it."""
    if _is_disposed(act):
        return []
    act.world = world_for(act.unit, act.procedure.id, act.now.date(), act.case_id)
    found = entered(act.procedure, act.after, told, world=act.world, calendar=act.calendar, now=act.now)
    _take(act, found, "", None)
    return found


def _take(act: Act, found: Sequence[Event], via: str, attempt: Any) -> None:
    for event in (_with_ids(act, e) for e in found):
        act.after = act.after.with_event(event)
        act.new.append(event)
        first = act.fresh and event.seq == 1
        own = attempt is not None and event.name == attempt.name
        act.extras[event.seq] = Extra(pin=act.log.pin if first else None, via=via if own else "")
        if event.name == "rebased":
            _rebase(act, event)
        if event.name == "registered":
            act.unit = act.after.routing_at().registrar or act.unit
            act.series = _series(act, event)


def _with_ids(act: Act, event: Event) -> Event:
    """A link that a rule wrote keeps the id of the case it names, as one that a person recorded does."""
    known = act.world.numbered.get(str(event.facts.get("with"))) if act.world is not None else None
    if event.name != "linked" or known is None or "case:with" in event.seen:
        return event
    return replace(event, seen={**event.seen, "case:with": [known]})


def _rebase(act: Act, event: Event) -> None:
    """Move the case to another version of the rules, or to another procedure: what is said from now on follows from those."""
    id = event.facts.get("procedure") or act.procedure.id
    found = pins.version(id, event.facts.get("version"))
    act.rules_before = act.rules_before or act.procedure
    act.procedure = procedures.procedure_for(found)
    act.extras[event.seq] = replace(act.extras[event.seq], pin=Pin(id, found))


def _series(act: Act, event: Event) -> Series:
    kind = act.fact("kind") or act.procedure.kinds[0]
    return series_of(
        act.procedure, unit=act.unit, kind=kind, channel=act.fact("channel") or "", recorded=event.recorded
    )


def seal(act: Act, batch: vault.Batch) -> None:
    """Close every personal value of the new events. From here on the values are nowhere but in `texts`, until the act is written."""
    items = items_to_seal(act.new, act.identity, act.fact("kind"), act.fact("case_secrecy"))
    act.texts = {item.ref.ref: item.value for item in items if item.ref is not None and item.kind != FILE}
    act.files = frozenset(item.ref.ref for item in items if item.ref is not None and item.kind == FILE)
    act.sealed = items
    try:
        vault.prepare(batch, act.case_id, items, {} if act.fresh else None)
    except KeyDestroyed as error:
        raise Refused("open", "case_erased") from error


def number(act: Act, seq: int) -> None:
    """Put the number into the event that registers the case."""
    assert act.series is not None
    for index, event in enumerate(act.new):
        if event.name == "registered" and "number" not in event.case_facts:
            act.new[index] = replace(event, case_facts={**event.case_facts, "number": act.series.number(seq)})
            act.extras[event.seq] = replace(act.extras[event.seq], series=(act.series.key, seq))


def chained(act: Act) -> list[tuple[Event, str, str]]:
    """The new events with the text of their bodies and their hashes; the log has them from now on."""
    found = []
    prev = act.head_hash
    for event in act.new:
        extra = act.extras[event.seq]
        if event.parties:
            extra = replace(extra, identity={no: act.identity.get(no, {}) for no in event.parties})
        text = bodies.text_of(event, extra)
        prev = chain.link(prev, event.seq, text)
        act.log.take(event, extra)
        found.append((event, text, prev))
    act.head_seq, act.head_hash = act.new[-1].seq, prev
    return found


def opened(act: Act, seq: int, case_id: int) -> None:
    """The event began this case."""
    act.extras[seq] = replace(act.extras[seq], opened=case_id)


def actor_in(unit: str) -> Actor:
    """The system, acting for a unit: it registers there."""
    return Actor("system", unit, "system")
