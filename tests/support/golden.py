"""The golden corpus: generated histories with the rules they ran under and the limits they had. `python -m tests.support.golden` adds to it.

A file holds events and limits and names the text of the rules they ran under, which stands beside it: it needs no rules file of today.
"""

from __future__ import annotations

import json
import sys
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from huiyin.core import facts as typed
from huiyin.core.compose import compile_source, load_library, procedure_source
from huiyin.core.history import History
from huiyin.core.model import Actor, Event, Party
from huiyin.core.rules import Procedure
from huiyin.core.vocabulary import Vocabulary, load_vocabulary
from tests.support.shipped import calendar
from tests.support.walks import Walk, described, walked

GOLDEN = Path(__file__).parent.parent / "core" / "golden"
CALENDAR = "2026-06-01"  # the calendar as known on that day: later notices must not change what these files say


def kept(walk: Walk, now: datetime) -> dict[str, Any]:
    return {
        "procedure": walk.procedure.id,
        "rules": f"{walk.procedure.hash[:16]}.rules",
        "now": now.isoformat(),
        "events": [_plain(e) for e in walk.view.events],
        "dues": described(walk, now),
    }


def _plain(event: Event) -> dict[str, Any]:
    actor = event.actor
    return {
        "seq": event.seq, "name": event.name, "occurred": event.occurred.isoformat(), "recorded": event.recorded.isoformat(),
        "actor": [actor.role, actor.unit, actor.person, actor.party], "facts": typed.to_plain(event.facts),
        "case_facts": typed.to_plain(event.case_facts), "re": list(event.re), "seen": dict(event.seen), "round": event.round,
        "clauses": list(event.clauses), "parties": {p.id: [p.role, typed.to_plain(p.facts), sorted(p.has)] for p in event.parties.values()},
    }  # fmt: skip


def _event(raw: dict[str, Any], vocabulary: Vocabulary) -> Event:
    kinds = vocabulary.events[raw["name"]].facts
    proposed = vocabulary.events[raw["facts"]["for"]].facts if raw["facts"].get("for") in vocabulary.events else {}
    facts = {k: typed.from_plain(kinds.get(k) or proposed[k], v, vocabulary) for k, v in raw["facts"].items()}
    case = {k: typed.from_plain(vocabulary.case_facts[k], v, vocabulary) for k, v in raw["case_facts"].items()}
    parties = {k: Party(k, role, given, frozenset(has)) for k, (role, given, has) in raw["parties"].items()}
    return Event(
        raw["seq"], raw["name"], datetime.fromisoformat(raw["occurred"]), datetime.fromisoformat(raw["recorded"]),
        Actor(*raw["actor"]), facts, case, parties, tuple(raw["re"]), raw["seen"], raw["round"], None, None, tuple(raw["clauses"]),
    )  # fmt: skip


@cache
def _compiled(name: str, vocabulary: Vocabulary) -> Procedure:
    return compile_source((GOLDEN / name).read_text(encoding="utf-8"), vocabulary)


def replayed(raw: dict[str, Any]) -> list[list[Any]]:
    """The limits of a kept history, worked out anew."""
    vocabulary = load_vocabulary()
    walk = Walk.__new__(Walk)
    walk.procedure = _compiled(raw["rules"], vocabulary)
    walk.view = History([_event(e, vocabulary) for e in raw["events"]], vocabulary)
    walk.calendar = calendar().find_version(CALENDAR)
    return described(walk, datetime.fromisoformat(raw["now"]))


def main() -> None:
    library, version = load_library(), calendar().find_version(CALENDAR)
    GOLDEN.mkdir(exist_ok=True)
    for id in sys.argv[1:] or sorted(library.procedures):
        procedure = library.procedure(id)
        for seed in (101, 102, 103):
            walk = walked(procedure, library.vocabulary, version, seed, steps=45)
            text = json.dumps(kept(walk, walk.now), ensure_ascii=False, separators=(",", ":"))
            (GOLDEN / f"{id.replace('/', '-')}-{seed}.json").write_text(text + "\n", encoding="utf-8")
        rules = GOLDEN / f"{procedure.hash[:16]}.rules"
        rules.write_text(procedure_source(procedure, library) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
