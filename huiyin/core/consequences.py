"""What follows from an event in the same act: a self-dispatch received, an extension granted, reactions; notices and documents.

`sweep` writes what limits that have passed ask for, each once, at the first moment it is late.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from huiyin.core import approvals, redoing
from huiyin.core import facts as typed
from huiyin.core.checks import check_bars, check_facts
from huiyin.core.conditions import key_of
from huiyin.core.context import Ctx
from huiyin.core.corrections import CORRECTIONS
from huiyin.core.defaults import answered, with_defaults
from huiyin.core.dues import dues
from huiyin.core.ends import first_late_moment
from huiyin.core.history import History
from huiyin.core.model import SYSTEM, Attempt, Due, Event, OpenCase, Refused, changed
from huiyin.core.rules import Procedure, Reaction, Then
from huiyin.core.vocabulary import Vocabulary
from huiyin.core.workdays import Calendar
from huiyin.core.world import World

DEEP = 3  # reactions to reactions, at most


def take(ctx: Ctx, view: History, event: Event, depth: int = 0) -> History:
    """Add the checked event with the answers it rests on, and all that follows. Returns the grown history."""
    event = seal_answers(ctx, event)
    if event.name == "classified":
        event = _other_kind(ctx, event)
    if event.name in CORRECTIONS:
        event = _with_what_moved(ctx, view, event)
    view = view.with_event(event)
    for follower in own_consequences(ctx, view, event):
        view = take(_ctx(ctx, view, follower), view, follower, depth + 1)
    if event.name in CORRECTIONS:
        view = _redone(ctx, view, event, depth)
    if depth >= DEEP:
        return view
    for reaction in ctx.procedure.reactions.get(event.name, ()):
        at = Ctx(view, event, event.seq, procedure=ctx.procedure, calendar=ctx.calendar, now=ctx.now, world=ctx.world)
        if (
            not reaction.on.matches(event, at)
            or not reaction.applies(at)
            or (reaction.unless is not None and reaction.unless(at))
        ):
            continue
        for then in reaction.then:
            if then.on == "linked":
                continue  # written there, see on_linked
            follower = written(ctx, view, then, reaction, event, event.occurred)
            view = take(checked_system(ctx, view, follower), view, follower, depth + 1)
    return view


def _redone(ctx: Ctx, view: History, event: Event, depth: int) -> History:
    """What followed by itself from what is taken back is taken back too; what follows from the corrected facts is written."""
    for lost in list(redoing.fallen(ctx, view, event)):
        if lost.seq in view.by_seq:  # not fallen yet with another
            follower = _system(ctx, view, "annulled", event, {}, (lost.seq,))
            follower = changed(follower, seen={**follower.seen, "because": event.seq})
            view = take(_ctx(ctx, view, follower), view, follower, depth + 1)
    for rule, cause in list(redoing.called_for(ctx, view, event)):
        for then in rule.then:
            if then.on != "linked":
                follower = written(ctx, view, then, rule, cause, event.occurred)
                view = take(checked_system(ctx, view, follower), view, follower, depth + 1)
    return view


def _other_kind(ctx: Ctx, event: Event) -> Event:
    """A kind that this procedure does not take ends the case here and begins a linked one under the body's procedure for it."""
    kind = event.case_facts.get("kind")
    if kind is None or kind in ctx.procedure.kinds:
        return event
    body = ctx.procedure.id.partition("/")[0]
    known = ctx.view.vocabulary.procedures
    other = next((p for p, raw in known.items() if p.startswith(f"{body}/") and kind in raw["kinds"]), None)
    if other is None:
        raise Refused("facts", "no_procedure_for_kind", data={"kind": kind})
    opens = OpenCase(other, "handed_over", kind, {**ctx.view.case_facts(), **event.case_facts})
    return changed(event, opens=opens, seen={**event.seen, "ends": True})


