"""The page of registering: all its forms together, what is recorded with them, and what stands beside them while somebody writes."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.forms.utils import ErrorDict
from django.http import QueryDict
from django.utils.translation import gettext as _

from huiyin.cases import calendars, clock, looking
from huiyin.cases.finding import Finder
from huiyin.cases.intake import Step
from huiyin.cases.looking import Known, Look
from huiyin.cases.people import actor
from huiyin.cases.scripts import taking_down
from huiyin.cases.several import OTHER_HALF
from huiyin.cases.world import CaseWorld, world_for
from huiyin.core.foretell import foresee
from huiyin.core.history import History
from huiyin.core.rules import Procedure
from huiyin.core.vocabulary import load_vocabulary
from huiyin.org import procedures
from huiyin.web import caller, choices, meter, scripts, suggest, visits
from huiyin.web.forms.also import LinkForm, OtherHalfForm, ThenForm
from huiyin.web.forms.fields import Offered
from huiyin.web.forms.people import JointForm, PersonForm, people_of
from huiyin.web.forms.register import RegisterForm
from huiyin.web.meter import Meter
from huiyin.web.people import DeskRequest
from huiyin.web.scripts import RefuseForm


@dataclass
class Page:
    """The page with all its forms."""

    form: RegisterForm
    people: list[PersonForm]
    joint: JointForm
    then: ThenForm
    link: LinkForm
    other: OtherHalfForm | None
    refuse: RefuseForm

    def all(self) -> list[forms.Form]:
        """Every form of the page that holds something."""
        found: list[forms.Form] = [self.form, *self.people, self.then, self.link, self.refuse]
        found += [self.joint] if self.people else []
        return [*found, *([self.other] if self.other else [])]

    def are_valid(self) -> bool:
        """All are looked at, so that all mistakes are named at once."""
        valid = [form.is_valid() for form in self.all()]
        return all(valid)

    def forget_errors(self) -> None:
        """Somebody is still writing: what is not there yet is no mistake."""
        for form in self.all():
            if form.is_bound:
                form._errors = ErrorDict()  # type: ignore[attr-defined]

    def parties(self) -> list[dict[str, Any]]:
        """Everybody, in the order in which they get their numbers."""
        return self.form.parties([one.party() for one in self.people])

    def steps(self, request: DeskRequest) -> list[Step]:
        """What is recorded after registering, in the same act."""
        by = request.officer
        found = [step for one in self.people if (step := one.step(by, self.form.role)) is not None]
        if self.people:
            own = [str(n) for n, p in enumerate(self.parties(), 1) if p["role"] == self.form.role]
            found += self.joint.steps(by, own)
        refused = self.refuse.step()
        more = [Step(refused[0], by, refused[1])] if refused is not None else []
        return [*found, *self.link.steps(by), *self.then.steps(by), *more]


# -- the forms of the page


def page_of(
    request: DeskRequest, procedure: Procedure, typed: QueryDict | None, begins: Mapping[str, Any] | None = None
) -> Page:
    unit, now = request.officer.unit_id, clock.now()
    world = world_for(unit, procedure.id, now.date(), None)
    view = History([], load_vocabulary())
    offered = Offered(
        units=choices.units(world.tree, unit), officers=choices.officers(world.tree, unit, view), places=choices.places(),
        codes={},
    )  # fmt: skip
    first = looking.look(procedure, unit, by=request.officer, facts={"kind": procedure.kinds[0]}, parties=())
    role = "reporter" if set(procedure.kinds) <= {"report"} else "complainant"
    form = RegisterForm(
        procedure, offered=offered, asked=_asks(request, procedure, world), looked_at=meter.looked_at(first.readiness, role), data=typed,
        initial={"channel": "phone", "source": "direct", "key": visits.new_key(), "first_contact": request.officer.person.key,
            **(begins or {})},
    )  # fmt: skip
    if typed is not None:
        typed = typed.copy()
        for n in range(people_of(typed)):
            typed.setdefault(f"p{n + 2}-role", form.role)
    people = [PersonForm(n + 2, offered, form.role, data=typed) for n in range(people_of(typed))]
    half = OTHER_HALF.get(procedure.kinds[0])
    there = half is not None and bool(procedures.adopted(unit, half))
    page = Page(
        form, people, JointForm(_complainants(form, people), data=typed), ThenForm(first.readiness.offers, offered, data=typed),
        LinkForm(data=typed), OtherHalfForm(half, data=typed) if half and there else None, RefuseForm(data=typed),
    )  # fmt: skip
    for event, asked in page.then.asks.items():
        scripts.watch(page.then, procedure, event, {f"{event}_{name}": name for name in asked})
    return page


def _asks(request: DeskRequest, procedure: Procedure, world: CaseWorld) -> Mapping[str, Any]:
    view, now = History([], load_vocabulary()), clock.now()
    by = actor(request.officer)
    return foresee(procedure, view, "registered", actor=by, world=world, calendar=calendars.current(), now=now).asks


def _complainants(form: RegisterForm, people: list[PersonForm]) -> list[tuple[str, str]]:
    """(number, words) of everybody who complains, as far as it is typed."""
    found = [("1", _named(1, form[f"{form.role}.name"].value()))]
    return found + [(str(p.no), _named(p.no, p["name"].value())) for p in people if p["role"].value() == form.role]


def _named(no: int, name: Any) -> str:
    return _("第%(no)d人 %(name)s") % {"no": no, "name": name or ""}


def meter_of(request: DeskRequest, procedure: Procedure, page: Page) -> Meter:
    """The rules and the earlier cases on what is typed. A value that is no answer yet counts as not said."""
    unit, form, finder = request.officer.unit_id, page.form, Finder()
    for one in page.all():
        one.is_valid()
    facts, parties = (form.facts(), page.parties()) if form.is_bound else ({"kind": procedure.kinds[0]}, [])
    found = looking.look(
        procedure,
        unit,
        by=request.officer,
        facts=facts,
        parties=parties,
        occurred=form.happened() if form.is_bound else None,
        finder=finder,
    )
    if found.bad is not None:  # what cannot be read is said at its field when it is sent
        kept = {n: v for n, v in facts.items() if n != found.bad.fact}
        found = Look(
            looking.look(procedure, unit, by=request.officer, facts=kept, parties=_readable(parties)).readiness
        )
    known = looking.likely(request.officer, parties, finder) if parties else Known()
    business = form.data.get("respondent.name", "") if form.is_bound else ""
    code = form.data.get("respondent.credit_code", "") if form.is_bound else ""
    shown = [] if looking.business(code) else looking.known_businesses(business, code)
    told = meter.meter(found, known, shown, form, form.role)
    readable = _readable(parties) if found.bad else parties
    ctx = taking_down(
        procedure, unit, by=request.officer, facts=facts, parties=readable, occurred=form.happened() if form.is_bound else None,
        finder=finder,
    )  # fmt: skip
    told.script = scripts.at_intake(procedure, request.officer, form, ctx)
    same = form.is_bound and form.data.get("refuse") == form.data.get("refuse_for")
    told.refuse_text = form.data.get("refuse_text", "") if same else ""
    told.caller = caller.known(request.officer, known, _phone(parties))
    sent_to = page.then.data.get("then-dispatched_to", "") if page.then.is_bound else ""
    told.advice = suggest.advice(
        procedure, request.officer, form, facts, readable, found=found.readiness, script=told.script, chosen_unit=sent_to, ctx=ctx
    )  # fmt: skip
    return told


def _phone(parties: list[dict[str, Any]]) -> str:
    """The number of who is calling."""
    return next((str(p["phone"]) for p in parties if p.get("phone") and p.get("role") != "respondent"), "")


def _readable(parties: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{n: v for n, v in p.items() if n not in ("phone", "postcode", "credit_code")} for p in parties]
