"""Pages for everybody: the start, the guided form, the receipt."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from django import forms
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from huiyin.cases.errors import Busy, KeyReused
from huiyin.core.facts import BadFact
from huiyin.core.model import Refused
from huiyin.web import choices, drafts, problems, qr, reception, visits, words
from huiyin.web.forms import files
from huiyin.web.forms.fields import Offered
from huiyin.web.guided import GUIDES, Guide, Screen, ScreenForm, fact_type

Answers = Mapping[str, list[str]]


class SendForm(forms.Form):
    """What remains to be said when everything was checked: to which unit it goes."""

    unit = forms.ChoiceField(
        label=_("由哪个单位接收"), help_text=_("不改也可以：不归它办的，会转给有权办理的单位并告诉您。")
    )

    def __init__(self, kind: str, **more: Any) -> None:
        super().__init__(**more)
        found = reception.units(kind)
        self.fields["unit"].choices = [(r.unit, r.label) for r in found]  # type: ignore[attr-defined]
        if found:
            self.fields["unit"].initial = found[0].unit


@login_not_required
@require_GET
def start(request: HttpRequest) -> HttpResponse:
    """The first page: four doors, and what happens afterwards."""
    unfinished = [GUIDES[kind] for kind in drafts.kinds(request) if kind in GUIDES]
    return render(request, "web/start.html", {"guides": GUIDES.values(), "unfinished": unfinished, "here": "start"})


def _guide(kind: str) -> Guide:
    found = GUIDES.get(kind)
    if found is None:
        raise Http404
    return reception.guide_for(found)


@login_not_required
@never_cache
@require_GET
def guided(request: HttpRequest, kind: str) -> HttpResponse:
    """Where one goes on: the first screen that is not complete, or the check."""
    answers = drafts.load(request, kind)
    guide = _guide(kind).fitting(answers)
    for screen in guide.screens:
        if not _form(screen, answers, _offered(screen), kind).is_valid():
            return redirect("guided_screen", kind, screen.slug)
    return redirect("guided_check", kind)


@login_not_required
@never_cache
@require_http_methods(["GET", "POST"])
def guided_screen(request: HttpRequest, kind: str, slug: str) -> HttpResponse:
    """One screen. Whatever was typed is saved first, complete or not; then it is looked at."""
    whole = _guide(kind)
    screen = whole.screen(slug)
    if screen is None:
        raise Http404
    answers = drafts.load(request, kind)
    guide = whole.fitting(answers)
    if screen not in guide.screens:
        return redirect("guided", kind)
    offered = _offered(screen)
    changing = "check" in request.GET
    status = 200
    if request.method == "POST":
        files.take_in(request, drafts.visitor(request))
        answers = {**answers, **_typed(screen, request.POST)}
        guide = whole.fitting(answers)
        answers = _of(guide, answers)  # whoever would rather stay unnamed leaves nothing behind
        drafts.save(request, kind, answers)
        form = _form(screen, answers, offered, kind)
        files.tell(request, form)
        before, after = guide.before(screen), guide.after(screen)
        if "back" in request.POST and before:
            return redirect("guided_screen", kind, before.slug)
        if form.is_valid():
            return (
                redirect("guided_check", kind)
                if changing or after is None
                else redirect("guided_screen", kind, after.slug)
            )
        status = 422
    else:
        form = _form(screen, answers, offered, kind) if _seen(screen, answers) else ScreenForm(screen, offered, kind)
    done = [s.slug for s in guide.screens if s != screen and _form(s, answers, _offered(s), kind).is_valid()]
    told = {
        "guide": guide,
        "screen": screen,
        "form": form,
        "done": done,
        "back": guide.before(screen),
        "begins": screen == guide.screens[0],
        "changing": changing,
    }
    return render(request, "web/guided.html", told, status=status)


@login_not_required
@never_cache
@require_http_methods(["GET", "POST"])
def guided_check(request: HttpRequest, kind: str) -> HttpResponse:
    """All answers on one page; sending them registers the case."""
    answers = drafts.load(request, kind)
    guide = _guide(kind).fitting(answers)
    found = [(screen, _form(screen, answers, _offered(screen), kind)) for screen in guide.screens]
    valid = [form.is_valid() for _screen, form in found]  # each is looked at: the page shows all of them
    ready = all(valid)
    send = SendForm(kind, data=request.POST if request.method == "POST" else None)
    told: dict[str, Any] = {
        "guide": guide, "answers": [(s, _shown(f), f.is_valid()) for s, f in found], "ready": ready, "form": send,
        "key": request.POST.get("key") or visits.new_key(),
    }  # fmt: skip
    if request.method == "GET" or not ready or not send.is_valid():
        return render(request, "web/check.html", told, status=200 if request.method == "GET" else 422)
    facts = {name: value for _screen, form in found for name, value in form.facts().items()}
    try:
        receipt = reception.receive(guide, send.cleaned_data["unit"], facts, key=told["key"])
    except Refused as refused:
        told["problem"] = problems.of_refusal(
            refused, "registered", reception.procedure(send.cleaned_data["unit"], kind)
        )
        if facts.get("within_duties") is False:
            advice = _("不归我们办的事，可以拨打 12345 政务服务热线，由它转给主管部门。您填写的内容都还在。")
            told["problem"] = replace(told["problem"], advice=str(advice))
    except BadFact as bad:
        told["problem"] = problems.of_bad_fact(bad)
    except Busy:
        told["problem"] = problems.busy()
    except KeyReused:
        told["problem"] = problems.sent_before()
    else:
        return _received(request, kind, receipt)
    told["mend"] = next((s for name in told["problem"].fields if (s := guide.screen_of(name))), None)
    return render(request, "web/check.html", told, status=told["problem"].status)


def _received(request: HttpRequest, kind: str, new: visits.Receipt) -> HttpResponse:
    """On to the receipt. Sent twice, the second answer brings no code; the session is then left as the first one made it."""
    before = visits.receipt(request)
    if new.code:
        visits.keep_receipt(request, new)
    if new.code or (before is not None and before.case_id == new.case_id):
        drafts.drop(request, kind)
    return redirect("receipt")


@login_not_required
@never_cache
@require_GET
def receipt(request: HttpRequest) -> HttpResponse:
    """Number, query code and QR of what was just sent, as long as this visit lasts."""
    found = visits.receipt(request)
    if found is None:
        return redirect("track")
    return render(request, "web/receipt.html", {"receipt": found, "limits": reception.limits(found)})


@login_not_required
@never_cache
@require_GET
def receipt_qr(request: HttpRequest) -> HttpResponse:
    """The QR as an SVG file. Number and code stand behind the # of the address: they never reach a server's log."""
    found = visits.receipt(request)
    if found is None:
        raise Http404
    address = request.build_absolute_uri(reverse("track"))
    return HttpResponse(qr.svg(f"{address}#{found.number}~{found.code}"), content_type="image/svg+xml")


