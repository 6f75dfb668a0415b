"""My to-dos by due moment, and the list of cases. Lists read rows by key; nothing here counts a large table."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.db.models import Q
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from huiyin.cases import clock, queries
from huiyin.cases.models import Case, Draft
from huiyin.cases.queries import Todo, Waiting
from huiyin.core.facts import UNWRITABLE
from huiyin.core.vocabulary import load_vocabulary
from huiyin.moments import local
from huiyin.web import words
from huiyin.web.casefile import number_key
from huiyin.web.people import DeskRequest, for_officers

PAGE: Final = 30
SOON: Final = timedelta(days=3)  # amber: becomes late within so much time


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


@require_GET
@never_cache
@for_officers
def todo(request: DeskRequest) -> HttpResponse:
    """What waits for my decision, then what I owe, the most urgent first. Red is late, amber within three days, green later."""
    now, light = clock.now(), request.GET.get("light", "")
    spans: dict[str, dict[str, Any]] = {
        "red": {"late_by": now}, "amber": {"late_after": now, "late_by": now + SOON}, "green": {"late_after": now + SOON},
    }  # fmt: skip
    try:
        page = queries.todo(request.officer, request.GET.get("after"), PAGE, **spans.get(light, {}))
    except (ValueError, OverflowError):
        raise Http404
    counts = queries.todo_counts(request.officer, SOON)
    cases = [row.case for row in page.rows]
    return render(request, "web/work.html", {
        "here": "work", "rows": [_row(row, cases, now) for row in page.rows], "light": light if light in spans else "", "next": page.after,
        "counts": {**counts, "all": sum(counts.values())}, "awaiting": [_waiting(w) for w in queries.awaiting(request.officer)],
        "drafts": Draft.objects.filter(owner=request.officer.person.key).order_by("-saved")[:10],
    })  # fmt: skip


def _waiting(found: Waiting) -> dict[str, Any]:
    request = found.request
    label = words.event_label(request.name)
    if request.name == "proposed":
        label += _("：%s") % words.event_label(str(request.facts["for"]))
    return {
        "key": number_key(found.case),
        "case": found.case,
        "label": label,
        "at": request.recorded,
        "unit": request.actor.unit,
    }


def _row(found: Todo, cases: Iterable[Case], now: datetime) -> TodoRow:
    due = found.due
    if due.due_day is not None:
        end, days = words.day_text(due.due_day), (due.due_day - now.date()).days
    else:
        moment = local(due.due_moment or due.started)
        end, days = words.moment_text(moment), (moment.date() - now.date()).days
    late_at = local(due.late_at) if due.late_at is not None else datetime.max
    colour = "red" if found.late else "amber" if late_at <= now + SOON else "green"
    return TodoRow(
        number_key(found.case, cases), found.case, due.says, tuple(due.clauses.split()), end, colour, _left(found.late, days),
        due.provisional, words.role_label(due.owed_role),
    )  # fmt: skip


def _left(late: bool, days: int) -> str:
    if late:
        return _("已逾期%d天") % -days if days < 0 else _("已逾期")
    return _("今天到期") if days == 0 else _("还有%d天") % days


@require_GET
@never_cache
@for_officers
def cases(request: DeskRequest) -> HttpResponse:
    """Cases this officer may find, newest first, a page at a time by key."""
    asked = {
        name: UNWRITABLE.sub("", request.GET.get(name, "")).strip() for name in ("number", "kind", "stage", "state")
    }
    found = queries.visible_to(request.officer)
    if asked["number"]:
        found = found.filter(number__startswith=asked["number"])
    for name in ("kind", "stage"):
        if asked[name]:
            found = found.filter(**{name: asked[name]})
    if asked["state"]:
        over = Q(archived=True) | Q(ended=True)
        found = found.filter(over if asked["state"] == "done" else ~over)
    before = request.GET.get("before", "")
    if before.isdecimal() and len(before) < 19:  # more digits than an id has
        found = found.filter(pk__lt=int(before))
    rows = list(found.order_by("-pk")[: PAGE + 1])
    for case in rows:
        case.marks_list, case.key = case.marks.split(), number_key(case, rows)  # type: ignore[attr-defined]
    query = request.GET.copy()
    query.pop("before", None)
    values = load_vocabulary().values
    return render(request, "web/cases.html", {
        "here": "cases", "rows": rows[:PAGE], "next": rows[PAGE - 1].pk if len(rows) > PAGE else None, "filters": asked,
        "query": query.urlencode(), "newer": bool(before), "kinds": values["kind"].items(), "stages": values["stage"].items(),
    })  # fmt: skip
