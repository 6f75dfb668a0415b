"""后台办理：逾期和临期提醒、发送告知和推送、每日锚定、清理过期的草稿。

可以同时运行任意多个，在一台或多台机器上；随时可以停止或强行终止，不丢失、不重复。
"""

from __future__ import annotations

import argparse
import signal

from huiyin.commands import _, database_ready


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Once or for ever, and how often to look."""
    parser.add_argument("--once", action="store_true", help=_("只办理现在到期的，然后退出"))
    parser.add_argument("--every", type=_seconds, default=5.0, metavar="SECONDS", help=_("隔几秒看一次，默认 5"))


def run(args: argparse.Namespace) -> int:
    """Work until stopped. Exit code 1 when --once could not reach the database."""
    database_ready()
    from django.utils import translation

    from huiyin import languages
    from huiyin.commands.serve import refuse_other_calendar
    from huiyin.worker.loop import Worker

    refuse_other_calendar()
    translation.activate(languages.SOURCE)  # what it writes and sends is Chinese, whatever the operator reads
    worker = Worker()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_told: worker.stopping.set())
    if args.once:
        return 1 if worker.turn() else 0
    worker.run(args.every)
    return 0


def _seconds(text: str) -> float:
    try:
        found = float(text)
    except ValueError:
        found = 0
    if not 0.1 <= found <= 3600:
        raise argparse.ArgumentTypeError(_("应为 0.1 到 3600 的秒数"))
    return found
