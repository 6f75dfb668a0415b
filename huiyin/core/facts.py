"""Typed values of facts: from TOML, JSON or forms into Python, and back into the plain form that stands in the log."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime, timedelta, timezone
from typing import Any

from huiyin.core.model import Sealed
from huiyin.core.vocabulary import FactType, Vocabulary
from huiyin.core.workdays import UNITS, Period

LISTS = {"texts", "codes", "units", "officers", "parties", "clauses", "files", "case_refs"}
STRINGS = {"unit", "officer", "party", "place", "event_name", "event_ref", "case_ref", "clause", "file", "text"}
ZONE = "+08:00"
UNWRITABLE = re.compile("[\\x00\\ud800-\\udfff]")  # no database keeps the one, UTF-8 has not the others
LARGEST = 10**15  # of whole numbers and fen: more than a matter can be about, and what every database holds
LONGEST = 100_000  # of any unit of time
YEARS = range(1900, 2200)


class BadFact(ValueError):
    """A fact that the vocabulary does not know, or a value that is not of its type. `code` names the fault, `expected` the type."""

    def __init__(self, event: str | None, fact: str, code: str, expected: str = "", value: Any = None) -> None:
        super().__init__(f"{event or 'case'}.{fact}: {code}{f', {expected} expected' if expected else ''}")
        self.event, self.fact, self.code, self.expected, self.value = event, fact, code, expected, value


def parse(kind: FactType, raw: Any, vocabulary: Vocabulary, event: str | None = None) -> Any:
    """Value of the fact's type. A single value may stand for a list; a bare date for a moment stays a date (its 24:00)."""
    if isinstance(raw, Sealed):
        return raw
    if kind.type in LISTS:
        items = raw if isinstance(raw, list | tuple) else [raw]
        if kind.type == "codes":
            return tuple(_code(kind, item, vocabulary, event) for item in items)
        return tuple(_string(kind, item, event) for item in items)
    if kind.type == "code":
        return _code(kind, raw, vocabulary, event)
    if kind.type in STRINGS:
        return _string(kind, raw, event)
    return _scalar(kind, raw, event)


def _string(kind: FactType, raw: Any, event: str | None) -> Any:
    if isinstance(raw, Sealed):
        return raw
    if not isinstance(raw, str):
        raise BadFact(event, kind.name, "wrong_type", kind.type, raw)
    if UNWRITABLE.search(raw):
        raise BadFact(event, kind.name, "bad_characters", kind.type)
    return raw


def _code(kind: FactType, raw: Any, vocabulary: Vocabulary, event: str | None) -> str:
    if not isinstance(raw, str):
        raise BadFact(event, kind.name, "wrong_type", kind.type, raw)
    values = kind.values or ""
    if values not in vocabulary.free and raw not in vocabulary.values.get(values, {}):
        raise BadFact(event, kind.name, "unknown_code", values, raw)
    return raw


def _scalar(kind: FactType, raw: Any, event: str | None) -> Any:
    try:
        if kind.type == "bool" and isinstance(raw, bool):
            return raw
        if kind.type in ("int", "money_fen") and isinstance(raw, int) and not isinstance(raw, bool):
            if abs(raw) > LARGEST:
                raise BadFact(event, kind.name, "too_large", kind.type, raw)
            return raw
        if kind.type in ("date", "moment"):
            return possible(parse_date(raw) if kind.type == "date" else parse_moment(raw), event, kind.name)
        if kind.type == "period":
            return _period(kind, raw, event)
    except BadFact:
        raise
    except (ValueError, KeyError, TypeError) as error:
        raise BadFact(event, kind.name, "wrong_type", kind.type, raw) from error
    raise BadFact(event, kind.name, "wrong_type", kind.type, raw)


def _period(kind: FactType, raw: Any, event: str | None) -> Period:
    found = raw if isinstance(raw, Period) else Period(int(raw["n"]), str(raw["unit"]))
    if found.unit not in UNITS:
        raise BadFact(event, kind.name, "wrong_type", kind.type, raw)
    if not 0 <= found.n <= LONGEST:
        raise BadFact(event, kind.name, "too_large", kind.type, raw)
    return found


def possible(moment: Any, event: str | None, name: str) -> Any:
    """A date or moment that a matter can have. Raises BadFact for slips of the pen like the year 202 or 20260."""
    if moment.year not in YEARS:
        raise BadFact(event, name, "impossible_date", "date", moment)
    return moment


