"""Registers: which there are, lists, an entry with all that belongs to it, forms, and a table to take away. One set of pages for every register."""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any, Final

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from huiyin.accounts import looks
from huiyin.cases import clock
from huiyin.cases import queries as case_queries
from huiyin.cases.errors import NoSuchCase, Stale
from huiyin.cases.models import Case
from huiyin.core.facts import UNWRITABLE
from huiyin.core.model import Refused
from huiyin.core.register_values import PERIOD, BadValue, is_set, span_of
from huiyin.core.registers import CHANGE, Field, Register
from huiyin.org import categories
from huiyin.org import queries as org
from huiyin.registers import actions, books, queries
from huiyin.registers.queries import Opened
from huiyin.vault import actions as vault
from huiyin.web import choices, registerpage
from huiyin.web.forms.registers import EntryForm, ReasonForm
from huiyin.web.people import DeskRequest, for_officers
from huiyin.web.problems import Line, Problem
from huiyin.web.views.work import key as before_key

PAGE: Final = 50
EXPORTED: Final = 5000
FILTERS: Final = ("choice", "area")
MONTH: Final = re.compile(r"(19|20|21)\d\d-(0[1-9]|1[0-2])")
BOM: Final = "\ufeff"  # office programs take the file for UTF-8 by it


@require_GET
@never_cache
@for_officers
def shelves(request: DeskRequest) -> HttpResponse:
    """The registers of this unit, and what they owe."""
    found, now = queries.shelves(request.officer), clock.now()
    owed = queries.todo(request.officer, most=30)
    entries = {one.entry.pk: one.entry for one in owed}
    return render(request, "web/registers.html", {
        "here": "registers", "shelves": [{"key": "-".join(s.key), "shelf": s} for s in found],
        "dues": registerpage.due_rows([one.due for one in owed], now, entries),
    })  # fmt: skip


@require_GET
@never_cache
@for_officers
def listing(request: DeskRequest, key: str) -> HttpResponse:
    """The entries of one register that this officer finds, the newest first."""
    at, register = _register(key)
    asked = _asked(request, register)
    rows, after = queries.page(
        request.officer, at, state=asked["state"], unit=asked["unit"], text=asked["q"], before=before_key(request), size=PAGE,
        annulled=asked["annulled"] == "1", where={k: v for k, v in asked["where"].items() if v},
    )  # fmt: skip
    query = request.GET.copy()
    query.pop("before", None)
    narrowed = [
        (f, asked["where"].get(f.name, ""), _options(f)) for f in register.fields.values() if f.type in FILTERS
    ][:4]
    units = [(u, label) for u, label in org.labels(_units(request)).items()]
    return render(request, "web/register_list.html", {
        "here": "registers", "key": key, "register": register, "rows": registerpage.table(register, rows),
        "columns": registerpage.columns(register), "next": after, "query": query.urlencode(), "asked": asked, "choice": narrowed, "units": units,
        "newer": "before" in request.GET, "may_enter": register.at_top and queries.may_enter(register, request.officer),
    })  # fmt: skip


def _options(field: Field) -> Sequence[tuple[str, Any]]:
    """What a list can be narrowed to by a field."""
    return choices.areas() if field.type == "area" else list(field.options.items())


def _units(request: DeskRequest) -> list[str]:
    tree = org.tree()
    return [request.officer.unit_id, *tree.below(request.officer.unit_id)]


def _asked(request: DeskRequest, register: Register) -> dict[str, Any]:
    def said(name: str) -> str:
        return UNWRITABLE.sub("", request.GET.get(name, "")).strip()[:60]

    where = {f.name: said(f"f_{f.name}") for f in register.fields.values() if f.type in FILTERS}
    return {"state": said("state"), "unit": said("unit"), "q": said("q"), "annulled": said("annulled"), "where": where}


def _register(key: str) -> tuple[books.Key, Register]:
    at = queries.key_of(key)
    if at is None:
        raise Http404
    return at, books.registers()[at]


