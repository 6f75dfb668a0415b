"""The desk: registering what somebody says by telephone, at the window, by letter; with what the rules still want, who is known, and drafts.

A telephone system opens the page with the number of the caller behind the # (`call`): so it reaches no log and no list of visited pages.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.forms.utils import ErrorDict
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from huiyin import languages
from huiyin.cases import actions, calendars, clock, drafts, looking, queries, recordings
from huiyin.cases.actions import Registration
from huiyin.cases.errors import Busy, KeyReused, NoSuchCase
from huiyin.cases.finding import Finder
from huiyin.cases.intake import Step
from huiyin.cases.looking import Known, Look
from huiyin.cases.models import Case, Draft
from huiyin.cases.people import actor
from huiyin.cases.scripts import taking_down
from huiyin.cases.several import OTHER_HALF
from huiyin.cases.world import CaseWorld, world_for
from huiyin.core.facts import BadFact
from huiyin.core.foretell import foresee
from huiyin.core.history import History
from huiyin.core.model import Refused
from huiyin.core.rules import Procedure
from huiyin.core.vocabulary import load_vocabulary
from huiyin.moments import local
from huiyin.org import procedures
from huiyin.org.snapshot import Adopted
from huiyin.web import caller, choices, meter, problems, scripts, suggest, visits, words
from huiyin.web.casefile import number_key
from huiyin.web.forms import files
from huiyin.web.forms.also import LinkForm, OtherHalfForm, ThenForm
from huiyin.web.forms.fields import Offered
from huiyin.web.forms.people import JointForm, PersonForm, people_of
from huiyin.web.forms.register import RegisterForm
from huiyin.web.meter import Meter
from huiyin.web.people import DeskRequest, for_officers
from huiyin.web.problems import Problem
from huiyin.web.scripts import RefuseForm

BUTTONS: Final = ("check", "person", "take", "take_caller", "choose")  # that change the form itself
NOT_TYPED: Final = frozenset({"csrfmiddlewaretoken", "save", "draft", "go", *BUTTONS})  # buttons, not answers


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


@login_not_required
@never_cache
@require_http_methods(["GET", "POST"])
def register(request: HttpRequest) -> HttpResponse:
    """The form; with the number of a caller in the address it is sent on first, before a log-in would write the number into its own address."""
    if "phone" in request.GET:
        return call(request)
    if not request.user.is_authenticated:
        return redirect_to_login(request.get_full_path())
    return _register_page(request)


@for_officers
def _register_page(request: DeskRequest) -> HttpResponse:
    """Choose the procedure, fill in the page, register; or keep it as a draft. What is missing is named and nothing typed is lost."""
    found = _adopted(request)
    message = _message(request)
    wanted = message.procedure_id if message is not None else request.GET.get("procedure")
    chosen = next((a for a in found if a.procedure == wanted), None)
    files.take_in(request, _owner(request))
    draft = _draft(request)
    typed: QueryDict | None = request.POST if request.method == "POST" else None
    if draft is not None and typed is None:
        chosen = chosen or next((a for a in found if a.procedure == draft.procedure_id), None)
        typed = _restored(drafts.load(_owner(request), draft.pk))
    if chosen is None:
        if request.method == "POST" or wanted:
            raise Http404
        told = {"here": "register", "procedures": [_choice(a) for a in found], "drafts": _drafts(request, found)}
        return render(request, "web/register.html", told)
    if typed is not None and request.method == "POST" and (button := _pressed(request)):
        typed = button
    return _answer(request, chosen, draft, typed, message)


def _answer(
    request: DeskRequest, chosen: Adopted, draft: Draft | None, typed: QueryDict | None, message: Case | None = None
) -> HttpResponse:
    """The page, or what came of it. `message`: the message on the recording telephone that is being registered."""
    procedure = procedures.procedure_for(chosen.hash if message is None else message.procedure_hash)
    if typed is not None and "go" in request.POST:
        typed = _sent_on(request, procedure, typed)
    page = _page(
        request, procedure, typed, _begins(request, message) if message is not None and typed is None else None
    )
    told: dict[str, Any] = {
        "here": "register", "page": page, "form": page.form, "procedure": chosen, "draft": draft.pk if draft else "", "message": message,
        "began": local(message.began) if message is not None else None, "known_places": suggest.known_places(),
    }  # fmt: skip
    for one in page.all():
        files.tell(request, one)
    if request.method == "GET" or set(BUTTONS) & set(request.POST):
        told["meter"] = _meter(request, procedure, page)
        if "check" not in request.POST:
            page.forget_errors()
        return render(request, "web/register.html", told)
    if "save" in request.POST:
        _keep(request, chosen, draft)
        messages.success(request, _("草稿已存，在“我的待办”下面和“登记”页都可以接着填。"))
        return redirect("work")
    if not page.are_valid() or scripts.unseen(page.then):
        told["meter"] = _meter(request, procedure, page)
        return render(request, "web/register.html", told, status=422)
    outcome = _register(request, procedure, page, message)
    if isinstance(outcome, Problem):
        told |= {"problem": outcome, "meter": _meter(request, procedure, page)}
        for name in outcome.fields:
            if name in page.form.fields:
                page.form.add_error(name, _("请填写这一项。") if outcome.status == 409 else _("请改一下这一项。"))
        return render(request, "web/register.html", told, status=outcome.status)
    if draft is not None:
        drafts.drop(_owner(request), draft.pk)
    for case in outcome:
        messages.success(request, _said(case))
    return redirect(reverse("case", args=[number_key(outcome[0])]))


def _said(case: Case) -> str:
    """The number, and the query code, which stands nowhere else."""
    code = getattr(case, "code", "")
    told = {"kind": words.kind_label(case.kind), "number": case.number, "code": code}
    if not code:
        return _("%(kind)s已登记，编号 %(number)s。") % told
    return _("%(kind)s已登记，编号 %(number)s。查询码：%(code)s，请告诉来人；离开这一页后不再显示。") % told


@never_cache
@require_POST
@for_officers
def look(request: DeskRequest) -> HttpResponse:
    """What stands beside the form, made anew from what is typed so far. Nothing is kept; nothing typed stands in an address."""
    chosen = next((a for a in _adopted(request) if a.procedure == request.GET.get("procedure")), None)
    if chosen is None:
        raise Http404
    procedure = procedures.procedure_for(chosen.hash)
    page = _page(request, procedure, request.POST)
    return render(
        request, "web/parts/meter.html", {"meter": _meter(request, procedure, page), "form": page.form, "said": True}
    )


# -- the forms of the page


def _page(
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


def _meter(request: DeskRequest, procedure: Procedure, page: Page) -> Meter:
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


def _pressed(request: DeskRequest) -> QueryDict | None:
    """A button that changes the form itself: one more person, one less, a known business."""
    data, pressed = request.POST.copy(), request.POST.get("person")
    if pressed:
        n = people_of(data)
        data["people"] = str(n + 1 if pressed == "add" else max(0, n - 1))
        return data
    if "choose" in request.POST:
        name, _is, value = request.POST["choose"].partition("=")
        data.setlist(name, [*data.getlist(name), value] if name == "category" else [value])
        return data
    if "take_caller" in request.POST:
        for name, value in _of_caller(request, request.POST["take_caller"], _phone_typed(data)).items():
            data[name] = value
        return data
    found = looking.business(request.POST.get("take", "")) if "take" in request.POST else None
    if found is not None:
        for name, value in suggest.fills_of(found).items():
            data[name] = value
        return data
    return None


# -- a call


@csrf_exempt
@login_not_required
@require_http_methods(["GET", "POST"])
def call(request: HttpRequest) -> HttpResponse:
    """A telephone system opens the form for a caller. It may post the number, or put it into the address: either way the browser is sent on with
    the number behind the #, which it tells nobody, and the page strips that, too. Nothing is looked up or kept here, so no log-in is asked."""
    given = request.POST if request.method == "POST" else request.GET
    number = "".join(c for c in given.get("phone", "")[:40] if c.isdigit() or c in "+-")
    procedure = given.get("procedure", "")
    known = procedure if procedure.replace("/", "").replace("_", "").isalnum() else ""
    answer = HttpResponse(status=303)
    answer["Location"] = (
        reverse("register") + (f"?procedure={known}" if known else "") + (f"#phone={number}" if number else "")
    )
    answer["Referrer-Policy"] = "no-referrer"
    return answer


