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


def _field(field: Field, words: Words) -> str:
    _ = words._
    marks = [_("必填")] if field.required else []
    marks += [_("加密")] if field.personal else []
    said = "、".join(field.options.values()) or TYPES[field.type]
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
