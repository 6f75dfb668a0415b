"""Composing rule sets into procedures: which files, which version on which day, which clause prevails; and the compiled form with its hash."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from huiyin.core import entries, rules
from huiyin.core.errors import RuleError, place
from huiyin.core.load import PARSERS, load_rule_set
from huiyin.core.registers import Register
from huiyin.core.rules import Procedure, RuleSet
from huiyin.core.toml_files import read
from huiyin.core.vocabulary import RULES, Vocabulary, load_vocabulary


@dataclass
class Library:
    """All rules that were read: rule sets by code (every version, newest last), procedures by id, and the common defaults."""

    vocabulary: Vocabulary
    common: RuleSet
    sets: dict[str, list[RuleSet]] = field(default_factory=dict)
    procedures: dict[str, dict[str, Any]] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)
    cache: dict[tuple[str, date], Procedure] = field(default_factory=dict)

    def procedure(self, id: str, on: date = date.max) -> Procedure:
        """The procedure as in force on that day. Raises RuleError when it is not known or no version was in force."""
        if id not in self.procedures:
            raise RuleError(f"unknown procedure {id!r}; known: {', '.join(sorted(self.procedures))}")
        chosen = self._versions(id, on)
        newest = max((s.in_force for s in chosen), default=date.min)
        if (id, newest) not in self.cache:
            found = compile_procedure(self.procedures[id], [self.common, *chosen], self.vocabulary)
            _check_settings(found)
            self.cache[id, newest] = found
        return self.cache[id, newest]

    def _versions(self, id: str, on: date) -> list[RuleSet]:
        found: list[RuleSet] = []
        for code in self.procedures[id]["rule_sets"]:
            versions = self.sets.get(code, [])
            valid = [v for v in versions if v.in_force <= on] or versions[:1]
            found += valid[-1:]
        return found


def load_library(folders: Sequence[Path] = (RULES,), vocabulary: Vocabulary | None = None) -> Library:
    """Read every rule set and procedure under the folders, later ones (an office's own) after the shipped. Raises RuleError."""
    vocabulary = vocabulary or load_vocabulary()
    common_raw = read(RULES / "common.toml")
    library = Library(vocabulary, load_rule_set(_in_order(common_raw), vocabulary, "common.toml"))
    for folder in folders:
        for path in sorted(folder.glob("*/*.toml")):
            if path.parent.name in ("calendar", "categories"):
                continue
            raw = read(path)
            if path.name == "notices.toml":  # words, read by huiyin.notices
                continue
            if path.name == "procedures.toml":
                _add_procedures(library, raw, f"{path.parent.name}/{path.name}")
            else:
                _add_set(library, raw, path)
    for versions in library.sets.values():
        versions.sort(key=lambda s: (s.in_force, s.edition))
    _check_sets(library)
    return library


def _add_set(library: Library, raw: dict[str, Any], path: Path) -> None:
    found = load_rule_set(_in_order(raw), library.vocabulary, f"{path.parent.name}/{path.name}")
    stem = path.stem.partition("@")[0]
    if found.code != stem:
        raise RuleError(f"the file is named {stem}, its code is {found.code}", file=found.file, key="code")
    versions = library.sets.setdefault(found.code, [])
    same = [v for v in versions if v.in_force == found.in_force]
    if any(v.edition >= found.edition for v in same):
        raise RuleError(
            "another file has this code, in_force and an edition as high: raise the edition",
            file=found.file,
            key="edition",
        )
    versions.append(found)


PROCEDURE_KEYS = {"id", "label", "kinds", "rule_sets", "intake", "prevails", "note"}


def _add_procedures(library: Library, raw: dict[str, Any], file: str) -> None:
    for number, entry in enumerate(raw.get("procedure", []), 1):
        with place(file, f"[[procedure]] {number}"):
            _add_procedure(library, entry, file)


def _add_procedure(library: Library, entry: Any, file: str) -> None:
    unknown = set(entry) - PROCEDURE_KEYS
    if unknown or "id" not in entry:
        raise RuleError(
            f"unknown or missing key; known: {', '.join(sorted(PROCEDURE_KEYS))}",
            file=file,
            entry="[[procedure]]",
            key=", ".join(unknown),
        )
    named = library.vocabulary.procedures.get(entry["id"], {})
    merged = {
        **{k: named[k] for k in ("kinds", "rule_sets", "intake") if k in named},
        **entry,
    }
    for key in ("kinds", "rule_sets", "intake"):
        if key not in merged:
            raise RuleError("is missing", file=file, entry=entry["id"], key=key)
    for rule in merged.get("prevails", []):
        if "why" not in rule or "clause" not in rule or "over" not in rule:
            raise RuleError(
                "a choice between clauses gives clause, over and why", file=file, entry=entry["id"], key="prevails"
            )
    library.procedures[entry["id"]] = {**merged, "file": file}


def _check_settings(procedure: Procedure) -> None:
    """Every [[setting]] that a condition, a length or a ladder asks for is declared by one of the rule sets. Asked of files alone: what was
    stored is what its cases run by, and stays as it is. Raises RuleError."""
    declared = {item.name for s in procedure.rule_sets for item in s.entries if isinstance(item, rules.Setting)}
    for rule_set in procedure.rule_sets:
        for questions in rule_set.asks.questions.values():
            for args in questions.values():
                own = [args["name"]] if args.get("world") == "setting" else []
                own += [
                    value["setting"] for value in args.values() if isinstance(value, dict) and set(value) == {"setting"}
                ]
                if unknown := [name for name in own if name not in declared]:
                    raise RuleError(f"there is no [[setting]] {unknown[0]!r}", file=rule_set.file, key="setting")


def _check_sets(library: Library) -> None:
    for id, entry in library.procedures.items():
        missing = [c for c in entry["rule_sets"] if c not in library.sets]
        if missing:
            library.warnings.append(f"{id}: rule sets not written yet are skipped: {', '.join(missing)}")
        library.procedure(id)


def unknown_limits(library: Library) -> list[tuple[str, str]]:
    """(file, name) wherever an extension, stage reply or reaction names a limit that no file has. A set not written yet may bring it."""
    sets = [s for versions in library.sets.values() for s in versions]
    limits = [e for s in sets for e in s.entries if isinstance(e, rules.Limit)]
    known = {name for limit in limits for name in (limit.name, *limit.clauses)}
    found: dict[tuple[str, str], None] = {}
    for rule_set in sets:
        for item in rule_set.entries:
            found.update({(rule_set.file, name): None for name in _limits_named(item) if name not in known})
    return list(found)


def _limits_named(item: rules.Entry) -> tuple[str, ...]:
    if isinstance(item, rules.Extension | rules.Deferral):
        return item.of
    if isinstance(item, rules.Reaction):
        return tuple(name for pattern in item.on.items for name in pattern.limit_passed)
    return ()


# -- compiling


def compile_procedure(entry: Mapping[str, Any], sets: Iterable[RuleSet], vocabulary: Vocabulary) -> Procedure:
    """Index the entries by event name. Raises RuleError for what only the whole can show: cycles, limits that do not exist."""
    sets = tuple(sets)
    procedure = Procedure(
        entry["id"],
        entry.get("label") or vocabulary.procedures.get(entry["id"], {}).get("label_zh", entry["id"]),
        tuple(entry["kinds"]),
        entry["intake"],
        sets,
        digest(source_of(entry, sets)),
    )
    procedure.prevails = list(entry.get("prevails", ()))
    beaten = {(rule["clause"], over) for rule in procedure.prevails for over in rule["over"]}
    lost = {over for _, over in beaten}
    for rule_set in sets:
        for item in rule_set.entries:
            if rule_set.code != "common" and item.clauses and set(item.clauses) <= lost:
                continue
            _index(procedure, item, rule_set.code == "common")
        for name, terms in rule_set.asks.places.items():
            procedure.places[name] = procedure.places.get(name, frozenset()) | terms
        for name, questions in rule_set.asks.questions.items():
            procedure.questions.setdefault(name, {}).update(questions)
    _check(procedure)
    return procedure


def _index(procedure: Procedure, item: rules.Entry, default: bool) -> None:
    """Put one entry where `decide` and `dues` look for it."""
    p = procedure
    if isinstance(item, rules.Step):
        for name in item.events:
            (p.defaults if default else p.steps).setdefault(name, []).append(item)
            if item.stage:
                p.stages[name] = item.stage
            if item.ends:
                p.ends.add(name)
    elif isinstance(item, rules.Limit):
        p.limits.append(item)
        for name in item.start.names:
            p.limits_by_start.setdefault(name, []).append(item)
    elif isinstance(item, rules.Extension):
        p.extensions.append(item)
    elif isinstance(item, rules.Deferral):
        p.deferrals.append(item)
    elif isinstance(item, rules.Ground):
        for name in item.events:
            p.grounds.setdefault(name, {}).setdefault(item.code, []).append(item)
    elif isinstance(item, rules.Reaction):
        if any(i.limit_passed for i in item.on.items):
            p.passed.append(item)
        for name in item.on.names:
            p.reactions.setdefault(name, []).append(item)
    elif isinstance(item, rules.Route):
        p.routes.append(item)
    elif isinstance(item, rules.RoleTitle):
        p.titles[item.role] = item.title
    elif isinstance(item, rules.Numbering):
        p.numbering[item.series] = item
    elif isinstance(item, rules.Setting):
        p.settings[item.name] = item
    elif isinstance(item, rules.Audience):
        p.audiences.append(item)
    elif isinstance(item, entries.Phrase):
        _index_phrase(p, item)
    elif not _index_beside(p, item):
        _index_by_event(p, item)


def _index_phrase(p: Procedure, item: entries.Phrase) -> None:
    if item.asks:
        place = sum(1 for q in p.script if q.first) if item.first else len(p.script)
        p.script.insert(place, item)
    if item.moment is not None:
        p.lines.append(item)
    if item.forbidden:
        p.forbidden.append(item)
    for code in item.ground:
        p.refusal_words.setdefault(code, []).append(item)


def _index_beside(p: Procedure, item: rules.Entry) -> bool:
    """Entries that are kept as they come. False: it is none of these."""
    kept: list[tuple[type, list[Any]]] = [
        (entries.Ladder, p.ladders), (entries.Amount, p.amounts), (entries.Duty, p.duties), (entries.Measure, p.measures),
        (entries.Publication, p.publications), (entries.Retention, p.retentions), (entries.Roster, p.rosters),
        (Register, p.registers),
    ]  # fmt: skip
    for kind, table in kept:
        if isinstance(item, kind):
            table.append(item)
            return True
    return False


def _index_by_event(p: Procedure, item: rules.Entry) -> None:
    tables: list[tuple[type, dict[str, Any]]] = [
        (rules.Gate, p.gates), (rules.Bar, p.bars), (rules.Hint, p.hints), (rules.Approval, p.approvals),
        (rules.NoticeRule, p.notices), (rules.DocumentRule, p.documents),
    ]  # fmt: skip
    for kind, table in tables:
        if isinstance(item, kind):
            names = item.on.names if isinstance(item, rules.NoticeRule | rules.DocumentRule) else item.events.names  # type: ignore[attr-defined]
            for name in names:
                table.setdefault(name, []).append(item)


def _check(procedure: Procedure) -> None:
    graph: dict[str, set[str]] = {}
    for name, reactions in procedure.reactions.items():
        for reaction in reactions:
            graph.setdefault(name, set()).update(t.event for t in reaction.then if t.on == "this")
    for name in graph:
        if _reaches(graph, name, name, set()):
            raise RuleError(
                f"reactions run in a circle through {name}", file=procedure.id, entry="[[reaction]]", key="then"
            )
    for limit in procedure.limits:
        if limit.within.same_as and procedure.limit_named(limit.within.same_as) is None:
            raise RuleError(
                f"there is no limit {limit.within.same_as!r}", file=limit.file, entry=limit.name, key="within"
            )
        if limit.within.limit and not any(
            limit.within.limit in (x.name, x.target, *x.clauses) for x in procedure.limits if x is not limit
        ):
            raise RuleError(
                f"there is no limit {limit.within.limit!r}", file=limit.file, entry=limit.name, key="within"
            )
        if limit.within.setting and limit.within.setting not in procedure.settings:
            raise RuleError(
                f"there is no [[setting]] {limit.within.setting!r}", file=limit.file, entry=limit.name, key="within"
            )


def _reaches(graph: Mapping[str, set[str]], at: str, goal: str, been: set[str]) -> bool:
    for after in graph.get(at, ()):
        if after == goal:
            return True
        if after not in been:
            been.add(after)
            if _reaches(graph, after, goal, been):
                return True
    return False


# -- the compiled form, as it is stored


def source_of(entry: Mapping[str, Any], sets: Sequence[RuleSet]) -> str:
    """Canonical text of all that a procedure is made of. Stored once by its hash, it can be compiled again in any later year.

    Neither labels of the vocabulary nor where a file lies are part of it: a label may be improved at any time, and an old version is
    kept under a name with its date (HN-FL@2012-01-01.toml) without becoming another text.
    """
    own = {key: value for key, value in entry.items() if key != "file"}
    files = [{"file": re.sub(r"@[^/]*(?=\.toml$)", "", s.file), "raw": _of_cases(s.raw)} for s in sets]
    body = {"format": 1, "procedure": own, "sets": files}
    return json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=_plain)


