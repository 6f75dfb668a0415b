"""The sections of a rules file that stand beside the steps of a case: each function reads one entry, strictly, and names what is wrong."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from huiyin.core import amounts, entries, phrases, pieces, rules
from huiyin.core.conditions import Builder, key_of

Raw = dict[str, Any]


# -- audience


def audience(raw: Raw, b: Builder, common: Raw) -> rules.Entry:
    of = raw["of"]
    b.names = frozenset({"registered"})  # where its places are asked and kept
    pieces.only(of, {"from", "sort", "event", "fact", "case"}, "of", b)
    if not set(of) - {"sort"}:
        raise b.fail("says nothing: from, event, fact or case", "of")
    for role in pieces.listed(of.get("from", [])):
        if role not in b.vocabulary.outside:
            raise b.fail(f"unknown outside role {role!r}", "of")
    pieces.names_among(of.get("sort", []), tuple(b.vocabulary.values["evidence_sort"]), "of", b)
    pieces.event_set({"of": of.get("event", [])}, "of", b)
    for fact in pieces.listed(of.get("fact", [])):
        role, _, own = fact.partition(".")
        if own != "*" or role not in b.vocabulary.outside:
            pieces.any_fact(fact, "of", b)
    pieces.flag(of, "case", False, b)
    never, only = pieces.addressees(raw, "never", b), pieces.addressees(raw, "only", b)
    agree = pieces.roles(raw, "approved_by", b)
    named = pieces.named_people(raw, "named", of, b)
    if (never and (only or named)) or not (never or only or named or agree):
        raise b.fail("either `never` or `only` and `named` say who", "never")
    if agree and "fact" not in of:
        raise b.fail("goes with `of.fact`: what may be seen only by agreement", "approved_by")
    return rules.Audience(
        **common, when=pieces.condition(raw, "when", b), of=dict(of), never=never, only=only, named=named,
        even_through=pieces.addressees(raw, "even_through", b),
        allows=pieces.choice(raw, "allows", ("approved_summary",), None, b), approved_by=agree,
    )  # fmt: skip


# -- phrase


def phrase(raw: Raw, b: Builder, common: Raw) -> rules.Entry:
    kinds = [k for k in ("asks", "moment", "ground", "forbidden") if k in raw]
    if len(kinds) != 1:
        raise b.fail("a phrase has one of asks, moment, ground, forbidden", "phrase")
    kind = kinds[0]
    if (kind == "forbidden") == ("text" in raw):
        raise b.fail("is missing" if kind != "forbidden" else "what is forbidden stands in `forbidden`", "text")
    on = pieces.patterns_of(raw, "on", b)
    silent = phrases.OUTGOING if kind == "forbidden" else frozenset()
    b.names = frozenset({"registered"}) if kind == "asks" else on.names if on is not None else silent
    text = pieces.text(raw["text"], "text", b) if "text" in raw else ""
    said = pieces.texts(raw, "forbidden", b)
    found_by = tuple(phrases.expression(one) for one in said)
    if any(not p.pattern.strip(".{},08") for p in found_by):
        raise b.fail("a forbidden phrase has at least one character that is no punctuation", "forbidden")
    hours = tuple(pieces.time_of_day(t, "hours", b) for t in pieces.listed(raw["hours"])) if "hours" in raw else None
    if hours is not None and (len(hours) != 2 or hours[0] >= hours[1]):
        raise b.fail('from and to of one day are expected: ["06:00", "12:00"]', "hours")
    return entries.Phrase(
        **common, when=pieces.condition(raw, "when", b), text=text,
        asks=tuple(pieces.any_fact(f, "asks", b) for f in pieces.listed(raw.get("asks", []))),
        optional=pieces.flag(raw, "optional", False, b), first=pieces.flag(raw, "first", False, b),
        moment=pieces.choice(raw, "moment", tuple(b.vocabulary.values["moment"]), None, b),
        ground=pieces.texts(raw, "ground", b),
        hours=(hours[0], hours[1]) if hours is not None else None, on=on, slots=_slots(text, b), forbidden=said,
        found_by=found_by,
        whole=pieces.flag(raw, "whole", False, b), warn=pieces.flag(raw, "warn", False, b), advice=raw.get("advice", ""),
        instead=pieces.texts(raw, "instead", b),
    )  # fmt: skip


def _slots(text: str, b: Builder) -> tuple[str, ...]:
    """Names in braces: facts, or what phrases.SLOTS lists."""
    found = tuple(dict.fromkeys(phrases.SLOT.findall(text)))
    for slot in found:
        if slot not in phrases.SLOTS:
            pieces.any_fact(slot, "text", b)
    if len(re.findall(r"[{}]", phrases.SLOT.sub("", text))):
        raise b.fail("a slot is a name in braces: {unit}, {refer_to}, {complainant.phone}", "text")
    return found


# -- ladder


def ladder(raw: Raw, b: Builder, common: Raw) -> rules.Entry:
    if not raw.get("name"):
        raise b.fail("a ladder has a name", "name")
    counts = raw["counts"]
    pieces.only(counts, {"event", "where", "same", "window", "year"}, "counts", b)
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
        pieces.only(raw, {"setting"}, "counts", b)
        b._setting(raw["setting"])
    else:
        pieces.choice({"year": raw}, "year", ("calendar", "rolling"), None, b)


def _rung(raw: Any, b: Builder, common: Raw) -> entries.Rung:
    pieces.only(raw, {"n", "offers", "and_more", "requires", "needs", "lighter_needs", "clause", "says"}, "steps", b)
    decided = frozenset({"sanction_decided"})
    clause = pieces.listed(raw["clause"]) if "clause" in raw else common["clauses"]
    lighter = raw.get("lighter_needs")
    return entries.Rung(
        **{**common, "clauses": clause, "says": raw.get("says", common["says"]), "raw": raw},
        n=pieces.whole(raw.get("n"), "steps", b),
        offers=pieces.names_among(raw["offers"], tuple(b.vocabulary.values["sanction"]), "steps", b),
        and_more=pieces.flag(raw, "and_more", False, b),
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
        pieces.only(fixed, {"setting"}, "fixed", b)
        setting, fixed = str(fixed["setting"]), None
        b._setting(setting)
    split = pieces.choice(raw, "split", ("adds_up",), None, b)
    checks = tuple(_amount_check(c, b) for c in pieces.listed(raw.get("checks", [])))
    b.names = frozenset()
    return entries.Amount(
        **common, when=pieces.condition(raw, "when", b),
        of=tuple(_money_fact(f, "of", b) for f in pieces.listed(raw.get("of", []))),
        bands=_bands(raw.get("bands", []), b), fixed=pieces.decimal(fixed, "fixed", b), setting=setting,
        at_least=pieces.decimal(raw.get("at_least"), "at_least", b), at_most=pieces.decimal(raw.get("at_most"), "at_most", b),
        round=pieces.choice(raw, "round", amounts.ROUNDS, "fen_half_up", b), adds_up=split is not None, checks=checks,
    )  # fmt: skip


def _bands(raw: Any, b: Builder) -> tuple[entries.Band, ...]:
    found: list[entries.Band] = []
    for band in pieces.listed(raw):
        pieces.only(band, {"up_to", "rate"}, "bands", b)
        rate, up_to = pieces.decimal(band["rate"], "bands", b), pieces.decimal(band.get("up_to"), "bands", b)
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
    pieces.only(raw, {"event", "where", "fact", "times"}, "checks", b)
    on = b.patterns({k: raw[k] for k in ("event", "where") if k in raw}, "checks")
    fact = _money_fact(raw["fact"], "checks", b)
    pieces.facts_of(on.names, (fact, *([raw["times"]] if "times" in raw else [])), "checks", b)
    return entries.AmountCheck(on, fact, raw.get("times"))
