"""One search: what somebody typed becomes words, numbers and people to look for; what is found is his to find; that he searched is noted.

Words stand anywhere in the texts of a case. Names, telephones, identity numbers and credit codes are found whole, by blind index; of a report, or
where a rule keeps a name from him, only by what he may know. Numbers of cases are found by how they begin. Everything comes by case, the newest
first.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import partial
from typing import Final

from django.db.models import Q
from django.utils import timezone

from huiyin.accounts import looks
from huiyin.cases import access, boards
from huiyin.cases.access import Viewer
from huiyin.cases.models import HAS, ORDINARY, AccessEntry, Case, ExternalRef, Party
from huiyin.cases.writing import writing
from huiyin.core.access import HANDLE
from huiyin.core.audience import is_withheld
from huiyin.core.facts import UNWRITABLE
from huiyin.core.identifiers import folded, is_phone
from huiyin.moments import stored
from huiyin.org import categories
from huiyin.org import queries as org
from huiyin.org.models import Officer
from huiyin.search import shown
from huiyin.search.finding import Words, allowed, holds
from huiyin.search.models import SearchLog
from huiyin.search.shown import Kept
from huiyin.search.words import Term, terms
from huiyin.vault import keys
from huiyin.vault.blind import blind
from huiyin.vault.models import BlindIndex

SIZE: Final = 20
LONGEST: Final = 200  # characters that are read of what was typed
MOST_TERMS: Final = 5
MOST_SAME: Final = 400  # cases of one person or number in one page's reach
SHORTEST_NUMBER: Final = 3
SHORTEST_NAME: Final = 2
LONGEST_NAME: Final = 60
STATES: Final = {"open": Q(archived=False, ended=False), "done": Q(archived=True) | Q(ended=True)}


@dataclass(frozen=True, slots=True)
class Filters:
    """What a list is narrowed by; empty: not. `since` and `until`: days on which the case began, both with it."""

    kind: str = ""
    stage: str = ""
    unit: str = ""
    category: str = ""
    state: str = ""
    since: date | None = None
    until: date | None = None

    @property
    def any(self) -> bool:
        return self != Filters()

    def q(self) -> Q:
        """As a filter of the case row."""
        found = STATES.get(self.state, Q())
        if self.kind:
            found &= Q(kind=self.kind)
        if self.stage:
            found &= Q(stage=self.stage)
        if self.unit:
            found &= Q(handling_unit=self.unit) | Q(unit=self.unit)
        if self.category:
            found &= _among(categories.below(self.category))
        if self.since:
            found &= Q(began__gte=stored(datetime.combine(self.since, time())))
        if self.until:
            found &= Q(began__lt=stored(datetime.combine(self.until + timedelta(days=1), time())))
        return found

    def said(self) -> str:
        """For the log: codes and days, no words."""
        named = {name: getattr(self, name) for name in self.__dataclass_fields__}
        return " ".join(f"{name}={value}" for name, value in named.items() if value)[:200]


def _among(ids: Sequence[str]) -> Q:
    """Cases of one of these categories. A case may have several, apart by spaces: those that have only one are found without looking into it."""
    several = Q()
    for one in ids:
        several |= (
            Q(category__startswith=f"{one} ") | Q(category__endswith=f" {one}") | Q(category__contains=f" {one} ")
        )
    return Q(category__in=ids) | (Q(category__contains=" ") & several)


@dataclass(frozen=True, slots=True)
class Hit:
    """A case that was found. `same`: kinds of blind index, or `number`, by which it was found beside its words."""

    case: Case
    same: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Found:
    """A part of what was found; `before` asks for the next one, none at the end. It may hold fewer than were asked for, and yet not be the last.
    `too_short`: nothing in what was typed can be looked for."""

    hits: Sequence[Hit] = ()
    before: int | None = None
    too_short: bool = False
    looked_for: Sequence[Term] = ()
    events: Mapping[int, Sequence[int]] = field(
        default_factory=dict
    )  # case -> where its words stand, as far as he may read them


def search(officer: Officer, typed: str, filters: Filters, before: int | None = None, size: int = SIZE) -> Found:
    """Cases by words, numbers and people, and by the filters alone when nothing is typed. The search is noted in the log, its words are not."""
    asked = _Asked.of(typed)
    found = _find(officer, asked, filters, before, size)
    note(officer, typed, filters, len(found.hits))
    return found


def everything(officer: Officer, typed: str, filters: Filters, size: int) -> Iterator[list[Case]]:
    """All of it, some cases at a time, in short reads. Whoever asks notes it himself."""
    asked, before = _Asked.of(typed), None
    while True:
        page = _find(officer, asked, filters, before, size)
        if page.hits:
            yield [hit.case for hit in page.hits]
        before = page.before
        if before is None:
            return


def _find(officer: Officer, asked: _Asked, filters: Filters, before: int | None, size: int) -> Found:
    if asked.typed:
        return _Search(officer, asked, filters.q()).page(before, size) if asked.any else Found(too_short=True)
    page = boards.case_page(officer, before, size, over=filters.q() if filters.any else None)
    return Found([Hit(case) for case in page.rows], page.before)


# -- what was asked


@dataclass(frozen=True)
class _Asked:
    """What was typed, read in every way in which it makes sense. `parts`: by white space; for each its words and what it may be besides."""

    typed: str
    whole: tuple[tuple[str, str], ...] = ()  # all of it as (kind, value): a name with a space in it
    parts: tuple[_Part, ...] = ()

    @property
    def any(self) -> bool:
        return bool(self.whole) or any(part.term or part.same for part in self.parts)

    @classmethod
    def of(cls, typed: str) -> _Asked:
        text = " ".join(UNWRITABLE.sub(" ", typed[:LONGEST]).split())
        pieces = text.split()[:MOST_TERMS]
        parts = tuple(_Part(piece, next(iter(terms(piece, 1)), None), tuple(_kinds(piece))) for piece in pieces)
        whole = tuple(_kinds(text)) if len(pieces) > 1 else ()
        return cls(text, whole, parts)


@dataclass(frozen=True, slots=True)
class _Part:
    text: str
    term: Term | None
    same: tuple[tuple[str, str], ...]


def _kinds(text: str) -> Iterable[tuple[str, str]]:
    """What a text may be beside words: (kind of blind index or number, value)."""
    bare = folded(text)
    digits = sum(c.isdigit() for c in bare)
    if digits >= SHORTEST_NUMBER:
        yield "number", text
    if is_phone(text):
        yield "phone", text
    if len(bare) in (15, 18) and digits >= len(bare) - 1:
        yield "id_number", text
    if len(bare) == 18 and bare.isascii() and bare.isalnum():
        yield "credit_code", text
    if not digits and SHORTEST_NAME <= len(bare) <= LONGEST_NAME:
        yield "name", text


# -- one page


@dataclass
class _Search:
    officer: Officer
    asked: _Asked
    narrowed: Q
    who: Viewer = field(init=False)
    same: dict[int, set[str]] = field(default_factory=dict)  # case -> by what it was found

    def __post_init__(self) -> None:
        self.who = access.viewer(self.officer)

    def page(self, before: int | None, size: int) -> Found:
        """Words and people, merged by case."""
        looked_for = [part.term for part in self.asked.parts if part.term is not None]
        ids: set[int] = set()
        stopped: int | None = None
        if len(looked_for) == len(self.asked.parts):
            words = Words(self.who, looked_for, self.narrowed)
            ids.update(words.ids(before, size + 1))
            stopped = words.stopped
        ids.update(self._by_people(before, size + 1))
        found = [pk for pk in sorted(ids, reverse=True) if pk >= (stopped or 0)]
        rows = Case.objects.in_bulk(found[:size])
        hits = [Hit(rows[pk], tuple(sorted(self.same.get(pk, ())))) for pk in found[:size] if pk in rows]
        hits, events = self._not_kept(hits, looked_for)
        return Found(hits, found[size - 1] if len(found) > size else stopped, looked_for=looked_for, events=events)

    def _by_people(self, before: int | None, size: int) -> list[int]:
        """Cases in which every part is a number or a person's, or stands in the texts; at least one of them the former."""
        found = self._same(self.asked.whole, before)
        of_parts = [self._same(part.same, before) for part in self.asked.parts]
        candidates: set[int] = set().union(*of_parts) if of_parts else set()
        if candidates and len(of_parts) > 1:
            stands = holds([part.term for part in self.asked.parts if part.term is not None], candidates)
            by_part = iter(stands.values())
            there = [next(by_part) if part.term is not None else set[int]() for part in self.asked.parts]
            candidates = {
                pk for pk in candidates if all(pk in x or pk in y for x, y in zip(of_parts, there, strict=True))
            }
            candidates = self._readable(candidates, of_parts)
        ids = sorted(found | candidates, reverse=True)
        return allowed(self.who, ids[:MOST_SAME], partial(access.entries, self.who), self.narrowed)[:size]

    def _same(self, values: Sequence[tuple[str, str]], before: int | None) -> set[int]:
        """Cases with one of these numbers, or of these people as far as the officer may know them."""
        found: set[int] = set()
        for kind, value in values:
            mine = self._numbered(value, before) if kind == "number" else self._of_person(kind, value, before)
            found |= mine
            for pk in mine:
                self.same.setdefault(pk, set()).add(kind)
        return found

    def _numbered(self, value: str, before: int | None) -> set[int]:
        page = boards.cases(self.officer, before, MOST_SAME, number=value)
        outside = ExternalRef.objects.filter(no=value).values_list("case_id", flat=True)[:SIZE]
        return {case.pk for case in page} | {pk for pk in outside if before is None or pk < before}

    def _of_person(self, kind: str, value: str, before: int | None) -> set[int]:
        token = blind(kind, value)
        rows = BlindIndex.objects.filter(kind=kind, token=token)
        rows = rows.filter(case_id__lt=before) if before is not None else rows
        pairs = set(rows.order_by("-case_id").values_list("case_id", "party")[:MOST_SAME]) if token else set()
        if not pairs:
            return set()
        ids = {pk for pk, _ in pairs}
        secret = set(Case.objects.filter(pk__in=ids).exclude(secrecy=ORDINARY).values_list("pk", flat=True))
        known = self._handled(secret)
        roles = Party.objects.filter(case_id__in=secret - known).values_list("case_id", "no", "role")
        respondents = {(pk, no) for pk, no, role in roles if role == "respondent"}
        return {pk for pk, no in pairs if pk not in secret or pk in known or (pk, no) in respondents}

    def _handled(self, cases: set[int]) -> set[int]:
        """Those of these reports and the like whose people the officer may know: he handles them at the unit that has them."""
        if self.who.role not in HANDLE or not cases:
            return set()
        mine = AccessEntry.objects.filter(case_id__in=cases, unit=self.who.unit, how=HAS)
        return set(mine.values_list("case_id", flat=True))

    def _readable(self, cases: set[int], of_parts: Sequence[set[int]]) -> set[int]:
        """Without reports that only the words of their texts brought in, where those texts are not his to search."""
        secret = set(Case.objects.filter(pk__in=cases).exclude(secrecy=ORDINARY).values_list("pk", flat=True))
        known = self._handled(secret)
        return {pk for pk in cases if pk not in secret or pk in known or all(pk in one for one in of_parts)}

    def _not_kept(self, hits: Sequence[Hit], looked_for: Sequence[Term]) -> tuple[list[Hit], dict[int, list[int]]]:
        """Without what a rule keeps from this person: a case is not told to him by words or a name that he may not see in it. And the events in
        which the words stand, as far as he may read them."""
        cases = [hit.case for hit in hits]
        kept, stands = shown.kept_of(self.officer, cases), shown.events_of(looked_for, cases)
        known = self._handled({case.pk for case in cases if case.secrecy != ORDINARY})
        found, events = [], {}
        for hit in hits:
            case, seqs = hit.case, stands.get(hit.case.pk, [])
            own = kept.get(case.pk)
            readable = own.open(seqs) if own is not None else seqs
            if own is not None and not readable and _is_kept(own, hit.same):
                continue
            found.append(hit)
            events[case.pk] = readable if case.secrecy == ORDINARY or case.pk in known else []
        return found, events


