"""接口令牌：其他系统凭令牌以某个任职的身份使用 /api/。

huiyin token create  为一个任职建立令牌，令牌只显示这一次
huiyin token list    列出令牌
huiyin token revoke  停用令牌
"""

from __future__ import annotations

import argparse
from collections.abc import Callable

from huiyin.commands import Stop, _, database_ready
from huiyin.commands._arguments import day, the_officer


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The three sub-commands."""
    commands = parser.add_subparsers(dest="action", metavar=_("子命令"), required=True)
    create = commands.add_parser(
        "create", help=_("建立令牌"), description=_("为一个任职建立令牌；令牌只显示这一次，请妥善保存。")
    )
    create.add_argument("--officer", required=True, metavar="USER", help=_("用户名；有多个任职时写成 用户名:角色@单位"))
    create.add_argument("--name", required=True, metavar="NAME", help=_("用途，如“12345平台对接”"))
    create.add_argument(
        "--scopes", default="read,write", metavar="SCOPES", help=_("权限，逗号分隔：read、write、identity；默认前两个")
    )
    create.add_argument("--since", type=day, metavar="DATE", help=_("起始日期，默认今日"))
    create.add_argument("--until", type=day, metavar="DATE", help=_("截止日期（含），默认不限"))
    create.set_defaults(answer=_create)
    commands.add_parser("list", help=_("列出令牌"), description=_("列出令牌，不显示令牌本身。")).set_defaults(
        answer=_list
    )
    revoke = commands.add_parser("revoke", help=_("停用令牌"), description=_("停用令牌，立即生效。"))
    revoke.add_argument("token", type=int, metavar="ID", help=_("令牌的序号，见 huiyin token list"))
    revoke.set_defaults(answer=_revoke)


def run(args: argparse.Namespace) -> int:
    """Make sure of the database, then answer."""
    database_ready()
    answer: Callable[[argparse.Namespace], int] = args.answer
    return answer(args)


def _create(args: argparse.Namespace) -> int:
    from huiyin.api import tokens

    officer = the_officer(args.officer)
    scopes = [scope.strip() for scope in args.scopes.split(",") if scope.strip()]
    try:
        token, text = tokens.create(officer, args.name, scopes=scopes, since=args.since, until=args.until)
    except tokens.BadToken as error:
        raise Stop(str(error)) from error
    print(_("令牌 %(id)s（%(officer)s）已建立，只显示这一次：") % {"id": token.pk, "officer": officer})
    print(text)
    return 0


def _list(args: argparse.Namespace) -> int:
    from django.utils.timezone import localtime

    from huiyin.api.models import ApiToken

    for token in ApiToken.objects.select_related("officer__person").order_by("pk"):
        state = _("已停用") if token.revoked else _("%(since)s 至 %(until)s") % {
            "since": token.since, "until": token.until or _("不限"),
        }  # fmt: skip
        used = f"{localtime(token.last_used):%Y-%m-%d %H:%M}" if token.last_used else _("未使用")
        who = f"{token.officer.person.username} {token.officer}"
        print(f"{token.pk}  {token.name}  {who}  {','.join(token.scopes)}  {state}  {used}")
    return 0


def _revoke(args: argparse.Namespace) -> int:
    from huiyin.api import tokens
    from huiyin.api.models import ApiToken

    token = ApiToken.objects.select_related("officer").filter(pk=args.token).first()
    if token is None:
        raise Stop(_("没有序号为 %s 的令牌，见 huiyin token list。") % args.token)
    if token.revoked is None:
        tokens.revoke(token)
    print(_("令牌 %s 已停用。") % token.pk)
    return 0
