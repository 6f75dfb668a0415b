"""Procedures as pages show them: which there are and who works by them, one of them by a day or a hash, who may record what."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from django.utils.translation import gettext as _

from huiyin.core.rules import Procedure, RuleSet
from huiyin.core.wording import Words
from huiyin.languages import load_vocabulary
from huiyin.org import procedures, queries, snapshot
from huiyin.org.models import CompiledProcedure
from huiyin.org.snapshot import Adopted
from huiyin.web import words

COMMON: Final = "common"
HASH: Final = 64


def in_words() -> Words:
    """The words of the vocabulary, in the language of the page."""
    return Words(load_vocabulary(), _)


# -- which there are


@dataclass(frozen=True)
class AdoptedRow:
    """One adoption: who works by it, from when to when. `state`: now, later, over."""

    adopted: Adopted
    unit: str
    state: str
    kinds: str

    @property
    def href(self) -> str:
        """Behind the address of the procedure: the very text that was adopted."""
        return f"?hash={self.adopted.hash}"


def adoptions(units: Iterable[str] | None = None) -> list[AdoptedRow]:
    """What units work by, what they will, what they did: those in force first, then by procedure. `units` none: of everybody."""
    day, wanted = queries.today(), None if units is None else set(units)
    rows = [
        AdoptedRow(a, words.unit_label(a.unit), _state(a, day), words.listed(words.kind_label(k) for k in a.kinds))
        for a in snapshot.current().adoptions
        if (wanted is None or a.unit in wanted) and (a.span.until is None or a.span.until >= a.span.since)
    ]
    order = {"now": 0, "later": 1, "over": 2}
    return sorted(rows, key=lambda r: (order[r.state], r.adopted.procedure, r.unit, r.adopted.span.since))


def _state(adopted: Adopted, day: date) -> str:
    if adopted.span.holds(day):
        return "now"
    return "later" if adopted.span.since > day else "over"


@dataclass(frozen=True)
class Shelf:
    """The procedures of one body."""

    body: str
    rows: list[dict[str, Any]] = field(default_factory=list)


def shelves() -> list[Shelf]:
    """Everything in the library, body by body in the order of the vocabulary; an office's own bodies after them."""
    rules = procedures.library()
    bodies = load_vocabulary().bodies
    found: dict[str, list[dict[str, Any]]] = {body: [] for body in bodies}
    for id, entry in sorted(rules.procedures.items()):
        found.setdefault(id.partition("/")[0], []).append(
            {"id": id, "label": label(id), "kinds": words.listed(words.kind_label(k) for k in entry["kinds"])}
        )
    named = {body: str(bodies.get(body, {}).get("label_zh", body)) for body in found}
    return [Shelf(named[body], rows) for body, rows in found.items() if rows]


def label(id: str) -> str:
    """A procedure as people call it."""
    entry = procedures.library().procedures.get(id, {})
    return str(entry.get("label") or load_vocabulary().procedures.get(id, {}).get("label_zh", id))


# -- one of them


@dataclass(frozen=True)
class Version:
    """One text of a procedure. `key` names it in an address: the day it came into force, or the hash of a text that only the store has."""

    procedure: str
    key: str
    in_force: date
    hash: str
    editions: str

    @property
    def choice(self) -> str:
        """As a value of a list: id@key."""
        return f"{self.procedure}@{self.key}"


def versions(id: str) -> list[Version]:
    """All texts there are: those of the library, the newest first, then stored ones that the library no longer has. One query."""
    rules = procedures.library()
    known = procedures.all_versions(rules, id) if id in rules.procedures else []
    found = [Version(id, p.version.isoformat(), p.version, p.hash, editions(p)) for p in reversed(known)]
    hashes = {v.hash for v in found}
    stored = CompiledProcedure.objects.filter(procedure_id=id).order_by("-in_force", "-stored_at")
    return found + [
        Version(id, hash, in_force, hash, _("（库存文本）"))
        for hash, in_force in stored.values_list("hash", "in_force")
        if hash not in hashes
    ]


