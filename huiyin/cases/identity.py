"""Personal values in plain: who is shown one at once for a reason, and what only two people together may open.

Masked values of ordinary cases and reports are shown to whoever gets them masked, one by one, each for a reason that is kept. Those of complaints
about staff and of state secrets, and what a rule of the case names ([[audience]] with approved_by), are asked for: another person agrees or not,
then the asker sees them once, within HUIYIN_IDENTITY_HOURS. Requests, answers and showings are rows that are never changed, and hold no personal
data; every value shown stands in the reveal log as any other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext as _

from huiyin.cases import access, clock
from huiyin.cases.leaving import Guard
from huiyin.cases.models import STAFF, STATE_SECRET, Case
from huiyin.cases.queries import Opened, open_case, open_several
from huiyin.cases.timeline import Shown, Timeline
from huiyin.core.audience import agreeing, may_agree
from huiyin.core.rules import Audience
from huiyin.moments import stored
from huiyin.org import queries as org
from huiyin.org.models import Officer
from huiyin.vault import actions as vault
from huiyin.vault.errors import KeyDestroyed
from huiyin.vault.models import DENIED, GRANTED, SHOWN, Opening, OpeningStep

ANSWER: Final = "answer"
ASKED, OVER = "asked", "over"
HEADS: Final = frozenset({"unit_head", "leader", "director"})
AGREE: Final = HEADS | {"supervisor"}
"""Who may agree where no rule says who: those who lead, or watch over, a unit that finds the case."""
SECOND: Final = frozenset({STAFF, STATE_SECRET})
"""Secrecy of cases in which everything personal takes two people."""
SHORTEST: Final = 2  # signs of a reason
MOST: Final = 200  # rows of a list
LISTED: Final = 20  # requests on one page


class NotMasked(LookupError):
    """There is nothing of that kind that this person gets masked: no such value, party or request, as far as he may know."""


class NoReason(ValueError):
    """A reason is wanted."""


class ReasonTells(NoReason):
    """The reason tells who somebody is. It is kept for good, after the case is destroyed too, and is read by people who may not know him."""

    def __str__(self) -> str:
        return _("原因会长期保留，还会给无权知道当事人是谁的人看，请不要写出当事人的姓名、电话、住址。")


class TakesTwo(Exception):
    """It is not shown at once: another person must agree first."""


class NotNow(Exception):
    """The request is no more, or not yet, in the state for this. `state`: what it is."""

    def __init__(self, state: str) -> None:
        super().__init__(state)
        self.state = state


class NobodyToAsk(Exception):
    """There is nobody else who could agree."""


@dataclass(frozen=True, slots=True)
class Masked:
    """A value that somebody gets masked. `party`: whose it is; none: it is a text of the case."""

    ref: str
    name: str
    label: str
    party: str = ""


def masked(opened: Opened, officer: Officer, seen: Timeline | None = None) -> dict[str, Masked]:
    """Everything that this officer gets masked in this case, by ref. `seen`: the case as it is shown to him, where that is at hand."""
    seen = seen or Timeline(opened, officer)
    found: dict[str, Masked] = {}
    rows: Iterable[Shown] = [*(s for row in seen.rows() for s in row.facts), *seen.case_facts()]
    found |= {s.ref: Masked(s.ref, s.name, s.label) for s in rows if s.ref}
    for no, shown in seen.parties().items():
        found |= {s.ref: Masked(s.ref, s.name, s.label, no) for s in shown if s.ref}
    return found


def rules_of(opened: Opened, one: Masked) -> list[Audience]:
    """Rules by which somebody else must agree before it is shown."""
    if not opened.procedure.audiences:
        return []
    role = opened.view.parties[one.party].role if one.party else ""
    facts = [one.name] if not role else [f"{r}.{one.name}" for r in (role, *_one_and_the_same(role))]
    return [r for f in facts for r in agreeing(opened.procedure, opened.view, f, opened.world)]


def _one_and_the_same(role: str) -> tuple[str, ...]:
    """A reporter and a complainant are one."""
    return {"reporter": ("complainant",), "complainant": ("reporter",)}.get(role, ())


def takes_two(opened: Opened, one: Masked) -> bool:
    """Must somebody else agree before it is shown?"""
    return opened.case.secrecy in SECOND or bool(rules_of(opened, one))


def for_two(opened: Opened, officer: Officer, seen: Timeline | None = None) -> frozenset[str]:
    """Refs of what this officer gets masked and is shown only when somebody else agrees."""
    if opened.case.secrecy not in SECOND and not any(rule.approved_by for rule in opened.procedure.audiences):
        return frozenset()
    return frozenset(ref for ref, one in masked(opened, officer, seen).items() if takes_two(opened, one))


def reveal(opened: Opened, officer: Officer, ref: str, reason: str) -> Any:
    """One masked value in plain, entered in the reveal log. Raises NotMasked, NoReason, TakesTwo, KeyDestroyed."""
    one = masked(opened, officer).get(ref)
    if one is None:
        raise NotMasked(ref)
    if takes_two(opened, one):
        raise TakesTwo
    return vault.reveal(org.actor_of(officer), opened.case.pk, ref, _reason(opened, reason))


def _reason(opened: Opened, text: str) -> str:
    if len(text.strip()) < SHORTEST:
        raise NoReason
    return _free(opened, text)


def _free(opened: Opened, text: str) -> str:
    """Words as they are kept. Raises ReasonTells."""
    if text.strip() and Guard.of(opened).tells(text):
        raise ReasonTells
    return text.strip()[:500]


# -- asking, answering, seeing


def ask(opened: Opened, officer: Officer, party: str, reason: str) -> Opening:
    """Ask to see the identity of a party ("": the numbers masked in texts). What was asked already and is not over is that request.
    Raises NotMasked, NoReason, NobodyToAsk."""
    there = (one for one in masked(opened, officer).values() if one.party == party and takes_two(opened, one))
    one = next(there, None)
    if one is None:
        raise NotMasked(party)
    reason, now = _reason(opened, reason), clock.now()
    person = officer.person.key
    for known in Opening.objects.filter(case_id=opened.case.pk, person=person, party=one.party).order_by("-pk")[:20]:
        if State.of(known).what in (ASKED, GRANTED):
            return known
    others = deciders(opened, officer, one)
    if not others:
        raise NobodyToAsk
    with transaction.atomic():
        made = Opening.objects.create(
            at=stored(now), person=person, role=officer.role, unit=officer.unit_id, case_id=opened.case.pk, party=one.party,
            reason=reason, until=stored(now + _hours()),
        )  # fmt: skip
        _tell(made, ASKED, opened.case, others)
    return made


def answer(officer: Officer, opening: Opening, *, grant: bool, says: str = "") -> OpeningStep:
    """Agree or not; a refusal says why. Raises NotMasked where it is not his to answer, NoReason, NotNow."""
    case = case_of(officer, opening)
    opened = open_case(case)
    if not may_answer(officer, opening, opened):
        raise NotMasked(opening.pk)
    says = _free(opened, says) if grant else _reason(opened, says)
    now = clock.now()
    with transaction.atomic():
        state = State.of(opening, now)
        if state.what != ASKED:
            raise NotNow(state.what)
        until = stored(now + _hours()) if grant else None
        step = _step(opening, ANSWER, GRANTED if grant else DENIED, officer, now, says, until)
        asker = _asker(opening)
        _tell(opening, step.what, case, [asker] if asker is not None else [])
    return step


def show(officer: Officer, opening: Opening) -> list[tuple[Masked, Any]]:
    """What was granted, once; each value in the reveal log with the reason of the request, all or none. Raises NotMasked, NotNow."""
    if opening.person != officer.person.key:
        raise NotMasked(opening.pk)
    opened = open_case(case_of(officer, opening))
    wanted = [one for one in masked(opened, officer).values() if one.party == opening.party and takes_two(opened, one)]
    if not wanted:
        raise NotMasked(opening.pk)
    now, actor = clock.now(), org.actor_of(officer)
    with transaction.atomic():
        state = State.of(opening, now)
        if state.what != GRANTED:
            raise NotNow(state.what)
        _step(opening, SHOWN, SHOWN, officer, now)
        found = []
        for one in wanted:
            try:
                found.append((one, vault.reveal(actor, opened.case.pk, one.ref, opening.reason)))
            except KeyDestroyed:
                continue
    return found


def _step(
    opening: Opening, sort: str, what: str, by: Officer, now: datetime, says: str = "", until: datetime | None = None
) -> OpeningStep:
    """Each sort of step happens once: who comes second is told so. Raises NotNow."""
    try:
        with transaction.atomic():
            return OpeningStep.objects.create(
                opening=opening, sort=sort, what=what, at=stored(now), person=by.person.key, role=by.role, unit=by.unit_id,
                says=says.strip()[:500], until=until,
            )  # fmt: skip
    except IntegrityError as taken:
        raise NotNow(State.of(Opening.objects.get(pk=opening.pk), now).what) from taken


def _hours() -> timedelta:
    return timedelta(hours=settings.IDENTITY_HOURS)


@dataclass(frozen=True, slots=True)
class State:
    """How a request stands. `what`: asked | granted | denied | shown | over; `until`: as long as asked or granted, when that ends."""

    what: str
    until: datetime | None = None
    answer: OpeningStep | None = None
    shown: OpeningStep | None = None

    @classmethod
    def of(cls, opening: Opening, now: datetime | None = None) -> State:
        """At a moment, local; default now. One query where the steps are not at hand."""
        moment = stored(now or clock.now())
        steps = {step.sort: step for step in opening.steps.all()}
        said, shown = steps.get(ANSWER), steps.get(SHOWN)
        if shown is not None:
            return cls(SHOWN, None, said, shown)
        if said is None:
            return cls(ASKED, opening.until) if moment < opening.until else cls(OVER)
        if said.what == DENIED:
            return cls(DENIED, None, said)
        return cls(GRANTED, said.until, said) if said.until and moment < said.until else cls(OVER, None, said)


# -- who may agree


def case_of(officer: Officer, opening: Opening) -> Case:
    """The case of a request, when this officer may find it. Raises NotMasked."""
    found = access.one_seen(officer, opening.case_id)
    if not found:
        raise NotMasked(opening.pk)
    return found[0]


def may_answer(officer: Officer, opening: Opening, opened: Opened) -> bool:
    """Is it for this officer, who finds the case, to agree? Never for the asker himself, in whatever posting, nor for who holds one in his place."""
    if opening.person in (officer.person.key, org.in_place_of(officer)):
        return False
    found = [Masked("", name, "", opening.party) for name in _names(opened, opening.party)]
    rules = [rule for one in found for rule in rules_of(opened, one)]
    return _agrees(officer, opened, rules)


def _names(opened: Opened, party: str) -> Sequence[str]:
    if not party:
        return tuple(opened.view.vocabulary.case_facts)
    return tuple(opened.log.identity.get(party, {}))


def _agrees(officer: Officer, opened: Opened, rules: Sequence[Audience]) -> bool:
    if opened.withheld(officer).case:
        return False
    if rules:
        return may_agree(opened.procedure, opened.view, rules, org.actor_of(officer), opened.world)
    return officer.role in AGREE


def deciders(opened: Opened, asker: Officer, one: Masked) -> list[Officer]:
    """Who else may agree: of the unit that handles the case, the asker's and the one that registered it, else of those above them."""
    tree, case = org.tree(), opened.case
    near = [u for u in dict.fromkeys((case.handling_unit, asker.unit_id, case.unit)) if u]
    above = [up for unit in near for up in tree.above(unit)]
    rules = rules_of(opened, one)
    roles = {term.partition("@")[0] for rule in rules for term in rule.approved_by} or AGREE
    held = Officer.objects.filter(org.in_force(org.today()), role__in=roles, person__is_active=True)
    held = held.exclude(person_id=asker.person_id).select_related("person", "unit", "deputy_for").order_by("pk")
    for units in (near, above):
        found = [o for o in held.filter(unit__in=units) if _could(o, opened, rules, asker)]
        if found:
            return found
    watching = {w for u in near if u in tree if (w := tree.nearest_with("supervision_office", u))}
    return [o for o in held.filter(unit__in=watching) if _could(o, opened, rules, asker)]


