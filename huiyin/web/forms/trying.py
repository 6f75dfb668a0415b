"""The form of one step of a case that is tried: the fields of the real form, with the people and places of the sample world to choose from."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from django import forms
from django.utils.translation import gettext as _

from huiyin.core.vocabulary import FactType, Vocabulary
from huiyin.languages import load_vocabulary
from huiyin.web.forms.fields import ID, LONGEST, Lines, Offered, Options, field_for
from huiyin.web.forms.step import ASKS, NEW, StepForm

IN_SIGHT: Final = ("channel", "source", "what", "demand", "category", "amount_fen", "real_name", "place")
PARTIES: Final = ("complainant", "respondent")


class TryForm(StepForm):
    """One event of the story. Of the first one also the facts of the case and who takes part, by the sample parties."""

    def __init__(
        self, event: str, *, offered: Offered, asked: ASKS, proposed: str | None, answers: Options, kinds: Iterable[str] = (), **more: Any
    ) -> None:  # fmt: skip
        super().__init__(
            event, offered=offered, asked=asked, proposed=proposed, answers=answers, answers_something=False, **more
        )
        vocabulary = load_vocabulary()
        self.fields["occurred"].required = True
        self.fields["occurred"].label = _("什么时候")
        self.fields["occurred"].help_text = ""
        for name in [n for n in self.fields if n.startswith(NEW)]:
            del self.fields[name]
        self._files_by_name()
        if event == "registered":
            self._case(vocabulary, offered, list(kinds))

    def _files_by_name(self) -> None:
        """A trial keeps no files: what they are called is enough for the rules."""
        for fact in self.facts_asked:
            if fact.type in ("files", "file"):
                self.fields[fact.name] = _names_of_files(fact) if fact.type == "files" else _name_of_file(fact)

    def _case(self, vocabulary: Vocabulary, offered: Offered, kinds: list[str]) -> None:
        for role in PARTIES:
            found = [(id, entry.get("label_zh", id)) for id, entry in vocabulary.raw[role].items()]
            self.fields[role] = forms.TypedChoiceField(
                choices=[("", _("示例默认的")), *found],
                required=False,
                empty_value=None,
                label=vocabulary.case_facts[role].label_zh,
            )
        order = [*IN_SIGHT, *(n for n in vocabulary.case_facts if n not in IN_SIGHT)]
        for name in order:
            fact = vocabulary.case_facts.get(name)
            if fact is None or name in self.fields or name == "number":
                continue
            if name == "kind":
                choices = [(k, vocabulary.label("kind", k)) for k in kinds]
                self.fields[name] = forms.ChoiceField(choices=choices, required=False, label=fact.label_zh)
                self.fields[name].widget = forms.HiddenInput() if len(kinds) == 1 else self.fields[name].widget
            else:
                self.fields[name] = field_for(fact, vocabulary, offered, required=False)
            self.facts_asked.append(fact)

    def clean_re(self) -> Any:
        """Labels of earlier steps, not numbers."""
        label = str(self.cleaned_data.get("re") or "")
        return label if ID.fullmatch(label) else ""

    def case(self) -> dict[str, Any]:
        """Who takes part, for the case of the story."""
        return {role: value for role in PARTIES if role in self.fields and (value := self.cleaned_data.get(role))}

    def _names(self) -> list[str]:
        return [n for n in PARTIES if n in self.fields] + super()._names()

    def _folded(self, name: str) -> bool:
        if self.event != "registered" or name in self.asked or name in self.errors:
            return name not in PARTIES and self.event != "registered" and super()._folded(name)
        return name not in (*PARTIES, *IN_SIGHT) and self[name].value() in (None, "", [], [None, None], ["", ""])


def _names_of_files(fact: FactType) -> forms.Field:
    low = forms.Textarea(attrs={"rows": 2, "class": "low"})
    return Lines(
        required=False, max_length=LONGEST, label=fact.label_zh, help_text=_("写名称就行，每行一份。"), widget=low
    )


def _name_of_file(fact: FactType) -> forms.Field:
    return forms.CharField(required=False, max_length=120, label=fact.label_zh, empty_value=None)
