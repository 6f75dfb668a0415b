"""给全部案件的记录链做锚定：写入数据库和锚定文件。

把锚定文件夹（HUIYIN_ANCHORS）里的文件抄送到别处保存；以后用 huiyin verify --against 文件 与它核对。宜每天运行一次。
"""

import argparse

from huiyin.commands import _, database_ready


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Nothing to choose."""


def run(args: argparse.Namespace) -> int:
    """Anchor and say what was anchored."""
    database_ready()
    from huiyin.cases import anchoring

    row = anchoring.anchor()
    print(
        _("第 %(number)d 号锚定：%(cases)d 件案件，%(events)d 条记录，封印 %(seal)s")
        % {"number": row.number, "cases": row.cases, "events": row.events, "seal": row.seal}
    )
    print(anchoring.file_of(row.number))
    return 0
