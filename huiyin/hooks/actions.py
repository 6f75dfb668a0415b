"""Subscriptions made, ended and resumed; what an act tells them. Making and ending are acts of administration and stand in its log."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from huiyin import outgoing
from huiyin.cases import access, clock
from huiyin.cases.models import AccessEntry
from huiyin.cases.planning import Act
from huiyin.core.model import SYSTEM
from huiyin.core.vocabulary import load_vocabulary
from huiyin.hooks.models import EVERY, WAITING, Delivery, Subscription
from huiyin.moments import stored
from huiyin.org import log, reach, snapshot
from huiyin.org import queries as org
from huiyin.org.actions import ADMINISTRATORS
from huiyin.org.models import Officer, Person, Stamp
from huiyin.vault import db, keys

COLUMNS: Final = (
    "key", "subscription_id", "case_id", "seq", "event", "state", "made", "due_at", "lease_by", "attempts", "error",
)  # fmt: skip
PREFIX: Final = "hs_"


class BadHook(ValueError):
    """What was asked cannot be: `field` names what is wrong, the text says why."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


def create(
    officer: Officer, name: str, url: str, events: Sequence[str] = (EVERY,), *, by: Officer | None = None
) -> tuple[Subscription, str]:
    """A new subscription for a posting, and its secret, which is shown this once. Raises BadHook, PermissionDenied."""
    _may(by)
    reach.check(by, officer.unit_id)
    wanted = sorted(set(events)) or [EVERY]
    if unknown := [e for e in wanted if e != EVERY and e not in load_vocabulary().events]:
        raise BadHook("events", _("没有事件“%s”。") % unknown[0])
    if not name.strip():
        raise BadHook("name", _("请写明用途。"))
    try:
        outgoing.checked(url, private=settings.SENDING.hooks_private)
    except outgoing.Forbidden:
        raise BadHook(
            "url",
            _("地址应以 https:// 开头，并且不在内部网络（确需内部地址的，由管理员设置 HUIYIN_HOOKS_PRIVATE=1）。"),
        )
    except outgoing.NotSent:
        raise BadHook("url", _("找不到这个主机，请检查地址。"))
    if len(url) > 400:
        raise BadHook("url", _("地址太长。"))
    text = PREFIX + secrets.token_urlsafe(32)
    ring = keys.newest()
    with transaction.atomic():
        hook = Subscription(
            name=name.strip()[:80], url=url, events=wanted, officer=officer, made=timezone.now(), secret=b"", master=ring.current
        )  # fmt: skip
        hook.save()
        hook.secret = ring.wrap(text.encode(), _about(hook))
        hook.save(update_fields=["secret"])
        _note("hook_created", hook, by)
    return hook, text


def end(hook: Subscription, *, by: Officer | None = None) -> None:
    """It is told nothing more; what waits is dropped."""
    _may(by)
    reach.check(by, hook.officer.unit_id)
    with transaction.atomic():
        hook.ended = timezone.now()
        hook.save(update_fields=["ended"])
        hook.deliveries.filter(state=WAITING).delete()
        _note("hook_ended", hook, by)


def resume(hook: Subscription, *, by: Officer | None = None) -> None:
    """Switch it on again after it was stopped for failing: what waits is delivered, in its order."""
    _may(by)
    reach.check(by, hook.officer.unit_id)
    with transaction.atomic():
        hook.stopped = hook.failing_since = None
        hook.save(update_fields=["stopped", "failing_since"])
        hook.deliveries.filter(state=WAITING).update(due_at=stored(clock.now()), lease_until=None, attempts=0)
        _note("hook_resumed", hook, by)


def stop(hook: Subscription) -> None:
    """Switched off by the worker: nothing was taken for too long."""
    with transaction.atomic():
        hook.stopped = stored(clock.now())
        hook.save(update_fields=["stopped"])
        _note("hook_stopped", hook, None)


def secret_of(hook: Subscription) -> bytes:
    """The secret, opened for signing."""
    ring = keys.ring() if hook.master in keys.ring().masters else keys.reload()
    return ring.unwrap(hook.master, bytes(hook.secret), _about(hook))


