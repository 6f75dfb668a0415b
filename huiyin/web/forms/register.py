"""The form of the desk: one matter as the caller tells it, on one page. Names of its fields are names of facts; of a party, role.name."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from huiyin.core.rules import Procedure
from huiyin.core.vocabulary import FactType, Vocabulary
from huiyin.languages import load_vocabulary
from huiyin.org import systems
from huiyin.web import words
from huiyin.web.forms.fields import Moment, Offered, field_for, mark_asked
from huiyin.web.forms.step import ASKS
from huiyin.web.forms.trees import CategoryField

IN_SIGHT: Final = {
    "arrival": ("kind", "channel", "source"),
    "party": ("phone", "name", "address", "postcode", "area", "complainant_kind"),
    "respondent": ("name", "credit_code", "respondent_kind", "phone", "address", "area"),
    "matter": ("summary", "what", "when", "where", "who", "why", "goods", "demand", "category", "place", "amount_fen"),
    "desk": ("first_contact", "material", "files"),
}
ARRIVAL: Final = ("kind", "channel", "source", "form", "urgent")
PASSED_ON: Final = ("sender", "sender_no", "sender_date", "external_system", "external_no", "mirrored")
NEVER: Final = frozenset(
    {"number", "complainant", "respondent", "complainant_kind", "respondent_kind", "to", "shelf_life"}
)
OF_PARTY: Final = {
    "complainant": (
        "phone", "name", "address", "postcode", "area", "complainant_kind", "natural_person", "minor", "email", "id_type", "id_number",
        "contact_person", "credit_code",
    ),
    "respondent": (
        "name", "credit_code", "respondent_kind", "phone", "address", "area", "home_area", "published_area", "contact_person", "post", "unit",
    ),
}  # fmt: skip


class RegisterForm(forms.Form):
    """Everything that registering takes; asked for is what the rules of the procedure ask for."""

    occurred = Moment(required=False, label=_("来件时间"), help_text=_("电话打进、来人或收信的时间；不填就是现在。"))
    late_reason = forms.CharField(required=False, max_length=500, label=_("补录原因"))
    key = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)

    people = forms.CharField(required=False, max_length=3, initial="0", widget=forms.HiddenInput)

    def __init__(
        self, procedure: Procedure, *, offered: Offered, asked: ASKS, looked_at: Iterable[str] = (), **more: Any
    ) -> None:
        super().__init__(**more)
        self.procedure, self.asked, self.looked_at = procedure, dict(asked), frozenset(looked_at)
        self.role = "reporter" if set(procedure.kinds) <= {"report"} else "complainant"
        vocabulary = load_vocabulary()
        self.kinds: dict[str, FactType] = dict(_facts(vocabulary, self.role))
        for name, kind in self.kinds.items():
            self.fields[name] = field_for(kind, vocabulary, offered, required=False)
        mark_asked(self.fields, self.asked)
        kinds = [(k, vocabulary.label("kind", k)) for k in procedure.kinds]
        self.fields["kind"] = forms.ChoiceField(
            choices=kinds, label=vocabulary.case_facts["kind"].label_zh, initial=kinds[0][0]
        )
        if len(kinds) == 1:
            self.fields["kind"].widget = forms.HiddenInput()
        label = vocabulary.case_facts["category"].label_zh
        self.fields["category"] = CategoryField(kind=procedure.kinds[0], required=False, label=label)
        self._ask_for_the_outside_system()

    def _ask_for_the_outside_system(self) -> None:
        """A number of an outside system says of which; those that are known stand in a list."""
        known = [(s.code, s.label) for s in systems.systems().values()]
        sent = self.data.get("external_system")
        if sent and sent not in dict(known):
            known.append((sent, sent))
        self.fields["external_system"] = forms.TypedChoiceField(
            choices=[("", _("请选择")), *known], required=False, empty_value=None, label=self.kinds["external_system"].label_zh,
        )  # fmt: skip
        self.fields["external_no"].help_text = _("同一编号只登记一次。")
        self.fields["mirrored"].label = _("以该系统为准，这里是镜像")
        self.fields["mirrored"].help_text = _("全国12315平台的件不选就是“是”：办理以平台为准，这里同步记录。")

    def clean(self) -> dict[str, Any]:
        """A number without its system finds nothing again."""
        found = super().clean() or {}
        if bool(found.get("external_no")) != bool(found.get("external_system")):
            name = "external_system" if found.get("external_no") else "external_no"
            self.add_error(name, _("外部系统和外部编号要一起填。"))
        return found

    # -- for record

    def facts(self) -> dict[str, Any]:
        """Facts of the event and of the case."""
        return {n: v for n in self.kinds if "." not in n and (v := self.cleaned_data.get(n)) is not None}

    def parties(self, further: Iterable[Mapping[str, Any]] = ()) -> list[dict[str, Any]]:
        """The parties that something was said of: who complains, `further` people behind him, the respondent."""
        first, last = self._party(self.role), self._party("respondent")
        more = [dict(one) for one in further]
        there = (
            bool(first or more) or self.role == "reporter"
        )  # an unnamed reporter is somebody, too: questions go to him
        found = [{"role": self.role, **first}] if there else []
        return [*found, *more, *([{"role": "respondent", **last}] if last else [])]

    def _party(self, role: str) -> dict[str, Any]:
        given = self.cleaned_data
        return {
            n.partition(".")[2]: v for n in self.kinds if n.startswith(f"{role}.") and (v := given.get(n)) is not None
        }

    def happened(self) -> datetime | None:
        """When it reached the office; none means now."""
        found: datetime | None = self.cleaned_data.get("occurred")
        return found

    # -- for the template

    def sections(self) -> list[tuple[str | Promise, list[forms.BoundField], list[forms.BoundField]]]:
        """(title, fields in sight, folded fields) of each part of the page."""
        role = words.role_label(self.role, self.procedure)
        rest = [n for n in self.kinds if "." not in n and n not in ARRIVAL and n not in PASSED_ON]
        event = set(load_vocabulary().events["registered"].facts) - {"summary"}
        parts = (
            (_("来件"), ["occurred", *ARRIVAL], ("occurred", *IN_SIGHT["arrival"])),
            (
                role,
                [n for n in self.kinds if n.startswith(f"{self.role}.")],
                [f"{self.role}.{n}" for n in IN_SIGHT["party"]],
            ),
            (
                _("被反映的一方"),
                [n for n in self.kinds if n.startswith("respondent.")],
                [f"respondent.{n}" for n in IN_SIGHT["respondent"]],
            ),
            (_("事情"), ["summary", *(n for n in rest if n not in event and n != "summary")], IN_SIGHT["matter"]),
            (_("经办"), [*(n for n in rest if n in event), "late_reason"], IN_SIGHT["desk"]),
        )
        return [(title, *self._split(names, sight)) for title, names, sight in parts]

    def _split(
        self, names: Iterable[str], sight: Iterable[str]
    ) -> tuple[list[forms.BoundField], list[forms.BoundField]]:
        sight = set(sight)
        shown: list[forms.BoundField] = []
        folded: list[forms.BoundField] = []
        for name in names:
            field = self[name]
            if field.is_hidden:
                shown.append(field)
                continue
            said = field.value() not in (None, "", [])
            wanted = name in sight or name in self.asked or name in self.looked_at
            (shown if wanted or said or field.errors else folded).append(field)
        return shown, folded

    def passed_on(self) -> list[forms.BoundField]:
        """Who passed it on, under which number."""
        return [self[name] for name in PASSED_ON]

    def was_passed_on(self) -> bool:
        """Is anything said there, or wanted?"""
        return any(field.value() or field.errors or field.name in self.asked for field in self.passed_on())


def _facts(vocabulary: Vocabulary, role: str) -> Iterable[tuple[str, FactType]]:
    event = vocabulary.events["registered"].facts
    everything: Mapping[str, FactType] = {**vocabulary.case_facts, **event}
    first = [*ARRIVAL, *PASSED_ON, *IN_SIGHT["matter"]]
    for name in dict.fromkeys((*first, *everything)):
        if name not in NEVER:
            yield name, everything[name]
    for side in (role, "respondent"):
        for name in OF_PARTY["respondent" if side == "respondent" else "complainant"]:
            yield f"{side}.{name}", vocabulary.party_facts[name]
