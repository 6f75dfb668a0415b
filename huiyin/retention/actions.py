"""Writing of retention: hold and release, propose, review, leave out, and the one verb that destroys.

What is destroyed was proposed by one person and agreed to by two others; nothing else leads to `dispose`. It works case by case in one transaction
each: event `disposed`, keys, texts, index, codes, files, register. Stopped anywhere, it is run again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from typing import Any, Final

from django.db import connection, transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from huiyin.cases import access, actions, clock
from huiyin.cases.errors import Stale
from huiyin.cases.leaving import Guard
from huiyin.cases.models import Case, Event
from huiyin.cases.people import System
from huiyin.cases.queries import open_case, open_several
from huiyin.cases.takingback import HOLD
from huiyin.cases.writing import lock_cases, writing
from huiyin.core.facts import UNWRITABLE
from huiyin.core.model import Actor, Refused
from huiyin.evidence import queries as evidence
from huiyin.moments import stored
from huiyin.org import log as admin_log
from huiyin.org.models import Officer
from huiyin.org.queries import actor_of, in_place_of
from huiyin.retention import outside, queries
from huiyin.retention.models import BLOCKED, DONE, LEFT_OUT, REFUSED, WAITING, Destroyed, Item, Proposal
from huiyin.retention.queries import PROPOSERS, REVIEWERS, Held
from huiyin.vault import erasing
from huiyin.vault.models import Record

MOST: Final = 500  # cases on one list
LONGEST: Final = 300  # signs of a reason


class BadDisposal(ValueError):
    """What was asked cannot be: the text says why, for people."""


# -- holding back


def hold(case: Case, *, by: Officer, reason: str) -> list[Event]:
    """Nothing of this case is destroyed until somebody lifts it. The reason is sealed with the case. Raises BadDisposal, Refused."""
    return _mark(case, "marked", by, reason)


def release(case: Case, *, by: Officer, reason: str) -> list[Event]:
    """The hold is lifted. Raises BadDisposal, Refused."""
    if by.role not in REVIEWERS:
        raise BadDisposal(_("保留由单位负责人解除。"))
    return _mark(case, "unmarked", by, reason)


def _mark(case: Case, event: str, by: Officer, reason: str) -> list[Event]:
    said = _reason(reason)
    if (HOLD in case.marks.split()) == (event == "marked"):
        raise BadDisposal(_("本案已经是这样了，请刷新后再看。"))
    return actions.record(case, event, by=by, facts={"mark": HOLD, "reason": said})


def _reason(text: str) -> str:
    found = UNWRITABLE.sub("", text).strip()[:LONGEST]
    if not found:
        raise BadDisposal(_("请写明理由。"))
    return found


# -- proposing and reviewing


def propose(case_ids: Iterable[int], *, by: Officer) -> Proposal:
    """Put cases whose period is over on a list for review, all or none. Raises BadDisposal."""
    wanted = sorted(set(case_ids))
    if by.role not in PROPOSERS:
        raise BadDisposal(_("销毁由档案员提出。"))
    if not 0 < len(wanted) <= MOST:
        raise BadDisposal(_("请选择案件，一批最多 %(most)d 件。") % {"most": MOST})
    with writing():
        lock_cases(wanted)
        visible = access.visible_to(by).filter(pk__in=wanted, handling_unit__in=queries.units_of(by)).order_by("pk")
        found = queries.look_at_all(list(visible))
        if len(found) != len(wanted) or any(not held.free for held in found):
            raise BadDisposal(_("有的案件现在不能提出销毁，请刷新后重新选择。"))
        if Item.objects.filter(case_id__in=wanted, state=WAITING).exists():
            raise BadDisposal(_("有的案件已经在另一批里，请刷新后重新选择。"))
        actor = actor_of(by)
        proposal = Proposal.objects.create(made=_now(), by=actor.person, role=actor.role, unit=by.unit_id)
        Item.objects.bulk_create([_item(proposal, held) for held in found])
        admin_log.write("disposal_proposed", {"list": proposal.pk, "cases": wanted}, by=actor)
    return proposal


def _item(proposal: Proposal, held: Held) -> Item:
    kept = held.kept
    assert kept is not None
    assert kept.until is not None
    return Item(
        proposal=proposal, case_id=held.case.pk, shown_seq=held.case.head_seq, period=kept.period, code=kept.code[:40], label=kept.label[:200],
        basis=kept.basis[:200], until=kept.until, roles=" ".join(sorted(kept.reviewers))[:200],
    )  # fmt: skip


def review(items: Iterable[int], *, by: Officer, agrees: bool, reason: str = "") -> int:
    """Agree to these lines of one list, or refuse them with a reason. Returns how many it concerned. Raises BadDisposal."""
    said = "" if agrees else _reason(reason)
    with writing():
        rows = _waiting(items, by)
        _free(said, rows)
        for row in rows:
            if row.proposal.by in (by.person.key, in_place_of(by)):
                raise BadDisposal(_("提出的人不能评审，请由另外两人评审。"))
        changed = [row for row in rows if (_agree(row, by) if agrees else _end(row, REFUSED, by, said))]
        Item.objects.bulk_update(changed, FIELDS)
        if changed:
            facts = {"list": changed[0].proposal_id, "cases": [row.case_id for row in changed], "agrees": int(agrees)}
            admin_log.write("disposal_reviewed", facts, by=actor_of(by))
    return len(changed)


FIELDS: Final = (
    "first_by", "first_role", "first_at", "second_by", "second_role", "second_at", "state", "why", "ended_by", "ended_at",
)  # fmt: skip


def _waiting(items: Iterable[int], by: Officer, roles: frozenset[str] = REVIEWERS) -> list[Item]:
    """Lines that wait and that he may find, locked. Raises BadDisposal when he is not one of those who may."""
    if by.role not in roles:
        raise BadDisposal(_("评审由单位负责人或评审人办理。"))
    rows = list(
        Item.objects.select_for_update(of=("self",))
        .filter(pk__in=list(items), state=WAITING)
        .select_related("proposal")
        .order_by("pk")
    )
    mine = access.visible_to(by).filter(handling_unit__in=queries.units_of(by), pk__in=[row.case_id for row in rows])
    seen = set(mine.values_list("pk", flat=True))
    return [row for row in rows if row.case_id in seen]


def _agree(row: Item, by: Officer) -> bool:
    if {by.person.key, in_place_of(by)} & {row.first_by, row.second_by} - {""} or row.second_by:
        return False
    if not row.first_by:
        row.first_by, row.first_role, row.first_at = by.person.key, by.role, _now()
        return True
    if row.roles and not {row.first_role, by.role} & set(row.roles.split()):
        raise BadDisposal(_("规定要求评审的两人中有一人担任指定的职务，请由该职务的人评审。"))
    row.second_by, row.second_role, row.second_at = by.person.key, by.role, _now()
    return True


def _end(row: Item, state: str, by: Officer | None, why: str) -> bool:
    row.state, row.why, row.ended_by, row.ended_at = state, why, by.person.key if by else "", _now()
    return True


def _free(said: str, rows: Iterable[Item]) -> None:
    """A reason stands beside the case for good, and the register is read by others: it names nobody. Raises BadDisposal."""
    cases = Case.objects.filter(pk__in=[row.case_id for row in rows]) if said else ()
    if any(Guard.of(opened).tells(said) for opened in open_several(cases)):
        raise BadDisposal(_("理由会长期保留，请不要写出当事人的姓名、电话、住址。"))


def leave_out(item: int, *, by: Officer, reason: str) -> int:
    """Take one case off its list, before it is destroyed. Raises BadDisposal."""
    said = _reason(reason)
    with writing():
        rows = _waiting([item], by, REVIEWERS | PROPOSERS)
        _free(said, rows)
        for row in rows:
            _end(row, LEFT_OUT, by, said)
            row.save(update_fields=["state", "why", "ended_by", "ended_at"])
            facts = {"list": row.proposal_id, "cases": [row.case_id]}
            admin_log.write("disposal_left_out", facts, by=actor_of(by))
    return len(rows)


# -- destroying


def run(most: int = 1_000_000) -> tuple[int, int]:
    """Destroy what two people agreed to, case by case, at most so many: how many were, and at how many something stood in the way."""
    done = blocked = 0
    for pk in agreed(most):
        entry = None
        try:
            entry = dispose(pk)
        except Refused:  # the rules of the case do not allow it: the others do not wait for that
            _block(pk)
        done += entry is not None
        blocked += entry is None
    return done, blocked


def _block(item: int) -> None:
    with writing():
        row = Item.objects.select_for_update().get(pk=item)
        _end(row, BLOCKED, None, "rules")
        row.save(update_fields=["state", "why", "ended_by", "ended_at"])


def agreed(most: int) -> list[int]:
    """Lines that two people agreed to and that were not destroyed yet."""
    found = Item.objects.filter(state=WAITING).exclude(second_by="").exclude(first_by="").order_by("pk")
    return list(found.values_list("pk", flat=True)[:most])


def dispose(item: int, *, by: Officer | Actor = System) -> Destroyed | None:
    """Destroy one case that two people agreed to: the only way in which anything of a case is destroyed. None when it is done already or something
    stands in the way at the last moment; then its line says what. Raises Busy."""
    with _without_remains(), writing():
        case_id = Item.objects.filter(pk=item).values_list("case_id", flat=True).first()
        case = lock_cases([case_id]).get(case_id) if case_id is not None else None
        row = Item.objects.select_for_update(of=("self",)).select_related("proposal").filter(pk=item).first()
        if (
            case is None
            or row is None
            or row.state != WAITING
            or not row.agreed
            or row.proposal.by in (row.first_by, row.second_by)
        ):
            return None
        held = queries.look(case)
        if why := held.obstacles[:1] or _changed(case, row):
            _end(row, BLOCKED, None, why[0])
            row.save(update_fields=["state", "why", "ended_by", "ended_at"])
            return None
        entry = _destroy(case, _facts(case, row, held, by), by)
        row.state, row.ended_at = DONE, entry.at
        row.save(update_fields=["state", "ended_at"])
    return entry


def _changed(case: Case, row: Item) -> tuple[str, ...]:
    """Did anything happen in the case that those who reviewed it did not see?"""
    return ("changed",) if Stale.since(row.shown_seq, open_case(case).log.events) is not None else ()


@dataclass(frozen=True, slots=True)
class _Facts:
    """What an entry says that is known before anything goes."""

    number: str
    kind: str
    unit: str
    archived: date | None
    period: str
    label: str
    basis: str
    until: date
    proposed_by: str
    first_by: str
    second_by: str
    executed_by: str
    again: bool = False


def _facts(case: Case, row: Item, held: Held, by: Officer | Actor) -> _Facts:
    executed = by.person.key if isinstance(by, Officer) else by.person
    return _Facts(
        case.number or "", case.kind, case.handling_unit, held.archived, row.period, row.label, row.basis, row.until, row.proposal.by,
        row.first_by, row.second_by, executed,
    )  # fmt: skip


def _destroy(case: Case, facts: _Facts, by: Officer | Actor, size: dict[str, Any] | None = None) -> Destroyed:
    """The event first, since it says what follows; then everything that could be opened; then the register, whose entry is the newest event of the
    log of administration. `size`: of what went before, where it is gone already."""
    admin_seq = admin_log.next_seq()  # nobody else writes there until this is done: the number of the entry has no gap
    no = (Destroyed.objects.aggregate(last=Max("no"))["last"] or 0) + 1
    size = size or _size(case.pk)
    event = actions.record(case, "disposed", by=by, facts={"register_no": no})[0]
    erasing.destroy_keys(case.pk)
    entry = Destroyed(
        no=no, case_id=case.pk, seq=event.seq, admin_seq=admin_seq, at=event.recorded, **size,
        **{name: getattr(facts, name) for name in facts.__slots__},
    )  # fmt: skip
    written = admin_log.write("case_disposed", entry_facts(entry), by=by if isinstance(by, Actor) else actor_of(by))
    assert written.seq == admin_seq
    entry.save(force_insert=True)
    transaction.on_commit(partial(outside.note, [entry]))
    return entry


def entry_facts(entry: Destroyed) -> dict[str, Any]:
    """An entry as the log of administration says it, by which verify knows whether it was altered."""
    return outside.line_of(entry) | {"seq": entry.seq, "again": int(entry.again)}


def _size(case_id: int) -> dict[str, Any]:
    """How much there is of a case, and the digest of it: over references and commitments, which tell nothing."""
    found = hashlib.sha256()
    records = 0
    named = (
        Record.objects.filter(key__case_id=case_id).exclude(cipher=b"").order_by("ref").values_list("ref", "commitment")
    )
    for ref, commitment in named.iterator(chunk_size=2000):
        found.update(f"{ref} {commitment}\n".encode())
        records += 1
    files = [file for file in evidence.of_case(case_id) if file.address]
    for file in files:
        found.update(f"{file.pk} {' '.join(file.addresses)}\n".encode())
    return {"records": records, "files": len(files), "bytes": sum(f.size for f in files), "digest": found.hexdigest()}


class _without_remains:
    """On SQLite what is deleted is overwritten, not only given free. On PostgreSQL the database's own cleaning does that (docs/retention.md)."""

    def __enter__(self) -> None:
        self._set("ON")

    def __exit__(self, *_error: object) -> None:
        self._set("OFF")

    def _set(self, to: str) -> None:
        if connection.vendor == "sqlite":
            with connection.cursor() as cursor:
                cursor.execute(f"PRAGMA secure_delete={to}")


