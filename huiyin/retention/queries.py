"""What is over, what stands in the way of destroying it, lists and register as one officer may see them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Final

from django.conf import settings
from django.db.models import Exists, OuterRef, QuerySet

from huiyin.cases import access, bodies, clock, takeouts
from huiyin.cases.bodies import Log
from huiyin.cases.models import Case, CaseRound, Event, Link
from huiyin.cases.takingback import HOLD, RELEASERS
from huiyin.core.context import Ctx
from huiyin.core.counting import add_months
from huiyin.core.entries import Retention
from huiyin.core.history import History
from huiyin.core.model import Event as CoreEvent
from huiyin.core.retention import Keeping, Kept, kept, load, shortest
from huiyin.core.vocabulary import RULES, load_vocabulary
from huiyin.moments import stored
from huiyin.org import procedures
from huiyin.org import queries as org
from huiyin.org.models import CompiledProcedure, Officer
from huiyin.retention.models import DONE, WAITING, Destroyed, Item, Proposal

PROPOSERS: Final = frozenset({"archivist"})
REVIEWERS: Final = RELEASERS
READERS: Final = PROPOSERS | REVIEWERS | {"supervisor", "auditor"}
SCAN: Final = 500  # cases in one read
LOOKED: Final = 500  # lists that are looked through for those with something to see
LAST: Final = 1 << 60


# -- one case


@dataclass(frozen=True, slots=True)
class Held:
    """A case with how long it is kept, and what stands in the way of its being destroyed: codes, see WHY."""

    case: Case
    kept: Kept | None
    archived: date | None
    obstacles: tuple[str, ...]
    was_held: date | None = None  # the day on which a hold on it was lifted last

    @property
    def free(self) -> bool:
        """Could it be proposed now?"""
        return not self.obstacles


@lru_cache(maxsize=1)
def table() -> tuple[Keeping, ...]:
    """The office's table, with the shipped one after it. Raises RuleError."""
    folders = (RULES, Path(settings.RULES)) if settings.RULES else (RULES,)
    return tuple(load(load_vocabulary(), *folders))


def look(case: Case, on: date | None = None) -> Held:
    """How it stands with one case on a day (today). Asked with the case locked, nothing can change until it is destroyed."""
    rows = Event.objects.filter(case_id=case.pk).order_by("seq").values_list("seq", "body")
    return _held(case, bodies.read_all(list(rows)), on or clock.now().date(), _linked([case.pk]), _out([case.pk]))


def look_at_all(cases: Sequence[Case], on: date | None = None) -> list[Held]:
    """The same of many, in a few queries."""
    ids = [case.pk for case in cases]
    found: dict[int, list[tuple[int, str]]] = {pk: [] for pk in ids}
    rows = Event.objects.filter(case_id__in=ids).order_by("case_id", "seq").values_list("case_id", "seq", "body")
    for case_id, seq, body in rows.iterator(chunk_size=2000):
        found[case_id].append((seq, body))
    linked, out, day = _linked(ids), _out(ids), on or clock.now().date()
    return [_held(case, bodies.read_all(found[case.pk]), day, linked, out) for case in cases]


def _held(case: Case, log: Log, on: date, linked: frozenset[int], out: frozenset[int]) -> Held:
    procedure = procedures.procedure_for(case.procedure_hash)
    view = History(log.events, load_vocabulary())
    if view.first("disposed") is not None:
        return Held(case, None, None, ("disposed",))
    last = view.newest("archived")
    archived = last.occurred.date() if last is not None else None
    found = None
    if archived is not None:
        ctx = Ctx(view, None, LAST, procedure=procedure)
        found = kept(procedure.retentions, table(), ctx, kind=case.kind, secrecy=case.secrecy, archived=archived)
    why = [
        code for code, stands in (
            ("hold", view.marked(HOLD)), ("not_archived", not case.archived or archived is None), ("linked", case.pk in linked),
            ("taken_out", case.pk in out),
        ) if stands
    ]  # fmt: skip
    if archived is not None:
        why += _period(found, on)
    return Held(case, found, archived, tuple(why), _lifted(log.events))


def _period(found: Kept | None, on: date) -> list[str]:
    if found is None:
        return ["no_period"]
    if found.until is None:
        return ["permanent"]
    if found.then == "hand_over":
        return ["hand_over"]
    return [] if found.over(on) else ["not_over"]


def _lifted(events: Iterable[CoreEvent]) -> date | None:
    found = [e for e in events if e.name == "unmarked" and e.facts.get("mark") == HOLD]
    return found[-1].recorded.date() if found else None


