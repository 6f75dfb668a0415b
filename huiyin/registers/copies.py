"""The copies of the log: entries, their history, who finds them, which cases they name, what they owe. Made in the act; made again by rebuild."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final

from huiyin.cases import calendars, clock
from huiyin.core.register_access import audience
from huiyin.core.register_dues import Owed, owed
from huiyin.core.registers import ANNUL, ENTER, Book, Item, Register
from huiyin.core.world import World
from huiyin.dues import rows as dues
from huiyin.dues.models import REGISTER, RUNNING, Due
from huiyin.dues.tables import Row
from huiyin.moments import stored
from huiyin.org import queries as org
from huiyin.org.models import AdminEvent
from huiyin.registers import books
from huiyin.registers.models import Entry, EntryAccess, EntryCase, EntryEvent

LABEL: Final = 60  # characters of an entry's name in the table of dues


# -- one event


def apply(row: Entry, facts: Mapping[str, Any], event: AdminEvent) -> None:
    """Bring the row of an entry, its history and its cases to what the event says."""
    moved(row, facts, event)
    row.save()
    EntryEvent.objects.create(seq=event.seq, entry_id=row.pk, verb=facts["verb"], day=row_day(facts))
    register = books.registers().get((row.rule_set, row.register))
    for name in facts["changed"]:
        if register is not None and name in register.fields and register.fields[name].type == "cases":
            _cases(row, name)


def moved(row: Entry, facts: Mapping[str, Any], event: AdminEvent) -> None:
    """The row as it stands after the event, not saved."""
    merged = {**row.values, **facts["changed"]}
    row.values = {name: value for name, value in merged.items() if value != []}
    row.state, row.head, row.updated = facts["state"], event.seq, event.recorded
    row.annulled = row.annulled or facts["verb"] == ANNUL
    if facts["verb"] == "change" and facts["changed"]:
        row.version += 1


def row_day(facts: Mapping[str, Any]) -> date:
    return date.fromisoformat(facts["day"])


def _cases(row: Entry, name: str) -> None:
    wanted = {case for case in row.values.get(name, ()) if isinstance(case, int)}
    had = set(EntryCase.objects.filter(entry_id=row.pk, field=name).values_list("case_id", flat=True))
    EntryCase.objects.filter(entry_id=row.pk, field=name, case_id__in=had - wanted).delete()
    EntryCase.objects.bulk_create(
        [EntryCase(entry_id=row.pk, field=name, case_id=case) for case in sorted(wanted - had)]
    )


# -- what follows from the rules: access and dues


def follow(row: Entry, book: Book) -> None:
    """Who finds the entry and what hangs near it, and what it and the entries above and below it owe."""
    registers = books.of_set(row.rule_set)
    item = book.items[row.pk]
    above = list(book.above(item))
    top = above[0] if above and registers[row.register].opens else item
    below = list(_under(book, top))
    _access(below, book, registers)
    _dues({i.id: i for i in (item, *above, *_under(book, item))}.values(), book, registers, row.rule_set)


def _under(book: Book, item: Item) -> Iterator[Item]:
    """The entry and what hangs under it, annulled ones too."""
    yield item
    for id in book.under.get(item.id, ()):
        yield from _under(book, book.items[id])


def _access(items: Sequence[Item], book: Book, registers: Mapping[str, Register]) -> None:
    today = clock.now().date()
    wanted, worlds = set(), {unit: org.world_for(unit, on=today) for unit in {i.unit for i in items}}
    for item in items:
        if item.register in registers:
            found = audience(registers, item, book, worlds[item.unit], today)
            wanted |= {(item.id, *who, since) for who, since in found.items()}
    ids = [i.id for i in items]
    had = {(a.entry_id, a.sort, a.who, a.since): a.pk for a in EntryAccess.objects.filter(entry_id__in=ids)}
    EntryAccess.objects.filter(pk__in=[pk for key, pk in had.items() if key not in wanted]).delete()
    new = sorted((key for key in wanted if key not in had), key=str)
    EntryAccess.objects.bulk_create([EntryAccess(entry_id=e, sort=s, who=w, since=d) for e, s, w, d in new])


def _dues(items: Iterable[Item], book: Book, registers: Mapping[str, Register], code: str) -> None:
    today, calendar = clock.now().date(), calendars.current()
    worlds: dict[str, World] = {}
    for item in items:
        register = registers.get(item.register)
        if register is None or not register.body.dues:
            continue
        if item.unit not in worlds:
            worlds[item.unit] = org.world_for(item.unit, on=today)
        found = owed(register, item, book, worlds[item.unit], calendar, today)
        new = [_row(one, register, label(register, item), code) for one in found]
        dues.TABLE.sync(dues.TABLE.stored(subject_kind=REGISTER, subject_id=item.id), new)


def _row(one: Owed, register: Register, name: str, code: str) -> Row:
    end, rule = one.end, one.rule
    act_by = calendars.current().last_working_on_or_before(end.day) if end.day else None
    return (
        REGISTER, one.item.id, f"{rule.name}:{one.unit if rule.per else ''}"[:200], rule.name, " ".join(rule.clauses), "", rule.says[:300], "",
        "hard", 1, None, 0, None, stored(_midnight(one.start)), None, end.day, stored(end.moment) if end.moment else None,
        dues.first_late_moment(end), act_by, "met" if one.met else RUNNING, False, end.provisional, True, False, one.role, one.unit,
        name[:LABEL], register.name[:20],
    )  # fmt: skip


def _midnight(day: date) -> datetime:
    return datetime.combine(day, datetime.min.time())


def label(register: Register, item: Item) -> str:
    """What an entry is called in a list: the fields the register names, by their plain values. Never a personal one."""
    parts = [register.fields[name].options.get(str(item.get(name)), _said(item.get(name))) for name in register.shown]
    return " ".join(p for p in parts if p) or register.label


def _said(value: Any) -> str:
    if isinstance(value, tuple):
        return "、".join(map(str, value))
    return "" if value is None else value.isoformat() if isinstance(value, date) else str(value)


# -- from the log


def replayed(events: Iterable[AdminEvent] | None = None) -> dict[int, tuple[Entry, list[EntryEvent]]]:
    """Every entry as the log tells of it, with its history."""
    found: dict[int, tuple[Entry, list[EntryEvent]]] = {}
    rows = (
        AdminEvent.objects.filter(name="register").order_by("seq").iterator(chunk_size=2000)
        if events is None
        else events
    )
    for event in rows:
        facts = json.loads(event.body)["facts"]
        facts.setdefault("under", None)
        id = facts["entry"]
        if facts["verb"] == ENTER:
            code, _, name = facts["register"].rpartition(".")
            above = found[facts["under"]][0] if facts["under"] is not None else None
            found[id] = (
                Entry(
                    id=id, rule_set=code, register=name, unit=facts["unit"], parent_id=facts["under"], top_id=above.top_id if above else id,
                    day=row_day(facts), state="", values={}, head=0,
                ),
                [],
            )  # fmt: skip
        moved(found[id][0], facts, event)
        found[id][1].append(EntryEvent(seq=event.seq, entry_id=id, verb=facts["verb"], day=row_day(facts)))
    return found


COLUMNS: Final = (
    "rule_set",
    "register",
    "unit",
    "parent_id",
    "top_id",
    "day",
    "state",
    "values",
    "annulled",
    "version",
    "head",
    "updated",
)


def differences() -> list[int]:
    """Ids of entries whose copy is not what the log says, or that the log does not know."""
    wanted, there = replayed(), {e.pk: e for e in Entry.objects.all()}
    wrong = set(wanted.keys() ^ there.keys())
    wrong |= {
        pk
        for pk in wanted.keys() & there.keys()
        if any(getattr(wanted[pk][0], c) != getattr(there[pk], c) for c in COLUMNS)
    }
    events = dict(EntryEvent.objects.values_list("seq", "entry_id"))
    told = {e.seq: e.entry_id for _, history in wanted.values() for e in history}
    wrong |= {events.get(seq) or told[seq] for seq in events.keys() ^ told.keys()}
    linked = set(EntryCase.objects.values_list("entry_id", "field", "case_id"))
    wrong |= {entry for entry, _, _ in linked ^ set(_links(entry for entry, _ in wanted.values()))}
    return sorted(wrong)


def _links(entries: Iterable[Entry]) -> Iterator[tuple[int, str, int]]:
    known = books.registers()
    for row in entries:
        register = known.get((row.rule_set, row.register))
        for name, value in row.values.items():
            if register is not None and name in register.fields and register.fields[name].type == "cases":
                yield from ((row.pk, name, case) for case in value if isinstance(case, int))


def rebuild() -> int:
    """Make all copies again from the log and the rules of today. Returns how many entries were other than the log says."""
    wrong, wanted = differences(), replayed()
    Entry.objects.exclude(pk__in=wanted).delete()
    for pk in wrong:
        EntryEvent.objects.filter(entry_id=pk).delete()
        EntryCase.objects.filter(entry_id=pk).delete()
        if pk in wanted:
            row, history = wanted[pk]
            row.save()
            EntryEvent.objects.bulk_create(history, ignore_conflicts=True)
            EntryCase.objects.bulk_create([EntryCase(entry_id=e, field=f, case_id=c) for e, f, c in _links([row])])
    EntryAccess.objects.exclude(entry_id__in=wanted).delete()
    Due.objects.filter(subject_kind=REGISTER).exclude(subject_id__in=wanted).delete()
    refresh()
    return len(wrong)


def refresh(tops: Iterable[int] | None = None) -> int:
    """Access and dues of all trees by the rules, roster and day of today; the worker does it once a day. Returns how many trees."""
    rows = Entry.objects.filter(parent_id=None) if tops is None else Entry.objects.filter(pk__in=list(tops))
    count = 0
    for row in rows.order_by("pk").iterator(chunk_size=200):
        registers = books.of_set(row.rule_set)
        if row.register in registers:
            book = books.book_of(row, row.rule_set, row.register, row.unit)
            items = list(_under(book, book.items[row.pk]))
            _access(items, book, registers)
            _dues(items, book, registers, row.rule_set)
            count += 1
    return count
