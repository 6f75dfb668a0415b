"""Words: the notices that people get, in the office's own way; the sayings that rules prescribe (to read)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from huiyin.core.entries import Phrase
from huiyin.core.rules import Procedure
from huiyin.notices import own, texts
from huiyin.notices.texts import Text
from huiyin.org import powers, procedures, queries, reach, snapshot
from huiyin.web import words
from huiyin.web.forms.admin import NoticeTextForm
from huiyin.web.people import DeskRequest
from huiyin.web.views.admin import for_keepers, page, reach_units, tried

ALL = "all"  # in addresses: the words for every body


def _bodies() -> list[tuple[str, str]]:
    """Bodies that have words of their own, and the words for all."""
    have = {p.body for p in texts.current().pages}
    adopted = {a.procedure.partition("/")[0] for a in snapshot.current().adoptions}
    known = words.vocabulary().raw["body"]
    found = [(b, str(known.get(b, {}).get("label_zh", b))) for b in sorted(have & adopted - {""})]
    return [(ALL, _("各机构通用")), *found]


def _named(body: str) -> str:
    if body not in dict(_bodies()):
        raise Http404
    return "" if body == ALL else body


def _row(number: int, text: Text, ours: Text | None) -> dict[str, Any]:
    shown = ours or text
    return {
        "number": number, "text": shown, "ours": ours is not None, "to": _("工作人员") if text.audience == texts.OFFICE else _("当事人"),
        "events": words.listed(words.event_label(e) for e in sorted(text.event)), "clauses": tuple(sorted(text.clause)),
        "roles": words.listed(words.role_label(r) for r in sorted(text.role)),
    }  # fmt: skip


@require_GET
@for_keepers(powers.SYSTEM)
def notice_texts(request: DeskRequest) -> HttpResponse:
    """The words of all notices of a body, those that were changed marked."""
    body = request.GET.get("body", ALL)
    rows = [_row(n, text, ours) for n, (text, ours) in enumerate(own.listed(_named(body)))]
    return page(request, "web/admin/texts.html", "admin_texts", {"rows": rows, "bodies": _bodies(), "body": body})


@require_http_methods(["GET", "POST"])
@for_keepers(powers.SYSTEM)
def notice_text(request: DeskRequest, body: str, number: int) -> HttpResponse:
    """One text: changing it, and going back to what is shipped."""
    listed = own.listed(_named(body))
    if number >= len(listed):
        raise Http404
    text, ours = listed[number]
    shown = ours or text
    sent = request.POST if request.method == "POST" else None
    form = NoticeTextForm(sent, initial={"subject": shown.subject, "text": shown.text, "sms": shown.sms})
    back = redirect(f"{reverse('admin_texts')}?body={body}")
    if sent and sent.get("what") == "drop":
        own.drop(_named(body), text, by=request.officer)
        messages.success(request, _("已恢复随附的文字。"))
        return back
    if sent and form.is_valid() and tried(form, lambda: _put(request, _named(body), text, form)):
        messages.success(request, _("已改用新的文字；已经发出的不变。"))
        return back
    row = _row(number, text, ours)
    told = {
        "form": form,
        "row": row,
        "shipped": text,
        "body": body,
        "slots": list(own.slots(text, "text")),
        "top": reach.is_top(request.officer),
    }
    return page(request, "web/admin/text.html", "admin_texts", told, 422 if sent else 200)


def _put(request: DeskRequest, body: str, text: Text, form: NoticeTextForm) -> bool:
    given = {name: value.replace("\r\n", "\n").strip() for name, value in form.cleaned_data.items()}
    own.put(body, text, subject=given["subject"], says=given["text"], sms=given["sms"], by=request.officer)
    return True


# -- what rules prescribe to say


@require_GET
@for_keepers(powers.SYSTEM)
def wording(request: DeskRequest) -> HttpResponse:
    """Questions, sayings and forbidden words of the procedures that the units in reach work by, with their articles."""
    line = [*reach_units(request.officer), *queries.tree().above(request.officer.unit_id)]
    day = queries.today()
    adopted = {a.hash: a.label for a in snapshot.current().adoptions if a.unit in line and a.span.holds(day)}
    found = sorted(adopted.items(), key=lambda item: item[1])
    chosen = request.GET.get("procedure", found[0][0] if found else "")
    if found and chosen not in adopted:
        raise Http404
    groups = _phrases(procedures.procedure_for(chosen)) if found else {}
    told = {"procedures": found, "chosen": chosen, "groups": groups, "any": any(groups.values())}
    return page(request, "web/admin/wording.html", "admin_wording", told)


def _phrases(procedure: Procedure) -> dict[str, list[dict[str, Any]]]:
    """The phrases of a procedure by what they are for."""
    sorts: dict[str, Iterable[Phrase]] = {
        "moment": procedure.lines, "asks": procedure.script, "forbidden": procedure.forbidden,
        "ground": [p for of_code in procedure.refusal_words.values() for p in of_code],
    }  # fmt: skip
    moments = words.vocabulary().values.get("moment", {})
    return {
        sort: [
            {"said": "　".join(p.forbidden) or p.text, "clauses": p.clauses, "moment": moments.get(p.moment or "", ""), "advice": p.advice}
            for p in phrases
        ]
        for sort, phrases in sorts.items()
    }  # fmt: skip
