"""Reading rules files: strict, so that a bad file stops the start and the build, never a case.

An unknown section, key, event, fact, role, place or unit is a RuleError that names file, entry and key.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from huiyin.core import beside, office_rules, register_rules, rules, sections
from huiyin.core.building import Asks
from huiyin.core.conditions import Builder
from huiyin.core.errors import RuleError, place
from huiyin.core.registers import Register
from huiyin.core.rules import RuleSet
from huiyin.core.vocabulary import Vocabulary

HEADER = {"code", "title", "source", "in_force", "edition", "begins", "note"}
COMMON = {"clause", "says", "basis", "name", "when", "note"}


def load_rule_set(raw: Mapping[str, Any], vocabulary: Vocabulary, file: str) -> RuleSet:
    """One rule set from its table. Raises RuleError."""
    for key, kind in (("code", str), ("title", str), ("source", str), ("in_force", date), ("edition", int)):
        if not isinstance(raw.get(key), kind):
            raise RuleError(f"the header needs {key} ({kind.__name__})", file=file, key=key)
    asks = Asks()
    entries: list[rules.Entry] = []
    for section, tables in raw.items():
        if section in HEADER:
            continue
        if section == "track":
            raise RuleError(
                "write a track as a step on task_given and a limit per task_given", file=file, entry="track"
            )
        if section not in PARSERS:
            raise RuleError(f"unknown section; known: {', '.join(PARSERS)}", file=file, entry=section)
        if not isinstance(tables, list):
            raise RuleError(f"write it as [[{section}]]", file=file, entry=section)
        entries += [_entry(section, table, i, vocabulary, asks, file) for i, table in enumerate(tables, 1)]
    with place(file):
        defaults = {e.name: e.default for e in entries if isinstance(e, rules.Setting)}
        register_rules.link([e for e in entries if isinstance(e, Register)], vocabulary, defaults)
    begins = raw.get("begins", "registered")
    return RuleSet(
        raw["code"], raw["title"], raw["source"], raw["in_force"], raw["edition"],
        tuple(begins) if isinstance(begins, list) else (begins,), file, tuple(entries), asks, raw,
    )  # fmt: skip


def _entry(
    section: str, raw: dict[str, Any], number: int, vocabulary: Vocabulary, asks: Asks, file: str
) -> rules.Entry:
    keys, parse = PARSERS[section]
    if not isinstance(raw, dict):
        raise RuleError(f"write it as [[{section}]]", file=file, entry=section)
    title = f"[[{section}]] {number}" + (f" {raw['name']}" if isinstance(raw.get("name"), str) else "")
    if isinstance(raw.get("clause"), str):
        title += f" ({raw['clause']})"
    unknown = set(raw) - keys - COMMON
    if unknown:
        known = ", ".join(sorted(keys | COMMON))
        raise RuleError(f"unknown key; known: {known}", file=file, entry=title, key=", ".join(sorted(unknown)))
    builder = Builder(vocabulary, asks, file, title)
    with place(file, title):
        return parse(raw, builder, _common(section, raw, builder, file))


def _common(section: str, raw: Mapping[str, Any], builder: Builder, file: str) -> dict[str, Any]:
    is_default = file == "common.toml"
    clause = raw.get("clause", [] if is_default else None)
    clauses = tuple(clause) if isinstance(clause, list) else (clause,)
    if None in clauses or (not clauses and not is_default):
        raise builder.fail("every entry names the clause it rests on", "clause")
    if not all(isinstance(one, str) for one in clauses):
        raise builder.fail("is a text or a list of texts", "clause")
    if not isinstance(raw.get("name", ""), str):
        raise builder.fail("is a text", "name")
    if not isinstance(raw.get("says", "" if is_default else None), str):
        raise builder.fail("every entry says in our own words what the clause means", "says")
    basis = raw.get("basis")
    confirmed = basis != "unconfirmed"
    if not confirmed and section in ("gate", "bar", "ground"):
        raise builder.fail("no gate, bar or ground may rest on an unconfirmed basis", "basis")
    return {
        "section": section, "clauses": clauses, "says": raw.get("says", ""), "name": raw.get("name", ""), "file": file,
        "confirmed": confirmed, "raw": raw,
    }  # fmt: skip


Parser = Callable[[dict[str, Any], Builder, dict[str, Any]], rules.Entry]
PARSERS: dict[str, tuple[set[str], Parser]] = {
    "step": ({"event", "after", "by", "needs", "until", "ends", "scope", "stage", "deputy", "silent"}, sections.step),
    "gate": ({"event", "holds"}, sections.gate),
    "hint": ({"event", "holds"}, sections.gate),
    "bar": ({"event", "by", "unless", "hint", "wall"}, sections.bar),
    "limit": (
        {"from", "from_fact", "since", "to", "within", "roll", "per", "scope", "target", "governs", "strength", "unless", "lifted", "restart",
         "pause", "owed_by", "survives", "window"},
        sections.limit,
    ),
    "extension": (
        {"of", "exactly", "at_most", "total_at_most", "not_after", "times", "request_by", "approved_by", "in_order", "deputy",
         "once"},
        sections.extension,
    ),
    "deferral": ({"of", "on", "until"}, sections.deferral),
    "ground": ({"code", "for", "only_if"}, sections.ground),
    "approval": ({"event", "by", "binds", "in_order", "scope", "deputy"}, sections.approval),
    "reaction": ({"on", "then", "unless"}, sections.reaction),
    "notice": ({"on", "to", "about", "contents", "mode"}, sections.notice),
    "document": ({"on", "template", "needs"}, sections.document),
    "route": ({"areas", "all"}, sections.route),
    "role": ({"role", "title"}, sections.role_title),
    "numbering": ({"series", "per", "format"}, sections.numbering),
    "setting": ({"type", "default"}, sections.setting),
    "audience": ({"of", "never", "only", "named", "even_through", "allows", "approved_by"}, beside.audience),
    "phrase": (
        {"text", "asks", "optional", "first", "moment", "ground", "hours", "on", "forbidden", "whole", "warn", "advice", "instead"},
        beside.phrase,
    ),
    "ladder": ({"counts", "steps"}, beside.ladder),
    "amount": ({"of", "bands", "fixed", "at_least", "at_most", "round", "split", "checks"}, beside.amount),
    "duty": ({"period", "due", "by", "to", "times", "contents"}, office_rules.duty),
    "measure": ({"counts", "share_of", "between", "per", "period", "target"}, office_rules.measure),
    "publication": (
        {"what", "on", "period", "within", "roll", "where", "contents", "without", "by", "approved_by", "shown_for"}, office_rules.publication,
    ),
    "retention": ({"of", "from", "keep", "then", "by", "approved_by"}, office_rules.retention),
    "register": (register_rules.KEYS, register_rules.register),
    "roster": ({"at", "leaders", "leader_is", "members", "cover", "handover", "staff", "post"}, office_rules.roster),
}  # fmt: skip
