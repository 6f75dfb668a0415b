"""The one writer of registers: every act is an event of the log of administration, chained and anchored like all of it; the copies follow.

Personal values and reasons are sealed in the vault under minus the id of the entry; the log holds where they lie and their commitment.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from huiyin.cases import access, clock
from huiyin.cases.errors import Stale
from huiyin.cases.models import Case
from huiyin.cases.writing import writing
from huiyin.core import register_acts as acts
from huiyin.core import register_values as values
from huiyin.core.model import SYSTEM, Actor, Refused
from huiyin.core.registers import ENTER, Ask, Book, Item, Register, Tell
from huiyin.org import log
from huiyin.org import queries as org
from huiyin.org.models import Officer
from huiyin.registers import books, copies, queries
from huiyin.registers.models import Entry
from huiyin.vault import actions as vault

_followers: list[Callable[[Entry, Sequence[Tell], Ask], None]] = []
EVENT: Final = "register"  # name of every event of a register in the log of administration


@dataclass(frozen=True, slots=True)
class Done:
    """What was written: the entry as it stands, rules that only warn, and the entries that follow from it."""

    entry: Entry
    hints: tuple[str, ...] = ()
    also: tuple[Entry, ...] = ()


def follow(told: Callable[[Entry, Sequence[Tell], Ask], None]) -> None:
    """Let a floor above tell what the rules ask to be told of an act. Called inside its transaction."""
    if told not in _followers:
        _followers.append(told)


def enter(
    register: books.Key, given: Mapping[str, Any], *, by: Officer, under: Entry | None = None, day: date | None = None
) -> Done:
    """A new entry; under another one only for whom that one is there. Raises Refused, BadValue."""
    with writing():
        log.next_seq()  # one writer at a time: what is read now is what is written under
        under = Entry.objects.get(pk=under.pk) if under is not None else None
        _found(under, by)
        return _enter(register, given, org.actor_of(by), under, day or clock.now().date())


def act(
    entry: Entry, verb: str, given: Mapping[str, Any] | None = None, *, by: Officer, reason: str = "", day: date | None = None,
    head: int | None = None,
) -> Done:  # fmt: skip
    """Change, annul, or a step. `head`: the last event that the page showed. Raises Refused, BadValue, Stale."""
    return _act(entry, verb, lambda _row: given or {}, by=by, reason=reason, day=day, head=head)


def _act(
    entry: Entry, verb: str, given: Callable[[Entry], Mapping[str, Any]], *, by: Officer, reason: str, day: date | None, head: int | None
) -> Done:  # fmt: skip
    """`given`: what is put in, made from the entry as it stands when its turn has come."""
    with writing():
        log.next_seq()  # one writer at a time: what is read now is what is written on
        row = Entry.objects.get(pk=entry.pk)
        _found(row, by)
        if head is not None and head != row.head:
            raise Stale([])
        register = _register((row.rule_set, row.register))
        book = books.book_of(row, row.rule_set, row.register, row.unit)
        return _write(
            row,
            register,
            book,
            book.items[row.pk],
            verb,
            given(row),
            org.actor_of(by),
            reason,
            day or clock.now().date(),
        )


def assign(entry: Entry, field: str, case: Case, *, by: Officer, head: int | None = None) -> Done:
    """Put a case into a field of an entry. Raises Refused, also for a case that the officer may not find."""
    if not access.one_seen(by, case.pk):
        raise Refused("facts", "register_no_case")

    def added(row: Entry) -> Mapping[str, Any]:
        return {field: [*(c for c in row.values.get(field, ()) if c != case.pk), case.pk]}

    return _act(entry, "change", added, by=by, reason="归入案件", day=None, head=head)


def _enter(key: books.Key, given: Mapping[str, Any], actor: Actor, under: Entry | None, day: date) -> Done:
    register = _register(key)
    misplaced = not register.at_top if under is None else under.annulled or under.register not in register.under
    if misplaced:
        raise Refused("open", "register_not_open", register.clauses, (register.says,))
    unit = under.unit if under is not None and (register.belongs == "parent" or not actor.unit) else actor.unit or ""
    id = log.next_seq()
    row = Entry(
        id=id, rule_set=key[0], register=key[1], unit=unit, parent_id=under.pk if under else None, top_id=under.top_id if under else id,
        day=day, state="", values={}, head=0,
    )  # fmt: skip
    book = books.book_of(under or row, *key, unit)
    item = Item(id, key[1], unit, day, "", {}, row.parent_id)
    return _write(row, register, book, item, ENTER, given, actor, "", day)


def _found(entry: Entry | None, by: Officer) -> None:
    """An entry that somebody does not find is not there for him, whichever way he comes."""
    if entry is not None and not queries.visible_to(by).filter(pk=entry.pk).exists():
        raise Refused("open", "register_not_open")


def _register(key: books.Key) -> Register:
    found = books.registers().get(key)
    if found is None:
        raise Refused("open", "register_not_open")
    return found


def _write(
    row: Entry, register: Register, book: Book, item: Item, verb: str, given: Mapping[str, Any], actor: Actor, reason: str, day: date
) -> Done:  # fmt: skip
    world = org.world_for(row.unit, on=day)
    closed = {name: _seal(row.pk, name, raw) if _is_new(register, name, raw) else raw for name, raw in given.items()}
    done = acts.decide(acts.Act(register, item, verb, closed, actor, day, reason), book, world)
    if verb != ENTER and not done.changed and done.item.state == item.state and not done.item.annulled:
        return Done(row, done.hints)  # nothing is other than before
    changed = {name: values.plain(value) if values.is_set(value) else [] for name, value in done.changed.items()}
    facts: dict[str, Any] = {
        "entry": row.pk, "register": f"{row.rule_set}.{row.register}", "verb": verb, "day": day.isoformat(), "unit": row.unit,
        "under": row.parent_id, "state": done.item.state, "changed": changed, "clauses": list(done.clauses),
        "reason": _seal(row.pk, "reason", reason) if reason.strip() else None,
    }  # fmt: skip
    event = log.write(EVENT, facts, by=actor)
    copies.apply(row, facts, event)
    book.add(books.item_of(row))
    copies.follow(row, book)
    for follower in _followers if done.tells else ():
        follower(row, done.tells, Ask(book, book.items[row.pk], actor, day, world))
    also = [_follow(follow, row, Ask(book, book.items[row.pk], actor, day, world)) for follow in done.follows]
    return Done(row, done.hints, tuple(also))


def _is_new(register: Register, name: str, raw: Any) -> bool:
    field = register.fields.get(name)
    return field is not None and field.personal and isinstance(raw, str) and bool(raw.strip())


def _seal(entry: int, name: str, value: str) -> dict[str, str]:
    ref = vault.seal(-entry, name, value.strip())
    return {"vault": ref.ref, "c": ref.commitment}


def _follow(follow: Any, row: Entry, ask: Ask) -> Entry:
    """The entry that a rule asks for, in the same transaction; if it cannot be made, the act is not done either."""
    over, given = acts.following(follow, ask, books.of_set(row.rule_set))
    under = Entry.objects.get(pk=over.id) if over is not None else None
    return _enter((row.rule_set, follow.register), given, SYSTEM, under, ask.day).entry
