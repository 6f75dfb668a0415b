"""The wording of the rules beside what is being taken down: typed like the real thing, asked of the core, forgotten."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from huiyin.cases import calendars, clock, people
from huiyin.cases.finding import Finder
from huiyin.cases.intake import RawParties, Step, take_in
from huiyin.cases.people import By
from huiyin.cases.world import world_for
from huiyin.core import phrases
from huiyin.core.context import Ctx
from huiyin.core.facts import BadFact
from huiyin.core.rules import Procedure
from huiyin.core.vocabulary import load_vocabulary
from huiyin.org.models import Officer


def taking_down(
    procedure: Procedure, unit: str, *, by: By, facts: Mapping[str, Any], parties: RawParties, occurred: datetime | None = None,
    finder: Finder | None = None,
) -> Ctx | None:  # fmt: skip
    """The matter as far as it is typed. None while a value cannot be read: the form says which. `finder`: one that has looked people up."""
    now, vocabulary = clock.now(), load_vocabulary()
    world = world_for(unit, procedure.id, now.date(), None, finder)
    world.viewer = by if isinstance(by, Officer) else None
    step = Step("registered", by, facts, parties, occurred)
    try:
        taken = take_in(step, vocabulary, now=now, known={}, identity={}, tree=world.tree)
    except BadFact:
        return None
    world.told(taken.findable)
    world.current = "registered"
    attempt = taken.attempt
    return phrases.draft(
        procedure, vocabulary, {**attempt.facts, **attempt.case_facts}, attempt.parties, at=now, actor=people.actor(by), world=world,
        calendar=calendars.current(),
    )  # fmt: skip
