"""Worked examples of rosters: a unit of the sample world, its shifts or the number of its people, and what the rules say to them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from huiyin.core.compose import Library
from huiyin.core.duties import as_moment
from huiyin.core.duty_examples import entries_of
from huiyin.core.entries import Roster
from huiyin.core.rosters import Post, Shift, answerable, flaws, of_unit, uncovered, understaffed, vacant
from huiyin.core.sample import SampleWorld
from huiyin.core.workdays import Calendar

KEYS = {
    "clause",
    "name",
    "why",
    "body",
    "unit",
    "shifts",
    "staff",
    "refused",
    "days",
    "uncovered",
    "answers",
    "posts",
    "vacant",
}
SHIFT = {"begins", "ends", "leaders", "members", "handed"}


def look(raw: Mapping[str, Any], library: Library, calendar: Calendar) -> tuple[dict[str, Any], dict[str, Any]]:
    """Every expectation that does not hold: what was expected, and what was found. Raises ValueError for what cannot be read."""
    if unknown := set(raw) - KEYS:
        raise ValueError(
            f"of a roster an example cannot say {', '.join(sorted(unknown))}; known: {', '.join(sorted(KEYS))}"
        )
    world = SampleWorld(library.vocabulary, raw["body"], {})
    unit = world.tree.units[raw["unit"]]
    shifts = [_shift(number, one) for number, one in enumerate(raw.get("shifts", []), 1)]
    first, last = raw.get("days", (date.max, date.min))
    every = entries_of(raw["body"], library, _day(shifts, first))
    rules = of_unit((e for e in every if isinstance(e, Roster)), unit.functions)

    def holds(person: str, role: str, function: str, _on: date) -> bool:
        at, _, where = person.partition("@")
        place = world.tree.units.get(where.partition("#")[0])
        return at == role and place is not None and function in place.functions

    wrong = [clause for shift in shifts for flaw in flaws(rules, shift, shifts, holds) for clause in flaw.rule.clauses]
    if "staff" in raw:
        wrong += [clause for flaw in understaffed(rules, raw["staff"]) for clause in flaw.rule.clauses]
    open_days: dict[str, list[date]] = {}
    for day, rule in uncovered(rules, shifts, calendar, first, last):
        for clause in rule.clauses:
            open_days.setdefault(clause, []).append(day)
    held = [Post(one["role"], one["person"], one["since"], one.get("until")) for one in raw.get("posts", [])]
    empty: dict[str, list[date]] = {}
    for day, rule, _count in vacant(rules, held, first, last) if "posts" in raw else ():
        for clause in rule.clauses:
            empty.setdefault(clause, []).append(day)
    answers = [_answer(rules, shifts, one) for one in raw.get("answers", [])]
    return _differences(
        raw, {"vacant": empty, "refused": sorted(set(wrong)), "uncovered": open_days, "answers": answers}
    )


def _differences(raw: Mapping[str, Any], found: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    wanted = {
        "vacant": raw.get("vacant", {}), "refused": sorted(raw.get("refused", [])), "uncovered": raw.get("uncovered", {}),
        "answers": [one["shift"] for one in raw.get("answers", [])],
    }  # fmt: skip
    wrongly = sorted(key for key in found if found[key] != wanted[key])
    return {key: wanted[key] for key in wrongly}, {key: found[key] for key in wrongly}


def _answer(rules: list[Roster], shifts: list[Shift], asked: Mapping[str, Any]) -> int:
    """The number of the shift that answers then; 0: none."""
    found = answerable(rules, shifts, as_moment(asked["at"]))
    return found.key if found is not None else 0


def _shift(number: int, one: Mapping[str, Any]) -> Shift:
    if set(one) - SHIFT:
        raise ValueError(f"of a shift an example can say {', '.join(sorted(SHIFT))}")
    handed = as_moment(one["handed"]) if "handed" in one else None
    return Shift(
        number,
        as_moment(one["begins"]),
        as_moment(one["ends"]),
        tuple(one.get("leaders", ())),
        tuple(one.get("members", ())),
        handed,
    )


def _day(shifts: list[Shift], first: date) -> date:
    return shifts[0].begins.date() if shifts else first