@never_cache
@require_POST
@for_officers
def take_caller(request: DeskRequest) -> HttpResponse:
    """Name and address of a known caller for the fields of the form, each entered in the log of what was revealed."""
    return JsonResponse(_of_caller(request, request.POST.get("take_caller", ""), _phone_typed(request.POST)))


def _phone_typed(data: QueryDict) -> tuple[str, str]:
    """(role, number) of who calls."""
    for role in ("complainant", "reporter"):
        if number := data.get(f"{role}.phone"):
            return role, str(number)
    return "complainant", ""


def _of_caller(request: DeskRequest, pk: str, who: tuple[str, str]) -> dict[str, str]:
    role, phone = who
    if not pk.isdecimal() or len(pk) > 18 or not phone:
        raise Http404
    try:
        return {f"{role}.{name}": value for name, value in caller.take_over(request.officer, int(pk), phone).items()}
    except NoSuchCase:
        raise Http404


def _message(request: DeskRequest) -> Case | None:
    """The message that is to be registered; one that is registered already is not there."""
    pk = request.GET.get("message", "")
    if not pk:
        return None
    try:
        found = queries.by_number(request.officer, f"#{pk}") if pk.isdecimal() and len(pk) < 19 else None
    except NoSuchCase:
        found = None
    if found is None or found.number or found.ended or found.stage != recordings.RECEPTION:
        raise Http404
    return found


