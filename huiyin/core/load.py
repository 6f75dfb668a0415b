"""Reading rules files: strict, so that a bad file stops the start and the build, never a case.

An unknown section, key, event, fact, role, place or unit is a RuleError that names file, entry and key.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

from huiyin.core import rules
from huiyin.core.building import Asks
from huiyin.core.conditions import Builder, Condition
from huiyin.core.errors import RuleError
from huiyin.core.patterns import OR
from huiyin.core.rules import Length, Pause, RuleSet, Then, Until
from huiyin.core.vocabulary import Vocabulary

HEADER = {"code", "title", "source", "in_force", "edition", "begins", "note"}
COMMON = {"clause", "says", "basis", "name", "when", "note"}
LATER = {
    "duty": "recurring duties", "phrase": "question scripts and wording", "ladder": "ladders of sanctions", "amount": "money by bands",
    "measure": "figures", "publication": "publishing", "retention": "retention",
}  # fmt: skip
SCOPES = ("case", "round", "hop")


def read(path: Path) -> dict[str, Any]:
    """The file as a table. A syntax error names the file."""
    try:
        with path.open("rb") as file:
            return tomllib.load(file)
    except tomllib.TOMLDecodeError as error:
        raise RuleError(f"not valid TOML: {error}", file=path.name) from error


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
        if section in LATER:
            raise RuleError(f"[[{section}]] ({LATER[section]}) is not supported yet", file=file, entry=section)
        if section not in PARSERS:
            raise RuleError(f"unknown section; known: {', '.join(PARSERS)}", file=file, entry=section)
        if not isinstance(tables, list):
            raise RuleError(f"write it as [[{section}]]", file=file, entry=section)
        entries += [_entry(section, table, i, vocabulary, asks, file) for i, table in enumerate(tables, 1)]
    begins = raw.get("begins", "registered")
    return RuleSet(
        raw["code"], raw["title"], raw["source"], raw["in_force"], raw["edition"],
        tuple(begins) if isinstance(begins, list) else (begins,), file, tuple(entries), asks, raw,
    )  # fmt: skip


def _entry(
    section: str, raw: dict[str, Any], number: int, vocabulary: Vocabulary, asks: Asks, file: str
) -> rules.Entry:
    keys, parse = PARSERS[section]
    title = f"[[{section}]] {number}" + (f" {raw['name']}" if isinstance(raw.get("name"), str) else "")
    if isinstance(raw.get("clause"), str):
        title += f" ({raw['clause']})"
    unknown = set(raw) - keys - COMMON
    if unknown:
        known = ", ".join(sorted(keys | COMMON))
        raise RuleError(f"unknown key; known: {known}", file=file, entry=title, key=", ".join(sorted(unknown)))
    builder = Builder(vocabulary, asks, file, title)
    common = _common(section, raw, builder, file)
    try:
        return parse(raw, builder, common)
    except KeyError as error:
        raise RuleError("is missing", file=file, entry=title, key=str(error.args[0])) from error


def _common(section: str, raw: Mapping[str, Any], builder: Builder, file: str) -> dict[str, Any]:
    is_default = file == "common.toml"
    clause = raw.get("clause", [] if is_default else None)
    clauses = tuple(clause) if isinstance(clause, list) else (clause,)
    if None in clauses or (not clauses and not is_default):
        raise builder.fail("every entry names the clause it rests on", "clause")
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


# -- pieces


def _tuple(raw: Any) -> tuple[Any, ...]:
    return tuple(raw) if isinstance(raw, list) else (raw,)


def _condition(raw: Mapping[str, Any], key: str, b: Builder) -> Condition | None:
    return b.condition(raw[key], key) if key in raw else None


def _choice(raw: Mapping[str, Any], key: str, known: tuple[str, ...], default: str | None, b: Builder) -> Any:
    value = raw.get(key, default)
    if value is not None and value not in known:
        raise b.fail(f"{value!r} is not known; known: {', '.join(known)}", key)
    return value


def _roles(raw: Mapping[str, Any], key: str, b: Builder) -> tuple[str, ...]:
    return tuple(b.role(r, key) for r in _tuple(raw.get(key, [])))


def _approvers(raw: Mapping[str, Any], key: str, b: Builder) -> tuple[str, ...]:
    """All of them; a list inside the list means that any one of these will do."""
    return tuple(OR.join(b.role(r, key) for r in _tuple(one)) for one in _tuple(raw.get(key, [])))


def _flag(raw: Mapping[str, Any], key: str, default: bool, b: Builder) -> bool:
    value = raw.get(key, default)
    if not isinstance(value, bool):
        raise b.fail("true or false is expected", key)
    return value


def _length(raw: Any, key: str, b: Builder) -> Length:
    if isinstance(raw, Mapping) and len(raw) == 1:
        (kind, value), *_ = raw.items()
        if kind == "fact":
            return Length(fact=_fact_name(value, key, b))
        if kind == "setting":
            b.asks.question(b.names, f"setting:{value}", {"world": "setting", "name": value})
            return Length(setting=value)
        if kind == "same_as":
            return Length(same_as=value)
    return Length(period=b.period(raw, key))


def _fact_name(name: Any, key: str, b: Builder) -> str:
    known = b.vocabulary.case_facts.keys() | {f for e in b.vocabulary.events.values() for f in e.facts}
    if name not in known:
        raise b.fail(f"unknown fact {name!r}", key)
    return str(name)


def _facts_of(names: frozenset[str], facts: tuple[str, ...], key: str, b: Builder) -> tuple[str, ...]:
    for fact in facts:
        if "." in fact:
            if b.vocabulary.party_fact(fact) is None:
                raise b.fail(f"unknown fact of a party {fact!r}", key)
        elif not any(b.vocabulary.fact_type(n, fact) for n in names):
            raise b.fail(f"unknown fact {fact!r} of {', '.join(sorted(names))}", key)
    return facts


def _event_set(raw: Mapping[str, Any], key: str, b: Builder) -> frozenset[str]:
    names = frozenset(_tuple(raw[key]))
    for name in names:
        if name not in b.vocabulary.events:
            raise b.fail(f"unknown event {name!r}", key)
    return names


# -- sections


def _step(raw: dict[str, Any], b: Builder, common: dict[str, Any]) -> rules.Entry:
    events = _event_set(raw, "event", b)
    b.names = events
    until = raw.get("until")
    window = None
    if until is not None:
        roll = _choice(until, "roll", tuple(b.vocabulary.rolls), "none", b)
        window = Until(b.patterns(until["from"], "until"), _length(until["within"], "until", b), roll)
    return rules.Step(
        **common, events=events, when=_condition(raw, "when", b), after=b.patterns(raw["after"], "after") if "after" in raw else None,
        by=_roles(raw, "by", b), needs=_facts_of(events, _tuple(raw.get("needs", [])), "needs", b), until=window,
        scope=_choice(raw, "scope", SCOPES, "case", b), ends=_flag(raw, "ends", False, b),
        stage=_choice(raw, "stage", tuple(b.vocabulary.values["stage"]), None, b), deputy=_flag(raw, "deputy", True, b),
        silent=_flag(raw, "silent", False, b),
    )  # fmt: skip


def _gate(raw: dict[str, Any], b: Builder, common: dict[str, Any]) -> rules.Entry:
    events = b.patterns(raw["event"], "event")
    b.names = events.names
    cls = rules.Hint if common["section"] == "hint" else rules.Gate
    return cls(**common, events=events, when=_condition(raw, "when", b), holds=b.condition(raw["holds"], "holds"))


def _bar(raw: dict[str, Any], b: Builder, common: dict[str, Any]) -> rules.Entry:
    events = b.patterns(raw["event"], "event")
    b.names = events.names
    hint = _tuple(raw.get("hint", []))
    for name in hint:
        _event_set({"hint": name}, "hint", b)
    return rules.Bar(
        **common,
        events=events,
        by=_roles(raw, "by", b),
        when=_condition(raw, "when", b),
        unless=_condition(raw, "unless", b),
        hint=hint,
    )


def _limit(raw: dict[str, Any], b: Builder, common: dict[str, Any]) -> rules.Entry:
    if not raw.get("name"):
        raise b.fail("a limit has a name", "name")
    start = b.patterns(raw["from"], "from")
    b.names = start.names
    pauses = tuple(_pause(p, b) for p in _tuple(raw.get("pause", [])))
    per = raw.get("per")
    if per is not None and per not in ("hop", "holding", "task") and per not in b.vocabulary.events:
        raise b.fail(f"{per!r} is not known; known: hop, holding, task, or an event", "per")
    owed = raw.get("owed_by")
    if owed is not None:
        b.role(owed, "owed_by")
    from_fact = _fact_name(raw["from_fact"], "from_fact", b) if "from_fact" in raw else None
    return rules.Limit(
        **common, start=start, to=b.patterns(raw["to"], "to"), within=_length(raw["within"], "within", b), from_fact=from_fact,
        roll=_choice(raw, "roll", tuple(b.vocabulary.rolls), "none", b), per="task_given" if per == "task" else per,
        scope=_choice(raw, "scope", SCOPES, "hop" if per == "hop" else "case", b), target=raw.get("target"),
        governs=_choice(raw, "governs", ("earliest", "overrides", "beside"), None, b),
        strength=_choice(raw, "strength", ("soft", "hard"), "hard", b), when=_condition(raw, "when", b),
        unless=_condition(raw, "unless", b), lifted=_condition(raw, "lifted", b),
        restart=b.patterns(raw["restart"], "restart") if "restart" in raw else None, pause=pauses, owed_by=owed,
        survives=_flag(raw, "survives", False, b), window=_flag(raw, "window", False, b),
    )  # fmt: skip


def _pause(raw: Any, b: Builder) -> Pause:
    unknown = set(raw) - {"from", "to", "re", "from_fact", "to_fact"}
    if unknown:
        raise b.fail(f"unknown key {', '.join(unknown)} of a pause", "pause")
    return Pause(
        start=b.patterns(raw["from"], "pause"), end=b.patterns(raw["to"], "pause"), re=raw.get("re") == "from",
        from_fact=raw.get("from_fact"), to_fact=raw.get("to_fact"),
    )  # fmt: skip


def _extension(raw: dict[str, Any], b: Builder, common: dict[str, Any]) -> rules.Entry:
    b.names = frozenset({"extension_requested", "extended"})
    lengths: dict[str, Any] = {
        k: _length(raw[k], k, b) for k in ("exactly", "at_most", "total_at_most", "not_after") if k in raw
    }
    return rules.Extension(
        **common, of=_tuple(raw["of"]), when=_condition(raw, "when", b), times=raw.get("times"), request_by=_roles(raw, "request_by", b),
        approved_by=_approvers(raw, "approved_by", b), in_order=_flag(raw, "in_order", False, b), deputy=_flag(raw, "deputy", True, b), **lengths,
    )  # fmt: skip


def _deferral(raw: dict[str, Any], b: Builder, common: dict[str, Any]) -> rules.Entry:
    on = b.patterns(raw["on"], "on")
    b.names = on.names
    if not isinstance(raw["until"], Mapping) or set(raw["until"]) != {"fact"}:
        raise b.fail('{ fact = "expected" } is expected', "until")
    return rules.Deferral(
        **common,
        of=_tuple(raw["of"]),
        on=on,
        when=_condition(raw, "when", b),
        until=_fact_name(raw["until"]["fact"], "until", b),
    )


def _ground(raw: dict[str, Any], b: Builder, common: dict[str, Any]) -> rules.Entry:
    events = _event_set(raw, "for", b)
    b.names = events
    return rules.Ground(
        **common,
        code=raw["code"],
        events=events,
        when=_condition(raw, "when", b),
        only_if=_condition(raw, "only_if", b),
    )


def _approval(raw: dict[str, Any], b: Builder, common: dict[str, Any]) -> rules.Entry:
    events = b.patterns(raw["event"], "event")
    b.names = events.names
    binds = _tuple(raw["binds"]) if "binds" in raw else None
    if binds:
        _facts_of(events.names, binds, "binds", b)
    if not raw["by"]:
        raise b.fail("somebody must approve", "by")
    return rules.Approval(
        **common, events=events, when=_condition(raw, "when", b), by=_approvers(raw, "by", b), binds=binds,
        in_order=_flag(raw, "in_order", False, b), scope=_choice(raw, "scope", SCOPES, "case", b), deputy=_flag(raw, "deputy", True, b),
    )  # fmt: skip


def _reaction(raw: dict[str, Any], b: Builder, common: dict[str, Any]) -> rules.Entry:
    on = b.patterns(raw["on"], "on")
    b.names = on.names
    then = tuple(_then(t, b) for t in _tuple(raw["then"]))
    return rules.Reaction(
        **common, on=on, then=then, when=_condition(raw, "when", b), unless=_condition(raw, "unless", b)
    )


def _then(raw: Any, b: Builder) -> Then:
    if not isinstance(raw, Mapping) or raw.get("event") not in b.vocabulary.events:
        raise b.fail(f"an event of the vocabulary is expected, not {raw!r}", "then")
    event = raw["event"]
    begins = ("procedure", "relation", "kind_of_case") if raw.get("on") == "new" else ()
    facts = {k: v for k, v in raw.items() if k not in ("event", "on", *begins)}
    for name, value in facts.items():
        kind = b.vocabulary.fact_type(event, name)
        if kind is None:
            raise b.fail(f"unknown fact {name!r} of {event}", "then")
        if kind.type in ("unit", "units"):
            for term in _tuple(value):
                if isinstance(term, str):
                    b.place(term, "then", {event} | b.names)
        elif isinstance(value, Mapping) and "world" in value:
            b._world(dict(value), "then")  # the answer of the world at the event it reacts to
        elif not isinstance(value, Mapping) and kind.type not in ("officer", "officers", "text"):
            b._check(kind, value, "then")
    if raw.get("on", "this") not in ("this", "new"):
        raise b.fail("a reaction writes on `this` case or begins a `new` one", "then")
    opens = {k: raw.get(k) for k in ("procedure", "relation", "kind_of_case")} if begins else {}
    return Then(
        event, facts, raw.get("on", "this"), opens.get("procedure"), opens.get("relation"), opens.get("kind_of_case")
    )


def _notice(raw: dict[str, Any], b: Builder, common: dict[str, Any]) -> rules.Entry:
    on = b.patterns(raw["on"], "on")
    b.names = on.names
    to = _tuple(raw["to"])
    for term in to:
        b._address(on.names, term, "to")
    return rules.NoticeRule(
        **common, on=on, to=to, when=_condition(raw, "when", b), about=_choice(raw, "about", tuple(b.vocabulary.values["about"]), None, b),
        contents=_tuple(raw.get("contents", [])), mode=_choice(raw, "mode", ("after", "with_act"), "after", b),
    )  # fmt: skip


def _document(raw: dict[str, Any], b: Builder, common: dict[str, Any]) -> rules.Entry:
    on = b.patterns(raw["on"], "on")
    b.names = on.names
    return rules.DocumentRule(
        **common, on=on, when=_condition(raw, "when", b), needs=_tuple(raw.get("needs", [])),
        template=_choice(raw, "template", tuple(b.vocabulary.values["document"]), None, b),
    )  # fmt: skip


AREAS = ("area", "home_area", "published_area", "platform", "scene")


def _route(raw: dict[str, Any], b: Builder, common: dict[str, Any]) -> rules.Entry:
    areas = _tuple(raw["areas"])
    for area in areas:
        if area not in AREAS:
            raise b.fail(f"{area!r} is not known; known: {', '.join(AREAS)}", "areas")
    return rules.Route(**common, areas=areas, all=raw.get("all", False) is True, when=_condition(raw, "when", b))


def _role_title(raw: dict[str, Any], b: Builder, common: dict[str, Any]) -> rules.Entry:
    return rules.RoleTitle(**common, role=_choice(raw, "role", tuple(b.vocabulary.roles), None, b), title=raw["title"])


def _numbering(raw: dict[str, Any], b: Builder, common: dict[str, Any]) -> rules.Entry:
    per = _tuple(raw["per"])
    for part in per:
        if part not in ("unit", "year", "month", "kind", "channel", "document"):
            raise b.fail(f"{part!r} is not known; known: unit, year, month, kind, channel, document", "per")
    return rules.Numbering(**common, series=raw["series"], per=per, format=raw["format"])


def _setting(raw: dict[str, Any], b: Builder, common: dict[str, Any]) -> rules.Entry:
    kind = _choice(raw, "type", ("period", "int", "bool", "text", "date"), None, b)
    default: Any = raw.get("default")
    if kind == "period" and default is not None:
        default = b.period(default, "default")
    return rules.Setting(**{**common, "name": raw["name"]}, type=kind, default=default)


def _audience(raw: dict[str, Any], b: Builder, common: dict[str, Any]) -> rules.Entry:
    return rules.Audience(
        **common,
        of=dict(raw["of"]),
        never=_tuple(raw["never"]),
        even_through=_tuple(raw.get("even_through", [])),
        allows=raw.get("allows"),
    )


Parser = Callable[[dict[str, Any], Builder, dict[str, Any]], rules.Entry]
PARSERS: dict[str, tuple[set[str], Parser]] = {
    "step": ({"event", "after", "by", "needs", "until", "ends", "scope", "stage", "deputy", "silent"}, _step),
    "gate": ({"event", "holds"}, _gate),
    "hint": ({"event", "holds"}, _gate),
    "bar": ({"event", "by", "unless", "hint"}, _bar),
    "limit": (
        {"from", "from_fact", "to", "within", "roll", "per", "scope", "target", "governs", "strength", "unless", "lifted", "restart",
         "pause", "owed_by", "survives", "window"},
        _limit,
    ),
    "extension": (
        {"of", "exactly", "at_most", "total_at_most", "not_after", "times", "request_by", "approved_by", "in_order", "deputy"}, _extension,
    ),
    "deferral": ({"of", "on", "until"}, _deferral),
    "ground": ({"code", "for", "only_if"}, _ground),
    "approval": ({"event", "by", "binds", "in_order", "scope", "deputy"}, _approval),
    "reaction": ({"on", "then", "unless"}, _reaction),
    "notice": ({"on", "to", "about", "contents", "mode"}, _notice),
    "document": ({"on", "template", "needs"}, _document),
    "route": ({"areas", "all"}, _route),
    "role": ({"role", "title"}, _role_title),
    "numbering": ({"series", "per", "format"}, _numbering),
    "setting": ({"type", "default"}, _setting),
    "audience": ({"of", "never", "even_through", "allows"}, _audience),
}  # fmt: skip
