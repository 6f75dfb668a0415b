"""Units: the tree, a unit with everything about it, new ones, the last day, how it is reached; and areas."""

from typing import Any, Final

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from huiyin.org import actions, contacts, powers, queries, reach
from huiyin.org.models import Area, Officer, Unit
from huiyin.web import words
from huiyin.web.forms.admin import AreaForm, CloseForm, ContactForm, NewUnitForm, UnitForm, hours_initial
from huiyin.web.people import DeskRequest
from huiyin.web.views.admin import for_keepers, history_of, page, reach_units, tried, unit_options

AREAS_SHOWN: Final = 100


@require_GET
@for_keepers()
def units(request: DeskRequest) -> HttpResponse:
    """The tree of the units in reach."""
    return page(
        request, "web/admin/units.html", "admin_units", {"nodes": _tree(request), "may_change": _system(request)}
    )


def _system(request: DeskRequest) -> bool:
    return request.officer.role == powers.SYSTEM


def _tree(request: DeskRequest) -> list[dict[str, Any]]:
    """Units of today as they lie under each other, each with its people and what it does."""
    known = reach_units(request.officer)
    rows = {u.id: u for u in Unit.objects.filter(id__in=known)}
    people: dict[str, int] = {}
    for unit in Officer.objects.filter(queries.in_force(queries.today()), unit__in=known).values_list(
        "unit_id", flat=True
    ):
        people[unit] = people.get(unit, 0) + 1
    nodes = {
        id: {
            "unit": rows[id],
            "level": words.vocabulary().label("level", rows[id].level),
            "people": people.get(id, 0),
            "below": [],
        }
        for id in known
    }
    for id in known:
        parent = rows[id].parent_id
        if parent in nodes and id != request.officer.unit_id:
            nodes[parent]["below"].append(nodes[id])  # type: ignore[attr-defined]
    return [nodes[request.officer.unit_id]]


def _found(request: DeskRequest, unit: str) -> Unit:
    row = Unit.objects.filter(id=unit).first()
    if row is None or not reach.holds(request.officer, unit):
        raise Http404
    return row


@require_http_methods(["GET", "POST"])
@for_keepers()
def unit(request: DeskRequest, unit: str) -> HttpResponse:
    """One unit: what it is, its people, how it is reached; changing it (system administrator)."""
    row = _found(request, unit)
    what = request.POST.get("what", "")
    may = _system(request)
    if request.method == "POST" and not may:
        actions.may("change_unit", request.officer)
    initial = {
        "label": row.label,
        "level": row.level,
        "parent": row.parent_id,
        "area": row.area,
        "functions": row.functions,
        **hours_initial(row.hours),
    }
    sent = request.POST
    parents = [o for o in unit_options(request.officer) if o[0] != unit]
    if row.parent_id and row.parent_id not in dict(parents):  # his own unit lies below one out of reach
        parents = [(row.parent_id, words.unit_label(row.parent_id)), *parents]
    change = UnitForm(parents, sent if what == "change" else None, prefix="unit", initial=initial)
    own = contacts.own(unit)
    at = {"since": queries.today(), **({name: getattr(own, name) for name in contacts.FIELDS} if own else {})}
    contact = ContactForm(sent if what == "contact" else None, prefix="contact", initial=at)
    close = CloseForm(sent if what == "close" else None, prefix="close")
    status = 200
    if request.method == "POST":
        status = 422
        done = (
            (what == "change" and change.is_valid() and _change(request, row, change))
            or (what == "contact" and contact.is_valid() and _contact(request, row, contact))
            or (what == "close" and close.is_valid() and _close(request, row, close))
        )
        if done:
            return redirect("admin_unit", unit)
    wrong = next((form for form in (change, contact, close) if form.is_bound and form.errors), None)
    people = (
        Officer.objects.filter(queries.in_force(queries.today()), unit=row)
        .select_related("person")
        .order_by("role", "pk")
    )
    return page(request, "web/admin/unit.html", "admin_units", {
        "row": row, "change": change, "contact": contact, "close": close, "form": wrong, "may_change": may,
        "people": [{"officer": o, "role": words.role_label(o.role)} for o in people],
        "reached": contacts.reached(unit), "history": history_of("unit", unit),
        "above": [(u, words.unit_label(u)) for u in reversed(queries.tree().above(unit)) if reach.holds(request.officer, u)],
    }, status)  # fmt: skip