@require_GET
@never_cache
@for_officers
def export(request: DeskRequest, key: str) -> HttpResponse:
    """The same list as a table. Closed values are not in it."""
    at, register = _register(key)
    asked = _asked(request, register)
    rows, _more = queries.page(
        request.officer, at, state=asked["state"], unit=asked["unit"], text=asked["q"], size=EXPORTED, annulled=asked["annulled"] == "1",
        where={k: v for k, v in asked["where"].items() if v},
    )  # fmt: skip
    shown = [f for f in register.fields.values() if not f.personal and f.type not in ("cases", "entry", "entries")]
    names = registerpage.Names(register, [r.item.values for r in rows])
    looks.note(request.officer, looks.EXPORT, what=f"register {key} ({len(rows)})")
    answer = HttpResponse(BOM, content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{key}-{clock.now():%Y%m%d}.csv"'
    table = csv.writer(answer)
    table.writerow([_("序号"), _("单位"), _("状态"), *(f.label for f in shown)])
    labels = org.labels({r.entry.unit for r in rows})
    for row in rows:
        cells = [names.text(f, row.item.get(f.name)) for f in shown]
        table.writerow([row.entry.pk, *map(_harmless, (labels[row.entry.unit], row.state, *cells))])
    return answer


def _harmless(text: str) -> str:
    """A cell that no office program takes for a formula."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text


# -- one entry


@require_GET
@never_cache
@for_officers
def entry(request: DeskRequest, pk: int) -> HttpResponse:
    """One entry: fields, figures, what hangs under it, what it owes, its history; as of an earlier day where one is asked for."""
    found = _opened(request, pk)
    return render(request, "web/register_entry.html", _entry(request, found))


def _opened(request: DeskRequest, pk: int) -> Opened:
    found = queries.opened(request.officer, pk) if pk < 2**62 else None
    if found is None:
        raise Http404
    return found


def _entry(request: DeskRequest, found: Opened, problem: Problem | None = None) -> dict[str, Any]:
    span, label = _span(request)
    above = [(i.id, registerpage.label_of(found, i)) for i in found.ask.book.above(found.item)]
    seen = set(queries.visible_to(request.officer).filter(pk__in=[pk for pk, _ in above]).values_list("pk", flat=True))
    under = []
    for at, register in queries.registers_under(found):
        rows = queries.children(request.officer, found, register.name)
        may = not found.item.annulled and queries.may_enter(register, request.officer, found.item, found.ask.book)
        if rows or may:
            under.append({
                "key": "-".join(at), "register": register, "rows": registerpage.table(register, rows), "may_enter": may,
                "columns": registerpage.columns(register),
            })  # fmt: skip
    figures = registerpage.figure_rows(found, queries.figures(found, span))
    now = clock.now()
    return {
        "here": "registers", "found": found, "entry": found.entry, "register": found.register, "key": f"{found.entry.rule_set}-{found.register.name}",
        "name": registerpage.name_of(found.register, found.item), "above": [(p, n, p in seen) for p, n in reversed(above)],
        "state": found.register.states.get(found.entry.state, found.entry.state), "values": registerpage.value_rows(found),
        "figures": figures, "nothing": [f for f in figures if not f.counted.any], "span": label, "under": under, "problem": problem,
        "may_begin": [one for one in under if one["may_enter"] and not one["rows"]],
        "history": registerpage.history_rows(found, queries.history(found.entry.pk)), "cases": _cases(request, found),
        "dues": registerpage.due_rows(queries.owed_by([found.entry.pk]), now), "earlier": _earlier(request, found),
    }  # fmt: skip


def _span(request: DeskRequest) -> tuple[tuple[date, date] | None, str]:
    label = request.GET.get("span", "")
    if (
        not PERIOD.fullmatch(label)
        or not 1900 <= int(label[:4]) <= 2200
        or (len(label) == 7 and label[5] in "01" and not 1 <= int(label[5:]) <= 12)
    ):
        return None, ""
    return span_of(label), label


def _earlier(request: DeskRequest, found: Opened) -> dict[str, Any] | None:
    """The entry as of an earlier day, with how many entries hung under it."""
    try:
        day = date.fromisoformat(request.GET.get("on", ""))
    except ValueError:
        return None
    book = queries.as_of(found, day)
    item = book.items.get(found.entry.pk)
    if item is None:
        return {"day": day, "none": True}
    names = registerpage.Names(found.register, [item.values])
    kept = [
        (f.label, names.text(f, item.get(n)))
        for n, f in found.register.fields.items()
        if is_set(item.get(n)) and not f.personal
    ]
    counts = [
        (r.label, sum(1 for _c in book.children(item, r.name, deep=True)))
        for r in books.of_set(found.entry.rule_set).values()
    ]
    return {
        "day": day, "values": kept, "version": item.version, "counts": [c for c in counts if c[1]],
        "state": found.register.states.get(item.state, item.state),
    }  # fmt: skip


def _cases(request: DeskRequest, found: Opened) -> list[dict[str, Any]]:
    """Cases of each field that holds any or may take one: those this officer finds, and how many there are."""
    shown = []
    for kind in found.register.fields.values():
        if kind.type == "cases":
            cases, number = queries.linked_cases(request.officer, found.entry, kind.name)
            for case in cases:
                case.key = f"~{case.pk}"  # type: ignore[attr-defined]
            shown.append({"field": kind, "cases": cases, "number": number, "hidden": number - len(cases)})
    return shown


@never_cache
@require_http_methods(["GET", "POST"])
@for_officers
def new(request: DeskRequest, key: str) -> HttpResponse:
    """A new entry, alone or under another one (?under=)."""
    at, register = _register(key)
    under = request.GET.get("under", "")
    over = _opened(request, int(under)) if under.isdecimal() and len(under) < 18 else None
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
    _at, register = _register(key)
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
    found = _opened(request, pk)
    if not found.may_change:
        raise Http404
    return _act(request, found, CHANGE, _("更正或补充"), None, reason=True)


@never_cache
@require_http_methods(["GET", "POST"])
@for_officers
def do(request: DeskRequest, pk: int, verb: str) -> HttpResponse:
    """A step of an entry, or taking it out (annul). Steps that need nothing filled in are done at once."""
    found = _opened(request, pk)
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
            request, "web/register_entry.html", _entry(request, _opened(request, found.entry.pk), problem), status=409
        )
    except (Refused, BadValue) as bad:
        problem = _problem(bad, found.register, found)
        page = "web/register_form.html" if told else "web/register_entry.html"
        context = {**told, "problem": problem} if told else _entry(request, found, problem)
        return render(request, page, context, status=problem.status)
    _say(request, done, _("“%s”已记录。") % title)
    return redirect("register_entry", found.entry.pk)


def _problem(bad: Refused | BadValue, register: Register, found: Opened | None) -> Problem:
    if isinstance(bad, Refused):
        return registerpage.of_refusal(bad, register, found)
    label = register.fields[bad.field].label if bad.field in register.fields else bad.field
    return Problem(_("有一处需要改一下"), [Line(_("“%s”填写的内容不合要求。") % label)], status=422)


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
    found = _opened(request, pk)
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
        return render(request, "web/register_entry.html", _entry(request, found, problem), status=422)
    except Refused as bad:
        problem = _problem(bad, found.register, found)
        return render(request, "web/register_entry.html", _entry(request, found, problem), status=problem.status)
    messages.success(request, _("“%s”已更新。") % kind.label)
    if request.POST.get("back") == "case":
        return redirect("case", f"~{case.pk}")
    return redirect("register_entry", pk)


@require_POST
@for_officers
def reveal(request: DeskRequest, pk: int) -> HttpResponse:
    """One closed value in plain, for a reason that is kept with it."""
    found = _opened(request, pk)
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
