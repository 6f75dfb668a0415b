"""Stories: worked examples with invented people, told through `record()` on other days than their own.

A story is written like any worked example (vocabulary, [example_key]), so that `huiyin examples` can check it. Its `now` stands for the day on
which it is told: what happened n working days before `now` happened n working days before that day. Every event lies before `now`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from huiyin.cases import actions, clock
from huiyin.cases.actions import Registration, Step
from huiyin.cases.models import Case, Event
from huiyin.cases.people import By, Outside, System
from huiyin.core.examples import read_examples
from huiyin.core.facts import parse_moment
from huiyin.core.vocabulary import Vocabulary, load_vocabulary
from huiyin.core.workdays import Calendar
from huiyin.org.models import Officer

SHIPPED: Final = Path(__file__).parent / "sample"
FAR: Final = 120  # days; what is farther away (a warranty, a date of making) keeps its distance in calendar days
PEOPLE: Final = frozenset({"officer", "officers"})
PARTIES: Final = frozenset({"party", "parties"})
CASES: Final = frozenset({"case_ref", "case_refs"})
Raw = Mapping[str, Any]


class StoryError(ValueError):
    """The story cannot be told: it names somebody or something that is not there."""


def shipped() -> list[dict[str, Any]]:
    """The stories of the demonstration, file by file, in the order in which they stand."""
    return [raw for path in sorted(SHIPPED.glob("*.toml")) for raw in read_examples(path)]


def copied(raw: Raw, change: Callable[[str], str] = str) -> dict[str, Any]:
    """The story again, to be altered; `change` alters its text as a whole."""
    written = json.dumps(raw, default=lambda value: {"$at": value.isoformat()}, ensure_ascii=False)
    found: dict[str, Any] = json.loads(change(written), object_hook=_undated)
    return found


def _undated(table: dict[str, Any]) -> Any:
    if set(table) != {"$at"}:
        return table
    return parse_moment(table["$at"])


# -- on other days


@dataclass(frozen=True)
class When:
    """Moves moments of a story that stands at `base` to one told on `today`, by days worked."""

    base: date
    today: date
    calendar: Calendar

    def day(self, day: date) -> date:
        """The day as far from `today` as this one is from `base`."""
        if abs((day - self.base).days) > FAR:
            return day + (self.today - self.base)
        worked = self.calendar.last_working_on_or_before(day)
        found = self._worked(worked)
        beside = found + timedelta(days=1)
        return found if day == worked or self.calendar.is_working(beside) else beside

    def _worked(self, day: date) -> date:
        if day >= self.base:
            forward = self.calendar.working_days_between(self.base, day)
            return self.calendar.nth_working(self.today, forward) if forward else self.today
        back, found = self.calendar.working_days_between(day, self.base), self.today
        for _ in range(back):
            found = self.calendar.last_working_on_or_before(found - timedelta(days=1))
        return found

    def moment(self, moment: datetime) -> datetime:
        return datetime.combine(self.day(moment.date()), moment.time())

    def value(self, value: Any) -> Any:
        """Dates and moments inside facts, moved; everything else as it is."""
        if isinstance(value, datetime):
            return self.moment(value)
        return self.day(value) if isinstance(value, date) else value


def stands_at(raw: Raw) -> date:
    """The day of a story's `now`. Raises StoryError when it has none."""
    now = raw.get("now")
    if not isinstance(now, date):
        raise StoryError(f"{raw.get('name')}: `now` is missing")
    return now.date() if isinstance(now, datetime) else now


def begins(raw: Raw) -> date:
    """The day of its first event, other cases included."""
    return min(_moment(event, "at") for event in every_event(raw)).date()


def every_event(raw: Raw) -> Iterator[Raw]:
    """All events of a story: those of its other cases first."""
    for spec in raw.get("cases", {}).values():
        yield from spec.get("events", ())
    yield from raw["events"]


# -- telling


