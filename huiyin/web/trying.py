"""A case being tried, as the page shows it: what each step brought about, who could do what next, the form of the next step."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from django.http import QueryDict
from django.utils.translation import gettext as _

from huiyin.core.answers import candidates
from huiyin.core.context import Ctx
from huiyin.core.course import Course, Leg
from huiyin.core.examples import ExampleError
from huiyin.core.facts import BadFact
from huiyin.core.foretell import foresee
from huiyin.core.model import Actor, Due, Refused
from huiyin.core.offers import SYSTEM_ONLY
from huiyin.core.sample import sample_actor
from huiyin.core.world import UnitTree
from huiyin.languages import load_vocabulary
from huiyin.web import choices, picks, problems, words
from huiyin.web.casepage import LimitRow, limit_rows
from huiyin.web.consequences import Line
from huiyin.web.forms.fields import Offered, Options
from huiyin.web.forms.step import facts_of
from huiyin.web.forms.trying import TryForm
from huiyin.web.problems import Problem
from huiyin.web.story import Story, next_label, next_moment

LAST: Final = 1 << 60
NOT_HERE: Final = frozenset({*SYSTEM_ONLY, "recording_left", "amended", "annulled", "imported"})
NEAREST: Final = 3  # people named for one step; the others are in the lists below
OUTSIDE: Final = ("complainant", "reporter", "respondent", "agent", "representative", "guardian", "third_party")
PEOPLE: Final = (
    "intake_officer", "handler", "mediator", "enforcement_officer", "unit_head", "leader", "director", "supervisor", "caller_back",
    "designated", "archivist", "duty_officer",
)  # fmt: skip


@dataclass(frozen=True)
class Told:
    """One step that was tried, in words."""

    number: int
    title: str
    at: datetime | None
    who: str
    facts: list[tuple[str, str]]
    brought: list[tuple[str, list[Line]]]
    problem: Problem | None


@dataclass(frozen=True)
class Choice:
    """A step that could come next, and some of those who could record it. `main`: a limit waits for it, or it moves the case on."""

    event: str
    label: str
    who: list[tuple[str, str]]
    main: bool


@dataclass
class Trial:
    """All that the page shows of the course."""

    legs: list[Told]
    limits: list[LimitRow]
    past: list[LimitRow]
    stage: str
    choices: list[Choice] = field(default_factory=list)


# -- what happened


def told(played: Course) -> Trial:
    """The course in words."""
    rows = [_owed(r) for r in limit_rows(played.dues(), played.play.calendar, played.now)] if played.legs else []
    last = next((leg.stage for leg in reversed(played.legs) if leg.stage), "")
    return Trial(
        [_leg(n, leg, played) for n, leg in enumerate(played.legs)], [r for r in rows if r.due.open], [r for r in rows if not r.due.open],
        words.stage_label(last) if last else "",
    )  # fmt: skip


def _owed(row: LimitRow) -> LimitRow:
    """Who owes it, by the names of the sample world."""
    owed = _("由%s负责") % who_text(row.due.owed_by, None) if row.due.owed_by and row.due.open else ""
    return replace(row, owed=owed)


def _leg(number: int, leg: Leg, played: Course) -> Told:
    name = str(leg.given.get("event", ""))
    title = words.event_label(name)
    if leg.given.get("for"):
        title += _("：%s") % words.event_label(str(leg.given["for"]))
    return Told(
        number, title, leg.at, who_text(str(leg.given.get("by", "")), played.play.main.world.tree), _facts(leg, name),
        list(_brought(leg)) if leg.problem is None else [], problem_of(leg, played),
    )  # fmt: skip


def problem_of(leg: Leg, played: Course) -> Problem | None:
    """Why the step could not be recorded."""
    found = leg.problem
    if found is None:
        return None
    if isinstance(found, ExampleError) and isinstance(found.__cause__, BadFact):
        found = found.__cause__
    if isinstance(found, Refused):
        return problems.of_refusal(found, str(leg.given.get("event", "")), played.play.main.procedure)
    if isinstance(found, BadFact):
        return problems.of_bad_fact(found)
    return Problem(_("这一步写得不对"), [problems.Line(str(found))], status=422)


def _facts(leg: Leg, name: str) -> list[tuple[str, str]]:
    vocabulary = load_vocabulary()
    kind = vocabulary.events.get(name)
    other = vocabulary.events.get(str(leg.given.get("for", "")))
    found = []
    for key, value in leg.given.items():
        if key in vocabulary.event_keys or key == "for":
            continue
        fact = (kind.facts.get(key) if kind else None) or (other.facts.get(key) if other else None)
        fact = fact or vocabulary.case_facts.get(key)
        found.append((fact.label_zh if fact else key, words.plain_text(fact, value, {})))
    return found


def _brought(leg: Leg) -> Iterable[tuple[str, list[Line]]]:
    """Limits, notices, documents and what the system recorded with it."""
    vocabulary = load_vocabulary()
    again = {due.name for due in leg.ended if due.state == "restarted"}
    parts = (
        (_("开始的时限"), [_due(d) for d in leg.opened if d.name not in again]),
        (_("重新起算的时限"), [_due(d) for d in leg.opened if d.name in again]),
        (_("完成的时限"), [_ended(d) for d in leg.ended if d.state == "met"]),
        (_("不再计算的时限"), [Line(d.says, d.clauses) for d in leg.ended if d.state not in ("met", "restarted")]),
        (_("改期的时限"), [Line(_("%(says)s：原到期 %(was)s") % {"says": b.says, "was": _end(a)}, b.clauses, _end(b)) for a, b in leg.moved]),
        (_("要告知"), [Line(_("%(to)s：%(says)s") % {"to": _address(n.to), "says": n.says}, n.clauses) for n in leg.notices]),
        (_("要制作的文书"), [Line(vocabulary.label("document", d)) for d in leg.documents]),
        (_("系统随即记录"), [Line(words.event_label(e.name), e.clauses) for e in leg.events if e.actor.role == "system"]),
    )  # fmt: skip
    return [(label, lines) for label, lines in parts if lines]


def _due(due: Due) -> Line:
    role, _at, unit = (due.owed_by or "").partition("@")
    owed = _("（%s）") % who_text(due.owed_by or "", None) if role and unit else ""
    return Line(f"{due.says}{owed}", due.clauses, _end(due))


def _ended(due: Due) -> Line:
    return Line(f"{due.says}{_('，逾期') if due.late else ''}", due.clauses)


def _end(due: Due) -> str:
    if due.end is None:
        return _("未定")
    return words.end_text(due.end) + (_("（暂定）") if due.provisional else "")


def _address(to: str) -> str:
    return (
        who_text(to, None)
        if "@" in to
        else words.role_label(to)
        if to in load_vocabulary().roles
        else words.unit_label(to)
    )


def who_text(by: str, tree: UnitTree | None) -> str:
    """intake_officer@city: 示范市12315投诉举报中心 受理登记人员, by the names of the sample world."""
    role, _at, unit = by.partition("@")
    unit, _hash, number = unit.partition("#")
    world = load_vocabulary().raw["world_unit"]
    place = (
        (tree.units[unit].label if tree is not None and unit in tree else world.get(unit, {}).get("label_zh", unit))
        if unit
        else ""
    )
    label = words.role_label(role)
    return f"{place} {label}{number}".strip()


# -- what could come next


def next_steps(played: Course) -> list[Choice]:
    """What could be recorded now by those who have a part in the case: steps of which the rules speak or that a limit waits for. The main
    ones first; of each only the nearest people."""
    case = played.play.main
    view, procedure = case.view, case.procedure
    if not view.events:
        sender = "reporter" if set(procedure.kinds) <= {"report"} else "complainant"
        who = [(by, who_text(by, case.world.tree)) for by in (f"intake_officer@{case.unit}", sender)]
        return [Choice("registered", words.event_label("registered"), who, True)]
    due = {n for d in played.dues() if d.open and not d.window for n in d.limit.to.names}
    main = due | set(load_vocabulary().stage_of)
    wanted = set(procedure.steps) | main
    found: dict[str, list[str]] = {}
    for by in [*(f"{role}@{unit}" for unit in units_in(played) for role in PEOPLE), *OUTSIDE]:
        try:
            offered = played.offers(by)
        except ValueError:
            continue
        for offer in offered:
            if offer.event in wanted and offer.event not in NOT_HERE:
                found.setdefault(offer.event, []).append(by)
    order = {n: i for i, n in enumerate(load_vocabulary().events)}
    return [
        Choice(n, words.event_label(n), [(by, who_text(by, case.world.tree)) for by in found[n][:NEAREST]], n in main)
        for n in sorted(found, key=lambda n: (n not in due, n not in main, order[n]))
    ]


def units_in(played: Course) -> list[str]:
    """Units that have or had a part: where it was registered, to whom it went, who acted."""
    case = played.play.main
    own = [case.unit, *picks.part_in(case.view, case.world.tree)] if case.view.events else [case.unit]
    acted = [e.actor.unit for e in case.view.events if e.actor.unit]
    return [u for u in dict.fromkeys([*own, *acted]) if u in case.world.tree and not u.startswith("external:")]


def people() -> Options:
    """Roles, for whoever is not in the list above."""
    roles = load_vocabulary().roles
    inside = [
        (r, words.role_label(r))
        for r, v in roles.items()
        if v["side"] == "inside" and r not in ("any", "system", "first_contact")
    ]
    outside = [(r, words.role_label(r)) for r, v in roles.items() if v["side"] == "outside"]
    return [(_("本系统人员"), inside), (_("当事人和其他人"), outside)]


def steps() -> Options:
    """Every step that a person may record, group by group."""
    vocabulary = load_vocabulary()
    groups = vocabulary.values["group"]
    found: dict[str, list[tuple[str, str]]] = {}
    for name, kind in vocabulary.events.items():
        if name not in NOT_HERE:
            found.setdefault(groups.get(kind.group, kind.group), []).append((name, kind.label_zh))
    return list(found.items())


def units(played: Course) -> Options:
    """The units of the sample world as this body sees it."""
    tree = played.play.main.world.tree
    return choices.units(tree, played.play.main.unit)


# -- the form of the next step


def form(
    played: Course, story: Story, event: str, by: str, proposed: str | None, now: datetime, sent: QueryDict | None
) -> TryForm:
    """The fields of that step for that person. Raises ValueError for nobody."""
    case = played.play.main
    actor = sample_actor(played.play.vocabulary, by, case.world, {**case.parties, **case.view.parties})
    at = next_moment(story, now)
    asked = foresee(
        case.procedure, case.view, proposed or event, actor=actor, world=case.world, calendar=played.play.calendar, now=at
    ).asks  # fmt: skip
    facts = list(facts_of(load_vocabulary(), event, proposed, asked))
    return TryForm(
        event, offered=_offered(played, event, proposed, actor, [f.name for f in facts if f.type in ("unit", "units")]), asked=asked,
        proposed=proposed, answers=_answers(played, event, actor, at), kinds=case.procedure.kinds, data=sent,
        initial={"occurred": at, "for": proposed, "kind": case.procedure.kinds[0], "key": next_label(story)},
    )  # fmt: skip


def _offered(played: Course, event: str, proposed: str | None, actor: Actor, unit_facts: Sequence[str]) -> Offered:
    case, vocabulary = played.play.main, load_vocabulary()
    tree, here = case.world.tree, actor.unit or case.unit
    raw = vocabulary.raw
    places = [(k, v["label_zh"]) for k, v in raw["world_place"].items()] + list(raw["world_area"].items())
    running = [d for d in played.dues() if d.clauses]
    known = [(p.id, _party(p.id, p.role)) for p in case.view.parties.values()]
    others = [(k, v.get("label_zh", k)) for t in ("complainant", "respondent") for k, v in raw[t].items()]
    return Offered(
        units=choices.units(tree, here), officers=_officers(played), places=places,
        parties=[(_("本案的"), known), (_("示例中的其他人"), [o for o in others if o[0] not in case.view.parties])] if known else others,
        grounds=[(code, f"{g[0].says}〔{code}〕") for code, g in case.procedure.grounds.get(proposed or event, {}).items()],
        limits=[(d.clauses[0], choices.limit_text(d)) for d in running],
        events=[(n, words.event_label(n)) for n in vocabulary.events if n not in NOT_HERE],
        of={name: picks.units(proposed or event, name, tree, here, case.view) for name in unit_facts},
    )  # fmt: skip


def _party(id: str, role: str) -> str:
    raw = load_vocabulary().raw
    named = {**raw["complainant"], **raw["respondent"]}.get(id, {}).get("label_zh", id)
    return f"{words.role_label(role)} {named}"


def _officers(played: Course) -> Options:
    """People of the units that have a part: two of those who act in pairs."""
    tree = played.play.main.world.tree
    return [
        (tree.units[u].label, [(f"{r}@{u}{n}", words.role_label(r) + n.replace("#", " ")) for r in PEOPLE for n in _numbers(r)])
        for u in units_in(played)
    ]  # fmt: skip


def _numbers(role: str) -> tuple[str, ...]:
    return ("", "#2") if role in ("handler", "enforcement_officer", "mediator") else ("",)


def _answers(played: Course, event: str, actor: Actor, now: datetime) -> Options:
    """Earlier steps that this one may answer, by their labels."""
    case = played.play.main
    labels = {seq: label for label, seq in case.labels.items()}
    ctx = Ctx(case.view, None, LAST, procedure=case.procedure, calendar=played.play.calendar, now=now, world=case.world)
    found = [e for e in candidates(ctx, event, actor) if e.seq in labels]
    if len(found) < 2:
        return []
    return [(labels[e.seq], f"{words.event_label(e.name)}　{words.moment_text(e.occurred)}") for e in found]
