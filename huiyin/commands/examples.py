"""运行工作示例（worked examples），任何目录中的文件都可以。"""

from __future__ import annotations

import argparse
import json
import os
from datetime import date, datetime
from pathlib import Path
from typing import Any

from huiyin.core.compose import load_library
from huiyin.core.errors import RuleError
from huiyin.core.examples import Result, example_files, run_file
from huiyin.core.vocabulary import RULES


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("paths", nargs="+", type=Path, metavar="PATH", help="示例文件或目录")
    parser.add_argument("--json", action="store_true", help="以 JSON 输出结果")


def run(args: argparse.Namespace) -> int:
    missing = [p for p in args.paths if not p.exists()]
    if missing:
        print(f"找不到：{', '.join(map(str, missing))}")
        return 2
    try:
        library = load_library(folders())
    except RuleError as error:
        print(f"规则文件有误：{error}")
        return 2
    results = [r for path in example_files(args.paths) for r in run_file(path, library)]
    if args.json:
        print(json.dumps([as_json(r) for r in results], ensure_ascii=False, indent=1))
    else:
        show(results)
    return 0 if results and all(r.passed for r in results) else 1


def folders() -> list[Path]:
    """The shipped rules, then an office's own (HUIYIN_RULES)."""
    own = os.environ.get("HUIYIN_RULES")
    return [RULES, Path(own)] if own else [RULES]


def as_json(result: Result) -> dict[str, Any]:
    return {
        "name": result.name, "clause": result.clause, "file": result.file, "passed": result.passed,
        "expected": _plain(result.expected), "found": _plain({**result.found, **({"error": result.error} if result.error else {})}),
    }  # fmt: skip


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(v) for v in value]
    if isinstance(value, date | datetime):
        return value.isoformat()
    return value


def show(results: list[Result]) -> None:
    for result in results:
        if result.passed:
            continue
        print(f"未通过 {result.file} [{', '.join(result.clause)}] {result.name}")
        if result.error:
            print(f"    {result.error}")
        for key, value in result.expected.items():
            print(f"    {key}：应为 {_plain(value)}，实为 {_plain(result.found.get(key))}")
    print(f"示例 {len(results)} 个，通过 {sum(r.passed for r in results)} 个")
