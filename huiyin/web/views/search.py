"""Search over cases. What is looked for is sent as a form and never stands in an address; the page of results has a name that says nothing."""

from __future__ import annotations

from typing import Any, Final

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from huiyin.cases.errors import Busy
from huiyin.search import searching, shown
from huiyin.search.searching import Found, Hit
from huiyin.search.shown import Passage
from huiyin.web import searches, words
from huiyin.web.casefile import number_key
from huiyin.web.people import DeskRequest, for_officers
from huiyin.web.searches import Asked
from huiyin.web.views.work import key

SIZE: Final = 20


@require_http_methods(["GET", "POST"])
@never_cache
@for_officers
def search(request: DeskRequest) -> HttpResponse:
    """The form; sent, it leads to its results."""
    if request.method == "POST":
        asked = searches.read(request.POST, request.officer)
        if asked.empty or asked.wrong:
            return _page(request, asked, None, status=422 if asked.wrong else 200)
        return redirect(f"{reverse('search')}?s={searches.keep(request, asked)}")
    name = request.GET.get("s", "")
    asked = (searches.kept(request, name, request.officer) if name else None) or searches.read({}, request.officer)
    if asked.empty:
        return _page(request, asked, None)
    try:
        found = searching.search(request.officer, asked.typed, asked.filters, key(request), SIZE)
    except Busy:
        return _page(request, asked, None, name=name, busy=True, status=503)
    return _page(request, asked, found, name=name)


def _page(request: DeskRequest, asked: Asked, found: Found | None, *, status: int = 200, **more: Any) -> HttpResponse:
    return render(
        request,
        "web/search.html",
        {
            "here": "search", "asked": asked, "filters": asked.filters, "wrong": asked.wrong, "found": found,
            "rows": _rows(request, found) if found is not None else [], "newer": bool(request.GET.get("before")),
            **searches.choices(request.officer), **more,
        },
        status=status,
    )  # fmt: skip


def _rows(request: DeskRequest, found: Found) -> list[dict[str, Any]]:
    cases = [hit.case for hit in found.hits]
    passages = shown.passages(found.events, found.looked_for)
    return [
        {
            "case": hit.case, "key": number_key(hit.case, cases), "marks": hit.case.marks.split(),
            "same": same(hit), "passage": _passage(passages.get(hit.case.pk)),
        }
        for hit in found.hits
    ]  # fmt: skip


def same(hit: Hit) -> list[str]:
    """By what it was found beside its words."""
    said = {
        "number": _("编号相符"), "phone": _("电话相同"), "name": _("名称相同"), "id_number": _("证件号码相同"),
        "credit_code": _("信用代码相同"),
    }  # fmt: skip
    return [said[kind] for kind in hit.same]


def _passage(found: Passage | None) -> dict[str, Any] | None:
    if found is None:
        return None
    pieces = [{"text": text, "is_word": at % 2 == 1} for at, text in enumerate(found.pieces)]
    return {"event": words.event_label(found.event), "pieces": pieces}
