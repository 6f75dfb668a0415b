"""The page of one act over several cases: what it still asks, then what came of it in each."""

import csv
from collections.abc import Iterable
from io import StringIO
from typing import Any, Final

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from huiyin.accounts import looks
from huiyin.cases import clock, takeouts
from huiyin.cases.models import Case
from huiyin.cells import harmless
from huiyin.moments import local
from huiyin.web import bulk, visits, words
from huiyin.web.people import DeskRequest, for_officers, proven, to_prove

BACK: Final = ("work", "cases", "open_ends", "board")


@require_POST
@never_cache
@for_officers
def several(request: DeskRequest) -> HttpResponse:
    """The act on the cases that were ticked: at once where it asks nothing more, else after its form."""
    does, back = request.POST.get("does", ""), request.POST.get("back", "")
    back = back if back in BACK else "work"
    if does not in {verb.event for verb in bulk.verbs(request.officer)}:
        raise Http404
    cases = bulk.chosen(request.officer, request.POST.getlist("case"))
    if not cases:
        messages.warning(request, _("还没有选案件。在左边勾上要办的，再选怎样办。"))
        return redirect(back)
    if does == bulk.EXPORT:
        if not proven(request):
            return to_prove(request)
        held = takeouts.held_back(request.officer, cases)
        if held:
            numbers = words.listed(case.number or f"#{case.pk}" for case in held)
            messages.error(
                request,
                _("没有导出：%(numbers)s是保密的案件，规则要求先报批。请在案件里办理“带出材料”，批准以后再导出。")
                % {"numbers": numbers},
            )
            return redirect(back)
        looks.exported(request.officer, [case.pk for case in cases], "csv")
        return _table(cases)
    kind = bulk.FORMS[does]
    sent = request.POST if "go" in request.POST or kind is bulk.NoForm else None
    form = kind(request.officer, data=sent)
    told: dict[str, Any] = {
        "here": "work", "does": does, "back": back, "cases": cases, "form": form, "most": bulk.MOST,
        "key": request.POST.get("key") or visits.new_key(),
    }  # fmt: skip
    if sent is None or not form.is_valid():
        return render(request, "web/bulk.html", told, status=200 if sent is None else 422)
    found = bulk.carry_out(does, cases, form, request.officer, told["key"])
    done = [one for one in found if one.done]
    return render(
        request, "web/bulk_done.html", {**told, "done": done, "refused": [one for one in found if not one.done]}
    )


def _table(cases: Iterable[Case]) -> HttpResponse:
    """The rows as they stand on the list, as a table for a spreadsheet: nothing of the people in it."""
    text = StringIO()
    rows = csv.writer(text)
    rows.writerow([_("编号"), _("类别"), _("阶段"), _("轮次"), _("承办单位"), _("提出时间"), _("最近变动"), _("标记")])
    for case in cases:
        marks = words.listed(words.vocabulary().label("mark", mark) for mark in case.marks.split())
        row = [
            case.number or "", words.kind_label(case.kind), words.stage_label(case.stage), case.round,
            words.unit_label(case.handling_unit), f"{local(case.began):%Y-%m-%d %H:%M}", f"{local(case.updated):%Y-%m-%d %H:%M}", marks,
        ]  # fmt: skip
        rows.writerow([harmless(cell) for cell in row])
    answer = HttpResponse("\ufeff" + text.getvalue(), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = (
        content_disposition_header(True, f"cases-{clock.now():%Y%m%d-%H%M}.csv") or "attachment"
    )
    return answer
