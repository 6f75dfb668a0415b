"""The accounts as a Django app."""

from typing import Any

from django.apps import AppConfig
from django.http import HttpRequest
from django.utils import timezone


class AccountsConfig(AppConfig):
    """The log of looks is never changed: by triggers on both databases, and by privileges on PostgreSQL. Every log-in, however it came about,
    marks its session with the moment."""

    name = "huiyin.accounts"
    protected_tables = ("accounts_look",)

    def ready(self) -> None:
        """Django's own signal: it is sent inside `login`, before anybody could forget."""
        from django.contrib.auth.signals import user_logged_in

        from huiyin import checks
        from huiyin.accounts import actions, factors
        from huiyin.org.actions import password_given
        from huiyin.vault import rotating

        rotating.follow(rotating.Follower(move=factors.move_seeds))
        user_logged_in.connect(_begun, dispatch_uid="huiyin.accounts.begun")
        password_given(actions.set_by_another)
        checks.at_start(factors.problems)


def _begun(sender: Any, request: HttpRequest, **_more: Any) -> None:
    from huiyin.accounts.sessions import DEVICE, SINCE, device_of

    request.session[SINCE] = int(timezone.now().timestamp())
    request.session[DEVICE] = device_of(request.META.get("HTTP_USER_AGENT", ""))
