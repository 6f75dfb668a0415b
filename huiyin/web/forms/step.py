"""The form of one event: its facts from the vocabulary, in their order, with what the rules ask for marked by clause."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from huiyin.cases import leaving, reasons
from huiyin.core.foretell import Ask
from huiyin.core.vocabulary import EventType, FactType, Vocabulary
from huiyin.languages import load_vocabulary
from huiyin.web import words
from huiyin.web.forms import widgets
from huiyin.web.forms.fields import Moment, Offered, Options, field_for, mark_asked
from huiyin.web.forms.hints import hint

ASKS = Mapping[str, Sequence[Ask]]
SHOWN: Final = 8  # so many facts of an event stand in sight; of a longer form, those nobody asks for are folded away
OWN: Final = ("occurred", "late_reason", "shown_seq", "key", "re")
BY_NUMBER: Final = frozenset({"ground", "clause"})  # to be typed where the rules have no list: seldom known by heart
ALWAYS: Final = frozenset({"text", "reason", "method", "ground", "to", "outcome"})  # in sight in a long form, too
# facts of the case that a new classification may change, by what an officer looks for first
CLASSES: Final = ("kind", "category", "complexity", "case_secrecy", "enquiry_kind", "handling_mode")
NOT_CLASSES: Final = frozenset(
    {"number", "complainant", "respondent", "external_system", "external_no", "form"}
)  # an input named form hides the form
NEW: Final = "new."  # before the names of a new party's facts
OF_NEW: Final = (
    "name", "phone", "address", "area", "complainant_kind", "respondent_kind", "credit_code", "natural_person", "minor", "contact_person",
    "id_type", "id_number", "email", "postcode", "home_area", "published_area", "unit",
)  # fmt: skip
BRINGS_PARTY: Final = {"party_added": None, "agent_authorised": "agent"}  # role of the new party; none: the form asks


class StepForm(forms.Form):
    """One event. `asked`: rules that ask for a fact (the field is marked, the rules decide). `proposed`: the event a proposal proposes.
    `answers`: the events it may answer, by number; `current`: facts of the case as they stand, for a new classification."""

    occurred = Moment(
        required=False, label=_("发生时间"), help_text=_("不填就是现在。事情先前发生、现在补录的，填实际时间。")
    )
    late_reason = forms.CharField(required=False, max_length=500, label=_("补录原因"))
    shown_seq = forms.IntegerField(required=False, widget=forms.HiddenInput)
    key = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)
    re = forms.CharField(required=False, max_length=60, widget=forms.HiddenInput)

    def __init__(
        self, event: str, *, offered: Offered, asked: ASKS | None = None, proposed: str | None = None, answers: Options = (),
        answers_something: bool = True, current: Mapping[str, Any] | None = None, **more: Any,
    ) -> None:  # fmt: skip
        super().__init__(**more)
        self.event, self.proposed, self.asked = event, proposed, dict(asked or {})
        self.current = dict(current or {}) if event == "classified" else {}
        vocabulary = load_vocabulary()
        self.facts_asked = list(facts_of(vocabulary, event, proposed, self.asked))
        for fact in self.facts_asked:
            self._add(fact.name, fact, vocabulary, offered)
        if event in BRINGS_PARTY:
            self._ask_for_party(vocabulary, offered)
        mark_asked(self.fields, self.asked)
        if proposed is not None:
            self.fields["for"].widget = forms.HiddenInput()
        self._ask_what_it_answers(answers, answers_something)
        why = [("", gettext("不发出")), *((code, reasons.let_go_label(code)) for code in leaving.REASONS)]
        self.fields["pass_on"] = forms.ChoiceField(
            choices=why, required=False, label=gettext("仍要照写的发出？请选理由")
        )
        self.order_fields([f.name for f in self.facts_asked])
        self._keep_what_was_sent()

    def _add(self, name: str, fact: FactType, vocabulary: Vocabulary, offered: Offered, **more: Any) -> None:
        said = hint(self.proposed or self.event, fact.name)
        if said and "help_text" not in more:
            more["help_text"] = said
        self.fields[name] = field_for(fact, vocabulary, offered, **more)

    def _ask_for_party(self, vocabulary: Vocabulary, offered: Offered) -> None:
        """The facts of a party that is new to the case."""
        role = self.fields.get("party_role")
        if role is not None:
            role.required = True
            found = [(r, words.role_label(r)) for r in vocabulary.values["party_role"] if r in vocabulary.outside]
            self.fields["party_role"] = forms.ChoiceField(
                choices=found, label=role.label, help_text=role.help_text, widget=widgets.Choices
            )
            self.fields["party_role"].group = True  # type: ignore[attr-defined]
            del self.fields["party"]
            self.facts_asked = [f for f in self.facts_asked if f.name != "party"]
        else:
            self.fields["party"].required = False
            self.fields["party"].help_text = _("已在案的从这里选；不在案的，在下面填写。")
        for name in OF_NEW:
            kind = vocabulary.party_facts[name]
            self.fields[NEW + name] = field_for(kind, vocabulary, offered, required=False)
        if role is not None:
            self.fields[NEW + "name"].required = True

    def _ask_what_it_answers(self, answers: Options, must: bool) -> None:
        """Which earlier event is meant: asked only where there is a choice."""
        if not answers or (must and len(answers) == 1):
            return
        choices = list(answers) if must else [*answers, ("", _("不针对某一步"))]
        label = _("决定哪一项") if self.event in ("approved", "rejected") else _("针对哪一步")
        few = len(choices) <= 5
        self.fields["re"] = forms.ChoiceField(
            choices=choices, required=False, label=label, widget=widgets.Choices() if few else forms.Select()
        )
        self.fields["re"].group = few  # type: ignore[attr-defined]

    def _keep_what_was_sent(self) -> None:
        """A unit that is not on the list, as it was sent, stays in sight beside the reason why it will not do."""
        for fact in self.facts_asked:
            field = self.fields.get(fact.name)
            sent = self.data.get(self.add_prefix(fact.name)) if self.is_bound and fact.type == "unit" else None
            if sent and isinstance(field, forms.ChoiceField) and not forms.ChoiceField.valid_value(field, sent):
                field.choices = [*list(field.choices), (sent, words.unit_label(sent))]  # type: ignore[arg-type]

    def clean_re(self) -> tuple[int, ...]:
        """The events it answers, by number."""
        parts = [part for part in self.cleaned_data["re"].replace(" ", "").split(",") if part]
        if not all(part.isdecimal() for part in parts):
            raise forms.ValidationError(_("所回应的步骤编号不对。"))
        return tuple(int(part) for part in parts)

    def facts(self) -> dict[str, Any]:
        """What was filled in, for `record`. Of a new classification, what is new."""
        found = {f.name: v for f in self.facts_asked if (v := self.cleaned_data.get(f.name)) is not None}
        if self.event != "classified":
            return found
        return {n: v for n, v in found.items() if n not in self.current or v != _as_sent(self.current[n])}

    def parties(self) -> list[dict[str, Any]]:
        """The party that is new to the case, if one was filled in."""
        if self.event not in BRINGS_PARTY:
            return []
        own = {n: v for n in OF_NEW if (v := self.cleaned_data.get(NEW + n)) is not None}
        role = BRINGS_PARTY[self.event] or self.cleaned_data.get("party_role")
        return [{"role": role, **own}] if own.get("name") else []

    def happened(self) -> datetime | None:
        """When it happened; none means now."""
        found: datetime | None = self.cleaned_data.get("occurred")
        return found

    # -- for the template

    def in_sight(self) -> list[forms.BoundField]:
        """Fields that stand open: all of a short form; of a longer one those that are asked for, filled or wrong, and the texts."""
        first = [self["re"]] if not self.fields["re"].widget.is_hidden else []
        return first + [self[name] for name in self._names() if not self._folded(name)]

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
        own = [f.name for f in self.facts_asked if not self.fields[f.name].widget.is_hidden]
        return own + [name for name in self.fields if name.startswith(NEW)]

    def _folded(self, name: str) -> bool:
        if name in BY_NUMBER and name not in self.asked and not hasattr(self.fields[name], "choices"):
            return name not in self.errors and not self[name].value()
        if self.event == "classified" and name not in (*CLASSES, "reason", *self.asked, *self.errors):
            return True
        if len(self._names()) <= SHOWN or self.fields[name].required or name in self.asked or name in self.errors:
            return False
        if name.startswith(NEW):
            return name.removeprefix(NEW) not in (
                "name",
                "phone",
                "address",
                "area",
                "respondent_kind",
                "complainant_kind",
            )
        return self[name].value() in (None, "", [], [None, None]) and name not in ALWAYS


def _as_sent(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def facts_of(vocabulary: Vocabulary, event: str, proposed: str | None, asked: Iterable[str]) -> Iterable[FactType]:
    """Facts of the event in the order of its form; of what a proposal proposes; and case facts that a rule asks for here. A classification
    may change any fact of the case."""
    kind: EventType = vocabulary.events[event]
    facts = dict(kind.facts)
    if proposed is not None:
        facts = {"for": facts.pop("for"), **vocabulary.events[proposed].facts, **facts}
    if event == "classified":
        order = [*CLASSES, *(n for n in vocabulary.case_facts if n not in CLASSES and n not in NOT_CLASSES)]
        facts = {**{n: vocabulary.case_facts[n] for n in order if n not in facts}, **facts}
    yield from facts.values()
    if kind.takes_case_facts:
        yield from (vocabulary.case_facts[n] for n in asked if n in vocabulary.case_facts and n not in facts)
