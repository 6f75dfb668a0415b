"""The sections of a rules file that stand beside the steps of a case: each function reads one entry, strictly, and names what is wrong."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, time
from decimal import Decimal, InvalidOperation
from typing import Any

from huiyin.core import amounts, duties, entries, phrases, pieces, rules
from huiyin.core.conditions import Builder, key_of
from huiyin.core.patterns import Patterns

Raw = dict[str, Any]
HOLIDAYS = ("元旦", "春节", "清明节", "劳动节", "端午节", "中秋节", "国庆节")
KEPT = ("case", "files", "recordings", "documents", "notices", "statistics")
AFTERWARDS = ("destroy", "hand_over", "review")
GROUPS = ("unit", "officer", "channel", "kind", "source", "category", "outcome", "satisfaction", "procedure", "area")


def _only(raw: Mapping[str, Any], known: set[str], key: str, b: Builder) -> None:
    if not isinstance(raw, Mapping):
        raise b.fail(f"a table is expected, not {raw!r}", key)
    unknown = set(raw) - known
    if unknown:
        raise b.fail(f"unknown key {', '.join(sorted(unknown))}; known: {', '.join(sorted(known))}", key)


def _text(raw: Any, key: str, b: Builder) -> str:
    if not isinstance(raw, str) or not raw.strip():
        raise b.fail("a text is expected", key)
    return raw


def _texts(raw: Raw, key: str, b: Builder) -> tuple[str, ...]:
    return tuple(_text(t, key, b) for t in pieces.listed(raw.get(key, [])))


def _any_fact(name: Any, key: str, b: Builder) -> str:
    """A fact of the case, of an event, or role.name."""
    if isinstance(name, str) and "." in name:
        if b.vocabulary.party_fact(name) is None:
            raise b.fail(f"unknown fact of a party {name!r}", key)
        return name
    return pieces.fact_name(name, key, b)


def _names(raw: Any, known: tuple[str, ...], key: str, b: Builder) -> tuple[str, ...]:
    return tuple(pieces.choice({key: n}, key, known, None, b) for n in pieces.listed(raw))


def _time(raw: Any, key: str, b: Builder) -> time:
    try:
        return time.max if raw == "24:00" else time.fromisoformat(raw)
    except (TypeError, ValueError) as error:
        raise b.fail(f'a time is written "10:00", not {raw!r}', key) from error


def _day_of_year(raw: Any, key: str, b: Builder) -> tuple[int, int]:
    try:
        day = date.fromisoformat(f"2000-{raw}")
    except (TypeError, ValueError) as error:
        raise b.fail(f'a day of the year is written "06-10", not {raw!r}', key) from error
    return day.month, day.day


def _optional(raw: Raw, key: str, b: Builder) -> Patterns | None:
    return b.patterns(raw[key], key) if key in raw else None


def _whole(value: Any, key: str, b: Builder) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise b.fail(f"a whole number from 1 is expected, not {value!r}", key)
    return value


def _addressees(raw: Raw, key: str, b: Builder) -> tuple[str, ...]:
    """Outside roles, places, or role@place; `public` too."""
    terms = pieces.listed(raw.get(key, []))
    for term in terms:
        b._address(b.names, term, key)
    return terms


# -- audience


def audience(raw: Raw, b: Builder, common: Raw) -> rules.Entry:
    of = raw["of"]
    b.names = frozenset({"registered"})  # where its places are asked and kept
    _only(of, {"from", "sort", "event", "fact", "case"}, "of", b)
    if not set(of) - {"sort"}:
        raise b.fail("says nothing: from, event, fact or case", "of")
    for role in pieces.listed(of.get("from", [])):
        if role not in b.vocabulary.outside:
            raise b.fail(f"unknown outside role {role!r}", "of")
    _names(of.get("sort", []), tuple(b.vocabulary.values["evidence_sort"]), "of", b)
    pieces.event_set({"of": of.get("event", [])}, "of", b)
    for fact in pieces.listed(of.get("fact", [])):
        role, _, own = fact.partition(".")
        if own != "*" or role not in b.vocabulary.outside:
            _any_fact(fact, "of", b)
    pieces.flag(of, "case", False, b)
    never, only = _addressees(raw, "never", b), _addressees(raw, "only", b)
    if bool(never) == bool(only):
        raise b.fail("either `never` or `only` says who", "never")
    return rules.Audience(
        **common, when=pieces.condition(raw, "when", b), of=dict(of), never=never, only=only, even_through=_addressees(raw, "even_through", b),
        allows=pieces.choice(raw, "allows", ("approved_summary",), None, b),
    )  # fmt: skip


# -- phrase


def phrase(raw: Raw, b: Builder, common: Raw) -> rules.Entry:
    kinds = [k for k in ("asks", "moment", "ground", "forbidden") if k in raw]
    if len(kinds) != 1:
        raise b.fail("a phrase has one of asks, moment, ground, forbidden", "phrase")
    kind = kinds[0]
    if (kind == "forbidden") == ("text" in raw):
        raise b.fail("is missing" if kind != "forbidden" else "what is forbidden stands in `forbidden`", "text")
    on = _optional(raw, "on", b)
    silent = phrases.OUTGOING if kind == "forbidden" else frozenset()
    b.names = frozenset({"registered"}) if kind == "asks" else on.names if on is not None else silent
    text = _text(raw["text"], "text", b) if "text" in raw else ""
    said = _texts(raw, "forbidden", b)
    found_by = tuple(phrases.expression(one) for one in said)
    if any(not p.pattern.strip(".{},08") for p in found_by):
        raise b.fail("a forbidden phrase has at least one character that is no punctuation", "forbidden")
    hours = tuple(_time(t, "hours", b) for t in pieces.listed(raw["hours"])) if "hours" in raw else None
    if hours is not None and (len(hours) != 2 or hours[0] >= hours[1]):
        raise b.fail('from and to of one day are expected: ["06:00", "12:00"]', "hours")
    return entries.Phrase(
        **common, when=pieces.condition(raw, "when", b), text=text, asks=tuple(_any_fact(f, "asks", b) for f in pieces.listed(raw.get("asks", []))),
        optional=pieces.flag(raw, "optional", False, b), first=pieces.flag(raw, "first", False, b),
        moment=pieces.choice(raw, "moment", tuple(b.vocabulary.values["moment"]), None, b), ground=_texts(raw, "ground", b),
        hours=(hours[0], hours[1]) if hours is not None else None, on=on, slots=_slots(text, b), forbidden=said, found_by=found_by,
        whole=pieces.flag(raw, "whole", False, b), warn=pieces.flag(raw, "warn", False, b), advice=raw.get("advice", ""),
        instead=_texts(raw, "instead", b),
    )  # fmt: skip


def _slots(text: str, b: Builder) -> tuple[str, ...]:
    """Names in braces: facts, or what phrases.SLOTS lists."""
    found = tuple(dict.fromkeys(phrases.SLOT.findall(text)))
    for slot in found:
        if slot not in phrases.SLOTS:
            _any_fact(slot, "text", b)
    if len(re.findall(r"[{}]", phrases.SLOT.sub("", text))):
        raise b.fail("a slot is a name in braces: {unit}, {refer_to}, {complainant.phone}", "text")
    return found


# -- ladder


def ladder(raw: Raw, b: Builder, common: Raw) -> rules.Entry:
    if not raw.get("name"):
        raise b.fail("a ladder has a name", "name")
    counts = raw["counts"]
    _only(counts, {"event", "where", "same", "window", "year"}, "counts", b)
    what = {k: counts[k] for k in ("event", "where") if k in counts}
    patterns = b.patterns(what, "counts")
    if any(isinstance(v, Mapping) for v in counts.get("where", {}).values()):
        raise b.fail("over other cases only plain values and lists of them are compared", "counts")
    b.names = patterns.names
    same = pieces.choice(counts, "same", ("officer", "unit"), "officer", b)
    args: Raw = {"event": what, "same": same}
    if "window" in counts:
        pieces.length(counts["window"], "counts", b)
        args["window"] = counts["window"]
    if "year" in counts:
        args["year"] = counts["year"]
        _year(counts["year"], b)
    question = key_of("count_of", args)
    b.asks.question(patterns.names, question, {"world": "count_of", **args})
    steps = tuple(_rung(s, b, common) for s in pieces.listed(raw["steps"]))
    if [s.n for s in steps] != sorted({s.n for s in steps}) or not steps:
        raise b.fail("steps stand in order, each n once", "steps")
    return entries.Ladder(
        **common, when=pieces.condition(raw, "when", b), counts=patterns, same=same, question=question,
        args={"world": "count_of", **args}, steps=steps,
    )  # fmt: skip


def _year(raw: Any, b: Builder) -> None:
    """calendar, rolling, or a setting that says which."""
    if isinstance(raw, Mapping):
        _only(raw, {"setting"}, "counts", b)
        b._setting(raw["setting"])
    else:
        pieces.choice({"year": raw}, "year", ("calendar", "rolling"), None, b)


def _rung(raw: Any, b: Builder, common: Raw) -> entries.Rung:
    _only(raw, {"n", "offers", "and_more", "requires", "needs", "lighter_needs", "clause", "says"}, "steps", b)
    decided = frozenset({"sanction_decided"})
    clause = pieces.listed(raw["clause"]) if "clause" in raw else common["clauses"]
    lighter = raw.get("lighter_needs")
    return entries.Rung(
        **{**common, "clauses": clause, "says": raw.get("says", common["says"]), "raw": raw}, n=_whole(raw.get("n"), "steps", b),
        offers=_names(raw["offers"], tuple(b.vocabulary.values["sanction"]), "steps", b), and_more=pieces.flag(raw, "and_more", False, b),
        requires=tuple(sorted(pieces.event_set({"steps": raw.get("requires", [])}, "steps", b))),
        needs=pieces.facts_of(decided, pieces.listed(raw.get("needs", [])), "steps", b),
        lighter_needs=pieces.facts_of(decided, (lighter,), "steps", b)[0] if lighter is not None else None,
    )  # fmt: skip


# -- amount


def amount(raw: Raw, b: Builder, common: Raw) -> rules.Entry:
    if not raw.get("name"):
        raise b.fail("an amount has a name", "name")
    if ("fixed" in raw) == ("bands" in raw) or ("bands" in raw) != ("of" in raw):
        raise b.fail("either `of` and `bands`, or `fixed`", "bands")
    fixed, setting = raw.get("fixed"), None
    if isinstance(fixed, Mapping):
        _only(fixed, {"setting"}, "fixed", b)
        setting, fixed = str(fixed["setting"]), None
        b._setting(setting)
    split = pieces.choice(raw, "split", ("adds_up",), None, b)
    checks = tuple(_amount_check(c, b) for c in pieces.listed(raw.get("checks", [])))
    b.names = frozenset()
    return entries.Amount(
        **common, when=pieces.condition(raw, "when", b), of=tuple(_money_fact(f, "of", b) for f in pieces.listed(raw.get("of", []))),
        bands=_bands(raw.get("bands", []), b), fixed=_decimal(fixed, "fixed", b), setting=setting,
        at_least=_decimal(raw.get("at_least"), "at_least", b), at_most=_decimal(raw.get("at_most"), "at_most", b),
        round=pieces.choice(raw, "round", amounts.ROUNDS, "fen_half_up", b), adds_up=split is not None, checks=checks,
    )  # fmt: skip


def _decimal(raw: Any, key: str, b: Builder) -> Decimal | None:
    """Yuan or a rate, as a string: a float has no exact value."""
    if raw is None:
        return None
    try:
        if isinstance(raw, str) and (value := Decimal(raw)).is_finite() and value >= 0:
            return value
    except InvalidOperation:
        pass
    raise b.fail(f'a decimal number in quotes is expected: "10000.00", not {raw!r}', key)


def _bands(raw: Any, b: Builder) -> tuple[entries.Band, ...]:
    found: list[entries.Band] = []
    for band in pieces.listed(raw):
        _only(band, {"up_to", "rate"}, "bands", b)
        rate, up_to = _decimal(band["rate"], "bands", b), _decimal(band.get("up_to"), "bands", b)
        before = found[-1].up_to if found else Decimal(0)
        if rate is None or before is None or (up_to is not None and up_to <= before):
            raise b.fail("bands rise; the one without up_to is the last", "bands")
        found.append(entries.Band(rate, up_to))
    return tuple(found)


def _money_fact(name: Any, key: str, b: Builder) -> str:
    """A fact of money; its `_fen` may be left out."""
    known = {f.name for e in b.vocabulary.events.values() for f in e.facts.values() if f.type == "money_fen"}
    known |= {f.name for f in b.vocabulary.case_facts.values() if f.type == "money_fen"}
    for wanted in (name, f"{name}_fen"):
        if wanted in known:
            return str(wanted)
    raise b.fail(f"{name!r} is no fact of money; known: {', '.join(sorted(known))}", key)


def _amount_check(raw: Any, b: Builder) -> entries.AmountCheck:
    _only(raw, {"event", "where", "fact", "times"}, "checks", b)
    on = b.patterns({k: raw[k] for k in ("event", "where") if k in raw}, "checks")
    fact = _money_fact(raw["fact"], "checks", b)
    pieces.facts_of(on.names, (fact, *([raw["times"]] if "times" in raw else [])), "checks", b)
    return entries.AmountCheck(on, fact, raw.get("times"))


# -- duty


def duty(raw: Raw, b: Builder, common: Raw) -> rules.Entry:
    b.names = frozenset({"duty_done"})
    if not raw["by"]:
        raise b.fail("somebody owes it", "by")
    return entries.Duty(
        **common, when=pieces.condition(raw, "when", b), period=_span(raw["period"], b), due=_due_on(raw.get("due", {}), b),
        by=pieces.roles(raw, "by", b), to=_addressees(raw, "to", b), times=_whole(raw.get("times", 1), "times", b),
        contents=_texts(raw, "contents", b),
    )  # fmt: skip


def _span(raw: Any, b: Builder) -> entries.Span:
    if isinstance(raw, str):
        return entries.Span(every=pieces.choice({"period": raw}, "period", duties.EVERY, None, b))
    _only(raw, {"from", "to", "holiday"}, "period", b)
    if "holiday" in raw:
        return entries.Span(holidays=_names(raw["holiday"], HOLIDAYS, "period", b))
    return entries.Span(
        begins=_day_of_year(raw.get("from"), "period", b), ends=_day_of_year(raw.get("to"), "period", b)
    )


def _due_on(raw: Any, b: Builder) -> entries.DueOn:
    _only(raw, {"n", "unit", "on", "day", "time", "before", "roll"}, "due", b)
    if sum(k in raw for k in ("n", "on", "day")) > 1:
        raise b.fail("one of n and unit, on, day", "due")
    within = pieces.length({k: raw[k] for k in ("n", "unit") if k in raw}, "due", b) if "n" in raw else None
    day = _whole(raw["day"], "due", b) if "day" in raw else None
    if "before" in raw and "time" not in raw:
        raise b.fail("before goes with time", "due")
    return entries.DueOn(
        within, _day_of_year(raw["on"], "due", b) if "on" in raw else None, day, _time(raw["time"], "due", b) if "time" in raw else None,
        pieces.choice(raw, "roll", tuple(b.vocabulary.rolls), "none", b), pieces.flag(raw, "before", False, b),
    )  # fmt: skip


# -- measure, publication, retention


def measure(raw: Raw, b: Builder, common: Raw) -> rules.Entry:
    if not raw.get("name"):
        raise b.fail("a figure has a name", "name")
    if ("counts" in raw) == ("between" in raw) or ("share_of" in raw and "counts" not in raw):
        raise b.fail("either `counts` (with `share_of` where it is a share), or `between` two events", "counts")
    counts = _optional(raw, "counts", b)
    span = raw.get("between", [])
    if span and (not isinstance(span, list) or len(span) != 2):
        raise b.fail("two events are expected: from, to", "between")
    between = (b.patterns(span[0], "between"), b.patterns(span[1], "between")) if span else None
    per = pieces.listed(raw.get("per", []))
    for name in per:
        if name not in GROUPS:
            _any_fact(name, "per", b)
    b.names = counts.names if counts is not None else between[1].names if between is not None else frozenset()
    return entries.Measure(
        **common, when=pieces.condition(raw, "when", b), counts=counts, share_of=_optional(raw, "share_of", b), between=between, per=per,
        period=pieces.choice(raw, "period", duties.EVERY, None, b), target=_target(raw.get("target"), b),
    )  # fmt: skip


def _target(raw: Any, b: Builder) -> Mapping[str, Any] | None:
    """{ ge = "0.95" } or { le = { n = 5, unit = "minute" } }."""
    if raw is None:
        return None
    _only(raw, {"lt", "le", "gt", "ge", "is"}, "target", b)
    for value in raw.values():
        if isinstance(value, Mapping):
            b.period(value, "target")
        elif not isinstance(value, int) or isinstance(value, bool):
            _decimal(value, "target", b)
    return dict(raw)


def publication(raw: Raw, b: Builder, common: Raw) -> rules.Entry:
    on = _optional(raw, "on", b)
    if on is not None:
        b.names = on.names
    return entries.Publication(
        **common, when=pieces.condition(raw, "when", b), what=_text(raw["what"], "what", b), on=on,
        period=pieces.choice(raw, "period", duties.EVERY, None, b), within=_length(raw, "within", b),
        roll=pieces.choice(raw, "roll", tuple(b.vocabulary.rolls), "none", b), where=_texts(raw, "where", b), contents=_texts(raw, "contents", b),
        without=tuple(_any_fact(f, "without", b) for f in pieces.listed(raw.get("without", []))), by=pieces.roles(raw, "by", b),
        approved_by=pieces.approvers(raw, "approved_by", b), shown_for=_length(raw, "shown_for", b),
    )  # fmt: skip


def retention(raw: Raw, b: Builder, common: Raw) -> rules.Entry:
    start = _optional(raw, "from", b)
    if start is not None:
        b.names = start.names
    keep = None if raw["keep"] == "permanent" else _length(raw, "keep", b)
    if keep is not None and start is None:
        raise b.fail("kept so long from which event on?", "from")
    return entries.Retention(
        **common, when=pieces.condition(raw, "when", b), of=pieces.choice(raw, "of", KEPT, None, b), start=start, keep=keep,
        then=pieces.choice(raw, "then", AFTERWARDS, "review", b), by=pieces.roles(raw, "by", b),
        approved_by=pieces.approvers(raw, "approved_by", b),
    )  # fmt: skip


def _length(raw: Raw, key: str, b: Builder) -> rules.Length | None:
    return pieces.length(raw[key], key, b) if key in raw else None


# -- roster


def roster(raw: Raw, b: Builder, common: Raw) -> rules.Entry:
    at = tuple(_function(term, "at", b) for term in pieces.listed(raw["at"]))
    if not set(raw) & {"leaders", "leader_is", "members", "cover", "handover", "staff", "post"}:
        raise b.fail("says nothing: leaders, leader_is, members, cover, handover, staff, post", "roster")
    return entries.Roster(
        **common, at=at, leaders=_whole(raw["leaders"], "leaders", b) if "leaders" in raw else None, leader_is=_held(raw, b),
        members=_range(raw["members"], b) if "members" in raw else None, handover=pieces.flag(raw, "handover", False, b),
        cover=pieces.choice(raw, "cover", ("day", "working_day"), None, b), staff=_whole(raw["staff"], "staff", b) if "staff" in raw else None,
        post=_post(raw, b),
    )  # fmt: skip


def _function(term: Any, key: str, b: Builder) -> str:
    name = str(term).removeprefix("function:")
    if name == term or name not in b.vocabulary.functions:
        raise b.fail(f"a function of the vocabulary is expected (function:duty_room), not {term!r}", key)
    return name


def _held(raw: Raw, b: Builder) -> tuple[str, str] | None:
    if "leader_is" not in raw:
        return None
    role, _, place = str(raw["leader_is"]).partition("@")
    if b.vocabulary.roles.get(role, {}).get("side") != "inside":
        raise b.fail(f"unknown role {role!r}", "leader_is")
    return role, _function(place, "leader_is", b)


def _post(raw: Raw, b: Builder) -> tuple[str, int] | None:
    """{ role = "liaison", n = 1 }."""
    if "post" not in raw:
        return None
    _only(raw["post"], {"role", "n"}, "post", b)
    role = raw["post"]["role"]
    if b.vocabulary.roles.get(role, {}).get("side") != "inside":
        raise b.fail(f"unknown role {role!r}", "post")
    return role, _whole(raw["post"].get("n", 1), "post", b)


def _range(value: Any, b: Builder) -> tuple[int, int | None]:
    """2, or [1, 2]."""
    ends = value if isinstance(value, list) else [value]
    found = [_whole(end, "members", b) for end in ends]
    if len(found) not in (1, 2) or found != sorted(found):
        raise b.fail("at least so many, or from and to: [1, 2]", "members")
    return found[0], found[1] if len(found) == 2 else None
