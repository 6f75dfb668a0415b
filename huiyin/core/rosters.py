"""Rosters: what a shift must be, which days are left open, who answers at a moment. Everything is said by the rules' [[roster]] entries."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from huiyin.core.entries import Roster
from huiyin.core.workdays import Calendar

Holds = Callable[[str, str, str, date], bool]
"""Does the person hold this role, on that day, at a unit with this function?"""


@dataclass(frozen=True, slots=True)
class Shift:
    """A stretch of duty, its end not included. `handed`: when both sides had confirmed the hand-over."""

    key: int
    begins: datetime
    ends: datetime
    leaders: tuple[str, ...] = ()
    members: tuple[str, ...] = ()
    handed: datetime | None = None

    @property
    def people(self) -> frozenset[str]:
        """Everybody in it."""
        return frozenset((*self.leaders, *self.members))

    def overlaps(self, other: Shift) -> bool:
        """Is there a moment that lies in both?"""
        return self.begins < other.ends and other.begins < self.ends


@dataclass(frozen=True, slots=True)
class Flaw:
    """Why a shift or an office may not stand so. `code` for the shell's words, `data` what they name."""

    code: str
    rule: Roster
    data: dict[str, Any] = field(default_factory=dict)


def of_unit(rules: Iterable[Roster], functions: Iterable[str]) -> list[Roster]:
    """The entries that bind a unit with these functions, each once."""
    mine = frozenset(functions)
    found = [rule for rule in rules if mine & set(rule.at)]
    return list({(rule.clauses, repr(sorted(rule.raw.items(), key=str))): rule for rule in found}.values())


def flaws(rules: Iterable[Roster], shift: Shift, others: Iterable[Shift], holds: Holds) -> list[Flaw]:
    """Everything that is wrong with a shift by these rules. `others`: further shifts of the same people, whatever their unit."""
    found: list[Flaw] = []
    beside = [other for other in others if other.key != shift.key and other.overlaps(shift)]
    for rule in rules:
        if rule.leaders is not None and len(set(shift.leaders)) != rule.leaders:
            found.append(Flaw("leaders", rule, {"wanted": rule.leaders, "has": len(set(shift.leaders))}))
        if rule.leader_is is not None:
            role, at = rule.leader_is
            found += [
                Flaw("leader_is", rule, {"person": person, "role": role, "function": at})
                for person in shift.leaders if not holds(person, role, at, shift.begins.date())
            ]  # fmt: skip
        if rule.members is not None:
            found += _of_members(rule, shift, beside)
    return found


def _of_members(rule: Roster, shift: Shift, beside: Sequence[Shift]) -> list[Flaw]:
    least, most = rule.members or (0, None)
    count = len(set(shift.members))
    found = []
    if count < least or (most is not None and count > most):
        found.append(Flaw("members", rule, {"least": least, "most": most, "has": count}))
    found += [Flaw("both", rule, {"person": p}) for p in sorted(set(shift.leaders) & set(shift.members))]
    twice = sorted({person for other in beside for person in shift.people & other.people})
    return found + [Flaw("overlap", rule, {"person": person}) for person in twice]


def uncovered(
    rules: Iterable[Roster], shifts: Sequence[Shift], calendar: Calendar, first: date, last: date
) -> list[tuple[date, Roster]]:
    """Days on which the rules want a shift and none begins or goes on, in order."""
    found = []
    for rule in rules:
        day = first
        while rule.cover is not None and day <= last:
            wanted = rule.cover == "day" or calendar.is_working(day)
            if wanted and not any(_on(shift, day) for shift in shifts):
                found.append((day, rule))
            day += timedelta(days=1)
    return sorted(found, key=lambda one: one[0])


def _on(shift: Shift, day: date) -> bool:
    """It begins on the day, or goes on beyond its noon: of a night that ends in the morning, whoever comes later finds nobody."""
    noon = datetime.combine(day, time(12))
    return bool(shift.people) and (shift.begins.date() == day or shift.begins < noon < shift.ends)


def answerable(rules: Iterable[Roster], shifts: Iterable[Shift], at: datetime) -> Shift | None:
    """Who answers at that moment. Where the hand-over is confirmed by both sides, the outgoing shift does until then."""
    begun = sorted((s for s in shifts if s.begins <= at), key=lambda s: (s.begins, s.key))
    if not begun:
        return None
    confirmed = any(rule.handover for rule in rules)
    now = begun[-1]
    before = begun[-2] if len(begun) > 1 else None
    if confirmed and before is not None and before.ends >= now.begins and not _is_handed(before, at):
        return before
    if at < now.ends or (confirmed and not _is_handed(now, at)):
        return now
    return None


def _is_handed(shift: Shift, at: datetime) -> bool:
    return shift.handed is not None and shift.handed <= at


def late_by(shift: Shift, now: datetime) -> timedelta:
    """How long after its end the hand-over was confirmed, or has been missing up to now."""
    return max((shift.handed or now) - shift.ends, timedelta())


def understaffed(rules: Iterable[Roster], count: int) -> list[Flaw]:
    """Rules that want more people at the unit than there are."""
    return [
        Flaw("staff", rule, {"wanted": rule.staff, "has": count})
        for rule in rules
        if rule.staff is not None and count < rule.staff
    ]


@dataclass(frozen=True, slots=True)
class Post:
    """Somebody holds a role at the unit from day to day, both included; no `until`: until further notice."""

    role: str
    person: str
    since: date
    until: date | None = None


def vacant(rules: Iterable[Roster], posts: Sequence[Post], first: date, last: date) -> list[tuple[date, Roster, int]]:
    """Days on which a role that the rules want is held by nobody, or by more or fewer than they want; with how many hold it."""
    found = []
    for rule in rules:
        day = first
        while rule.post is not None and day <= last:
            role, wanted = rule.post
            held = {
                p.person for p in posts if p.role == role and p.since <= day and (p.until is None or day <= p.until)
            }
            if len(held) != wanted:
                found.append((day, rule, len(held)))
            day += timedelta(days=1)
    return sorted(found, key=lambda one: one[0])
