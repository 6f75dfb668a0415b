"""What the pages of registers show, in words: values, figures, history, what is owed, refusals."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final

from django.utils.translation import gettext as _

from huiyin.cases import clock
from huiyin.cases.models import Case
from huiyin.core.model import Refused
from huiyin.core.register_figures import Counted
from huiyin.core.registers import Field, Item, Register
from huiyin.dues.models import Due
from huiyin.moments import local
from huiyin.org import categories
from huiyin.org import queries as org
from huiyin.org.models import Officer
from huiyin.registers import books, queries, reasons
from huiyin.registers.models import Entry
from huiyin.registers.queries import Listed, Opened, Past
from huiyin.vault import actions as vault
from huiyin.web import words
from huiyin.web.problems import Line, Problem


@dataclass(frozen=True)
class ValueRow:
    """One field in words. `ref`: it is closed, and may be shown for a reason."""

    label: str
    text: str
    ref: str = ""
    entry: int | None = None


@dataclass(frozen=True)
class FigureRow:
    """One figure in words."""

    counted: Counted
    text: str
    rows: Sequence[tuple[str, int, int]] = ()  # label, value, share of the largest in percent
    missing: Sequence[tuple[int, str]] = ()
    rose: Sequence[str] = ()
    chain: Sequence[Sequence[str]] = ()


@dataclass(frozen=True)
class PastRow:
    """One act of the history in words."""

    past: Past
    title: str
    who: str
    rows: Sequence[ValueRow] = field(default_factory=tuple)
    reason: str = ""


class Names:
    """Names of the people, units and cases that some values name, read once for a page."""

    def __init__(self, register: Register, found: Iterable[Mapping[str, Any]]) -> None:
        people, cases = set[str](), set[int]()
        for name, value in (pair for values in found for pair in values.items()):
            kind = register.fields[name].type if name in register.fields else ""
            parts = value if isinstance(value, tuple | list) else (value,)
            people |= {str(p) for p in parts} if kind in ("officer", "officers") else set()
            cases |= {p for p in parts if isinstance(p, int)} if kind == "cases" else set()
        self.register = register
        self.people = {key: person.display_name for key, person in org.people(people).items()}
        self.cases = books.numbers(cases)

    def text(self, field: Field, value: Any) -> str:
        """A value as people read it."""
        parts = value if isinstance(value, tuple | list) else (value,)
        return "、".join(filter(None, (self._one(field, p) for p in parts)))

    def _one(self, field: Field, value: Any) -> str:
        kind = field.type
        if value is None or value == "":
            return ""
        if kind in ("choice", "choices"):
            return field.options.get(value, str(value))
        if kind in ("unit", "units"):
            return words.unit_label(str(value))
        if kind in ("officer", "officers"):
            return self.people.get(str(value), _("（已不在名册）"))
        if kind == "yes":
            return _("是") if value else _("否")
        if kind == "date":
            return words.date_text(_day(value))
        if kind == "moment":
            return words.moment_text(value if isinstance(value, datetime) else datetime.fromisoformat(str(value)))
        return _SAID.get(kind, str)(value)


def _day(value: Any) -> date:
    return value if isinstance(value, date) else date.fromisoformat(str(value))


_SAID: Final[Mapping[str, Any]] = {
    "money": words.money_text, "role": words.role_label, "categories": categories.path, "cases": lambda v: "",
    "area": lambda v: org.place_labels([v]).get(v, v), "entry": lambda v: "",
    "entries": lambda v: "",
}  # fmt: skip


def value_rows(found: Opened) -> list[ValueRow]:
    """The fields that are set, in the order of the rules; cases stand apart."""
    names, rows = Names(found.register, [found.item.values]), []
    for name, kind in found.register.fields.items():
        value = found.item.get(name)
        if value is None or kind.type == "cases":
            continue
        if kind.personal:
            rows.append(ValueRow(kind.label, "＊＊＊", ref=value.get("vault", "")))
        elif kind.type == "entries":
            labels = [label_of(found, found.ask.book.items[v]) for v in value if v in found.ask.book.items]
            rows.append(ValueRow(kind.label, "\n".join(labels)))
        elif kind.type == "entry":
            named = found.ask.book.items.get(value)
            rows.append(ValueRow(kind.label, label_of(found, named) if named else str(value), entry=value))
        else:
            rows.append(ValueRow(kind.label, names.text(kind, value)))
    return rows


def label_of(found: Opened, item: Item) -> str:
    """The name of another entry of the same tree."""
    register = books.registers().get((found.entry.rule_set, item.register))
    return name_of(register, item) if register is not None else str(item.id)


def name_of(register: Register, item: Item) -> str:
    """An entry's name with people and units by their names."""
    shown = {n: item.get(n) for n in register.shown if item.get(n) is not None}
    names = Names(register, [shown])
    return " ".join(filter(None, (names.text(register.fields[n], v) for n, v in shown.items()))) or register.label


def listed_rows(rows: Sequence[Listed]) -> list[dict[str, Any]]:
    """Entries for a list, each with its name and its first few fields."""
    known = books.registers()
    found = []
    for row in rows:
        register = known.get((row.entry.rule_set, row.entry.register))
        name = name_of(register, row.item) if register else row.label
        found.append(
            {
                "row": row,
                "entry": row.entry,
                "name": name,
                "state": row.state,
                "states": len(register.states) if register else 1,
            }
        )
    return found


def columns(register: Register) -> list[Field]:
    """The fields a table shows beside the name: the first four that are short and not in the name."""
    short = [
        f
        for n, f in register.fields.items()
        if n not in register.shown and f.type not in ("long", "cases", "entry", "entries") and not f.personal
    ]
    return short[:4]


