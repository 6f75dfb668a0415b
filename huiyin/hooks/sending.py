"""Delivering webhooks: signed, in the order of each case, repeated with growing pauses until taken, stopped after failing for days."""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from django.conf import settings
from django.db import connection
from django.db.models import Exists, OuterRef, Q

from huiyin import outgoing
from huiyin.cases import access, clock
from huiyin.cases.models import Event
from huiyin.cases.writing import writing
from huiyin.dues.models import CASE, RUNNING, Due
from huiyin.hooks import actions
from huiyin.hooks.models import DONE, GIVEN_UP, WAITING, Delivery, Subscription
from huiyin.moments import ZONE, local, stored
from huiyin.org import queries as org

log = logging.getLogger("huiyin.hooks")
BATCH: Final = 20
FORMAT: Final = 1


@dataclass
class HookSender:
    """One worker's hands. A subscriber that takes nothing is left alone by every worker: its rows carry the moment of the next try."""

    name: str

    def run(self, most: int = BATCH) -> int:
        """Deliver what is due, one batch. Returns how many rows were looked at."""
        rows = self._claim(most)
        failed: set[int] = set()
        for row in rows:
            if row.subscription_id in failed:
                self._release(row)
            elif not self._one(row):
                failed.add(row.subscription_id)
        return len(rows)

    def _claim(self, most: int) -> list[Delivery]:
        """The first undelivered event of each case for each subscriber, as far as it is due and nobody has it."""
        now = stored(clock.now())
        earlier = Delivery.objects.filter(
            subscription_id=OuterRef("subscription_id"),
            case_id=OuterRef("case_id"),
            seq__lt=OuterRef("seq"),
            state=WAITING,
        )
        free = Q(lease_until__isnull=True) | Q(lease_until__lte=now) | Q(lease_until__gt=now + 10 * lease())
        with writing():
            found = Delivery.objects.filter(free, ~Exists(earlier), state=WAITING, due_at__lte=now)
            found = found.filter(subscription__stopped__isnull=True, subscription__ended__isnull=True)
            if connection.features.has_select_for_update_skip_locked:
                found = found.select_for_update(skip_locked=True, of=("self",))
            rows = list(
                found.select_related("subscription__officer__person", "subscription__officer__unit").order_by(
                    "due_at", "id"
                )[:most]
            )
            Delivery.objects.filter(pk__in=[r.pk for r in rows]).update(lease_by=self.name, lease_until=now + lease())
        return rows

    def _one(self, row: Delivery) -> bool:
        """Deliver one. False: the subscriber takes nothing at present."""
        hook = row.subscription
        body = payload(row)
        if body is None:  # he may not see the case (any more): he is not told
            self._finish(row, GIVEN_UP, None, "not visible")
            return True
        if not Delivery.objects.filter(pk=row.pk, state=WAITING, lease_by=self.name).update(attempts=row.attempts + 1):
            return True
        status, why, after = _post(hook, row, body)
        if status is not None and 200 <= status < 300:
            self._finish(row, DONE, status, "")
            Subscription.objects.filter(pk=hook.pk, failing_since__isnull=False).update(failing_since=None)
            return True
        self._failed(row, hook, status, why, after)
        return False

    def _finish(self, row: Delivery, state: str, status: int | None, why: str) -> None:
        mine = Delivery.objects.filter(pk=row.pk, lease_by=self.name, state=WAITING)
        mine.update(
            state=state, status=status, error=why[:200], finished=stored(clock.now()), lease_by="", lease_until=None
        )

    def _release(self, row: Delivery) -> None:
        Delivery.objects.filter(pk=row.pk, lease_by=self.name, state=WAITING).update(lease_by="", lease_until=None)

    def _failed(self, row: Delivery, hook: Subscription, status: int | None, why: str, after: int | None) -> None:
        now, most = stored(clock.now()), settings.SENDING.retry_most
        wait = max(outgoing.back_off(row.attempts + 1, most), min(after or 0, most))
        mine = Delivery.objects.filter(pk=row.pk, lease_by=self.name, state=WAITING)
        mine.update(status=status, error=why[:200], due_at=now + timedelta(seconds=wait), lease_by="", lease_until=None)
        hold = Delivery.objects.filter(subscription=hook, state=WAITING, due_at__lt=now + timedelta(seconds=wait))
        hold.update(due_at=now + timedelta(seconds=wait))  # his other cases would fail alike
        Subscription.objects.filter(pk=hook.pk, failing_since__isnull=True).update(failing_since=now)
        hook.refresh_from_db(fields=["failing_since", "stopped"])
        log.warning("hook %s: %s; tried again in %d s", hook.pk, why, wait)
        long = hook.failing_since is not None and hook.failing_since <= now - timedelta(days=settings.SENDING.hook_days)
        if hook.stopped is None and (long or status == 410):
            actions.stop(hook)
            log.error("hook %s: stopped, nothing was taken since %s", hook.pk, hook.failing_since)


