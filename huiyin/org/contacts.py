"""How units are reached, day by day, and how long their telephones could not be (CD-03b, HN-FW-02b).

A page, a receipt or a notice shows what was in force on its own day. A unit that says nothing is reached through the nearest unit above it in the
same bureau.
"""

import calendar as months
import re
from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from huiyin.core import identifiers
from huiyin.core.model import Actor
from huiyin.core.world import INNER_LEVELS
from huiyin.org import acts, log, queries, reach, snapshot
from huiyin.org.acts import BadAct
from huiyin.org.models import Officer, Outage, UnitContact
from huiyin.org.units import known_unit

REPORTERS: Final = frozenset({"intake_officer", "duty_officer", "unit_head", "leader", "director", "administrator"})
HEADS: Final = ("unit_head", "leader", "director")
ENOUGH: Final = Decimal("99.5")  # per cent of a month; below it the head of the unit is warned
HUNDREDTH: Final = Decimal("0.01")
LISTED: Final = 200  # outages of one list


@dataclass(frozen=True, slots=True)
class Reached:
    """How a unit is reached on a day; `hours` in words. What is not known is empty."""

    phone: str = ""
    address: str = ""
    hours: str = ""
    postcode: str = ""
    website: str = ""
    mailbox: str = ""

    def __bool__(self) -> bool:
        return any(getattr(self, f.name) for f in fields(self))


NOWHERE: Final = Reached()
FIELDS: Final = tuple(f.name for f in fields(Reached))
LONGEST: Final = {
    "phone": 60,
    "address": 200,
    "hours": 120,
    "postcode": 6,
    "website": 200,
    "mailbox": 200,
}  # as in the table


# -- reading


def own(unit: str, on: date | None = None) -> UnitContact | None:
    """The row of the unit itself that counts on that day."""
    found = UnitContact.objects.filter(queries.in_force(on or queries.today()), unit_id=unit)
    return found.order_by("-since", "-pk").first()


def history(unit: str) -> list[UnitContact]:
    """Every row of a unit, the newest first; those that never took effect are left out."""
    rows = UnitContact.objects.filter(unit_id=unit).order_by("-since", "-pk")
    return [row for row in rows if row.until is None or row.until >= row.since]


def reached(unit: str, on: date | None = None) -> Reached:
    """How the unit is reached on the day: by its own row, else by that of the nearest unit above within its bureau."""
    return reached_all([unit], on)[unit]


def reached_all(units: Iterable[str], on: date | None = None) -> dict[str, Reached]:
    """The same for several units with one query."""
    day = on or queries.today()
    tree = snapshot.at_hand().tree(None, day)
    lines = {unit: _line(tree, unit) for unit in units}
    wanted = {at for line in lines.values() for at in line}
    rows = UnitContact.objects.filter(queries.in_force(day), unit_id__in=wanted).order_by("since", "pk")
    rows_by_unit = {row.unit_id: Reached(*(getattr(row, name) for name in FIELDS)) for row in rows}
    return {
        unit: next((rows_by_unit[at] for at in line if rows_by_unit.get(at)), NOWHERE) for unit, line in lines.items()
    }


def _line(tree: Any, unit: str) -> list[str]:
    """The unit and those above it, as far as its bureau."""
    line = [unit]
    for at in tree.above(unit):
        if tree.units[line[-1]].level not in INNER_LEVELS:
            break
        line.append(at)
    return line


def told(found: Reached) -> str:
    """In one sentence, as it stands under a notice: telephone, address, hours."""
    parts = [_("电话%s") % found.phone] if found.phone else []
    parts += [_("地址%s") % found.address] if found.address else []
    parts += [found.hours] if found.hours else []
    return "，".join(parts)


@dataclass(frozen=True, slots=True)
class Colleague:
    """Somebody else who handles a case. `back_on`: the first day on which nobody deputises for him any more; none while he is there."""

    name: str
    unit: str
    back_on: date | None


