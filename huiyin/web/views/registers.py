"""Reading registers: which there are, lists, an entry with all that belongs to it, a table to take away. One set of pages for every register."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from datetime import date
from typing import Any, Final

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from huiyin.accounts import looks
from huiyin.cases import clock
from huiyin.cells import harmless
from huiyin.core.facts import UNWRITABLE
from huiyin.core.register_values import PERIOD, is_set, span_of
from huiyin.core.registers import Field, Register
from huiyin.org import queries as org
from huiyin.registers import books, queries
from huiyin.registers.queries import Opened
from huiyin.web import choices, registerpage
from huiyin.web.people import DeskRequest, for_officers, freshly
from huiyin.web.problems import Problem
from huiyin.web.views.work import key as before_key

PAGE: Final = 50
EXPORTED: Final = 5000
FILTERS: Final = ("choice", "area")
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
    at, register = register_of(key)
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


def register_of(key: str) -> tuple[books.Key, Register]:
    """The register of an address; one that the rules do not have is not there."""
    at = queries.key_of(key)
    if at is None:
        raise Http404
    return at, books.registers()[at]


@require_GET
@never_cache
@for_officers
@freshly
def export(request: DeskRequest, key: str) -> HttpResponse:
    """The same list as a table. Closed values are not in it."""
    at, register = register_of(key)
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
        table.writerow([row.entry.pk, *map(harmless, (labels[row.entry.unit], row.state, *cells))])
    return answer


# -- one entry


@require_GET
@never_cache
@for_officers
def entry(request: DeskRequest, pk: int) -> HttpResponse:
    """One entry: fields, figures, what hangs under it, what it owes, its history; as of an earlier day where one is asked for."""
    found = opened(request, pk)
    return render(request, "web/register_entry.html", entry_context(request, found))


def opened(request: DeskRequest, pk: int) -> Opened:
    """The entry, when this officer finds it; else it is not there. Either is a look."""
    found = queries.opened(request.officer, pk) if pk < 2**62 else None
    if found is None:
        if queries.there(pk):
            looks.note(request.officer, looks.REFUSED, what=f"entry {pk}")
        raise Http404
    looks.note(request.officer, looks.ENTRY, what=f"entry {pk}")
    return found


def entry_context(request: DeskRequest, found: Opened, problem: Problem | None = None) -> dict[str, Any]:
    """All parts of the page of an entry, with what went wrong where something did."""
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
