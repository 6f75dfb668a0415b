"""Who is at the desk: the person who logged in, and the posting he acts in. A page of the desk asks for both, for the second factor where the
role needs one, and before dangerous acts for a proof that it is still he."""

import time
from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, Final, ParamSpec, cast
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from huiyin.accounts import factors
from huiyin.accounts.sessions import SINCE
from huiyin.org import queries as org
from huiyin.org import snapshot
from huiyin.org.models import Officer, Person
from huiyin.web import casekeys

P = ParamSpec("P")
CHOSEN: Final = "posting"
SECOND: Final = "second"  # in the session: a second factor was shown
PROVED: Final = "proved"  # in the session: when somebody last showed who he is, in seconds


def steadily(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """One page sees one organisation: the database is asked once whether it changed, however many names stand on the page."""

    @wraps(view)
    def inner(*args: Any, **kwargs: Any) -> HttpResponse:
        with snapshot.steady(), casekeys.asked_once():
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
    """The view gets request.officer: the posting chosen in this session, else the first one. Nobody without a posting comes further, and nobody
    whose role needs a second factor before he has shown one."""

    @wraps(view)
    def inner(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        desk = cast(DeskRequest, request)
        person = cast(Person, request.user)
        desk.postings = org.postings(person)
        if not desk.postings:
            return render(request, "web/no_posting.html", status=403)
        if not request.session.get(SECOND) and factors.required(desk.postings):
            return go(request, reverse("second" if factors.of(person).any else "account"))
        chosen = request.session.get(CHOSEN)
        desk.officer = next((o for o in desk.postings if o.pk == chosen), desk.postings[0])
        return view(desk, *args, **kwargs)

    return inner


def proven(request: HttpRequest) -> bool:
    """Did the person show who he is a short while ago: by this log-in, or since?"""
    last = max(int(request.session.get(SINCE) or 0), int(request.session.get(PROVED) or 0))
    return time.time() - last <= settings.ENTRANCE.proven.total_seconds()


def freshly(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """For dangerous acts, inside for_officers: who has not shown lately who he is, does so first and comes back to the page with the form."""

    @wraps(view)
    def inner(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return view(request, *args, **kwargs) if proven(request) else to_prove(request)

    return inner


def with_all_factors(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """For changing one's own factors: a session that came in before there was a second one, or past it, shows it first."""

    @wraps(view)
    def inner(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.session.get(SECOND) and factors.of(cast(Person, request.user)).any:
            return go(request, reverse("second"))
        return view(request, *args, **kwargs)

    return inner


def to_prove(request: HttpRequest) -> HttpResponse:
    """To the page that asks again; from there back to the page one was on."""
    back = (
        request.get_full_path()
        if request.method == "GET" and not request.headers.get("HX-Request")
        else came_from(request)
    )
    return go(request, f"{reverse('again')}?{urlencode({'next': back})}")


def came_from(request: HttpRequest) -> str:
    """The page of ours on which the form stood that was sent."""
    page = request.headers.get("HX-Current-URL") or request.headers.get("Referer") or ""
    if url_has_allowed_host_and_scheme(page, {request.get_host()}, require_https=request.is_secure()):
        parts = urlsplit(page)
        return parts.path + (f"?{parts.query}" if parts.query else "")
    return reverse("work")


def go(request: HttpRequest, address: str) -> HttpResponse:
    """To another page, also for a part of a page that asked."""
    if request.headers.get("HX-Request"):
        return HttpResponse(status=204, headers={"HX-Redirect": address})
    return HttpResponseRedirect(address)
