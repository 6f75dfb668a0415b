"""Registers over the API: which there are with their fields, entries as lists and one by one, entering, correcting, steps. The same actions and
queries as the pages."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from django.http import Http404, HttpResponse
from django.utils.translation import gettext as _
from ninja import Path, Query, Router, Schema, Status
from pydantic import Field as Said

from huiyin.accounts import looks
from huiyin.api import examples, problems, shapes, words
from huiyin.api.desk import MOST, DeskRequest, reads, writes
from huiyin.cases import clock
from huiyin.cases import queries as cases
from huiyin.cases.errors import NoSuchCase
from huiyin.core.facts import UNWRITABLE, BadFact
from huiyin.core.model import Refused
from huiyin.core.register_values import BadValue, plain
from huiyin.core.registers import ANNUL, CHANGE, LISTS, Field, Register
from huiyin.moments import stored
from huiyin.org import categories
from huiyin.org import queries as org
from huiyin.registers import actions, books, queries, reasons
from huiyin.registers.queries import Listed, Opened

router = Router(tags=["registers"])
LARGEST: Final = 2**62
TEXTS: Final = frozenset({"text", "long", "date", "moment", "period", "choice", "choices", "texts", "unit", "units", "officer", "officers", "area",
                          "role", "categories"})  # fmt: skip
HIDDEN: Final = "＊＊＊"
Key = Path(..., description="规则代号和台账名称，如 BS-campaign", max_length=80)
Id = Path(..., ge=1, le=LARGEST)


class RegisterField(Schema):
    """A field. `options` by code; `personal`: kept closed, and never shown here."""

    name: str
    label: str
    type: str
    required: bool
    personal: bool
    options: dict[str, str]


class RegisterStep(Schema):
    """A step from one state to another, with the fields that are filled in with it."""

    name: str
    label: str
    fields: list[str]
    clauses: list[str]
    says: str


class RegisterKind(Schema):
    """A register: its fields, states and steps. `may_enter`: this officer may enter something at its top."""

    key: str
    label: str
    says: str
    clauses: list[str]
    may_enter: bool
    entries: int = Said(description="所见的条数，最多数到 100")
    fields: list[RegisterField]
    states: dict[str, str]
    steps: list[RegisterStep]


class EntryLine(Schema):
    """An entry in a list."""

    id: int
    register_key: str
    label: str
    unit: str
    state: shapes.Coded
    day: date
    under: int | None
    annulled: bool
    version: int
    head: int


class EntryPage(Schema):
    """The newest first; `next` is the value of `before` for the following part."""

    items: list[EntryLine]
    next: int | None


class EntryFull(EntryLine):
    """An entry with its values (personal ones covered), what it may be taken through, what it owes, and its cases that this officer may find."""

    values: dict[str, Any]
    may_change: bool
    steps: list[RegisterStep]
    owes: list[shapes.Effect]
    cases: dict[str, list[str]]


class Entering(shapes.Strict):
    """A new entry. `under`: the entry it hangs under; `day`: from which day it counts (today)."""

    values: dict[str, Any] = Said(default_factory=dict, description="各项内容，名称和类型见 GET /registers")
    under: int | None = Said(None, ge=1, le=LARGEST)
    day: date | None = None


class Acting(shapes.Strict):
    """A correction (change), taking out (annul) or a step. `head`: of the entry as it was read; has it changed since, nothing is done."""

    values: dict[str, Any] = Said(default_factory=dict)
    reason: str = Said("", max_length=2000)
    day: date | None = None
    head: int | None = Said(None, ge=1, le=LARGEST)


class PuttingCase(shapes.Strict):
    """A case by its number, for a field that holds cases."""

    field: str = Said(max_length=80)
    case: str = Said(max_length=80)


class EntryDone(Schema):
    """What was written: the entry, what the rules only advise, and entries that followed from it."""

    id: int
    head: int
    state: shapes.Coded
    hints: list[str]
    also: list[int]


# -- reading


@router.get("/registers", auth=reads, response=list[RegisterKind], summary="本单位的台账：有哪些项目、状态和步骤")
def shelves(request: DeskRequest) -> list[RegisterKind]:
    """The registers that stand alone, of the procedures of the unit and of what it finds from other units."""
    return [
        RegisterKind(
            key="-".join(s.key), label=s.register.label, says=s.register.says, clauses=list(s.register.clauses), may_enter=s.may_enter,
            entries=s.entries, fields=[_field(f) for f in s.register.fields.values()], states=dict(s.register.states),
            steps=[_step(one) for one in s.register.body.steps],
        )
        for s in queries.shelves(request.officer)
    ]  # fmt: skip


def _field(kind: Field) -> RegisterField:
    return RegisterField(
        name=kind.name, label=kind.label, type=kind.type, required=kind.required, personal=kind.personal, options=dict(kind.options)
    )  # fmt: skip


def _step(step: Any) -> RegisterStep:
    return RegisterStep(
        name=step.name, label=step.label, fields=list(step.fields), clauses=list(step.clauses), says=step.says
    )


@router.get("/registers/{key}", auth=reads, response=EntryPage, summary="一种台账的各条，新的在前")
def entries(
    request: DeskRequest,
    key: str = Key,
    state: str = Query("", max_length=80),
    unit: str = Query("", max_length=80),
    words: str = Query("", max_length=60, description="名称里的字"),
    annulled: bool = Query(False, description="连同作废的"),
    before: int | None = Query(None, ge=1, le=LARGEST, description="上一页的 next"),
    size: int = Query(50, ge=1, le=MOST),
) -> EntryPage:
    """Entries this officer finds."""
    at, _its_rules = _named(key)
    if any(UNWRITABLE.search(text) for text in (state, unit, words)):
        return EntryPage(items=[], next=None)
    found, following = queries.page(
        request.officer, at, state=state, unit=unit, before=before, text=words, size=size, annulled=annulled
    )
    looks.note(request.officer, looks.LIST, via="api", what=f"register {key} ({len(found)})")
    return EntryPage(items=[_line(one) for one in found], next=following)


@router.get("/registers/entries/{id}", auth=reads, response=EntryFull, summary="一条台账：内容、可办的步骤、到期的事")
def entry(request: DeskRequest, id: int = Id) -> EntryFull:
    """One entry with all that belongs to it. Personal values are not shown through the API."""
    found = _opened(request, id)
    kinds = found.register.fields
    values = {
        name: HIDDEN if kinds[name].personal else plain(value)
        for name, value in found.item.values.items()
        if name in kinds and kinds[name].type != "cases" and found.item.get(name) is not None
    }
    held = {
        name: queries.linked_cases(request.officer, found.entry, name)[0]
        for name, k in kinds.items()
        if k.type == "cases"
    }
    return EntryFull(
        **_line(queries.listed(found.entry)).model_dump(), values=json.loads(json.dumps(values, default=str)), may_change=found.may_change,
        steps=[_step(one) for one in found.steps], owes=[_owed(due) for due in queries.owed_by([found.entry.pk])],
        cases={name: [c.number or f"~{c.pk}" for c in rows] for name, rows in held.items()},
    )  # fmt: skip


def _owed(due: Any) -> shapes.Effect:
    day = due.due_day.isoformat() if due.due_day else None
    late = due.late_at is not None and due.late_at <= stored(clock.now())
    return shapes.Effect(
        clauses=due.clauses.split(), says=due.says, end=words.stored(due.due_moment) if due.due_moment else day, was=None,
        state=due.state, late=late, owed_by=f"{due.owed_role}@{due.owed_unit}",
    )  # fmt: skip


def _line(one: Listed) -> EntryLine:
    row = one.entry
    return EntryLine(
        id=row.pk, register_key=f"{row.rule_set}-{row.register}", label=one.label, unit=row.unit, state=shapes.Coded(code=row.state, label=one.state),
        day=row.day, under=row.parent_id, annulled=row.annulled, version=row.version, head=row.head,
    )  # fmt: skip


def _named(key: str) -> tuple[books.Key, Register]:
    at = queries.key_of(key)
    if at is None:
        raise Http404
    return at, books.registers()[at]


def _opened(request: DeskRequest, id: int) -> Opened:
    found = queries.opened(request.officer, id)
    if found is None:
        raise Http404
    return found


# -- writing


@router.post(
    "/registers/entries/{id}/cases", auth=writes, response=EntryDone, summary="把案件归入一条台账", openapi_extra=examples.body("register_case"),
)  # fmt: skip
def put_case(request: DeskRequest, body: PuttingCase, id: int = Id) -> Any:
    """Put a case that this officer finds into a field of an entry."""
    found = _opened(request, id)
    kind = found.register.fields.get(body.field)
    if kind is None or kind.type != "cases":
        raise BadFact(None, "field", "unknown_fact", "text", body.field)
    if UNWRITABLE.search(body.case):
        raise NoSuchCase(body.case)
    number = "#" + body.case[1:] if body.case.startswith("~") else body.case
    case = cases.by_number(request.officer, number)
    return _tried(found.register, lambda: actions.assign(found.entry, body.field, case, by=request.officer))


@router.post(
    "/registers/entries/{id}/{verb}", auth=writes, response=EntryDone, summary="更正（change）、作废（annul）或办一个步骤",
    openapi_extra=examples.body("register_act"),
)  # fmt: skip
def act(request: DeskRequest, body: Acting, id: int = Id, verb: str = Path(..., max_length=80)) -> Any:
    """Correct an entry, take it out, or take it through a step of its rules. A change and taking out ask for a reason."""
    found = _opened(request, id)
    if verb not in (CHANGE, ANNUL) and found.register.step(verb) is None:
        raise Http404
    if UNWRITABLE.search(body.reason):
        raise BadFact(None, "reason", "bad_characters", "text")

    def do() -> actions.Done:
        given = _checked(request, found.register, body.values)
        return actions.act(
            found.entry, verb, given, by=request.officer, reason=body.reason, day=_day(body.day), head=body.head
        )

    return _tried(found.register, do)


@router.post(
    "/registers/{key}", auth=writes, response={201: EntryDone}, summary="登记一条台账", openapi_extra=examples.body("register_entry"),
)  # fmt: skip
def enter(request: DeskRequest, body: Entering, key: str = Key) -> Any:
    """Enter something in a register; under another entry where the rules say so."""
    at, register = _named(key)
    over = _opened(request, body.under).entry if body.under is not None else None

    def do() -> actions.Done:
        given = _checked(request, register, body.values)
        return actions.enter(at, given, by=request.officer, under=over, day=_day(body.day))

    found = _tried(register, do)
    return found if isinstance(found, HttpResponse) else Status(201, found)


def _day(day: date | None) -> date | None:
    if day is not None and not 1900 <= day.year <= 2200:
        raise BadValue("day", "a date")
    return day


def _tried(register: Register, do: Any) -> Any:
    """Do it; what the rules or the fields do not let be is told as a problem."""
    try:
        done: actions.Done = do()
    except Refused as refused:
        lines = [reasons.missing(refused), *refused.says]
        return problems.problem(
            409, "refused", reasons.title(refused), " ".join(filter(None, lines)), code=refused.code, stage=refused.stage,
            clauses=list(refused.clauses), says=[{"text": text, "clauses": list(refused.clauses)} for text in refused.says],
            missing=list(refused.data.get("names", ())),
        )  # fmt: skip
    except BadValue as bad:
        said = reasons.of_bad_value(bad, register)
        return problems.problem(
            422, "bad-fact", _("填写的内容有误"), said, code="bad_value", fact=bad.field, expected=bad.expected
        )
    row = done.entry
    label = register.states.get(row.state, row.state)
    return EntryDone(
        id=row.pk, head=row.head, state=shapes.Coded(code=row.state, label=label), hints=list(done.hints), also=[one.pk for one in done.also]
    )  # fmt: skip


def _checked(request: DeskRequest, register: Register, given: Mapping[str, Any]) -> dict[str, Any]:
    """What may be taken from outside as values: plain ones, naming what there is. Cases go into an entry by their own address."""
    for name, raw in given.items():
        kind = register.fields.get(name)
        if kind is None or kind.type == "cases":
            raise BadValue(UNWRITABLE.sub("", name)[:80], "one of the fields of the register")
        parts = raw if isinstance(raw, list) and kind.type in LISTS else [raw]
        for one in parts:
            _check_one(request, kind, one)
    return dict(given)


def _check_one(request: DeskRequest, kind: Field, raw: Any) -> None:
    if raw is None:
        return
    if kind.type in TEXTS and not isinstance(raw, str):
        raise BadValue(kind.name, "a text")
    if isinstance(raw, str) and UNWRITABLE.search(raw):
        raise BadValue(kind.name, "a text without control characters")
    if not isinstance(raw, str | int):
        raise BadValue(kind.name, "a plain value")
    if raw != "" and not _is_there(request, kind, raw):
        raise BadValue(kind.name, "something that there is")


def _is_there(request: DeskRequest, kind: Field, raw: Any) -> bool:
    """Does the unit, person, area, category or entry exist that the value names?"""
    if kind.type in ("unit", "units"):
        return raw in org.tree().units
    if kind.type in ("officer", "officers"):
        return raw in org.people([raw])
    if kind.type == "categories":
        return categories.valid(raw, org.today())
    if kind.type == "area":
        return raw in org.place_labels([raw])
    if kind.type in ("entry", "entries"):
        known = isinstance(raw, int) and not isinstance(raw, bool) and 0 < raw < LARGEST
        row = queries.visible_to(request.officer).filter(pk=raw).first() if known else None
        return row is not None and (not kind.of or row.register in kind.of)
    return True
