"""My to-dos and my unit's by due moment, what waits for a decision, what is open, and the list of cases. Rows by key; no large table is counted.

A filter of a list can be kept under a name; from any list some of its cases can be acted on together (views/bulk.py).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlencode

from django.contrib import messages
from django.db.models import Q
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from huiyin.accounts import looks
from huiyin.cases import boards, clock, counters, identity, openends, queries, saved
from huiyin.cases.boards import Open
from huiyin.cases.counters import Figures
from huiyin.cases.lights import LIGHTS, light_of, spans
from huiyin.cases.models import Case, Draft
from huiyin.cases.queries import MANAGING, Todo, Waiting
from huiyin.cases.saved import NotKept
from huiyin.core.facts import UNWRITABLE
from huiyin.languages import load_vocabulary
from huiyin.moments import local
from huiyin.org.models import Officer
from huiyin.search import listing
from huiyin.web import bulk, registerpage, walking, words
from huiyin.web.casefile import number_key
from huiyin.web.people import DeskRequest, for_officers

PAGE: Final = 30
KEPT: Final[dict[str, tuple[str, ...]]] = {"work": ("of", "light", "kind"), "cases": ("kind", "stage", "state")}
AHEAD: Final = 300  # to-dos among which the next case is looked for
FEW: Final = 2000  # so much owed is counted at once, exactly; more stands in the counters
ENDS: Final[dict[str, str | Promise]] = {
    openends.DECISION: gettext_lazy("等待审批"), openends.UNSIGNED: gettext_lazy("还没签收"), openends.UNASSIGNED: gettext_lazy("还没确定承办人"),
    openends.GRANTED: gettext_lazy("已批准还没办"), "task": gettext_lazy("任务没完成"), "test": gettext_lazy("检测没结束"),
    "demand": gettext_lazy("责令没履行"), "suspension": gettext_lazy("中止没恢复"), "dispute": gettext_lazy("管辖没确定"),
    "urging": gettext_lazy("催办没回复"), "appeal": gettext_lazy("申诉没决定"), "breach": gettext_lazy("失责没认定"),
}  # fmt: skip


@dataclass(frozen=True)
class TodoRow:
    """One thing owed, as the list shows it."""

    key: str
    case: Case
    says: str
    clauses: tuple[str, ...]
    end: str
    colour: str
    state_label: str
    provisional: bool
    owed: str
    since: str
    subject: str = ""  # what the case is about, where the viewer may read it
    also: tuple["TodoRow", ...] = ()  # of the same case, due at the same time


@require_GET
@never_cache
@for_officers
def todo(request: DeskRequest) -> HttpResponse:
    """What waits for my decision, then what I owe or my unit does, the most urgent first."""
    now, light, of = clock.now(), request.GET.get("light", ""), request.GET.get("of", "")
    officer, kinds = request.officer, load_vocabulary().values["kind"]
    kind = request.GET.get("kind", "") if request.GET.get("kind", "") in kinds else ""
    whole = {"unit": True, "mine": False}.get(of, officer.role in MANAGING)
    try:
        page = queries.todo(
            officer, request.GET.get("after"), PAGE, whole_unit=whole, kind=kind, **spans(now).get(light, {})
        )
    except (ValueError, OverflowError):
        raise Http404
    figures = counters.figures([officer.unit_id])
    counts, live = _counts(request, figures, whole, kind)
    return render(request, "web/work.html", {
        "here": "work", "rows": todo_rows(officer, page.rows, now), "light": light if light in LIGHTS else "", "next": page.after,
        "counts": {**counts, "all": sum(counts.values())}, "counted": None if live else figures.counted, "whole": whole,
        "keep": urlencode({k: v for k, v in (("of", of), ("light", light), ("kind", kind)) if v}), "ends": ends_of(figures, request),
        "identity": len(identity.waiting(officer)), "awaiting": [_waiting(w) for w in queries.awaiting(officer)],
        "kind": kind, "kinds": kinds.items(), "verbs": bulk.verbs(officer),
        "shelf": _shelf(request, "work"), "owed": registerpage.owed(officer, whole),
        "drafts": Draft.objects.filter(owner=officer.person.key).order_by("-saved")[:10],
    })  # fmt: skip


def _counts(request: DeskRequest, figures: Figures, whole: bool, kind: str) -> tuple[dict[str, int], bool]:
    """By light, and whether they were counted just now: a small office is told exactly, a large one what the sweep counted."""
    unit, roles = request.officer.unit_id, queries.owed_roles(request.officer, whole)
    told = {light: figures.of(unit, light, roles) for light in LIGHTS}
    if kind or sum(figures.of(unit, light) for light in LIGHTS) <= FEW:
        return queries.todo_counts(request.officer, whole, kind), True
    return told, False


def ends_of(figures: Figures, request: DeskRequest, unit: str = "") -> list[dict[str, Any]]:
    """Sorts of open ends that there are at the unit, with how many."""
    found = []
    for sort in openends.SORTS:
        mine = ("", request.officer.role) if sort == openends.DECISION and not unit else None
        count = figures.of(unit or request.officer.unit_id, sort, mine)
        found.append({"sort": sort, "label": ENDS[sort], "count": count})
    return [one for one in found if one["count"]]


@require_GET
@never_cache
@for_officers
def open_ends(request: DeskRequest) -> HttpResponse:
    """What is open of one sort at my unit, or one below it, the oldest first."""
    sort, unit = request.GET.get("sort", openends.UNASSIGNED), request.GET.get("unit", "")
    if sort not in ENDS or (unit and unit not in boards.units_of(request.officer)):
        raise Http404
    try:
        page = boards.open_ends(request.officer, sort, unit or None, request.GET.get("after"), PAGE)
    except (ValueError, OverflowError):
        raise Http404
    figures = counters.figures([unit or request.officer.unit_id])
    cases = [row.case for row in page.rows]
    return render(request, "web/open_ends.html", {
        "here": "work", "sort": sort, "title": ENDS[sort], "unit": unit or request.officer.unit_id, "rows": [_open(r, cases) for r in page.rows],
        "next": page.after, "ends": ends_of(figures, request, unit), "keep": urlencode({"sort": sort, **({"unit": unit} if unit else {})}),
        "chosen": unit, "verbs": bulk.verbs(request.officer),
    })  # fmt: skip


def _open(found: Open, cases: Iterable[Case]) -> dict[str, Any]:
    role = words.role_label(found.end.role) if found.end.role else ""
    event = {"decision": "approved", "unsigned": "received", "unassigned": "officers_assigned"}.get(found.end.sort, "")
    re = f"?re={found.end.seq}" if event == "approved" else ""
    return {
        "key": number_key(found.case, cases),
        "id": f"~{found.case.pk}",  # several units may use one number; the step is of this case
        "case": found.case,
        "since": found.end.since,
        "role": role,
        "event": event,
        "re": re,
    }


def _waiting(found: Waiting) -> dict[str, Any]:
    request = found.request
    label = words.event_label(request.name)
    if request.name == "proposed":
        label += _("：%s") % words.event_label(str(request.facts["for"]))
    return {
        "key": f"~{found.case.pk}", "case": found.case, "label": label, "at": request.recorded, "unit": request.actor.unit, "seq": request.seq,
    }  # fmt: skip


def todo_rows(officer: Officer, found: Sequence[Todo], now: datetime) -> list[TodoRow]:
    """The rows of a list. What one case owes at one time, by the same role, stands in one row: it is one piece of work."""
    cases = [one.case for one in found]
    about = listing.subjects(officer, list({case.pk: case for case in cases}.values()))
    looks.note(officer, looks.LIST, what="work")
    there: dict[tuple[int, str, str], list[TodoRow]] = {}
    for row in (todo_row(one, cases, now) for one in found):
        there.setdefault((row.case.pk, row.end, row.owed), []).append(row)
    return [replace(rows[0], subject=about.get(rows[0].case.pk, ""), also=tuple(rows[1:])) for rows in there.values()]


def todo_row(found: Todo, cases: Iterable[Case], now: datetime) -> TodoRow:
    """One limit as lists show it."""
    due = found.due
    if due.due_day is not None:
        end, days = words.day_text(due.due_day), (due.due_day - now.date()).days
    else:
        moment = local(due.due_moment or due.started)
        end, days = words.moment_text(moment), (moment.date() - now.date()).days
    late_at = local(due.late_at) if due.late_at is not None else datetime.max
    colour = "red" if found.late else light_of(late_at, now)
    return TodoRow(
        number_key(found.case, cases), found.case, due.says, tuple(due.clauses.split()), end, colour, _left(found.late, days),
        due.provisional, words.role_label(due.owed_role), words.date_text(local(due.started).date()),
    )  # fmt: skip


def _left(late: bool, days: int) -> str:
    if late:
        return _("已逾期%d天") % -days if days < 0 else _("已逾期")
    return _("今天到期") if days == 0 else _("还有%d天") % days


# -- cases


@require_GET
@never_cache
@for_officers
def cases(request: DeskRequest) -> HttpResponse:
    """Cases this officer may find, newest first, a page at a time by key."""
    asked = {
        name: UNWRITABLE.sub("", request.GET.get(name, "")).strip() for name in ("number", "kind", "stage", "state")
    }
    chosen: dict[str, Any] = {name: asked[name] for name in ("kind", "stage") if asked[name]}
    over = {"done": Q(archived=True) | Q(ended=True), "open": Q(archived=False, ended=False)}.get(asked["state"])
    page = boards.case_page(request.officer, key(request), PAGE, number=asked["number"], over=over, **chosen)
    rows = page.rows
    looks.note(
        request.officer, looks.SEARCH if asked["number"] else looks.LIST,
        what=f"cases {' '.join(name for name in asked if asked[name])} ({len(rows)})",
    )  # fmt: skip
    about = listing.subjects(request.officer, rows)
    for case in rows:
        case.subject = about.get(case.pk, "")  # type: ignore[attr-defined]
        case.marks_list, case.key = case.marks.split(), number_key(case, rows)  # type: ignore[attr-defined]
    query = request.GET.copy()
    query.pop("before", None)
    values = load_vocabulary().values
    return render(request, "web/cases.html", {
        "here": "cases", "rows": rows, "next": page.before, "filters": asked,
        "query": query.urlencode(), "newer": bool(request.GET.get("before", "")), "kinds": values["kind"].items(),
        "stages": values["stage"].items(), "verbs": bulk.verbs(request.officer), "shelf": _shelf(request, "cases"),
    })  # fmt: skip


def key(request: DeskRequest) -> int | None:
    """The id before which the page begins; none for the first page, or for what no id can be."""
    before = request.GET.get("before", "")
    return int(before) if before.isdecimal() and len(before) < 19 else None  # more digits than an id has


# -- the next one


@require_GET
@never_cache
@for_officers
def next_case(request: DeskRequest) -> HttpResponse:
    """On to the case of my next to-do: after the one that is named, else the most urgent. None left leads back to the list."""
    after = request.GET.get("after", "")
    done = int(after) if after.isdecimal() and len(after) < 19 else None
    rows = queries.todo(request.officer, None, AHEAD, whole_unit=request.officer.role in MANAGING).rows
    found, walk = walking.onwards(rows, done, request.session.get(walking.WALK))
    request.session[walking.WALK] = walk
    if found is None:
        messages.info(request, _("没有别的待办了。"))
        return redirect("work")
    return redirect("case", number_key(found))


# -- filters that are kept


def _shelf(request: DeskRequest, page: str) -> dict[str, Any]:
    """The filters kept for this page, and the one that is set now."""
    now = _chosen(page, request.GET)
    rows = saved.of(request.officer.person.key, page)
    return {
        "page": page,
        "now": now,
        "rows": rows,
        "held": any(row.query == now for row in rows),
        "address": reverse(page),
    }


def _chosen(page: str, given: QueryDict) -> str:
    """What the list is filtered by, as its address would say it: only what names no person."""
    values = load_vocabulary().values
    known = {
        "of": ("mine", "unit"), "light": LIGHTS, "kind": values["kind"], "stage": values["stage"], "state": ("open", "done"),
    }  # fmt: skip
    return urlencode({name: given[name] for name in KEPT[page] if given.get(name) in known[name]})


@require_POST
@for_officers
def keep_filter(request: DeskRequest) -> HttpResponse:
    """Keep the filter of a list under a name; back to the list as it was."""
    page = request.POST.get("page", "")
    if page not in KEPT:
        raise Http404
    query = _chosen(page, QueryDict(request.POST.get("query", "")[:300]))
    said = {
        "no_name": _("请给这个筛选起个名字。"), "no_filter": _("现在没有筛选条件，先选条件再保存。"),
        "too_many": _("最多保存二十个筛选，请先删去不用的。"),
    }  # fmt: skip
    try:
        row = saved.keep(request.officer.person.key, page, request.POST.get("name", ""), query)
        messages.success(request, _("已保存筛选“%s”。") % row.name)
    except NotKept as error:
        messages.warning(request, said[error.code])
    return redirect(f"{reverse(page)}{'?' if query else ''}{query}")


@require_POST
@for_officers
def drop_filter(request: DeskRequest, pk: int) -> HttpResponse:
    """Give a kept filter up. One that is not one's own is not there."""
    if not saved.drop(request.officer.person.key, pk):
        raise Http404
    messages.success(request, _("已删去这个筛选。"))
    page = request.POST.get("page", "")
    return redirect(page if page in KEPT else "work")
