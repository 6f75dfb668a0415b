"""What the worker does, each with how often, and for how long one worker may keep it. Each may be stopped anywhere and run twice."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from time import monotonic
from typing import Any, Final

from django.conf import settings
from django.db.models import Exists, Max, OuterRef
from django.utils.translation import gettext_lazy

from huiyin.accounts import sessions, throttle
from huiyin.cases import (
    access,
    anchoring,
    calendars,
    clock,
    counters,
    drafts,
    holdings,
    holidays,
    idempotency,
    rebuilding,
    recalculating,
)
from huiyin.cases.models import Anchor
from huiyin.dues.models import CASE, RUNNING, Due
from huiyin.dues.tables import text
from huiyin.evidence import actions as evidence
from huiyin.hooks.models import WAITING, Delivery, Subscription
from huiyin.moments import local, stored
from huiyin.notices import outbox
from huiyin.notices.models import OFFICER
from huiyin.notices.outbox import Told
from huiyin.org import queries as org
from huiyin.org import telephones
from huiyin.org.actions import ADMINISTRATORS
from huiyin.org.models import AdminEvent, Officer
from huiyin.retention import actions as retention
from huiyin.search import exporting
from huiyin.search.models import Export
from huiyin.worker import registers
from huiyin.worker.models import Job, Mark
from huiyin.worker.sweep import Sweep

log = logging.getLogger("huiyin.worker")
MARKS_KEPT: Final = timedelta(days=30)
DELIVERIES_KEPT: Final = timedelta(days=30)
SOON: Final = timedelta(days=60)  # how far ahead provisional dates are spoken of
LEAVES: Final = timedelta(days=7)  # how long before its last day a posting that still holds something is spoken of
LEFT: Final = timedelta(days=30)  # and how long after it
MANY: Final = 1000
COPIES_AT_ONCE: Final = 20.0  # seconds of every minute, while cases are gone through after an upgrade
ACCOUNT_CHANGES: Final = {
    "factor_added": gettext_lazy("增加了一种第二道验证"), "factor_removed": gettext_lazy("停用了一种第二道验证"),
    "factors_reset": gettext_lazy("第二道验证被清除"), "recovery_codes_made": gettext_lazy("换发了恢复码"),
    "recovery_code_used": gettext_lazy("用恢复码登录过"), "password_set": gettext_lazy("密码被重设"),
    "own_password_changed": gettext_lazy("密码已更改"), "single_sign_on_bound": gettext_lazy("绑定了统一登录的账号"),
}  # fmt: skip
DISPOSED_AT_ONCE: Final = 200  # cases that two people agreed to destroy, in one go


@dataclass(frozen=True, slots=True)
class Task:
    """One job. `run` is given its row and the worker's sweep and says how much it did; `daily`: at that hour instead of every so often."""

    name: str
    run: Callable[[Job, Sweep], int]
    every: timedelta
    lease: timedelta
    daily: Callable[[], int] | None = None

    def next_at(self) -> datetime:
        """When it is due again."""
        now = clock.now()
        if self.daily is None:
            return stored(now + self.every)
        at = datetime.combine(now.date(), time(self.daily()))
        return stored(at if at > now else at + timedelta(days=1))


def _passed(job: Job, sweep: Sweep) -> int:
    if not calendar_is_current():
        return 0
    sweep.state = dict(job.state)
    count = sweep.passed()
    job.state = dict(sweep.state)
    return count


def _warnings(job: Job, sweep: Sweep) -> int:
    return sweep.warnings(settings.SENDING.warn_hour) if calendar_is_current() else 0


def calendar_is_current() -> bool:
    """Are cases counted by the calendar that this process has read? A new one that was loaded meanwhile is read; one that was put beside the
    rules but not loaded yet changes no date, and nothing is swept by it."""
    holidays.release_waiting()
    if recalculating.is_current():
        return True
    calendars.forget()
    if recalculating.is_current():
        log.info("the calendar was loaded anew: it is used from now on")
        return True
    log.warning("the calendar files are not the ones cases are counted by: run huiyin calendar load")
    return False


def _anchor(job: Job, sweep: Sweep) -> int:
    """Once a day, whoever made the day's anchor."""
    day = stored(datetime.combine(clock.now().date(), time()))
    if Anchor.objects.filter(made__gte=day).exists():
        return 0
    row = anchoring.anchor()
    log.info("anchor %s: %s cases, %s events", row.number, row.cases, row.events)
    return 1


