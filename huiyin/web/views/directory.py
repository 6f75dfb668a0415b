"""Whose matter is it, if not ours: the directory of other authorities, for everybody and for the desk; administrators keep it (HN-FW-03c)."""

from typing import Any, Final

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from huiyin.core.facts import UNWRITABLE
from huiyin.org import actions, categories, directory
from huiyin.org.actions import ADMINISTRATORS, BadAct
from huiyin.org.models import Authority
from huiyin.org.queries import today
from huiyin.web import choices
from huiyin.web.people import DeskRequest, for_officers

MOST: Final = 60  # characters of a search that are looked at
SHOWN: Final = 20  # entries the public sees; more words make it fewer


def _rows(text: str, most: int | None = None) -> list[dict[str, Any]]:
    found = directory.search(text)[:most]
    areas = directory.area_labels(found)
    return [
        {
            "entry": entry, "matters": directory.matter_words(entry), "area": areas.get(entry.area, ""), "stale": directory.is_stale(entry),
        }
        for entry in found
    ]  # fmt: skip


def _asked(request: HttpRequest) -> str:
    return UNWRITABLE.sub("", request.GET.get("q", "")).strip()[:MOST]


@login_not_required
@require_GET
def who_takes_it(request: HttpRequest) -> HttpResponse:
    """Whose matter is this? A few words are enough; an answer names the body, its telephone and when that was last made sure of."""
    text = _asked(request)
    told = {
        "here": "who",
        "q": text,
        "rows": _rows(text, SHOWN),
        "ours": categories.search(text, today(), most=5) if text else [],
    }
    return render(request, "web/who_takes_it.html", told)


@require_GET
@never_cache
@for_officers
def search(request: DeskRequest) -> HttpResponse:
    """The same for the desk, with how old each entry is."""
    text = _asked(request)
    may = request.officer.role in ADMINISTRATORS
    return render(
        request, "web/directory.html", {"here": "directory", "q": text, "rows": _rows(text), "may_change": may}
    )


class AuthorityForm(forms.Form):
    """One entry."""

    code = forms.CharField(
        label=gettext_lazy("代号"),
        max_length=40,
        help_text=gettext_lazy("小写字母、数字和下划线，如 housing；以后不改。"),
    )
    label = forms.CharField(label=gettext_lazy("部门名称"), max_length=120)
    matters = forms.CharField(
        label=gettext_lazy("受理的事项"), max_length=2000, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("每行一个词，如“物业费”；也可以写分类代码，如 goods:house。"),
    )  # fmt: skip
    telephone = forms.CharField(
        label=gettext_lazy("电话"),
        max_length=60,
        help_text=gettext_lazy("带区号；几个号码用顿号隔开。保存前请打一次。"),
    )
    address = forms.CharField(label=gettext_lazy("地址"), max_length=200, required=False)
    hours = forms.CharField(label=gettext_lazy("受理时间"), max_length=120, required=False)
    url = forms.CharField(label=gettext_lazy("网址"), max_length=200, required=False)
    area = forms.ChoiceField(
        label=gettext_lazy("管辖地区"), required=False, help_text=gettext_lazy("不选就是全部地区。")
    )
    note = forms.CharField(label=gettext_lazy("说明"), max_length=200, required=False)

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields["area"].choices = [("", _("全部地区")), *choices.areas()]  # type: ignore[attr-defined]


@never_cache
@require_http_methods(["GET", "POST"])
@for_officers
def change(request: DeskRequest, code: str = "") -> HttpResponse:
    """A new entry, or the same one with other words. Administrators alone; each change stands in the log of administration."""
    _only_administrators(request)
    entry = Authority.objects.filter(pk=code, until=None).first() if code else None
    if code and entry is None:
        raise Http404
    form = AuthorityForm(request.POST or None, initial=_initial(entry))
    if entry is not None:
        form.fields["code"].disabled = True
    told = {"here": "directory", "form": form, "entry": entry}
    if request.method == "GET" or not form.is_valid():
        return render(request, "web/authority.html", told, status=200 if request.method == "GET" else 422)
    given = form.cleaned_data
    try:
        actions.set_authority(
            given["code"], label=given["label"], telephone=given["telephone"], matters=given["matters"].splitlines(), address=given["address"],
            hours=given["hours"], url=given["url"], area=given["area"], note=given["note"], unit=entry.unit if entry else "", by=request.officer,
        )  # fmt: skip
    except BadAct as bad:
        form.add_error(bad.field if bad.field in form.fields else None, str(bad))
        return render(request, "web/authority.html", told, status=422)
    messages.success(request, _("已保存“%s”，核对日期记为今天。") % given["label"])
    return redirect("directory")


@require_POST
@for_officers
def checked(request: DeskRequest, code: str) -> HttpResponse:
    """Somebody called: the telephone is right. Or the entry is given up."""
    _only_administrators(request)
    try:
        if "close" in request.POST:
            entry = actions.close_authority(code, by=request.officer)
            messages.success(request, _("“%s”已停用。") % entry.label)
        else:
            entry = actions.check_authority(code, by=request.officer)
            messages.success(request, _("“%s”的电话记为今天核对。") % entry.label)
    except BadAct:
        raise Http404
    return redirect("directory")


def _only_administrators(request: DeskRequest) -> None:
    if request.officer.role not in ADMINISTRATORS:
        raise PermissionDenied


def _initial(entry: Authority | None) -> dict[str, Any]:
    if entry is None:
        return {}
    names = ("code", "label", "telephone", "address", "hours", "url", "area", "note")
    return {n: getattr(entry, n) for n in names} | {"matters": "\n".join(entry.matters)}
