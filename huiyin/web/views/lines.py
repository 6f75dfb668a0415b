"""Public telephones: how well each could be reached month by month, and when it could not."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from huiyin.moments import local, stored
from huiyin.org import queries, telephones
from huiyin.org.actions import BadAct
from huiyin.org.models import Outage
from huiyin.web import words
from huiyin.web.forms.office import EndOutageForm, OutageForm
from huiyin.web.people import DeskRequest, for_officers

MONTHS = 3
SHOWN = 60


@never_cache
@require_http_methods(["GET", "POST"])
@for_officers
def lines(request: DeskRequest) -> HttpResponse:
    """The telephones of one's unit and those below it, with a form for an outage."""
    months = telephones.months_back(MONTHS)
    known = list(dict.fromkeys(line for month in months for line in telephones.lines(request.officer.unit_id, month)))[
        :SHOWN
    ]
    labels = queries.labels({unit for unit, _phone in known})
    may = request.officer.role in telephones.REPORTERS
    options = [(f"{unit} {phone}", f"{labels[unit]}　{phone}") for unit, phone in known]
    form = OutageForm(options, data=request.POST or None)
    if request.method == "POST" and form.is_valid() and _report(request, form):
        return redirect("lines")
    rates = telephones.availabilities(known, months)
    rows = [
        {"label": labels[unit], "phone": phone, "months": [rates[unit, phone, month] for month in months]}
        for unit, phone in known
    ]
    return render(request, "web/lines.html", {
        "here": "registers", "form": form, "may_report": may and bool(known), "months": months, "rows": rows,
        "outages": [_row(row, labels) for row in telephones.outages(request.officer.unit_id)[:SHOWN]],
    }, status=422 if form.is_bound else 200)  # fmt: skip


def _row(row: Outage, labels: dict[str, str]) -> dict[str, Any]:
    return {
        "outage": row, "label": labels.get(row.unit_id) or words.unit_label(row.unit_id), "since": local(row.since),
        "until": local(row.until) if row.until else None, "minutes": int((row.until - row.since).total_seconds() // 60) if row.until else 0,
        "form": EndOutageForm(prefix=f"o{row.pk}"),
    }  # fmt: skip


def _report(request: DeskRequest, form: OutageForm) -> bool:
    given = form.cleaned_data
    unit, _space, phone = given["line"].partition(" ")
    until = stored(given["until"]) if given["until"] else None
    try:
        telephones.report_outage(
            unit, phone, since=stored(given["since"]), until=until, why=given["why"], by=request.officer
        )
    except BadAct as bad:
        form.add_error(bad.field if bad.field in form.fields else None, str(bad))
        return False
    messages.success(request, _("已记录中断，单位负责人会收到提示。"))
    return True


@require_POST
@for_officers
def end_outage(request: DeskRequest, pk: int) -> HttpResponse:
    """The telephone can be reached again; or the entry was a mistake."""
    row = Outage.objects.filter(pk=pk, void=False).first()
    tree = queries.tree()
    if row is None or request.officer.unit_id not in (row.unit_id, *tree.above(row.unit_id)):
        raise Http404
    form = EndOutageForm(request.POST, prefix=f"o{row.pk}")
    try:
        if "void" in request.POST:
            telephones.void_outage(row, reason=request.POST.get("reason", ""), by=request.officer)
            messages.success(request, _("这次中断已作废，仍留在记录里。"))
        elif form.is_valid():
            telephones.end_outage(row, until=stored(form.cleaned_data["until"]), by=request.officer)
            messages.success(request, _("已记录恢复时间。"))
        else:
            messages.error(request, _("没有保存：请填写恢复的日期和时间。"))
    except BadAct as bad:
        messages.error(request, str(bad))
    except PermissionDenied as denied:
        messages.error(request, str(denied))
    return redirect("lines")
