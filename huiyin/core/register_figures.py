"""Figures of an entry: counts, sums, shares, breakdowns that keep their zeros, months side by side, a rise that is told. Counted, never stored."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from math import prod
from typing import Any

from huiyin.core import register_values as values
from huiyin.core.duties import MONTHS
from huiyin.core.register_values import span_of
from huiyin.core.registers import Ask, CaseFacts, CaseQuery, Figure, Item, as_day

Unit = Item | CaseFacts


@dataclass(frozen=True, slots=True)
class Counted:
    """A figure. `of`: what it is a share of; `missing`: entries of the whole that are not in it; `rows`: (key, label, value) of a breakdown;
    `named`: the entries counted; `before`: the figure of the period it is set against; `rose`: months that rose over the threshold."""

    figure: Figure
    value: int
    of: int | None = None
    missing: tuple[Item, ...] = ()
    rows: tuple[tuple[str, str, int], ...] = ()
    named: tuple[Item, ...] = ()
    before: int | None = None
    rose: tuple[str, ...] = ()
    chain: tuple[tuple[Item, dict[str, Any]], ...] = ()

    @property
    def any(self) -> bool:
        """Does it say anything? Nothing counted of nothing does not; rows that always stand there do."""
        return bool(self.value or self.of or self.before or self.chain or (self.figure.zeros and self.rows))

    @property
    def percent(self) -> str:
        return values.percent(self.value, self.of) if self.of is not None else ""


def count(figure: Figure, ask: Ask, span: tuple[date, date] | None = None) -> Counted:
    """The figure as of now; `span`: only what falls between these days (both included), by the figure's `date`."""
    if figure.chain:
        return Counted(figure, 0, chain=tuple(_chain(figure, ask)))
    if figure.cases is not None and figure.cases.about is not None:
        return _about(figure, figure.cases, ask)
    units = _units(figure, ask, span)
    value = _sum(figure, units)
    of, missing = _whole(figure, ask, units, span)
    named = tuple(u for u in units if isinstance(u, Item))
    rows, rose = _rows(figure, units, ask)
    return Counted(figure, value, of, missing, rows, named, rose=rose)


def _chain(figure: Figure, ask: Ask) -> Iterable[tuple[Item, dict[str, Any]]]:
    """The entry and those of the same register above it, from the top, each with the fields that are asked for."""
    line = [ask.item, *(i for i in ask.book.above(ask.item) if i.register == ask.item.register)]
    for item in reversed(line):
        yield item, {name: item.unit if name == "unit" else item.get(name) for name in figure.chain}


def _about(figure: Figure, query: CaseQuery, ask: Ask) -> Counted:
    """All cases about the categories of a field, in the period of one field, set against that of another."""
    wanted = ask.item.get(query.about or "") or ()
    found: list[int | None] = []
    for name in (figure.within, figure.against):
        period = ask.item.get(name) if name else None
        first, last = span_of(period) if period else (date.min, ask.day)
        found.append(
            ask.book.cases.about(ask.item.unit, wanted, query.where, first, last) if name or not found else None
        )
    return Counted(figure, found[0] or 0, before=found[1])


def _units(figure: Figure, ask: Ask, span: tuple[date, date] | None) -> list[Unit]:
    if figure.cases is not None:
        linked: list[Unit] = list(_linked(figure.cases, ask))
        return [u for u in linked if span is None or _inside(_date(figure, u), span)]
    assert figure.count is not None  # by register_rules
    found: list[Unit] = list(figure.count(ask))
    return [u for u in found if span is None or figure.date is None or _inside(_date(figure, u), span)]


def _linked(query: CaseQuery, ask: Ask) -> list[CaseFacts]:
    """Each case once, however many entries below name it."""
    keys: dict[Any, None] = {}
    for item in ask.book.all_under(ask.item):
        keys.update(dict.fromkeys(item.get(query.linked or "") or ()))
    return [c for c in ask.book.cases.linked(keys) if all(_fits(c.get(k), v) for k, v in query.where.items())]


