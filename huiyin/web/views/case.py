"""The case page, and its one verb: record an event. Every event has its own address, /cases/<number>/<event>/."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec
from urllib.parse import quote

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from huiyin.accounts import looks
from huiyin.cases import actions, identity, queries
from huiyin.cases.errors import Busy, KeyReused, NoSuchCase, Stale
from huiyin.cases.intake import Step
from huiyin.cases.models import ORDINARY
from huiyin.cases.outside import outside_of
from huiyin.cases.sent_files import owner_of
from huiyin.core.corrections import CORRECTIONS
from huiyin.core.facts import UNWRITABLE, BadFact
from huiyin.core.model import Refused
from huiyin.core.offers import SYSTEM_ONLY
from huiyin.languages import load_vocabulary
from huiyin.org.models import Officer
from huiyin.web import (
    casepage,
    correcting,
    evidence,
    problems,
    registerpage,
    scripts,
    settling,
    sharing,
    statements,
    steppage,
    visits,
    words,
)
from huiyin.web.casefile import CaseFile
from huiyin.web.forms import files
from huiyin.web.people import DeskRequest, for_officers, proven, to_prove
from huiyin.web.problems import Problem
from huiyin.web.steppage import StepPage

P = ParamSpec("P")


def on_case(view: Callable[Concatenate[DeskRequest, CaseFile, P], HttpResponse]) -> Callable[..., HttpResponse]:
    """The view gets the case of the address as this officer sees it. One he may not see is a 404 like one that is not there."""

    @never_cache
    @for_officers
    @wraps(view)
    def inner(request: DeskRequest, key: str, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        try:
            case = queries.by_number(request.officer, "#" + key[1:] if key.startswith("~") else key)
        except NoSuchCase:
            if queries.shared_number(request.officer, key):  # several units use one number
                return redirect(f"{reverse('cases')}?number={quote(key)}")
            looks.refused(request.officer, queries.hidden(key))
            raise Http404
        looks.note(request.officer, looks.CASE, case_id=case.pk)
        return view(request, CaseFile(case, request.officer, key), *args, **kwargs)

    return inner


@require_GET
@on_case
def page(request: DeskRequest, file: CaseFile) -> HttpResponse:
    """What can be done now, what happened, what is due, who is concerned."""
    return render(request, "web/case.html", page_context(file, request.GET.get("events", "")))


def page_context(file: CaseFile, events: str = "") -> dict[str, Any]:
    """All parts of the case page. `events`: which part of the timeline."""
    found = casepage.steps(file.steps, file.dues, file.case.stage, file.granted())
    rows = casepage.limit_rows(file.dues, file.calendar, file.now)
    routing = file.view.routing_at()
    facts, summary = file.facts(), file.summary()
    story = [*([summary] if summary else []), *(f for f in facts if f.long)]
    waiting = words.listed(
        casepage.owed_label(d) for d in file.dues if d.state == "running" and d.owed_by and not d.window
    )
    first = [card for card in found.first if card.event not in steppage.DECISIONS]
    for card in first:
        if card.at_once or not steppage.wanting(file, card):
            card.follows = file.consequences(card.opens, steppage.begins_with(file, card), card.re)
    decisions = [c for c in found.first if c.event in steppage.DECISIONS]
    return {
        "here": "cases", "case": file.case, "case_key": file.key, "procedure": file.procedure, "steps": found, "first": first,
        "hands_out": any(o.event == "respondent_notified" and o.open for o in file.steps),  # a code for the respondent's own page
        "blocked": [{"event": o.event, "lines": problems.of_offer(o, file.procedure)} for o in found.blocked],
        "requests": [file.request_row(r) for r in file.answers("approved")] if decisions else [],
        "timeline": casepage.filtered(file.timeline(), events), "events": events, "filters": casepage.FILTERS.items(),
        "sharing": sharing.of(file), "sides": statements.of(file), "parties": file.parties(),
        "story": story, "elements": [f for f in facts if not f.long],
        "limits": [r for r in rows if r.due.open], "past_limits": [r for r in rows if not r.due.open], "who_has": file.who_has(),
        "two_refs": identity.for_two(file, file.by, file.seen) if isinstance(file.by, Officer) else (),
        "evidence": evidence.rows(file), "hops": file.hops(), "related": file.related(),
        "registers": registerpage.for_case(file.by, file.case), "redo": file.redo(), "terms": settling.terms(file),
        "red_lines": file.red_lines(), "marks": sorted(file.view.marks()), "holder": routing.lead or routing.holder or file.case.unit,
        "outside": outside_of(file.view), "waiting_for": waiting, "shown_seq": file.view.next_seq - 1, "fresh_key": visits.new_key(),
    }  # fmt: skip


# -- one step


@require_http_methods(["GET", "POST"])
@on_case
def step(request: DeskRequest, file: CaseFile, event: str) -> HttpResponse:
    """The form of an event, and recording it. A refusal shows the articles and keeps what was typed."""
    vocabulary = load_vocabulary()
    if event not in vocabulary.events or event in SYSTEM_ONLY or event == "registered":
        raise Http404
    files.take_in(request, owner_of(request.officer))
    if event in CORRECTIONS and (request.method == "GET" or "of" in request.POST):
        return correct(request, file, event)
    proposed = (request.POST.get("for") or request.GET.get("for")) if event == "proposed" else None
    if proposed is not None and proposed not in vocabulary.events:
        raise Http404
    sent = request.POST if request.method == "POST" else None
    found = steppage.build(file, request.officer, event, proposed, sent, request.GET.get("re", ""))
    if sent is None:
        return _shown(request, file, found, None, 200)
    files.tell(request, found.form)
    if not found.form.is_valid():
        return _shown(request, file, found, None, 422)
    if "look" not in sent and scripts.unseen(found.form):
        return _shown(request, file, found, problems.of_wording(), 422)
    form = found.form
    act = steppage.step_of(request.officer, event, steppage.completed(file, event, form), form, form.happened())
    if "look" in sent:
        problem = steppage.try_out(file, found, act)
        return _shown(request, file, found, problem, problem.status if problem else 200)
    return _answer(request, file, found, act)


def correct(request: DeskRequest, file: CaseFile, event: str) -> HttpResponse:
    """Correct or annul one event: first which one, then what of it; what rests on it is listed before it is recorded."""
    sent = request.POST if request.method == "POST" else None
    given = sent if sent is not None else request.GET
    found = correcting.build(file, request.officer, event, given.get("of", ""), given.get("field", ""), sent)
    if found is None:
        raise Http404
    if sent is None or found.correction.pick:
        return _shown(request, file, found, None, 200)
    if not found.form.is_valid():
        return _shown(request, file, found, None, 422)
    act = correcting.step_of(file, request.officer, event, found.form)
    if "look" in sent:
        problem = steppage.try_out(file, found, act)
        return _shown(request, file, found, problem, problem.status if problem else 200)
    return _answer(request, file, found, act)


def _answer(request: DeskRequest, file: CaseFile, found: StepPage, act: Step) -> HttpResponse:
    """Record; what stands in the way is shown on the form."""
    problem = _record(file, act, found.form.cleaned_data)
    if problem is not None:
        steppage.mark(found, act, problem)
        if problem.colour == "amber":  # the case moved on: the form now stands on its newest state
            typed = request.POST.copy()
            typed["shown_seq"] = str(queries.open_case(file.case).view.next_seq - 1)
            found.form.data = typed
        for name in problem.fields:
            if name in found.form.fields:
                found.form.add_error(name, _("请填写这一项。") if problem.status == 409 else _("请改一下这一项。"))
        return _shown(request, file, found, problem, problem.status)
    messages.success(request, _("已记录“%s”。") % words.done_label(act.event))
    address = reverse("case", args=[file.key])
    if not queries.visible_to(request.officer).filter(pk=file.case.pk).exists():
        return _go(request, reverse("cases"))  # by this very step the case left the officer's sight
    return _drawn_anew(request, file, address) if request.htmx else redirect(address)


def _drawn_anew(request: DeskRequest, file: CaseFile, address: str) -> HttpResponse:
    """The case as it stands now, put in the place of what the page showed: nothing else of the page is fetched again."""
    case = queries.by_number(request.officer, f"#{file.case.pk}")
    answer = render(request, "web/case.html", page_context(CaseFile(case, request.officer, file.key)))
    for name, value in (
        ("Retarget", "#main"),
        ("Reselect", "#main"),
        ("Reswap", "outerHTML show:window:top"),
        ("Replace-Url", address),
    ):
        answer[f"HX-{name}"] = value
    return answer


def _record(file: CaseFile, act: Step, sent: dict[str, Any]) -> Problem | None:
    """Record; what stands in the way comes back as a problem to show."""
    try:
        actions.record_steps(file.case, [act], shown_seq=sent["shown_seq"], key=sent["key"] or None)
    except Refused as refused:
        return problems.of_refusal(refused, act.event, file.procedure)
    except BadFact as bad:
        return problems.of_bad_fact(bad)
    except Stale as stale:
        return problems.of_stale(stale)
    except Busy:
        return problems.busy()
    except KeyReused:
        return problems.sent_before()
    except NoSuchCase:
        raise Http404
    return None


def _shown(request: DeskRequest, file: CaseFile, found: StepPage, problem: Problem | None, status: int) -> HttpResponse:
    told = {"step": found, "problem": problem, "case_key": file.key}
    if request.htmx:
        return render(request, "web/parts/step.html", told, status=status)
    return render(request, "web/case.html", {**page_context(file), **told}, status=status)


def _go(request: DeskRequest, address: str) -> HttpResponse:
    if request.htmx:
        return HttpResponse(status=204, headers={"HX-Redirect": address})
    return redirect(address)


# -- showing one masked value


@require_POST
@on_case
def reveal(request: DeskRequest, file: CaseFile) -> HttpResponse:
    """One masked value in plain, for a reason that is kept with it; where that takes two people, the request to another one."""
    ref, reason = request.POST.get("ref", ""), UNWRITABLE.sub("", request.POST.get("reason", "")).strip()
    one = identity.masked(file, request.officer, file.seen).get(ref)
    if one is None:
        raise Http404
    two = identity.takes_two(file, one)
    if (two or file.case.secrecy != ORDINARY) and not proven(request):
        return to_prove(request)
    told: dict[str, Any] = {"case_key": file.key, "ref": ref, "two": two, "hours": settings.IDENTITY_HOURS}
    status = 200
    try:
        if two:
            told["asked"] = identity.ask(file, request.officer, one.party, reason)
        else:
            value = identity.reveal(file, request.officer, ref, reason)
            told["value"] = "、".join(map(str, value)) if isinstance(value, list) else str(value)
    except identity.NoReason as why:
        told["error"], status = str(why) or _("请写明查看原因，再点下面的按钮。"), 422
    except identity.NobodyToAsk:
        told["error"], status = (
            _("看这项内容要由另一位负责人同意，而现在没有别人可以同意。请先让一位负责人参与本案。"),
            409,
        )
    template = "web/parts/revealed.html" if request.htmx else "web/revealed.html"
    return render(request, template, told, status=status)
