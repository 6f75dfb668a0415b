"""One act over several cases of a list: which acts there are, what each still asks, and what came of it in each case.

Nothing here is an act of its own: every case gets the same `record` as from its own page, one by one, each in a transaction of its own. What
the rules refuse in one case is told for that case and holds up no other.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from django import forms
from django.utils.translation import gettext as _

from huiyin.cases import actions, queries
from huiyin.cases.errors import Busy, KeyReused, NoSuchCase, Stale
from huiyin.cases.models import Case
from huiyin.cases.queries import Opened
from huiyin.core.facts import BadFact
from huiyin.core.history import History
from huiyin.core.model import Refused
from huiyin.languages import load_vocabulary
from huiyin.org import queries as org
from huiyin.org.models import Officer
from huiyin.web import picks, problems, words
from huiyin.web.casefile import number_key
from huiyin.web.forms.fields import Moment
from huiyin.web.problems import Line

MOST: Final = 60  # cases at a time: two pages of a list
EXPORT: Final = "export"
LEADING: Final = frozenset({"unit_head", "leader", "director", "intake_officer", "duty_officer", "designated"})
WATCHING: Final = frozenset({"supervisor", "unit_head", "leader", "director", "intake_officer"})
SUPERVISING: Final = frozenset({"supervisor", "unit_head", "leader", "director"})
ANSWERING: Final = frozenset({"handler", "mediator", "enforcement_officer", "intake_officer", "unit_head"})
WHO: Final[Mapping[str, frozenset[str]]] = {
    "officers_assigned": LEADING,
    "urged": WATCHING,
    "supervised": SUPERVISING,
    "replied": ANSWERING,
}
"""Roles that are offered the act on a list. Whether it is theirs in a case, its rules say."""


@dataclass(frozen=True)
class Verb:
    """An act that lists offer. `asks`: it has a form of its own before it is carried out."""

    event: str
    label: str
    asks: bool


def verbs(officer: Officer) -> list[Verb]:
    """What this officer is offered on lists."""
    found = [Verb("received", words.event_label("received"), False)]
    found += [Verb(event, words.event_label(event), True) for event, roles in WHO.items() if officer.role in roles]
    return [*found, Verb(EXPORT, _("导出表格"), False)]


class AssignForm(forms.Form):
    """Who handles them."""

    officers = forms.MultipleChoiceField(widget=forms.SelectMultiple(attrs={"size": 6}))

    def __init__(self, officer: Officer, **more: Any) -> None:
        super().__init__(**more)
        tree = org.tree()
        view = History([], load_vocabulary())
        found = picks.officers("officers_assigned", ["officers"], tree, officer.unit_id, view)["officers"]
        self.fields["officers"].choices = found  # type: ignore[attr-defined]
        self.fields["officers"].label = load_vocabulary().events["officers_assigned"].facts["officers"].label_zh
        self.fields["officers"].help_text = _("这几件都交给这些人办理；原来的承办人由此更换。")
        self.fields["officers"].error_messages["required"] = _("请选择承办人。")

    def facts(self, case: Case) -> dict[str, Any]:
        """For `record`."""
        return {"officers": self.cleaned_data["officers"], "duty": "handling"}


class UrgeForm(forms.Form):
    """What is said to the unit that has each of them."""

    event = "urged"
    text = forms.CharField(max_length=2000, widget=forms.Textarea(attrs={"rows": 3}))
    answer_by = Moment(required=False)

    def __init__(self, officer: Officer, **more: Any) -> None:
        super().__init__(**more)
        facts = load_vocabulary().events[self.event].facts
        for name in ("text", "answer_by"):
            self.fields[name].label = facts[name].label_zh
        self.fields["text"].help_text = _("同样的话分别发给每一件的承办单位，不要写当事人的姓名和电话。")
        self.fields["text"].error_messages["required"] = _("请写明催办的内容。")

    def facts(self, case: Case) -> dict[str, Any]:
        """For `record`: to the unit that has the case."""
        return {
            "to": [case.handling_unit],
            "text": self.cleaned_data["text"],
            "answer_by": self.cleaned_data["answer_by"],
        }


class SuperviseForm(UrgeForm):
    """What is asked of the unit that has each of them, from above."""

    event = "supervised"

    def __init__(self, officer: Officer, **more: Any) -> None:
        super().__init__(officer, **more)
        self.fields["text"].help_text = _("同样的要求分别发给每一件的承办单位，不要写当事人的姓名和电话。")
        self.fields["text"].error_messages["required"] = _("请写明督办的要求。")


class ReplyForm(forms.Form):
    """One answer to many matters of the same kind: each keeps its own record, party and date (JM-4-3c)."""

    method = forms.ChoiceField()
    text = forms.CharField(max_length=2000, widget=forms.Textarea(attrs={"rows": 5}))

    def __init__(self, officer: Officer, **more: Any) -> None:
        super().__init__(**more)
        words = load_vocabulary()
        facts = words.events["replied"].facts
        self.fields["method"].choices = [("", _("请选择")), *words.values["method"].items()]  # type: ignore[attr-defined]
        for name in ("method", "text"):
            self.fields[name].label = facts[name].label_zh
        self.fields["text"].help_text = _("同样的话分别答复每一件的投诉人，不要写某一个人的情况。")
        self.fields["text"].error_messages["required"] = _("请写明答复的内容。")

    def facts(self, case: Case) -> dict[str, Any]:
        """For `record`."""
        return {"method": self.cleaned_data["method"], "text": self.cleaned_data["text"]}


class NoForm(forms.Form):
    """The act says everything by itself."""

    def __init__(self, officer: Officer, **more: Any) -> None:
        super().__init__(**more)

    def facts(self, case: Case) -> dict[str, Any]:
        """Nothing."""
        return {}


FORMS: Final[Mapping[str, type[AssignForm] | type[UrgeForm] | type[ReplyForm] | type[NoForm]]] = {
    "received": NoForm, "officers_assigned": AssignForm, "urged": UrgeForm,
    "supervised": SuperviseForm, "replied": ReplyForm,
}  # fmt: skip


@dataclass(frozen=True)
class Outcome:
    """What came of it in one case. `lines`: why not, with the clauses."""

    case: Case
    key: str
    done: bool
    title: str = ""
    lines: Sequence[Line] = ()
    advice: str = field(default="")


def chosen(officer: Officer, given: Iterable[str]) -> list[Case]:
    """The cases of these ids that the officer may find, in the order in which they stood on the list, each once."""
    wanted = [int(one) for one in dict.fromkeys(given) if one.isdecimal() and len(one) < 19][:MOST]
    found = queries.visible_to(officer).in_bulk(wanted)
    return [found[pk] for pk in wanted if pk in found]


def carry_out(
    event: str, cases: Sequence[Case], form: AssignForm | UrgeForm | ReplyForm | NoForm, by: Officer, key: str
) -> list[Outcome]:
    """The act in each case; `key` makes it happen once, however often it is sent."""
    return [_one(event, case, form.facts(case), by, f"{key}:{case.pk}", number_key(case, cases)) for case in cases]


def _one(event: str, case: Case, facts: Mapping[str, Any], by: Officer, key: str, name: str) -> Outcome:
    opened = queries.open_case(case)
    try:
        actions.record(case, event, by=by, facts=facts, re=_answers(opened, event, by), key=key)
    except Refused as refused:
        told = problems.of_refusal(refused, event, opened.procedure)
    except BadFact as bad:
        told = problems.of_bad_fact(bad)
    except Stale as stale:
        told = problems.of_stale(stale)
    except Busy:
        told = problems.busy()
    except KeyReused:
        told = problems.sent_before()
    except NoSuchCase:
        return Outcome(case, name, False, _("这一件不在了。"))
    else:
        return Outcome(case, name, True)
    return Outcome(case, name, False, told.title, told.lines, told.advice)


def _answers(opened: Opened, event: str, by: Officer) -> tuple[int, ...]:
    """The events that it answers: a receipt names what it is a receipt of."""
    return next((offer.re for offer in opened.offers(by) if offer.event == event), ())