def editions(procedure: Procedure) -> str:
    """第1版; of several rule sets how many there are: each stands on the page with its own."""
    own = own_sets(procedure)
    if len(own) == 1:
        return _("第%d版") % own[0].edition
    return _("%d份规定") % len(own)


def own_sets(procedure: Procedure) -> list[RuleSet]:
    """Its rule sets without the common steps."""
    return [s for s in procedure.rule_sets if s.code != COMMON]


def find(id: str, on: str = "", hash: str = "") -> Procedure | None:
    """The text in force on a day (today's newest where none is said), or the one of that hash. None for what there is not."""
    rules = procedures.library()
    if hash:
        return _stored(id, hash) or next((p for p in _known(id) if p.hash == hash), None)
    if id not in rules.procedures:
        newest = CompiledProcedure.objects.filter(procedure_id=id).order_by("-in_force", "-stored_at").first()
        return procedures.procedure_for(newest.hash) if newest is not None else None
    try:
        return rules.procedure(id, date.fromisoformat(on) if on else date.max)
    except ValueError:
        return None


def chosen(choice: str) -> Procedure | None:
    """The text that `Version.choice` names."""
    id, _at, key = choice.partition("@")
    return find(id, hash=key) if len(key) == HASH else find(id, on=key)


def _known(id: str) -> Sequence[Procedure]:
    rules = procedures.library()
    return procedures.all_versions(rules, id) if id in rules.procedures else ()


def _stored(id: str, hash: str) -> Procedure | None:
    if len(hash) != HASH or not hash.isalnum():
        return None
    try:
        found = procedures.procedure_for(hash)
    except procedures.UnknownProcedure:
        return None
    return found if found.id == id else None


# -- who may record what


@dataclass(frozen=True)
class RoleRow:
    """One role and what the rule sets let it record."""

    who: str
    steps: str


def roles(procedure: Procedure) -> list[RoleRow]:
    """Role by role in the order of the vocabulary: the steps of the rule sets, not those that go without saying."""
    vocabulary = load_vocabulary()
    order = {name: i for i, name in enumerate(vocabulary.events)}
    by: dict[str, set[str]] = {}
    for name, steps in procedure.steps.items():
        for step in steps:
            for term in step.by:
                by.setdefault(term, set()).add(name)
    ranked = {role: i for i, role in enumerate(vocabulary.roles)}
    terms = sorted(by, key=lambda t: (ranked.get(t.partition("@")[0], 99), t))
    merged: dict[str, set[str]] = {}
    for term in terms:
        merged.setdefault(words.who_label(term, procedure), set()).update(by[term])
    return [
        RoleRow(who, _("、").join(words.event_label(n) for n in sorted(names, key=lambda n: order.get(n, 999))))
        for who, names in merged.items()
    ]


def choices(unit: str) -> list[tuple[str, list[tuple[str, str]]]]:
    """Every text there is as a list of choices, body by body; those that the unit works by come first. One query."""
    rules, bodies = procedures.library(), load_vocabulary().bodies
    own = procedures.adopted(unit)
    stored = CompiledProcedure.objects.order_by("procedure_id", "-in_force", "-stored_at")
    rows: dict[str, dict[str, str]] = {}
    for id in rules.procedures:
        for one in reversed(procedures.all_versions(rules, id)):
            rows.setdefault(id, {})[one.hash] = _named(id, one.version)
    for id, hash, in_force in stored.values_list("procedure_id", "hash", "in_force"):
        rows.setdefault(id, {}).setdefault(hash, _named(id, in_force) + _("（库存文本）"))
    found: dict[str, list[tuple[str, str]]] = {}
    for id, texts in sorted(rows.items()):
        body = id.partition("/")[0]
        group = found.setdefault(str(bodies.get(body, {}).get("label_zh", body)), [])
        group += [(f"{id}@{hash}", text) for hash, text in texts.items()]
    mine = [(f"{a.procedure}@{a.hash}", rows.get(a.procedure, {}).get(a.hash, a.label)) for a in own]
    return [*([(_("本单位现在采用的"), mine)] if mine else []), *found.items()]


def _named(id: str, in_force: date) -> str:
    return _("%(label)s，%(day)s起施行") % {"label": label(id), "day": words.date_text(in_force)}
