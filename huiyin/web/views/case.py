"""The case page, and its one verb: record an event. Every event has its own address, /cases/<number>/<event>/."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import wraps
from typing import Any, Concatenate, ParamSpec
from urllib.parse import quote

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from huiyin.cases import actions, queries
from huiyin.cases.errors import Busy, KeyReused, NoSuchCase, Stale
from huiyin.core.facts import UNWRITABLE, BadFact
from huiyin.core.foretell import Foreseen
from huiyin.core.model import Event, Refused, Sealed
from huiyin.core.offers import SYSTEM_ONLY
from huiyin.core.vocabulary import load_vocabulary
from huiyin.org import queries as org
from huiyin.vault import actions as vault
from huiyin.web import casepage, choices, problems, visits, words
from huiyin.web.casefile import CaseFile
from huiyin.web.forms.step import StepForm, facts_of
from huiyin.web.people import DeskRequest, for_officers
from huiyin.web.problems import Line, Problem

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
            raise Http404
        return view(request, CaseFile(case, request.officer, key), *args, **kwargs)

    return inner


@require_GET
@on_case
def page(request: DeskRequest, file: CaseFile) -> HttpResponse:
    """What can be done now, what happened, what is due, who is concerned."""
    return render(request, "web/case.html", page_context(file))


def page_context(file: CaseFile) -> dict[str, Any]:
    """All parts of the case page."""
    found = casepage.steps(file.steps, file.dues, file.case.stage)
    rows = casepage.limit_rows(file.dues, file.calendar, file.now)
    routing = file.view.routing_at()
    facts, summary = file.facts(), file.summary()
    story = [*([summary] if summary else []), *(f for f in facts if f.long)]
    waiting = words.listed(
        casepage.owed_label(d) for d in file.dues if d.state == "running" and d.owed_by and not d.window
    )
    return {
        "here": "cases", "case": file.case, "case_key": file.key, "procedure": file.procedure, "steps": found,
        "blocked": [{"event": o.event, "lines": problems.of_offer(o, file.procedure)} for o in found.blocked],
        "timeline": file.timeline(), "parties": file.parties(), "story": story, "elements": [f for f in facts if not f.long],
        "limits": [r for r in rows if r.due.open], "past_limits": [r for r in rows if not r.due.open], "who_has": file.who_has(),
        "red_lines": file.red_lines(), "marks": sorted(file.view.marks()), "holder": routing.lead or routing.holder or file.case.unit,
        "waiting_for": waiting,
    }  # fmt: skip


# -- one step


@dataclass
class StepPage:
    """The form of one event with what is said around it."""

    title: str
    form: StepForm
    action: str = ""
    button: str = ""
    about: list[Line] = field(default_factory=list)
    about_colour: str = ""
    follows: list[Line] = field(default_factory=list)
    request: dict[str, Any] | None = None
    choices: list[str] = field(default_factory=list)


@require_http_methods(["GET", "POST"])
@on_case
def step(request: DeskRequest, file: CaseFile, event: str) -> HttpResponse:
    """The form of an event, and recording it. A refusal shows the articles and keeps what was typed."""
    vocabulary = load_vocabulary()
    if event not in vocabulary.events or event in SYSTEM_ONLY or event == "registered":
        raise Http404
    proposed = (request.POST.get("for") or request.GET.get("for")) if event == "proposed" else None
    if proposed is not None and proposed not in vocabulary.events:
        raise Http404
    found = _step_page(request, file, event, proposed)
    if request.method == "GET":
        return _shown(request, file, found, None, 200)
    if not found.form.is_valid():
        return _shown(request, file, found, None, 422)
    problem = _record(request, file, event, found.form)
    if problem is not None:
        if problem.colour == "amber":  # the case moved on: the form now stands on its newest state
            typed = request.POST.copy()
            typed["shown_seq"] = str(queries.open_case(file.case).view.next_seq - 1)
            found.form.data = typed
        for name in problem.fields:
            if name in found.form.fields:
                found.form.add_error(name, _("请填写这一项。") if problem.status == 409 else _("请改一下这一项。"))
        return _shown(request, file, found, problem, problem.status)
    messages.success(request, _("已记录“%s”。") % words.event_label(event))
    address = reverse("case", args=[file.key])
    if queries.visible_to(request.officer).filter(pk=file.case.pk).exists():
        return _go(request, address)
    return _go(request, reverse("cases"))  # by this very step the case left the officer's sight


def _record(request: DeskRequest, file: CaseFile, event: str, form: StepForm) -> Problem | None:
    """Record; what stands in the way comes back as a problem to show."""
    sent = form.cleaned_data
    facts = _completed(form.facts(), file.foresee(event), form)
    try:
        actions.record(
            file.case, event, by=request.officer, facts=facts, occurred=form.happened(), re=sent["re"],
            late_reason=sent["late_reason"] or None, shown_seq=sent["shown_seq"], key=sent["key"] or None,
        )  # fmt: skip
    except Refused as refused:
        return problems.of_refusal(refused, event, file.procedure)
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


def _completed(facts: dict[str, Any], seen: Foreseen, form: StepForm) -> dict[str, Any]:
    """A proposal was approved word for word: what the form leaves open comes from it."""
    if seen.of is None or seen.event in ("approved", "rejected"):
        return facts
    known = {f.name for f in form.facts_asked}
    approved = {n: v for n, v in seen.of.facts.items() if n in known and n not in facts}
    sealed = vault.open_many(v for v in approved.values() if isinstance(v, Sealed))
    return {**{n: sealed[v.ref] if isinstance(v, Sealed) else v for n, v in approved.items()}, **facts}


def _step_page(request: DeskRequest, file: CaseFile, event: str, proposed: str | None) -> StepPage:
    vocabulary = load_vocabulary()
    look = file.foresee(proposed or event)
    asked = (
        look.asks
        if proposed is None
        else {n: a for n, a in look.asks.items() if n in vocabulary.events[proposed].facts}
    )
    types = {f.type for f in facts_of(vocabulary, event, proposed, asked)}
    running = [d for d in file.dues if d.open and not d.window]
    offered = choices.offered(
        proposed or event, types, procedure=file.procedure, view=file.view, tree=file.world.tree, here=request.officer.unit_id,
        names=file.party_labels(), running=choices.extendable(file.procedure, running) if event.startswith("exten") else (),
    )  # fmt: skip
    form = StepForm(
        event, offered=offered, asked=asked, proposed=proposed, initial=_initial(file, look, proposed),
        data=request.POST if request.method == "POST" else None,
    )  # fmt: skip
    key = file.key
    own = proposed or event
    title = words.event_label(event) + (_("：%s") % words.event_label(proposed) if proposed else "")
    page = StepPage(title, form, reverse("step", args=[key, event]), _("记录“%s”") % words.event_label(event))
    if event == "proposed" and proposed is None:
        known = set(file.procedure.approvals) or set(file.procedure.steps) or set(vocabulary.events)
        page.choices = sorted(known - SYSTEM_ONLY - {"proposed", "registered"}, key=list(vocabulary.events).index)
    if event in ("approved", "rejected") and look.of is not None:
        page.request = _request(file, look.of)
    elif look.of is not None and event != "proposed":
        page.about.append(Line(_("拟办已经批准。不填的项目用批准的内容。")))
    page.about += _standing(file, event, own, proposed)
    page.about_colour = "amber" if any(o.event == event and not o.open for o in file.steps) and proposed is None else ""
    page.follows = _follows(look)
    return page


def _standing(file: CaseFile, event: str, own: str, proposed: str | None) -> list[Line]:
    """What the rules say of this step now: its own sentence, or why it is not open."""
    offer = next((o for o in file.steps if o.event == event), None)
    if offer is None:
        return [Line(_("这一步按规则不由您的岗位办理；提交会被退回，并说明依据。"))]
    if offer.open or proposed is not None:
        found = next((o for o in file.steps if o.event == own), offer)
        return problems.of_offer(found, file.procedure) if found.open else []
    return problems.of_offer(offer, file.procedure)


def _initial(file: CaseFile, look: Foreseen, proposed: str | None) -> dict[str, Any]:
    vocabulary = load_vocabulary()
    initial: dict[str, Any] = {"shown_seq": file.view.next_seq - 1, "key": visits.new_key()}
    if proposed is None:
        initial["re"] = ",".join(map(str, look.re))
    else:
        initial["for"] = proposed
    facts = dict(look.usual)
    if look.of is not None and look.event not in ("approved", "rejected"):
        facts |= {n: v for n, v in look.of.facts.items() if not isinstance(v, Sealed) and n != "for"}
    kinds = vocabulary.events[look.event].facts
    for name, value in facts.items():
        kind = kinds.get(name)
        if kind is not None and kind.type in ("party", "parties"):
            value = _numbers(file, value)
        initial[name] = list(value) if isinstance(value, tuple) else value
    return initial


def _numbers(file: CaseFile, value: Any) -> Any:
    """Parties by number where a role is meant."""
    if isinstance(value, tuple):
        return [no for v in value for no in sorted(file.view.party_ids(v))]
    return min(file.view.party_ids(value), default=value)


def _request(file: CaseFile, event: Event) -> dict[str, Any]:
    title = words.event_label(event.name)
    if event.name == "proposed":
        title += _("：%s") % words.event_label(str(event.facts["for"]))
    who = next((file.who(row) for row in file.told if row.seq == event.seq), "")
    return {"title": title, "who": who, "at": event.occurred, "facts": file.event_rows(event.seq)}


def _follows(look: Foreseen) -> list[Line]:
    """What recording it will bring about."""
    lines = [Line(_("完成时限：%s") % x.says, x.clauses) for x in look.meets]
    lines += [Line(_("开始计算：%s") % x.says, x.clauses) for x in look.begins]
    lines += [Line(_("通知：%s") % x.says, x.clauses) for x in look.tells]
    seen = set[str]()
    return [line for line in lines if not (line.says in seen or seen.add(line.says))]  # type: ignore[func-returns-value]


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
    """One masked value in plain, for a reason that is kept with it."""
    ref, reason = request.POST.get("ref", ""), UNWRITABLE.sub("", request.POST.get("reason", "")).strip()
    if not file.may_reveal(ref):
        raise Http404
    told: dict[str, Any] = {"case_key": file.key, "ref": ref}
    status = 200
    if len(reason) < 2:
        told["error"], status = _("请写明查看原因，再点“记录并显示”。"), 422
    else:
        value = vault.reveal(org.actor_of(request.officer), file.case.pk, ref, reason)
        told["value"] = "、".join(map(str, value)) if isinstance(value, list) else str(value)
    template = "web/parts/revealed.html" if request.htmx else "web/revealed.html"
    return render(request, template, told, status=status)
