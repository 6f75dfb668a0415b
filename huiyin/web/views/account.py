"""Logging in and out: password, second factor, single sign-on; showing again who one is; which posting one acts in."""

import json
import time
from typing import Any, Final, cast

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login, logout, update_session_auth_hash
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from huiyin.accounts import actions as accounts
from huiyin.accounts import factors
from huiyin.accounts.throttle import TooMany
from huiyin.org.actions import BadAct
from huiyin.org.models import Person
from huiyin.org.passwords import SeveralKinds
from huiyin.web import single_sign_on
from huiyin.web.people import CHOSEN, PROVED, SECOND, DeskRequest, for_officers
from huiyin.web.staying import MUST_CHANGE

PENDING: Final = "pending"  # in the session: who gave the right password and owes the second factor
ASKED: Final = "passkey_asked"  # in the session: what a passkey was asked to sign
PATIENCE: Final = 300  # seconds in which the second factor must follow
BACKEND: Final = "django.contrib.auth.backends.ModelBackend"
WRONG: Final = _(
    "用户名或密码不对，或者短时间内试得太多。请核对；仍不行，请过一刻钟再试，或请本单位的安全管理员重设密码。"
)
WRONG_CODE: Final = _("验证码不对，或者已经用过。请输入现在显示的六位数字，或一个没有用过的恢复码。")
TRIED: Final = _("试得太多了，请过一刻钟再试。")


