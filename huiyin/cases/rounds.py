"""One narrow row for each round of a case: what statistics count. Moments are those of the round's own events."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from huiyin.core.context import Ctx
from huiyin.core.history import ENDS_CASE, History
from huiyin.core.model import Due, Event
from huiyin.core.rules import Procedure
from huiyin.dues.tables import Row, text
from huiyin.moments import stored

if TYPE_CHECKING:
    from huiyin.cases.copies import Standing

LAST: Final = 1 << 60
MOMENTS: Final = (
    "accepted", "refused", "dispatched", "received", "filed", "concluded", "replied", "called_back", "archived",
)  # fmt: skip
FIRST: Final = frozenset({"accepted", "refused", "dispatched", "received", "filed"})  # of the others the newest counts


def round_rows(case_id: int, procedure: Procedure, view: History, now: Standing, dues: Sequence[Due]) -> list[Row]:
    """Rows in the order of the rounds. What a case has only once (kind, area, money) stands in each of them as it is now."""
    numbers = range(1, view.round + 1)
    ctx = Ctx(view, None, LAST, procedure=procedure)
    routing = view.routing_at()
    registrar = routing.registrar or ""
    shared = (
        procedure.id, now.kind, now.channel, str(ctx.fact("source") or ""), now.category, str(ctx.fact("complainant_kind") or ""),
        str(ctx.fact("respondent_kind") or ""), _area(ctx), now.secrecy, now.marks, registrar,
        routing.lead or routing.holder or registrar,
    )  # fmt: skip
    money = (view.case_fact("amount_fen"), view.case_fact("loss_fen"))
    return [(case_id, number, *shared, *_own(view, number, now, dues, money)) for number in numbers]


def _area(ctx: Ctx) -> str:
    place = ctx.fact("place")
    found = place if place and str(place).isdecimal() else None
    found = found or ctx.party_fact("respondent", "area") or ctx.party_fact("complainant", "area")
    return str(found or "")[:20]


def _own(
    view: History, number: int, now: Standing, dues: Sequence[Due], money: tuple[int | None, int | None]
) -> tuple[Any, ...]:
    """What belongs to this round alone, from `stage` on."""
    own: dict[str, list[Event]] = {}
    for event in view.effective:
        if event.round == number:
            own.setdefault(event.name, []).append(event)
    began = own.get("registered", own.get("reopened", []))
    ended = min((e for n in ENDS_CASE if n in own for e in own[n]), key=lambda e: e.seq, default=None)
    concluded = own["concluded"][-1] if "concluded" in own else None
    outcome = concluded.facts.get("outcome") if concluded else None
    recovered = concluded.facts.get("recovered_fen") if concluded else None
    return (
        now.stage if number == view.round else "conclusion", _at(began[:1]), *(_moment(own, name) for name in MOMENTS),
        stored(ended.occurred) if ended else None, ended.name if ended else "", outcome or "", _satisfaction(own),
        text(_lateness(number, dues)), len(own.get("urged", ())), len(own.get("extended", ())), len(own.get("returned", ())), *money,
        recovered, now.void,
    )  # fmt: skip


def _moment(own: dict[str, list[Event]], name: str) -> datetime | None:
    found = own.get(name, [])
    return _at(found[:1] if name in FIRST else found[-1:])


def _at(events: list[Event]) -> datetime | None:
    return stored(events[0].occurred) if events else None


def _satisfaction(own: dict[str, list[Event]]) -> str:
    told = [e for n in ("called_back", "replied") for e in own.get(n, ()) if "satisfaction" in e.facts]
    return str(max(told, key=lambda e: e.seq).facts["satisfaction"]) if told else ""


def _lateness(number: int, dues: Sequence[Due]) -> dict[str, str]:
    """How each target of the round stands: late if any limit that bound was passed, else the state of the newest."""
    found: dict[str, str] = {}
    for due in dues:
        if due.target is not None and due.round == number:
            late = due.late or found.get(due.target) == "late"
            found[due.target] = "late" if late else due.state
    return found
