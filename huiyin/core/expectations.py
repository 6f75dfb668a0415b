"""What an example expects, held against the case as it stands. Expectations say "among others" unless their key says otherwise."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, time
from typing import Any

from huiyin.core import access, amounts, audience, ladders, phrases, telling
from huiyin.core.context import Ctx
from huiyin.core.dues import effective, red_lines
from huiyin.core.history import stage_of
from huiyin.core.model import Due, Notice
from huiyin.core.offers import offers, warnings
from huiyin.core.played import Look

LAST_MINUTE = time(23, 59)


Outcome = tuple[Any, Any] | None  # what was expected and what was found, none when they agree


def check_all(look: Look, raw: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Every expectation that does not hold: what was expected, and what was found."""
    look.as_ = raw.get("as")
    expected: dict[str, Any] = {}
    found: dict[str, Any] = {}
    for key, check in CHECKS.items():
        if key not in raw:
            continue
        try:
            outcome = check(look, raw[key])
        except (TypeError, AttributeError) as error:  # a table where a list belongs, a number where a name does
            outcome = raw[key], f"this cannot be expected of `{key}`: {error}"
        if outcome is not None:
            expected[key], found[key] = outcome
    return expected, found


def _list(raw: Any) -> list[Any]:
    return raw if isinstance(raw, list) else [raw]


def _same_end(due: Due, wanted: Any) -> bool:
    if due.end is None:
        return False
    if isinstance(wanted, datetime):
        if due.end.day is not None and wanted.date() == due.end.day and wanted.time() >= LAST_MINUTE:
            return True  # the end of a day, as people write it who do not write 24:00
        return bool(due.end.moment == wanted or (due.end.moment is None and due.end.sort_key == wanted))
    if due.end.day is not None:
        return bool(due.end.day == wanted)
    return bool(due.end.moment.date() == wanted)


def _due(look: Look, raw: Mapping[str, Any]) -> Outcome:
    wrong: dict[str, Any] = {}
    found: dict[str, Any] = {}
    for clause, wanted in raw.items():
        if isinstance(wanted, list):
            running = [d for d in look.of(clause) if d.closed_by is None and d.end is not None]
            running.sort(key=lambda d: d.opened_by)
            if len(running) != len(wanted) or not all(_same_end(d, w) for d, w in zip(running, wanted, strict=True)):
                wrong[clause], found[clause] = wanted, [_end_text(d) for d in running]
            continue
        due = look.newest(clause)
        if due is None or not _same_end(due, wanted):
            wrong[clause], found[clause] = wanted, _end_text(due)
    return (wrong, found) if wrong else None


def _end_text(due: Due | None) -> Any:
    if due is None:
        return "no such limit"
    return due.end.day or due.end.moment if due.end is not None else "no date"


def _act_by(look: Look, raw: Mapping[str, Any]) -> Outcome:
    found = {c: (d.act_by if (d := look.newest(c)) else "no such limit") for c in raw}
    return None if found == dict(raw) else (dict(raw), found)


def _each(test: Callable[[Look, str], bool]) -> Callable[[Look, Any], Outcome]:
    """All clauses named must pass the test."""

    def check(look: Look, raw: Any) -> Outcome:
        failing = [c for c in _list(raw) if not test(look, c)]
        return (failing, {c: [_state(d) for d in look.of(c)] for c in failing}) if failing else None

    return check


def _state(due: Due) -> str:
    return f"{due.name} {due.state}{' late' if due.late else ''} {_end_text(due)}"


def _owed_by(look: Look, raw: Mapping[str, Any]) -> Outcome:
    found = {c: _owner(look.newest(c), wanted) for c, wanted in raw.items()}
    return None if found == dict(raw) else (dict(raw), found)


def _owner(due: Due | None, wanted: str) -> str | None:
    """Who owes it; the first person asked goes by that name too."""
    if due is None:
        return "no such limit"
    first = due.limit is not None and str(due.limit.owed_by).startswith("first_contact")
    if first and due.owed_by and wanted == f"first_contact@{due.owed_by.partition('@')[2]}":
        return wanted
    return due.owed_by


def _effective(look: Look, raw: Mapping[str, str]) -> Outcome:
    now = effective(look.dues())
    wrong = {t: c for t, c in raw.items() if t not in now or not now[t].answers_to(c)}
    return (wrong, {t: list(now[t].clauses) if t in now else None for t in wrong}) if wrong else None


def _refused(look: Look, raw: Any) -> Outcome:
    if look.refusal is None:
        return raw, "not refused"
    if raw is True or not isinstance(raw, str | list):
        return None
    missing = [c for c in _list(raw) if c not in look.refusal.clauses]
    return (raw, f"{look.refusal} {dict(look.refusal.data)}") if missing else None


def _open_events(look: Look) -> set[str]:
    found = offers(
        look.procedure, look.view, actor=look.actor(), world=look.world, calendar=look.calendar, now=look.now
    )
    return {o.event for o in found}


def _offers(look: Look, raw: Any) -> Outcome:
    missing = sorted(set(_list(raw)) - _open_events(look))
    return (missing, sorted(_open_events(look))) if missing else None


