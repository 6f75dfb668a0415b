"""Conditions and selections of registers, compiled once all registers of a file are known: typed tables checked against their fields."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from typing import Any

from huiyin.core import register_values as values
from huiyin.core.building import as_list
from huiyin.core.errors import RuleError
from huiyin.core.registers import LISTS, Ask, Field, Item, Pick, Register, Test, Who, as_day
from huiyin.core.vocabulary import Vocabulary

OPERATORS = ("is", "is_not", "in", "has", "lt", "le", "gt", "ge", "set")
ORDER: dict[str, Callable[[Any, Any], bool]] = {
    "lt": lambda a, b: bool(a < b), "le": lambda a, b: bool(a <= b), "gt": lambda a, b: bool(a > b), "ge": lambda a, b: bool(a >= b),
}  # fmt: skip
LEAVES = ("field", "state", "children", "each", "parent", "above", "entry", "member", "holds_role", "day", "named_in")
SELECTIONS = ("children", "register")
PLACES = ("here", "up", "down", "parent_unit", "any")


class Terms:
    """Compiles the conditions of one register. `registers`: all of the same file, by name; what it says of others is checked against them."""

    def __init__(self, own: Register, registers: Mapping[str, Register], vocabulary: Vocabulary, where: str) -> None:
        self.own, self.registers, self.vocabulary, self.where = own, registers, vocabulary, where

    def fail(self, message: str, key: str = "") -> RuleError:
        return RuleError(
            message, file=self.own.file, entry=f"[[register]] {self.own.name} {self.where}".strip(), key=key
        )

    def of(self, name: str, key: str) -> Terms:
        """The same for another register."""
        return Terms(self.register(name, key), self.registers, self.vocabulary, f"{self.where} › {name}")

    def register(self, name: Any, key: str) -> Register:
        if name not in self.registers:
            raise self.fail(f"unknown register {name!r}; known: {', '.join(self.registers)}", key)
        return self.registers[name]

    def field(self, name: Any, key: str, *types: str) -> Field:
        found = self.own.fields.get(name)
        if found is None or (types and found.type not in types):
            known = ", ".join(f.name for f in self.own.fields.values() if not types or f.type in types)
            raise self.fail(f"{name!r} is no such field of {self.own.name}; known: {known}", key)
        return found

    def only(self, raw: Mapping[str, Any], allowed: Iterable[str], key: str) -> None:
        unknown = set(raw) - set(allowed)
        if unknown:
            raise self.fail(f"unknown key {', '.join(sorted(unknown))}; known: {', '.join(sorted(allowed))}", key)

    # -- conditions

    def test(self, raw: Any, key: str) -> Test:
        if not isinstance(raw, Mapping) or not raw:
            raise self.fail(f"a condition is a table, not {raw!r}", key)
        for join in ("all", "any", "none"):
            if join in raw:
                self.only(raw, [join], key)
                return _join(join, [self.test(r, key) for r in as_list(raw[join])])
        leaf = next((n for n in LEAVES if n in raw), None)
        if leaf is None:
            raise self.fail(f"unknown condition {dict(raw)!r}; known: all, any, none, {', '.join(LEAVES)}", key)
        found: Test = getattr(self, f"_{leaf}")(dict(raw), key)
        return found

    def optional(self, raw: Mapping[str, Any], key: str) -> Test | None:
        return self.test(raw[key], key) if key in raw else None

    def _field(self, raw: dict[str, Any], key: str) -> Test:
        kind = self.field(raw.pop("field"), key)
        self.only(raw, OPERATORS, key)
        if kind.personal and not (raw == {} or set(raw) == {"set"} or set(raw.values()) == {"set"}):
            raise self.fail(f"{kind.name} is personal: it may only be asked whether it is set", key)
        checks = [self._compare(kind, op, operand, key) for op, operand in (raw or {"set": True}).items()]
        return lambda ask: all(check(ask, ask.item.get(kind.name)) for check in checks)

    def _compare(self, kind: Field, op: str, operand: Any, key: str) -> Callable[[Ask, Any], bool]:
        if op == "set" or operand == "set":
            wanted = operand if op == "set" else op == "is"
            return lambda ask, value: values.is_set(value) is wanted
        if op in ORDER and kind.type in LISTS:
            limit = self._number(operand, key)
            return lambda ask, value: ORDER[op](len(value or ()), limit)
        if op == "has":
            words = as_list(operand)
            return lambda ask, value: isinstance(value, str) and any(str(w) in value for w in words)
        read = self._operand(kind, operand, key)
        if op in ORDER:
            return lambda ask, value: _ordered(op, value, read(ask))
        return lambda ask, value: _same(value, read(ask)) is (op != "is_not")

    def _number(self, raw: Any, key: str) -> int:
        if not isinstance(raw, int) or isinstance(raw, bool):
            raise self.fail(f"a whole number is expected, not {raw!r}", key)
        return raw

    def _operand(self, kind: Field, raw: Any, key: str) -> Callable[[Ask], Any]:
        """What a field is compared with: values, another field, a field of the entry the question began with, the day, who acts."""
        if isinstance(raw, Mapping):
            if set(raw) == {"field"}:
                other = self.field(raw["field"], key).name
                return lambda ask: ask.item.get(other)
            if set(raw) == {"self"}:
                own = str(raw["self"])
                return lambda ask: (ask.outer or ask.item).get(own)
            raise self.fail(f"{raw!r} is neither {{ field }} nor {{ self }}", key)
        if raw == "today" and kind.type in ("date", "moment"):
            return lambda ask: ask.day
        if raw == "actor" and kind.type in ("officer", "officers"):
            return lambda ask: ask.actor.person if ask.actor else None
        if raw in ("here", "each") and kind.type in ("unit", "units"):
            return lambda ask: ask.each if raw == "each" else ask.actor.unit if ask.actor else None
        if raw == "self" and kind.type == "entry":
            return lambda ask: (ask.outer or ask.item).id
        try:
            accepted = tuple(values.one(kind, v) for v in as_list(raw))
        except ValueError as error:
            raise self.fail(str(error), key) from error
        return lambda ask: accepted

    def _state(self, raw: dict[str, Any], key: str) -> Test:
        self.only(raw, ["state"], key)
        names = frozenset(as_list(raw["state"]))
        if unknown := names - set(self.own.states):
            raise self.fail(f"unknown state {', '.join(map(str, unknown))}; known: {', '.join(self.own.states)}", key)
        return lambda ask: ask.item.state in names

    def _children(self, raw: dict[str, Any], key: str) -> Test:
        counts = {op: self._number(raw.pop(op), key) for op in (*ORDER, "is") if op in raw} or {"ge": 1}
        pick = self.pick(raw, key)
        return lambda ask: all(_counted(op, len(pick(ask)), n) for op, n in counts.items())

    def _each(self, raw: dict[str, Any], key: str) -> Test:
        self.only(raw, ["each", "where", "of", "deep", "holds"], key)
        chosen = raw["each"]
        if not isinstance(chosen, Mapping):
            chosen = {"children" if k == "each" else k: v for k, v in raw.items() if k != "holds"}
        inner = self.of(chosen.get("children") or chosen.get("register"), key).test(raw["holds"], key)
        pick = self.pick(chosen, key)
        return lambda ask: all(inner(ask.of(item)) for item in pick(ask))

    def _parent(self, raw: dict[str, Any], key: str) -> Test:
        self.only(raw, ["parent"], key)
        tests = {
            name: self.of(name, key).test(raw["parent"], key)
            for name in self.own.under
            if self._fits(name, raw["parent"])
        }
        if not tests:
            raise self.fail("no register above has these fields", key)

        def test(ask: Ask) -> bool:
            parent = next(ask.book.above(ask.item), None)
            return parent is not None and parent.register in tests and tests[parent.register](ask.of(parent))

        return test

    def _fits(self, name: str, raw: Any) -> bool:
        try:
            self.of(name, "").test(raw, "")
        except RuleError:
            return False
        return True

    def _above(self, raw: dict[str, Any], key: str) -> Test:
        self.only(raw, ["above", "holds"], key)
        inner = self.of(raw["above"], key).test(raw["holds"], key)
        return lambda ask: any(i.register == raw["above"] and inner(ask.of(i)) for i in ask.book.above(ask.item))

    def _entry(self, raw: dict[str, Any], key: str) -> Test:
        """The entry a field points to."""
        self.only(raw, ["entry", "holds"], key)
        kind = self.field(raw["entry"], key, "entry")
        tests = {name: self.of(name, key).test(raw["holds"], key) for name in kind.of}

        def test(ask: Ask) -> bool:
            found = ask.book.items.get(ask.item.get(kind.name) or 0)
            return found is not None and found.register in tests and tests[found.register](ask.of(found))

        return test

    def _member(self, raw: dict[str, Any], key: str) -> Test:
        """Who acts holds a post of that register on the day: as the person of an entry, or by the role and unit it names."""
        pick = self.pick({"children" if k == "member" else k: v for k, v in raw.items()}, key)
        self.of(raw["member"], key).field("person", key, "officer")
        return lambda ask: any(holds_post(item, ask) for item in pick(ask))

    def _holds_role(self, raw: dict[str, Any], key: str) -> Test:
        """The person in a field holds that role at a unit."""
        self.only(raw, ["holds_role", "at", "who"], key)
        who = self.field(raw["who"], key, "officer").name
        at = self.field(raw["at"], key, "unit").name if raw.get("at", "here") != "here" else None
        if raw["holds_role"] not in self.vocabulary.roles:
            raise self.fail(f"unknown role {raw['holds_role']!r}", key)

        def test(ask: Ask) -> bool:
            unit = ask.item.get(at) if at else ask.item.unit
            return bool(unit) and ask.item.get(who) in ask.world.people(raw["holds_role"], str(unit))

        return test

    def _named_in(self, raw: dict[str, Any], key: str) -> Test:
        """The entry is one of those that a field of the entry the question began with names."""
        self.only(raw, ["named_in"], key)
        name = str(raw["named_in"])

        def test(ask: Ask) -> bool:
            value = (ask.outer or ask.item).get(name)
            return ask.item.id in (value if isinstance(value, tuple) else (value,))

        return test

    def _day(self, raw: dict[str, Any], key: str) -> Test:
        """The day on which it is asked, against a field of a date."""
        self.only(raw, ["day", *ORDER], key)
        if raw["day"] != "today" or len(raw) != 2:
            raise self.fail('write { day = "today", ge = { field = … } }', key)
        op, operand = next((k, v) for k, v in raw.items() if k != "day")
        read = self._operand(Field("day", "", "date"), operand, key)
        return lambda ask: _ordered(op, ask.day, read(ask))

    # -- selections

    def pick(self, raw: Mapping[str, Any], key: str) -> Pick:
        """{ children = register, where, deep, of } under the entry or one above it; { register } all of the entry's unit and those below."""
        name = next((n for n in SELECTIONS if n in raw), None)
        if name is None:
            raise self.fail(f"a selection is {{ children = … }} or {{ register = … }}, not {dict(raw)!r}", key)
        self.only(raw, [name, "where", *(("deep", "of") if name == "children" else ())], key)
        wanted, deep, of = raw[name], raw.get("deep") is True, raw.get("of")
        inner = self.of(wanted, key).test(raw["where"], key) if "where" in raw else None
        if of is not None:
            self.register(of, key)

        def pick(ask: Ask) -> list[Item]:
            if name == "register":
                units = {ask.item.unit, *ask.world.tree.below(ask.item.unit)}
                found = [i for i in ask.book.of(wanted) if i.unit in units]
            else:
                top = ask.item if of is None else next((i for i in ask.book.above(ask.item) if i.register == of), None)
                found = list(ask.book.children(top, wanted, deep=deep)) if top is not None else []
            return [i for i in found if inner is None or inner(ask.of(i))]

        return pick

    # -- who

    def who(self, raw: Any, key: str) -> tuple[Who, ...]:
        return tuple(self._who(r, key) for r in as_list(raw))

    def _who(self, raw: Any, key: str) -> Who:
        if isinstance(raw, Mapping):
            return Who("", self.test(raw, key))
        if raw == "system":  # nobody else: what a rule enters by itself
            return Who("system")
        role, at, place = str(raw).partition("@")
        kind, _, rest = place.partition(":")
        known = place in PLACES or (kind == "function" and rest in self.vocabulary.functions)
        if kind == "field":
            self.field(rest, key, "unit", "units")
            known = True
        if not at or role not in self.vocabulary.roles or not known:
            raise self.fail(f"{raw!r} is no role@place; places: {', '.join(PLACES)}, field:…, function:…", key)
        return Who(str(raw))


