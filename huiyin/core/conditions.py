"""Conditions and patterns of rules files: typed tables, checked against the vocabulary when loaded, compiled to plain functions.

Nothing is evaluated from text. `Builder` knows the entry it works for, so that every error names file, entry and key; it also notes which
relative places and questions to the world a rule will need at which events, so that they are asked when those events are decided.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from huiyin.core import comparisons
from huiyin.core.building import Asks, PatternBuilder, as_list
from huiyin.core.case_terms import date_of_event, has_function, in_scope, last_day, newest_event, noon, red_line
from huiyin.core.context import Ctx, as_date, as_moment
from huiyin.core.vocabulary import FactType, Vocabulary
from huiyin.core.workdays import Period

Test = Callable[[Ctx], bool]
SHORT = ("kind", "channel", "source", "complexity")


@dataclass(frozen=True, slots=True)
class Condition:
    """A compiled condition. `facts` are the facts it reads from the event being decided: before a form is filled they are unknown."""

    test: Test
    raw: Any
    facts: frozenset[str] = frozenset()

    def __call__(self, ctx: Ctx) -> bool:
        return self.test(ctx)


class Builder(PatternBuilder):
    """Compiles the patterns and conditions of one entry."""

    def __init__(self, vocabulary: Vocabulary, asks: Asks, file: str, entry: str, names: Iterable[str] = ()) -> None:
        super().__init__(vocabulary, asks, file, entry, names)
        self._reads: set[str] = set()

    # -- conditions

    def condition(self, raw: Any, key: str) -> Condition:
        self._reads = set()
        test = self._condition(raw, key)
        return Condition(test, raw, frozenset(self._reads))

    def _condition(self, raw: Any, key: str) -> Test:
        if not isinstance(raw, Mapping) or not raw:
            raise self.fail(f"a condition is a table, not {raw!r}", key)
        for join in ("all", "any", "none"):
            if join in raw:
                if set(raw) != {join}:
                    raise self.fail(f"`{join}` stands alone in its table", key)
                return _join(join, [self._condition(r, key) for r in as_list(raw[join])])
        for leaf, build in self._leaves().items():
            if leaf in raw:
                return build(dict(raw), key)
        raise self.fail(f"unknown condition {dict(raw)!r}; known: all, any, none, {', '.join(self._leaves())}", key)

    def _leaves(self) -> dict[str, Callable[[dict[str, Any], str], Test]]:
        return {
            "place": self._place, "world": self._world, "fact": self._fact, "marked": self._marked, "seen": self._seen,
            "unseen": self._unseen, "date": self._date, "elapsed": self._elapsed, "consent": self._consent,
            "reason_given": self._reason, "event_has": self._event_has, **dict.fromkeys(SHORT, self._short),
        }  # fmt: skip

    def _only(self, raw: dict[str, Any], allowed: Iterable[str], key: str) -> None:
        unknown = set(raw) - set(allowed)
        if unknown:
            raise self.fail(f"unknown key {', '.join(sorted(unknown))} in condition {raw!r}", key)

    def _fact_type(self, name: str, key: str) -> FactType:
        if "." in name:
            kind = self.vocabulary.party_fact(name)
        else:
            kinds = [self.vocabulary.fact_type(n, name) for n in self.names or [None]]
            kind = next((k for k in kinds if k is not None), None) or self.vocabulary.case_facts.get(name)
            kind = kind or next((e.facts[name] for e in self.vocabulary.events.values() if name in e.facts), None)
        if kind is None:
            raise self.fail(f"unknown fact {name!r}", key)
        if any(name in self.vocabulary.events[n].facts for n in self.names):
            self._reads.add(name)
        return kind

    def _fact(self, raw: dict[str, Any], key: str) -> Test:
        name, of = raw.pop("fact"), raw.pop("of", None)
        kind = self._fact_type(name, key) if of is None else self._fact_of(name, of, key)
        check = self._check(kind, raw or {"set": True}, key)
        for operand in (raw[o] for o in raw):
            if isinstance(operand, Mapping) and "setting" in operand:
                self._setting(operand["setting"])
            for term in as_list(operand):
                if isinstance(term, Mapping) and "of" in term:
                    self._fact_of(term["fact"], term["of"], key)
            if kind.type in ("unit", "units"):
                for term in as_list(operand):
                    if isinstance(term, str) and term != "set":
                        self.place(term, key)
        if of is not None:
            return lambda ctx: check(ctx.fact_of(name, of), ctx)
        return lambda ctx: check(ctx.fact(name), ctx)

    def _fact_of(self, name: str, event: Any, key: str) -> FactType:
        """Type of a fact of an earlier event."""
        if event not in self.vocabulary.events or name not in self.vocabulary.events[event].facts:
            raise self.fail(f"unknown fact {name!r} of {event!r}", key)
        return self.vocabulary.events[event].facts[name]

    def _setting(self, name: str) -> None:
        self.asks.question(self.names, f"setting:{name}", {"world": "setting", "name": name})

    def _short(self, raw: dict[str, Any], key: str) -> Test:
        name = next(s for s in SHORT if s in raw)
        self._only(raw, [name], key)
        return self._fact({"fact": name, "in": as_list(raw[name])}, key)

    def _marked(self, raw: dict[str, Any], key: str) -> Test:
        self._only(raw, ["marked"], key)
        names = as_list(raw["marked"])
        known = {**self.vocabulary.values["mark"], **self.vocabulary.values["red_line"]}
        for name in names:
            if name not in known:
                raise self.fail(f"unknown mark {name!r}; known: {', '.join(known)}", key)
        red = [n for n in names if n in self.vocabulary.values["red_line"]]
        plain = [n for n in names if n not in red]

        def test(ctx: Ctx) -> bool:
            if any(ctx.marked(n) for n in plain):
                return True
            return any(red_line(ctx, n) for n in red)

        return test

    def _seen(self, raw: dict[str, Any], key: str) -> Test:
        self._only(raw, ["seen", "scope"], key)
        patterns = self.patterns(raw["seen"], key)
        scope = raw.get("scope", "case")
        if scope not in ("case", "round", "hop"):
            raise self.fail(f"unknown scope {scope!r}; known: case, round, hop", key)
        return lambda ctx: patterns.satisfied(ctx, in_scope(ctx, scope))

    def _unseen(self, raw: dict[str, Any], key: str) -> Test:
        self._only(raw, ["unseen", "scope"], key)
        seen = self._seen({"seen": raw["unseen"], **({"scope": raw["scope"]} if "scope" in raw else {})}, key)
        return lambda ctx: not seen(ctx)

    def _place(self, raw: dict[str, Any], key: str) -> Test:
        self._only(raw, ["place", "is", "is_not", "in"], key)
        given = [k for k in ("is", "is_not", "in") if k in raw]
        if len(given) != 1:
            raise self.fail("a place condition takes one of is, is_not, in", key)
        left, terms = raw["place"], as_list(raw[given[0]])
        if isinstance(left, Mapping):
            self._fact_type(left["fact"], key)
        else:
            self.place(left, key)
        for term in terms:
            self.place(term, key)
        negated = given[0] == "is_not"

        def test(ctx: Ctx) -> bool:
            mine = comparisons.fact_units(ctx, left) if isinstance(left, Mapping) else set(ctx.places(left))
            wanted = {u for t in terms for u in ctx.places(t)}
            functions = [t for t in terms if t.startswith("function:")]
            met = bool(mine & wanted) or any(has_function(ctx, u, t[9:]) for u in mine for t in functions)
            return not met if negated else met

        return test

    def _world(self, raw: dict[str, Any], key: str) -> Test:
        name = raw.pop("world")
        if name not in self.vocabulary.world:
            raise self.fail(f"unknown question {name!r}; known: {', '.join(self.vocabulary.world)}", key)
        compare = {k: raw.pop(k) for k in comparisons.OPERATORS if k in raw}
        question = key_of(name, raw)
        args = {"world": name, **raw}
        self.asks.question(self.names, question, args)
        for arg in ("unit", "area", "below"):
            if isinstance(raw.get(arg), Mapping):
                self._fact_type(raw[arg]["fact"], key)
            elif arg != "area" and arg in raw:
                self.place(raw[arg], key)
        for arg in (
            "officer",
            "of",
            "at",
            "subject",
            "channel",
        ):  # a fact of the form may stand there: not known before it is filled in
            if isinstance(raw.get(arg), str) and any(raw[arg] in self.vocabulary.events[n].facts for n in self.names):
                self._reads.add(raw[arg])
        check = self._answer_check(name, compare, key)
        return lambda ctx: check(ctx.ask(question, args, override=name), ctx)

    def _answer_check(self, name: str, compare: dict[str, Any], key: str) -> comparisons.Check:
        answer = str(self.vocabulary.world[name]["answer"])
        if not compare:
            return lambda value, ctx: bool(value)
        if set(compare) <= {"is", "set"} and next(iter(compare.values())) in ("set", True, False) and answer != "bool":
            wanted = next(iter(compare.values())) is not False
            return lambda value, ctx: (value not in (None, "", (), [])) is wanted
        kind = FactType(name, {"any": "text", "bool": "bool"}.get(answer, answer), None, "plain", False, name)
        return self._check(kind, compare, key)

    def _date(self, raw: dict[str, Any], key: str) -> Test:
        self._only(raw, ["date", "before", "after"], key)
        left = self._when(raw["date"], key)
        checks = [(k, self._when(raw[k], key)) for k in ("before", "after") if k in raw]
        if not checks:
            raise self.fail("a date condition takes before or after", key)

        def test(ctx: Ctx) -> bool:
            mine = left(ctx)
            for name, other in checks:
                theirs = other(ctx)
                if mine is None or theirs is None or not (mine < theirs if name == "before" else mine > theirs):
                    return False
            return True

        return test

    def _when(self, raw: Any, key: str) -> Callable[[Ctx], date | None]:
        """A local date: given, of a fact, or of the newest event of that name (the one being decided included)."""
        if isinstance(raw, date):
            fixed = as_date(raw)
            return lambda ctx: fixed
        if isinstance(raw, str) and raw in self.vocabulary.events:
            return lambda ctx: date_of_event(ctx, raw)
        if isinstance(raw, str):
            self._fact_type(raw, key)
            return lambda ctx: as_date(ctx.fact(raw))
        if isinstance(raw, Mapping) and set(raw) == {"fact", "of"}:
            fact, of = str(raw["fact"]), str(raw["of"])
            self._fact_of(fact, of, key)
            return lambda ctx: as_date(ctx.fact_of(fact, of))
        if isinstance(raw, Mapping) and set(raw) == {"limit"}:
            limit = str(raw["limit"])
            return lambda ctx: last_day(ctx, limit)
        raise self.fail(f"a fact, event name, date or limit is expected, not {raw!r}", key)

    def _elapsed(self, raw: dict[str, Any], key: str) -> Test:
        self._only(raw, ["elapsed"], key)
        spec = raw["elapsed"]
        self._only(dict(spec), ["from_fact", "from", "to_fact", "to", "over", "roll"], key)
        roll = spec.get("roll", "none")
        if roll not in self.vocabulary.raw["roll"]:
            raise self.fail(f"unknown roll {roll!r}; known: {', '.join(self.vocabulary.raw['roll'])}", key)
        marks = [spec.get("from_fact") or spec.get("from"), spec.get("to_fact") or spec.get("to")]
        days = [self._when(mark, key) for mark in marks]
        over = self.length(spec["over"], key)

        def test(ctx: Ctx) -> bool:
            period = over(ctx)
            clock = period is not None and period.unit in CLOCK
            begun, ended = (
                (self._moment(m, ctx) if clock else None) or d(ctx) for m, d in zip(marks, days, strict=True)
            )
            if begun is None or ended is None or period is None or ctx.calendar is None:
                return False
            return bool(ctx.calendar.add(begun, period, roll=roll).is_late(as_moment(ended) if clock else noon(ended)))

        return test

    def _moment(self, raw: Any, ctx: Ctx) -> datetime | None:
        """The moment of an event, or of a fact that holds one: what hours and minutes are counted by."""
        if not isinstance(raw, str):
            return None
        if raw in self.vocabulary.events:
            event = newest_event(ctx, raw)
            return None if event is None else event.occurred
        value = ctx.fact(raw)
        return value if isinstance(value, datetime) else None

    def length(self, raw: Any, key: str) -> Callable[[Ctx], Period | None]:
        """A period given, or from a setting or a fact."""
        if isinstance(raw, Mapping) and set(raw) == {"fact"}:
            fact = raw["fact"]
            if self._fact_type(fact, key).type != "period":
                raise self.fail(f"{fact!r} is not a period", key)

            def read(ctx: Ctx) -> Period | None:
                value = ctx.fact(fact)
                return value if isinstance(value, Period) else None

            return read
        if isinstance(raw, Mapping) and set(raw) == {"setting"}:
            name = raw["setting"]
            self._setting(name)

            def ask(ctx: Ctx) -> Period | None:
                value = ctx.ask(f"setting:{name}", {"world": "setting", "name": name}, override=name)
                return Period(value["n"], value["unit"]) if isinstance(value, Mapping) else None

            return ask
        period = self.period(raw, key)
        return lambda ctx: period

    def period(self, raw: Any, key: str) -> Period:
        if not isinstance(raw, Mapping) or set(raw) != {"n", "unit"} or not isinstance(raw["n"], int):
            raise self.fail(f'a period is {{ n = 5, unit = "working_day" }}, not {raw!r}', key)
        if raw["unit"] not in self.vocabulary.units_of_time:
            raise self.fail(
                f"unknown unit of time {raw['unit']!r}; known: {', '.join(self.vocabulary.units_of_time)}", key
            )
        return Period(raw["n"], raw["unit"])

    def _consent(self, raw: dict[str, Any], key: str) -> Test:
        self._only(raw, ["consent", "from"], key)
        scope = raw["consent"]
        if scope not in self.vocabulary.values["consent_scope"]:
            raise self.fail(f"unknown consent scope {scope!r}", key)
        given = raw.get("from", "complainant")
        if isinstance(
            given, Mapping
        ):  # the parties that the event names: one unknown to the case has consented to nothing
            fact = str(given["fact"])
            if set(given) != {"fact"} or self._fact_type(fact, key).type not in ("party", "parties"):
                raise self.fail(f"a role or {{ fact = ... }} of parties is expected, not {given!r}", key)
        roles = [] if isinstance(given, Mapping) else [r.removeprefix("each:") for r in as_list(given)]

        def test(ctx: Ctx) -> bool:
            ids = [p for r in roles for p in ctx.view.party_ids(r)]
            if isinstance(given, Mapping):
                ids = [p for named in as_list(ctx.fact(fact) or ()) for p in ctx.view.party_ids(named) or (named,)]
            return bool(ids) and all(ctx.view.consent(scope, p, ctx.upto) for p in ids)

        return test

    def _reason(self, raw: dict[str, Any], key: str) -> Test:
        self._only(raw, ["reason_given"], key)
        return self._fact({"fact": "reason", "set": bool(raw["reason_given"])}, key)

    def _event_has(self, raw: dict[str, Any], key: str) -> Test:
        self._only(raw, ["event_has"], key)
        checks = [(k, self._where(self.names, k, v, key)) for k, v in raw["event_has"].items()]
        self._reads.update(k for k, _ in checks)

        def test(ctx: Ctx) -> bool:
            facts = ctx.event.facts if ctx.event else {}
            return all(check(facts.get(k), ctx) for k, check in checks)

        return test


CLOCK = frozenset({"minute", "hour", "hour_excl", "half_day"})


def _join(kind: str, parts: list[Test]) -> Test:
    if kind == "all":
        return lambda ctx: all(p(ctx) for p in parts)
    if kind == "any":
        return lambda ctx: any(p(ctx) for p in parts)
    return lambda ctx: not any(p(ctx) for p in parts)


def key_of(name: str, args: Mapping[str, Any]) -> str:
    """Name under which the answer to a question is kept in `seen`."""
    return name + "".join(f",{k}={_flat(args[k])}" for k in sorted(args))


def _flat(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{" + ",".join(f"{k}={_flat(value[k])}" for k in sorted(value)) + "}"
    return "+".join(map(_flat, value)) if isinstance(value, list) else str(value)
