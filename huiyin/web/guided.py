"""The guided form for the public: questions, screens, and the form of one screen. What is asked of whom stands in guides.py."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from huiyin.core.vocabulary import FactType, Vocabulary
from huiyin.languages import load_vocabulary
from huiyin.web.forms import widgets
from huiyin.web.forms.fields import CHECKED, Offered, check_of, field_for
from huiyin.web.forms.files import FilesField
from huiyin.web.forms.trees import OneCategory

Text = str | Promise


@dataclass(frozen=True)
class Question:
    """One question. `fact`: a fact of the case, or role.name of a party. `when`: asked only where that other answer has this value."""

    fact: str
    label: Text
    why: Text = ""
    hint: Text = ""
    required: bool = False
    long: bool = False
    options: tuple[tuple[str, Text], ...] = ()
    when: tuple[str, str] | None = None

    @property
    def field_name(self) -> str:
        """Name of the input: dots would not do in a script's form.elements."""
        return self.fact.replace(".", "-")


@dataclass(frozen=True)
class Screen:
    """One step: one thing asked about. `part`: the chapter of the form it belongs to. `when`: there only where that answer has this value, so
    that nobody is asked what he need not say. `finds`: known businesses may be looked up here."""

    slug: str
    title: Text
    lead: Text
    questions: tuple[Question, ...]
    when: tuple[str, str] | None = None
    part: Text = ""
    finds: bool = False

    @property
    def alone(self) -> bool:
        """Does it ask one question only? Then that question is the heading."""
        return len(self.questions) == 1


@dataclass(frozen=True)
class Guide:
    """The form for one kind of matter."""

    kind: str
    title: Text
    lead: Text
    role: str
    screens: tuple[Screen, ...] = field(default_factory=tuple)
    before_you_begin: tuple[tuple[Text, Text], ...] = ()  # (what about, said in plain words), on the first screen

    def fitting(self, answers: Mapping[str, list[str]]) -> "Guide":
        """The screens that these answers leave."""
        kept = tuple(s for s in self.screens if s.when is None or answers.get(s.when[0], [""])[:1] == [s.when[1]])
        return replace(self, screens=kept)

    def screen(self, slug: str) -> Screen | None:
        """The screen of that name."""
        return next((s for s in self.screens if s.slug == slug), None)

    def parts(self, screen: Screen | None) -> list[tuple[Text, str]]:
        """The chapters in their order, each with how far it is: done, now, or nothing. No screen: all is answered."""
        found = list(dict.fromkeys(s.part for s in self.screens if s.part))
        here = found.index(screen.part) if screen is not None and screen.part in found else len(found)
        return [(part, "done" if at < here else "now" if at == here else "") for at, part in enumerate(found)]

    def after(self, screen: Screen) -> Screen | None:
        """The next screen; none after the last."""
        at = self.screens.index(screen) + 1
        return self.screens[at] if at < len(self.screens) else None

    def before(self, screen: Screen) -> Screen | None:
        """The screen before it."""
        at = self.screens.index(screen)
        return self.screens[at - 1] if at else None

    def screen_of(self, fact: str) -> Screen | None:
        """Where a fact is asked for."""
        return next((s for s in self.screens for q in s.questions if q.fact == fact), None)


def fact_type(fact: str, vocabulary: Vocabulary) -> FactType:
    """Type of a question's fact in the vocabulary."""
    role, dot, name = fact.partition(".")
    if dot:
        return vocabulary.party_facts[name]
    return vocabulary.case_facts.get(role) or vocabulary.events["registered"].facts[role]


class ScreenForm(forms.Form):
    """The questions of one screen. A question that depends on another is required only where that answer makes it so."""

    def __init__(self, screen: Screen, offered: Offered, kind: str = "complaint", **more: Any) -> None:
        super().__init__(**more)
        self.screen = screen
        vocabulary = load_vocabulary()
        for question in screen.questions:
            self.fields[question.field_name] = _field(question, vocabulary, offered, kind)

    def clean(self) -> dict[str, Any]:
        """Questions that another answer makes necessary or pointless."""
        found = super().clean() or {}
        for question in self.screen.questions:
            if question.when is None:
                continue
            other, wanted = question.when
            asked = str(found.get(other.replace(".", "-"))).lower() == wanted
            if not asked:
                found[question.field_name] = None
                self.errors.pop(question.field_name, None)
            elif question.required and not found.get(question.field_name) and question.field_name not in self.errors:
                self.add_error(question.field_name, _("请填写这一项。"))
        return found

    def facts(self) -> dict[str, Any]:
        """What was answered, by the names of the facts."""
        given = {q.fact: self.cleaned_data.get(q.field_name) for q in self.screen.questions}
        return {name: value for name, value in given.items() if value is not None}


SCHEMES: Final = {"complaint": ("problems",), "report": ("offences",)}  # which tree the public is asked about


def _field(question: Question, vocabulary: Vocabulary, offered: Offered, of_kind: str) -> forms.Field:
    kind = fact_type(question.fact, vocabulary)
    more: dict[str, Any] = {
        "label": question.label,
        "required": question.required and question.when is None,
        "help_text": question.hint,
    }
    if question.options:
        found: forms.Field = forms.TypedChoiceField(
            choices=question.options,
            coerce=lambda v: v == "true",
            empty_value=None,
            widget=widgets.Choices(attrs={"class": "down"}),
            **more,
        )
        found.group = True  # type: ignore[attr-defined]
    elif question.fact == "category":
        found = OneCategory(of_kind, SCHEMES.get(of_kind, ()), **more)
    elif kind.type == "text" and not question.long:
        found = forms.CharField(max_length=500, empty_value=None, **more)
        if (name := question.fact.rpartition(".")[2]) in CHECKED:
            found.validators.append(check_of(name, str(question.label)))
    elif kind.type == "files":
        found = FilesField(papers=False, label=more["label"], required=more["required"])
    else:
        found = field_for(kind, vocabulary, offered, **more)
    found.error_messages["required"] = _("请选择一项。") if question.options else _("请填写这一项。")
    found.why = question.why  # type: ignore[attr-defined]
    found.when = "{}={}".format(*question.when) if question.when else ""  # type: ignore[attr-defined]
    if question.fact.endswith(".phone"):
        found.widget.input_type, found.widget.attrs = (
            "tel",
            {**found.widget.attrs, "autocomplete": "tel" if "respondent" not in question.fact else "off"},
        )
    if question.fact.endswith(".name") and "respondent" not in question.fact:
        found.widget.attrs["autocomplete"] = "name"
    return found
