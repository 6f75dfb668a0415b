"""Event patterns: which events a rule means. Compiled once; matching an event touches only what the pattern asks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from huiyin.core.comparisons import Check
from huiyin.core.context import Ctx
from huiyin.core.model import Actor, Event

OR = "|"  # between approvers of whom any one will do
RELATIVE = ("urger", "giver", "task_to", "sender", "receiver", "'from'")  # what depends on the opening event or its hop


@dataclass(frozen=True, slots=True)
class Pattern:
    """One event pattern. `where` are checks of facts; `re` is "from" (answers the opening event) or names of events it must answer."""

    names: frozenset[str]
    where: tuple[tuple[str, Check], ...] = ()
    to: tuple[str, ...] = ()
    by: tuple[str, ...] = ()
    re: tuple[str, ...] = ()
    each: tuple[str, ...] = ()
    times: int = 1
    after_event: Patterns | None = None
    before_event: Patterns | None = None
    limit_passed: tuple[str, ...] = ()
    lenient: bool = False  # replied stands for party_informed about result, and the other way round
    raw: Any = None
    times_set: str | None = None  # the setting that says how many times
    days: bool = False  # each on another day
    steady: bool = False  # matches the same events whatever limit looks: found once for all its instances
    unanswered: tuple[str, ...] = ()  # only those that no such event has answered yet

    def matches(self, event: Event, ctx: Ctx) -> bool:
        if event.name not in self.names:
            return False
        at = ctx.at(event) if (self.where or self.to or self.by) else ctx
        if self.where and not self._where(event, at):
            return False
        told = self.lenient and event.name == "party_informed" and "about" not in _names(self.where)
        if told and event.facts.get("about") != "result":
            return False
        if self.re and not self._answers(event, ctx):
            return False
        if self.to and not addressed(event, self.to, at):
            return False
        if self.by and not acts(event.actor, self.by, at):
            return False
        if self.unanswered and self._answered(event, ctx):
            return False
        return self._after(event, ctx) and self._before(event, ctx)

    def _answered(self, event: Event, ctx: Ctx) -> bool:
        later = (e for n in self.unanswered for e in ctx.view.by_name.get(n, ()) if e.seq <= ctx.upto)
        return any(event.seq in e.re for e in later)

    def _where(self, event: Event, at: Ctx) -> bool:
        for name, check in self.where:
            if name == "about" and self.lenient and event.name == "replied":
                continue  # an answer to the matter is about its result
            value = event.facts.get(name)
            if value is None and name in event.case_facts:
                value = event.case_facts[name]
            if not check(value, at):
                return False
        return True

    def _answers(self, event: Event, ctx: Ctx) -> bool:
        if "from" in self.re:
            return ctx.opening is not None and ctx.opening.seq in event.re
        found = (ctx.view.by_seq.get(seq) for seq in event.re)
        return any(e is not None and e.name in self.re for e in found)

    def _after(self, event: Event, ctx: Ctx) -> bool:
        if self.after_event is None:
            return True
        newest = max((e.seq for e in self.after_event.found(ctx)), default=0)
        return event.seq > newest

    def _before(self, event: Event, ctx: Ctx) -> bool:
        if self.before_event is None:
            return True
        return all(event.seq < e.seq for e in self.before_event.found(ctx))


def _names(where: tuple[tuple[str, Check], ...]) -> set[str]:
    return {name for name, _ in where}


@dataclass(frozen=True, slots=True)
class Patterns:
    """Any of several patterns, or (`every`) all of them."""

    items: tuple[Pattern, ...]
    every: bool = False
    names: frozenset[str] = frozenset()

    @staticmethod
    def of(items: Sequence[Pattern], every: bool = False) -> Patterns:
        names: frozenset[str] = frozenset().union(*(p.names for p in items)) if items else frozenset()
        return Patterns(tuple(items), every, names)

    def matches(self, event: Event, ctx: Ctx) -> bool:
        """Does this one event fit any of the patterns?"""
        return event.name in self.names and any(p.matches(event, ctx) for p in self.items)

    def found(self, ctx: Ctx, keep: Callable[[Event], bool] | None = None) -> list[Event]:
        """Matching events up to `ctx.upto`, in order of recording."""
        events = [e for n in self.names for e in ctx.view.by_name.get(n, ()) if e.seq <= ctx.upto]
        hits = [e for e in events if (keep is None or keep(e)) and any(p.matches(e, ctx) for p in self.items)]
        hits.sort(key=lambda e: e.seq)
        return hits

    def satisfied(self, ctx: Ctx, keep: Callable[[Event], bool] | None = None) -> bool:
        """Were such events recorded? Each pattern with its `times` and `each`; any of the patterns, or all with `every`."""
        outcome = (completed(p, Patterns.of([p]).found(ctx, keep), ctx) is not None for p in self.items)
        return all(outcome) if self.every else any(outcome)


def completed(pattern: Pattern, hits: Iterable[Event], ctx: Ctx) -> Event | None:
    """The event with which the pattern is complete (the n-th, the last of each), none when it is not."""
    hits = list(hits)
    if pattern.days:
        hits = list({e.occurred.date(): e for e in reversed(hits)}.values())[::-1]  # the first of each day
    if not pattern.each:
        times = times_of(pattern, ctx)
        return hits[times - 1] if len(hits) >= times else None
    last: Event | None = None
    for target in pattern.each:
        ways = [_once_each(_targets(term, ctx), hits, ctx) for term in target.split(OR)]
        ways = [w for w in ways if w] or ways[:1]  # an alternative that nobody stands for is none
        done = min((w for w in ways if w is not None), key=lambda w: max((e.seq for e in w), default=0), default=None)
        if done is None:
            return None
        for event in done:
            last = event if last is None or event.seq > last.seq else last
    return last


def _once_each(targets: frozenset[str], hits: list[Event], ctx: Ctx) -> list[Event] | None:
    """The first event for each of these parties or units; none where one of them has had no such event."""
    found = [next((e for e in hits if wanted in reached(e, ctx)), None) for wanted in targets]
    return None if None in found else [e for e in found if e is not None]


def times_of(pattern: Pattern, ctx: Ctx) -> int:
    """How many such events are asked: as the rule says, or as the office has set it."""
    if pattern.times_set is None:
        return pattern.times
    name = pattern.times_set
    value = ctx.ask(f"setting:{name}", {"world": "setting", "name": name}, override=name)
    return max(int(value), 1) if isinstance(value, int) else 1


def _targets(term: str, ctx: Ctx) -> frozenset[str]:
    if term.removeprefix("each:") in ctx.view.vocabulary.outside:
        return ctx.view.party_ids(term.removeprefix("each:"))
    return frozenset(ctx.places(term))


def reached(event: Event, ctx: Ctx) -> frozenset[str]:
    """Parties and units that an event is addressed to or concerns."""
    found: set[str] = set()
    for name in ("to", "party", "parties", "signed_by"):
        value = event.facts.get(name)
        if value is None:
            continue
        values = value if isinstance(value, tuple) else (value,)
        found.update(values)
        found |= ctx.view.party_ids(tuple(v for v in values if isinstance(v, str)))
    return frozenset(found)


def addressed(event: Event, terms: tuple[str, ...], ctx: Ctx) -> bool:
    """Is the event's `to` one of these places or parties?"""
    mine = reached(event, ctx)
    for term in terms:
        bare = term.removeprefix("each:")
        if bare in ctx.view.vocabulary.outside:
            if mine & ctx.view.party_ids(bare):
                return True
        elif "@" in bare and not bare.startswith("function:"):
            role, _, place = bare.partition("@")
            if any(f"{role}@{u}" in mine for u in ctx.places(place)):
                return True
        elif mine & set(ctx.places(bare)):
            return True
    return False


