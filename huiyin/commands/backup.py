"""备份整个系统：数据库、证据文件，连同它们的校验值，写成一个加密的文件。网站不必停。

备份用公钥加密（age），私钥另处保管：闯进这台机器的人打不开以前的备份。密钥文件夹（HUIYIN_KEYS）不在备份里，须另行备份；没有它，备份里的个人信息无法读取。

例：huiyin backup --new-key > 备份私钥.txt      生成一对密钥，私钥拿到别处保管
    huiyin backup /media/usb                    写入文件夹，文件名带日期
    huiyin backup /media/usb/2026-11-22.age
"""

import argparse
import json
import sys
import time
from pathlib import Path

from huiyin.commands import Stop, _, database_ready, django_ready


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Where to, and for whom."""
    parser.add_argument("into", nargs="?", type=Path, metavar="FILE", help=_("写到哪个文件或文件夹"))
    parser.add_argument(
        "--to", action="append", default=[], metavar="KEY", help=_("备份公钥；默认为设置 HUIYIN_BACKUP_TO")
    )
    parser.add_argument("--new-key", action="store_true", help=_("生成一对新的备份密钥，写到标准输出"))
    parser.add_argument("--json", action="store_true", help=_("以 JSON 输出结果"))


def run(args: argparse.Namespace) -> int:
    """Make one, or a key for them."""
    if args.new_key:
        return _new_key()
    if args.into is None:
        raise Stop(_("请写明备份写到哪里：huiyin backup 文件或文件夹"))
    database_ready()
    from django.conf import settings

    from huiyin.backups import BackupError, actions
    from huiyin.cases import clock

    into = args.into / f"huiyin-{clock.now():%Y%m%d-%H%M%S}.age" if args.into.is_dir() else args.into
    if not into.parent.is_dir():
        raise Stop(_("没有这个文件夹：%(path)s") % {"path": into.parent})
    began = time.monotonic()
    try:
        done = actions.back_up(into.absolute(), args.to or settings.BACKUP_TO)
    except BackupError as error:
        raise Stop(str(error)) from error
    except OSError as error:
        raise Stop(_("写不了备份，没有留下半个文件：%(why)s") % {"why": error.strerror or error}) from error
    if args.json:
        print(json.dumps(done | {"path": str(into)}, ensure_ascii=False))
        return 0
    print(_("已备份 %(cases)d 件案件、%(events)d 条记录、%(files)d 个文件，%(size).1f MB，用时 %(seconds).0f 秒：%(path)s") % {
        **done, "size": done["size"] / 1e6, "seconds": time.monotonic() - began, "path": into})  # fmt: skip
    print(_("密钥文件夹 %(folder)s 不在其中，请另行备份。") % {"folder": settings.KEYS})
    return 0


def _new_key() -> int:
    django_ready()
    import pyrage

    own = pyrage.x25519.Identity.generate()
    print(f"# {_('备份私钥：拿到别处保管，不要留在这台机器上。')}")
    print(f"# {_('公钥（设为 HUIYIN_BACKUP_TO）：')}{own.to_public()}")
    print(own)
    if not sys.stdout.isatty():
        print(_("公钥：%(key)s") % {"key": own.to_public()}, file=sys.stderr)
    return 0
