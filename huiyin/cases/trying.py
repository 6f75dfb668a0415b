"""Trying an act without recording it: decided like the real thing, then forgotten. For saying beforehand what it will bring about."""

from __future__ import annotations

from huiyin.cases import clock, linking, planning
from huiyin.cases.intake import Step
from huiyin.cases.models import Case, Event
from huiyin.cases.planning import Act
from huiyin.core.effects import Effects, effects


def try_out(case: Case, step: Step) -> Act:
    """The case as it would stand after this step: `before`, `after` and `new` of the act say the difference. Nothing is locked or written.
    Raises Refused, BadFact."""
    rows = list(Event.objects.filter(case_id=case.pk).order_by("seq").values_list("seq", "body"))
    act = planning.resume(case.pk, rows, case.head_hash, clock.now())
    planning.add(act, step, linking.seen_of(linking.named_cases(step)))
    return act


def effects_of(act: Act) -> Effects:
    """What the act changes."""
    assert act.world is not None
    return effects(act.procedure, act.before, act.after, world=act.world, calendar=act.calendar, now=act.now)
