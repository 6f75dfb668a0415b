"""How far an administrator's acts reach: his own unit and those below it, whatever their dates. What is everybody's (areas, places, values for
all units) is kept where nobody stands above."""

from datetime import date

from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from huiyin.org.models import Officer, Person, Unit


def holds(by: Officer, unit: str) -> bool:
    """Is the unit his own, or below it?"""
    at: str | None = unit
    seen: set[str] = set()
    while at is not None and at not in seen:
        if at == by.unit_id:
            return True
        seen.add(at)
        at = Unit.objects.filter(id=at).values_list("parent_id", flat=True).first()
    return False


def is_top(by: Officer) -> bool:
    """Does nobody stand above his unit?"""
    return Unit.objects.filter(id=by.unit_id, parent__isnull=True).exists()


def check(by: Officer | None, *units: str | None) -> None:
    """Raises PermissionDenied when one of the units is out of reach; none stands for everybody. `by` none is the installation: it reaches all."""
    if by is None:
        return
    for unit in units:
        if unit is None and not is_top(by):
            raise PermissionDenied(_("这一项对全部单位起作用，由最上级单位的管理员办理。"))
        if unit is not None and not holds(by, unit):
            raise PermissionDenied(_("只能管理本单位和下级单位。"))


def check_person(by: Officer | None, person: Person, today: date | None = None) -> None:
    """Somebody who is posted, today or later, out of reach is kept by the administrators there. Raises PermissionDenied."""
    if by is None:
        return
    lasting = Q(until__isnull=True) | Q(until__gte=today or timezone.localdate())
    check(by, *Officer.objects.filter(lasting, person=person).values_list("unit_id", flat=True).distinct())
