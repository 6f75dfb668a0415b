"""由案件的记录重新生成全部副本：案件行、当事人、时限、轮次、流转、可见范围、编号计数。不需要密钥。

例：huiyin rebuild
    huiyin rebuild --case 2026000017
"""

import argparse

from huiyin.commands import Stop, _, database_ready

REGISTERS = "registers"  # the copies of registers, which follow the log of administration


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which cases and which copies."""
    parser.add_argument("--case", metavar="NUMBER", help=_("只重建这一编号的案件；#后接内部号也可"))
    parser.add_argument("--only", metavar="NAME", help=_("只重建这一种副本，如 dues"))


def run(args: argparse.Namespace) -> int:
    """Rebuild page by page; each case in a transaction of its own, so that the site may go on working."""
    database_ready()
    from huiyin.cases import projections, rebuilding
    from huiyin.registers import copies

    known = [p.name for p in projections.all_of_them() if p.rebuild is not None] + [REGISTERS]
    if args.only == REGISTERS:
        print(_("台账已重建，其中 %(changed)d 条与记录不同。") % {"changed": copies.rebuild()})
        return 0
    if args.only is not None and args.only not in known:
        raise Stop(_("没有名为 %(name)s 的副本；可用：%(known)s。") % {"name": args.only, "known": "、".join(known)})
    pages = [_chosen(args.case)] if args.case else rebuilding.pages()
    seen = changed = 0
    for page in pages:
        changed += rebuilding.rebuild(page, args.only)
        seen += len(page)
    entries = copies.rebuild() if args.only is None and args.case is None else 0
    behind = rebuilding.rebuild_counters() if args.only is None and args.case is None else 0
    print(
        _(
            "已重建 %(seen)d 件案件，其中 %(changed)d 件的副本与记录不同；编号计数改正 %(behind)d 处；台账改正 %(entries)d 条。"
        )
        % {"seen": seen, "changed": changed, "behind": behind, "entries": entries}
    )
    return 0


def _chosen(text: str) -> list[int]:
    from huiyin.cases.models import Case
    from huiyin.cases.numbers import id_of

    case_id = id_of(text)
    chosen = Case.objects.filter(number=text) if case_id is None else Case.objects.filter(pk=case_id)
    found = list(chosen.values_list("pk", flat=True))
    if not found:
        raise Stop(_("没有编号为 %(number)s 的案件。") % {"number": text})
    return found