def _leftovers(job: Job, sweep: Sweep) -> int:
    """Drafts never sent, idempotency keys, staged files, marks and deliveries past their age."""
    count = drafts.forget(timedelta(days=settings.SENDING.draft_days)) + idempotency.forget()
    count += throttle.forget() + sessions.forget()
    return count + evidence.sweep() + exporting.forget() + _old_marks() + _old_deliveries()


def _old_marks() -> int:
    """Marks of limits that run no more."""
    running = Due.objects.filter(subject_kind=CASE, subject_id=OuterRef("case_id"), key=OuterRef("key"), state=RUNNING)
    old = Mark.objects.filter(~Exists(running), made__lt=stored(clock.now() - MARKS_KEPT)).order_by("made")[:MANY]
    return sum(Mark.objects.filter(pk=mark.pk).delete()[0] for mark in old)


def _old_deliveries() -> int:
    old = (
        Delivery.objects.exclude(state=WAITING)
        .filter(finished__lt=stored(clock.now() - DELIVERIES_KEPT))
        .order_by("pk")
    )
    return Delivery.objects.filter(pk__in=list(old.values_list("pk", flat=True)[:MANY])).delete()[0]


def _counters(job: Job, sweep: Sweep) -> int:
    """The figures of the boards; nothing is told of them, they change all the time."""
    counters.refresh_counters()
    return 0


def _copies(job: Job, sweep: Sweep) -> int:
    """After an upgrade that works copies out otherwise: all cases once, some pages at a time, those already looked at not again."""
    wanted, state = rebuilding.DERIVATION, job.state
    if state.get("derivation") == wanted or not calendar_is_current():
        return 0
    after = int(state.get("after", 0)) if state.get("toward") == wanted else 0
    count, until = 0, monotonic() + COPIES_AT_ONCE
    while page := rebuilding.case_ids(after):
        count, after = count + rebuilding.worked_out_anew(page), page[-1]
        job.state = {"toward": wanted, "after": after}
        if monotonic() > until:
            return count
    job.state = {"derivation": wanted}
    log.info("copies are worked out as this version does")
    return count


def _speak_up(job: Job, sweep: Sweep) -> int:
    """Tell the administrators what only they can mend: dates that rest on no notice, webhooks that were stopped."""
    now = clock.now()
    found = Due.objects.filter(state=RUNNING, late_at__isnull=False, window=False, provisional=True)
    count = found.filter(late_at__gt=stored(now), late_at__lte=stored(now + SOON))[:MANY].count()
    if count:
        year, week, _day = now.isocalendar()
        shown = f"{count}" if count < MANY else f"{MANY}以上"
        tell_administrators(f"provisional:{year}-{week:02}", "", {"count": shown})
    for hook in Subscription.objects.filter(stopped__isnull=False, ended__isnull=True):
        tell_administrators(f"hook_stopped:{hook.pk}:{hook.stopped:%m%d%H%M}", hook.name, {})
    return count + _phones_down() + _leaving()


def _leaving() -> int:
    """Tell the heads of a unit of a posting that ends by its date while it still holds something: a week before, and again once it has ended.
    An act that ends a posting waits for the hand-over (HN-BM-06a); a date that was given beforehand comes by itself."""
    today = org.today()
    span = {"until__gte": today - LEFT, "until__lte": today + LEAVES, "deputy_for": None}
    rows = []
    for posting in Officer.objects.filter(**span).select_related("person").order_by("pk"):
        if posting.until is None or not (held := holdings.of(posting)):
            continue
        gone = posting.until < today
        topic = f"posting_{'over' if gone else 'ends'}:{posting.pk}:{posting.until:%y%m%d}"
        for role, count in _found_by_heads(posting.unit_id, [one.case.pk for one in held], today).items():
            told = {"count": str(count), "until": posting.until.isoformat()}
            to = f"{role}@{posting.unit_id}"
            one = Told(OFFICER, to, "", posting.person.display_name, topic=topic, data=text(told))
            rows.append(outbox.row_of(one, 0, 0, clock.now()))
    outbox.insert(rows)
    return len(rows)


def _found_by_heads(unit: str, cases: list[int], today: date) -> dict[str, int]:
    """How many of these cases everybody finds who heads the unit in a role: a complaint about one of them is not told by a number either."""
    found: dict[str, set[int]] = {}
    heads = Officer.objects.filter(org.in_force(today), role__in=telephones.HEADS, unit=unit, person__is_active=True)
    for head in heads.select_related("person", "unit").order_by("role"):
        his = set(access.visible_to(head).filter(pk__in=cases).values_list("pk", flat=True))
        found[head.role] = found.get(head.role, his) & his
    return {role: len(ids) for role, ids in found.items() if ids}


