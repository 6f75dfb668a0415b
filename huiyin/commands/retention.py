"""保管期限和销毁：列出期满的案件，提出销毁，执行两人评审同意的，导出销毁登记簿。

评审只在网页上由本人办理（/archive/）：提出的一人，评审的另外两人。

huiyin retention periods   列出保管期限表
huiyin retention list      列出期满的案件，以及不能销毁的原因
huiyin retention propose   以一位档案员的身份提出销毁
huiyin retention run       销毁两人都同意的案件；中断后再运行一次
huiyin retention register  销毁登记簿，写成 CSV
"""

from __future__ import annotations

import argparse
import csv
import sys
from collections.abc import Callable

from huiyin.commands import Stop, _, database_ready
from huiyin.commands._arguments import day, the_officer


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The sub-commands."""
    commands = parser.add_subparsers(dest="action", metavar=_("子命令"), required=True)
    periods = commands.add_parser("periods", help=_("保管期限表"), description=_("列出保管期限表，先列的先用。"))
    periods.set_defaults(answer=_periods)
    for name, said, answer in (
        ("list", _("期满的案件，以及不能销毁的原因"), _list),
        ("propose", _("以一位档案员的身份提出销毁"), _propose),
    ):
        command = commands.add_parser(name, help=said, description=said + "。")
        command.add_argument(
            "--officer", required=True, metavar="USER", help=_("用户名；有多个任职时写成 用户名:角色@单位")
        )
        command.add_argument("--most", type=int, default=100, metavar="N", help=_("最多几件，默认 100"))
        command.set_defaults(answer=answer)
    commands.choices["list"].add_argument("--on", type=day, metavar="DATE", help=_("到哪一天为止期满，默认今日"))
    run_ = commands.add_parser(
        "run", help=_("销毁两人都同意的案件"), description=_("销毁两人都同意的案件；中断后再运行一次。")
    )
    run_.add_argument("--most", type=int, default=1_000_000, metavar="N", help=_("最多几件，默认全部"))
    run_.set_defaults(answer=_run)
    register = commands.add_parser("register", help=_("销毁登记簿"), description=_("把销毁登记簿写成 CSV。"))
    register.set_defaults(answer=_register)


def run(args: argparse.Namespace) -> int:
    """Make sure of the database, then answer."""
    database_ready()
    answer: Callable[[argparse.Namespace], int] = args.answer
    return answer(args)


def _periods(_args: argparse.Namespace) -> int:
    from huiyin.retention import queries

    for line in queries.table():
        years = _("永久") if line.years is None else _("%(n)d 年") % {"n": line.years}
        print(f"{line.code}  {years}  {line.label}  {line.basis}")
    return 0


def _list(args: argparse.Namespace) -> int:
    from huiyin.retention import queries, wording

    found, more = queries.over(the_officer(args.officer), max(args.most, 1), on=args.on)
    for held in found:
        assert held.kept is not None
        why = "；".join(str(wording.OBSTACLES[code]) for code in held.obstacles)
        print(f"{held.case}  {held.kept.label}  {held.kept.until}  {why or _('可以提出销毁')}")
    print(_("期满 %(n)d 件。") % {"n": len(found)} + (_("后面还有，请加大 --most。") if more is not None else ""))
    return 0


def _propose(args: argparse.Namespace) -> int:
    from huiyin.retention import actions, queries

    officer = the_officer(args.officer)
    found, _more = queries.over(officer, max(min(args.most, actions.MOST), 1))
    free = [held.case.pk for held in found if held.free]
    if not free:
        raise Stop(_("没有可以提出销毁的案件。"))
    try:
        proposal = actions.propose(free, by=officer)
    except actions.BadDisposal as error:
        raise Stop(str(error)) from error
    print(_("第 %(list)d 批，%(n)d 件，等待两人评审。") % {"list": proposal.pk, "n": len(free)})
    return 0


def _run(args: argparse.Namespace) -> int:
    from huiyin.retention import actions

    say_reapplied()
    done, blocked = actions.run(args.most)
    print(_("已销毁 %(done)d 件；%(blocked)d 件因情况有变没有销毁。") % {"done": done, "blocked": blocked})
    return 0


def say_reapplied() -> None:
    """What was disposed of after the moment to which the database was put back goes again, with its events and entries: by `huiyin restore`, after
    a restore that was broken off, or after PostgreSQL itself went back to a moment."""
    from huiyin.retention import actions

    again, old = actions.reapply()
    if again:
        print(_("备份之后销毁的 %(count)d 件已再次销毁，并重新登记。") % {"count": again})
    if old:
        print(
            _("另有 %(count)d 件在备份里还没有归档，内容已再次销毁，但记录里没有销毁一步，huiyin verify 会列出。")
            % {"count": old}
        )


def _register(_args: argparse.Namespace) -> int:
    from huiyin.cells import harmless
    from huiyin.retention import wording
    from huiyin.retention.models import Destroyed

    table = csv.writer(sys.stdout)
    table.writerow(wording.header())
    for row in Destroyed.objects.order_by("no").iterator(chunk_size=500):
        table.writerow([harmless(cell) for cell in wording.cells(row, {}, {})])
    return 0
