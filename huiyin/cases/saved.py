"""Filters of lists that an officer keeps under a name of his own. They name kinds, stages and lights alone: nobody's data stands in them."""

from __future__ import annotations

from typing import Final

from huiyin.cases import clock
from huiyin.cases.models import SavedFilter
from huiyin.core.facts import UNWRITABLE
from huiyin.moments import stored

MOST: Final = 20  # of one person on one page
LONGEST: Final = 40  # characters of a name


class NotKept(ValueError):
    """It cannot be kept: `code` is no_name, no_filter or too_many."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def of(owner: str, page: str) -> list[SavedFilter]:
    """The filters this person keeps for that page, in the order in which they were made."""
    return list(SavedFilter.objects.filter(owner=owner, page=page).order_by("pk")[:MOST])


def keep(owner: str, page: str, name: str, query: str) -> SavedFilter:
    """Keep what a list is filtered by, as its address has it; a name that is there already gets the new filter. Raises NotKept."""
    name = UNWRITABLE.sub("", name).strip()[:LONGEST]
    if not name:
        raise NotKept("no_name")
    if not query:
        raise NotKept("no_filter")
    there = SavedFilter.objects.filter(owner=owner, page=page)
    if not there.filter(name=name).exists() and there.count() >= MOST:
        raise NotKept("too_many")
    row, _new = SavedFilter.objects.update_or_create(
        owner=owner, page=page, name=name, defaults={"query": query[:300], "made": stored(clock.now())}
    )
    return row


def drop(owner: str, pk: int) -> bool:
    """Give one up; false when this person has none of that number."""
    return bool(SavedFilter.objects.filter(owner=owner, pk=pk).delete()[0])
