"""Sessions in the database: found by a digest of the key, with the person and the moments that limits ask about."""

import hashlib
from datetime import datetime, timedelta
from typing import Any, Final

from django.conf import settings
from django.contrib.sessions.backends.base import UpdateError
from django.contrib.sessions.backends.db import SessionStore as DbStore
from django.utils import timezone

from huiyin.accounts.models import Session

PERSON: Final = "_auth_user_id"  # Django's
SINCE: Final = "since"  # seconds: the log-in, or the first page
DEVICE: Final = "device"
ENDED: Final = "ended"  # why a session was ended from outside, for the page that says so
GRAIN: Final = timedelta(seconds=30)  # `seen` is not written more often


def digest_of(key: str) -> str:
    """What is stored of a session key. Keys have 160 random bits, so nothing can be guessed from it."""
    return hashlib.sha256(f"huiyin session\0{key}".encode()).hexdigest()[:40]


class SessionStore(DbStore):
    """Django's store over our table."""

    row_seen: datetime | None = None
    row_person: int | None = None  # whose the row was when this request read it, or wrote it last

    @classmethod
    def get_model_class(cls) -> type[Session]:
        return Session

    def _get_session_from_db(self) -> Any:
        row = Session.objects.filter(
            session_key=digest_of(self.session_key or ""), expire_date__gt=timezone.now()
        ).first()
        if row is None:
            self._session_key = None
            return None
        self.row_seen, self.row_person = row.seen, row.person
        return row

    def exists(self, session_key: str) -> bool:
        """Is there a session of that key?"""
        return Session.objects.filter(session_key=digest_of(session_key)).exists()

    def create_model_instance(self, data: dict[str, Any]) -> Any:
        """The row of this session."""
        now = timezone.now()
        since = data.get(SINCE)
        self.row_seen = now
        return Session(
            session_key=digest_of(self._key()), session_data=self.encode(data), expire_date=self.ends(data),
            person=_person(data), since=_moment(since) if since else now, seen=now, device=str(data.get(DEVICE, ""))[:40],
        )  # fmt: skip

    def save(self, must_create: bool = False) -> None:
        """Write the session. One that was ended from outside while this request ran stays ended: what the request still has of it is dropped."""
        if must_create or self.session_key is None:
            super().save(must_create=must_create)
            self.row_person = _person(self._get_session(no_load=True))  # type: ignore[attr-defined]  # the stubs leave it out
            return
        row = self.create_model_instance(self._get_session())  # type: ignore[attr-defined]  # the stubs leave it out
        mine = Session.objects.filter(pk=row.pk)
        mine = mine.filter(person=self.row_person) if self.row_person is not None else mine.filter(person__isnull=True)
        written = {f.attname: getattr(row, f.attname) for f in Session._meta.concrete_fields if not f.primary_key}
        if mine.update(**written):
            self.row_person = row.person
        elif not Session.objects.filter(pk=row.pk).exists():
            raise UpdateError

    def _key(self) -> str:
        """The key, made when the session has none yet."""
        if self.session_key is None:
            self._session_key = self._get_new_session_key()  # type: ignore[attr-defined]  # the stubs leave it out
        return str(self.session_key)

    def ends(self, data: dict[str, Any]) -> datetime:
        """When it ends: of somebody who logged in so long after the log-in, whatever is done in it; of others as Django counts."""
        if PERSON not in data or SINCE not in data:
            return self.get_expiry_date(expiry=data.get("_session_expiry"))
        return _moment(data[SINCE]) + timedelta(seconds=settings.SESSION_COOKIE_AGE)

    def delete(self, session_key: str | None = None) -> None:
        """The session is no more."""
        key = session_key or self.session_key
        if key is not None:
            Session.objects.filter(session_key=digest_of(key)).delete()

    def touch(self, now: datetime) -> None:
        """Somebody is here: a row is written once in half a minute."""
        if self.session_key and (self.row_seen is None or now - self.row_seen >= GRAIN):
            Session.objects.filter(session_key=digest_of(self.session_key)).update(seen=now)
            self.row_seen = now


def _person(data: dict[str, Any]) -> int | None:
    return int(data[PERSON]) if data.get(PERSON) else None


def _moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, tz=timezone.get_default_timezone())


def forget() -> int:
    """Drop sessions whose time is over. Returns how many."""
    return int(Session.objects.filter(expire_date__lt=timezone.now()).delete()[0])


BROWSERS: Final = (
    ("Edg/", "Edge"),
    ("MicroMessenger", "微信"),
    ("Firefox/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
SYSTEMS: Final = (
    ("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows"), ("Mac OS", "macOS"), ("Linux", "Linux"),
)  # fmt: skip


def device_of(agent: str) -> str:
    """Browser and system in two words, by which one knows one's own sessions apart. Nothing more of it is kept."""
    found = [next((said for mark, said in marks if mark in agent), "") for marks in (BROWSERS, SYSTEMS)]
    return " · ".join(part for part in found if part)


def end(rows: Any, why: str) -> int:
    """End sessions from outside: what they held goes, and the browser that comes back is told why. Returns how many."""
    text = SessionStore().encode({ENDED: why})
    return int(rows.update(session_data=text, person=None))
