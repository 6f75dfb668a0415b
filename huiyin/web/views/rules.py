"""Reading the rules: which procedures there are and who works by them; one of them as a readable sheet with its diagram. For everybody."""

from typing import Any, cast

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from huiyin.core.sheet import limit_rows, sheet
from huiyin.org import queries as org
from huiyin.org.models import Person
from huiyin.web import rulebook
from huiyin.web.diagram import draw
from huiyin.web.people import CHOSEN, DeskRequest


def visitor(request: HttpRequest) -> dict[str, Any]:
    """The frame of a page for everybody: an officer keeps his bar, the public has its own."""
    desk = cast(DeskRequest, request)
    desk.postings = org.postings(request.user) if isinstance(request.user, Person) else []
    if not desk.postings:
        return {"frame": "web/base.html", "here": "rules"}
    posted = request.session.get(CHOSEN)
    desk.officer = next((o for o in desk.postings if o.pk == posted), desk.postings[0])
    return {
        "frame": "web/desk.html", "here": "rules", "officer": desk.officer, "may_adopt": desk.officer.role == "administrator",
    }  # fmt: skip


@login_not_required
@require_GET
def shelf(request: HttpRequest) -> HttpResponse:
    """Procedures that are lived by here, and all that the library holds."""
    told = visitor(request)
    rows = rulebook.adoptions()
    return render(request, "web/rules.html", {
        **told, "now": [r for r in rows if r.state == "now"], "later": [r for r in rows if r.state == "later"], "shelves": rulebook.shelves(),
    })  # fmt: skip


@login_not_required
@require_GET
def procedure(request: HttpRequest, body: str, name: str) -> HttpResponse:
    """One procedure: what it rests on, its steps as a picture, limits with their articles, who does what, and every rule in words."""
    id = f"{body}/{name}"
    found = rulebook.find(id, request.GET.get("on", ""), request.GET.get("hash", ""))
    if found is None:
        raise Http404
    words = rulebook.in_words()
    parts = [part for part in sheet(found, words) if part.key not in ("limit", "default")]
    return render(request, "web/procedure.html", {
        **visitor(request), "procedure": found, "sets": rulebook.own_sets(found), "versions": rulebook.versions(id),
        "limits": limit_rows(found, words), "parts": parts, "roles": rulebook.roles(found), "drawing": draw(found, words),
        "editions": rulebook.editions(found), "adopted": [r for r in rulebook.adoptions() if r.adopted.procedure == id and r.state != "over"],
    })  # fmt: skip
