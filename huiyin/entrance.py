"""Settings of coming in: who needs a second factor, how long a session lasts, how often may be tried, single sign-on. Knows nothing of Django."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final
from urllib.parse import urlsplit

from huiyin.environ import Environ, SettingsError

SECOND_FACTOR: Final = "administrator,security_administrator,auditor,supervisor"
NOBODY: Final = "none"
OIDC: Final = ("HUIYIN_OIDC_ISSUER", "HUIYIN_OIDC_CLIENT", "HUIYIN_OIDC_SECRET")


@dataclass(frozen=True, slots=True)
class SingleSignOn:
    """A provider of OpenID Connect. `claim` holds the user name as it stands here."""

    issuer: str
    client: str
    secret: str = field(repr=False)
    claim: str
    label: str


@dataclass(frozen=True, slots=True)
class Entrance:
    """Everything about coming in. `sessions`: at a time and person; `tries`: wrong log-ins in a quarter of an hour; `sent`: matters sent in by
    the public from one address in an hour; `proxies`: how many of our own stand in front and name the address of the visitor; `password_age`:
    None where a password may grow old."""

    second_factor: frozenset[str]
    idle: timedelta
    longest: timedelta
    sessions: int
    proven: timedelta
    tries_account: int
    tries_address: int
    sent_address: int
    proxies: int
    password_length: int
    password_kinds: int
    password_age: timedelta | None
    single_sign_on: SingleSignOn | None = None


def read(env: Environ, *, https: bool) -> Entrance:
    """All of it. Raises SettingsError."""
    roles = frozenset(env.names("HUIYIN_SECOND_FACTOR", SECOND_FACTOR))
    if NOBODY in roles and len(roles) > 1:
        raise SettingsError(
            "HUIYIN_SECOND_FACTOR", ",".join(sorted(roles)), "none 只能单独写；否则写角色代号，用逗号分隔。",
            "Write none alone, or roles separated by commas.",
        )  # fmt: skip
    days = env.number("HUIYIN_PASSWORD_DAYS", 0, 0, 366)
    return Entrance(
        second_factor=roles - {NOBODY},
        idle=timedelta(minutes=env.number("HUIYIN_IDLE_MINUTES", 30, 1, 720)),
        longest=timedelta(hours=env.number("HUIYIN_SESSION_HOURS", 12, 1, 24)),
        sessions=env.number("HUIYIN_SESSIONS", 1, 1, 20),
        proven=timedelta(minutes=env.number("HUIYIN_PROVE_MINUTES", 15, 1, 720)),
        tries_account=env.number("HUIYIN_TRIES_ACCOUNT", 10, 3, 1000),
        tries_address=env.number("HUIYIN_TRIES_ADDRESS", 100, 3, 100_000),
        sent_address=env.number("HUIYIN_SENT_ADDRESS", 60, 1, 100_000),
        proxies=env.number("HUIYIN_PROXIES", 1 if https else 0, 0, 5),
        password_length=env.number("HUIYIN_PASSWORD_LENGTH", 12, 8, 64),
        password_kinds=env.number("HUIYIN_PASSWORD_KINDS", 1, 1, 3),
        password_age=timedelta(days=days) if days else None,
        single_sign_on=_single_sign_on(env),
    )


def _single_sign_on(env: Environ) -> SingleSignOn | None:
    issuer, client, secret = (env.text(name, "") for name in OIDC)
    claim, label = env.text("HUIYIN_OIDC_CLAIM", "preferred_username"), env.text("HUIYIN_OIDC_LABEL", "统一身份认证")
    if not issuer and not client and not secret:
        return None
    for name, value in zip(OIDC, (issuer, client, secret), strict=True):
        if not value:
            raise SettingsError(
                name, "", f"单点登录要同时写明 {'、'.join(OIDC)}。", f"Single sign-on needs all of {', '.join(OIDC)}."
            )
    parts = urlsplit(issuer)
    local = parts.hostname in {"localhost", "127.0.0.1", "::1"}
    if (parts.scheme != "https" and not (parts.scheme == "http" and local)) or not parts.hostname:
        raise SettingsError(
            OIDC[0],
            issuer,
            "应为 https 网址；只有本机的可以用 http。",
            "Use an https address; http only on this machine.",
        )
    return SingleSignOn(issuer.rstrip("/"), client, secret, claim, label)
