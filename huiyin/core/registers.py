"""Registers: what is not a case but belongs to the office (campaigns, stations, posts). The shape of their rules, and of their entries.

A register is data: its fields, states, steps, gates, due dates and figures stand in a rules file. An entry is a row of one register; entries
hang under entries (campaign > line > inspection). Everything here is pure: a `Book` holds the entries a question is asked about.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any, Protocol

from huiyin.core.model import Actor
from huiyin.core.rules import Entry as Rule
from huiyin.core.workdays import Period
from huiyin.core.world import World

TYPES: dict[str, str] = {
    "text": "文字", "long": "多行文字", "number": "整数", "yes": "是否", "date": "日期", "moment": "日期和时间", "period": "期间（2011-Q4）",
    "unit": "单位", "units": "几个单位", "officer": "人员", "officers": "几名人员", "choice": "选一项", "choices": "选几项", "texts": "几行文字",
    "money": "金额", "area": "地区", "role": "角色", "categories": "类别", "cases": "案件", "entry": "另一条台账", "entries": "几条台账",
}  # fmt: skip
LISTS = frozenset({"units", "officers", "choices", "texts", "categories", "cases", "entries"})
ENTER, CHANGE, ANNUL = "enter", "change", "annul"
VERBS = (ENTER, CHANGE, ANNUL)


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a register. `options` by code; `of`: the registers an `entry` points to; `personal`: kept closed, only ever asked if set."""

    name: str
    label: str
    type: str
    required: bool = False
    options: Mapping[str, str] = field(default_factory=dict)
    of: tuple[str, ...] = ()
    personal: bool = False
    help: str = ""
    default: Any = None


@dataclass(frozen=True, slots=True)
class Ask:
    """What a condition is asked about: an entry in its book; who acts, on which day; `self`: the entry an inner `where` compares with."""

    book: Book
    item: Item
    actor: Actor | None
    day: date
    world: World
    outer: Item | None = None
    each: str | None = None  # the unit of a due date that each unit owes

    def of(self, item: Item) -> Ask:
        """The same question about another entry; `self` stays the one it began with."""
        return Ask(self.book, item, self.actor, self.day, self.world, self.outer or self.item, self.each)


Test = Callable[[Ask], bool]
Pick = Callable[[Ask], list["Item"]]


@dataclass(frozen=True, slots=True)
class Step:
    """A named step from one state to another. `needs`: fields that must be set by then; `fields`: those that are filled in with it."""

    name: str
    label: str
    start: tuple[str, ...]
    to: str
    by: tuple[Who, ...]
    needs: tuple[str, ...]
    fields: tuple[str, ...]
    clauses: tuple[str, ...]
    says: str


@dataclass(frozen=True, slots=True)
class Who:
    """`role@place`, or a condition on who acts (a post held in another register)."""

    term: str
    test: Test | None = None


@dataclass(frozen=True, slots=True)
class Gate:
    """What must hold when one of the verbs in `on` is tried. `names`: entries to name when it does not."""

    on: tuple[str, ...]
    when: Test | None
    holds: Test
    names: Pick | None
    clauses: tuple[str, ...]
    says: str
    hint: bool = False


@dataclass(frozen=True, slots=True)
class DueRule:
    """Something an entry owes by a day: the day a field names (`on`), or so long after the newest of some days (`from`)."""

    name: str
    on: str | None
    before: bool  # by the day before the one that `on` names
    start: tuple[Callable[[Ask], list[date]], ...]
    within: Period | None
    setting: str | None
    default: Any  # of the setting
    per: str | None
    when: Test | None
    met: Test
    owed_by: str
    clauses: tuple[str, ...]
    says: str


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure of an entry, counted anew whenever it is looked at. See register_figures."""

    name: str
    label: str
    clauses: tuple[str, ...]
    says: str
    count: Pick | None
    cases: CaseQuery | None
    sum: tuple[str, ...]
    of: Pick | str | None
    by: str | None
    by_field: Field | None
    per: str | None
    date: str | None
    within: str | None
    against: str | None
    zeros: tuple[str, ...]
    rise: Rise | None
    chain: tuple[str, ...]
    when: Test | None


@dataclass(frozen=True, slots=True)
class Rise:
    """A note to somebody when a month reaches `factor` times the month before, and at least `least`. `field`: where the entry sets it."""

    factor: int
    field: str | None
    least: int
    to: str


@dataclass(frozen=True, slots=True)
class CaseQuery:
    """Cases a figure counts: those linked by a field of the entry and of what hangs under it, or all that are about a field's categories."""

    linked: str | None = None
    about: str | None = None
    where: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Follow:
    """What a verb brings with it: an entry of another register under this one or one above."""

    on: tuple[str, ...]
    when: Test | None
    register: str
    fields: Mapping[str, Any]
    clauses: tuple[str, ...]
    says: str


@dataclass(frozen=True, slots=True)
class Tell:
    """Whom a verb is told: `to` is a role at a place, seen from the entry."""

    on: tuple[str, ...]
    when: Test | None
    to: tuple[str, ...]
    clauses: tuple[str, ...]
    says: str