def masters() -> set[str]:
    """Master keys that secrets are closed under: a rotation keeps them until the secrets are moved."""
    return set(Subscription.objects.values_list("master", flat=True).distinct())


def wrap_anew() -> int:
    """Close every secret under the current master key by the cipher of the setting; part of a rotation. Returns how many."""
    ring, count = keys.reload(), 0
    for pk in list(Subscription.objects.order_by("pk").values_list("pk", flat=True)):
        with transaction.atomic():
            hook = Subscription.objects.select_for_update(of=("self",)).get(pk=pk)
            text = ring.unwrap(hook.master, bytes(hook.secret), _about(hook)) if hook.secret else b""
            if text and hook.master != ring.current:
                hook.secret, hook.master = ring.wrap(text, _about(hook)), ring.current
                hook.save(update_fields=["secret", "master"])
                count += 1
    return count


def _about(hook: Subscription) -> bytes:
    return f"hook\0{hook.pk}".encode()


def of_person(person: Person) -> list[Subscription]:
    """Those in force that are told what this person may see, the newest first. Administrators make them; whose sight it is sees them."""
    held = [one.pk for one in org.postings(person)]
    return list(
        Subscription.objects.filter(officer__in=held, ended=None).select_related("officer__unit").order_by("-pk")
    )


def _may(by: Officer | None) -> None:
    if by is not None and by.role not in ADMINISTRATORS:
        raise PermissionDenied(_("只有系统管理员可以办理。"))


def _note(name: str, hook: Subscription, by: Officer | None) -> None:
    """The entry in the log, and a new stamp, by which every process learns of the change."""
    facts = {
        "hook": hook.pk,
        "officer": str(hook.officer),
        "person": hook.officer.person.key,
        "events": list(hook.events),
    }
    log.write(name, facts, by=org.actor_of(by) if by is not None else SYSTEM)
    Stamp.objects.update_or_create(id=snapshot.STAMP, defaults={"value": secrets.token_hex(16)})


# -- what an act tells


@dataclass(frozen=True, slots=True)
class _Known:
    """A subscription as the writing of cases needs it: remembered until an act of administration."""

    id: int
    events: frozenset[str]
    person: str
    units: frozenset[str]


_remembered: tuple[str, list[_Known]] = ("", [])


def queue(acts: Sequence[Act]) -> None:
    """Write what these acts tell. Costs nothing where nobody subscribed: subscriptions are remembered by the stamp of the organisation. Whether
    the subscriber may see the case is asked exactly when it is sent; here only cases that never came near his units are left out."""
    known = _subscriptions()
    if not known or not acts:
        return
    fitting = [
        (act, event)
        for act in acts
        for event in act.new
        if any(event.name in k.events or EVERY in k.events for k in known)
    ]
    if not fitting or all(act.fresh and act.new[0].name == "imported" for act, _event in fitting):
        return
    near: dict[int, set[str]] = {}
    rows = AccessEntry.objects.filter(case_id__in={act.case_id for act, _event in fitting})
    for case_id, unit, person in rows.values_list("case_id", "unit", "person"):
        near.setdefault(case_id, set()).update(filter(None, (unit, person)))
    now, found = stored(clock.now()), []
    for act, event in fitting:
        for hook in known:
            wanted = event.name in hook.events or EVERY in hook.events
            if wanted and near.get(act.case_id, set()) & (hook.units | {hook.person}):
                found.append(
                    (secrets.token_hex(16), hook.id, act.case_id, event.seq, event.name, WAITING, now, now, "", 0, "")
                )
    db.insert(Delivery, COLUMNS, found)


def _subscriptions() -> list[_Known]:
    global _remembered
    stamp = snapshot.at_hand().stamp  # deciding on these acts has just asked for it
    if not stamp or _remembered[0] != stamp:
        found = Subscription.objects.filter(ended__isnull=True).select_related("officer__person", "officer__unit")
        _remembered = (stamp, [_known(hook) for hook in found])
    return _remembered[1]


def forget() -> None:
    """Read the subscriptions anew next time: a process that changed its database needs it, as the tests do."""
    global _remembered
    _remembered = ("", [])


def _known(hook: Subscription) -> _Known:
    who = access.viewer(hook.officer)
    return _Known(hook.pk, frozenset(hook.events), who.person, who.units)
