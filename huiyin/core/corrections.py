"""Corrections: an amendment or annulment is a further event; here earlier events are read as they count after it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from huiyin.core import facts as typed
from huiyin.core.model import Actor, Event, changed
from huiyin.core.vocabulary import Vocabulary

CORRECTIONS = frozenset({"amended", "annulled"})


def corrected(events: list[Event], vocabulary: Vocabulary) -> list[Event]:
    """Events as they count: annulled ones left out (with what corrects them), amended ones with their newest values."""
    if not any(e.name in CORRECTIONS for e in events):
        return events
    annulled: set[int] = set()
    for e in reversed(events):  # an annulled annulment does not count
        if e.name == "annulled" and e.seq not in annulled:
            annulled.update(targets(e))
    changed = {e.seq: e for e in events if e.seq not in annulled}
    for e in events:
        if e.name == "amended" and e.seq in changed:
            for seq in targets(e):
                if seq in changed:
                    changed[seq] = amend(changed[seq], e, vocabulary)
    return [changed[e.seq] for e in events if e.seq in changed]


def targets(event: Event) -> tuple[int, ...]:
    number = event.facts.get("event_no")
    return event.re or ((number,) if number else ())


def amend(event: Event, by: Event, vocabulary: Vocabulary) -> Event:
    """The event with one value corrected. `field` is a fact, `at` or `by`; `now_is` the value as one would write it in a file."""
    name, raw = str(by.facts.get("field", "")), by.facts.get("now_is")
    if name == "at":
        moment = typed.parse_moment(raw)
        return changed(event, occurred=moment) if isinstance(moment, datetime) else event
    if name == "by":
        role, _, unit = str(raw).partition("@")
        return changed(event, actor=Actor(role, unit.split("#")[0] or None, str(raw)))
    own = vocabulary.events[event.name].facts.get(name)
    kind = own or vocabulary.case_facts.get(name)
    if kind is None:
        return event
    value = raw if not kind.plain else typed.parse(kind, from_text(kind.type, raw), vocabulary, event.name)
    if own is not None:
        return changed(event, facts={**event.facts, name: value})
    return changed(event, case_facts={**event.case_facts, name: value})


def from_text(kind: str, raw: Any) -> Any:
    """A value written as text ("true", "199", "a, b") in the form its type takes."""
    if not isinstance(raw, str):
        return raw
    if kind == "bool":
        return {"true": True, "false": False}.get(raw, raw)
    if kind in ("int", "money_fen"):
        return int(raw)
    if kind in typed.LISTS:  # a, b; brackets and quotes, as a file has them, do no harm
        return [p.strip().strip('"') for p in raw.strip().removeprefix("[").removesuffix("]").split(",") if p.strip()]
    return raw