@dataclass(frozen=True, slots=True)
class Hidden:
    """The units in `fields` do not find the entry before the day in `until`."""

    fields: tuple[str, ...]
    until: str
    when: Test | None


@dataclass(slots=True, kw_only=True, eq=False)
class Body:
    """The parts of a register that are compiled once all registers of the file are known."""

    above: tuple[str, ...] = ()  # labels of the registers it hangs under
    enter: tuple[Who, ...] = ()
    change: tuple[Who, ...] = ()
    steps: tuple[Step, ...] = ()
    gates: tuple[Gate, ...] = ()
    dues: tuple[DueRule, ...] = ()
    figures: tuple[Figure, ...] = ()
    follows: tuple[Follow, ...] = ()
    hidden: tuple[Hidden, ...] = ()
    tells: tuple[Tell, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Register(Rule):
    """One register. `under`: the registers whose entries its own hang under; none: it stands alone. `proposes`: categories field of a line to
    which a case may be proposed, while the register's entry runs from one day to another."""

    label: str
    fields: Mapping[str, Field]
    under: tuple[str, ...] = ()
    alone: bool = False  # may also stand alone, though it can hang under another
    shown: tuple[str, ...] = ()
    shares: tuple[str, ...] = ()  # fields whose units and officers see the entry
    opens: tuple[str, ...] = ()  # ... see the entry above, and all that hangs under it
    seen: str = "unit"
    belongs: str = "actor"  # whose entry it is: of the unit that enters it, or of the unit of the entry above
    states: Mapping[str, str] = field(default_factory=dict)
    proposes: Mapping[str, Any] | None = None
    hotspots: Mapping[str, Any] | None = None  # entries that begin from a category with many cases
    body: Body = field(default_factory=Body)

    @property
    def first(self) -> str:
        """The state of a new entry."""
        return next(iter(self.states))

    @property
    def at_top(self) -> bool:
        """May an entry stand alone?"""
        return self.alone or not self.under

    def step(self, name: str) -> Step | None:
        return next((s for s in self.body.steps if s.name == name), None)


# -- entries


@dataclass(slots=True)
class Item:
    """One entry as it stands. `unit`: whose entry it is; `day`: from which day it counts; `values`: fields that are set."""

    id: int
    register: str
    unit: str
    day: date
    state: str
    values: dict[str, Any]
    parent: int | None = None
    annulled: bool = False
    version: int = 1

    def get(self, name: str) -> Any:
        return self.values.get(name)


@dataclass(frozen=True, slots=True)
class CaseFacts:
    """A case as figures see it. `key` tells one from another; `day`: when it was registered."""

    key: Any
    day: date | None
    facts: Mapping[str, Any] = field(default_factory=dict)

    def get(self, name: str) -> Any:
        return self.facts.get(name)


class Cases(Protocol):
    """What a book may ask about cases."""

    def linked(self, keys: Iterable[Any]) -> list[CaseFacts]:
        """Those of these cases that may be counted."""
        ...

    def about(self, unit: str, categories: Iterable[str], where: Mapping[str, Any], first: date, last: date) -> int:
        """How many cases of the unit and those below it, of these categories, were registered from the one day to the other."""
        ...


class NoCases:
    """A book without cases."""

    def linked(self, keys: Iterable[Any]) -> list[CaseFacts]:
        return []

    def about(self, unit: str, categories: Iterable[str], where: Mapping[str, Any], first: date, last: date) -> int:
        return 0


class Book:
    """Entries by id, with what hangs under each. Annulled entries are kept, and count nowhere."""

    def __init__(self, items: Iterable[Item] = (), cases: Cases | None = None) -> None:
        self.items: dict[int, Item] = {}
        self.under: dict[int, list[int]] = {}
        self.cases: Cases = cases or NoCases()
        for item in items:
            self.add(item)

    def add(self, item: Item) -> None:
        if item.id not in self.items and item.parent is not None:
            self.under.setdefault(item.parent, []).append(item.id)
        self.items[item.id] = item

    def children(self, item: Item, register: str, *, deep: bool = False) -> Iterator[Item]:
        """Entries of a register under this one, in the order in which they were entered; `deep`: at any depth."""
        for id in self.under.get(item.id, ()):
            child = self.items[id]
            if child.annulled:
                continue
            if child.register == register:
                yield child
            if deep:
                yield from self.children(child, register, deep=True)

    def all_under(self, item: Item) -> Iterator[Item]:
        """The entry and all that hangs under it."""
        yield item
        for id in self.under.get(item.id, ()):
            if not self.items[id].annulled:
                yield from self.all_under(self.items[id])

    def above(self, item: Item) -> Iterator[Item]:
        """Entries above, the nearest first."""
        at = item.parent
        while at is not None and at in self.items:
            yield self.items[at]
            at = self.items[at].parent

    def of(self, register: str) -> Iterator[Item]:
        return (i for i in self.items.values() if i.register == register and not i.annulled)


def as_day(value: Any) -> date | None:
    """The day of a date or moment; none of anything else."""
    if isinstance(value, datetime):
        return value.date()
    return value if isinstance(value, date) else None


def end_of(day: date) -> datetime:
    """The last second of a day, for what is asked about the whole of it."""
    return datetime.combine(day, time(23, 59, 59))
