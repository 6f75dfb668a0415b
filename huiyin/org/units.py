"""Acts on what there is: units, administrative areas, known places."""

import hashlib
import re
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any, Final

from django.utils.translation import gettext as _

from huiyin.core.vocabulary import load_vocabulary
from huiyin.core.workdays import CalendarError
from huiyin.core.world import area_stem
from huiyin.org import queries, reach, snapshot
from huiyin.org.acts import BadAct, act, check_span, done, iso
from huiyin.org.models import Area, Officer, PlaceArea, Unit

UNIT_ID: Final = re.compile(r"(external:)?[a-z][a-z0-9_]{0,50}")


@act
def create_unit(
    id: str, label: str, level: str, *, since: date, until: date | None = None, parent: str | None = None,
    functions: Iterable[str] = (), area: str = "", hours: Mapping[str, Any] | None = None, by: Officer | None = None,
) -> Unit:  # fmt: skip
    """A new unit. Of units that work at the same time in one area no two have the same name. Errors: BadAct."""
    reach.check(by, parent)
    if not UNIT_ID.fullmatch(id):
        raise BadAct("id", _("单位代号由小写字母、数字和下划线组成，以字母开头。"))
    if Unit.objects.filter(id=id).exists():
        raise BadAct("id", _("已有代号为 %(id)s 的单位。") % {"id": id})
    check_span(since, until)
    unit = Unit(id=id, since=since, until=until, parent_id=parent)
    _fill(
        unit,
        {"label": label, "level": level, "functions": list(functions), "area": area, "hours": hours, "parent": parent},
    )
    _check_name(unit, since)
    unit.save(force_insert=True)
    done("unit_created", {"unit": id, **_shape(unit)}, by)
    return unit


@act
def change_unit(id: str, *, by: Officer | None = None, **changes: Any) -> Unit:
    """Change label, level, parent, functions, area or hours from now on. Old decisions stand: they keep what they saw. Errors: BadAct."""
    reach.check(by, id, changes.get("parent", id))
    unit = known_unit(id)
    _fill(unit, changes)
    if {"label", "area"} & changes.keys():
        _check_name(unit, queries.today())
    unit.save(force_update=True)
    done("unit_changed", {"unit": id, **_shape(unit)}, by)
    return unit


@act
def close_unit(id: str, *, until: date, by: Officer | None = None) -> Unit:
    """The unit works until that day; postings there and units below must have ended. Errors: BadAct."""
    reach.check(by, id)
    unit = known_unit(id)
    check_span(unit.since, until)
    day_after = until + timedelta(days=1)
    if unit.officers.filter(queries.in_force(day_after)).exists():
        raise BadAct("until", _("该单位此后仍有在任人员，请先结束其任职。"))
    if unit.children.filter(queries.in_force(day_after)).exists():
        raise BadAct("until", _("该单位此后仍有下级单位，请先撤销或划转。"))
    unit.until = until
    unit.save(update_fields=["until"])
    done("unit_closed", {"unit": id, "until": iso(until)}, by)
    return unit


def known_unit(id: str) -> Unit:
    found = Unit.objects.filter(id=id).first()
    if found is None:
        raise BadAct("unit", _("没有代号为 %(id)s 的单位。") % {"id": id})
    return found


def _fill(unit: Unit, given: Mapping[str, Any]) -> None:
    vocabulary = load_vocabulary()
    for name, value in given.items():
        if name == "label" and not str(value).strip():
            raise BadAct("label", _("请填写单位名称。"))
        if name == "level" and value not in vocabulary.values["level"]:
            raise BadAct("level", _("不认识的层级“%(level)s”。") % {"level": value})
        if name == "functions" and (unknown := sorted(set(value) - set(vocabulary.functions))):
            raise BadAct("functions", _("不认识的职能：%(names)s。") % {"names": "、".join(unknown)})
        if name == "hours":
            _check_hours(value)
        if name == "parent":
            _check_parent(unit, value)
            unit.parent_id = value
        elif name in ("label", "level", "functions", "area", "hours"):
            setattr(unit, name, sorted(set(value)) if name == "functions" else value)
        else:
            raise BadAct(name, _("单位没有这一项。"))


