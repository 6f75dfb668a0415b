"""Making, checking and revoking tokens. Each making and revoking is an act of administration and stands in its log."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any, Final

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from huiyin.api.models import SCOPES, USUAL, ApiToken
from huiyin.core.model import SYSTEM
from huiyin.org import actions, log, reach
from huiyin.org import queries as org
from huiyin.org.models import Officer, Person, Stamp
from huiyin.org.snapshot import STAMP

PREFIX: Final = "hy_"
USED: Final = timedelta(minutes=1)  # `last_used` is not written more often
KEPT: Final = 1000  # tokens remembered in a process
LOOK: Final = f"""
SELECT t.since, t.until, o.since, o.until, (SELECT s.value FROM {Stamp._meta.db_table} s WHERE s.id = %s)
FROM {ApiToken._meta.db_table} t
JOIN {Officer._meta.db_table} o ON o.id = t.officer_id
JOIN {Person._meta.db_table} p ON p.id = o.person_id
WHERE t.digest = %s AND t.revoked IS NULL AND p.is_active
"""


class BadToken(ValueError):
    """What was asked of a token cannot be: the text says why."""


def create(
    officer: Officer, name: str, *, scopes: Sequence[str] = USUAL, since: date | None = None, until: date | None = None,
    by: Officer | None = None,
) -> tuple[ApiToken, str]:  # fmt: skip
    """A new token for a posting, and its text, which is shown this once. Raises BadToken, PermissionDenied."""
    actions.may("create_token", by)
    reach.check(by, officer.unit_id)
    since = since or timezone.localdate()
    if unknown := sorted(set(scopes) - set(SCOPES)):
        raise BadToken(
            _("不认识的权限：%(names)s；可用：%(known)s。") % {"names": "、".join(unknown), "known": "、".join(SCOPES)}
        )
    if not scopes or not name.strip():
        raise BadToken(_("请写明用途和权限。"))
    if until is not None and until < since:
        raise BadToken(_("结束日期早于开始日期。"))
    text = PREFIX + secrets.token_urlsafe(32)
    with transaction.atomic():
        token = ApiToken.objects.create(
            digest=digest_of(text), name=name.strip()[:80], officer=officer, scopes=sorted(set(scopes)), since=since,
            until=until, made=timezone.now(),
        )  # fmt: skip
        _log("token_created", token, by)
    return token, text


def revoke(token: ApiToken, *, by: Officer | None = None) -> None:
    """From now on it opens nothing. Raises PermissionDenied."""
    actions.may("revoke_token", by)
    reach.check(by, token.officer.unit_id)
    with transaction.atomic():
        token.revoked = timezone.now()
        token.save(update_fields=["revoked"])
        _log("token_revoked", token, by)


def of_person(person: Person) -> list[ApiToken]:
    """Those in force that act in this person's name, the newest first. The security administrator makes them; whose name it is sees them."""
    held = org.postings(person)
    found = ApiToken.objects.filter(org.in_force(org.today()), officer__in=[one.pk for one in held], revoked=None)
    return list(found.select_related("officer__unit").order_by("-pk"))


def _log(name: str, token: ApiToken, by: Officer | None) -> None:
    officer = token.officer
    log.write(
        name,
        {
            "token": token.pk, "officer": officer.pk, "person": f"p{officer.person_id}", "scopes": token.scopes,
            "since": token.since.isoformat(), "until": token.until.isoformat() if token.until else None,
        },
        by=org.actor_of(by) if by is not None else SYSTEM,
    )  # fmt: skip


def digest_of(text: str) -> str:
    """What is stored: the token has 256 random bits, so its plain digest tells nothing."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def check(text: str) -> ApiToken | None:
    """The token with its posting, when both are in force now. One short query tells; what it stands for is remembered until the
    organisation changes."""
    digest = digest_of(text)
    with connection.cursor() as cursor:
        cursor.execute(LOOK, [STAMP, digest])
        row = cursor.fetchone()
    if row is None:
        _known.pop(digest, None)
        return None
    today = timezone.localdate()
    since, until, from_, to = (_day(value) for value in row[:4])
    if not (since <= today <= (until or date.max) and from_ <= today <= (to or date.max)):
        return None
    token = _remembered(digest, str(row[4] or ""))
    if token is not None:
        _used(token, timezone.now())
    return token


_known: dict[str, tuple[str, ApiToken]] = {}


def _remembered(digest: str, stamp: str) -> ApiToken | None:
    held = _known.get(digest)
    if held is not None and stamp and held[0] == stamp:
        return held[1]
    token = ApiToken.objects.select_related("officer__person", "officer__unit").filter(digest=digest).first()
    if token is not None:
        if len(_known) >= KEPT:
            _known.clear()
        _known[digest] = (stamp, token)
    return token


def _day(value: Any) -> Any:
    """A day as the driver gives it: SQLite keeps it as text."""
    return date.fromisoformat(value) if isinstance(value, str) else value


def _used(token: ApiToken, now: datetime) -> None:
    if token.last_used is None or now - token.last_used >= USED:
        ApiToken.objects.filter(pk=token.pk).update(last_used=now)
        token.last_used = now
