"""A matter that a member of the public sends in: which units take it, under which procedure, and how it is registered."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from huiyin.cases import actions, calendars, clock, queries
from huiyin.cases.models import Case
from huiyin.cases.people import Outside, actor
from huiyin.cases.world import world_for
from huiyin.core.foretell import foresee
from huiyin.core.history import History
from huiyin.core.rules import Procedure
from huiyin.core.vocabulary import load_vocabulary
from huiyin.moments import local
from huiyin.org import procedures
from huiyin.org import queries as org
from huiyin.web import casepage, words
from huiyin.web.guided import Guide
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


def asked(guide: Guide) -> list[str]:
    """Facts that the rules of any unit here ask for when such a matter is registered, role.name for those of a party."""
    found: dict[str, None] = {}
    for one in {t.hash: t for t in units(guide.kind)}.values():
        now = clock.now()
        look = foresee(
            procedures.procedure_for(one.hash), History([], load_vocabulary()), "registered", actor=actor(Outside(guide.role)),
            world=world_for(one.unit, one.procedure_id, now.date(), None), calendar=calendars.current(), now=now,
        )  # fmt: skip
        found |= dict.fromkeys(look.asks)
    return list(found)


def guide_for(guide: Guide) -> Guide:
    """The form with what the rules ask for beyond it."""
    return guide.with_asked(asked(guide))


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
    case = actions.register(
        procedures.procedure_for(found.hash), unit, by=Outside(guide.role), facts=case_facts, parties=parties, key=key
    )
    code = getattr(case, "code", "")
    return Receipt(case.pk, case.number or "", code, guide.kind, words.moment_text(local(case.created)), found.label)


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
