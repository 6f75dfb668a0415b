"""What the worker does for registers: tells of what is overdue and of figures that rose, once for each; looks anew at everything once a day."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from typing import Final

from django.db.models import CharField, Exists, OuterRef
from django.db.models.functions import Cast

from huiyin.cases import clock
from huiyin.cases.writing import writing
from huiyin.core.register_figures import count
from huiyin.core.register_terms import units_at
from huiyin.core.registers import Ask, Register, Tell
from huiyin.dues.models import REGISTER, RUNNING, Due
from huiyin.dues.tables import text
from huiyin.moments import stored
from huiyin.notices import outbox
from huiyin.notices.models import OFFICER, UNIT
from huiyin.notices.outbox import Told
from huiyin.org import queries as org
from huiyin.registers import books, copies
from huiyin.registers.models import Entry
from huiyin.registers.models import Told as Mark

log = logging.getLogger("huiyin.worker")
MANY: Final = 500
LATE, ROSE, ACT = "register_late", "register_rose", "register_act"


def overdue() -> int:
    """Tell whoever owes it, and the head of the unit, of what became overdue. Returns how many were new."""
    now = stored(clock.now())
    told = Mark.objects.filter(
        entry_id=OuterRef("subject_id"), point=Cast(OuterRef("due_day"), CharField()), key=OuterRef("key")
    )
    found = Due.objects.filter(subject_kind=REGISTER, state=RUNNING, late_at__lte=now, due_day__isnull=False)
    rows = list(found.filter(~Exists(told)).order_by("late_at", "pk")[:MANY])
    return sum(_overdue(row) for row in rows)


def _overdue(due: Due) -> int:
    with writing():
        if not Due.objects.filter(pk=due.pk, state=RUNNING, due_day=due.due_day).exists():
            return 0
        if not _claim(due.subject_id, due.key, str(due.due_day)):
            return 0
        data = text({"due": str(due.due_day), "limit": due.says, "number": due.number})
        topic = f"{LATE}:{due.subject_id}:{due.due_day:%y%m%d}:{due.name}"[:40]
        _tell(_owing(due.owed_role, due.owed_unit), due.clauses, due.says, topic, data)
    return 1


def _claim(entry: int, key: str, point: str) -> bool:
    """The first to come here tells; a mark is written with what is told."""
    return Mark.objects.get_or_create(
        entry_id=entry, key=key[:200], point=point, defaults={"made": stored(clock.now())}
    )[1]


def _owing(role: str, unit: str) -> Iterator[tuple[str, str]]:
    """Holders of the role, else the whole unit; and the head."""
    if not unit:
        return
    if role not in ("", "any") and org.holders(role, unit).exists():
        yield OFFICER, f"{role}@{unit}"
    else:
        yield UNIT, unit
    if role != "unit_head" and org.holders("unit_head", unit).exists():
        yield OFFICER, f"unit_head@{unit}"


def _tell(to: Iterator[tuple[str, str]], clauses: str, says: str, topic: str, data: str) -> None:
    at = clock.now()
    rows = [
        outbox.row_of(Told(kind, who, clauses, says, topic=topic, data=data), 0, 0, at)
        for kind, who in dict.fromkeys(to)
    ]
    outbox.insert(rows)


def by_rule(row: Entry, tells: Sequence[Tell], ask: Ask) -> None:
    """What the rules ask to be told of an act, in its transaction: to the holders of a role at a place, else to the unit."""
    register = books.registers()[row.rule_set, row.register]
    for tell in tells:
        data = text({"limit": tell.says, "number": copies.label(register, ask.item)})
        for role, _at, place in (to.partition("@") for to in tell.to):
            for unit in sorted(units_at(place, ask)):
                to = (OFFICER, f"{role}@{unit}") if role != "any" and org.holders(role, unit).exists() else (UNIT, unit)
                _tell(iter([to]), " ".join(tell.clauses), tell.says, f"{ACT}:{row.pk}:{row.head}"[:40], data)


# -- once a day


def daily() -> int:
    """Access and dues by the rules, roster and settings of today, and notes on figures that rose. Returns how many notes were new."""
    copies.refresh()
    return sum(
        _risen(key, register)
        for key, register in books.registers().items()
        if any(f.rise for f in register.body.figures)
    )


def _risen(key: books.Key, register: Register) -> int:
    number, day = 0, clock.now().date()
    for row in (
        Entry.objects.filter(rule_set=key[0], register=key[1], annulled=False).order_by("pk").iterator(chunk_size=200)
    ):
        book = books.book_of(row, *key, row.unit)
        ask = Ask(book, book.items[row.pk], None, day, org.world_for(row.unit))
        for figure in register.body.figures:
            for month in count(figure, ask).rose if figure.rise else ():
                number += _rose(row, register, figure.name, month, ask)
    return number


def _rose(row: Entry, register: Register, name: str, month: str, ask: Ask) -> int:
    figure = next(f for f in register.body.figures if f.name == name)
    assert figure.rise is not None  # by _risen
    role, _, place = figure.rise.to.partition("@")
    with writing():
        if not _claim(row.pk, f"rise:{name}", month):
            return 0
        data = text({"limit": figure.label, "number": copies.label(register, ask.item), "until": month})
        for unit in sorted(units_at(place, ask)):
            _tell(
                _owing(role, unit), " ".join(figure.clauses), figure.says, f"{ROSE}:{row.pk}:{month}:{name}"[:40], data
            )
    log.info("register entry %s: %s rose in %s", row.pk, name, month)
    return 1
