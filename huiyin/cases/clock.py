"""The clock of the log. Nothing else asks what time it is before an event is written (D12)."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime

from huiyin.moments import ZONE, local

_set: ContextVar[datetime | None] = ContextVar("huiyin_clock", default=None)


def now() -> datetime:
    """Local time of Asia/Shanghai without zone, cut to the second: the form in which the core counts."""
    moment = _set.get()
    return moment if moment is not None else datetime.now(ZONE).replace(tzinfo=None, microsecond=0)


@contextmanager
def at(moment: datetime) -> Iterator[None]:
    """The clock stands at this moment (local, or with a zone) for this thread: for tests, and for playing a sample case into the past."""
    token = _set.set(local(moment).replace(microsecond=0))
    try:
        yield
    finally:
        _set.reset(token)
