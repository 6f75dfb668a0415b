"""What goes without saying in an event: to whom it is addressed, and which earlier event it answers."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

from huiyin.core import approvals, ladders, proposals
from huiyin.core.context import Ctx
from huiyin.core.model import Event, changed

TELLS_PARTY = frozenset({"party_informed", "replied", "stage_replied", "promised"})
TO_HANDLER = frozenset({"urged", "supervised"})


def with_defaults(ctx: Ctx, event: Event) -> Event:
    """The event with its usual addressee and the facts that the rules count on; given facts are never changed."""
    facts: dict[str, Any] = dict(event.facts)
    if "to" not in facts:
        to = _usual_to(ctx, event)
        if to:
            facts["to"] = to
    if event.name == "dispatched" and facts.get("to") is not None and facts["to"] == event.actor.unit:
        facts.setdefault("dispatch_kind", "self")  # whoever keeps the matter handles it himself
    if event.name == "test_started":
        facts.setdefault("sent_on", event.occurred.date())
    if event.name == "test_ended":
        facts.setdefault("report_on", event.occurred.date())
    if event.name == "recusal_decided" and "officer" not in facts:  # whoever what it answers was about, else the last
        asked = next((ctx.view.by_seq[n] for n in event.re if n in ctx.view.by_seq), None)
        asked = asked or _recusal(ctx, event) or ctx.view.newest("recusal_requested")
        facts |= {"officer": asked.facts["officer"]} if asked is not None and "officer" in asked.facts else {}
    if event.name == "called_back" and "reached" not in facts and "satisfaction" in facts:
        facts["reached"] = True
    seen = dict(event.seen)
    if ctx.world is not None and event.actor.unit:
        above = ctx.world.tree.above(event.actor.unit)
        if above and "above" not in seen:
            seen["above"] = list(above)
    if event.name == "dispatched" and "hop" not in seen:
        seen["hop"] = opens_hop(ctx, event)
    if event.actor.deputy:
        seen["deputy_acts"] = True
    return changed(event, facts=facts, seen=seen)


def opens_hop(ctx: Ctx, event: Event) -> bool:
    """A dispatch between units of different bureaux opens a hop; one inside a bureau, or to oneself, does not."""
    to, by = event.facts.get("to"), event.actor.unit or ctx.handling_unit()
    if event.facts.get("dispatch_kind") in ("within", "self") or to is None or by is None or ctx.world is None:
        return False
    tree = ctx.world.tree
    return to not in tree or by not in tree or tree.bureau(to) != tree.bureau(by)


def _usual_to(ctx: Ctx, event: Event) -> Any:
    if event.name in TELLS_PARTY:
        return ("complainant",)
    if event.name == "registered" and not event.actor.inside:
        return ctx.procedure.intake
    if event.name == "returned":
        return _first(ctx.places("sender") or ctx.places("registrar"))
    if event.name == "centre_informed":
        return _first(ctx.places("function:centre"))
    if event.name in TO_HANDLER:
        return _first(ctx.places("handling_unit"), many=True)
    if event.name in ("sent_back", "answer_submitted"):
        return _first(ctx.places("handling_unit" if event.name == "sent_back" else "function:centre"))
    if event.name == "progress_noted":
        return _first(ctx.places("urger"))
    if event.name == "reported_back":
        return _first(ctx.places("first_dispatcher"), many=True)
    return None


def _first(units: tuple[str, ...], many: bool = False) -> Any:
    if not units:
        return None
    return units[:1] if many else units[0]


# -- what it answers


def answered(ctx: Ctx, event: Event) -> Event:
    """The event with `re`: as given, else the newest open event that it can only mean."""
    find = FINDERS.get(event.name) if not event.re else None
    found = find(ctx, event) if find else None
    event = changed(event, re=_with_like(ctx, event, found)) if found is not None else event
    takes_over = event.name == "breach_confirmed" or (event.name == "sanction_decided" and ctx.procedure.ladders)
    return ladders.completed(ctx, event) if takes_over else event


def _with_like(ctx: Ctx, event: Event, found: Event) -> tuple[int, ...]:
    """What is answered: that one event; a decision on recusal answers whoever asked it about that officer."""
    if event.name != "recusal_decided":
        return (found.seq,)
    open_ = _unanswered(ctx, (event.name,))
    asked = [e for e in ctx.view.by_name.get(found.name, ()) if open_(e)]
    return tuple(e.seq for e in asked if e.facts.get("officer") == found.facts.get("officer"))


def _newest(ctx: Ctx, names: tuple[str, ...], keep: Callable[[Event], bool]) -> Event | None:
    found = [e for n in names for e in ctx.view.by_name.get(n, ()) if keep(e)]
    return max(found, key=lambda e: e.seq, default=None)


def _unanswered(ctx: Ctx, by: tuple[str, ...]) -> Callable[[Event], bool]:
    done = {s for n in by for e in ctx.view.by_name.get(n, ()) for s in e.re}
    return lambda e: e.seq not in done


def _request(ctx: Ctx, event: Event) -> Event | None:
    """The newest request that waits for this actor; if none does, the newest that waits at all (so that the refusal can name it)."""
    waiting = proposals.open_requests(ctx)
    mine = [r for r in waiting if approvals.may_approve(ctx, r, event.actor)]
    chosen = mine or waiting
    return chosen[-1] if chosen else None


def _extension_request(ctx: Ctx, event: Event) -> Event | None:
    waiting = [r for r in proposals.open_requests(ctx) if r.name in ("extension_requested", "extended")]
    return waiting[-1] if waiting else None


def _dispatch(ctx: Ctx, event: Event) -> Event | None:
    waiting = waiting_dispatches(ctx, {event.actor.unit, *event.seen.get("above", ())})
    return waiting[-1] if waiting else None


def waiting_dispatches(ctx: Ctx, near: Collection[str | None]) -> list[Event]:
    """Dispatches and orders to one of these units that nobody has signed for, in their order."""
    open_ = _unanswered(ctx, ("received",))
    found = [e for n in ("dispatched", "instructed") for e in ctx.view.by_name.get(n, ()) if open_(e)]
    return sorted((e for e in found if set(near) & set(_units(e.facts.get("to")))), key=lambda e: e.seq)


def _units(value: Any) -> tuple[str, ...]:
    return value if isinstance(value, tuple) else (value,) if value else ()


def _task(ctx: Ctx, event: Event) -> Event | None:
    open_ = _unanswered(ctx, ("task_done", "task_withdrawn"))
    found = _newest(ctx, ("task_given",), lambda e: open_(e) and e.facts.get("to") == event.actor.unit)
    return found or _newest(ctx, ("task_given",), open_)


def _order(ctx: Ctx, event: Event) -> Event | None:
    open_ = _unanswered(ctx, ("reported_back",))
    return _newest(ctx, ("instructed",), lambda e: open_(e) and event.actor.unit in _units(e.facts.get("to")))


def _urging(ctx: Ctx, event: Event) -> Event | None:
    return _newest(ctx, ("urged", "supervised"), _unanswered(ctx, ("progress_noted",)))


def _demand(ctx: Ctx, event: Event) -> Event | None:
    return _newest(ctx, ("demanded",), _unanswered(ctx, ("complied",)))


def _taken_out(ctx: Ctx, event: Event) -> Event | None:
    return _newest(ctx, ("taken_out",), _unanswered(ctx, ("brought_back",)))


def _test(ctx: Ctx, event: Event) -> Event | None:
    return _newest(ctx, ("test_started",), _unanswered(ctx, ("test_ended",)))


def _breach(ctx: Ctx, event: Event) -> Event | None:
    return _newest(ctx, ("breach_recorded",), _unanswered(ctx, ("breach_confirmed", "breach_dismissed")))


def _return_request(ctx: Ctx, event: Event) -> Event | None:
    return _newest(ctx, ("return_requested",), lambda e: proposals.is_open(ctx, e))


def _recusal(ctx: Ctx, event: Event) -> Event | None:
    """The newest request about that officer on which nobody has decided."""
    open_, officer = _unanswered(ctx, ("recusal_decided",)), event.facts.get("officer")
    return _newest(ctx, ("recusal_requested",), lambda e: open_(e) and officer in (None, e.facts.get("officer")))


def _corrected(ctx: Ctx, event: Event) -> Event | None:
    return ctx.view.by_seq.get(event.facts.get("event_no", 0))


def _offer(ctx: Ctx, event: Event) -> Event | None:
    """The newest offer that is not one's own."""
    own = event.actor.party
    return _newest(ctx, ("settlement_offered",), lambda e: own is None or e.actor.party != own)


FINDERS: dict[str, Callable[[Ctx, Event], Event | None]] = {
    "approved": _request,
    "rejected": _request,
    "extended": _extension_request,
    "received": _dispatch,
    "task_done": _task,
    "task_withdrawn": _task,
    "reported_back": _order,
    "progress_noted": _urging,
    "complied": _demand,
    "brought_back": _taken_out,
    "test_ended": _test,
    "settlement_answered": _offer,
    "breach_confirmed": _breach,
    "breach_dismissed": _breach,
    "recalled": _return_request,
    "recusal_decided": _recusal,
    "amended": _corrected,
    "annulled": _corrected,
}
