"""Acts on what a unit works by: adopted procedures, and values for what the rules leave to the office."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any, Final

from django.utils.translation import gettext as _

from huiyin.core.vocabulary import load_vocabulary
from huiyin.org import procedures, queries, reach
from huiyin.org.acts import BadAct, act, check_span, done, iso
from huiyin.org.models import Adoption, Officer, SettingValue
from huiyin.org.units import known_unit


@act
def adopt(unit: str, procedure: str, *, since: date, until: date | None = None, by: Officer | None = None) -> Adoption:
    """The unit and those below it work by the procedure, in the version in force on `since`, from that day on. An earlier adoption of the
    same procedure ends the day before; one of the same day never takes effect. Errors: BadAct; RulesChanged."""
    reach.check(by, unit)
    rules = procedures.library()
    if procedure not in rules.procedures:
        raise BadAct("procedure", _("没有程序 %(id)s。") % {"id": procedure})
    check_span(since, until)
    text = procedures.store(rules.procedure(procedure, since))
    before = Adoption.objects.filter(unit=known_unit(unit), procedure_id=procedure)
    if before.filter(since__gt=since).exists():
        raise BadAct("since", _("该单位已有自更晚日期起采用此程序的记录。"))
    before.filter(queries.in_force(since)).update(until=since - timedelta(days=1))
    row = Adoption.objects.create(unit_id=unit, procedure_id=procedure, compiled=text, since=since, until=until)
    facts = {"unit": unit, "procedure": procedure, "hash": text.hash, "versions": text.versions}
    done("procedure_adopted", {**facts, "since": iso(since), "until": iso(until)}, by)
    return row


@act
def end_adoption(adoption: Adoption, *, until: date, by: Officer | None = None) -> Adoption:
    """No new cases under this adoption after that day; cases that run keep their procedure. Errors: BadAct."""
    reach.check(by, adoption.unit_id)
    check_span(adoption.since, until)
    adoption.until = until
    adoption.save(update_fields=["until"])
    done("adoption_ended", {"unit": adoption.unit_id, "procedure": adoption.procedure_id, "until": iso(until)}, by)
    return adoption


@act
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
    check_span(since, until)
    if unit is not None:
        known_unit(unit)
    SettingValue.objects.filter(queries.in_force(since), name=name, unit_id=unit, since__lt=since).update(
        until=since - timedelta(days=1)
    )
    row = SettingValue.objects.create(name=name, unit_id=unit, value=value, since=since, until=until)
    done(
        "setting_changed",
        {"setting": name, "unit": unit, "value": value, "since": iso(since), "until": iso(until)},
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
