"""Jobs that one worker at a time does: the lease stands in the database, so any number of workers may try.

Clocks are not trusted: a moment that lies further ahead than a job ever sets it was written by a clock that went wrong, and counts as past.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

from django.db.models import F, Q

from huiyin.cases import clock
from huiyin.moments import stored
from huiyin.vault import db
from huiyin.worker.models import Job

COLUMNS: Final = ("name", "next_at", "lease_by", "state", "error")


def ensure(names: list[str]) -> None:
    """A row for every job there is; due at once."""
    known = set(Job.objects.filter(name__in=names).values_list("name", flat=True))
    now = stored(clock.now())
    rows = [(name, now, "", "{}", "") for name in names if name not in known]
    db.insert(Job, COLUMNS, rows, " ON CONFLICT (name) DO NOTHING")


def take(name: str, worker: str, *, every: timedelta, lease: timedelta) -> Job | None:
    """The job, when it is due and nobody has it. One UPDATE: of several who try at once exactly one gets it."""
    now = stored(clock.now())
    due = Q(next_at__lte=now) | Q(next_at__gt=now + 2 * every + timedelta(days=1))
    free = Q(lease_until__isnull=True) | Q(lease_until__lte=now) | Q(lease_until__gt=now + 2 * lease)
    free |= Q(lease_by=worker)  # it was interrupted in it, by the database for instance
    won = Job.objects.filter(due, free, name=name).update(lease_by=worker, lease_until=now + lease)
    return Job.objects.get(name=name) if won else None


def done(job: Job, *, next_at: Any, error: str = "") -> None:
    """Give it back. Whoever lost the lease meanwhile changes nothing."""
    now = stored(clock.now())
    changed: dict[str, Any] = {
        "next_at": next_at,
        "lease_by": "",
        "lease_until": None,
        "error": error[:200],
        "state": job.state,
    }
    changed["done_at"] = F("done_at") if error else now
    Job.objects.filter(name=job.name, lease_by=job.lease_by).update(**changed)
