"""账号：在服务器上解救进不来的人，尤其是没有别的安全管理员可找的时候。每一步都记入管理日志。

huiyin account show      账号的状况：第二道验证、登录、锁定
huiyin account password  重设密码，新密码只显示这一次，登录后必须更改
huiyin account factors   清除第二道验证
huiyin account unlock    解除锁定
huiyin account sessions  退出各处登录
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import TYPE_CHECKING

from huiyin.commands import Stop, _, database_ready

if TYPE_CHECKING:
    from huiyin.org.models import Person


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """One sub-command an act, each for one person."""
    commands = parser.add_subparsers(dest="action", metavar=_("子命令"), required=True)
    for name, help, answer in (
        ("show", _("账号的状况"), _show), ("password", _("重设密码"), _password), ("factors", _("清除第二道验证"), _factors),
        ("unlock", _("解除锁定"), _unlock), ("sessions", _("退出各处登录"), _sessions),
    ):  # fmt: skip
        one = commands.add_parser(name, help=help, description=help)
        one.add_argument("user", metavar="USER", help=_("用户名"))
        one.set_defaults(answer=answer)


def run(args: argparse.Namespace) -> int:
    """Make sure of the database, find the person, then act."""
    database_ready()
    from huiyin.org.models import Person

    person = Person.objects.filter(username=args.user).first()
    if person is None:
        raise Stop(_("没有用户“%s”。") % args.user)
    answer: Callable[[Person], None] = args.answer
    answer(person)
    return 0


def _show(person: Person) -> None:
    from django.utils import timezone

    from huiyin.accounts import actions, factors
    from huiyin.accounts.models import Account, Session
    from huiyin.org import queries

    has = factors.of(person)
    account = Account.objects.filter(person=person).first()
    yes, no = _("有"), _("没有")
    rows = (
        (_("可以登录"), yes if person.is_active else _("已停用")),
        (_("任职"), "、".join(str(o) for o in queries.postings(person)) or no),
        (_("必须有第二道验证"), yes if factors.required(queries.postings(person)) else no),
        (_("验证器"), yes if has.totp else no),
        (_("通行密钥"), str(len(has.passkeys))),
        (_("恢复码"), str(has.codes)),
        (_("须改密码"), yes if actions.must_change(person) else no),
        (_("报告密码泄露"), yes if account is not None and account.reported else no),
        (_("登录着几处"), str(Session.objects.filter(person=person.pk, expire_date__gt=timezone.now()).count())),
    )
    for label, text in rows:
        print(f"{label}：{text}")


def _password(person: Person) -> None:
    from huiyin.accounts import actions

    text = actions.reset_password(person)
    print(_("新密码（只显示这一次，本人登录后必须更改）："))
    print(text)


def _factors(person: Person) -> None:
    from huiyin.accounts import actions

    actions.reset_factors(person)
    print(_("已清除第二道验证和恢复码，各处登录已退出。"))


def _unlock(person: Person) -> None:
    from huiyin.accounts import actions

    actions.unlock(person)
    print(_("已解除锁定。"))


def _sessions(person: Person) -> None:
    from huiyin.accounts import actions

    print(_("已退出 %(count)d 处登录。") % {"count": actions.end_sessions(person)})
