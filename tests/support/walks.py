"""Random walks through a procedure: legal histories, made by taking steps that are on offer. The same seed gives the same walk."""

from __future__ import annotations

import random
from datetime import date, datetime, timedelta
from typing import Any

from huiyin.core.decide import decide
from huiyin.core.facts import parse
from huiyin.core.history import History
from huiyin.core.model import Actor, Attempt, Party, Refused
from huiyin.core.offers import offers
from huiyin.core.rules import Procedure
from huiyin.core.sample import SampleWorld, sample_actor, sample_party
from huiyin.core.vocabulary import FactType, Vocabulary
from huiyin.core.workdays import Calendar, Period

UNITS = ("city", "county_a", "county_b", "section_a1", "station_a1", "supervision_c")
ROLES = (
    "intake_officer", "handler", "unit_head", "leader", "supervisor", "enforcement_officer", "caller_back", "archivist",
)  # fmt: skip
FEW = frozenset(
    {"annulled", "amended", "withdrawn", "merged", "transferred_out", "refused", "acceptance_ended", "party_removed"}
)
CASE = {
    "channel": "phone", "real_name": True, "respondent_known": True, "within_duties": True, "within_area": True, "facts_clear": True,
    "when": "昨日", "where": "商场", "who": "店员", "what": "不退款", "why": "已拆封", "reasons": "性能故障", "demand": "退款",
    "goods_use": "living", "place": "mall_a", "proof_given": True, "harm_shown": True,
}  # fmt: skip


