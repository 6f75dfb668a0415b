"""The shape of entries that stand beside the steps of a case: wording, sanctions, money, recurring duties, figures, publishing, keeping."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import time
from decimal import Decimal
from typing import Any

from huiyin.core.patterns import Patterns
from huiyin.core.rules import Entry, Length


@dataclass(frozen=True, slots=True, kw_only=True)
class Phrase(Entry):
    """One piece of wording. Exactly one of these says what it is: `asks` (a question and the facts it fills), `moment` (offered then),
    `ground` (said when refusing on that ground), `forbidden` (never to be said; `whole`: only as the whole text, `warn`: flagged alone)."""

    text: str = ""
    asks: tuple[str, ...] = ()
    optional: bool = False  # the person may decline to answer
    first: bool = False  # before the questions of other rule sets
    moment: str | None = None
    ground: tuple[str, ...] = ()
    hours: tuple[time, time] | None = None  # of the day, the second not included
    on: Patterns | None = None  # wording: of these acts; forbidden: looked for in their texts
    slots: tuple[str, ...] = ()  # names in braces that are to be filled in
    forbidden: tuple[str, ...] = ()
    found_by: tuple[re.Pattern[str], ...] = ()
    whole: bool = False
    warn: bool = False
    advice: str = ""
    instead: tuple[str, ...] = ()  # names or clauses of phrases to say in its place


@dataclass(frozen=True, slots=True, kw_only=True)
class Rung(Entry):
    """One step of a ladder: what the n-th breach leads to. `requires`: events that must follow before the case is concluded or archived."""

    n: int
    offers: tuple[str, ...]
    and_more: bool = False
    requires: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    lighter_needs: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ladder(Entry):
    """Breaches that lead to sanctions, counted over all cases of one officer or unit. `question`, `args`: how the world is asked."""

    counts: Patterns
    same: str
    question: str
    args: Mapping[str, Any]
    steps: tuple[Rung, ...]


@dataclass(frozen=True, slots=True)
class Band:
    """A part of a sum of money, in yuan, and its rate; without `up_to` everything above."""

    rate: Decimal
    up_to: Decimal | None = None


@dataclass(frozen=True, slots=True)
class AmountCheck:
    """An act whose money must be that amount. `times`: the fact that says how often it is paid (instalments)."""

    on: Patterns
    fact: str
    times: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Amount(Entry):
    """Money that follows from other money: by bands of the sum of the facts `of`, or fixed by the rule or a setting (in fen)."""

    of: tuple[str, ...] = ()
    bands: tuple[Band, ...] = ()
    fixed: Decimal | None = None
    setting: str | None = None
    at_least: Decimal | None = None
    at_most: Decimal | None = None
    round: str = "fen_half_up"
    adds_up: bool = False
    checks: tuple[AmountCheck, ...] = ()


@dataclass(frozen=True, slots=True)
class Span:
    """The period a recurring duty is for: `every` (day, week, month, quarter, half_year, year), or from one day of the year to another, or
    holidays by their names in the notices."""

    every: str | None = None
    begins: tuple[int, int] | None = None  # month, day
    ends: tuple[int, int] | None = None
    holidays: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DueOn:
    """When it is due: so long after the last day of its period, on a day of the year, or on a day of the period's last month; without all
    of these on the last day of the period. `time`: the set minute of that day; with `before` that minute itself is late."""

    within: Length | None = None
    on: tuple[int, int] | None = None
    day: int | None = None
    time: time | None = None
    roll: str = "none"
    before: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Duty(Entry):
    """What is owed again and again, on no case."""

    period: Span
    due: DueOn
    by: tuple[str, ...]
    to: tuple[str, ...] = ()
    times: int = 1
    contents: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure(Entry):
    """A figure: how many of `counts`; of `share_of` what share; between two events how long. Kept per group and period."""

    counts: Patterns | None = None
    share_of: Patterns | None = None
    between: tuple[Patterns, Patterns] | None = None
    per: tuple[str, ...] = ()
    period: str | None = None
    target: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication(Entry):
    """What is made public: of which acts or how often, within what time, where, with which contents and without which facts."""

    what: str
    on: Patterns | None = None
    period: str | None = None
    within: Length | None = None
    roll: str = "none"
    where: tuple[str, ...] = ()
    contents: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    by: tuple[str, ...] = ()
    approved_by: tuple[str, ...] = ()
    shown_for: Length | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention(Entry):
    """How long something is kept from which event on; no `keep`: for ever. `then`: what happens afterwards."""

    of: str
    start: Patterns | None = None
    keep: Length | None = None
    then: str = "review"
    by: tuple[str, ...] = ()
    approved_by: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Roster(Entry):
    """What the shifts and the staff of a unit with one of these functions must be. Several entries for one unit add up; each names its clause.
    `leader_is`: role and function of the unit where a leader must hold it on the day."""

    at: tuple[str, ...]
    leaders: int | None = None
    leader_is: tuple[str, str] | None = None
    members: tuple[int, int | None] | None = None  # from, to; no end: as many as one likes
    cover: str | None = None  # day | working_day: each such day needs a shift
    handover: bool = False
    staff: int | None = None  # people posted there, at the least
    post: tuple[str, int] | None = None  # a role, and how many hold it there on every day, no more and no fewer
