"""What the core speaks of: events, actors, parties, refusals, limits.

Times are naive local times of the body's zone (Asia/Shanghai); the shell converts at its border. `occurred` is when something
happened and counts for limits; `recorded` is when it was entered and counts for order.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from types import MappingProxyType
from typing import Any, TypeVar

Facts = Mapping[str, Any]
EMPTY: Facts = MappingProxyType({})


T = TypeVar("T")


def changed(item: T, **changes: Any) -> T:
    """A frozen, slotted dataclass with some fields changed: dataclasses.replace at a fraction of its time. TypeError for an unknown field."""
    names = item.__slots__  # type: ignore[attr-defined]
    new = object.__new__(item.__class__)
    put = object.__setattr__
    for name in names:
        put(new, name, changes.pop(name) if name in changes else getattr(item, name))
    if changes:
        raise TypeError(f"{item.__class__.__name__} has no {', '.join(changes)}")
    return new


class Sealed:
    """A personal or secret value that stays in the vault: the core may only ask whether it is there."""

    __slots__ = ("ref",)

    def __init__(self, ref: str = "") -> None:
        self.ref = ref

    def same(self, other: object) -> bool:
        """Is it the same value? The shell's vault opens both to tell; without it only the very same record counts."""
        return self == other

    def words(self) -> Any:
        """The value itself, while the act that brings it is being decided and its wording is looked through; none ever after."""
        return None

    def __repr__(self) -> str:
        return f"Sealed({self.ref})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sealed) and other.ref == self.ref

    def __hash__(self) -> int:
        return hash(self.ref)


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts. Inside: `role` at `unit`, `person` tells two people of one role apart. Outside: `role` and the id of the `party`."""

    role: str
    unit: str | None = None
    person: str = ""
    party: str | None = None
    deputy: bool = False

    @property
    def inside(self) -> bool:
        return self.unit is not None

    def __str__(self) -> str:
        return f"{self.role}@{self.unit}" if self.unit else self.role


SYSTEM = Actor("system", None, "system")


@dataclass(frozen=True, slots=True)
class Party:
    """A party as the rules may know it: plain facts, and the names (never the values) of the personal facts that are there."""

    id: str
    role: str
    facts: Facts = field(default_factory=dict)
    has: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class OpenCase:
    """A linked case that an event begins: procedure, relation to this case, and what is known of it."""

    procedure: str
    relation: str
    kind: str
    facts: Facts = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Event:
    """One dated, immutable event. `seen` holds the answers of the world on which the decision rested; nothing is asked again later."""

    seq: int
    name: str
    occurred: datetime
    recorded: datetime
    actor: Actor
    facts: Facts = field(default_factory=dict)
    case_facts: Facts = field(default_factory=dict)
    parties: Mapping[str, Party] = field(default_factory=dict)
    re: tuple[int, ...] = ()
    seen: Facts = field(default_factory=dict)
    round: int = 1
    late_reason: Any = None
    opens: OpenCase | None = None
    clauses: tuple[str, ...] = ()  # of the rule by which the system wrote it; empty for what a person recorded


NewEvent = Event  # as `decide` returns it: numbered, but not yet written


@dataclass(frozen=True, slots=True)
class Attempt:
    """What somebody tries to record. `facts` are typed values (see facts.py); `parties` are those it brings in or changes."""

    name: str
    occurred: datetime
    facts: Facts = field(default_factory=dict)
    case_facts: Facts = field(default_factory=dict)
    parties: Mapping[str, Party] = field(default_factory=dict)
    re: tuple[int, ...] = ()
    seen: Facts = field(default_factory=dict)
    late_reason: Any = None


class Refused(Exception):
    """The rules forbid it. `stage` is the check that failed first: world (bad times or facts), wall, bar, open, role, facts, approval.

    `clauses` are all ledger ids cited; `code` names the reason for messages; `data` holds what the message needs (names, never texts);
    `says` the rule's own words, in Chinese, one for each failing rule.
    """

    def __init__(
        self,
        stage: str,
        code: str,
        clauses: tuple[str, ...] = (),
        says: tuple[str, ...] = (),
        data: Facts = EMPTY,
    ) -> None:
        super().__init__(f"{stage}/{code} {', '.join(clauses)}")
        self.stage = stage
        self.code = code
        self.clauses = tuple(dict.fromkeys(clauses))
        self.says = tuple(dict.fromkeys(says))
        self.data = data


@dataclass(frozen=True, slots=True)
class Notice:
    """One notice that follows from an event: to a unit, an officer (`role@unit`) or a party."""

    to: str
    clauses: tuple[str, ...]
    says: str
    about: str | None
    on: int
    contents: tuple[str, ...] = ()
    with_act: bool = False


@dataclass(slots=True)
class Due:
    """One instance of a limit, as it stands at `now`.

    state: running | paused | lifted | overridden | met | closed (ended with the case, hop or round) | restarted.
    `late` is true when the end was passed while the limit bound: overdue now, or met late. `end` is a day (till 24:00) or a moment.
    """

    name: str
    clauses: tuple[str, ...]
    says: str
    target: str | None
    governs: str | None
    strength: str
    opened_by: int
    start: datetime
    end: Any  # workdays.End | None: none when the length is not known (a fact or setting that is missing)
    state: str
    late: bool = False
    closed_by: int | None = None
    closed_at: datetime | None = None
    act_by: date | None = None
    owed_by: str | None = None
    moved_by: tuple[str, ...] = ()
    window: bool = False
    hop: int | None = None
    round: int = 1
    unit: str | None = None  # the unit this instance is about, where an event to several units opened one for each
    counting: Any = None  # how it was counted: Counting (see dues.py)
    effective: bool = True  # the one that governs its target now
    limit: Any = field(default=None, repr=False)

    @property
    def open(self) -> bool:
        return self.state in ("running", "paused", "lifted", "overridden")

    @property
    def provisional(self) -> bool:
        return self.end is not None and self.end.provisional

    def answers_to(self, clause: str) -> bool:
        return clause in self.clauses or clause in self.moved_by
