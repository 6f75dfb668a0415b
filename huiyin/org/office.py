"""An office as a file: its areas, units, people, adopted procedures and settings, so that a new installation starts with one command.

Applying a file goes through the same acts as an administrator's work. What is there already is left as it is: the file begins an office,
the pages keep it. Where the database says otherwise than the file, that is reported, not changed.
"""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from huiyin.org import actions, contacts, passwords, queries
from huiyin.org.acts import BadAct
from huiyin.org.models import Adoption, Area, Officer, Person, SettingValue, Unit

# section -> keys that must stand, keys that may
SHAPE: Final[dict[str, tuple[frozenset[str], frozenset[str]]]] = {
    "area": (frozenset({"code", "label"}), frozenset({"parent"})),
    "unit": (frozenset({"id", "label", "level"}), frozenset({"parent", "functions", "area", "hours", "since"})),
    "person": (frozenset({"username", "name", "postings"}), frozenset()),
    "contact": (frozenset({"unit"}), frozenset({*contacts.FIELDS, "since"})),
    "adopt": (frozenset({"unit", "procedure"}), frozenset({"since"})),
    "setting": (frozenset({"name", "value"}), frozenset({"unit", "since"})),
}
POSTING: Final = (frozenset({"role", "unit"}), frozenset({"since", "until"}))


class BadOffice(ValueError):
    """The file cannot be used; the text names the entry and says what to write."""


@dataclass(frozen=True, slots=True)
class Office:
    """A file that was read: `since` is the day from which entries count that name no other."""

    since: date
    hours: Mapping[str, Any]
    entries: Mapping[str, list[dict[str, Any]]]


@dataclass
class Done:
    """What applying a file did: how many of each were made, first passwords by user name, what differs from the file."""

    made: dict[str, int] = field(default_factory=dict)
    passwords: dict[str, str] = field(default_factory=dict)
    differs: list[str] = field(default_factory=list)

    def count(self, section: str) -> None:
        self.made[section] = self.made.get(section, 0) + 1


def read(path: Path) -> Office:
    """The office in a TOML file. Raises BadOffice for a file that is not there, is no TOML, or has keys nobody knows."""
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise BadOffice(_("无法读取 %(path)s：%(error)s") % {"path": path, "error": error.strerror}) from error
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise BadOffice(_("%(path)s 不是 UTF-8 的 TOML 文件：%(error)s") % {"path": path, "error": error}) from error
    if unknown := sorted(raw.keys() - SHAPE.keys() - {"since", "hours"}):
        raise BadOffice(_("不认识的部分：%(names)s。") % {"names": "、".join(unknown)})
    since = raw.get("since")
    if type(since) is not date:
        raise BadOffice(_("请在文件开头写明起始日期，例如 since = 2026-12-01。"))
    entries: dict[str, list[dict[str, Any]]] = {}
    for section, shape in SHAPE.items():
        entries[section] = raw.get(section, [])
        for number, entry in enumerate(entries[section], 1):
            _check_keys(_place(section, number), entry, shape)
    for number, person in enumerate(entries["person"], 1):
        for posting in person["postings"]:
            _check_keys(_place("person", number), posting, POSTING)
    return Office(since, raw.get("hours", {}), entries)


def _check_keys(place: str, entry: Any, shape: tuple[frozenset[str], frozenset[str]]) -> None:
    must, may = shape
    if not isinstance(entry, dict):
        raise BadOffice(_("%(place)s：应写成表。") % {"place": place})
    if missing := sorted(must - entry.keys()):
        raise BadOffice(_("%(place)s：缺少 %(names)s。") % {"place": place, "names": "、".join(missing)})
    if unknown := sorted(entry.keys() - must - may):
        raise BadOffice(_("%(place)s：不认识 %(names)s。") % {"place": place, "names": "、".join(unknown)})


def _place(section: str, number: int) -> str:
    return f"[[{section}]] #{number}"


def apply(office: Office) -> Done:
    """Make what the database does not have yet: all or nothing. Raises BadOffice naming the entry that cannot be."""
    done = Done()
    with transaction.atomic():
        for section, make in _MAKERS.items():
            for number, entry in _ordered(section, office.entries[section]):
                try:
                    make(office, entry, done)
                except BadAct as error:
                    raise BadOffice(f"{_place(section, number)} {error.field}：{error}") from error
                except (ValidationError, TypeError, ValueError) as error:
                    raise BadOffice(f"{_place(section, number)}：{error}") from error
    return done


