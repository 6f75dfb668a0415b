"""Rosters of units: shifts planned, checked by the rules the unit works by, approved, changed hands. Every act stands in the log of administration.

Persons stand here as in events (p12). Whoever heads the unit, or a unit above it, plans and approves; whoever is in a shift confirms its hand-over.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from huiyin.core import rosters as core
from huiyin.core.calendar_files import load as load_calendar
from huiyin.core.duty_examples import entries_of
from huiyin.core.entries import Roster
from huiyin.core.rosters import Flaw, of_unit
from huiyin.core.vocabulary import load_vocabulary
from huiyin.core.workdays import Calendar
from huiyin.moments import local, stored
from huiyin.org import acts, contacts, log, procedures, queries, snapshot
from huiyin.org.acts import BadAct
from huiyin.org.models import Officer, Shift
from huiyin.org.units import known_unit

KEEPERS: Final = frozenset({"unit_head", "deputy_head", "leader", "director", "duty_leader", "administrator"})
LEADER, MEMBER = "duty_leader", "duty_officer"
LONGEST: Final = timedelta(hours=72)  # of one shift
RECENT: Final = timedelta(days=10)  # a shift that began longer ago answers no more, handed over or not
SPAN: Final = timedelta(days=100)  # how long a stretch is approved at once


class Unfit(BadAct):
    """The rules do not allow the roster so. `reasons`: (words, clauses) of each."""

    def __init__(self, reasons: Sequence[tuple[str, tuple[str, ...]]]) -> None:
        said = "；".join(f"{words}（{'、'.join(clauses)}）" if clauses else words for words, clauses in reasons)
        super().__init__("begins", said)
        self.reasons = list(reasons)
        self.clauses = tuple(dict.fromkeys(clause for _words, found in reasons for clause in found))


# -- reading


def rules_of(unit: str, on: date) -> list[Roster]:
    """The entries that bind the unit: of every rule set, also those above the cases, of the bodies whose procedures it works by on that day."""
    now = snapshot.current()
    found = now.tree(None, on).units.get(unit)
    if found is None:
        return []
    bodies = dict.fromkeys(adopted.procedure.partition("/")[0] for adopted in now.adopted(unit, on))
    every = (entry for body in bodies for entry in entries_of(body, procedures.library(), on))
    return of_unit((entry for entry in every if isinstance(entry, Roster)), found.functions)


def between(unit: str, first: datetime, last: datetime) -> list[Shift]:
    """Shifts of the unit that touch the stretch, in order; those that were given up are left out."""
    rows = Shift.objects.filter(unit_id=unit, begins__lt=last, ends__gt=first, void=False)
    return list(rows.order_by("begins", "pk"))


def plain(row: Shift) -> core.Shift:
    """The shift as the core knows it, by the local clock."""
    handed = max(row.given_at, row.taken_at) if row.given_at and row.taken_at else None
    return core.Shift(
        row.pk, local(row.begins), local(row.ends), tuple(row.leaders), tuple(row.members), local(handed) if handed else None
    )  # fmt: skip


def answering(unit: str, at: datetime) -> Shift | None:
    """The shift that answers for the unit at that moment (local clock), by the approved roster; none where there is none."""
    return answering_all([unit], at).get(unit)


def answering_all(units: Iterable[str], at: datetime) -> dict[str, Shift]:
    """The same for several units with one query; those for which nobody answers are left out."""
    moment, wanted = stored(at), list(units)
    begun = Shift.objects.filter(
        unit_id__in=wanted, approved=True, void=False, begins__lte=moment, begins__gt=moment - RECENT
    )
    rows: dict[str, dict[int, Shift]] = {}
    for row in begun.order_by("begins", "pk"):
        rows.setdefault(row.unit_id, {})[row.pk] = row
    found = {}
    for unit, mine in rows.items():
        shift = core.answerable(rules_of(unit, at.date()), map(plain, mine.values()), at)
        if shift is not None:
            found[unit] = mine[shift.key]
    return found


def on_duty(role: str, unit: str, at: datetime) -> tuple[str, ...] | None:
    """Persons on duty by the roster: its leaders or its watchkeepers. None where no shift answers then, or another role is asked for: it is
    whoever holds the role by posting."""
    found = answering(unit, at) if role in (LEADER, MEMBER) else None
    if found is None:
        return None
    return tuple(found.leaders if role == LEADER else found.members)


@dataclass(frozen=True, slots=True)
class Gap:
    """A day that the rules want covered and nobody is down for."""

    day: date
    clauses: tuple[str, ...]
    says: str


def gaps(unit: str, first: date, last: date, calendar: Calendar | None = None) -> list[Gap]:
    """Days of the stretch that are open, planned shifts counted as well as approved ones."""
    shifts = [plain(row) for row in between(unit, stored(datetime.combine(first, time())), _after(last))]
    found = core.uncovered(rules_of(unit, first), shifts, calendar or load_calendar(), first, last)
    return [Gap(day, rule.clauses, rule.says) for day, rule in found]


def _after(last: date) -> datetime:
    return stored(datetime.combine(last + timedelta(days=1), time()))


def may_keep(officer: Officer, unit: str) -> bool:
    """May he plan and approve the roster of that unit?"""
    return officer.role in KEEPERS and officer.unit_id in (unit, *queries.tree().above(unit))


def people_of(unit: str, on: date) -> list[tuple[str, str]]:
    """(person, name and unit) of whoever may be put into a shift: everybody posted at the unit, the units of its bureau, and those above it
    there."""
    tree = queries.tree(on=on)
    bureau = tree.bureau(unit) if unit in tree else unit
    units = {unit, bureau, *tree.below(bureau), *tree.above(unit)[:2]}
    rows = Officer.objects.filter(queries.in_force(on), unit_id__in=units, person__is_active=True)
    found: dict[str, str] = {}
    for row in rows.select_related("person", "unit").order_by("pk"):
        found.setdefault(row.person.key, f"{row.person.display_name}　{row.unit.label}")
    return sorted(found.items(), key=lambda one: one[1])


# -- checking


def _holds(person: str, role: str, function: str, on: date) -> bool:
    """Is the person posted with the role, on that day, at a unit with the function?"""
    now = snapshot.current()
    units = now.tree(None, on).units
    return any(
        p.role == role and p.active and not p.deputy and p.span.holds(on) and p.unit in units and function in units[p.unit].functions
        for p in now.by_person.get(person, ())
    )  # fmt: skip


def _check(row: Shift) -> None:
    """Raises Unfit with everything that is wrong with the shift."""
    shift = plain(row)
    near = Shift.objects.filter(begins__lt=row.ends, ends__gt=row.begins, void=False).exclude(pk=row.pk)
    found = core.flaws(rules_of(row.unit_id, shift.begins.date()), shift, map(plain, near), _holds)
    if found:
        raise Unfit([(said(flaw), flaw.rule.clauses) for flaw in found])


def said(flaw: Flaw) -> str:
    """A flaw in words."""
    words, data = load_vocabulary(), flaw.data
    person = queries.people([data["person"]]).get(data["person"]) if "person" in data else None
    name = person.display_name if person else ""
    if flaw.code == "leaders":
        return _("值班领导应为 %(wanted)s 人，现为 %(has)s 人") % data
    if flaw.code == "leader_is":
        held = words.functions[data["function"]] + words.roles[data["role"]]["label_zh"]
        return _("%(name)s当班那天不是%(held)s") % {"name": name, "held": held}
    if flaw.code == "members":
        if data["most"] is None:
            return _("值班员至少 %(least)s 人，现为 %(has)s 人") % data
        return _("值班员应为 %(least)s 至 %(most)s 人，现为 %(has)s 人") % data
    if flaw.code == "both":
        return _("%s不能既是值班领导又是值班员") % name
    if flaw.code == "overlap":
        return _("%s在同一时间还有别的班次") % name
    return _("至少应有 %(wanted)s 人，现为 %(has)s 人") % data


# -- planning


def _may(unit: str, by: Officer | None) -> None:
    if by is not None and not may_keep(by, unit):
        raise PermissionDenied(_("值班表由本单位和上级单位的负责人编排、批准。"))


def _write(name: str, row: Shift, by: Officer | None, **more: Any) -> None:
    facts = {
        "shift": row.pk, "unit": row.unit_id, "begins": _text(row.begins), "ends": _text(row.ends), "leaders": list(row.leaders),
        "members": list(row.members), **more,
    }  # fmt: skip
    log.write(name, facts, by=acts.actor_for(by))


def _text(moment: datetime) -> str:
    return timezone.localtime(moment).isoformat(timespec="minutes")


@transaction.atomic
def plan(
    unit: str,
    begins: datetime,
    ends: datetime,
    *,
    leaders: Iterable[str] = (),
    members: Iterable[str] = (),
    by: Officer | None = None,
) -> Shift:
    """A shift of the unit, local moments. Checked by the rules at once, for one that cannot stand helps nobody. Errors: BadAct, Unfit."""
    _may(unit, by)
    known_unit(unit)
    row = Shift(unit_id=unit, begins=stored(begins), ends=stored(ends))
    _fill(row, leaders, members)
    row.save()
    _check(row)
    _write("shift_planned", row, by)
    return row


def _fill(row: Shift, leaders: Iterable[str], members: Iterable[str]) -> None:
    if not row.begins < row.ends <= row.begins + LONGEST:
        raise BadAct("ends", _("一个班次须在开始以后 72 小时内结束。"))
    row.leaders, row.members = sorted(set(leaders)), sorted(set(members))
    known = queries.people([*row.leaders, *row.members])
    if not known or set(known) != {*row.leaders, *row.members}:
        raise BadAct("members", _("请选择值班人员。"))


@transaction.atomic
def substitute(row: Shift, out: str, into: str, *, reason: str, by: Officer | None = None) -> Shift:
    """Somebody else stands in for one person of the shift. Both names and the reason are kept in the log. Errors: BadAct, Unfit."""
    _may(row.unit_id, by)
    row = _open(row)
    if out not in (*row.leaders, *row.members):
        raise BadAct("out", _("此人不在这一班。"))
    if not reason.strip():
        raise BadAct("reason", _("请写明换班的理由。"))
    swap = {out: into}
    _fill(row, [swap.get(p, p) for p in row.leaders], [swap.get(p, p) for p in row.members])
    row.save(update_fields=["leaders", "members"])
    _check(row)
    _write("shift_substituted", row, by, out=out, into=into, reason=reason.strip()[:200])
    return row


@transaction.atomic
def give_up(row: Shift, *, reason: str, by: Officer | None = None) -> Shift:
    """The shift does not take place. It stays on record. Errors: BadAct."""
    _may(row.unit_id, by)
    row = _open(row)
    if not reason.strip():
        raise BadAct("reason", _("请写明取消的理由。"))
    if row.begins <= timezone.now():
        raise BadAct("reason", _("已经开始的班次不能取消，可以换人。"))
    row.void = True
    row.save(update_fields=["void"])
    _write("shift_given_up", row, by, reason=reason.strip()[:200])
    return row


def _open(row: Shift) -> Shift:
    found = Shift.objects.select_for_update().get(pk=row.pk)
    if found.void or (found.given_at and found.taken_at):
        raise BadAct("shift", _("这一班已经取消或者交接完毕。"))
    return found


@transaction.atomic
def approve(
    unit: str, first: date, last: date, *, by: Officer | None = None, calendar: Calendar | None = None
) -> list[Shift]:
    """The roster of these days counts: every shift is checked once more, and a day that must be covered and is not stops it. Errors: Unfit."""
    _may(unit, by)
    if not first <= last <= first + SPAN:
        raise BadAct("last", _("一次批准的时间最长一百天。"))
    rows = between(unit, stored(datetime.combine(first, time())), _after(last))
    if not rows:
        raise BadAct("first", _("这段时间还没有排班。"))
    for row in rows:
        _check(row)
    if missing := gaps(unit, first, last, calendar):
        raise Unfit([(_("%s没有人值班") % gap.day.isoformat(), gap.clauses) for gap in missing])
    fresh = [row for row in rows if not row.approved]
    Shift.objects.filter(pk__in=[row.pk for row in fresh]).update(approved=True)
    facts = {"unit": unit, "first": first.isoformat(), "last": last.isoformat(), "shifts": [row.pk for row in rows]}
    log.write("roster_approved", facts, by=acts.actor_for(by))
    for row in fresh:
        row.approved = True
    return rows


# -- changing hands


def next_of(row: Shift) -> Shift | None:
    """The approved shift that begins where this one ends, or before."""
    later = Shift.objects.filter(
        unit_id=row.unit_id, approved=True, void=False, begins__gt=row.begins, begins__lte=row.ends
    )
    return later.order_by("begins", "pk").first()


@transaction.atomic
def hand_over(row: Shift, *, by: Officer) -> Shift:
    """The outgoing side confirms that everything was passed on. Not before the shift has run its time, less an hour. Errors: BadAct."""
    row = _confirmable(row)
    if by.person.key not in (*row.leaders, *row.members):
        raise BadAct("shift", _("由这一班的值班人员确认交班。"))
    if row.given_at is None:
        row.given_at, row.given_by = timezone.now().replace(microsecond=0), by.person.key
        row.save(update_fields=["given_at", "given_by"])
        _write("shift_handed_over", row, by)
    return row


@transaction.atomic
def take_over(row: Shift, *, by: Officer) -> Shift:
    """The incoming side confirms that it took over from this shift. Errors: BadAct."""
    row = _confirmable(row)
    incoming = next_of(row)
    if incoming is None or by.person.key not in (*incoming.leaders, *incoming.members):
        raise BadAct("shift", _("由下一班的值班人员确认接班。"))
    if row.taken_at is None:
        row.taken_at, row.taken_by = timezone.now().replace(microsecond=0), by.person.key
        row.save(update_fields=["taken_at", "taken_by"])
        _write("shift_taken_over", row, by)
    return row


def _confirmable(row: Shift) -> Shift:
    found = Shift.objects.select_for_update().get(pk=row.pk)
    if found.void or not found.approved:
        raise BadAct("shift", _("值班表还没有批准。"))
    if timezone.now() < found.ends - timedelta(hours=1):
        raise BadAct("shift", _("还没有到交班的时间。"))
    return found


def check_out(row: Shift) -> None:
    """May the people of this shift leave? Raises Unfit while the hand-over is not confirmed by both sides, where the rules ask for it."""
    shift = plain(row)
    asking = [rule for rule in rules_of(row.unit_id, shift.begins.date()) if rule.handover]
    if asking and shift.handed is None:
        missing = _("交班的一方还没有确认") if row.given_at is None else _("接班的一方还没有确认")
        raise Unfit([(missing, rule.clauses) for rule in asking])


@dataclass(frozen=True, slots=True)
class OnDuty:
    """Who is on duty at a unit, and at which telephone."""

    unit: str
    people: tuple[str, ...]
    phone: str


def on_duty_at(units: Iterable[str], at: datetime) -> list[OnDuty]:
    """Of each unit: who answers by its roster, else who holds the duty role by posting; and how the unit is reached (JM-4-4f)."""
    wanted = list(units)
    reached, now, answers = contacts.reached_all(wanted, at.date()), snapshot.current(), answering_all(wanted, at)
    found = []
    for unit in wanted:
        held = snapshot.holders(now.by_place.get((MEMBER, unit), ()), at.date())
        people = tuple(answers[unit].members) if unit in answers else held
        found.append(OnDuty(unit, people, reached[unit].phone))
    return found
