"""A matter that a member of the public sends in: which units take it, under which procedure, and how it is registered."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.utils.translation import gettext as _

from huiyin import languages
from huiyin.cases import actions, calendars, clock, looking, queries
from huiyin.cases.models import Case
from huiyin.cases.people import Outside, actor
from huiyin.cases.world import world_for
from huiyin.core.foretell import foresee
from huiyin.core.history import History
from huiyin.core.readiness import DEMANDED, asked_of
from huiyin.core.rules import Procedure
from huiyin.languages import load_vocabulary
from huiyin.moments import local
from huiyin.org import procedures
from huiyin.org import queries as org
from huiyin.web import casepage, words
from huiyin.web.guided import Guide
from huiyin.web.guides import with_asked
from huiyin.web.visits import Receipt


@dataclass(frozen=True)
class Taker:
    """A unit that takes matters of a kind from the public."""

    unit: str
    label: str
    procedure_id: str
    hash: str


def units(kind: str) -> list[Taker]:
    """Units that take in matters of this kind, the one nearest to the public's centre first, then from the top of the tree down."""
    tree = org.tree()
    found = []
    for id, unit in tree.units.items():
        if "intake" not in unit.functions or id.startswith("external:"):
            continue
        adopted = procedures.adopted(id, kind)
        if adopted:
            centre = "centre" not in unit.functions
            found.append(
                (
                    (centre, -len(tree.above(adopted[0].unit)), len(tree.above(id)), unit.area, id),
                    Taker(id, unit.label, adopted[0].procedure, adopted[0].hash),
                )
            )
    return [taker for _order, taker in sorted(found, key=lambda one: one[0])]


PERSON: Final = ("name", "phone", "address", "postcode")  # what a rule may want of the person that the form can ask for


def asked(guide: Guide) -> tuple[list[str], list[str]]:
    """Facts that the rules of any unit here ask for when such a matter is registered, role.name for those of a party: those that everybody
    can say, and those of the person. The latter may stay open: not every unit wants them, and the unit is chosen last."""
    needed: dict[str, None] = {}
    wanted: dict[str, None] = {}
    for one in {t.hash: t for t in units(guide.kind)}.values():
        now, rules = clock.now(), procedures.procedure_for(one.hash)
        look = foresee(
            rules, History([], load_vocabulary()), "registered", actor=actor(Outside(guide.role)),
            world=world_for(one.unit, one.procedure_id, now.date(), None), calendar=calendars.current(), now=now,
        )  # fmt: skip
        needed |= dict.fromkeys(f for f in look.asks if f.partition(".")[0] != guide.role)
        wanted |= dict.fromkeys(f for f in look.asks if f.partition(".")[0] == guide.role)
        found = looking.look(
            rules, one.unit, by=Outside(guide.role), facts={"kind": guide.kind, "channel": "web", "real_name": True},
            parties=[{"role": guide.role}], before=(),
        )  # fmt: skip
        open_ = [p for p in found.readiness.points if p.sort == DEMANDED and not p.met]
        own = [f for f in asked_of(open_, guide.role) if f.partition(".")[0] == guide.role]
        wanted |= dict.fromkeys(f for f in own if f.partition(".")[2] in PERSON)
    return list(needed), list(wanted)


def guide_for(guide: Guide) -> Guide:
    """The form with what the rules ask for beyond it."""
    return with_asked(guide, *asked(guide))


def taker(unit: str, kind: str) -> Taker | None:
    """That unit, when it takes such matters."""
    return next((t for t in units(kind) if t.unit == unit), None)


def procedure(unit: str, kind: str) -> Procedure | None:
    """The rules the matter would be taken in under."""
    found = taker(unit, kind)
    return procedures.procedure_for(found.hash) if found else None


def receive(guide: Guide, unit: str, facts: Mapping[str, Any], *, key: str) -> Receipt:
    """Register what was filled in. Raises Refused, BadFact, Busy, KeyReused."""
    found = taker(unit, guide.kind)
    if found is None:
        raise LookupError(f"{unit} takes no {guide.kind}")
    case_facts = {name: value for name, value in facts.items() if "." not in name}
    case_facts |= {"kind": guide.kind, "channel": "web", "source": "direct"}
    parties = _parties(guide.role, facts)
    if guide.role == "complainant":
        case_facts["real_name"] = True
    with languages.in_source():  # kept in the case
        if case_facts.get("real_name") and (open_ := _left_open(guide, facts)):
            case_facts["not_given"] = _("%s：在网上提交时没有填写") % words.listed(open_)
    case = actions.register(
        procedures.procedure_for(found.hash), unit, by=Outside(guide.role), facts=case_facts, parties=parties, key=key
    )
    code, anonymous = getattr(case, "code", ""), facts.get("real_name") is False
    at = words.moment_text(local(case.created))
    return Receipt(case.pk, case.number or "", code, guide.kind, at, found.label, anonymous, found.unit)


def _left_open(guide: Guide, facts: Mapping[str, Any]) -> list[str]:
    """What the form asked of the person and got no answer to."""
    asked_ = [q.fact for s in guide.screens for q in s.questions if q.fact.startswith(f"{guide.role}.")]
    labels = load_vocabulary().party_facts
    names = [fact.partition(".")[2] for fact in asked_ if facts.get(fact) in (None, "")]
    return [labels[name].label_zh for name in names if name in PERSON]


def _parties(role: str, facts: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The person first: who acts is party 1."""
    found = []
    for side in (role, "respondent"):
        own = {name.partition(".")[2]: value for name, value in facts.items() if name.startswith(f"{side}.")}
        if side == role:
            found.append({"role": role, "natural_person": True, **own})
        elif own and facts.get("respondent_known") is not False:
            found.append({"role": side, **own})
    return found


def limits(receipt: Receipt) -> list[casepage.LimitRow]:
    """What is due to the person now, for the receipt."""
    case = Case.objects.get(pk=receipt.case_id)
    opened = queries.open_case(case)
    rows = casepage.limit_rows(opened.limits, calendars.current(), opened.now, open_only=True, inside=False)
    return [row for row in rows if not row.due.window]
