"""Sending the outbox: any number of workers, each row at most once unless a person says so (D15).

1. claim: rows that are due get a lease. Nothing has left; after a crash the lease runs out and another worker takes the row.
2. prepare: the recipient's contact and the words are opened, the channel is chosen, the words are sealed as they will be sent.
3. hand over: the row becomes `sending`, committed, before the first byte leaves. After a crash from here on it becomes `unknown`.
4. settle: sent, failed, or queued again with a later `due_at` when it is certain that it was not taken.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.db import connection
from django.db.models import Q

from huiyin.cases import clock, queries, respondents
from huiyin.cases.models import ORDINARY, Case
from huiyin.cases.queries import Opened
from huiyin.cases.writing import writing
from huiyin.moments import stored
from huiyin.notices import channels
from huiyin.notices.models import BY_HAND, FAILED, NOTHING, PARTY, QUEUED, SENDING, SENT, UNKNOWN, Outbox
from huiyin.notices.rendering import Unsayable, Words, words_of
from huiyin.outgoing import back_off
from huiyin.vault import actions as vault
from huiyin.vault.errors import Damaged, KeyDestroyed, UnknownRef
from huiyin.vault.models import PERSONAL, SECRET

log = logging.getLogger("huiyin.notices")
BATCH: Final = 20
SLACK: Final = 60  # seconds of a lease beyond the longest that a send may take


@dataclass
class Sender:
    """One worker's hands. `down`: channels that took nothing from anybody, with the moment from which they are tried again."""

    name: str
    down: dict[str, datetime] = field(default_factory=dict)
    failures: dict[str, int] = field(default_factory=dict)

    def run(self, most: int = BATCH) -> int:
        """Send what is due, one batch. Returns how many rows were looked at."""
        lost()
        rows = self._claim(most)
        for row in rows:
            self._one(row)
        return len(rows)

    # -- 1

    def _claim(self, most: int) -> list[Outbox]:
        now = stored(clock.now())
        closed = [name for name, until in self.down.items() if until > now]
        with writing():
            free = Q(lease_until__isnull=True) | Q(lease_until__lte=now) | Q(lease_until__gt=now + 10 * lease())
            found = Outbox.objects.filter(free, state=QUEUED, due_at__lte=now).exclude(channel__in=closed)
            if connection.features.has_select_for_update_skip_locked:
                found = found.select_for_update(skip_locked=True)
            rows = list(found.order_by("due_at", "id")[:most])
            if rows:
                Outbox.objects.filter(pk__in=[r.pk for r in rows]).update(lease_by=self.name, lease_until=now + lease())
        return rows

    # -- 2

    def _one(self, row: Outbox) -> None:
        now = stored(clock.now())
        if row.made < now - timedelta(days=settings.SENDING.notice_days):
            self._settle(row, NOTHING if row.courtesy else FAILED, error="too old", unit=unit_of(row))
            return
        try:
            case = Case.objects.filter(pk=row.case_id).first()
            if case is None or row.to_kind != PARTY:
                raise Unsayable("no such case")
            opened = queries.open_case(case)
            codes = _Codes(opened, row)
            words, to = sealed_words(row) or words_of(opened, row, codes.hand_out), contacts(opened, row.to)
            chosen = choose(opened, row, to, words)
            if chosen not in channels_there():
                if (
                    chosen == BY_HAND and codes.handed_out
                ):  # whoever tells it by hand needs the words with this very code
                    Outbox.objects.filter(pk=row.pk).update(sealed=seal(opened, row, words))
                self._settle(row, chosen, unit=unit_of(row, case) if chosen == BY_HAND else "")
            elif self.down.get(chosen, now) > now:
                self._back(row, chosen, self.down[chosen], row.attempts, "waits for the channel")
            else:
                self._hand_over(row, chosen, to[chosen], words, row.sealed or seal(opened, row, words))
        except Unsayable as error:
            gone = str(error) in ("annulled", "no such case", "erased", "no such party any more")
            self._settle(
                row,
                NOTHING if gone or (row.courtesy and str(error) == "no text") else FAILED,
                error=str(error),
                unit=unit_of(row),
            )
        except (KeyDestroyed, UnknownRef):
            self._settle(row, NOTHING, error="erased")
        except Damaged:
            self._settle(row, FAILED, error="damaged", unit=unit_of(row))
            log.error("notice %s of case %s: its words do not open; run huiyin verify", row.pk, row.case_id)

    # -- 3

    def _hand_over(self, row: Outbox, channel: str, to: str, words: Words, ref: str) -> None:
        until = stored(clock.now()) + lease()
        mine = Outbox.objects.filter(pk=row.pk, state=QUEUED, lease_by=self.name)
        if not mine.update(state=SENDING, channel=channel, sealed=ref, attempts=row.attempts + 1, lease_until=until):
            return  # the lease ran out meanwhile and another worker has it
        row.attempts += 1
        try:
            _send(channel, to, words, row.message_id)
        except channels.Later as later:
            self._later(row, later, channel)
        except channels.Never as never:
            self._settle(row, FAILED, error=str(never), unit=unit_of(row))
        except channels.Unknown as unknown:
            self._settle(row, UNKNOWN, error=str(unknown), unit=unit_of(row))
        else:
            self._settle(row, SENT)
            if self.failures.pop(channel, 0):
                log.info("%s: is taken again", channel)
            self.down.pop(channel, None)

    # -- 4

    def _settle(self, row: Outbox, state: str, *, error: str = "", unit: str = "") -> None:
        """Also a row that was called unknown meanwhile is settled by whoever sent it after all."""
        now = stored(clock.now())
        mine = Outbox.objects.filter(pk=row.pk, lease_by=self.name, state__in=[QUEUED, SENDING, UNKNOWN])
        mine.update(
            state=state,
            error=error[:200],
            unit=unit,
            lease_by="",
            lease_until=None,
            finished=None if state == UNKNOWN else now,
        )
        if state in (FAILED, UNKNOWN):
            log.warning("notice %s of case %s: %s (%s)", row.pk, row.case_id, state, error)

    def _later(self, row: Outbox, later: channels.Later, channel: str) -> None:
        """Back into the queue. When the whole channel is down the row does not pay for it: its attempts stay what they were."""
        now, most = stored(clock.now()), settings.SENDING.retry_most
        attempts = row.attempts
        if later.down:
            if self.down.get(channel, now) <= now:
                self.failures[channel] = self.failures.get(channel, 0) + 1
                wait = max(back_off(self.failures[channel], most), min(later.after or 0, most))
                self.down[channel] = now + timedelta(seconds=wait)
                log.warning("%s: nothing is taken (%s); tried again in %d s", channel, later, wait)
            due, attempts = self.down[channel], attempts - 1
        else:
            due = now + timedelta(seconds=max(back_off(attempts, most), min(later.after or 0, most)))
        self._back(row, channel, due, attempts, str(later))

    def _back(self, row: Outbox, channel: str, due: datetime, attempts: int, why: str) -> None:
        mine = Outbox.objects.filter(pk=row.pk, lease_by=self.name, state__in=[QUEUED, SENDING, UNKNOWN])
        mine.update(
            state=QUEUED, channel=channel, due_at=due, attempts=attempts, error=why[:200], unit="", lease_by="", lease_until=None
        )  # fmt: skip


