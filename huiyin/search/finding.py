"""Which cases an officer finds by words: the newest first, by key, in time that does not grow with how common a word is.

Cases are asked span by span, the newest first, spans with little in them wider than the ones before. Of what a span holds, the newest are held
against what the officer may find; where little of it is his, it is held the other way round, against the little that he may find there. A page costs
no more than so much: where that is not enough for it to be full, the next one goes on from there.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from django.db.models import Exists, F, Max, OuterRef, Q, QuerySet

from huiyin.cases import access
from huiyin.cases.access import Viewer
from huiyin.cases.models import HAS, AccessEntry, Case
from huiyin.core.access import HANDLE
from huiyin.search.index import INDEXES, SPAN, Index, Phrases
from huiyin.search.words import CLOSED, OPEN, Term

WIDEST: Final = 16  # spans of the index asked at once
WIDER: Final = 1000  # cases with the words in a span: with fewer, the next one is wider
FIRST: Final = 120  # of a span's newest cases with the words: looked at before anything else is tried
FEW: Final = 6000  # cases of an officer in one span: so many are read rather than asking of each case whether it is his
BUDGET: Final = 6_000  # cases looked at for one page; then the page ends, and the next one goes on
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
        top = newest() + 1 if before is None else min(before, newest() + 1)  # a key from outside may be any number
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
        high, width = top, 1
        while high > 0 and len(found) < size:
            low = max(((high - 1) // SPAN - width + 1) * SPAN, 0)  # where spans of the index begin
            hits = looked_for.cases(low, high)
            more, stopped = self._of_span(hits, may, low, size - len(found))
            found += more
            if stopped is None and len(found) < size and low > 0 and looked_for.spent:
                stopped = low
            if stopped is not None:
                self.stopped = max(self.stopped or 0, stopped)
                break
            high, width = low, looked_for.next_width(width * (1 if len(hits) > WIDER else 2 if hits else 4))
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
    few cases, the others are looked for in these alone. `read`: how many cases the index has named so far, or would have, had it been asked apart."""

    def __init__(self, index: Index, terms: Sequence[Phrases]) -> None:
        self.index, self.terms = index, terms
        self.share: list[float] = []  # of the cases of the span that was asked last, term by term
        self.read = 0.0

    @property
    def spent(self) -> bool:
        """Was as much read as one page may cost?"""
        return self.read >= self.index.affordable

    def next_width(self, wanted: int) -> int:
        """How many spans of the index to ask next: no more than may still be read."""
        a_span = sum(self.share) * SPAN
        left = self.index.affordable - self.read
        return max(min(wanted, WIDEST, int(left / a_span) if a_span else WIDEST), 1)

    def cases(self, low: int, high: int) -> list[int]:
        """The cases of a span that hold them all, the newest first."""
        if not self.share or len(self.terms) == 1:
            return self._apart(low, high)
        order = sorted(range(len(self.terms)), key=self.share.__getitem__)
        rarest, *others = [self.terms[at] for at in order]
        if self.share[order[0]] * (high - low) <= FEW_TOGETHER:
            left = set(self.index.cases([rarest], low, high))
            self.share[order[0]] = len(left) / (high - low)
            self.read += len(left)
            if len(left) <= MANY_TOGETHER:
                for term in others:
                    left = self.index.among(term, left) if left else left
                return sorted(left, reverse=True)
        self.read += sum(self.share) * (high - low)
        return self.index.cases([rarest, *others], low, high)

    def _apart(self, low: int, high: int) -> list[int]:
        each = [self.index.cases([term], low, high) for term in self.terms]
        self.share = [len(found) / (high - low) for found in each]
        self.read += sum(len(found) for found in each)
        return each[0] if len(each) == 1 else sorted(set[int].intersection(*map(set, each)), reverse=True)


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


__all__ = ["Phrases", "Words", "allowed", "holds"]
