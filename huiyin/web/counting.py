"""How a limit was counted, day by day, in words. The core's steps hold codes; here they become lines of a list."""

from dataclasses import dataclass
from typing import Final

from django.utils.translation import gettext as _

from huiyin.core.counting import Point, Step, day_of
from huiyin.core.model import Due
from huiyin.core.step_words import StepWords
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
    return Line(number, _written(at), WORDS.says(step), step.kind == "day" and step.counted is None)


def _written(point: Point) -> str:
    day = day_of(point)
    text = f"{day.isoformat()} {weekday(day)}"
    return f"{text} {point:%H:%M}" if hasattr(point, "hour") else text


def _unit(unit: str) -> str:
    return vocabulary().units_of_time[unit].partition("(")[0]


WORDS: Final = StepWords(_, _unit, _written)
