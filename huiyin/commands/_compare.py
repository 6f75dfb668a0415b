"""`huiyin rules compare`: what would be different under other rules, in words; with --cases also for the cases that are open today."""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date

from huiyin.commands import Stop, _, database_ready, in_words
from huiyin.core.compare import Difference, Moved, differences
from huiyin.core.compose import Library
from huiyin.core.model import Due
from huiyin.core.rules import Procedure
from huiyin.core.wording import Words

MARKS = {"added": "+", "removed": "-", "changed": "~"}


def add_arguments(parser: argparse.ArgumentParser, loaded: Callable[[], Library]) -> None:
    """BEFORE and AFTER: a procedure, or one of its versions by a day on which it was in force. `loaded` reads the rules when asked."""
    parser.add_argument("before", metavar="BEFORE", help=_("现在的程序，如 henan/complaint；@日期 指当日施行的版本"))
    parser.add_argument("after", metavar="AFTER", help=_("打算采用的程序，写法相同"))
    parser.add_argument("--cases", action="store_true", help=_("列出现在的程序下未办结案件的期限会怎样变动"))
    parser.add_argument("--unit", metavar="UNIT", help=_("只看这个单位及其下级的案件"))
    parser.set_defaults(answer=answer, loaded=loaded)


def answer(args: argparse.Namespace) -> int:
    """Print the differences; exit code 0 whether there are any or not."""
    library = args.loaded()
    before, after = (procedure(library, text) for text in (args.before, args.after))
    words = Words(in_words(library.vocabulary), _)
    found = differences(before, after, words)
    for line in as_lines(found):
        print(line)
    counts: Counter[str] = Counter(difference.how for difference in found)
    print(
        _("%(before)s → %(after)s：新增 %(added)d 条，取消 %(removed)d 条，改动 %(changed)d 条。")
        % {"before": args.before, "after": args.after, **{how: counts[how] for how in MARKS}}
    )
    if args.cases:
        _cases(before.id, after, args.unit)
    return 0


def procedure(library: Library, text: str) -> Procedure:
    """`id` or `id@2012-06-01`. Raises Stop for one that is not known."""
    id, _at, day = text.partition("@")
    if id not in library.procedures:
        known = "\n".join(f"  {name}" for name in sorted(library.procedures))
        raise Stop(_("没有程序“%(name)s”。现有的程序：\n%(known)s") % {"name": id, "known": known})
    try:
        return library.procedure(id, date.fromisoformat(day) if day else date.max)
    except ValueError as error:
        raise Stop(_("“%s”不是日期，请写成 2026-05-29") % day) from error


def as_lines(found: list[Difference]) -> Iterator[str]:
    """Chapter by chapter: what came (+), went (-), changed (~)."""
    part = ""
    for one in found:
        if one.part != part:
            part = one.part
            yield f"【{part}】"
        row = one.after or one.before
        assert row is not None
        clauses = f"  [{', '.join(row.clauses)}]" if row.clauses else ""
        yield f"  {MARKS[one.how]} {row.title}{clauses}"
        if one.how == "changed":
            yield from (f"      {label}：{a or _('（无）')} → {b or _('（无）')}" for label, a, b in one.lines if label)
            yield from (f"      {a} → {b}" for label, a, b in one.lines if not label)
        elif row.says:
            yield f"      {row.says}"


def _cases(id: str, after: Procedure, unit: str | None) -> None:
    database_ready()
    from huiyin.cases import moving

    total = sum(1 for _case in moving.open_cases(id, unit))
    counts: Counter[str] = Counter()
    touched = 0
    for change in moving.what_would_change(id, after, unit):
        touched += 1
        print(f"{change.case}")
        for moved in change.moved:
            counts[moved.how] += 1
            print(f"  {said(moved)}")
    print(
        _(
            "未办结 %(total)d 件，其中 %(touched)d 件有变动：提前 %(earlier)d，推后 %(later)d，新的义务 %(new)d，不再需要 %(gone)d。"
        )
        % {"total": total, "touched": touched, **{how: counts[how] for how in ("earlier", "later", "new", "gone")}}
    )


def said(moved: Moved) -> str:
    """One limit in a line: what it is, and both dates."""
    due = moved.after or moved.before
    assert due is not None
    how = {"earlier": _("提前"), "later": _("推后"), "new": _("新增"), "gone": _("不再需要")}[moved.how]
    dates = " → ".join(_end(d) for d in (moved.before, moved.after) if d is not None)
    return f"{how}  {due.says}  [{', '.join(due.clauses)}]  {dates}"


def _end(due: Due) -> str:
    end = due.end
    if end is None:
        return _("（未定）")
    said = end.day.isoformat() if end.day is not None else f"{end.moment:%Y-%m-%d %H:%M}"
    return said + (_("（暂定）") if due.provisional else "")
