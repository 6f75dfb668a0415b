"""Forms of the administration of rules: adopting, ending, settings, moving cases."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from huiyin.core.facts import to_plain
from huiyin.core.rules import Setting
from huiyin.languages import load_vocabulary
from huiyin.web.forms.fields import Day, Length, Options, YesNo

EVERYBODY = ""


class AdoptForm(forms.Form):
    """A unit, and with it those below, works by a procedure from a day on."""

    unit = forms.ChoiceField(label=gettext_lazy("采用单位"), help_text=gettext_lazy("连同它的下级单位。"))
    procedure = forms.ChoiceField(label=gettext_lazy("程序"))
    since = Day(label=gettext_lazy("自哪一天起"), help_text=gettext_lazy("用这一天施行的版本；以前登记的案件照旧。"))
    until = Day(label=gettext_lazy("到哪一天止"), required=False, help_text=gettext_lazy("不填就是一直有效。"))

    def __init__(self, units: Options, known: Options, **more: Any) -> None:
        super().__init__(**more)
        self.fields["unit"].choices = units  # type: ignore[attr-defined]
        self.fields["procedure"].choices = [("", _("请选择")), *known]  # type: ignore[attr-defined]


class EndForm(forms.Form):
    """The last day of an adoption."""

    until = Day(label=gettext_lazy("到哪一天止"))


class SettingForm(forms.Form):
    """A value for one setting, from a day on."""

    unit = forms.ChoiceField(label=gettext_lazy("单位"), required=False, help_text=gettext_lazy("连同它的下级单位。"))
    since = Day(label=gettext_lazy("自哪一天起"))
    until = Day(label=gettext_lazy("到哪一天止"), required=False, help_text=gettext_lazy("不填就是一直有效。"))

    def __init__(self, setting: Setting, units: Options, **more: Any) -> None:
        super().__init__(**more)
        self.setting = setting
        self.fields["unit"].choices = units  # type: ignore[attr-defined]
        self.fields["value"] = _value_field(setting)
        self.fields["value"].group = isinstance(self.fields["value"], YesNo)  # type: ignore[attr-defined]
        self.order_fields(["value", "unit", "since", "until"])

    def value(self) -> Any:
        """As the act takes it: a period as a table, a date as text."""
        return to_plain(self.cleaned_data["value"])


def _value_field(setting: Setting) -> forms.Field:
    label = _("新的值")
    if setting.type == "period":
        return Length(load_vocabulary(), label=label, required=True)
    if setting.type == "int":
        return forms.IntegerField(label=label, min_value=0, max_value=10**9)
    if setting.type == "bool":
        return YesNo(label=label, required=True)
    if setting.type == "date":
        return Day(label=label)
    return forms.CharField(label=label, max_length=500)


class MoveForm(forms.Form):
    """Why cases in hand are to go by other rules."""

    reason = forms.CharField(
        label=gettext_lazy("理由"), max_length=500, widget=forms.Textarea(attrs={"rows": 2, "class": "low"}),
        help_text=gettext_lazy("写明依据哪个决定，每件案件的经过里都会留下。"),
    )  # fmt: skip
