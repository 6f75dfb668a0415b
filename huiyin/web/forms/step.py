"""The form of one event: its facts from the vocabulary, in their order, with what the rules ask for marked by clause."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from django import forms
from django.utils.translation import gettext_lazy as _

from huiyin.core.foretell import Ask
from huiyin.core.vocabulary import EventType, FactType, Vocabulary, load_vocabulary
from huiyin.web.forms.fields import Moment, Offered, field_for, mark_asked

ASKS = Mapping[str, Sequence[Ask]]
SHOWN: Final = 8  # so many facts of an event stand in sight; of a longer form, those nobody asks for are folded away
OWN: Final = ("occurred", "late_reason", "shown_seq", "key", "re")


class StepForm(forms.Form):
    """One event. `asked`: rules that ask for a fact (the field is marked, the rules decide). `proposed`: the event a proposal proposes."""

    occurred = Moment(
        required=False, label=_("发生时间"), help_text=_("不填就是现在。事情先前发生、现在补录的，填实际时间。")
    )
    late_reason = forms.CharField(required=False, max_length=500, label=_("补录原因"))
    shown_seq = forms.IntegerField(required=False, widget=forms.HiddenInput)
    key = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)
    re = forms.CharField(required=False, max_length=60, widget=forms.HiddenInput)

    def __init__(
        self, event: str, *, offered: Offered, asked: ASKS | None = None, proposed: str | None = None, **more: Any
    ) -> None:
        super().__init__(**more)
        self.event, self.proposed, self.asked = event, proposed, dict(asked or {})
        vocabulary = load_vocabulary()
        self.facts_asked = list(facts_of(vocabulary, event, proposed, self.asked))
        for fact in self.facts_asked:
            self.fields[fact.name] = field_for(fact, vocabulary, offered)
        mark_asked(self.fields, self.asked)
        if proposed is not None:
            self.fields["for"].widget = forms.HiddenInput()
        self.order_fields([f.name for f in self.facts_asked])

    def clean_re(self) -> tuple[int, ...]:
        """The events it answers, by number."""
        parts = [part for part in self.cleaned_data["re"].replace(" ", "").split(",") if part]
        if not all(part.isdecimal() for part in parts):
            raise forms.ValidationError(_("所回应的步骤编号不对。"))
        return tuple(int(part) for part in parts)

    def facts(self) -> dict[str, Any]:
        """What was filled in, for `record`."""
        return {f.name: v for f in self.facts_asked if (v := self.cleaned_data.get(f.name)) is not None}

    def happened(self) -> datetime | None:
        """When it happened; none means now."""
        found: datetime | None = self.cleaned_data.get("occurred")
        return found

    # -- for the template

    def in_sight(self) -> list[forms.BoundField]:
        """Fields that stand open: all of a short form; of a longer one those that are asked for, filled or wrong, and the texts."""
        return [self[name] for name in self._names() if not self._folded(name)]

    def folded(self) -> list[forms.BoundField]:
        """The rest."""
        return [self[name] for name in self._names() if self._folded(name)]

    def own(self) -> list[forms.BoundField]:
        """When it happened, and why it is entered late."""
        return [self["occurred"], self["late_reason"]]

    def late_open(self) -> bool:
        """Is anything filled or wrong there?"""
        return any(field.errors or field.value() for field in self.own())

    def _names(self) -> list[str]:
        return [f.name for f in self.facts_asked if not self.fields[f.name].widget.is_hidden]

    def _folded(self, name: str) -> bool:
        if len(self._names()) <= SHOWN or self.fields[name].required or name in self.asked or name in self.errors:
            return False
        return self[name].value() in (None, "", [], [None, None]) and name not in (
            "text",
            "reason",
            "method",
            "ground",
            "to",
            "outcome",
        )


def facts_of(vocabulary: Vocabulary, event: str, proposed: str | None, asked: Iterable[str]) -> Iterable[FactType]:
    """Facts of the event in the order of its form; of what a proposal proposes; and case facts that a rule asks for here."""
    kind: EventType = vocabulary.events[event]
    facts = dict(kind.facts)
    if proposed is not None:
        facts = {"for": facts.pop("for"), **vocabulary.events[proposed].facts, **facts}
    yield from facts.values()
    if kind.takes_case_facts:
        yield from (vocabulary.case_facts[n] for n in asked if n in vocabulary.case_facts and n not in facts)
