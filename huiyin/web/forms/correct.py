"""Correcting an event: which one, which of its facts, what it should be. Both versions stay in the log; the form shows the old one."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Final

from django import forms
from django.utils.translation import gettext_lazy as _

from huiyin.core.model import Event
from huiyin.core.vocabulary import FactType
from huiyin.languages import load_vocabulary
from huiyin.web.forms.fields import Moment, Offered, field_for

NOT_CORRECTED: Final = frozenset({"number"})  # a number once given stays
NO_TEXT: Final = frozenset({"period"})  # has no form in which a correction could write it
AT: Final = "at"


def correctable(event: Event) -> dict[str, FactType]:
    """Facts of the event that a correction may change, in the order of its form."""
    kind = load_vocabulary().events[event.name]
    case = load_vocabulary().case_facts if kind.takes_case_facts else {}
    return {
        name: fact
        for name, fact in {**case, **kind.facts}.items()
        if name not in NOT_CORRECTED
        and fact.type not in NO_TEXT
        and (name in kind.facts or name in event.case_facts)
        and not (name == "for" and event.name == "proposed")
    }


def value_of(event: Event, name: str) -> Any:
    """What stands there now."""
    if name == AT:
        return event.occurred
    return event.facts.get(name, event.case_facts.get(name))


def as_text(value: Any) -> str:
    """A value as one would write it in a file: what `amended` takes."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, list | tuple):
        return ",".join(as_text(one) for one in value)
    return "" if value is None else str(value)


class CorrectForm(forms.Form):
    """`field` is the fact to correct, none when the whole event is annulled."""

    of = forms.IntegerField(widget=forms.HiddenInput)
    field = forms.CharField(required=False, max_length=40, widget=forms.HiddenInput)
    reason = forms.CharField(
        required=False, max_length=2000, label=_("理由"), widget=forms.Textarea(attrs={"rows": 2, "class": "low"})
    )
    shown_seq = forms.IntegerField(required=False, widget=forms.HiddenInput)
    key = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)

    def __init__(
        self, event: Event, name: str, kind: FactType | None, *, offered: Offered, asked: Mapping[str, Any], **more: Any
    ) -> None:
        super().__init__(**more)
        self.event, self.name, self.asked = event, name, dict(asked)
        if name == AT:
            self.fields["now_is"] = Moment(label=_("改为"))
        elif kind is not None:
            self.fields["now_is"] = field_for(kind, load_vocabulary(), offered, required=True, label=_("改为"))
        self.order_fields(["now_is", "reason"])

    def facts(self, was: Any) -> dict[str, Any]:
        """For `record`. `was`: the plain value that stands there now."""
        reason = self.cleaned_data["reason"]
        if not self.name:
            return {"reason": reason}
        now = self.cleaned_data["now_is"]
        return {"field": self.name, "was": as_text(was) or None, "now_is": as_text(now), "reason": reason}
