"""Sending files with a bar that shows how far it is. A script that sends a form for the browser must not follow where the answer leads: the page
behind it would be asked for twice, and its message lost. It is told the address instead, and lets the browser go there."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse

ASKED, TOLD = "X-Shows-Progress", "X-Goes-To"


def shows_progress(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """The view, of which such a script gets a redirection as 204 with the address in a header; everybody else as ever."""

    @wraps(view)
    def inner(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        answer = view(request, *args, **kwargs)
        if request.headers.get(ASKED) and answer.status_code == 302:
            return HttpResponse(status=204, headers={TOLD: answer["Location"]})
        return answer

    return inner
