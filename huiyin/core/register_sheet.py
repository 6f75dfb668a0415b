"""A register in words, for the sheet of a procedure: what it holds, how it moves, what it owes, what is counted, each with its articles."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from huiyin.core.registers import TYPES, DueRule, Field, Register, Step
from huiyin.core.wording import Words


def register_row(x: Register, words: Words, row: Callable[..., Any]) -> Any:
    """The row of a register: fields, states and steps, gates, due dates, figures."""
    _ = words._
    body = x.body
    lines = [
        (_("登记在"), "、".join(x.body.above)), (_("内容"), "；".join(_field(f, words) for f in x.fields.values())),
        (_("状态"), " → ".join(x.states.values()) if len(x.states) > 1 else ""), (_("步骤"), "；".join(_step(s, x, words) for s in body.steps)),
        (_("条件"), _said((g.says, g.clauses) for g in body.gates)), (_("到期"), "；".join(_due(d, x, words) for d in body.dues)),
        (_("随之登记"), _said((f.says, f.clauses) for f in body.follows)),
        (_("数字"), "；".join(f"{f.label}[{' '.join(f.clauses)}]" for f in body.figures)),
    ]  # fmt: skip
    return row(x, x.label, lines)


def _type(name: str, words: Words) -> str:
    """What one fills in; the names of TYPES as messages."""
    _ = words._
    said = {
        "text": _("文字"), "long": _("多行文字"), "number": _("整数"), "yes": _("是否"), "date": _("日期"),
        "moment": _("日期和时间"), "period": _("期间（2011-Q4）"), "unit": _("单位"), "units": _("几个单位"), "officer": _("人员"),
        "officers": _("几名人员"), "choice": _("选一项"), "choices": _("选几项"), "texts": _("几行文字"), "money": _("金额"),
        "area": _("地区"), "role": _("角色"), "categories": _("类别"), "cases": _("案件"), "entry": _("另一条台账"),
        "entries": _("几条台账"),
    }  # fmt: skip
    return said.get(name, TYPES[name])


def _field(field: Field, words: Words) -> str:
    _ = words._
    marks = [_("必填")] if field.required else []
    marks += [_("加密")] if field.personal else []
    said = "、".join(field.options.values()) or _type(field.type, words)
    return f"{field.label}（{'，'.join((said, *marks))}）"


def _step(step: Step, x: Register, words: Words) -> str:
    return f"{step.label}：{x.states[step.to]}[{' '.join(step.clauses)}]"


def _due(due: DueRule, x: Register, words: Words) -> str:
    if due.on is not None:
        end = x.fields[due.on].label
    else:
        end = words.period({"n": due.within.n, "unit": due.within.unit}) if due.within else words._("由本单位设定")
    return f"{due.says}（{end}）[{' '.join(due.clauses)}]"


def _said(found: Iterable[tuple[str, tuple[str, ...]]]) -> str:
    return "；".join(f"{says}[{' '.join(clauses)}]" for says, clauses in found)
