"""The two surfaces: pages at the root, the JSON API under /api/. Each lists its own addresses, one path() a verb."""

from django.urls import include, path

urlpatterns = [
    path("", include("huiyin.health.urls")),
    path("api/", include("huiyin.api.urls")),
    path("", include("huiyin.web.urls")),
]

handler400 = "huiyin.web.views.errors.bad_request"
handler403 = "huiyin.web.views.errors.forbidden"
handler404 = "huiyin.web.views.errors.not_found"
handler500 = "huiyin.web.views.errors.broken"
