"""Where in a case the words stand: the events, and a few signs around the place, masked as on the page of the case."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from huiyin.cases import bodies, queries
from huiyin.cases.models import Case, Event
from huiyin.core.audience import Withheld
from huiyin.org import procedures
from huiyin.org.models import Officer
from huiyin.search.index import INDEXES
from huiyin.search.indexing import OF_SECRECY, sealed_texts
from huiyin.search.words import Term, places, readable
from huiyin.vault import actions as vault
from huiyin.vault.errors import Damaged, UnknownRef
from huiyin.vault.masking import mask_text

AROUND: Final = 18  # signs on either side of a place


@dataclass(frozen=True, slots=True)
class Passage:
    """A place where words stand: the event, and the text in pieces, every second of which is one of the words."""

    seq: int
    event: str
    pieces: tuple[str, ...]


def events_of(looked_for: Sequence[Term], cases: Sequence[Case]) -> dict[int, list[int]]:
    """Numbers of the events in which any of the terms stands, by case."""
    found: dict[int, set[int]] = {}
    by_index: dict[str, list[int]] = {}
    for case in cases:
        if case.secrecy in OF_SECRECY:
            by_index.setdefault(OF_SECRECY[case.secrecy], []).append(case.pk)
    for name, ids in by_index.items():
        for term in looked_for:
            for case_id, seq in INDEXES[name].events(term.phrases(name), ids):
                found.setdefault(case_id, set()).add(seq)
    return {case_id: sorted(seqs) for case_id, seqs in found.items()}


@dataclass(frozen=True, slots=True)
class Kept:
    """What rules keep from one person in a case, and the roles of its parties."""

    withheld: Withheld
    roles: frozenset[str]

    def open(self, seqs: Sequence[int]) -> list[int]:
        """Those of these events whose words he may read; of a case of which a text is kept, whichever event it came with, none."""
        of_case = self.withheld.case or any("." not in fact for fact in self.withheld.facts)
        return [] if of_case else [seq for seq in seqs if seq not in self.withheld.words]


def kept_of(officer: Officer, cases: Sequence[Case]) -> dict[int, Kept]:
    """Of those cases whose procedure keeps anything from anybody: what is kept from this person. One query for all of them."""
    asked = {case.pk: case for case in cases if procedures.procedure_for(case.procedure_hash).audiences}
    rows: dict[int, list[tuple[int, str]]] = {pk: [] for pk in asked}
    events = (
        Event.objects.filter(case_id__in=list(asked)).order_by("case_id", "seq").values_list("case_id", "seq", "body")
    )
    for case_id, seq, body in events if asked else ():
        rows[case_id].append((seq, body))
    found = {}
    for pk, case in asked.items():
        opened = queries.Opened(case, bodies.read_all(rows[pk]))
        found[pk] = Kept(opened.withheld(officer), frozenset(p.role for p in opened.view.parties.values()))
    return found


def passages(events: Mapping[int, Sequence[int]], looked_for: Sequence[Term]) -> dict[int, Passage]:
    """The first place in each of these cases (id -> its events that may be read). A handful of queries for all of them together."""
    found: dict[int, Passage] = {}
    for (case_id, seq), (name, texts) in sorted(_texts(events).items()) if looked_for else ():
        for text in texts if case_id not in found else ():
            pieces = _cut(mask_text(text), looked_for)
            if pieces:
                found[case_id] = Passage(seq, name, pieces)
                break
    return found


def _texts(seqs: Mapping[int, Sequence[int]]) -> dict[tuple[int, int], tuple[str, list[str]]]:
    """(case, event) -> its name and its texts; what was erased or does not open is left out."""
    wanted = {(case_id, seq) for case_id, own in seqs.items() for seq in own[:3]}
    rows = Event.objects.filter(case_id__in={c for c, _ in wanted}, seq__in={s for _, s in wanted})
    named: dict[tuple[int, int], tuple[str, list[str]]] = {}
    for case_id, seq, name, body in rows.values_list("case_id", "seq", "name", "body"):
        if (case_id, seq) in wanted:
            raw = json.loads(body)
            refs = sealed_texts(raw["name"], raw.get("facts", {}), raw.get("case", {}), raw.get("late_reason"))
            named[case_id, seq] = (name, [ref for _fact, ref in refs])
    opened = _opened([ref for _name, refs in named.values() for ref in refs])
    return {
        at: (name, [text for ref in refs if isinstance(text := opened.get(ref), str)])
        for at, (name, refs) in named.items()
    }


def _opened(refs: Sequence[str]) -> dict[str, Any]:
    try:
        return vault.open_many(refs) if refs else {}
    except (Damaged, UnknownRef):
        return {}  # the page of the case says which text it is


def _cut(text: str, looked_for: Sequence[Term]) -> tuple[str, ...]:
    """The surroundings of the first place, in pieces: before, word, between, word ... after."""
    read = readable(text)
    text = text if len(text) == len(read) else read  # as it was written, where every sign kept its place
    spans = places(read, looked_for)
    if not spans:
        return ()
    low, high = max(spans[0][0] - AROUND, 0), min(spans[0][1] + 2 * AROUND, len(text))
    pieces, at = [], low
    for start, end in spans:
        if start >= at and end <= high:
            pieces += [text[at:start], text[start:end]]
            at = end
    pieces.append(text[at:high])
    pieces[0] = ("…" if low else "") + pieces[0].lstrip()
    pieces[-1] = pieces[-1].rstrip() + ("…" if high < len(text) else "")
    return tuple(" ".join(piece.split("\n")) for piece in pieces)
