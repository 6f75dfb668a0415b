"""How units are reached, day by day (CD-03b). How long their telephones could not be: telephones.py.

A page, a receipt or a notice shows what was in force on its own day. A unit that says nothing is reached through the nearest unit above it in the
same bureau.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import date, timedelta
from typing import Any, Final

from django.utils.translation import gettext as _

from huiyin.core import identifiers
from huiyin.core.world import INNER_LEVELS
from huiyin.org import acts, queries, reach, snapshot
from huiyin.org.acts import BadAct
from huiyin.org.models import Officer, UnitContact
from huiyin.org.units import known_unit


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
    if found.phone and not (numbers(found.phone) and all(is_callable(number) for number in numbers(found.phone))):
        raise BadAct("phone", _("请填写完整的电话，带区号；几个号码用顿号隔开。"))
    if found.postcode and not re.fullmatch(r"[0-9]{6}", found.postcode):
        raise BadAct("postcode", _("邮编为 6 位数字。"))
    if found.website and not re.match(r"https?://[^\s]+$", found.website):
        raise BadAct("website", _("网址应以 http:// 或 https:// 开头。"))
    for name, most in LONGEST.items():
        if len(getattr(found, name)) > most:
            raise BadAct(name, _("太长了，请写短一些。"))


def numbers(phone: str) -> list[str]:
    """The telephone numbers of a row, which may name several."""
    return [part.strip() for part in re.split(r"[、,，;；]", phone) if part.strip()]


def is_callable(number: str) -> bool:
    """A telephone of the country, or a short public one such as 12315."""
    return identifiers.is_phone(number) or bool(re.fullmatch(r"1[0-9]{4}", number.strip()))
