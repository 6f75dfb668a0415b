"""The page of the person whose matter it is: how far it has come, what is due and why; supply, withdraw, say what one thinks of it."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, Final, ParamSpec

from django import forms
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from huiyin import languages
from huiyin.accounts import throttle
from huiyin.cases import queries, sides
from huiyin.cases.models import Case
from huiyin.cases.outside import outside_of
from huiyin.languages import load_vocabulary
from huiyin.web import casepage, dialogue, drafts, evidence, progress, settling, visits
from huiyin.web.casefile import CaseFile
from huiyin.web.forms import files, widgets
from huiyin.web.forms.files import FilesField
from huiyin.web.forms.parties import ObjectionForm, OfferAnswerForm, OfferForm
from huiyin.web.partyacts import Act, Steps, carry_out, mine
from huiyin.web.problems import Line, Problem
from huiyin.web.sending import shows_progress

P = ParamSpec("P")


class TrackForm(forms.Form):
    """Number and code of the receipt."""

    number = forms.CharField(label=gettext_lazy("编号"), max_length=60)
    code = forms.CharField(
        label=gettext_lazy("查询码"),
        max_length=40,
        help_text=gettext_lazy("大小写都可以，短横可以不写。"),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        for field in self.fields.values():
            field.error_messages["required"] = _("请填写这一项。")


class SupplyForm(forms.Form):
    """Something to add."""

    material = forms.MultipleChoiceField(label=gettext_lazy("是什么材料"), required=False, widget=widgets.Ticks)
    items = forms.CharField(
        label=gettext_lazy("补充的内容"), max_length=20_000, widget=forms.Textarea(attrs={"rows": 4}),
        help_text=gettext_lazy("写明补充的情况，每行一项。只交文件的，可以不写。"), required=False,
    )  # fmt: skip
    key = forms.CharField(widget=forms.HiddenInput, required=False, max_length=64)
    re = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=1, max_value=10_000)

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields["files"] = FilesField(label=_("照片、发票、录音等文件"), required=False, papers=False)
        self.order_fields(["files", "items", "material"])
        self.fields["material"].choices = list(load_vocabulary().values["material"].items())  # type: ignore[attr-defined]
        self.fields["material"].group = True  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Something must be said or handed in."""
        found = super().clean() or {}
        if not found.get("items", "").strip() and not found.get("files") and not self.errors:
            self.add_error("items", _("请写明要补充什么，或选择要交的文件。"))
        return found


class WithdrawForm(forms.Form):
    """Taking it back."""

    reason = forms.CharField(
        label=gettext_lazy("撤回的原因"), max_length=2000, widget=forms.Textarea(attrs={"rows": 3})
    )
    key = forms.CharField(widget=forms.HiddenInput, required=False, max_length=64)

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields["reason"].error_messages["required"] = _("请写明原因，例如已与商家和解。")


