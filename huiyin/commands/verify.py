"""核对记录是否原样：逐条核对每件案件的记录链、链尾、锚定、编号、副本和加密的内容；有不符的退出码为 1。

能发现：自保存在别处的最近一次锚定之前，对记录的任何改动、删除和调换次序；此后，凡是没有链密钥的人所做的改动。

例：huiyin verify
    huiyin verify --against /media/usb/anchor-000123.json
"""

import argparse
import json
import time
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from huiyin.commands import Stop, _, database_ready

if TYPE_CHECKING:
    from huiyin.cases.verifying import Finding, Report


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What to hold it against, and how much to look at."""
    parser.add_argument(
        "--against", type=Path, metavar="FILE", help=_("与保存在别处的锚定文件核对；默认与库中最近的锚定核对")
    )
    parser.add_argument("--no-copies", action="store_true", help=_("只核对记录链，不核对由记录生成的副本和加密的内容"))
    parser.add_argument("--json", action="store_true", help=_("以 JSON 输出结果"))


def run(args: argparse.Namespace) -> int:
    """Verify; name everything that is not as it was."""
    database_ready()
    from huiyin.cases.verifying import verify
    from huiyin.registers import verifying
    from huiyin.retention import verifying as disposals

    if args.against is not None and not args.against.is_file():
        raise Stop(_("没有这个锚定文件：%(path)s") % {"path": args.against})
    began = time.monotonic()
    try:
        report = verify(against=args.against, with_copies=not args.no_copies)
        if not args.no_copies:
            verifying.verify(report)
            disposals.verify(report)
    except ValueError as error:
        raise Stop(_("不是锚定文件：%(error)s") % {"error": error}) from error
    if args.json:
        print(json.dumps(asdict(report) | {"sound": report.sound}, ensure_ascii=False))
    else:
        say(report, time.monotonic() - began)
    return 0 if report.sound else 1


def say(report: "Report", seconds: float) -> None:
    """Every finding in a line, then the sum."""
    from huiyin.cases.models import Case

    shown = {f.case_id for f in report.findings if f.case_id is not None}
    numbers = dict(Case.objects.filter(pk__in=list(shown)[:500]).values_list("pk", "number"))
    for finding in report.findings:
        print(_line(finding, numbers))
    if report.found > len(report.findings):
        print(_("……以及另外 %(count)d 处。") % {"count": report.found - len(report.findings)})
    against = _("与第 %(number)d 号锚定相符") if report.sound else _("所对照的是第 %(number)d 号锚定")
    anchored = against % {"number": report.anchored} if report.anchored else _("还没有锚定，请运行 huiyin anchor")
    print(
        _("核对 %(cases)d 件案件、%(events)d 条记录，用时 %(seconds).1f 秒：%(found)d 处不符；%(anchored)s。")
        % {
            "cases": report.cases,
            "events": report.events,
            "seconds": seconds,
            "found": report.found,
            "anchored": anchored,
        }
    )


def _line(finding: "Finding", numbers: dict[int, str | None]) -> str:
    said = {
        "altered": _("第 %(seq)s 条记录被改动"),
        "missing": _("缺第 %(seq)s 条记录"),
        "moved": _("第 %(seq)s 条记录原在别处（%(where)s）"),
        "extra": _("第 %(seq)s 条记录在链尾之后"),
        "head": _("链尾不符（%(where)s）"),
        "column": _("第 %(seq)s 条记录的查询列与正文不符（%(where)s）"),
        "leaf": _("第 %(seq)s 条记录与锚定不符（%(where)s）"),
        "anchor": _("锚定不符（%(where)s）"),
        "file": _("锚定文件不符（%(where)s）"),
        "admin": _("管理记录第 %(seq)s 条不符 %(where)s"),
        "series": _("编号有缺号、重号或计数不符（%(where)s）"),
        "text": _("加密的内容与记录不符（%(where)s）"),
        "evidence": _("证据文件与记录不符（%(where)s）"),
        "copy": _("副本与记录不符（%(where)s）"),
        "erased": _("内容被销毁，却没有销毁的记录（%(where)s）"),
        "left": _("案件已经销毁，却还留有内容（%(where)s）"),
        "disposal": _("销毁登记与管理记录不符（%(where)s）"),
        "register": _("台账与管理记录不符（%(where)s）"),
    }[finding.kind] % {"seq": finding.seq, "where": finding.where}
    if finding.case_id is None:
        return said
    number = numbers.get(finding.case_id) or f"#{finding.case_id}"
    return _("案件 %(number)s：%(said)s") % {"number": number, "said": said}
