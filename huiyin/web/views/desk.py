"""The desk: registering what somebody says by telephone, at the window, by letter; with what the rules still want, who is known, and drafts."""

from typing import Any, Final

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from huiyin import languages
from huiyin.cases import actions, drafts, looking, queries, recordings
from huiyin.cases.actions import Registration
from huiyin.cases.errors import Busy, KeyReused, NoSuchCase
from huiyin.cases.models import Case, Draft
from huiyin.core.facts import BadFact
from huiyin.core.model import Refused
from huiyin.core.rules import Procedure
from huiyin.moments import local
from huiyin.org import procedures
from huiyin.org.snapshot import Adopted
from huiyin.web import caller, problems, scripts, suggest, words
from huiyin.web.casefile import number_key
from huiyin.web.deskpage import Page, meter_of, page_of
from huiyin.web.forms import files
from huiyin.web.forms.people import people_of
from huiyin.web.people import DeskRequest, for_officers
from huiyin.web.problems import Problem
from huiyin.web.views.calls import call, of_caller, phone_typed

BUTTONS: Final = ("check", "person", "take", "take_caller", "choose")  # that change the form itself
NOT_TYPED: Final = frozenset({"csrfmiddlewaretoken", "save", "draft", "go", *BUTTONS})  # buttons, not answers

LAST: Final = "registers_by"  # in the session: the procedure of the last form


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
        last = request.session.get(LAST)
        found.sort(key=lambda adopted: adopted.procedure != last)  # the one used last stands first and has the focus
        told = {
            "here": "register", "procedures": [_choice(a) for a in found], "drafts": _drafts(request, found),
            "last": bool(found) and found[0].procedure == last,
        }  # fmt: skip
        return render(request, "web/register.html", told)
    if typed is not None and request.method == "POST" and (button := _pressed(request)):
        typed = button
    return _answer(request, chosen, draft, typed, message)


def _answer(
    request: DeskRequest, chosen: Adopted, draft: Draft | None, typed: QueryDict | None, message: Case | None = None
) -> HttpResponse:
    """The page, or what came of it. `message`: the message on the recording telephone that is being registered."""
    procedure = procedures.procedure_for(chosen.hash if message is None else message.procedure_hash)
    if request.session.get(LAST) != chosen.procedure:
        request.session[LAST] = chosen.procedure
    if typed is not None and "go" in request.POST:
        typed = _sent_on(request, procedure, typed)
    page = page_of(
        request, procedure, typed, _begins(request, message) if message is not None and typed is None else None
    )
    told: dict[str, Any] = {
        "here": "register", "page": page, "form": page.form, "procedure": chosen, "draft": draft.pk if draft else "", "message": message,
        "began": local(message.began) if message is not None else None, "known_places": suggest.known_places(),
    }  # fmt: skip
    for one in page.all():
        files.tell(request, one)
    if request.method == "GET" or set(BUTTONS) & set(request.POST):
        told["meter"] = meter_of(request, procedure, page)
        if "check" not in request.POST:
            page.forget_errors()
        return render(request, "web/register.html", told)
    if "save" in request.POST:
        _keep(request, chosen, draft)
        messages.success(request, _("草稿已存，在“我的待办”下面和“登记”页都可以接着填。"))
        return redirect("work")
    if not page.are_valid() or scripts.unseen(page.then):
        told["meter"] = meter_of(request, procedure, page)
        return render(request, "web/register.html", told, status=422)
    outcome = _register(request, procedure, page, message)
    if isinstance(outcome, Problem):
        told |= {"problem": outcome, "meter": meter_of(request, procedure, page)}
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
    page = page_of(request, procedure, request.POST)
    return render(
        request, "web/parts/meter.html", {"meter": meter_of(request, procedure, page), "form": page.form, "said": True}
    )


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
        for name, value in of_caller(request, request.POST["take_caller"], phone_typed(data)).items():
            data[name] = value
        return data
    found = looking.business(request.POST.get("take", "")) if "take" in request.POST else None
    if found is not None:
        for name, value in suggest.fills_of(found).items():
            data[name] = value
        return data
    return None


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
    page = page_of(request, procedure, typed)
    told = meter_of(request, procedure, page)
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
