"""Acting on registers: forms for a new entry, for correcting, for steps; cases put into an entry; a closed value shown."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any, Final

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from huiyin.cases import clock
from huiyin.cases import queries as case_queries
from huiyin.cases.errors import NoSuchCase, Stale
from huiyin.cases.models import Case
from huiyin.core.facts import UNWRITABLE
from huiyin.core.model import Refused
from huiyin.core.register_values import BadValue
from huiyin.core.registers import CHANGE, Register
from huiyin.org import categories
from huiyin.org import queries as org
from huiyin.registers import actions, books, queries, reasons
from huiyin.registers.queries import Opened
from huiyin.vault import actions as vault
from huiyin.web import registerpage
from huiyin.web.forms.registers import EntryForm, ReasonForm
from huiyin.web.people import DeskRequest, for_officers
from huiyin.web.problems import Line, Problem
from huiyin.web.views.registers import entry_context, opened, register_of

MONTH: Final = re.compile(r"(19|20|21)\d\d-(0[1-9]|1[0-2])")


@never_cache
@require_http_methods(["GET", "POST"])
@for_officers
def new(request: DeskRequest, key: str) -> HttpResponse:
    """A new entry, alone or under another one (?under=)."""
    at, register = register_of(key)
    under = request.GET.get("under", "")
    over = opened(request, int(under)) if under.isdecimal() and len(under) < 18 else None
    if (over is None and not register.at_top) or (over is not None and over.register.name not in register.under):
        raise Http404
    spot = _hotspot(request, register)
    initial = _defaults(register) | (_begun_by(register, spot) if spot else {})
    form = EntryForm(register, request.officer, over, data=request.POST or None, initial=initial)
    told = {
        "here": "registers",
        "register": register,
        "key": key,
        "form": form,
        "over": over,
        "spot": spot,
        "title": _("登记%s") % register.label,
    }
    told["back"] = registerpage.name_of(over.register, over.item) if over else register.label
    if request.method == "GET" or not form.is_valid():
        return render(request, "web/register_form.html", told, status=200 if request.method == "GET" else 422)
    try:
        given = form.values() | ({register.hotspots["cases"]: list(spot.cases)} if spot and register.hotspots else {})
        done = actions.enter(at, given, by=request.officer, under=over.entry if over else None)
    except (Refused, BadValue) as bad:
        problem = _problem(bad, register, over)
        return render(request, "web/register_form.html", {**told, "problem": problem}, status=problem.status)
    _say(request, done, _("已登记“%s”。") % register.label)
    return redirect("register_entry", over.entry.pk if over else done.entry.pk)


def _hotspot(request: DeskRequest, register: Register) -> queries.Hotspot | None:
    """The hot spot that a new entry begins from, when its address names one (?hotspot=services:prepaid&month=2026-05)."""
    wanted, month = request.GET.get("hotspot", ""), request.GET.get("month", "")
    if register.hotspots is None or not wanted:
        return None
    return next((h for h in _spots(request, register, month) if h.category == wanted), None)


def _spots(request: DeskRequest, register: Register, month: str) -> list[queries.Hotspot]:
    rule = register.hotspots or {}
    if not MONTH.fullmatch(month):
        return []
    return queries.hotspots(
        request.officer.unit_id, month, factor=int(rule.get("factor", 2)), least=int(rule.get("least", 5))
    )


def _begun_by(register: Register, spot: queries.Hotspot) -> dict[str, Any]:
    rule = register.hotspots or {}
    return {rule["title"]: categories.label(spot.category), rule["categories"]: [spot.category]}


@require_GET
@never_cache
@for_officers
def hotspots(request: DeskRequest, key: str) -> HttpResponse:
    """Categories that rose in a month, each of which an entry may begin from, with its cases as the cause."""
    _at, register = register_of(key)
    if register.hotspots is None or not queries.may_enter(register, request.officer):
        raise Http404
    last = clock.now().date().replace(day=1) - timedelta(days=1)
    month = request.GET.get("month", "")
    month = month if MONTH.fullmatch(month) else f"{last:%Y-%m}"
    rows = [{"spot": h, "label": categories.path(h.category)} for h in _spots(request, register, month)]
    return render(
        request,
        "web/register_hotspots.html",
        {"here": "registers", "key": key, "register": register, "month": month, "rows": rows},
    )


def _defaults(register: Register) -> dict[str, Any]:
    today = clock.now().date()
    return {
        n: today if f.default == "today" else f.default for n, f in register.fields.items() if f.default is not None
    }


@never_cache
@require_http_methods(["GET", "POST"])
@for_officers
def change(request: DeskRequest, pk: int) -> HttpResponse:
    """Correct or supplement an entry; what stood there before stays in the history."""
    found = opened(request, pk)
    if not found.may_change:
        raise Http404
    return _act(request, found, CHANGE, _("更正或补充"), None, reason=True)


@never_cache
@require_http_methods(["GET", "POST"])
@for_officers
def do(request: DeskRequest, pk: int, verb: str) -> HttpResponse:
    """A step of an entry, or taking it out (annul). Steps that need nothing filled in are done at once."""
    found = opened(request, pk)
    step = found.register.step(verb)
    if verb == "annul" and found.may_change:
        return _act(request, found, verb, _("作废"), (), reason=True, needed=True)
    if step is None or step not in found.steps:
        raise Http404
    if step.fields:
        return _act(request, found, verb, step.label, step.fields)
    if request.method == "GET":
        return redirect("register_entry", pk)
    return _done(request, found, verb, {}, "", step.label, None)


def _act(
    request: DeskRequest, found: Opened, verb: str, title: str, names: tuple[str, ...] | None, *, reason: bool = False, needed: bool = False
) -> HttpResponse:  # fmt: skip
    data = request.POST if request.method == "POST" else None
    initial = {k: list(v) if isinstance(v, tuple) else v for k, v in found.item.values.items()}
    initial |= {
        n: "\n".join(v)
        for n, v in initial.items()
        if n in found.register.fields and found.register.fields[n].type == "texts"
    }
    form = EntryForm(found.register, request.officer, found, names, data=data, initial=initial)
    why = ReasonForm(needed=needed, data=data) if reason else None
    told = {
        "here": "registers", "register": found.register, "form": form, "why": why, "over": found, "head": found.entry.head, "title": title,
        "back": registerpage.name_of(found.register, found.item), "clauses": found.register.step(verb) or found.register,
    }  # fmt: skip
    valid = form.is_valid() and (why is None or why.is_valid())
    if data is None or not valid:
        return render(request, "web/register_form.html", told, status=200 if data is None else 422)
    return _done(request, found, verb, form.values(), why.cleaned_data["reason"] if why else "", title, told)


def _done(
    request: DeskRequest, found: Opened, verb: str, given: dict[str, Any], reason: str, title: str, told: dict[str, Any] | None
) -> HttpResponse:  # fmt: skip
    head = request.POST.get("head", "")
    try:
        done = actions.act(
            found.entry, verb, given, by=request.officer, reason=reason, head=int(head) if head.isdecimal() and len(head) < 18 else None,
        )  # fmt: skip
    except Stale:
        problem = Problem(
            _("这一条刚刚被别人改过"), advice=_("请看过现在的内容再办；您填写的没有保存。"), colour="amber"
        )
        return render(
            request,
            "web/register_entry.html",
            entry_context(request, opened(request, found.entry.pk), problem),
            status=409,
        )
    except (Refused, BadValue) as bad:
        problem = _problem(bad, found.register, found)
        page = "web/register_form.html" if told else "web/register_entry.html"
        context = {**told, "problem": problem} if told else entry_context(request, found, problem)
        return render(request, page, context, status=problem.status)
    _say(request, done, _("“%s”已记录。") % title)
    return redirect("register_entry", found.entry.pk)


def _problem(bad: Refused | BadValue, register: Register, found: Opened | None) -> Problem:
    if isinstance(bad, Refused):
        return registerpage.of_refusal(bad, register, found)
    return Problem(_("有一处需要改一下"), [Line(reasons.of_bad_value(bad, register))], status=422)


def _say(request: DeskRequest, done: actions.Done, text: str) -> None:
    messages.success(request, text)
    for hint in done.hints:
        messages.warning(request, hint)
    for also in done.also:
        messages.success(request, _("按规定同时登记了：%s。") % books.registers()[also.rule_set, also.register].label)


@require_POST
@for_officers
def put_case(request: DeskRequest, pk: int) -> HttpResponse:
    """Put a case into a field of an entry, or take it out; by its number, or by its id from its own page."""
    found = opened(request, pk)
    name, text = request.POST.get("field", ""), UNWRITABLE.sub("", request.POST.get("case", "")).strip()
    kind = found.register.fields.get(name)
    if kind is None or kind.type != "cases":
        raise Http404
    try:
        case = case_queries.by_number(request.officer, text)
        if "out" in request.POST:
            left = [c for c in found.entry.values.get(name, ()) if c != case.pk]
            actions.act(found.entry, CHANGE, {name: left}, by=request.officer, reason=_("移出案件"))
        else:
            actions.assign(found.entry, name, case, by=request.officer)
    except (NoSuchCase, Case.DoesNotExist, LookupError):
        problem = Problem(_("没有找到这个案件"), [Line(_("请核对编号；您看不到的案件不能归入。"))], status=422)
        return render(request, "web/register_entry.html", entry_context(request, found, problem), status=422)
    except Refused as bad:
        problem = _problem(bad, found.register, found)
        return render(request, "web/register_entry.html", entry_context(request, found, problem), status=problem.status)
    messages.success(request, _("“%s”已更新。") % kind.label)
    if request.POST.get("back") == "case":
        return redirect("case", f"~{case.pk}")
    return redirect("register_entry", pk)


@require_POST
@for_officers
def reveal(request: DeskRequest, pk: int) -> HttpResponse:
    """One closed value in plain, for a reason that is kept with it."""
    found = opened(request, pk)
    ref, reason = request.POST.get("ref", ""), UNWRITABLE.sub("", request.POST.get("reason", "")).strip()
    if ref not in [row.ref for row in registerpage.value_rows(found) if row.ref]:
        raise Http404
    told: dict[str, Any] = {
        "here": "registers",
        "entry": found.entry,
        "name": registerpage.name_of(found.register, found.item),
    }
    if len(reason) < 2:
        return render(
            request,
            "web/register_revealed.html",
            {**told, "error": _("请写明查看原因，再点“记录并显示”。"), "ref": ref},
            status=422,
        )
    told["value"] = vault.reveal(org.actor_of(request.officer), -found.entry.pk, ref, reason)
    return render(request, "web/register_revealed.html", told)
