"""Reading registers: what an officer finds, lists by key, one entry with all that belongs to it, what is owed, which lines a case may join."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from django.db.models import Exists, OuterRef, Q, QuerySet

from huiyin.cases import access, clock
from huiyin.cases.models import Case
from huiyin.core.register_acts import may_change, offers
from huiyin.core.register_figures import Counted, count
from huiyin.core.register_terms import may
from huiyin.core.register_values import span_of
from huiyin.core.registers import Ask, Book, Item, Register, Step
from huiyin.dues.models import REGISTER, RUNNING, Due
from huiyin.moments import local, stored
from huiyin.org import categories
from huiyin.org import queries as org
from huiyin.org.models import AdminEvent, Officer
from huiyin.registers import books, copies
from huiyin.registers.models import PERSON, UNIT, Entry, EntryAccess, EntryCase, EntryEvent

SIZE: Final = 50


def visible_to(officer: Officer) -> QuerySet[Entry]:
    """The entries this officer finds today."""
    return Entry.objects.filter(Exists(_opening(officer, OuterRef("pk"))))


def _opening(officer: Officer, entry: OuterRef) -> QuerySet[EntryAccess]:
    who = access.viewer(officer)
    mine = Q(sort=UNIT, who__in=who.units) | Q(sort=PERSON, who=who.person)
    return EntryAccess.objects.filter(mine, Q(since__isnull=True) | Q(since__lte=clock.now().date()), entry_id=entry)


# -- which registers there are, and lists


@dataclass(frozen=True, slots=True)
class Shelf:
    """A register of the office: whether this officer may enter something, and how many entries he finds (at most a hundred are counted)."""

    key: books.Key
    register: Register
    may_enter: bool
    entries: int


def shelves(officer: Officer) -> list[Shelf]:
    """The registers that stand alone, of the procedures of the unit and of what it finds from other units."""
    known = books.adopted_by(officer.unit_id)
    seen = visible_to(officer).filter(parent_id=None)
    others = set(seen.order_by().values_list("rule_set", "register").distinct())
    known |= {key: r for key, r in books.registers().items() if key in others and key not in known}
    found = []
    for key, register in known.items():
        if not register.at_top:
            continue
        number = seen.filter(rule_set=key[0], register=key[1], annulled=False)[:100].count()
        found.append(Shelf(key, register, key in known and may_enter(register, officer), number))
    return found


def may_enter(register: Register, officer: Officer, under: Item | None = None, book: Book | None = None) -> bool:
    """May this officer enter something here: at the top, or under an entry?"""
    actor = org.actor_of(officer)
    item = Item(0, register.name, actor.unit or "", clock.now().date(), "", {}, under.id if under else None)
    if under is not None and register.belongs == "parent":
        item.unit = under.unit
    ask = Ask(book or Book(), item, actor, clock.now().date(), org.world_for(officer.unit_id))
    return may(register.body.enter, ask)


def key_of(text: str) -> books.Key | None:
    """BS-campaign or SW-ZB-roster: the rule set and the register; none when there is no such register."""
    code, _, name = text.rpartition("-")
    return (code, name) if (code, name) in books.registers() else None


@dataclass(frozen=True, slots=True)
class Listed:
    """One row of a list."""

    entry: Entry
    item: Item
    label: str
    state: str


def listed(row: Entry) -> Listed:
    """An entry in a list: its name and state in words."""
    item, register = books.item_of(row), books.registers().get((row.rule_set, row.register))
    if register is None:
        return Listed(row, item, f"{row.rule_set} {row.register}", row.state)
    return Listed(row, item, copies.label(register, item), register.states.get(row.state, row.state))


def page(
    officer: Officer, key: books.Key, *, state: str = "", unit: str = "", before: int | None = None, text: str = "", size: int = SIZE,
    annulled: bool = False, where: Mapping[str, str] | None = None,
) -> tuple[list[Listed], int | None]:  # fmt: skip
    """A page of a register, the newest first, and the id before which the next begins. `where`: values of choices."""
    found = visible_to(officer).filter(rule_set=key[0], register=key[1])
    found = found if annulled else found.filter(annulled=False)
    for name, value in (("state", state), ("unit", unit)):
        found = found.filter(**{name: value}) if value else found
    if before is not None:
        found = found.filter(pk__lt=before)
    rows: list[Listed] = []
    for row in found.order_by("-pk").iterator(chunk_size=200):
        one = listed(row)
        if (not text or text in one.label) and all(_has(one.item.get(n), v) for n, v in (where or {}).items()):
            rows.append(one)
        if len(rows) > size:
            break
    return rows[:size], rows[size - 1].entry.pk if len(rows) > size else None


def _has(value: Any, wanted: str) -> bool:
    return wanted in value if isinstance(value, tuple) else str(value) == wanted


# -- one entry


@dataclass(frozen=True, slots=True)
class Opened:
    """An entry with its register, its book and the question its page asks of the rules."""

    entry: Entry
    register: Register
    ask: Ask

    @property
    def item(self) -> Item:
        return self.ask.item

    @property
    def steps(self) -> list[Step]:
        return offers(self.register, self.item, self.ask)

    @property
    def may_change(self) -> bool:
        return may_change(self.register, self.ask)


def there(pk: int) -> bool:
    """Is there such an entry, whoever may find it? For the log of looks alone."""
    return pk < 2**62 and Entry.objects.filter(pk=pk).exists()


def opened(officer: Officer, pk: int) -> Opened | None:
    """The entry with that id, when this officer finds it."""
    row = visible_to(officer).filter(pk=pk).first()
    register = books.registers().get((row.rule_set, row.register)) if row is not None else None
    if row is None or register is None:
        return None
    book = books.book_of(row, row.rule_set, row.register, row.unit)
    return Opened(
        row, register, Ask(book, book.items[pk], org.actor_of(officer), clock.now().date(), org.world_for(row.unit))
    )


def figures(found: Opened, span: tuple[date, date] | None = None) -> list[Counted]:
    """The figures of an entry whose condition holds."""
    return [count(f, found.ask, span) for f in found.register.body.figures if f.when is None or f.when(found.ask)]


def children(officer: Officer, found: Opened, name: str, most: int = 200) -> list[Listed]:
    """Entries of one register right under this one, as far as the officer finds them."""
    ids = [i.id for i in found.ask.book.children(found.item, name)]
    return [listed(row) for row in visible_to(officer).filter(pk__in=ids[-most:]).order_by("pk")]


def registers_under(found: Opened) -> list[tuple[books.Key, Register]]:
    """Registers whose entries hang under entries of this one."""
    code = found.entry.rule_set
    return [((code, n), r) for n, r in books.of_set(code).items() if found.register.name in r.under]


@dataclass(frozen=True, slots=True)
class Past:
    """One act of an entry's history, as the log tells it."""

    seq: int
    verb: str
    day: date
    recorded: datetime
    role: str
    unit: str
    person: str
    changed: Mapping[str, Any]
    state: str
    reason: Mapping[str, str] | None


