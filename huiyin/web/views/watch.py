"""Screens on a wall: the figures of a unit and those below it, large, without anybody logged in and without a word of any case."""

from __future__ import annotations

from typing import Any, Final

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from huiyin.accounts import factors, throttle
from huiyin.cases import boards
from huiyin.org import queries as org
from huiyin.org.models import Officer, Person
from huiyin.watch import actions, queries
from huiyin.watch.actions import BadScreen
from huiyin.watch.models import Screen
from huiyin.watch.queries import RED_LINES, Board
from huiyin.web import words
from huiyin.web.people import CHOSEN, SECOND, DeskRequest, for_officers
from huiyin.web.views.boards import COLUMNS, Cell

SESSION: Final = "wall"
LINES: Final = 12  # units that a screen has room for
ON_THE_WALL: Final = ("overdue", "amber", "unsigned", "asked", "repeat", "dissatisfied")
OF_UNITS: Final = ("overdue", "amber", "green", "repeat", "dissatisfied")
YEAR: Final = 365 * 24 * 3600


@login_not_required
@require_http_methods(["GET", "POST"])
@never_cache
def wall(request: HttpRequest) -> HttpResponse:
    """What the screen shows: to an officer that of his unit, else that of the code this browser was given. Without either it asks for a code."""
    if request.method == "POST":
        return _paired(request)
    screen = queries.by_id(request.session.get(SESSION))
    if screen is not None:
        return _shown(request, screen.unit, queries.units_of(screen))
    officer = _officer(request)
    if officer is not None:
        return _shown(request, officer.unit_id, boards.units_of(officer), of_officer=True)
    return render(
        request, "web/wall.html", {"here": "wall", "shown": False}, status=403 if "part" in request.GET else 200
    )


def _paired(request: HttpRequest) -> HttpResponse:
    screen = throttle.found(request, lambda: queries.by_code(request.POST.get("code", "")[:80]))
    if screen is None:
        return render(request, "web/wall.html", {"here": "wall", "shown": False, "wrong": True}, status=422)
    request.session.cycle_key()
    request.session[SESSION] = screen.pk
    if not request.user.is_authenticated:
        request.session.set_expiry(YEAR)  # nobody comes by in the morning to log a screen in
    return redirect("wall")


def _officer(request: HttpRequest) -> Officer | None:
    if not isinstance(request.user, Person):
        return None
    held = org.postings(request.user)
    if not request.session.get(SECOND) and factors.required(held):
        return None  # as everywhere at the desk: his password alone opens nothing
    return next((one for one in held if one.pk == request.session.get(CHOSEN)), held[0] if held else None)


def _shown(request: HttpRequest, unit: str, units: list[str], *, of_officer: bool = False) -> HttpResponse:
    found = queries.board(units)
    part = "part" in request.GET
    return render(request, "web/parts/wall_figures.html" if part else "web/wall.html", {
        "here": "wall", "shown": True, "unit": unit, "of_officer": of_officer, **_figures(found),
    })  # fmt: skip


def _figures(found: Board) -> dict[str, Any]:
    labels = dict(COLUMNS)
    late = [line for line in found.lines if line.light != "green"] or list(found.lines)
    return {
        "total": [_cell(name, str(labels[name]), found.total) for name in ON_THE_WALL],
        "columns": [(name, labels[name]) for name in OF_UNITS],
        "lines": [
            {"unit": line.unit, "light": line.light, "cells": [_cell(name, "", line.figures) for name in OF_UNITS]}
            for line in late[:LINES]
        ],
        "counted": found.counted,
    }


def _cell(name: str, label: str, figures: dict[str, int]) -> Cell:
    return Cell(name, label, figures.get(name, 0), name in RED_LINES and figures.get(name, 0) > 0, "")


@login_not_required
@require_POST
@never_cache
def leave(request: HttpRequest) -> HttpResponse:
    """This browser shows it no more."""
    request.session.pop(SESSION, None)
    return redirect("wall")


# -- which screens there are


@require_http_methods(["GET", "POST"])
@never_cache
@for_officers
def screens(request: DeskRequest) -> HttpResponse:
    """Screens of the officer's units: making one shows its code, this once."""
    if request.officer.role not in actions.MAY:
        raise PermissionDenied
    code = wrong = ""
    if request.method == "POST":
        try:
            _screen, code = actions.create(request.officer, request.POST.get("name", ""), request.POST.get("unit", ""))
        except BadScreen as bad:
            wrong = str(bad)
    units = boards.units_of(request.officer)
    return render(request, "web/screens.html", {
        "here": "board", "screens": queries.screens(units), "code": code, "wrong": wrong, "address": request.build_absolute_uri(reverse("wall")),
        "units": [(unit, words.unit_label(unit)) for unit in units],
    }, status=422 if wrong else 200)  # fmt: skip


@require_POST
@never_cache
@for_officers
def end(request: DeskRequest, pk: int) -> HttpResponse:
    """One that is not wanted any more."""
    screen = Screen.objects.filter(pk=pk, unit__in=boards.units_of(request.officer)).first()
    if request.officer.role not in actions.MAY:
        raise PermissionDenied
    if screen is None:
        raise Http404
    actions.end(request.officer, screen)
    messages.success(request, _("大屏已停用。"))
    return redirect("screens")
