"""Who may never see what of a case, by its [[audience]] rules: the words and files of events, facts, the whole case.

Two questions, one for every page and list (`withheld`: what is kept from this person), one for `decide` (`broken`: does this act hand
protected material to somebody who may not have it, directly or through somebody else?).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from huiyin.core import approvals, proposals
from huiyin.core.context import Ctx
from huiyin.core.history import SAME_AS, History
from huiyin.core.model import Actor, Event, Party
from huiyin.core.patterns import acts
from huiyin.core.rules import Audience, Procedure
from huiyin.core.world import Unit, World

LAST = 1 << 60
MATERIAL = frozenset({"evidence_added", "materials_supplied"})
SAID_TO_THE_OTHER_SIDE = frozenset({"settlement_offered", "settlement_answered"})
"""Words that one party of a dispute writes to the other: they are no material, whoever wrote them meant them to be read there."""
HANDS_OVER = frozenset({"dispatched", "joint_assigned", "instructed", "task_given", "entrusted", "transferred_out"})
"""Acts by which a unit gets the case itself, with everything in it, unless they list the files that go along."""
DESTINATIONS = ("to", "lead", "assist", "units")
FILES = "files"


@dataclass(frozen=True, slots=True)
class Withheld:
    """What one person may never see of a case. `words`: events (by number) whose words and files are kept from him; `facts`: names of
    facts of the case, or role.name; `clauses`: the rules it rests on."""

    case: bool = False
    words: frozenset[int] = frozenset()
    facts: frozenset[str] = frozenset()
    clauses: tuple[str, ...] = ()


NOTHING = Withheld()


def withheld(procedure: Procedure, view: History, viewer: Actor, world: World | None) -> Withheld:
    """What the audience rules keep from this person. Without such rules nothing: they come on top of access and walls."""
    if not procedure.audiences:
        return NOTHING
    ctx = Ctx(view, None, LAST, procedure=procedure, world=world)
    case, words, facts, clauses = False, set[int](), set[str](), list[str]()
    for rule in procedure.audiences:
        if not rule.applies(ctx) or not kept_out(rule, viewer, ctx):
            continue
        if rule.named:
            words.update(kept := [e.seq for e in guarded(rule, ctx) if not _is_named(rule, e, viewer, ctx)])
            clauses += rule.clauses if kept else ()
            continue
        if rule.of.get("case") is True:
            case = True
            words.update(e.seq for e in view.events)
        words.update(e.seq for e in guarded(rule, ctx))
        facts.update(name for name in _facts(rule, ctx))
        clauses += rule.clauses
    return Withheld(case, frozenset(words), frozenset(facts), tuple(dict.fromkeys(clauses)))


def kept_out(rule: Audience, viewer: Actor, ctx: Ctx) -> bool:
    """Is this person one of those who may never see it, or (with `only`) not one of those who alone may?"""
    if any(_is_one(term, viewer, ctx) for term in rule.never):
        return True
    if not (rule.only or rule.named) or any(_is_one(term, viewer, ctx) for term in rule.only):
        return False
    return viewer.inside or not _gave_it(rule, viewer, ctx)


def _is_named(rule: Audience, event: Event, viewer: Actor, ctx: Ctx) -> bool:
    """Did this person record the event, or does it name him: in the facts of the rule, as they stand after corrections?"""
    if viewer.inside and viewer.person is not None and viewer.person == event.actor.person:
        return True
    people = [p for name in rule.named for p in _list(event.facts.get(name))]
    return ctx.world is not None and any(ctx.world.same_person(p, viewer) for p in people)


def _gave_it(rule: Audience, viewer: Actor, ctx: Ctx) -> bool:
    """What somebody said himself is no secret from him."""
    roles = {*_list(rule.of.get("from")), *(f.partition(".")[0] for f in _list(rule.of.get("fact")) if "." in f)}
    return viewer.party is not None and any(viewer.party in ctx.view.party_ids(role) for role in roles)


def _is_one(term: str, viewer: Actor, ctx: Ctx) -> bool:
    bare = term.removeprefix("each:")
    if bare in ctx.view.vocabulary.outside:
        same = SAME_AS.get(viewer.role, viewer.role) == SAME_AS.get(bare, bare)
        return not viewer.inside and (same or viewer.party in ctx.view.party_ids(bare))
    if not viewer.inside:
        return False
    if bare.startswith("officers_of:"):
        return _is_officer_of(bare.partition(":")[2], viewer, ctx)
    if "@" in bare and not bare.startswith("function:"):
        return acts(viewer, (bare,), ctx)
    return viewer.unit in _units(bare, ctx)


def _is_officer_of(role: str, viewer: Actor, ctx: Ctx) -> bool:
    """Who works where the party works, or is that person."""
    person = any(
        ctx.world is not None and ctx.world.same_person(p.facts.get("officer"), viewer) for p in _parties(role, ctx)
    )
    return person or viewer.unit in _units(f"unit_of:{role}", ctx)


def _parties(role: str, ctx: Ctx) -> list[Party]:
    return [ctx.view.parties[no] for no in ctx.view.party_ids(role) if no in ctx.view.parties]


def _units(term: str, ctx: Ctx) -> frozenset[str]:
    """The units a place leads to; of the unit a party is or works in also those below it. Every such party counts, not only the first.

    The supervision office of the bureau looks into the officials of that bureau: of an official it is not one of his units.
    """
    kind, colon, role = term.partition(":")
    about = _parties(role, ctx) if colon and kind != "function" else []
    own = [u for p in about if (u := p.facts.get("unit"))]
    tree = ctx.world.tree if ctx.world is not None else None
    if kind == "unit_of" and tree is not None:
        apart = [p.facts.get("unit") for p in about if p.facts.get("respondent_kind") == "official"]
        below = [x for u in own for x in tree.below(u) if u not in apart or not _supervises(tree.units[x])]
        return frozenset((*own, *below))
    if kind == "unit_of":
        return frozenset(own)
    if kind == "parent_of" and tree is not None:
        return frozenset(up[0] for u in own if (up := tree.above(u)))
    return frozenset(ctx.places(term))


def _supervises(unit: Unit) -> bool:
    return "supervision_office" in unit.functions


def agreeing(procedure: Procedure, view: History, fact: str, world: World | None) -> list[Audience]:
    """Rules by which this fact (role.name, or of the case) is shown in plain only when another person agrees, each time."""
    rules = [r for r in procedure.audiences if r.approved_by]
    if not rules:
        return []
    ctx = Ctx(view, None, LAST, procedure=procedure, world=world)
    return [r for r in rules if r.applies(ctx) and is_withheld(Withheld(facts=frozenset(_facts(r, ctx))), fact)]


def may_agree(
    procedure: Procedure, view: History, rules: Iterable[Audience], actor: Actor, world: World | None
) -> bool:
    """Is this one of those who may agree, by each of the rules?"""
    ctx = Ctx(view, None, LAST, procedure=procedure, world=world)
    return all(acts(actor, rule.approved_by, ctx) for rule in rules)


def closed_units(procedure: Procedure, view: History, units: Iterable[str]) -> frozenset[str]:
    """Those of the units that never find the case, nor anybody there, as far as its events alone tell: for lists that are stored. Places
    are those that were kept when it was registered."""
    rules = [r for r in procedure.audiences if r.of.get("case") is True]
    registered = view.first("registered")
    if not rules or registered is None:
        return frozenset()
    ctx = Ctx(view, registered, LAST, procedure=procedure)
    now = Ctx(view, None, LAST, procedure=procedure)
    found: set[str] = set()
    for rule in rules:
        if rule.applies(now):
            named = {u for term in (*rule.never, *rule.only) for u in _units(_place(term), ctx)}
            found.update(u for u in units if (u in named) is not bool(rule.only))
    return frozenset(found)


def _place(term: str) -> str:
    """The place of role@place, or the place itself; of somebody's officers his unit."""
    bare = term.removeprefix("each:").replace("officers_of:", "unit_of:")
    return bare.partition("@")[2] if "@" in bare and not bare.startswith("function:") else bare


