"""Reading the organisation: the tree, the world for the core, who holds which posting, what a unit works by."""

from collections.abc import Iterable
from datetime import date

from django.db.models import Q, QuerySet
from django.utils import timezone

from huiyin.core.model import Actor
from huiyin.core.world import UnitTree
from huiyin.org import snapshot
from huiyin.org.models import Area, Officer, Person, PlaceArea
from huiyin.org.world import DbWorld


def today() -> date:
    """The local date."""
    return timezone.localdate()


def tree(root: str | None = None, on: date | None = None) -> UnitTree:
    """All units of the day (today), seen from the body whose top is `root`."""
    return snapshot.current().tree(root, on or today())


def body_of(unit: str, procedure: str | None = None, on: date | None = None) -> str:
    """The top of the body a unit belongs to: for a procedure the nearest unit, itself included, that ever adopted it (also one that
    has given it up since: its old cases stay its own); without a procedure or an adopter, the topmost unit."""
    now = snapshot.current()
    line = (unit, *now.tree(None, on or today()).above(unit))
    if procedure is not None:
        adopters = {a.unit for a in now.adoptions if a.procedure == procedure}
        found = next((at for at in line if at in adopters), None)
        if found is not None:
            return found
    return line[-1]


def world_for(
    unit: str, *, procedure: str | None = None, on: date | None = None, case_id: int | None = None
) -> DbWorld:
    """The world for a unit or a body (its root). `on`: the local date for which it is asked; default today."""
    day = on or today()
    return DbWorld(snapshot.current(), body_of(unit, procedure, day), day, case_id)


def in_force(on: date) -> Q:
    """Rows whose since-until holds that day."""
    return Q(since__lte=on) & (Q(until__isnull=True) | Q(until__gte=on))


def postings(person: Person, on: date | None = None) -> list[Officer]:
    """What a person may act as on that day, deputies' postings after the own ones. Nobody who is switched off has any."""
    if not person.is_active:
        return []
    found = Officer.objects.filter(in_force(on or today()), person=person).select_related("unit", "person")
    return sorted(found, key=lambda o: (o.deputy_for_id is not None, o.pk))


def officer(pk: int, person: Person, on: date | None = None) -> Officer | None:
    """That posting, when it is this person's and in force."""
    return next((o for o in postings(person, on) if o.pk == pk), None)


def actor_of(found: Officer) -> Actor:
    """The officer as the core knows it. The person is p12 whatever the posting, so that one person in two roles is one person."""
    return Actor(found.role, found.unit_id, f"p{found.person_id}", None, found.deputy_for_id is not None)


def in_place_of(found: Officer) -> str:
    """The person in whose place this posting is held, as events name him; nobody: empty."""
    return f"p{found.deputy_for.person_id}" if found.deputy_for is not None else ""


def holders(role: str, unit: str, on: date | None = None) -> QuerySet[Officer]:
    """Postings of that role at that unit in force on the day, of active people."""
    return Officer.objects.filter(
        in_force(on or today()), role=role, unit_id=unit, person__is_active=True
    ).select_related("person", "unit")


def person_pk(key: str) -> int | None:
    """Primary key of a person named p12 in an event; none for `system`, outside roles and the like."""
    return int(key[1:]) if key[:1] == "p" and key[1:].isdecimal() and len(key) < 18 else None


def people(keys: Iterable[str]) -> dict[str, Person]:
    """Persons by the names that stand in events."""
    wanted = {pk for pk in map(person_pk, keys) if pk is not None}
    return {person.key: person for person in Person.objects.filter(pk__in=wanted)}


def labels(units: Iterable[str]) -> dict[str, str]:
    """Names of units, also of those that are closed today; an unknown id stands for itself."""
    known = snapshot.current().units
    return {unit: known[unit][0].label if unit in known else unit for unit in units}


def place_labels(ids: Iterable[str]) -> dict[str, str]:
    """Names of known places and of areas by their codes; what is neither is left out."""
    wanted = list(ids)
    found = dict(Area.objects.filter(code__in=wanted).values_list("code", "label"))
    return found | dict(PlaceArea.objects.filter(id__in=wanted).values_list("id", "label"))
