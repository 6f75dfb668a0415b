"""Keeping the indexes: with every act inside its transaction, anew from the sealed texts, and out again when the keys of a case go.

What an event says is one text: its sealed values in the order of their names. Which index holds it follows from how secret the case is, and when
that changes everything of the case moves. A state secret is in neither. What was corrected or annulled stays readable, so it stays findable.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from huiyin.cases.copies import CASE
from huiyin.cases.models import ORDINARY, REPORT, STAFF, Case, Event
from huiyin.cases.planning import Act
from huiyin.core.model import Event as CoreEvent
from huiyin.core.model import Sealed
from huiyin.search.index import INDEXES, Entry, Index
from huiyin.search.models import PARTS
from huiyin.search.words import CLOSED, OPEN, rows
from huiyin.vault import actions as vault
from huiyin.vault.refs import FileRef

log = logging.getLogger("huiyin.search")
SECRECY: Final = CASE.columns.index("secrecy")
OF_SECRECY: Final = {ORDINARY: OPEN, REPORT: CLOSED, STAFF: CLOSED}
NOT_WORDS: Final = frozenset({"phone"})  # personal facts of events that are no texts: a number somebody called from
VALUES: Final = frozenset({"was", "now_is"})  # of a correction: what it was and is, of a party's name for instance
Named = list[tuple[str, str]]  # (fact, where it is sealed)


def index_of(secrecy: str) -> Index | None:
    """The index that holds the texts of such cases; none for a state secret."""
    name = OF_SECRECY.get(secrecy)
    return INDEXES[name] if name is not None else None


# -- with every act


def follow(acts: Sequence[Act]) -> None:
    """Enter what the new events of these acts say."""
    wanted: dict[str, list[Entry]] = {}
    for act in acts:
        secrecy = str(act.row[SECRECY])
        if not act.fresh and _moved(act, secrecy):
            renew({act.case_id: secrecy})
            continue
        index = index_of(secrecy)
        if index is None:
            continue
        said = [(event.seq, _said(_sealed(event), act.texts)) for event in act.new]
        first = 0 if act.fresh or not any(text for _, text in said) else index.last_part(act.case_id) + 1
        wanted.setdefault(index.name, []).extend(_entries(index, act.case_id, said, first))
    for name, entries in wanted.items():
        INDEXES[name].add(entries)


def _moved(act: Act, secrecy: str) -> bool:
    """Does something of the case lie in another index than it should from now on? Only where an act may have changed how secret it is."""
    may = any(event.case_facts or event.name in ("amended", "annulled", "rebased") for event in act.new)
    own = index_of(secrecy)
    return may and any(index.last_part(act.case_id) >= 0 for index in INDEXES.values() if index is not own)


def _sealed(event: CoreEvent) -> Named:
    return sealed_texts(event.name, event.facts, event.case_facts, event.late_reason)


def sealed_texts(name: str, facts: Mapping[str, Any], case: Mapping[str, Any], late: Any) -> Named:
    """The sealed texts of an event, in the order of their names. Not those of a correction of somebody's identity."""
    identity = name == "amended" and "." in str(facts.get("field", ""))
    tables: dict[str, Any] = {**facts, **case, "late_reason": late}
    return [
        (fact, ref)
        for fact in sorted(tables)
        if fact not in NOT_WORDS and not (identity and fact in VALUES)
        for one in (tables[fact] if isinstance(tables[fact], tuple | list) else (tables[fact],))
        if (ref := _ref(one))
    ]


def _ref(value: Any) -> str:
    """Where a text is sealed, as the core's event or its body names it; nothing for a file or a plain value."""
    if isinstance(value, Sealed):
        return "" if isinstance(value, FileRef) else value.ref
    return str(value.get("vault", "")) if isinstance(value, dict) else ""


def _said(named: Named, texts: Mapping[str, Any]) -> str:
    return "\n".join(found for _fact, ref in named if isinstance(found := texts.get(ref), str))


def _entries(index: Index, case_id: int, said: Iterable[tuple[int, str]], first: int = 0) -> Iterator[Entry]:
    """Rows for what the events of a case say, numbered on from `first`."""
    place = first
    for seq, text in said:
        for tokens in rows(index.name, text) if text else ():
            if place >= PARTS:
                log.warning("case #%s: more than %s texts; further ones are not found by their words", case_id, PARTS)
                return
            yield Entry(case_id * PARTS + place, case_id, seq, tuple(tokens))
            place += 1


# -- anew


def entries_of(secrecy: Mapping[int, str]) -> dict[str, list[Entry]]:
    """Everything of these cases (id -> how secret) as it follows from their events and sealed texts; what was erased is left out."""
    named = _all_named([pk for pk, how in secrecy.items() if index_of(how) is not None])
    refs = [ref for events in named.values() for _seq, of_event in events for _fact, ref in of_event]
    texts = vault.open_many(refs) if refs else {}
    found: dict[str, list[Entry]] = {OPEN: [], CLOSED: []}
    for case_id, events in named.items():
        index = index_of(secrecy[case_id])
        assert index is not None
        found[index.name] += _entries(index, case_id, [(seq, _said(of_event, texts)) for seq, of_event in events])
    return found


def _all_named(cases: Sequence[int]) -> dict[int, list[tuple[int, Named]]]:
    """The sealed texts of all events of these cases. Read from the bodies as they lie: for a million cases nothing more is needed."""
    found: dict[int, list[tuple[int, Named]]] = {case: [] for case in cases}
    bodies = Event.objects.filter(case_id__in=cases).order_by("case_id", "seq").values_list("case_id", "seq", "body")
    for case_id, seq, body in bodies.iterator(chunk_size=2000) if cases else ():
        if '"vault"' in body:
            raw = json.loads(body)
            refs = sealed_texts(raw["name"], raw.get("facts", {}), raw.get("case", {}), raw.get("late_reason"))
            found[case_id].append((seq, refs))
    return found


def renew(secrecy: Mapping[int, str]) -> None:
    """Make everything of these cases anew."""
    forget(list(secrecy))
    for name, entries in entries_of(secrecy).items():
        INDEXES[name].add(entries)


def rebuild(acts: Sequence[Act]) -> None:
    """The projection's way of the same: the cases of these acts."""
    renew_all([act.case_id for act in acts])


def renew_all(cases: Sequence[int]) -> None:
    """Make everything of these cases anew, as secret as they are."""
    renew(dict(Case.objects.filter(pk__in=list(cases)).values_list("pk", "secrecy")))


def forget(cases: Sequence[int]) -> None:
    """Take every token of these cases out of both indexes."""
    for index in INDEXES.values():
        index.remove(cases)


# -- only looking


def differences(cases: Sequence[int]) -> list[str]:
    """Where the stored rows of these cases are not what follows from their texts. Ids and numbers of events, never a word."""
    secrecy = dict(Case.objects.filter(pk__in=list(cases)).values_list("pk", "secrecy"))
    wanted, found = entries_of(secrecy), []
    for index in INDEXES.values():
        there = index.stored(cases)
        due = {e.id: (e.case_id, e.seq, e.tokens) for e in wanted[index.name]}
        for pk in sorted(there.keys() | due.keys()):
            if there.get(pk) != due.get(pk):
                case_id, seq, _tokens = there.get(pk) or due[pk]
                found.append(f"#{case_id}/{seq} {index.name}")
    return found
