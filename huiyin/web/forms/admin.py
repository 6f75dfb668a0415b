"""Forms of administration: units, people and postings, areas, tokens, webhooks, notices of holidays, words of notices."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import time
from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from huiyin.languages import load_vocabulary
from huiyin.web.forms import widgets
from huiyin.web.forms.fields import Day, Options

ALWAYS: Final = ""
EVERY: Final = "*"


class Clock(forms.TimeField):
    """A time of day; 24:00 is the end of the day."""

    widget = forms.TimeInput(attrs={"type": "time", "class": "short"}, format="%H:%M")


def with_empty(options: Options) -> Options:
    """The list, behind a line that says nothing was chosen."""
    return [("", _("请选择")), *options]


class UnitForm(forms.Form):
    """A unit as it is from now on."""

    label = forms.CharField(label=gettext_lazy("单位名称"), max_length=120)
    level = forms.ChoiceField(label=gettext_lazy("层级"))
    parent = forms.ChoiceField(label=gettext_lazy("上级单位"), required=False)
    area = forms.CharField(
        label=gettext_lazy("所在地区代码"),
        max_length=12,
        required=False,
        help_text=gettext_lazy("6 位、9 位或 12 位数字，见“地区”。"),
    )
    functions = forms.MultipleChoiceField(
        label=gettext_lazy("职能"), required=False, widget=widgets.Ticks(attrs={"class": "tall"}),
        help_text=gettext_lazy("规则按职能找单位：选了“受理登记”，规则要求受理登记机构办的事就由它办。"),
    )  # fmt: skip
    days = forms.ChoiceField(
        label=gettext_lazy("哪些天办公"), required=False, widget=widgets.Choices,
        help_text=gettext_lazy("以小时计的时限，从办公时间里起算。"),
    )  # fmt: skip
    morning = Clock(label=gettext_lazy("上班时间"), required=False)
    noon = Clock(label=gettext_lazy("午休开始"), required=False, help_text=gettext_lazy("中午不休息的不填。"))
    afternoon = Clock(label=gettext_lazy("午休结束"), required=False)
    evening = Clock(label=gettext_lazy("下班时间"), required=False)

    def __init__(self, parents: Options, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        words = load_vocabulary()
        choices: dict[str, Options] = {
            "level": with_empty(list(words.values["level"].items())),
            "parent": with_empty(parents),
            "functions": [(name, label) for name, label in words.functions.items()],
            "days": [("working_day", _("工作日")), ("all", _("每天")), (ALWAYS, _("随时（不分办公时间）"))],
        }
        for name, options in choices.items():
            self.fields[name].choices = options  # type: ignore[attr-defined]
        for name in ("functions", "days"):
            self.fields[name].group = True  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Hours are whole: from, to, and with a break both its ends."""
        found = super().clean() or {}
        if found.get("days") and not (found.get("morning") and found.get("evening")):
            self.add_error("morning", _("请填写上班和下班时间；随时办公的选“随时”。"))
        if bool(found.get("noon")) != bool(found.get("afternoon")):
            self.add_error("noon", _("午休的开始和结束要一起填。"))
        return found

    def hours(self) -> dict[str, Any] | None:
        """As units keep them."""
        found = self.cleaned_data
        if not found["days"]:
            return None
        cuts = [found[name] for name in ("morning", "noon", "afternoon", "evening") if found[name]]
        spans = [[f"{a:%H:%M}", f"{b:%H:%M}"] for a, b in zip(cuts[::2], cuts[1::2], strict=True)]
        if spans[-1][1] in ("23:59", "00:00"):  # the browser's clock has no 24:00
            spans[-1][1] = "24:00"
        return {"days": found["days"], "open": spans}


def hours_initial(hours: Mapping[str, Any] | None) -> dict[str, Any]:
    """Stored hours as the form shows them."""
    if not hours:
        return {"days": ALWAYS}
    spans = [[_clock(at) for at in span] for span in hours["open"]]
    found = {"days": hours["days"], "morning": spans[0][0], "evening": spans[-1][1]}
    return found | ({"noon": spans[0][1], "afternoon": spans[1][0]} if len(spans) > 1 else {})


