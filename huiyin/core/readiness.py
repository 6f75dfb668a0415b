"""What a matter still lacks, seen while it is being written down: every rule that speaks of registering it and of the next step, with the facts
it looks at, and whether it holds for what is typed. Decides nothing: `decide` alone does."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final

from huiyin.core import consequences
from huiyin.core.checks import context, steps_of
from huiyin.core.context import Ctx
from huiyin.core.defaults import answered, with_defaults
from huiyin.core.facts import is_set
from huiyin.core.history import History
from huiyin.core.model import Actor, Attempt, Event, Refused
from huiyin.core.offers import Offer, offer_of
from huiyin.core.rules import Entry, Procedure
from huiyin.core.workdays import Calendar
from huiyin.core.world import World

DEMANDED, ADVISED = "demanded", "advised"
SAME: Final = {"complainant": "reporter", "reporter": "complainant"}


@dataclass(frozen=True, slots=True)
class Element:
    """A fact that a rule looks at: of the case, or role.name of a party."""

    fact: str
    given: bool


@dataclass(frozen=True, slots=True)
class Point:
    """One rule. `event`: the step it stands before; `sort`: demanded (the step is refused without it) or advised."""

    event: str
    sort: str
    says: str
    clauses: tuple[str, ...]
    elements: tuple[Element, ...]
    met: bool


@dataclass(frozen=True)
class Readiness:
    """All points, and what the officer could record next: `offers` by event."""

    points: Sequence[Point] = ()
    offers: Mapping[str, Offer] = field(default_factory=dict)

    def facts(self) -> dict[str, bool]:
        """Every fact that some rule demands or advises, once: is it given?"""
        found: dict[str, bool] = {}
        for point in self.points:
            for one in point.elements:
                found.setdefault(one.fact, one.given)
        return found


def readiness(
    procedure: Procedure, attempt: Attempt, *, before: Iterable[str], actor: Actor, world: World, calendar: Calendar, now: datetime,
    vocabulary: Any,
) -> Readiness:  # fmt: skip
    """The attempt is a registration as it is typed. `before`: further steps that are looked at as if it had been registered."""
    view = History([], vocabulary)
    event = Event(
        1, attempt.name, min(attempt.occurred, now), now, actor, attempt.facts, attempt.case_facts, attempt.parties, (), attempt.seen, 1
    )  # fmt: skip
    ctx = context(procedure, view, event, world, calendar, now)
    event = answered(ctx, with_defaults(ctx, event))
    ctx.event = event
    points = [*_needs(ctx, event), *_rules(ctx, event, own=True)]
    there = _registered(ctx, view, event)
    offers = {}
    for name in before:
        offer = offer_of(procedure, there, name, actor, world, calendar, now)
        if offer is None or there.first(name) is not None:
            continue
        offers[name] = offer
        points += _rules(*_next(procedure, there, name, actor, world, calendar, now), own=False)
    return Readiness(tuple(dict.fromkeys(points)), offers)


def _registered(ctx: Ctx, view: History, event: Event) -> History:
    """The history as it would be, with what the rules write in the same act; where they refuse something there, without that."""
    with suppress(Refused):
        return consequences.take(ctx, view.copy(), event)
    return view.with_event(event)


def _next(
    procedure: Procedure, view: History, name: str, actor: Actor, world: World, calendar: Calendar, now: datetime
) -> tuple[Ctx, Event]:
    event = Event(view.next_seq, name, now, now, actor, round=view.round)
    ctx = context(procedure, view, event, world, calendar, now)
    event = answered(ctx, with_defaults(ctx, event))
    ctx.event = event
    return ctx, event


def _needs(ctx: Ctx, event: Event) -> Iterable[Point]:
    for step in steps_of(ctx, event.name)[0]:
        elements = tuple(_element(ctx, name) for name in step.needs)
        if elements:
            yield Point(event.name, DEMANDED, step.says, step.clauses, elements, all(e.given for e in elements))


def _rules(ctx: Ctx, event: Event, *, own: bool) -> Iterable[Point]:
    """Gates and hints of an event. Of a later step those are left out that look at what its own form has yet to bring."""
    procedure = ctx.procedure
    facts = frozenset(ctx.view.vocabulary.events[event.name].facts)
    for sort, rules in (
        (DEMANDED, procedure.gates.get(event.name, ())),
        (ADVISED, procedure.hints.get(event.name, ())),
    ):
        for rule in rules:
            if not rule.events.matches(event, ctx) or not rule.applies(ctx):
                continue
            if not own and (rule.holds.facts & facts or any(p.where or p.to for p in rule.events.items)):
                continue
            yield _point(ctx, event, sort, rule)


def _point(ctx: Ctx, event: Event, sort: str, rule: Entry) -> Point:
    names = dict.fromkeys(looked_at(rule.raw.get("holds"), ctx.view.vocabulary))
    elements = tuple(_element(ctx, name) for name in names)
    return Point(event.name, sort, rule.says, rule.clauses, elements, bool(rule.holds(ctx)))  # type: ignore[attr-defined]


def _element(ctx: Ctx, name: str) -> Element:
    return Element(name, is_set(ctx.fact(name)))


def looked_at(holds: Any, vocabulary: Any) -> Iterable[str]:
    """Facts of the case and of its parties that a condition reads, in the order in which it names them."""
    if isinstance(holds, Mapping):
        name = holds.get("fact")
        if isinstance(name, str) and (name in vocabulary.case_facts or vocabulary.party_fact(name) is not None):
            yield name
        for key in ("all", "any", "none"):
            yield from looked_at(holds.get(key), vocabulary)
    elif isinstance(holds, list):
        for part in holds:
            yield from looked_at(part, vocabulary)


def asked_of(points: Iterable[Point], role: str) -> list[str]:
    """Facts that rules look at, with the one who sends the matter in under this role."""
    found: dict[str, None] = {}
    for point in points:
        for one in point.elements:
            side, dot, name = one.fact.partition(".")
            found[f"{role}.{name}" if dot and SAME.get(side) == role else one.fact] = None
    return list(found)


def renamed(point: Point, role: str) -> Point:
    """The point with the one who sends the matter in under this role."""
    return replace(
        point,
        elements=tuple(
            Element(f"{role}.{e.fact.partition('.')[2]}", e.given)
            if "." in e.fact and SAME.get(e.fact.partition(".")[0]) == role
            else e
            for e in point.elements
        ),
    )
