"""One commit for those who wait together, on SQLite (D8): while one thread writes, others queue up; the next to have its turn writes for all.

A commit costs as much as all statements of a registration, and statements for many rows cost less than many statements. Each job stays a job
of its own: when the common transaction fails, every one of them is done again alone, and gets its own answer or its own error.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any, Final, Generic, TypeVar

from huiyin.cases.errors import Busy
from huiyin.cases.writing import in_turn

MOST: Final = 16  # jobs in one transaction: nobody waits for more than so many others
T = TypeVar("T")


class Job(Generic[T]):
    """Something to be written, and what came of it."""

    def __init__(self) -> None:
        self.done = threading.Event()
        self.result: T | None = None
        self.error: BaseException | None = None

    def again(self) -> None:
        """Make the job ready for another try."""

    def answer(self) -> T:
        """What came of it. Raises what stood in its way."""
        if self.error is not None:
            raise self.error
        assert self.result is not None
        return self.result


class Company(Generic[T]):
    """Jobs that may be written in one transaction. `write` does so for all that are given to it, or for none."""

    def __init__(self, write: Callable[[Sequence[Any]], list[T]]) -> None:
        self._write = write
        self._queue: deque[Job[T]] = deque()

    def write(self, job: Job[T]) -> T:
        """Write the job, alone or with those that wait. Raises Busy, and whatever its writing raises."""
        self._queue.append(job)
        try:
            with in_turn():
                while not job.done.is_set():
                    self._write_some()
        except Busy:
            self._leave(job)
        return job.answer()

    def _leave(self, job: Job[T]) -> None:
        """Give up waiting; a job that somebody has taken meanwhile is waited for."""
        try:
            self._queue.remove(job)
        except ValueError:
            job.done.wait()
            return
        raise Busy("the turn did not come in time")

    def _write_some(self) -> None:
        jobs = [self._queue.popleft() for _ in range(min(len(self._queue), MOST))]
        try:
            tried = len(jobs) > 1
            if not tried or not self._tried(jobs):
                for job in jobs:
                    self._alone(job, again=tried)
        finally:
            for job in jobs:
                if job.result is None and job.error is None:
                    job.error = Busy("whoever was writing was interrupted")
                job.done.set()

    def _tried(self, jobs: Sequence[Job[T]]) -> bool:
        try:
            results = self._write(jobs)
        except Exception:  # whose fault it is shows when each is done alone
            return False
        for job, result in zip(jobs, results, strict=True):
            job.result = result
        return True

    def _alone(self, job: Job[T], *, again: bool) -> None:
        try:
            if again:
                job.again()
            (job.result,) = self._write([job])
        except Exception as error:  # it belongs to the thread that waits for this job
            job.error = error