def colleague(person: str, on: date | None = None) -> Colleague | None:
    """The officer named p12, where he is posted on the day; none for somebody who is not."""
    day, pk = on or queries.today(), queries.person_pk(person)
    if pk is None:
        return None
    postings = list(Officer.objects.filter(queries.in_force(day), person_id=pk).select_related("person"))
    posting = next((o for o in postings if o.deputy_for_id is None), None)
    if posting is None:
        return None
    deputies = Officer.objects.filter(queries.in_force(day), deputy_for__in=postings, until__isnull=False)
    last = max((d.until for d in deputies if d.until), default=None)
    return Colleague(posting.person.display_name, posting.unit_id, last + timedelta(days=1) if last else None)


# -- changing


@acts.act
def set_contact(
    unit: str, *, since: date, by: Officer | None = None, phone: str = "", address: str = "", hours: str = "", postcode: str = "",
    website: str = "", mailbox: str = "",
) -> UnitContact:  # fmt: skip
    """From that day on the unit is reached like this; what was in force before ends the day before and stays readable. Whoever is told before
    is told the old one. Administrators alone. Errors: BadAct; PermissionDenied."""
    found = Reached(*(value.strip() for value in (phone, address, hours, postcode, website, mailbox)))
    reach.check(by, unit)
    known_unit(unit)
    _check(found)
    later = UnitContact.objects.filter(unit_id=unit, since__gt=since)
    if any(row.until is None or row.until >= row.since for row in later):
        raise BadAct("since", _("已有自更晚日期起的联系方式，请填更晚的日期。"))
    UnitContact.objects.filter(queries.in_force(since), unit_id=unit).update(until=since - timedelta(days=1))
    row = UnitContact.objects.create(unit_id=unit, since=since, **{name: getattr(found, name) for name in FIELDS})
    said = {name: getattr(found, name) for name in FIELDS if getattr(found, name)}
    acts.done("unit_contact_set", {"unit": unit, **said, "since": since.isoformat()}, by)
    return row


def _check(found: Reached) -> None:
    if not found:
        raise BadAct("phone", _("请填写电话或地址。"))
    numbers = [part for part in re.split(r"[、,，;；]", found.phone) if part.strip()]
    if found.phone and not (numbers and all(_callable(number) for number in numbers)):
        raise BadAct("phone", _("请填写完整的电话，带区号；几个号码用顿号隔开。"))
    if found.postcode and not re.fullmatch(r"[0-9]{6}", found.postcode):
        raise BadAct("postcode", _("邮编为 6 位数字。"))
    if found.website and not re.match(r"https?://[^\s]+$", found.website):
        raise BadAct("website", _("网址应以 http:// 或 https:// 开头。"))
    for name, most in LONGEST.items():
        if len(getattr(found, name)) > most:
            raise BadAct(name, _("太长了，请写短一些。"))


def _callable(number: str) -> bool:
    """A telephone of the country, or a short public one such as 12315."""
    return identifiers.is_phone(number) or bool(re.fullmatch(r"1[0-9]{4}", number.strip()))


# -- telephones that cannot be reached


def _may_report(unit: str, by: Officer | None) -> None:
    if by is None:
        return
    line = (unit, *queries.tree().above(unit))
    if by.role not in REPORTERS or by.unit_id not in line:
        raise PermissionDenied(_("只有本单位和上级单位的人员可以记录电话中断。"))


def _actor(by: Officer | None) -> Actor:
    return acts.actor_for(by)


@transaction.atomic
def report_outage(
    unit: str, phone: str, *, since: datetime, why: str, until: datetime | None = None, by: Officer | None = None
) -> Outage:
    """The public telephone of the unit cannot be reached from then on (to then). Moments with their zone. Errors: BadAct."""
    _may_report(unit, by)
    known_unit(unit)
    if not phone.strip() or not _callable(phone):
        raise BadAct("phone", _("请填写中断的电话号码。"))
    if not why.strip():
        raise BadAct("why", _("请写明原因。"))
    _check_span(since, until)
    row = Outage.objects.create(unit_id=unit, phone=phone.strip(), since=since, until=until, why=why.strip()[:200])
    log.write(
        "outage_reported",
        {"outage": row.pk, "unit": unit, "phone": row.phone, "why": row.why, **_span(row)},
        by=_actor(by),
    )
    return row


