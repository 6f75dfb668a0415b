"""People and postings: who can log in, who holds which role where and until when, deputies, switching off."""

from __future__ import annotations

from datetime import date
from typing import Any, Final

from django.contrib import messages
from django.db.models import Q
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from huiyin.org import actions, powers, queries, reach
from huiyin.org.actions import BadAct
from huiyin.org.models import Officer, Person
from huiyin.org.people import still_held
from huiyin.web import words
from huiyin.web.forms.admin import AppointForm, CloseForm, NewPersonForm, PasswordForm, RenameForm
from huiyin.web.forms.fields import Options
from huiyin.web.people import DeskRequest
from huiyin.web.views.admin import for_keepers, history_of, page, reach_units, tried, unit_options

PAGE: Final = 50
NOT_APPOINTED: Final = frozenset({"any", "system", "first_contact"})


@require_GET
@for_keepers()
def people(request: DeskRequest) -> HttpResponse:
    """Those who hold a posting in reach today, and those who hold none at all; by name or user name, in pages by user name."""
    q = request.GET.get("q", "").replace("\0", "").strip()[:60]
    unit = request.GET.get("unit", "")
    units = reach_units(request.officer)
    chosen = [unit] if unit in units else units
    today = queries.today()
    held = Officer.objects.filter(queries.in_force(today), unit__in=chosen).values("person")
    found = Person.objects.filter(pk__in=held)
    if not unit:
        found = Person.objects.filter(Q(pk__in=held) | Q(postings__isnull=True))
    if q:
        found = found.filter(Q(username__icontains=q) | Q(display_name__icontains=q))
    rows = list(
        found.filter(username__gt=request.GET.get("after", "").replace("\0", "")[:60])
        .order_by("username")
        .distinct()[: PAGE + 1]
    )
    postings: dict[int, list[str]] = {}
    for o in (
        Officer.objects.filter(queries.in_force(today), person__in=rows[:PAGE]).select_related("unit").order_by("pk")
    ):
        postings.setdefault(o.person_id, []).append(_posting(o))
    return page(request, "web/admin/people.html", "admin_people", {
        "rows": [{"person": p, "postings": postings.get(p.pk, [])} for p in rows[:PAGE]], "q": q, "unit": unit,
        "units": unit_options(request.officer), "next": rows[PAGE - 1].username if len(rows) > PAGE else "", "system": _is(request, powers.SYSTEM),
    })  # fmt: skip


def _is(request: DeskRequest, role: str) -> bool:
    return request.officer.role == role


def _posting(officer: Officer) -> str:
    text = f"{officer.unit.label} · {words.role_label(officer.role)}"
    return text + _("（代）") if officer.deputy_for_id else text


def _found(request: DeskRequest, pk: int) -> Person:
    """Somebody who is posted in reach, or nowhere."""
    person = Person.objects.filter(pk=pk).first()
    if person is None:
        raise Http404
    held = set(Officer.objects.filter(person=person).values_list("unit_id", flat=True))
    if held and not any(reach.holds(request.officer, unit) for unit in held):
        raise Http404
    return person


@require_http_methods(["GET", "POST"])
@for_keepers(powers.SYSTEM)
def new_person(request: DeskRequest) -> HttpResponse:
    """Somebody who will be able to log in, once the security administrator has set a password and a posting."""
    form = NewPersonForm(request.POST or None)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            given = form.cleaned_data
            made = tried(
                form,
                lambda: actions.create_person(given["username"], given["display_name"].strip(), by=request.officer),
            )
            if made:
                messages.success(
                    request, _("已新增“%(name)s”。请安全管理员为其设定密码和任职。") % {"name": made.display_name}
                )
                return redirect("admin_person", made.pk)
    return page(
        request,
        "web/admin/form.html",
        "admin_people",
        {"form": form, "title": _("新增人员"), "back": "admin_people", "button": _("新增")},
        status,
    )