def history(pk: int) -> list[Past]:
    """What was done to an entry, the newest last."""
    seqs = list(EntryEvent.objects.filter(entry_id=pk).order_by("seq").values_list("seq", flat=True))
    rows = AdminEvent.objects.filter(seq__in=seqs).order_by("seq")
    return [_past(row, json.loads(row.body)["facts"]) for row in rows]


def _past(row: AdminEvent, facts: Mapping[str, Any]) -> Past:
    return Past(
        row.seq, facts["verb"], date.fromisoformat(facts["day"]), local(row.recorded), row.actor_role, row.actor_unit, row.actor_person,
        facts["changed"], facts["state"], facts.get("reason"),
    )  # fmt: skip


def as_of(found: Opened, day: date) -> Book:
    """The tree as it was on the evening of an earlier day, by the days its acts count from."""
    tree = Entry.objects.filter(top_id=found.entry.top_id).values_list("pk", flat=True)
    seqs = EntryEvent.objects.filter(entry_id__in=tree, day__lte=day).values_list("seq", flat=True)
    rows = AdminEvent.objects.filter(seq__in=list(seqs)).order_by("seq")
    return Book([books.item_of(row) for row, _ in copies.replayed(rows).values()], books.DbCases())


# -- cases


def linked_cases(officer: Officer, entry: Entry, field: str, most: int = 100) -> tuple[list[Case], int]:
    """Cases of a field that the officer may find, and how many it names in all."""
    ids = list(EntryCase.objects.filter(entry_id=entry.pk, field=field).values_list("case_id", flat=True))
    return list(access.visible_to(officer).filter(pk__in=ids[-most:]).order_by("-pk")), len(ids)


