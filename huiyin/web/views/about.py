"""Pages that tell the public how things are: how we work, what happens with what people tell us, and the version for a machine in the hall."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from huiyin import languages
from huiyin.core.categories import Category
from huiyin.core.rules import Limit, Procedure
from huiyin.core.sheet import LimitRow, limit_rows
from huiyin.org import categories, contacts, procedures
from huiyin.org.queries import today
from huiyin.web import reception, rulebook, visits
from huiyin.web.guided import SCHEMES
from huiyin.web.views.public import doors

KINDS: Final = ("complaint", "report", "enquiry")
MILESTONES: Final = frozenset({
    "accepted", "refused", "deferred", "mediated", "settled", "mediation_ended", "filed", "filing_declined", "stage_replied", "replied",
    "concluded", "party_informed", "called_back", "answer_passed", "contacted", "officers_assigned", "served",
})  # fmt: skip
"""What a person waits for: limits that end with one of these are told on the page, the others stand on that of the procedure."""
BEGINNINGS: Final = frozenset({
    "registered", "accepted", "dispatched", "received", "filed", "filing_declined", "mediation_ended", "concluded", "replied", "deferred",
})  # fmt: skip
"""Where a limit of an ordinary matter begins."""
MOST: Final = 10


@dataclass(frozen=True)
class Promise:
    """What the public may expect of one kind of matter: until when, and what is not taken in."""

    kind: str
    procedure: Procedure
    limits: list[LimitRow]
    refused: list[tuple[str, tuple[str, ...]]]  # (words of the rules, clauses)


@login_not_required
@require_GET
def how(request: HttpRequest) -> HttpResponse:
    """What we take in, by when we must have done what, and which office is open when, with telephone."""
    takers = {kind: reception.units(kind) for kind in KINDS}
    promises = [_promise(kind, found[0].hash, languages.active()) for kind, found in takers.items() if found]
    offices = {t.unit: t.label for found in takers.values() for t in found}
    reached = contacts.reached_all(offices)
    return render(request, "web/how.html", {
        "here": "how", "promises": promises, "offices": [(label, reached[unit]) for unit, label in offices.items() if reached[unit]],
        "others": [label for unit, label in offices.items() if not reached[unit]], "scope": _scope(),
    })  # fmt: skip


@lru_cache(maxsize=64)
def _promise(kind: str, hash: str, language: str) -> Promise:
    """In the language of the page: of one text of the rules it is always the same."""
    procedure = procedures.procedure_for(hash)
    return Promise(kind, procedure, _limits(procedure, kind), _refused(procedure))


def _limits(procedure: Procedure, kind: str) -> list[LimitRow]:
    """Limits of an ordinary matter of this kind, of which the length is a number: in the order in which they begin. What depends on a date that
    somebody names, or on being urged, stands on the page of the procedure."""
    told = {limit.clauses for limit in procedure.limits if _is_told(limit, kind)}
    rows = [row for row in limit_rows(procedure, rulebook.in_words()) if row.clauses in told and row.says]
    lengths = {limit.says for limit in procedure.limits if _is_told(limit, kind)}
    return list({row.says: row for row in rows if row.says in lengths}.values())[:MOST]


def _is_told(limit: Limit, kind: str) -> bool:
    ordinary = bool(limit.start.names & BEGINNINGS) and bool(limit.to.names & MILESTONES)
    return (
        ordinary
        and limit.within.period is not None
        and "@" in (limit.owed_by or "")
        and _is_of(limit.raw.get("when"), kind)
    )


def _is_of(when: Any, kind: str) -> bool:
    """Does a condition leave matters of this kind in, as far as it names kinds?"""
    if not isinstance(when, Mapping):
        return True
    named = when.get("kind")
    if named is not None and kind not in ([named] if isinstance(named, str) else named):
        return False
    if not all(_is_of(one, kind) for one in when.get("all", ())):
        return False
    return not when.get("any") or any(_is_of(one, kind) for one in when["any"])


def _refused(procedure: Procedure) -> list[tuple[str, tuple[str, ...]]]:
    grounds = [one for same in procedure.grounds.get("refused", {}).values() for one in same if one.says]
    return list({one.says: (one.says, one.clauses) for one in grounds}.values())


def _scope() -> list[tuple[str, str, list[str]]]:
    """(kind, name of the tree, the topmost categories): what people come with."""
    found = []
    for kind, schemes in SCHEMES.items():
        for scheme, known in categories.choices(today(), kind):
            if scheme.code in schemes:
                found.append((kind, scheme.title, _topmost(known)))
    return found


def _topmost(known: Iterable[Category]) -> list[str]:
    return [one.label for one in known if one.parent is None]


@login_not_required
@require_GET
def privacy(request: HttpRequest) -> HttpResponse:
    """What is asked, who sees it, how long it is kept, what one may demand."""
    return render(request, "web/privacy.html", {"here": "privacy"})


@login_not_required
@never_cache
@require_GET
def kiosk(request: HttpRequest) -> HttpResponse:
    """The start for a machine in the hall: large, and clean for whoever comes next. From here on every page of this browser goes back to it when
    nobody touches it for a while. An officer who looks at it stays logged in, and his browser as it was."""
    if not request.user.is_authenticated:
        request.session.flush()
        visits.stand_in_the_hall(request)
    return render(request, "web/kiosk.html", {"here": "kiosk", "doors": doors()})


@login_not_required
@never_cache
@require_GET
def kiosk_again(request: HttpRequest) -> HttpResponse:
    """Whoever was here has gone: nothing of his visit stays. Elsewhere than at such a machine the address does nothing but lead to the start."""
    return redirect("kiosk" if visits.in_the_hall(request) else "start")
