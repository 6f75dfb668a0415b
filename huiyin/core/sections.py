"""The sections of a rules file that move a case: each function reads one entry of its section, strictly."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from huiyin.core import pieces, rules
from huiyin.core.conditions import Builder
from huiyin.core.pieces import SCOPES
from huiyin.core.rules import Pause, Then, Until


def step(raw: dict[str, Any], b: Builder, common: dict[str, Any]) -> rules.Entry:
    events = pieces.event_set(raw, "event", b)
    b.names = events
    until = raw.get("until")
    window = None
    if until is not None:
        roll = pieces.choice(until, "roll", tuple(b.vocabulary.rolls), "none", b)
        window = Until(b.patterns(until["from"], "until"), pieces.length(until["within"], "until", b), roll)
    return rules.Step(
        **common, events=events, when=pieces.condition(raw, "when", b), after=b.patterns(raw["after"], "after") if "after" in raw else None,
        by=pieces.roles(raw, "by", b), needs=pieces.facts_of(events, pieces.listed(raw.get("needs", [])), "needs", b), until=window,
        scope=pieces.choice(raw, "scope", SCOPES, "case", b), ends=pieces.flag(raw, "ends", False, b),
        stage=pieces.choice(raw, "stage", tuple(b.vocabulary.values["stage"]), None, b), deputy=pieces.flag(raw, "deputy", True, b),
        silent=pieces.flag(raw, "silent", False, b),
    )  # fmt: skip


def gate(raw: dict[str, Any], b: Builder, common: dict[str, Any]) -> rules.Entry:
    events = b.patterns(raw["event"], "event")
    b.names = events.names
    cls = rules.Hint if common["section"] == "hint" else rules.Gate
    return cls(**common, events=events, when=pieces.condition(raw, "when", b), holds=b.condition(raw["holds"], "holds"))


def bar(raw: dict[str, Any], b: Builder, common: dict[str, Any]) -> rules.Entry:
    events = b.patterns(raw["event"], "event")
    b.names = events.names
    hint = pieces.listed(raw.get("hint", []))
    for name in hint:
        pieces.event_set({"hint": name}, "hint", b)
    return rules.Bar(
        **common,
        events=events,
        by=pieces.roles(raw, "by", b),
        when=pieces.condition(raw, "when", b),
        unless=pieces.condition(raw, "unless", b),
        hint=hint,
        wall=pieces.flag(raw, "wall", False, b),
    )


def limit(raw: dict[str, Any], b: Builder, common: dict[str, Any]) -> rules.Entry:
    if not raw.get("name"):
        raise b.fail("a limit has a name", "name")
    start = b.patterns(raw["from"], "from")
    b.names = start.names
    pauses = tuple(_pause(p, b) for p in pieces.listed(raw.get("pause", [])))
    per = raw.get("per")
    if per is not None and per not in ("hop", "holding", "task") and per not in b.vocabulary.events:
        raise b.fail(f"{per!r} is not known; known: hop, holding, task, or an event", "per")
    owed = raw.get("owed_by")
    if owed is not None:
        b.role(owed, "owed_by")
    return rules.Limit(
        **common, start=start, to=b.patterns(raw["to"], "to"), within=pieces.length(raw["within"], "within", b),
        from_fact=_fact(raw, "from_fact", b),
        since=b.patterns(raw["since"], "since") if "since" in raw else None,
        roll=pieces.choice(raw, "roll", tuple(b.vocabulary.rolls), "none", b), per="task_given" if per == "task" else per,
        scope=pieces.choice(raw, "scope", SCOPES, "hop" if per == "hop" else "case", b), target=_text(raw, "target", b),
        governs=pieces.choice(raw, "governs", ("earliest", "overrides", "beside"), None, b),
        strength=pieces.choice(raw, "strength", ("soft", "hard"), "hard", b), when=pieces.condition(raw, "when", b),
        unless=pieces.condition(raw, "unless", b), lifted=pieces.condition(raw, "lifted", b),
        restart=b.patterns(raw["restart"], "restart") if "restart" in raw else None, pause=pauses, owed_by=owed,
        survives=pieces.flag(raw, "survives", False, b), window=pieces.flag(raw, "window", False, b),
    )  # fmt: skip


def _pause(raw: Any, b: Builder) -> Pause:
    unknown = set(raw) - {"from", "to", "re", "from_fact", "to_fact"}
    if unknown:
        raise b.fail(f"unknown key {', '.join(unknown)} of a pause", "pause")
    return Pause(
        start=b.patterns(raw["from"], "pause"), end=b.patterns(raw["to"], "pause"), re=raw.get("re") == "from",
        from_fact=_fact(raw, "from_fact", b), to_fact=_fact(raw, "to_fact", b),
    )  # fmt: skip


def extension(raw: dict[str, Any], b: Builder, common: dict[str, Any]) -> rules.Entry:
    b.names = frozenset({"extension_requested", "extended"})
    lengths: dict[str, Any] = {
        k: pieces.length(raw[k], k, b) for k in ("exactly", "at_most", "total_at_most", "not_after") if k in raw
    }
    return rules.Extension(
        **common, of=_limits(raw, b), when=pieces.condition(raw, "when", b),
        times=pieces.whole(raw["times"], "times", b) if "times" in raw else None,
        request_by=pieces.roles(raw, "request_by", b),
        approved_by=pieces.approvers(raw, "approved_by", b), in_order=pieces.flag(raw, "in_order", False, b),
        deputy=pieces.flag(raw, "deputy", True, b), once=b.patterns(raw["once"], "once") if "once" in raw else None, **lengths,
    )  # fmt: skip


def deferral(raw: dict[str, Any], b: Builder, common: dict[str, Any]) -> rules.Entry:
    on = b.patterns(raw["on"], "on")
    b.names = on.names
    if not isinstance(raw["until"], Mapping) or set(raw["until"]) != {"fact"}:
        raise b.fail('{ fact = "expected" } is expected', "until")
    return rules.Deferral(
        **common,
        of=_limits(raw, b),
        on=on,
        when=pieces.condition(raw, "when", b),
        until=pieces.fact_name(raw["until"]["fact"], "until", b),
    )


def ground(raw: dict[str, Any], b: Builder, common: dict[str, Any]) -> rules.Entry:
    events = pieces.event_set(raw, "for", b)
    b.names = events
    return rules.Ground(
        **common,
        code=pieces.text(raw["code"], "code", b),
        events=events,
        when=pieces.condition(raw, "when", b),
        only_if=pieces.condition(raw, "only_if", b),
    )


def approval(raw: dict[str, Any], b: Builder, common: dict[str, Any]) -> rules.Entry:
    events = b.patterns(raw["event"], "event")
    b.names = events.names
    binds = pieces.listed(raw["binds"]) if "binds" in raw else None
    if binds:
        pieces.facts_of(events.names, binds, "binds", b)
    if not raw["by"]:
        raise b.fail("somebody must approve", "by")
    return rules.Approval(
        **common, events=events, when=pieces.condition(raw, "when", b), by=pieces.approvers(raw, "by", b), binds=binds,
        in_order=pieces.flag(raw, "in_order", False, b), scope=pieces.choice(raw, "scope", SCOPES, "case", b),
        deputy=pieces.flag(raw, "deputy", True, b),
    )  # fmt: skip


def reaction(raw: dict[str, Any], b: Builder, common: dict[str, Any]) -> rules.Entry:
    on = b.patterns(raw["on"], "on")
    b.names = on.names
    then = tuple(_then(t, b) for t in pieces.listed(raw["then"]))
    if any(t.on == "linked" for t in then) and any(i.limit_passed for i in on.items):
        raise b.fail("what a limit that has passed brings about is written on its own case", "then")
    return rules.Reaction(
        **common, on=on, then=then, when=pieces.condition(raw, "when", b), unless=pieces.condition(raw, "unless", b)
    )


def _then(raw: Any, b: Builder) -> Then:
    if not isinstance(raw, Mapping) or raw.get("event") not in b.vocabulary.events:
        raise b.fail(f"an event of the vocabulary is expected, not {raw!r}", "then")
    event = raw["event"]
    begins = {"new": ("procedure", "relation", "kind_of_case"), "linked": ("relation",)}.get(raw.get("on", "this"), ())
    facts = {k: v for k, v in raw.items() if k not in ("event", "on", *begins)}
    for name, value in facts.items():
        kind = b.vocabulary.fact_type(event, name)
        if kind is None:
            raise b.fail(f"unknown fact {name!r} of {event}", "then")
        if kind.type in ("unit", "units"):
            for term in pieces.listed(value):
                if isinstance(term, str):
                    b.place(term, "then", {event} | b.names)
        elif isinstance(value, Mapping) and "world" in value:
            b._world(dict(value), "then")  # the answer of the world at the event it reacts to
        elif not isinstance(value, Mapping) and kind.type not in ("officer", "officers", "text"):
            b._check(kind, value, "then")
    if raw.get("on", "this") not in ("this", "new", "linked"):
        raise b.fail("a reaction writes on `this` case, on `linked` ones, or begins a `new` one", "then")
    relations = pieces.listed(raw["relation"]) if "relation" in begins and "relation" in raw else ()
    for relation in relations:
        pieces.choice({"relation": relation}, "relation", tuple(b.vocabulary.values["relation"]), None, b)
    if raw.get("on") == "linked":
        return Then(event, facts, "linked", relations=relations)
    opens = {k: _text(raw, k, b) for k in begins}
    return Then(
        event, facts, raw.get("on", "this"), opens.get("procedure"), opens.get("relation"), opens.get("kind_of_case")
    )


def notice(raw: dict[str, Any], b: Builder, common: dict[str, Any]) -> rules.Entry:
    on = b.patterns(raw["on"], "on")
    b.names = on.names
    to = pieces.listed(raw["to"])
    for term in to:
        if isinstance(term, Mapping):  # whoever a fact of the event names
            pieces.facts_of(on.names, (term.get("fact", ""),), "to", b)
        else:
            b._address(on.names, term, "to")
    return rules.NoticeRule(
        **common, on=on, to=to, when=pieces.condition(raw, "when", b),
        about=pieces.choice(raw, "about", tuple(b.vocabulary.values["about"]), None, b),
        contents=pieces.texts(raw, "contents", b), mode=pieces.choice(raw, "mode", ("after", "with_act"), "after", b),
    )  # fmt: skip


def document(raw: dict[str, Any], b: Builder, common: dict[str, Any]) -> rules.Entry:
    on = b.patterns(raw["on"], "on")
    b.names = on.names
    return rules.DocumentRule(
        **common, on=on, when=pieces.condition(raw, "when", b), needs=pieces.texts(raw, "needs", b),
        template=pieces.choice(raw, "template", tuple(b.vocabulary.values["document"]), None, b),
    )  # fmt: skip


AREAS = ("area", "home_area", "published_area", "platform", "scene")


def route(raw: dict[str, Any], b: Builder, common: dict[str, Any]) -> rules.Entry:
    areas = pieces.listed(raw["areas"])
    for area in areas:
        if area not in AREAS:
            raise b.fail(f"{area!r} is not known; known: {', '.join(AREAS)}", "areas")
    return rules.Route(**common, areas=areas, all=raw.get("all", False) is True, when=pieces.condition(raw, "when", b))


def role_title(raw: dict[str, Any], b: Builder, common: dict[str, Any]) -> rules.Entry:
    return rules.RoleTitle(
        **common,
        role=pieces.choice(raw, "role", tuple(b.vocabulary.roles), None, b),
        title=pieces.text(raw["title"], "title", b),
    )


def numbering(raw: dict[str, Any], b: Builder, common: dict[str, Any]) -> rules.Entry:
    per = pieces.listed(raw["per"])
    for part in per:
        if part not in ("unit", "year", "month", "kind", "channel", "document"):
            raise b.fail(f"{part!r} is not known; known: unit, year, month, kind, channel, document", "per")
    series, form = (pieces.text(raw[key], key, b) for key in ("series", "format"))
    return rules.Numbering(**common, series=series, per=per, format=form)


def setting(raw: dict[str, Any], b: Builder, common: dict[str, Any]) -> rules.Entry:
    kind = pieces.choice(raw, "type", ("period", "int", "bool", "text", "date"), None, b)
    default: Any = raw.get("default")
    if kind == "period" and default is not None:
        default = b.period(default, "default")
    return rules.Setting(**{**common, "name": pieces.text(raw["name"], "name", b)}, type=kind, default=default)


def _text(raw: Mapping[str, Any], key: str, b: Builder) -> str | None:
    return pieces.text(raw[key], key, b) if key in raw else None


def _limits(raw: Mapping[str, Any], b: Builder) -> tuple[str, ...]:
    """The limits that an entry is about, by name. Without the key the entry is refused, unlike where a list may be left out (pieces.texts)."""
    return tuple(pieces.text(name, "of", b) for name in pieces.listed(raw["of"]))


def _fact(raw: Mapping[str, Any], key: str, b: Builder) -> str | None:
    return pieces.fact_name(raw[key], key, b) if key in raw else None
