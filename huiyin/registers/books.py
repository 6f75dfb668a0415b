"""From rows to the entries the core knows: which registers there are, the book a question is asked about, the cases that figures count."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import Any, Final

from django.db.models import Q, QuerySet

from huiyin.cases.models import ORDINARY, REPORT, Case, CaseRound
from huiyin.core import register_values as values
from huiyin.core.compose import Library
from huiyin.core.registers import Book, CaseFacts, Item, Register
from huiyin.moments import local, stored
from huiyin.org import procedures
from huiyin.org import queries as org
from huiyin.registers.models import Entry

COUNTED: Final = (ORDINARY, REPORT)  # cases of other secrecy are in no figure
Key = tuple[str, str]  # code of the rule set, name of the register


def registers(on: date | None = None) -> Mapping[Key, Register]:
    """Every register of the rules as in force on the day (today)."""
    library, day = procedures.library(), on or org.today()
    known = _read.get(day)
    if known is None or known[0] is not library:  # rules are read once in a process, and anew where a test says so
        _read.clear()
        known = _read[day] = (library, _registers(library, day))
    return known[1]


_read: dict[date, tuple[Library, Mapping[Key, Register]]] = {}


def _registers(library: Library, on: date) -> Mapping[Key, Register]:
    found: dict[Key, Register] = {}
    for code, versions in library.sets.items():
        valid = [v for v in versions if v.in_force <= on] or versions[:1]
        found |= {(code, e.name): e for v in valid[-1:] for e in v.entries if isinstance(e, Register)}
    return found


def of_set(code: str) -> dict[str, Register]:
    """The registers of one rule set, by name."""
    return {name: register for (at, name), register in registers().items() if at == code}


def adopted_by(unit: str) -> dict[Key, Register]:
    """The registers of the procedures that the unit works by, those that stand alone first."""
    library = procedures.library()
    codes = [
        code
        for a in procedures.adopted(unit)
        if a.procedure in library.procedures
        for code in library.procedures[a.procedure]["rule_sets"]
    ]
    found = {key: r for key, r in registers().items() if key[0] in codes}
    return dict(sorted(found.items(), key=lambda pair: (codes.index(pair[0][0]), bool(pair[1].under))))


def item_of(row: Entry) -> Item:
    """The entry as the core knows it. A value that its field can no longer hold counts as not set."""
    register = registers().get((row.rule_set, row.register))
    found = {name: read(register, name, raw) for name, raw in row.values.items()}
    kept = {name: value for name, value in found.items() if values.is_set(value)}
    return Item(row.pk, row.register, row.unit, row.day, row.state, kept, row.parent_id, row.annulled, row.version)


def read(register: Register | None, name: str, raw: Any) -> Any:
    """A stored value, typed."""
    field = register.fields.get(name) if register else None
    if field is None:
        return tuple(raw) if isinstance(raw, list) else raw
    try:
        return values.parse(field, raw)
    except values.BadValue:
        return None


def book_of(row: Entry | None, code: str, name: str, unit: str) -> Book:
    """The tree of an entry, with the entries of other registers that its rules select."""
    wanted = Q(top_id=row.top_id) if row is not None else Q(pk__in=[])
    others = {n for r in of_set(code).values() for n in _selected(r.raw)}
    if others:
        tree = org.tree()
        units = [unit, *tree.below(unit), *tree.above(unit)]
        chosen = Entry.objects.filter(rule_set=code, register__in=others, unit__in=units)
        wanted |= Q(top_id__in=chosen.values("top_id"))  # with what hangs under them: a rule may ask for it
    return Book([item_of(r) for r in Entry.objects.filter(wanted).order_by("pk")], DbCases())


def _selected(raw: Any) -> Iterator[str]:
    """Names of registers in { register = … }."""
    if isinstance(raw, Mapping):
        if isinstance(raw.get("register"), str):
            yield raw["register"]
        for value in raw.values():
            yield from _selected(value)
    elif isinstance(raw, list | tuple):
        for value in raw:
            yield from _selected(value)


class DbCases:
    """What figures may ask of the cases of the database: never those whose secrecy is more than that of a report."""

    def linked(self, keys: Iterable[Any]) -> list[CaseFacts]:
        ids = [k for k in keys if isinstance(k, int)]
        found: list[CaseFacts] = []
        for start in range(0, len(ids), 500):
            rows = CaseRound.objects.filter(
                case_id__in=ids[start : start + 500], round=1, secrecy__in=COUNTED, void=False
            )
            found += [
                CaseFacts(r["case_id"], _day(r["registered"]), {**r, "category": tuple(r["category"].split())})
                for r in rows.order_by("case_id").values(
                    "case_id", "registered", "kind", "category", "channel", "stage", "outcome", "handling_unit", "amount_fen", "loss_fen",
                    "recovered_fen",
                )
            ]  # fmt: skip
        return found

    def about(self, unit: str, categories: Iterable[str], where: Mapping[str, Any], first: date, last: date) -> int:
        return about(unit, categories, where, first, last).count()


def about(unit: str, categories: Iterable[str], where: Mapping[str, Any], first: date, last: date) -> Any:
    """First rounds of the cases of a unit and those below it that are of these categories and were registered in these days."""
    chosen = Q()
    for category in categories:
        chosen |= Q(category=category) | Q(category__startswith=f"{category} ") | Q(category__endswith=f" {category}")
    known = {k: v for k, v in where.items() if k in ("kind", "channel", "source", "outcome", "satisfaction")}
    found = registered(unit, first, last)
    return found.filter(chosen, **known) if chosen else found.none()


def registered(unit: str, first: date, last: date) -> QuerySet[CaseRound]:
    """First rounds of the cases that a unit and those below it registered from the one day to the other."""
    begin = stored(datetime.combine(max(first, date(1900, 1, 1)), datetime.min.time()))
    end = stored(datetime.combine(last + timedelta(days=1), datetime.min.time()))
    found = CaseRound.objects.filter(
        round=1, secrecy__in=COUNTED, void=False, registered__gte=begin, registered__lt=end
    )
    return found.filter(registrar__in=[unit, *org.tree().below(unit)])


def _day(moment: datetime | None) -> date | None:
    return local(moment).date() if moment is not None else None


def numbers(ids: Iterable[int]) -> dict[int, str]:
    """Numbers of cases."""
    return dict(Case.objects.filter(pk__in=list(ids)).values_list("pk", "number"))  # type: ignore[arg-type]
