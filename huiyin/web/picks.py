"""Units and officers that a form offers for each fact: those that make sense there. What else is sent is judged by the rules, not here."""

from collections.abc import Mapping, Sequence
from typing import Final

from django.utils.translation import gettext as _

from huiyin.core.history import History
from huiyin.core.world import UnitTree
from huiyin.org.models import Officer
from huiyin.org.queries import in_force, today
from huiyin.web import words
from huiyin.web.forms.fields import Options

MOST_UNITS: Final = 400  # of one group: a province has thousands below it, and nobody chooses among those
MOST_PEOPLE: Final = 400

# (event, fact) -> whom it may sensibly name; what is not here: the units of the body
WHO: Final[Mapping[tuple[str, str], str]] = {
    ("transferred_out", "to"): "outside",
    ("neighbour_informed", "to"): "outside own",
    ("unit_informed", "to"): "case own outside",
    ("messaged", "to"): "case own outside",
    ("competence_disputed", "units"): "case own outside",
    ("competence_settled", "unit"): "case own outside",
    ("return_requested", "competent_unit"): "own outside",
    ("returned", "competent_unit"): "own outside",
    ("returned", "to"): "back",
    ("centre_informed", "to"): "function:centre",
    ("entrusted", "to"): "function:mediation_body",
    ("instructed", "to"): "below",
    ("task_given", "to"): "others",
    ("assistance_requested", "to"): "up",
    ("appealed", "to"): "up",
    ("progress_noted", "to"): "case up",
    ("answer_submitted", "to"): "case up",
    ("reported_back", "to"): "case up",
    ("sent_back", "to"): "case",
    ("urged", "to"): "case",
    ("supervised", "to"): "case",
    ("endorsed", "to"): "case own",
    ("meeting_held", "units"): "case own",
    ("limit_agreed", "units"): "case own",
    ("plan_made", "units"): "case own",
    ("responsibility_decided", "units"): "case own",
    ("breach_recorded", "unit"): "case own",
    ("breach_confirmed", "unit"): "case own",
    ("sanction_decided", "unit"): "case own",
}
# (event, fact) -> roles that come into question; without an entry everybody of the units concerned
ROLES: Final[Mapping[tuple[str, str], frozenset[str]]] = {
    ("reported_up", "to"): frozenset({"unit_head", "leader", "director", "supervisor", "duty_leader"}),
}

DOERS: Final = (
    "handler",
    "enforcement_officer",
    "mediator",
)  # who usually gets a case stands first among those of a unit


def part_in(view: History, tree: UnitTree) -> list[str]:
    """Units that have or had the case, in the order in which they got it."""
    routing = view.routing_at()
    order = [
        routing.registrar,
        *(h.receiver for h in view.hops),
        *sorted(routing.within),
        routing.lead,
        *routing.assist,
    ]
    order += sorted(routing.has | routing.had | routing.involved)
    return [u for u in dict.fromkeys(order) if u and u in tree]


def units(event: str, fact: str, tree: UnitTree, here: str, view: History) -> Options:
    """The units for one fact, in groups; those of the body where nothing narrower comes into question."""
    kinds = WHO.get((event, fact), "own")
    groups: list[tuple[str, Sequence[str]]] = []
    for kind in kinds.split():
        groups += GROUPS[kind](tree, here, view) if kind in GROUPS else [_with_function(tree, kind)]
    taken: set[str] = set()
    found = []
    for label, ids in groups:
        fresh = [u for u in dict.fromkeys(ids) if u in tree and u not in taken][:MOST_UNITS]
        taken.update(fresh)
        found += [(label, [(u, tree.units[u].label) for u in fresh])] if fresh else []
    if not found and kinds != "own":
        return [(label, [(u, tree.units[u].label) for u in ids]) for label, ids in _own(tree, here, view) if ids]
    return found


def _own(tree: UnitTree, here: str, view: History) -> list[tuple[str, Sequence[str]]]:
    near = [here, *tree.below(here)][:MOST_UNITS] if here in tree else []
    rest = [u for u in tree.own() if u not in set(near)]
    rest.sort(key=lambda u: (len(tree.above(u)), tree.units[u].area, u))
    return [(_("本单位及所属"), near), (_("其他单位"), rest[:MOST_UNITS])]


