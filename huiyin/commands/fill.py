"""把数据库补足到 N 件编造的案件，用于演示、试用和测速。

案件由随附的示范故事展开：三年之内各类事项、各单位、各阶段，约七分之一尚未办结，其中有逾期的；人物、商店和电话都是编造的。
每件都有完整的记录链，huiyin verify 和 huiyin rebuild 照常可用。中断后再运行同一命令，从已有的件数接着补。
只用于空的数据库或示范数据库；在别处须加 --yes，并且不要用在正式办公的数据库上。
"""

from __future__ import annotations

import argparse
import sys
import time
from typing import TYPE_CHECKING

from huiyin.commands import Stop, _, database_ready

if TYPE_CHECKING:
    from huiyin.commands._filling import Plan

EVERY = 0.5  # seconds between two pictures of the progress
NEEDED = ("city", "county_a", "county_b")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """How many, and how."""
    parser.add_argument("count", type=_count, metavar="N", help=_("补足到多少件"))
    parser.add_argument(
        "--processes",
        type=_count,
        metavar="N",
        help=_("同时写入的进程数；默认 SQLite 1 个，PostgreSQL 每个处理器核 1 个"),
    )
    parser.add_argument("--seed", type=int, default=1, metavar="N", help=_("随机数种子：同样的种子编造同样的故事"))
    parser.add_argument("--yes", action="store_true", help=_("不是空数据库或示范数据库也照做"))


def run(args: argparse.Namespace) -> int:
    """Make sure of the database first."""
    database_ready()
    return fill(args.count, seed=args.seed, processes=args.processes, sure=args.yes)


def fill(count: int, *, seed: int = 1, processes: int | None = None, sure: bool = False, quiet: bool = False) -> int:
    """Bring the database to `count` cases. Returns the exit code. Raises Stop where it must not or cannot."""
    from django.db import connection

    from huiyin.cases import recalculating
    from huiyin.commands import _filling

    _check_world(sure)
    recalculating.is_current()  # the calendar is noted now, with few cases: a first start with a million would look at each
    before = _filling.there()
    if before >= count:
        print(_("已有 %(there)d 件，不少于 %(count)d 件，无须再补。") % {"there": before, "count": count})
        return 0
    shown, began = Shown(quiet), time.monotonic()
    shown.say(_("正在编排故事……"))
    plan = _filling.plan(count - before, seed + before, before / count)
    if not plan.moulds:
        raise Stop(_("按现行规则，没有一个示范故事可以登记：%s") % next(iter(plan.refused), ""))
    made, start = 0, time.monotonic()
    for some in _filling.fill(
        count - before, seed + before, processes or _filling.usual_processes(connection.vendor), plan
    ):
        made += some
        shown.progress(made, count - before, time.monotonic() - start)
    shown.end()
    if not connection.in_atomic_block:
        _filling.settle()
    _say(plan, made, time.monotonic() - start, time.monotonic() - began)
    return 0


def _check_world(sure: bool) -> None:
    from huiyin.org import queries, sample

    if sample.taken() and not sure:
        raise Stop(
            _(
                "数据库里有自己的单位，不补示范案件。要测速，请另用一个数据库：设置 DATABASE_URL 或 HUIYIN_HOME；确要补入，请加 --yes。"
            )
        )
    if not sample.taken():
        sample.make()
    tree = queries.tree()
    if missing := [unit for unit in NEEDED if unit not in tree]:
        raise Stop(_("数据库里没有示范单位 %s，示范故事无法登记。") % "、".join(missing))


def _say(plan: Plan, made: int, seconds: float, whole: float) -> None:
    print(
        _(
            "补入 %(made)d 件，用时 %(whole).0f 秒，其中写入 %(seconds).0f 秒，每秒 %(rate).0f 件；用了 %(moulds)d 个故事。"
        )
        % {
            "made": made,
            "whole": whole,
            "seconds": seconds,
            "rate": made / max(seconds, 0.001),
            "moulds": len(plan.moulds),
        }
    )
    for why, times in plan.refused.most_common(5):
        print(_("  %(times)d 次因规则或日期不合没有采用：%(why)s") % {"times": times, "why": why[:160]})


def _count(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) <= 100_000_000:
        raise argparse.ArgumentTypeError(_("应为正整数"))
    return int(text)


class Shown:
    """Progress on stderr: one line drawn over and over on a terminal, every ten seconds elsewhere."""

    def __init__(self, quiet: bool) -> None:
        self.quiet, self.terminal, self.last = quiet, sys.stderr.isatty(), 0.0

    def say(self, line: str) -> None:
        if not self.quiet:
            print(line, file=sys.stderr, flush=True)

    def progress(self, made: int, count: int, seconds: float) -> None:
        if self.quiet or seconds - self.last < (EVERY if self.terminal else 10):
            return
        self.last = seconds
        share = min(made / count, 1.0)
        line = _("%(share)s %(made)d 件，每秒 %(rate).0f 件，还需约 %(left).0f 秒") % {
            "share": f"{share:4.0%}", "made": made, "rate": made / seconds, "left": seconds * (1 - share) / share,
        }  # fmt: skip
        print(
            f"\r{line}\033[K" if self.terminal else line, end="" if self.terminal else "\n", file=sys.stderr, flush=True
        )

    def end(self) -> None:
        if self.terminal and self.last:
            print(file=sys.stderr)
