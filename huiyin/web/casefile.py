"""A case as one viewer's page shows it. What may be seen, masked, is decided in huiyin.cases; here it is put into words and rows."""

from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Any, Final

from django.utils.translation import gettext as _

from huiyin.cases import calendars, evidence, links, people, queries
from huiyin.cases.links import Related
from huiyin.cases.models import Case
from huiyin.cases.people import By, Outside
from huiyin.cases.timeline import Shown, Timeline
from huiyin.cases.timeline import TimelineRow as Told
from huiyin.core import approvals, proposals
from huiyin.core.answers import candidates
from huiyin.core.context import Ctx
from huiyin.core.corrections import CORRECTIONS, targets
from huiyin.core.dues import red_lines
from huiyin.core.effects import assumed, effects
from huiyin.core.foretell import Foreseen, foresee
from huiyin.core.history import Hop
from huiyin.core.model import Due, Event
from huiyin.core.offers import Offer
from huiyin.core.vocabulary import FactType
from huiyin.languages import load_vocabulary
from huiyin.org import queries as org
from huiyin.org.models import Officer
from huiyin.web import words
from huiyin.web.casekeys import number_key
from huiyin.web.caserows import FactRow, HopRow, LinkRow, PartyRow, TimelineRow
from huiyin.web.consequences import Part, parts

__all__ = ["CaseFile", "FactRow", "HopRow", "LinkRow", "PartyRow", "TimelineRow", "number_key"]
LAST: Final = 1 << 60
NOT_SHOWN: Final = frozenset({"number", "complainant", "respondent"})  # facts that stand elsewhere on the page


