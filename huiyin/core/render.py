"""A procedure as text, and as a diagram in Mermaid's language: stages as boxes, events as nodes, what may follow what as arrows.

Drawn are the events of which the rule sets speak and those that enter a stage; dotted arrows are what the system writes by itself, and
labelled ones the limits of the procedure.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from huiyin.core.rules import Procedure, Reaction
from huiyin.core.sheet import LimitRow, Row, limit_rows, sheet, words_for
from huiyin.core.wording import Words

# -- text


def text(procedure: Procedure, words: Words) -> str:
    """The whole procedure as text for a terminal or a printout."""
    _ = words._
    sets = [s for s in procedure.rule_sets if s.code != "common"]
    lines = [f"{procedure.id}  {procedure.label}"]
    lines += [
        _("  %(code)s %(title)s（%(day)s 起施行，第 %(edition)s 版）")
        % {"code": s.code, "title": s.title, "day": s.in_force, "edition": s.edition}
        for s in sets
    ]
    for rule in procedure.prevails:
        lines.append(
            _("  %(one)s 优先于 %(others)s：%(why)s")
            % {"one": rule["clause"], "others": "、".join(rule["over"]), "why": rule["why"]}
        )
    for part in sheet(procedure, words):
        lines += ["", f"【{part.title}】"]
        if part.key == "limit":
            lines += _table(limit_rows(procedure, words), words)
        elif part.key == "default":
            lines += ["  " + "、".join(row.title for row in part.rows)]
        else:
            lines += [line for row in part.rows for line in _block(row, words)]
    return "\n".join(lines) + "\n"


def _block(row: Row, words: Words) -> list[str]:
    head = f"  {row.title}  [{', '.join(row.clauses)}]" if row.clauses else f"  {row.title}"
    lines = [head + ("" if row.confirmed else words._("（依据未经确认）"))]
    if row.says:
        lines.append(f"      {row.says}")
    return lines + [f"      {label}：{said}" for label, said in row.lines]


def _table(limits: Sequence[LimitRow], words: Words) -> list[str]:
    """Clause, length and counting in columns; what does not fit a column stands below its row."""
    _ = words._
    cells = [(_("条款"), _("时限"), _("期限"), _("计算"))]
    cells += [(", ".join(x.clauses), x.title, x.length, x.counting) for x in limits]
    widths = [min(max(width(row[i]) for row in cells), 34) for i in range(4)]
    lines = ["  " + _row_text(cells[0], widths)]
    for x, row in zip(limits, cells[1:], strict=True):
        lines.append("  " + _row_text(row, widths))
        if x.says:
            lines.append(f"      {x.says}" + ("" if x.confirmed else _("（依据未经确认）")))
        lines.append("      " + _("自 %(start)s 至 %(end)s") % {"start": x.start, "end": x.end})
        lines += [f"      {label}：{said}" for label, said in x.lines]
    return lines


def _row_text(row: Sequence[str], widths: Sequence[int]) -> str:
    return "  ".join(cell + " " * max(0, w - width(cell)) for cell, w in zip(row, widths, strict=True)).rstrip()


def width(text: str) -> int:
    """Columns on a terminal: a Chinese character takes two."""
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


# -- diagram

BEGINNINGS = ("recording_left", "registered")


def mermaid(procedure: Procedure, words: Words) -> str:
    """The diagram's text."""
    return Diagram(procedure, words_for(procedure, words)).text()


class Diagram:
    """Nodes, arrows and boxes of one procedure."""

    def __init__(self, procedure: Procedure, words: Words) -> None:
        self.p = procedure
        self.w = words
        stages = {**words.vocabulary.stage_of, **procedure.stages}
        known = set(procedure.steps) | set(procedure.defaults)
        own = set(procedure.steps) | {n for limit in procedure.limits for n in limit.start.names | limit.to.names}
        wanted = (own | set(stages) | {t.event for r in self._reactions() for t in r.then}) & known
        self.nodes = [n for n in words.vocabulary.events if n in wanted]
        self.stage = {n: stages[n] for n in self.nodes if n in stages}

    def _reactions(self) -> list[Reaction]:
        return list({id(r): r for rs in self.p.reactions.values() for r in rs}.values())

    def text(self) -> str:
        lines = ["flowchart TD"]
        for stage, label in self.w.vocabulary.values["stage"].items():
            inside = [n for n in self.nodes if self.stage.get(n) == stage]
            if inside:
                lines.append(f'  subgraph stage_{stage}["{_quoted(label)}"]')
                lines += [f"    {self._node(n)}" for n in inside]
                lines.append("  end")
        lines += [f"  {self._node(n)}" for n in self.nodes if n not in self.stage]
        lines += [f"  {a} --> {b}" for a, b in self.follows()]
        lines += [f"  {a} -.-> {b}" for a, b in self.writes()]
        lines += [f'  {a} -- "{_quoted(label)}" --> {b}' for a, b, label in self.limits()]
        return "\n".join(lines) + "\n"

    def _node(self, name: str) -> str:
        label = _quoted(self.w.event(name))
        ends = name in self.p.ends or self.stage.get(name) in ("ended", "archive")
        shape = f'(["{label}"])' if name in BEGINNINGS or ends else f'["{label}"]'
        return f"{name}{shape}"

    def follows(self) -> list[tuple[str, str]]:
        """After what an event may come: by the rule sets; by the common steps where they say nothing."""
        arrows: dict[tuple[str, str], None] = {}
        for name in self.nodes:
            for step in self.p.steps.get(name) or self.p.defaults.get(name, []):
                for before in sorted(step.after.names) if step.after else ():
                    if before in self.nodes and before != name:
                        arrows[before, name] = None
        return list(arrows)

    def writes(self) -> list[tuple[str, str]]:
        """What the rules write by themselves after an event."""
        arrows: dict[tuple[str, str], None] = {}
        for reaction in self._reactions():
            for before in sorted(reaction.on.names):
                for then in reaction.then:
                    if before in self.nodes and then.event in self.nodes:
                        arrows[before, then.event] = None
        return list(arrows)

    def limits(self) -> list[tuple[str, str, str]]:
        """From where to where, and how long with the clause."""
        found: list[tuple[str, str, str]] = []
        for limit in self.p.limits:
            label = f"{self.w.length(limit.raw['within'])} {limit.clauses[0]}"
            for a in sorted(limit.start.names):
                found += [
                    (a, b, label) for b in sorted(limit.to.names) if a in self.nodes and b in self.nodes and a != b
                ]
        return found


def _quoted(text: str) -> str:
    """Mermaid reads a label to the closing quote."""
    return text.replace('"', "#quot;")
