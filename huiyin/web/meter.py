"""The meter beside the desk's form: what the rules of the procedure want said, and what is still missing. Made of the rules' own words alone."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from django import forms
from django.utils.translation import gettext_lazy as _

from huiyin.cases.businesses import Known as Business
from huiyin.cases.looking import Known, Look
from huiyin.core.readiness import ADVISED, Point, Readiness, renamed
from huiyin.languages import load_vocabulary
from huiyin.web import problems, words
from huiyin.web.caller import Caller
from huiyin.web.casefile import number_key
from huiyin.web.problems import Problem
from huiyin.web.scripts import Script
from huiyin.web.suggest import Advice

WAY_OUT: Final = frozenset({"not_given"})  # says why something is missing: no element of its own


@dataclass(frozen=True)
class Element:
    """One thing to be said. `anchor`: id of its input on the page, where it has one."""

    label: str
    said: bool
    anchor: str


@dataclass(frozen=True)
class Line:
    """One rule that is not met yet."""

    says: str
    clauses: tuple[str, ...]
    step: str  # the step it stands before, in words
    advised: bool


@dataclass(frozen=True)
class Repeat:
    """An earlier case that may be meant."""

    key: str
    number: str
    kind: str
    stage: str
    unit: str
    same: str
    over: bool
    began: object
    chosen: bool


@dataclass
class Meter:
    """All that stands beside the form."""

    elements: Sequence[Element] = ()
    lacking: Sequence[Line] = ()
    advised: Sequence[Line] = ()
    met: int = 0
    repeats: Sequence[Repeat] = ()
    about_respondent: int = 0
    open_about_respondent: int = 0
    businesses: Sequence[Business] = ()
    problem: Problem | None = None
    link_to: str = ""
    relation: str = "repeat"
    relations: Sequence[tuple[str, str]] = field(default_factory=list)
    script: Script | None = None  # questions and wording of the rules
    refuse_text: str = ""
    caller: Caller | None = None
    advice: Advice | None = None

    @property
    def said(self) -> int:
        """How many elements are said."""
        return sum(one.said for one in self.elements)

    @property
    def complete(self) -> bool:
        """Is nothing lacking that a rule demands?"""
        return not self.lacking and self.problem is None


def meter(look: Look, known: Known, businesses: Sequence[Business], form: forms.Form, role: str) -> Meter:
    """What the template shows."""
    points = [renamed(p, role) for p in look.readiness.points]
    lines = [_line(p) for p in points if not p.met]
    sent: Mapping[str, str] = form.data if form.is_bound else {}
    relation = load_vocabulary().values["relation"]
    return Meter(
        _elements(points, form), [x for x in lines if not x.advised], [x for x in lines if x.advised], sum(p.met for p in points),
        _repeats(known, sent.get("link_to", "")), known.about_respondent, known.open_about_respondent, businesses,
        problems.of_bad_fact(look.bad) if look.bad is not None else None, sent.get("link_to", ""), sent.get("relation", "repeat"),
        [(r, relation[r]) for r in ("repeat", "same_matter", "supplement")],
    )  # fmt: skip


def looked_at(found: Readiness, role: str) -> list[str]:
    """Facts that the rules read when a matter is registered and accepted, by the names of the form's fields."""
    return list(dict.fromkeys(e.fact for p in found.points for e in renamed(p, role).elements))


def _elements(points: Iterable[Point], form: forms.Form) -> list[Element]:
    """Every fact that a rule wants to be there, once. Of a rule that holds, nothing is missing, whichever way it was met."""
    said: dict[str, bool] = {}
    for point in points:
        if point.sort == ADVISED:
            continue
        for one in point.elements:
            if one.fact not in WAY_OUT and one.fact in form.fields:
                said[one.fact] = said.get(one.fact, True) and (one.given or point.met)
    return [Element(_label(fact), given, f"id_{fact}") for fact, given in said.items()]


def _label(fact: str) -> str:
    vocabulary = load_vocabulary()
    role, dot, name = fact.partition(".")
    if not dot:
        kind = vocabulary.case_facts.get(fact) or vocabulary.events["registered"].facts[fact]
        return kind.label_zh
    told = {"role": words.role_label(role), "fact": vocabulary.party_facts[name].label_zh}
    return str(_("%(role)s的%(fact)s")) % told


def _line(point: Point) -> Line:
    return Line(point.says, point.clauses, words.event_label(point.event), point.sort == ADVISED)


SAME: Final = {
    ("person", "phone"): _("电话相同"),
    ("person", "id_number"): _("证件号码相同"),
    ("person", "name"): _("姓名相同"),
    ("person", "credit_code"): _("信用代码相同"),
    ("respondent", "phone"): _("被诉方电话相同"),
    ("respondent", "name"): _("被诉方名称相同"),
    ("respondent", "credit_code"): _("被诉方信用代码相同"),
    ("respondent", "id_number"): _("被诉方证件相同"),
}


def _repeats(known: Known, chosen: str) -> list[Repeat]:
    found = []
    for one in known.likely:
        case = one.case
        name = case.number or f"#{case.pk}"
        same = words.listed(str(SAME[pair]) for pair in one.same)
        found.append(
            Repeat(
                number_key(case),
                name,
                words.kind_label(case.kind),
                words.stage_label(case.stage),
                words.unit_label(case.handling_unit),
                same,
                case.ended or case.archived,
                case.began,
                chosen == name,
            )
        )
    return found