def _could(officer: Officer, opened: Opened, rules: Sequence[Audience], asker: Officer) -> bool:
    if org.in_place_of(officer) == asker.person.key:
        return False
    return bool(access.one_seen(officer, opened.case.pk)) and _agrees(officer, opened, rules)


def _asker(opening: Opening) -> Officer | None:
    held = Officer.objects.filter(person_id=org.person_pk(opening.person) or 0, role=opening.role)
    return held.filter(unit_id=opening.unit).select_related("person", "unit").first()


# -- lists


def waiting(officer: Officer) -> list[tuple[Opening, Opened]]:
    """The oldest LISTED requests that wait for this officer, of the oldest MOST in cases that he finds. One query where there are none."""
    rows = (
        Opening.objects.filter(until__gt=stored(clock.now()))
        .exclude(person=officer.person.key)
        .exclude(steps__sort=ANSWER)
    )
    his: list[tuple[Opening, Opened]] = []
    for start in range(0, MOST, LISTED):
        page = _found(officer, rows.order_by("pk"), start)
        his += [pair for pair in page if may_answer(officer, *pair)]
        if len(page) < LISTED or len(his) >= LISTED:
            break
    return his[:LISTED]


def mine(officer: Officer) -> list[tuple[Opening, State, Opened]]:
    """What this person asked for in his own name in cases that he still finds, the newest first."""
    rows = Opening.objects.filter(person=officer.person.key)
    return [(row, State.of(row), opened) for row, opened in _found(officer, rows.order_by("-pk"))]


