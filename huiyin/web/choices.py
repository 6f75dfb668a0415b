"""What the fields of a form offer in the case at hand: units, officers, parties, places, grounds, limits. Only the lists that are needed are read."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from django.utils.translation import gettext as _

from huiyin.core.foretell import Ask
from huiyin.core.history import History
from huiyin.core.model import Due
from huiyin.core.rules import Procedure
from huiyin.core.vocabulary import FactType
from huiyin.core.world import UnitTree
from huiyin.org import directory
from huiyin.org.models import Area, PlaceArea
from huiyin.web import picks, words
from huiyin.web.forms.fields import Offered, Options

UNITS: Final = frozenset({"unit", "units"})
OFFICERS: Final = frozenset({"officer", "officers"})
PLACES: Final = frozenset({"place"})
MOST_AREAS: Final = 400  # a longer list is no list to choose from


def offered(
    event: str, facts: Iterable[FactType], *, procedure: Procedure, view: History, tree: UnitTree, here: str,
    names: Mapping[str, str], dues: Sequence[Due] = (), cases: Options = (),
) -> Offered:  # fmt: skip
    """For the form of one event. `here`: the unit that acts; `names`: parties by number, masked; `dues`: every limit; `cases`: cases that a
    number may mean."""
    facts = list(facts)
    types = {f.type for f in facts}
    own: dict[str, Options] = {
        f.name: picks.units(event, f.name, tree, here, view) for f in facts if f.type in UNITS
    }  # fmt: skip
    people = [f.name for f in facts if f.type in OFFICERS]
    own |= picks.officers(event, people, tree, here, view) if people else {}
    own |= {"refer_to": directory.options()} if any(f.name == "refer_to" for f in facts) else {}
    running = [d for d in dues if d.open and not d.window]
    named = extendable(procedure, running) if event.startswith("exten") else _late_first(dues)
    return Offered(
        of=own,
        units=units(tree, here) if UNITS & types and not own else (),
        parties=parties(view, names),
        places=places() if PLACES & types else (),
        grounds=[(code, f"{found[0].says}〔{code}〕") for code, found in procedure.grounds.get(event, {}).items()],
        limits=[(d.clauses[0], limit_text(d)) for d in named if d.clauses] if "clause" in types else (),
        cases=cases,
    )


def limit_text(due: Due) -> str:
    """A limit as a choice: what it says, when it ends, its clause."""
    end = _("，%s到期") % words.end_text(due.end) if due.end is not None else ""
    return f"{due.says}{end}〔{due.clauses[0]}〕"


def _late_first(dues: Sequence[Due]) -> list[Due]:
    """Each limit of the case once, those that were passed first."""
    found: dict[str, Due] = {}
    for due in sorted((d for d in dues if d.clauses), key=lambda d: not d.late):
        found.setdefault(due.clauses[0], due)
    return list(found.values())


def extendable(procedure: Procedure, running: Sequence[Due]) -> list[Due]:
    """The running limits for which the rules know an extension; all of them where there is none, so that the refusal can say so."""
    named = {name for extension in procedure.extensions for name in extension.of}
    return [d for d in running if d.name in named or named.intersection(d.clauses)] or list(running)


def bases(procedure: Procedure, asks: Sequence[Ask]) -> Options:
    """The clauses that a rule lets one choose from as the basis of a step, with what each says; none where it names just one."""
    codes = next((a.clauses for a in asks if len(a.clauses) > 1), ())
    says: dict[str, str] = {}
    for entry in procedure.entries():
        if len(entry.clauses) == 1 and entry.clauses[0] in codes and entry.says:
            says.setdefault(entry.clauses[0], entry.says)
    return [(code, f"{says[code]}〔{code}〕") for code in codes if code in says] if len(says) > 1 else []


def units(tree: UnitTree, here: str) -> Options:
    """The units of the body, the own ones first, then outside bodies."""
    near = [here, *tree.below(here)] if here in tree else []
    own = [u for u in tree.own() if u not in near]
    order = sorted(own, key=lambda u: (len(tree.above(u)), tree.units[u].area, u))
    outside = sorted(u for u in tree.units if u.startswith("external:"))
    groups = ((_("本单位及所属"), near), (_("其他单位"), order), (_("外部机关"), outside))
    return [(label, [(u, tree.units[u].label) for u in found]) for label, found in groups if found]


def officers(tree: UnitTree, here: str, view: History) -> Options:
    """People of the own unit and those below it, then of the units that have a part in the case."""
    return picks.officers("registered", ["officer"], tree, here, view)["officer"]


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
