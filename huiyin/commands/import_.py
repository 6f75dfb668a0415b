"""从 CSV 或 XLSX 文件批量登记事项。

映射文件说明每一列是什么意思（docs/import.md）；随附的映射可以直接写名称。每行按外部编号只登记一次，可以随时重新导入；
不能登记的行连同原因写入“文件名.rejected.csv”，改好后用同一映射再导入。
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from huiyin.commands import Stop, _, database_ready

if TYPE_CHECKING:
    from huiyin.imports.mapping import Map
    from huiyin.imports.runner import Summary
    from huiyin.org.models import Officer

EVERY = 0.2  # seconds between two pictures of the progress


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """File, map, unit, officer."""
    parser.add_argument("file", type=Path, metavar="FILE", help=_(".csv 或 .xlsx 文件"))
    parser.add_argument(
        "--map", required=True, metavar="MAP", help=_("映射文件，或随附映射的名称，如 letters_labelled")
    )
    parser.add_argument("--unit", metavar="UNIT", help=_("登记单位的代号；默认为映射文件中的 unit"))
    parser.add_argument("--by", metavar="USER", help=_("登记人的用户名；按登记办理（enter = registered）时必填"))
    parser.add_argument("--resume", action="store_true", help=_("从上次中断的地方接着导入"))
    parser.add_argument("--processes", type=_count, metavar="N", help=_("同时工作的进程数；默认 2，单核 1"))
    parser.add_argument("--limit", type=_count, metavar="N", help=_("只看前 N 行，用来试映射"))


def run(args: argparse.Namespace) -> int:
    """Make sure of the database first."""
    database_ready()
    return take_over(args)


def take_over(args: argparse.Namespace) -> int:
    """Take the file over and say what came of it; 1 when rows were given back."""
    from huiyin.cases.errors import Busy
    from huiyin.imports import mapping, runner
    from huiyin.imports.desk import usual_processes as usual
    from huiyin.imports.errors import FileError, MapError

    try:
        map_ = mapping.load(mapping.find(args.map))
        unit = _unit(args.unit or map_.unit)
        officer = _officer(args.by, map_, unit)
        job = runner.Job(args.file, map_, unit, officer, args.limit, args.resume, processes=args.processes or usual())
        shown = Shown(sys.stderr.isatty())
        found = runner.run(job, shown)
        shown.end()
    except (MapError, FileError) as error:
        raise Stop(str(error)) from error
    except Busy as error:
        raise Stop(_("数据库正忙，导入在中途停下。已导入的行都已保存：请稍后加 --resume 接着导入。")) from error
    print(_summary(found))
    if found.rejected:
        print(_("未登记的行和原因：%s") % job.rejects)
    return 1 if found.rejected else 0


def _count(text: str) -> int:
    if not text.isdecimal() or not int(text) > 0:
        raise argparse.ArgumentTypeError(_("应为正整数"))
    return int(text)


def _unit(unit: str | None) -> str:
    from huiyin.org import queries

    if unit is None:
        raise Stop(_("没有写登记单位：请加 --unit，或在映射文件中写 unit。"))
    tree = queries.tree()
    if unit not in tree:
        known = "\n".join(f"  {id}  {found.label}" for id, found in sorted(tree.units.items()))
        raise Stop(_("没有单位“%(unit)s”。现有的单位：\n%(known)s") % {"unit": unit, "known": known})
    return unit


def _officer(username: str | None, map_: Map, unit: str) -> Officer | None:
    """The posting under which new cases are registered; history needs none."""
    from huiyin.imports.mapping import IMPORTED
    from huiyin.org import queries
    from huiyin.org.models import Person

    if map_.enter == IMPORTED:
        return None
    if username is None:
        raise Stop(_("映射“%s”按登记办理，须写明登记人：请加 --by 用户名。") % map_.name)
    person = Person.objects.filter(username=username).first()
    postings = [p for p in queries.postings(person) if p.unit_id == unit] if person else []
    if not postings:
        raise Stop(_("用户“%(user)s”在单位 %(unit)s 没有任职。") % {"user": username, "unit": unit})
    return next((p for p in postings if p.role == "intake_officer"), postings[0])


def _summary(found: Summary) -> str:
    rate = found.registered / found.seconds if found.seconds else 0.0
    said = _("共 %(rows)s 行：登记 %(registered)s 件，已在库 %(known)s 件，退回 %(rejected)s 行；用时 %(seconds)s 秒（每秒登记 %(rate)s 件）") % {
        "rows": found.rows, "registered": found.registered, "known": found.known, "rejected": found.rejected,
        "seconds": f"{found.seconds:.1f}", "rate": f"{rate:.0f}",
    }  # fmt: skip
    if found.resumed_after:
        said += _("；从第 %s 行之后接着导入") % found.resumed_after
    return said


class Shown:
    """The progress in one line on stderr: drawn over and over on a terminal, every ten seconds elsewhere."""

    def __init__(self, terminal: bool) -> None:
        self.terminal = terminal
        self.last = 0.0

    def __call__(self, now: Summary) -> None:
        if now.seconds - self.last < (EVERY if self.terminal else 10):
            return
        self.last = now.seconds
        print(self.line(now), end="" if self.terminal else "\n", file=sys.stderr, flush=True)

    def line(self, now: Summary) -> str:
        share = min(max(now.done, 0.0), 1.0)
        bar = "█" * round(share * 20) + "░" * (20 - round(share * 20))
        left = now.seconds * (1 - share) / share if share else 0.0
        said = _("%(bar)s %(share)s %(rows)s 行，登记 %(registered)s，已在库 %(known)s，退回 %(rejected)s，还需约 %(left)s 秒") % {
            "bar": bar, "share": f"{share:4.0%}", "rows": now.rows, "registered": now.registered, "known": now.known,
            "rejected": now.rejected, "left": f"{left:.0f}",
        }  # fmt: skip
        return f"\r{said}\033[K" if self.terminal else said

    def end(self) -> None:
        if self.terminal and self.last:
            print(file=sys.stderr)