@transaction.atomic
def end_outage(row: Outage, *, until: datetime, by: Officer | None = None) -> Outage:
    """It can be reached again. Errors: BadAct."""
    _may_report(row.unit_id, by)
    if row.until is not None or row.void:
        raise BadAct("until", _("这次中断已经结束。"))
    _check_span(row.since, until)
    row.until = until
    row.save(update_fields=["until"])
    log.write("outage_ended", {"outage": row.pk, "unit": row.unit_id, **_span(row)}, by=_actor(by))
    return row


@transaction.atomic
def void_outage(row: Outage, *, reason: str, by: Officer | None = None) -> Outage:
    """It was entered by mistake. It stays, and counts no more. Errors: BadAct."""
    _may_report(row.unit_id, by)
    if not reason.strip():
        raise BadAct("reason", _("请写明作废的理由。"))
    row.void = True
    row.save(update_fields=["void"])
    log.write("outage_voided", {"outage": row.pk, "unit": row.unit_id, "reason": reason.strip()[:200]}, by=_actor(by))
    return row


def _check_span(since: datetime, until: datetime | None) -> None:
    now = timezone.now()
    if since > now or (until is not None and until > now):
        raise BadAct("since" if since > now else "until", _("时间晚于现在。"))
    if until is not None and until <= since:
        raise BadAct("until", _("恢复的时间应晚于中断的时间。"))


def _span(row: Outage) -> dict[str, str]:
    said = {"since": timezone.localtime(row.since).isoformat(timespec="seconds")}
    return said | ({"until": timezone.localtime(row.until).isoformat(timespec="seconds")} if row.until else {})


# -- how well a telephone could be reached


@dataclass(frozen=True, slots=True)
class Availability:
    """One telephone in one month, as far as the month is over. Minutes in full; what overlaps is counted once. `rate` in per cent, to a hundredth."""

    unit: str
    phone: str
    month: str
    minutes: int
    down: int
    times: int

    @property
    def rate(self) -> Decimal:
        """In per cent, rounded half up."""
        if not self.minutes:
            return Decimal("100.00")
        share = Decimal(self.minutes - self.down) * 100 / Decimal(self.minutes)
        return share.quantize(HUNDREDTH, ROUND_HALF_UP)

    @property
    def low(self) -> bool:
        """Is the head of the unit to be warned?"""
        return self.rate < ENOUGH


def availability(unit: str, phone: str, month: str, now: datetime | None = None) -> Availability:
    """How well the telephone could be reached in the month 2025-09, up to now where it still runs."""
    first, end = _span_of(month, now)
    lasting = Q(until__isnull=True) | Q(until__gt=first)
    rows = Outage.objects.filter(lasting, unit_id=unit, phone=phone, since__lt=end, void=False)
    return _counted(unit, phone, month, first, end, rows)


