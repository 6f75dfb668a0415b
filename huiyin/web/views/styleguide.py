"""The living page of the style: every piece of huiyin.css in all its states, made by the same templates as the pages."""

from typing import Any, Final

from django import forms
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from huiyin.web.forms import widgets
from huiyin.web.forms.fields import Day, YesNo
from huiyin.web.people import DeskRequest, for_officers
from huiyin.web.problems import Line, Problem
from huiyin.web.templatetags.huiyin import ICONS

COLOURS: Final = (
    "ground", "paper", "sunken", "ink", "muted", "line", "strong-line", "blue", "blue-deep", "blue-soft", "on-blue", "on-blue-soft", "link",
    "red", "red-soft", "red-line", "amber", "amber-soft", "amber-line", "green", "green-soft", "green-line", "focus",
)  # fmt: skip
SPACES: Final = ("xs", "s", "m", "l", "xl")


class Sample(forms.Form):
    """One field of each sort."""

    name = forms.CharField(
        label=gettext_lazy("商品或服务"), help_text=gettext_lazy("写包装或发票上的名称。"), max_length=60
    )
    where = forms.CharField(
        label=gettext_lazy("选填的一项"), required=False, disabled=True, initial=gettext_lazy("不能改的值")
    )
    unit = forms.ChoiceField(
        label=gettext_lazy("单位"), choices=[("", gettext_lazy("请选择")), ("a", gettext_lazy("甲县局"))]
    )
    day = Day(label=gettext_lazy("自哪一天起"))
    yes = YesNo(label=gettext_lazy("是否已经联系过商家"), required=True)
    ticks = forms.MultipleChoiceField(
        label=gettext_lazy("希望怎样解决"), widget=widgets.Ticks,
        choices=[("1", gettext_lazy("退款")), ("2", gettext_lazy("修理")), ("3", gettext_lazy("赔偿"))],
    )  # fmt: skip
    said = forms.CharField(label=gettext_lazy("事情的经过"), widget=forms.Textarea(attrs={"rows": 3}))


def _named(prefix: str, data: dict[str, Any] | None = None) -> Sample:
    """A sample form of its own ids, with its groups marked as groups."""
    form = Sample(data, prefix=prefix)
    for name in ("yes", "ticks"):
        form.fields[name].group = True  # type: ignore[attr-defined]
    return form


@require_GET
@for_officers
def styleguide(request: DeskRequest) -> HttpResponse:
    """For everybody at the desk: whoever builds a page takes its pieces from here."""
    given = {"bad-unit": "a", "bad-day": "2026-13-40", "bad-said": _("水壶用了两天就漏水。")}
    refused = Problem(
        _("还不能办结"), lines=[Line(_("还没有答复投诉人。"), ("JM-4-2a",))], advice=_("先记录“答复”，再办结。")
    )
    told: dict[str, Any] = {"here": "styleguide", "colours": COLOURS, "spaces": SPACES, "icons": sorted(ICONS)}
    return render(
        request,
        "web/styleguide.html",
        {**told, "form": _named("new"), "wrong": _named("bad", given), "problem": refused},
    )
