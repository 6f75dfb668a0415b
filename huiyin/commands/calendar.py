"""工作日历：计算到期时间，核对日历。

huiyin calendar due    算出一个期限何时届满，并逐日说明怎么算的
huiyin calendar check  用一份写明到期日的 CSV 文件核对日历
"""

import argparse
import csv
import os
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any, Final, NamedTuple

from huiyin.commands import Stop, _, database_ready
from huiyin.core.calendar_files import load
from huiyin.core.counting import Point, day_of
from huiyin.core.step_words import StepWords
from huiyin.core.workdays import ROLLS, UNITS, Calendar, CalendarError, CountError, End, Period, Step

SHANGHAI = timezone(timedelta(hours=8))
MOST = 100_000  # of any unit; more is a slip of the pen
WEEKDAYS = "一二三四五六日"
MISSING = "ERROR_CALENDAR_MISSING"
COLUMNS = ("from_datetime", "unit", "n", "expected_due")

# How a file to check names its units: our unit and roll. Months and years roll off a day off, as courts count them.
FILE_UNITS: Mapping[str, tuple[str, str]] = {
    "working_day": ("working_day", "none"),
    "calendar_day": ("day", "rest_day"),
    "calendar_day_block": ("day", "holiday_block"),
    "calendar_day_noroll": ("day", "none"),
    "minute": ("minute", "none"),
    "hour": ("hour", "none"),
    "hour_excl": ("hour_excl", "none"),
    "half_day": ("half_day", "none"),
    "week": ("week", "rest_day"),
    "month": ("month", "rest_day"),
    "quarter": ("quarter", "rest_day"),
    "year": ("year", "rest_day"),
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The two sub-commands."""
    commands = parser.add_subparsers(dest="action", metavar=_("子命令"), required=True)
    due = commands.add_parser(
        "due", help=_("算出一个期限何时届满"), description=_("算出一个期限何时届满，并逐日说明怎么算的。")
    )
    due.add_argument(
        "--from",
        dest="start",
        type=_point,
        required=True,
        help=_("起算的时间，如 2026-05-29T09:00；只写日期指当日24时"),
    )
    due.add_argument("--n", type=_number, required=True, help=_("多少个单位；0 指当日"))
    due.add_argument("--unit", choices=sorted(UNITS), required=True, help=_("单位"))
    due.add_argument("--roll", choices=ROLLS, default="none", help=_("末日休息时是否顺延，默认不顺延"))
    due.add_argument("--more", nargs=2, action="append", default=[], metavar=("N", "UNIT"), help=_("延长，可多次"))
    due.add_argument("--pause", nargs=2, action="append", default=[], metavar=("FROM", "TO"), help=_("中止，可多次"))
    due.add_argument("--as-known", type=_point, metavar="DATE", help=_("按该日已公布的放假通知计算"))
    due.set_defaults(answer=_due)
    check = commands.add_parser(
        "check", help=_("核对一份写明到期日的文件"), description=_("逐行核对，打印不一致之处；有不一致时退出码为 1。")
    )
    check.add_argument("file", type=Path, help=_("CSV 文件，列为 from_datetime, unit, n, expected_due, why"))
    check.set_defaults(answer=_check)
    load_ = commands.add_parser(
        "load", help=_("启用新的放假安排，重算未办结案件的期限"),
        description=_("逐件比较未办结案件的期限；因放假安排变动的，记入案件并告知承办人。可以中断后再运行。"),
    )  # fmt: skip
    load_.set_defaults(answer=_load)


def run(args: argparse.Namespace) -> int:
    """Answer; what cannot be counted is said in words."""
    try:
        answer: Callable[[argparse.Namespace], int] = args.answer
        return answer(args)
    except CalendarError as error:
        raise Stop(_("日历文件有误：%s") % error) from error
    except CountError as error:
        raise Stop(_("无法计算这个期限：%s") % why(error)) from error


def _load(args: argparse.Namespace) -> int:
    """The one answer that needs the database: open cases are compared with the calendar of the files."""
    database_ready()
    from huiyin.cases import recalculating

    def tell(seen: int) -> None:
        if seen % 1000 == 0:
            print(_("已核对 %d 件") % seen, flush=True)

    done = recalculating.load(tell)
    print(_("日历 %(version)s：核对未办结案件 %(cases)d 件，期限变动 %(moved)d 项。") % {
        "version": done.version, "cases": done.cases, "moved": done.moved})  # fmt: skip
    return 0


def why(error: CountError) -> str:
    """The reason a period cannot be counted, in words."""
    return {
        "unknown_unit": _("不认识的单位，可用：%s") % "、".join(sorted(UNITS)),
        "pause_backwards": _("中止的结束早于开始。"),
        "beyond_calendar": _("到期超出公元 1 年至 9999 年。"),
    }.get(error.code, str(error))


def calendar() -> Calendar:
    """The shipped notices, and those of the office's own rules folder, which come after them."""
    own = os.environ.get("HUIYIN_RULES")
    folder = Path(own) / "calendar" if own else None
    return load(extra=[folder] if folder and folder.is_dir() else [])


def _point(text: str) -> Point:
    """A date, or a moment in local time; with a zone it is turned into Beijing time."""
    try:
        if len(text) == len("2026-05-29"):
            return date.fromisoformat(text)
        moment = datetime.fromisoformat(text)
        return moment.astimezone(SHANGHAI).replace(tzinfo=None) if moment.tzinfo else moment
    except (ValueError, OverflowError) as error:
        raise argparse.ArgumentTypeError(
            _("“%s”不是日期或时间，请写成 2026-05-29 或 2026-05-29T09:00") % text
        ) from error


def _number(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and int(text) <= MOST):
        raise argparse.ArgumentTypeError(_("“%(text)s”不是 0 到 %(most)d 的整数") % {"text": text, "most": MOST})
    return int(text)


# due


def _due(args: argparse.Namespace) -> int:
    days = calendar()
    if args.as_known is not None:
        days = days.as_known(args.as_known)
    period = Period(args.n, args.unit)
    try:
        more = tuple(Period(_number(n), unit) for n, unit in args.more)
        paused = tuple((_moment(_point(first)), _moment(_point(last))) for first, last in args.pause)
    except argparse.ArgumentTypeError as error:
        raise Stop(str(error)) from error
    end = days.add(args.start, period, roll=args.roll, more=more, paused=paused)
    print((_("到期（暂定）：%s") if end.provisional else _("到期：%s")) % _written(end.point, ends=True))
    print(_("日历版本：%s") % days.version)
    if end.provisional:
        print(_unknown_years(days, args.start, end))
    print()
    for step in days.explain(args.start, period, roll=args.roll, more=more, paused=paused):
        print(line(step))
    return 0


def _moment(point: Point) -> datetime:
    return point if isinstance(point, datetime) else datetime(point.year, point.month, point.day)


def _unknown_years(days: Calendar, start: Point, end: End) -> str:
    years = [year for year in range(start.year, day_of(end.point).year + 1) if not days.is_known(date(year, 1, 1))]
    named = "、".join(str(year) for year in years)
    return _("%s年的放假通知尚未载入：按周一至周五上班、没有节假日计算，通知载入后须重新计算。") % named


def _written(point: Point, *, ends: bool = False) -> str:
    """`2026-06-09 周二 17:00`; the end of a day is written 24:00."""
    day = day_of(point)
    text = f"{day.isoformat()} {_('周')}{WEEKDAYS[day.weekday()]}"
    if isinstance(point, datetime):
        return f"{text} {point:%H:%M:%S}" if point.second else f"{text} {point:%H:%M}"
    return f"{text} 24:00" if ends else text


def line(step: Step) -> str:
    """One step of a count, in words; the number of a day that counts stands in front."""
    number = str(step.counted) if step.kind == "day" and step.counted is not None else ""
    at = step.day if step.moment is None else step.moment
    assert at is not None
    return f"{number:>4}  {_written(at, ends=step.kind == 'end')}  {WORDS.says(step)}"


def unit_label(unit: str) -> str:
    """A unit as it is read after a number."""
    return {
        "minute": _("分钟"),
        "hour": _("小时"),
        "hour_excl": _("小时"),
        "half_day": _("个半日"),
        "day": _("日"),
        "working_day": _("个工作日"),
        "week": _("周"),
        "month": _("个月"),
        "quarter": _("个季度"),
        "year": _("年"),
    }[unit]


WORDS: Final = StepWords(_, unit_label, _written)


# check


class Row(NamedTuple):
    """One line of a file to check, with its number in the file."""

    number: int
    cells: Mapping[str, Any]

    def cell(self, column: str) -> str:
        return str(self.cells.get(column) or "").strip()


def _check(args: argparse.Namespace) -> int:
    days = calendar()
    agreed = total = 0
    for row in _rows(args.file):
        total += 1
        difference = _difference(days, row)
        if difference is None:
            agreed += 1
            continue
        asked = f"{row.cell('from_datetime')} {row.cell('n')} {row.cell('unit')}"
        print(
            _("第 %(number)d 行（%(asked)s）：%(difference)s")
            % {"number": row.number, "asked": asked, "difference": difference}
        )
        if row.cell("why"):
            print(f"      {row.cell('why')}")
    if not total:
        raise Stop(_("%s 里没有可核对的行。") % args.file)
    print(f"{agreed} of {total} agree")
    return 0 if agreed == total else 1


def _rows(path: Path) -> Iterator[Row]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            missing = [name for name in COLUMNS if name not in (reader.fieldnames or ())]
            if missing:
                columns = {"path": path, "missing": "、".join(missing), "wanted": "、".join(COLUMNS)}
                raise Stop(_("%(path)s 缺少列：%(missing)s。第一行应为列名：%(wanted)s、why。") % columns)
            for cells in reader:
                yield Row(reader.line_num, cells)
    except OSError as error:
        raise Stop(_("读不到 %(path)s：%(reason)s。") % {"path": path, "reason": error.strerror}) from error
    except UnicodeDecodeError as error:
        raise Stop(_("%s 不是 UTF-8 编码的文本，请转换后再试。") % path) from error
    except csv.Error as error:
        raise Stop(_("%(path)s 不是 CSV 文件：%(reason)s。") % {"path": path, "reason": error}) from error


def _difference(days: Calendar, row: Row) -> str | None:
    """What is wrong with a row; None when calendar and file agree."""
    name, expected = row.cell("unit"), row.cell("expected_due")
    if name not in FILE_UNITS:
        return _("不认识的单位“%(name)s”，可用：%(known)s") % {"name": name, "known": "、".join(FILE_UNITS)}
    unit, roll = FILE_UNITS[name]
    try:
        start, n = _point(row.cell("from_datetime")), _number(row.cell("n"))
        wanted = None if expected == MISSING else _point(expected)
        end = days.add(start, Period(n, unit), roll=roll)
    except argparse.ArgumentTypeError as error:
        return str(error)
    except CountError as error:
        return why(error)
    if end.provisional == (wanted is None) and (wanted is None or end.point == wanted):
        return None
    found = end.as_text() + (_("（暂定：有的年份放假通知未载入）") if end.provisional else "")
    return _("文件为 %(expected)s，算得 %(found)s") % {"expected": expected, "found": found}
