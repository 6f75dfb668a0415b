"""The body of an event, format 1: what is hashed, what stays for decades, and back into the core's Event (docs/decisions/0002-the-log.md).

A body holds whole numbers and texts, in lists and tables, nothing else. A truth value is written "true" or "false"; money is in fen; a date is
2026-05-01, a moment 2026-05-01T09:00:00+08:00. Facts get their types back from the vocabulary. Answers of the world (`seen`) have no type
there: in them the texts "true" and "false" are truth values, and dates and moments stand in a table that says so. A sealed value stands as
{"vault": ref, "c": commitment}, a file as {"file": id, "c": commitment}. What says nothing (none, an empty list) is left out.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Final

from huiyin.core.facts import LISTS, ZONE
from huiyin.core.model import EMPTY, Actor, Event, OpenCase, Party, Sealed
from huiyin.core.vocabulary import FactType, Vocabulary, load_vocabulary
from huiyin.core.workdays import Period
from huiyin.vault import chain
from huiyin.vault.refs import VaultRef

FORMAT: Final = 1
TRUTH: Final = {"true": True, "false": False}
NO_PARTIES: Final[Mapping[str, Party]] = MappingProxyType({})


class UnknownFormat(ValueError):
    """A body of a format that this version of Huiyin does not read."""


@dataclass(frozen=True, slots=True)
class Pin:
    """What the first event of a case fixes, and `rebased` moves: the rules by the hash of their compiled text; the digest of the query code."""

    procedure: str
    hash: str
    code: str = ""
    unit: str = ""  # where the case was begun: its registrar until one is recorded


Identity = Mapping[str, Mapping[str, VaultRef]]  # party -> personal fact -> where it is sealed


@dataclass(frozen=True, slots=True)
class Extra:
    """What a body holds beside the core's event."""

    pin: Pin | None = None
    series: tuple[str, int] | None = None  # of the number that this event gave the case
    opened: int | None = None  # id of the case that the event began
    via: str = ""  # how it was entered: web, api, import; empty at a desk
    identity: Identity = field(default_factory=dict)


NOTHING: Final = Extra()


# -- writing


def text_of(event: Event, extra: Extra = NOTHING) -> str:
    """The text of the body that is hashed and stored. Raises BadBody for what may not stand in one."""
    body: dict[str, Any] = {
        "v": FORMAT,
        "name": event.name,
        "occurred": event.occurred.isoformat(timespec="seconds") + ZONE,
        "recorded": event.recorded.isoformat(timespec="seconds") + ZONE,
        "by": _actor(event.actor),
        "round": event.round,
        "facts": _table(event.facts),
        "case": _table(event.case_facts),
        "parties": {no: _party(party, extra.identity.get(no, EMPTY)) for no, party in event.parties.items()},
        "re": list(event.re),
        "seen": {name: _answer(value) for name, value in event.seen.items() if value is not None},
        "late_reason": _value(event.late_reason),
        "clauses": list(event.clauses),
        "opens": _opens(event.opens, extra.opened),
        "pin": _pin(extra.pin),
        "series": {"key": extra.series[0], "no": extra.series[1]} if extra.series else None,
        "via": extra.via,
    }
    return chain.canonical({key: value for key, value in body.items() if value or value == 0})


def _actor(actor: Actor) -> dict[str, str]:
    found = {"role": actor.role, "unit": actor.unit, "person": actor.person, "party": actor.party}
    return {k: v for k, v in found.items() if v} | ({"deputy": "true"} if actor.deputy else {})


def _party(party: Party, sealed: Mapping[str, VaultRef]) -> dict[str, Any]:
    if set(sealed) != party.has:
        raise chain.BadBody(f"parties.{party.id}: what is sealed and what is there differ")
    table = {
        "role": party.role,
        "facts": _table(party.facts),
        "has": {name: ref.body() for name, ref in sealed.items()},
    }
    return {key: value for key, value in table.items() if value}


def _opens(opens: OpenCase | None, case_id: int | None) -> dict[str, Any] | None:
    if opens is None:
        return None
    found = {"procedure": opens.procedure, "relation": opens.relation, "kind": opens.kind, "case": case_id}
    return {key: value for key, value in found.items() if value}


