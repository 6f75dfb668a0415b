"""Worked examples of registers: entries made and moved one after the other, then looked at. Played in memory, like those of cases."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any

from huiyin.core import register_acts as acts
from huiyin.core import register_values as values
from huiyin.core.compose import Library
from huiyin.core.model import Refused
from huiyin.core.register_access import PERSON, UNIT, audience
from huiyin.core.register_dues import Owed, owed
from huiyin.core.register_figures import Counted, count
from huiyin.core.register_terms import units_at
from huiyin.core.registers import ENTER, Ask, Book, CaseFacts, Item, Register
from huiyin.core.sample import SampleWorld, sample_actor
from huiyin.core.workdays import Calendar

KEYS = frozenset({
    "clause", "name", "why", "body", "settings", "cases", "acts", "now", "span", "refused", "names", "due", "late", "not_late", "figures", "missing",
    "rose", "state", "sees", "sees_not", "made", "as_of", "version", "chain", "told",
})  # fmt: skip
ACT = frozenset({"register", "do", "of", "label", "under", "unit", "by", "on", "with", "reason", "times"})


def registers_of(body: str, library: Library, on: date) -> dict[str, Register]:
    """The registers of every rule set of a body, in the version in force on that day (the oldest, before any was)."""
    codes = dict.fromkeys(
        c for id, raw in library.procedures.items() if id.startswith(f"{body}/") for c in raw["rule_sets"]
    )
    codes |= dict.fromkeys(library.vocabulary.bodies.get(body, {}).get("rule_sets", ()))
    found: dict[str, Register] = {}
    for code in codes:
        versions = library.sets.get(code, [])
        chosen = ([v for v in versions if v.in_force <= on] or versions[:1])[-1:]
        found |= {e.name: e for rule_set in chosen for e in rule_set.entries if isinstance(e, Register)}
    return found


class ExampleCases:
    """The cases of an example by their labels; a group of `times` cases is written once."""

    def __init__(self, raw: Mapping[str, Any], world: SampleWorld) -> None:
        self.all: dict[str, CaseFacts] = {}
        self.units: dict[str, str] = {}
        self.groups: dict[str, list[str]] = {}
        self.world = world
        for label, spec in raw.items():
            facts = {
                k: tuple(v) if isinstance(v, list) else v for k, v in spec.items() if k not in ("day", "unit", "times")
            }
            for one in _labels(label, spec.get("times")):
                self.all[one] = CaseFacts(one, spec.get("day"), facts)
                self.units[one] = spec.get("unit", world.tree.root or "")
                self.groups.setdefault(label, []).append(one)

    def linked(self, keys: Iterable[Any]) -> list[CaseFacts]:
        return [self.all[k] for k in keys if k in self.all]

    def about(self, unit: str, categories: Iterable[str], where: Mapping[str, Any], first: date, last: date) -> int:
        units, wanted = {unit, *self.world.tree.below(unit)}, set(categories)
        return sum(
            1 for key, case in self.all.items()
            if self.units[key] in units and wanted & set(case.get("category") or ()) and case.day and first <= case.day <= last
            and all(case.get(k) == v for k, v in where.items())
        )  # fmt: skip


def _labels(label: str, times: int | None) -> list[str]:
    return [label] if times is None else [f"{label}#{n}" for n in range(1, times + 1)]


class Play:
    """One example being played."""

    def __init__(self, raw: Mapping[str, Any], library: Library, calendar: Calendar) -> None:
        if unknown := set(raw) - KEYS:
            raise ValueError(
                f"of registers an example cannot say {', '.join(sorted(unknown))}; known: {', '.join(sorted(KEYS))}"
            )
        self.raw, self.library, self.calendar = raw, library, calendar
        self.world = SampleWorld(library.vocabulary, raw["body"], raw.get("settings"))
        self.now: date = raw.get("now") or max((a["on"] for a in raw["acts"]), default=date.max)
        self.registers = registers_of(raw["body"], library, self.now)
        self.cases = ExampleCases(raw.get("cases", {}), self.world)
        self.book = Book((), self.cases)
        self.labels: dict[str, int] = {}
        self.groups: dict[str, list[str]] = {}
        self.made: list[str] = []
        self.told: set[str] = set()
        self.refusal: Refused | None = None
        self.past: list[tuple[date, dict[int, Item]]] = []

    def run(self) -> None:
        for number, spec in enumerate(self.raw["acts"]):
            if unknown := set(spec) - ACT:
                raise ValueError(f"an act cannot say {', '.join(sorted(unknown))}; known: {', '.join(sorted(ACT))}")
            over = self.groups.get(spec["under"], [spec["under"]]) if "under" in spec else [None]
            for under in over:
                for label in _labels(spec.get("label", f"act{number}"), spec.get("times")):
                    try:
                        self._act({**spec, "under": under} if under else spec, label)
                    except Refused as refusal:
                        if number != len(self.raw["acts"]) - 1 or "refused" not in self.raw:
                            raise ValueError(
                                f"act {number + 1} is refused: {refusal} {refusal.says} {dict(refusal.data)}"
                            ) from refusal
                        self.refusal = refusal
                    self.groups.setdefault(spec.get("label", ""), []).append(label)
            self.past.append((spec["on"], dict(self.book.items)))

    def _act(self, spec: Mapping[str, Any], label: str) -> None:
        actor = sample_actor(self.library.vocabulary, spec["by"], self.world, {})
        if "register" in spec:
            register, verb = self._register(spec["register"]), ENTER
            parent = self.labels[spec["under"]] if "under" in spec else None
            unit = self.book.items[parent].unit if parent and register.belongs == "parent" else actor.unit or ""
            item = Item(len(self.book.items) + 1, register.name, spec.get("unit", unit), spec["on"], "", {}, parent)
        else:
            item = self.book.items[self.labels[spec["of"]]]
            register, verb = self._register(item.register), spec["do"]
        given = {k: self._value(register, k, v) for k, v in spec.get("with", {}).items()}
        act = acts.Act(register, item, verb, given, actor, spec["on"], spec.get("reason", ""))
        done = acts.decide(act, self.book, self.world)
        if done.item.id not in self.book.items:
            self.labels[label] = done.item.id
        self.book.add(done.item)
        for tell in done.tells:
            ask = Ask(self.book, done.item, actor, spec["on"], self.world)
            self.told |= {
                f"{to.partition('@')[0]}@{unit}" for to in tell.to for unit in units_at(to.partition("@")[2], ask)
            }
        for follow in done.follows:
            self._follow(follow, Ask(self.book, done.item, actor, spec["on"], self.world), label)

    def _follow(self, follow: Any, ask: Ask, label: str) -> None:
        over, given = acts.following(follow, ask, self.registers)
        register = self.registers[follow.register]
        item = Item(len(self.book.items) + 1, register.name, ask.item.unit, ask.day, "", {}, over.id if over else None)
        assert ask.actor is not None  # acts of an example have somebody who acts
        done = acts.decide(
            acts.Act(
                register, item, ENTER, given, sample_actor(self.library.vocabulary, "system", self.world, {}), ask.day
            ),
            self.book,
            self.world,
        )
        self.labels[f"{label}.{register.name}"] = item.id
        self.book.add(done.item)
        self.made.append(register.name)

    def _register(self, name: str) -> Register:
        if name not in self.registers:
            raise ValueError(f"unknown register {name!r}; known: {', '.join(self.registers)}")
        return self.registers[name]

    def _value(self, register: Register, name: str, raw: Any) -> Any:
        """Labels of entries and of cases become what they stand for; people are role@unit as everywhere in examples."""
        field = register.fields.get(name)
        if field is not None and field.type == "entry":
            return self.labels[raw]
        if field is not None and field.type == "entries":
            return [self.labels[one] for label in raw for one in self.groups.get(label, [label])]
        if field is not None and field.type == "cases":
            return [
                key for one in (raw if isinstance(raw, list) else [raw]) for key in self.cases.groups.get(one, [one])
            ]
        return raw

    # -- looking

    def ask(self, label: str) -> Ask:
        return Ask(self.book, self.book.items[self.labels[label]], None, self.now, self.world)

    def label_of(self, item: Item) -> str:
        return next((k for k, v in self.labels.items() if v == item.id), str(item.id))

    def owed(self) -> list[Owed]:
        return [
            o for i in self.book.items.values()
            for o in owed(self.registers[i.register], i, self.book, self.world, self.calendar, self.now)
        ]  # fmt: skip

    def figure(self, dotted: str) -> Counted:
        label, _, name = dotted.rpartition(".")
        ask = self.ask(label)
        found = next((f for f in self.registers[ask.item.register].body.figures if f.name == name), None)
        if found is None:
            raise ValueError(f"unknown figure {dotted!r}")
        return count(found, ask, values.span_of(self.raw["span"]) if "span" in self.raw else None)

    def sees(self, who: str, label: str, day: date) -> bool:
        actor = sample_actor(self.library.vocabulary, who, self.world, {})
        mine = {(UNIT, u) for u in (actor.unit or "", *self.world.tree.below(actor.unit))} | {(PERSON, actor.person)}
        found = audience(self.registers, self.book.items[self.labels[label]], self.book, self.world, day)
        return any(since is None or since <= day for key, since in found.items() if key in mine)

    def as_of(self, day: date) -> dict[int, Item]:
        return next((items for on, items in reversed(self.past) if on <= day), {})


def look(raw: Mapping[str, Any], library: Library, calendar: Calendar) -> tuple[dict[str, Any], dict[str, Any]]:
    """Every expectation that does not hold: what was expected, and what was found. Raises ValueError for what cannot be read."""
    play = Play(raw, library, calendar)
    play.run()
    expected: dict[str, Any] = {}
    found: dict[str, Any] = {}
    for key in raw:
        if key in CHECKS:
            for name, wanted, was in CHECKS[key](play, raw[key]):
                if wanted != was:
                    expected.setdefault(key, {})[name] = wanted
                    found.setdefault(key, {})[name] = was
    return expected, found


Rows = Iterable[tuple[str, Any, Any]]


def _refused(play: Play, wanted: Any) -> Rows:
    was = list(play.refusal.clauses) if play.refusal else []
    for clause in wanted if isinstance(wanted, list) else [wanted]:
        yield clause, True, clause in was


def _names(play: Play, wanted: Any) -> Rows:
    ids = play.refusal.data.get("entries", []) if play.refusal else []
    fields = play.refusal.data.get("names", []) if play.refusal else []
    yield "names", sorted(wanted), sorted([play.label_of(play.book.items[i]) for i in ids] + list(fields))


def _due(play: Play, wanted: Mapping[str, Any]) -> Rows:
    for clause, day in wanted.items():
        ends = sorted({o.end.day for o in play.owed() if clause in o.rule.clauses and o.end.day}, reverse=True)
        yield clause, True if day in ends else day, True if day in ends else ends


def _late(play: Play, wanted: Any) -> Rows:
    """{ clause = [label, or label/unit where each unit of a list owes it] }."""
    for clause, labels in wanted.items():
        late = [_owing(play, o) for o in play.owed() if clause in o.rule.clauses and o.late(play.now)]
        yield clause, sorted(labels), sorted(late)


def _not_late(play: Play, wanted: Any) -> Rows:
    for clause in wanted if isinstance(wanted, list) else [wanted]:
        yield clause, [], [_owing(play, o) for o in play.owed() if clause in o.rule.clauses and o.late(play.now)]


def _owing(play: Play, one: Owed) -> str:
    return play.label_of(one.item) + (f"/{one.unit}" if one.rule.per else "")


def _figures(play: Play, wanted: Mapping[str, Any]) -> Rows:
    """A number; [done, of]; [now, before]; or a table of a breakdown, whole. A share may be written as text: "83.3"."""
    for name, value in wanted.items():
        found = play.figure(name)
        if isinstance(value, dict):
            yield name, value, {label: n for _, label, n in found.rows}
        elif isinstance(value, list):
            yield name, value, [found.value, found.before if found.before is not None else found.of]
        elif isinstance(value, str):
            yield name, value, found.percent
        else:
            yield name, value, found.value


def _missing(play: Play, wanted: Mapping[str, Any]) -> Rows:
    for name, value in wanted.items():
        missing = [play.label_of(i) for i in play.figure(name).missing]
        yield (
            name,
            sorted(value) if isinstance(value, list) else value,
            sorted(missing) if isinstance(value, list) else len(missing),
        )


def _rose(play: Play, wanted: Mapping[str, Any]) -> Rows:
    for name, months in wanted.items():
        yield name, months, list(play.figure(name).rose)


def _state(play: Play, wanted: Mapping[str, str]) -> Rows:
    for label, state in wanted.items():
        yield label, state, play.ask(label).item.state


def _sees(play: Play, wanted: Mapping[str, Any], expected: bool = True) -> Rows:
    """{ "role@unit" = [label, or { of = label, on = day }] }."""
    for who, labels in wanted.items():
        for one in labels if isinstance(labels, list) else [labels]:
            label, day = (one, play.now) if isinstance(one, str) else (one["of"], one["on"])
            yield f"{who} {label} {day}", expected, play.sees(who, label, day)


def _made(play: Play, wanted: Mapping[str, int]) -> Rows:
    for name, number in wanted.items():
        yield name, number, play.made.count(name)


def _told(play: Play, wanted: Any) -> Rows:
    yield "told", sorted(wanted if isinstance(wanted, list) else [wanted]), sorted(play.told)


def _as_of(play: Play, wanted: Mapping[str, Any]) -> Rows:
    """{ "2011-03-01" = { register = how many } }: what there was on an earlier day."""
    for day, counts in wanted.items():
        items = play.as_of(date.fromisoformat(day)).values()
        for name, number in counts.items():
            yield f"{day} {name}", number, sum(1 for i in items if i.register == name and not i.annulled)


def _version(play: Play, wanted: Mapping[str, int]) -> Rows:
    for label, number in wanted.items():
        yield label, number, play.ask(label).item.version


def _chain(play: Play, wanted: Mapping[str, Any]) -> Rows:
    """{ "label.figure" = [[values of a layer], …] }, from the top."""
    for name, layers in wanted.items():
        yield name, layers, [list(fields.values()) for _, fields in play.figure(name).chain]


CHECKS: dict[str, Callable[[Play, Any], Rows]] = {
    "refused": _refused, "names": _names, "due": _due, "late": _late, "not_late": _not_late, "figures": _figures, "missing": _missing,
    "rose": _rose, "state": _state, "sees": _sees, "sees_not": lambda play, wanted: _sees(play, wanted, False), "made": _made,
    "told": _told, "as_of": _as_of,
    "version": _version, "chain": _chain,
}  # fmt: skip