# -- asking


def may(who: Iterable[Who], ask: Ask) -> bool:
    """Is the one who acts among these? The system is."""
    actor = ask.actor
    return actor is None or actor.role == "system" or any(_is(one, ask) for one in who)


def _is(one: Who, ask: Ask) -> bool:
    if one.test is not None:
        return one.test(ask)
    role, _, place = one.term.partition("@")
    actor = ask.actor
    if not place:
        return False
    return actor is not None and role in ("any", actor.role) and actor.unit in units_at(place, ask)


def units_at(place: str, ask: Ask) -> set[str]:
    """The units a place of a register stands for, seen from the entry."""
    own, tree = ask.item.unit, ask.world.tree
    kind, _, rest = place.partition(":")
    if kind == "field":
        return set(as_list(list(v) if isinstance(v, tuple) else v)) if (v := ask.item.get(rest)) else set()
    if kind == "function":
        return {found} if (found := tree.nearest_with(rest, own)) else set()
    parent = next(ask.book.above(ask.item), None)
    return {
        "here": {own}, "up": {own, *tree.above(own)}, "down": {own, *tree.below(own)}, "parent_unit": {parent.unit} if parent else set(),
        "any": {ask.actor.unit} if ask.actor and ask.actor.unit else set(),
    }[place]  # fmt: skip