def _of_cases(raw: Mapping[str, Any]) -> Mapping[str, Any]:
    """What moves cases. Registers stand beside them: a new field of a register makes no other procedure of cases in hand."""
    return {key: value for key, value in raw.items() if key != "register"} if "register" in raw else raw


def digest(source: str) -> str:
    return hashlib.sha256(source.encode()).hexdigest()


def procedure_source(procedure: Procedure, library: Library) -> str:
    return source_of(library.procedures[procedure.id], procedure.rule_sets)


def compile_source(source: str, vocabulary: Vocabulary | None = None) -> Procedure:
    """The procedure from its stored text. Raises RuleError when the vocabulary no longer knows a word of it."""
    vocabulary = vocabulary or load_vocabulary()
    body = json.loads(source, object_hook=_dates)
    sets = [load_rule_set(_in_order(s["raw"]), vocabulary, s["file"]) for s in body["sets"]]
    return compile_procedure(body["procedure"], sets, vocabulary)


def _in_order(raw: Mapping[str, Any]) -> dict[str, Any]:
    """Sections in one order, so that a procedure from its stored text is the one from its files."""
    order = list(PARSERS)
    return dict(sorted(raw.items(), key=lambda item: order.index(item[0]) if item[0] in order else -1))


def _plain(value: Any) -> Any:
    if isinstance(value, date):
        return {"$date": value.isoformat()}
    raise TypeError(f"{value!r} cannot stand in a rules file")


def _dates(table: dict[str, Any]) -> Any:
    return date.fromisoformat(table["$date"]) if set(table) == {"$date"} else table
