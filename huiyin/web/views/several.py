"""Acts over several cases: the other half of a letter becomes a case of its own; complaints of several people become a joint one."""

from typing import Any, Final

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from huiyin.cases import actions, looking, queries
from huiyin.cases.errors import Busy, KeyReused, NoSuchCase, Stale
from huiyin.cases.models import Case
from huiyin.cases.several import OTHER_HALF
from huiyin.core.facts import BadFact
from huiyin.core.model import Refused
from huiyin.org import procedures
from huiyin.vault import actions as vault
from huiyin.web import problems, visits, words
from huiyin.web.casefile import CaseFile, number_key
from huiyin.web.forms import files, widgets
from huiyin.web.forms.also import OtherHalfForm
from huiyin.web.forms.people import HOW
from huiyin.web.people import DeskRequest
from huiyin.web.problems import Line, Problem
from huiyin.web.views import case
from huiyin.web.views.case import on_case

MOST: Final = 30  # cases offered for joining


@require_http_methods(["GET", "POST"])
@on_case
def split(request: DeskRequest, file: CaseFile) -> HttpResponse:
    """The other half becomes a case of its own, registered by this officer, linked with this one."""
    half = OTHER_HALF.get(file.case.kind)
    other_form = "known" in request.GET or (request.method == "POST" and "other-what" not in request.POST)
    if half is None or other_form or not procedures.adopted(request.officer.unit_id, half):
        return case.step(request, file.key, "split")  # the other half is there already, or is of another sort
    if request.htmx:
        return HttpResponse(status=204, headers={"HX-Redirect": request.path})
    data = request.POST if request.method == "POST" else {"other-both": "on", "other-real_name": "true"}
    form = OtherHalfForm(half, data=data)
    form.fields["both"].widget = forms.HiddenInput()
    hidden = {"key": request.POST.get("key") or visits.new_key(), "shown_seq": file.view.next_seq - 1}
    told: dict[str, Any] = {
        "here": "cases", "case": file.case, "case_key": file.key, "form": form, "kind": half, "lines": _says(file, "split"), **hidden,
    }  # fmt: skip
    if request.method == "GET":
        form.errors.clear()
        return render(request, "web/split.html", told)
    if not form.is_valid():
        return render(request, "web/split.html", told, status=422)
    asked = dict(form.split(_parties(file)))
    try:
        new = actions.split(file.case, by=request.officer, shown_seq=_seq(request), key=told["key"], **asked)
    except (Refused, BadFact, Stale, Busy, KeyReused) as error:
        told["problem"] = _problem(error, "split", file)
        return render(request, "web/split.html", told, status=told["problem"].status)
    said = {"number": new.number, "code": new.code}
    text = (
        _("另一件已登记，编号 %(number)s。")
        if not new.code
        else _("另一件已登记，编号 %(number)s。查询码：%(code)s，请告诉来人；离开这一页后不再显示。")
    )
    messages.success(request, text % said)
    return redirect("case", number_key(new))


def _says(file: CaseFile, event: str) -> list[Line]:
    """The rules' own words on this step, or why it is not open."""
    offer = next((o for o in file.steps if o.event == event), None)
    return problems.of_offer(offer, file.procedure) if offer else []


def _seq(request: DeskRequest) -> int | None:
    text = request.POST.get("shown_seq", "")
    return int(text) if text.isdecimal() and len(text) < 9 else None


def _parties(file: CaseFile) -> list[dict[str, Any]]:
    """The parties in plain, for handing on the respondent of a case whose sender stays unnamed."""
    found = []
    for no, party in file.view.parties.items():
        refs = file.log.identity.get(no, {})
        own = vault.open_many([r.ref for r in refs.values()]) if refs else {}
        texts = {name: own[ref.ref] for name, ref in refs.items() if own[ref.ref] is not vault.ERASED}
        found.append({"role": party.role, **party.facts, **texts})
    return found


def _problem(error: Exception, event: str, file: CaseFile) -> Problem:
    if isinstance(error, Refused):
        found = problems.of_refusal(error, str(error.data.get("event", event)), file.procedure)
        without = error.data.get("without")
        if without:
            line = Line(_("还没有同意的：%s") % "、".join(without))
            return Problem(found.title, [*found.lines, line], found.advice, status=found.status)
        return found
    if isinstance(error, BadFact):
        return problems.of_bad_fact(error)
    if isinstance(error, Stale):
        return problems.of_stale(error)
    return problems.busy() if isinstance(error, Busy) else problems.sent_before()


# -- joining