def _begins(request: DeskRequest, message: Case) -> dict[str, Any]:
    """What the form of a message begins with: when it was left, and the number that was left with it."""
    return {
        "occurred": local(message.began), "channel": "recording", "complainant.phone": caller.phone_left(message, request.officer),
        "reporter.phone": "",
    }  # fmt: skip


def _sent_on(request: DeskRequest, procedure: Procedure, typed: QueryDict) -> QueryDict:
    """One key registers, accepts and dispatches: what is still open of that is filled in as suggested, in sight of everybody when a rule says no."""
    page = _page(request, procedure, typed)
    told = _meter(request, procedure, page)
    data = typed.copy()
    names = page.then.fields
    suggested = told.advice.units[0].value if told.advice and told.advice.units else ""
    what = (data.get("summary") or data.get("goods") or data.get("what") or "").strip()
    with languages.in_source():
        opinion = _("请依法办理，并按期反馈结果。")
    wanted = {
        "accept": "on", "dispatched_to": suggested, "dispatched_dispatch_kind": "forward", "dispatched_case_subject": what[:60],
        "dispatched_opinion": opinion,
    }  # fmt: skip
    for name, value in wanted.items():
        if name in names and not data.get(f"then-{name}") and value:
            data[f"then-{name}"] = value
    return data


# -- registering


def _register(
    request: DeskRequest, procedure: Procedure, page: Page, message: Case | None = None
) -> list[Case] | Problem:
    """One case, or both halves of a letter; or the case that a message began."""
    form, parties = page.form, page.parties()
    one = Registration(
        procedure, request.officer.unit_id, request.officer, form.facts(), parties, form.happened(),
        late_reason=form.cleaned_data["late_reason"] or None, more=page.steps(request), key=form.cleaned_data["key"] or None,
    )  # fmt: skip
    try:
        if message is not None:
            actions.record_steps(message, one.steps(), key=one.key)
            return [Case.objects.get(pk=message.pk)]
        if page.other is not None and page.other.wanted:
            return list(actions.register_both(one, late_reason=one.late_reason, **page.other.split(parties)))
        return [
            actions.register(
                procedure, one.unit, by=one.by, facts=one.facts, parties=parties, occurred=one.occurred, late_reason=one.late_reason,
                more=one.more, key=one.key,
            )
        ]  # fmt: skip
    except Refused as refused:
        return problems.of_refusal(refused, str(refused.data.get("event", "registered")), procedure)
    except BadFact as bad:
        return problems.of_bad_fact(bad)
    except Busy:
        return problems.busy()
    except KeyReused:
        return problems.sent_before()


def _adopted(request: DeskRequest) -> list[Adopted]:
    """Procedures that the officer's unit works by, each once."""
    found = procedures.adopted(request.officer.unit_id)
    return list({a.procedure: a for a in reversed(found)}.values())[::-1]


def _choice(adopted: Adopted) -> dict[str, str]:
    return {
        "procedure": adopted.procedure,
        "label": adopted.label,
        "kinds_text": words.listed(words.kind_label(k) for k in adopted.kinds),
    }


# -- drafts


def _owner(request: DeskRequest) -> str:
    return request.officer.person.key


def _drafts(request: DeskRequest, found: list[Adopted]) -> list[dict[str, Any]]:
    labels = {a.procedure: a.label for a in found}
    rows = Draft.objects.filter(owner=_owner(request)).order_by("-saved")[:50]
    return [{"pk": d.pk, "label": labels.get(d.procedure_id, ""), "saved": d.saved} for d in rows]


def _draft(request: DeskRequest) -> Draft | None:
    pk = request.POST.get("draft") or request.GET.get("draft") or ""
    if not pk.isdecimal():
        return None
    found = Draft.objects.filter(pk=int(pk), owner=_owner(request)).first()
    if found is None and request.method == "GET":
        raise Http404
    return found


def _keep(request: DeskRequest, chosen: Adopted, draft: Draft | None) -> None:
    typed = {name: request.POST.getlist(name) for name in request.POST if name not in NOT_TYPED}
    drafts.save(
        _owner(request),
        typed,
        procedure=chosen.procedure,
        unit=request.officer.unit_id,
        draft=draft.pk if draft else None,
    )


def _restored(typed: dict[str, Any]) -> QueryDict:
    data = QueryDict(mutable=True)
    for name, values in typed.items():
        data.setlist(name, values)
    return data


@require_POST
@for_officers
def drop_draft(request: DeskRequest, pk: int) -> HttpResponse:
    """A draft is given up: what was typed is erased. One that is not one's own is not there."""
    try:
        drafts.drop(_owner(request), pk)
    except NoSuchCase:
        raise Http404
    messages.success(request, _("草稿已删除。"))
    return redirect("register")
