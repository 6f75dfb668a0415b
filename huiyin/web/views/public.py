"""Pages for everybody: the start, the guided form, the receipt."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from huiyin.accounts import throttle
from huiyin.cases.errors import Busy, KeyReused
from huiyin.core.facts import BadFact
from huiyin.core.model import Refused
from huiyin.web import choices, drafts, lookup, problems, qr, reception, visits, words
from huiyin.web.forms import files
from huiyin.web.forms.fields import Offered
from huiyin.web.guided import Guide, Screen, ScreenForm, fact_type
from huiyin.web.guides import GUIDES
from huiyin.web.sending import shows_progress

Answers = Mapping[str, list[str]]
VOICES: Final = ("praise", "suggestion")  # kinds that share a door


class SendForm(forms.Form):
    """What remains to be said when everything was checked: to which unit it goes."""

    unit = forms.ChoiceField(
        label=gettext_lazy("由哪个单位接收"),
        help_text=gettext_lazy("不改也可以：不归它办的，会转给有权办理的单位并告诉您。"),
    )

    def __init__(self, kind: str, **more: Any) -> None:
        super().__init__(**more)
        found = reception.units(kind)
        self.fields["unit"].choices = [(r.unit, r.label) for r in found]  # type: ignore[attr-defined]
        if found:
            self.fields["unit"].initial = found[0].unit


@dataclass(frozen=True)
class Door:
    """A way in, in the words of somebody who does not know what the office calls it."""

    icon: str
    title: str
    says: str
    href: str


def doors() -> list[Door]:
    """What one may want here. Praise and suggestions have a door where some unit takes them."""
    voices = [kind for kind in VOICES if reception.units(kind)]
    found = [
        Door("complaint", _("我买了东西或服务，有纠纷"), _("投诉：想退款、换货、修理、赔偿，或者要个说法。"), reverse("guided", args=["complaint"])),
        Door("report", _("我看到违法的事"), _("举报：请我们去查，可以不留姓名。"), reverse("guided", args=["report"])),
        Door("enquiry", _("我想问一件事"), _("咨询：规定、程序，或者该找哪个部门。"), reverse("guided", args=["enquiry"])),
    ]  # fmt: skip
    if voices:
        way = reverse("say") if len(voices) > 1 else reverse("guided", args=voices)
        found.append(Door("voice", _("我想表扬或者提建议"), _("谁办得好，哪里可以更好。"), way))
    return [
        *found,
        Door(
            "track", _("我提过，想看办到哪了"), _("凭编号和查询码看进度、补充、撤回、评价、提异议。"), reverse("track")
        ),
    ]


@login_not_required
@never_cache
@require_GET
def start(request: HttpRequest) -> HttpResponse:
    """The first page: what one may want, what one began, and what happens afterwards."""
    unfinished = [GUIDES[kind] for kind in drafts.kinds(request) if kind in GUIDES]
    return render(request, "web/start.html", {"doors": doors(), "unfinished": unfinished, "here": "start"})


@login_not_required
@require_GET
def say(request: HttpRequest) -> HttpResponse:
    """Praise or a suggestion? One question, then the form of the one."""
    there = [kind for kind in VOICES if reception.units(kind)]
    if request.GET.get("kind") in there:
        return redirect("guided", request.GET["kind"])
    told = {"guides": [GUIDES[kind] for kind in there], "asked": "kind" in request.GET, "here": "start"}
    return render(request, "web/say.html", told, status=422 if told["asked"] else 200)


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
@shows_progress
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
    if request.method == "POST":
        answers, guide = _saved(request, kind, whole, screen, answers)
        return _went_on(request, kind, guide, screen, answers)
    offered = _offered(screen)
    form = _form(screen, answers, offered, kind) if _seen(screen, answers) else ScreenForm(screen, offered, kind)
    return _screen(request, guide, screen, form)


def _saved(
    request: HttpRequest, kind: str, whole: Guide, screen: Screen, answers: Answers
) -> tuple[dict[str, list[str]], Guide]:
    """What was typed on this screen, with the answers before it, in the draft; and the screens that are asked now."""
    files.take_in(request, drafts.visitor(request))
    answers = {**answers, **_typed(screen, request.POST)}
    if screen.finds and request.POST.get("pick"):
        answers = {**answers, **lookup.chosen(request.POST["pick"])}
    guide = whole.fitting(answers)
    answers = _of(guide, answers)  # whoever would rather stay unnamed leaves nothing behind
    drafts.save(request, kind, answers)
    return answers, guide


def _went_on(request: HttpRequest, kind: str, guide: Guide, screen: Screen, answers: Answers) -> HttpResponse:
    """Where the button leads that was pressed; back to the screen, 422, where something on it is not right."""
    offered = _offered(screen)
    if request.headers.get("X-Saves-Itself"):  # while somebody types: kept, not judged
        return HttpResponse(status=204)
    if "later" in request.POST:
        return redirect("guided_later", kind)
    if screen.finds and ("find" in request.POST or "pick" in request.POST):
        found = None
        if "find" in request.POST:
            throttle.brought(request)  # the register is not leafed through
            found = lookup.businesses_like(request.POST.get("business", ""))
        form = ScreenForm(screen, offered, kind, initial=_initial(screen, answers))
        return _screen(request, guide, screen, form, found=found)
    form = _form(screen, answers, offered, kind)
    files.tell(request, form)
    before, after = guide.before(screen), guide.after(screen)
    if "back" in request.POST and before:
        return redirect("guided_screen", kind, before.slug)
    if form.is_valid():
        if "check" in request.GET or after is None:
            return redirect("guided_check", kind)
        return redirect("guided_screen", kind, after.slug)
    return _screen(request, guide, screen, form, status=422)


def _screen(
    request: HttpRequest, guide: Guide, screen: Screen, form: ScreenForm, *, status: int = 200, found: Any = None
) -> HttpResponse:
    """The page of one question. `found`: businesses that were looked up; an empty list says that there was none."""
    told = {
        "guide": guide, "screen": screen, "form": form, "parts": guide.parts(screen), "number": guide.screens.index(screen) + 1,
        "count": len(guide.screens), "back": guide.before(screen), "begins": screen == guide.screens[0], "changing": "check" in request.GET,
        "found": found, "business": request.POST.get("business", ""), "here": "start",
    }  # fmt: skip
    return render(request, "web/guided.html", told, status=status)


@login_not_required
@never_cache
@require_http_methods(["GET", "POST"])
def later(request: HttpRequest, kind: str) -> HttpResponse:
    """Enough for now: where it is kept, until when, how one comes back to it; or all of it is thrown away."""
    guide = _guide(kind)
    if request.method == "POST":
        drafts.drop(request, kind)
        messages.success(request, _("没填完的内容已删除。"))
        return redirect("start")
    if kind not in drafts.kinds(request):
        return redirect("guided", kind)
    told = {"guide": guide, "until": request.session.get_expiry_date(), "here": "start"}
    return render(request, "web/later.html", told)


@login_not_required
@never_cache
@require_http_methods(["GET", "POST"])
def guided_check(request: HttpRequest, kind: str) -> HttpResponse:
    """All answers on one page; sending them registers the case."""
    answers = drafts.load(request, kind)
    guide = _guide(kind).fitting(answers)
    if not answers:  # sent already and come back to, or never begun: no list of empty questions in red
        return render(request, "web/check.html", {"guide": guide, "sent": visits.receipt(request), "here": "start"})
    found = [(screen, _form(screen, answers, _offered(screen), kind)) for screen in guide.screens]
    valid = [form.is_valid() for _screen, form in found]  # each is looked at: the page shows all of them
    ready = all(valid)
    send = SendForm(kind, data=request.POST if request.method == "POST" else None)
    told: dict[str, Any] = {
        "guide": guide, "chapters": _chapters([(s, _shown(f), f.is_valid()) for s, f in found]), "ready": ready, "form": send,
        "parts": guide.parts(None), "here": "start",
        "key": request.POST.get("key") or visits.new_key(),
    }  # fmt: skip
    if request.method == "GET" or not ready or not send.is_valid():
        return render(request, "web/check.html", told, status=200 if request.method == "GET" else 422)
    facts = {name: value for _screen, form in found for name, value in form.facts().items()}
    throttle.sent(request)
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


def _chapters(rows: list[tuple[Screen, list[tuple[str, str]], bool]]) -> list[tuple[str, list[Any]]]:
    """The answers by chapter, each screen with its rows and whether it is complete."""
    found: dict[str, list[Any]] = {}
    for screen, shown, complete in rows:
        found.setdefault(str(screen.part), []).append((screen, shown, complete))
    return list(found.items())


def _initial(screen: Screen, answers: Answers) -> dict[str, Any]:
    """What stands in the fields of a page that judges nothing yet."""
    several = {q.field_name for q in screen.questions if fact_type(q.fact, words.vocabulary()).type == "files"}
    given = {q.field_name: answers[q.field_name] for q in screen.questions if answers.get(q.field_name)}
    return {name: values if name in several else values[0] for name, values in given.items()}


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
