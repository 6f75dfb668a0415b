"""Who may find a case and read what in it, as far as events alone tell. The shell's queries give the same answers from stored copies.

Officers see cases that their unit, or a unit below it, has or had; sections and handlers only their own. Confidentiality narrows that, and
a wall beats everything. The respondent sees only what was addressed to it.
"""

from __future__ import annotations

from huiyin.core.audience import is_withheld, withheld
from huiyin.core.checks import walled
from huiyin.core.context import Ctx
from huiyin.core.history import History
from huiyin.core.model import Actor
from huiyin.core.rules import Procedure
from huiyin.core.world import INNER_LEVELS, World

IDENTITY = frozenset(
    {"name", "phone", "address", "postcode", "email", "id_type", "id_number", "contact_person", "post"}
)
# who find no other cases of their unit than their own
OWN_CASES = frozenset({"handler", "mediator", "enforcement_officer"})
# who says what others may do, and sees nothing of it
NO_CASES = frozenset({"security_administrator"})
HANDLE = frozenset(
    {
        "handler",
        "enforcement_officer",
        "mediator",
        "intake_officer",
        "unit_head",
        "leader",
        "duty_officer",
        "caller_back",
        "archivist",
    }
)


def units_of(view: History) -> frozenset[str]:
    """Units that have or had the case, or a part in it."""
    routing = view.routing_at()
    units = set(routing.has | routing.had | routing.involved | routing.within)
    for name in ("instructed", "neighbour_informed", "centre_informed", "unit_informed"):
        for event in view.by_name.get(name, ()):
            to = event.facts.get("to", ())
            units.update(to if isinstance(to, tuple) else (to,))
            units.update(event.seen.get("place:skipped") or ())
    return frozenset(units)


def officers_of(view: History) -> tuple[list[tuple[str, str]], set[str]]:
    """(unit, person) of those who were assigned or acted, and the units that named their officers: their other handlers have no part in it."""
    found: dict[tuple[str, str], None] = {}
    named: set[str] = set()
    for event in view.effective:
        unit = event.actor.unit
        if unit and event.actor.person not in ("", "system"):
            found[unit, event.actor.person] = None
        if event.name == "officers_assigned" and unit:
            named.add(unit)
            found |= dict.fromkeys((unit, person) for person in event.facts.get("officers", ()))
        elif event.name == "handed_over" and unit:
            found.pop((unit, event.facts["from_officer"]), None)  # what he sees from now on, he sees as his unit does
            found[unit, event.facts["to_officer"]] = None
    return list(found), named


def may_find(view: History, actor: Actor, world: World, procedure: Procedure | None = None) -> bool:
    """Does this officer or party find the case at all? What one may not find does not exist (404)."""
    if procedure is not None and withheld(procedure, view, actor, world).case:
        return False
    if not actor.inside:
        return actor.party is not None and actor.party in view.parties and actor.role not in ("respondent", "public")
    if actor.role in NO_CASES or walled(view, actor, world) is not None:
        return False
    units = units_of(view)
    if actor.role in OWN_CASES:
        persons, named = officers_of(view)
        near = {actor.unit, *world.tree.above(actor.unit or ""), *world.tree.below(actor.unit or "")}
        if any(person == actor.person and unit in near for unit, person in persons):
            return True  # what he did at another body stayed there
        units -= named
    if actor.unit in units:
        return True
    own = world.tree.units.get(actor.unit or "")
    if own is not None and own.level in INNER_LEVELS:
        return _is_watcher(actor, world) and any(u in world.tree.own() for u in units)
    below = set(world.tree.below(actor.unit))
    return bool(units & below)


def _is_watcher(actor: Actor, world: World) -> bool:
    """Supervision offices watch over the body they belong to."""
    unit = world.tree.units.get(actor.unit or "")
    return unit is not None and "supervision_office" in unit.functions


def may_read(view: History, actor: Actor, world: World, fact: str, procedure: Procedure) -> bool:
    """May this officer or party be given a fact (role.name, or a fact of the case)?"""
    if not may_find(view, actor, world) or is_withheld(withheld(procedure, view, actor, world), fact):
        return False
    role, dot, name = fact.partition(".")
    kind = Ctx(view, None, 1 << 60, procedure=procedure).fact("kind")
    if not dot:
        kind_of = view.vocabulary.case_facts.get(fact)
        return kind_of is None or kind_of.plain or actor.inside
    if name not in IDENTITY:
        return actor.inside
    if not actor.inside:
        return actor.party in view.party_ids(role)
    if role in ("reporter", "complainant") and kind in ("report", "staff_complaint"):
        return actor.role in HANDLE and actor.unit in view.routing_at().has
    return True