def _clock(text: str) -> time:
    return time(23, 59) if text == "24:00" else time.fromisoformat(text)


class NewUnitForm(UnitForm):
    """A unit that was not there before."""

    id = forms.CharField(
        label=gettext_lazy("代号"),
        max_length=50,
        help_text=gettext_lazy("小写字母、数字、下划线，以字母开头；定了就不再改。"),
    )
    since = Day(label=gettext_lazy("自哪一天起办公"))
    field_order = ["label", "id", "since", "level", "parent", "area"]


class CloseForm(forms.Form):
    """The last day."""

    until = Day(label=gettext_lazy("到哪一天止（含当天）"))


class ContactForm(forms.Form):
    """How a unit is reached, from a day on."""

    phone = forms.CharField(
        label=gettext_lazy("电话"),
        max_length=60,
        required=False,
        help_text=gettext_lazy("带区号；几个号码用顿号隔开。"),
    )
    address = forms.CharField(label=gettext_lazy("地址"), max_length=200, required=False)
    hours = forms.CharField(
        label=gettext_lazy("接待时间"), max_length=120, required=False, help_text=gettext_lazy("按对外公布的写。")
    )
    postcode = forms.CharField(label=gettext_lazy("邮编"), max_length=6, required=False)
    website = forms.CharField(label=gettext_lazy("网址"), max_length=200, required=False)
    mailbox = forms.CharField(label=gettext_lazy("电子信箱"), max_length=120, required=False)
    since = Day(label=gettext_lazy("自哪一天起"))


class NewPersonForm(forms.Form):
    """Somebody who will be able to log in."""

    username = forms.CharField(
        label=gettext_lazy("用户名"),
        max_length=60,
        help_text=gettext_lazy("登录用，2 到 60 个字母、数字或 . @ + - _。"),
    )
    display_name = forms.CharField(label=gettext_lazy("姓名"), max_length=60)


class RenameForm(forms.Form):
    """Another name."""

    display_name = forms.CharField(label=gettext_lazy("姓名"), max_length=60)


class PasswordForm(forms.Form):
    """A first or forgotten password."""

    password = forms.CharField(
        label=gettext_lazy("新密码"), strip=False, widget=forms.PasswordInput({"autocomplete": "new-password"}),
        help_text=gettext_lazy("当面或打电话告诉本人，请本人登录后马上更改。"),
    )  # fmt: skip


