"""Trying a case under a procedure before anybody lives by it: step by step, with what each brings about. The page holds it all; nothing is kept.

What has happened stands in a hidden field as the text of a worked example, so that it can be taken away as a file and brought back.
"""

from dataclasses import replace
from datetime import datetime

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from huiyin.cases import clock
from huiyin.core.course import Course
from huiyin.languages import load_vocabulary
from huiyin.org import procedures
from huiyin.web import rulebook, story, trying, words
from huiyin.web.forms.trying import TryForm
from huiyin.web.people import DeskRequest, for_officers
from huiyin.web.problems import Line, Problem
from huiyin.web.story import BadStory, Story


@require_GET
@never_cache
@for_officers
def pick(request: DeskRequest) -> HttpResponse:
    """Under which procedure?"""
    id = request.GET.get("procedure", "")
    if id in procedures.library().procedures:
        return redirect(reverse("rules_try", args=id.split("/", 1)))
    return render(request, "web/try_any.html", {"here": "rules", "shelves": rulebook.shelves()})


@require_http_methods(["GET", "POST"])
@never_cache
@for_officers
def trial(request: DeskRequest, body: str, name: str) -> HttpResponse:
    """The story so far, what each step brought about, and the next step."""
    id = f"{body}/{name}"
    if id not in procedures.library().procedures:
        raise Http404
    if request.method == "GET":
        return _page(request, id, story.empty(id))
    try:
        told = story.read(request.POST.get("story", ""), id)
        _change(request, told)
        played = story.play(told)
    except BadStory as bad:
        problem = Problem(
            _("这件案子走不下去"), [Line(str(bad))], _("已经从头开始；可以把改好的算例再贴进来。"), status=422
        )
        return _page(request, id, story.empty(id), problem=problem)
    if "download" in request.POST:
        return _file(id, told, played)
    if "add" in request.POST or "keep" in request.POST:
        return _add(request, id, told, played)
    by, event, proposed = _wanted(request)
    return _page(request, id, told, played, by=by, event=event, proposed=proposed)


def _change(request: DeskRequest, told: Story) -> None:
    """What the buttons beside the story do to it."""
    drop = request.POST.get("drop", "")
    if drop.isdecimal() and int(drop) < len(told["events"]):
        del told["events"][int(drop) :]
    if "look" in request.POST:
        told.pop("now", None)
        try:
            moment = datetime.fromisoformat(request.POST.get("now", "").strip())
        except ValueError:
            return
        if moment.year not in story.YEARS:
            raise BadStory(_("时间不对。"))
        told["now"] = moment.replace(tzinfo=None, microsecond=0)


def _wanted(request: DeskRequest) -> tuple[str, str, str | None]:
    """Whose step is to be filled in: from a button (who|event), or from the lists of roles, units and steps."""
    by, _bar, event = request.POST.get("pick", "").partition("|")
    if not event and "choose" in request.POST:
        role, unit, event = (request.POST.get(n, "") for n in ("role", "unit", "step"))
        outside = load_vocabulary().roles.get(role, {}).get("side") == "outside"
        by = role if outside or not unit else f"{role}@{unit}"
    if not event:
        by, event = request.POST.get("by", ""), request.POST.get("event", "")
    vocabulary = load_vocabulary()
    proposed = request.POST.get("for") or None
    known = event in vocabulary.events and event not in trying.NOT_HERE
    if not known or "drop" in request.POST or "look" in request.POST:
        return "", "", None
    return by, event, proposed if event == "proposed" and proposed in vocabulary.events else None