def _with_what_moved(ctx: Ctx, view: History, event: Event) -> Event:
    """A correction says itself which limits it moves, takes away or brings: nobody has to find out."""
    assert ctx.calendar is not None and ctx.now is not None
    now = max(ctx.now, event.recorded)
    before = {(d.name, d.opened_by, d.unit): d for d in dues(ctx.procedure, view, ctx.calendar, now)}
    corrected = History([*view.events, event], view.vocabulary)
    after = {(d.name, d.opened_by, d.unit): d for d in dues(ctx.procedure, corrected, ctx.calendar, now)}
    moved = [
        {"limit": key[0], "was": _end_of(before.get(key)), "now": _end_of(after.get(key))}
        for key in dict.fromkeys((*before, *after))
        if _end_of(before.get(key)) != _end_of(after.get(key))
    ]
    return changed(event, seen={**event.seen, "moved": moved}) if moved else event


def _end_of(due: Due | None) -> str:
    return due.end.as_text() if due is not None and due.end is not None else ""


def _ctx(ctx: Ctx, view: History, event: Event) -> Ctx:
    return Ctx(view, event, event.seq - 1, procedure=ctx.procedure, calendar=ctx.calendar, now=ctx.now, world=ctx.world)


def checked_system(ctx: Ctx, view: History, event: Event) -> Ctx:
    """What the system writes must pass bars and gates; steps, roles and approvals do not apply to it."""
    at = _ctx(ctx, view, event)
    check_bars(at, event, event.actor)
    check_facts(at, event)
    return at


def seal_answers(ctx: Ctx, event: Event) -> Event:
    """Ask for every place and answer that rules will look for at this event later, and keep them in its `seen`."""
    ctx.event = event
    for term in ctx.procedure.places.get(event.name, ()):
        ctx.places(term)
    for key, args in ctx.procedure.questions.get(event.name, {}).items():
        ctx.ask(key, args, override=args["world"])
    if not ctx.answers:
        return event
    return changed(event, seen={**_in_short(ctx, event), **event.seen})


def _in_short(ctx: Ctx, event: Event) -> dict[str, Any]:
    """The answers as they are kept. Of all units below another only those that the event speaks of: a province has thousands, and every
    question that is asked again later is about one of these. A notice to all of them needs them all."""
    told = {
        t.removeprefix("each:") for n in ctx.procedure.notices.get(event.name, ()) for t in n.to if isinstance(t, str)
    }
    spoken = {event.actor.unit}
    for value in event.facts.values():
        spoken.update(value if isinstance(value, tuple) else (value,) if isinstance(value, str) else ())
    return {
        key: [u for u in value if u in spoken]
        if key.startswith("place:below") and key[6:] not in told and isinstance(value, list)
        else value
        for key, value in ctx.answers.items()
    }


# -- what the engine itself writes


def own_consequences(ctx: Ctx, view: History, event: Event) -> Iterable[Event]:
    """A self-dispatch is received in the same act; the last approval of a request grants the extension."""
    if event.name == "dispatched" and event.facts.get("dispatch_kind") == "self":
        at_home = changed(SYSTEM, unit=event.facts.get("to"))
        yield _system(ctx, view, "received", event, {}, (event.seq,), actor=at_home)
    if event.name == "approved" and event.re:
        request = view.by_seq.get(event.re[0])
        if request is not None and request.name in ("extension_requested", "extended"):
            yield from _grant(ctx, view, request, event)


def _grant(ctx: Ctx, view: History, request: Event, approval: Event) -> Iterable[Event]:
    at = Ctx(view, approval, approval.seq, procedure=ctx.procedure, calendar=ctx.calendar, now=ctx.now, world=ctx.world)
    if not approvals.granted(at, request):
        return
    facts = {k: request.facts[k] for k in ("limit", "length", "until") if k in request.facts}
    event = _system(ctx, view, "extended", approval, facts, (request.seq, *request.re), clauses=request.clauses)
    yield changed(event, seen={**event.seen, "granted": True})


def _system(
    ctx: Ctx, view: History, name: str, cause: Event, facts: dict[str, Any], re: tuple[int, ...] = (), *, actor: Any = SYSTEM,
    clauses: tuple[str, ...] = (), occurred: datetime | None = None, opens: OpenCase | None = None,
) -> Event:  # fmt: skip
    number = view.round + (1 if name == "reopened" else 0)
    event = Event(
        view.next_seq,
        name,
        occurred or cause.occurred,
        cause.recorded,
        actor,
        facts,
        {},
        {},
        re,
        {},
        number,
        None,
        opens,
        clauses,
    )
    at = _ctx(ctx, view, event)
    return answered(at, with_defaults(at, event))


