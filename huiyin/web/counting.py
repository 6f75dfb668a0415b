"""How a limit was counted, day by day, in words. The core's steps hold codes; here they become lines of a list."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from django.utils.translation import gettext as _

from huiyin.core.counting import Point, Step, day_of
from huiyin.core.model import Due
from huiyin.core.workdays import Calendar
from huiyin.web.words import period_text, vocabulary, weekday


@dataclass(frozen=True, slots=True)
class Line:
    """One line: the number of a day that counts, the day or moment, what is said of it. `off`: it does not count."""

    number: str
    at: str
    says: str
    off: bool = False


def explained(due: Due, calendar: Calendar) -> list[Line]:
    """How the end of a limit came about; empty when the end was named by a person and nothing was counted."""
    counting = due.counting
    if counting is None or counting.period is None or due.end is None:
        return []
    steps = calendar.explain(
        counting.start,
        counting.period,
        roll=counting.roll,
        more=counting.more,
        paused=counting.paused,
        until=counting.until,
    )
    return [line(step) for step in steps]


def rule_text(due: Due) -> str:
    """The length of a limit in words: 7个工作日, 延长5个工作日."""
    counting = due.counting
    if counting is None or counting.period is None:
        return _("按确定的时间")
    said = _("当日") if counting.period.n == 0 else period_text(counting.period)
    for more in counting.more:
        said += _("，延长%s") % period_text(more)
    return said


def line(step: Step) -> Line:
    """One step of a count."""
    at = step.day if step.moment is None else step.moment
    assert at is not None
    number = str(step.counted) if step.kind == "day" and step.counted is not None else ""
    return Line(number, _written(at), SAY[step.kind](step), step.kind == "day" and step.counted is None)


def _written(point: Point) -> str:
    day = day_of(point)
    text = f"{day.isoformat()} {weekday(day)}"
    return f"{text} {point:%H:%M}" if hasattr(point, "hour") else text


def _unit(unit: str) -> str:
    return vocabulary().units_of_time[unit].partition("(")[0]


def _say_start(step: Step) -> str:
    return {
        "not_counted": _("开始当日不计算在内"),
        "same_day": _("当日办理"),
        "hour_not_counted": _("开始的小时不计算在内"),
        "half_not_counted": _("开始的半日不计算在内"),
        "from_moment": _("自该时刻起连续计算"),
    }[step.note_code]


def _say_day(step: Step) -> str:
    said = {
        "worked": _("工作日"),
        "makeup": _("%s调休，上班"),
        "weekend": _("休息日，不计"),
        "holiday": _("%s放假，不计"),
        "closed": _("%s，本单位不上班，不计"),
    }[step.note_code]
    said = said % step.data["name"] if "%s" in said else said
    return said + _("（放假通知未公布，暂定）") if step.data.get("provisional") else said


def _say_period(step: Step) -> str:
    said = _("满 %(n)s %(unit)s") % {"n": step.counted, "unit": _unit(step.note_code)}
    return said + _("；该月没有对应的日子，以月末为末日") if step.data.get("short_month") else said


def _say_extension(step: Step) -> str:
    return _("原期限至此，接着延长 %(n)s %(unit)s") % {"n": step.counted, "unit": _unit(step.note_code)}


def _say_pause(step: Step) -> str:
    span = {"first": _written(step.data["first"]), "last": _written(step.data["last"])}
    if step.note_code == "no_effect":
        return _("中止（%(first)s 至 %(last)s）在届满之后开始，不影响期限") % span
    held = {
        "days": f"{step.counted} {_unit('day')}",
        "working_days": f"{step.counted} {_unit('working_day')}",
        "clock": str(timedelta(seconds=step.counted or 0)),
    }[step.note_code]
    return _("中止（%(first)s 至 %(last)s）不计入，期限后延 %(held)s") % {**span, "held": held}


def _say_roll(step: Step) -> str:
    reason = _("适逢%s放假") % step.data["name"] if step.data.get("name") else _("适逢休息日")
    return _("末日 %(day)s %(reason)s，顺延") % {"day": _written(step.data["moved_from"]), "reason": reason}


def _say_until(step: Step) -> str:
    return _("另定的时间较晚，以此为准")


def _say_end(step: Step) -> str:
    if step.note_code == "provisional":
        return _("届满（暂定：有的年份放假通知尚未公布，公布后重新计算）")
    return _("届满")


SAY: Final[Mapping[str, Callable[[Step], str]]] = {
    "start": _say_start,
    "day": _say_day,
    "period": _say_period,
    "extension": _say_extension,
    "pause": _say_pause,
    "roll": _say_roll,
    "until": _say_until,
    "end": _say_end,
}