class CaseFile(queries.Opened):
    """An opened case with the one who looks at it."""

    def __init__(self, case: Case, by: By, key: str = "") -> None:
        opened = queries.open_case(case)
        super().__init__(case, opened.log, opened.now)
        self.key = key or number_key(case)
        self.by = by
        self.outside = isinstance(by, Outside)
        self.world.viewer = by if isinstance(by, Officer) else None
        self.calendar = calendars.current()

    @cached_property
    def seen(self) -> Timeline:
        """What this viewer gets of it."""
        return Timeline(self, self.by)

    @cached_property
    def steps(self) -> list[Offer]:
        """What the viewer may record now, and what is his but not open."""
        return self.offers(self.by, closed=True)

    @property
    def dues(self) -> list[Due]:
        """Every limit."""
        return self.limits

    def foresee(self, event: str) -> Foreseen:
        """What the form of an event says beforehand."""
        return foresee(
            self.procedure,
            self.view,
            event,
            actor=people.actor(self.by),
            world=self.world,
            calendar=self.calendar,
            now=self.now,
            running=[d.limit for d in self.dues if d.open and not d.window],
        )

    # -- what an act would answer and bring about

    def _ctx(self) -> Ctx:
        return Ctx(
            self.view, None, LAST, procedure=self.procedure, calendar=self.calendar, now=self.now, world=self.world
        )

    def answers(self, event: str) -> list[Event]:
        """Earlier events that this one may answer, the newest first."""
        return candidates(self._ctx(), event, people.actor(self.by))

    def consequences(self, event: str, facts: Mapping[str, Any], re: tuple[int, ...] = ()) -> list[Part]:
        """What recording the event now with these facts would bring about. Nothing is checked."""
        after = assumed(
            self.procedure, self.view, event, facts, actor=people.actor(self.by), world=self.world, calendar=self.calendar, now=self.now,
            re=re,
        )  # fmt: skip
        found = effects(
            self.procedure, self.view, after, world=self.world, calendar=self.calendar, now=self.now
        )  # fmt: skip
        return parts(found, self.names)

    def event_title(self, event: Event) -> str:
        """What it was; of a proposal also what it proposes, of a dispatch to whom."""
        title = words.done_label(event.name)
        if event.name == "proposed":
            title += _("：%s") % words.event_label(str(event.facts.get("for", "")))
        to = event.facts.get("to")
        if event.name in ("dispatched", "task_given") and to:
            title = _("%(title)s（%(unit)s）") % {"title": title, "unit": words.unit_label(str(to))}
        return title

    def event_line(self, event: Event) -> str:
        """One event as a choice: what it was, when, which unit."""
        unit = words.unit_label(event.actor.unit) if event.actor.unit else words.role_label(event.actor.role)
        return f"{self.event_title(event)}　{words.moment_text(event.occurred)}　{unit}"

    def request_row(self, event: Event) -> dict[str, Any]:
        """A request that waits for a decision, with what it asks."""
        who = next((self.who(row) for row in self.told if row.seq == event.seq), "")
        return {
            "seq": event.seq, "title": self.event_title(event), "who": who, "at": event.occurred, "facts": self.event_rows(event.seq),
        }  # fmt: skip

    def red_lines(self) -> list[str]:
        """Overdue, repeated, dissatisfied."""
        ctx = Ctx(self.view, None, LAST, procedure=self.procedure, calendar=self.calendar, now=self.now)
        return sorted(red_lines(ctx))

    def granted(self) -> frozenset[str]:
        """Events whose proposal has been approved by everybody and that nobody has recorded yet."""
        ctx = self._ctx()
        asked = [
            p for p in self.view.by_name.get("proposed", ()) if proposals.is_open(ctx, p) and approvals.granted(ctx, p)
        ]
        return frozenset(str(p.facts["for"]) for p in asked)

    # -- in words

    @cached_property
    def names(self) -> dict[str, str]:
        """Parties by number (masked) and, for officers, people by the key that stands in events."""
        found = (
            {no: _party_name(self._role(no), shown) for no, shown in self._parties.items()}
            | self._places()
            | self._files()
        )
        if self.outside:
            return found
        keys = {e.actor.person for e in self.log.events}
        for event in self.log.events:
            for value in event.facts.values():
                keys.update(v for v in (value if isinstance(value, tuple) else (value,)) if isinstance(v, str))
        return found | _numbers(keys) | {key: person.display_name for key, person in org.people(keys).items()}

    def _files(self) -> dict[str, str]:
        """Files by the form in which facts name them."""
        return {f"file:{id}": _("材料%d") % number for id, number in evidence.numbers(self).items()}

    def _places(self) -> dict[str, str]:
        """Places and areas by their ids, in two queries."""
        kinds = load_vocabulary()
        tables: list[tuple[Mapping[str, FactType], Mapping[str, Any]]] = [
            (kinds.party_facts, p.facts) for p in self.view.parties.values()
        ] + [(kinds.case_facts, self.view.case_facts())]
        tables += [(kinds.events[e.name].facts, e.facts) for e in self.log.events]
        ids = {str(v) for known, facts in tables for n, v in facts.items() if n in known and known[n].type == "place"}
        return org.place_labels(ids) if ids else {}

    @cached_property
    def _parties(self) -> dict[str, list[Shown]]:
        return self.seen.parties()

    def _role(self, no: str) -> str:
        return words.role_label(self.view.parties[no].role, self.procedure)

    def party_labels(self) -> dict[str, str]:
        """Number -> masked name, for the lists of a form."""
        return {no: self.names[no].removeprefix(self._role(no)) for no in self._parties}

    def current(self) -> dict[str, Any]:
        """Facts of the case as they stand; its kind also where nobody named it."""
        return {"kind": self.case.kind, **self.view.case_facts()}

    def facts(self) -> list[FactRow]:
        """The case itself: what happened, when, where, what is wanted."""
        shown = [one for one in self.seen.case_facts() if one.name not in NOT_SHOWN]
        return _rows(shown, load_vocabulary().case_facts.get, self.names)

    def summary(self) -> FactRow | None:
        """The desk's one line on the case."""
        rows = [s for row in self.told if row.name == "registered" for s in row.facts if s.name == "summary"]
        return _row(rows[0], load_vocabulary().events["registered"].facts["summary"], self.names) if rows else None

    def parties(self) -> list[PartyRow]:
        """The parties with what may be seen of them."""
        kinds = load_vocabulary().party_facts
        return [
            PartyRow(self._role(no), _rows(shown, lambda name: kinds.get(name), self.names))
            for no, shown in self._parties.items()
        ]

    @cached_property
    def told(self) -> list[Told]:
        """The events this viewer gets, in the order of recording."""
        return self.seen.rows()

    def timeline(self) -> list[TimelineRow]:
        """The same in words, newest first."""
        return [self._row(row) for row in reversed(self.told)]

    def event_rows(self, seq: int) -> list[FactRow]:
        """The facts of one event: of a proposal that is to be decided."""
        return next((self._row(row).facts for row in self.told if row.seq == seq), [])

    def _row(self, row: Told) -> TimelineRow:
        event = self.log.events[row.seq - 1]
        title = row.label
        if row.name == "proposed":
            title += _("：%s") % words.event_label(str(event.facts.get("for", "")))
        tags = [_("补录")] if row.late_entry else []
        tags += [_("已作废")] if row.annulled else []
        tags += [_("有更正")] if row.amended_by else []
        case_facts = load_vocabulary().case_facts if row.name == "registered" else {}
        proposed = load_vocabulary().events.get(str(event.facts.get("for", "")))
        own = {**(proposed.facts if proposed else {}), **load_vocabulary().events[row.name].facts}
        shown = [
            s
            for s in row.facts
            if s.name not in ("for", "summary")
            and (s.name in own or s.name not in case_facts)
            and not (s.name == "basis" and s.value in row.clauses)  # stands below anyway
        ]
        order = list(own)
        shown.sort(key=lambda s: order.index(s.name) if s.name in own else len(order))
        facts = _rows(shown, lambda name: own.get(name) or load_vocabulary().case_facts.get(name), self.names)
        return TimelineRow(
            title, row.occurred, self.who(row), facts, row.clauses, tags, row.actor.role == "system", row.annulled,
            row.seq, row.round, row.name,
        )  # fmt: skip

    def who(self, row: Told) -> str:
        """Who recorded it."""
        by = row.actor
        if by.role == "system":
            return _("系统按规则记录")
        role = words.role_label(by.role, self.procedure)
        if not by.inside:
            return role
        unit = words.unit_label(by.unit)
        return unit if self.outside else " ".join(filter(None, (unit, role, self.names.get(by.person, ""))))

    def _assigned(self) -> dict[str, tuple[str, ...]]:
        """Officers of this round by what they are to do."""
        assigned: dict[str, tuple[str, ...]] = {}
        for event in self.view.by_name.get("officers_assigned", ()):
            if event.round == self.view.round:
                assigned[str(event.facts.get("duty", "handling"))] = event.facts["officers"]
        return assigned

    def handlers(self) -> list[str]:
        """Persons who handle it now, as events name them."""
        return [person for people in self._assigned().values() for person in people]

    def who_has(self) -> list[tuple[str, str]]:
        """Who has the case, and where it came from."""
        routing, assigned = self.view.routing_at(), self._assigned()
        rows = [
            (_("登记单位"), words.unit_label(routing.registrar)),
            (_("承办单位"), words.unit_label(routing.lead or routing.holder)),
            (_("协办单位"), words.listed(words.unit_label(u) for u in routing.assist)),
            (_("经手单位"), words.listed(words.unit_label(u) for u in sorted(routing.had))),
        ]
        duty = load_vocabulary().values["officer_duty"]
        rows += [(duty.get(d, d), words.listed(self.names.get(p, p) for p in people)) for d, people in assigned.items()]
        return [(label, text) for label, text in rows if text]

    @cached_property
    def linked(self) -> list[Related]:
        """Cases that belong to this one, as far as this officer may find them."""
        return links.of_case(self.by, self.case) if isinstance(self.by, Officer) else []

    def related(self) -> list[LinkRow]:
        """The same in words."""
        return [
            LinkRow(
                number_key(r.case, [o.case for o in self.linked]), r.case.number or f"#{r.case.pk}",
                words.vocabulary().label("relation", r.relation), r.case,
            )
            for r in self.linked
        ]  # fmt: skip

    def hops(self) -> list[HopRow]:
        """The way of the case from unit to unit."""
        return [self._hop(hop) for hop in self.view.hops]

    def _hop(self, hop: Hop) -> HopRow:
        opened = self.log.events[hop.opened - 1]
        received = next(
            (e for n in ("received",) for e in self.view.by_name.get(n, ()) if hop.opened in e.re), None
        )  # fmt: skip
        closed = self.log.events[hop.closed - 1] if hop.closed is not None else None
        return HopRow(
            words.unit_label(hop.sender), words.unit_label(hop.receiver), words.done_label(opened.name), opened.occurred,
            received.occurred if received is not None else None, words.done_label(closed.name) if closed is not None else "",
            closed.occurred if closed is not None else None,
        )  # fmt: skip

    def redo(self) -> list[tuple[TimelineRow, list[TimelineRow]]]:
        """Corrections with the steps that rest on what was corrected and were recorded before: each is to be looked at again, until the same
        step was recorded anew."""
        rows = {row.seq: row for row in self.told}
        found = []
        for event in self.view.effective:
            if event.name not in CORRECTIONS:
                continue
            resting = [
                e
                for seq in targets(event)
                for e in queries.corrected(self, seq)
                if e.seq < event.seq and e.name not in CORRECTIONS and not self._done_again(e, event.seq)
            ]
            if resting and event.seq in rows:
                found.append((self._row(rows[event.seq]), [self._row(rows[e.seq]) for e in resting if e.seq in rows]))
        return found

    def _done_again(self, event: Event, after: int) -> bool:
        return event.seq not in self.view.by_seq or any(
            e.seq > after for e in self.view.by_name.get(event.name, ())
        )  # fmt: skip


