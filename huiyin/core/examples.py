"""Worked examples: a case played through `decide` event by event, then looked at. Pure; files from anywhere run the same way.

The form is in the vocabulary ([example_key], [event_key]). What an example leaves out (parties, `to`, `re`, what the system writes) is
filled in as the vocabulary's head says.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

from huiyin.core import consequences, duty_examples, register_examples, roster_examples, telling
from huiyin.core import facts as typed
from huiyin.core.calendar_files import load as load_calendar
from huiyin.core.compose import Library
from huiyin.core.decide import decide
from huiyin.core.errors import RuleError
from huiyin.core.example_places import as_written, settled
from huiyin.core.expectations import check_all
from huiyin.core.facts import BadFact, parse_moment
from huiyin.core.history import History
from huiyin.core.model import SYSTEM, Actor, Attempt, Event, Party, Refused, changed
from huiyin.core.played import Look
from huiyin.core.rules import Procedure
from huiyin.core.sample import SampleWorld, sample_actor, sample_party
from huiyin.core.vocabulary import Vocabulary
from huiyin.core.workdays import Calendar


@dataclass
class Result:
    """Outcome of one example. `expected` and `found` name what differed; empty when it passed."""

    name: str
    clause: list[str]
    file: str
    passed: bool
    expected: dict[str, Any] = field(default_factory=dict)
    found: dict[str, Any] = field(default_factory=dict)
    error: str = ""


class ExampleError(ValueError):
    """The example itself cannot be read: an unknown key, event, person or fact."""


@dataclass
class Case:
    """One case of an example while it is played."""

    label: str
    procedure: Procedure
    world: SampleWorld
    parties: dict[str, Party]
    facts: dict[str, Any]
    unit: str
    view: History
    labels: dict[str, int] = field(default_factory=dict)


def read_examples(path: Path) -> list[dict[str, Any]]:
    """The examples of one file. Raises ExampleError naming the file."""
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise ExampleError(f"{path.name}: {error}") from error
    found, registers = raw.get("example", []), raw.get("register_example", [])
    if not isinstance(found, list) or not isinstance(registers, list) or set(raw) - {"example", "register_example"}:
        raise ExampleError(
            f"{path.name}: an examples file holds [[example]] and [[register_example]] tables and nothing else"
        )
    return found + registers


def example_files(paths: Iterable[Path]) -> Iterator[Path]:
    for path in paths:
        if path.is_dir():
            yield from sorted(p for p in path.rglob("*.toml"))
        else:
            yield path


def run_file(path: Path, library: Library, calendar: Calendar | None = None) -> list[Result]:
    try:
        examples = read_examples(path)
    except ExampleError as error:
        return [Result(path.name, [], path.name, False, error=str(error))]
    calendar = calendar or load_calendar()
    return [run(raw, library, calendar, path.name) for raw in examples]


def run(raw: Mapping[str, Any], library: Library, calendar: Calendar, file: str = "") -> Result:
    """Play one example and look at it. Never raises for what the example says: the result tells."""
    clause = raw.get("clause", [])
    result = Result(str(raw.get("name", "")), clause if isinstance(clause, list) else [clause], file, False)
    try:
        if {"shifts", "staff", "posts"} & set(raw):
            result.expected, result.found = roster_examples.look(raw, library, calendar)
            result.passed = not result.expected
            return result
        if "acts" in raw:
            result.expected, result.found = register_examples.look(raw, library, calendar)
            result.passed = not result.expected
            return result
        if "body" in raw:
            result.expected, result.found = duty_examples.look(raw, library, calendar)
            result.passed = not result.expected
            return result
        play = Play(raw, library, calendar)
        play.run()
    except (ExampleError, BadFact, RuleError, ValueError, KeyError, TypeError, AttributeError) as error:
        result.error = f"{type(error).__name__}: {error}"
        return result
    result.expected, result.found = check_all(play.look(), raw)
    result.passed = not result.expected
    return result


class Play:
    """One example being played."""

    def __init__(self, raw: Mapping[str, Any], library: Library, calendar: Calendar) -> None:
        self.raw = raw
        self.library = library
        self.vocabulary: Vocabulary = library.vocabulary
        self.calendar = self._calendar(calendar)
        unknown = set(raw) - self.vocabulary.example_keys
        if unknown:
            raise ExampleError(
                f"unknown key {', '.join(sorted(unknown))}; known: {', '.join(sorted(self.vocabulary.example_keys))}"
            )
        if "procedure" not in raw:
            raise ExampleError("`procedure` is missing")
        self.refusal: Refused | None = None
        self.last: list[Event] = []
        self.written: list[Event] = []
        self.notices: list[tuple[Event, Any]] = []
        self.other: dict[str, Case] = {}
        self.main = self._case("", raw, self._first_moment(raw))
        for label, spec in raw.get("cases", {}).items():
            self.other[label] = self._case(
                label, {"procedure": raw["procedure"], **spec}, self._first_moment(spec) or self._first_moment(raw)
            )

    def _calendar(self, calendar: Calendar) -> Calendar:
        version = self.raw.get("calendar")
        if version is None:
            return calendar
        if isinstance(version, date):
            return calendar.as_known(version)
        try:
            return calendar.find_version(str(version))
        except (KeyError, ValueError):
            return calendar.as_known(date.fromisoformat(str(version)))

    def _first_moment(self, raw: Mapping[str, Any]) -> date:
        events = raw.get("events", [])
        at = events[0].get("at") if events else None
        return at.date() if isinstance(at, datetime) else at if isinstance(at, date) else date.max

    # -- setting the scene

    def _case(self, label: str, raw: Mapping[str, Any], on: date) -> Case:
        procedure = self.library.procedure(raw["procedure"], on)
        body = raw["procedure"].partition("/")[0]
        usual = self.vocabulary.procedures.get(raw["procedure"], {})
        facts = self._case_facts(raw.get("case", {}))
        world = SampleWorld(self.vocabulary, body, raw.get("settings") or self.raw.get("settings"))
        parties = self._parties(raw, facts, usual)
        facts.setdefault("kind", procedure.kinds[0])
        return Case(
            label, procedure, world, parties, facts, raw.get("unit") or procedure.intake, History([], self.vocabulary)
        )

    def _case_facts(self, given: Mapping[str, Any]) -> dict[str, Any]:
        facts: dict[str, Any] = {}
        for name, value in given.items():
            kind = self.vocabulary.case_facts.get(name)
            if kind is None:
                raise ExampleError(f"case: unknown fact {name!r}")
            facts[name] = typed.parse(kind, value, self.vocabulary)
        return facts

    def _parties(self, raw: Mapping[str, Any], facts: dict[str, Any], usual: Mapping[str, Any]) -> dict[str, Party]:
        anonymous = facts.get("real_name") is False and "complainant" not in facts and "report" in raw["procedure"]
        complainant = facts.setdefault(
            "complainant", "reporter_anonymous" if anonymous else usual.get("complainant", "consumer_a")
        )
        respondent = facts.setdefault("respondent", usual.get("respondent", "unknown"))
        extra = {**self.raw.get("parties", {}), **raw.get("parties", {})}
        found = {complainant: sample_party(self.vocabulary, complainant, "complainant", extra.get(complainant))}
        found[respondent] = sample_party(self.vocabulary, respondent, "respondent", extra.get(respondent))
        found_later = {e.get("party") for e in self.raw.get("events", ()) if e.get("event") == "party_added"}
        for id, given in extra.items():
            if id in found_later and respondent == "unknown" and id in self.vocabulary.raw["respondent"]:
                continue  # described here, but not known before it is added
            if id not in found:
                role = "respondent" if id in self.vocabulary.raw["respondent"] else "complainant"
                found[id] = sample_party(self.vocabulary, id, given.get("party_role", role), given)
        return found

    # -- playing

    def run(self) -> None:
        events = list(self.raw.get("events", []))
        for label, case in self.other.items():
            for spec in self.raw["cases"][label].get("events", []):
                self._one({**spec, "on": label}, case, last=False)
        for index, spec in enumerate(events):
            case = self.other[spec["on"]] if spec.get("on") in self.other else self.main
            if "on" in spec and case is self.main:
                raise ExampleError(f"no case is labelled {spec['on']!r}")
            self._one(spec, case, last=index == len(events) - 1)
        if self.main.view.events:  # what came due is written whether or not the last attempt was refused
            self._sweep(self.main, self.now())

    def now(self) -> datetime:
        given = self.raw.get("now")
        if given is not None:
            moment = parse_moment(given)
            return (
                moment if isinstance(moment, datetime) else datetime(moment.year, moment.month, moment.day, 23, 59, 59)
            )
        events = self.main.view.events
        last = max((e.recorded for e in events), default=datetime(2000, 1, 1))
        if self.refusal is not None and self.raw.get("events"):
            tried = _moment(self.raw["events"][-1], "recorded", _moment(self.raw["events"][-1], "at"))
            last = max(last, tried)
        return last

    def _sweep(self, case: Case, now: datetime) -> None:
        new = consequences.sweep(case.procedure, case.view, world=case.world, calendar=self.calendar, now=now)
        self._took(case, new)

    def _one(self, spec: Mapping[str, Any], case: Case, last: bool) -> None:
        name, at = spec.get("event"), _moment(spec, "at")
        if name not in self.vocabulary.events:
            raise ExampleError(f"unknown event {name!r}")
        recorded = _moment(spec, "recorded", at)
        if case.view.events:
            recorded = max(recorded, case.view.events[-1].recorded)
        attempt = self._attempt(spec, case, at)
        actor = self._actor(spec, case)
        attempt = settled(attempt, actor, case.procedure, case.view, case.world)
        self._earlier(case)
        tried = last and "refused" in self.raw  # then it is the attempt that the example is about
        if self._already(case, attempt, actor, spec, tried):
            return
        try:
            new = decide(
                case.procedure, case.view, attempt, actor=actor, world=case.world, calendar=self.calendar, now=recorded
            )
        except Refused as refusal:
            if not tried and name == "reopened" and refusal.code == "not_open" and _by_itself(case.view, "reopened"):
                return  # it has been taken up again already: written out once more
            if not tried:
                raise ExampleError(f"{name} at {at} is refused: {refusal} {dict(refusal.data)}") from refusal
            self.refusal = refusal
            return
        known = len(case.view.events)
        for event in new:
            case.view = case.view.with_event(event)
        self._took(case, case.view.events[known:])
        self._link_back(case, new)
        self._reach_linked(case, new)
        own = next(e for e in new if e.name == name and e.actor == actor)
        if "label" in spec:
            case.labels[spec["label"]] = own.seq
        self.last = new

    def _took(self, case: Case, new: list[Event]) -> None:
        for event in new:
            if event.actor.role == "system":
                self.written.append(event)
            for notice in telling.notices(case.procedure, case.view, event, case.world):
                self.notices.append((event, notice))

    def _link_back(self, case: Case, new: list[Event]) -> None:
        """A link that the other case must know too is recorded there by the system; the case of the example itself is called main."""
        for event in new:
            found = consequences.counterpart(event, case.label or "main", self.vocabulary)
            other = {**self.other, "main": self.main}.get(found[0]) if found else None
            if found is None or other is None or not other.view.events:
                continue
            written = decide(
                other.procedure, other.view, found[1], actor=SYSTEM, world=other.world, calendar=self.calendar,
                now=max(event.recorded, other.view.events[-1].recorded),
            )  # fmt: skip
            for more in written:
                other.view = other.view.with_event(more)
            self._took(other, written)

    def _reach_linked(self, case: Case, new: list[Event]) -> None:
        """What the rules of this case write on the cases linked to it."""
        for event in new:
            acts = consequences.on_linked(
                case.procedure, case.view, event, world=case.world, calendar=self.calendar, now=event.recorded
            )
            for act in acts:
                other = {**self.other, "main": self.main}.get(act.link.facts["with"])
                if other is None or not other.view.events:
                    continue
                written = consequences.entered(
                    other.procedure, other.view, act, world=other.world, calendar=self.calendar, now=event.recorded
                )
                for more in written:
                    other.view = other.view.with_event(more)
                self._took(other, written)

    def _attempt(self, spec: Mapping[str, Any], case: Case, at: datetime) -> Attempt:
        name = spec["event"]
        given = {k: v for k, v in spec.items() if k not in self.vocabulary.event_keys}
        if name == "amended":
            given |= {k: as_written(given[k]) for k in ("was", "now_is") if k in given}
        facts, own = typed.split(self.vocabulary, name, given, proposed=spec.get("for"))
        first = not case.view.events
        case_facts = {**case.facts, **own} if first else own
        parties = dict(case.parties) if first else self._new_parties(facts, case_facts, case)
        if first and name == "registered" and "@" not in spec.get("by", ""):
            facts.setdefault("to", case.unit)  # sent in from outside
        labels = spec.get("re", [])
        re_ = tuple(self._seq(case, label) for label in (labels if isinstance(labels, list) else [labels]))
        seen = dict(spec.get("seen", {}))
        return Attempt(name, at, facts, case_facts, parties, re_, seen, spec.get("late_reason"))

    def _new_parties(self, facts: Mapping[str, Any], case_facts: Mapping[str, Any], case: Case) -> dict[str, Party]:
        """Sample parties named for the first time: added, given as respondent later, or taking part."""
        named: dict[str, str] = {}
        for name in ("party", "for_party"):
            if isinstance(facts.get(name), str):
                named[facts[name]] = facts.get("party_role", "")
        for value in facts.get("parties", ()):
            named.setdefault(value, "")
        for role in ("complainant", "respondent"):
            if role in case_facts:
                named[case_facts[role]] = role
        found: dict[str, Party] = {}
        for id, role in named.items():
            known = id in self.vocabulary.raw["complainant"] or id in self.vocabulary.raw["respondent"]
            if known and (id not in case.view.parties or role):
                usual = "respondent" if id in self.vocabulary.raw["respondent"] else "complainant"
                found[id] = sample_party(self.vocabulary, id, role or usual, self.raw.get("parties", {}).get(id))
        return found

    def _seq(self, case: Case, label: str) -> int:
        if label not in case.labels:
            raise ExampleError(f"no event is labelled {label!r}")
        return case.labels[label]

    def _actor(self, spec: Mapping[str, Any], case: Case) -> Actor:
        if "by" not in spec:
            raise ExampleError(f"{spec.get('event')}: `by` is missing")
        parties = {**case.parties, **case.view.parties}
        actor = sample_actor(self.vocabulary, spec["by"], case.world, parties)
        return changed(actor, deputy=True) if spec.get("seen", {}).get("deputy_acts") else actor

    def _already(self, case: Case, attempt: Attempt, actor: Actor, spec: Mapping[str, Any], tried: bool) -> bool:
        """An event that the system wrote at the same moment with the same facts is taken as the same event; an extension also when it is written
        out later, as the next event: what was asked for is granted once."""
        for event in reversed(case.view.events[-6:]):
            later = attempt.name == "extended" and not tried
            if later and event.actor.role != "system":
                return False
            at_once = later or event.occurred == attempt.occurred
            if event.name == attempt.name and at_once and event.actor.role == "system":
                given = attempt.facts
                if all(
                    k not in given or _says_same(case.procedure, k, given[k], v) for k, v in event.facts.items()
                ) and (actor.role == "system" or event.facts or not given):
                    if "label" in spec:
                        case.labels[spec["label"]] = event.seq
                    return True
        return False

    def _earlier(self, case: Case) -> None:
        """Tell the world what the other cases of the example are."""
        case.world.earlier = [_summary(c) for c in (self.main, *self.other.values()) if c is not case and c.view.events]
        case.world.own = _summary(case) if case.view.events else None

    def look(self) -> Look:
        return Look(
            self.main.procedure, self.main.view, self.main.world, self.calendar, self.now(), self.refusal, self.last, self.written,
            [n for _, n in self.notices], self.vocabulary, self.main.parties, self.main.labels, self.main.facts,
        )  # fmt: skip


def _by_itself(view: History, name: str) -> bool:
    """Was the newest event of that name written by the system?"""
    newest = next((e for e in reversed(view.events) if e.name == name), None)
    return newest is not None and newest.actor.role == "system"


def _says_same(procedure: Procedure, fact: str, given: Any, written: Any) -> bool:
    """Do both say the same? A limit is written by the name it has in its file, and given by the clause it rests on."""
    if given == written:
        return True
    limit = procedure.limit_named(str(written)) if fact == "limit" else None
    return limit is not None and given in limit.clauses


def _moment(spec: Mapping[str, Any], key: str, default: datetime | None = None) -> datetime:
    if key not in spec:
        if default is None:
            raise ExampleError(f"{spec.get('event')}: `{key}` is missing")
        return default
    moment = parse_moment(spec[key])
    return moment if isinstance(moment, datetime) else datetime(moment.year, moment.month, moment.day)


def _summary(case: Case) -> dict[str, Any]:
    """What questions over other cases may compare."""
    first = case.view.events[0]
    names = {e.name for e in case.view.effective}
    ended = case.view.routing_at().ended or "concluded" in names or "archived" in names
    states = {"ended" if ended else "open", *(["settled"] if "settled" in names else [])}
    facts = case.view.case_facts()
    return {
        "label": case.label or "main", "at": first.occurred, "states": states, "events": list(case.view.effective),
        "complainant": facts.get("complainant"),
        "respondent": facts.get("respondent"), "category": facts.get("category"), "happened_on": facts.get("happened_on"),
        "phone": facts.get("complainant"), "address": facts.get("complainant"), "unit": case.view.routing_at().registrar,
    }  # fmt: skip