# -- answers


def _offered(screen: Screen) -> Offered:
    if any(q.fact.endswith(".area") for q in screen.questions):
        return Offered(places=choices.areas())
    return Offered()


def _typed(screen: Screen, data: QueryDict) -> dict[str, list[str]]:
    """Exactly what was typed into this screen's fields."""
    return {q.field_name: data.getlist(q.field_name) for q in screen.questions}


def _seen(screen: Screen, answers: Answers) -> bool:
    return any(q.field_name in answers for q in screen.questions)


def _of(guide: Guide, answers: Answers) -> dict[str, list[str]]:
    """The answers to the questions of these screens."""
    asked = {q.field_name for s in guide.screens for q in s.questions}
    return {name: list(values) for name, values in answers.items() if name in asked}


def _form(screen: Screen, answers: Answers, offered: Offered, kind: str) -> ScreenForm:
    data = QueryDict(mutable=True)
    for question in screen.questions:
        data.setlist(question.field_name, list(answers.get(question.field_name, [])))
    return ScreenForm(screen, offered, kind, data=data)


def _shown(form: ScreenForm) -> list[tuple[str, str]]:
    """(question, answer) of what was answered, as the person reads it."""
    rows = []
    for question in form.screen.questions:
        field = form.fields[question.field_name]
        try:
            value = field.clean(form[question.field_name].value() or "")
        except ValidationError:
            value = None
        if value in (None, "") or (question.when and form.cleaned_data.get(question.field_name) is None):
            continue
        options = dict(question.options)
        kind = fact_type(question.fact, words.vocabulary())
        if options:
            text = str(options["true" if value else "false"])
        elif isinstance(field, files.FilesField):
            text = field.text(value)
        elif kind.type == "place":
            text = dict(field.choices).get(value, str(value))  # type: ignore[attr-defined]
        else:
            text = words.value_text(kind, value)
        rows.append((str(field.label), text))
    return rows
