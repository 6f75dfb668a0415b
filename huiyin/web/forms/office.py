"""Forms of what an office keeps beside its cases: shifts, telephones that could not be reached, and the periods of figures."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from huiyin.web.forms.fields import Day, Moment, Options, PickedSome


class ShiftForm(forms.Form):
    """A shift. Who may be in it is for the rules to say, when it is saved."""

    begins = Moment(label=gettext_lazy("开始"))
    ends = Moment(label=gettext_lazy("结束"))
    leaders = PickedSome(label=gettext_lazy("值班领导"), required=False)
    members = PickedSome(label=gettext_lazy("值班员"), required=False)

    def __init__(self, people: Options, **more: Any) -> None:
        super().__init__(**more)
        for name in ("leaders", "members"):
            self.fields[name].choices = people  # type: ignore[attr-defined]
            self.fields[name].group = True  # type: ignore[attr-defined]


class ApproveForm(forms.Form):
    """Approving the roster of some days."""

    first = Day(label=gettext_lazy("自"))
    last = Day(label=gettext_lazy("至"))


class SwapForm(forms.Form):
    """Somebody stands in for somebody."""

    out = forms.ChoiceField(label=gettext_lazy("换下"))
    into = forms.ChoiceField(label=gettext_lazy("换上"))
    reason = forms.CharField(label=gettext_lazy("理由"), max_length=200)

    def __init__(self, has: Options, people: Options, **more: Any) -> None:
        super().__init__(**more)
        self.fields["out"].choices = has  # type: ignore[attr-defined]
        self.fields["into"].choices = [("", _("请选择")), *people]  # type: ignore[attr-defined]


class GiveUpForm(forms.Form):
    """A shift does not take place."""

    reason = forms.CharField(label=gettext_lazy("理由"), max_length=200)


class OutageForm(forms.Form):
    """A telephone could not be reached."""

    line = forms.ChoiceField(label=gettext_lazy("电话"))
    since = Moment(label=gettext_lazy("中断时间"))
    until = Moment(label=gettext_lazy("恢复时间"), required=False, help_text=gettext_lazy("还没有恢复的不填。"))
    why = forms.CharField(label=gettext_lazy("原因"), max_length=200)

    def __init__(self, lines: Options, **more: Any) -> None:
        super().__init__(**more)
        self.fields["line"].choices = [("", _("请选择")), *lines]  # type: ignore[attr-defined]


class EndOutageForm(forms.Form):
    """It can be reached again."""

    until = Moment(label=gettext_lazy("恢复时间"))


class PeriodForm(forms.Form):
    """From a day to a day."""

    first = Day(label=gettext_lazy("自"))
    last = Day(label=gettext_lazy("至"))

    def clean(self) -> dict[str, Any]:
        """In this order."""
        found = super().clean() or {}
        if found.get("first") and found.get("last") and found["last"] < found["first"]:
            self.add_error("last", _("结束日期早于开始日期。"))
        return found


class CreditForm(PeriodForm):
    """Of which business, from when to when."""

    code = forms.CharField(
        label=gettext_lazy("统一社会信用代码"), max_length=30, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    field_order = ("code", "first", "last")
