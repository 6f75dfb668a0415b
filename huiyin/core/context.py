"""One evaluation: which event is looked at, what stood then, and the answers of the world.

Relative places and questions to the world are answered from `seen` of the event; only while that event is being decided is the world
itself asked, and the answer kept. So nothing that changes later in the world moves what was decided.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from huiyin.core.history import History, Routing
from huiyin.core.model import Event
from huiyin.core.questions import answer_of
from huiyin.core.workdays import Calendar
from huiyin.core.world import World

FROM_HISTORY = frozenset({
    "handling_unit", "registrar", "lead", "assist", "involved", "sender", "receiver", "first_dispatcher", "last_dispatcher",
    "first_receiver", "assigner", "urger", "giver", "task_to", "here", "handling_units", "returner", "transferred_to",
})  # fmt: skip
MISSING: Any = object()


class Ctx:
    """Evaluation of rules at one event. `upto` bounds the history; `before` bounds the routing that places are taken from."""

    __slots__ = (
        "acting",
        "answers",
        "before",
        "calendar",
        "event",
        "hop",
        "now",
        "opening",
        "procedure",
        "upto",
        "view",
        "world",
    )

    def __init__(
        self,
        view: History,
        event: Event | None,
        upto: int,
        *,
        before: int | None = None,
        procedure: Any = None,
        calendar: Calendar | None = None,
        now: datetime | None = None,
        world: World | None = None,
        opening: Event | None = None,
        hop: int | None = None,
        acting: str | None = None,
    ) -> None:
        self.acting = acting or (event.actor.person if event is not None else None)
        self.view = view
        self.event = event
        self.upto = upto
        self.before = upto if before is None else before
        self.procedure = procedure
        self.calendar = calendar
        self.now = now
        self.world = world
        self.opening = opening
        self.hop = hop
        self.answers: dict[str, Any] = {}

    def at(self, event: Event) -> Ctx:
        """The same evaluation looking at another (past) event: its places are those it had, the world is not asked again."""
        if event is self.event:
            return self
        return Ctx(
            self.view, event, event.seq, before=event.seq - 1, procedure=self.procedure, calendar=self.calendar,
            now=self.now, opening=self.opening, hop=self.hop, acting=self.acting,
        )  # fmt: skip

    # -- facts

    def fact(self, name: str) -> Any:
        """Fact of the event being decided, else of the case (newest wins), else what follows from other facts; none when not there."""
        role, dot, own = name.partition(".")
        if dot:
            return self.party_fact(role, own)
        event = self.event
        if event is not None:
            if name in event.facts:
                return event.facts[name]
            if name in event.case_facts:
                return event.case_facts[name]
        value = self.view.case_fact(name, self.upto)
        return value if value is not None else self._derived(name)

    def fact_of(self, name: str, event: str) -> Any:
        """Fact of the newest event of that name before the one that is being decided, else none."""
        found = [e for e in self.view.by_name.get(event, ()) if e.seq <= self.upto and e is not self.event]
        return found[-1].facts.get(name) if found else None

    def party_fact(self, role: str, name: str) -> Any:
        event = self.event
        party = None
        if event is not None and event.parties:
            party = event.parties.get(role) or next(
                (p for p in event.parties.values() if p.role == role or {p.role, role} == {"reporter", "complainant"}),
                None,
            )
            named = event.case_facts.get("complainant" if role == "reporter" else role)
            party = event.parties.get(named, party) if named else party
        party = party or self.view.party(role)
        if party is None:
            return None
        return True if name in party.has else party.facts.get(name)

    def _derived(self, name: str) -> Any:
        """Facts of a case that have a default: as its party, as its channel, as its procedure."""
        if name in ("complainant_kind", "respondent_kind"):
            return self.party_fact(name.partition("_")[0], name)
        if name == "respondent_known":
            kind = self.fact("respondent_kind")
            return None if kind is None else kind != "unknown"
        if name == "source":
            return "direct"
        if name == "kind":
            return self.procedure.kinds[0] if self.procedure else None
        if name == "form":
            channel = self.fact("channel")
            written = self.view.vocabulary.wide("channel", "written")
            return None if channel is None else ("written" if channel in written else "oral")
        if name == "case_secrecy":
            return {"report": "report", "staff_complaint": "staff"}.get(self.fact("kind"), "ordinary")
        if name == "cross_place":
            places = self.places("respondent_place")
            registrar = self.routing().registrar or self.here()
            return None if not places else places[0] != registrar
        if name in self.view.vocabulary.values["mark"]:
            return self.view.marked(name, self.upto) or False
        return None

    def marked(self, name: str) -> bool:
        if self.event is not None and self.event.case_facts.get(name) is True:
            return True
        return self.view.marked(name, self.upto)

    # -- places

    def routing(self) -> Routing:
        return self.view.routing_at(self.before)

    def here(self) -> str | None:
        """Unit of the one who acts; for outside roles and the system the unit that has the case."""
        if self.event is not None and self.event.actor.unit:
            return self.event.actor.unit
        if self.event is not None and self.event.name == "registered":
            return self.event.facts.get("to")
        return self.handling_unit()

    def handling_unit(self) -> str | None:
        routing = self.routing()
        return routing.lead or routing.holder or routing.registrar

    def places(self, term: str) -> tuple[str, ...]:
        """Units that a relative place leads to at this event; an empty tuple when it leads nowhere."""
        term = term.removeprefix("each:")
        if term in FROM_HISTORY:
            return self._from_history(term)
        if self.event is None and self.world is None:
            return ()
        found = self.ask("place:" + term, {"place": term})
        if found is None:
            return ()
        return (found,) if isinstance(found, str) else tuple(found)

    def _from_history(self, term: str) -> tuple[str, ...]:
        routing = self.routing()
        if term == "here":
            return _one(self.here())
        if term == "handling_unit":
            return _one(self.handling_unit())
        if term == "lead":
            return _one(routing.lead or self.handling_unit())
        if term in ("sender", "receiver") and self.hop is not None:
            hop = self.view.hops[self.hop]
            return _one(hop.sender if term == "sender" else hop.receiver)
        if term == "registrar":
            if routing.registrar is None and self.event is not None and self.event.name == "registered":
                return _one(self.here())
            return _one(routing.registrar)
        if term == "assigner":
            return _one(routing.assigner or routing.first_dispatcher)
        if term in ("urger", "giver", "task_to"):
            return self._answered(term)
        if term == "returner":
            return self._returners()
        if term == "transferred_to":
            out = [e for e in self.view.by_name.get("transferred_out", ()) if e.seq <= self.before]
            return _one(out[-1].facts.get("to") if out else None)
        if term == "involved":
            return tuple(sorted(routing.involved)) or _one(self.handling_unit())
        if term == "assist":
            return routing.assist
        return _one(getattr(routing, term))

    def _returners(self) -> tuple[str, ...]:
        """Units that sent the case back, as the units it had been sent to."""
        hops = self.view.hops
        back = [h.receiver for h in hops if h.by == "returned" and h.closed is not None and h.closed <= self.before]
        within = [e.actor.unit for e in self.view.by_name.get("returned", ()) if e.seq <= self.before and e.actor.unit]
        return tuple(dict.fromkeys([*back, *within]))

    def _answered(self, term: str) -> tuple[str, ...]:
        """Units of the urging, order or task that `re` names (or the limit began with), else of the newest."""
        names = {"urger": ("urged", "supervised"), "giver": ("instructed", "task_given"), "task_to": ("task_given",)}[
            term
        ]
        event = self.event
        source: Event | None = None
        for seq in event.re if event is not None else ():
            named = self.view.by_seq.get(seq)
            source = named if named is not None and named.name in names else source
        if source is None and self.opening is not None and self.opening.name in names:
            source = self.opening
        if source is None:
            candidates = [e for n in names for e in self.view.by_name.get(n, ()) if e.seq <= self.upto]
            source = max(candidates, key=lambda e: e.seq, default=None)
        if source is None:
            return ()
        if term == "task_to":
            return _one(source.facts.get("to"))
        return _one(source.actor.unit or self.view.routing_at(source.seq).holder)

    # -- the world

    def ask(self, question: str, args: Mapping[str, Any], override: str | None = None) -> Any:
        """Answer of the world for this event: as it was seen, or, while it is being decided, asked now and kept."""
        seen = self.event.seen if self.event is not None else {}
        if override is not None and override in seen:
            return seen[override]
        if question in seen:
            return seen[question]
        if question in self.answers:
            return self.answers[question]
        if self.world is None:
            return None
        answer = answer_of(self, question, args)
        self.answers[question] = answer
        return answer

    def moment_of(self, which: str) -> datetime:
        event = self.event
        if event is None:
            assert self.now is not None
            return self.now
        if which == "recorded":
            return event.recorded
        if which in ("occurred", ""):
            return event.occurred
        value = self.fact(which)
        return as_moment(value) if isinstance(value, date) else event.occurred


def _one(unit: str | None) -> tuple[str, ...]:
    return (unit,) if unit else ()


def as_moment(value: date | datetime) -> datetime:
    """A bare date means the end of that day."""
    if isinstance(value, datetime):
        return value
    return datetime(value.year, value.month, value.day) + timedelta(days=1)


def as_date(value: Any) -> date | None:
    if isinstance(value, datetime):
        return value.date()
    return value if isinstance(value, date) else None