def _ordered(section: str, entries: list[dict[str, Any]]) -> Iterator[tuple[int, dict[str, Any]]]:
    """Entries with their numbers; areas and units after the one they lie under, wherever the file has it."""
    left, key = dict(enumerate(entries, 1)), {"area": "code", "unit": "id"}.get(section, "")
    while left:
        waiting = {entry.get(key) for entry in left.values()} if key else set()
        ready = [n for n, entry in left.items() if not key or entry.get("parent") not in waiting]
        if not ready:
            raise BadOffice(
                _("%(place)s：上级之间互相指向，没有最上面的一个。") % {"place": _place(section, min(left))}
            )
        for number in ready:
            yield number, left.pop(number)


def _area(_office: Office, entry: dict[str, Any], done: Done) -> None:
    found = Area.objects.filter(code=entry["code"]).first()
    if found is None:
        actions.set_area(entry["code"], entry["label"], parent=entry.get("parent"))
        done.count("area")
    elif (found.label, found.parent_id) != (entry["label"], entry.get("parent")):
        done.differs.append(_("区划 %(code)s 与文件不同") % {"code": entry["code"]})


def _unit(office: Office, entry: dict[str, Any], done: Done) -> None:
    hours = entry.get("hours")
    if isinstance(hours, str):
        if hours not in office.hours:
            raise BadAct("hours", _("没有 [hours.%(name)s] 这一部分。") % {"name": hours})
        hours = office.hours[hours]
    wanted = {
        "label": entry["label"], "level": entry["level"], "parent": entry.get("parent"), "area": entry.get("area", ""),
        "functions": sorted(set(entry.get("functions", ()))), "hours": hours,
    }  # fmt: skip
    found = Unit.objects.filter(id=entry["id"]).first()
    if found is None:
        actions.create_unit(entry["id"], since=entry.get("since", office.since), **wanted)
        done.count("unit")
        return
    has = {name: found.parent_id if name == "parent" else getattr(found, name) for name in wanted}
    if names := sorted(name for name in wanted if has[name] != wanted[name]):
        done.differs.append(_("单位 %(id)s 的 %(names)s 与文件不同") % {"id": entry["id"], "names": "、".join(names)})


def _contact(office: Office, entry: dict[str, Any], done: Done) -> None:
    wanted: dict[str, Any] = {name: str(entry.get(name, "")) for name in contacts.FIELDS}
    found = contacts.own(entry["unit"], max(entry.get("since", office.since), queries.today()))
    if found is None:
        contacts.set_contact(entry["unit"], since=entry.get("since", office.since), **wanted)
        done.count("contact")
    elif any(getattr(found, name) != value for name, value in wanted.items()):
        done.differs.append(_("单位 %(id)s 的联系方式与文件不同") % {"id": entry["unit"]})


def _person(office: Office, entry: dict[str, Any], done: Done) -> None:
    person = Person.objects.filter(username=entry["username"]).first()
    if person is None:
        password = passwords.made()
        person = actions.create_person(entry["username"], entry["name"], password=password)
        done.passwords[person.username] = password
        done.count("person")
    elif person.display_name != entry["name"]:
        done.differs.append(_("人员 %(name)s 的姓名与文件不同") % {"name": entry["username"]})
    for posting in entry["postings"]:
        if not Officer.objects.filter(person=person, role=posting["role"], unit_id=posting["unit"]).exists():
            since = posting.get("since", office.since)
            actions.appoint(person, posting["role"], posting["unit"], since=since, until=posting.get("until"))
            done.count("posting")


def _adopt(office: Office, entry: dict[str, Any], done: Done) -> None:
    if not Adoption.objects.filter(unit_id=entry["unit"], procedure_id=entry["procedure"]).exists():
        actions.adopt(entry["unit"], entry["procedure"], since=entry.get("since", office.since))
        done.count("adopt")


def _setting(office: Office, entry: dict[str, Any], done: Done) -> None:
    found = SettingValue.objects.filter(name=entry["name"], unit_id=entry.get("unit")).order_by("since").last()
    if found is None:
        since = entry.get("since", office.since)
        actions.set_setting(entry["name"], entry["value"], unit=entry.get("unit"), since=since)
        done.count("setting")
    elif found.value != entry["value"]:
        done.differs.append(_("设定 %(name)s 与文件不同") % {"name": entry["name"]})


_MAKERS: Final = {
    "area": _area,
    "unit": _unit,
    "contact": _contact,
    "person": _person,
    "adopt": _adopt,
    "setting": _setting,
}
