"""A watcher on the machine itself asks over plain http, by the machine's number. Neither the way to https nor the check of the host stands in its
way; the pages that it asks for make no address of what it claims to have asked."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse


def let_in(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware, before whatever looks at the host."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if request.path_info in settings.PROBES and settings.ALLOWED_HOSTS:
            request.META["HTTP_HOST"] = settings.ALLOWED_HOSTS[0].lstrip(".")
        return get_response(request)

    return middleware
