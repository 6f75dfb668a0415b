"""Compiling the event patterns, places and roles of one entry, checked against the vocabulary.

Every error names file, entry and key. `Asks` notes which relative places and questions to the world a rule will need at which events, so
that they are asked when those events are decided.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from huiyin.core import comparisons
from huiyin.core.context import FROM_HISTORY
from huiyin.core.errors import RuleError
from huiyin.core.facts import BadFact
from huiyin.core.patterns import OR, RELATIVE, Pattern, Patterns
from huiyin.core.vocabulary import FactType, Vocabulary

PATTERN_KEYS = frozenset(
    {
        "event",
        "where",
        "to",
        "by",
        "re",
        "each",
        "times",
        "group",
        "only",
        "after_event",
        "before_event",
        "limit_passed",
        "days",
        "unanswered",
    }
)
# keys whose pattern is held against one event at a time
ONE_EVENT = frozenset({"event", "from", "on", "pause", "restart", "until"})


@dataclass
class Asks:
    """Per event: relative places and world questions that rules will look for in its `seen` later."""

    places: dict[str, set[str]] = field(default_factory=dict)
    questions: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)

    def place(self, names: Iterable[str], term: str) -> None:
        if term not in FROM_HISTORY:
            for name in names:
                self.places.setdefault(name, set()).add(term)

    def question(self, names: Iterable[str], key: str, args: dict[str, Any]) -> None:
        for name in names:
            self.questions.setdefault(name, {})[key] = args


class PatternBuilder:
    """Compiles patterns, places and roles. `names` are the events at which the entry's conditions are judged."""

    def __init__(self, vocabulary: Vocabulary, asks: Asks, file: str, entry: str, names: Iterable[str] = ()) -> None:
        self.vocabulary = vocabulary
        self.asks = asks
        self.file = file
        self.entry = entry
        self.names = frozenset(names)

    def fail(self, message: str, key: str = "") -> RuleError:
        return RuleError(message, file=self.file, entry=self.entry, key=key)

    # -- patterns

    def patterns(self, raw: Any, key: str) -> Patterns:
        """A pattern, a list (any of), or { all = [...] } (every one)."""
        if isinstance(raw, Mapping) and set(raw) == {"all"}:
            if key in ONE_EVENT:
                raise self.fail("here one event alone decides; `all` can stand in after, to, seen and unseen", key)
            return Patterns.of([self.pattern(r, key) for r in raw["all"]], every=True)
        items = raw if isinstance(raw, list) else [raw]
        if not items:
            raise self.fail("at least one event is needed", key)
        return Patterns.of([self.pattern(r, key) for r in items])

    def pattern(self, raw: Any, key: str) -> Pattern:
        if isinstance(raw, str):
            raw = {"event": raw}
        if not isinstance(raw, Mapping):
            raise self.fail(f"an event name or table is expected, not {raw!r}", key)
        unknown = set(raw) - PATTERN_KEYS
        if unknown:
            raise self.fail(f"unknown key {', '.join(sorted(unknown))}; known: {', '.join(sorted(PATTERN_KEYS))}", key)
        if "limit_passed" in raw:
            return Pattern(frozenset(), limit_passed=tuple(as_list(raw["limit_passed"])), raw=raw)
        names = self._event_names(raw, key)
        lenient = False
        where = tuple((k, self._where(names, k, v, key)) for k, v in raw.get("where", {}).items())
        if not raw.get("only"):
            about = as_list(raw.get("where", {}).get("about", []))
            if names == {"replied"} or (names == {"party_informed"} and "result" in about):
                names, lenient = frozenset({"replied", "party_informed"}), True
        each = tuple(as_list(raw.get("each", [])))
        for term in [*as_list(raw.get("to", [])), *(one for t in each for one in as_list(t))]:
            self._address(names, term, key)
        by = tuple(as_list(raw.get("by", [])))
        for term in by:
            self.role(term, key, names)
        re_ = tuple(as_list(raw.get("re", [])))
        for name in re_:
            if name != "from":
                self._event(name, key)
        times: Any = raw.get("times", 1)
        named: str | None = None
        if isinstance(times, Mapping):
            if set(times) != {"setting"}:
                raise self.fail("times is a number or { setting = name }", key)
            times, named = 1, str(times["setting"])
            self.asks.question(self.names, f"setting:{named}", {"world": "setting", "name": named})
        after = self.patterns(raw["after_event"], key) if "after_event" in raw else None
        before = self.patterns(raw["before_event"], key) if "before_event" in raw else None
        return Pattern(
            names, where, tuple(as_list(raw.get("to", []))), by, re_, tuple(OR.join(as_list(t)) for t in each),
            int(times), after, before, (), lenient, raw, named, raw.get("days") is True, not any(word in repr(raw) for word in RELATIVE),
            tuple(self._event(n, key) for n in as_list(raw.get("unanswered", []))),
        )  # fmt: skip

    def _event_names(self, raw: Mapping[str, Any], key: str) -> frozenset[str]:
        if "group" in raw:
            if raw["group"] not in self.vocabulary.groups:
                raise self.fail(f"unknown group {raw['group']!r}; known: {', '.join(self.vocabulary.groups)}", key)
            return self.vocabulary.groups[raw["group"]]
        if "event" not in raw:
            raise self.fail("`event`, `group` or `limit_passed` is missing", key)
        return frozenset(self._event(n, key) for n in as_list(raw["event"]))

    def _event(self, name: Any, key: str) -> str:
        if name not in self.vocabulary.events:
            raise self.fail(f"unknown event {name!r}", key)
        return str(name)

    def _where(self, names: frozenset[str], fact: str, spec: Any, key: str) -> comparisons.Check:
        kinds = [self.vocabulary.fact_type(n, fact) for n in names]
        kind = next((k for k in kinds if k is not None), None)
        proposed = names <= {"proposed", "approved"}
        if kind is None and proposed:
            kind = next((e.facts[fact] for e in self.vocabulary.events.values() if fact in e.facts), None)
        if kind is None:
            raise self.fail(f"unknown fact {fact!r} of {', '.join(sorted(names))}", key)
        if kind.type in ("unit", "units"):
            for term in spec if isinstance(spec, list) else [spec]:
                if isinstance(term, str) and term != "set":
                    self.place(term, key, names)
        return self._check(kind, spec, key)

    def _check(self, kind: FactType, spec: Any, key: str) -> comparisons.Check:
        try:
            return comparisons.build(kind, spec, self.vocabulary)
        except BadFact as error:
            raise self.fail(f"{error.value!r} is not {error.expected}", key) from error
        except ValueError as error:
            raise self.fail(str(error), key) from error

    def _address(self, names: Iterable[str], term: str, key: str) -> None:
        bare = term.removeprefix("each:")
        if bare in self.vocabulary.outside or bare in self.vocabulary.raw["complainant"] or bare == "first_contact":
            return
        if "@" in bare and not bare.startswith("function:"):
            self.role(bare, key, names)
        else:
            self.place(bare, key, names)

    # -- places and roles

    def place(self, term: Any, key: str, names: Iterable[str] = ()) -> str:
        """A relative place of the vocabulary; notes that it must be known at these events."""
        if not isinstance(term, str):
            raise self.fail(f"a place is expected, not {term!r}", key)
        bare = term.removeprefix("each:")
        head, _, start = bare.partition("@")
        if head.startswith("function:"):
            if head[9:] not in self.vocabulary.functions:
                raise self.fail(f"unknown function {head[9:]!r}", key)
        elif head.partition(":")[0] in ("unit_of", "parent_of", "officers_of", "external"):
            pass
        elif head not in self.vocabulary.places:
            raise self.fail(f"unknown place {term!r}; units are addressed by place or function, never by name", key)
        if start:
            self.place(start, key, names)
        self.asks.place(names or self.names, bare)
        return term

    def role(self, term: Any, key: str, names: Iterable[str] = ()) -> str:
        """`role@place`, an outside role, `system`, or `first_contact` alone."""
        if not isinstance(term, str):
            raise self.fail(f"role@place is expected, not {term!r}", key)
        if OR in term:
            raise self.fail("alternatives stand in a list of their own: [[one, other]]", key)
        role, at, place = term.partition("@")
        if role not in self.vocabulary.roles:
            raise self.fail(f"unknown role {role!r}", key)
        inside = self.vocabulary.roles[role]["side"] == "inside"
        if at:
            if not inside:
                raise self.fail(f"{role} is an outside role and stands without a place", key)
            self.place(place, key, names)
        elif inside and role not in ("system", "first_contact"):
            raise self.fail(f"{role} needs a place: {role}@here, {role}@registrar, ...", key)
        return term


def as_list(raw: Any) -> list[Any]:
    return list(raw) if isinstance(raw, list | tuple) else [raw]
