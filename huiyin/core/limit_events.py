"""The events that a limit turns on: which open it, meet it, begin it again or end it, over one history."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from huiyin.core.context import Ctx
from huiyin.core.history import ENDS_CASE, History
from huiyin.core.model import Event
from huiyin.core.patterns import Pattern, Patterns, completed
from huiyin.core.rules import Limit, Procedure
from huiyin.core.workdays import Calendar

LAST = 1 << 60


class LimitEvents:
    """One limit over one history, as far as events go; what follows for the time is LimitRun's (limits.py)."""

    def __init__(self, procedure: Procedure, view: History, calendar: Calendar, now: datetime, limit: Limit) -> None:
        self.procedure = procedure
        self.view = view
        self.calendar = calendar
        self.now = now
        self.limit = limit
        self._known: dict[tuple[int, int, int | None], list[Event]] = {}
        self._ends: list[Event] | None = None

    def ctx(self, event: Event | None, upto: int, opening: Event | None = None, hop: int | None = None) -> Ctx:
        return Ctx(
            self.view,
            event,
            upto,
            procedure=self.procedure,
            calendar=self.calendar,
            now=self.now,
            opening=opening,
            hop=hop,
        )

    # -- opening

    def _openings(self) -> list[tuple[Event, int | None, str | None]]:
        hits = self._hits(self.limit.start, self.ctx(None, LAST))
        if len(hits) > 1:
            hits = sorted(hits, key=lambda e: (e.occurred, e.seq))
        opened: list[tuple[Event, int | None, str | None]] = []
        taken: set[Any] = set()
        per = self.limit.per
        for event, hop in ((e, h) for e in hits for h in self._hops(e)):
            if per == "holding":
                group: Any = ("holding", hop, event.round if hop is None else 0)
            elif per == "hop" or self.limit.scope == "hop":
                if hop is None:
                    continue
                group = ("hop", hop)
            elif per is not None:
                group = ("event", event.seq)
            else:
                group = ("round", event.round) if self.limit.scope == "round" else ("case",)
            if group in taken or not self._judged(event, hop):
                continue
            taken.add(group)
            units = event.facts.get("to", ()) if per not in (None, "hop", "holding") else ()
            if isinstance(units, tuple) and len(units) > 1 and self._are_units(event):
                opened += [(event, hop, unit) for unit in units]
            else:
                opened.append((event, hop, None))
        return opened

    def _hops(self, event: Event) -> list[int | None]:
        """The hop an event belongs to. For limits per hop a dispatch or order begins the hops it opens, one for each receiver."""
        begun = [h.id for h in self.view.hops if h.opened == event.seq] if self.limit.per == "hop" else []
        return [*begun] or [self.view.hop_of.get(event.seq)]

    def _are_units(self, event: Event) -> bool:
        kind = self.view.vocabulary.fact_type(event.name, "to")
        return kind is not None and kind.type == "units"

    def _judged(self, event: Event, hop: int | None) -> bool:
        """`when` and `unless`: once, on the history up to and including the opening event, `here` being its unit."""
        if self.limit.when is None and self.limit.unless is None:
            return True
        ctx = self.ctx(event, event.seq, opening=event, hop=hop)
        if self.limit.when is not None and not self.limit.when(ctx):
            return False
        return self.limit.unless is None or not self.limit.unless(ctx)

    def _hits(self, patterns: Patterns, ctx: Ctx) -> list[Event]:
        """Events that match any of the patterns, in order of recording."""
        if len(patterns.items) == 1:
            return self._found(patterns.items[0], ctx)
        key = (id(patterns), ctx.opening.seq if ctx.opening is not None else 0, ctx.hop)
        hits = self._known.get(key)
        if hits is None:
            found = {e.seq: e for pattern in patterns.items for e in self._found(pattern, ctx)}
            hits = self._known[key] = [found[seq] for seq in sorted(found)]
        return hits

    def _found(self, pattern: Pattern, ctx: Ctx) -> list[Event]:
        """Matching events in order of recording: looked for once for a steady pattern, else once for each opening event and hop."""
        if pattern.steady:
            key: tuple[int, int, int | None] = (id(pattern), 0, None)
        else:
            key = (id(pattern), ctx.opening.seq if ctx.opening is not None else 0, ctx.hop)
        hits = self._known.get(key)
        if hits is None:
            hits = self._known[key] = self._matching(pattern, ctx)
        return hits

    def _matching(self, pattern: Pattern, ctx: Ctx) -> list[Event]:
        by_name = self.view.by_name
        events = [e for n in pattern.names if n in by_name for e in by_name[n]]
        if len(pattern.names) > 1:
            events.sort(key=lambda e: e.seq)
        return [e for e in events if pattern.matches(e, ctx)]

    # -- meeting, beginning again, ending

    def _closing(self, ctx: Ctx, start: Event, hop: int | None, unit: str | None) -> Event | None:
        """The event with which `to` is complete, after the start and inside the hop, by the unit this instance is about."""
        best: Event | None = None
        for pattern in self.limit.to.items:
            hits = (
                e
                for e in self._found(pattern, ctx)
                if e.seq > start.seq and self._inside(e, hop) and (unit is None or self._is_of(e, unit))
            )
            if pattern.times == 1 and pattern.times_set is None and not pattern.each:
                done = next(hits, None)
            else:
                done = completed(pattern, hits, self.ctx(start, LAST, opening=ctx.opening, hop=hop))
            if self.limit.to.every:
                if done is None:
                    return None
                best = done if best is None or done.seq > best.seq else best
            elif done is not None and (best is None or done.seq < best.seq):
                best = done
        return best

    def _inside(self, event: Event, hop: int | None) -> bool:
        if hop is None or self.limit.per not in ("hop", "holding"):
            return True
        own = self.view.hop_of.get(event.seq)
        return own is None or own <= hop

    def _is_of(self, event: Event, unit: str) -> bool:
        """Does it answer for this unit, or tell this unit? `concluded` ends the matter for every unit that was addressed."""
        if event.name in ("unit_informed", "messaged") and unit in event.facts.get("to", ()):
            return True
        return event.name == "concluded" or event.actor.unit == unit or unit in event.seen.get("above", ())

    def _restart(self, ctx: Ctx, start: Event, hop: int | None) -> Event | None:
        if self.limit.restart is None:
            return None
        closed = self.view.hops[hop].closed if self.limit.per == "hop" and hop is not None else None
        for event in self._hits(self.limit.restart, ctx):
            if event.seq <= start.seq or not self._inside(event, hop):
                continue
            if closed is not None and event.seq >= closed:  # what ended with its hop does not begin again
                continue
            if self.limit.scope != "round" or event.round == start.round:
                return event
        return None

    def _over(self, opening: Event, start: Event, hop: int | None) -> Event | None:
        """The event with which the case, the hop or the round ended and took the limit with it."""
        limit, view = self.limit, self.view
        ends = list(self._case_ends())
        if limit.per == "hop" and hop is not None and view.hops[hop].closed is not None:
            ends.append(view.by_seq[view.hops[hop].closed or 0])
        if limit.per == "holding":
            ends += self._given_up(start, hop)
        if limit.scope in ("round", "hop") or limit.target is not None:
            ends += view.by_name.get("reopened", ())
        first: Event | None = None
        for event in ends:
            if event.seq > start.seq and (first is None or event.seq < first.seq):
                first = event
        return first

    def _case_ends(self) -> list[Event]:
        """Events that end the case and with it this limit, whoever looks."""
        if self._ends is None:
            names = (ENDS_CASE | self.procedure.ends) - self.limit.to.names - self.limit.start.names
            names = frozenset() if self.limit.survives else names & self.view.by_name.keys()
            self._ends = [e for name in names for e in self.view.by_name[name]]
            if not self.limit.survives:  # given another kind, the matter goes on elsewhere
                self._ends += [e for e in self.view.by_name.get("classified", ()) if e.seen.get("ends")]
        return self._ends

    def _given_up(self, start: Event, hop: int | None) -> list[Event]:
        """When the unit no longer has the case: its hop was closed, the case dispatched to another bureau, or (without hop) concluded."""
        view = self.view
        seqs = [h.opened for h in view.hops if h.opened in view.by_seq and view.by_seq[h.opened].name == "dispatched"]
        if hop is not None and view.hops[hop].closed is not None:
            seqs.append(view.hops[hop].closed or 0)
        found = [view.by_seq[s] for s in seqs if s > start.seq and s in view.by_seq]
        return found + (view.by_name.get("concluded", []) if hop is None else [])