def _pin(pin: Pin | None) -> dict[str, str] | None:
    if pin is None:
        return None
    found = {"procedure": pin.procedure, "hash": pin.hash, "code": pin.code, "unit": pin.unit}
    return {key: value for key, value in found.items() if value}


def _table(facts: Mapping[str, Any]) -> dict[str, Any]:
    written = ((name, _value(value)) for name, value in facts.items())
    return {name: value for name, value in written if value is not None and value != [] and value != ""}


def _value(value: Any) -> Any:
    """A typed value in the form of the body."""
    kind = type(value)
    if kind is str or kind is int or value is None:
        return value
    if kind is bool:
        return "true" if value else "false"
    if isinstance(value, Sealed):
        return _sealed(value)
    if kind is datetime:
        return value.isoformat(timespec="seconds") + ZONE
    if kind is date:
        return value.isoformat()
    if kind is Period:
        return {"n": value.n, "unit": value.unit}
    if kind in (tuple, list):
        return [_value(item) for item in value]
    raise chain.BadBody(f"a value of type {kind.__name__}")


def _sealed(value: Sealed) -> dict[str, str]:
    if not isinstance(value, VaultRef) or value.pending or not value.commitment:
        raise chain.BadBody("a personal value that was not sealed")
    return value.body()


def _answer(value: Any) -> Any:
    """An answer of the world: its type cannot be looked up later, so it says what it is."""
    if isinstance(value, bool) or value is None:
        return _value(value)
    if isinstance(value, str):
        if value in TRUTH:
            raise chain.BadBody(f"an answer of the world that reads {value!r}")
        return value
    if isinstance(value, datetime):
        return {"$moment": _value(value)}
    if isinstance(value, date):
        return {"$date": _value(value)}
    if isinstance(value, Mapping):
        return {str(key): _answer(item) for key, item in value.items() if item is not None}
    if isinstance(value, list | tuple | set | frozenset):
        items = sorted(value) if isinstance(value, set | frozenset) else value
        return [_answer(item) for item in items]
    return _value(value)


# -- reading


@dataclass(slots=True)
class Log:
    """A case's events with all that stands beside them. Grows with each event that is taken in."""

    events: list[Event] = field(default_factory=list)
    pin: Pin | None = None
    code: str = ""
    unit: str = ""
    series: tuple[str, int] | None = None
    number: str | None = None
    identity: dict[str, Mapping[str, VaultRef]] = field(default_factory=dict)
    opened: dict[int, int] = field(default_factory=dict)  # seq -> case

    def take(self, event: Event, extra: Extra) -> None:
        """One more event."""
        self.events.append(event)
        if extra.pin is not None:
            self.pin, self.code, self.unit = extra.pin, extra.pin.code or self.code, extra.pin.unit or self.unit
        if extra.series is not None:
            self.series, self.number = extra.series, event.case_facts["number"]
        if extra.opened is not None:
            self.opened[event.seq] = extra.opened
        if event.parties:
            self.identity.update({no: extra.identity.get(no, EMPTY) for no in event.parties})


def read_all(rows: Iterable[tuple[int, str]], vocabulary: Vocabulary | None = None) -> Log:
    """The log of a case from (seq, body) in their order. Raises UnknownFormat."""
    words, log = vocabulary or load_vocabulary(), Log()
    for seq, text in rows:
        raw = json.loads(text)
        log.take(_event(seq, raw, words), _extra(raw))
    return log


def _extra(raw: dict[str, Any]) -> Extra:
    pin, parties, opens, series, via = map(raw.get, ("pin", "parties", "opens", "series", "via"))
    if not (pin or parties or opens or series or via):
        return NOTHING
    identity = {
        no: {name: VaultRef.from_body(ref) for name, ref in party["has"].items()}
        for no, party in (parties or EMPTY).items()
        if "has" in party
    }
    return Extra(
        Pin(**pin) if pin else None,
        (series["key"], series["no"]) if series else None,
        (opens or EMPTY).get("case"),
        via or "",
        identity,
    )


