"""规则：检查、阅读、画图，并检验示例能否察觉规则被改动。

huiyin rules check    读入全部规则文件，打印警告和各规则集的条数；有误时指明文件、条目和键
huiyin rules show     以文字列出一个程序：步骤、时限、延期、条件、告知
huiyin rules diagram  以 Mermaid 文本画出一个程序
huiyin rules compare  比较两个程序或两个版本，说明哪些不同、未办结案件的期限会怎样变动
huiyin rules mutate   逐条删去规则、逐个改动数字，看工作示例是否察觉
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict
from datetime import date
from pathlib import Path

from huiyin.commands import Stop, _, _compare, in_words
from huiyin.commands._arguments import day
from huiyin.commands.examples import folders
from huiyin.core import categories, render
from huiyin.core.categories import Trees
from huiyin.core.compose import Library, load_library, unknown_limits
from huiyin.core.errors import RuleError
from huiyin.core.mutate import BAR, Report, mutate
from huiyin.core.outside_systems import load as load_systems
from huiyin.core.retention import load as load_periods
from huiyin.core.rules import Procedure
from huiyin.core.vocabulary import RULES, Vocabulary
from huiyin.core.wording import Words

EXAMPLES = RULES.parents[1] / "tests" / "clauses"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The sub-commands."""
    commands = parser.add_subparsers(dest="action", metavar=_("子命令"), required=True)
    check = commands.add_parser("check", help=_("检查规则文件"), description=_("读入全部规则文件；有误时退出码为 1。"))
    check.add_argument(
        "folders", nargs="*", type=Path, metavar="FOLDER", help=_("在随附规则之后读入的文件夹；默认为 HUIYIN_RULES")
    )
    check.set_defaults(answer=_check)
    for name, said, answer in (
        ("show", _("以文字列出一个程序"), _show), ("diagram", _("以 Mermaid 文本画出一个程序"), _diagram),
    ):  # fmt: skip
        command = commands.add_parser(name, help=said, description=said + "。")
        command.add_argument("procedure", metavar="PROCEDURE", help=_("程序，如 jiangmen/complaint"))
        command.add_argument("--on", type=day, default=date.max, metavar="DATE", help=_("该日施行的版本；默认最新"))
        command.set_defaults(answer=answer)
    said = _("比较两个程序或两个版本")
    _compare.add_arguments(commands.add_parser("compare", help=said, description=said + "。"), library)
    mutate_ = commands.add_parser(
        "mutate",
        help=_("检验示例能否察觉规则被改动"),
        description=_(
            "逐条删去有条款的规则，并把其中每个数字加一，运行该条款的示例，应至少有一个不通过；不足九成五时退出码为 1。"
        ),
    )
    mutate_.add_argument("sets", nargs="*", metavar="SET", help=_("规则集，如 JM HN-FL；默认全部"))
    mutate_.add_argument(
        "--examples", nargs="+", type=Path, metavar="PATH", help=_("示例文件或文件夹；默认 tests/clauses")
    )
    mutate_.add_argument("--seconds", type=_seconds, metavar="N", help=_("至多运行若干秒；到时抽样作答"))
    mutate_.add_argument("--json", action="store_true", help=_("以 JSON 输出结果"))
    mutate_.set_defaults(answer=_mutate)


def run(args: argparse.Namespace) -> int:
    """Answer; a rules file in error is said with its place."""
    answer: Callable[[argparse.Namespace], int] = args.answer
    return answer(args)


def _seconds(text: str) -> float:
    try:
        found = float(text)
    except ValueError:
        found = 0
    if not 0 < found < 1e6:
        raise argparse.ArgumentTypeError(_("“%s”不是秒数") % text)
    return found


def library(extra: list[Path] | None = None) -> Library:
    """The shipped rules and an office's own. Raises Stop naming file, entry and key."""
    wanted = [RULES, *extra] if extra else folders()
    for folder in wanted:
        if not folder.is_dir():
            raise Stop(_("没有文件夹 %s：请检查路径，或检查环境变量 HUIYIN_RULES。") % folder)
    try:
        return load_library(wanted)
    except RuleError as error:
        raise Stop(said(error)) from error