def _others(tree: UnitTree, here: str, view: History) -> list[tuple[str, Sequence[str]]]:
    return [(label, [u for u in ids if u != here]) for label, ids in _own(tree, here, view)]


def _below(tree: UnitTree, here: str, view: History) -> list[tuple[str, Sequence[str]]]:
    return [(_("所属单位"), tree.below(here))]


def _outside(tree: UnitTree, here: str, view: History) -> list[tuple[str, Sequence[str]]]:
    return [(_("外部机关"), sorted(u for u in tree.units if u.startswith("external:")))]


def _case(tree: UnitTree, here: str, view: History) -> list[tuple[str, Sequence[str]]]:
    return [(_("与本案有关的单位"), part_in(view, tree))]


def _back(tree: UnitTree, here: str, view: History) -> list[tuple[str, Sequence[str]]]:
    senders = [h.sender for h in reversed(view.hops) if h.sender]
    senders += [str(e.actor.unit) for e in reversed(view.by_name.get("dispatched", ())) if e.actor.unit]
    return [(_("转来的单位"), [u for u in (*senders, view.routing_at().registrar or "") if u != here])]


def _up(tree: UnitTree, here: str, view: History) -> list[tuple[str, Sequence[str]]]:
    named = [u for f in ("centre", "supervision_office") if (u := tree.nearest_with(f, here))]
    return [(_("上级和监督单位"), [u for u in (*tree.above(here), *named) if u != here])]


GROUPS: Final = {
    "own": _own, "others": _others, "below": _below, "outside": _outside, "case": _case, "back": _back, "up": _up,
}  # fmt: skip


def _with_function(tree: UnitTree, kind: str) -> tuple[str, Sequence[str]]:
    function = kind.partition(":")[2]
    label = words.vocabulary().functions.get(function, "")
    own = tree.own()
    found = [u for u in tree.units if function in tree.units[u].functions and (u in own or u.startswith("external:"))]
    return label, sorted(found, key=lambda u: (u.startswith("external:"), len(tree.above(u)), u))


def officers(event: str, facts: Sequence[str], tree: UnitTree, here: str, view: History) -> dict[str, Options]:
    """People for each of these facts: of the own unit and those below it, then of the units that have a part in the case; a person once
    in each unit. One query."""
    near = [here, *tree.below(here)[:MOST_UNITS]]
    up = [u for u in tree.above(here) if any((event, fact) in ROLES for fact in facts)]
    wanted = list(dict.fromkeys((*near, *part_in(view, tree), *up)))
    rows = Officer.objects.filter(in_force(today()), unit_id__in=wanted, person__is_active=True)
    posted = list(rows.select_related("person", "unit").order_by("pk"))
    if len(posted) > MOST_PEOPLE:
        posted = [p for p in posted if p.unit_id == here or p.unit_id in view.routing_at().has]
    return {fact: _people(posted, wanted, tree, ROLES.get((event, fact))) for fact in facts}


def _people(posted: Sequence[Officer], wanted: Sequence[str], tree: UnitTree, roles: frozenset[str] | None) -> Options:
    found: dict[str, dict[str, list[str]]] = {}
    labels: dict[str, str] = {}
    for row in posted:
        if roles is None or row.role in roles:
            labels[row.person.key] = row.person.display_name
            found.setdefault(row.unit_id, {}).setdefault(row.person.key, []).append(row.role)
    return [
        (
            tree.units[u].label,
            [(p, f"{labels[p]}（{words.listed(map(words.role_label, held))}）") for p, held in _doers_first(found[u])],
        )
        for u in wanted
        if u in found and u in tree
    ]


def _doers_first(people: Mapping[str, Sequence[str]]) -> list[tuple[str, Sequence[str]]]:
    order = {role: at for at, role in enumerate(DOERS)}
    return sorted(people.items(), key=lambda one: min(order.get(role, len(DOERS)) for role in one[1]))