def _span_of(month: str, now: datetime | None = None) -> tuple[datetime, datetime]:
    """From the beginning of the month to its end, or to now."""
    year, number = int(month[:4]), int(month[5:7])
    zone = timezone.get_current_timezone()
    first = datetime(year, number, 1, tzinfo=zone)
    after = datetime(year + number // 12, number % 12 + 1, 1, tzinfo=zone)
    return first, max(first, min(after, now or timezone.now()))


def _counted(unit: str, phone: str, month: str, first: datetime, end: datetime, rows: Iterable[Outage]) -> Availability:
    spans = sorted((max(row.since, first), min(row.until or end, end)) for row in rows if row.since < end)
    spans = [span for span in spans if span[1] > span[0]]
    return Availability(unit, phone, month, _minutes(end - first), _minutes(_union(spans)), len(spans))


def _union(spans: list[tuple[datetime, datetime]]) -> timedelta:
    total, at = timedelta(), None
    for begins, ends in spans:
        begins = begins if at is None else max(begins, at)
        if ends > begins:
            total += ends - begins
        at = ends if at is None else max(at, ends)
    return total


def _minutes(span: timedelta) -> int:
    return int(span.total_seconds() // 60)


def month_of(moment: datetime) -> str:
    """2025-09, by the local clock."""
    return f"{timezone.localtime(moment):%Y-%m}"


def months_back(n: int, today: date | None = None) -> list[str]:
    """This month and the n - 1 before it."""
    day = (today or queries.today()).replace(day=1)
    found = []
    for _n in range(n):
        found.append(f"{day:%Y-%m}")
        day = (day - timedelta(days=1)).replace(day=1)
    return found


def days_of(month: str) -> int:
    """Days of the month 2025-09."""
    return months.monthrange(int(month[:4]), int(month[5:7]))[1]


def lines(unit: str, month: str) -> list[tuple[str, str]]:
    """(unit, telephone) of every public telephone of the unit and those below it that was in force in the month or had an outage in it."""
    tree = queries.tree()
    units = [unit, *tree.below(unit)]
    first = date(int(month[:4]), int(month[5:7]), 1)
    last = first.replace(day=days_of(month))
    found: dict[tuple[str, str], None] = {}
    rows = UnitContact.objects.filter(Q(until__isnull=True) | Q(until__gte=first), unit_id__in=units, since__lte=last)
    for row in rows.order_by("unit_id", "-since"):
        if row.until is None or row.until >= row.since:
            for number in re.split(r"[、,，;；]", row.phone):
                if number.strip():
                    found[row.unit_id, number.strip()] = None
    for outage in Outage.objects.filter(unit_id__in=units, void=False, since__date__lte=last).order_by("unit_id"):
        if outage.until is None or timezone.localtime(outage.until).date() >= first:
            found[outage.unit_id, outage.phone] = None
    return sorted(found)


def warnings(officer: Officer, now: datetime | None = None) -> list[Availability]:
    """Telephones of this officer's unit and those below it that cannot be reached now, or too seldom could this month: for heads alone."""
    if officer.role not in HEADS:
        return []
    moment = now or timezone.now()
    month = month_of(moment)
    found = [availability(unit, phone, month, moment) for unit, phone in lines(officer.unit_id, month)]
    tree = queries.tree()
    units = [officer.unit_id, *tree.below(officer.unit_id)]
    down = set(Outage.objects.filter(unit_id__in=units, until=None, void=False).values_list("unit_id", "phone"))
    return [one for one in found if one.low or (one.unit, one.phone) in down]


def outages(unit: str) -> list[Outage]:
    """Outages of the unit and those below it, the newest first; those that still last before all. Void ones are left out."""
    units = [unit, *queries.tree().below(unit)]
    rows = Outage.objects.filter(unit_id__in=units, void=False).order_by("-since", "-pk")[:LISTED]
    return sorted(rows, key=lambda row: row.until is not None)


def availabilities(
    known: Iterable[tuple[str, str]], months_: Iterable[str]
) -> dict[tuple[str, str, str], Availability]:
    """Of several telephones in several months; one query."""
    wanted, spans = list(known), [(month, *_span_of(month)) for month in months_]
    if not wanted or not spans:
        return {}
    first = min(span[1] for span in spans)
    lasting = Q(until__isnull=True) | Q(until__gt=first)
    rows = list(Outage.objects.filter(lasting, unit_id__in={unit for unit, _phone in wanted}, void=False))
    return {
        (unit, phone, month): _counted(
            unit, phone, month, begin, end, [r for r in rows if (r.unit_id, r.phone) == (unit, phone)]
        )
        for unit, phone in wanted
        for month, begin, end in spans
    }


def down_since(unit: str, phone: str) -> datetime | None:
    """Since when the telephone cannot be reached; none when it can."""
    rows = Outage.objects.filter(unit_id=unit, phone=phone, until=None, void=False).order_by("since")
    return rows.values_list("since", flat=True).first()