def acts(actor: Actor, terms: tuple[str, ...], ctx: Ctx, here: frozenset[str] | None = None) -> bool:
    """Is the actor one of `role@place`? `here` overrides that place (units that have the case, or the proposer's unit)."""
    return any(
        _acts_as(actor, term, ctx, here)
        if OR not in term
        else any(_acts_as(actor, one, ctx, here) for one in term.split(OR))
        for term in terms
    )


def each_role(terms: Iterable[str]) -> tuple[str, ...]:
    """Every `role@place` of the terms, alternatives one by one."""
    return tuple(role for term in terms for role in term.split(OR))


def _acts_as(actor: Actor, term: str, ctx: Ctx, here: frozenset[str] | None) -> bool:
    role, at, place = term.partition("@")
    if not at:
        if role == "first_contact":
            return is_first_contact(actor, ctx)
        if actor.inside or actor.role == "system":
            return actor.role == role
        return bool(actor.party and actor.party in ctx.view.party_ids(role)) or _same_outside(actor.role, role)
    if not actor.inside or not _role_fits(actor, role, ctx):
        return False
    place = place.removeprefix("each:")
    if place == "here":
        units = here if here is not None else has_case(ctx)
        return units is None or actor.unit in units
    found = set(ctx.places(place))
    if place == "receiver":
        found |= ctx.routing().within
    return actor.unit in found


def _same_outside(role: str, wanted: str) -> bool:
    return role == wanted or {role, wanted} == {"complainant", "reporter"}


def _role_fits(actor: Actor, role: str, ctx: Ctx) -> bool:
    if role == "first_contact":
        return is_first_contact(actor, ctx)
    return role in ("any", actor.role)


def is_first_contact(actor: Actor, ctx: Ctx) -> bool:
    """The officer recorded as first contact; by default the one who registered."""
    registered = ctx.view.first("registered")
    if registered is None:
        return False
    named = registered.facts.get("first_contact")
    if named is not None:
        return bool(named == actor.person)
    return registered.actor.person == actor.person


def has_case(ctx: Ctx) -> frozenset[str] | None:
    """Units that have the case; none before registration, when any unit of the body may begin one."""
    routing = ctx.routing()
    return routing.has if routing.registrar is not None else None