def _event(seq: int, raw: dict[str, Any], words: Vocabulary) -> Event:
    if raw["v"] != FORMAT:
        raise UnknownFormat(f"event {seq}: format {raw['v']}")
    name, get = raw["name"], raw.get
    by = raw["by"]
    facts = get("facts")
    case, parties, seen, late, opens = get("case"), get("parties"), get("seen"), get("late_reason"), get("opens")
    return Event(
        seq,
        name,
        datetime.fromisoformat(raw["occurred"][:19]),
        datetime.fromisoformat(raw["recorded"][:19]),
        Actor(by["role"], by.get("unit"), by.get("person", ""), by.get("party"), "deputy" in by),
        _facts(facts, _readers(words, name, facts.get("for") if name == "proposed" else None)) if facts else EMPTY,
        _facts(case, _case_readers(words)) if case else EMPTY,
        {no: _read_party(no, party, words) for no, party in parties.items()} if parties else NO_PARTIES,
        tuple(get("re", ())),
        {key: _read_answer(value) for key, value in seen.items()} if seen else EMPTY,
        get("round", 1),
        VaultRef.from_body(late) if type(late) is dict else late,
        OpenCase(opens["procedure"], opens["relation"], opens.get("kind", "")) if opens else None,
        tuple(get("clauses", ())),
    )


def _read_party(no: str, raw: Mapping[str, Any], words: Vocabulary) -> Party:
    facts = raw.get("facts")
    return Party(
        no, raw["role"], _facts(facts, _party_readers(words)) if facts else EMPTY, frozenset(raw.get("has", ()))
    )


def _facts(raw: Mapping[str, Any], readers: Mapping[str, Reader]) -> dict[str, Any]:
    found = {}
    for name, value in raw.items():
        kind = type(value)
        if kind is dict and "vault" in value:
            found[name] = VaultRef.from_body(value)
        else:
            reader = readers.get(name)
            found[name] = value if reader is None else reader(value)
    return found


def _read_answer(value: Any) -> Any:
    kind = type(value)
    if kind is str:
        return TRUTH.get(value, value)
    if kind is list:
        return [_read_answer(item) for item in value]
    if kind is dict:
        if "$moment" in value:
            return datetime.fromisoformat(value["$moment"][:19])
        if "$date" in value:
            return date.fromisoformat(value["$date"])
        return {key: _read_answer(item) for key, item in value.items()}
    return value


# -- types of facts: readers by name, none where the value stands as it is

Reader = Callable[[Any], Any]


def _moment(raw: str) -> date | datetime:
    return date.fromisoformat(raw) if len(raw) == 10 else datetime.fromisoformat(raw[:19])


READERS: Final[dict[str, Reader]] = {
    "bool": lambda raw: raw == "true",
    "date": date.fromisoformat,
    "moment": _moment,
    "period": lambda raw: Period(raw["n"], raw["unit"]),
    **dict.fromkeys(LISTS, tuple),
    "file": lambda raw: _sealed_or(raw),
    "files": lambda raw: tuple(_sealed_or(one) for one in raw),
}


def _sealed_or(raw: Any) -> Any:
    """One of the values of a list: a file, a sealed name, or what stands there in plain."""
    return VaultRef.from_body(raw) if type(raw) is dict else raw


def _of(kinds: Mapping[str, FactType]) -> dict[str, Reader]:
    return {name: READERS[kind.type] for name, kind in kinds.items() if kind.type in READERS}


@lru_cache(maxsize=1024)
def _readers(words: Vocabulary, name: str, proposed: str | None) -> dict[str, Reader]:
    own = _of(words.events[name].facts) if name in words.events else {}
    return {**_of(words.events[proposed].facts), **own} if proposed in words.events else own


@lru_cache(maxsize=8)
def _case_readers(words: Vocabulary) -> dict[str, Reader]:
    return _of(words.case_facts)


@lru_cache(maxsize=8)
def _party_readers(words: Vocabulary) -> dict[str, Reader]:
    return _of(words.party_facts)
