"""The loop of one worker. Nothing is kept in it that matters: whatever it does stands in the database, and another worker, or this one after a
crash, goes on from there."""

from __future__ import annotations

import logging
import os
import secrets
import socket
import threading
from dataclasses import dataclass, field
from typing import Final

from django.db import DatabaseError, InterfaceError, connection

from huiyin.cases.errors import Busy
from huiyin.hooks.sending import HookSender
from huiyin.notices.delivery import Sender
from huiyin.org import snapshot
from huiyin.outgoing import back_off
from huiyin.worker import leases
from huiyin.worker.clockwatch import ClockWatch
from huiyin.worker.jobs import TASKS, Task
from huiyin.worker.sweep import Sweep

log = logging.getLogger("huiyin.worker")
LONGEST_WAIT: Final = 60  # seconds between looks at a database that is away
ROUNDS: Final = 50  # batches of one kind before the others get their turn


def own_name() -> str:
    """A name no other worker has, on this machine or another."""
    return f"{socket.gethostname()[:30]}:{os.getpid()}:{secrets.token_hex(4)}"


@dataclass
class Worker:
    """One worker. `stopping` is set to end it after what it has in hand."""

    name: str = field(default_factory=own_name)
    stopping: threading.Event = field(default_factory=threading.Event)
    sweep: Sweep = field(default_factory=Sweep)
    watch: ClockWatch = field(default_factory=ClockWatch)
    away: int = 0  # how often in a row the database did not answer

    def __post_init__(self) -> None:
        self.sender, self.hooks = Sender(self.name), HookSender(self.name)
        self.ready = False

    def run(self, every: float) -> None:
        """Until it is told to stop."""
        log.info("worker %s: started", self.name)
        while not self.stopping.is_set():
            self.stopping.wait(self.turn() or every)
        log.info("worker %s: stopped", self.name)

    def turn(self) -> float:
        """Everything that is due, once. Returns how many seconds to wait because the database is away; 0 when it is there."""
        try:
            self.once()
        except (DatabaseError, InterfaceError, Busy) as error:
            return self._database_away(error)
        if self.away:
            log.info("worker %s: the database answers again", self.name)
            self.away = 0
        return 0

    def _database_away(self, error: Exception) -> float:
        self.away += 1
        wait = back_off(self.away, LONGEST_WAIT, first=1)
        log.warning(
            "worker %s: the database does not answer (%s); looked again in %d s", self.name, type(error).__name__, wait
        )
        connection.close()
        return wait

    def once(self) -> int:
        """Every job that is due, then the outbox and the webhooks until nothing more is. Jobs go by dates and rest while the clock cannot be
        believed. Returns how much was done."""
        if not self.ready:
            leases.ensure([task.name for task in TASKS])
            self.ready = True
        believed = self.watch.believed()
        count = sum(self._job(task) for task in TASKS if believed and not self.stopping.is_set())
        for batch in (self.sender.run, self.hooks.run):
            for _round in range(ROUNDS):
                done = 0 if self.stopping.is_set() else batch()
                count += done
                if not done:
                    break
        return count

    def _job(self, task: Task) -> int:
        job = leases.take(task.name, self.name, every=task.every, lease=task.lease)
        if job is None:
            return 0
        error, count = "", 0
        try:
            with snapshot.steady():
                count = task.run(job, self.sweep)
        except (DatabaseError, InterfaceError, Busy):
            raise  # the whole worker waits; the job is due when its lease has run out
        except Exception as failure:  # one job that fails must not stop the others
            error = f"{type(failure).__name__}"
            log.exception("job %s failed; tried again at its next turn", task.name)
        if count:
            log.info("%s: %s", task.name, count)
        leases.done(job, next_at=task.next_at(), error=error)
        return count
