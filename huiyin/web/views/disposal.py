"""Retention and disposal: what is over, what is held back, lists for two reviewers, and the register of what was destroyed."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any, Final

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from huiyin.accounts import looks
from huiyin.cases import queries as cases
from huiyin.cases.errors import NoSuchCase
from huiyin.cases.models import Case
from huiyin.cells import harmless
from huiyin.core.facts import BadFact
from huiyin.core.model import Refused
from huiyin.org import queries as org
from huiyin.retention import actions, queries, wording
from huiyin.retention.actions import BadDisposal
from huiyin.retention.models import WAITING, Destroyed, Item
from huiyin.retention.queries import Held, Listed
from huiyin.web import problems
from huiyin.web.casefile import number_key
from huiyin.web.people import DeskRequest, for_officers, freshly
from huiyin.web.views.extracts import BOM

SHOWN: Final = 50
EXPORTED: Final = 100_000


def for_readers(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """The view of somebody who has to do with archives; anybody else is told that it is not his."""

    @never_cache
    @for_officers
    @wraps(view)
    def inner(request: DeskRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.officer.role not in queries.READERS:
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return inner


# -- what is over, what is held back, which lists there are


@require_GET
@for_readers
def archive(request: DeskRequest) -> HttpResponse:
    """Lists for review, what is over, what is held back."""
    return _archive(request)


def _archive(request: DeskRequest, wrong: str = "", status: int = 200) -> HttpResponse:
    officer = request.officer
    proposes = officer.role in queries.PROPOSERS
    over, more = queries.over(officer, SHOWN, _number(request, "after") or 0) if proposes else ([], None)
    held = queries.held_back(officer, SHOWN)
    found = queries.lists(officer, SHOWN)
    names = _people(one.proposal.by for one in found)
    looks.note(officer, looks.LIST, what=f"archive ({len(over) + len(held)})")
    return render(request, "web/archive.html", {
        "here": "board", "wrong": wrong, "proposes": proposes, "releases": officer.role in queries.REVIEWERS, "more": more,
        "over": [_over(one, [o.case for o in over]) for one in over], "held": [{"case": one, "key": number_key(one, held)} for one in held],
        "lists": [_summary(one, names, officer.person.key) for one in found], "table": queries.table(),
    }, status=status)  # fmt: skip


def _over(held: Held, among: list[Case]) -> dict[str, Any]:
    assert held.kept is not None
    return {
        "case": held.case, "key": number_key(held.case, among), "kept": held.kept, "archived": held.archived, "free": held.free,
        "why": [wording.OBSTACLES[code] for code in held.obstacles], "was_held": held.was_held,
    }  # fmt: skip


def _summary(one: Listed, names: dict[str, str], me: str) -> dict[str, Any]:
    mine = one.proposal.by == me
    return {"list": one, "by": names.get(one.proposal.by, one.proposal.by), "mine": mine}


def _people(keys: Iterable[str]) -> dict[str, str]:
    return {key: person.display_name for key, person in org.people(keys).items()}


def _number(request: DeskRequest, name: str) -> int | None:
    text = request.GET.get(name, "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 18 else None


def _numbers(texts: Iterable[str]) -> list[int]:
    return [int(text) for text in texts if text.isascii() and text.isdecimal() and len(text) < 18]


@require_POST
@for_readers
@freshly
def propose(request: DeskRequest) -> HttpResponse:
    """Put the cases that were ticked on a list."""
    try:
        proposal = actions.propose(_numbers(request.POST.getlist("case")), by=request.officer)
    except BadDisposal as bad:
        return _archive(request, str(bad), 422)
    messages.success(request, _("已经提出，等待两人评审。"))
    return redirect("archive_list", proposal.pk)


@require_POST
@for_readers
@freshly
def hold(request: DeskRequest) -> HttpResponse:
    """Hold a case back, or lift that. A case that he may not find is not there."""
    try:
        case = cases.by_number(request.officer, request.POST.get("number", "").strip()[:60])
    except NoSuchCase:
        return _archive(request, _("没有这个编号的案件，请核对。"), 422)
    lift = request.POST.get("what") == "release"
    act = actions.release if lift else actions.hold
    try:
        act(case, by=request.officer, reason=request.POST.get("reason", ""))
    except BadDisposal as bad:
        return _archive(request, str(bad), 422)
    except (Refused, BadFact) as refused:
        problem = (
            problems.of_refusal(refused, "unmarked" if lift else "marked")
            if isinstance(refused, Refused)
            else problems.of_bad_fact(refused)
        )
        return _archive(request, problem.title, problem.status)
    messages.success(request, _("已解除保留。") if lift else _("已要求保留，解除之前不会销毁。"))
    return redirect("archive")


# -- one list


@require_GET
@for_readers
def one_list(request: DeskRequest, pk: int) -> HttpResponse:
    """The cases of a list, with who agreed."""
    return _one_list(request, pk)


def _one_list(request: DeskRequest, pk: int, wrong: str = "", status: int = 200) -> HttpResponse:
    found = _found(request, pk)
    me, role = request.officer.person.key, request.officer.role
    people = _people(
        {key for item, _ in found.items for key in (item.first_by, item.second_by, item.ended_by) if key}
        | {found.proposal.by}
    )
    reviews = role in queries.REVIEWERS and found.proposal.by != me
    mine = (
        [item for item, _ in found.items if item.state == WAITING and not item.agreed and me != item.first_by]
        if reviews
        else []
    )
    among = [case for _, case in found.items]
    may_leave_out = role in queries.REVIEWERS | queries.PROPOSERS
    held = {
        one.case.pk: one for one in queries.look_at_all([case for item, case in found.items if item.state == WAITING])
    }
    looks.note(request.officer, looks.LIST, what=f"archive list {pk} ({len(found.items)})")
    return render(request, "web/archive_list.html", {
        "here": "board", "list": found, "by": people.get(found.proposal.by, found.proposal.by), "wrong": wrong, "mine": mine,
        "rows": [_row(item, case, people, held.get(case.pk), may_leave_out, among) for item, case in found.items],
        "own": found.proposal.by == me and role in queries.REVIEWERS | queries.PROPOSERS and found.waiting > 0,
    }, status=status)  # fmt: skip


def _found(request: DeskRequest, pk: int) -> Listed:
    found = queries.one_list(request.officer, pk) if pk < 2**62 else None
    if found is None:
        raise Http404
    return found


def _row(
    item: Item, case: Case, people: dict[str, str], held: Held | None, may_leave_out: bool, among: list[Case]
) -> dict[str, Any]:
    return {
        "item": item, "case": case, "key": number_key(case, among), "state": wording.state(item), "why": wording.why(item),
        "agreed": [people.get(key, key) for key in (item.first_by, item.second_by) if key], "ended": people.get(item.ended_by, ""),
        "stands": [wording.OBSTACLES[code] for code in held.obstacles] if held is not None else [],
        "was_held": held.was_held if held is not None else None, "may_leave_out": may_leave_out and item.state == WAITING,
    }  # fmt: skip


@require_POST
@for_readers
@freshly
def review(request: DeskRequest, pk: int) -> HttpResponse:
    """Agree to the cases that the page showed, or refuse them."""
    found = _found(request, pk)
    shown = set(_numbers(request.POST.getlist("item"))) & {item.pk for item, _ in found.items}
    agrees = request.POST.get("agrees") == "1"
    try:
        count = actions.review(shown, by=request.officer, agrees=agrees, reason=request.POST.get("reason", ""))
    except BadDisposal as bad:
        return _one_list(request, pk, str(bad), 422)
    said = _("已同意销毁 %(n)d 件。") if agrees else _("已不同意销毁 %(n)d 件。")
    messages.success(request, said % {"n": count})
    return redirect("archive_list", pk)


@require_POST
@for_readers
@freshly
def leave_out(request: DeskRequest, pk: int) -> HttpResponse:
    """Take one case off the list."""
    found = _found(request, pk)
    wanted = [n for n in _numbers([request.POST.get("item", "")]) if n in {item.pk for item, _ in found.items}]
    try:
        count = actions.leave_out(wanted[0], by=request.officer, reason=request.POST.get("reason", "")) if wanted else 0
    except BadDisposal as bad:
        return _one_list(request, pk, str(bad), 422)
    if count:
        messages.success(request, _("已从这一批里剔除。"))
    return redirect("archive_list", pk)


# -- the register


@require_GET
@for_readers
def register(request: DeskRequest) -> HttpResponse:
    """The register of what was destroyed, newest first; `as=csv`: as a table."""
    officer = request.officer
    if request.GET.get("as") == "csv":
        rows = queries.register(officer, EXPORTED)
        looks.note(officer, looks.EXPORT, what=f"destroyed ({len(rows)})")
        return _csv(rows)
    rows = queries.register(officer, SHOWN, _number(request, "before"))
    looks.note(officer, looks.LIST, what=f"destroyed ({len(rows)})")
    people = _people({key for r in rows for key in (r.proposed_by, r.first_by, r.second_by, r.executed_by)})
    units = org.labels({row.unit for row in rows})
    shown = [{"row": row, "cells": wording.cells(row, people, units)} for row in rows]
    before = rows[-1].no if len(rows) == SHOWN else None
    return render(request, "web/archive_register.html", {"here": "board", "rows": shown, "before": before})


def _csv(rows: list[Destroyed]) -> HttpResponse:
    people = _people({key for r in rows for key in (r.proposed_by, r.first_by, r.second_by, r.executed_by)})
    units = org.labels({row.unit for row in rows})
    answer = HttpResponse(BOM, content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="destroyed.csv"'
    table = csv.writer(answer)
    table.writerow(wording.header())
    for row in reversed(rows):
        table.writerow([harmless(cell) for cell in wording.cells(row, people, units)])
    return answer
