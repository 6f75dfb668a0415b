"""What is copied out of a case's events: the case row, parties, hops, rounds, links, access. Derived from events, rules and calendar alone.

One function derives, for recording, rebuilding and verifying alike; a second writes the least change. Nothing here needs a key (D4).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from huiyin.cases import models
from huiyin.cases.bodies import Log
from huiyin.cases.rounds import round_rows
from huiyin.core.access import officers_of
from huiyin.core.audience import closed_units
from huiyin.core.context import Ctx
from huiyin.core.facts import to_plain
from huiyin.core.history import History, stage_of
from huiyin.core.model import Due, Event
from huiyin.core.rules import Procedure
from huiyin.core.walls import officers_named, unit_kept_away
from huiyin.dues.tables import Row, Table, text
from huiyin.moments import stored

LAST: Final = 1 << 60
CASE: Final = Table(
    models.Case,
    (
        "id", "head_seq", "head_hash", "procedure_id", "procedure_hash", "code_hash", "series", "series_no", "number", "void", "kind",
        "channel", "category", "secrecy", "marks", "unit", "handling_unit", "stage", "round", "ended", "archived", "began", "created",
        "updated",
    ),
    1,
)  # fmt: skip
PARTY: Final = Table(
    models.Party, ("case_id", "no", "role", "facts", "identity", "present"), 2, frozenset({"facts", "identity"})
)
HOP: Final = Table(
    models.Hop,
    ("case_id", "no", "sender", "receiver", "opened_by", "opened", "closed_by", "closed", "closed_with"),
    2,
)
LINK: Final = Table(models.Link, ("case_id", "seq", "other_id", "relation"), 3)
EXTERNAL: Final = Table(models.ExternalRef, ("system", "no", "case_id"), 2)
ACCESS: Final = Table(models.AccessEntry, ("case_id", "unit", "person", "how", "secrecy", "assigned"), 3)
WALL: Final = Table(models.Wall, ("case_id", "unit", "person", "below"), 3)
ROUND: Final = Table(
    models.CaseRound,
    (
        "case_id", "round", "procedure_id", "kind", "channel", "source", "category", "complainant_kind", "respondent_kind", "area",
        "secrecy", "marks", "registrar", "handling_unit", "stage", "registered", "accepted", "refused", "dispatched", "received", "filed",
        "concluded", "replied", "called_back", "archived", "ended", "end_event", "outcome", "satisfaction", "lateness", "urged",
        "extended", "returned", "amount_fen", "loss_fen", "recovered_fen", "void",
    ),
    2, frozenset({"lateness"}),
)  # fmt: skip
TABLES: Final = (
    PARTY,
    HOP,
    LINK,
    EXTERNAL,
    ACCESS,
    WALL,
    ROUND,
)  # beside the case row, in the order in which they are written


@dataclass
class Copies:
    """Rows of one case by table; the case row apart, since it holds the head."""

    case: Row
    rows: dict[Table, list[Row]] = field(default_factory=dict)


@dataclass(frozen=True)
class Standing:
    """The facts of a case that most copies hold, worked out once."""

    kind: str
    channel: str
    category: str
    secrecy: str
    marks: str
    stage: str
    void: bool


def standing(procedure: Procedure, view: History, log: Log) -> Standing:
    """How the case stands after all its events."""
    ctx = Ctx(view, None, LAST, procedure=procedure)
    names = {e.name for e in view.effective}
    return Standing(
        kind=str(ctx.fact("kind") or ""),
        channel=str(ctx.fact("channel") or ""),
        category=" ".join(ctx.fact("category") or ())[:200],
        secrecy=str(ctx.fact("case_secrecy") or models.ORDINARY),
        marks=" ".join(sorted(view.marks())),
        stage=stage_of(view, view.vocabulary.stage_of, procedure.stages),
        void=log.number is not None and "registered" not in names,
    )


def derive(
    case_id: int, procedure: Procedure, view: History, log: Log, head: tuple[int, str], dues: Sequence[Due]
) -> Copies:
    """Every copy of the case. `log` holds all events as recorded, `view` as they count; `head` is where the chain ends."""
    now = standing(procedure, view, log)
    access = _access(case_id, view, now.secrecy, log.unit)
    return Copies(
        _case(case_id, procedure, view, log, head, now),
        {
            PARTY: _parties(case_id, view, log),
            HOP: _hops(case_id, view, log),
            LINK: _links(case_id, log),
            EXTERNAL: _external(case_id, view),
            ACCESS: access,
            WALL: _walls(case_id, procedure, view, {str(row[1]) for row in access}),
            ROUND: round_rows(case_id, procedure, view, now, dues),
        },
    )


def _case(case_id: int, procedure: Procedure, view: History, log: Log, head: tuple[int, str], now: Standing) -> Row:
    routing = view.routing_at()
    series, series_no = log.series or (None, None)
    first, last = log.events[0], log.events[-1]
    began = next((e for e in log.events if e.name != "imported"), first)  # a history taken over began when it began
    registrar = routing.registrar or log.unit or procedure.intake
    over = any(e.name in procedure.ends and e.round == view.round for e in view.effective)
    return (
        case_id, *head, procedure.id, procedure.hash, log.code, series, series_no, log.number, now.void, now.kind, now.channel,
        now.category, now.secrecy, now.marks, registrar, routing.lead or routing.holder or registrar, now.stage, view.round,
        routing.ended or over or now.void, _archived(view), stored(began.occurred), stored(first.recorded), stored(last.recorded),
    )  # fmt: skip


def _archived(view: History) -> bool:
    found = view.newest("archived")
    return found is not None and found.round == view.round


def _parties(case_id: int, view: History, log: Log) -> list[Row]:
    everybody = {no: party for e in log.events for no, party in e.parties.items()}
    return [
        (
            case_id, no, party.role, text(plain(party.facts)),
            text({name: ref.ref for name, ref in log.identity.get(no, {}).items()}), no in view.parties,
        )
        for no, party in {**everybody, **view.parties}.items()
    ]  # fmt: skip


def plain(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Facts as JSON holds them: dates and the like in their written form, truth values as such."""
    return {name: to_plain(value) for name, value in facts.items()}