# -- reactions


def written(
    ctx: Ctx, view: History, then: Then, reaction: Reaction, cause: Event, occurred: datetime, upto: int | None = None
) -> Event:
    """The event that a reaction writes: facts copied, places taken as seen from the event it reacts to (who has the case: as at `upto`)."""
    at = Ctx(
        view, cause, upto or cause.seq, procedure=ctx.procedure, calendar=ctx.calendar, now=ctx.now, world=ctx.world
    )
    facts: dict[str, Any] = {}
    for name, raw in then.facts.items():
        value = _fact(at, then.event, name, raw)
        if value is not None:
            facts[name] = value
    opens = None
    if then.on == "new":
        opens = OpenCase(
            then.procedure or ctx.procedure.id, then.relation or "split", then.kind or "", view.case_facts()
        )
    event = _system(ctx, view, then.event, cause, facts, clauses=reaction.clauses, occurred=occurred, opens=opens)
    return changed(event, re=event.re or (cause.seq,)) if cause.seq else event


def _fact(at: Ctx, event: str, name: str, raw: Any) -> Any:
    kind = at.view.vocabulary.fact_type(event, name)
    assert kind is not None
    if isinstance(raw, dict) and set(raw) == {"fact"}:
        return at.fact(raw["fact"])
    if isinstance(raw, dict) and "world" in raw:
        question = key_of(raw["world"], {k: v for k, v in raw.items() if k != "world"})
        return at.ask(question, raw, override=raw["world"])
    if kind.type == "unit":
        found = at.places(raw)
        return found[0] if found else None
    if kind.type == "units":
        units = [u for t in (raw if isinstance(raw, list) else [raw]) for u in at.places(t)]
        return tuple(units) or None
    if kind.type in ("officer", "officers"):
        people = tuple(p for t in (raw if isinstance(raw, list) else [raw]) for p in officers(at, t))
        return people or None if kind.type == "officers" else (people[0] if people else None)
    return typed.parse(kind, raw, at.view.vocabulary, event)


def officers(at: Ctx, term: str) -> tuple[str, ...]:
    """`role@place` as officers: the one recorded as handler where that is asked, else the role at the place. `actor`: who did the act
    itself; `actor@refused`: who did the newest such act before it."""
    role, _, place = term.partition("@")
    if role == "actor":
        act = at.view.newest(place) if place else at.event
        return (act.actor.person,) if act is not None and act.actor.person else ()
    if role == "handler":
        assigned = at.view.newest("officers_assigned")
        if assigned is not None and assigned.seq <= at.upto:
            return tuple(assigned.facts.get("officers", ()))
    if role == "first_contact":
        registered = at.view.first("registered")
        return (registered.facts.get("first_contact") or registered.actor.person,) if registered else ()
    if at.world is None:
        return ()
    return tuple(p for u in at.places(place) for p in at.world.people(role, u))


def counterpart(event: Event, this_case: str, vocabulary: Vocabulary) -> tuple[str, Attempt] | None:
    """The other case and what the system records on it, where a link is one to be known there too (vocabulary: relation.inverse)."""
    inverse = vocabulary.raw["value"]["relation"].get("inverse", {}).get(event.facts.get("relation", ""))
    if event.name != "linked" or inverse is None:
        return None
    return event.facts["with"], Attempt("linked", event.occurred, {"with": this_case, "relation": inverse})


@dataclass(frozen=True, slots=True)
class LinkedAct:
    """What an event of this case brings about in a case linked to it: which one (`link` is the event that names it), and what."""

    link: Event
    name: str
    facts: dict[str, Any]
    occurred: datetime
    clauses: tuple[str, ...]