def said(error: RuleError) -> str:
    """A mistake in a rules file, with its place, in lines."""
    lines = [_("规则文件有误：")]
    for label, text in (
        (_("文件"), error.file),
        (_("条目"), error.entry),
        (_("键"), error.key),
        (_("原因"), error.message),
    ):
        if text:
            lines.append(_("  %(label)s：%(text)s") % {"label": label, "text": text})
    return "\n".join(lines)


# check


def _check(args: argparse.Namespace) -> int:
    try:
        found = library(args.folders)
    except Stop as error:
        if not isinstance(error.__cause__, RuleError):
            raise
        print(error, file=sys.stderr)
        return 1
    _reminders(found)
    _rule_sets(found)
    read = [RULES, *args.folders] if args.folders else folders()
    if not _beside(read, found.vocabulary) or not _notices(found, read):
        return 1
    for id in found.procedures:
        procedure = found.procedure(id)
        print(_("程序 %(id)s %(label)s：%(hash)s") % {"id": id, "label": procedure.label, "hash": procedure.hash[:16]})
    print(
        _("规则集 %(sets)s 个，程序 %(procedures)s 个，没有错误。")
        % {"sets": len(found.sets), "procedures": len(found.procedures)}
    )
    return 0


def _reminders(found: Library) -> None:
    """What stops nothing and is probably a slip."""
    for id, entry in found.procedures.items():
        if missing := [code for code in entry["rule_sets"] if code not in found.sets]:
            print(
                _("提醒：程序 %(id)s 的规则集 %(codes)s 尚未编写，未计入。") % {"id": id, "codes": "、".join(missing)}
            )
    for file, name in unknown_limits(found):
        print(_("提醒：%(file)s 提到的时限 %(name)s，规则里没有。") % {"file": file, "name": name})


def _rule_sets(found: Library) -> None:
    """A line for each version of each rule set."""
    for code, versions in sorted(found.sets.items()):
        for version in versions:
            counts = Counter(entry.section for entry in version.entries)
            clauses = {c for entry in version.entries for c in entry.clauses}
            print(
                _("%(code)s %(day)s 第%(edition)s版：%(entries)s 条，条款 %(clauses)s 个（%(sections)s）")
                % {
                    "code": code,
                    "day": version.in_force,
                    "edition": version.edition,
                    "entries": len(version.entries),
                    "clauses": len(clauses),
                    "sections": _("，").join(f"{k} {n}" for k, n in counts.most_common()),
                }
            )


def _beside(read: list[Path], vocabulary: Vocabulary) -> bool:
    """Outside systems, retention periods, categories of these folders. False when a file is in error, which was said."""
    trees = _trees(read)
    if trees is None:
        return False
    if (elsewhere := _systems(read)) is None:
        return False
    print(_("外部系统 %(n)s 个：%(labels)s") % {"n": len(elsewhere), "labels": "、".join(elsewhere)})
    if (periods := _periods(read, vocabulary)) is None:
        return False
    print(_("保管期限 %(n)s 条：%(labels)s") % {"n": len(periods), "labels": "、".join(periods)})
    for scheme in trees.schemes.values():
        told = {"code": scheme.code, "title": scheme.title, "n": len(scheme.categories)}
        print(_("分类 %(code)s %(title)s：%(n)s 类") % told)
    return True


def _notices(found: Library, wanted: list[Path]) -> bool:
    """The words of notices: read, and those that are missing named. False when a file is in error."""
    from huiyin.notices import checking, texts

    try:
        book = texts.load(wanted, found.vocabulary)
    except RuleError as error:
        print(said(error), file=sys.stderr)
        return False
    for line in checking.untold(found, book):
        print(_("提醒：这件告知没有文字，系统不能代为告知：%s") % line)
    print(_("告知的文字 %(n)s 条") % {"n": sum(len(page.texts) for page in book.pages)})
    return True


def _trees(wanted: list[Path]) -> Trees | None:
    """The category trees of these folders; a mistake in one is said with its place."""
    try:
        return categories.load([folder / "categories" for folder in wanted])
    except RuleError as error:
        print(said(error), file=sys.stderr)
        return None


