"""The desk: registering what somebody says by telephone, at the window, by letter."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from huiyin.cases import actions, calendars, clock, drafts
from huiyin.cases.errors import Busy, KeyReused
from huiyin.cases.models import Case, Draft
from huiyin.cases.people import actor
from huiyin.cases.world import world_for
from huiyin.core.facts import BadFact
from huiyin.core.foretell import foresee
from huiyin.core.history import History
from huiyin.core.model import Refused
from huiyin.core.rules import Procedure
from huiyin.core.vocabulary import load_vocabulary
from huiyin.org import procedures
from huiyin.org.snapshot import Adopted
from huiyin.web import choices, problems, visits, words
from huiyin.web.casefile import number_key
from huiyin.web.forms.fields import Offered
from huiyin.web.forms.register import RegisterForm
from huiyin.web.people import DeskRequest, for_officers
from huiyin.web.problems import Problem


@never_cache
@require_http_methods(["GET", "POST"])
@for_officers
def register(request: DeskRequest) -> HttpResponse:
    """Choose the procedure, fill in the page, register; or keep it as a draft. What is missing is named and nothing typed is lost."""
    found = _adopted(request)
    chosen = next((a for a in found if a.procedure == request.GET.get("procedure")), None)
    draft = _draft(request)
    typed: QueryDict | None = request.POST if request.method == "POST" else None
    if draft is not None and typed is None:
        chosen = chosen or next((a for a in found if a.procedure == draft.procedure_id), None)
        typed = _restored(drafts.load(_owner(request), draft.pk))
    if chosen is None:
        if request.method == "POST" or "procedure" in request.GET:
            raise Http404
        return render(request, "web/register.html", {"here": "register", "procedures": [_choice(a) for a in found]})
    procedure = procedures.procedure_for(chosen.hash)
    form = _form(request, procedure, typed)
    told: dict[str, Any] = {"here": "register", "form": form, "procedure": chosen, "draft": draft.pk if draft else ""}
    if request.method == "GET":
        return render(request, "web/register.html", told)
    if "save" in request.POST:
        _keep(request, chosen, draft)
        messages.success(request, _("草稿已存，在“我的待办”下面可以接着填。"))
        return redirect("work")
    if not form.is_valid():
        return render(request, "web/register.html", told, status=422)
    outcome = _register(request, procedure, form)
    if isinstance(outcome, Case):
        if draft is not None:
            drafts.drop(_owner(request), draft.pk)
        code = getattr(outcome, "code", "")
        said = (
            _("已登记，编号 %(number)s。查询码：%(code)s，请告诉来人；离开这一页后不再显示。")
            if code
            else _("已登记，编号 %(number)s。")
        )
        messages.success(request, said % {"number": outcome.number, "code": code})
        return redirect(reverse("case", args=[number_key(outcome)]))
    told["problem"] = outcome
    for name in outcome.fields:
        if name in form.fields:
            form.add_error(name, _("请填写这一项。"))
    return render(request, "web/register.html", told, status=outcome.status)


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


def _form(request: DeskRequest, procedure: Procedure, typed: QueryDict | None) -> RegisterForm:
    unit, now = request.officer.unit_id, clock.now()
    world = world_for(unit, procedure.id, now.date(), None)
    view = History([], load_vocabulary())
    look = foresee(
        procedure, view, "registered", actor=actor(request.officer), world=world, calendar=calendars.current(), now=now
    )
    offered = Offered(
        units=choices.units(world.tree, unit), officers=choices.officers(world.tree, unit, view), places=choices.places(),
        codes={},
    )  # fmt: skip
    initial = {
        "channel": "phone",
        "source": "direct",
        "key": visits.new_key(),
        "first_contact": request.officer.person.key,
    }
    return RegisterForm(procedure, offered=offered, asked=look.asks, data=typed, initial=initial)


def _register(request: DeskRequest, procedure: Procedure, form: RegisterForm) -> Case | Problem:
    try:
        return actions.register(
            procedure, request.officer.unit_id, by=request.officer, facts=form.facts(), parties=form.parties(), occurred=form.happened(),
            late_reason=form.cleaned_data["late_reason"] or None, key=form.cleaned_data["key"] or None,
        )  # fmt: skip
    except Refused as refused:
        return problems.of_refusal(refused, "registered", procedure)
    except BadFact as bad:
        return problems.of_bad_fact(bad)
    except Busy:
        return problems.busy()
    except KeyReused:
        return problems.sent_before()


# -- drafts


def _owner(request: DeskRequest) -> str:
    return request.officer.person.key


def _draft(request: DeskRequest) -> Draft | None:
    pk = request.POST.get("draft") or request.GET.get("draft") or ""
    if not pk.isdecimal():
        return None
    found = Draft.objects.filter(pk=int(pk), owner=_owner(request)).first()
    if found is None and request.method == "GET":
        raise Http404
    return found


def _keep(request: DeskRequest, chosen: Adopted, draft: Draft | None) -> None:
    typed = {
        name: request.POST.getlist(name)
        for name in request.POST
        if name not in ("csrfmiddlewaretoken", "save", "draft")
    }
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