class LoginForm(forms.Form):
    """Name and password."""

    username = forms.CharField(
        label=_("用户名"), max_length=60, widget=forms.TextInput({"autocomplete": "username", "autocapitalize": "none", "autofocus": True})
    )  # fmt: skip
    password = forms.CharField(
        label=_("密码"), max_length=200, strip=False, widget=forms.PasswordInput({"autocomplete": "current-password"})
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.error_messages["required"] = _("请填写这一项。")


class CodeForm(forms.Form):
    """The second factor as one types it."""

    code = forms.CharField(
        label=_("验证码或恢复码"), max_length=40, help_text=_("验证器里现在显示的六位数字；手机不在身边时，用一个恢复码。"),
        widget=forms.TextInput({"autocomplete": "one-time-code", "inputmode": "text", "autocapitalize": "characters", "autofocus": True}),
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].error_messages["required"] = _("请填写这一项。")


class AgainForm(forms.Form):
    """Something that only this person knows or has."""

    secret = forms.CharField(
        label=_("密码，或验证器上的六位数字"), max_length=200, strip=False,
        widget=forms.PasswordInput({"autocomplete": "current-password", "autofocus": True}),
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["secret"].error_messages["required"] = _("请填写这一项。")


@login_not_required
@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
def log_in(request: HttpRequest) -> HttpResponse:
    """The log-in page; afterwards the second factor, where there is one, and then to where one wanted to go, inside this site only."""
    told: dict[str, Any] = {
        "ended": request.GET.get("ended", ""),
        "single_sign_on": single_sign_on.offered(),
        "wanted": wanted(request),
    }
    if request.method == "GET":
        if request.user.is_authenticated:
            return redirect("work")
        return render(request, "web/login.html", {"form": LoginForm(), **told})
    form = LoginForm(request.POST)
    if form.is_valid():
        person = accounts.try_password(request, form.cleaned_data["username"], form.cleaned_data["password"])
        if person is not None:
            return came_this_far(request, person, "password", wanted(request))
        form.add_error(None, str(WRONG))
    return render(request, "web/login.html", {"form": form, **told}, status=422)


def came_this_far(request: HttpRequest, person: Person, how: str, to: str) -> HttpResponse:
    """One factor was right: in, or on to the second one."""
    if not factors.of(person).any:
        return enter(request, person, how, to)
    request.session.cycle_key()
    request.session[PENDING] = {"person": person.pk, "at": int(time.time()), "how": how, "next": to}
    return redirect("second")


def enter(request: HttpRequest, person: Person, how: str, to: str, *, second: bool = False) -> HttpResponse:
    """A new session for this person. Older ones past the allowed number end."""
    login(request, person, backend=BACKEND)
    request.session.pop(PENDING, None)
    if second:
        request.session[SECOND] = True
    if accounts.must_change(person):
        request.session[MUST_CHANGE] = "given"
    elif how.startswith("password") and accounts.grown_old(person):
        request.session[MUST_CHANGE] = "old"
    if accounts.came_in(person, how, keep=request.session.session_key):
        messages.info(request, _("您的账号在别处的登录已经退出。不是您本人登录的，请立即更改密码。"))
    return HttpResponseRedirect(to or reverse("work"))


def wanted(request: HttpRequest) -> str:
    """Where one wanted to go; empty when nowhere, or to another site."""
    found = request.POST.get("next") or request.GET.get("next") or ""
    safe = url_has_allowed_host_and_scheme(found, {request.get_host()}, require_https=request.is_secure())
    return found if safe else ""


# -- the second factor


def _pending(request: HttpRequest) -> dict[str, Any] | None:
    found: dict[str, Any] | None = request.session.get(PENDING)
    return found if found and 0 <= time.time() - found["at"] <= PATIENCE else None


def asked_of(request: HttpRequest) -> Person | None:
    """Who is to show a second factor: whoever just gave the password, or whoever is logged in."""
    pending = _pending(request)
    if pending is not None:
        return Person.objects.filter(pk=pending["person"], is_active=True).first()
    return request.user if request.user.is_authenticated else None


def _shown_second(request: HttpRequest, person: Person, kind: str) -> str:
    """The second factor was right. Returns where to go."""
    pending = _pending(request)
    if pending is not None:
        return enter(request, person, f"{pending['how']}+{kind}", pending["next"], second=True).headers["Location"]
    request.session[SECOND] = True
    request.session[PROVED] = int(time.time())
    return wanted(request) or reverse("work")


@login_not_required
@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def second(request: HttpRequest) -> HttpResponse:
    """A code, a recovery code or a passkey."""
    person = asked_of(request)
    if person is None:
        return redirect("login")
    has = factors.of(person)
    if not has.any:
        return redirect("account")
    form = CodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            kind = _code_kind(person, form.cleaned_data["code"])
        except TooMany:
            form.add_error("code", str(TRIED))
        else:
            if kind:
                return HttpResponseRedirect(_shown_second(request, person, kind))
            form.add_error("code", str(WRONG_CODE))
    told = {"form": form, "has": has, "wanted": wanted(request)}
    return render(request, "web/second.html", told, status=422 if form.is_bound else 200)


def _code_kind(person: Person, code: str) -> str:
    """Which kind of code it is, when it is right."""
    if code.strip().replace(" ", "").isdecimal():
        return "totp" if accounts.use_totp(person, code) else ""
    return "recovery" if accounts.use_recovery_code(person, code) else ""


@login_not_required
@require_POST
def passkey_asked(request: HttpRequest) -> HttpResponse:
    """What the browser is to have signed by a passkey."""
    person = asked_of(request)
    if person is None or not factors.of(person).passkeys:
        return JsonResponse({"says": str(_("请重新登录。"))}, status=403)
    asked, request.session[ASKED] = factors.begin_check(request, person)
    return JsonResponse(asked)


@login_not_required
@require_POST
def passkey_answered(request: HttpRequest) -> HttpResponse:
    """The answer of the passkey: the second factor, or the proof that it is still this person."""
    person, state = asked_of(request), request.session.pop(ASKED, None)
    if person is None or state is None:
        return JsonResponse({"says": str(_("请重新登录。"))}, status=403)
    try:
        right = accounts.use_passkey(request, person, state, answer_of(request))
    except TooMany:
        return JsonResponse({"says": str(TRIED)}, status=429)
    if not right:
        return JsonResponse({"says": str(_("通行密钥没有通过验证，请再试一次。"))}, status=422)
    return JsonResponse({"go": _shown_second(request, person, "passkey")})


def answer_of(request: HttpRequest) -> dict[str, Any]:
    """What the script sent; an empty answer for anything else."""
    try:
        found = json.loads(request.body)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


# -- showing again who one is


@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def again(request: HttpRequest) -> HttpResponse:
    """Before a dangerous act. Back to the page it belongs to."""
    person = cast(Person, request.user)
    form = AgainForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        if _proves(request, person, form.cleaned_data["secret"]):
            request.session[PROVED] = int(time.time())
            return HttpResponseRedirect(wanted(request) or reverse("work"))
        form.add_error("secret", str(_("不对，或者短时间内试得太多。请核对；仍不行，请过一刻钟再试。")))
    told = {
        "form": form,
        "wanted": wanted(request),
        "has": factors.of(person),
        "single_sign_on": single_sign_on.offered(),
    }
    return render(request, "web/again.html", told, status=422 if form.is_bound else 200)


def _proves(request: HttpRequest, person: Person, secret: str) -> bool:
    digits = secret.replace(" ", "")
    if len(digits) == factors.DIGITS and digits.isdecimal() and factors.of(person).totp:
        try:
            return accounts.use_totp(person, digits)
        except TooMany:
            return False
    return accounts.prove_password(request, person, secret)


# -- single sign-on


@login_not_required
@never_cache
@require_http_methods(["GET"])
def sign_on(request: HttpRequest) -> HttpResponse:
    """To the provider."""
    return single_sign_on.to_provider(request, wanted(request))


@login_not_required
@never_cache
@require_http_methods(["GET"])
def signed_on(request: HttpRequest) -> HttpResponse:
    """Back from the provider. Where it vouches for a second factor, ours is not asked for."""
    found = single_sign_on.answer(request)
    if found is None:
        accounts.sign_on_failed()
        messages.error(
            request,
            _("单点登录没有成功：没有通过验证，或本系统没有对应的账号。请再试一次，或请本单位的安全管理员查看。"),
        )
        return redirect("login")
    if found.second:
        return enter(request, found.person, "single_sign_on+provider", found.wanted, second=True)
    return came_this_far(request, found.person, "single_sign_on", found.wanted)


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
        label=_("新密码"),
        strip=False,
        widget=forms.PasswordInput({"autocomplete": "new-password"}),
    )
    again = forms.CharField(
        label=_("再输入一次新密码"), strip=False, widget=forms.PasswordInput({"autocomplete": "new-password"})
    )

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        for field in self.fields.values():
            field.error_messages["required"] = _("请填写这一项。")
        self.fields["new"].help_text = _(
            "至少 %(length)d 个字符，不能全是数字，不用常见的词、生日和自己的姓名。几个不相干的词连起来，好记也难猜。"
        ) % {"length": settings.ENTRANCE.password_length}
        if settings.ENTRANCE.password_kinds > 1:
            self.fields["new"].help_text += " " + SeveralKinds(settings.ENTRANCE.password_kinds).get_help_text()

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
            accounts.change_own_password(request, person, form.cleaned_data["old"], form.cleaned_data["new"])
        except BadAct as error:
            form.add_error(error.field, str(error))
        except ValidationError as error:
            form.add_error("new", error)
        else:
            update_session_auth_hash(request, person)
            accounts.end_own_sessions(person, keep=request.session.session_key)
            request.session.pop(MUST_CHANGE, None)
            messages.success(request, _("密码已经更改，在别处的登录都已退出。"))
            return redirect("work")
    told = {"form": form, "must": request.session.get(MUST_CHANGE, ""), "age": settings.ENTRANCE.password_age}
    return render(request, "web/password.html", told, status=422 if form.is_bound else 200)
