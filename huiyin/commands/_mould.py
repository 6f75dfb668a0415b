"""What a told story leaves behind, as a form that can be stamped many times (_stamp.py).

A story is told through the application and undone again; its rows stay as a form. Copies are derived, not shifted: a form of the same story
some minutes later is read back from its events like any other case.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any, Final

from django.apps import apps
from django.db import models, transaction

from huiyin.cases import models as cases
from huiyin.cases import numbers, planning, rebuilding
from huiyin.cases.copies import CASE
from huiyin.cases.intake import INDEXED
from huiyin.cases.numbers import Series
from huiyin.cases.writing import EVENT
from huiyin.commands._forms import Form, Slots, form_of
from huiyin.commands._people import Somebody, person, shop
from huiyin.commands._stories import Raw, StoryError, Telling, When, copied
from huiyin.dues.tables import Row, Table, text
from huiyin.moments import stored
from huiyin.notices.models import NOTHING, SENT, Outbox
from huiyin.search import indexing
from huiyin.search.models import PARTS, ClosedRow, OpenRow
from huiyin.vault import actions as vault
from huiyin.vault import chain
from huiyin.vault import models as sealed

FIRST_ID: Final = 900_000_000_000_000  # of forms: ids that no case has, told apart inside any text
OWN: Final = frozenset({
    cases.Event, cases.Draft, cases.AnchorLeaf, cases.IdempotencyKey, sealed.Record, sealed.DataKey, sealed.BlindIndex, sealed.RevealLog,
    OpenRow, ClosedRow,
    *(table.model for table in rebuilding.ALL),
})  # fmt: skip  # written by a stamp itself, or by nothing that a story does


class Undo(Exception):
    """Ends the transaction in which a story was told."""


# -- what a story left behind


@dataclass(slots=True)
class OneCase:
    """Places of one case of a story, and its series."""

    id: int
    id_text: int
    head: int
    number: int
    quoted: int
    series_no: int
    series_text: int
    series: Series
    code: int


@dataclass(slots=True)
class Secret:
    """A sealed value of the story: of which case, and what stands in it; `who` is the person whose it is."""

    case: int
    name: str
    party: str | None
    cls: str
    kind: str
    value: Any
    ref: int
    commitment: int
    who: tuple[int, str] | None = None


@dataclass(slots=True)
class Variant:
    """The rows of the story at one time of day: events (with the parts of their bodies) and everything copied from them."""

    events: list[tuple[int, Form, list[Any]]] = field(default_factory=list)  # case, row, body
    rows: dict[Any, list[Form]] = field(default_factory=dict)  # Table or model -> rows


@dataclass(slots=True)
class Mould:
    """A told story, ready to be stamped. `people`: whom to invent, by a key: (person or shop, place of the credit code)."""

    size: int
    cases: list[OneCase]
    secrets: list[Secret]
    tokens: list[tuple[int, str, str, Any, tuple[int, str] | None]]  # case, party, kind, value, whose
    people: list[tuple[Callable[[Random], Somebody], int | None]]
    outside: list[tuple[int, str]]  # places of numbers of other systems, with how they begin
    fresh: list[int]
    shops: list[tuple[int, str, str]]  # which of the people are businesses that anybody may know: area, kind
    variants: list[Variant]
    columns: dict[Any, tuple[str, ...]]
    words: list[tuple[str, int, int, int, tuple[str, ...]]]  # rows of the search: index, case, place, event, tokens


def mould(
    raw: Raw, when: When, until: datetime, chance: Random, shifts: Sequence[int], cut: int | None = None
) -> Mould:
    """Tell a story and keep its rows; nothing of it stays in the database. `shifts`: minutes by which its variants come later. `cut`: only
    so many events. Raises StoryError, Refused, BadFact."""
    renamed, people, outside = _renamed(raw, chance)
    found: Mould | None = None
    try:
        with transaction.atomic():
            ids = iter(range(FIRST_ID + chance.randrange(10**12) * 10, 2 * FIRST_ID))
            telling = Telling(renamed, when, until, ids, cut)
            told = telling.tell()
            if not told or cases.Case.objects.exclude(pk__in=told).filter(pk__gte=FIRST_ID).exists():
                raise StoryError("nothing to stamp")
            found = _Reader(told, people, outside).mould(shifts)
            raise Undo
    except Undo:
        assert found is not None
        return found


def _renamed(raw: Raw, chance: Random) -> tuple[dict[str, Any], dict[str, Somebody], dict[str, str]]:
    """The story with other people, and numbers of other systems that nobody has."""
    story = copied(raw)
    people = {}
    for id, table in story.get("parties", {}).items():
        if "name" in table:
            somebody = shop(chance) if "credit_code" in table else person(chance)
            new = {
                "name": somebody.name,
                "phone": somebody.phone,
                "address": somebody.address,
                "credit_code": somebody.code,
            }
            table.update({name: value for name, value in new.items() if name in table})
            people[id] = somebody
    outside = {}
    for scene in (story, *story.get("cases", {}).values()):
        for name in ("external_no", "sender_no"):
            if name in scene.get("case", {}):
                own = scene["case"].get("external_no", scene["case"][name])
                outside[own] = own if own in outside else f"{own}-{secrets.token_hex(6)}"
                scene["case"][name] = outside.get(scene["case"][name], outside[own])
                outside[outside[own]] = outside[own]
    return story, people, {new: new.rpartition("-")[0] for new in outside.values()}


class _Reader:
    """Reads what a story left in the database into a mould."""

    def __init__(self, told: Sequence[int], people: Mapping[str, Somebody], outside: Mapping[str, str]) -> None:
        self.told = list(told)
        self.slots = Slots()
        self.somebody = list(people.values())
        self.people: list[tuple[Callable[[Random], Somebody], int | None]] = [
            (shop if one.code else person, self.slots.add(cell=one.code, inside=one.code) if one.code else None)
            for one in self.somebody
        ]  # fmt: skip
        self.outside = [(self.slots.add(cell=no, inside=no), start) for no, start in outside.items()]
        self.fresh: list[int] = []

    def mould(self, shifts: Sequence[int]) -> Mould:
        logs: dict[int, list[dict[str, Any]]] = {
            pk: list(EVENT.model._default_manager.filter(case_id=pk).order_by("seq").values("seq", "body", "hash"))
            for pk in self.told
        }
        one = [self._case(pk, logs[pk]) for pk in self.told]
        secrets_ = list(self._secrets())
        others = list(self._others())
        variants = [self._variant(logs, others, timedelta(minutes=shift)) for shift in shifts]
        columns: dict[Any, tuple[str, ...]] = {table: table.columns for table in (EVENT, *rebuilding.ALL)}
        columns |= {model: names for model, names, _ in others}
        tokens = list(self._tokens(secrets_))
        return Mould(
            self.slots.count,
            one,
            secrets_,
            tokens,
            self.people,
            self.outside,
            self.fresh,
            list(self._shops()),
            variants,
            columns,
            list(self._words()),
        )

    def _case(self, pk: int, log: Sequence[Mapping[str, Any]]) -> OneCase:
        row, add = cases.Case.objects.get(pk=pk), self.slots.add
        act = planning.resume(pk, [(e["seq"], e["body"]) for e in log], log[-1]["hash"])
        registered = next((e for e in act.log.events if e.name == "registered"), None)
        if registered is None or row.number is None or row.series_no is None:
            raise StoryError("the story has no number")
        series = numbers.series_of(
            act.procedure, unit=row.unit, kind=act.fact("kind") or act.procedure.kinds[0], channel=act.fact("channel") or "",
            recorded=registered.recorded,
        )  # fmt: skip
        if series.key != row.series or series.number(row.series_no) != row.number:
            raise StoryError("the number is not of the series that the rules say")
        written = f'"series":{{"key":"{series.key}","no":{row.series_no}}}'
        return OneCase(
            id=add(cell=pk), id_text=add(inside=str(pk)), head=add(cell=row.head_hash), number=add(cell=row.number),
            quoted=add(inside=f'"{row.number}"'), series_no=add(), series_text=add(inside=written), series=series,
            code=add(cell=row.code_hash, inside=row.code_hash),
        )  # fmt: skip

    def _secrets(self) -> Iterator[Secret]:
        keys = list(sealed.DataKey.objects.filter(case_id__in=self.told).values_list("id", flat=True))
        for record in sealed.Record.objects.filter(key_id__in=keys).select_related("key").order_by("ref"):
            value = vault.opened(record)
            ref = self.slots.add(cell=record.ref, inside=record.ref)
            commitment = self.slots.add(cell=record.commitment, inside=record.commitment)
            who = self._whose(record.name, value) if record.kind == sealed.IDENTITY else None
            case = self.told.index(record.case_id)
            party = record.key.party or None
            yield Secret(case, record.name, party, record.key.cls, record.kind, value, ref, commitment, who)

    def _whose(self, name: str, value: Any) -> tuple[int, str] | None:
        if name not in ("name", "phone", "address"):
            return None
        return next(((i, name) for i, one in enumerate(self.somebody) if getattr(one, name) == value), None)

    def _tokens(self, found: Sequence[Secret]) -> Iterator[tuple[int, str, str, Any, tuple[int, str] | None]]:
        known = {(self.told[s.case], s.party, s.name): s for s in found}
        codes = {one.code: i for i, one in enumerate(self.somebody) if one.code}
        names = {kind: name for name, kind in INDEXED.items()}
        rows = sealed.BlindIndex.objects.filter(case_id__in=self.told).values_list("case_id", "party", "kind")
        for pk, party, kind in rows:
            case = self.told.index(pk)
            if kind == "credit_code":
                code = cases.Party.objects.get(case_id=pk, no=party).facts["credit_code"]
                yield case, party, kind, code, (codes[code], "code") if code in codes else None
            else:
                secret = known[pk, party, names[kind]]
                yield case, party, kind, secret.value, secret.who

    def _shops(self) -> Iterator[tuple[int, str, str]]:
        ordinary = cases.Case.objects.filter(pk__in=self.told, secrecy=cases.ORDINARY).values("pk")
        places = {one.code: i for i, one in enumerate(self.somebody) if one.code}
        for party in cases.Party.objects.filter(case_id__in=ordinary, role="respondent"):
            if (code := party.facts.get("credit_code")) in places:
                yield places[code], str(party.facts.get("area") or ""), str(party.facts.get("respondent_kind") or "")

    def _words(self) -> Iterator[tuple[str, int, int, int, tuple[str, ...]]]:
        """The rows of the search: what the story says is the same in every stamp, however the people are called."""
        secrecy = dict(cases.Case.objects.filter(pk__in=self.told).values_list("pk", "secrecy"))
        for name, entries in indexing.entries_of(secrecy).items():
            for e in entries:
                yield name, self.told.index(e.case_id), e.id - e.case_id * PARTS, e.seq, e.tokens

    def _others(self) -> Iterator[tuple[type[models.Model], tuple[str, ...], list[Row]]]:
        """Rows of every other table that speaks of these cases."""
        for model in apps.get_models():
            fields = [f for f in model._meta.concrete_fields if not isinstance(f, models.AutoField)]
            if model in OWN or not any(f.attname == "case_id" for f in fields):
                continue
            rows = model._default_manager.filter(case_id__in=self.told).order_by("pk")
            if found := [tuple(_cell(row, f) for f in fields) for row in rows]:
                yield model, tuple(str(f.column) for f in fields), found

    # -- one time of day

    def _variant(
        self, logs: Mapping[int, Sequence[Mapping[str, Any]]], others: Sequence[Any], later: timedelta
    ) -> Variant:
        found = Variant()
        for place, pk in enumerate(self.told):
            bodies = [(e["seq"], _shifted(e["body"], later)) for e in logs[pk]]
            act = planning.resume(pk, bodies, logs[pk][-1]["hash"])
            for event, (_, body) in zip(act.log.events, bodies, strict=True):
                row = (
                    pk, event.seq, event.name, stored(event.occurred), stored(event.recorded), event.actor.role, event.actor.unit or "",
                    event.actor.person, event.round, event.late_reason is not None, None, None,
                )  # fmt: skip
                found.events.append((place, form_of(row, self.slots), self.slots.parts(body) or [body]))
            for table, rows in rebuilding.wanted(act).items():
                found.rows.setdefault(table, []).extend(self._forms(table, rows.values()))
        for model, columns, rows in others:
            moved = [tuple(v + later if isinstance(v, datetime) else v for v in row) for row in rows]
            if model is Outbox:
                moved = [_sent(row, columns) for row in moved]
            found.rows[model] = [form_of(row, self.slots, self.fresh) for row in moved]
        return found

    def _forms(self, table: Table, rows: Iterable[Row]) -> Iterator[Form]:
        for row in rows:
            form = form_of(row, self.slots)
            if table is CASE:
                at, own = CASE.columns.index("series_no"), self.told.index(row[0])
                form = Form(form.cells, (*form.places, (at, SERIES_NO - own)), form.texts)
            yield form


SERIES_NO: Final = -1  # the series numbers stand at the end of the values, the last case's first


def _cell(row: models.Model, kind: models.Field[Any, Any]) -> Any:
    value = getattr(row, kind.attname)
    return text(value) if isinstance(kind, models.JSONField) and value is not None else value


def _shifted(body: str, later: timedelta) -> str:
    """The body some minutes later; what it says of other moments stays."""
    if not later:
        return body
    raw = json.loads(body)
    for name in ("occurred", "recorded"):
        raw[name] = (datetime.fromisoformat(raw[name]) + later).isoformat(timespec="seconds")
    return chain.canonical(raw)


def _sent(row: Row, columns: Sequence[str]) -> Row:
    """A notice of long ago is no longer waiting."""
    made = row[columns.index("made")]
    if row[columns.index("state")] == NOTHING:
        return row
    done = {"state": SENT, "finished": made}
    return tuple(done.get(name, value) for name, value in zip(columns, row, strict=True))
