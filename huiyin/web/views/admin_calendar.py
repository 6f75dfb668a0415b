"""The calendar: which years are known, and putting in a notice of holidays after looking at what it would move."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from huiyin.cases import calendars, holidays
from huiyin.org import owntexts, powers, queries, reach
from huiyin.web.forms.admin import HolidayForm, check_lines
from huiyin.web.people import DeskRequest
from huiyin.web.views.admin import for_keepers, page, tried


@require_http_methods(["GET", "POST"])
@for_keepers(powers.SYSTEM)
def calendar(request: DeskRequest) -> HttpResponse:
    """Known years; a new notice: first what it would move, then taking it into use."""
    this_year = queries.today().year
    known = calendars.current()
    sent = request.POST if request.method == "POST" else None
    form = HolidayForm(sent, initial={"year": _next_unknown(this_year), "known_from": queries.today()})
    told: dict[str, Any] = {
        "form": form,
        "top": reach.is_top(request.officer),
        "waiting": owntexts.waiting(owntexts.CALENDAR),
    }
    status = 200
    if sent is not None:
        status = 422
        text = _written(form) if form.is_valid() else ""
        if text and sent.get("what") == "put":
            if _put(request, form, text):
                return redirect("admin_calendar")
        elif text:
            preview = tried(form, lambda: holidays.preview(form.cleaned_data["year"], text))
            if preview:
                told, status = told | {"preview": preview}, 200
    told["years"] = [_year(known, year) for year in range(this_year + 1, this_year - 4, -1)]
    return page(request, "web/admin/calendar.html", "admin_calendar", told, status)


def _next_unknown(year: int) -> int:
    return next((y for y in range(year, year + 5) if not calendars.current().is_known(date(y, 1, 1))), year + 1)


def _year(known: Any, year: int) -> dict[str, Any]:
    """A year for the list: its notices, or that it is not known."""
    notices = [n for n in known.notices if n.year == year]
    return {
        "year": year,
        "known": known.is_known(date(year, 1, 1)),
        "notices": notices,
        "own": str(year) in owntexts.in_use(owntexts.CALENDAR),
    }


def _written(form: HolidayForm) -> str:
    """The notice as a year file; nothing when a line cannot be read, which the form then says."""
    given = form.cleaned_data
    try:
        rest = [
            holidays.Block(name, _day(first, "rest"), _day(last, "rest"))
            for name, first, last in check_lines(given["rest"], 3, "rest")
        ]
        makeup = [(_day(day, "makeup"), name) for day, name in check_lines(given["makeup"], 2, "makeup")]
    except ValidationError as wrong:
        for field, errors in wrong.error_dict.items():
            form.add_error(field, errors)
        return ""
    return holidays.written(
        given["year"], rest, makeup, known_from=given["known_from"], source=given["source"], number=given["number"]
    )


def _day(text: str, field: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ValidationError({field: _("没有“%(text)s”这个日期，请写成 2027-01-01 这样。") % {"text": text}}) from None


def _put(request: DeskRequest, form: HolidayForm, text: str) -> bool:
    year = form.cleaned_data["year"]
    done = tried(form, lambda: (holidays.put(year, text, by=request.officer),))
    if not done:
        return False
    loaded = done[0]
    if loaded is None:
        messages.success(
            request, _("%(year)d年的放假安排已录入。在办案件较多，由后台逐件重算，算完就启用。") % {"year": year}
        )
    else:
        told = {"year": year, "cases": loaded.cases, "moved": loaded.moved}
        messages.success(
            request,
            _("%(year)d年的放假安排已启用：核对在办案件 %(cases)d 件，期限变动 %(moved)d 项，都已记入案件。") % told,
        )
    return True