def holds_post(item: Item, ask: Ask) -> bool:
    """Does who acts hold the post that this entry tells of, on the day? By person, or by the role and unit the entry names."""
    actor, since, until = ask.actor, as_day(item.get("since")), as_day(item.get("until"))
    if actor is None or (since and ask.day < since) or (until and ask.day > until):
        return False
    if item.get("person"):
        return bool(item.get("person") == actor.person)
    return bool(item.get("role") and item.get("role") == actor.role and item.get("unit") == actor.unit)


def _join(join: str, tests: list[Test]) -> Test:
    if join == "all":
        return lambda ask: all(t(ask) for t in tests)
    if join == "any":
        return lambda ask: any(t(ask) for t in tests)
    return lambda ask: not any(t(ask) for t in tests)


def _counted(op: str, number: int, wanted: int) -> bool:
    return number == wanted if op == "is" else ORDER[op](number, wanted)


def _same(value: Any, accepted: Any) -> bool:
    mine = set(value) if isinstance(value, tuple) else {value} if values.is_set(value) else set()
    theirs = set(accepted) if isinstance(accepted, tuple) else {accepted}
    return bool(mine & theirs)


def _ordered(op: str, value: Any, limit: Any) -> bool:
    if isinstance(limit, tuple):
        limit = limit[0] if limit else None
    if value is None or limit is None:
        return False
    if isinstance(value, datetime) is not isinstance(limit, datetime) and isinstance(limit, date):
        value, limit = as_day(value), as_day(limit)
    return ORDER[op](value, limit)