@dataclass
class Telling:
    """One story, told once. `until`: what would be recorded later is left out. `ids`: the ids that its cases are to have, else new ones."""

    raw: Raw
    when: When
    until: datetime
    ids: Iterator[int] | None = None
    events: int | None = None  # of the main case: no more than these
    cases: dict[str, int] = field(default_factory=dict)  # label -> id; the main case is ""
    told: int = 0
    last: datetime = datetime(2000, 1, 1)  # recorded of the newest event
    _numbers: dict[str, dict[str, str]] = field(default_factory=dict)  # label -> party -> its number in the case
    _labels: dict[tuple[str, str], int] = field(default_factory=dict)
    _given: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    _recorded: dict[str, datetime] = field(default_factory=dict)

    @property
    def words(self) -> Vocabulary:
        return load_vocabulary()

    def tell(self) -> list[int]:
        """Record it. Returns the ids of its cases. Raises StoryError, Refused, BadFact."""
        for label, spec in self.raw.get("cases", {}).items():
            for event in spec.get("events", ()):
                self._one(label, {"procedure": self.raw["procedure"], **spec}, event)
        for event in self.raw["events"][: self.events]:
            label = event.get("on", "")
            own = self.raw.get("cases", {}).get(label)
            self._one(label, {"procedure": self.raw["procedure"], **own} if own else self.raw, event)
        return list(self.cases.values())

    def _one(self, label: str, scene: Raw, spec: Raw) -> None:
        at = self.when.moment(_moment(spec, "at"))
        recorded = self.when.moment(_moment(spec, "recorded")) if "recorded" in spec else at
        recorded = max(recorded, self._recorded.get(label, recorded))
        if recorded > self.until or (label not in self.cases and spec["event"] not in ("registered", "imported")):
            return
        with clock.at(recorded):
            seqs = self._record(label, spec, at) if label in self.cases else self._begin(label, scene, spec, at)
        self.told += 1
        self._recorded[label], self.last = recorded, max(self.last, recorded)
        if "label" in spec:
            self._labels[label, spec["label"]] = seqs[-1]

    def _begin(self, label: str, scene: Raw, spec: Raw, at: datetime) -> list[int]:
        facts, parties = self._scene(label, scene)
        by = self._by(label, spec["by"])
        usual = self.words.procedures[scene["procedure"]]["intake"]
        unit = by.unit_id if isinstance(by, Officer) else scene.get("unit") or usual
        one = Registration(
            scene["procedure"], unit, by, {**facts, **self._facts(label, spec)}, parties, at, spec["event"], spec.get("late_reason"),
            case_id=next(self.ids) if self.ids is not None else None, seen=dict(spec.get("seen", {})),
        )  # fmt: skip
        case = actions.register_many([one])[0]
        self.cases[label] = case.pk
        return list(Event.objects.filter(case_id=case.pk, name=spec["event"]).values_list("seq", flat=True))

    def _record(self, label: str, spec: Raw, at: datetime) -> list[int]:
        named = spec.get("re", [])
        answers = [self._labels[label, name] for name in (named if isinstance(named, list) else [named])]
        step = Step(
            spec["event"], self._by(label, spec["by"]), self._facts(label, spec), self._new_parties(label, spec), at, answers,
            spec.get("late_reason"), dict(spec.get("seen", {})),
        )  # fmt: skip
        rows = actions.record_steps(self.cases[label], [step])
        return [row.seq for row in rows if row.name == spec["event"]]

    # -- who

    def _by(self, label: str, text: str) -> By:
        if text == "system":
            return System
        if "@" in text:
            return officer(text)
        numbers = self._numbers[label]
        no = numbers.get(text) or ("2" if text == "respondent" else "1")
        id = next((id for id, own in numbers.items() if own == no), text)
        return Outside(self._role(id, text), no)

    def _role(self, id: str, usual: str) -> str:
        table = self._table(id)
        if "party_role" in table:
            return str(table["party_role"])
        return usual if usual in self.words.outside else "complainant"

    def _table(self, id: str) -> dict[str, Any]:
        sample = self.words.raw["complainant"].get(id) or self.words.raw["respondent"].get(id) or {}
        return {**sample, **self.raw.get("parties", {}).get(id, {})}

    # -- facts and parties

    def _scene(self, label: str, scene: Raw) -> tuple[dict[str, Any], list[dict[str, Any]]]:
        usual = self.words.procedures[scene["procedure"]]
        facts = {name: self.when.value(value) for name, value in scene.get("case", {}).items()}
        facts.setdefault("kind", usual["kinds"][0])
        nobody = facts.get("real_name") is False and facts["kind"] == "report"
        complainant = facts.pop("complainant", "reporter_anonymous" if nobody else usual["complainant"])
        respondent = facts.pop("respondent", usual["respondent"])
        role = "reporter" if facts["kind"] == "report" else "complainant"
        numbers = self._numbers[label] = {complainant: "1", respondent: "2"}
        parties = [self._party(complainant, role), self._party(respondent, "respondent")]
        for id, table in scene.get("parties", {}).items():
            if id not in numbers and table.get("party_role"):  # others come with the event that names them
                numbers[id] = str(len(numbers) + 1)
                parties.append(self._party(id, str(table["party_role"])))
        return facts, parties

    def _party(self, id: str, usual: str) -> dict[str, Any]:
        table = self._table(id)
        found = {k: v for k, v in table.items() if k in self.words.party_facts or k == "officer"}
        if isinstance(found.get("officer"), str):
            found["officer"] = officer(found["officer"]).person.key
        return {**found, "role": table.get("party_role", usual)}

    def _new_parties(self, label: str, spec: Raw) -> dict[str, dict[str, Any]]:
        numbers, found = self._numbers[label], {}
        for id in [spec.get("party"), spec.get("for_party"), *_list(spec.get("parties", ()))]:
            if isinstance(id, str) and id not in numbers and self._table(id):
                numbers[id] = str(len(numbers) + 1)
                found[numbers[id]] = self._party(id, spec.get("party_role", "complainant"))
        return found

    def _facts(self, label: str, spec: Raw) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for name, value in spec.items():
            if name not in self.words.event_keys:
                kind = self.words.fact_type(spec["event"], name) or self.words.fact_type(spec.get("for", ""), name)
                found[name] = self._value(label, kind.type if kind else "", value)
        return found

    def _value(self, label: str, kind: str, value: Any) -> Any:
        if kind in PEOPLE:
            return _each(value, lambda one: officer(one).person.key)
        if kind in PARTIES:
            return _each(value, lambda one: self._numbers[label].get(one, one))
        if kind in CASES:
            return _each(value, self._number_of)
        return self.when.value(value)

    def _number_of(self, label: str) -> str:
        case_id = self.cases.get("" if label == "main" else label)
        if case_id is None:
            raise StoryError(f"{self.raw.get('name')}: no case is labelled {label!r}")
        return Case.objects.values_list("number", flat=True).get(pk=case_id) or f"#{case_id}"


def officer(text: str) -> Officer:
    """The posting of `role@unit` or `role@unit#2` in the sample world. Raises StoryError."""
    role, _, place = text.partition("@")
    unit, _, number = place.partition("#")
    rows = (
        Officer.objects.filter(role=role, unit_id=unit, deputy_for=None).select_related("person", "unit").order_by("pk")
    )
    found = list(rows[int(number or 1) - 1 : int(number or 1)])
    if not found:
        raise StoryError(f"nobody is {text}")
    return found[0]


def _moment(spec: Raw, key: str) -> datetime:
    moment = parse_moment(spec[key])
    return moment if isinstance(moment, datetime) else datetime.combine(moment, datetime.min.time())


def _list(value: Any) -> Sequence[Any]:
    return value if isinstance(value, list | tuple) else [value]


def _each(value: Any, change: Any) -> Any:
    return [change(one) for one in value] if isinstance(value, list | tuple) else change(value)
