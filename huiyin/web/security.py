"""Headers that tell the browser what a page of ours may do: nothing but our own scripts, styles, images and addresses."""

from collections.abc import Callable
from typing import Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse

# No inline script and no inline style anywhere: a text a citizen wrote can never run. `data:` images are the icons inside style sheets.
CONTENT_SECURITY_POLICY: Final = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data: blob:",
        "media-src 'self' blob:",
        "font-src 'self'",
        "connect-src 'self'",
        "manifest-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    )
)
PERMISSIONS_POLICY: Final = "camera=(), microphone=(), payment=(), usb=(), geolocation=(self)"


NOT_KEPT: Final = "private, no-store"


def _is_somebodys(request: HttpRequest) -> bool:
    """Was it answered to an officer, by log-in or by token? Then no cache keeps it, whatever it is: the next one at the machine is another."""
    if "Authorization" in request.headers:
        return True
    session = getattr(request, "session", None)
    return session is not None and session.accessed and request.user.is_authenticated


def security_headers(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware. A view that set a policy of its own keeps it; Django's own error pages, shown only when debugging, need inline styles."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if not (settings.DEBUG and response.status_code in {404, 500}):
            response.headers.setdefault("Content-Security-Policy", CONTENT_SECURITY_POLICY)
        response.headers.setdefault("Permissions-Policy", PERMISSIONS_POLICY)
        response.headers.setdefault("X-Frame-Options", "DENY")  # also of a refusal before any view was asked
        if "Cache-Control" not in response.headers and _is_somebodys(request):
            response.headers["Cache-Control"] = NOT_KEPT
        return response

    return middleware
