"""What an event must pass, stage by stage: wall, bars, open, role, facts, gates and grounds. Each raises Refused citing all that fail.

The order of the stages is in decide.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from huiyin.core import amounts, approvals, audience, extensions, ladders, phrases, proposals, redoing
from huiyin.core.case_terms import in_scope
from huiyin.core.context import Ctx
from huiyin.core.corrections import CORRECTIONS
from huiyin.core.facts import is_set
from huiyin.core.history import History
from huiyin.core.model import Actor, Event, Refused
from huiyin.core.patterns import acts, each_role
from huiyin.core.rules import Entry, Procedure, Step
from huiyin.core.walls import officers_named, unit_kept_away
from huiyin.core.workdays import Calendar
from huiyin.core.world import World

# what cannot be done on a case that has ended and was not taken up again
OVER = frozenset({
    "registered", "accepted", "deferred", "refused", "acceptance_ended", "withdrawn", "dispatched", "received", "returned", "recalled",
    "filed", "filing_declined", "mediated", "settled", "mediation_ended", "concluded", "test_started", "extension_requested", "extended",
    "officers_assigned", "joint_assigned", "answer_submitted", "answer_passed", "sent_back", "instructed", "urged", "supervised",
    "transferred_out", "merged", "entrusted", "task_given",
})  # fmt: skip

# whose part in a case ends when they hand it over; heads and intake see it through their unit
HANDS_ON = frozenset({"handler", "mediator", "enforcement_officer"})

# what puts officers on a case, and the fact that names them
PUTS_ON = {"officers_assigned": "officers", "handed_over": "to_officer"}


def context(
    procedure: Procedure, view: History, event: Event, world: World | None, calendar: Calendar, now: datetime
) -> Ctx:
    """The case as it stands before that event, with what is asked while it is judged."""
    return Ctx(view, event, event.seq - 1, procedure=procedure, calendar=calendar, now=now, world=world)


# -- wall and bars


def check_wall(ctx: Ctx, actor: Actor) -> None:
    """Units and officers a case is about, and those recused, have nothing to do with it."""
    if not actor.inside:
        return
    _behind_the_wall(ctx, walled(ctx.view, actor, ctx.world, ctx.event), actor)
    given = given_away(ctx.view, actor)
    if given is not None and ctx.event is not None and ctx.event.occurred > given.occurred:
        rules = (*ctx.procedure.steps.get("handed_over", ()), *ctx.procedure.approvals.get("handed_over", ()))
        raise refused("wall", "handed_over", rules, {"re": given.seq})
    for person in _named(ctx.event):
        units = ctx.world.posted_at(person) if ctx.world is not None else ()
        for unit in units or (None,):
            _behind_the_wall(ctx, walled(ctx.view, Actor("any", unit, person), ctx.world, ctx.event), None)


def given_away(view: History, actor: Actor) -> Event | None:
    """The hand-over by which this officer, who worked on the case himself, gave it away."""
    return view.left(actor) if actor.role in HANDS_ON else None


def _behind_the_wall(ctx: Ctx, why: str | None, actor: Actor | None) -> None:
    """Refuses for this reason, if there is one: the one who acts (`actor`), or an officer whom he would put on the case.

    Cites the rule on recusal; else, where the step is not this role's anyway, the rule that says whose it is; and what the body says of
    the wall (a bar with `wall`).
    """
    if why is not None:
        steps = tuple(ctx.procedure.steps.get("recusal_decided", ())) if why == "recused" else ()
        if why != "recused" and actor is not None and ctx.event is not None:
            theirs = steps_of(ctx, ctx.event.name)[0]
            steps = () if any(is_role(ctx, s, actor) for s in theirs) else tuple(theirs)
        said = ctx.procedure.bars.get(ctx.event.name, ()) if ctx.event is not None and why != "recused" else ()
        entries = (*steps, *(b for b in said if b.wall and b.applies(ctx)))
        clauses, says = tuple(c for s in entries for c in s.clauses), tuple(s.says for s in entries if s.clauses)
        raise Refused("wall", why if actor is not None else "walled_officer_named", clauses, says)


def _named(event: Event | None) -> tuple[str, ...]:
    """Officers whom this act would put on the case."""
    fact = PUTS_ON.get(event.name) if event is not None else None
    people = event.facts.get(fact) if event is not None and fact is not None else None
    return people if isinstance(people, tuple) else (people,) if people else ()


def walled(view: History, actor: Actor, world: World | None, event: Event | None = None) -> str | None:
    """Why this officer may not come near the case: the code of the reason, none when he may."""
    if view.recused(actor) is not None:
        return "recused"
    parties = {**view.parties, **(event.parties if event is not None else {})}
    for party in parties.values():
        if party.role != "respondent":
            continue
        if world is not None and world.same_person(party.facts.get("officer"), actor):
            return "about_the_officer"
        unit = unit_kept_away(view, party, event)
        if unit is None:
            continue
        above = world.tree.above(actor.unit) if world is not None and party.facts["respondent_kind"] == "unit" else ()
        if unit == actor.unit or unit in above:
            return "about_the_unit"
    if world is not None and any(world.same_person(officer, actor) for officer in officers_named(view)):
        return "about_the_officer"
    return None


def check_bars(ctx: Ctx, event: Event, actor: Actor) -> None:
    """Nothing forbids it: neither a bar nor an audience that may not see what it would hand on. Raises Refused citing all that do."""
    failed = [b for b in ctx.procedure.bars.get(event.name, ()) if barred(ctx, b, event, actor)]
    if failed:
        hints = tuple(dict.fromkeys(h for b in failed for h in b.hint))
        raise refused("bar", "barred", failed, {"hint": hints})
    kept = audience.broken(ctx, event) if ctx.procedure.audiences else []
    if kept:
        raise refused("bar", "audience", kept, {})


def barred(ctx: Ctx, bar: Any, event: Event, actor: Actor) -> bool:
    if bar.wall or not bar.events.matches(event, ctx) or (bar.by and not acts(actor, bar.by, ctx)):
        return False
    return bar.applies(ctx) and not (bar.unless is not None and bar.unless(ctx))


# -- open and role


def steps_of(ctx: Ctx, name: str) -> tuple[list[Step], list[Step]]:
    """The steps that hold for an event now (those of the rule sets, else the default), and all that rule sets say of it."""
    own = ctx.procedure.steps.get(name, [])
    holding = [s for s in own if s.applies(ctx)]
    if holding:
        return holding, own
    return [s for s in ctx.procedure.defaults.get(name, ()) if not (s.silent and own) and s.applies(ctx)], own


def check_open(ctx: Ctx, event: Event) -> list[Step]:
    """The steps of the event that are open now: after, until, round. Raises Refused citing the clauses of its own steps."""
    steps, own = steps_of(ctx, event.name)
    if event.name in ("approved", "rejected"):
        _check_request(ctx, event)
    if ctx.view.routing_at().ended and event.name in OVER:
        raise refused("open", "case_ended", steps or own, {"event": event.name})
    if event.name == "registered" and ctx.view.first("registered") is not None:
        raise refused("open", "already_registered", steps or own, {})
    found = [s for s in steps if is_open(ctx, s)]
    if not found:
        code = "too_late" if any(s.until and after_met(ctx, s) for s in steps) else "not_open"
        raise refused("open", code, steps or own, {"event": event.name, "after": awaited(ctx, steps)})
    return found


def _check_request(ctx: Ctx, event: Event) -> None:
    """There must be something to approve, and it must still be waiting."""
    request = ctx.view.by_seq.get(event.re[0]) if event.re else None
    if request is None:
        raise Refused("open", "nothing_to_approve")
    if request.name in proposals.REQUESTS and not proposals.is_open(ctx, request):
        clauses = tuple(c for n in approvals.needed(ctx, request) for c in n.clauses)
        raise Refused("open", "already_decided", clauses, data={"re": request.seq})
    if event.name == "approved" and request.name == "extension_requested":
        extensions.check_again(ctx, request)


def is_open(ctx: Ctx, step: Step) -> bool:
    return after_met(ctx, step) and within_window(ctx, step)


def after_met(ctx: Ctx, step: Step) -> bool:
    return step.after is None or step.after.satisfied(ctx, in_scope(ctx, step.scope))


def awaited(ctx: Ctx, steps: Sequence[Step]) -> tuple[str, ...]:
    """Names of the events that a closed step waits for."""
    return tuple(sorted({n for s in steps if s.after and not after_met(ctx, s) for n in s.after.names}))


def within_window(ctx: Ctx, step: Step) -> bool:
    """Is the window of the step (`until`) still open? One that has not begun, or has no length yet, closes nothing."""
    if step.until is None:
        return True
    starts = step.until.start.found(ctx)
    if not starts or ctx.event is None or ctx.calendar is None:
        return True
    period = step.until.within.period or extensions.period_of(ctx, step.until.within, ctx.event)
    if period is None:
        return True
    return not ctx.calendar.add(starts[-1].occurred, period, roll=step.until.roll).is_late(ctx.event.occurred)


def check_role(ctx: Ctx, event: Event, actor: Actor, steps: Sequence[Step]) -> None:
    """The actor is one of those for whom a step is, or an approver who is asked, or corrects what is his. Raises Refused naming the roles."""
    if actor.role == "system":
        return
    if event.name in ("approved", "rejected") and event.re:
        _check_approver(ctx, event, actor, steps)
        return
    if event.name in CORRECTIONS and (theirs := redoing.another_units(ctx, event, actor)) is not None:
        raise refused("role", "not_the_one", steps_of(ctx, theirs.name)[0], {"roles": (theirs.actor.role,)})
    if not any(is_role(ctx, s, actor) for s in steps) and not _corrects_his_own(ctx, event, actor, steps):
        raise refused("role", "not_the_one", steps, {"roles": tuple(dict.fromkeys(t for s in steps for t in s.by))})


def _corrects_his_own(ctx: Ctx, event: Event, actor: Actor, steps: Sequence[Step]) -> bool:
    """Whoever recorded something may set it right, where no rule set says otherwise."""
    return event.name in CORRECTIONS and not any(s.clauses for s in steps) and redoing.his_own(ctx, event, actor)


def is_role(ctx: Ctx, step: Step, actor: Actor) -> bool:
    if actor.deputy and not step.deputy:
        return False
    return not step.by or acts(actor, step.by, ctx)


def _check_approver(ctx: Ctx, event: Event, actor: Actor, steps: Sequence[Step]) -> None:
    request = ctx.view.by_seq[event.re[0]]
    allowed = approvals.may_approve(ctx, request, actor)
    if allowed is None:
        if not any(is_role(ctx, s, actor) for s in steps):
            raise refused("role", "not_the_one", steps, {"roles": tuple(t for s in steps for t in s.by)})
    elif not allowed:
        needs = approvals.needed(ctx, request)
        clauses, says = tuple(c for n in needs for c in n.clauses), tuple(n.says for n in needs)
        waiting = tuple(t for n in needs for t in approvals.missing(ctx, request, n))
        raise Refused("role", "not_the_approver", clauses, says, {"roles": each_role(waiting)})


# -- facts, gates, grounds


def check_facts(ctx: Ctx, event: Event) -> None:
    """Required facts (refused without a clause), needs of every step that holds, gates, grounds: all that fail together."""
    kind = ctx.view.vocabulary.events[event.name]
    required = [f.name for f in kind.facts.values() if f.required and not is_set(event.facts.get(f.name))]
    steps, _ = steps_of(ctx, event.name)
    lacking: list[Entry] = []
    names: list[str] = list(required)
    for step in steps:
        gone = [n for n in step.needs if not is_set(ctx.fact(n))]
        if gone:
            lacking.append(step)
            names += gone
    gates = [
        g
        for g in ctx.procedure.gates.get(event.name, ())
        if g.events.matches(event, ctx) and g.applies(ctx) and not g.holds(ctx)
    ]
    grounds = failing_grounds(ctx, event)
    data: dict[str, Any] = {"gates": tuple(g.name for g in gates)}
    beside, gone, kept_by = beside_the_case(ctx, event, data)
    names += gone
    failed: list[Entry] = [*lacking, *gates, *grounds, *beside]
    if failed or names:
        code = "facts_missing" if names else "gate" if gates else "ground" if grounds else kept_by
        raise refused("facts", code, failed, {"missing": tuple(dict.fromkeys(names)), **data})


def beside_the_case(ctx: Ctx, event: Event, data: dict[str, Any]) -> tuple[list[Entry], list[str], str]:
    """What ladders, amounts and forbidden words have against this act: entries, facts that are missing, and a code. Fills `data` with
    what a message needs: amounts in fen, the forbidden phrases (never the text they stand in)."""
    procedure = ctx.procedure
    failed: list[Entry] = []
    names: list[str] = []
    code = ""
    if procedure.ladders:
        failed, names, code = ladders.faults(ctx, event)
    if procedure.amounts:
        wrong, sums = amounts.faults(ctx, event)
        failed += wrong
        if wrong:
            code, data["amounts"] = code or "amount", sums
    if procedure.forbidden:
        said = [f for f in phrases.unsaid(ctx, event) if f.stops]
        failed += [f.entry for f in said]
        if said:
            code, data["phrases"] = code or "wording", tuple(dict.fromkeys(f.phrase for f in said))
            data["instead"] = tuple(dict.fromkeys(text for f in said for text in f.instead))
    return failed, names, code or "gate"


def failing_grounds(ctx: Ctx, event: Event) -> list[Any]:
    """Grounds named that the rules do not know for this event, or whose conditions do not hold.

    A ground that serves other events alone (advice is no refusal) is cited too: it says what it is for.
    """
    grounds = ctx.procedure.grounds
    known = grounds.get(event.name)
    given = event.facts.get("ground", ())
    if not known or not given:
        return []
    failed: list[Any] = []
    for code in given:
        entries = [g for g in known.get(code, ()) if g.applies(ctx)]
        if not entries:
            failed += [g for gs in known.values() for g in gs if code in g.clauses] or list(
                steps_of(ctx, event.name)[0]
            )
            failed += [g for name, there in grounds.items() if name != event.name for g in there.get(code, ())]
        elif not any(g.only_if is None or g.only_if(ctx) for g in entries):
            failed += entries
    return failed


def refused(stage: str, code: str, entries: Sequence[Entry], data: dict[str, Any]) -> Refused:
    clauses = tuple(c for e in entries for c in e.clauses)
    return Refused(stage, code, clauses, tuple(e.says for e in entries if e.says), data)