# -- after a restore


def reapply() -> tuple[int, int]:
    """After a backup from before a disposal was put back: destroy again what the list beside the ring names, with event and entry. Returns how many
    cases, and of how many the restored log is too old for the event (they were not archived in it): their keys are gone all the same."""
    done = old = 0
    there = set(Destroyed.objects.values_list("case_id", flat=True))
    for case_id, line in sorted(outside.noted().items(), key=lambda pair: int(pair[1]["no"])):
        if case_id in there:
            continue
        with writing():
            case = lock_cases([case_id]).get(case_id)
            if case is None:
                continue
            if not case.archived:
                erasing.destroy_keys(case_id)
                old += 1
                continue
            size = {name: line[name] for name in ("records", "files", "bytes", "digest")}
            _destroy(case, _told(line), System, size)
            Item.objects.filter(case_id=case_id, state=WAITING).update(state=DONE, ended_at=_now())
            done += 1
    return done, old


def _told(line: dict[str, Any]) -> _Facts:
    days: dict[str, Callable[[str], date]] = {"archived": date.fromisoformat, "until": date.fromisoformat}
    given = {name: line[name] for name in _Facts.__slots__ if name != "again"}
    given |= {name: read(given[name]) for name, read in days.items() if given[name]}
    return _Facts(**given, again=True)


def _now() -> datetime:
    return stored(clock.now())