def _systems(wanted: list[Path]) -> list[str] | None:
    """Names of the outside systems of these folders; a mistake is said with its place."""
    try:
        return [one.label for one in load_systems(*wanted).values()]
    except RuleError as error:
        print(said(error), file=sys.stderr)
        return None


def _periods(wanted: list[Path], words: Vocabulary) -> list[str] | None:
    """The lines of the tables of retention in these folders; a mistake is said with its place."""
    try:
        return [one.label for one in load_periods(words, *wanted)]
    except RuleError as error:
        print(said(error), file=sys.stderr)
        return None


# show, diagram


def _procedure(args: argparse.Namespace) -> tuple[Procedure, Words]:
    found = library()
    if args.procedure not in found.procedures:
        known = "\n".join(f"  {id}  {found.procedure(id).label}" for id in sorted(found.procedures))
        raise Stop(_("没有程序“%(name)s”。现有的程序：\n%(known)s") % {"name": args.procedure, "known": known})
    return found.procedure(args.procedure, args.on), Words(in_words(found.vocabulary), _)


def _show(args: argparse.Namespace) -> int:
    print(render.text(*_procedure(args)), end="")
    return 0


def _diagram(args: argparse.Namespace) -> int:
    print(render.mermaid(*_procedure(args)), end="")
    return 0


# mutate


def _mutate(args: argparse.Namespace) -> int:
    found = library()
    unknown = [code for code in args.sets if code not in found.sets]
    if unknown:
        raise Stop(
            _("没有规则集“%(name)s”。现有的规则集：%(known)s")
            % {"name": "、".join(unknown), "known": "、".join(sorted(found.sets)) or _("（无）")}
        )
    paths = args.examples or [EXAMPLES]
    missing = [str(p) for p in paths if not p.exists()]
    if missing:
        raise Stop(_("找不到示例 %s：请用 --examples 指明示例文件或文件夹。") % "、".join(missing))
    progress = None if args.json or not sys.stderr.isatty() else _progress
    report = mutate(folders(), paths, args.sets, args.seconds, progress)
    if progress:
        print(file=sys.stderr)
    print(json.dumps(as_json(report), ensure_ascii=False, indent=1) if args.json else as_text(report))
    return 0 if report.met else 1


def _progress(done: int, total: int) -> None:
    print(f"\r{done}/{total}", end="", file=sys.stderr, flush=True)


def as_json(report: Report) -> dict[str, object]:
    return {
        "tried": report.tried, "of": report.of, "noticed": report.noticed, "rate": round(report.rate, 4), "bar": BAR, "met": report.met,
        "seconds": round(report.seconds, 1), "broken": report.broken,
        "survivors": [{**asdict(s.mutant), "path": list(s.mutant.path), "why": s.why} for s in report.survivors],
    }  # fmt: skip


def as_text(report: Report) -> str:
    lines = [_("示例原本就不通过，未用来检验：%s") % name for name in report.broken]
    whys = {"no_example": _("没有示例"), "not_noticed": _("示例没有察觉")}
    for survivor in report.survivors:
        m = survivor.mutant
        change = (
            _("删去该条")
            if not m.path
            else _("删去 %s") % ".".join(map(str, m.path))
            if m.new is None
            else f"{'.'.join(map(str, m.path))} {m.old} → {m.new}"
        )
        lines.append(
            f"{m.file} [[{m.section}]] {m.number} {m.name} ({', '.join(m.clauses)})：{change}：{whys[survivor.why]}"
        )
    if report.tried < report.of:
        lines.append(_("时间到：改动 %(of)s 处，抽样试了 %(tried)s 处。") % {"of": report.of, "tried": report.tried})
    lines.append(
        _("改动 %(tried)s 处，察觉 %(noticed)s 处（%(rate)s），要求 %(bar)s；用时 %(seconds)s 秒")
        % {
            "tried": report.tried,
            "noticed": report.noticed,
            "rate": f"{report.rate:.1%}",
            "bar": f"{BAR:.0%}",
            "seconds": f"{report.seconds:.1f}",
        }
    )
    return "\n".join(lines)
