"""The channels by which a notice leaves: mail and a generic gateway for short messages. Each says exactly one of four things about a send:
done (returns), `Later` (it was not taken, try again), `Never` (it will never be taken), `Unknown` (it may have been)."""

from __future__ import annotations

import json
import re
import smtplib
import ssl
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Final

from huiyin import outgoing
from huiyin.sending import Gateway, Mail

GSM_ONE, GSM_MORE, WIDE_ONE, WIDE_MORE = 160, 153, 70, 67  # signs in one message, and in each of several
_GSM: Final = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_GSM_TWO: Final = frozenset("^{}\\[~]|€")
_MOBILE: Final = re.compile(r"1[3-9][0-9]{9}")
_EMAIL: Final = re.compile(r"[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")


class Later(Exception):
    """It was certainly not taken, and may be another time. `down`: nothing is taken from anybody; `after`: seconds the other side asks for."""

    def __init__(self, why: str, *, down: bool = False, after: int | None = None) -> None:
        super().__init__(why)
        self.down, self.after = down, after


class Never(Exception):
    """It was refused for good: the address or the text is wrong."""


class Unknown(Exception):
    """It left, and nobody knows whether it was taken."""


def mobile(text: str) -> str | None:
    """A mobile number of the mainland in its eleven digits."""
    digits = re.sub(r"[\s()（）-]", "", text)
    digits = re.sub(r"^(\+|00)?86(?=1)", "", digits)
    return digits if _MOBILE.fullmatch(digits) else None


def address(text: str) -> str | None:
    """An address of electronic mail, or none when it is not one."""
    found = text.strip()
    return found if _EMAIL.fullmatch(found) and len(found) <= 254 and ".." not in found else None


# -- mail


def send_mail(settings: Mail, seconds: int, to: str, subject: str, text: str, message_id: str) -> None:
    """Hand one message in. The Message-ID is the row's own: a message that arrives twice can be told by it."""
    message = EmailMessage()
    host = settings.sender.rpartition("@")[2]
    message["From"] = Address(addr_spec=settings.sender)
    message["To"] = Address(addr_spec=to)
    message["Subject"] = subject.replace("\n", " ")
    message["Message-ID"] = f"<{message_id}@{host}>"
    message["Date"] = format_datetime(datetime.now(UTC))
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(text, charset="utf-8", cte="base64")
    server = _connected(settings, seconds)
    try:
        _hand_in(server, settings.sender, to, message.as_bytes())
    finally:
        _goodbye(server)


def _connected(settings: Mail, seconds: int) -> smtplib.SMTP:
    """A connection that has greeted, encrypted and logged in as the settings say. Until here nothing was sent: Later."""
    context = ssl.create_default_context()
    try:
        server: smtplib.SMTP
        if settings.tls == "ssl":
            server = smtplib.SMTP_SSL(settings.host, settings.port, timeout=seconds, context=context)
        else:
            server = smtplib.SMTP(settings.host, settings.port, timeout=seconds)
        if settings.tls == "starttls":
            server.starttls(context=context)
        if settings.user:
            server.login(settings.user, settings.password)
        server.ehlo_or_helo_if_needed()
        return server
    except (OSError, smtplib.SMTPException) as error:
        raise Later(f"mail server: {type(error).__name__}", down=True) from error


def _hand_in(server: smtplib.SMTP, sender: str, to: str, content: bytes) -> None:
    try:
        _expect(server.mail(sender), "MAIL")
        _expect(server.rcpt(to), "RCPT")
        code, _words = server.docmd("DATA")
    except (OSError, smtplib.SMTPServerDisconnected) as error:
        raise Later(f"mail server: {type(error).__name__}", down=True) from error
    if code != 354:
        _expect((code, b""), "DATA")
        raise Later(f"mail server: {code} to DATA")
    try:
        server.send(_dotted(content))
        answer = server.getreply()
    except (OSError, smtplib.SMTPServerDisconnected) as error:
        raise Unknown(f"mail server: {type(error).__name__} after the text") from error
    _expect(answer, "the text")


def _dotted(content: bytes) -> bytes:
    """The text as SMTP wants it: lines ended by CR LF, a point at the beginning of a line doubled, a point alone at the end."""
    lines = re.sub(rb"\r?\n|\r", b"\r\n", content)
    lines = re.sub(rb"(?m)^\.", b"..", lines)
    return lines + (b"" if lines.endswith(b"\r\n") else b"\r\n") + b".\r\n"


def _expect(answer: tuple[int, bytes], at: str) -> None:
    """The server's words are not passed on: they hold the address."""
    code = answer[0]
    if 200 <= code < 300:
        return
    if 500 <= code < 600:
        raise Never(f"mail server: {code} to {at}")
    raise Later(f"mail server: {code} to {at}", down=code == 421)


def _goodbye(server: smtplib.SMTP) -> None:
    try:
        server.quit()
    except (OSError, smtplib.SMTPException):
        server.close()


# -- short messages


def segments(text: str) -> int:
    """In how many parts a short message goes: 70 signs fit in one in Chinese, 67 in each of several (160 and 153 where GSM's alphabet will do)."""
    if all(c in _GSM or c in _GSM_TWO for c in text):
        signs, one, more = len(text) + sum(c in _GSM_TWO for c in text), GSM_ONE, GSM_MORE
    else:
        signs, one, more = len(text.encode("utf-16-le")) // 2, WIDE_ONE, WIDE_MORE
    return 1 if signs <= one else -(-signs // more)


def send_sms(gateway: Gateway, seconds: int, to: str, text: str, message_id: str) -> None:
    """Hand one short message in: POST {"id", "to", "text"}, signed. What its answers mean stands in docs/notices.md."""
    body = json.dumps({"id": message_id, "to": to, "text": text}, ensure_ascii=False).encode()
    moment = str(int(datetime.now(UTC).timestamp()))
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "Idempotency-Key": message_id,
        "X-Huiyin-Timestamp": moment,
        "X-Huiyin-Signature": "sha256=" + outgoing.signature(gateway.secret, moment, body),
    }
    try:
        answer = outgoing.post(gateway.url, body, headers, seconds=seconds, private=True)
    except outgoing.Forbidden as error:
        raise Later(f"SMS gateway: {error}", down=True) from error
    except outgoing.NotSent as error:
        raise Later(f"SMS gateway: {error}", down=True) from error
    except outgoing.NobodyKnows as error:
        raise _not_known(gateway, f"SMS gateway: {error}") from error
    if 200 <= answer.status < 300:
        return
    why = f"SMS gateway: {answer.status}"
    if answer.status in (429, 503):  # it says itself that it took nothing
        raise Later(why, down=True, after=answer.retry_after)
    if (
        answer.status in (401, 403, 404) or 300 <= answer.status < 400
    ):  # ours or the gateway's settings are wrong, not this message
        raise Later(why, down=True)
    if 400 <= answer.status < 500:
        raise Never(why)
    raise _not_known(gateway, why)


def _not_known(gateway: Gateway, why: str) -> Exception:
    return Later(why) if gateway.repeatable else Unknown(why)
