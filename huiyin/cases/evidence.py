"""Files of a case: how an event names them, and who is given which form of them.

In the facts that come in, a file that was sent before stands as `file:` and its id; any other text is the name of a paper that is kept
elsewhere. In the event's body a file is {"file": id, "c": commitment}: the commitment is to its name and the digest of its content. The
core sees sealed values and does not care.

The handler of the case is given the original. Other officers who may read it, and the party who handed it in or to whom it was addressed, are
given the copy without metadata, where there is one. In reports and other closed cases who may not know the reporter is given only what came from
the other side and what his own unit brought.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from huiyin.cases import access
from huiyin.cases.access import Viewer
from huiyin.cases.intake import ON_THE_REPORTERS_SIDE
from huiyin.cases.leaving import Guard
from huiyin.cases.models import HAS, ORDINARY, AccessEntry
from huiyin.cases.models import Event as EventRow
from huiyin.cases.people import By, Outside, actor
from huiyin.cases.planning import Act
from huiyin.cases.queries import Opened
from huiyin.cases.sides import RESPONDENT
from huiyin.core.model import Event
from huiyin.evidence import actions as evidence
from huiyin.evidence import queries as stored
from huiyin.evidence.models import File
from huiyin.org.models import Officer
from huiyin.vault import actions as vault
from huiyin.vault.refs import FileRef


def named(event: Event) -> Iterator[tuple[str, FileRef]]:
    """(fact, file) of every file that an event names."""
    for name, value in (*event.facts.items(), *event.case_facts.items()):
        for one in value if isinstance(value, tuple) else (value,):
            if isinstance(one, FileRef):
                yield name, one


# -- the copy of this floor: which event brought which file


def bring(acts: Sequence[Act]) -> None:
    """Files that new events bring become the case's: the first thing of an act that is written, since it fails when one was used meanwhile.
    Raises BadFact."""
    for act in acts:
        for event in act.new if act.files else ():
            fresh = [(ref.ref, name) for name, ref in named(event) if ref.ref in act.files]
            if fresh:
                evidence.attach(act.case_id, event.seq, event.name, fresh)


def follow(acts: Sequence[Act]) -> None:
    """Nothing is left to do when the events are written: the files came with them."""


def rebuild(acts: Sequence[Act]) -> None:
    """Bring the files of each case to the events that first name them."""
    for act in acts:
        first: dict[str, tuple[int, str]] = {}
        for event in act.log.events:
            for name, ref in named(event):
                first.setdefault(ref.ref, (event.seq, name))
        if first:
            evidence.place(act.case_id, [(id, seq, fact) for id, (seq, fact) in first.items()])


def differences(page: Sequence[int]) -> Iterator[tuple[int, int | None, str]]:
    """(case, event, what) of files of these cases that the events name and that are not there or not as they were. Events are read first."""
    events = EventRow.objects.filter(case_id__in=page, body__contains='"file":"').order_by("case_id", "seq")
    rows = events.values_list("case_id", "seq", "body").iterator(chunk_size=2000)
    named = [(case_id, seq, id) for case_id, seq, body in rows for id in NAMED.findall(body)]
    there = dict(File.objects.filter(case_id__in=page).values_list("pk", "case_id"))
    for case_id, seq, id in named:
        if there.get(id) != case_id:
            yield case_id, seq, f"{id} missing"
    yield from stored.faults(page)


NAMED: Final = re.compile(r'\{"c":"[0-9a-f]*","file":"([0-9a-f]{32})"\}')  # as a body writes it


# -- who is given what


@dataclass(frozen=True, slots=True)
class Handed:
    """One file of a case for one viewer. `number`: its place in the case, from 1; `event`: that which brought it. `copy` and `original`: may he
    have that; `name`: as it was called, made safe, "" for those who may not read it."""

    file: File
    number: int
    event: Event
    copy: bool
    original: bool
    name: str = ""
    readable: bool = True
    struck: bool = False  # the event was annulled

    @property
    def erased(self) -> bool:
        return not self.file.address


def numbers(opened: Opened) -> dict[str, int]:
    """The number of each file in its case, in the order in which events named them first."""
    found: dict[str, int] = {}
    for event in opened.log.events:
        for _name, ref in named(event):
            found.setdefault(ref.ref, len(found) + 1)
    return found


def handed(opened: Opened, by: By) -> list[Handed]:
    """The files of a case that this viewer may know of, in their order."""
    order = numbers(opened)
    if not order:
        return []
    there = {row.pk: row for row in stored.of_case(opened.case.pk)}
    bringing = {id: [e for e in opened.log.events if any(ref.ref == id for _name, ref in named(e))] for id in order}
    give = _giving(opened, by)
    rows = [give(there[id], number, bringing[id]) for id, number in order.items() if id in there]
    known = [row for row in rows if row is not None]
    names = stored.names([row.file for row in known if row.readable])
    if access.unknowing(by, opened.case):
        guard = Guard.of(opened)
        names = {id: guard.covered(name) for id, name in names.items()}
    return [replace(row, name=names.get(row.file.pk, "")) for row in known]


def one(opened: Opened, by: By, id: str) -> Handed | None:
    """One of these files; none when it is not for this viewer."""
    return next((row for row in handed(opened, by) if row.file.pk == id), None)


Giving = Callable[[File, int, list[Event]], Handed | None]


def _giving(opened: Opened, by: By) -> Giving:
    """What this viewer is given of a file with its number and the events that name it; what is asked of him is asked once."""

    def to_party(file: File, number: int, events: list[Event]) -> Handed | None:
        counted = [e for e in events if e.seq in opened.view.by_seq]
        mine = isinstance(by, Outside) and any(_is_for(opened, by, e) for e in counted)
        return Handed(file, number, events[0], bool(file.copy_address), False) if mine else None

    if not isinstance(by, Officer):
        return to_party
    who = access.viewer(by)
    sight, handler = access.sight(who, opened.case), is_handler(who, opened)

    def to_officer(file: File, number: int, events: list[Event]) -> Handed:
        first = events[0]
        struck = all(e.seq not in opened.view.by_seq for e in events)
        readable = sight.texts and (sight.identity or _tells_of_nobody(opened, first, who.unit))
        copy, original = readable and bool(file.copy_address), readable and handler and bool(file.address)
        return Handed(file, number, first, copy, original, "", readable, struck)

    return to_officer


def _is_for(opened: Opened, by: Outside, event: Event) -> bool:
    """Did this party hand it in, or was it sent to him?"""
    from huiyin.cases.timeline import ADDRESSED

    if event.actor.party is not None:
        return event.actor.party == by.party
    if event.name == "registered":
        return by.party != "" and by.party == opened.view.case_facts().get("complainant")
    if event.facts.get("party") is not None and event.name in HANDED_IN:
        return bool(event.facts["party"] == by.party)
    to = event.facts.get("to") or ()
    meant = opened.view.party_ids(to if isinstance(to, tuple) else (to,))
    return event.name in ADDRESSED and by.party in meant


HANDED_IN: Final = frozenset(
    {"evidence_added", "materials_supplied", "respondent_answered", "consented", "agent_authorised"}
)
"""Events whose `party` is the one whose files they bring, also where an officer records them."""


def of_reporters_side(opened: Opened, event: Event) -> bool:
    """Was it handed in by the side that reports? In a case that is not closed to anybody that makes no difference."""
    if opened.case.secrecy == ORDINARY:
        return False
    no = event.actor.party or event.facts.get("party")
    party = opened.view.parties.get(no) if isinstance(no, str) else None
    if party is not None:
        return party.role in ON_THE_REPORTERS_SIDE
    return event.actor.role in ON_THE_REPORTERS_SIDE or event.name in (
        "registered",
        "evidence_added",
        "materials_supplied",
        "recording_left",
    )


def _tells_of_nobody(opened: Opened, event: Event, unit: str) -> bool:
    """What is in a file nobody can look through for the sender of a closed case. So who may not know him gets what came from the other side, and
    what his own unit brought; not a recording of the sender, a reply to him, or a document that names him."""
    if of_reporters_side(opened, event):
        return False
    no = event.actor.party or event.facts.get("party")
    party = opened.view.parties.get(no) if isinstance(no, str) else None
    of_the_other = event.name in FROM_THE_OTHER_SIDE or (party is not None and party.role == RESPONDENT)
    return of_the_other or event.actor.unit == unit


FROM_THE_OTHER_SIDE: Final = frozenset({"respondent_answered", "complied"})
HANDLERS: Final = frozenset({"handler", "enforcement_officer", "mediator", "intake_officer", "duty_officer"})
"""Roles that work on a case themselves; who leads, supervises, calls back or archives needs no original."""


def is_handler(who: Viewer, opened: Opened) -> bool:
    """Does this officer handle the case now: at a unit that has it, and named for it where the unit has named anybody?"""
    if not AccessEntry.objects.filter(case_id=opened.case.pk, unit=who.unit, how=HAS).exists():
        return False
    by_duty = {
        str(event.facts.get("duty", "")): event.facts.get("officers", ())
        for event in opened.view.by_name.get("officers_assigned", ())
        if event.actor.unit == who.unit
    }
    if by_duty:
        return any(who.person in named for named in by_duty.values())
    return who.role in HANDLERS


def note_original(row: Handed, by: By, reason: str) -> None:
    """Enter in the reveal log that the original was handed out."""
    vault.note(actor(by), row.file.case_id, row.file.pk, row.file.fact, reason)


__all__ = [
    "Handed",
    "bring",
    "differences",
    "follow",
    "handed",
    "is_handler",
    "named",
    "note_original",
    "numbers",
    "of_reporters_side",
    "one",
    "rebuild",
]
