"""The roster of a unit: who is on duty, which days are open, planning, approving, standing in, handing over."""

from datetime import date, datetime, time, timedelta
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from huiyin.cases import calendars, clock
from huiyin.core.rosters import late_by
from huiyin.moments import local, stored
from huiyin.org import contacts, queries, rosters, staffing
from huiyin.org.actions import BadAct
from huiyin.org.models import Shift
from huiyin.web import words
from huiyin.web.forms.fields import Day, Options
from huiyin.web.forms.office import ApproveForm, GiveUpForm, ShiftForm, SwapForm
from huiyin.web.people import DeskRequest, for_officers

DAYS = 14  # of one page
MOST_UNITS = 400
SHOWN = 120  # units of one page
AHEAD = 30  # days for which empty posts are looked for


def _units(request: DeskRequest) -> Options:
    """Units whose roster he may see: his own, those above it in the bureau, those below."""
    tree, own = queries.tree(), request.officer.unit_id
    found = [own, *tree.above(own), *tree.below(own)][:MOST_UNITS]
    labels = queries.labels(found)
    return [(unit, labels[unit]) for unit in found]


def _unit(request: DeskRequest) -> str:
    unit = request.GET.get("unit") or request.officer.unit_id
    if unit not in dict(_units(request)):
        raise Http404
    return unit


def _first(request: DeskRequest) -> date:
    """The Monday with which the page begins."""
    try:
        day = Day().clean(request.GET.get("from") or queries.today().isoformat())
    except ValidationError:
        raise Http404
    return day - timedelta(days=day.weekday())


@never_cache
@require_http_methods(["GET", "POST"])
@for_officers
def rota(request: DeskRequest) -> HttpResponse:
    """Two weeks of a unit's roster; a new shift, or approving some days, by those who may."""
    unit, first = _unit(request), _first(request)
    may = rosters.may_keep(request.officer, unit)
    last = first + timedelta(days=DAYS - 1)
    what = request.POST.get("what", "")
    people = rosters.people_of(unit, queries.today()) if may else []
    shift = ShiftForm(people, data=request.POST if what == "plan" else None, prefix="plan")
    approve = ApproveForm(
        data=request.POST if what == "approve" else None, prefix="approve", initial={"first": first, "last": last}
    )
    status = 200
    if request.method == "POST":
        status = 422
        done = _plan(request, unit, shift) if what == "plan" else _approve(request, unit, approve)
        if done:
            return redirect(_address(unit, first))
    told = _told(request, unit, first, last)
    wrong = next((form for form in (shift, approve) if form.is_bound and form.errors), None)
    return render(request, "web/rota.html", {
        **told, "here": "registers", "shift": shift, "approve": approve, "form": wrong, "may_keep": may, "units": _units(request),
    }, status=status)  # fmt: skip


def _told(request: DeskRequest, unit: str, first: date, last: date) -> dict[str, Any]:
    rows = rosters.between(unit, _begin_of(first), _begin_of(last + timedelta(days=1)))
    keys = {key for row in rows for key in (*row.leaders, *row.members)}
    names = {key: person.display_name for key, person in queries.people(keys).items()}
    rules = rosters.rules_of(unit, queries.today())
    answering = rosters.answering(unit, clock.now())
    return {
        "unit": unit, "first": first, "last": last, "before": first - timedelta(days=DAYS), "after": first + timedelta(days=DAYS),
        "rules": rules, "gaps": rosters.gaps(unit, first, last, calendars.current()), "reached": contacts.reached(unit),
        "rows": [_row(request, row, names, rules) for row in rows], "answering": answering.pk if answering else 0,
        "on_duty": [names.get(key, key) for key in (*answering.leaders, *answering.members)] if answering else [],
    }  # fmt: skip


def _begin_of(day: date) -> datetime:
    """Its first moment."""
    return stored(datetime.combine(day, time()))


