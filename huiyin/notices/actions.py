"""What people do with notices: read them, and decide on those a machine could not tell. Each decision stands in the log of administration."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from django.db import transaction
from django.utils.translation import gettext as _

from huiyin.cases import clock
from huiyin.core.model import SYSTEM
from huiyin.core.vocabulary import load_vocabulary
from huiyin.moments import stored
from huiyin.notices.models import BY_HAND, FAILED, NOTHING, QUEUED, SENT, UNKNOWN, InboxRead, Outbox
from huiyin.org import log
from huiyin.org import queries as org
from huiyin.org.models import Officer
from huiyin.vault import db

READ: Final = ("person_id", "notice_id", "at")
OPEN: Final = (UNKNOWN, FAILED, BY_HAND)


class NotOpen(ValueError):
    """The notice is not (any more) one that somebody has to decide on."""


def mark_read(officer: Officer, notices: Iterable[Outbox]) -> None:
    """This person has read them."""
    now = stored(clock.now())
    rows = [(officer.person_id, notice.pk, now) for notice in notices]
    db.insert(InboxRead, READ, rows, " ON CONFLICT (person_id, notice_id) DO NOTHING")


def resend(notice: Outbox, *, by: Officer | None = None) -> None:
    """Send it (again), with the same id and the same words: somebody decided that it did not arrive. Raises NotOpen."""
    now = stored(clock.now())
    _change(
        notice,
        "notice_resent",
        by,
        {},
        state=QUEUED,
        made=now,
        due_at=now,
        attempts=0,
        finished=None,
        error="",
        unit="",
    )


def settle(notice: Outbox, *, method: str = "", by: Officer | None = None) -> None:
    """It was told: it had arrived after all, or somebody told it by `method` (phone, letter ...). Raises NotOpen, ValueError."""
    if method and method not in load_vocabulary().values["method"]:
        raise ValueError(_("没有方式“%s”。") % method)
    channel = {"channel": method} if method else {}
    _change(
        notice,
        "notice_settled",
        by,
        {"method": method or None},
        state=SENT,
        finished=stored(clock.now()),
        error="",
        unit="",
        **channel,
    )


def drop(notice: Outbox, *, reason: str, by: Officer | None = None) -> None:
    """It need not be told, for a reason that is one of REASONS. Raises NotOpen, ValueError."""
    if reason not in reasons():
        raise ValueError(_("请选择原因。"))
    _change(
        notice,
        "notice_dropped",
        by,
        {"reason": reason},
        state=NOTHING,
        finished=stored(clock.now()),
        error=f"dropped: {reason}",
        unit="",
    )


def tell_no_more(before: datetime) -> int:
    """Notices queued before that moment (local) are told nobody: of a past that was only played, as the sample cases are. Returns how many."""
    found = Outbox.objects.filter(state=QUEUED, made__lt=stored(before))
    return found.update(state=NOTHING, finished=stored(clock.now()), error="played")


def reasons() -> dict[str, str]:
    """Why a notice need not be told. A closed list: what is typed freely might hold a name."""
    return {
        "told_before": _("已经另外告知"),
        "unreachable": _("多次联系不上"),
        "outdated": _("情况已经变化，不必再告知"),
        "unwanted": _("当事人表示不必告知"),
    }


def _change(notice: Outbox, name: str, by: Officer | None, facts: dict[str, object], **changed: object) -> None:
    """Of several who decide at once the first one does."""
    with transaction.atomic():
        if not Outbox.objects.filter(pk=notice.pk, state__in=OPEN).update(lease_by="", lease_until=None, **changed):
            raise NotOpen(_("这件告知已经有人处理了。"))
        told = {"notice": notice.pk, "case": notice.case_id, "seq": notice.seq, "was": notice.state, **facts}
        log.write(name, told, by=org.actor_of(by) if by is not None else SYSTEM)