# -- what a rule protects


def guarded(rule: Audience, ctx: Ctx) -> list[Event]:
    """Events of the case whose words and files the rule protects."""
    of = rule.of
    roles, sorts, names = _list(of.get("from")), _list(of.get("sort")), _list(of.get("event"))
    found = []
    for event in ctx.view.effective:
        if event.seq > ctx.upto:
            break
        if event.name in names or (roles and _came_from(event, roles, sorts, ctx.view)):
            found.append(event)
    return found


def _came_from(event: Event, roles: Iterable[str], sorts: Iterable[str], view: History) -> bool:
    """Material that one of these handed in, in one of these forms; what was said when the matter was taken down is theirs too."""
    ids = frozenset(no for role in roles for no in view.party_ids(role))
    if event.name == "registered":
        return bool(ids)
    if event.name in SAID_TO_THE_OTHER_SIDE:
        return False
    if event.name in MATERIAL:
        given = event.facts.get("party") or event.actor.party
        whose = view.party_ids(given) if given else view.party_ids("complainant")
        form = event.facts.get("sort")
        return bool(whose & ids) and (not sorts or form is None or form in sorts)
    return event.actor.party is not None and event.actor.party in ids


def _facts(rule: Audience, ctx: Ctx) -> Iterable[str]:
    for name in _list(rule.of.get("fact")):
        role, _dot, own = name.partition(".")
        if own == "*":
            yield from (f"{role}.{f}" for f in ctx.view.vocabulary.party_facts)
        else:
            yield name


