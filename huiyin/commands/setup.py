"""按一个文件建立本单位：区划、机构、人员、采用的程序和设定。

写法见 deploy/office.example.toml 和 docs/production.md。全部成功或全部不做；可以反复运行：已有的不改动，与文件不同之处会列出来。
新建人员的初始密码只显示这一次。
"""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from huiyin.commands import Stop, _, database_ready

if TYPE_CHECKING:
    from huiyin.org.office import Done


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The file, and --check to try it without keeping anything."""
    parser.add_argument("file", type=Path, metavar="FILE", help=_("本单位的文件，TOML 格式"))
    parser.add_argument("--check", action="store_true", help=_("只检查并说明会做什么，不写入"))


def run(args: argparse.Namespace) -> int:
    """Make sure of the database, then set up."""
    database_ready()
    return set_up(args)


def set_up(args: argparse.Namespace) -> int:
    """Read, apply, say what was made."""
    from django.db import transaction

    from huiyin.org import office, sample

    if sample.made():
        raise Stop(_("这个数据库里是示范单位。请为本单位另设一个数据库（DATABASE_URL）和密钥（HUIYIN_KEYS）。"))
    try:
        with transaction.atomic():
            done = office.apply(office.read(args.file))
            if args.check:
                transaction.set_rollback(True)
    except office.BadOffice as error:
        raise Stop(str(error)) from error
    _tell(done, check=args.check)
    return 0


def _tell(done: "Done", *, check: bool) -> None:
    labels = {
        "area": _("区划"), "unit": _("单位"), "contact": _("联系方式"), "person": _("人员"), "posting": _("任职"),
        "adopt": _("采用的程序"), "setting": _("设定"),
    }  # fmt: skip
    made = "、".join(f"{label} {done.made[name]}" for name, label in labels.items() if name in done.made)
    print((_("将建立：%s") if check else _("已建立：%s")) % (made or _("（没有新的）")))
    for line in done.differs:
        print(_("未改动：%s") % line)
    if done.passwords and not check:
        print(_("初始密码（只显示这一次，请分别交给本人）："))
        for username, password in done.passwords.items():
            print(f"  {username}  {password}")
