"""照一个文件走一遍程序，逐步说明每一步带来什么：进入哪个阶段、开始和结束哪些时限、要告知谁、要做什么文书、被拒绝时依据哪一条。

文件与工作示例同一写法（见 docs/rules.md），不写预期也可以；数据库里什么也不留。适合在采用一套规则之前，用本单位的旧案试一试。
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from huiyin.commands import Stop, _, in_words
from huiyin.commands.rules import library
from huiyin.core.calendar_files import load as load_calendar
from huiyin.core.course import Course, Leg, course
from huiyin.core.examples import ExampleError, read_examples
from huiyin.core.facts import BadFact
from huiyin.core.model import Due, Refused
from huiyin.core.wording import Words


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The file, which example of it, another procedure, and as whom to look at the end."""
    parser.add_argument("file", type=Path, metavar="FILE", help=_("示例文件（TOML）"))
    parser.add_argument("--name", help=_("只走名字里有这几个字的示例"))
    parser.add_argument("--procedure", metavar="PROCEDURE", help=_("改用这个程序走，如 national/complaint"))
    parser.add_argument("--as", dest="as_", metavar="ROLE@UNIT", help=_("最后列出此人可办的步骤，如 handler@county_a"))


def run(args: argparse.Namespace) -> int:
    """Play and tell; 1 when a step could not be recorded."""
    found, calendar = library(), load_calendar()
    try:
        examples = read_examples(args.file)
    except ExampleError as error:
        raise Stop(str(error)) from error
    chosen = [raw for raw in examples if not args.name or args.name in str(raw.get("name", ""))]
    if not chosen:
        raise Stop(_("文件里没有这样的示例。"))
    words, good = Words(in_words(found.vocabulary), _), True
    for raw in chosen:
        raw = {**raw, **({"procedure": args.procedure} if args.procedure else {})}
        try:
            played = course(raw, found, calendar)
        except ExampleError as error:
            raise Stop(str(error)) from error
        good &= played.stands
        for line in told(raw.get("name", ""), played, words, args.as_):
            print(line)
    return 0 if good else 1


def told(name: str, played: Course, words: Words, as_: str | None = None) -> Iterator[str]:
    """The whole course in lines."""
    procedure = played.play.main.procedure
    yield f"{procedure.id}  {procedure.label}  {name}".rstrip()
    for leg in played.legs:
        yield from _leg(leg, words)
    yield _("现在（%(now)s）未结束的时限：") % {"now": _moment(played.now)}
    running = [due for due in played.dues() if due.open]
    for due in running or []:
        yield "    " + _due(due)
    if not running:
        yield "    " + _("没有")
    if as_:
        yield _("%(who)s 现在可办：") % {"who": as_}
        try:
            open_ = [words.event(offer.event) for offer in played.offers(as_)]
        except ValueError as error:
            raise Stop(str(error)) from error
        yield "    " + ("、".join(open_) or _("没有"))
    yield ""


def _leg(leg: Leg, words: Words) -> Iterator[str]:
    who = leg.given.get("by", "")
    yield f"{_moment(leg.at)}  {words.event(str(leg.given.get('event', '')))}  {who}"
    if leg.problem is not None:
        yield "    " + _refused(leg.problem)
        return
    if leg.stage:
        yield "    " + _("阶段：%s") % words.vocabulary.label("stage", leg.stage)
    also = [event for event in leg.events if event.actor.role == "system"]
    if also:
        yield "    " + _("系统随即记录：%s") % "、".join(words.event(event.name) for event in also)
    again = {due.name for due in leg.ended if due.state == "restarted"}
    yield from ("    " + (_("重新起算：%s") if d.name in again else _("开始：%s")) % _due(d) for d in leg.opened)
    yield from ("    " + f"{_how(due)}：{_due(due)}" for due in leg.ended if due.state != "restarted")
    yield from ("    " + _("改期：%(was)s → %(now)s") % {"was": _end(a), "now": _due(b)} for a, b in leg.moved)
    for notice in leg.notices:
        yield "    " + _("告知 %(to)s：%(says)s [%(clauses)s]") % {
            "to": notice.to, "says": notice.says, "clauses": ", ".join(notice.clauses),
        }  # fmt: skip
    if leg.documents:
        yield "    " + _("须制作：%s") % "、".join(words.vocabulary.label("document", d) for d in leg.documents)


def _refused(problem: Refused | BadFact | ExampleError) -> str:
    if isinstance(problem, Refused):
        return _("不能办：%(says)s [%(clauses)s]（%(code)s）") % {
            "says": "；".join(problem.says) or "—", "clauses": ", ".join(problem.clauses), "code": problem.code,
        }  # fmt: skip
    return _("写法不对：%s") % problem


def _how(due: Due) -> str:
    if due.state == "met":
        return _("逾期完成") if due.late else _("按期完成")
    return _("结束")


def _due(due: Due) -> str:
    late = _("，已逾期") if due.late and due.open else ""
    return f"{due.says} [{', '.join(due.clauses)}] {_end(due)}{late}"


def _end(due: Due) -> str:
    end = due.end
    if end is None:
        return _("（未定）")
    said = end.day.isoformat() if end.day is not None else _moment(end.moment)
    return said + (_("（暂定）") if due.provisional else "")


def _moment(at: datetime | None) -> str:
    return f"{at:%Y-%m-%d %H:%M}" if at else "—"
