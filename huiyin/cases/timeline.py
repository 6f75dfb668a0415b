"""The timeline of a case for one viewer, with everything personal masked here on the server: a plain value never leaves for the page.

An officer gets every event, with the texts and identities that `access.sight` allows. A party gets the events that tell of the way of the
matter, the words addressed to it, and what it said itself; of other parties nothing.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import Any, Final

from django.utils.translation import gettext as _

from huiyin import languages
from huiyin.cases import access, leaving, links, reasons
from huiyin.cases.access import Sight
from huiyin.cases.evidence import of_reporters_side
from huiyin.cases.intake import ON_THE_REPORTERS_SIDE
from huiyin.cases.leaving import Guard, Kept
from huiyin.cases.models import ORDINARY
from huiyin.cases.people import By, Outside
from huiyin.cases.queries import Opened
from huiyin.cases.sides import BETWEEN_THE_SIDES, RESPONDENT, concerns, for_whom
from huiyin.core.audience import is_withheld
from huiyin.core.facts import to_plain
from huiyin.core.model import Actor, Event, Party, Sealed
from huiyin.core.vocabulary import FactType
from huiyin.org.models import Officer
from huiyin.vault import actions as vault
from huiyin.vault.errors import Damaged, UnknownRef
from huiyin.vault.masking import STAR, mask
from huiyin.vault.refs import FileRef

logger = logging.getLogger(__name__)
HIDDEN: Final = STAR * 4
TOLD: Final = frozenset({
    "registered", "accepted", "deferred", "refused", "acceptance_ended", "withdrawn", "dispatched", "received", "returned", "transferred_out",
    "materials_requested", "materials_supplied", "evidence_added", "appointment_set", "mediated", "settled", "mediation_ended",
    "test_started", "test_ended", "filed", "filing_declined", "party_informed", "stage_replied", "replied", "concluded", "extended",
    "suspended", "resumed", "called_back", "reopened", "archived", "opinion_given", "promised", "performed", "settlement_offered",
    "settlement_answered",
})  # fmt: skip
"""Events that a party is told of: steps of the way, not the office's inner business."""
TOLD_FACTS: Final = frozenset({
    "to", "outcome", "about", "material", "missing", "answer_by", "starts_at", "satisfaction", "until", "length", "method", "ground",
    "settled_fen", "agreed", "scope",
})  # fmt: skip
ADDRESSED: Final = frozenset({"party_informed", "replied", "stage_replied"})
TO_THE_RESPONDENT: Final = frozenset({"respondent_notified", "demanded"})
"""What the office wants of the respondent: of the one that is named, else of all."""
OF_BOTH_SIDES: Final = frozenset({"appointment_set", "settled", "mediation_ended", "test_started", "test_ended"})
"""Steps that a respondent is told of as well, without the words that were recorded with them."""
ASKS_THE_SENDER: Final = frozenset({"materials_requested"})
"""What the office wants of whoever sent the matter in; it names nobody it is addressed to."""
SENDERS: Final = frozenset({"complainant", "reporter"})


@dataclass(frozen=True, slots=True)
class Shown:
    """One fact: its name and label, and what may be shown of it. `value` is plain JSON, masked where it is personal.

    `ref` names the sealed value when there is more to it than is shown; `state`: plain | masked | hidden | erased.
    """

    name: str
    label: str
    value: Any
    state: str = "plain"
    ref: str = ""


@dataclass(frozen=True, slots=True)
class TimelineRow:
    """One event. `occurred` and `recorded` are local; both matter where it was entered late (补录)."""

    seq: int
    name: str
    label: str
    occurred: datetime
    recorded: datetime
    actor: Actor
    facts: tuple[Shown, ...]
    round: int
    re: tuple[int, ...]
    clauses: tuple[str, ...]
    late_entry: bool
    annulled: bool
    amended_by: tuple[int, ...]


def timeline(opened: Opened, viewer: By) -> list[TimelineRow]:
    """The events this viewer gets, in the order of recording. Two queries: the events were the first, the values to be masked the second."""
    return Timeline(opened, viewer).rows()


