"""One limit over one history: opened by which events, followed to what ends each instance, counted, moved by extensions and stage replies."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from huiyin.core.context import Ctx
from huiyin.core.counting import last_day_of
from huiyin.core.ends import Counting, add_given, counted, entered, fact_moment, given_end, is_later
from huiyin.core.limit_events import LAST, LimitEvents
from huiyin.core.model import Due, Event
from huiyin.core.rules import Deferral, Length, Pause
from huiyin.core.workdays import End, Period


class LimitRun(LimitEvents):
    """One limit over one history: every instance of it, with its time."""

    def instances(self) -> list[Due]:
        found: list[Due] = []
        for opening, hop, unit in self._openings():
            found += self._follow(opening, hop, unit)
        self._extend(found)
        return found

    # -- following

    def _follow(self, opening: Event, hop: int | None, unit: str | None) -> list[Due]:
        segments: list[Due] = []
        start: Event | None = opening
        moved: tuple[str, ...] = ()
        ctx = self.ctx(None, LAST, opening=opening, hop=hop)
        while start is not None:
            due, start = self._segment(ctx, opening, start, hop, unit)
            due.moved_by = moved
            segments.append(due)
            moved = self.limit.clauses
        return segments

    def _segment(
        self, ctx: Ctx, opening: Event, start: Event, hop: int | None, unit: str | None
    ) -> tuple[Due, Event | None]:
        """One stretch from its start to what ends it; also the restart that begins the next stretch, if any."""
        limit = self.limit
        closing = self._closing(ctx, start, hop, unit)
        restart = self._restart(ctx, start, hop)
        ending, state = closing, "met"
        if restart is not None and (ending is None or restart.seq < ending.seq):
            ending, state = restart, "restarted"
        over = self._over(opening, start, hop)
        if over is not None and (ending is None or over.seq < ending.seq):
            ending, state, restart = over, "closed", None
        due = Due(
            limit.name, limit.clauses, limit.says, limit.target, limit.governs, limit.strength, start.seq, start.occurred, None,
            state if ending is not None else "running", closed_by=ending.seq if ending else None,
            closed_at=ending.occurred if ending else None, window=limit.window, hop=hop, round=start.round, unit=unit, limit=limit,
        )  # fmt: skip
        self._count(due, start, opening)
        due.owed_by = self._owed_by(opening, hop, unit, due.closed_by)
        return due, restart if state in ("restarted", "met") else None

    # -- counting

    def _count(self, due: Due, start: Event, opening: Event) -> None:
        limit = self.limit
        begun = start.occurred
        if limit.from_fact is not None:
            value = start.facts.get(limit.from_fact, start.case_facts.get(limit.from_fact))
            begun = (
                datetime(value.year, value.month, value.day)
                if isinstance(value, date) and not isinstance(value, datetime)
                else value or begun
            )
        elif limit.since is not None:
            earlier = [e for e in self._hits(limit.since, self.ctx(opening, opening.seq)) if e.seq <= start.seq]
            begun = earlier[-1].occurred if earlier else begun
        due.start = begun
        period, given = self._length(limit.within, start, opening, 0)
        due.counting = Counting(
            begun, period, limit.roll, paused=self._pauses(due, start), until=given, given=given is not None
        )
        self._finish(due)

    def _length(
        self, length: Length, start: Event, opening: Event, depth: int
    ) -> tuple[Period | None, date | datetime | None]:
        if length.period is not None:
            return length.period, None
        if length.setting is not None:
            value = self.ctx(opening, opening.seq).ask(f"setting:{length.setting}", {}, override=length.setting)
            return (Period(value["n"], value["unit"]), None) if isinstance(value, Mapping) else (None, None)
        if length.same_as is not None and depth < 3:
            other = self.procedure.limit_named(length.same_as)
            return self._length(other.within, start, opening, depth + 1) if other else (None, None)
        if length.end_of is not None:
            return None, last_day_of(length.end_of, start.occurred.date())
        if length.fact is not None:
            value = start.facts.get(length.fact)
            if value is None:
                value = self.ctx(start, start.seq).fact(length.fact)
            return (value, None) if isinstance(value, Period) else (None, value)
        return None, None

    def follow(self, due: Due, found: Iterable[Due]) -> None:
        """A limit that ends with another ends with the one of that name, clause or target that governed in its hop or round."""
        name = self.limit.within.limit
        others = [
            d
            for d in found
            if d.limit is not self.limit and d.end is not None and (d.target == name or d.name == name or d.answers_to(name or ""))
            and d.round == due.round and (d.hop is None or due.hop in (None, d.hop)) and d.state not in ("restarted", "lifted", "overridden")
        ]  # fmt: skip
        over = [d for d in others if d.governs == "overrides"]
        other = (
            max(over, key=lambda d: d.opened_by) if over else min(others, key=lambda d: d.end.sort_key, default=None)
        )
        if other is not None and other.end is not None:
            due.counting = replace(due.counting, until=other.end.day or other.end.moment, given=True)
            self._finish(due)

    def _finish(self, due: Due) -> None:
        """End, lateness and state from the counting as it now stands."""
        due.end = self._end(due.counting, closed=due.closed_by is not None)
        if due.end is None:
            return
        due.act_by = self.calendar.last_working_on_or_before(due.end.day or due.end.moment.date())
        reference = due.closed_at if due.closed_at is not None else self.now
        due.late = due.end.is_late(reference)
        if due.window and due.state != "met":
            due.state = "closed" if due.late else due.state
            due.late = False
        if due.late and due.closed_at is None and self._paused_since(due) is not None:
            due.late = False
        if due.closed_at is None and due.state == "running" and self._paused_since(due) is not None:
            due.state = "paused"
        if self.limit.lifted is not None and due.state in ("running", "paused", "met"):
            upto = due.closed_by if due.closed_by is not None else LAST
            if self.limit.lifted(self.ctx(None, upto)):
                due.state, due.late = ("lifted" if due.closed_by is None else due.state), False

    def _end(self, counting: Counting, closed: bool = False) -> End | None:
        """An open limit goes by the newest calendar; a closed one by the newest that was known at its end, so that it never moves again."""
        if counting.period is None:
            return None if counting.until is None else given_end(counting.until)
        end = counted(self.calendar, counting)
        if not closed:
            return end
        known = self.calendar.as_known(end.sort_key)
        if known is self.calendar or end.sort_key.date() < self.calendar.first_day_unlike(known):
            return end
        return counted(known, counting)

    # -- pauses

    def _pauses(self, due: Due, start: Event) -> tuple[tuple[datetime, datetime], ...]:
        spans: list[tuple[datetime, datetime]] = []
        for pause in self.limit.pause:
            spans += self._spans(pause, due, start)
        return tuple(sorted(spans))

    def _spans(self, pause: Pause, due: Due, start: Event) -> list[tuple[datetime, datetime]]:
        found: list[tuple[datetime, datetime]] = []
        last = due.closed_by if due.closed_by is not None else LAST
        for begun in self._hits(pause.start, self.ctx(None, LAST)):
            if begun.seq > last or (due.hop is not None and self.view.hop_of.get(begun.seq, due.hop) != due.hop):
                continue
            ended = self._pause_end(pause, begun)
            first = fact_moment(begun, pause.from_fact)
            until = fact_moment(ended, pause.to_fact) if ended else min(due.closed_at or self.now, self.now)
            if until > start.occurred and until >= first:
                found.append((max(first, start.occurred), until))
        return found

    def _pause_end(self, pause: Pause, begun: Event) -> Event | None:
        hits = [e for e in self._hits(pause.end, self.ctx(None, LAST, opening=begun)) if e.seq > begun.seq]
        if pause.re:
            hits = [e for e in hits if begun.seq in e.re]
        return hits[0] if hits else None

    def _paused_since(self, due: Due) -> datetime | None:
        """Moment of the pause that is still running and began before the end, none when time runs."""
        if due.closed_at is not None or due.end is None:
            return None
        for pause in self.limit.pause:
            for begun in self._hits(pause.start, self.ctx(None, LAST)):
                first = fact_moment(begun, pause.from_fact)
                plain = replace(due.counting, paused=tuple(s for s in due.counting.paused if s[0] < first))
                end = self._end(plain)
                if self._pause_end(pause, begun) is None and end is not None and not end.is_late(first):
                    return first
        return None

    # -- extensions and deferrals

    def _extend(self, found: list[Due]) -> None:
        """Granted extensions and stage replies move the newest instance that ran when they were recorded, if they came in time."""
        moves: list[tuple[Event, Deferral | None]] = [
            (e, None)
            for e in self.view.by_name.get("extended", ())
            if e.seen.get("granted") and self._names_me(e.facts.get("limit"))
        ]
        for deferral in self.procedure.deferrals:
            if self._is_of_me(deferral.of):
                moves += [(e, deferral) for e in self._hits(deferral.on, self.ctx(None, LAST))]
        for event, by in sorted(moves, key=lambda m: m[0].seq):
            due = self._moved(event, found)
            if due is None or due.end is None or due.end.is_late(entered(self.view, event)):
                continue
            if by is None and not self._in_effect(event, due.end):
                continue
            if by is None or by.applies(self.ctx(event, event.seq)):
                self._move(due, event, by)

    def _in_effect(self, event: Event, end: End) -> bool:
        """Has everything happened without which the rule does not let a granted extension count (telling the person, say)?"""
        since = min((*event.re, event.seq))
        for entry in self.procedure.extensions:
            if entry.once is not None and self._is_of_me(entry.of) and set(entry.clauses) & set(event.clauses):
                told = [e for e in self._hits(entry.once, self.ctx(None, LAST)) if e.seq > since]
                if all(end.is_late(entered(self.view, e)) for e in told):
                    return False
        return True

    def _move(self, due: Due, event: Event, deferral: Deferral | None) -> None:
        counting = due.counting
        if deferral is None:
            length, until = event.facts.get("length"), event.facts.get("until")
            if length is not None and counting.period is not None:
                counting = replace(counting, more=(*counting.more, length))
            elif length is not None:
                counting = replace(counting, until=add_given(self.calendar, counting.until, length))
            elif until is not None:
                counting = replace(counting, until=until)
            clauses = event.clauses
        else:
            until = event.facts.get(deferral.until)
            if until is None or not is_later(until, due.end):
                return
            counting, clauses = replace(counting, until=until), deferral.clauses
        due.counting = counting
        due.moved_by = tuple(dict.fromkeys((*due.moved_by, *clauses)))
        due.state = due.state if due.closed_by is not None else "running"
        self._finish(due)

    def _names_me(self, name: Any) -> bool:
        return name is not None and (name == self.limit.name or name in self.limit.clauses)

    def _is_of_me(self, of: Iterable[str]) -> bool:
        return any(self._names_me(name) for name in of)

    def _moved(self, event: Event, found: list[Due]) -> Due | None:
        requests = [self.view.by_seq[s] for s in event.re if s in self.view.by_seq]
        named = set(event.re) | {s for r in requests for s in r.re}
        running = [d for d in found if d.opened_by < event.seq and (d.closed_by is None or d.closed_by > event.seq)]
        chosen = [d for d in running if d.opened_by in named]
        return max(chosen or running, key=lambda d: d.opened_by, default=None)

    # -- who owes it

    def _owed_by(self, opening: Event, hop: int | None, unit: str | None, closed: int | None) -> str | None:
        term = self.limit.owed_by or self._usual_owner()
        role, _, place = term.partition("@")
        if not place:
            return role
        if unit is not None and place in ("here", "task_to", "handling_unit", "receiver"):
            return f"{role}@{unit}"
        inner = self._inner(hop, closed) if place in ("here", "handling_unit", "receiver") else None
        if inner is not None:
            return f"{role}@{inner}"
        routing_seq = LAST if hop is None and self.limit.per != "holding" else opening.seq
        ctx = Ctx(self.view, opening, LAST, before=routing_seq, procedure=self.procedure, opening=opening, hop=hop)
        units = ctx.places("handling_unit" if place == "here" else place)
        if role == "first_contact":
            role = self._role_of_first_contact()
        return f"{role}@{units[0]}" if units else None

    def _role_of_first_contact(self) -> str:
        """In what role the first person asked acts on the case: so the duty stands in his list. Who has not acted yet keeps the name.

        Where nobody was asked, since it came in by itself, it is the duty officer's.
        """
        first = self.view.first("registered")
        person = first and (first.facts.get("first_contact") or first.actor.person)
        if first and not first.actor.inside and "first_contact" not in first.facts:
            return "duty_officer"
        acted = (e.actor for e in self.view.effective if e.actor.inside and e.actor.person == person)
        return next((a.role for a in acted if a.role != "system"), "first_contact")

    def _inner(self, hop: int | None, closed: int | None) -> str | None:
        """The section or station that its bureau gave the case to: what the bureau owes for having it reaches there, as it was when it closed."""
        if hop is None and self.limit.per != "holding":
            return None
        now = self.view.routing_at(closed)
        same = not now.open_hops if hop is None else now.receiver == self.view.hops[hop].receiver
        return now.holder if same and now.lead is None and now.holder in now.within else None

    def _usual_owner(self) -> str:
        """Without `owed_by`: who may record the first event that meets it, else the handler."""
        for name in sorted(self.limit.to.names):
            for step in (*self.procedure.steps.get(name, ()), *self.procedure.defaults.get(name, ())):
                inside = [str(t) for t in step.by if "@" in t and not t.startswith("any@")]
                if inside:
                    return inside[0]
        return "handler@handling_unit"