def _party_name(role: str, shown: Iterable[Shown]) -> str:
    name = next((s.value for s in shown if s.name == "name" and s.state in ("plain", "masked")), "")
    return f"{role}{name}"


def _numbers(values: Iterable[str]) -> dict[str, str]:
    """Cases that a fact names by their id, because they had no number yet: by the number they got since."""
    ids = {int(value[1:]) for value in values if value[:1] == "#" and value[1:].isdecimal() and len(value) < 19}
    found = Case.objects.filter(pk__in=ids, number__isnull=False).values_list("pk", "number") if ids else ()
    return {f"#{pk}": str(number) for pk, number in found}


def _rows(shown: Iterable[Shown], kind_of: Any, names: dict[str, str]) -> list[FactRow]:
    rows = (_row(one, kind_of(one.name), names) for one in shown)
    return [row for row in rows if row is not None]


def _row(shown: Shown, kind: FactType | None, names: dict[str, str]) -> FactRow | None:
    if shown.state == "hidden":
        return FactRow(shown.label, _("（无权查看）"), name=shown.name)
    if shown.state == "erased":
        return FactRow(shown.label, _("（已按规定销毁）"), name=shown.name)
    text = words.plain_text(kind, shown.value, names)
    long = kind is None or not kind.plain
    return FactRow(shown.label, text, shown.ref, long, shown.name) if text else None
