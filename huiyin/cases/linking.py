"""Acts that reach beyond one case: cases an event names, and cases an event begins. All are locked, all decided, all or none written."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from huiyin.cases import numbers, pins, planning
from huiyin.cases.access import visible_to
from huiyin.cases.intake import Step
from huiyin.cases.models import Case, Link
from huiyin.cases.people import Outside
from huiyin.cases.planning import Act
from huiyin.core import facts as typed
from huiyin.core.consequences import on_linked
from huiyin.core.facts import BadFact
from huiyin.core.model import Actor, Event, Refused
from huiyin.core.vocabulary import load_vocabulary
from huiyin.org import procedures
from huiyin.org.models import Officer
from huiyin.vault import actions as vault
from huiyin.vault.refs import FileRef, VaultRef

RELATION: Final = {"merged": "merged", "supplement_merged": "supplement", "split": "split"}
NOT_HANDED_ON: Final = frozenset(
    {"number", "external_system", "external_no", "mirrored", "kind", "complainant", "respondent"}
)


# -- cases that an event names


def named_cases(step: Step) -> dict[str, list[Case]]:
    """Cases that the facts of the event name, by fact. Raises BadFact for one that is not there, or not for this actor to see."""
    words = load_vocabulary()
    kind = words.events.get(step.event)
    found: dict[str, list[Case]] = {}
    for name, fact in kind.facts.items() if kind is not None else ():
        value = step.facts.get(name)
        if fact.type in ("case_ref", "case_refs") and value:
            checked = typed.parse(fact, value, words, step.event)
            found[name] = [_case(step, name, text) for text in (checked if isinstance(checked, tuple) else (checked,))]
    return found


def _case(step: Step, name: str, text: str) -> Case:
    """A case by its number, or by #id where it has none yet or several units use the same numbers."""
    if isinstance(step.by, Outside):
        raise BadFact(step.event, name, "not_yours_to_name", "case_ref", text)
    seen = visible_to(step.by) if isinstance(step.by, Officer) else Case.objects.all()
    by_id = numbers.id_of(text)
    cases = list(seen.filter(pk=by_id) if by_id is not None else seen.filter(number=text))[:2]
    if len(cases) != 1:
        raise BadFact(step.event, name, "ambiguous_case" if cases else "unknown_case", "case_ref", text)
    return cases[0]


def seen_of(named: Mapping[str, Sequence[Case]]) -> dict[str, Any]:
    """What the event keeps of them: their ids, so that nobody has to look the numbers up again."""
    return {f"case:{name}": [case.pk for case in cases] for name, cases in named.items()}


def mirror(act: Act, other: Act, events: Iterable[Event]) -> None:
    """Enter in the other case that this one now belongs to it."""
    for event in events:
        relation = event.facts.get("relation") or RELATION.get(event.name, "same_matter")
        relation = _inverse().get(relation, relation)
        facts = {"with": f"#{act.case_id}" if act.log.number is None else act.log.number, "relation": relation}
        step = Step("linked", _system(other), facts, occurred=event.occurred, re=())
        planning.add(other, step, {"case:with": [act.case_id]})


def known_back(
    acts: Iterable[Act], resume: Callable[[Sequence[int]], Mapping[int, Act]], batch: vault.Batch
) -> list[Act]:
    """The other cases of links that a rule wrote (a repeated complaint): the link is entered there too, with what follows from it."""
    named = [(act, event, pk) for act in acts for event, pk in (*_ruled_links(act), *act.links)]
    others = resume(sorted({pk for _, _, pk in named})) if named else {}
    for act, event, pk in named:
        if pk in others:
            mirror(act, others[pk], [event])
    for other in others.values():
        planning.seal(other, batch)
    return list(others.values())


def add_naming(act: Act, step: Step) -> list[Event]:
    """Decide a step of a case that is only being begun, which may name cases that are there. A link that a rule has just written is not
    written once more."""
    named = {} if any(key.startswith("case:") for key in step.seen) else named_cases(step)
    others = {case.pk for cases in named.values() for case in cases}
    if step.event == "linked" and any(
        e.facts.get("relation") == step.facts.get("relation") and pk in others for e, pk in _ruled_links(act)
    ):
        return []
    try:
        found = planning.add(act, step, seen_of(named))
    except Refused as refused:
        data = {**refused.data, "event": step.event}  # of several steps of one act: which was refused
        raise Refused(refused.stage, refused.code, refused.clauses, refused.says, data) from refused
    act.links += [(event, pk) for event in found if event.name == step.event for pk in sorted(others)]
    return found