class RateForm(forms.Form):
    """What the person thinks of the handling. It becomes an opinion in the file; the call back counts by itself."""

    rating = forms.ChoiceField(label=gettext_lazy("您对办理满意吗"), widget=widgets.Choices)
    text = forms.CharField(
        label=gettext_lazy("想说的话"), max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
    key = forms.CharField(widget=forms.HiddenInput, required=False, max_length=64)

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        options = load_vocabulary().values["satisfaction"]
        self.fields["rating"].choices = [(c, options[c]) for c in ("satisfied", "basically", "dissatisfied")]  # type: ignore[attr-defined]
        self.fields["rating"].group = True  # type: ignore[attr-defined]
        self.fields["rating"].error_messages["required"] = _("请选择一项。")

    def opinion(self) -> str:
        """In one text."""
        with languages.in_source():
            said = load_vocabulary().values["satisfaction"][self.cleaned_data["rating"]]
            return _("评价：%(said)s。%(text)s") % {"said": said, "text": self.cleaned_data["text"]}


@login_not_required
@never_cache
@require_http_methods(["GET", "POST"])
def track(request: HttpRequest) -> HttpResponse:
    """Number and code, then the case. A wrong pair tells nothing, not even whether the number exists."""
    if request.method == "GET":
        return render(request, "web/track.html", {"form": TrackForm(), "here": "track"})
    form = TrackForm(request.POST)
    if not form.is_valid():
        return render(request, "web/track.html", {"form": form, "here": "track"}, status=422)
    case = throttle.found(request, lambda: queries.by_code(form.cleaned_data["number"], form.cleaned_data["code"]))
    if case is None:
        problem = Problem(
            _("没有找到"),
            [Line(_("编号和查询码不相符。"))],
            _("请对照回执核对；回执丢了，请带身份证件到登记单位查询。"),
            status=404,
        )
        return render(request, "web/track.html", {"form": form, "problem": problem, "here": "track"}, status=404)
    visits.track(request, case.pk)
    return redirect("tracked")


def on_own_case(view: Callable[Concatenate[HttpRequest, CaseFile, P], HttpResponse]) -> Callable[..., HttpResponse]:
    """The view gets the case whose number and code this visitor gave."""

    @login_not_required
    @never_cache
    @wraps(view)
    def inner(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        case = Case.objects.filter(pk=visits.tracked(request) or 0).first()
        if case is None:
            return redirect("track")
        return view(request, CaseFile(case, queries.sender(queries.open_case(case))), *args, **kwargs)

    return inner


@require_GET
@on_own_case
def tracked(request: HttpRequest, file: CaseFile) -> HttpResponse:
    """The timeline with articles, what is due and how it was counted, and what one may do."""
    return _shown(request, file)


ACTS: Final = (
    ("materials_supplied", "track_supply", gettext_lazy("补充材料")),
    ("settlement_offered", "track_offer", gettext_lazy("提出和解方案")),
    ("opinion_given", "track_rate", gettext_lazy("评价办理")),
    ("appealed", "track_object", gettext_lazy("提出异议")),
    ("withdrawn", "track_withdraw", gettext_lazy("撤回")),
)


def _shown(request: HttpRequest, file: CaseFile) -> HttpResponse:
    may = {offer.event for offer in file.steps if offer.open}
    rows = casepage.limit_rows(file.dues, file.calendar, file.now, inside=False)
    shown = [r for r in rows if not r.due.window]
    routing, said = file.view.routing_at(), dialogue.messages(file)
    anonymous = not file.view.case_facts().get("real_name", True)
    return render(request, "web/tracked.html", {
        "here": "track", "case": file.case, "timeline": file.timeline(), "limits": [r for r in shown if r.due.open],
        "past_limits": [r for r in shown if not r.due.open], "holder": routing.lead or routing.holder or file.case.unit,
        "messages_": said, "question": next((m for m in reversed(said) if m.open), None), "may_answer": "materials_supplied" in may,
        "answer_key": visits.new_key(), "anonymous": anonymous, "outside": outside_of(file.view), "story": progress.told(file),
        "offers": settling.waiting(file) if "settlement_answered" in may else [], "agreed": settling.agreed(file), "evidence": evidence.rows(file),
        "acts": [(name, label) for event, name, label in ACTS if event in may and _makes_sense(file, event)],
    })  # fmt: skip


def _makes_sense(file: CaseFile, event: str) -> bool:
    """Acts that the rules leave open and that say something now: an objection is against a decision or an answer, an offer needs two sides."""
    done = {e.name for e in file.view.events if e.round == file.view.round}
    if event == "appealed":
        return bool(done & DECIDED)
    if event == "settlement_offered":
        return any(party.role == sides.RESPONDENT for party in file.view.parties.values()) and "settled" not in done
    return True


DECIDED: Final = frozenset(
    {"refused", "filing_declined", "replied", "concluded", "acceptance_ended", "mediation_ended"}
)


@require_http_methods(["GET", "POST"])
@shows_progress
@on_own_case
def supply(request: HttpRequest, file: CaseFile) -> HttpResponse:
    """Add what was forgotten or asked for."""
    files.take_in(request, drafts.visitor(request))
    form = SupplyForm(request.POST or None, initial={"key": visits.new_key()})
    files.tell(request, form)

    def facts() -> dict[str, Any]:
        given = form.cleaned_data
        lines = [line.strip() for line in given["items"].splitlines() if line.strip()]
        return {"party": mine(file), "material": given["material"] or None, "items": lines, "files": given["files"]}

    def steps() -> Steps:
        return [("materials_supplied", facts(), _answers(file, form))]

    return carry_out(request, file, form, Act(_("补充材料"), _("补充的内容已收到。"), steps))


def _answers(file: CaseFile, form: forms.Form) -> tuple[int, ...]:
    """The question of the office that is answered, where the form named one."""
    return tuple(m.seq for m in dialogue.messages(file) if m.seq == form.cleaned_data.get("re"))


@require_http_methods(["GET", "POST"])
@on_own_case
def withdraw(request: HttpRequest, file: CaseFile) -> HttpResponse:
    """Take it back. The rules say until when."""
    form = WithdrawForm(request.POST or None, initial={"key": visits.new_key()})

    def steps() -> Steps:
        return [("withdrawn", {"party": mine(file), "reason": form.cleaned_data["reason"]}, ())]

    lead = _("撤回以后，办理到此结束。以后有新的情况，可以再提。")
    return carry_out(request, file, form, Act(_("撤回"), _("已撤回。"), steps, lead=lead))


@require_http_methods(["GET", "POST"])
@on_own_case
def rate(request: HttpRequest, file: CaseFile) -> HttpResponse:
    """Say what one thinks of the handling."""
    form = RateForm(request.POST or None, initial={"key": visits.new_key()})

    def steps() -> Steps:
        return [("opinion_given", {"party": mine(file), "text": form.opinion()}, ())]

    return carry_out(request, file, form, Act(_("评价办理"), _("谢谢，您的评价已记入案件。"), steps))


@require_http_methods(["GET", "POST"])
@on_own_case
def object_to(request: HttpRequest, file: CaseFile) -> HttpResponse:
    """Say what is wrong with a decision or an answer: it becomes an entry of its own that somebody has to decide on."""
    form = ObjectionForm(request.POST or None, initial={"key": visits.new_key()})
    against = max((e for e in file.view.events if e.name in DECIDED), key=lambda e: e.seq, default=None)

    def steps() -> Steps:
        facts = {"party": mine(file), "reason": form.cleaned_data["text"]}
        return [("appealed", facts, (against.seq,) if against is not None and against.name in ANSWERABLE else ())]

    about = [progress.event_card(file, against)] if against is not None else []
    lead = _("由办理单位或者它的上级看过以后答复您。法律另有规定的，您也可以依法申请行政复议或者提起诉讼。")
    return carry_out(
        request, file, form, Act(_("提出异议"), _("异议已记入案件，会有人答复您。"), steps, lead=lead, about=about)
    )


ANSWERABLE: Final = frozenset(
    {"refused", "concluded", "replied", "filing_declined"}
)  # what the core lets an objection answer


@require_http_methods(["GET", "POST"])
@on_own_case
def offer(request: HttpRequest, file: CaseFile) -> HttpResponse:
    """Offer the other side a settlement."""
    form = OfferForm(request.POST or None, initial={"key": visits.new_key()})
    return carry_out(request, file, form, settling.offering(file, form))


@require_http_methods(["GET", "POST"])
@on_own_case
def answer_offer(request: HttpRequest, file: CaseFile, seq: int) -> HttpResponse:
    """Yes or no to what the other side offers."""
    form = OfferAnswerForm(request.POST or None, initial={"key": visits.new_key()})
    about = [one for one in settling.waiting(file) if one.seq == seq]
    if not about:
        raise Http404
    return carry_out(request, file, form, settling.answering(file, form, seq, about))
