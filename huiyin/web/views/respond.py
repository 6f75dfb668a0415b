"""The respondent's page: opened by the code of a notice, it shows what was addressed to it and takes its answer. Nothing of the other side but
what that side offers it."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, Final, ParamSpec

from django import forms
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from huiyin.accounts import throttle
from huiyin.cases import people, respondents, sides
from huiyin.cases.errors import NoSuchCase
from huiyin.cases.respondents import CodeOver
from huiyin.org import queries as org
from huiyin.vault import actions as vault
from huiyin.web import casepage, drafts, evidence, partyacts, qr, responding, settling, visits
from huiyin.web.casefile import CaseFile
from huiyin.web.forms import files, parties
from huiyin.web.forms.parties import NO, YES
from huiyin.web.partyacts import Act, Steps
from huiyin.web.people import DeskRequest
from huiyin.web.problems import Line, Problem
from huiyin.web.sending import shows_progress
from huiyin.web.views.case import on_case
from huiyin.web.views.evidence import given

P = ParamSpec("P")
MEDIATION: Final = "mediation"


class CodeForm(forms.Form):
    """The code of the notice."""

    code = forms.CharField(
        label=gettext_lazy("答复码"), max_length=40, help_text=gettext_lazy("在通知上，共 20 位。大小写都可以，短横可以不写。"),
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}),
    )  # fmt: skip

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields["code"].error_messages["required"] = _("请填写通知上的答复码。")


@login_not_required
@never_cache
@require_http_methods(["GET", "POST"])
def respond(request: HttpRequest) -> HttpResponse:
    """The code, then what is asked. A wrong code tells nothing; one that is over says so, because only its holder can know it."""
    form = CodeForm(request.POST if request.method == "POST" else None)
    told: dict[str, Any] = {"form": form, "here": "respond"}
    if request.method == "GET" or not form.is_valid():
        return render(request, "web/respond.html", told, status=200 if request.method == "GET" else 422)
    why: list[NoSuchCase] = []

    def look() -> respondents.Opening | None:
        try:
            return respondents.opening(form.cleaned_data["code"])
        except NoSuchCase as error:
            why.append(error)
            return None

    found = throttle.found(request, look)
    if found is None:
        told["problem"] = _no_entry(why[0])
        return render(request, "web/respond.html", told, status=404)
    visits.respond(request, found.pk)
    return redirect("responding")


def _no_entry(error: NoSuchCase) -> Problem:
    if isinstance(error, CodeOver):
        return Problem(
            _("这个答复码已经失效"), [Line(_("答复码只在本轮办理期间有效，办理结束或者换发新码以后就不能再用。"))],
            _("还有话要说的，请联系通知上的办理单位。"), colour="amber", status=404,
        )  # fmt: skip
    return Problem(
        _("没有找到"), [Line(_("没有这个答复码。"))],
        _("请对照通知再核对一遍；通知丢了，请带单位证明到办理单位重新领取。"), status=404,
    )  # fmt: skip


def on_answered_case(
    view: Callable[Concatenate[HttpRequest, CaseFile, P], HttpResponse],
) -> Callable[..., HttpResponse]:
    """The view gets the case whose code this visitor gave, as that respondent sees it, as long as the code is good."""

    @login_not_required
    @never_cache
    @wraps(view)
    def inner(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        try:
            found = respondents.still(visits.responding(request) or 0)
        except NoSuchCase:
            return redirect("respond")
        return view(request, CaseFile(found.case, found.by), *args, **kwargs)

    return inner


ACTS: Final = (
    ("respondent_answered", "respond_answer", gettext_lazy("答复并交材料")),
    ("settlement_offered", "respond_offer", gettext_lazy("提出和解方案")),
)


@require_GET
@on_answered_case
def case(request: HttpRequest, file: CaseFile) -> HttpResponse:
    """What is asked, until when, what was said to and fro, and what one may do."""
    may = {offer.event for offer in file.steps if offer.open}
    letters = responding.letters(file)
    limits = casepage.limit_rows(responding.owed(file), file.calendar, file.now, inside=False)
    routing = file.view.routing_at()
    return render(request, "web/responding.html", {
        "here": "respond", "case": file.case, "letters": letters, "waiting": [one for one in letters if one.waits],
        "offers": [one for one in letters if one.offer] if "settlement_answered" in may else [], "limits": limits,
        "holder": routing.lead or routing.holder or file.case.unit, "evidence": evidence.rows(file), "evidence_of": "respond_file",
        "acts": [(name, label) for event, name, label in ACTS if event in may],
    })  # fmt: skip


@require_http_methods(["GET", "POST"])
@shows_progress
@on_answered_case
def answer(request: HttpRequest, file: CaseFile) -> HttpResponse:
    """Say what there is to say, hand in files, and whether one will have it mediated."""
    files.take_in(request, drafts.visitor(request))
    form = parties.ReplyForm(request.POST or None, initial={"key": visits.new_key()}, asks_consent=_asks_consent(file))
    files.tell(request, form)
    me = partyacts.mine(file)

    def steps() -> Steps:
        said = form.cleaned_data
        facts = {"party": me, "method": "web", "text": said["text"], "files": said["files"]}
        found: Steps = [("respondent_answered", facts, ())]
        chosen = {YES: "consented", NO: "consent_withdrawn"}.get(said.get("consent", ""))
        if chosen:
            found.append((chosen, {"party": me, "scope": MEDIATION, "method": "web"}, ()))
        return found

    waiting = [one for one in responding.letters(file) if one.waits]
    act = Act(
        _("答复"), _("您的答复已交给办理单位。"), steps, _("提交答复"), _("只有办理单位看得到您的答复和材料。"), waiting
    )
    return partyacts.carry_out(request, file, form, act, partyacts.RESPONDENT)


def _asks_consent(file: CaseFile) -> bool:
    """In a dispute in which this party has not agreed to mediation yet, and may."""
    may = {offer.event for offer in file.steps if offer.open}
    agreed = file.view.consent(MEDIATION, partyacts.mine(file) or "")
    return file.case.kind == "complaint" and "consented" in may and not agreed


@require_http_methods(["GET", "POST"])
@on_answered_case
def offer(request: HttpRequest, file: CaseFile) -> HttpResponse:
    """Offer the other side a settlement."""
    form = parties.OfferForm(request.POST or None, initial={"key": visits.new_key()})
    return partyacts.carry_out(request, file, form, settling.offering(file, form), partyacts.RESPONDENT)


@require_http_methods(["GET", "POST"])
@on_answered_case
def answer_offer(request: HttpRequest, file: CaseFile, seq: int) -> HttpResponse:
    """Yes or no to what the other side offers."""
    form = parties.OfferAnswerForm(request.POST or None, initial={"key": visits.new_key()})
    about = [one for one in responding.letters(file) if one.seq == seq and one.offer]
    if not about:
        raise Http404
    return partyacts.carry_out(request, file, form, settling.answering(file, form, seq, about), partyacts.RESPONDENT)


@require_GET
@on_answered_case
def shown_file(request: HttpRequest, file: CaseFile, id: str, part: str) -> HttpResponse:
    """A file that this respondent handed in, or that was sent to it."""
    return given(request, file, id, part)


@login_not_required
@never_cache
@require_POST
def leave(request: HttpRequest) -> HttpResponse:
    """Nobody who uses this machine next gets in without a code."""
    visits.leave(request)
    return redirect("start")


# -- the officer hands a code out


@require_http_methods(["GET", "POST"])
@on_case
def hand_out(request: DeskRequest, file: CaseFile) -> HttpResponse:
    """A code for a respondent who was told by letter, by telephone or at the counter: shown this once, to be printed. Whoever may notify the
    respondent may do so; it is entered in the log of what was revealed."""
    if not any(offer.event == "respondent_notified" and offer.open for offer in file.steps):
        raise Http404
    there = [(no, file.names[no]) for no, party in file.view.parties.items() if party.role == sides.RESPONDENT]
    told: dict[str, Any] = {
        "here": "cases", "case": file.case, "case_key": file.key, "respondents": there, "handed_out": _handed_out(file),
    }  # fmt: skip
    if request.method == "GET":
        return render(request, "web/hand_out.html", told)
    party = request.POST.get("party", "")
    if party not in dict(there):
        raise Http404
    code = respondents.issue(file.case, party, by=request.officer.person.key, replace="replace" in request.POST)
    vault.note(people.actor(request.officer), file.case.pk, "", "respondent_code", _("发出答复码"))
    address = request.build_absolute_uri(reverse("respond"))
    told |= {
        "code": code, "address": address, "qr": qr.data_uri(f"{address}#{code}"), "today": file.now.date(),
        "unit": request.officer.unit_id, "handed_out": _handed_out(file),
    }  # fmt: skip
    return render(request, "web/hand_out.html", told)


def _handed_out(file: CaseFile) -> list[dict[str, Any]]:
    """Codes of this case: when, for whom, how, and whether they still open anything."""
    rows = respondents.handed_out(file.case)
    people_ = org.people({row.by for row in rows if row.by})
    return [
        {
            "at": row.made, "name": file.names.get(row.party, ""), "by": people_[row.by].display_name if row.by in people_ else "",
            "good": not row.revoked and row.round == file.case.round and not file.case.ended,
        }
        for row in rows
    ]  # fmt: skip
