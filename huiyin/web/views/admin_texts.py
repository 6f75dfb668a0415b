"""Words: the notices that people get, and the sayings that rules prescribe, in the office's own way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from huiyin.core.entries import Phrase
from huiyin.core.rules import Procedure
from huiyin.notices import own, texts
from huiyin.notices.texts import Text
from huiyin.org import ownwords, powers, procedures, queries, reach, snapshot
from huiyin.web import words
from huiyin.web.forms.admin import NoticeTextForm, PhraseForm
from huiyin.web.people import DeskRequest
from huiyin.web.views.admin import for_keepers, page, reach_units, tried

ALL = "all"  # in addresses: the words for every body

SLOTS: Final[Mapping[str, str | Promise]] = {
    "number": gettext_lazy("案件编号"), "kind": gettext_lazy("类别，如投诉"), "event": gettext_lazy("办了哪一步"), "about": gettext_lazy("告知什么"),
    "date": gettext_lazy("办这一步的日期"), "time": gettext_lazy("办这一步的时间"), "office": gettext_lazy("办这一步的单位，没有的是登记单位"),
    "unit": gettext_lazy("办理单位"), "law": gettext_lazy("依据的条款"), "says": gettext_lazy("规定的原话"), "site": gettext_lazy("网站地址"),
    "track": gettext_lazy("查询进度的地址"), "respond": gettext_lazy("被诉方答复的地址"), "code": gettext_lazy("被诉方的答复码"),
    "due": gettext_lazy("下一步的到期日"), "answer_by": gettext_lazy("要在哪天以前答复"), "until": gettext_lazy("到什么时候止"),
    "length": gettext_lazy("多长时间"), "starts_at": gettext_lazy("从什么时候开始"), "expected": gettext_lazy("预计什么时候"),
    "ground": gettext_lazy("理由"), "basis": gettext_lazy("依据"), "outcome": gettext_lazy("结果"), "refer_to": gettext_lazy("应当向谁反映"),
    "to": gettext_lazy("转给谁"), "document": gettext_lazy("文书"), "dispatch_kind": gettext_lazy("流转方式"), "days": gettext_lazy("几天"),
    "limit": gettext_lazy("哪个时限"), "provisional": gettext_lazy("到期日是暂定的"), "count": gettext_lazy("几件"),
    "next": gettext_lazy("还可以怎样做"), "agreed": gettext_lazy("同意还是不同意"), "text": gettext_lazy("办理人写的话"),
    "reason": gettext_lazy("办理人写的原因"),
    "items": gettext_lazy("要补的材料"), "progress": gettext_lazy("办理进展"),
}  # fmt: skip
"""What stands in the place of a name in braces, for those who change the words."""


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
        "slots": [(slot, SLOTS.get(slot, "")) for slot in own.slots(text, "text")],
        "top": reach.is_top(request.officer),
    }
    return page(request, "web/admin/text.html", "admin_texts", told, 422 if sent else 200)


def _put(request: DeskRequest, body: str, text: Text, form: NoticeTextForm) -> bool:
    given = {name: value.replace("\r\n", "\n").strip() for name, value in form.cleaned_data.items()}
    own.put(body, text, subject=given["subject"], says=given["text"], sms=given["sms"], by=request.officer)
    return True


# -- what rules prescribe to say


@require_http_methods(["GET", "POST"])
@for_keepers(powers.SYSTEM)
def wording(request: DeskRequest) -> HttpResponse:
    """Questions, sayings and forbidden words of the procedures that the units in reach work by, with their articles; and putting one of them in the
    office's own way (`change`: which)."""
    line = [*reach_units(request.officer), *queries.tree().above(request.officer.unit_id)]
    day = queries.today()
    adopted = {a.hash: a.label for a in snapshot.current().adoptions if a.unit in line and a.span.holds(day)}
    found = sorted(adopted.items(), key=lambda item: item[1])
    chosen = request.GET.get("procedure") or _first_with_words([hash for hash, _label in found])
    if found and chosen not in adopted:
        raise Http404
    if found and (which := request.GET.get("change")):
        return _phrase(request, procedures.procedure_for(chosen), chosen, which)
    groups = _phrases(procedures.procedure_for(chosen)) if found else {}
    told = {
        "procedures": found, "chosen": chosen, "groups": groups, "any": any(groups.values()), "top": reach.is_top(request.officer),
    }  # fmt: skip
    return page(request, "web/admin/wording.html", "admin_wording", told)


def _first_with_words(hashes: Sequence[str]) -> str:
    """The first procedure that has something to say; else the first of all."""
    with_words = (h for h in hashes if any(_groups(procedures.procedure_for(h)).values()))
    return next(with_words, hashes[0] if hashes else "")


def _phrase(request: DeskRequest, procedure: Procedure, chosen: str, which: str) -> HttpResponse:
    """One sentence: saying it in our own way, and going back to the rules' wording."""
    known = [p for sort, of_sort in _groups(procedure).items() if sort != "forbidden" for p in of_sort]
    phrase = next((p for p in known if ownwords.key(p) == which), None)
    if phrase is None:
        raise Http404
    back = redirect(f"{reverse('admin_wording')}?procedure={chosen}")
    sent = request.POST if request.method == "POST" else None
    form = PhraseForm(sent, initial={"text": ownwords.worded(ownwords.of(phrase))})
    if sent and sent.get("what") == "drop":
        ownwords.drop(phrase, by=request.officer)
        messages.success(request, _("已恢复规定的说法。"))
        return back
    if sent and form.is_valid() and tried(form, lambda: _say(request, procedure, phrase, form.cleaned_data["text"])):
        messages.success(request, _("已改用本单位的说法。"))
        return back
    told = {
        "form": form, "row": _phrase_row(phrase), "rules": ownwords.worded(phrase), "slots": phrase.slots, "chosen": chosen,
        "top": reach.is_top(request.officer),
    }  # fmt: skip
    return page(request, "web/admin/phrase.html", "admin_wording", told, 422 if sent else 200)


def _say(request: DeskRequest, procedure: Procedure, phrase: Phrase, text: str) -> bool:
    ownwords.put(procedure, phrase, text, by=request.officer)
    return True


def _groups(procedure: Procedure) -> dict[str, list[Phrase]]:
    """The phrases of a procedure by what they are for."""
    return {
        "moment": [p for p in procedure.lines if p.text], "asks": list(procedure.script), "forbidden": list(procedure.forbidden),
        "ground": [p for of_code in procedure.refusal_words.values() for p in of_code if p.text],
    }  # fmt: skip


def _phrases(procedure: Procedure) -> dict[str, list[dict[str, Any]]]:
    return {sort: [_phrase_row(p) for p in found] for sort, found in _groups(procedure).items()}


def _phrase_row(phrase: Phrase) -> dict[str, Any]:
    said = "　".join(phrase.forbidden) or ownwords.worded(ownwords.of(phrase))
    moment = words.vocabulary().values.get("moment", {}).get(phrase.moment or "", "")
    return {
        "said": said, "clauses": phrase.clauses, "moment": moment, "advice": phrase.advice, "key": ownwords.key(phrase),
        "ours": not phrase.forbidden and ownwords.is_own(phrase),
    }  # fmt: skip
