"""Acts of administration: units, areas, people, postings, adopted procedures, settings, keys. Each is one transaction with its entry in the
log of administration, and changes the stamp by which other processes notice.

`by` is the administrator's posting; none stands for the installation itself (the command line). Dates are local days, both included.
"""

import hashlib
import re
import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, timedelta
from functools import wraps
from typing import Any, Final, ParamSpec, TypeVar

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _

from huiyin.core import identifiers
from huiyin.core.model import SYSTEM, Actor
from huiyin.core.vocabulary import load_vocabulary
from huiyin.core.workdays import CalendarError
from huiyin.core.world import area_stem
from huiyin.org import log, powers, procedures, queries, reach, snapshot
from huiyin.org.models import Adoption, Area, Authority, Officer, Person, PlaceArea, SettingValue, Stamp, Unit
from huiyin.vault import erasing

ADMINISTRATORS: Final = frozenset({"administrator", "security_administrator"})
UNIT_ID: Final = re.compile(r"(external:)?[a-z][a-z0-9_]{0,50}")
P = ParamSpec("P")
R = TypeVar("R")


class BadAct(ValueError):
    """What was asked cannot be: `field` names what is wrong, the text says why, for the form."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


def _act(function: Callable[P, R]) -> Callable[P, R]:
    """One transaction; only the administrator whose act it is (huiyin.org.powers), or the installation."""

    @wraps(function)
    def inner(*args: P.args, **kwargs: P.kwargs) -> R:
        by = kwargs.get("by")
        may(function.__name__, by)
        with transaction.atomic():
            return function(*args, **kwargs)

    return inner


def may(act: str, by: object) -> None:
    """Raises PermissionDenied when the posting `by` is not of the administrator whose act it is."""
    if isinstance(by, Officer) and by.role not in powers.allowed(act):
        names = "、".join(sorted(load_vocabulary().roles[role]["label_zh"] for role in powers.allowed(act)))
        raise PermissionDenied(_("这件事由%(names)s办理。") % {"names": names})


def _done(name: str, facts: Mapping[str, Any], by: Officer | None) -> None:
    """The entry in the log, and a new stamp (random: one that was rolled back never comes again)."""
    log.write(name, facts, by=_actor(by))
    _stamp()


def _stamp() -> None:
    """Let every process read the organisation anew."""
    Stamp.objects.update_or_create(id=snapshot.STAMP, defaults={"value": secrets.token_hex(16)})


def _actor(by: Officer | None) -> Actor:
    return queries.actor_of(by) if by is not None else SYSTEM


def _day(value: date | None) -> str | None:
    return value.isoformat() if value else None


def _check_span(since: date, until: date | None) -> None:
    if until is not None and until < since:
        raise BadAct("until", _("结束日期早于开始日期。"))


# -- units and areas


@_act
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
    _check_span(since, until)
    unit = Unit(id=id, since=since, until=until, parent_id=parent)
    _fill(
        unit,
        {"label": label, "level": level, "functions": list(functions), "area": area, "hours": hours, "parent": parent},
    )
    _check_name(unit, since)
    unit.save(force_insert=True)
    _done("unit_created", {"unit": id, **_shape(unit)}, by)
    return unit


@_act
def change_unit(id: str, *, by: Officer | None = None, **changes: Any) -> Unit:
    """Change label, level, parent, functions, area or hours from now on. Old decisions stand: they keep what they saw. Errors: BadAct."""
    reach.check(by, id, changes.get("parent", id))
    unit = _unit(id)
    _fill(unit, changes)
    if {"label", "area"} & changes.keys():
        _check_name(unit, queries.today())
    unit.save(force_update=True)
    _done("unit_changed", {"unit": id, **_shape(unit)}, by)
    return unit


@_act
def close_unit(id: str, *, until: date, by: Officer | None = None) -> Unit:
    """The unit works until that day; postings there and units below must have ended. Errors: BadAct."""
    reach.check(by, id)
    unit = _unit(id)
    _check_span(unit.since, until)
    day_after = until + timedelta(days=1)
    if unit.officers.filter(queries.in_force(day_after)).exists():
        raise BadAct("until", _("该单位此后仍有在任人员，请先结束其任职。"))
    if unit.children.filter(queries.in_force(day_after)).exists():
        raise BadAct("until", _("该单位此后仍有下级单位，请先撤销或划转。"))
    unit.until = until
    unit.save(update_fields=["until"])
    _done("unit_closed", {"unit": id, "until": _day(until)}, by)
    return unit


def _unit(id: str) -> Unit:
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
    at = _unit(parent) if parent else None
    while at is not None:
        if at.id == unit.id:
            raise BadAct("parent", _("上级单位不能是本单位或其下级。"))
        at = at.parent


def _shape(unit: Unit) -> dict[str, Any]:
    return {
        "label": unit.label, "level": unit.level, "parent": unit.parent_id, "functions": list(unit.functions), "area": unit.area,
        "hours": unit.hours, "since": _day(unit.since), "until": _day(unit.until),
    }  # fmt: skip


@_act
def set_area(code: str, label: str, *, parent: str | None = None, by: Officer | None = None) -> Area:
    """Add or rename an administrative area. Errors: BadAct."""
    reach.check(by, None)
    if not re.fullmatch(r"[0-9]{6}([0-9]{3}){0,2}", code):
        raise BadAct("code", _("区划代码为 6 位、9 位或 12 位数字。"))
    if parent and not Area.objects.filter(code=parent).exists():
        raise BadAct("parent", _("没有代码为 %(code)s 的上级区划。") % {"code": parent})
    area, _made = Area.objects.update_or_create(code=code, defaults={"label": label, "parent_id": parent})
    _done("area_set", {"code": code, "label": label, "parent": parent}, by)
    return area


@_act
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
        _done("areas_set", {"source": source, "count": len(changed), "digest": told}, by)
    return len(changed)


def _area_above(code: str, stems: Mapping[str, str]) -> str | None:
    own = area_stem(code)
    return next((stems[own[:length]] for length in range(len(own) - 1, 1, -1) if own[:length] in stems), None)


@_act
def set_place(id: str, label: str, area: str, *, drawn: Iterable[str] = (), by: Officer | None = None) -> PlaceArea:
    """Add or change a known place."""
    reach.check(by, None)
    names = sorted(set(drawn))
    place, _made = PlaceArea.objects.update_or_create(id=id, defaults={"label": label, "area": area, "drawn": names})
    _done("place_set", {"place": id, "area": area, "drawn": names}, by)
    return place


# -- people and postings


@_act
def create_person(
    username: str, display_name: str, *, password: str | None = None, by: Officer | None = None
) -> Person:
    """Somebody who can log in. The log knows the number alone. Errors: BadAct; ValidationError for a weak password."""
    if not re.fullmatch(r"[\w.@+-]{2,60}", username):
        raise BadAct("username", _("用户名为 2 到 60 个字母、数字或 . @ + - _。"))
    if Person.objects.filter(username=username).exists():
        raise BadAct("username", _("用户名已被使用。"))
    if password is not None:
        validate_password(password, Person(username=username, display_name=display_name))
    person = Person.objects.create_user(username, password, display_name=display_name)
    for told in _password_given if password is not None else ():
        told(person)
    _done("person_created", {"person": person.key}, by)
    return person


@_act
def rename_person(person: Person, display_name: str, *, by: Officer | None = None) -> None:
    """Another name on the pages. The log knows the number alone. Errors: BadAct."""
    reach.check_person(by, person)
    if not display_name.strip():
        raise BadAct("display_name", _("请填写姓名。"))
    person.display_name = display_name.strip()[:60]
    person.save(update_fields=["display_name"])
    _done("person_renamed", {"person": person.key}, by)


_password_given: list[Callable[[Person], None]] = []


def password_given(told: Callable[[Person], None]) -> None:
    """Let a floor above know that somebody else than its owner set a password, inside the transaction."""
    if told not in _password_given:
        _password_given.append(told)


@_act
def set_password(person: Person, password: str, *, by: Officer | None = None) -> None:
    """A new password, set by an administrator. Errors: ValidationError."""
    reach.check_person(by, person)
    validate_password(password, person)
    person.set_password(password)
    person.save(update_fields=["password"])
    for told in _password_given:
        told(person)
    _done("password_set", {"person": person.key}, by)


def change_own_password(person: Person, old: str, new: str) -> None:
    """A new password, chosen by the person. Errors: BadAct when the old one is not the one in use or nothing changes; ValidationError."""
    if not person.check_password(old):
        raise BadAct("old", _("现在的密码不对。"))
    if old == new:
        raise BadAct("new", _("新密码和现在的一样。"))
    validate_password(new, person)
    with transaction.atomic():
        person.set_password(new)
        person.save(update_fields=["password"])
        _done("own_password_changed", {"person": person.key}, None)


@_act
def set_active(person: Person, active: bool, *, by: Officer | None = None) -> None:
    """Switch a person's access off or on again. Postings keep their dates. Off is off at once: the next request of that person, and of
    every token of hers, finds nobody. The system administrator may switch off, and only the security administrator on."""
    reach.check_person(by, person)
    may("switch_on" if active else "switch_off", by)
    person.is_active = active
    person.save(update_fields=["is_active"])
    _done("person_switched_on" if active else "person_switched_off", {"person": person.key}, by)


@_act
def appoint(
    person: Person, role: str, unit: str, *, since: date, until: date | None = None, deputy_for: Officer | None = None, by: Officer | None = None
) -> Officer:  # fmt: skip
    """Give a person a role at a unit for a time. With `deputy_for`: in place of that posting, whose role and unit they are. Errors: BadAct."""
    reach.check(by, unit)
    known = load_vocabulary().roles.get(role)
    if known is None or known["side"] != "inside" or role in ("any", "system", "first_contact"):
        raise BadAct("role", _("“%(role)s”不是可以任命的角色。") % {"role": role})
    found = _unit(unit)
    _check_span(since, until)
    if since < found.since or (found.until is not None and (until is None or until > found.until)):
        raise BadAct("since", _("任期超出单位存续的时间。"))
    _check_separate(person, role, since, until)
    if deputy_for is not None:
        _check_deputy(person, role, unit, deputy_for)
    same = Officer.objects.filter(person=person, role=role, unit_id=unit, deputy_for=deputy_for)
    if any((until is None or o.since <= until) and (o.until is None or since <= o.until) for o in same):
        raise BadAct("since", _("此人在这段时间已经担任这一角色。"))
    posting = Officer.objects.create(
        person=person, role=role, unit=found, since=since, until=until, deputy_for=deputy_for
    )
    facts = {
        "officer": posting.pk,
        "person": person.key,
        "role": role,
        "unit": unit,
        "since": _day(since),
        "until": _day(until),
    }
    _done("officer_appointed", {**facts, "deputy_for": deputy_for.pk if deputy_for else None}, by)
    return posting


def _check_separate(person: Person, role: str, since: date, until: date | None) -> None:
    if role not in powers.SEPARATE:
        return
    others = Officer.objects.filter(person=person, role__in=powers.SEPARATE - {role})
    if any((until is None or o.since <= until) and (o.until is None or since <= o.until) for o in others):
        raise BadAct("role", _("系统管理员、安全管理员、审计员三者不得由一人兼任。"))


def _check_deputy(person: Person, role: str, unit: str, principal: Officer) -> None:
    if principal.deputy_for_id is not None:
        raise BadAct("deputy_for", _("代理人不能再由他人代理。"))
    if (principal.role, principal.unit_id) != (role, unit):
        raise BadAct("deputy_for", _("代理的角色和单位须与被代理的任职相同。"))
    if principal.person_id == person.pk:
        raise BadAct("deputy_for", _("不能代理本人。"))


@_act
def end_posting(posting: Officer, *, until: date, by: Officer | None = None) -> Officer:
    """The posting's last day is `until`; those who deputise for it end with it. Whoever holds something is let go only when it was handed over
    (`before_leaving`). Errors: BadAct."""
    reach.check(by, posting.unit_id)
    _check_span(posting.since, until)
    if held := [text for question in _before_leaving for text in question(posting)]:
        raise BadAct("until", "".join(held))
    posting.until = until
    posting.save(update_fields=["until"])
    for deputy in posting.deputies.filter(queries.in_force(until + timedelta(days=1))):
        deputy.until = max(until, deputy.since)
        deputy.save(update_fields=["until"])
    _done("posting_ended", {"officer": posting.pk, "person": f"p{posting.person_id}", "until": _day(until)}, by)
    return posting


_before_leaving: list[Callable[[Officer], list[str]]] = []


def before_leaving(question: Callable[[Officer], list[str]]) -> None:
    """Let a floor above ask what a posting still holds before it ends: in words for the administrator; nothing when it may end."""
    if question not in _before_leaving:
        _before_leaving.append(question)


# -- other authorities


@_act
def set_authority(
    code: str, *, label: str, telephone: str, matters: Iterable[str], address: str = "", hours: str = "", url: str = "", area: str = "",
    unit: str = "", note: str = "", checked: date | None = None, since: date | None = None, by: Officer | None = None,
) -> Authority:  # fmt: skip
    """A new entry of the directory of other authorities, or the same one with these words from now on. Whoever writes it has made sure of the
    telephone (`checked`, default today). Errors: BadAct."""
    found = {
        "label": label.strip(), "telephone": telephone.strip(), "matters": _matters(matters), "address": address.strip(),
        "hours": hours.strip(), "url": url.strip(), "area": area, "unit": unit, "note": note.strip(),
    }  # fmt: skip
    _check_authority(code, found)
    before = Authority.objects.filter(pk=code).first()
    if before is not None and before.until is not None:
        raise BadAct("code", _("代号 %(code)s 用过，已经停用，请另取一个。") % {"code": code})
    row = before or Authority(code=code, since=since or queries.today())
    row.checked = checked or queries.today()
    for name, value in found.items():
        setattr(row, name, value)
    row.save(force_insert=before is None)
    shown = {name: value for name, value in found.items() if value}
    _done("authority_set", {"authority": code, **shown, "checked": _day(row.checked), "since": _day(row.since)}, by)
    return row


def _matters(given: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(word.strip() for word in given if word.strip()))


def _check_authority(code: str, found: Mapping[str, Any]) -> None:
    if not UNIT_ID.fullmatch(code) or ":" in code:
        raise BadAct("code", _("代号由小写字母、数字和下划线组成，以字母开头。"))
    for name, said in (("label", _("请填写部门名称。")), ("matters", _("请填写受理的事项。"))):
        if not found[name]:
            raise BadAct(name, said)
    numbers = [part for part in re.split(r"[、,，;；/]", found["telephone"]) if part.strip()]
    if not numbers or not all(identifiers.is_phone(number) for number in numbers):
        raise BadAct("telephone", _("请填写完整的电话，带区号；几个号码用顿号隔开。"))
    if found["url"] and not re.match(r"https?://[^\s]+$", found["url"]):
        raise BadAct("url", _("网址应以 http:// 或 https:// 开头。"))
    if found["area"] and not Area.objects.filter(code=found["area"]).exists():
        raise BadAct("area", _("没有代码为 %(code)s 的地区。") % {"code": found["area"]})
    if found["unit"] and not Unit.objects.filter(id=found["unit"], level="external").exists():
        raise BadAct("unit", _("没有代号为 %(id)s 的外部机关。") % {"id": found["unit"]})


@_act
def check_authority(code: str, *, checked: date | None = None, by: Officer | None = None) -> Authority:
    """Somebody called and the telephone is right: only the date of the last check moves. Errors: BadAct."""
    row = _authority(code)
    row.checked = checked or queries.today()
    if row.checked > queries.today():
        raise BadAct("checked", _("核对日期晚于今天。"))
    row.save(update_fields=["checked"])
    _done("authority_checked", {"authority": code, "checked": _day(row.checked)}, by)
    return row


@_act
def close_authority(code: str, *, until: date | None = None, by: Officer | None = None) -> Authority:
    """The entry is shown until that day (default: yesterday, so not any more). What was told before stands in its cases. Errors: BadAct."""
    row = _authority(code)
    row.until = until or queries.today() - timedelta(days=1)
    row.save(update_fields=["until"])
    _done("authority_closed", {"authority": code, "until": _day(row.until)}, by)
    return row


def _authority(code: str) -> Authority:
    found = Authority.objects.filter(queries.in_force(queries.today()), pk=code).first()
    if found is None:
        raise BadAct("code", _("没有代号为 %(code)s 的部门。") % {"code": code})
    return found


# -- procedures, settings, keys


@_act
def adopt(unit: str, procedure: str, *, since: date, until: date | None = None, by: Officer | None = None) -> Adoption:
    """The unit and those below it work by the procedure, in the version in force on `since`, from that day on. An earlier adoption of the
    same procedure ends the day before; one of the same day never takes effect. Errors: BadAct; RulesChanged."""
    reach.check(by, unit)
    rules = procedures.library()
    if procedure not in rules.procedures:
        raise BadAct("procedure", _("没有程序 %(id)s。") % {"id": procedure})
    _check_span(since, until)
    text = procedures.store(rules.procedure(procedure, since))
    before = Adoption.objects.filter(unit=_unit(unit), procedure_id=procedure)
    if before.filter(since__gt=since).exists():
        raise BadAct("since", _("该单位已有自更晚日期起采用此程序的记录。"))
    before.filter(queries.in_force(since)).update(until=since - timedelta(days=1))
    row = Adoption.objects.create(unit_id=unit, procedure_id=procedure, compiled=text, since=since, until=until)
    facts = {"unit": unit, "procedure": procedure, "hash": text.hash, "versions": text.versions}
    _done("procedure_adopted", {**facts, "since": _day(since), "until": _day(until)}, by)
    return row


@_act
def end_adoption(adoption: Adoption, *, until: date, by: Officer | None = None) -> Adoption:
    """No new cases under this adoption after that day; cases that run keep their procedure. Errors: BadAct."""
    reach.check(by, adoption.unit_id)
    _check_span(adoption.since, until)
    adoption.until = until
    adoption.save(update_fields=["until"])
    _done("adoption_ended", {"unit": adoption.unit_id, "procedure": adoption.procedure_id, "until": _day(until)}, by)
    return adoption


@_act
def set_setting(
    name: str, value: Any, *, unit: str | None = None, since: date, until: date | None = None, by: Officer | None = None
) -> SettingValue:
    """A value for what the rules leave to the office: for a unit and those below it, or for all. Errors: BadAct."""
    reach.check(by, unit)
    declared = next((p.settings[name] for p in _procedures() if name in p.settings), None)
    if declared is None:
        raise BadAct("name", _("没有规则使用设置“%(name)s”。") % {"name": name})
    if not SETTING_TYPES[declared.type](value):
        raise BadAct("value", _("设置“%(name)s”的值应为 %(type)s。") % {"name": name, "type": declared.type})
    _check_span(since, until)
    if unit is not None:
        _unit(unit)
    SettingValue.objects.filter(queries.in_force(since), name=name, unit_id=unit, since__lt=since).update(
        until=since - timedelta(days=1)
    )
    row = SettingValue.objects.create(name=name, unit_id=unit, value=value, since=since, until=until)
    _done(
        "setting_changed",
        {"setting": name, "unit": unit, "value": value, "since": _day(since), "until": _day(until)},
        by,
    )
    return row


def _procedures() -> Sequence[Any]:
    rules = procedures.library()
    return [procedure for id in rules.procedures for procedure in procedures.all_versions(rules, id)]


def _is_date(value: Any) -> bool:
    try:
        return isinstance(value, str) and bool(date.fromisoformat(value))
    except ValueError:
        return False


def _is_period(value: Any) -> bool:
    if not isinstance(value, Mapping) or set(value) != {"n", "unit"}:
        return False
    n = value["n"]
    return (
        isinstance(n, int) and not isinstance(n, bool) and n >= 0 and value["unit"] in load_vocabulary().units_of_time
    )


SETTING_TYPES: Final[dict[str, Callable[[Any], bool]]] = {
    "period": _is_period,
    "int": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "bool": lambda value: isinstance(value, bool),
    "text": lambda value: isinstance(value, str),
    "date": _is_date,
}


def rotate_keys(*, by: Officer | None = None) -> int:
    """A new master key; all data keys are wrapped anew. Not one transaction: interrupted, it is run again. Returns how many were wrapped."""
    may("rotate_keys", by)
    count = erasing.rotate_master()
    with transaction.atomic():
        _done("keys_rotated", {"keys": count}, by)
    return count
