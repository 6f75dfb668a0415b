"""Many writers on the same few cases, and what must be true afterwards: every history legal, no acknowledged act lost, no contradiction."""

from __future__ import annotations

import random
import secrets
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from huiyin.cases import calendars
from huiyin.cases.actions import record
from huiyin.cases.errors import Busy, Stale
from huiyin.cases.models import Case, Event
from huiyin.cases.queries import open_case
from huiyin.cases.world import world_for
from huiyin.core.decide import decide
from huiyin.core.facts import BadFact
from huiyin.core.history import History
from huiyin.core.model import Attempt, Refused
from huiyin.core.offers import SYSTEM_ONLY
from huiyin.core.vocabulary import FactType, load_vocabulary
from huiyin.org.models import Officer

LEGAL: Final = 0.75  # share of attempts that are on offer when they are chosen; by then another may have recorded
KNOWS: Final = 0.3  # share of attempts that say how far the case was seen
ELSEWHERE: Final = frozenset({
    "registered", "imported", "linked", "merged", "split", "lead_found", "supplement_merged", "transferred_out", "evidence_added",
})  # fmt: skip  # verbs that need another case or a file
ENDING: Final = frozenset({"withdrawn", "refused", "annulled", "amended", "concluded", "archived", "acceptance_ended"})
SELDOM: Final = 0.06
DEEP: Final = 8  # events of one act that may stand before the one that was attempted


@dataclass
class Writer:
    """One who records at random. `told` is called with every act that was acknowledged: case, event, number."""

    cases: Sequence[int]
    officers: Sequence[Officer]
    chance: random.Random
    told: Callable[[int, str, int], None]
    answers: Counter[str] = field(default_factory=Counter)

    def act(self) -> None:
        """One attempt, legal or not."""
        case_id, officer = self.chance.choice(self.cases), self.chance.choice(self.officers)
        name = self._chosen(case_id, officer)
        if name is None:
            self.answers["nothing open"] += 1
            return
        seen = Case.objects.values_list("head_seq", flat=True).get(pk=case_id) if self.chance.random() < KNOWS else None
        try:
            rows = record(case_id, name, by=officer, facts=self._facts(name), shown_seq=seen, key=secrets.token_hex(12))
        except (Refused, BadFact, Stale, Busy) as error:
            self.answers[type(error).__name__] += 1
            return
        self.answers["recorded"] += 1
        own = next(row for row in rows if row.name == name)
        self.told(case_id, name, own.seq)

    def _chosen(self, case_id: int, officer: Officer) -> str | None:
        names = [n for n in load_vocabulary().events if n not in SYSTEM_ONLY]
        if self.chance.random() < LEGAL:
            names = [offer.event for offer in open_case(Case.objects.get(pk=case_id)).offers(officer)]
        names = [n for n in names if n not in ELSEWHERE and (n not in ENDING or self.chance.random() < SELDOM)]
        return self.chance.choice(names) if names else None

    def _facts(self, name: str) -> dict[str, Any]:
        vocabulary = load_vocabulary()
        found = {
            f.name: self._value(f)
            for f in vocabulary.events[name].facts.values()
            if f.required or self.chance.random() < 0.5
        }
        return {key: value for key, value in found.items() if value is not None}

    def _value(self, fact: FactType) -> Any:
        if fact.type in ("code", "codes"):
            codes = list(load_vocabulary().values.get(fact.values or "", {}))
            return self.chance.choice(codes) if codes and fact.type == "code" else codes[:1] or None
        person = f"p{self.chance.choice(self.officers).person_id}"
        return {
            "text": "说明", "texts": ["说明"], "bool": self.chance.random() < 0.7, "int": self.chance.randint(1, 3), "money_fen": 100,
            "period": {"n": 5, "unit": "working_day"}, "unit": "county_a", "units": ["county_a"], "officer": person, "officers": [person],
            "party": "1", "parties": ["1", "2"], "event_name": self.chance.choice(("filed", "answer_submitted", "concluded")),
        }.get(fact.type)  # fmt: skip


# -- afterwards


def lost(told: Sequence[tuple[int, str, int]]) -> list[tuple[int, str, int]]:
    """What was acknowledged and is not there, under its number."""
    there = set(Event.objects.values_list("case_id", "name", "seq"))
    return [one for one in told if (one[0], one[1], one[2]) not in there]


def illegal(case_id: int, known: int) -> list[str]:
    """Acts of a case, from behind its first `known` events, that the rules would not have let through on what stood before them. Each event
    is taken as it was attempted, on the answers of the world sealed in it; what `decide` would write must be what was written."""
    return faults(case_id, open_case(Case.objects.get(pk=case_id)).log.events, known)


def faults(case_id: int, events: Sequence[Any], known: int) -> list[str]:
    """The same of these events, as a history of that case."""
    opened = open_case(Case.objects.get(pk=case_id))
    found, at = [], known
    while at < len(events):
        step = _act(opened.procedure, opened.case.unit, case_id, events, at)
        if isinstance(step, str):
            found.append(f"case {case_id} event {events[at].seq} {events[at].name}: {step}")
            step = 1
        at += step
    return found


def _act(procedure: Any, unit: str, case_id: int, events: Sequence[Any], at: int) -> int | str:
    """How many events the act that begins here wrote; or why it is none."""
    why = "follows from nothing"
    before = History(events[:at], load_vocabulary())
    for tried in events[at : at + DEEP]:
        if tried.actor.role == "system":
            continue
        world = world_for(unit, procedure.id, tried.recorded.date(), case_id)
        attempt = Attempt(
            tried.name,
            tried.occurred,
            tried.facts,
            tried.case_facts,
            tried.parties,
            tried.re,
            tried.seen,
            tried.late_reason,
        )
        try:
            new = decide(
                procedure,
                before,
                attempt,
                actor=tried.actor,
                world=world,
                calendar=calendars.current(),
                now=tried.recorded,
            )
        except Refused as error:
            why = f"{error.stage} {error.code} {' '.join(error.clauses)}"
            continue
        written = [(e.name, e.seq, e.actor.role) for e in events[at : at + len(new)]]
        if [(e.name, e.seq, e.actor.role) for e in new] == written:
            return len(new)
        why = f"the rules write {[e.name for e in new]}, written is {[name for name, *_ in written]}"
    return why
