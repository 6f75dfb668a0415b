"""把备份恢复到一台新机器：数据库须是空的，密钥文件夹（HUIYIN_KEYS）须先放好。恢复后自动升级表结构并核对全部记录。

例：huiyin restore 备份.age --key 备份私钥.txt
"""

import argparse
import sys
import time
from pathlib import Path

from huiyin.commands import Stop, _, django_ready


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What, and the key that opens it."""
    parser.add_argument("source", type=Path, metavar="FILE", help=_("备份文件"))
    parser.add_argument("--key", type=Path, required=True, metavar="FILE", help=_("备份私钥的文件；- 为从标准输入读"))


def run(args: argparse.Namespace) -> int:
    """Put it back, bring it up to this version, and verify. Exit code 1 when something is not as it was."""
    django_ready()
    from django.core.management import call_command

    from huiyin.backups import BackupError, actions

    if not args.source.is_file():
        raise Stop(_("没有这个备份文件：%(path)s") % {"path": args.source})
    try:
        key = sys.stdin.read() if str(args.key) == "-" else args.key.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Stop(_("读不了私钥文件：%(path)s") % {"path": args.key}) from error
    began = time.monotonic()
    try:
        told = actions.restore(args.source, key)
    except BackupError as error:
        raise Stop(str(error)) from error
    if other := actions.differences(told):
        raise Stop(_("恢复出来的数据与备份说明不符：%(names)s。请不要使用。") % {"names": "、".join(other)})
    call_command("migrate", verbosity=0)
    print(_("已恢复 %(cases)d 件案件、%(events)d 条记录（备份于 %(made)s），用时 %(seconds).0f 秒。下面核对。") % {
        **told, "seconds": time.monotonic() - began})  # fmt: skip
    return _verified()


def _verified() -> int:
    from huiyin.cases import anchoring
    from huiyin.cases.verifying import verify
    from huiyin.commands.retention import say_reapplied
    from huiyin.commands.verify import say
    from huiyin.registers import verifying as registers
    from huiyin.retention import verifying as disposals
    from huiyin.vault import erasing

    say_reapplied()
    erasing.reconcile()
    anchoring.write_missing()  # the backup holds the anchors, the files of a new machine are made from them
    began = time.monotonic()
    report = verify()
    registers.verify(report)
    disposals.verify(report)
    say(report, time.monotonic() - began)
    return 0 if report.sound else 1
