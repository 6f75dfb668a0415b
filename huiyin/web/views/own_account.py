"""One's own account: second factors, recovery codes, where one is logged in, and saying that somebody else may know the password."""

import base64
from typing import Any, Final, cast

from django import forms
from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from huiyin.accounts import actions as accounts
from huiyin.accounts import factors, sessions
from huiyin.accounts.factors import BadFactor
from huiyin.accounts.models import Session
from huiyin.accounts.throttle import TooMany
from huiyin.api import tokens
from huiyin.hooks import actions as hooks
from huiyin.org import queries as org
from huiyin.org.actions import BadAct
from huiyin.org.models import Person
from huiyin.web import closed, qr
from huiyin.web.people import SECOND, freshly, with_all_factors
from huiyin.web.views.account import TRIED, answer_of

SEED: Final = "totp_seed"  # in the session, closed: a seed that was shown and not confirmed yet
MAKING: Final = "passkey_making"  # in the session: what the browser was asked when a passkey is made
CODES: Final = "recovery_codes"  # in the session, closed: new codes, for the one page that shows them


class TotpForm(forms.Form):
    """The first code of a new app."""

    code = forms.CharField(
        label=gettext_lazy("验证器里显示的六位数字"), max_length=12,
        widget=forms.TextInput({"autocomplete": "one-time-code", "inputmode": "numeric"}),
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].error_messages["required"] = _("请填写这一项。")


@never_cache
@require_http_methods(["GET"])
def account(request: HttpRequest) -> HttpResponse:
    """Everything of one's own log-in on one page. Whoever must have a second factor and has none is sent here."""
    person = cast(Person, request.user)
    has = factors.of(person)
    needs = factors.required(org.postings(person))
    mine = Session.objects.filter(person=person.pk, expire_date__gt=timezone.now()).order_by("-seen")
    own = sessions.digest_of(request.session.session_key or "")
    codes = closed.opened(request.session.pop(CODES, None)) or []
    return render(request, "web/account.html", {
        "person": person, "has": has, "must": needs and not has.any, "codes": codes,
        "sessions": [{"row": row, "own": row.session_key == own} for row in mine], "tokens": tokens.of_person(person),
        "hooks": hooks.of_person(person),
    })  # fmt: skip


def _show_codes(request: HttpRequest, codes: list[str]) -> None:
    if codes:
        request.session[CODES] = closed.close(codes)


def _may_go_on(request: HttpRequest) -> None:
    """Who just set up a second factor has shown it."""
    request.session[SECOND] = True


@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
@with_all_factors
@freshly
def totp(request: HttpRequest) -> HttpResponse:
    """The square to scan, and the first code, which shows that it was scanned."""
    person = cast(Person, request.user)
    kept = closed.opened(request.session.get(SEED))
    if kept is None:
        kept = base64.b64encode(factors.new_seed()).decode()
        request.session[SEED] = closed.close(kept)
    seed = base64.b64decode(kept)
    form = TotpForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            codes = accounts.add_totp(person, seed, form.cleaned_data["code"])
        except BadAct as bad:
            form.add_error("code", str(bad))
        except TooMany:
            form.add_error("code", str(TRIED))
        else:
            del request.session[SEED]
            _show_codes(request, codes)
            _may_go_on(request)
            messages.success(request, _("验证器已经启用。"))
            return redirect("account")
    told = {"form": form, "square": qr.data_uri(factors.address(person, seed)), "written": factors.written(seed)}
    return render(request, "web/totp.html", told, status=422 if form.is_bound else 200)


@require_POST
@with_all_factors
@freshly
def passkey_begin(request: HttpRequest) -> HttpResponse:
    """What the browser needs for making a passkey."""
    asked, request.session[MAKING] = factors.begin_registration(request, cast(Person, request.user))
    return JsonResponse(asked)


@require_POST
@with_all_factors
@freshly
def passkey_add(request: HttpRequest) -> HttpResponse:
    """The passkey that the browser made."""
    state, answer = request.session.pop(MAKING, None), answer_of(request)
    label = str(answer.pop("label", ""))
    try:
        if state is None:
            raise BadFactor("nothing was asked")
        codes = accounts.add_passkey(request, cast(Person, request.user), state, answer, label)
    except BadFactor:
        return JsonResponse({"says": _("通行密钥没有建成，请再试一次。")}, status=422)
    except TooMany:
        return JsonResponse({"says": str(TRIED)}, status=429)
    _show_codes(request, codes)
    _may_go_on(request)
    messages.success(request, _("通行密钥已经添加。"))
    return JsonResponse({"go": redirect("account").headers["Location"]})


@require_POST
@with_all_factors
@freshly
def factor_remove(request: HttpRequest) -> HttpResponse:
    """Take one away: the app, or one passkey."""
    try:
        accounts.remove_factor(cast(Person, request.user), request.POST.get("which", ""))
    except BadAct as bad:
        messages.error(request, str(bad))
    else:
        messages.success(request, _("已经删除。"))
    return redirect("account")


@require_POST
@with_all_factors
@freshly
def recovery_codes(request: HttpRequest) -> HttpResponse:
    """Ten new ones; the old ones end."""
    person = cast(Person, request.user)
    if factors.of(person).any:
        _show_codes(request, accounts.make_recovery_codes(person))
    return redirect("account")


@require_POST
def sessions_end(request: HttpRequest) -> HttpResponse:
    """One session elsewhere, or all of them."""
    which = request.POST.get("which")
    keep = None if which else request.session.session_key
    count = accounts.end_own_sessions(cast(Person, request.user), keep=keep, only=which or None)
    messages.success(request, _("已经退出 %(count)d 处登录。") % {"count": count})
    return redirect("account")


@require_POST
def report(request: HttpRequest) -> HttpResponse:
    """Somebody else may know the password: out everywhere, at once."""
    accounts.report_password(cast(Person, request.user))
    logout(request)
    messages.success(request, _("账号已经锁住，各处登录都已退出。请找本单位的安全管理员核实身份、重设密码。"))
    return redirect("login")
