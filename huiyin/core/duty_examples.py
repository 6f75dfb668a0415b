"""Worked examples of recurring duties: a unit, a period, what was done (`duty_done`), and how the duties of the body stand then."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

from huiyin.core import facts as typed
from huiyin.core.compose import Library
from huiyin.core.duties import Standing, as_moment, last_before, occasion, owed_by, reaches, standing
from huiyin.core.entries import Duty
from huiyin.core.model import Event
from huiyin.core.rules import Entry
from huiyin.core.sample import SampleWorld, sample_actor
from huiyin.core.workdays import Calendar

KEYS = frozenset({
    "clause", "name", "why", "body", "unit", "period", "events", "now", "calendar", "settings", "due", "late", "not_late", "met", "running",
    "not_owed", "provisional", "firm",
})  # fmt: skip


def entries_of(body: str, library: Library, on: date) -> list[Entry]:
    """The entries of every rule set of a body, in the version in force on that day."""
    codes = dict.fromkeys(
        c for id, raw in library.procedures.items() if id.startswith(f"{body}/") for c in raw["rule_sets"]
    )
    codes |= dict.fromkeys(library.vocabulary.bodies.get(body, {}).get("rule_sets", ()))
    found: list[Entry] = []
    for code in codes:
        versions = library.sets.get(code, [])
        chosen = ([v for v in versions if v.in_force <= on] or versions[:1])[-1:]
        found += [e for rule_set in chosen for e in rule_set.entries]
    return found


def duties_of(body: str, library: Library, on: date) -> list[Duty]:
    """Its recurring duties."""
    return [e for e in entries_of(body, library, on) if isinstance(e, Duty)]


def look(raw: Mapping[str, Any], library: Library, calendar: Calendar) -> tuple[dict[str, Any], dict[str, Any]]:
    """Every expectation that does not hold: what was expected, and what was found. Raises ValueError for what cannot be read."""
    unknown = set(raw) - KEYS
    if unknown:
        raise ValueError(
            f"of a recurring duty an example cannot say {', '.join(sorted(unknown))}; known: {', '.join(sorted(KEYS))}"
        )
    world = SampleWorld(library.vocabulary, raw["body"], raw.get("settings"))
    unit: str = raw.get("unit") or world.tree.root or ""
    if unit not in world.tree:
        raise ValueError(f"unknown unit {unit!r}")
    done = [_event(i, spec, library, world) for i, spec in enumerate(raw.get("events", []), 1)]
    now = as_moment(raw["now"]) if "now" in raw else max((e.recorded for e in done), default=datetime.max)
    found = _standings(raw, library, calendar, world, unit, [e for e in done if e.actor.unit == unit], now)
    expected: dict[str, Any] = {}
    was: dict[str, Any] = {}
    for key, test in TESTS.items():
        for clause in raw[key] if isinstance(raw.get(key), list) else [raw[key]] if key in raw else []:
            mine = [s for s in found if clause in s.occasion.duty.clauses]
            if test(mine) is False:
                expected.setdefault(key, []).append(clause)
                was.setdefault(key, {})[clause] = [_said(s) for s in mine]
    for clause, end in raw.get("due", {}).items():
        ends = [s.occasion.end for s in found if clause in s.occasion.duty.clauses]
        if end not in [e.day if e.day is not None else e.moment for e in ends]:
            expected.setdefault("due", {})[clause] = end
            was.setdefault("due", {})[clause] = [e.as_text() for e in ends]
    return expected, was


def _standings(
    raw: Mapping[str, Any],
    library: Library,
    calendar: Calendar,
    world: SampleWorld,
    unit: str,
    done: list[Event],
    now: datetime,
) -> list[Standing]:
    found = []
    for duty in duties_of(raw["body"], library, now.date()):
        if not owed_by(duty, unit, None, world, library.vocabulary):
            continue
        at = occasion(duty, calendar, str(raw["period"])) if "period" in raw else last_before(duty, calendar, now)
        if at is not None:
            found.append(standing(at, [e for e in done if reaches(duty, e, world, library.vocabulary)], now))
    return found


def _event(seq: int, spec: Mapping[str, Any], library: Library, world: SampleWorld) -> Event:
    if spec.get("event") != "duty_done" or "at" not in spec or "by" not in spec:
        raise ValueError("the events of a recurring duty are duty_done, with at and by")
    given = {k: v for k, v in spec.items() if k not in library.vocabulary.event_keys}
    if isinstance(given.get("for_period"), date | int):  # a bare 2025-10-01 or 2025 says the same
        given["for_period"] = str(given["for_period"])
    facts, _ = typed.split(library.vocabulary, "duty_done", given)
    at = as_moment(spec["at"])
    return Event(
        seq,
        "duty_done",
        at,
        as_moment(spec.get("recorded", at)),
        sample_actor(library.vocabulary, spec["by"], world, {}),
        facts,
    )


def _said(found: Standing) -> str:
    return f"{found.occasion.label} {found.state}{' late' if found.late else ''} {found.occasion.end.as_text()}"


TESTS: dict[str, Callable[[list[Standing]], bool]] = {
    "late": lambda found: any(s.late for s in found),
    "not_late": lambda found: not any(s.late for s in found),
    "met": lambda found: any(s.state == "met" and not s.late for s in found),
    "running": lambda found: any(s.state == "running" for s in found),
    "not_owed": lambda found: not found,
    "provisional": lambda found: any(s.occasion.end.provisional for s in found),
    "firm": lambda found: bool(found) and not any(s.occasion.end.provisional for s in found),
}
