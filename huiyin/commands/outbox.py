"""待发箱：没有送达、结果不明和等待人工的告知。

huiyin outbox list    列出没有办完的告知，不显示内容和联系方式
huiyin outbox resend  再发一次（编号不变）
huiyin outbox settle  记作已经告知
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import TYPE_CHECKING

from huiyin.commands import Stop, _, database_ready

if TYPE_CHECKING:
    from huiyin.notices.models import Outbox

STATES = ("queued", "sending", "unknown", "failed", "by_hand", "sent", "nothing")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The three sub-commands."""
    commands = parser.add_subparsers(dest="action", metavar=_("子命令"), required=True)
    shown = commands.add_parser("list", help=_("列出告知"), description=_("列出没有办完的告知，新的在前。"))
    shown.add_argument("--state", choices=STATES, help=_("只列这种状态的"))
    shown.add_argument("--case", metavar="NUMBER", help=_("只列这个案件的，全部状态"))
    shown.add_argument("--most", type=int, default=50, metavar="N", help=_("最多列几件，默认 50"))
    shown.set_defaults(answer=_list)
    for name, said, answer in (
        ("resend", _("再发一次：确认没有送达的"), _resend),
        ("settle", _("记作已经告知：已经送达，或者已由人告知"), _settle),
    ):
        command = commands.add_parser(name, help=said, description=said + "。")
        command.add_argument("notices", nargs="+", type=int, metavar="ID", help=_("序号，见 huiyin outbox list"))
        command.set_defaults(answer=answer)
    commands.choices["settle"].add_argument(
        "--method", default="", metavar="METHOD", help=_("告知的方式，如 phone、letter")
    )


def run(args: argparse.Namespace) -> int:
    """Make sure of the database, then answer."""
    database_ready()
    answer: Callable[[argparse.Namespace], int] = args.answer
    return answer(args)


def _list(args: argparse.Namespace) -> int:
    from huiyin.cases.models import Case
    from huiyin.notices.models import Outbox

    found = Outbox.objects.order_by("-pk")
    if args.case:
        ids = list(Case.objects.filter(number=args.case).values_list("pk", flat=True))
        if not ids:
            raise Stop(_("没有编号为 %s 的案件。") % args.case)
        found = found.filter(case_id__in=ids)
    if args.state:
        found = found.filter(state=args.state)
    elif not args.case:
        found = found.filter(state__in=STATES[:5])
    rows = list(found[: max(args.most, 1)])
    numbers = {c.pk: c for c in Case.objects.filter(pk__in=[row.case_id for row in rows])}
    for row in rows:
        print(_line(row, str(numbers.get(row.case_id, "-"))))
    if not rows:
        print(_("没有这样的告知。"))
    return 0


def _line(row: Outbox, number: str) -> str:
    from django.utils.timezone import localtime

    parts = (
        f"{row.pk}", row.state, number, f"{row.to_kind}:{row.to}", row.about or row.topic or "-", row.channel or "-",
        f"{localtime(row.made):%Y-%m-%d %H:%M}", _("已试 %d 次") % row.attempts, row.error,
    )  # fmt: skip
    return "  ".join(part for part in parts if part)


def _each(args: argparse.Namespace, decide: Callable[[Outbox], None], done: str) -> int:
    from huiyin.notices.actions import NotOpen
    from huiyin.notices.models import Outbox

    rows = Outbox.objects.in_bulk(args.notices)
    if missing := [pk for pk in args.notices if pk not in rows]:
        raise Stop(_("没有序号为 %s 的告知，见 huiyin outbox list。") % missing[0])
    for pk in args.notices:
        try:
            decide(rows[pk])
        except NotOpen as error:
            raise Stop(_("告知 %(pk)s：%(why)s") % {"pk": pk, "why": error}) from error
        print(done % pk)
    return 0


def _resend(args: argparse.Namespace) -> int:
    from huiyin.notices import actions

    return _each(args, actions.resend, _("告知 %s 将再发一次。"))


def _settle(args: argparse.Namespace) -> int:
    from huiyin.notices import actions

    try:
        return _each(args, lambda row: actions.settle(row, method=args.method), _("告知 %s 已记作告知。"))
    except ValueError as error:
        raise Stop(str(error)) from error
