"""Logging in and out, and which posting one acts in."""

from typing import cast

from django import forms
from django.contrib import messages
from django.contrib.auth import login, logout, update_session_auth_hash
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.forms import AuthenticationForm
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from huiyin.org import actions
from huiyin.org.models import Person
from huiyin.web.people import CHOSEN, DeskRequest, for_officers


class LoginForm(AuthenticationForm):
    """Django's, in our words."""

    error_messages = {
        "invalid_login": _("用户名或密码不对。请核对后再试；忘记密码请找本单位的系统管理员重设。"),
        "inactive": _("这个帐号已停用，请找本单位的系统管理员。"),
    }

    def __init__(self, request: HttpRequest | None = None, *args: object, **kwargs: object) -> None:
        super().__init__(request, *args, **kwargs)
        self.fields["username"].label, self.fields["password"].label = _("用户名"), _("密码")
        for field in self.fields.values():
            field.error_messages["required"] = _("请填写这一项。")


@login_not_required
@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
def log_in(request: HttpRequest) -> HttpResponse:
    """The log-in page; afterwards to where one wanted to go, inside this site only."""
    if request.method == "GET":
        if request.user.is_authenticated:
            return redirect("work")
        return render(request, "web/login.html", {"form": LoginForm(request)})
    form = LoginForm(request, request.POST)
    if not form.is_valid():
        return render(request, "web/login.html", {"form": form}, status=422)
    login(request, form.get_user())
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    safe = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    return HttpResponseRedirect(wanted if safe else reverse("work"))


@login_not_required
@require_POST
def log_out(request: HttpRequest) -> HttpResponse:
    """Ends the session."""
    logout(request)
    return redirect("start")


@require_POST
@for_officers
def choose_posting(request: DeskRequest) -> HttpResponse:
    """From now on one acts in this posting. One that is not one's own changes nothing."""
    wanted = request.POST.get("posting", "")
    if any(str(posting.pk) == wanted for posting in request.postings):
        request.session[CHOSEN] = int(wanted)
    return redirect("work")


class PasswordForm(forms.Form):
    """The password in use and the new one, twice."""

    old = forms.CharField(
        label=_("现在的密码"), strip=False, widget=forms.PasswordInput({"autocomplete": "current-password"})
    )
    new = forms.CharField(
        label=_("新密码"), strip=False, widget=forms.PasswordInput({"autocomplete": "new-password"}),
        help_text=_("至少 10 个字符，不用常见的词、生日和自己的姓名。几个不相干的词连起来，好记也难猜。"),
    )  # fmt: skip
    again = forms.CharField(
        label=_("再输入一次新密码"), strip=False, widget=forms.PasswordInput({"autocomplete": "new-password"})
    )

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        for field in self.fields.values():
            field.error_messages["required"] = _("请填写这一项。")

    def clean(self) -> dict[str, str]:
        """Both new ones must be the same."""
        found = super().clean() or {}
        if found.get("new") and found.get("again") and found["new"] != found["again"]:
            self.add_error("again", _("两次输入的新密码不一样。"))
        return found


@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def change_password(request: HttpRequest) -> HttpResponse:
    """One's own password. Other sessions of the same person end."""
    form = PasswordForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        person = cast(Person, request.user)
        try:
            actions.change_own_password(person, form.cleaned_data["old"], form.cleaned_data["new"])
        except actions.BadAct as error:
            form.add_error(error.field, str(error))
        except ValidationError as error:
            form.add_error("new", error)
        else:
            update_session_auth_hash(request, person)
            messages.success(request, _("密码已经更改。"))
            return redirect("work")
    return render(request, "web/password.html", {"form": form}, status=422 if form.is_bound else 200)
