"""Comparisons in conditions and patterns: one value of a fact against what a rule says, by the type of the fact."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

from huiyin.core import facts as typed
from huiyin.core.case_terms import limit_end
from huiyin.core.context import Ctx, as_moment
from huiyin.core.model import Sealed
from huiyin.core.vocabulary import FactType, Vocabulary

Check = Callable[[Any, Ctx], bool]
OPERATORS = ("is", "is_not", "in", "has", "leads", "lt", "le", "gt", "ge", "set")
ORDERED = {"lt", "le", "gt", "ge"}


def build(kind: FactType, spec: Any, vocabulary: Vocabulary) -> Check:
    """Check for a where-value: a plain value, a list (any of), or a table of operators, all of which must hold. Raises ValueError."""
    if isinstance(spec, Mapping):
        unknown = [k for k in spec if k not in OPERATORS]
        if unknown or not spec:
            raise ValueError(f"unknown comparison {', '.join(unknown) or '(none)'}; known: {', '.join(OPERATORS)}")
        checks = [operator(kind, name, value, vocabulary) for name, value in spec.items()]
        return checks[0] if len(checks) == 1 else lambda v, c: all(check(v, c) for check in checks)
    return operator(kind, "in" if isinstance(spec, list) else "is", spec, vocabulary)


def operator(kind: FactType, name: str, operand: Any, vocabulary: Vocabulary) -> Check:
    if operand == "set" and name in ("is", "is_not"):
        return _set(name == "is")
    if name == "set":
        if not isinstance(operand, bool):
            raise ValueError("set takes true or false")
        return _set(operand)
    if not kind.plain:
        raise ValueError(f"{kind.name} is {kind.secrecy}: a rule may only ask whether it is set")
    if name == "has":
        return _has(kind, operand)
    if name == "leads":
        return _leads(kind, operand)
    if name in ORDERED:
        return _ordered(kind, name, operand, vocabulary)
    return _equal(kind, name, operand, vocabulary)


def _set(wanted: bool) -> Check:
    return lambda value, ctx: typed.is_set(value) is wanted


def _has(kind: FactType, operand: Any) -> Check:
    """A plain text in which one of these words stands, however it is written out around it (a law cited with its article)."""
    words = operand if isinstance(operand, list) else [operand]
    if kind.type != "text" or not all(isinstance(w, str) and w for w in words):
        raise ValueError("has takes words that a plain text may contain")
    return lambda value, ctx: isinstance(value, str) and any(w in value for w in words)


def _leads(kind: FactType, operand: Any) -> Check:
    """The first of this list is the first of another fact's: the one who answers for it stays, whoever stands beside him. None to compare: holds."""
    if kind.type not in ("officers", "units", "parties") or not (isinstance(operand, Mapping) and "fact" in operand):
        raise ValueError("leads compares the first of a list of officers, units or parties with that of another fact")

    def check(value: Any, ctx: Ctx) -> bool:
        mine, other = typed_list(value), typed_list(named_fact(ctx, operand))
        return not other or mine[:1] == other[:1]

    return check


def _equal(kind: FactType, name: str, operand: Any, vocabulary: Vocabulary) -> Check:
    operands = operand if isinstance(operand, list) else [operand]
    if kind.type in ("unit", "units"):
        return _units(name, operands)
    if kind.type in ("party", "parties"):
        return _parties(name, operands)
    if kind.type in ("officer", "officers") and operands == ["actor"]:
        return lambda value, ctx: (ctx.acting in typed_list(value)) is (name != "is_not")
    if any(isinstance(o, Mapping) for o in operands):
        return _against_fact(name, operands)
    accepted: set[Any] = set()
    for o in operands:
        value = typed.parse(kind, o, vocabulary)
        for v in value if isinstance(value, tuple) else (value,):
            accepted |= vocabulary.wide(kind.values, v)
    frozen = frozenset(accepted)
    if name == "is_not":
        return lambda value, ctx: not _meets(value, frozen)
    return lambda value, ctx: _meets(value, frozen)


def typed_list(value: Any) -> tuple[Any, ...]:
    return value if isinstance(value, tuple) else (value,) if value else ()


def _meets(value: Any, accepted: frozenset[Any]) -> bool:
    if value is None or isinstance(value, Sealed):
        return False
    if isinstance(value, tuple):
        return any(v in accepted for v in value)
    return value in accepted


def _units(name: str, terms: list[Any]) -> Check:
    def check(value: Any, ctx: Ctx) -> bool:
        mine = set(value) if isinstance(value, tuple) else {value} if value else set()
        wanted: set[str] = set()
        for term in terms:
            wanted.update(fact_units(ctx, term) if isinstance(term, Mapping) else ctx.places(term))
        return bool(mine & wanted) is (name != "is_not")

    return check


def fact_units(ctx: Ctx, term: Mapping[str, Any]) -> set[str]:
    value = named_fact(ctx, term)
    return set(value) if isinstance(value, tuple) else {value} if value else set()


def named_fact(ctx: Ctx, term: Mapping[str, Any]) -> Any:
    """{ fact } of the act or the case, { fact, of } of the newest event of that name."""
    return ctx.fact_of(term["fact"], term["of"]) if "of" in term else ctx.fact(term["fact"])


def _parties(name: str, roles: list[str]) -> Check:
    def check(value: Any, ctx: Ctx) -> bool:
        met = value is not None and bool(ctx.view.party_ids(value) & ctx.view.party_ids(tuple(roles)))
        return met is (name != "is_not")

    return check


def _against_fact(name: str, operands: list[Any]) -> Check:
    def check(value: Any, ctx: Ctx) -> bool:
        others: set[Any] = set()
        for operand in operands:
            found = operand_value(ctx, operand)
            others.update(found if isinstance(found, tuple | list) else () if found is None else (found,))
        mine = set(value) if isinstance(value, tuple) else {value} if value is not None else set()
        return bool(mine & others) is (name != "is_not")

    return check


def _ordered(kind: FactType, name: str, operand: Any, vocabulary: Vocabulary) -> Check:
    fixed = operand
    if not isinstance(operand, Mapping) and kind.type in ("date", "moment"):
        fixed = typed.parse_moment(operand)

    def check(value: Any, ctx: Ctx) -> bool:
        other = operand_value(ctx, fixed)
        if isinstance(operand, Mapping) and "limit" in operand and other is None:
            return True  # no such limit runs: there is nothing to be later than
        if isinstance(value, tuple):
            value = len(set(value))  # the same person named twice is one
        if value is None or other is None or isinstance(value, Sealed):
            return False
        return compare(name, value, other)

    return check


def compare(name: str, value: Any, other: Any) -> bool:
    if (
        isinstance(value, date)
        and isinstance(other, date)
        and (isinstance(value, datetime) or isinstance(other, datetime))
    ):
        value, other = as_moment(value), as_moment(other)
    if name == "lt":
        return bool(value < other)
    if name == "le":
        return bool(value <= other)
    if name == "gt":
        return bool(value > other)
    return bool(value >= other)


def operand_value(ctx: Ctx, operand: Any) -> Any:
    """Value of an operand: itself, or another fact, a setting in force, the end of a limit."""
    if not isinstance(operand, Mapping):
        return operand
    if "fact" in operand:
        return named_fact(ctx, operand)
    if "setting" in operand:
        return ctx.ask(f"setting:{operand['setting']}", {"world": "setting", "name": operand["setting"]})
    if "limit" in operand:
        return limit_end(ctx, operand["limit"])
    raise ValueError(f"unknown operand {dict(operand)}")
