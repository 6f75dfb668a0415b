"""Pieces that entries of rules files share: lists, choices, lengths, names of facts and events, read strictly.

What does not fit raises RuleError through `b.fail`, naming file, entry and key.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, time
from decimal import Decimal, InvalidOperation
from typing import Any

from huiyin.core.conditions import Builder, Condition
from huiyin.core.counting import MONTH_UNITS
from huiyin.core.patterns import OR, Patterns
from huiyin.core.rules import Length

SCOPES = ("case", "round", "hop")


def listed(raw: Any) -> tuple[Any, ...]:
    return tuple(raw) if isinstance(raw, list) else (raw,)


def condition(raw: Mapping[str, Any], key: str, b: Builder) -> Condition | None:
    return b.condition(raw[key], key) if key in raw else None


def choice(raw: Mapping[str, Any], key: str, known: tuple[str, ...], default: str | None, b: Builder) -> Any:
    value = raw.get(key, default)
    if value is not None and value not in known:
        raise b.fail(f"{value!r} is not known; known: {', '.join(known)}", key)
    return value


def roles(raw: Mapping[str, Any], key: str, b: Builder) -> tuple[str, ...]:
    return tuple(b.role(r, key) for r in listed(raw.get(key, [])))


def approvers(raw: Mapping[str, Any], key: str, b: Builder) -> tuple[str, ...]:
    """All of them; a list inside the list means that any one of these will do."""
    return tuple(OR.join(b.role(r, key) for r in listed(one)) for one in listed(raw.get(key, [])))


def flag(raw: Mapping[str, Any], key: str, default: bool, b: Builder) -> bool:
    value = raw.get(key, default)
    if not isinstance(value, bool):
        raise b.fail("true or false is expected", key)
    return value


def length(raw: Any, key: str, b: Builder) -> Length:
    if isinstance(raw, Mapping) and len(raw) == 1:
        (kind, value), *_ = raw.items()
        if kind == "fact":
            return Length(fact=fact_name(value, key, b))
        if kind == "setting":
            name = text(value, key, b)
            b.asks.question(b.names, f"setting:{name}", {"world": "setting", "name": name})
            return Length(setting=name)
        if kind == "same_as":
            return Length(same_as=text(value, key, b))
        if kind == "limit":
            return Length(limit=str(value))
        if kind == "end_of":
            if value not in MONTH_UNITS:
                raise b.fail(f"{value!r} is not known; known: {', '.join(MONTH_UNITS)}", key)
            return Length(end_of=value)
    return Length(period=b.period(raw, key))


def fact_name(name: Any, key: str, b: Builder) -> str:
    known = b.vocabulary.case_facts.keys() | {f for e in b.vocabulary.events.values() for f in e.facts}
    if name not in known:
        raise b.fail(f"unknown fact {name!r}", key)
    return str(name)


def facts_of(names: frozenset[str], facts: tuple[str, ...], key: str, b: Builder) -> tuple[str, ...]:
    for fact in facts:
        if "." in fact:
            if b.vocabulary.party_fact(fact) is None:
                raise b.fail(f"unknown fact of a party {fact!r}", key)
        elif not any(b.vocabulary.fact_type(n, fact) for n in names):
            raise b.fail(f"unknown fact {fact!r} of {', '.join(sorted(names))}", key)
    return facts


def event_set(raw: Mapping[str, Any], key: str, b: Builder) -> frozenset[str]:
    names = frozenset(listed(raw[key]))
    for name in names:
        if name not in b.vocabulary.events:
            raise b.fail(f"unknown event {name!r}", key)
    return names


def only(raw: Mapping[str, Any], known: set[str], key: str, b: Builder) -> None:
    if not isinstance(raw, Mapping):
        raise b.fail(f"a table is expected, not {raw!r}", key)
    unknown = set(raw) - known
    if unknown:
        raise b.fail(f"unknown key {', '.join(sorted(unknown))}; known: {', '.join(sorted(known))}", key)


def text(raw: Any, key: str, b: Builder) -> str:
    if not isinstance(raw, str) or not raw.strip():
        raise b.fail("a text is expected", key)
    return raw


def texts(raw: Mapping[str, Any], key: str, b: Builder) -> tuple[str, ...]:
    return tuple(text(t, key, b) for t in listed(raw.get(key, [])))


def any_fact(name: Any, key: str, b: Builder) -> str:
    """A fact of the case, of an event, or role.name."""
    if isinstance(name, str) and "." in name:
        if b.vocabulary.party_fact(name) is None:
            raise b.fail(f"unknown fact of a party {name!r}", key)
        return name
    return fact_name(name, key, b)


def named_people(raw: Mapping[str, Any], key: str, of: Mapping[str, Any], b: Builder) -> tuple[str, ...]:
    """Facts that name officers, of each of the events in `of`."""
    names = listed(raw.get(key, []))
    if names and set(of) != {"event"}:
        raise b.fail("goes with `of.event` alone: the people whom those events name", key)
    for event in listed(of.get("event", [])) if names else ():
        for name in names:
            fact = b.vocabulary.events[event].facts.get(name)
            if fact is None or fact.type not in ("officer", "officers"):
                raise b.fail(f"{name!r} of {event} names no officers", key)
    return names


def names_among(raw: Any, known: tuple[str, ...], key: str, b: Builder) -> tuple[str, ...]:
    return tuple(choice({key: n}, key, known, None, b) for n in listed(raw))


def time_of_day(raw: Any, key: str, b: Builder) -> time:
    try:
        return time.max if raw == "24:00" else time.fromisoformat(raw)
    except (TypeError, ValueError) as error:
        raise b.fail(f'a time is written "10:00", not {raw!r}', key) from error


def day_of_year(raw: Any, key: str, b: Builder) -> tuple[int, int]:
    try:
        day = date.fromisoformat(f"2000-{raw}")
    except (TypeError, ValueError) as error:
        raise b.fail(f'a day of the year is written "06-10", not {raw!r}', key) from error
    return day.month, day.day


def patterns_of(raw: Mapping[str, Any], key: str, b: Builder) -> Patterns | None:
    return b.patterns(raw[key], key) if key in raw else None


def whole(value: Any, key: str, b: Builder) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise b.fail(f"a whole number from 1 is expected, not {value!r}", key)
    return value


def addressees(raw: Mapping[str, Any], key: str, b: Builder) -> tuple[str, ...]:
    """Outside roles, places, or role@place; `public` too."""
    terms = listed(raw.get(key, []))
    for term in terms:
        b._address(b.names, term, key)
    return terms


def decimal(raw: Any, key: str, b: Builder) -> Decimal | None:
    """Yuan or a rate, as a string: a float has no exact value."""
    if raw is None:
        return None
    try:
        if isinstance(raw, str) and (value := Decimal(raw)).is_finite() and value >= 0:
            return value
    except InvalidOperation:
        pass
    raise b.fail(f'a decimal number in quotes is expected: "10000.00", not {raw!r}', key)