def _hops(case_id: int, view: History, log: Log) -> list[Row]:
    by_seq = {e.seq: e for e in view.effective}
    found = []
    for hop in view.hops:
        opened, closed = by_seq[hop.opened], by_seq.get(hop.closed or 0)
        found.append(
            (
                case_id,
                hop.id + 1,
                hop.sender or "",
                hop.receiver,
                hop.opened,
                stored(opened.occurred),
                hop.closed,
                stored(closed.occurred) if closed else None,
                hop.by or "",
            )
        )
    return found


def _links(case_id: int, log: Log) -> list[Row]:
    """Cases that an event of this one names or began; which they are was found out when it was recorded, and stands in `seen`."""
    found = {}
    for event in log.events:
        relation = str(event.facts.get("relation") or RELATION.get(event.name, "same_matter"))
        for name, others in event.seen.items():
            if name.startswith("case:"):
                for other in others if isinstance(others, list | tuple) else (others,):
                    found[event.seq, other] = (case_id, event.seq, other, relation)
        if event.seq in log.opened:
            other = log.opened[event.seq]
            found[event.seq, other] = (case_id, event.seq, other, event.opens.relation if event.opens else relation)
    return list(found.values())


RELATION: Final = {"merged": "merged", "split": "split", "supplement_merged": "supplement"}


def _external(case_id: int, view: History) -> list[Row]:
    return [(system, no, case_id) for system, no in external_pairs(view.effective)]


def external_pairs(events: Iterable[Event]) -> list[tuple[str, str]]:
    """(outside system, its number) that these events name, as the table keeps them, each once."""
    pairs = {
        (e.case_facts["external_system"], e.case_facts["external_no"]): None
        for e in events
        if "external_no" in e.case_facts and "external_system" in e.case_facts
    }
    return [(_short(system, 40), _short(no, 120)) for system, no in pairs]


def _short(text: str, most: int) -> str:
    """A name that somebody else gave, however long it is: what does not fit is told apart by its digest."""
    return text if len(text) <= most else f"{text[: most - 33]}~{hashlib.sha256(text.encode()).hexdigest()[:32]}"


# -- access


