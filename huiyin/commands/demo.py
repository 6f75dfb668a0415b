"""建立示范单位、人员和案件，并列出可以登录的用户。

先更新数据库结构，生成密钥，再按词汇表建立示范省、市、县及其人员，采用随附的规则，登记七十来件示范案件。
可以反复运行：已经建立的不会再建，已有的数据不会改动。数据库里有其他单位时不做任何事。
"""

import argparse
from typing import Any

from huiyin.commands import Stop, _, database_ready, django_ready


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """--if-empty: for `make run`, where a database with an organisation of its own is no mistake."""
    parser.add_argument("--if-empty", action="store_true", help=_("数据库已有自己的单位时，不报错，直接结束"))
    parser.add_argument("--no-cases", action="store_true", help=_("只建立单位和人员，不登记示范案件"))


def run(args: argparse.Namespace) -> int:
    """Migrate, make what is not there, print who can log in."""
    django_ready()
    _migrate()
    database_ready()
    from huiyin.commands import _sample_cases, _sample_registers
    from huiyin.org import sample

    if sample.taken():
        if args.if_empty:
            return 0
        raise Stop(
            _(
                "数据库里已有自己的单位，不再建立示范单位。要看示范，请另用一个数据库：设置 DATABASE_URL 或 HUIYIN_HOME。"
            )
        )
    if not sample.made():
        print(_("正在建立示范单位和人员……"), flush=True)
        sample.make()
    elif renewed := sample.refresh():
        print(_("规则有新版本，已自今日起采用：%(names)s") % {"names": "、".join(renewed)})
    if not args.no_cases and not _sample_cases.made():
        print(_("正在登记示范案件……"), flush=True)
        _sample_cases.make()
        _forget_old_notices()
    if not args.no_cases and not _sample_registers.made():
        _sample_registers.make()
    print_logins()
    return 0


def _forget_old_notices() -> None:
    """The sample cases lie in the past: what was to be told then is not told now, but for the last two days."""
    from datetime import timedelta

    from huiyin.cases import clock
    from huiyin.notices import actions

    actions.tell_no_more(clock.now() - timedelta(days=2))


def _migrate() -> None:
    from django.core.management import call_command
    from django.core.management.base import CommandError
    from django.db import DatabaseError, connection

    from huiyin import checks

    driver: Any = connection  # Any: the stubs do not know the driver module, `Database`
    try:
        checks.reach(driver)
        call_command("migrate", interactive=False, verbosity=0)
    except CommandError as error:
        raise Stop(str(error)) from error
    except (DatabaseError, driver.Database.Error) as error:
        raise Stop(
            _("无法使用数据库：%(error)s\n请检查 DATABASE_URL，并确认数据库已经启动。") % {"error": str(error).strip()}
        ) from error


def print_logins() -> None:
    """Names by unit; one password for all, because it is a demonstration."""
    from itertools import groupby

    from huiyin.org import sample

    print(_("可以登录的用户（密码都是 %(password)s）：") % {"password": sample.PASSWORD})
    for unit, logins in groupby(sample.logins(("city", "county_a")), key=lambda login: login.unit):
        print(f"  {unit}")
        names = [f"{login.username} {login.role}" for login in logins]
        for start in range(0, len(names), 4):
            print("    " + " · ".join(names[start : start + 4]))
    print(
        _(
            "其他单位的写法相同，例如 intake.province、handler.county_b、handler.station_a1；系统管理员是 admin.province。"
        )
    )
