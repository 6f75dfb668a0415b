"""What entries of registers owe, and by when: a planned date, a visit every so many days, something each unit of a list has to bring."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from huiyin.core.register_terms import units_at
from huiyin.core.registers import Ask, Book, DueRule, Item, Register, as_day
from huiyin.core.workdays import Calendar, End, Period
from huiyin.core.world import World


@dataclass(frozen=True, slots=True)
class Owed:
    """One thing owed by an entry: `unit` and `role` who owes it, `end` the last day. `met`: it has been done."""

    rule: DueRule
    item: Item
    start: date
    end: End
    role: str
    unit: str
    met: bool

    def late(self, day: date) -> bool:
        """Is it overdue on that day?"""
        return not self.met and self.end.sort_key.date() <= day


def owed(register: Register, item: Item, book: Book, world: World, calendar: Calendar, day: date) -> list[Owed]:
    """Everything the entry owes or has done, in the order of the rules."""
    if item.annulled:
        return []
    found: list[Owed] = []
    for rule in register.body.dues:
        for each in _units(rule, item):
            ask = Ask(book, item, None, day, world, each=each)
            if rule.when is None or rule.when(ask):
                found += _one(rule, ask, calendar)
    return found


def _units(rule: DueRule, item: Item) -> Iterable[str | None]:
    return item.get(rule.per) or () if rule.per else (None,)


def _one(rule: DueRule, ask: Ask, calendar: Calendar) -> list[Owed]:
    start, end = _span(rule, ask, calendar)
    if end is None or start is None:
        return []
    role, _, place = rule.owed_by.partition("@")
    unit = (ask.each or "") if place == "each" else next(iter(sorted(units_at(place, ask))), "")
    return [Owed(rule, ask.item, start, end, role, unit, rule.met(ask))]


def _span(rule: DueRule, ask: Ask, calendar: Calendar) -> tuple[date | None, End | None]:
    if rule.on is not None:
        day = as_day(ask.item.get(rule.on))
        day = day - timedelta(days=1) if day and rule.before else day
        return (ask.item.day, End.at(day)) if day else (None, None)
    start = max((d for days in rule.start for d in days(ask)), default=None)
    length = rule.within or _period(ask.world.setting(rule.setting or "", ask.item.unit, rule.default))
    return (start, calendar.add(start, length)) if start and length else (start, None)


def _period(raw: Any) -> Period | None:
    if isinstance(raw, Mapping):
        return Period(int(raw["n"]), str(raw["unit"]))
    return raw if isinstance(raw, Period) else None
