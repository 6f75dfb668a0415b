"""How an example may write a fact: units and people by their place in the case (`respondent_place`, `handler@receiver`) are those they are at that
moment; a corrected value is the text one would write."""

from __future__ import annotations

from datetime import date
from typing import Any

from huiyin.core.context import Ctx
from huiyin.core.history import History
from huiyin.core.model import Actor, Attempt, Event, changed
from huiyin.core.rules import Procedure
from huiyin.core.sample import SampleWorld


def settled(attempt: Attempt, actor: Actor, procedure: Procedure, view: History, world: SampleWorld) -> Attempt:
    """The attempt with every relative place in its facts replaced by what it is; what leads nowhere stays as it was written."""
    at = Event(view.next_seq, attempt.name, attempt.occurred, attempt.occurred, actor, attempt.facts, re=attempt.re)
    ctx = Ctx(view, at, view.next_seq - 1, procedure=procedure, now=attempt.occurred, world=world)
    proposed = view.vocabulary.events.get(str(attempt.facts.get("for")))
    facts = dict(attempt.facts)
    for name, value in attempt.facts.items():
        kind = view.vocabulary.events[attempt.name].facts.get(name) or (proposed and proposed.facts.get(name))
        if kind and kind.type in ("unit", "officer"):
            facts[name] = _each(ctx, world, value)[0]
        elif kind and kind.type in ("units", "officers"):
            facts[name] = tuple(dict.fromkeys(found for one in value for found in _each(ctx, world, one)))
    return changed(attempt, facts=facts) if facts != attempt.facts else attempt


def _each(ctx: Ctx, world: SampleWorld, value: str) -> tuple[str, ...]:
    role, at, place = value.rpartition("@") if "@function:" not in value else value.partition("@")
    term, mark, number = place.partition("#")
    if term in world.tree or not _is_place(ctx, term):
        return (value,)
    return tuple(f"{role}{at}{unit}{mark}{number}" for unit in ctx.places(term)) or (value,)


def _is_place(ctx: Ctx, term: str) -> bool:
    return term in ctx.view.vocabulary.raw["place"] or term.startswith(("function:", "unit_of:", "parent_of:"))


def as_written(value: Any) -> Any:
    """A corrected value in an amendment: text as one would write it; a bare date, number or list of a file says the same."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return ", ".join(str(as_written(v)) for v in value)
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if isinstance(value, int) else value