def _is_kept(kept: Kept, same: Sequence[str]) -> bool:
    """Was it found by what is kept alone?"""
    if kept.withheld.case or not same:
        return True
    facts = {f"{role}.{kind}" for role in kept.roles for kind in same}
    return "number" not in same and any(is_withheld(kept.withheld, fact) for fact in facts)


# -- who searched


def note(officer: Officer, typed: str, filters: Filters, found: int, way: str = "") -> None:
    """Enter the search in the log; `way`: what was done with what it found, beside looking. Raises Busy when the database does not come to it."""
    asked = _Asked.of(typed)
    sorts = {kind for part in asked.parts for kind, _ in part.same} | {kind for kind, _ in asked.whole}
    sorts |= {"words"} if any(part.term for part in asked.parts) else set()
    if not asked.typed and not way:
        return  # a list under filters is no search
    sorts |= {way} if way else set()
    digest = hmac.digest(keys.ring().search, f"search log\0{asked.typed.casefold()}".encode(), "sha256").hex()[:32]
    actor = org.actor_of(officer)
    with writing():
        SearchLog.objects.create(
            at=timezone.now(), person=actor.person, role=actor.role, unit=officer.unit_id, sorts=" ".join(sorted(sorts))[:80], digest=digest,
            filters=filters.said(), found=found,
        )  # fmt: skip
        looks.note(actor, looks.SEARCH, what=f"{' '.join(sorted(sorts))} ({found})")
