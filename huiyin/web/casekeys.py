"""How a case stands in an address: by its number, which people know; by its id where it has none, holds a slash, or several units use the number."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final

from huiyin.cases import queries
from huiyin.cases.models import Case

_asked: Final[ContextVar[dict[str, bool] | None]] = ContextVar("huiyin_shared_numbers", default=None)


@contextmanager
def asked_once() -> Iterator[None]:
    """Inside, the numbers of one page are looked up once, however many rows name them."""
    token = _asked.set({})
    try:
        yield
    finally:
        _asked.reset(token)


def number_key(case: Case, among: Iterable[Case] = ()) -> str:
    """The key of the case in an address. `among`: the cases of the same list, so that the numbers of all are looked up together."""
    if not case.number or "/" in case.number:
        return f"~{case.pk}"
    known = _asked.get()
    known = {} if known is None else known
    if case.number not in known:
        wanted = {one.number for one in (case, *among) if one.number} - set(known)
        shared = queries.shared_numbers(wanted)
        known |= {number: number in shared for number in wanted}
    return f"~{case.pk}" if known[case.number] else case.number
