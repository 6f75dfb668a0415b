"""Messages on the recording telephone: the list with the clocks for calling back, and entering a message that was listened to."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from huiyin.accounts import looks
from huiyin.cases import actions, calendars, clock, recordings
from huiyin.cases.errors import Busy, KeyReused
from huiyin.cases.recordings import Message
from huiyin.core.facts import BadFact
from huiyin.core.model import Refused
from huiyin.core.rules import Procedure
from huiyin.languages import load_vocabulary
from huiyin.moments import local
from huiyin.org import procedures
from huiyin.org import queries as org
from huiyin.web import problems, visits
from huiyin.web.casefile import number_key
from huiyin.web.forms import files
from huiyin.web.forms.fields import Moment, check_of
from huiyin.web.people import DeskRequest, for_officers
from huiyin.web.problems import Problem


class MessageForm(forms.Form):
    """What was left: when, by whom, the sound. Names of its fields are names of facts."""

    procedure = forms.ChoiceField()
    occurred = Moment()
    phone = forms.CharField(required=False, max_length=40, empty_value=None)
    late_reason = forms.CharField(required=False, max_length=500)
    key = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)

    def __init__(self, known: list[tuple[str, str]], **more: Any) -> None:
        super().__init__(**more)
        facts = load_vocabulary().events[recordings.LEFT].facts
        self.fields["procedure"].choices = known  # type: ignore[attr-defined]
        self.fields["procedure"].label = _("按哪个程序")
        self.fields["occurred"].label, self.fields["occurred"].help_text = (
            _("留言时间"),
            _("以录音电话记下的时间为准，回拨期限从这时起算。"),
        )
        self.fields["occurred"].error_messages["required"] = _("请写明留言的时间。")
        self.fields["phone"].label = _("来电号码")
        self.fields["phone"].validators.append(check_of("phone", str(facts["phone"].label_zh)))
        self.fields["late_reason"].label = _("补录原因")
        self.fields["file"] = files.FilesField(many=False, required=False, label=_("录音文件"))
        self.fields["file"].group = True  # type: ignore[attr-defined]
        self.order_fields(["occurred", "phone", "file", "procedure", "late_reason"])


@dataclass(frozen=True)
class Row:
    """One message on the list. `left_text`: how long there is, in words; `colour` of its light; `in_hours`: it was left while the office was open,
    when somebody should have answered."""

    message: Message
    key: str
    at: datetime
    colour: str
    left_text: str
    end: datetime | None
    clauses: tuple[str, ...] = ()
    in_hours: bool = False


@never_cache
@require_http_methods(["GET", "POST"])
@for_officers
def recordings_page(request: DeskRequest) -> HttpResponse:
    """The messages that wait, the one that has to be called back first on top; below it the form for another."""
    show = "all" if request.GET.get("show") == "all" else "waiting"
    owner = request.officer.person.key
    files.take_in(request, owner)
    known = _known(request)
    sent = request.POST if request.method == "POST" else None
    begins = {"occurred": clock.now().replace(second=0), "key": visits.new_key()}
    form = MessageForm([(id, label) for id, (label, _rules) in known.items()], data=sent, initial=begins)
    files.tell(request, form)
    told: dict[str, Any] = {"here": "register", "show": show, "form": form if known else None}
    status = 200
    if sent is not None:
        status = 422
        if form.is_valid():
            problem = _enter(request, form, known[form.cleaned_data["procedure"]][1])
            if problem is None:
                messages.success(request, _("录音留言已登入，回拨期限开始计算。"))
                return redirect("recordings")
            told["problem"], status = problem, problem.status
    found = recordings.messages(request.officer, waiting=show == "waiting")
    looks.note(request.officer, looks.LIST, what=f"recordings ({len(found)})")
    now, cases = clock.now(), [one.case for one in found]
    told["rows"] = [_row(one, number_key(one.case, cases), now) for one in found]
    return render(request, "web/recordings.html", told, status=status)


def _known(request: DeskRequest) -> dict[str, tuple[str, Procedure]]:
    """Procedures of the unit, each once, those first that know a limit for calling back."""
    found = {
        a.procedure: (a.label, procedures.procedure_for(a.hash)) for a in procedures.adopted(request.officer.unit_id)
    }
    return dict(sorted(found.items(), key=lambda one: not recordings.counts_messages(one[1][1])))


def _enter(request: DeskRequest, form: MessageForm, rules: Procedure) -> Problem | None:
    given = form.cleaned_data
    facts = {"phone": given["phone"], "file": given["file"], "channel": "recording", "kind": rules.kinds[0]}
    own = {n: v for n, v in facts.items() if v is not None and n in load_vocabulary().events[recordings.LEFT].facts}
    try:
        actions.register(
            rules, request.officer.unit_id, by=request.officer, event=recordings.LEFT, facts=own, occurred=given["occurred"],
            late_reason=given["late_reason"] or None, key=given["key"] or None,
        )  # fmt: skip
    except Refused as refused:
        return problems.of_refusal(refused, recordings.LEFT, rules)
    except BadFact as bad:
        return problems.of_bad_fact(bad)
    except Busy:
        return problems.busy()
    except KeyReused:
        return problems.sent_before()
    return None


def _row(found: Message, key: str, now: datetime) -> Row:
    due, at = found.due, local(found.left.occurred)
    unit = org.tree().units.get(found.case.unit)
    in_hours = unit is not None and unit.hours is not None and calendars.current().in_hours(unit.hours, at)
    if due is None or due.late_at is None:
        return Row(found, key, at, "grey", _("没有正在计算的回拨期限"), None, (), in_hours)
    end = local(due.late_at)
    minutes = int((end - now).total_seconds() // 60)
    colour = "red" if minutes < 0 else "amber" if minutes < 6 * 60 else "green"
    last = local(due.due_moment) if due.due_moment else None
    return Row(found, key, at, colour, _span(minutes), last, tuple(due.clauses.split()), in_hours)


def _span(minutes: int) -> str:
    """How long there still is, or how late it is."""
    told = {"h": abs(minutes) // 60, "m": abs(minutes) % 60}
    if minutes < 0:
        return _("已超过%(h)d小时%(m)d分钟") % told
    return _("还有%(h)d小时%(m)d分钟") % told
