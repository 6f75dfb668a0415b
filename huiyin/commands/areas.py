"""从表格导入行政区划：省、市、区县、街道，一次或分几个文件。

每行至少有 code 和 name 两列；代码为统计用区划代码的 2、4、6、9 或 12 位数字。上级由代码推出。
可以反复导入：改了名称的更新，没有变动的不动，原有的不删除。
"""

from __future__ import annotations

import argparse
import re
from pathlib import Path

from huiyin.commands import Stop, _, database_ready

LONGEST = 120  # characters of a name


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The files."""
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE", help=_(".csv 或 .xlsx 文件，列 code、name"))


def run(args: argparse.Namespace) -> int:
    """Read all files first: an area of one may lie in an area of another."""
    database_ready()
    from huiyin.org import actions

    areas: dict[str, str] = {}
    for path in args.files:
        areas |= read(path)
    changed = actions.set_areas(areas, source="、".join(path.name for path in args.files)[:200])
    print(_("共 %(count)d 个区划，新增或改动 %(changed)d 个。") % {"count": len(areas), "changed": changed})
    return 0


def read(path: Path) -> dict[str, str]:
    """Names by code of six, nine or twelve digits. Raises Stop for a row that is no area, naming it."""
    from huiyin.imports.errors import FileError
    from huiyin.imports.sources import open_table

    try:
        table = open_table(path, encoding="utf-8", delimiter=",", sheet=None)
        if missing := [name for name in ("code", "name") if name not in table.columns]:
            raise Stop(_("%(file)s 没有列 %(missing)s。") % {"file": path.name, "missing": "、".join(missing)})
        found = {}
        for row in table.rows:
            code, name = (str(row.cells.get(column) or "").strip() for column in ("code", "name"))
            if (
                row.problem
                or not re.fullmatch(r"[0-9]{2}|[0-9]{4}|[0-9]{6}|[0-9]{9}|[0-9]{12}", code)
                or not 0 < len(name) <= LONGEST
            ):
                why = row.problem or _("代码应为 2、4、6、9 或 12 位数字，名称不空")
                raise Stop(
                    _("%(file)s 第 %(row)d 行：%(why)s。没有导入任何区划。")
                    % {"file": path.name, "row": row.number, "why": why}
                )
            found[code.ljust(6, "0")] = name
    except FileError as error:
        raise Stop(str(error)) from error
    return found
