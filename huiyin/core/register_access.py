"""Who sees an entry of a register: its unit, those above it, the units and people it names; those who run what it hangs under."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from huiyin.core.register_terms import units_at
from huiyin.core.registers import Ask, Book, Item, Register, as_day
from huiyin.core.world import World

UNIT, PERSON = "unit", "person"
Audience = dict[
    tuple[str, str], date | None
]  # (unit or person, id) -> the first day on which they find it; none: at once


def audience(registers: Mapping[str, Register], item: Item, book: Book, world: World, day: date) -> Audience:
    """Units and people who find the entry. Units above one that finds it find it too; that is asked where somebody looks."""
    register = registers[item.register]
    found: Audience = {}
    for unit, since in _shared(register, item, book, world, day).items():
        _give(found, unit, since)
    _give(found, (UNIT, item.unit), None)
    for acting in _acting(register, Ask(book, item, None, day, world)):
        _give(found, (UNIT, acting), None)
    for above in (item, *book.above(item)):
        if above is not item:
            _give(found, (UNIT, above.unit), None)
        for who in _opened(registers, above, book):
            _give(found, who, None)
    parent = next(book.above(item), None)
    if register.seen == "parent" and parent is not None:
        for who, since in audience(registers, parent, book, world, day).items():
            _give(found, who, since)
    return found


def _acting(register: Register, ask: Ask) -> set[str]:
    """Units that may correct the entry by their function: who is to work on it finds it."""
    places = [one.term.partition("@")[2] for one in register.body.change]
    return {unit for place in places if place.startswith("function:") for unit in units_at(place, ask)}


def _give(found: Audience, who: tuple[str, str], since: date | None) -> None:
    if who not in found or since is None:
        found[who] = since


def _shared(register: Register, item: Item, book: Book, world: World, day: date) -> Audience:
    ask = Ask(book, item, None, day, world)
    later = {
        name: as_day(item.get(rule.until)) or date.max
        for rule in register.body.hidden
        if rule.when is None or rule.when(ask)
        for name in rule.fields
    }
    found: Audience = {}
    for name in register.shares:
        for who in _named(register, item, name):
            _give(found, who, later.get(name))
    return found


def _opened(registers: Mapping[str, Register], item: Item, book: Book) -> list[tuple[str, str]]:
    """Whom the entries under this one let see it with all that hangs under it: the members of its organs."""
    found: list[tuple[str, str]] = []
    for id in book.under.get(item.id, ()):
        child = book.items[id]
        if not child.annulled and child.register in registers:
            register = registers[child.register]
            found += [who for name in register.opens for who in _named(register, child, name)]
    return found


def _named(register: Register, item: Item, name: str) -> list[tuple[str, str]]:
    value, kind = item.get(name), register.fields[name].type
    names = value if isinstance(value, tuple) else (value,) if value else ()
    sort = UNIT if kind in ("unit", "units") else PERSON
    return [(sort, str(one)) for one in names]