class Timeline:
    """One case for one viewer."""

    def __init__(self, opened: Opened, viewer: By) -> None:
        self.opened, self.viewer = opened, viewer
        self.words = languages.load_vocabulary()
        self.outside = viewer if isinstance(viewer, Outside) else None
        self.sight = _sight(viewer, opened)
        self.kept = opened.withheld(viewer)
        self.unknowing = isinstance(viewer, Officer) and opened.case.secrecy != ORDINARY and not self.sight.identity
        self.events = [e for e in opened.log.events if self.outside is None or self._is_told(e)]
        if isinstance(viewer, Officer):
            kept = links.not_told(viewer, opened.log.events)
            self.events = [e for e in self.events if e.seq not in kept]
        refs = {v.ref for e in self.events if self._reads(e) for v in _sealed(e)}
        self.plain: Mapping[str, Any] = _opened(refs)

    def rows(self) -> list[TimelineRow]:
        counted = self.opened.view.by_seq
        amended: dict[int, list[int]] = {}
        for event in self.opened.view.by_name.get("amended", ()):
            for seq in event.re:
                amended.setdefault(seq, []).append(event.seq)
        return [
            TimelineRow(
                e.seq,
                e.name,
                languages.done(self.opened.view.vocabulary.events[e.name].label_zh),
                e.occurred,
                e.recorded,
                self._actor(e),
                tuple(self._facts(e)),
                e.round,
                e.re,
                e.clauses,
                self._entered_late(e),
                e.seq not in counted,
                tuple(amended.get(e.seq, ())),
            )
            for e in self.events
        ]

    def _entered_late(self, event: Event) -> bool:
        """Was it entered on a later day than it is said to have happened on, or with a reason why so late? History that was taken over is not."""
        if event.late_reason is not None:
            return True
        taken_over = self.opened.view.first("imported")
        old = taken_over is not None and event.recorded == taken_over.recorded
        return event.recorded.date() > event.occurred.date() and event.actor.role != "system" and not old

    def parties(self) -> dict[str, list[Shown]]:
        """The parties by number with what may be shown of them. A party sees itself alone."""
        mine = {
            no: party
            for no, party in self.opened.view.parties.items()
            if self.outside is None or no == self.outside.party
        }
        readable = {no for no, party in mine.items() if self._reads_identity(party)}
        refs = [ref.ref for no in readable for ref in self.opened.log.identity.get(no, {}).values()]
        plain = _opened(refs)
        return {no: list(self._party(party, plain)) for no, party in mine.items()}

    def case(self) -> list[Shown]:
        """The facts of the case as they stand, in the order of the vocabulary. A party is not shown them here."""
        given = self.opened.view.case_facts() if self.outside is None else {}
        found = []
        for name, kind in self.words.case_facts.items():
            if name in given:
                value = given[name]
                shown = self._plain(name, kind.label_zh, value)
                found.append(self._said(name, kind.label_zh, value, True) if isinstance(value, Sealed) else shown)
        return found

    def case_facts(self) -> list[Shown]:
        """The facts of the case as they stand now, in the order of the vocabulary. An officer's; to a party none is told."""
        given = self.opened.view.case_facts() if self.outside is None else {}
        return [
            self._said(name, kind.label_zh, value, True)
            if isinstance(value, Sealed)
            else self._plain(name, kind.label_zh, value)
            for name, kind in self.words.case_facts.items()
            if (value := given.get(name)) is not None
        ]

    def _party(self, party: Party, plain: Mapping[str, Any]) -> Iterable[Shown]:
        identity = self.opened.log.identity.get(party.id, {})
        known = self._reads_identity(party)  # where somebody lives or works tells who it is, too
        for name, kind in self.words.party_facts.items():
            kept = is_withheld(self.kept, f"{party.role}.{name}")
            if (name in party.facts and (kept or not known)) or (name in identity and kept):
                yield Shown(name, kind.label_zh, HIDDEN, "hidden")
            elif name in party.facts:
                yield Shown(name, kind.label_zh, to_plain(party.facts[name]))
            elif name in identity:
                yield self._closed(name, kind.label_zh, identity[name], plain)

    # -- what may be read

    def _is_told(self, event: Event) -> bool:
        """Whoever sent the matter in follows its way; a respondent gets what was addressed to it and what it said itself, and no more."""
        if event.seq not in self.opened.view.by_seq or self.outside is None:
            return False
        mine = bool(self.outside.party) and event.actor.party == self.outside.party
        if not (mine or concerns(self.opened.view, event, self.outside.party, secret=self._guard.highest)):
            return False
        if self.outside.role == RESPONDENT:
            return mine or event.name in OF_BOTH_SIDES or self._is_addressed(event)
        if event.name in BETWEEN_THE_SIDES:
            return mine or self._is_addressed(event)
        return event.name in TOLD

    def _reads(self, event: Event) -> bool:
        """May the viewer read the words of this event?"""
        if event.seq in self.kept.words:
            return False
        if self.outside is None:
            return self.sight.texts
        return event.actor.party == self.outside.party or self._is_addressed(event)

    def _is_addressed(self, event: Event) -> bool:
        """Are these words of the office meant for this party? Of a sender whom nobody knows by number: are they for the sender?"""
        if self.outside is None:
            return False
        sender = self.outside.role in SENDERS
        if event.name in ASKS_THE_SENDER:
            return sender
        if event.name in BETWEEN_THE_SIDES:
            return self.outside.party in for_whom(self.opened.view, event)
        if event.name in TO_THE_RESPONDENT:
            return self.outside.party in self.opened.view.party_ids(event.facts.get("party") or RESPONDENT)
        to = event.facts.get("to") or ()
        if sender and not self.outside.party and event.name in ADDRESSED and (not to or SENDERS & {*_names(to)}):
            return True
        meant = self.opened.view.party_ids(to if isinstance(to, tuple) else (to,))
        return event.name in ADDRESSED and self.outside.party in meant

    def _reads_identity(self, party: Party) -> bool:
        if self.outside is not None:
            return party.id == self.outside.party
        return self.sight.identity or party.role not in ON_THE_REPORTERS_SIDE

    def _actor(self, event: Event) -> Actor:
        """Parties are not told which officer it was, only which unit and role."""
        if self.outside is None or not event.actor.inside:
            return event.actor
        return Actor(event.actor.role, event.actor.unit)

    def _facts(self, event: Event) -> Iterable[Shown]:
        own = self.words.events[event.name].facts
        proposed = self.words.events.get(str(event.facts.get("for", "")))
        for table in (event.facts, event.case_facts if self.outside is None else {}):
            for name, value in table.items():
                kind: FactType | None = own.get(name) or (proposed.facts.get(name) if proposed else None)
                kind = kind or self.words.case_facts.get(name)
                label = kind.label_zh if kind else name
                if isinstance(value, Sealed) and not isinstance(value, FileRef):
                    if self._tells_of_the_other_side(event, value):
                        yield Shown(name, label, HIDDEN, "hidden")
                    elif self.outside is None or self._reads(event):
                        yield self._said(
                            name, label, value, of_reporters_side(self.opened, event), in_full=self._is_addressed(event)
                        )
                elif files := _files(value):
                    if self.outside is None or self._reads(event):
                        yield self._handed_in(name, label, files)
                elif self.outside is None or name in TOLD_FACTS:
                    yield self._plain(name, label, value)
        if leaving.was_let_go(event) and self.outside is None:
            why = reasons.let_go_label(str(event.seen[leaving.LET_GO]))
            yield Shown(leaving.LET_GO, _("写有投诉人信息仍发出的理由"), why)
        if isinstance(event.late_reason, Sealed) and self.outside is None:
            yield self._said("late_reason", _("补录原因"), event.late_reason, of_reporters_side(self.opened, event))

    def _tells_of_the_other_side(self, event: Event, value: Sealed) -> bool:
        """Would these words tell a respondent who sent a secret matter in? They were looked through when they were recorded; what is older than
        that, or was learnt of that person since, is held back here."""
        if self.outside is None or self.outside.role in ON_THE_REPORTERS_SIDE or leaving.was_let_go(event):
            return False
        if event.actor.party == self.outside.party or self._kept is None:
            return False
        said = self.plain.get(value.ref)
        return isinstance(said, str) and bool(self._guard.marks(self._kept, said))

    @cached_property
    def _guard(self) -> Guard:
        return Guard.of(self.opened)

    @cached_property
    def _kept(self) -> Kept | None:
        return self._guard.kept_from(leaving.RESPONDENT)

    def _handed_in(self, name: str, label: str, files: tuple[Sealed, ...]) -> Shown:
        """Files by their ids, papers by their names. Which of the files the viewer may have is said where they are listed."""
        found = [f"file:{one.ref}" if isinstance(one, FileRef) else self._said(name, label, one, True) for one in files]
        shown = [one if isinstance(one, str) else str(one.value) for one in found]
        states = {one.state for one in found if isinstance(one, Shown)}
        return Shown(name, label, [text for text in shown if text], "masked" if "masked" in states else "plain")

    def _plain(self, name: str, label: str, value: Any) -> Shown:
        """A value that is no secret, unless a rule keeps it from this viewer."""
        kept = is_withheld(self.kept, name)
        return Shown(name, label, HIDDEN if kept else to_plain(value), "hidden" if kept else "plain")

    def _said(self, name: str, label: str, ref: Sealed, theirs: bool, *, in_full: bool = False) -> Shown:
        """Words as they may be read. Who may not know the sender reads them without whatever tells of him, and what is masked in them, or in the
        sender's own words (`theirs`), is not shown for a reason either: in plain they would tell. Words that do not open are not looked
        through, so they are not shown."""
        value = self.plain.get(ref.ref)
        if not self.unknowing or not isinstance(value, str | list):
            return self._closed(name, label, ref, self.plain, in_full=in_full)
        try:
            free = (
                self._guard.covered(value) if isinstance(value, str) else [self._guard.covered(str(v)) for v in value]
            )
        except (Damaged, UnknownRef):
            return Shown(name, label, HIDDEN, "hidden")
        shown = self._closed(name, label, ref, {ref.ref: free})
        if free == value and not theirs:
            return shown
        return replace(shown, ref="", state="masked" if free != value and shown.state == "plain" else shown.state)

    def _closed(self, name: str, label: str, ref: Sealed, plain: Mapping[str, Any], *, in_full: bool = False) -> Shown:
        """A sealed value as it may be shown. `in_full`: it was written for this viewer, telephone numbers to call included."""
        if ref.ref not in plain or is_withheld(self.kept, name):
            return Shown(name, label, HIDDEN, "hidden")
        value = plain[ref.ref]
        if value is vault.ERASED:
            return Shown(name, label, "", "erased")
        if value is UNREADABLE:
            return Shown(name, label, _("（保存的内容无法打开，请告知系统管理员）"), "plain")
        if in_full:
            return Shown(name, label, value)
        masked = [mask(name, item) for item in value] if isinstance(value, list) else mask(name, value)
        same = masked == value
        return Shown(
            name, label, masked, "plain" if same else "masked", "" if same or self.outside is not None else ref.ref
        )


