"""Which cases an officer finds by words: the newest first, by key, in time that does not grow with how common a word is.

Cases are asked span by span, the newest first, each span wider than the one before. Of what a span holds, the newest are held against what the
officer may find; where little of it is his, it is held the other way round, against the little that he may find there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Final

from django.db.models import Exists, F, Max, OuterRef, Q, QuerySet

from huiyin.cases import access
from huiyin.cases.access import Viewer
from huiyin.cases.models import HAS, AccessEntry, Case
from huiyin.core.access import HANDLE
from huiyin.search.index import INDEXES, SPAN, Index, Phrases
from huiyin.search.words import CLOSED, OPEN, Term

WIDEST: Final = 16  # spans of the index asked at once
FIRST: Final = 120  # of a span's newest cases with the words: looked at before anything else is tried
FEW: Final = 6000  # cases of an officer in one span: so many are read rather than asking of each case whether it is his
BUDGET: Final = 12_000  # cases looked at for one page; then the page ends, and the next one goes on
AT_ONCE: Final = 1000
FEW_TOGETHER: Final = 300  # cases that the rarest of several terms is expected in: so few are looked through rather than asked of the index
MANY_TOGETHER: Final = 900
CaseId = OuterRef | F  # where an entry's case is named from
May = Callable[[CaseId], QuerySet[AccessEntry]]


class Words:
    """What an officer finds by these terms, under these filters of the case row. `stopped`: where a page that found too little gave up."""

    def __init__(self, who: Viewer, looked_for: Sequence[Term], narrowed: Q) -> None:
        self.who, self.terms, self.narrowed = who, looked_for, narrowed
        self.looked_at, self.many = 0, False
        self.stopped: int | None = None

    def ids(self, before: int | None, size: int) -> list[int]:
        """So many cases below this id, the newest first. Of reports only for those who handle them."""
        top = before if before is not None else newest() + 1
        found = self._in(INDEXES[OPEN], self._open, top, size)
        if self.who.role in HANDLE:
            self.looked_at = 0
            found += self._in(INDEXES[CLOSED], self._closed, top, size)
        low = self.stopped or 0
        return [pk for pk in sorted(set(found), reverse=True) if pk >= low][:size]

    # -- who may

    def _open(self, case: CaseId) -> QuerySet[AccessEntry]:
        return access.entries(self.who, case)

    def _closed(self, case: CaseId) -> QuerySet[AccessEntry]:
        """Of those that his own unit has now."""
        return access.entries(self.who, case).filter(unit=self.who.unit, how=HAS)

    # -- span by span

    def _in(self, index: Index, may: May, top: int, size: int) -> list[int]:
        looked_for = Together(index, [term.phrases(index.name) for term in self.terms])
        found: list[int] = []
        for low, high in spans(top):
            if len(found) >= size:
                break
            hits = looked_for.cases(low, high)
            more, stopped = self._of_span(hits, may, low, size - len(found))
            found += more
            if stopped is not None:
                self.stopped = max(self.stopped or 0, stopped)
                break
        return found

    def _of_span(self, hits: list[int], may: May, low: int, size: int) -> tuple[list[int], int | None]:
        """So many of the hits as the officer may find, and where it gave up."""
        found, rest = self._allowed(hits[:FIRST], may, size), hits[FIRST:]
        own = self._own(low, rest[0] + 1) if rest and len(found) < size else None
        if own is not None:
            rest = sorted(own.intersection(rest), reverse=True)
        for start in range(0, len(rest), AT_ONCE):
            if len(found) >= size:
                break
            if self.looked_at >= BUDGET:
                return found, rest[start] + 1
            found += self._allowed(rest[start : start + AT_ONCE], may, size - len(found))
        return found, None

    def _own(self, low: int, high: int) -> set[int] | None:
        """Cases from `low` to `high` that an entry opens to this officer; none when they are many, which is asked once."""
        if self.many:
            return None
        mine = access.entries(self.who, F("case_id")).filter(case_id__gte=low, case_id__lt=high)
        rows = list(mine.order_by().values_list("case_id", flat=True)[: FEW + 1])
        self.many = len(rows) > FEW
        return None if self.many else set(rows)

    def _allowed(self, ids: Sequence[int], may: May, size: int) -> list[int]:
        self.looked_at += len(ids)
        return allowed(self.who, ids, may, self.narrowed)[:size]


class Together:
    """Terms that must all stand in a case. The first span, which is narrow, tells how common each of them is; from then on, where the rarest leaves
    few cases, the others are looked for in these alone."""

    def __init__(self, index: Index, terms: Sequence[Phrases]) -> None:
        self.index, self.terms = index, terms
        self.share: list[float] = []  # of the cases of the span that was asked last, term by term

    def cases(self, low: int, high: int) -> list[int]:
        """The cases of a span that hold them all, the newest first."""
        if len(self.terms) == 1:
            return self.index.cases(self.terms, low, high)
        if not self.share:
            return self._first(low, high)
        order = sorted(range(len(self.terms)), key=self.share.__getitem__)
        rarest, *others = [self.terms[at] for at in order]
        if self.share[order[0]] * (high - low) <= FEW_TOGETHER:
            left = set(self.index.cases([rarest], low, high))
            self.share[order[0]] = len(left) / (high - low)
            if len(left) <= MANY_TOGETHER:
                for term in others:
                    left = self.index.among(term, left) if left else left
                return sorted(left, reverse=True)
        return self.index.cases([rarest, *others], low, high)

    def _first(self, low: int, high: int) -> list[int]:
        each = [set(self.index.cases([term], low, high)) for term in self.terms]
        self.share = [len(found) / (high - low) for found in each]
        return sorted(set.intersection(*each), reverse=True)


def allowed(who: Viewer, ids: Sequence[int], may: May, narrowed: Q) -> list[int]:
    """Those of these cases that the officer may find, in the order of their ids, the newest first."""
    if not ids:
        return []
    # most of what words find may be other people's: the entries alone tell, and no row of a case is read for it
    there = set(may(F("case_id")).filter(case_id__in=ids).order_by().values_list("case_id", flat=True))
    found = Case.objects.filter(
        Exists(may(OuterRef("pk"))), ~Exists(access.walls(who, OuterRef("pk"))), narrowed, pk__in=there
    )
    return list(found.order_by("-pk").values_list("pk", flat=True)) if there else []


def spans(top: int) -> Iterator[tuple[int, int]]:
    """Spans of ids below `top`, the newest first, each wider than the one before; they begin where those of the index do."""
    high, width = top, 1
    while high > 0:
        low = max(((high - 1) // SPAN - width + 1) * SPAN, 0)
        yield low, high
        high, width = low, min(width * 4, WIDEST)


def newest() -> int:
    """The highest id of a case."""
    return Case.objects.aggregate(top=Max("pk"))["top"] or 0


def holds(terms: Sequence[Term], cases: set[int]) -> dict[int, set[int]]:
    """For each term by its place: those of few cases in which it stands, in whichever index."""
    found: dict[int, set[int]] = {}
    for at, term in enumerate(terms):
        found[at] = set()
        for index in INDEXES.values():
            found[at] |= index.among(term.phrases(index.name), cases)
    return found


__all__ = ["Phrases", "Words", "allowed", "holds", "spans"]