@sensitive_post_parameters("password-password")
@require_http_methods(["GET", "POST"])
@for_keepers()
def person(request: DeskRequest, pk: int) -> HttpResponse:
    """One person: postings with their dates, appointing, the password, switching off and on."""
    found = _found(request, pk)
    what = request.POST.get("what", "")
    appoint = AppointForm(
        _roles(),
        unit_options(request.officer),
        request.POST if what == "appoint" else None,
        prefix="appoint",
        initial={"since": queries.today()},
    )
    rename = RenameForm(
        request.POST if what == "rename" else None, prefix="rename", initial={"display_name": found.display_name}
    )
    password = PasswordForm(request.POST if what == "password" else None, prefix="password")
    status = 200
    if request.method == "POST":
        status = 422
        done = (what == "appoint" and appoint.is_valid() and _appoint(request, found, appoint)) or (
            (what == "password" and password.is_valid() and _password(request, found, password))
            or (what == "rename" and rename.is_valid() and _rename(request, found, rename))
        )
        if done:
            return redirect("admin_person", pk)
    rows = Officer.objects.filter(person=found).select_related("unit", "deputy_for__person").order_by("-since", "-pk")
    return page(request, "web/admin/person.html", "admin_people", {
        "found": found, "rename": rename, "system": _is(request, powers.SYSTEM), "appoint": appoint, "password": password,
        "form": next((f for f in (appoint, password, rename) if f.is_bound and f.errors), None),
        "postings": [_row(o) for o in rows], "history": history_of("person", found.key),
        "security": _is(request, powers.SECURITY), "itself": found.pk == request.officer.person_id,
    }, status)  # fmt: skip


def _row(o: Officer) -> dict[str, Any]:
    today = queries.today()
    state = "later" if o.since > today else "over" if o.until is not None and o.until < today else "now"
    return {
        "officer": o,
        "label": _posting(o),
        "state": state,
        "form": CloseForm(prefix=f"end{o.pk}", initial={"until": today}),
    }


def _roles() -> Options:
    """Roles that a person can be given."""
    known = words.vocabulary().roles
    return [
        (name, known[name]["label_zh"])
        for name in known
        if known[name]["side"] == "inside" and name not in NOT_APPOINTED
    ]


def _appoint(request: DeskRequest, found: Person, form: AppointForm) -> bool:
    given = form.cleaned_data
    principal = None
    if given["deputy_for"]:
        principal = _principal(given["deputy_for"].strip(), given["role"], given["unit"], given["since"])
        if principal is None:
            form.add_error("deputy_for", _("此人没有在这个单位担任这个角色。"))
            return False
    done = tried(form, lambda: actions.appoint(
        found, given["role"], given["unit"], since=given["since"], until=given["until"], deputy_for=principal, by=request.officer
    ))  # fmt: skip
    if done:
        messages.success(request, _("已任职：%(posting)s。") % {"posting": _posting(done)})
    return bool(done)


def _principal(username: str, role: str, unit: str, day: date) -> Officer | None:
    held = Officer.objects.filter(
        queries.in_force(day), person__username=username, role=role, unit_id=unit, deputy_for=None
    )
    return held.first()


def _rename(request: DeskRequest, found: Person, form: RenameForm) -> bool:
    done = tried(form, lambda: (actions.rename_person(found, form.cleaned_data["display_name"], by=request.officer),))
    if done:
        messages.success(request, _("姓名已改为“%(name)s”。") % {"name": found.display_name})
    return bool(done)


def _password(request: DeskRequest, found: Person, form: PasswordForm) -> bool:
    done = tried(form, lambda: actions.set_password(found, form.cleaned_data["password"], by=request.officer))
    if done:
        messages.success(request, _("密码已重设。请告诉本人，并请其登录后马上更改。"))
    return bool(done)


@require_POST
@for_keepers()
def end_posting(request: DeskRequest, pk: int) -> HttpResponse:
    """The last day of a posting."""
    row = Officer.objects.filter(pk=pk).select_related("person").first()
    if row is None or not reach.holds(request.officer, row.unit_id):
        raise Http404
    form = CloseForm(request.POST, prefix=f"end{pk}")
    if not form.is_valid():
        messages.error(request, _("没有办成：请填写到哪一天止，如 2026-12-31。"))
        return redirect("admin_person", row.person_id)
    try:
        actions.end_posting(row, until=form.cleaned_data["until"], by=request.officer)
    except BadAct as bad:
        messages.error(request, _("没有办成：%s") % bad)
    else:
        messages.success(request, _("任职到%(day)s为止。") % {"day": words.date_text(form.cleaned_data["until"])})
    return redirect("admin_person", row.person_id)


@require_POST
@for_keepers()
def switch(request: DeskRequest, pk: int) -> HttpResponse:
    """Off: nothing of that account opens any more. On again: the security administrator's."""
    found = _found(request, pk)
    on = request.POST.get("on") == "yes"
    if found.pk == request.officer.person_id:
        messages.error(request, _("不能停用自己的账号。"))
        return redirect("admin_person", pk)
    held = [] if on else still_held(found)
    actions.set_active(found, on, by=request.officer)
    messages.success(request, _("账号已启用。") if on else _("账号已停用，马上生效。"))
    for text in held:
        messages.warning(request, text)
    return redirect("admin_person", pk)
