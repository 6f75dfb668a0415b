"""What the desk may choose, with the reason: categories by the words that were typed, the unit by jurisdiction, the area by an address, another
authority by its matters. Suggestions of data alone; nothing is chosen until somebody presses it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from django.utils.translation import gettext as _

from huiyin.cases import scripts as typed_scripts
from huiyin.core import phrases
from huiyin.core.context import Ctx
from huiyin.core.identifiers import folded
from huiyin.core.questions import answer_of, routed_areas
from huiyin.core.readiness import DEMANDED, Readiness
from huiyin.core.rules import Procedure
from huiyin.org import categories, directory
from huiyin.org import queries as org
from huiyin.org.models import Area, Officer, PlaceArea
from huiyin.web import words
from huiyin.web.scripts import Said, Script

TOLD_IN: Final = ("goods", "what", "summary", "demand", "why", "where")  # fields whose words tell what it is about
SHORTEST: Final = 2  # characters of a name of a category that say something
FEW: Final = 3  # of each sort of suggestion
MOST_AREAS: Final = 400
MOST_PLACES: Final = 200


@dataclass(frozen=True)
class Choice:
    """Something to choose. `field` and `value`: the input it goes into; `why`: on what it rests."""

    field: str
    value: str
    label: str
    why: str
    chosen: bool = False

    @property
    def fills(self) -> str:
        """For the script that fills it in: name of the input -> value."""
        return json.dumps({self.field: self.value}, ensure_ascii=False)


def fills_of(business: Any) -> dict[str, str]:
    """Inputs of the form that a known business fills, with their values."""
    told = {
        "name": business.name, "credit_code": business.code, "address": business.address, "area": business.area,
        "respondent_kind": business.kind,
    }  # fmt: skip
    return {f"respondent.{name}": value for name, value in told.items() if value}


@dataclass
class Advice:
    """What to do with the matter as it is typed. `state`: nothing | lacking | refuse | ready."""

    state: str = "nothing"
    lacking: int = 0
    clauses: tuple[str, ...] = ()
    says: str = ""
    say: list[Said] = field(default_factory=list)
    grounds: list[str] = field(default_factory=list)
    categories: list[Choice] = field(default_factory=list)
    areas: list[Choice] = field(default_factory=list)
    units: list[Choice] = field(default_factory=list)
    elsewhere: list[tuple[str, str]] = field(default_factory=list)
    sends_to: str = ""  # the unit that one key dispatches to, in words

    def __bool__(self) -> bool:
        return bool(self.state != "nothing" or self.categories or self.units or self.areas or self.elsewhere)


def advice(
    procedure: Procedure, officer: Officer, form: Any, facts: Mapping[str, Any], parties: Sequence[Mapping[str, Any]], *,
    found: Readiness, script: Script | None, chosen_unit: str, ctx: Ctx | None,
) -> Advice:  # fmt: skip
    """Everything for what is typed so far; nothing while nothing is."""
    if not form.is_bound or not _says_something(facts, parties):
        return Advice()
    told = _acceptance(procedure, ctx, found, script)
    text = " ".join(str(facts.get(name) or "") for name in TOLD_IN)
    kind = str(facts.get("kind") or procedure.kinds[0])
    told.categories = by_words(text, kind, set(facts.get("category") or ()))
    told.areas = _areas(parties)
    told.elsewhere = _elsewhere(text, parties)
    if ctx is not None and "dispatched" in found.offers:
        told.units = _units(ctx, chosen_unit, form)
        likely = {one.field.partition(".")[0]: one.value for one in told.areas}
        if not told.units and likely:  # as if the area that an address names were chosen
            assumed = [{**p, "area": likely[p["role"]]} if p["role"] in likely else dict(p) for p in parties]
            there = typed_scripts.taking_down(procedure, officer.unit_id, by=officer, facts=facts, parties=assumed)
            told.units = _units(there, chosen_unit, form) if there is not None else []
        told.sends_to = words.unit_label(chosen_unit) if chosen_unit else told.units[0].label if told.units else ""
    return told


def _says_something(facts: Mapping[str, Any], parties: Sequence[Mapping[str, Any]]) -> bool:
    return any(facts.get(name) for name in TOLD_IN) or any(
        p.get("name") or p.get("area") or p.get("address") for p in parties
    )


# -- may it be taken up


def _acceptance(procedure: Procedure, ctx: Ctx | None, found: Readiness, script: Script | None) -> Advice:
    """A ground that what is typed supports comes first, then what is lacking; else it can be taken up."""
    lacking = sum(p.sort == DEMANDED and not p.met for p in found.points)
    if script is not None and script.refusals:
        return Advice("refuse", lacking, grounds=[one.says for one in script.refusals])
    if lacking:
        return Advice("lacking", lacking)
    offer = found.offers.get("accepted")
    lines = []
    if ctx is not None:
        known = {"unit": "", "today": words.date_text(org.today())}
        for phrase in phrases.offered(procedure, ctx, moment="accepted"):
            text, missing = phrases.filled(phrase, known)
            lines += [Said(text, "", phrase.says, phrase.clauses)] if text and not missing and phrase.on is None else []
    return Advice(
        "ready",
        clauses=offer.clauses[:3] if offer else (),
        says=offer.says[0] if offer and offer.says else "",
        say=lines[:1],
    )


# -- the category, by words


def by_words(text: str, kind: str, chosen: Iterable[str] = ()) -> list[Choice]:
    """Categories one of whose names stands in the text, the longest name first; of a branch only the narrowest."""
    wanted, taken = folded(text).casefold(), set(chosen)
    hits: list[tuple[int, int, Any, str]] = []
    for _scheme, known in categories.choices(org.today(), kind):
        for category in known:
            names = [name for name in (category.label, *category.words) if len(folded(name)) >= SHORTEST]
            said = [name for name in names if folded(name).casefold() in wanted]
            if said:
                best = max(said, key=len)
                hits.append((-len(best), -len(category.path), category, best))
    hits.sort(key=lambda hit: hit[:2])
    above = {hit[2].path[:-1] for hit in hits}
    found = [hit for hit in hits if hit[2].path not in above][:FEW]
    return [Choice("category", c.id, c.path_text, _("说到“%s”") % name, c.id in taken) for _l, _d, c, name in found]


# -- the unit, by jurisdiction


def _units(ctx: Ctx, chosen: str, form: Any) -> list[Choice]:
    """Units that are competent at the place that the rules look at, the nearest first."""
    area = next(iter(routed_areas(ctx)), None)
    if area is None:
        return []
    label = _label(form, area) or org.place_labels([area]).get(area, area)
    route = ctx.procedure.route_for(ctx) if ctx.procedure is not None else None
    found = _step_by_step(answer_of(ctx, "competent_units", {"world": "competent_units"}), ctx.here() or "")[:FEW]
    clauses = f"〔{'、'.join(route.clauses[:2])}〕" if route is not None and route.clauses else ""
    why = _("事情所在的%(area)s归它管辖%(clauses)s") % {"area": label, "clauses": clauses}
    return [Choice("then-dispatched_to", unit, words.unit_label(unit), why, unit == chosen) for unit in found]


def _step_by_step(competent: Sequence[str], here: str) -> list[str]:
    """Competent units without the own one: first those right below it, for matters go down step by step, then the others, the nearest first."""
    tree = org.tree()
    below = [next((u for u in (unit, *tree.above(unit)) if u in tree.children.get(here, ())), "") for unit in competent]
    return [u for u in dict.fromkeys((*below, *competent)) if u and u != here]


def _label(form: Any, area: str) -> str:
    """An area as the form offers it."""
    field = form.fields.get("respondent.area")
    for value, label in getattr(field, "choices", ()):
        for code, name in label if isinstance(label, list | tuple) else ((value, label),):
            if code == area:
                return str(name)
    return ""


# -- the area, by an address


def known_places() -> list[str]:
    """Names of known places, for completing an address."""
    return list(PlaceArea.objects.order_by("label").values_list("label", flat=True)[:MOST_PLACES])


def _areas(parties: Sequence[Mapping[str, Any]]) -> list[Choice]:
    """The narrowest area whose name stands in an address, where none is chosen yet."""
    wanted = [(p["role"], str(p["address"])) for p in parties if p.get("address") and not p.get("area")]
    if not wanted:
        return []
    known = list(Area.objects.order_by("code").values_list("code", "label")[:MOST_AREAS])
    found = []
    for role, address in wanted:
        hits = sorted((code, label) for code, label in known if len(label) >= SHORTEST and label in address)
        if hits:
            code, label = max(hits, key=lambda hit: len(hit[0].rstrip("0")))
            found.append(
                Choice(
                    f"{role}.area",
                    code,
                    label,
                    _("%(role)s的地址里有“%(area)s”") % {"role": words.role_label(role), "area": label},
                )
            )
    return found[:FEW]


# -- another authority


def _elsewhere(text: str, parties: Sequence[Mapping[str, Any]]) -> list[tuple[str, str]]:
    """Authorities one of whose matters stands in the text: how they are told, and the word."""
    if len(text.strip()) < SHORTEST:
        return []
    area = next((str(p["area"]) for p in parties if p.get("role") == "respondent" and p.get("area")), None)
    found = []
    for entry in directory.entries():
        if area and not directory.serves(entry, area):
            continue
        named = [m for m in entry.matters if ":" not in m and len(m) >= SHORTEST and m in text]
        if named:
            found.append((max(len(m) for m in named), directory.told(entry), max(named, key=len)))
    found.sort(key=lambda row: -row[0])
    return [(told, _("说到“%s”") % name) for _long, told, name in found[:FEW]]
