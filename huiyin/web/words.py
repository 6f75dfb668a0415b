"""Codes and ids as people read them: units, roles, events, places, values of facts, moments."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any, Final

from django.utils import dateformat
from django.utils.translation import gettext as _

from huiyin import languages
from huiyin.core.model import Sealed
from huiyin.core.rules import Procedure
from huiyin.core.vocabulary import FactType, Vocabulary
from huiyin.core.vocabulary import load_vocabulary as core_vocabulary
from huiyin.core.workdays import End, Period
from huiyin.languages import load_vocabulary
from huiyin.org import categories
from huiyin.org import queries as org

ASKING: Final = frozenset({"enquiry", "suggestion", "praise"})
COUNTED: Final = frozenset({"working_day", "month", "quarter", "half_day"})  # units that Chinese counts with 个


def vocabulary() -> Vocabulary:
    """The one vocabulary."""
    return load_vocabulary()


def event_label(name: str) -> str:
    """An event as people call it."""
    kind = vocabulary().events.get(name)
    return kind.label_zh if kind else name


def done_label(name: str) -> str:
    """The same told as something that happened: Accepted. In Chinese there is no difference."""
    kind = core_vocabulary().events.get(name)
    return languages.done(kind.label_zh) if kind else name


def stage_label(stage: str) -> str:
    """A stage as people call it."""
    return vocabulary().label("stage", stage)


def unit_label(unit: str | None) -> str:
    """A unit's name; its id when it is not known any more."""
    return org.labels([unit])[unit] if unit else ""


def role_label(role: str, procedure: Procedure | None = None) -> str:
    """A role by the body's own title, else by the standard one."""
    own = procedure.titles.get(role) if procedure else None
    if own is None and role == "complainant" and procedure and ASKING.issuperset(procedure.kinds):
        return _("提出人")  # nobody complains here
    return own or str(vocabulary().roles.get(role, {}).get("label_zh", role))


def place_label(place: str) -> str:
    """A relative place (registrar, function:centre, each:assist) in words."""
    found = vocabulary().places.get(place)
    if found:
        return found
    head, _colon, rest = place.partition(":")
    if head == "function":
        function, _at, start = rest.partition("@")
        label = vocabulary().functions.get(function, function)
        return _("%(start)s的%(label)s") % {"start": place_label(start), "label": label} if start else label
    if head == "each":
        return _("各%s") % place_label(rest)
    return ""


def who_label(term: str, procedure: Procedure | None = None) -> str:
    """`role@place` in words: 受理登记人员（登记单位）."""
    role, _at, place = term.partition("@")
    if role == "each":
        role, place = place, ""
    title = role_label(role, procedure)
    where = place_label(place) or (unit_label(place) if place else "")
    return _("%(where)s的%(title)s") % {"where": where, "title": title} if where else title


def kind_label(kind: str) -> str:
    """投诉, 举报 and so on."""
    return vocabulary().label("kind", kind)


# -- time


def weekday(day: date) -> str:
    """周二."""
    return (_("周一"), _("周二"), _("周三"), _("周四"), _("周五"), _("周六"), _("周日"))[day.weekday()]


def day_text(day: date) -> str:
    """2026年6月9日（周二）."""
    return _("%(date)s（%(weekday)s）") % {"date": date_text(day), "weekday": weekday(day)}


def date_text(day: date) -> str:
    """2026年6月9日."""
    return dateformat.format(day, _("Y年n月j日"))  # Django's letters: j F Y in English


def moment_text(moment: datetime) -> str:
    """2026年6月9日 17:00."""
    return _("%(date)s %(time)s") % {"date": date_text(moment.date()), "time": f"{moment:%H:%M}"}


def end_text(end: End) -> str:
    """The end of a limit: a day, or a moment."""
    if end.moment is not None:
        return moment_text(end.moment)
    assert end.day is not None
    return day_text(end.day)


def period_text(period: Period) -> str:
    """5个工作日."""
    label = vocabulary().units_of_time.get(period.unit, period.unit)
    form = _("%(n)d个%(unit)s") if period.unit in COUNTED else _("%(n)d%(unit)s")
    return form % {"n": period.n, "unit": label.partition("(")[0]}


def money_text(fen: int) -> str:
    """199.00元."""
    return _("%s元") % f"{fen // 100:,}.{fen % 100:02d}"


# -- values


def value_text(kind: FactType | None, value: Any, names: Mapping[str, str] | None = None) -> str:
    """A plain value in words. `names`: people and parties by the keys that stand in events."""
    if isinstance(value, Sealed):
        return "****"
    if isinstance(value, bool):
        return _("是") if value else _("否")
    if isinstance(value, Period):
        return period_text(value)
    if isinstance(value, datetime):
        return moment_text(value)
    if isinstance(value, date):
        return day_text(value)
    if isinstance(value, tuple | list):
        return _("、").join(value_text(kind, item, names) for item in value)
    if kind is not None and kind.type == "money_fen" and isinstance(value, int):
        return money_text(value)
    return _name_text(kind, str(value), names or {})


def plain_text(kind: FactType | None, value: Any, names: Mapping[str, str] | None = None) -> str:
    """The same of a value in the form in which it stands in the log (dates as texts)."""
    if isinstance(value, Mapping):
        return period_text(Period(int(value["n"]), str(value["unit"]))) if "n" in value else ""
    if isinstance(value, str) and kind is not None and kind.type in ("date", "moment"):
        return day_text(date.fromisoformat(value)) if len(value) == 10 else moment_text(datetime.fromisoformat(value))
    return value_text(kind, value, names)


def _name_text(kind: FactType | None, value: str, names: Mapping[str, str]) -> str:
    if value in names:
        return names[value]
    if kind is None:
        return value
    if kind.values == "category":
        return categories.path(value)
    if kind.values:
        return vocabulary().label(kind.values, value)
    if kind.type in ("unit", "units"):
        return unit_label(value)
    if kind.type == "event_name":
        return event_label(value)
    if kind.type in ("party", "parties"):
        return role_label(value)
    return value


def listed(items: Iterable[str]) -> str:
    """甲、乙、丙."""
    return _("、").join(dict.fromkeys(items))