def _phones_down() -> int:
    """Tell the head of a unit that its public telephone cannot be reached, once an outage; or could too seldom, once a month (HN-FW-02b)."""
    month = telephones.month_of(stored(clock.now()))
    heads = Officer.objects.filter(org.in_force(org.today()), role__in=telephones.HEADS, person__is_active=True)
    found = {
        (one.unit, one.phone): one
        for officer in heads
        for one in telephones.warnings(officer)
        if one.unit == officer.unit_id
    }
    rows = []
    for (unit, phone), one in found.items():
        since = telephones.down_since(unit, phone)
        topic = f"phone_down:{phone[-12:]}:{since:%m%d%H%M}" if since else f"phone_down:{phone[-12:]}:{month}"
        told = {"count": str(one.rate), **({"time": local(since).isoformat(timespec="minutes")} if since else {})}
        roles = sorted({o.role for o in heads if o.unit_id == unit})
        rows += [
            outbox.row_of(Told(OFFICER, f"{role}@{unit}", "", phone, topic=topic, data=text(told)), 0, 0, clock.now())
            for role in roles
        ]
    outbox.insert(rows)
    return len(rows)


def _own_accounts(job: Job, sweep: Sweep) -> int:
    """Tell people what was changed about how they log in, whoever did it (ASVS 2.2.3). From the log of administration, each entry once."""
    after = job.state.get("after")
    if after is None:  # what was before there was this job is told to nobody
        job.state = {"after": AdminEvent.objects.aggregate(top=Max("seq"))["top"] or 0}
        return 0
    found = list(AdminEvent.objects.filter(seq__gt=after).order_by("seq")[:MANY])
    rows = []
    for event in found:
        if event.name not in ACCOUNT_CHANGES:
            continue
        told = {"time": local(event.recorded).isoformat(timespec="minutes")}
        person = json.loads(event.body)["facts"]["person"]
        one = Told(
            OFFICER, person, "", str(ACCOUNT_CHANGES[event.name]), topic=f"own_account:{event.seq}", data=text(told)
        )
        rows.append(outbox.row_of(one, 0, 0, clock.now()))
    outbox.insert(rows)
    if found:
        job.state = {"after": found[-1].seq}
    return len(rows)


def tell_of_list(export: Export, officer: Officer) -> None:
    """A notice to whoever asked for a list that it is there."""
    told = Told(
        OFFICER, officer.person.key, "", str(export.rows), topic=f"{exporting.TOPIC}:{export.pk}", data=text({})
    )
    outbox.insert([outbox.row_of(told, 0, 0, clock.now())])


def tell_administrators(topic: str, says: str, data: dict[str, Any]) -> None:
    """A notice about no case, to every unit that has an administrator; once for each topic."""
    at = clock.now()
    held = Officer.objects.filter(org.in_force(org.today()), role__in=ADMINISTRATORS, person__is_active=True)
    rows = [
        outbox.row_of(Told(OFFICER, f"{role}@{unit}", "", says, topic=topic[:40], data=text(data)), 0, 0, at)
        for role, unit in sorted(set(held.values_list("role", "unit_id")))
    ]
    outbox.insert(rows)


TASKS: Final = (
    Task("counters", _counters, timedelta(seconds=30), timedelta(minutes=5)),
    Task("passed", _passed, timedelta(seconds=30), timedelta(minutes=10)),
    Task("warnings", _warnings, timedelta(minutes=2), timedelta(minutes=10)),
    Task("registers", lambda job, sweep: registers.overdue(), timedelta(minutes=2), timedelta(minutes=10)),
    Task(
        "registers_daily",
        lambda job, sweep: registers.daily(),
        timedelta(days=1),
        timedelta(minutes=30),
        daily=lambda: 1,
    ),
    Task("speak_up", _speak_up, timedelta(hours=1), timedelta(minutes=10)),
    Task(
        "exports", lambda job, sweep: exporting.make_waiting(tell_of_list), timedelta(seconds=3), timedelta(minutes=1)
    ),
    Task(
        "disposal",
        lambda job, sweep: sum(retention.run(DISPOSED_AT_ONCE)),
        timedelta(minutes=10),
        timedelta(minutes=30),
    ),
    Task("own_accounts", _own_accounts, timedelta(minutes=1), timedelta(minutes=10)),
    Task("leftovers", _leftovers, timedelta(hours=1), timedelta(minutes=30)),
    Task("copies", _copies, timedelta(minutes=1), timedelta(minutes=10)),
    Task("anchor", _anchor, timedelta(days=1), timedelta(hours=2), daily=lambda: int(settings.SENDING.anchor_hour)),
)
