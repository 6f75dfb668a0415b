"""Pieces that entries of rules files share: lists, choices, lengths, names of facts and events, read strictly."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from huiyin.core.conditions import Builder, Condition
from huiyin.core.counting import MONTH_UNITS
from huiyin.core.patterns import OR
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
            b.asks.question(b.names, f"setting:{value}", {"world": "setting", "name": value})
            return Length(setting=value)
        if kind == "same_as":
            return Length(same_as=value)
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