def _row(request: DeskRequest, row: Shift, names: dict[str, str], rules: list[Any]) -> dict[str, Any]:
    """A shift with what this officer may do with it."""
    me, now = request.officer.person.key, clock.now()
    plain, mine = rosters.plain(row), (*row.leaders, *row.members)
    handing = any(rule.handover for rule in rules) and row.approved and now >= plain.ends - timedelta(hours=1)
    incoming = rosters.next_of(row) if handing and plain.handed is None else None
    late = int(late_by(plain, now).total_seconds() // 60) if handing else 0
    return {
        "shift": row, "begins": plain.begins, "ends": plain.ends, "leaders": [names.get(p, p) for p in row.leaders],
        "members": [names.get(p, p) for p in row.members], "now": plain.begins <= now < plain.ends, "handed": plain.handed,
        "ahead": plain.begins > now,
        "may_give": handing and row.given_at is None and me in mine,
        "may_take": incoming is not None and row.taken_at is None and me in (*incoming.leaders, *incoming.members),
        "late": late, "waits": handing and plain.handed is None and now >= plain.ends,
        "given": local(row.given_at) if row.given_at else None, "taken": local(row.taken_at) if row.taken_at else None,
    }  # fmt: skip


def _address(unit: str, first: date) -> str:
    return f"{reverse('rota')}?unit={unit}&from={first.isoformat()}"


def _plan(request: DeskRequest, unit: str, form: ShiftForm) -> bool:
    if not form.is_valid():
        return False
    given: dict[str, Any] = {name: value or () for name, value in form.cleaned_data.items()}
    return _tried(form, lambda: rosters.plan(unit, by=request.officer, **given)) and _say(
        request, _("班次已排上，批准以后生效。")
    )


def _approve(request: DeskRequest, unit: str, form: ApproveForm) -> bool:
    if not form.is_valid():
        return False
    given, calendar = form.cleaned_data, calendars.current()
    done = _tried(form, lambda: rosters.approve(unit, by=request.officer, calendar=calendar, **given))
    return done and _say(
        request, _("%(first)s至%(last)s的值班表已批准。") % {n: words.date_text(given[n]) for n in given}
    )


def _say(request: DeskRequest, text: str) -> bool:
    messages.success(request, text)
    return True


def _tried(form: Any, act: Any) -> bool:
    """Do it; what cannot be is said in the form."""
    try:
        act()
    except BadAct as bad:
        form.add_error(bad.field if bad.field in form.fields else None, str(bad))
        return False
    return True


@require_GET
@never_cache
@for_officers
def on_duty(request: DeskRequest) -> HttpResponse:
    """Who is on duty now at one's unit and those below it, with the telephone; and posts that the rules want held and are not."""
    units = [request.officer.unit_id, *queries.tree().below(request.officer.unit_id)][:SHOWN]
    now, today = clock.now(), queries.today()
    found = rosters.on_duty_at(units, now)
    names = {key: p.display_name for key, p in queries.people({key for one in found for key in one.people}).items()}
    labels = queries.labels(units)
    rows = [
        {
            "unit": one.unit,
            "label": labels[one.unit],
            "people": [names.get(p, p) for p in one.people],
            "phone": one.phone,
        }
        for one in found
    ]
    empty: dict[tuple[str, tuple[str, ...], int], list[str]] = {}
    for one in staffing.vacancies(units, today, today + timedelta(days=AHEAD)):
        days = "" if one.first <= today and one.last > today else _("（%s）") % words.date_text(one.first)
        empty.setdefault((one.role, one.clauses, one.count), []).append(labels[one.unit] + days)
    posts = [
        {"role": words.role_label(role), "clauses": clauses, "count": count, "units": list(dict.fromkeys(where))}
        for (role, clauses, count), where in empty.items()
    ]
    told = {"here": "registers", "rows": rows, "posts": posts, "now": now, "short": [
        {"label": labels[unit], "says": flaw.rule.says, "rule": flaw.rule} for unit, flaw in staffing.short_of_staff(units)
    ]}  # fmt: skip
    return render(request, "web/on_duty.html", told)


@never_cache
@require_http_methods(["GET", "POST"])
@for_officers
def swap(request: DeskRequest, pk: int) -> HttpResponse:
    """Somebody stands in for somebody of a shift; or the shift is given up."""
    row = _shift(request, pk)
    if not rosters.may_keep(request.officer, row.unit_id):
        raise Http404
    people = rosters.people_of(row.unit_id, local(row.begins).date())
    names, gives_up = dict(people), request.POST.get("what") == "give_up"
    has = [(key, names.get(key, key)) for key in (*row.leaders, *row.members)]
    others = [one for one in people if one[0] not in dict(has)]
    form = SwapForm(has, others, data=None if gives_up else request.POST or None)
    leave = GiveUpForm(data=request.POST if gives_up else None, prefix="leave")
    if _left(request, row, leave) if gives_up else request.method == "POST" and _swapped(request, row, form):
        return redirect(_address(row.unit_id, local(row.begins).date()))
    told = {
        "here": "registers", "form": form, "leave": leave, "begins": local(row.begins), "ends": local(row.ends),
        "may_leave": row.begins > stored(clock.now()), "back": _address(row.unit_id, local(row.begins).date()),
    }  # fmt: skip
    return render(request, "web/rota_swap.html", told, status=422 if request.method == "POST" else 200)


def _swapped(request: DeskRequest, row: Shift, form: SwapForm) -> bool:
    if not form.is_valid():
        return False
    given = form.cleaned_data
    done = _tried(form, lambda: rosters.substitute(row, **given, by=request.officer))
    return done and _say(request, _("已换班，理由记入日志。"))


def _left(request: DeskRequest, row: Shift, form: GiveUpForm) -> bool:
    if not form.is_valid():
        return False
    done = _tried(form, lambda: rosters.give_up(row, reason=form.cleaned_data["reason"], by=request.officer))
    return done and _say(request, _("这一班已取消，理由记入日志。"))


@require_POST
@for_officers
def hand_over(request: DeskRequest, pk: int) -> HttpResponse:
    """One side confirms the hand-over of a shift."""
    row = _shift(request, pk)
    try:
        if request.POST.get("side") == "in":
            rosters.take_over(row, by=request.officer)
            messages.success(request, _("已确认接班。"))
        else:
            rosters.hand_over(row, by=request.officer)
            messages.success(request, _("已确认交班；接班的一方确认以后才算下班。"))
    except BadAct as bad:
        messages.error(request, str(bad))
    return redirect(_address(row.unit_id, local(row.begins).date()))


def _shift(request: DeskRequest, pk: int) -> Shift:
    row = Shift.objects.filter(pk=pk, void=False).first()
    if row is None or row.unit_id not in dict(_units(request)):
        raise Http404
    return row