def _access(case_id: int, view: History, secrecy: str, began_at: str) -> list[Row]:
    """One row for each unit that has or had a part, and for each officer who was assigned or acted."""
    how = units_of(view)
    if view.routing_at().registrar is None and began_at:
        how[began_at] = models.HAS  # begun, but not registered yet
    officers, assigned = officers_of(view)
    rows = [(case_id, unit, "", kind, secrecy, unit in assigned) for unit, kind in how.items()]
    return rows + [(case_id, unit, person, models.OFFICER, secrecy, False) for unit, person in officers]


def units_of(view: History) -> dict[str, str]:
    """Each unit with how it comes to know of the case: the strongest that applies, `has` before all."""
    routing = view.routing_at()
    found: dict[str, str] = {}
    for name in ("instructed", "neighbour_informed", "centre_informed", "unit_informed"):
        for event in view.by_name.get(name, ()):
            found |= dict.fromkeys(
                (*_units(event.facts.get("to")), *(event.seen.get("place:skipped") or ())), models.TOLD
            )
    for event in view.by_name.get("task_given", ()):
        found |= dict.fromkeys(_units(event.facts.get("to")), models.TASK)
    found |= dict.fromkeys(routing.had, models.HAD)
    for event in view.by_name.get("returned", ()):
        found |= dict.fromkeys(_left(view, event), models.RETURNED)
    found |= dict.fromkeys((*routing.involved, *routing.assist), models.ASSIST)
    tasks = {u for e in view.by_name.get("task_given", ()) for u in _units(e.facts.get("to"))}
    found |= {u: models.TASK for u in tasks if u in routing.involved and u not in routing.assist and u != routing.lead}
    found |= dict.fromkeys((*routing.has, *routing.within), models.HAS)
    return dict(sorted(found.items()))


def _units(value: Any) -> tuple[str, ...]:
    return value if isinstance(value, tuple) else (value,) if value else ()


def _left(view: History, event: Event) -> tuple[str, ...]:
    """Units that gave the case back with this event."""
    hop = view.hop_of.get(event.seq)
    receiver = view.hops[hop].receiver if hop is not None else None
    return tuple(u for u in (event.actor.unit, receiver) if u)


def _walls(case_id: int, procedure: Procedure, view: History, units: set[str]) -> list[Row]:
    """The same walls as the core's `walled`: the officer or unit complained about, and who stepped aside. And, where a rule hides the case
    from all but a few, the units with a part in it, and those above them, that are none of these."""
    found: dict[tuple[str, str], bool] = {}
    for party in view.parties.values():
        if party.role != "respondent":
            continue
        if unit := unit_kept_away(view, party):
            below = party.facts.get("respondent_kind") == "unit"
            found[unit, ""] = below or found.get((unit, ""), False)
    for person in sorted({*officers_named(view), *recused(view)}):
        found["", person] = False
    above = {u for e in view.effective for u in e.seen.get("above", ())} if procedure.audiences else set()
    found |= {(unit, ""): found.get((unit, ""), False) for unit in sorted(closed_units(procedure, view, units | above))}
    return [(case_id, unit, person, below) for (unit, person), below in found.items()]


def recused(view: History) -> list[str]:
    """Persons whose newest decision on stepping aside says that they do."""
    newest: dict[str, bool] = {}
    for event in view.by_name.get("recusal_decided", ()):
        if event.facts.get("officer"):
            newest[event.facts["officer"]] = bool(event.facts.get("granted"))
    return [person for person, granted in newest.items() if granted]


# -- writing


def write_fresh(found: Iterable[Copies]) -> None:
    """The copies of new cases beside the case rows: one INSERT a table for all of them."""
    together = list(found)
    for table in TABLES:
        table.insert([row for copies in together for row in copies.rows[table]])


def write_changes(old: Copies, new: Copies) -> None:
    """What an act changed. Copies follow from events, so those before the act follow from the events before it; only rounds also depend
    on the day they are looked at, and the newest is always written."""
    for table in TABLES:
        before = table.by_key(old.rows[table])
        if table is ROUND and new.rows[ROUND]:
            before.pop(new.rows[ROUND][-1][:2], None)
        table.sync(before, new.rows[table])
