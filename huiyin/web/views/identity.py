"""Personal values that only two people together may open: requests that wait for this officer, his own, and who was shown what in plain."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from huiyin.accounts import looks
from huiyin.cases import access, identity
from huiyin.cases.identity import Masked, NoReason, NotMasked, NotNow, State
from huiyin.cases.models import Case
from huiyin.cases.queries import Opened
from huiyin.core.facts import UNWRITABLE
from huiyin.org import powers
from huiyin.org import queries as org
from huiyin.org.models import Person
from huiyin.vault.models import DENIED, GRANTED, SHOWN, Opening
from huiyin.web import words
from huiyin.web.casefile import number_key
from huiyin.web.people import DeskRequest, for_officers, freshly
from huiyin.web.views.looks import HEADS, shown_rows

WATCH: Final = frozenset({powers.AUDIT, powers.SECURITY})


@require_GET
@never_cache
@for_officers
def listed(request: DeskRequest) -> HttpResponse:
    """What waits for me, what I asked for, and, for who leads a unit or watches over the logs, who was shown what."""
    return render(request, "web/identity.html", _page(request))


def _page(request: DeskRequest) -> dict[str, Any]:
    officer, before = request.officer, _key(request)
    rows = _revealed(request, before)
    if rows is not None:
        looks.note(officer, looks.LOG, what="identity")
    waiting = identity.waiting(officer)
    named = org.people(row.person for row, _opened in waiting)
    cases = [opened.case for _row, opened in waiting]
    return {
        "here": "work", "waiting": [_line(row, opened, named, cases) for row, opened in waiting], "mine": _mine(request),
        "watches": rows is not None, "rows": shown_rows(rows or []), "before": rows[-1].key if rows and len(rows) == looks.SIZE else None,
    }  # fmt: skip


def _revealed(request: DeskRequest, before: int | None) -> Sequence[looks.Looked] | None:
    """Of the cases that the officer's unit handles or registered and he may find, where he leads it; of the people of his unit and those below,
    where he watches over the logs."""
    officer = request.officer
    if officer.role in WATCH:
        return looks.revealed(units=[officer.unit_id, *org.tree().below(officer.unit_id)], before=before)
    if officer.role in HEADS:
        own = access.visible_to(officer)
        mine = own.filter(handling_unit=officer.unit_id) | own.filter(unit=officer.unit_id)
        return looks.revealed(cases=mine, before=before)
    return None


def _mine(request: DeskRequest) -> list[dict[str, Any]]:
    """Own requests whose cases he still finds."""
    me = {request.officer.person.key: request.officer.person}
    found = identity.mine(request.officer)
    cases = [opened.case for _row, _asked, opened in found]
    return [{**_line(row, opened, me, cases), "state": state, "words": _state(state)} for row, state, opened in found]


def _line(row: Opening, opened: Opened, named: Mapping[str, Person], cases: Sequence[Case]) -> dict[str, Any]:
    """A request in words that tell nobody whom it is about: the role of the party alone."""
    person = named.get(row.person)
    return {
        "row": row, "number": str(opened.case), "key": number_key(opened.case, cases), "what": what_of(row, opened),
        "who": person.display_name if person is not None else row.person, "role": words.role_label(row.role),
    }  # fmt: skip


def what_of(row: Opening, opened: Opened) -> str:
    """Whose identity, by the part he has in the case."""
    if not row.party:
        return _("文字中遮盖的号码")
    return _("%(role)s的身份信息") % {"role": words.role_label(opened.view.parties[row.party].role, opened.procedure)}


def _state(state: State) -> str:
    return {
        identity.ASKED: _("等待同意"), GRANTED: _("已同意，可以看一次"), DENIED: _("没有同意"), SHOWN: _("已经看过"),
        identity.OVER: _("已过时失效"),
    }[state.what]  # fmt: skip


def _found(pk: int) -> Opening:
    found = identity.one(pk)
    if found is None:
        raise Http404
    return found


@require_POST
@never_cache
@for_officers
@freshly
def answer(request: DeskRequest, pk: int) -> HttpResponse:
    """Agree, or not with a reason."""
    grant, says = request.POST.get("answer") == "grant", UNWRITABLE.sub("", request.POST.get("says", ""))
    try:
        identity.answer(request.officer, _found(pk), grant=grant, says=says)
    except NotMasked:
        raise Http404
    except NoReason as why:
        told = {**_page(request), "problem": str(why) or _("不同意的，请写明原因。"), "problem_of": pk}
        return render(request, "web/identity.html", told, status=422)
    except NotNow as state:
        messages.warning(request, _late(state.state))
    else:
        messages.success(request, _("已记录您的答复，申请人会在收件箱看到。"))
    return redirect("identity")


@require_POST
@never_cache
@for_officers
@freshly
def show(request: DeskRequest, pk: int) -> HttpResponse:
    """What was granted, on this page alone and this once."""
    row = _found(pk)
    try:
        found = identity.show(request.officer, row)
    except NotMasked:
        raise Http404
    except NotNow as state:
        messages.warning(request, _late(state.state))
        return redirect("identity")
    case = Case.objects.get(pk=row.case_id)
    return render(request, "web/identity_shown.html", {
        "here": "work", "number": str(case), "case_key": number_key(case), "values": [(one.label, _text(value)) for one, value in _once(found)],
    })  # fmt: skip


def _once(found: Sequence[tuple[Masked, Any]]) -> list[tuple[Masked, Any]]:
    """A value that stands in several events is read once."""
    return list({(one.name, str(value)): (one, value) for one, value in found}.values())


def _text(value: Any) -> str:
    return words.listed(map(str, value)) if isinstance(value, list) else str(value)


def _late(state: str) -> str:
    return {
        identity.ASKED: _("还没有人同意，请再等一等。"), GRANTED: _("已经有人同意了。"), DENIED: _("已经有人答复：没有同意。"),
        SHOWN: _("已经看过了。同意一次只能看一次，需要再看的请另行申请。"), identity.OVER: _("申请已过时失效，需要的请另行申请。"),
    }[state]  # fmt: skip


def _key(request: DeskRequest) -> int | None:
    text = request.GET.get("before", "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 18 else None
