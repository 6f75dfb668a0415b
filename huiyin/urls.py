"""The two surfaces: pages at the root, the JSON API under /api/. Each lists its own addresses, one path() a verb."""

from importlib.util import find_spec

from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [path("", include("huiyin.health.urls"))]
if find_spec("huiyin.api") and find_spec("huiyin.api.urls"):
    urlpatterns.append(path("api/", include("huiyin.api.urls")))
if find_spec("huiyin.web") and find_spec("huiyin.web.urls"):
    urlpatterns.append(path("", include("huiyin.web.urls")))

if find_spec("huiyin.web") and find_spec("huiyin.web.views"):
    handler400 = "huiyin.web.views.errors.bad_request"
    handler403 = "huiyin.web.views.errors.forbidden"
    handler404 = "huiyin.web.views.errors.not_found"
    handler500 = "huiyin.web.views.errors.broken"
