"""Which earlier events an event may answer: what a form offers where more than one is waiting. `defaults.answered` takes the newest."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from huiyin.core import approvals, proposals
from huiyin.core.context import Ctx
from huiyin.core.defaults import waiting_dispatches
from huiyin.core.model import Actor, Event


@dataclass(frozen=True, slots=True)
class Answers:
    """`to`: names of the events that may be meant; `until`: names of those that answer them for good; `must`: it says nothing without one."""

    to: tuple[str, ...]
    until: tuple[str, ...] = ()
    must: bool = True


ANSWERS: Final[Mapping[str, Answers]] = {
    "task_done": Answers(("task_given",), ("task_done", "task_withdrawn")),
    "task_withdrawn": Answers(("task_given",), ("task_done", "task_withdrawn")),
    "complied": Answers(("demanded",), ("complied",)),
    "brought_back": Answers(("taken_out",), ("brought_back",)),
    "test_ended": Answers(("test_started",), ("test_ended",)),
    "settlement_answered": Answers(("settlement_offered",)),
    "breach_confirmed": Answers(("breach_recorded",), ("breach_confirmed", "breach_dismissed")),
    "breach_dismissed": Answers(("breach_recorded",), ("breach_confirmed", "breach_dismissed")),
    "sanction_decided": Answers(("breach_confirmed",), ("sanction_decided",), must=False),
    "appeal_decided": Answers(("appealed",), ("appeal_decided",)),
    "recusal_decided": Answers(("recusal_requested",), ("recusal_decided",), must=False),
    "progress_noted": Answers(("urged", "supervised"), ("progress_noted",), must=False),
    "reported_back": Answers(("instructed",), ("reported_back",), must=False),
    "messaged": Answers(("messaged",), ("messaged",), must=False),
    "unit_informed": Answers(("instructed", "endorsed"), (), must=False),
    "appealed": Answers(("refused", "concluded", "replied", "filing_declined", "sanction_decided", "recusal_decided"), (), must=False),
}  # fmt: skip
DECISIONS: Final = frozenset({"approved", "rejected"})


def candidates(ctx: Ctx, name: str, actor: Actor) -> list[Event]:
    """What an event of that name by this actor may answer, the newest first."""
    if name in DECISIONS:
        found = [r for r in proposals.open_requests(ctx) if approvals.may_approve(ctx, r, actor) is not False]
        return found[::-1]
    find = SPECIAL.get(name)
    if find is not None:
        return find(ctx, actor)
    kind = ANSWERS.get(name)
    if kind is None:
        return []
    done = {seq for n in kind.until for e in ctx.view.by_name.get(n, ()) for seq in e.re}
    found = [e for n in kind.to for e in ctx.view.by_name.get(n, ()) if e.seq not in done]
    return sorted(found, key=lambda e: -e.seq)


def must_answer(name: str) -> bool:
    """Is the event nothing without the one it answers?"""
    kind = ANSWERS.get(name)
    return name in DECISIONS or name == "received" or (kind is not None and kind.must)


def _dispatches(ctx: Ctx, actor: Actor) -> list[Event]:
    above = ctx.world.tree.above(actor.unit) if ctx.world is not None else ()
    return waiting_dispatches(ctx, {actor.unit, *above})[::-1]


def _extension_requests(ctx: Ctx, actor: Actor) -> list[Event]:
    return [r for r in proposals.open_requests(ctx) if r.name in ("extension_requested", "extended")][::-1]


def _return_requests(ctx: Ctx, actor: Actor) -> list[Event]:
    return [r for r in proposals.open_requests(ctx) if r.name == "return_requested"][::-1]


SPECIAL: Final[Mapping[str, Callable[[Ctx, Actor], list[Event]]]] = {
    "received": _dispatches,
    "extended": _extension_requests,
    "recalled": _return_requests,
}