def is_withheld(kept: Withheld, fact: str) -> bool:
    """A fact of the case or role.name; a reporter and a complainant are one."""
    role, dot, name = fact.partition(".")
    other = {"reporter": "complainant", "complainant": "reporter"}.get(role, role)
    return kept.case or fact in kept.facts or (bool(dot) and f"{other}.{name}" in kept.facts)


# -- acts that would hand it on


def broken(ctx: Ctx, event: Event) -> list[Audience]:
    """Rules that this act would break: it hands the case, or files that are protected, to somebody who may not have them."""
    goals = _goals(event)
    if not goals:
        return []
    found = []
    for rule in ctx.procedure.audiences:
        reached = _reached(rule, goals, ctx)
        if reached and rule.applies(ctx) and _carries(rule, event, ctx) and not _is_summary(rule, event, ctx):
            found.append(rule)
    return found


def _goals(event: Event) -> frozenset[str]:
    found: set[str] = set()
    for name in DESTINATIONS:
        value = event.facts.get(name)
        found.update(value if isinstance(value, tuple) else (value,) if isinstance(value, str) else ())
    return frozenset(found)


def _reached(rule: Audience, goals: frozenset[str], ctx: Ctx) -> bool:
    for term in (*rule.never, *rule.even_through):
        bare = term.removeprefix("each:")
        if bare in ctx.view.vocabulary.outside:
            if bare in goals or goals & ctx.view.party_ids(bare):
                return True
            continue
        if goals & _units(_place(bare), ctx):
            return True
    return False


def _carries(rule: Audience, event: Event, ctx: Ctx) -> bool:
    """Do protected files go along, or the case itself with something protected in it?"""
    protected = [e for e in guarded(rule, ctx) if e.seq != event.seq]
    files = _list(event.facts.get(FILES))
    if files:
        known = [f for e in protected for f in _list(e.facts.get(FILES))]
        return any(approvals.same_value(k, f) for k in known for f in files)
    whole = event.name in HANDS_OVER
    return whole and (bool(protected) or rule.of.get("case") is True)


def _is_summary(rule: Audience, event: Event, ctx: Ctx) -> bool:
    """A summary that was approved may go where the material itself may not: a proposal of this very act, granted, without files."""
    if rule.allows != "approved_summary" or event.facts.get(FILES):
        return False
    proposed = [p for p in ctx.view.by_name.get("proposed", ()) if p.facts.get("for") == event.name]
    return any(proposals.is_open(ctx, p) and approvals.granted(ctx, p) and _same_to(p, event) for p in proposed)


def _same_to(proposal: Event, event: Event) -> bool:
    return _goals(event) <= _goals(proposal)


def _list(value: Any) -> list[Any]:
    return [] if value is None else list(value) if isinstance(value, list | tuple) else [value]