def _post(hook: Subscription, row: Delivery, body: bytes) -> tuple[int | None, str, int | None]:
    """Status, what went wrong, seconds to wait."""
    moment = str(int(datetime.now(UTC).timestamp()))
    headers = {
        "Content-Type": "application/json; charset=utf-8", "X-Huiyin-Delivery": row.key, "X-Huiyin-Event": row.event, "X-Huiyin-Timestamp": moment,
        "X-Huiyin-Signature": "sha256=" + outgoing.signature(actions.secret_of(hook), moment, body),
    }  # fmt: skip
    try:
        answer = outgoing.post(
            hook.url, body, headers, seconds=settings.SENDING.seconds, private=settings.SENDING.hooks_private
        )
    except (outgoing.Forbidden, outgoing.NotSent, outgoing.NobodyKnows) as error:
        return None, str(error), None
    return answer.status, f"answer {answer.status}", answer.retry_after


def lease() -> timedelta:
    """Longer than one batch may take when every answer is slow."""
    return timedelta(seconds=6 * settings.SENDING.seconds * BATCH)


def payload(row: Delivery) -> bytes | None:
    """What is told: numbers, names of events and stages, moments, dates. No words of anybody and no party. None: the case is not his to see."""
    officer = row.subscription.officer
    if org.officer(officer.pk, officer.person) is None:
        return None
    case = access.visible_to(officer).filter(pk=row.case_id).first()
    event = Event.objects.filter(case_id=row.case_id, seq=row.seq).first() if case is not None else None
    if case is None or event is None:
        return None
    told: dict[str, Any] = {
        "v": FORMAT, "id": row.key, "event": row.event, "seq": row.seq, "occurred": _moment(event.occurred), "recorded": _moment(event.recorded),
        "case": {
            "id": case.pk, "number": case.number, "procedure": case.procedure_id, "kind": case.kind, "stage": case.stage, "round": case.round,
            "unit": case.unit, "handling_unit": case.handling_unit, "ended": case.ended, "archived": case.archived, "seq": case.head_seq,
        },
        "dues": [_due(due) for due in Due.objects.filter(subject_kind=CASE, subject_id=case.pk, state=RUNNING).order_by("late_at", "pk")],
    }  # fmt: skip
    return json.dumps(told, ensure_ascii=False).encode()


def _due(due: Due) -> dict[str, Any]:
    found = {
        "name": due.name, "clauses": due.clauses.split(), "target": due.target, "due_day": due.due_day and due.due_day.isoformat(),
        "due_moment": due.due_moment and _moment(due.due_moment), "act_by": due.act_by and due.act_by.isoformat(), "provisional": due.provisional,
        "owed_role": due.owed_role, "owed_unit": due.owed_unit,
    }  # fmt: skip
    return {name: value for name, value in found.items() if value not in (None, "")}


def _moment(moment: datetime) -> str:
    return local(moment).replace(tzinfo=ZONE).isoformat(timespec="seconds")


__all__ = ["HookSender", "lease", "payload", "stored"]