class Walk:
    """One case on its way. `step` tries one thing that is on offer to somebody."""

    def __init__(self, procedure: Procedure, vocabulary: Vocabulary, calendar: Calendar, seed: int) -> None:
        self.random = random.Random(seed)
        self.procedure = procedure
        self.vocabulary = vocabulary
        self.calendar = calendar
        self.world = SampleWorld(vocabulary, procedure.id.partition("/")[0])
        self.view = History([], vocabulary)
        own = sorted(self.world.tree.own())
        usual = "city" in own or "county_a" in own  # else a body with a tree of its own, walked through from its intake
        self.units = UNITS if usual else tuple(own)
        self.begins = ("city", "county_a", "county_b") if usual else (procedure.intake,)
        self.now = datetime(2025, 1, 6, 9) + timedelta(days=self.random.randrange(500))
        self.parties = self._parties()
        self.refused = 0
        self._register()

    def _parties(self) -> dict[str, Party]:
        complainant = self.random.choice(["consumer_a", "consumer_b", "enterprise_a"])
        respondent = self.random.choice(["shop_a", "shop_b", "trader_a"])
        return {
            complainant: sample_party(self.vocabulary, complainant, "complainant"),
            respondent: sample_party(self.vocabulary, respondent, "respondent"),
        }

    def _register(self) -> None:
        complainant, respondent = self.parties
        case = {**CASE, "kind": self.procedure.kinds[0], "complainant": complainant, "respondent": respondent}
        facts: dict[str, Any] = {}
        actor = self._actor("intake_officer", self.random.choice(self.begins))
        for name, value in self._wanted():  # what the body asks for beyond a usual complaint
            kind = self.vocabulary.fact_type("registered", name)
            if kind is not None and name not in case:
                own = facts if name in self.vocabulary.events["registered"].facts else case
                own[name] = parse(kind, value, self.vocabulary) if value is not None else self._value(kind)
        self._record(Attempt("registered", self.now, facts, case, self.parties), actor)

    def _wanted(self) -> list[tuple[str, Any]]:
        """Facts that gates of the registration look at, with a value they name (none: anything will do)."""
        gates = [g for g in self.procedure.gates.get("registered", ()) if g.events.names == {"registered"}]
        return [found for gate in gates for found in _named(gate.raw["holds"])]

    def _actor(self, role: str, unit: str) -> Actor:
        return sample_actor(self.vocabulary, f"{role}@{unit}", self.world, self.parties)

    def step(self) -> bool:
        self.now += timedelta(minutes=self.random.choice([5, 60, 600, 1500, 4000]))
        actor = self._actor(self.random.choice(ROLES), self.random.choice(self.units))
        found = offers(self.procedure, self.view, actor=actor, world=self.world, calendar=self.calendar, now=self.now)
        names = [o.event for o in found if o.event not in FEW or self.random.random() < 0.1]
        if not names:
            return False
        name = self.random.choice(names)
        needs = next(o.needs for o in found if o.event == name)
        facts, case = self._facts(name, needs)
        return self._record(Attempt(name, self.now, facts, case), actor)

    def _record(self, attempt: Attempt, actor: Actor) -> bool:
        try:
            new = decide(
                self.procedure, self.view, attempt, actor=actor, world=self.world, calendar=self.calendar, now=self.now
            )
        except Refused:
            self.refused += 1
            return False
        for event in new:
            self.view = self.view.with_event(event)
        return True

    def _facts(self, name: str, needs: tuple[str, ...]) -> tuple[dict[str, Any], dict[str, Any]]:
        kind = self.vocabulary.events[name]
        facts: dict[str, Any] = {}
        for fact in kind.facts.values():
            if fact.required or fact.name in needs or self.random.random() < 0.5:
                value = self._value(fact)
                if value is not None:
                    facts[fact.name] = value
        if name == "proposed":
            facts["for"] = self.random.choice(["filed", "answer_submitted", "filing_declined"])
        return facts, {}

    def _value(self, fact: FactType) -> Any:
        r, at = self.random, self.now
        if fact.name == "event_no":
            return r.randrange(2, self.view.next_seq) if self.view.next_seq > 2 else None
        if fact.name in (
            "limit",
            "clause",
            "ground",
            "re",
            "into",
            "with",
            "cases",
            "field",
            "was",
            "now_is",
        ):
            return None
        if fact.type in ("code", "codes"):
            codes = list(self.vocabulary.values.get(fact.values or "", {}))
            if not codes:
                return None
            return r.choice(codes) if fact.type == "code" else (r.choice(codes),)
        simple: dict[str, Any] = {
            "text": "说明", "texts": ("说明",), "bool": r.random() < 0.5, "int": r.randrange(1, 5), "money_fen": r.randrange(1, 99999),
            "date": at.date() - timedelta(days=r.randrange(3)) if fact.name != "expected" else at.date() + timedelta(days=9),
            "moment": at + timedelta(hours=r.randrange(1, 200)), "period": Period(5, "working_day"), "unit": r.choice(self.units),
            "units": (r.choice(self.units),), "officer": "handler@county_a", "officers": ("handler@county_a", "handler@county_a#2"),
            "party": "complainant", "parties": ("complainant", "respondent"), "place": "mall_a", "file": "附件", "files": ("附件",),
            "event_name": "filed", "clauses": ("X-1",),
        }  # fmt: skip
        return simple.get(fact.type)


def _named(raw: Any) -> list[tuple[str, Any]]:
    if isinstance(raw, list):
        return [found for one in raw for found in _named(one)]
    if not isinstance(raw, dict):
        return []
    if isinstance(raw.get("fact"), str):
        given = raw.get("in", raw.get("is"))
        value = given[0] if isinstance(given, list) else given
        return (
            [(raw["fact"], None if value == "set" or isinstance(value, dict) else value)]
            if raw.get("set") is not False
            else []
        )
    return [found for key in ("all", "any") for found in _named(raw.get(key, []))]


def walked(procedure: Procedure, vocabulary: Vocabulary, calendar: Calendar, seed: int, steps: int = 60) -> Walk:
    walk = Walk(procedure, vocabulary, calendar, seed)
    for _ in range(steps):
        walk.step()
    return walk


def described(walk: Walk, now: datetime) -> list[list[Any]]:
    """The limits of a walk in plain values, for keeping and comparing."""
    from huiyin.core.dues import dues

    return [
        [
            d.name,
            d.opened_by,
            _text(d.end.day or d.end.moment) if d.end else None,
            d.state,
            d.late,
            d.owed_by,
            d.closed_by,
        ]
        for d in dues(walk.procedure, walk.view, walk.calendar, now)
    ]


def _text(value: date | datetime) -> str:
    return value.isoformat()