def table(register: Register, rows: Sequence[Listed]) -> list[dict[str, Any]]:
    """Rows of the table of one register: the name, then (label, text) of each column."""
    shown, names = columns(register), Names(register, [r.item.values for r in rows])
    return [
        {
            "entry": r.entry, "name": name_of(register, r.item), "state": r.state,
            "cells": [(f.label, names.text(f, r.item.get(f.name))) for f in shown],
        }
        for r in rows
    ]  # fmt: skip


# -- figures


def figure_rows(found: Opened, counted: Iterable[Counted]) -> list[FigureRow]:
    """Figures in words; a breakdown with the length of its bars."""
    shown = []
    for one in counted:
        most = max((n for _c, _l, n in one.rows), default=0)
        rows = [(label, n, n * 100 // most if most else 0) for _c, label, n in one.rows]
        missing = [(i.id, label_of(found, i)) for i in one.missing[:50]]
        shown.append(FigureRow(one, _figure_text(one), rows, missing, one.rose, _chain(found, one)))
    return shown


def _figure_text(one: Counted) -> str:
    if one.before is not None:
        return _("%(before)d → %(now)d") % {"before": one.value, "now": one.before}
    if one.of is not None:
        share = f"（{one.percent}%）" if one.percent else ""
        return _("%(of)d 中的 %(done)d%(share)s") % {"of": one.of, "done": one.value, "share": share}
    return "" if one.figure.chain else str(one.value)


def _chain(found: Opened, one: Counted) -> list[list[str]]:
    if not one.chain:
        return []
    names = Names(found.register, [fields for _i, fields in one.chain])
    kinds = found.register.fields
    return [
        [names.text(kinds[n], v) if n in kinds else words.unit_label(v) for n, v in fields.items()] for _i, fields in one.chain
    ]  # fmt: skip


# -- history, dues, refusals


def history_rows(found: Opened, history: Sequence[Past]) -> list[PastRow]:
    """The newest first. A reason stands sealed in the vault and is opened here: whoever finds the entry may read why it was corrected."""
    register = found.register
    names = Names(register, [p.changed for p in history])
    people = org.people({p.person for p in history})
    reasons = vault.open_many([p.reason["vault"] for p in history if p.reason])
    rows = []
    for past in reversed(history):
        shown = [_past_value(register.fields[n], v, names) for n, v in past.changed.items() if n in register.fields]
        said = reasons.get(past.reason["vault"]) if past.reason else ""
        who = people[past.person].display_name if past.person in people else _("系统")
        rows.append(
            PastRow(
                past,
                verb_label(register, past.verb),
                f"{words.unit_label(past.unit)} {who}".strip(),
                shown,
                str(said or ""),
            )
        )
    return rows


def _past_value(kind: Field, value: Any, names: Names) -> ValueRow:
    if value == []:
        return ValueRow(kind.label, _("（清空）"))
    if kind.personal:
        return ValueRow(kind.label, "＊＊＊")
    if kind.type in ("cases", "entries"):
        return ValueRow(kind.label, _("%d 项") % len(value))
    return ValueRow(kind.label, names.text(kind, value) or str(value))


def verb_label(register: Register, verb: str) -> str:
    """What was done, in words."""
    step = register.step(verb)
    if step is not None:
        return step.label
    return {"enter": _("登记"), "change": _("更正或补充"), "annul": _("作废")}.get(verb, verb)


def due_rows(dues: Iterable[Due], now: datetime, entries: Mapping[int, Entry] | None = None) -> list[dict[str, Any]]:
    """What is owed, for a list."""
    rows = []
    for due in dues:
        day = due.due_day or now.date()
        left = (day - now.date()).days
        late = left < 0
        told = _("已逾期%d天") % -left if late else _("今天到期") if left == 0 else _("还有%d天") % left
        rows.append({
            "due": due, "clauses": due.clauses.split(), "end": words.day_text(day), "left": told, "unit": due.owed_unit,
            "colour": "red" if late else "amber" if left <= 3 else "green", "entry": (entries or {}).get(due.subject_id),
        })  # fmt: skip
    return rows


def of_refusal(refused: Refused, register: Register, found: Opened | None) -> Problem:
    """Why the rules do not let it be, with their clauses, and what is missing by name."""
    lines = [Line(says, refused.clauses if n == 0 else ()) for n, says in enumerate(refused.says)]
    if missing := reasons.missing(refused):
        lines.insert(0, Line(missing))
    if found is not None and (ids := refused.data.get("entries")):
        items = [found.ask.book.items[i] for i in ids if i in found.ask.book.items]
        lines.append(Line(_("涉及：%s。") % "、".join(label_of(found, i) for i in items[:20])))
    return Problem(reasons.title(refused), lines, fields=tuple(refused.data.get("names", ())))


# -- on the page of a case


def for_case(officer: Any, case: Case) -> dict[str, Any]:
    """The entries that name a case, and those it may be put into by its category, as far as the officer finds them."""
    if not isinstance(officer, Officer):
        return {}
    named = queries.entries_of(officer, case)
    offered = [] if case.ended else queries.proposals(officer, case, local(case.began).date())
    known, rows = books.registers(), listed_rows(offered)
    for row in rows:
        row["field"] = (known[row["entry"].rule_set, row["entry"].register].proposes or {})["cases"]
    return {"named": listed_rows(named), "proposed": rows}


def owed(officer: Officer, whole: bool) -> list[dict[str, Any]]:
    """What the registers owe at the officer's unit, for the list of to-dos: all of it, or what his role does."""
    found = queries.todo(officer, whole_unit=whole, roles=("any", officer.role), most=20)
    return due_rows([one.due for one in found], clock.now(), {one.entry.pk: one.entry for one in found})
