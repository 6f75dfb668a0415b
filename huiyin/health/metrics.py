"""Figures for Prometheus: what waits and how long already, what is late, what went wrong. Read along indexes, from figures that are kept anyway.

Requests are counted by each process (counting.py); with several processes they are added up through a folder of the installation.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Iterator
from datetime import datetime

from django.db.models import Count, Min
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import REGISTRY, Collector

from huiyin import __version__
from huiyin.cases import clock
from huiyin.cases.models import Anchor, BoardCounter
from huiyin.health.checks import folders
from huiyin.hooks.models import WAITING, Delivery
from huiyin.moments import stored
from huiyin.notices.models import BY_HAND, FAILED, QUEUED, SENDING, UNKNOWN, Outbox
from huiyin.worker.models import Job

OPEN_STATES = (QUEUED, SENDING, BY_HAND, UNKNOWN, FAILED)


def text() -> bytes:
    """Everything, in the text form of Prometheus."""
    registry = CollectorRegistry()
    registry.register(Installation())
    return generate_latest(registry) + generate_latest(requests())


def requests() -> CollectorRegistry:
    """What the processes counted: of all of them where they share a folder, else of this one."""
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        return REGISTRY
    shared = CollectorRegistry()
    MultiProcessCollector(shared)
    return shared


class Installation(Collector):
    """Gauges of the whole installation, the same whichever process is asked."""

    def collect(self) -> Iterable[Metric]:
        now = stored(clock.now())
        yield from self._notices(now)
        yield from self._hooks(now)
        yield from self._worker(now)
        yield from self._limits()
        yield from self._rest(now)

    def _notices(self, now: datetime) -> Iterator[Metric]:
        count = GaugeMetricFamily("huiyin_notices", "Notices that are not done with, by state", labels=["state"])
        found = dict(
            Outbox.objects.filter(state__in=OPEN_STATES).values_list("state").annotate(n=Count("pk")).order_by("state")
        )
        for state in OPEN_STATES:
            count.add_metric([state], found.get(state, 0))
        yield count
        waiting = Outbox.objects.filter(state__in=(QUEUED, SENDING), due_at__lte=now)
        oldest = waiting.aggregate(first=Min("due_at"))["first"]
        yield GaugeMetricFamily(
            "huiyin_notices_oldest_seconds",
            "How long the oldest notice that should be out has waited",
            _since(oldest, now),
        )

    def _hooks(self, now: datetime) -> Iterator[Metric]:
        waiting = Delivery.objects.filter(state=WAITING)
        found = waiting.aggregate(n=Count("pk"), first=Min("due_at"))
        yield GaugeMetricFamily("huiyin_webhooks", "Webhook deliveries that wait", found["n"])
        yield GaugeMetricFamily(
            "huiyin_webhooks_oldest_seconds",
            "How long the oldest delivery has been due",
            max(_since(found["first"], now), 0),
        )

    def _worker(self, now: datetime) -> Iterator[Metric]:
        age = GaugeMetricFamily("huiyin_job_age_seconds", "Seconds since the worker last did this", labels=["job"])
        failed = GaugeMetricFamily("huiyin_job_failed", "1: the last time it ended with an error", labels=["job"])
        for job in Job.objects.order_by("name"):
            if job.done_at is not None:
                age.add_metric([job.name], _since(job.done_at, now))
            failed.add_metric([job.name], 1 if job.error else 0)
        yield age
        yield failed

    def _limits(self) -> Iterator[Metric]:
        """From the figures of the boards, of all units together."""
        limits = GaugeMetricFamily(
            "huiyin_limits",
            "Running limits by light: red is late, amber becomes late within three days",
            labels=["light"],
        )
        found: dict[str, int] = {}
        for name, value in BoardCounter.objects.filter(name__in=("red", "amber", "green")).values_list("name", "value"):
            found[name] = found.get(name, 0) + value
        for light in ("red", "amber", "green"):
            limits.add_metric([light], found.get(light, 0))
        yield limits

    def _rest(self, now: datetime) -> Iterator[Metric]:
        anchored = Anchor.objects.order_by("-number").values_list("made", flat=True).first()
        if anchored is not None:
            yield GaugeMetricFamily(
                "huiyin_anchor_age_seconds", "Seconds since the log was last anchored", _since(anchored, now)
            )
        free = GaugeMetricFamily("huiyin_disk_free_bytes", "Room where this installation writes", labels=["folder"])
        for name, folder in folders().items():
            free.add_metric([name], shutil.disk_usage(folder).free)
        yield free
        version = GaugeMetricFamily("huiyin_version", "1; the version of the program", labels=["version"])
        version.add_metric([__version__], 1)
        yield version


def _since(moment: datetime | None, now: datetime) -> float:
    return (now - moment).total_seconds() if moment is not None else 0.0
