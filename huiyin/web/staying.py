"""How long one stays logged in: a session left alone ends, one ended elsewhere says so, and who must change the password does nothing else.

The longest time a session may last stands in the session's own row (huiyin.accounts.sessions); such a one is simply not found any more.
"""

from collections.abc import Callable
from typing import Final
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone

from huiyin.accounts import sessions
from huiyin.accounts.sessions import ENDED, PERSON, SessionStore

MUST_CHANGE: Final = "must_change"
IDLE: Final = "idle"
FREE: Final = frozenset({"password", "logout", "login"})  # pages open to somebody who must change the password first


def limits(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware, behind the one that knows the session. Costs nothing for visitors without an account."""

    def middleware(request: HttpRequest) -> HttpResponse:
        session = request.session
        if not isinstance(session, SessionStore) or not session.session_key:
            return _kept(request, get_response(request))
        if why := session.get(ENDED):
            session.flush()
            return _out(request, str(why))
        if PERSON in session:
            now = timezone.now()
            if session.row_seen is not None and now - session.row_seen > settings.ENTRANCE.idle + sessions.GRAIN:
                logout(request)
                return _out(request, IDLE)
            session.touch(now)
            if session.get(MUST_CHANGE) and request.path not in {reverse(name) for name in FREE}:
                return _go(request, reverse("password"))
        return _kept(request, get_response(request))

    return middleware


def _kept(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """A part of a page that was asked for without a session: the log-in does not come into its place."""
    if request.headers.get("HX-Request") and response.headers.get("Location", "").partition("?")[0] == reverse("login"):
        return _out(request, "")
    return response


def _out(request: HttpRequest, why: str) -> HttpResponse:
    if request.headers.get("HX-Request") and request.method != "GET":
        return HttpResponse(status=401)  # what was typed stays on the page, which says so (app.js)
    back = request.path if "phone" in request.GET else request.get_full_path()  # a caller's number stands in no address
    told = ({"ended": why} if why else {}) | ({"next": back} if request.method == "GET" else {})
    return _go(request, f"{reverse('login')}?{urlencode(told)}")


def _go(request: HttpRequest, address: str) -> HttpResponse:
    if request.headers.get("HX-Request"):
        return HttpResponse(status=204, headers={"HX-Redirect": address})
    return HttpResponseRedirect(address)