class JoinForm(forms.Form):
    """Which cases, who agreed, who was elected."""

    cases = forms.MultipleChoiceField(widget=widgets.Ticks)
    agreed = forms.MultipleChoiceField(widget=widgets.Ticks, required=False)
    elected = forms.MultipleChoiceField(widget=widgets.Ticks, required=False)
    method = forms.ChoiceField()
    reason = forms.CharField(max_length=2000, widget=forms.Textarea(attrs={"rows": 2}))
    key = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)

    def __init__(self, found: list[tuple[str, str]], own: str, **more: Any) -> None:
        super().__init__(**more)
        labels = {
            "cases": (_("和哪些案件合并"), _("同一被诉方、同一事由的投诉。可以从下面选，也可以在下一栏写编号。")),
            "agreed": (_("谁已经同意合并"), _("逐一征求，没有同意的不要勾。")),
            "elected": (_("推选的代表人"), _("没有推选的不选。")),
            "method": (_("怎样征得的同意"), ""),
            "reason": (_("为什么可以合并"), _("例如“同一健身房关门，会员要求退卡”。")),
        }
        for name, (label, help_text) in labels.items():
            self.fields[name].label, self.fields[name].help_text = label, help_text
        everybody = [(own, _("本件 %s") % own), *found]
        method = words.vocabulary().values["method"]
        chosen = {"cases": found, "agreed": everybody, "elected": everybody, "method": [(m, method[m]) for m in HOW]}
        for name, options in chosen.items():
            self.fields[name].choices = options  # type: ignore[attr-defined]
            self.fields[name].group = name != "method"  # type: ignore[attr-defined]
        for name in ("cases", "reason"):
            self.fields[name].error_messages["required"] = (
                _("请选择要合并的案件。") if name == "cases" else _("请写明理由。")
            )
        self.fields["files"] = files.FilesField(required=False, label=_("同意和推选的书面材料"))
        self.order_fields(["cases", "agreed", "method", "reason", "elected", "files"])


@require_http_methods(["GET", "POST"])
@on_case
def join(request: DeskRequest, file: CaseFile) -> HttpResponse:
    """This complaint and others become one. The oldest goes on; the others end as merged and stay visible."""
    if file.case.kind not in OTHER_HALF or file.case.ended:
        raise Http404
    files.take_in(request, request.officer.person.key)
    there = {_name(c): c for c in _candidates(request, file)}
    there |= {_name(c): c for c in _named(request)}
    there.pop(_name(file.case), None)
    options = [(name, _told(c)) for name, c in there.items()]
    form = JoinForm(options, _name(file.case), data=request.POST or None, initial={"key": visits.new_key()})
    files.tell(request, form)
    told: dict[str, Any] = {
        "here": "cases", "case": file.case, "case_key": file.key, "form": form, "more": request.POST.get("more", ""),
        "lines": _says(file, "joint_formed"),
    }  # fmt: skip
    if request.method == "GET" or "find" in request.POST:
        if form.is_bound:
            form.errors.clear()
        return render(request, "web/join.html", told)
    if not form.is_valid():
        return render(request, "web/join.html", told, status=422)
    given = form.cleaned_data
    there[_name(file.case)] = file.case
    try:
        lead = actions.join(
            [file.case, *(there[n] for n in given["cases"])], by=request.officer, consenting=[there[n].pk for n in given["agreed"]],
            reason=given["reason"], method=given["method"], representatives=[there[n].pk for n in given["elected"]],
            files=given["files"] or (), key=given["key"] or None,
        )  # fmt: skip
    except (Refused, BadFact, Stale, Busy, KeyReused, NoSuchCase) as error:
        told["problem"] = _problem(error, "joint_formed", file)
        return render(request, "web/join.html", told, status=told["problem"].status)
    messages.success(request, _("已合并为共同投诉，由 %s 继续办理。") % _name(lead))
    return redirect(reverse("case", args=[number_key(lead)]))


def _candidates(request: DeskRequest, file: CaseFile) -> list[Case]:
    """Open complaints about the same respondent that the officer may find."""
    about = [p for p in _parties(file) if p["role"] == "respondent"]
    found = looking.about_same(request.officer, about, kind=file.case.kind, most=MOST)
    return [c for c in found if c.pk != file.case.pk]


def _named(request: DeskRequest) -> list[Case]:
    """Cases whose numbers were typed."""
    found = []
    for text in request.POST.get("more", "").replace("，", " ").replace("、", " ").split()[:MOST]:
        try:
            found.append(queries.by_number(request.officer, text))
        except NoSuchCase:
            continue
    return found


def _name(case: Case) -> str:
    return case.number or f"#{case.pk}"


def _told(case: Case) -> str:
    told = {"number": _name(case), "stage": words.stage_label(case.stage), "unit": words.unit_label(case.handling_unit)}
    return _("%(number)s　%(stage)s　%(unit)s") % told