def _bars(look: Look, raw: Any) -> Outcome:
    open_ = sorted(set(_list(raw)) & _open_events(look))
    return (_list(raw), {"open": open_}) if open_ else None


def _stage(look: Look, raw: str) -> Outcome:
    found = stage_of(look.view, look.vocabulary.stage_of, look.procedure.stages)
    return None if found == raw else (raw, found)


def _round(look: Look, raw: int) -> Outcome:
    return None if look.view.round == raw else (raw, look.view.round)


def _marks(look: Look, raw: Any) -> Outcome:
    ctx = Ctx(look.view, None, 1 << 60, procedure=look.procedure, calendar=look.calendar, now=look.now)
    found = look.view.marks() | red_lines(ctx)
    missing = sorted(set(_list(raw)) - found)
    return (missing, sorted(found)) if missing else None


def _notice_fits(look: Look, notice: Notice, wanted: Mapping[str, Any]) -> bool:
    """Is it this notice? One to somebody of a unit is one to that unit."""
    if "to" in wanted and wanted["to"] not in (notice.to, notice.to.partition("@")[2].split("#")[0]):
        ids = look.view.party_ids(notice.to)
        if wanted["to"] not in ids and not (ids and ids & look.view.party_ids(wanted["to"])):
            return False
    if "clause" in wanted and wanted["clause"] not in notice.clauses:
        return False
    return "about" not in wanted or wanted["about"] == notice.about


def _reaches(look: Look, notice: Notice, wanted: Mapping[str, Any]) -> bool:
    """Does this notice fit, or one to the whole unit of the officer it is wanted for?"""
    unit = str(wanted.get("to", "")).partition("@")[2].partition("#")[0]
    return _notice_fits(look, notice, wanted) or bool(
        unit and _notice_fits(look, notice, {**wanted, "to": unit}) and "@" not in notice.to
    )


def _notices(look: Look, raw: Any) -> Outcome:
    missing = [w for w in _list(raw) if not any(_reaches(look, n, w) for n in look.notices)]
    return (
        (missing, [{"to": n.to, "clause": list(n.clauses), "about": n.about} for n in look.notices])
        if missing
        else None
    )


def _no_notices(look: Look, raw: Any) -> Outcome:
    there = [w for w in _list(raw) if any(_notice_fits(look, n, w) for n in look.notices)]
    return ({"none of": there}, [{"to": n.to, "clause": list(n.clauses)} for n in look.notices]) if there else None


def _documents(look: Look, raw: Any) -> Outcome:
    found = telling.documents(look.procedure, look.view)
    missing = sorted(set(_list(raw)) - set(found))
    return (missing, sorted(found)) if missing else None


def _written(look: Look, raw: Any) -> Outcome:
    found = {e.name for e in look.written}
    missing = sorted(set(_list(raw)) - found)
    return (missing, sorted(found)) if missing else None


def _opened(look: Look, raw: Any) -> Outcome:
    opened = [e.opens for e in look.view.events if e.opens is not None]
    wrong = [w for w in _list(raw) if not any(all(getattr(o, k, None) == v for k, v in w.items()) for o in opened)]
    return (
        (wrong, [{"procedure": o.procedure, "relation": o.relation, "kind": o.kind} for o in opened]) if wrong else None
    )


def _hints(look: Look) -> set[str]:
    """Clauses of what was shown beside the form of the last event that a person recorded."""
    own = [e for e in look.view.effective if e.actor.role != "system"]
    if not own:
        return set()
    ctx = Ctx(
        look.view, own[-1], own[-1].seq - 1, procedure=look.procedure, calendar=look.calendar, now=own[-1].recorded, world=look.world
    )  # fmt: skip
    return {c for hint in warnings(ctx, own[-1]) for c in hint.clauses}


def _shown_hints(look: Look, raw: Any) -> Outcome:
    missing = sorted(set(_list(raw)) - _hints(look))
    return (missing, sorted(_hints(look))) if missing else None


def _no_hints(look: Look, raw: Any) -> Outcome:
    there = sorted(set(_list(raw)) & _hints(look))
    return ({"none of": there}, sorted(_hints(look))) if there else None


def _visible(look: Look, raw: bool) -> Outcome:
    found = access.may_find(look.view, look.actor(), look.world, look.procedure)
    return None if found is raw else (raw, found)


def _reads(look: Look, name: str) -> bool:
    """May `as` be given this fact, or the words and files of the event with this label?"""
    actor = look.actor()
    if name not in look.labels:
        return access.may_read(look.view, actor, look.world, name, look.procedure)
    kept = audience.withheld(look.procedure, look.view, actor, look.world)
    found = access.may_find(look.view, actor, look.world, look.procedure)
    return found and look.labels[name] not in kept.words


def _hidden(look: Look, raw: Any) -> Outcome:
    shown = [f for f in _list(raw) if _reads(look, f)]
    return (_list(raw), {"shown": shown}) if shown else None


def _shown(look: Look, raw: Any) -> Outcome:
    hidden = [f for f in _list(raw) if not _reads(look, f)]
    return (_list(raw), {"hidden": hidden}) if hidden else None