def _fits(value: Any, wanted: Any) -> bool:
    mine = set(value) if isinstance(value, tuple | list) else {value}
    return bool(mine & set(wanted if isinstance(wanted, list) else [wanted]))


def _date(figure: Figure, unit: Unit) -> date | None:
    if isinstance(unit, CaseFacts):
        return unit.day
    return as_day(unit.get(figure.date)) if figure.date else unit.day


def _inside(day: date | None, span: tuple[date, date]) -> bool:
    return day is not None and span[0] <= day <= span[1]


def _sum(figure: Figure, units: Iterable[Unit]) -> int:
    """How many; or the sum of a field (of a list: how many it names), of several fields the sum of their products."""
    found = list(units)
    return sum(prod(_amount(u.get(name)) for name in figure.sum) for u in found) if figure.sum else len(found)


def _amount(value: Any) -> int:
    return len(value) if isinstance(value, tuple) else int(value or 0)


def _whole(
    figure: Figure, ask: Ask, units: list[Unit], span: tuple[date, date] | None
) -> tuple[int | None, tuple[Item, ...]]:
    if figure.of is None:
        return None, ()
    if isinstance(figure.of, str):
        return int(ask.item.get(figure.of) or 0), ()
    whole = [u for u in figure.of(ask) if span is None or figure.date is None or _inside(_date(figure, u), span)]
    done = {u.id for u in units if isinstance(u, Item)}
    return len(whole), tuple(i for i in whole if i.id not in done)


def _rows(figure: Figure, units: list[Unit], ask: Ask) -> tuple[tuple[tuple[str, str, int], ...], tuple[str, ...]]:
    if figure.per is not None:
        return _months(figure, units, ask)
    if figure.by is None:
        return (), ()
    options: dict[str, str] = dict(figure.by_field.options) if figure.by_field is not None else {}
    groups: dict[str, list[Unit]] = {code: [] for code in options}
    for name in figure.zeros:
        groups |= {code: [] for code in ask.item.get(name) or () if code not in groups}
    for unit in units:
        value = unit.get(figure.by)
        for code in value if isinstance(value, tuple | list) else (value,):
            if values.is_set(code):
                groups.setdefault(_code(code), []).append(unit)
    return tuple((code, options.get(code, code), _sum(figure, found)) for code, found in groups.items()), ()


def _code(value: Any) -> str:
    return {True: "yes", False: "no"}.get(value, str(value)) if isinstance(value, bool) else str(value)


def _months(figure: Figure, units: list[Unit], ask: Ask) -> tuple[tuple[tuple[str, str, int], ...], tuple[str, ...]]:
    """Every period from the first to the last that has anything, those with nothing as 0; a rise only over a month that is over."""
    groups: dict[str, list[Unit]] = {}
    for unit in units:
        if (day := _date(figure, unit)) is not None:
            groups.setdefault(_label(figure.per or "", day), []).append(unit)
    if not groups:
        return (), ()
    labels = _between(figure.per or "", min(groups), max(groups))
    rows = tuple((label, label, _sum(figure, groups.get(label, ()))) for label in labels)
    rose = []
    if figure.rise is not None:
        factor = int(ask.item.get(figure.rise.field) or 2) if figure.rise.field else figure.rise.factor
        for (_, _, before), (label, _, now) in zip((("", "", 0), *rows), rows, strict=False):
            over = span_of(label)[1] < ask.day
            if over and before > 0 and now >= max(factor * before, figure.rise.least):
                rose.append(label)
    return rows, tuple(rose)


def _label(per: str, day: date) -> str:
    number = (day.month - 1) // MONTHS[per] + 1
    return {"month": f"{day.year}-{day.month:02}", "quarter": f"{day.year}-Q{number}"}.get(per, str(day.year))


def _between(per: str, first: str, last: str) -> list[str]:
    found = [first]
    while found[-1] != last and len(found) < 600:
        found.append(_label(per, span_of(found[-1])[1] + timedelta(days=1)))
    return found
