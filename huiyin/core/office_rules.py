"""The sections of a rules file that bind the office as a whole and no single case: recurring duties, figures, publications, retention, rosters.

Each function reads one entry, strictly, and names what is wrong.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from huiyin.core import duties, entries, pieces, rules
from huiyin.core.conditions import Builder

Raw = dict[str, Any]
HOLIDAYS = ("元旦", "春节", "清明节", "劳动节", "端午节", "中秋节", "国庆节")
KEPT = ("case", "files", "recordings", "documents", "notices", "statistics")
AFTERWARDS = ("destroy", "hand_over", "review")
GROUPS = ("unit", "officer", "channel", "kind", "source", "category", "outcome", "satisfaction", "procedure", "area")


# -- duty


def duty(raw: Raw, b: Builder, common: Raw) -> rules.Entry:
    b.names = frozenset({"duty_done"})
    if not raw["by"]:
        raise b.fail("somebody owes it", "by")
    return entries.Duty(
        **common, when=pieces.condition(raw, "when", b), period=_span(raw["period"], b), due=_due_on(raw.get("due", {}), b),
        by=pieces.roles(raw, "by", b), to=pieces.addressees(raw, "to", b),
        times=pieces.whole(raw.get("times", 1), "times", b),
        contents=pieces.texts(raw, "contents", b),
    )  # fmt: skip


def _span(raw: Any, b: Builder) -> entries.Span:
    if isinstance(raw, str):
        return entries.Span(every=pieces.choice({"period": raw}, "period", duties.EVERY, None, b))
    pieces.only(raw, {"from", "to", "holiday"}, "period", b)
    if "holiday" in raw:
        return entries.Span(holidays=pieces.names_among(raw["holiday"], HOLIDAYS, "period", b))
    return entries.Span(
        begins=pieces.day_of_year(raw.get("from"), "period", b), ends=pieces.day_of_year(raw.get("to"), "period", b)
    )


def _due_on(raw: Any, b: Builder) -> entries.DueOn:
    pieces.only(raw, {"n", "unit", "on", "day", "time", "before", "roll"}, "due", b)
    if sum(k in raw for k in ("n", "on", "day")) > 1:
        raise b.fail("one of n and unit, on, day", "due")
    within = pieces.length({k: raw[k] for k in ("n", "unit") if k in raw}, "due", b) if "n" in raw else None
    day = pieces.whole(raw["day"], "due", b) if "day" in raw else None
    if "before" in raw and "time" not in raw:
        raise b.fail("before goes with time", "due")
    return entries.DueOn(
        within, pieces.day_of_year(raw["on"], "due", b) if "on" in raw else None, day,
        pieces.time_of_day(raw["time"], "due", b) if "time" in raw else None,
        pieces.choice(raw, "roll", tuple(b.vocabulary.rolls), "none", b), pieces.flag(raw, "before", False, b),
    )  # fmt: skip


# -- measure, publication, retention


def measure(raw: Raw, b: Builder, common: Raw) -> rules.Entry:
    if not raw.get("name"):
        raise b.fail("a figure has a name", "name")
    if ("counts" in raw) == ("between" in raw) or ("share_of" in raw and "counts" not in raw):
        raise b.fail("either `counts` (with `share_of` where it is a share), or `between` two events", "counts")
    counts = pieces.patterns_of(raw, "counts", b)
    span = raw.get("between", [])
    if span and (not isinstance(span, list) or len(span) != 2):
        raise b.fail("two events are expected: from, to", "between")
    between = (b.patterns(span[0], "between"), b.patterns(span[1], "between")) if span else None
    per = pieces.listed(raw.get("per", []))
    for name in per:
        if name not in GROUPS:
            pieces.any_fact(name, "per", b)
    b.names = counts.names if counts is not None else between[1].names if between is not None else frozenset()
    return entries.Measure(
        **common, when=pieces.condition(raw, "when", b), counts=counts, share_of=pieces.patterns_of(raw, "share_of", b),
        between=between, per=per,
        period=pieces.choice(raw, "period", duties.EVERY, None, b), target=_target(raw.get("target"), b),
    )  # fmt: skip


def _target(raw: Any, b: Builder) -> Mapping[str, Any] | None:
    """{ ge = "0.95" } or { le = { n = 5, unit = "minute" } }."""
    if raw is None:
        return None
    pieces.only(raw, {"lt", "le", "gt", "ge", "is"}, "target", b)
    for value in raw.values():
        if isinstance(value, Mapping):
            b.period(value, "target")
        elif not isinstance(value, int) or isinstance(value, bool):
            pieces.decimal(value, "target", b)
    return dict(raw)


def publication(raw: Raw, b: Builder, common: Raw) -> rules.Entry:
    on = pieces.patterns_of(raw, "on", b)
    if on is not None:
        b.names = on.names
    return entries.Publication(
        **common, when=pieces.condition(raw, "when", b), what=pieces.text(raw["what"], "what", b), on=on,
        period=pieces.choice(raw, "period", duties.EVERY, None, b), within=_length(raw, "within", b),
        roll=pieces.choice(raw, "roll", tuple(b.vocabulary.rolls), "none", b), where=pieces.texts(raw, "where", b),
        contents=pieces.texts(raw, "contents", b),
        without=tuple(pieces.any_fact(f, "without", b) for f in pieces.listed(raw.get("without", []))),
        by=pieces.roles(raw, "by", b),
        approved_by=pieces.approvers(raw, "approved_by", b), shown_for=_length(raw, "shown_for", b),
    )  # fmt: skip


def retention(raw: Raw, b: Builder, common: Raw) -> rules.Entry:
    start = pieces.patterns_of(raw, "from", b)
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
        **common, at=at, leaders=pieces.whole(raw["leaders"], "leaders", b) if "leaders" in raw else None,
        leader_is=_held(raw, b),
        members=_range(raw["members"], b) if "members" in raw else None, handover=pieces.flag(raw, "handover", False, b),
        cover=pieces.choice(raw, "cover", ("day", "working_day"), None, b),
        staff=pieces.whole(raw["staff"], "staff", b) if "staff" in raw else None,
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
    pieces.only(raw["post"], {"role", "n"}, "post", b)
    role = raw["post"]["role"]
    if b.vocabulary.roles.get(role, {}).get("side") != "inside":
        raise b.fail(f"unknown role {role!r}", "post")
    return role, pieces.whole(raw["post"].get("n", 1), "post", b)


def _range(value: Any, b: Builder) -> tuple[int, int | None]:
    """2, or [1, 2]."""
    ends = value if isinstance(value, list) else [value]
    found = [pieces.whole(end, "members", b) for end in ends]
    if len(found) not in (1, 2) or found != sorted(found):
        raise b.fail("at least so many, or from and to: [1, 2]", "members")
    return found[0], found[1] if len(found) == 2 else None
