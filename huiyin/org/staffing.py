"""How many people and which posts the rules want at a unit, and what is missing of them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from django.utils.translation import gettext as _

from huiyin.core import rosters as core
from huiyin.core.entries import Roster
from huiyin.core.rosters import Flaw
from huiyin.org import queries, snapshot
from huiyin.org.models import Officer
from huiyin.org.rosters import rules_of


def last_one(posting: Officer) -> list[str]:
    """What stands against ending this posting: the rules want more people at the unit than would be left. Asked before somebody leaves."""
    after = queries.today() + timedelta(days=1)
    rules = rules_of(posting.unit_id, queries.today())
    if not any(rule.staff for rule in rules):
        return []
    left = Officer.objects.filter(
        queries.in_force(after), unit_id=posting.unit_id, person__is_active=True, deputy_for=None
    )
    count = left.exclude(pk=posting.pk).values("person_id").distinct().count()
    found = core.understaffed(rules, count)
    return [_("%(says)s（%(clauses)s）。") % {"says": f.rule.says, "clauses": "、".join(f.rule.clauses)} for f in found]


def short_of_staff(units: Iterable[str], on: date | None = None) -> list[tuple[str, Flaw]]:
    """Units that have fewer people than the rules want."""
    day = on or queries.today()
    now = snapshot.current()
    found = []
    for unit in units:
        if any(rule.staff for rule in rules_of(unit, day)):
            posted = {p.person for p in now.postings if p.unit == unit and p.active and p.span.holds(day)}
            found += [(unit, flaw) for flaw in core.understaffed(rules_of(unit, day), len(posted))]
    return found


# -- posts that have to be held


@dataclass(frozen=True, slots=True)
class Vacancy:
    """A post that is held by nobody, or by another number of people than the rules want, from day to day."""

    unit: str
    role: str
    first: date
    last: date
    count: int
    clauses: tuple[str, ...]
    says: str


def vacancies(units: Iterable[str], first: date, last: date) -> list[Vacancy]:
    """Of these units in this stretch; days that follow each other are one row."""
    now, found = snapshot.current(), []
    for unit in units:
        rules = [rule for rule in rules_of(unit, first) if rule.post]
        if not rules:
            continue
        posts = [
            core.Post(p.role, p.person, p.span.since, p.span.until)
            for p in now.postings
            if p.unit == unit and p.active and not p.deputy
        ]
        for rule in rules:
            found += _stretches(unit, rule, core.vacant([rule], posts, first, last))
    return found


def _stretches(unit: str, rule: Roster, days: Sequence[tuple[date, Roster, int]]) -> list[Vacancy]:
    found: list[Vacancy] = []
    for day, _rule, count in days:
        before = found[-1] if found else None
        if before is not None and before.count == count and before.last + timedelta(days=1) == day:
            found[-1] = replace(before, last=day)
        else:
            assert rule.post is not None
            found.append(Vacancy(unit, rule.post[0], day, day, count, rule.clauses, rule.says))
    return found