def _ruled_links(act: Act) -> list[tuple[Event, int]]:
    numbered = act.world.numbered if act.world is not None else {}
    found = [e for e in act.new if e.name == "linked" and e.actor.role == "system" and e.clauses]
    wanted = [e for e in found if e.facts.get("relation") in _inverse()]
    return [(e, numbered[e.facts["with"]]) for e in wanted if e.facts["with"] in numbered]


def reachable(case: Case | int) -> list[int]:
    """Linked cases that the rules of this one may write on: they are locked with it. Asked only of procedures that have such rules."""
    if isinstance(case, Case):
        pk, hash = case.pk, case.procedure_hash
    else:
        pk, hash = case, Case.objects.filter(pk=case).values_list("procedure_hash", flat=True).first() or ""
    if not hash or not procedures.procedure_for(hash).reaches_linked:
        return []
    return list(Link.objects.filter(case_id=pk).values_list("other_id", flat=True).distinct())


def reach(act: Act, there: Mapping[int, Act]) -> dict[int, Act]:
    """Write on linked cases what the new events of this one bring about there. Returns those that were written on."""
    if not act.procedure.reaches_linked or act.world is None:
        return {}
    known = dict(Link.objects.filter(case_id=act.case_id).values_list("seq", "other_id"))
    found: dict[int, Act] = {}
    for event in act.new:
        for told in on_linked(act.procedure, act.after, event, world=act.world, calendar=act.calendar, now=act.now):
            named = told.link.seen.get("case:with") or [known.get(told.link.seq)]
            other = there.get(named[0])
            if other is not None and planning.enter(other, told):
                found[other.case_id] = other
    return found


def _inverse() -> Mapping[str, str]:
    inverse: Mapping[str, str] = load_vocabulary().raw["value"]["relation"].get("inverse", {})
    return inverse


def _system(act: Act) -> Actor:
    routing = act.after.routing_at()
    return planning.actor_in(routing.lead or routing.holder or act.unit)


# -- cases that an event begins


def open_cases(act: Act, events: Sequence[Event], batch: vault.Batch, now: datetime) -> list[Act]:
    """The cases that these events begin, decided like any other registration, with the parties and facts that are handed on."""
    found = []
    for event in events:
        if event.opens is None:
            continue
        case_id = numbers.case_ids(1)[0]
        planning.opened(act, event.seq, case_id)
        routing = act.after.routing_at()
        unit = event.actor.unit or routing.lead or routing.holder or act.unit
        procedure = pins.procedure_at(event.opens.procedure, unit, now)
        code = numbers.new_code()
        new = planning.begin(case_id, procedure, unit, now, code, numbers.digest_of(code))
        facts = {k: v for k, v in opened(event.opens.facts).items() if k not in NOT_HANDED_ON}
        kind = event.opens.kind or procedure.kinds[0]
        parties = parties_for(act, kind)
        step = Step("registered", planning.actor_in(unit), {**facts, "kind": kind}, parties, event.occurred)
        planning.add(new, step)
        link = Step(
            "linked", planning.actor_in(unit),
            {"with": act.log.number or f"#{act.case_id}", "relation": _inverse().get(event.opens.relation, event.opens.relation)},
            occurred=event.occurred,
        )  # fmt: skip
        planning.add(new, link, {"case:with": [act.case_id]})
        planning.seal(new, batch)
        found.append(new)
    return found


def opened(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Facts for another case: personal ones are opened, to be sealed again under the keys of that case."""
    facts = {name: _without_files(value) for name, value in facts.items()}
    refs = [v for v in facts.values() if isinstance(v, VaultRef) and not v.pending]
    plain = vault.open_many(refs) if refs else {}
    found = {}
    for name, value in facts.items():
        if isinstance(value, VaultRef):
            value = value.value if value.pending else plain[value.ref]
        if value is not vault.ERASED and value is not None and value != ():
            found[name] = value
    return found


def _without_files(value: Any) -> Any:
    """A file belongs to the case it was handed in to, under the key of that case; whoever needs it in the other one finds it by the link."""
    if isinstance(value, tuple):
        return tuple(one for one in value if not isinstance(one, VaultRef))
    return None if isinstance(value, FileRef) else value


SENDER: Final = {
    "report": {"complainant": "reporter"}
}  # whoever complains is the reporter of a report, and the other way round


def parties_for(act: Act, kind: str) -> dict[str, dict[str, Any]]:
    """The parties as they stand, in the form in which they come in, for another case of that kind."""
    found = {}
    for no, party in act.after.parties.items():
        own = opened(act.identity.get(no, {}))
        role = SENDER.get(kind, {"reporter": "complainant"}).get(party.role, party.role)
        found[no] = {"role": role, **party.facts, **own}
    return found
