"""Addresses for those who watch over the installation. None of them needs a log-in; none says anything about a case."""

from __future__ import annotations

from secrets import compare_digest
from typing import Final

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.urls import path
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from huiyin.health import checks, metrics

TEXT: Final = "text/plain; version=0.0.4; charset=utf-8"


@require_safe
@never_cache
@login_not_required
def live(request: HttpRequest) -> HttpResponse:
    """200 as long as this process answers at all."""
    return HttpResponse("ok\n", content_type="text/plain")


@require_safe
@never_cache
@login_not_required
def ready(request: HttpRequest) -> HttpResponse:
    """200 when it can do its work, 503 with what is wrong when not."""
    found = checks.ready()
    fine = all(value == "ok" for value in found.values())
    return JsonResponse({"ready": fine, "checks": found}, status=200 if fine else 503)


@require_safe
@never_cache
@login_not_required
def figures(request: HttpRequest) -> HttpResponse:
    """Metrics, for whoever shows the token of the setting HUIYIN_METRICS_TOKEN; without that setting there is no such page."""
    wanted = settings.METRICS_TOKEN
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    if not wanted or scheme.lower() != "bearer" or not compare_digest(given.encode(), wanted.encode()):
        raise Http404
    return HttpResponse(metrics.text(), content_type=TEXT)


urlpatterns = [
    path("health/live", live, name="live"),
    path("health/ready", ready, name="ready"),
    path("metrics", figures, name="metrics"),
]
