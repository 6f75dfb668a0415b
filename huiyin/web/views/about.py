"""Pages that tell the public how things are: how we work, what happens with what people tell us, and the version for a machine in the hall."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from huiyin import languages
from huiyin.core.categories import Category
from huiyin.core.rules import Procedure
from huiyin.core.sheet import LimitRow, limit_rows
from huiyin.org import categories, contacts, procedures
from huiyin.org.queries import today
from huiyin.web import reception, rulebook, visits
from huiyin.web.guided import SCHEMES
from huiyin.web.views.public import doors

KINDS: Final = ("complaint", "report", "enquiry")
MILESTONES: Final = frozenset({
    "accepted", "refused", "deferred", "mediated", "settled", "mediation_ended", "filed", "filing_declined", "stage_replied", "replied",
    "concluded", "party_informed", "called_back",
})  # fmt: skip
"""What a person waits for: limits that end with one of these are told on the page, the others stand on that of the procedure."""
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
        "here": "how", "promises": promises, "offices": [(label, reached[unit]) for unit, label in offices.items()], "scope": _scope(),
    })  # fmt: skip


@lru_cache(maxsize=64)
def _promise(kind: str, hash: str, language: str) -> Promise:
    """In the language of the page: of one text of the rules it is always the same."""
    procedure = procedures.procedure_for(hash)
    return Promise(kind, procedure, _limits(procedure), _refused(procedure))


def _limits(procedure: Procedure) -> list[LimitRow]:
    told = {limit.clauses for limit in procedure.limits if limit.to.names & MILESTONES}
    rows = [row for row in limit_rows(procedure, rulebook.in_words()) if row.clauses in told and row.says]
    return list({row.says: row for row in rows}.values())[:MOST]


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
