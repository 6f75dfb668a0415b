"""Counts requests by the pattern of their address, never by the address itself, and times them."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from django.http import HttpRequest, HttpResponse
from prometheus_client import Counter, Histogram

REQUESTS: Final = Counter("huiyin_requests", "Requests answered, by pattern and status", ["view", "method", "status"])
ERRORS: Final = Counter("huiyin_errors", "Requests that ended in an error of ours (5xx)", ["view"])
SECONDS: Final = Histogram(
    "huiyin_request_seconds",
    "How long requests took",
    ["view"],
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10),
)
METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


def count_requests(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware, the outermost of ours."""

    def middleware(request: HttpRequest) -> HttpResponse:
        began = time.perf_counter()
        response = get_response(request)
        match = request.resolver_match
        view = (
            match.route if match is not None else "none"
        )  # unknown addresses are one: nobody can make labels without end
        method = request.method if request.method in METHODS else "other"
        REQUESTS.labels(view, method, str(response.status_code)).inc()
        SECONDS.labels(view).observe(time.perf_counter() - began)
        if response.status_code >= 500:
            ERRORS.labels(view).inc()
        return response

    return middleware