def on_linked(
    procedure: Procedure, view: History, event: Event, *, world: World | None, calendar: Calendar, now: datetime
) -> list[LinkedAct]:
    """What the rules have this recorded event write on the cases linked to its own."""
    found: list[LinkedAct] = []
    for reaction in procedure.reactions.get(event.name, ()):
        thens = [t for t in reaction.then if t.on == "linked"]
        at = Ctx(view, event, event.seq, procedure=procedure, calendar=calendar, now=now, world=world)
        if not thens or not reaction.on.matches(event, at) or not reaction.applies(at):
            continue
        if reaction.unless is not None and reaction.unless(at):
            continue
        for then in thens:
            facts = {k: v for k, raw in then.facts.items() if (v := _fact(at, then.event, k, raw)) is not None}
            for link in view.by_name.get("linked", ()):
                if not then.relations or link.facts.get("relation") in then.relations:
                    found.append(LinkedAct(link, then.event, facts, event.occurred, reaction.clauses))
    return found


def entered(
    procedure: Procedure, view: History, act: LinkedAct, *, world: World, calendar: Calendar, now: datetime
) -> list[Event]:
    """The same seen from the linked case: what is written there, nothing where its own rules do not allow it. Goes no further than that
    case."""
    view, known = view.copy(), len(view.events)
    recorded = max(now, view.events[-1].recorded)
    event = Event(
        view.next_seq, act.name, act.occurred, recorded, SYSTEM, act.facts, round=view.round + (act.name == "reopened"), clauses=act.clauses
    )  # fmt: skip
    ctx = Ctx(view, event, event.seq - 1, procedure=procedure, calendar=calendar, now=recorded, world=world)
    event = answered(ctx, with_defaults(ctx, event))
    try:
        at = checked_system(ctx, view, event)
    except Refused:
        return []
    return take(at, view, event).events[known:]


# -- limits that have passed


def sweep(procedure: Procedure, view: History, *, world: World, calendar: Calendar, now: datetime) -> list[Event]:
    """Write what `limit_passed` reactions ask for, in the order in which the limits passed. Grows the history in place."""
    before = len(view.events)
    skip: set[str] = {k for e in view.effective for k in e.seen if k.startswith("passed:")}
    while procedure.passed:  # one at a time: what is written may close or open other limits
        found = _next_passed(procedure, view, calendar, now, skip)
        if found is None:
            break
        due, reaction, mark = found
        skip.add(mark)
        _react(procedure, view, due, reaction, mark, world, calendar, now)
    return view.events[before:]


def _next_passed(
    procedure: Procedure, view: History, calendar: Calendar, now: datetime, skip: set[str]
) -> tuple[Due, Reaction, str] | None:
    best: tuple[datetime, Due, Reaction, str] | None = None
    for due in dues(procedure, view, calendar, now):
        if not due.late or due.end is None or due.closed_by is not None or due.state != "running":
            continue
        for index, reaction in enumerate(procedure.passed):
            mark = f"passed:{due.name}:{due.opened_by}:{due.unit or ''}:{index}"
            if mark not in skip and _concerns(reaction, due):
                moment = first_late_moment(due.end)
                if best is None or moment < best[0]:
                    best = (moment, due, reaction, mark)
    return best[1:] if best else None


def _concerns(reaction: Reaction, due: Due) -> bool:
    return any(n == due.name or n in due.clauses for p in reaction.on.items for n in p.limit_passed)


def _react(
    procedure: Procedure,
    view: History,
    due: Due,
    reaction: Reaction,
    mark: str,
    world: World,
    calendar: Calendar,
    now: datetime,
) -> None:
    """The condition of the reaction is judged on what had been recorded when the limit passed: the first moment it is late counts."""
    moment = first_late_moment(due.end)
    upto = max((e.seq for e in view.effective if e.recorded <= moment), default=0)
    cause = changed(view.by_seq[due.opened_by], recorded=max(now, view.events[-1].recorded))
    ctx = Ctx(view, cause, max(upto, cause.seq), procedure=procedure, calendar=calendar, now=now, world=world)
    if not reaction.applies(ctx) or (reaction.unless is not None and reaction.unless(ctx)):
        return
    for then in reaction.then:
        event = written(ctx, view, then, reaction, cause, moment, ctx.upto)
        event = changed(event, seen={**event.seen, mark: True})
        try:
            at = checked_system(ctx, view, event)
        except Refused:
            continue  # barred on this case: nothing to write
        take(at, view, event, 1)
