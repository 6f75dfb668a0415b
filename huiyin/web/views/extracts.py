"""Figures for heads of departments, and the credit extract of a business: pages, tables and JSON."""

import csv
from datetime import date
from typing import Any, Final

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from huiyin.cases import extracts
from huiyin.cases.extracts import BadCode, Credit
from huiyin.cells import harmless
from huiyin.org import queries
from huiyin.web.forms.office import CreditForm, PeriodForm
from huiyin.web.people import DeskRequest, for_officers

BOM: Final = "\ufeff"
JSON_ASKED: Final = "json"


def _this_year() -> dict[str, date]:
    today = queries.today()
    return {"first": today.replace(month=1, day=1), "last": today}


@require_GET
@never_cache
@for_officers
def departments(request: DeskRequest) -> HttpResponse:
    """Open and solved cases of every department below one's unit, for a period; `as=csv`: the same as a table."""
    if request.officer.role not in extracts.READERS:
        raise PermissionDenied
    asked = {**{n: d.isoformat() for n, d in _this_year().items()}, **request.GET.dict()}
    form = PeriodForm(asked)
    rows: list[dict[str, Any]] = []
    if form.is_valid():
        found = extracts.departments(extracts.units_of(request.officer), **form.cleaned_data)
        labels = queries.labels(one.unit for one in found)
        rows = [{"label": labels[one.unit], "open": one.open, "solved": one.solved} for one in found]
    if request.GET.get("as") == "csv" and form.is_valid():
        return _table(
            f"departments-{asked['last']}", [_("部门"), _("未结"), _("已结")], [list(r.values()) for r in rows]
        )
    total = {"open": sum(r["open"] for r in rows), "solved": sum(r["solved"] for r in rows)}
    told = {"here": "board", "form": form, "rows": rows, "total": total}
    return render(request, "web/departments.html", told, status=200 if form.is_valid() else 422)


COLUMNS: Final = (
    "code", "first", "last", "complaints", "settled", "failed", "mediation_ended", "reports", "substantiated", "penalties", "decisions",
)  # fmt: skip


def titles() -> dict[str, str]:
    """What each figure of an extract is."""
    return {
        "code": _("统一社会信用代码"), "first": _("自"), "last": _("至"), "complaints": _("投诉"), "settled": _("达成调解"),
        "failed": _("调解不成"), "mediation_ended": _("终止调解"), "reports": _("举报"), "substantiated": _("举报属实"),
        "penalties": _("受到处罚"), "decisions": _("处罚决定书文号"),
    }  # fmt: skip


@require_GET
@never_cache
@for_officers
def credit(request: DeskRequest) -> HttpResponse:
    """What is known of a business by its code; `as=csv` or `as=json` for the credit system."""
    if request.officer.role not in extracts.EXTRACTORS:
        raise PermissionDenied
    asked = {**{n: d.isoformat() for n, d in _this_year().items()}, **request.GET.dict()}
    form = CreditForm(asked if "code" in asked else None, initial=_this_year())
    found = _extract(request, form) if form.is_bound else None
    wanted = request.GET.get("as", "")
    if found is not None and wanted == JSON_ASKED:
        return JsonResponse(found.plain(), json_dumps_params={"ensure_ascii": False})
    if found is not None and wanted == "csv":
        plain = found.plain() | {"decisions": "、".join(found.decisions)}
        return _table(f"credit-{found.code}", list(titles().values()), [[plain[name] for name in COLUMNS]])
    rows = [(titles()[name], getattr(found, name)) for name in COLUMNS[3:-1]] if found else []
    told: dict[str, Any] = {"here": "board", "form": form, "found": found, "rows": rows}
    return render(request, "web/credit.html", told, status=422 if form.is_bound and found is None else 200)


def _extract(request: DeskRequest, form: CreditForm) -> Credit | None:
    if not form.is_valid():
        return None
    given = form.cleaned_data
    try:
        return extracts.credit(extracts.units_of(request.officer), given["code"], given["first"], given["last"])
    except BadCode:
        form.add_error("code", _("不是有效的统一社会信用代码，请核对每一位。"))
        return None


def _table(name: str, head: list[str], rows: list[list[Any]]) -> HttpResponse:
    answer = HttpResponse(BOM, content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    table = csv.writer(answer)
    table.writerow(head)
    for row in rows:
        table.writerow([harmless(cell) for cell in row])
    return answer
