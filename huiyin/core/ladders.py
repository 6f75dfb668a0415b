"""Ladders of sanctions: what a confirmed breach leads to, by how many of the same officer or unit there were, over all cases.

How many there were is asked when the breach is confirmed, and kept with it: what was offered then does not change when later breaches are
confirmed, or earlier ones forgotten.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from huiyin.core.context import Ctx
from huiyin.core.entries import Ladder, Rung
from huiyin.core.facts import is_set
from huiyin.core.model import Event, changed
from huiyin.core.rules import Entry

NONE = "none"  # the decision to let it rest
CLOSING = ("concluded", "archived")
TAKEN_OVER = ("officer", "unit", "sort", "clause", "ground")  # facts of the record that its confirmation repeats


@dataclass(frozen=True, slots=True)
class Reached:
    """Where a breach stands on a ladder: the how manieth it is, and the step that answers it (none: the ladder goes no further)."""

    ladder: Ladder
    breach: Event
    count: int
    step: Rung | None


def reached(ctx: Ctx, breach: Event) -> list[Reached]:
    """The ladders on which a breach stands."""
    at = ctx if ctx.event is breach else Ctx(
        ctx.view, breach, breach.seq, procedure=ctx.procedure, calendar=ctx.calendar, now=ctx.now, world=None,
    )  # fmt: skip
    found = []
    for ladder in ctx.procedure.ladders:
        if ladder.counts.matches(breach, at) and ladder.applies(at):
            count = at.ask(ladder.question, ladder.args, override="count_of")
            count = max(int(count or 0), 1)
            found.append(Reached(ladder, breach, count, step_for(ladder, count)))
    return found


def step_for(ladder: Ladder, count: int) -> Rung | None:
    """The step for the n-th breach: its own, else the last one that is also for all further ones."""
    best: Rung | None = None
    for step in ladder.steps:
        if step.n == count or (step.n < count and step.and_more):
            best = step
    return best


def offered(ctx: Ctx, breach: Event) -> tuple[str, ...]:
    """Sanctions that the ladders offer for this breach."""
    return tuple(dict.fromkeys(s for r in reached(ctx, breach) if r.step for s in r.step.offers))


def breaches(ctx: Ctx) -> list[Event]:
    """Events of this case that stand on a ladder, in order of recording."""
    names = {n for ladder in ctx.procedure.ladders for n in ladder.counts.names}
    found = [e for n in names for e in ctx.view.by_name.get(n, ()) if e.seq <= ctx.upto]
    return sorted(found, key=lambda e: e.seq)


def breach_of(ctx: Ctx, decision: Event) -> Event | None:
    """The breach that a sanction answers: the one it names, else the newest one of the same officer or unit."""
    found = breaches(ctx)
    mine = [
        e for e in found if e.seq in decision.re or set(e.re) & set(decision.re)
    ]  # it, or the record that it confirms
    if not mine and not decision.re:
        mine = [e for e in found if all(_agree(e, decision, fact) for fact in ("officer", "unit"))]
    return mine[-1] if mine else None


def _agree(breach: Event, decision: Event, fact: str) -> bool:
    given, known = decision.facts.get(fact), breach.facts.get(fact)
    return given is None or known is None or given == known


def completed(ctx: Ctx, event: Event) -> Event:
    """A confirmation with the facts of the record it confirms; a sanction with the breach it answers, and whose it is."""
    if event.name == "sanction_decided":
        breach = breach_of(ctx, event)
        if breach is None:
            return event
        own = {f: breach.facts[f] for f in ("officer", "unit") if f in breach.facts and not _names_one(event)}
        return changed(event, re=event.re or (breach.seq,), facts={**own, **event.facts})
    record = next((ctx.view.by_seq[s] for s in event.re if s in ctx.view.by_seq), None)
    if record is None or record.name != "breach_recorded":
        return event
    return changed(event, facts={**{f: record.facts[f] for f in TAKEN_OVER if f in record.facts}, **event.facts})


def _names_one(event: Event) -> bool:
    return "officer" in event.facts or "unit" in event.facts


# -- what a ladder refuses


def faults(ctx: Ctx, event: Event) -> tuple[list[Entry], list[str], str]:
    """(entries that do not allow it, facts that are missing, code): a sanction the ladder does not offer, a breach of nobody, a case
    concluded or archived before what a step requires was done."""
    if event.name == "sanction_decided":
        return _sanction(ctx, event)
    if event.name in CLOSING:
        owed = unmet(ctx)
        return list(owed), [], "ladder_requires" if owed else ""
    on = [x for x in ctx.procedure.ladders if x.counts.matches(event, ctx) and x.applies(ctx)]
    nameless = [x for x in on if not is_set(event.facts.get(x.same))]
    return list(nameless), [x.same for x in nameless], ""


def _sanction(ctx: Ctx, event: Event) -> tuple[list[Entry], list[str], str]:
    breach = breach_of(ctx, event)
    failed: list[Entry] = []
    missing: list[str] = []
    code = ""
    for place in reached(ctx, breach) if breach is not None else ():
        step = place.step
        if step is None:
            continue
        sanction = event.facts.get("sanction")
        gone = [f for f in step.needs if not is_set(event.facts.get(f))]
        if sanction is None:
            failed.append(step)
        elif sanction not in step.offers:
            if step.lighter_needs is None or not _lighter(place, sanction):
                failed.append(step)
                code = "sanction_not_offered"
            elif not is_set(event.facts.get(step.lighter_needs)):
                failed.append(step)
                missing.append(step.lighter_needs)
        if gone:
            failed.append(step)
            missing += gone
    return failed, missing, code


def _lighter(place: Reached, sanction: Any) -> bool:
    """None at all, or one that an earlier step of the ladder offers."""
    earlier = {s for step in place.ladder.steps if place.step and step.n < place.step.n for s in step.offers}
    return sanction == NONE or sanction in earlier


def unmet(ctx: Ctx) -> list[Rung]:
    """Steps reached in this case whose required events have not followed the breach."""
    found = []
    for breach in breaches(ctx):
        for place in reached(ctx, breach):
            done = {e.name for e in ctx.view.effective if e.seq > breach.seq and e.seq <= ctx.upto}
            if place.step is not None and not set(place.step.requires) <= done:
                found.append(place.step)
    return found
