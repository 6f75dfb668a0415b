"""Who is at the desk: the person who logged in, and the posting he acts in. A page of the desk asks for both."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from huiyin.org import queries as org
from huiyin.org import snapshot
from huiyin.org.models import Officer, Person

P = ParamSpec("P")
CHOSEN = "posting"


def steadily(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """One page sees one organisation: the database is asked once whether it changed, however many names stand on the page."""

    @wraps(view)
    def inner(*args: Any, **kwargs: Any) -> HttpResponse:
        with snapshot.steady():
            return view(*args, **kwargs)

    return inner


class DeskRequest(HttpRequest):
    """A request of somebody who holds a posting today."""

    officer: Officer
    postings: list[Officer]
    htmx: Any


def for_officers(
    view: Callable[Concatenate[DeskRequest, P], HttpResponse],
) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
    """The view gets request.officer: the posting chosen in this session, else the first one. Nobody without a posting comes further."""

    @wraps(view)
    def inner(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        desk = cast(DeskRequest, request)
        person = cast(Person, request.user)
        desk.postings = org.postings(person)
        if not desk.postings:
            return render(request, "web/no_posting.html", status=403)
        chosen = request.session.get(CHOSEN)
        desk.officer = next((o for o in desk.postings if o.pk == chosen), desk.postings[0])
        return view(desk, *args, **kwargs)

    return inner
