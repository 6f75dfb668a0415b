"""A case's events as the rules see them: corrections applied, facts of the case, parties, marks, rounds, hops and who has the case.

Everything here is derived from events alone. `upto` is a sequence number: what stood after that event was recorded.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from huiyin.core.corrections import CORRECTIONS, corrected
from huiyin.core.model import Actor, Event, Party, changed
from huiyin.core.vocabulary import Vocabulary

ENDS_CASE = frozenset(
    {"withdrawn", "merged", "transferred_out", "refused", "acceptance_ended", "filing_declined", "recording_voided"}
)
ROUTES = ENDS_CASE | {
    "registered", "dispatched", "returned", "recalled", "joint_assigned", "instructed", "concluded", "reopened",
    "endorsed", "task_given", "task_done", "task_withdrawn", "responsibility_decided",
    "competence_disputed",
}  # fmt: skip
SAME_AS = {"reporter": "complainant"}  # in a report both name the same person


@dataclass(frozen=True, slots=True)
class Hop:
    """One dispatch between bureaux: `opened` by that event (one hop for each receiver of an order), closed by another."""

    id: int
    opened: int
    sender: str | None
    receiver: str
    closed: int | None = None
    by: str | None = None


@dataclass(frozen=True, slots=True)
class Routing:
    """Who has the case after an event."""

    registrar: str | None = None
    holder: str | None = None
    lead: str | None = None
    assist: tuple[str, ...] = ()
    open_hops: tuple[int, ...] = ()
    has: frozenset[str] = frozenset()  # units that have the case now
    had: frozenset[str] = frozenset()  # ... or ever had it
    within: frozenset[str] = frozenset()  # sections and stations that got it inside their bureau
    first_dispatcher: str | None = None
    last_dispatcher: str | None = None
    first_receiver: str | None = None
    assigner: str | None = None
    sender: str | None = None
    receiver: str | None = None
    involved: frozenset[str] = frozenset()
    round: int = 1
    ended: bool = False


class History:
    """Effective history of one case. `events` are all that were recorded; `effective` leaves out what was annulled and applies amendments."""

    def __init__(self, events: Iterable[Event], vocabulary: Vocabulary) -> None:
        self.vocabulary = vocabulary
        self.events: list[Event] = list(events)
        self.effective: list[Event] = []
        self.by_name: dict[str, list[Event]] = {}
        self.by_seq: dict[int, Event] = {}
        self.hops: list[Hop] = []
        self.hop_of: dict[int, int] = {}
        self.routing: list[tuple[int, Routing]] = [(0, Routing())]
        self._fact_events: list[Event] = []
        self._mark_events: list[Event] = []
        self.parties: dict[str, Party] = {}
        self._stack: list[int] = []
        for event in corrected(self.events, vocabulary):
            self._take(event)

    # -- building

    def _take(self, event: Event) -> None:
        self.effective.append(event)
        self.by_name.setdefault(event.name, []).append(event)
        self.by_seq[event.seq] = event
        if event.case_facts:
            self._fact_events.append(event)
        if event.name in ("marked", "unmarked"):
            self._mark_events.append(event)
        if event.parties:
            self.parties.update(event.parties)
        if event.name == "party_removed":
            self.parties.pop(event.facts.get("party", ""), None)
        self._place_in_hop(event)
        if event.name in ROUTES or event.seen.get("ends"):
            self.routing.append((event.seq, self._route(event, self.routing[-1][1])))

    def with_event(self, event: Event) -> History:
        """The history with one more event. Corrections rebuild it; anything else only adds."""
        if event.name in CORRECTIONS:
            return History([*self.events, event], self.vocabulary)
        self.events.append(event)
        self._take(event)
        return self

    def copy(self) -> History:
        """A history that can grow without touching this one."""
        other = History.__new__(History)
        other.vocabulary = self.vocabulary
        other.events = list(self.events)
        other.effective = list(self.effective)
        other.by_name = {k: list(v) for k, v in self.by_name.items()}
        other.by_seq = dict(self.by_seq)
        other.hops = list(self.hops)
        other.hop_of = dict(self.hop_of)
        other.routing = list(self.routing)
        other._fact_events = list(self._fact_events)
        other._mark_events = list(self._mark_events)
        other.parties = dict(self.parties)
        other._stack = list(self._stack)
        return other

    def _place_in_hop(self, event: Event) -> None:
        """An event belongs to the newest open hop whose receiver is its unit or above it."""
        unit = event.actor.unit
        if unit is None:
            if self._stack:
                self.hop_of[event.seq] = self._stack[-1]
            return
        near = {unit, *event.seen.get("above", ())}
        for hop_id in reversed(self._stack):
            if self.hops[hop_id].receiver in near:
                self.hop_of[event.seq] = hop_id
                return

    def _open_hop(self, event: Event, receiver: str, sender: str | None) -> None:
        self.hops.append(Hop(len(self.hops), event.seq, sender, receiver))
        self._stack.append(len(self.hops) - 1)

    def _close_hops(self, event: Event, ids: Iterable[int]) -> None:
        for hop_id in list(ids):
            if self.hops[hop_id].closed is None:
                self.hops[hop_id] = changed(self.hops[hop_id], closed=event.seq, by=event.name)
            if hop_id in self._stack:
                self._stack.remove(hop_id)

    def _route(self, event: Event, now: Routing) -> Routing:
        handler = getattr(self, f"_on_{event.name}", None)
        if event.name in ENDS_CASE or event.seen.get("ends"):
            self._close_hops(event, list(self._stack))
            now = changed(now, ended=True)
        elif handler is not None:
            now = handler(event, now)
        top = self.hops[self._stack[-1]] if self._stack else None
        last = top or self._hop_to(now.holder) or (self.hops[-1] if self.hops else None)
        return changed(
            now,
            open_hops=tuple(self._stack),
            had=now.had | now.has,
            sender=top.sender if top else (last.sender if last else None),
            receiver=top.receiver if top else (last.receiver if last else None),
        )

    def _hop_to(self, unit: str | None) -> Hop | None:
        """The newest hop by which this unit got the case, open or not: who got it back may still return it to its own sender."""
        return next((h for h in reversed(self.hops) if h.receiver == unit), None)

    def _on_registered(self, event: Event, now: Routing) -> Routing:
        unit = event.facts.get("to") if not event.actor.inside else event.actor.unit
        has = frozenset([unit]) if unit else frozenset()
        return changed(now, registrar=unit, holder=unit, has=has, ended=False)

    def _on_dispatched(self, event: Event, now: Routing) -> Routing:
        by, to, kind = event.actor.unit or now.holder, event.facts.get("to"), event.facts.get("dispatch_kind")
        assigner = by if kind == "assign" else now.assigner
        first, receiver = now.first_dispatcher, now.first_receiver
        if not self._dispatched_in_round(event):
            first, receiver = by, to
        now = changed(
            now, first_dispatcher=first, first_receiver=receiver, last_dispatcher=by, assigner=assigner, ended=False
        )
        if to is None:
            return now
        if not event.seen.get("hop"):
            within = now.within | {to} if to != by else now.within
            return changed(now, holder=to, has=now.has | {to}, within=within)
        passing = [h for h in self._stack if self.hops[h].receiver == by]
        self._close_hops(event, passing)
        self._open_hop(event, to, by)
        if to not in (now.lead, *now.assist):  # another unit has the matter now: the earlier division of work is over
            now = changed(now, lead=None, assist=())
        keep = frozenset(self.hops[h].receiver for h in self._stack) | {u for u in (now.lead, *now.assist) if u}
        return changed(now, holder=to, has=keep | {to}, within=frozenset())

    def _dispatched_in_round(self, event: Event) -> bool:
        """Was the case already dispatched in this round? (Without one, the first dispatcher of the case stays.)"""
        return any(e.round == event.round and e.seq < event.seq for e in self.by_name.get("dispatched", ()))

    def _on_instructed(self, event: Event, now: Routing) -> Routing:
        units = event.facts.get("to", ())
        for unit in units:
            self._open_hop(event, unit, event.actor.unit)
        holder = units[-1] if units else now.holder
        return changed(now, holder=holder, has=now.has | frozenset(units), assigner=event.actor.unit or now.assigner)

    def _on_returned(self, event: Event, now: Routing) -> Routing:
        back = event.facts.get("to")
        mine = self.hop_of.get(event.seq)
        leaving: set[str | None] = {event.actor.unit}
        if (
            mine is not None and self.hops[mine].receiver != back
        ):  # a section's return to its own bureau leaves the hop as it is
            leaving.add(self.hops[mine].receiver)
            self._close_hops(event, [mine])
        has = (now.has - leaving) | ({back} if back else frozenset())
        lead = None if now.lead in leaving else now.lead
        return changed(
            now, holder=back or now.holder, has=frozenset(u for u in has if u), lead=lead, within=now.within - leaving
        )

    def _on_recalled(self, event: Event, now: Routing) -> Routing:
        by = event.actor.unit or now.registrar
        self._close_hops(event, [h for h in self._stack if self.hops[h].sender == by] or list(self._stack))
        left = frozenset(self.hops[h].receiver for h in self._stack)
        return changed(
            now, holder=by, has=left | ({by} if by else frozenset()), lead=None, assist=(), within=frozenset()
        )

    def _on_joint_assigned(self, event: Event, now: Routing) -> Routing:
        lead, assist = event.facts.get("lead"), tuple(event.facts.get("assist", ()))
        units = frozenset(u for u in (lead, *assist) if u)
        return changed(now, lead=lead, assist=assist, has=now.has | units, involved=now.involved | units)

    def _on_concluded(self, event: Event, now: Routing) -> Routing:
        """Closes every hop; the units that had the case keep it for telling, reporting back and archiving."""
        self._close_hops(event, list(self._stack))
        return now

    def _on_reopened(self, event: Event, now: Routing) -> Routing:
        has = now.has | ({now.registrar} if now.registrar else frozenset())
        return changed(now, round=event.round, has=has, ended=False)

    def _on_endorsed(self, event: Event, now: Routing) -> Routing:
        return changed(now, assigner=event.actor.unit or now.assigner)

    def _on_task_given(self, event: Event, now: Routing) -> Routing:
        to = event.facts.get("to")
        return changed(now, involved=now.involved | ({to} if to else frozenset()))

    def _on_responsibility_decided(self, event: Event, now: Routing) -> Routing:
        return changed(now, involved=now.involved | frozenset(event.facts.get("units", ())))

    _on_competence_disputed = _on_responsibility_decided

    # -- reading

    @property
    def last(self) -> Event | None:
        return self.events[-1] if self.events else None

    @property
    def next_seq(self) -> int:
        return self.events[-1].seq + 1 if self.events else 1

    @property
    def round(self) -> int:
        return self.routing[-1][1].round

    def routing_at(self, upto: int | None = None) -> Routing:
        if upto is None:
            return self.routing[-1][1]
        for seq, state in reversed(self.routing):
            if seq <= upto:
                return state
        return self.routing[0][1]

    def case_fact(self, name: str, upto: int | None = None) -> Any:
        """Newest value of a fact of the case, none when nobody gave it."""
        for event in reversed(self._fact_events):
            if (upto is None or event.seq <= upto) and name in event.case_facts:
                return event.case_facts[name]
        return None

    def case_facts(self) -> dict[str, Any]:
        merged: dict[str, Any] = {}
        for event in self._fact_events:
            merged.update(event.case_facts)
        return merged

    def marked(self, mark: str, upto: int | None = None) -> bool:
        for event in reversed(self._mark_events):
            if (upto is None or event.seq <= upto) and event.facts.get("mark") == mark:
                return event.name == "marked"
        return self.case_fact(mark, upto) is True

    def marks(self) -> set[str]:
        return {m for m in self.vocabulary.values["mark"] if self.marked(m)}

    def first(self, name: str) -> Event | None:
        found = self.by_name.get(name)
        return found[0] if found else None

    def newest(self, name: str) -> Event | None:
        found = self.by_name.get(name)
        return found[-1] if found else None

    # -- parties

    def party_ids(self, value: Any) -> frozenset[str]:
        """Ids of the parties that a role or id names; `reporter` and `complainant` are the same person."""
        values: Iterable[str] = value if isinstance(value, tuple | list | frozenset) else (value,)
        found: set[str] = set()
        for v in values:
            if v in self.parties:
                found.add(v)
                continue
            role = SAME_AS.get(v, v)
            found.update(p.id for p in self.parties.values() if SAME_AS.get(p.role, p.role) == role)
        return frozenset(found)

    def party(self, role: str) -> Party | None:
        """The party with that id, or the first with that role."""
        if role in self.parties:
            return self.parties[role]
        wanted = SAME_AS.get(role, role)
        named = self.case_fact(wanted) if wanted in ("complainant", "respondent") else None
        having = [p for p in self.parties.values() if SAME_AS.get(p.role, p.role) == wanted]
        if named in self.parties and not _unknown(self.parties[named]):
            return self.parties[named]
        return next((p for p in having if not _unknown(p)), having[0] if having else None)

    def consent(self, scope: str, party: str, upto: int | None = None) -> bool:
        """Is this party's consent in force? The newest word counts."""
        for event in reversed(self.effective):
            if upto is not None and event.seq > upto:
                continue
            about = event.name in ("consented", "consent_withdrawn") and event.facts.get("scope") == scope
            if about and party in self.party_ids(event.facts.get("party")):
                return event.name == "consented"
        return False

    def left(self, actor: Actor) -> Event | None:
        """The hand-over by which this officer gave the case away, if nothing since has put him on it again."""
        found: Event | None = None
        for event in self.effective:
            if event.name == "handed_over" and actor.person in (event.facts["from_officer"], event.facts["to_officer"]):
                found = event if event.facts["from_officer"] == actor.person else None
            elif event.name == "officers_assigned" and actor.person in event.facts.get("officers", ()):
                found = None
        return found

    def recused(self, actor: Actor) -> Event | None:
        """The decision by which this officer stepped aside, if the newest one on him says so."""
        found: Event | None = None
        for event in self.by_name.get("recusal_decided", ()):
            if event.facts.get("officer") == actor.person:
                found = event if event.facts.get("granted") else None
        return found


def _unknown(party: Party) -> bool:
    """A respondent nobody could name; whoever is added later takes its place."""
    return party.facts.get("respondent_kind") == "unknown"


def stage_of(history: History, stages: Mapping[str, str], override: Mapping[str, str]) -> str:
    """The stage: of the newest event that enters one (design: computed, never typed in)."""
    for event in reversed(history.effective):
        stage = override.get(event.name) or stages.get(event.name)
        if stage:
            return stage
    return "reception"