def _names(to: Any) -> tuple[str, ...]:
    return to if isinstance(to, tuple) else (str(to),)


UNREADABLE: Final = object()  # a damaged record: one value is lost from sight, not the whole page


def _opened(refs: Iterable[str]) -> dict[str, Any]:
    """Values by ref. What does not open is said in its place and in the log of the server; `huiyin verify` names it too."""
    wanted = list(refs)
    try:
        return vault.open_many(wanted) if wanted else {}
    except (Damaged, UnknownRef):
        return {ref: _one(ref) for ref in wanted}


def _one(ref: str) -> Any:
    try:
        return vault.open_many([ref])[ref]
    except (Damaged, UnknownRef) as error:
        logger.error("%s", error)
        return UNREADABLE


def _sight(viewer: By, opened: Opened) -> Sight:
    if isinstance(viewer, Officer):
        return access.sight(access.viewer(viewer), opened.case)
    return Sight(False, False)


def _sealed(event: Event) -> list[Sealed]:
    """The sealed values of an event that are read for showing them. What is sealed of a file is for the server alone."""
    values = (*event.facts.values(), *event.case_facts.values(), event.late_reason)
    each = (one for value in values for one in (value if isinstance(value, tuple) else (value,)))
    return [one for one in each if isinstance(one, Sealed) and not isinstance(one, FileRef)]


def _files(value: Any) -> tuple[Sealed, ...]:
    """Of a fact that names files: those, and the sealed names beside them."""
    items = value if isinstance(value, tuple) else (value,)
    return tuple(one for one in items if isinstance(one, Sealed))
