"""Looking at a matter before it is registered: what the rules would still want, who is known already. Writes nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from huiyin.cases import access, bodies, businesses, calendars, clock, people, queries
from huiyin.cases.access import visible_to
from huiyin.cases.finding import Finder
from huiyin.cases.intake import RawParties, Step, take_in
from huiyin.cases.models import ORDINARY, Case, Event, Party
from huiyin.cases.people import By
from huiyin.cases.world import world_for
from huiyin.core.audience import Withheld, is_withheld
from huiyin.core.facts import BadFact
from huiyin.core.identifiers import CODE_LENGTH, credit_code, folded
from huiyin.core.readiness import Readiness, readiness
from huiyin.core.rules import Procedure
from huiyin.core.vocabulary import load_vocabulary
from huiyin.org import procedures
from huiyin.org.models import Officer

NEXT: Final = ("accepted", "dispatched")
COMPLAINING: Final = frozenset({"complainant", "reporter", "agent", "representative", "guardian"})
SHOWN: Final = 8  # earlier cases, and businesses, in a list that helps while typing
ALONE: Final = frozenset({"phone", "id_number", "credit_code"})  # one of these makes it likely, a name needs company
SHORTEST: Final = 2  # characters of a name with which looking it up makes sense


@dataclass(frozen=True)
class Look:
    """What is to be said of a matter as it is typed. `bad`: a value that could not be taken at all."""

    readiness: Readiness = field(default_factory=Readiness)
    bad: BadFact | None = None


def look(
    procedure: Procedure,
    unit: str,
    *,
    by: By,
    facts: Mapping[str, Any],
    parties: RawParties,
    occurred: datetime | None = None,
    before: Iterable[str] = NEXT,
    finder: Finder | None = None,
) -> Look:
    """The rules on registering this, and on the steps after it, as if it were registered now. `finder`: one that has looked people up already."""
    now, words = clock.now(), load_vocabulary()
    world = world_for(unit, procedure.id, now.date(), None, finder)
    world.viewer = by if isinstance(by, Officer) else None
    step = Step("registered", by, facts, parties, occurred)
    try:
        taken = take_in(step, words, now=now, known={}, identity={}, tree=world.tree)
    except BadFact as bad:
        return Look(bad=bad)
    world.told(taken.findable)
    world.current = "registered"
    found = readiness(
        procedure, taken.attempt, before=before, actor=people.actor(by), world=world, calendar=calendars.current(), now=now, vocabulary=words
    )  # fmt: skip
    return Look(found)


# -- who is known


@dataclass(frozen=True)
class Likely:
    """An earlier case of probably the same person or matter. `same`: what agrees, as kind of blind index and side; `caller`: the number of the
    party there whose telephone it is, where that agrees."""

    case: Case
    same: tuple[tuple[str, str], ...]
    caller: str = ""

    @property
    def weight(self) -> int:
        """The more agrees, the more likely."""
        person = {kind for side, kind in self.same if side == "person"}
        other = {kind for side, kind in self.same if side == "respondent"}
        return 4 * bool(person & ALONE) + 2 * bool(person) + 2 * bool(other)


@dataclass(frozen=True)
class Known:
    """Earlier cases that may be meant, the likeliest first; and how many others there are about the same respondent."""

    likely: Sequence[Likely] = ()
    about_respondent: int = 0
    open_about_respondent: int = 0


def likely(officer: Officer, parties: Sequence[Mapping[str, Any]], finder: Finder | None = None) -> Known:
    """Earlier cases with the same telephone, identity number or name, and the same respondent, among those that this officer may find. A case
    whose reporter he may not know is found by its respondent alone."""
    finder, wanted = finder or Finder(), _tokens(parties)
    tokens = {side: {(k, t) for k, v in values if (t := finder.token(k, v))} for side, values in wanted.items()}
    finder.look_up(token for found in tokens.values() for token in found)
    pairs = {(side, kind): finder.cases([(kind, token)]) for side, found in tokens.items() for kind, token in found}
    respondents = _respondents(pair for found in pairs.values() for pair in found)
    hits: dict[int, set[tuple[str, str]]] = {}
    callers: dict[int, str] = {}
    for (side, kind), found in pairs.items():
        for case_id, no in found:
            if (case_id, no) in respondents and respondents[case_id, no] == (side == "respondent"):
                hits.setdefault(case_id, set()).add((side, kind))
                if (side, kind) == ("person", "phone"):
                    callers[case_id] = no
    cases = {c.pk: c for c in visible_to(officer).filter(pk__in=list(hits), void=False, number__isnull=False)}
    who, kept = access.viewer(officer), _kept(officer, list(cases.values()))
    found_: list[Likely] = []
    for pk, case in cases.items():
        known = case.secrecy == ORDINARY or access.sight(who, case).identity
        same = {
            hit for hit in hits[pk]
            if hit[0] == "respondent" or (known and not (pk in kept and is_withheld(kept[pk], f"complainant.{hit[1]}")))
        }  # fmt: skip
        if _is_likely(same):
            found_.append(Likely(case, tuple(sorted(same)), callers.get(pk, "") if ("person", "phone") in same else ""))
    found_.sort(key=lambda one: (-one.weight, -one.case.pk))
    about = [c for pk, c in cases.items() if any(side == "respondent" for side, _ in hits[pk])]
    return Known(found_[:SHOWN], len(about), sum(not (c.ended or c.archived) for c in about))


def _kept(officer: Officer, cases: Sequence[Case]) -> dict[int, Withheld]:
    """Of those cases whose rules keep something of their parties from people inside: what is kept from this one. One query for all of them: a
    number that somebody knows must not tell him that its owner complained."""
    asked = {
        case.pk: case for case in cases
        if case.secrecy == ORDINARY and _keeps(procedures.procedure_for(case.procedure_hash))
    }  # fmt: skip
    rows: dict[int, list[tuple[int, str]]] = {pk: [] for pk in asked}
    events = Event.objects.filter(case_id__in=list(asked)).order_by("case_id", "seq") if asked else Event.objects.none()
    for case_id, seq, body in events.values_list("case_id", "seq", "body"):
        rows[case_id].append((seq, body))
    return {pk: queries.Opened(case, bodies.read_all(rows[pk])).withheld(officer) for pk, case in asked.items()}


def _keeps(procedure: Procedure) -> bool:
    """Does a rule keep complainants from anybody inside? Reports are closed to whoever does not handle them, whatever rules say."""
    outside = {*load_vocabulary().outside, "public"}
    rules = [r for r in procedure.audiences if any(f.startswith("complainant.") for f in _names(r.of.get("fact", ())))]
    return any(r.only or {term.removeprefix("each:") for term in r.never} - outside for r in rules)


def _names(given: Any) -> Sequence[str]:
    return (given,) if isinstance(given, str) else tuple(given)


def about_same(officer: Officer, respondents: Sequence[Mapping[str, Any]], *, kind: str, most: int) -> list[Case]:
    """Open cases of that kind about the same respondent, the newest first, among those that this officer may find."""
    finder = Finder()
    found = {(k, t) for k, v in _tokens(respondents)["respondent"] if (t := finder.token(k, v))}
    ids = _on_side(finder.cases(sorted(found)), "respondent") if found else set()
    cases = visible_to(officer).filter(
        pk__in=ids, kind=kind, ended=False, archived=False, void=False, number__isnull=False
    )
    return list(cases.order_by("-pk")[:most])


def _is_likely(same: set[tuple[str, str]]) -> bool:
    person = {kind for side, kind in same if side == "person"}
    return bool(person & ALONE) or (bool(person) and any(side == "respondent" for side, _ in same))


def _tokens(parties: Sequence[Mapping[str, Any]]) -> dict[str, list[tuple[str, str]]]:
    found: dict[str, list[tuple[str, str]]] = {"person": [], "respondent": []}
    for party in parties:
        role = party.get("role")
        side = "respondent" if role == "respondent" else "person" if role in COMPLAINING else None
        for kind in ("phone", "id_number", "name", "credit_code") if side else ():
            value = party.get(kind)
            if side and isinstance(value, str) and len(folded(value)) >= SHORTEST:
                found[side].append((kind, value))
    return found


def _on_side(found: set[tuple[int, str]], side: str) -> set[int]:
    """Ids of cases in which that party stands on this side."""
    respondents = _respondents(found)
    return {case for case, no in found if respondents.get((case, no)) == (side == "respondent")}


def _respondents(found: Iterable[tuple[int, str]]) -> dict[tuple[int, str], bool]:
    """Of each party of these cases: is it the respondent? One query."""
    ids = {case for case, _ in found}
    rows = Party.objects.filter(case_id__in=ids).values_list("case_id", "no", "role") if ids else ()
    return {(case, no): role == "respondent" for case, no, role in rows}


# -- known businesses


def known_businesses(text: str, code: str = "") -> list[businesses.Known]:
    """Known businesses by the beginning of their code or a part of their name, each once."""
    found: dict[str, businesses.Known] = {}
    if len(credit_code(code)) >= 6:
        found |= {one.code: one for one in businesses.by_code(credit_code(code), most=SHOWN)}
    if len(folded(text)) >= SHORTEST:
        found |= {one.code: one for one in businesses.by_name(text, most=SHOWN)}
    return list(found.values())[:SHOWN]


def business(code: str) -> businesses.Known | None:
    """The known business with that code."""
    wanted = credit_code(code)
    return next(iter(businesses.by_code(wanted)), None) if len(wanted) == CODE_LENGTH else None