def _check_name(unit: Unit, on: date) -> None:
    """No two units of one area that work at the same time have one name: people could not tell which of them it is."""
    same = Unit.objects.filter(queries.in_force(max(on, unit.since)), label=unit.label, area=unit.area)
    if same.exclude(pk=unit.pk).exists():
        raise BadAct("label", _("同一地区已有名称为“%(label)s”的单位。") % {"label": unit.label})


def _check_hours(hours: Any) -> None:
    try:
        snapshot.hours_of(hours)
    except (CalendarError, KeyError, TypeError, ValueError) as error:
        raise BadAct("hours", _("办公时间的写法不对：%(error)s") % {"error": error}) from error


def _check_parent(unit: Unit, parent: str | None) -> None:
    at = known_unit(parent) if parent else None
    while at is not None:
        if at.id == unit.id:
            raise BadAct("parent", _("上级单位不能是本单位或其下级。"))
        at = at.parent


def _shape(unit: Unit) -> dict[str, Any]:
    return {
        "label": unit.label, "level": unit.level, "parent": unit.parent_id, "functions": list(unit.functions), "area": unit.area,
        "hours": unit.hours, "since": iso(unit.since), "until": iso(unit.until),
    }  # fmt: skip


@act
def set_area(code: str, label: str, *, parent: str | None = None, by: Officer | None = None) -> Area:
    """Add or rename an administrative area. Errors: BadAct."""
    reach.check(by, None)
    if not re.fullmatch(r"[0-9]{6}([0-9]{3}){0,2}", code):
        raise BadAct("code", _("区划代码为 6 位、9 位或 12 位数字。"))
    if parent and not Area.objects.filter(code=parent).exists():
        raise BadAct("parent", _("没有代码为 %(code)s 的上级区划。") % {"code": parent})
    area, _made = Area.objects.update_or_create(code=code, defaults={"label": label, "parent_id": parent})
    done("area_set", {"code": code, "label": label, "parent": parent}, by)
    return area


@act
def set_areas(areas: Mapping[str, str], *, source: str, by: Officer | None = None) -> int:
    """Add or rename many areas at once (code -> name); each lies in the nearest one above it that is there, by its code. One entry in the
    log, with the digest of what was set. Returns how many are new or have another name or place. Errors: BadAct."""
    reach.check(by, None)
    if wrong := next((code for code in areas if not re.fullmatch(r"[0-9]{6}([0-9]{3}){0,2}", code)), None):
        raise BadAct("code", _("区划代码 %(code)s 不是 6 位、9 位或 12 位数字。") % {"code": wrong})
    known = {row[0]: row[1:] for row in Area.objects.values_list("code", "label", "parent_id")}
    stems = {area_stem(code): code for code in (*known, *areas)}
    wanted = {code: (label, _area_above(code, stems)) for code, label in areas.items()}
    changed = [code for code in sorted(wanted, key=lambda c: (len(area_stem(c)), c)) if known.get(code) != wanted[code]]
    rows = [Area(code=code, label=wanted[code][0], parent_id=wanted[code][1]) for code in changed]
    Area.objects.bulk_create(
        rows, batch_size=1000, update_conflicts=True, unique_fields=["code"], update_fields=["label", "parent"]
    )
    if changed:
        told = hashlib.sha256("\n".join(f"{c} {wanted[c][0]} {wanted[c][1]}" for c in changed).encode()).hexdigest()
        done("areas_set", {"source": source, "count": len(changed), "digest": told}, by)
    return len(changed)


def _area_above(code: str, stems: Mapping[str, str]) -> str | None:
    own = area_stem(code)
    return next((stems[own[:length]] for length in range(len(own) - 1, 1, -1) if own[:length] in stems), None)


@act
def set_place(id: str, label: str, area: str, *, drawn: Iterable[str] = (), by: Officer | None = None) -> PlaceArea:
    """Add or change a known place."""
    reach.check(by, None)
    names = sorted(set(drawn))
    place, _made = PlaceArea.objects.update_or_create(id=id, defaults={"label": label, "area": area, "drawn": names})
    done("place_set", {"place": id, "area": area, "drawn": names}, by)
    return place
