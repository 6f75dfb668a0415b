"""How long a case is kept: by the retention entries of its rules, else by the office's table (retention.toml), read strictly."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Final

from huiyin.core.context import Ctx
from huiyin.core.counting import Period, add_months
from huiyin.core.entries import Retention
from huiyin.core.errors import RuleError, place
from huiyin.core.toml_files import read
from huiyin.core.vocabulary import Vocabulary

FILE: Final = "retention.toml"
KEYS: Final = frozenset({"code", "label", "years", "counted", "then", "kinds", "secrecy", "marks", "basis"})
LISTS: Final = {"kinds": "kind", "secrecy": "case_secrecy", "marks": "mark"}
COUNTED: Final = ("year_end", "day")
DESTROY, HAND_OVER, REVIEW = "destroy", "hand_over", "review"
PERMANENT: Final = "permanent"
MOST: Final = 200  # years


@dataclass(frozen=True, slots=True)
class Keeping:
    """One line of an office's table. `years` none: for ever. Empty lists ask nothing."""

    code: str
    label: str
    years: int | None
    basis: str = ""
    counted: str = "year_end"
    then: str = DESTROY
    kinds: frozenset[str] = frozenset()
    secrecy: frozenset[str] = frozenset()
    marks: frozenset[str] = frozenset()

    def fits(self, kind: str, secrecy: str, marks: frozenset[str]) -> bool:
        """Is it about such a case?"""
        return (
            (not self.kinds or kind in self.kinds)
            and (not self.secrecy or secrecy in self.secrecy)
            and (not self.marks or bool(self.marks & marks))
        )


@dataclass(frozen=True, slots=True)
class Kept:
    """How long one case is kept. `until`: the first day on which it may go; none: for ever, or as long as nobody can say. `basis`: clauses or the
    decree; `period`: the years in a word; `reviewers`: roles of which one must be among those who review."""

    code: str
    label: str
    basis: str
    period: str
    until: date | None
    then: str
    reviewers: frozenset[str] = frozenset()

    def over(self, on: date) -> bool:
        """May it be destroyed on that day, as far as the period goes?"""
        return self.until is not None and self.until <= on and self.then != HAND_OVER


def load(words: Vocabulary, *folders: Path) -> list[Keeping]:
    """The tables of these folders, one of a later folder before those of an earlier one. Raises RuleError naming file, entry and key."""
    found: list[Keeping] = []
    for path in (folder / FILE for folder in folders):
        if not path.exists():
            continue
        raw = read(path)
        if unknown := sorted(set(raw) - {"keep"}):
            raise RuleError("unknown section; known: keep", file=path.name, entry=", ".join(unknown))
        with place(path.name):
            found = [
                _keeping(one, words, path.name, f"[[keep]] {i}") for i, one in enumerate(raw.get("keep", []), 1)
            ] + found
    return found


def _keeping(raw: Mapping[str, Any], words: Vocabulary, file: str, entry: str) -> Keeping:
    def wrong(key: str, why: str) -> RuleError:
        return RuleError(why, file=file, entry=entry, key=key)

    if unknown := sorted(set(raw) - KEYS):
        raise wrong(", ".join(unknown), f"unknown key; known: {', '.join(sorted(KEYS))}")
    for key, longest in (("code", 40), ("label", 80)):
        if not isinstance(raw.get(key), str) or not 0 < len(raw[key].strip()) <= longest:
            raise wrong(key, f"is a text of up to {longest} characters")
    years = raw.get("years")
    if years != PERMANENT and not (type(years) is int and 0 < years <= MOST):
        raise wrong("years", f'is a whole number from 1 to {MOST}, or "{PERMANENT}"')
    if raw.get("counted", "year_end") not in COUNTED:
        raise wrong("counted", f"is one of {', '.join(COUNTED)}")
    if raw.get("then", DESTROY) not in (DESTROY, HAND_OVER):
        raise wrong("then", f"is one of {DESTROY}, {HAND_OVER}")
    if not isinstance(raw.get("basis", ""), str) or len(raw.get("basis", "")) > 200:
        raise wrong("basis", "is a text of up to 200 characters")
    lists = {key: _codes(raw.get(key, []), words.values[of], wrong, key) for key, of in LISTS.items()}
    return Keeping(
        raw["code"].strip(), raw["label"].strip(), None if years == PERMANENT else years, raw.get("basis", ""),
        raw.get("counted", "year_end"), raw.get("then", DESTROY), **lists,
    )  # fmt: skip


def _codes(raw: Any, known: Mapping[str, Any], wrong: Any, key: str) -> frozenset[str]:
    given = [raw] if isinstance(raw, str) else raw
    if not isinstance(given, list) or any(one not in known for one in given):
        raise wrong(key, f"is a list of {', '.join(known)}")
    return frozenset(given)


# -- one case


def kept(
    entries: Sequence[Retention], table: Sequence[Keeping], ctx: Ctx, *, kind: str, secrecy: str, archived: date
) -> Kept | None:
    """How long this case is kept: by its own rules where they speak of cases (the longest of those that apply), else by the first line of the
    table that fits. None: nobody says, so it stays."""
    own = [_of_rule(entry, ctx) for entry in entries if entry.of == "case" and entry.applies(ctx)]
    if own:
        return max(own, key=lambda one: one.until or date.max)
    marks = frozenset(ctx.view.marks())
    line = next((one for one in table if one.fits(kind, secrecy, marks)), None)
    return None if line is None else _of_table(line, archived)


def _of_rule(entry: Retention, ctx: Ctx) -> Kept:
    begun = entry.start.found(ctx) if entry.start is not None else []
    period = entry.keep.period if entry.keep is not None else None
    until = _after(begun[-1].occurred.date(), period) if begun and period is not None else None
    said = f"{period.n} {period.unit}" if period is not None else PERMANENT
    roles = frozenset(term.partition("@")[0] for term in entry.approved_by)
    return Kept(
        entry.clauses[0] if entry.clauses else "", entry.says, " ".join(entry.clauses), said, until, entry.then, roles
    )


def _after(day: date, period: Period) -> date | None:
    """The first day after the period; none for units in which nothing is kept for years."""
    months = {"year": 12, "quarter": 3, "month": 1}.get(period.unit)
    if months is not None:
        return add_months(day, months * period.n) + timedelta(days=1)
    days = {"day": 1, "week": 7}.get(period.unit)
    return None if days is None else day + timedelta(days=days * period.n + 1)


def _of_table(line: Keeping, archived: date) -> Kept:
    if line.years is None:
        return Kept(line.code, line.label, line.basis, PERMANENT, None, line.then)
    begin = date(archived.year + 1, 1, 1) if line.counted == "year_end" else archived + timedelta(days=1)
    until = add_months(begin, 12 * line.years)
    return Kept(line.code, line.label, line.basis, f"{line.years} year", until, line.then)


def shortest(table: Sequence[Keeping], entries: Sequence[Retention]) -> int:
    """Whole years after which a case may be over at the earliest: what a list need not look at before. Rules may say months: then 0."""
    years = [one.years for one in table if one.years is not None]
    own = [entry.keep.period for entry in entries if entry.of == "case" and entry.keep and entry.keep.period]
    years += [period.n if period.unit == "year" else 0 for period in own]
    return min(years, default=MOST)