class _Codes:
    """Hands out the code of one notice to a respondent, and knows whether it did."""

    def __init__(self, opened: Opened, row: Outbox) -> None:
        self.opened, self.row, self.handed_out = opened, row, False

    def hand_out(self) -> str:
        self.handed_out = True
        return respondents.issue(self.opened.case, self.row.to, seq=self.row.seq)


def lease() -> timedelta:
    """Longer than a send may take: every step of it has its own limit."""
    return timedelta(seconds=12 * settings.SENDING.seconds + SLACK)


def lost() -> int:
    """Rows whose sender never came back: nobody knows what became of them. Returns how many."""
    now = stored(clock.now())
    found = Outbox.objects.filter(state=SENDING).filter(Q(lease_until__lte=now) | Q(lease_until__gt=now + 10 * lease()))
    count = 0
    for row in found.order_by("due_at", "id")[:BATCH]:
        again = row.channel == "sms" and settings.SENDING.sms is not None and settings.SENDING.sms.repeatable
        state, unit = (QUEUED, "") if again else (UNKNOWN, unit_of(row))
        won = Outbox.objects.filter(pk=row.pk, state=SENDING, lease_until=row.lease_until)
        if won.update(state=state, unit=unit, lease_until=None, error="the worker ended in the middle of it"):
            count += 1
            log.warning("notice %s of case %s: %s, the worker ended in the middle of it", row.pk, row.case_id, state)
    return count