class AppointForm(forms.Form):
    """A role at a unit, for a time; or in place of somebody who holds one."""

    role = forms.ChoiceField(label=gettext_lazy("角色"))
    unit = forms.ChoiceField(label=gettext_lazy("单位"))
    since = Day(label=gettext_lazy("自哪一天起"))
    until = Day(label=gettext_lazy("到哪一天止"), required=False, help_text=gettext_lazy("不填就是一直有效。"))
    deputy_for = forms.CharField(
        label=gettext_lazy("代理谁"), required=False, max_length=60,
        help_text=gettext_lazy("临时代理时填被代理人的用户名；代理的角色和单位与本人相同。"),
    )  # fmt: skip

    def __init__(self, roles: Options, units: Options, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields["role"].choices = with_empty(roles)  # type: ignore[attr-defined]
        self.fields["unit"].choices = with_empty(units)  # type: ignore[attr-defined]


class AreaForm(forms.Form):
    """An area with its code and name."""

    code = forms.CharField(
        label=gettext_lazy("区划代码"),
        max_length=12,
        help_text=gettext_lazy("6 位、9 位或 12 位数字。已有的代码，改的是名称。"),
    )
    label = forms.CharField(label=gettext_lazy("名称"), max_length=120)
    parent = forms.CharField(label=gettext_lazy("上级的代码"), max_length=12, required=False)


class TokenForm(forms.Form):
    """What another system may do, in whose place."""

    name = forms.CharField(label=gettext_lazy("用途"), max_length=80, help_text=gettext_lazy("如“热线平台推送工单”。"))
    officer = forms.CharField(
        label=gettext_lazy("以谁的名义"), max_length=60,
        help_text=gettext_lazy("填用户名。令牌能看、能办的，和这个人一样；建议为接口单设一个账号。"),
    )  # fmt: skip
    scopes = forms.MultipleChoiceField(
        label=gettext_lazy("权限"),
        widget=widgets.Ticks,
        choices=[
            ("read", gettext_lazy("查看")),
            ("write", gettext_lazy("登记和办理")),
            ("identity", gettext_lazy("看身份信息的明文")),
        ],
    )
    until = Day(label=gettext_lazy("到哪一天止"), required=False, help_text=gettext_lazy("建议不超过一年，到期换新。"))

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields["scopes"].group = True  # type: ignore[attr-defined]


class HookForm(forms.Form):
    """Where another system wants to be told of events."""

    name = forms.CharField(label=gettext_lazy("用途"), max_length=80)
    url = forms.CharField(label=gettext_lazy("接收地址"), max_length=400, help_text=gettext_lazy("以 https:// 开头。"))
    officer = forms.CharField(
        label=gettext_lazy("以谁的名义"), max_length=60, help_text=gettext_lazy("填用户名；只推送这个人能看的案件。")
    )
    events = forms.MultipleChoiceField(
        label=gettext_lazy("哪些事件"),
        required=False,
        widget=widgets.Ticks(attrs={"class": "tall"}),
        help_text=gettext_lazy("一个不选就是全部。"),
    )

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        events = load_vocabulary().events
        self.fields["events"].choices = [(name, kind.label_zh) for name, kind in events.items()]  # type: ignore[attr-defined]
        self.fields["events"].group = True  # type: ignore[attr-defined]


class HolidayForm(forms.Form):
    """The yearly notice of holidays, as a file or typed."""

    number = forms.CharField(label=gettext_lazy("文号"), max_length=60, required=False)
    known_from = Day(label=gettext_lazy("公布日期"))
    source = forms.CharField(
        label=gettext_lazy("出处"), max_length=300, help_text=gettext_lazy("公布的网址或文件名，供别人核对。")
    )
    rest = forms.CharField(
        label=gettext_lazy("放假"), widget=forms.Textarea(attrs={"rows": 8}),
        help_text=gettext_lazy("每行一个节日：名称、第一天、最后一天，用空格隔开。如：元旦 2027-01-01 2027-01-03"),
    )  # fmt: skip
    makeup = forms.CharField(
        label=gettext_lazy("调休上班"), required=False, widget=forms.Textarea(attrs={"rows": 6}),
        help_text=gettext_lazy("每行一天：日期、为哪个节日，用空格隔开。如：2027-02-06 春节"),
    )  # fmt: skip
    year = forms.IntegerField(label=gettext_lazy("年份"), min_value=2000, max_value=2199)
    field_order = ["year", "number", "known_from", "source", "rest", "makeup"]


class NoticeTextForm(forms.Form):
    """The words of one notice."""

    subject = forms.CharField(label=gettext_lazy("标题"), max_length=200)
    text = forms.CharField(label=gettext_lazy("正文"), widget=forms.Textarea(attrs={"rows": 12}))
    sms = forms.CharField(
        label=gettext_lazy("短信"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("不填就用正文。70 字以内为一条。"),
    )


class PhraseForm(forms.Form):
    """One sentence to say, in the office's own way."""

    text = forms.CharField(label=gettext_lazy("本单位怎样说"), widget=forms.Textarea(attrs={"rows": 4}))


def check_lines(text: str, parts: int, field: str) -> list[list[str]]:
    """Lines of so many words each. Raises ValidationError naming the line."""
    found = []
    for number, line in enumerate(filter(None, map(str.strip, text.splitlines())), 1):
        words = line.replace("，", " ").replace(",", " ").split()
        if len(words) != parts:
            raise ValidationError(
                {field: _("第 %(n)d 行应有 %(parts)d 项，用空格隔开。") % {"n": number, "parts": parts}}
            )
        found.append(words)
    return found