def _add(request: DeskRequest, id: str, told: Story, played: Course) -> HttpResponse:
    """One step more. Refused, it is not kept (unless as the end of the example), and its form stays as it was filled in."""
    by, event, proposed = _wanted(request)
    if not event:
        return _page(request, id, told, played)
    try:
        form = trying.form(played, told, event, by, proposed, clock.now(), request.POST)
    except ValueError:
        return _page(request, id, told, played, problem=_nobody(by))
    if not form.is_valid():
        return _page(request, id, told, played, by=by, event=event, proposed=proposed, form=form)
    facts = {k: v for k, v in form.facts().items() if k not in ("complainant", "respondent")}
    happened = form.happened() or clock.now()
    more = story.event_of(event, happened, by, facts, story.next_label(told), form.cleaned_data["re"])
    longer = {**told, "events": [*told["events"], more], "case": {**told["case"], **form.case()}}
    longer.pop("now", None)
    if happened.year not in story.YEARS or len(longer["events"]) > story.MOST:
        return _page(
            request, id, told, played, problem=Problem(_("不能再加"), [Line(_("时间不对，或者步骤太多。"))], status=422)
        )
    try:
        after = story.play(longer)
    except BadStory as bad:
        problem: Problem | None = Problem(_("这一步写得不对"), [Line(str(bad))], status=422)
        return _page(request, id, told, played, by=by, event=event, proposed=proposed, form=form, problem=problem)
    problem = trying.problem_of(after.legs[-1], after)
    if problem is None or "keep" in request.POST:
        return _page(request, id, longer, after)
    problem = replace(problem, title=_("按这个程序，这一步会被拒绝"), advice=problem.advice)
    return _page(request, id, told, played, by=by, event=event, proposed=proposed, form=form, problem=problem)


def _nobody(by: str) -> Problem:
    return Problem(_("没有这个人"), [Line(_("示例单位里没有“%s”。") % by)], status=422)


def _page(
    request: DeskRequest, id: str, told: Story, played: Course | None = None, *, by: str = "", event: str = "", proposed: str | None = None,
    form: TryForm | None = None, problem: Problem | None = None,
) -> HttpResponse:  # fmt: skip
    played = played or story.play(told)
    status = problem.status if problem else 422 if form is not None else 200
    choose = event == "proposed" and proposed is None
    if event and form is None and not choose:
        try:
            form = trying.form(played, told, event, by, proposed, clock.now(), None)
        except ValueError:
            problem, status, event = _nobody(by), 422, ""
    found = trying.told(played)
    if not event:
        found.choices = trying.next_steps(played)
    procedure = played.play.main.procedure
    return render(request, "web/try.html", {
        "here": "rules", "procedure": procedure, "id": id, "story": story.text(told), "trial": found, "problem": problem, "form": form, "by": by,
        "event": event, "proposed": proposed, "who": trying.who_text(by, played.play.main.world.tree) if by else "",
        "title": words.event_label(proposed or event) if event else "", "people": trying.people(), "units": trying.units(played),
        "steps": trying.steps(), "proposals": [(n, words.event_label(n)) for n in procedure.approvals] if choose else [],
        "main": [c for c in found.choices if c.main], "other": [c for c in found.choices if not c.main],
        "now": told.get("now") or (played.now if told["events"] else None), "intake": played.play.main.unit, "refused": problem and status == 409,
    }, status=status)  # fmt: skip


def _file(id: str, told: Story, played: Course) -> HttpResponse:
    """The story as a worked example. Steps that were refused on the way are left out; refused as the last one, that is what it expects."""
    kept = {**told, "clause": told.get("clause") or [], "name": told.get("name") or _("试走：%s") % rulebook.label(id)}
    stands = [spec for spec, leg in zip(told["events"], played.legs, strict=True) if leg.problem is None]
    last = played.legs[-1] if played.legs else None
    refused = list(getattr(last.problem, "clauses", ())) if last is not None and last.problem is not None else []
    kept["events"] = [*stands, *([told["events"][-1]] if refused else [])]
    notes = [_("试走得到的算例。写上它检验的条款（clause）和预期（due、refused 等），日期请对着日历自己数一遍。")]
    notes += [
        _("现在未结束：%(says)s [%(clauses)s] %(end)s") % {"says": d.says, "clauses": ", ".join(d.clauses), "end": d.end.as_text() if d.end else "—"}
        for d in played.dues() if d.open
    ]  # fmt: skip
    text = story.text(kept, notes)
    if refused:
        text += "refused   = [" + ", ".join(f'"{c}"' for c in dict.fromkeys(refused)) + "]\n"
    answer = HttpResponse(text, content_type="application/toml; charset=utf-8")
    answer.headers["Content-Disposition"] = f'attachment; filename="{id.replace("/", "-")}.toml"'
    return answer
