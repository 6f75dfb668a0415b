"""The palette: what is typed into it, answered with places to jump to."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from huiyin.accounts import looks
from huiyin.web import palette
from huiyin.web.people import DeskRequest, for_officers


@require_POST
@never_cache
@for_officers
def palette_places(request: DeskRequest) -> HttpResponse:
    """The list below the box."""
    found = palette.places(request.officer, request.POST.get("q", ""))
    if any(place.case for place in found):
        looks.note(request.officer, looks.LIST, what="palette")  # as somebody types: once a minute is enough
    return render(request, "web/parts/palette_found.html", {"places": found})
