"""What the fields of a form offer in the case at hand: units, officers, parties, places, grounds, limits. Only the lists that are needed are read."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from django.utils.translation import gettext as _

from huiyin.core.history import History
from huiyin.core.model import Due
from huiyin.core.rules import Procedure
from huiyin.core.world import UnitTree
from huiyin.org.models import Area, Officer, PlaceArea
from huiyin.org.queries import in_force, today
from huiyin.web import words
from huiyin.web.forms.fields import Offered, Options

UNITS: Final = frozenset({"unit", "units"})
OFFICERS: Final = frozenset({"officer", "officers"})
PLACES: Final = frozenset({"place"})
MOST_AREAS: Final = 400  # a longer list is no list to choose from


def offered(
    event: str, types: Iterable[str], *, procedure: Procedure, view: History, tree: UnitTree, here: str,
    names: Mapping[str, str], running: Sequence[Due] = (),
) -> Offered:  # fmt: skip
    """For the form of one event. `here`: the unit that acts; `names`: parties by number, masked."""
    wanted = set(types)
    return Offered(
        units=units(tree, here) if UNITS & wanted else (),
        officers=officers(tree, here, view) if OFFICERS & wanted else (),
        parties=parties(view, names),
        places=places() if PLACES & wanted else (),
        grounds=[(code, f"{found[0].says}〔{code}〕") for code, found in procedure.grounds.get(event, {}).items()],
        limits=[(d.clauses[0], f"{d.says}〔{d.clauses[0]}〕") for d in running if d.clauses],
    )


def extendable(procedure: Procedure, running: Sequence[Due]) -> list[Due]:
    """The running limits for which the rules know an extension; all of them where there is none, so that the refusal can say so."""
    named = {name for extension in procedure.extensions for name in extension.of}
    return [d for d in running if d.name in named or named.intersection(d.clauses)] or list(running)


def units(tree: UnitTree, here: str) -> Options:
    """The units of the body, the own ones first, then outside bodies."""
    near = [here, *tree.below(here)] if here in tree else []
    own = [u for u in tree.own() if u not in near]
    order = sorted(own, key=lambda u: (len(tree.above(u)), tree.units[u].area, u))
    outside = sorted(u for u in tree.units if u.startswith("external:"))
    groups = ((_("本单位及所属"), near), (_("其他单位"), order), (_("外部机关"), outside))
    return [(label, [(u, tree.units[u].label) for u in found]) for label, found in groups if found]


def officers(tree: UnitTree, here: str, view: History) -> Options:
    """People of the own unit and those below it, then of the units that have a part in the case; a person once in each unit."""
    routing = view.routing_at()
    part = {u for u in (*routing.has, *routing.involved, *routing.within, *routing.assist) if u in tree}
    near = [here, *tree.below(here)]
    rows = Officer.objects.filter(in_force(today()), unit_id__in={*near, *part}, person__is_active=True)
    found: dict[str, dict[str, list[str]]] = {}
    labels: dict[str, str] = {}
    for row in rows.select_related("person", "unit").order_by("pk"):
        labels[row.person.key] = row.person.display_name
        found.setdefault(row.unit_id, {}).setdefault(row.person.key, []).append(words.role_label(row.role))
    order = [u for u in (*near, *sorted(part)) if u in found]
    return [
        (tree.units[u].label, [(p, f"{labels[p]}（{words.listed(roles)}）") for p, roles in found[u].items()])
        for u in dict.fromkeys(order)
    ]


def parties(view: History, names: Mapping[str, str]) -> Options:
    """The parties of the case."""
    return [
        (no, " ".join(filter(None, (words.role_label(party.role), names.get(no, "")))))
        for no, party in view.parties.items()
    ]


def places() -> Options:
    """Known places, then areas."""
    known = list(PlaceArea.objects.order_by("label").values_list("id", "label"))
    found = areas()
    return [(_("常用地点"), known), (_("地区"), found)] if known else found


def areas() -> Options:
    """Areas by name, each behind the one it lies in."""
    rows = list(Area.objects.order_by("code").values_list("code", "label", "parent__label")[: MOST_AREAS + 1])
    return [(code, f"{parent} {label}" if parent else label) for code, label, parent in rows[:MOST_AREAS]]
