"""Settings of what leaves the house: mail, the SMS gateway, webhooks. Read once from the environment; knows nothing of Django."""

from dataclasses import dataclass, field
from typing import Final
from urllib.parse import parse_qsl, unquote, urlsplit

from huiyin.environ import Environ, SettingsError

CHANNELS: Final = ("email", "sms")
SECRET_LENGTH: Final = 16


@dataclass(frozen=True, slots=True)
class Mail:
    """Where mail is handed in. `tls`: starttls, ssl (from the first byte) or none."""

    host: str
    port: int
    tls: str
    sender: str
    user: str = ""
    password: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Gateway:
    """Where short messages are handed in. `repeatable`: the gateway promises to drop a message whose id it has seen before."""

    url: str
    secret: bytes = field(repr=False)
    sign: str = ""
    repeatable: bool = False
    segments: int = 4


@dataclass(frozen=True, slots=True)
class Sending:
    """Everything about sending. Times in seconds, ages in days, hours of the local day."""

    mail: Mail | None
    sms: Gateway | None
    channels: tuple[str, ...]
    site: str
    seconds: int
    retry_most: int
    notice_days: int
    warn_hour: int
    anchor_hour: int
    draft_days: int
    hooks_private: bool
    hook_days: int


def read(env: Environ) -> Sending:
    """All of it. Raises SettingsError."""
    return Sending(
        mail=_mail(env),
        sms=_gateway(env),
        channels=_channels(env),
        site=_site(env),
        seconds=env.number("HUIYIN_SEND_SECONDS", 20, 1, 60),
        retry_most=env.number("HUIYIN_RETRY_MOST", 3600, 1, 86400),
        notice_days=env.number("HUIYIN_NOTICE_DAYS", 14, 1, 365),
        warn_hour=env.number("HUIYIN_WARN_HOUR", 8, 0, 23),
        anchor_hour=env.number("HUIYIN_ANCHOR_HOUR", 1, 0, 23),
        draft_days=env.number("HUIYIN_DRAFT_DAYS", 30, 1, 3650),
        hooks_private=env.flag("HUIYIN_HOOKS_PRIVATE", False),
        hook_days=env.number("HUIYIN_HOOK_DAYS", 3, 1, 60),
    )


def _mail(env: Environ) -> Mail | None:
    name = "HUIYIN_MAIL"
    url, sender = env.text(name, ""), env.text("HUIYIN_MAIL_FROM", "")
    if not url:
        return None
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), None
    tls = "ssl" if parts.scheme == "smtps" else dict(parse_qsl(parts.query)).get("tls", "starttls")
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname or tls not in ("ssl", "starttls", "none"):
        raise SettingsError(
            name,
            url,
            "应为 smtp://用户:密码@主机:端口（要求 STARTTLS；加 ?tls=none 为不加密）或 smtps://用户:密码@主机:端口。",
            "Use smtp://user:password@host:port (STARTTLS; add ?tls=none for none) or smtps://user:password@host:port.",
        )
    if sender.count("@") != 1 or any(c in sender for c in "\r\n<>,; "):
        raise SettingsError(
            "HUIYIN_MAIL_FROM",
            sender,
            "设置了 HUIYIN_MAIL 时，须写明发件地址，如 12315@example.gov.cn。",
            "With HUIYIN_MAIL, give the address mail is sent from.",
        )
    usual = {"ssl": 465, "starttls": 587, "none": 25}[tls]
    return Mail(
        parts.hostname, port or usual, tls, sender, unquote(parts.username or ""), unquote(parts.password or "")
    )


def _gateway(env: Environ) -> Gateway | None:
    url, secret = env.text("HUIYIN_SMS_URL", ""), env.text("HUIYIN_SMS_SECRET", "")
    sign, repeatable = env.text("HUIYIN_SMS_SIGN", ""), env.flag("HUIYIN_SMS_REPEATABLE", False)
    segments = env.number("HUIYIN_SMS_SEGMENTS", 4, 1, 10)
    if not url:
        return None
    if urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).hostname:
        raise SettingsError(
            "HUIYIN_SMS_URL", url, "应为网关的网址，以 http:// 或 https:// 开头。", "Give the gateway's address."
        )
    if len(secret) < SECRET_LENGTH:
        raise SettingsError(
            "HUIYIN_SMS_SECRET",
            "*" * len(secret),
            f"设置了 HUIYIN_SMS_URL 时，须有至少 {SECRET_LENGTH} 个字符的签名密钥。",
            f"With HUIYIN_SMS_URL, a signing secret of at least {SECRET_LENGTH} characters is needed.",
        )
    return Gateway(url, secret.encode(), sign, repeatable, segments)


def _channels(env: Environ) -> tuple[str, ...]:
    found = env.names("HUIYIN_CHANNELS", "sms,email")
    if wrong := [name for name in found if name not in CHANNELS]:
        raise SettingsError(
            "HUIYIN_CHANNELS",
            wrong[0],
            "只能是 sms、email，先用的写在前面。",
            "Use sms and email, the preferred first.",
        )
    return tuple(dict.fromkeys(found))


def _site(env: Environ) -> str:
    found = env.text("HUIYIN_SITE", "").rstrip("/")
    if found and (urlsplit(found).scheme not in ("http", "https") or not urlsplit(found).hostname):
        raise SettingsError(
            "HUIYIN_SITE",
            found,
            "应为网站对外的网址，如 https://12345.example.gov.cn。",
            "Give the public address of the site.",
        )
    return found