def _change(request: DeskRequest, row: Unit, form: UnitForm) -> bool:
    given = form.cleaned_data
    wanted = {
        "label": given["label"].strip(), "level": given["level"], "area": given["area"], "functions": given["functions"],
        "hours": form.hours(), "parent": given["parent"] or None,
    }  # fmt: skip
    now = {**{name: getattr(row, name) for name in wanted if name != "parent"}, "parent": row.parent_id}
    changes = {
        name: value
        for name, value in wanted.items()
        if value != now[name] and (name != "functions" or sorted(value) != sorted(now[name]))
    }
    if changes and not tried(form, lambda: actions.change_unit(row.id, by=request.officer, **changes)):
        return False
    messages.success(request, _("“%(label)s”已保存。") % {"label": wanted["label"]})
    return True


def _contact(request: DeskRequest, row: Unit, form: ContactForm) -> bool:
    done = tried(form, lambda: contacts.set_contact(row.id, by=request.officer, **form.cleaned_data))
    if done:
        messages.success(
            request,
            _("联系方式自%(day)s起改用新的；在那以前的回执和通知仍是旧的。")
            % {"day": words.date_text(form.cleaned_data["since"])},
        )
    return bool(done)


def _close(request: DeskRequest, row: Unit, form: CloseForm) -> bool:
    done = tried(form, lambda: actions.close_unit(row.id, until=form.cleaned_data["until"], by=request.officer))
    if done:
        messages.success(
            request,
            _("“%(label)s”用到%(day)s为止。")
            % {"label": row.label, "day": words.date_text(form.cleaned_data["until"])},
        )
    return bool(done)


@require_http_methods(["GET", "POST"])
@for_keepers(powers.SYSTEM)
def new_unit(request: DeskRequest) -> HttpResponse:
    """A unit under one of his."""
    initial = {
        "parent": request.GET.get("parent", request.officer.unit_id),
        "since": queries.today(),
        **hours_initial({"days": "working_day", "open": [["08:30", "12:00"], ["14:00", "17:30"]]}),
    }
    form = NewUnitForm(unit_options(request.officer), request.POST or None, initial=initial)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            given = form.cleaned_data
            made = tried(form, lambda: actions.create_unit(
                given["id"], given["label"].strip(), given["level"], since=given["since"], parent=given["parent"] or None,
                functions=given["functions"], area=given["area"], hours=form.hours(), by=request.officer,
            ))  # fmt: skip
            if made:
                messages.success(request, _("已新设“%(label)s”。接着为它安排人员。") % {"label": given["label"]})
                return redirect("admin_unit", given["id"])
    return page(
        request,
        "web/admin/form.html",
        "admin_units",
        {"form": form, "title": _("新设单位"), "back": "admin_units", "button": _("新设")},
        status,
    )


@require_http_methods(["GET", "POST"])
@for_keepers(powers.SYSTEM)
def areas(request: DeskRequest) -> HttpResponse:
    """Areas by code or name, and adding or renaming one."""
    form = AreaForm(
        request.POST or None, initial={"code": request.GET.get("code", ""), "label": request.GET.get("label", "")}
    )
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            given = form.cleaned_data
            if tried(
                form,
                lambda: actions.set_area(
                    given["code"], given["label"].strip(), parent=given["parent"] or None, by=request.officer
                ),
            ):
                messages.success(request, _("已登记：%(code)s %(label)s。") % given)
                return redirect("admin_areas")
    q = request.GET.get("q", "").replace("\0", "").strip()[:60]
    rows = Area.objects.order_by("code").select_related("parent")
    rows = rows.filter(code__startswith=q) if q.isdecimal() else rows.filter(label__contains=q) if q else rows
    found = list(rows[: AREAS_SHOWN + 1])
    return page(request, "web/admin/areas.html", "admin_areas", {
        "form": form, "rows": found[:AREAS_SHOWN], "more": len(found) > AREAS_SHOWN, "q": q,
        "count": Area.objects.count(), "top": reach.is_top(request.officer),
    }, status)  # fmt: skip
