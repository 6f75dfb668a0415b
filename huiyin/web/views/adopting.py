"""Administration of the rules: which procedures units work by, what the rules leave to the office, moving cases in hand to another text.

For administrators, for their own unit and those below it. Every act stands in the log of administration, a moved case in the case as well.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from huiyin.cases import moving, pins, reasons
from huiyin.cases.access import visible_to
from huiyin.core.errors import RuleError
from huiyin.core.facts import BadFact
from huiyin.core.model import Refused
from huiyin.core.rules import Procedure, Setting
from huiyin.org import actions, procedures, queries, snapshot
from huiyin.org.actions import BadAct
from huiyin.org.models import Adoption, SettingValue
from huiyin.org.procedures import RulesChanged
from huiyin.web import rulebook, words
from huiyin.web.casefile import number_key
from huiyin.web.forms.adopting import EVERYBODY, AdoptForm, EndForm, MoveForm, SettingForm
from huiyin.web.forms.fields import Options
from huiyin.web.people import DeskRequest, for_officers, freshly
from huiyin.web.problems import Line, Problem
from huiyin.web.views.comparing import HOW, LOOKED, case_row, counted

ADMINISTRATOR: Final = "administrator"
SHOWN: Final = 400  # units to choose from


def for_administrators(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """The view of an administrator; anybody else is told that he is none."""

    @never_cache
    @for_officers
    def inner(request: DeskRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.officer.role != ADMINISTRATOR:
            raise PermissionDenied
        return freshly(view)(request, *args, **kwargs)

    return inner


def reach(request: DeskRequest) -> list[str]:
    """The units he may act for: his own and those below it."""
    own = request.officer.unit_id
    return [own, *queries.tree().below(own)]


def _units(request: DeskRequest) -> Options:
    found = reach(request)[:SHOWN]
    labels = queries.labels(found)
    return [(unit, labels[unit]) for unit in found]


# -- adopting


@require_http_methods(["GET", "POST"])
@for_administrators
def adopted(request: DeskRequest) -> HttpResponse:
    """What the units work by, and adopting another one."""
    known = [(id, rulebook.label(id)) for id in sorted(procedures.library().procedures, key=rulebook.label)]
    form = AdoptForm(
        _units(request),
        known,
        data=request.POST or None,
        initial={"since": queries.today(), "procedure": request.GET.get("procedure")},
    )
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid() and _adopt(request, form):
            return redirect("adopted")
    units = reach(request)
    rows = (
        Adoption.objects.filter(unit__in=units)
        .select_related("unit", "compiled")
        .defer("compiled__source")
        .order_by("-since", "pk")
    )
    shown = [_row(row) for row in rows]
    return render(request, "web/adopted.html", {
        "here": "rules", "form": form, "now": [r for r in shown if r["state"] != "over"], "over": [r for r in shown if r["state"] == "over"],
    }, status=status)  # fmt: skip


def _row(row: Adoption) -> dict[str, Any]:
    day = queries.today()
    state = "later" if row.since > day else "over" if row.until is not None and row.until < day else "now"
    return {
        "adoption": row,
        "state": state,
        "never": row.until is not None and row.until < row.since,
        "form": EndForm(prefix=f"end{row.pk}"),
    }


def _adopt(request: DeskRequest, form: AdoptForm) -> bool:
    given = form.cleaned_data
    try:
        done = actions.adopt(
            given["unit"], given["procedure"], since=given["since"], until=given["until"], by=request.officer
        )
    except BadAct as bad:
        form.add_error(bad.field if bad.field in form.fields else None, str(bad))
        return False
    except (RulesChanged, RuleError) as error:
        form.add_error(None, str(error))
        return False
    told = {"unit": words.unit_label(done.unit_id), "label": done.compiled.label, "day": words.date_text(done.since)}
    messages.success(request, _("%(unit)s自%(day)s起采用“%(label)s”。以前登记的案件照旧办理。") % told)
    return True


@require_POST
@for_administrators
def end_adoption(request: DeskRequest, pk: int) -> HttpResponse:
    """No new cases by it after that day."""
    row = (
        Adoption.objects.filter(pk=pk, unit__in=reach(request))
        .select_related("compiled")
        .defer("compiled__source")
        .first()
    )
    if row is None:
        raise Http404
    form = EndForm(request.POST, prefix=f"end{row.pk}")
    if not form.is_valid():
        messages.error(request, _("没有停用：请填写到哪一天止，如 2026-12-31。"))
        return redirect("adopted")
    try:
        actions.end_adoption(row, until=form.cleaned_data["until"], by=request.officer)
    except BadAct as bad:
        messages.error(request, _("没有停用：%s") % bad)
        return redirect("adopted")
    told = {"label": row.compiled.label, "day": words.date_text(form.cleaned_data["until"])}
    messages.success(request, _("“%(label)s”用到%(day)s为止；正在办理的案件照旧。") % told)
    return redirect("adopted")


# -- settings


@require_http_methods(["GET", "POST"])
@for_administrators
def rule_settings(request: DeskRequest) -> HttpResponse:
    """Everything that the adopted rules leave to the office, its value today, and changing one."""
    declared = _declared(request)
    name = request.GET.get("name", "")
    if name and name not in declared:
        raise Http404
    told: dict[str, Any] = {"here": "rules", "name": name}
    status = 200
    if name:
        told["form"] = form = SettingForm(
            declared[name].setting, _for_whom(request), data=request.POST or None, initial={"since": queries.today()}
        )
        if request.method == "POST":
            status = 422
            if form.is_valid() and _set(request, name, form):
                return redirect("rule_settings")
    world = queries.world_for(request.officer.unit_id)
    values = _values(reach(request))
    told["rows"] = [
        {
            "name": n, "says": "；".join(d.says), "clauses": tuple(d.clauses), "labels": words.listed(d.labels),
            "default": in_words(d.setting.default), "values": values.get(n, []),
            "now": in_words(world.setting(n, request.officer.unit_id, d.setting.default)),
        }
        for n, d in declared.items()
    ]  # fmt: skip
    told["row"] = next((r for r in told["rows"] if r["name"] == name), None)
    return render(request, "web/rule_settings.html", told, status=status)


@dataclass
class Declared:
    """One name that rules leave to the office. Several rule sets may ask for the same: all their articles and words."""

    setting: Setting
    clauses: dict[str, None] = field(default_factory=dict)
    says: dict[str, None] = field(default_factory=dict)
    labels: list[str] = field(default_factory=list)

    def add(self, setting: Setting, label: str) -> None:
        """Asked for here, too."""
        self.clauses |= dict.fromkeys(setting.clauses)
        self.says |= dict.fromkeys([setting.says] if setting.says else [])
        self.labels.append(label)


def _declared(request: DeskRequest) -> dict[str, Declared]:
    """Settings of the procedures that units in reach, or those above them, work by today or will: each with the procedures that ask it."""
    own = request.officer.unit_id
    units, day = {*reach(request), *queries.tree().above(own)}, queries.today()
    found: dict[str, Declared] = {}
    for a in snapshot.current().adoptions:
        if a.unit in units and (a.span.until is None or a.span.until >= max(day, a.span.since)):
            for name, setting in procedures.procedure_for(a.hash).settings.items():
                found.setdefault(name, Declared(setting)).add(setting, a.label)
    return dict(sorted(found.items(), key=lambda item: (item[1].setting.clauses, item[0])))


def _values(units: list[str]) -> dict[str, list[dict[str, Any]]]:
    """Values given so far, the newest first."""
    found: dict[str, list[dict[str, Any]]] = {}
    for row in (
        SettingValue.objects.filter(unit__in=units)
        .union(SettingValue.objects.filter(unit=None))
        .order_by("-since", "-id")
    ):
        unit = words.unit_label(row.unit_id) if row.unit_id else _("全部单位")
        found.setdefault(row.name, []).append(
            {"unit": unit, "value": in_words(row.value), "since": row.since, "until": row.until}
        )
    return found


def _for_whom(request: DeskRequest) -> Options:
    """His units; everybody only where nobody stands above him."""
    everybody = [] if queries.tree().above(request.officer.unit_id) else [(EVERYBODY, _("全部单位"))]
    return [*_units(request), *everybody]


def in_words(value: Any) -> str:
    """A value as people read it."""
    if value is None or value == "":
        return "—"
    return words.plain_text(None, value) if not isinstance(value, str) else value


def _set(request: DeskRequest, name: str, form: SettingForm) -> bool:
    given = form.cleaned_data
    try:
        actions.set_setting(
            name,
            form.value(),
            unit=given["unit"] or None,
            since=given["since"],
            until=given["until"],
            by=request.officer,
        )
    except BadAct as bad:
        field = {"name": "value"}.get(bad.field, bad.field)
        form.add_error(field if field in form.fields else None, str(bad))
        return False
    messages.success(
        request,
        _("已改为“%(value)s”，自%(day)s起。")
        % {"value": in_words(form.value()), "day": words.date_text(given["since"])},
    )
    return True


# -- moving cases in hand


@require_http_methods(["GET", "POST"])
@for_administrators
def move(request: DeskRequest) -> HttpResponse:
    """First the list with what would change, then, with a reason, moving those that are ticked: each an event of its case."""
    sent = request.POST if request.method == "POST" else request.GET
    asked = {"before": sent.get("before", ""), "after": sent.get("after", "")}
    after = rulebook.chosen(asked["after"]) if asked["after"] else None
    if asked["after"] and after is None:
        raise Http404
    told: dict[str, Any] = {
        "here": "rules", "asked": asked, "after": after, "groups": rulebook.choices(request.officer.unit_id), "picks": True,
        "procedures": [(id, rulebook.label(id)) for id in sorted({a.procedure for a in snapshot.current().adoptions}, key=rulebook.label)],
    }  # fmt: skip
    told["asked"]["after"] = f"{after.id}@{after.hash}" if after is not None else ""
    if after is None or not asked["before"]:
        return render(request, "web/moving.html", told)
    form = MoveForm(request.POST if request.method == "POST" else None)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            problem = _move(request, asked["before"], after, form.cleaned_data["reason"])
            if problem is None:
                return redirect(f"{reverse('moving')}?{urlencode(asked)}")
            told["problem"], status = problem, problem.status
    start = sent.get("from", "")
    key = int(start) if start.isdecimal() and len(start) < 19 else 0
    seen = visible_to(request.officer).exclude(procedure_hash=after.hash)
    looked = moving.look_through(asked["before"], after, seen, key, LOOKED, same=True)
    told |= {
        "form": form, "looked": looked.looked, "next": looked.after, "changes": [case_row(c) for c in looked.changes],
        "tally": counted(HOW, (m.how for c in looked.changes for m in c.moved)), "query": urlencode(asked),
    }  # fmt: skip
    return render(request, "web/moving.html", told, status=status)


def _move(request: DeskRequest, before: str, after: Procedure, reason: str) -> Problem | None:
    """Move what is ticked; those that could not be moved come back with the reason."""
    ids = [int(pk) for pk in request.POST.getlist("case")[:LOOKED] if pk.isdecimal() and len(pk) < 19]
    cases = list(visible_to(request.officer).filter(moving.is_open(before), pk__in=ids).order_by("pk"))
    if not cases:
        return Problem(_("没有选中案件"), [Line(_("请勾选要改按新规则办理的案件。"))], status=422)
    try:
        stored = procedures.store(after)
    except RulesChanged as error:
        return Problem(_("没有改动"), [Line(str(error))])
    if pins.version(after.id, stored.in_force) != after.hash:
        return Problem(_("没有改动"), [Line(_("同一天施行的规则有更新的文本，请选最新的一份。"))])
    done = moving.move(cases, after, by=request.officer, reason=reason)
    if done.moved:
        messages.success(
            request, _("%(n)d 件改按“%(label)s”办理，每件都记入了经过。") % {"n": done.moved, "label": after.label}
        )
    if not done.refused:
        return None
    lines = [
        Line(_("%(number)s：%(why)s") % {"number": number_key(case), "why": _why(error)})
        for case, error in done.refused
    ]
    return Problem(_("有 %d 件没有改动") % len(lines), lines)


def _why(error: Exception) -> str:
    if isinstance(error, Refused):
        return reasons.of_refusal(error, "rebased")[0]
    return reasons.of_bad_fact(error) if isinstance(error, BadFact) else str(error)