def parse_date(raw: Any) -> date:
    if isinstance(raw, datetime):
        raise ValueError("a date, not a moment")
    return raw if isinstance(raw, date) else date.fromisoformat(raw)


def parse_moment(raw: Any) -> datetime | date:
    """A naive local moment; a bare date stays a date. A zone is turned into the body's own."""
    if isinstance(raw, str):
        if len(raw) == 10:
            return date.fromisoformat(raw)
        raw = datetime.fromisoformat(raw)
    if isinstance(raw, datetime):
        return to_local(raw).replace(microsecond=0)
    if isinstance(raw, date):
        return raw
    raise ValueError("a moment")


def to_local(moment: datetime) -> datetime:
    """Naive local time of Asia/Shanghai (no daylight saving since 1991, so one offset serves every case)."""
    if moment.tzinfo is None:
        return moment
    return moment.astimezone(timezone(timedelta(hours=8))).replace(tzinfo=None)


def split(
    vocabulary: Vocabulary, event: str, given: Mapping[str, Any], *, proposed: str | None = None
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Checked facts of the event and, where it takes them, of the case. Raises BadFact for what the vocabulary does not know."""
    kind = vocabulary.events.get(event)
    if kind is None:
        raise BadFact(event, "event", "unknown_event")
    facts: dict[str, Any] = {}
    case: dict[str, Any] = {}
    other = vocabulary.events.get(proposed) if proposed else None
    for name, raw in given.items():
        if raw is None:
            continue
        if name in kind.facts:
            facts[name] = parse(kind.facts[name], raw, vocabulary, event)
        elif other is not None and name in other.facts:
            facts[name] = parse(other.facts[name], raw, vocabulary, event)
        elif kind.takes_case_facts and name in vocabulary.case_facts:
            case[name] = parse(vocabulary.case_facts[name], raw, vocabulary, event)
        else:
            raise BadFact(event, name, "unknown_fact")
    return facts, case


def secret_names(vocabulary: Vocabulary, event: str, given: Mapping[str, Any], proposed: str | None = None) -> set[str]:
    """Which of these facts may not stand in the log: personal or secret ones. The values of an amendment are as secret as its field."""
    kinds = vocabulary.events[event].facts
    more = vocabulary.events[proposed].facts if proposed else {}
    found = {n for n in given if (t := kinds.get(n) or more.get(n) or vocabulary.case_facts.get(n)) and not t.plain}
    if event == "amended" and not is_personal_field(vocabulary, str(given.get("field", ""))):
        found -= {"was", "now_is"}
    return found


def is_personal_field(vocabulary: Vocabulary, name: str) -> bool:
    """Does an amendment of this field touch personal data? `at` and `by` and plain facts do not; an unknown field is taken to."""
    if name in ("at", "by"):
        return False
    kinds = [e.facts[name] for e in vocabulary.events.values() if name in e.facts]
    kinds += [vocabulary.case_facts[name]] if name in vocabulary.case_facts else []
    return not kinds or any(not k.plain for k in kinds)


def to_plain(value: Any) -> Any:
    """The form that stands in an event body: integers, strings, booleans, lists and tables of them."""
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds") + ZONE
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Period):
        return {"n": value.n, "unit": value.unit}
    if isinstance(value, tuple | list | frozenset):
        return [to_plain(v) for v in (sorted(value) if isinstance(value, frozenset) else value)]
    if isinstance(value, Sealed):
        return {"vault": value.ref}
    if isinstance(value, Mapping):
        return {k: to_plain(v) for k, v in value.items()}
    return value


def from_plain(kind: FactType, raw: Any, vocabulary: Vocabulary) -> Any:
    """Back from the log. Values were checked when written; a code that has since left the vocabulary is kept as it stands."""
    if isinstance(raw, dict) and "vault" in raw:
        return Sealed(str(raw["vault"]))
    if kind.type in ("code", "bool", "int", "money_fen") or kind.type in STRINGS:
        return raw
    if kind.type in LISTS:
        return tuple(raw)
    return parse(kind, raw, vocabulary)


def is_set(value: Any) -> bool:
    """Is there an answer? An empty text or list is none; false and 0 are answers."""
    return not (value is None or value == "" or value == ())