def entries_of(officer: Officer, case: Case) -> list[Listed]:
    """Entries that name a case, as far as the officer finds them."""
    ids = EntryCase.objects.filter(case_id=case.pk).values_list("entry_id", flat=True)
    return [listed(row) for row in visible_to(officer).filter(pk__in=list(ids), annulled=False).order_by("pk")]


def proposals(officer: Officer, case: Case, began: date) -> list[Listed]:
    """Entries that a case may be put into: of registers that say so, whose categories hold the case's, while they run."""
    own = {wide for category in case.category.split() for wide in wider(category)}
    found: list[Listed] = []
    for key, register in books.adopted_by(officer.unit_id).items():
        rule = register.proposes
        if rule is None or not own:
            continue
        for row in visible_to(officer).filter(rule_set=key[0], register=key[1], annulled=False).order_by("pk"):
            one = listed(row)
            runs = all(_in_time(one.item.get(rule.get(k, "")), began, k) for k in ("since", "until"))
            if (
                runs
                and own & set(one.item.get(rule["categories"]) or ())
                and case.pk not in (one.item.get(rule["cases"]) or ())
            ):
                found.append(one)
    return found


def wider(category: str) -> list[str]:
    """A category and those above it."""
    found, scheme = [category], category.partition(":")[0]
    while (known := categories.trees().get(found[-1])) is not None and known.parent:
        found.append(f"{scheme}:{known.parent}")
    return found


def _in_time(day: date | None, began: date, which: str) -> bool:
    return day is None or (day <= began if which == "since" else began <= day)


@dataclass(frozen=True, slots=True)
class Hotspot:
    """A category with many cases in a month: how many, how many the month before, and which."""

    category: str
    number: int
    before: int
    cases: tuple[int, ...]


def hotspots(unit: str, month: str, *, factor: int = 2, least: int = 5) -> list[Hotspot]:
    """Categories with at least `least` complaints and reports of the unit and those below it in a month (2015-05), and `factor` times as many
    as in the month before; the most first. Cases of other secrecy are not looked at."""
    first, last = span_of(month)
    earlier = span_of(f"{(first - timedelta(days=1)):%Y-%m}")
    now, before = (_by_category(unit, *span) for span in ((first, last), earlier))
    found = [Hotspot(c, len(ids), len(before.get(c, ())), tuple(ids)) for c, ids in now.items()]
    rose = [h for h in found if h.number >= least and h.number >= factor * h.before]
    return sorted(rose, key=lambda h: (-h.number, h.category))


def _by_category(unit: str, first: date, last: date) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for category, case_id in books.registered(unit, first, last).values_list("category", "case_id").order_by("case_id"):
        for one in category.split():
            found.setdefault(one, []).append(case_id)
    return found


# -- what is owed


@dataclass(frozen=True, slots=True)
class Owed:
    """Something an entry owes. `late` as of now."""

    due: Due
    entry: Entry
    late: bool


def todo(
    officer: Officer, *, whole_unit: bool = True, roles: Sequence[str] | None = None, most: int = 50
) -> list[Owed]:
    """What the officer's unit owes in registers, the most urgent first."""
    found = Due.objects.filter(subject_kind=REGISTER, owed_unit=officer.unit_id, state=RUNNING, late_at__isnull=False)
    if roles is not None and not whole_unit:
        found = found.filter(owed_role__in=roles)
    return _owed(officer, found, most)


def overdue(officer: Officer, most: int = 200) -> list[Owed]:
    """What is late at the officer's unit and below it."""
    units, now = access.viewer(officer).units, stored(clock.now())
    found = Due.objects.filter(subject_kind=REGISTER, state=RUNNING, owed_unit__in=units, late_at__lte=now)
    return _owed(officer, found, most)


def owed_by(pks: Iterable[int]) -> list[Due]:
    """Everything running that these entries owe."""
    return list(
        Due.objects.filter(subject_kind=REGISTER, subject_id__in=list(pks), state=RUNNING).order_by("late_at", "pk")
    )


def _owed(officer: Officer, found: QuerySet[Due], most: int) -> list[Owed]:
    rows = list(found.filter(Exists(_opening(officer, OuterRef("subject_id")))).order_by("late_at", "pk")[:most])
    entries, now = Entry.objects.in_bulk([r.subject_id for r in rows]), stored(clock.now())
    return [
        Owed(r, entries[r.subject_id], r.late_at is not None and r.late_at <= now)
        for r in rows
        if r.subject_id in entries
    ]
