"""Acts that make several cases of one, or one of several: a letter that is both complaint and report; complaints of several people about the same
matter. All cases are locked, all decided, all or none written; each event through the core like any other.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from huiyin.cases import access, clock, idempotency, linking, numbers, pins, planning
from huiyin.cases.copies import CASE
from huiyin.cases.errors import NoSuchCase, Stale
from huiyin.cases.intake import RawParties, Step
from huiyin.cases.models import Case, Event
from huiyin.cases.people import who
from huiyin.cases.planning import Act
from huiyin.cases.writing import lock_cases, write, writing
from huiyin.core.facts import BadFact
from huiyin.core.model import Refused
from huiyin.org import procedures
from huiyin.org.models import Officer
from huiyin.vault import actions as vault

COMPLAINS: Final = frozenset({"complainant", "reporter"})
WITH_THEM: Final = COMPLAINS | {"agent", "guardian", "representative"}
OTHER_HALF: Final = {"complaint": "report", "report": "complaint"}


# -- one becomes two


def split(
    case: Case | int,
    *,
    by: Officer,
    kind: str,
    procedure: str | None = None,
    facts: Mapping[str, Any] | None = None,
    parties: RawParties | None = None,
    without: Collection[str] = (),
    reason: str | None = None,
    occurred: datetime | None = None,
    late_reason: str | None = None,
    shown_seq: int | None = None,
    key: str | None = None,
) -> Case:
    """The other part of the matter becomes a case of its own, of that kind, registered by the same officer at his unit under the procedure
    that the unit works by; the two are linked. What the first case says is handed on, without the facts named in `without`, and with
    `facts` in place of its own; the parties likewise, unless `parties` gives others. It came in when the first one did. Returns the new
    case, with its query code. Raises Refused, BadFact, Stale, KeyReused, Busy, NoSuchCase."""
    case_id = case if isinstance(case, int) else case.pk
    with writing():
        request = ["split", case_id, kind, procedure, facts, parties, sorted(without), reason, occurred]
        if (done := _claimed(by, key, request, case_id)) is not None:
            return done
        act = _resumed([case_id], by, shown_seq)[case_id]
        new = _other_part(act, by, kind, procedure, key)
        given = {**_handed_on(act, without), **(facts or {}), "kind": kind}
        sides = linking.parties_for(act, kind) if parties is None else parties
        began = occurred or _began(act)
        batch = vault.Batch()
        opened = linking.open_cases(
            new, planning.add(new, Step("registered", by, given, sides, began, (), late_reason, handed_on=parties is None)),
            batch, new.now,
        )  # fmt: skip
        told = {"cases": [f"#{new.case_id}"], "reason": reason}
        found = planning.add(act, Step("split", by, told), {"case:cases": [new.case_id]})
        linking.mirror(act, new, [e for e in found if e.name == "split"])
        planning.seal(act, batch)
        planning.seal(new, batch)
        write(sorted([act, new, *opened], key=lambda one: one.case_id), batch)
        _answer(by, key, new)
    return _case_of(new)


def _other_part(act: Act, by: Officer, kind: str, wanted: str | None, key: str | None) -> Act:
    now, code = clock.now(), numbers.new_code()
    there = procedures.adopted(by.unit_id, kind)
    body = act.procedure.id.partition("/")[0]
    own = [a.procedure for a in there if a.kinds[:1] == (kind,)] or [a.procedure for a in there]
    own.sort(key=lambda id: not id.startswith(f"{body}/"))  # of several, that of the same body
    if not wanted and not own:
        raise BadFact("split", "kind", "no_procedure", "code", kind)
    rules = pins.procedure_at(wanted or own[0], by.unit_id, _began(act) if act.log.events else now)
    return planning.begin(numbers.case_ids(1)[0], rules, by.unit_id, max(now, act.now), code, numbers.digest_of(code))


def _began(act: Act) -> datetime:
    """When the matter reached the office."""
    first = act.after.first("registered")
    return first.occurred if first is not None else act.log.events[0].occurred


def _handed_on(act: Act, without: Collection[str]) -> dict[str, Any]:
    """Facts of the case for its other half, opened, to be sealed again under the keys of that one."""
    left_out = {*linking.NOT_HANDED_ON, "case_secrecy", *without}
    return {n: v for n, v in linking.opened(act.after.case_facts()).items() if n not in left_out}


# -- several become one


def join(
    cases: Sequence[Case | int],
    *,
    by: Officer,
    consenting: Collection[int],
    reason: str | None = None,
    method: str | None = None,
    representatives: Sequence[int] = (),
    files: Sequence[str] = (),
    key: str | None = None,
) -> Case:
    """Complaints of several people become a joint one: the oldest goes on, with the people of the others as complainants beside its own; the
    others end as merged into it and stay visible. `consenting`: cases whose complainants agreed to it; `representatives`: cases whose
    complainants were elected by all. Raises Refused (with the numbers of the cases without consent in data["without"]), BadFact, KeyReused,
    Busy, NoSuchCase."""
    ids = sorted({c if isinstance(c, int) else c.pk for c in cases})
    if len(ids) < 2:
        raise BadFact("joint_formed", "parties", "too_few", "parties")
    with writing():
        request = ["join", ids, sorted(consenting), reason, method, sorted(representatives), list(files)]
        if (done := _claimed(by, key, request, ids[0])) is not None:
            return done
        acts = _resumed(ids, by)
        lead = min(acts.values(), key=lambda act: (_began(act), act.case_id))
        joined = [acts[pk] for pk in ids if pk != lead.case_id]
        try:
            _join(lead, joined, by, consenting, reason, method, representatives, files)
        except Refused as refused:
            without = [a.log.number or f"#{a.case_id}" for a in (lead, *joined) if a.case_id not in consenting]
            raise Refused(
                refused.stage, refused.code, refused.clauses, refused.says, {**refused.data, "without": without}
            ) from refused
        batch = vault.Batch()
        for act in acts.values():
            planning.seal(act, batch)
        write([acts[pk] for pk in ids], batch)
        _answer(by, key, lead)
    return _case_of(lead)


def _join(
    lead: Act, joined: Sequence[Act], by: Officer, consenting: Collection[int], reason: str | None, method: str | None,
    representatives: Sequence[int], files: Sequence[str],
) -> None:  # fmt: skip
    people = {lead.case_id: [no for no, p in lead.after.parties.items() if p.role in COMPLAINS]}
    for act in joined:
        if _kind(act) != _kind(lead):
            raise BadFact("joint_formed", "parties", "other_kind", "case_ref", act.log.number)
        people[act.case_id] = _bring_in(lead, act, by)
    for case_id, numbers_ in people.items():
        for no in numbers_ if case_id in consenting else ():
            told = {"scope": "joint_handling", "party": no, "method": method}
            planning.add(lead, Step("consented", by, told))
    everybody = [no for numbers_ in people.values() for no in numbers_]
    planning.add(lead, Step("joint_formed", by, {"parties": everybody, "reason": reason}))
    elected = [no for case_id in representatives for no in people.get(case_id, ())]
    if elected:
        planning.add(lead, Step("representatives_elected", by, {"parties": elected, "files": list(files)}))
    for act in joined:
        into = lead.log.number or f"#{lead.case_id}"
        step = Step("merged", by, {"into": into, "reason": reason})
        found = planning.add(act, step, {"case:into": [lead.case_id], "joint_as": people[act.case_id][:1]})
        linking.mirror(act, lead, [e for e in found if e.name == "merged"])


def _bring_in(lead: Act, act: Act, by: Officer) -> list[str]:
    """The people of another complaint, with whoever acts for them, become parties of this one. Returns the numbers of those who complain."""
    found = []
    for no, raw in linking.parties_for(act, _kind(lead)).items():
        role = act.after.parties[no].role
        if role not in WITH_THEM:
            continue
        before = set(lead.after.parties)
        planning.add(lead, Step("party_added", by, {"party_role": raw["role"]}, [raw], handed_on=True))
        if role in COMPLAINS:
            found += [new for new in lead.after.parties if new not in before]
    return found


def _kind(act: Act) -> str:
    return str(act.fact("kind") or "")


# -- beginning and ending such an act


def _resumed(ids: Sequence[int], by: Officer, shown_seq: int | None = None) -> dict[int, Act]:
    """The cases, locked in the order of their ids, as they stand. Who may not know whose matter it is does not carry it into another case.
    Raises NoSuchCase, Stale, Refused."""
    locked = lock_cases(ids)
    viewer = access.viewer(by)
    if not all(access.sight(viewer, case).identity for case in locked.values()):
        raise Refused("role", "not_the_one")
    found = {}
    for pk in sorted(ids):
        if pk not in locked:
            raise NoSuchCase(pk)
        rows = list(Event.objects.filter(case_id=pk).order_by("seq").values_list("seq", "body"))
        found[pk] = planning.resume(pk, rows, locked[pk].head_hash, clock.now())
        if shown_seq is not None and (stale := Stale.since(shown_seq, found[pk].log.events)) is not None:
            raise stale
    return found


def _claimed(by: Officer, key: str | None, request: Sequence[Any], case_id: int) -> Case | None:
    """What the same request made before; none when this is the first time."""
    if key is None:
        return None
    done = idempotency.claim(who(by), key, idempotency.digest({"act": request}), case_id)
    return None if done is None else Case.objects.get(pk=done.case_id)


def _answer(by: Officer, key: str | None, act: Act) -> None:
    if key is not None:
        idempotency.answer(who(by), key, act.case_id, 1, act.head_seq)


def _case_of(act: Act) -> Case:
    """The case as it was written."""
    case = Case(**dict(zip(CASE.columns, act.row, strict=True)))
    case._state.adding, case._state.db = False, "default"
    case.code = act.code if act.fresh else ""
    return case


__all__ = ["OTHER_HALF", "join", "split"]