def _linked(ids: Sequence[int]) -> frozenset[int]:
    """Those of these cases that belong together with one that is not archived yet."""
    pairs = list(Link.objects.filter(case_id__in=ids).values_list("case_id", "other_id"))
    pairs += [(mine, other) for other, mine in Link.objects.filter(other_id__in=ids).values_list("case_id", "other_id")]
    open_ = set(
        Case.objects.filter(pk__in={o for _, o in pairs}, archived=False, void=False).values_list("pk", flat=True)
    )
    return frozenset(mine for mine, other in pairs if other in open_)


def _out(ids: Sequence[int]) -> frozenset[int]:
    """Those of which material is out."""
    return frozenset(one.case_id for one in takeouts.out(ids))


# -- what is over


def units_of(officer: Officer) -> list[str]:
    """His unit and those below it: whose cases he disposes of."""
    return [officer.unit_id, *org.tree().below(officer.unit_id)]


def over(officer: Officer, most: int, after: int = 0, on: date | None = None) -> tuple[list[Held], int | None]:
    """Archived cases of his units that he may find and whose period is over on a day (today), oldest first, those that something stands in the way
    of included; and where to go on. Cases that are on a list already are left out."""
    day, found, last = on or clock.now().date(), list[Held](), after
    while True:
        page = list(_archived(officer, day).filter(pk__gt=last).order_by("pk")[:SCAN])
        for held in look_at_all(page, day):
            last = held.case.pk
            if held.kept is not None and held.kept.over(day):
                found.append(held)
            if len(found) == most:
                return found, last
        if len(page) < SCAN:
            return found, None


def _archived(officer: Officer, day: date) -> QuerySet[Case]:
    """Archived cases of his units, as far as the dates of their copies tell."""
    cutoff = add_months(day, -12 * min(shortest(table(), _entries()), day.year - 1))
    old = CaseRound.objects.filter(archived__lt=stored(datetime.combine(cutoff, time()) + timedelta(days=1)))
    return (
        access.visible_to(officer)
        .filter(archived=True, handling_unit__in=units_of(officer), pk__in=old.values("case_id"))
        .exclude(pk__in=Destroyed.objects.values("case_id"))
        .exclude(pk__in=Item.objects.filter(state=WAITING).values("case_id"))
    )


def _entries() -> list[Retention]:
    """What the rules in use say of keeping cases; hardly any do."""
    hashes = CompiledProcedure.objects.filter(source__contains="retention").values_list("hash", flat=True)
    return [entry for hash in hashes for entry in procedures.procedure_for(hash).retentions]


def held_back(officer: Officer, most: int) -> list[Case]:
    """Cases of his units on which a hold stands, as he may find them, the newest first."""
    found = (
        access.visible_to(officer).exclude(marks="").filter(marks__contains=HOLD, handling_unit__in=units_of(officer))
    )
    return list(found.order_by("-pk")[:most])


# -- lists


@dataclass(frozen=True, slots=True)
class Listed:
    """A list as one officer sees it: those of its cases that he may find."""

    proposal: Proposal
    items: tuple[tuple[Item, Case], ...]

    @property
    def waiting(self) -> int:
        return sum(item.state == WAITING and not item.agreed for item, _ in self.items)

    @property
    def agreed(self) -> int:
        return sum(item.state == WAITING and item.agreed for item, _ in self.items)

    @property
    def done(self) -> int:
        return sum(item.state == DONE for item, _ in self.items)

    @property
    def out(self) -> int:
        return len(self.items) - self.waiting - self.agreed - self.done


def lists(officer: Officer, most: int, before: int | None = None) -> list[Listed]:
    """Lists of his units with cases that he may find, the newest first."""
    found = Proposal.objects.filter(unit__in={*units_of(officer), *org.tree().above(officer.unit_id)}).order_by("-pk")
    if before is not None:
        found = found.filter(pk__lt=before)
    shown = (_listed(officer, proposal) for proposal in found[:LOOKED])
    return list(islice((one for one in shown if one.items), most))


def one_list(officer: Officer, pk: int) -> Listed | None:
    """One list; none when there is none, or nothing in it that he may find."""
    proposal = Proposal.objects.filter(pk=pk).first()
    listed = _listed(officer, proposal) if proposal is not None else None
    return listed if listed is not None and listed.items else None


def _listed(officer: Officer, proposal: Proposal) -> Listed:
    items = list(proposal.items.order_by("pk"))
    cases = access.visible_to(officer).filter(handling_unit__in=units_of(officer)).in_bulk([i.case_id for i in items])
    return Listed(proposal, tuple((item, cases[item.case_id]) for item in items if item.case_id in cases))


# -- the register


def register(officer: Officer, most: int, before: int | None = None) -> list[Destroyed]:
    """What was destroyed of the cases of his units that he may find, the newest first."""
    finds = access.visible_to(officer).filter(pk=OuterRef("case_id"))
    found = Destroyed.objects.filter(Exists(finds), unit__in=units_of(officer))
    if before is not None:
        found = found.filter(no__lt=before)
    return list(found.order_by("-no")[:most])