def channels_there() -> tuple[str, ...]:
    """Channels that this installation has, the preferred first."""
    there = {"email": settings.SENDING.mail is not None, "sms": settings.SENDING.sms is not None}
    return tuple(name for name in settings.SENDING.channels if there[name])


def contacts(opened: Opened, party: str) -> dict[str, str]:
    """Where this party can be reached by a machine, opened for this one send."""
    refs = {name: ref.ref for name, ref in opened.log.identity.get(party, {}).items() if name in ("phone", "email")}
    plain = vault.open_many(refs.values()) if refs else {}
    found = {}
    for name, ref in refs.items():
        value = plain[ref]
        if value is vault.ERASED:
            raise Unsayable("erased")
        fitting = channels.mobile(str(value)) if name == "phone" else channels.address(str(value))
        if fitting:
            found["sms" if name == "phone" else "email"] = fitting
    return found


def choose(opened: Opened, row: Outbox, to: dict[str, str], words: Words) -> str:
    """The channel; else what is left: by_hand where it must be told, nothing where it is a courtesy. What the event itself names goes first."""
    event = opened.view.by_seq[row.seq]
    method = {"email": "email", "electronic": "email", "sms": "sms"}.get(str(event.facts.get("method") or ""), "")
    there = [name for name in channels_there() if name in to and (name != "sms" or words.sms)]
    if method in there:
        return method
    if there and not _declined(opened, row.to):
        return there[0]
    return NOTHING if row.courtesy else BY_HAND


def _declined(opened: Opened, party: str) -> bool:
    """Did this party say that it does not want to be told electronically? Its newest word counts."""
    for event in reversed(opened.view.effective):
        said = event.name in ("consented", "consent_withdrawn") and event.facts.get("scope") == "electronic_service"
        if said and party in opened.view.party_ids(event.facts.get("party")):
            return event.name == "consent_withdrawn"
    return False


def seal(opened: Opened, row: Outbox, words: Words) -> str:
    """Keep the words as they are sent, closed with the party's identity: what erases the one erases the other."""
    party = opened.view.parties[row.to]
    cls = SECRET if opened.case.secrecy != ORDINARY or party.role == "reporter" else PERSONAL
    value = {"subject": words.subject, "text": words.text, "sms": words.sms, "personal": words.personal}
    return vault.seal(opened.case.pk, "notice", value, party=row.to, cls=cls).ref


def sealed_words(row: Outbox) -> Words | None:
    """The words as they were sent, or tried to be, before. Raises Unsayable when they were erased."""
    if not row.sealed:
        return None
    found = vault.open_many([row.sealed])[row.sealed]
    if found is vault.ERASED:
        raise Unsayable("erased")
    return Words(found["subject"], found["text"], found["sms"], found["personal"])


def unit_of(row: Outbox, case: Case | None = None) -> str:
    """Who has to see to it when a machine cannot: the unit that has the case."""
    found = case or Case.objects.filter(pk=row.case_id).only("handling_unit").first()
    return found.handling_unit if found else ""


def _send(channel: str, to: str, words: Words, message_id: str) -> None:
    sending = settings.SENDING
    if channel == "email" and sending.mail is not None:
        channels.send_mail(sending.mail, sending.seconds, to, words.subject, words.text, message_id)
    elif channel == "sms" and sending.sms is not None:
        channels.send_sms(sending.sms, sending.seconds, to, sending.sms.sign + words.sms, message_id)
    else:
        raise channels.Later("the channel was taken away", down=True)


def waiting() -> dict[str, int]:
    """How many rows stand where, of those that are not finished."""
    counts: dict[str, int] = {}
    for state in (
        Outbox.objects.filter(state__in=[QUEUED, SENDING, UNKNOWN, FAILED, BY_HAND])
        .values_list("state", flat=True)
        .iterator()
    ):
        counts[state] = counts.get(state, 0) + 1
    return counts


__all__: Sequence[str] = ["Sender", "channels_there", "choose", "contacts", "lost", "waiting"]
