"""The steps of a count in words: `counting.Step` holds codes, here each becomes a phrase, for pages and commands alike."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from huiyin.core.counting import Point, Step
from huiyin.core.labels import Translate


class StepWords:
    """Says steps. `unit` names a unit of time as it stands after a number, `written` writes a day or moment."""

    def __init__(self, translate: Translate, unit: Callable[[str], str], written: Callable[[Point], str]) -> None:
        self._ = translate
        self.unit = unit
        self.written = written

    def says(self, step: Step) -> str:
        """What is said of this step beside its day or moment."""
        said: dict[str, Callable[[Step], str]] = {
            "start": self._start, "day": self._day, "period": self._period, "extension": self._extension, "pause": self._pause,
            "roll": self._roll, "until": self._until, "end": self._end,
        }  # fmt: skip
        return said[step.kind](step)

    def _start(self, step: Step) -> str:
        return {
            "not_counted": self._("开始当日不计算在内"),
            "same_day": self._("当日办理"),
            "hour_not_counted": self._("开始的小时不计算在内"),
            "half_not_counted": self._("开始的半日不计算在内"),
            "from_moment": self._("自该时刻起连续计算"),
        }[step.note_code]

    def _day(self, step: Step) -> str:
        said = {
            "worked": self._("工作日"),
            "makeup": self._("%s调休，上班"),
            "weekend": self._("休息日，不计"),
            "holiday": self._("%s放假，不计"),
            "closed": self._("%s，本单位不上班，不计"),
        }[step.note_code]
        said = said % step.data["name"] if "%s" in said else said
        return said + self._("（放假通知未公布，暂定）") if step.data.get("provisional") else said

    def _period(self, step: Step) -> str:
        said = self._("满 %(n)s %(unit)s") % {"n": step.counted, "unit": self.unit(step.note_code)}
        return said + self._("；该月没有对应的日子，以月末为末日") if step.data.get("short_month") else said

    def _extension(self, step: Step) -> str:
        return self._("原期限至此，接着延长 %(n)s %(unit)s") % {"n": step.counted, "unit": self.unit(step.note_code)}

    def _pause(self, step: Step) -> str:
        span = {"first": self.written(step.data["first"]), "last": self.written(step.data["last"])}
        if step.note_code == "no_effect":
            return self._("中止（%(first)s 至 %(last)s）在届满之后开始，不影响期限") % span
        held = {
            "days": f"{step.counted} {self.unit('day')}",
            "working_days": f"{step.counted} {self.unit('working_day')}",
            "clock": str(timedelta(seconds=step.counted or 0)),
        }[step.note_code]
        return self._("中止（%(first)s 至 %(last)s）不计入，期限后延 %(held)s") % {**span, "held": held}

    def _roll(self, step: Step) -> str:
        reason = self._("适逢%s放假") % step.data["name"] if step.data.get("name") else self._("适逢休息日")
        return self._("末日 %(day)s %(reason)s，顺延") % {
            "day": self.written(step.data["moved_from"]), "reason": reason,
        }  # fmt: skip

    def _until(self, _step: Step) -> str:
        return self._("另定的时间较晚，以此为准")

    def _end(self, step: Step) -> str:
        if step.note_code == "provisional":
            return self._("届满（暂定：有的年份放假通知尚未公布，公布后重新计算）")
        return self._("届满")
