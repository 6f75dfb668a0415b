"""Public telephones of units: when they could not be reached, and how well they could be month by month (HN-FW-02b)."""

import calendar as months
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from huiyin.org import acts, contacts, log, queries
from huiyin.org.acts import BadAct
from huiyin.org.models import Officer, Outage, UnitContact
from huiyin.org.units import known_unit

REPORTERS: Final = frozenset({"intake_officer", "duty_officer", "unit_head", "leader", "director", "administrator"})
HEADS: Final = ("unit_head", "leader", "director")
ENOUGH: Final = Decimal("99.5")  # per cent of a month; below it the head of the unit is warned
HUNDREDTH: Final = Decimal("0.01")
LISTED: Final = 200  # outages of one list


# -- telephones that cannot be reached


def _may_report(unit: str, by: Officer | None) -> None:
    if by is None:
        return
    line = (unit, *queries.tree().above(unit))
    if by.role not in REPORTERS or by.unit_id not in line:
        raise PermissionDenied(_("只有本单位和上级单位的人员可以记录电话中断。"))


@transaction.atomic
def report_outage(
    unit: str, phone: str, *, since: datetime, why: str, until: datetime | None = None, by: Officer | None = None
) -> Outage:
    """The public telephone of the unit cannot be reached from then on (to then). Moments with their zone. Errors: BadAct."""
    _may_report(unit, by)
    known_unit(unit)
    if not phone.strip() or not contacts.is_callable(phone):
        raise BadAct("phone", _("请填写中断的电话号码。"))
    if not why.strip():
        raise BadAct("why", _("请写明原因。"))
    _check_span(since, until)
    row = Outage.objects.create(unit_id=unit, phone=phone.strip(), since=since, until=until, why=why.strip()[:200])
    log.write(
        "outage_reported",
        {"outage": row.pk, "unit": unit, "phone": row.phone, "why": row.why, **_span(row)},
        by=acts.actor_for(by),
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
    log.write("outage_ended", {"outage": row.pk, "unit": row.unit_id, **_span(row)}, by=acts.actor_for(by))
    return row


@transaction.atomic
def void_outage(row: Outage, *, reason: str, by: Officer | None = None) -> Outage:
    """It was entered by mistake. It stays, and counts no more. Errors: BadAct."""
    _may_report(row.unit_id, by)
    if not reason.strip():
        raise BadAct("reason", _("请写明作废的理由。"))
    row.void = True
    row.save(update_fields=["void"])
    log.write(
        "outage_voided", {"outage": row.pk, "unit": row.unit_id, "reason": reason.strip()[:200]}, by=acts.actor_for(by)
    )
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
            found |= dict.fromkeys((row.unit_id, number) for number in contacts.numbers(row.phone))
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
    rows = Outage.objects.filter(unit_id__in=units, void=False).order_by("-since", "-pk")
    lasting = list(rows.filter(until=None)[:LISTED])
    return lasting + list(rows.exclude(until=None)[: LISTED - len(lasting)])


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