def _found(officer: Officer, rows: QuerySet[Opening], start: int = 0) -> list[tuple[Opening, Opened]]:
    """The next LISTED of these requests whose cases the officer finds, with the cases."""
    # asked of each row: all that he finds may be a million
    finds = access.visible_to(officer).filter(pk=OuterRef("case_id"))
    found = rows.filter(Exists(finds)).prefetch_related("steps")
    seen = list(found[start : start + LISTED])
    cases = Case.objects.in_bulk({row.case_id for row in seen}) if seen else {}
    opened = {one.case.pk: one for one in open_several(cases.values())}
    return [(row, opened[row.case_id]) for row in seen]


def one(pk: int) -> Opening | None:
    """A request by its id; whoever asks for it is asked of it before anything is told."""
    return Opening.objects.filter(pk=pk).first()


# -- telling

Telling = Callable[[Opening, str, Case, Sequence[Officer]], None]
_tellers: list[Telling] = []


def tell_with(teller: Telling) -> None:
    """Let a floor above tell people: of a request those who may answer it, of an answer the asker. Called inside the transaction."""
    if teller not in _tellers:
        _tellers.append(teller)


def _tell(opening: Opening, what: str, case: Case, to: Sequence[Officer]) -> None:
    for teller in _tellers:
        teller(opening, what, case, to)
