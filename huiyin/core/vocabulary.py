"""The vocabulary: every word that a rules file, an example or an event may use, read once from huiyin/rules/vocabulary.toml."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

RULES = Path(__file__).resolve().parent.parent / "rules"


@dataclass(frozen=True, slots=True)
class FactType:
    """Type of one fact: `type` as in [type], `values` the closed list of a code, `secrecy` plain | personal | secret."""

    name: str
    type: str
    values: str | None
    secrecy: str
    required: bool
    label_zh: str

    @property
    def plain(self) -> bool:
        return self.secrecy == "plain"


@dataclass(frozen=True, slots=True)
class EventType:
    """An event of the vocabulary with its facts in the order of their forms."""

    name: str
    label_zh: str
    group: str
    facts: Mapping[str, FactType]
    takes_case_facts: bool
    takes_proposed: bool
    note: str


class Vocabulary:
    """Names and labels. `values[list][code]` is the label; `covers[list][code]` the narrower codes that a wider one also matches."""

    def __init__(self, raw: Mapping[str, Any]) -> None:
        self.raw = raw
        self.labels: dict[str, str] = dict(raw["fact_label"])
        self.values: dict[str, dict[str, str]] = {k: dict(v.get("codes", {})) for k, v in raw["value"].items()}
        self.free: frozenset[str] = frozenset(k for k, v in raw["value"].items() if "rule" in v)
        self.covers: dict[str, dict[str, frozenset[str]]] = {
            k: {c: frozenset([c, *n]) for c, n in v.get("covers", {}).items()} for k, v in raw["value"].items()
        }
        self.case_facts = {k: self._fact(k, v) for k, v in raw["case_fact"].items()}
        self.party_facts = {k: self._fact(k, v) for k, v in raw["party_fact"].items()}
        self.events = {k: self._event(k, v) for k, v in raw["event"].items()}
        self.groups: dict[str, frozenset[str]] = {
            g: frozenset(e.name for e in self.events.values() if e.group == g) for g in self.values["group"]
        }
        self.roles: dict[str, Mapping[str, Any]] = dict(raw["role"])
        self.outside = frozenset(k for k, v in self.roles.items() if v["side"] == "outside")
        self.functions: dict[str, str] = {k: v["label_zh"] for k, v in raw["function"].items()}
        self.places: dict[str, str] = {k: v["label_zh"] for k, v in raw["place"].items()}
        self.units_of_time: dict[str, str] = {k: v["label_zh"] for k, v in raw["unit_of_time"].items()}
        self.rolls: dict[str, str] = {k: v["label_zh"] for k, v in raw["roll"].items()}
        self.world: dict[str, Mapping[str, Any]] = dict(raw["world"])
        self.procedures: dict[str, Mapping[str, Any]] = dict(raw["procedure"])
        self.bodies: dict[str, Mapping[str, Any]] = dict(raw["body"])
        self.stage_of: dict[str, str] = {
            e: stage for stage, events in raw["value"]["stage"]["entered_by"].items() for e in events
        }
        self.example_keys = frozenset(raw["example_key"])
        self.event_keys = frozenset(raw["event_key"])

    def _fact(self, name: str, v: Mapping[str, Any]) -> FactType:
        label = v.get("label_zh") or self.labels.get(name, name)
        return FactType(name, v["type"], v.get("values"), v.get("secrecy", "plain"), v.get("required", False), label)

    def _event(self, name: str, v: Mapping[str, Any]) -> EventType:
        facts = {k: self._fact(k, f) for k, f in v.get("facts", {}).items()}
        also = v.get("also_takes", "")
        return EventType(
            name,
            v["label_zh"],
            v["group"],
            facts,
            also == "any case fact",
            also.startswith("the facts"),
            v.get("note", ""),
        )

    def fact_type(self, event: str | None, name: str) -> FactType | None:
        """Type of a fact of an event, else of the case; none when the vocabulary does not know it."""
        if event is not None:
            found = self.events[event].facts.get(name)
            if found is not None:
                return found
        return self.case_facts.get(name)

    def party_fact(self, dotted: str) -> FactType | None:
        role, _, name = dotted.partition(".")
        if role not in self.outside and role not in self.raw["complainant"] and role not in self.raw["respondent"]:
            return None
        return self.party_facts.get(name)

    def wide(self, values: str | None, code: Any) -> frozenset[Any]:
        """The codes that a condition naming `code` matches: itself and, for a wider name, those it covers."""
        if values is None:
            return frozenset([code])
        return self.covers.get(values, {}).get(code) or frozenset([code])

    def label(self, values: str, code: str) -> str:
        return self.values.get(values, {}).get(code, code)


@lru_cache(maxsize=4)
def load_vocabulary(path: Path = RULES / "vocabulary.toml") -> Vocabulary:
    """Read the vocabulary. Raises OSError or tomllib.TOMLDecodeError when the installation is damaged."""
    with path.open("rb") as file:
        return Vocabulary(tomllib.load(file))
