"""Texts that the office put in through the pages, before what is shipped with the programme (OwnText). Kept for good, the newest counts."""

from __future__ import annotations

import hashlib

from django.utils import timezone

from huiyin.org import acts, reach
from huiyin.org.models import Officer, OwnText

CALENDAR, NOTICE, PHRASE = "calendar", "notice", "phrase"
EVENTS = {CALENDAR: "calendar_notice_put", NOTICE: "notice_text_put", PHRASE: "phrase_put"}
DROPPED = {CALENDAR: "notice_text_dropped", NOTICE: "notice_text_dropped", PHRASE: "phrase_dropped"}


@acts.act
def put(kind: str, name: str, text: str, *, waits: bool = False, by: Officer | None = None) -> OwnText:
    """Put a text in; none takes back what was put in before. It is everybody's, so it is kept where nobody stands above. `waits`: it is
    not in use yet (see `release`). The log keeps its digest. Errors: PermissionDenied."""
    reach.check(by, None)
    row = OwnText.objects.create(kind=kind, name=name, text=text, put=timezone.now(), waits=waits)
    digest = hashlib.sha256(text.encode()).hexdigest()
    acts.done(EVENTS[kind] if text else DROPPED[kind], {"text": name, "row": row.pk, "digest": digest}, by)
    return row


def in_use(kind: str) -> dict[str, str]:
    """The texts that count now, by name."""
    return _newest(OwnText.objects.filter(kind=kind, waits=False).order_by("pk"))


def with_waiting(kind: str) -> dict[str, str]:
    """The texts as they will count once those that wait are released."""
    return _newest(OwnText.objects.filter(kind=kind).order_by("pk"))


def _newest(rows: object) -> dict[str, str]:
    found: dict[str, str] = {row.name: row.text for row in rows}  # type: ignore[attr-defined]
    return {name: text for name, text in found.items() if text}


def waiting(kind: str) -> bool:
    """Is something put in that is not in use yet?"""
    return OwnText.objects.filter(kind=kind, waits=True).exists()


def release(kind: str) -> None:
    """What waited is in use from now on; every process notices by the stamp."""
    if OwnText.objects.filter(kind=kind, waits=True).update(waits=False):
        acts.stamp()
