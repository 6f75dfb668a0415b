"""Reading `[[register]]`: fields and states at once, what refers to other registers when all of the file are known. Strict, like all rules."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any

from huiyin.core import pieces, rules
from huiyin.core.building import as_list
from huiyin.core.conditions import Builder
from huiyin.core.counting import UNITS
from huiyin.core.register_terms import Terms
from huiyin.core.registers import (
    ENTER,
    LISTS,
    TYPES,
    VERBS,
    Ask,
    Body,
    CaseQuery,
    DueRule,
    Field,
    Figure,
    Follow,
    Gate,
    Hidden,
    Pick,
    Register,
    Rise,
    Step,
    Tell,
    as_day,
)
from huiyin.core.vocabulary import Vocabulary
from huiyin.core.workdays import Period

KEYS = {
    "label", "under", "shown", "shares", "opens", "seen", "belongs", "enter", "change", "states",
    "field", "step", "gate", "due", "figure", "follow", "hidden",
    "proposes", "hotspots", "alone", "notice",
}  # fmt: skip
PARTS: dict[str, set[str]] = {
    "field": {"name", "label", "type", "required", "options", "of", "personal", "help", "default"},
    "step": {"name", "label", "from", "to", "by", "needs", "fields", "clause", "says"},
    "gate": {"on", "when", "holds", "names", "hint", "clause", "says"},
    "due": {"name", "on", "before", "from", "within", "per", "when", "met", "owed_by", "clause", "says"},
    "figure": {
        "name", "label", "count", "cases", "sum", "of", "by", "per", "date", "within", "against", "zeros", "rise", "chain", "when", "clause", "says",
    },
    "follow": {"on", "when", "then", "clause", "says"},
    "hidden": {"fields", "until", "when"},
    "notice": {"on", "when", "to", "clause", "says"},
}  # fmt: skip
SEEN = ("unit", "parent")
BELONGS = ("actor", "parent")


def register(raw: dict[str, Any], b: Builder, common: dict[str, Any]) -> rules.Entry:
    """One register with its fields. What it says of others is compiled by `link`."""
    if not raw.get("name") or "when" in raw:
        raise b.fail("a register has a name, and no condition", "name")
    for part, keys in PARTS.items():
        for one in pieces.listed(raw.get(part, [])):
            if not isinstance(one, Mapping) or (unknown := set(one) - keys):
                raise b.fail(
                    f"unknown key {unknown if isinstance(one, Mapping) else one!r}; known: {', '.join(sorted(keys))}",
                    part,
                )
    fields = {f.name: f for f in (_field(r, b) for r in pieces.listed(raw["field"]))}
    if len(fields) != len(raw["field"]):
        raise b.fail("two fields have one name", "field")
    states = raw.get("states", {"open": "有效"})
    if not isinstance(states, Mapping) or not states:
        raise b.fail('states are a table of names and labels: { draft = "拟定" }', "states")
    return Register(
        **common, label=str(raw["label"]), fields=fields, under=pieces.listed(raw.get("under", [])), alone=pieces.flag(raw, "alone", False, b),
        shown=_named(raw, "shown", fields, b),
        shares=_named(raw, "shares", fields, b), opens=_named(raw, "opens", fields, b), seen=pieces.choice(raw, "seen", SEEN, "unit", b),
        belongs=pieces.choice(raw, "belongs", BELONGS, "actor", b),
        states=dict(states), proposes=raw.get("proposes"), hotspots=raw.get("hotspots"),
    )  # fmt: skip


def _named(raw: Mapping[str, Any], key: str, fields: Mapping[str, Field], b: Builder) -> tuple[str, ...]:
    names = pieces.listed(raw.get(key, []))
    for name in names:
        if name not in fields:
            raise b.fail(f"{name!r} is no field; known: {', '.join(fields)}", key)
    return names


def _field(raw: Mapping[str, Any], b: Builder) -> Field:
    kind = pieces.choice(raw, "type", tuple(TYPES), "text", b)
    options = raw.get("options", {})
    if isinstance(options, list):
        options = {o: o for o in options}
    if (kind in ("choice", "choices")) != bool(options) or not isinstance(options, Mapping):
        raise b.fail("a choice has options, nothing else has", "field")
    if raw.get("personal") and kind not in ("text", "long"):
        raise b.fail("only text can be personal", "field")
    return Field(
        str(raw["name"]), str(raw["label"]), kind, pieces.flag(raw, "required", False, b), dict(options), pieces.listed(raw.get("of", [])),
        pieces.flag(raw, "personal", False, b), str(raw.get("help", "")), raw.get("default"),
    )  # fmt: skip


def link(found: Iterable[Register], vocabulary: Vocabulary, settings: Mapping[str, Any]) -> None:
    """Compile what the registers of one file say of each other; `settings`: those of the file, with their defaults. Raises RuleError."""
    registers: dict[str, Register] = {}
    for one in found:
        if one.name in registers:
            raise Terms(one, registers, vocabulary, "").fail("two registers have one name", "name")
        registers[one.name] = one
    for own in registers.values():
        for name in (*own.under, *(n for f in own.fields.values() for n in f.of)):
            Terms(own, registers, vocabulary, "").register(name, "under")
        _Linker(own, registers, vocabulary, settings).fill(own.body)


class _Linker:
    def __init__(
        self, own: Register, registers: Mapping[str, Register], vocabulary: Vocabulary, settings: Mapping[str, Any]
    ) -> None:
        self.own, self.registers, self.vocabulary, self.settings = own, registers, vocabulary, settings

    def fill(self, body: Body) -> None:
        raw, own = self.own.raw, self.own
        body.above = tuple(self.registers[name].label for name in own.under)
        body.enter = self.terms("enter").who(raw["enter"], "enter")
        body.change = self.terms("change").who(raw.get("change", raw["enter"]), "change")
        body.steps = tuple(self.each("step", self.step))
        body.gates = tuple(self.each("gate", self.gate))
        body.dues = tuple(self.each("due", self.due))
        body.figures = tuple(self.each("figure", self.figure))
        body.follows = tuple(self.each("follow", self.follow))
        body.hidden = tuple(self.each("hidden", self.hide))
        body.tells = tuple(self.each("notice", self.tell))
        if own.proposes is not None:
            terms = self.terms("proposes")
            terms.only(own.proposes, {"cases", "categories", "since", "until"}, "proposes")
            terms.field(own.proposes["cases"], "proposes", "cases")
            terms.field(own.proposes["categories"], "proposes", "categories")
        if own.hotspots is not None:
            terms = self.terms("hotspots")
            terms.only(own.hotspots, {"cases", "categories", "title", "factor", "least"}, "hotspots")
            terms.field(own.hotspots["cases"], "hotspots", "cases")
            terms.field(own.hotspots["categories"], "hotspots", "categories")
            terms.field(own.hotspots["title"], "hotspots", "text")

    def terms(self, where: str) -> Terms:
        return Terms(self.own, self.registers, self.vocabulary, where)

    def each(self, part: str, make: Callable[[Mapping[str, Any], Terms], Any]) -> list[Any]:
        found = []
        for number, raw in enumerate(pieces.listed(self.own.raw.get(part, [])), 1):
            terms = self.terms(f"{part} {raw.get('name', number)}")
            try:
                found.append(make(raw, terms))
            except KeyError as error:
                raise terms.fail("is missing", str(error.args[0])) from error
        return found

    def clauses(self, raw: Mapping[str, Any]) -> tuple[str, ...]:
        return pieces.listed(raw["clause"]) if "clause" in raw else self.own.clauses

    def says(self, raw: Mapping[str, Any]) -> str:
        return str(raw.get("says", self.own.says))

    def names_of(self, raw: Mapping[str, Any], key: str, terms: Terms) -> tuple[str, ...]:
        return tuple(terms.field(n, key).name for n in as_list(raw.get(key, [])))

    def step(self, raw: Mapping[str, Any], terms: Terms) -> Step:
        states = self.own.states
        start = tuple(as_list(raw.get("from", list(states))))
        for state in (*start, raw["to"]):
            if state not in states:
                raise terms.fail(f"unknown state {state!r}; known: {', '.join(states)}", "to")
        if raw["name"] in VERBS:
            raise terms.fail(f"{raw['name']!r} is a verb of every register", "name")
        by = terms.who(raw.get("by", self.own.raw.get("change", self.own.raw["enter"])), "by")
        return Step(
            str(raw["name"]), str(raw["label"]), start, str(raw["to"]), by, self.names_of(raw, "needs", terms), self.names_of(raw, "fields", terms),
            self.clauses(raw), self.says(raw),
        )  # fmt: skip

    def verbs(self, raw: Any, terms: Terms, *, extra: Iterable[str] = ()) -> tuple[str, ...]:
        known = (*VERBS, *(s["name"] for s in pieces.listed(self.own.raw.get("step", []))), *extra)
        names = tuple(as_list(raw))
        for name in names:
            if name not in known:
                raise terms.fail(f"unknown verb {name!r}; known: {', '.join(known)}", "on")
        return names

    def gate(self, raw: Mapping[str, Any], terms: Terms) -> Gate:
        names = terms.pick(raw["names"], "names") if "names" in raw else None
        return Gate(
            self.verbs(raw["on"], terms), terms.optional(raw, "when"), terms.test(raw["holds"], "holds"), names, self.clauses(raw), self.says(raw),
            bool(raw.get("hint", False)),
        )  # fmt: skip

    def due(self, raw: Mapping[str, Any], terms: Terms) -> DueRule:
        if ("on" in raw) == ("within" in raw):
            raise terms.fail("either `on` (a field of a date), or `from` and `within`", "on")
        on = terms.field(raw["on"], "on", "date", "moment").name if "on" in raw else None
        within, setting = (None, None) if on else self.length(raw["within"], terms)
        per = terms.field(raw["per"], "per", "units").name if "per" in raw else None
        owed_by = str(raw.get("owed_by", "any@each" if per else "any@here"))
        if owed_by.partition("@")[2] != "each":
            terms.who(owed_by, "owed_by")
        return DueRule(
            str(raw["name"]), on, raw.get("before") is True, tuple(self.start(s, terms) for s in as_list(raw.get("from", []))), within, setting,
            self.settings.get(setting or ""), per,
            terms.optional(raw, "when"), terms.test(raw["met"], "met"), owed_by, self.clauses(raw), self.says(raw),
        )  # fmt: skip

    def length(self, raw: Any, terms: Terms) -> tuple[Period | None, str | None]:
        if isinstance(raw, Mapping) and set(raw) == {"setting"}:
            if raw["setting"] not in self.settings:
                raise terms.fail(f"no [[setting]] {raw['setting']!r} in this file", "within")
            return None, str(raw["setting"])
        if (
            not isinstance(raw, Mapping)
            or set(raw) != {"n", "unit"}
            or raw["unit"] not in UNITS
            or not isinstance(raw["n"], int)
        ):
            raise terms.fail('a period is { n = 90, unit = "day" } or { setting = name }', "within")
        return Period(raw["n"], raw["unit"]), None

    def start(self, raw: Any, terms: Terms) -> Callable[[Ask], list[date]]:
        """A field of a date; or { children, where, date }: that field of each of them."""
        if isinstance(raw, str):
            own = terms.field(raw, "from", "date", "moment").name
            return lambda ask: [day] if (day := as_day(ask.item.get(own))) else []
        pick = terms.pick({k: v for k, v in raw.items() if k != "date"}, "from")
        name = (
            terms.of(raw.get("children") or raw.get("register"), "from")
            .field(raw["date"], "from", "date", "moment")
            .name
        )
        return lambda ask: [day for i in pick(ask) if (day := as_day(i.get(name)))]

    def figure(self, raw: Mapping[str, Any], terms: Terms) -> Figure:
        counted = terms.pick(raw["count"], "count") if "count" in raw else None
        cases = self.case_query(raw["cases"], terms) if "cases" in raw else None
        chain = tuple(str(n) for n in as_list(raw.get("chain", [])))
        if sum(x is not None for x in (counted, cases, chain or None)) != 1:
            raise terms.fail("one of count, cases, chain", "count")
        of_what = self.counted_register(raw.get("count", {}), terms)
        by = raw.get("by")
        by_field = of_what.field(by, "by") if by and of_what is not None else None
        rise = self.rise(raw["rise"], terms) if "rise" in raw else None
        if rise and raw.get("per") != "month":
            raise terms.fail('a rise is from month to month: per = "month"', "rise")
        for key in ("within", "against"):
            if key in raw:
                terms.field(raw[key], key, "period")
        if of_what is not None:
            for name in as_list(raw.get("sum", [])):
                of_what.field(name, "sum", "number", "money", *LISTS)
            if "date" in raw:
                of_what.field(raw["date"], "date", "date", "moment")
        return Figure(
            str(raw["name"]), str(raw["label"]), self.clauses(raw), self.says(raw), counted, cases, tuple(as_list(raw.get("sum", []))),
            self.of_what(raw, terms), by, by_field, pieces_choice(raw, "per", ("month", "quarter", "year"), terms), raw.get("date"),
            raw.get("within"), raw.get("against"),
            self.names_of(raw, "zeros", terms), rise,
            chain, terms.optional(raw, "when"),
        )  # fmt: skip

    def counted_register(self, raw: Mapping[str, Any], terms: Terms) -> Terms | None:
        name = raw.get("children") or raw.get("register")
        return terms.of(name, "count") if name else None

    def of_what(self, raw: Mapping[str, Any], terms: Terms) -> Pick | str | None:
        of = raw.get("of")
        if of is None:
            return None
        if isinstance(of, Mapping) and set(of) == {"field"}:
            return terms.field(of["field"], "of", "number", "money").name
        return terms.pick(of, "of")

    def case_query(self, raw: Any, terms: Terms) -> CaseQuery:
        terms.only(raw, {"linked", "about", "where"}, "cases")
        if ("linked" in raw) == ("about" in raw):
            raise terms.fail("either `linked` or `about`", "cases")
        if "about" in raw:
            terms.field(raw["about"], "cases", "categories")
        elif not any(raw["linked"] in r.fields for r in self.registers.values()):
            raise terms.fail(f"no register has a field {raw['linked']!r}", "cases")
        return CaseQuery(raw.get("linked"), raw.get("about"), dict(raw.get("where", {})))

    def rise(self, raw: Mapping[str, Any], terms: Terms) -> Rise:
        terms.only(raw, {"factor", "least", "to"}, "rise")
        terms.who(raw["to"], "rise")
        factor = raw.get("factor", 2)
        named = terms.field(factor["field"], "rise", "number").name if isinstance(factor, Mapping) else None
        return Rise(2 if named else int(factor), named, int(raw.get("least", 1)), str(raw["to"]))

    def follow(self, raw: Mapping[str, Any], terms: Terms) -> Follow:
        then = raw["then"]
        terms.only(then, {"register", "fields"}, "then")
        fields = then.get("fields", {})
        other = terms.of(then["register"], "then")
        for name in fields:
            other.field(name, "then")
        return Follow(
            self.verbs(raw["on"], terms), terms.optional(raw, "when"), then["register"], dict(fields), self.clauses(raw),
            self.says(raw),
        )  # fmt: skip

    def tell(self, raw: Mapping[str, Any], terms: Terms) -> Tell:
        to = tuple(as_list(raw["to"]))
        for term in to:
            terms.who(term, "to")
        return Tell(self.verbs(raw["on"], terms), terms.optional(raw, "when"), to, self.clauses(raw), self.says(raw))

    def hide(self, raw: Mapping[str, Any], terms: Terms) -> Hidden:
        names = tuple(terms.field(n, "fields", "unit", "units").name for n in as_list(raw["fields"]))
        return Hidden(names, terms.field(raw["until"], "until", "date", "moment").name, terms.optional(raw, "when"))


def pieces_choice(raw: Mapping[str, Any], key: str, known: tuple[str, ...], terms: Terms) -> str | None:
    value = raw.get(key)
    if value is not None and value not in known:
        raise terms.fail(f"{value!r} is not known; known: {', '.join(known)}", key)
    return value


__all__ = ["ENTER", "KEYS", "PARTS", "link", "register"]
