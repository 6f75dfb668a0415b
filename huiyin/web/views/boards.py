"""The board: how it stands unit by unit, with the red lines; each figure leads to its cases. And cases that repeat others."""

from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from huiyin.cases import boards, clock
from huiyin.cases.lights import LIGHTS, spans
from huiyin.watch import actions as watch
from huiyin.watch import queries
from huiyin.web import bulk, words
from huiyin.web.casefile import number_key
from huiyin.web.people import DeskRequest, for_officers
from huiyin.web.views.work import ENDS, PAGE, key, todo_rows

SHOWN: Final = 60  # units of one page; who has more below him looks at those with something late first
COLUMNS: Final[tuple[tuple[str, str | Promise], ...]] = (
    ("overdue", gettext_lazy("逾期案件")), ("red", gettext_lazy("逾期时限")), ("amber", gettext_lazy("三天内到期")),
    ("green", gettext_lazy("时间充裕")),
    ("repeat", gettext_lazy("重复投诉")), ("dissatisfied", gettext_lazy("不满意")), ("unassigned", gettext_lazy("未确定承办人")),
    ("unsigned", gettext_lazy("未签收")), ("asked", gettext_lazy("等待审批")),
)  # fmt: skip
LISTS: Final = {"overdue": "red", "asked": "decision"}  # figure -> the list it leads to, where that has another name
RED_LINES: Final = frozenset({"overdue", "red", "repeat", "dissatisfied"})
TITLES: Final = dict(COLUMNS) | {"overdue": gettext_lazy("逾期时限")}


@dataclass(frozen=True)
class Cell:
    """One figure of the board and where it leads."""

    what: str
    label: str
    count: int
    red: bool
    query: str


@require_GET
@never_cache
@for_officers
def board(request: DeskRequest) -> HttpResponse:
    """A line for each unit, those with the most overdue cases first, or with the most of one figure; units with nothing to do are left out.
    With `part` only the figures, for a page that keeps itself fresh."""
    by = request.GET.get("by", "")
    if by and by not in TITLES:
        raise Http404
    found = queries.board(boards.units_of(request.officer), by)
    rows = [
        {"unit": line.unit, "light": line.light, "cells": _cells(line.unit, line.figures)}
        for line in found.lines[:SHOWN]
    ]
    part = "part" in request.GET
    return render(request, "web/parts/board_figures.html" if part else "web/board.html", {
        "here": "board", "rows": rows, "columns": COLUMNS, "counted": found.counted, "more": len(found.lines) > SHOWN, "by": by, "part": part,
        "live": request.GET.get("live", "1") != "0", "total": _totals(found.total), "late": found.total.get("overdue", 0),
        "soon": found.total.get("amber", 0), "may_hang": request.officer.role in watch.MAY,
    })  # fmt: skip


def _totals(total: dict[str, int]) -> list[Cell]:
    """The sums; each leads to the board in the order of that figure, and from there to the cases."""
    return [
        Cell(
            name, str(label), total.get(name, 0), name in RED_LINES and total.get(name, 0) > 0, urlencode({"by": name})
        )
        for name, label in COLUMNS
    ]


def _cells(unit: str, found: dict[str, int]) -> list[Cell]:
    return [
        Cell(
            name, str(label), found.get(name, 0), name in RED_LINES and found.get(name, 0) > 0,
            urlencode({"what": LISTS.get(name, name), "unit": unit}),
        )
        for name, label in COLUMNS
    ]  # fmt: skip


@require_GET
@never_cache
@for_officers
def drill(request: DeskRequest) -> HttpResponse:
    """The cases behind one figure: of one unit, or of all. Those this officer may not find are not listed."""
    what, unit = request.GET.get("what", "red"), request.GET.get("unit", "")
    if what not in (*TITLES, *ENDS) or (unit and unit not in boards.units_of(request.officer)):
        raise Http404
    told: dict[str, Any] = {
        "here": "board", "title": TITLES.get(what, ""), "unit": unit, "what": what,
        "keep": urlencode({"what": what, **({"unit": unit} if unit else {})}),
    }  # fmt: skip
    if what in (*LIGHTS, "overdue"):
        told |= {"verbs": bulk.verbs(request.officer), "back": "board"}
        return render(request, "web/board_limits.html", told | _limits(request, what, unit))
    if what in ENDS:
        return redirect(f"{reverse('open_ends')}?{urlencode({'sort': what, 'unit': unit or request.officer.unit_id})}")
    unit = unit or request.officer.unit_id
    if what == "repeat":
        page = boards.repeats(request.officer, unit, key(request), PAGE)
        found, more = [pair.case for pair in page.rows], page.before
    else:
        unhappy = boards.dissatisfied(request.officer, unit, key(request), PAGE + 1)
        found, more = unhappy[:PAGE], unhappy[PAGE - 1].pk if len(unhappy) > PAGE else None
    for case in found:
        case.marks_list, case.key = case.marks.split(), number_key(case, found)  # type: ignore[attr-defined]
    told |= {"verbs": bulk.verbs(request.officer), "back": "board"}
    return render(request, "web/board_cases.html", told | {"rows": found, "next": more})


def _limits(request: DeskRequest, what: str, unit: str) -> dict[str, Any]:
    now = clock.now()
    try:
        page = boards.limits(
            request.officer, unit or None, request.GET.get("after"), PAGE, **spans(now)["red" if what == "overdue" else what]
        )  # fmt: skip
    except (ValueError, OverflowError):
        raise Http404
    return {"rows": todo_rows(request.officer, page.rows, now), "next": page.after}


@require_GET
@never_cache
@for_officers
def links(request: DeskRequest) -> HttpResponse:
    """Cases that repeat, add to or concern the same matter as another, the newest first, side by side with it."""
    page = boards.repeats(request.officer, None, key(request), PAGE)
    cases = [pair.case for pair in page.rows]
    others = [pair.other for pair in page.rows if pair.other is not None]
    rows = [
        {
            "key": number_key(pair.case, cases), "case": pair.case, "other": pair.other, "red": pair.relation == "repeat",
            "relation": words.vocabulary().label("relation", pair.relation),
            "other_key": number_key(pair.other, others) if pair.other is not None else "",
        }
        for pair in page.rows
    ]  # fmt: skip
    return render(request, "web/links.html", {"here": "board", "rows": rows, "next": page.before})