def _offered(look: Look) -> tuple[str, ...]:
    ctx = look.ctx()
    found = ladders.breaches(ctx)
    return ladders.offered(ctx, found[-1]) if found else ()


def _sanctions(look: Look, raw: Any) -> Outcome:
    missing = sorted(set(_list(raw)) - set(_offered(look)))
    return (missing, list(_offered(look))) if missing else None


def _no_sanctions(look: Look, raw: Any) -> Outcome:
    there = list(_offered(look)) if raw is True else sorted(set(_list(raw)) & set(_offered(look)))
    return ({"none of": there}, list(_offered(look))) if there else None


def _amounts(look: Look, raw: Mapping[str, int]) -> Outcome:
    found = amounts.amounts(_desk(look))
    wrong = {name: fen for name, fen in raw.items() if found.get(name) != fen}
    return (wrong, found) if wrong else None


def _desk(look: Look) -> Ctx:
    """The case as the desk has it: as it stands, or, before anything was recorded, as it is being taken down."""
    if look.view.events:
        return look.ctx()
    return phrases.draft(
        look.procedure, look.vocabulary, look.facts, look.parties, at=look.now, actor=look.actor(), world=look.world, calendar=look.calendar
    )  # fmt: skip


def _asks(look: Look, raw: Any) -> Outcome:
    open_ = [fact for question in phrases.asks(look.procedure, _desk(look)) for fact in question.missing]
    found = open_[: len(_list(raw))] if _list(raw) else open_
    return None if found == _list(raw) else (raw, open_)


def _lines(look: Look) -> dict[str, list[str]]:
    """Lines that may be said now by clause: general ones, those of the last act, refusals that the facts support."""
    ctx = _desk(look)
    last = look.view.effective[-1] if look.view.effective else None
    said = phrases.offered(look.procedure, ctx, event=last)
    said += [p for refusal in phrases.refusals(look.procedure, ctx) for p in refusal.phrases]
    facts = dict(last.facts) if last is not None else {}
    found: dict[str, list[str]] = {}
    for phrase in said:
        values = {
            slot: facts.get(slot, ctx.fact(slot) if slot in look.vocabulary.case_facts else None)
            for slot in phrase.slots
        }
        text = phrases.filled(phrase, {k: v for k, v in values.items() if isinstance(v, str)})[0]
        for clause in phrase.clauses:
            found.setdefault(clause, []).append(text)
    return found


def _phrases(look: Look, raw: Any) -> Outcome:
    found = _lines(look)
    wanted = raw if isinstance(raw, Mapping) else dict.fromkeys(_list(raw), "")
    missing = [c for c, part in wanted.items() if not any(str(part) in text for text in found.get(c, ()))]
    return (missing, found) if missing else None


def _no_phrases(look: Look, raw: Any) -> Outcome:
    there = [c for c in _list(raw) if c in _lines(look)]
    return ({"none of": there}, _lines(look)) if there else None


def _number(look: Look, raw: str) -> Outcome:
    rule = look.procedure.numbering.get("case")
    registered = look.view.first("registered")
    if rule is None or registered is None:
        return raw, None
    found = rule.format.format(
        year=registered.recorded.year, month=registered.recorded.month, seq=1, unit=look.view.routing_at().registrar
    )
    return None if found == raw else (raw, found)


CHECKS: dict[str, Callable[[Look, Any], Outcome]] = {
    "refused": _refused,
    "due": _due,
    "act_by": _act_by,
    "effective": _effective,
    "late": _each(lambda look, c: any(d.late for d in look.of(c))),
    "not_late": _each(lambda look, c: not any(d.late for d in look.of(c))),
    "met": _each(lambda look, c: any(d.state == "met" and not d.late for d in look.of(c))),
    "running": _each(
        lambda look, c: any(d.closed_by is None and d.state in ("running", "paused", "overridden") for d in look.of(c))
    ),
    "paused": _each(lambda look, c: any(d.state == "paused" for d in look.of(c))),
    "lifted": _each(lambda look, c: any(d.state in ("lifted", "overridden") for d in look.of(c))),
    "provisional": _each(lambda look, c: (d := look.newest(c)) is not None and d.provisional),
    "firm": _each(lambda look, c: (d := look.newest(c)) is not None and d.end is not None and not d.provisional),
    "not_owed": _each(lambda look, c: not look.of(c)),
    "owed_by": _owed_by,
    "offers": _offers,
    "bars": _bars,
    "stage": _stage,
    "round": _round,
    "number": _number,
    "notices": _notices,
    "no_notices": _no_notices,
    "documents": _documents,
    "marks": _marks,
    "written": _written,
    "opened": _opened,
    "hints": _shown_hints,
    "no_hints": _no_hints,
    "visible": _visible,
    "hidden": _hidden,
    "shown": _shown,
    "sanctions": _sanctions,
    "no_sanctions": _no_sanctions,
    "amounts": _amounts,
    "asks": _asks,
    "phrases": _phrases,
    "no_phrases": _no_phrases,
}
