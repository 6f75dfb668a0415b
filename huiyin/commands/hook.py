"""推送（webhook）：案件有事件时告知其他系统，不含个人信息。

huiyin hook create      为一个任职建立推送，签名密钥只显示这一次
huiyin hook list        列出推送
huiyin hook deliveries  列出一个推送最近的送达情况
huiyin hook resume      重新启用因长时间不能送达而停用的推送
huiyin hook end         终止推送
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import TYPE_CHECKING

from huiyin.commands import Stop, _, database_ready
from huiyin.commands._arguments import the_officer

if TYPE_CHECKING:
    from huiyin.hooks.models import Subscription


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The sub-commands."""
    commands = parser.add_subparsers(dest="action", metavar=_("子命令"), required=True)
    create = commands.add_parser("create", help=_("建立推送"), description=_("建立推送；签名密钥只显示这一次。"))
    create.add_argument("--officer", required=True, metavar="USER", help=_("以谁的身份：用户名，或 用户名:角色@单位"))
    create.add_argument("--name", required=True, metavar="NAME", help=_("用途"))
    create.add_argument("--url", required=True, metavar="URL", help=_("接收地址，https"))
    create.add_argument("--events", default="*", metavar="EVENTS", help=_("事件名称，逗号分隔；默认全部"))
    create.set_defaults(answer=_create)
    commands.add_parser("list", help=_("列出推送"), description=_("列出推送。")).set_defaults(answer=_list)
    for name, said, answer in (
        ("deliveries", _("列出最近的送达情况"), _deliveries), ("resume", _("重新启用"), _resume), ("end", _("终止推送"), _end),
    ):  # fmt: skip
        command = commands.add_parser(name, help=said, description=said + "。")
        command.add_argument("hook", type=int, metavar="ID", help=_("序号，见 huiyin hook list"))
        command.set_defaults(answer=answer)


def run(args: argparse.Namespace) -> int:
    """Make sure of the database, then answer."""
    database_ready()
    answer: Callable[[argparse.Namespace], int] = args.answer
    return answer(args)


def _create(args: argparse.Namespace) -> int:
    from huiyin.hooks import actions

    events = [name.strip() for name in args.events.split(",") if name.strip()]
    try:
        hook, secret = actions.create(the_officer(args.officer), args.name, args.url, events)
    except actions.BadHook as error:
        raise Stop(str(error)) from error
    print(_("推送 %(id)s（%(officer)s）已建立，签名密钥只显示这一次：") % {"id": hook.pk, "officer": hook.officer})
    print(secret)
    return 0


def _list(args: argparse.Namespace) -> int:
    from huiyin.hooks.models import Subscription

    for hook in Subscription.objects.select_related("officer__person").order_by("pk"):
        state = (
            _("已终止")
            if hook.ended
            else _("已停用")
            if hook.stopped
            else _("送不到")
            if hook.failing_since
            else _("正常")
        )
        who = f"{hook.officer.person.username} {hook.officer}"
        print(f"{hook.pk}  {hook.name}  {who}  {hook.url}  {','.join(hook.events)}  {state}")
    return 0


def _hook(args: argparse.Namespace) -> Subscription:
    from huiyin.hooks.models import Subscription

    found = Subscription.objects.filter(pk=args.hook, ended__isnull=True).select_related("officer__person").first()
    if found is None:
        raise Stop(_("没有序号为 %s 的推送，见 huiyin hook list。") % args.hook)
    return found


def _deliveries(args: argparse.Namespace) -> int:
    from django.utils.timezone import localtime

    for row in _hook(args).deliveries.order_by("-pk")[:50]:
        made = f"{localtime(row.made):%Y-%m-%d %H:%M}"
        print(
            "  ".join(
                filter(
                    None,
                    (row.key, row.state, f"{row.case_id}/{row.seq}", row.event, made, str(row.status or ""), row.error),
                )
            )
        )
    return 0


def _resume(args: argparse.Namespace) -> int:
    from huiyin.hooks import actions

    actions.resume(_hook(args))
    print(_("推送 %s 已重新启用。") % args.hook)
    return 0


def _end(args: argparse.Namespace) -> int:
    from huiyin.hooks import actions

    actions.end(_hook(args))
    print(_("推送 %s 已终止。") % args.hook)
    return 0
