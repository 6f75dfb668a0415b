"""Worked examples through `record()`: the same files as `huiyin examples` plays, but written to the log of a real database and read back."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from secrets import token_hex
from typing import Any

from huiyin.cases import actions, calendars, clock
from huiyin.cases.bodies import read_all
from huiyin.cases.intake import OF_OUTSIDE_SYSTEMS, Step
from huiyin.cases.models import Case, Event
from huiyin.cases.people import Outside, System
from huiyin.cases.world import world_for
from huiyin.core import telling
from huiyin.core.compose import Library
from huiyin.core.expectations import Look, check_all
from huiyin.core.facts import parse_moment
from huiyin.core.history import History
from huiyin.core.model import Actor, Refused, changed
from huiyin.core.vocabulary import Vocabulary
from huiyin.org import procedures, queries
from huiyin.org.models import Officer, Person, SettingValue, Stamp

NAMED = ("name", "phone", "address", "postcode")
PEOPLE = frozenset({"officer", "officers"})
PARTIES = frozenset({"party", "parties"})


class People:
    """`role@unit#2` of an example as a posting of the database, made when it is first named."""

    def __init__(self) -> None:
        self.found: dict[str, Officer] = {}

    def officer(self, text: str) -> Officer:
        if text not in self.found:
            role, _, place = text.partition("@")
            unit, _, number = place.partition("#")
            wanted = int(number or 1)
            rows = list(Officer.objects.filter(role=role, unit_id=unit).select_related("person", "unit").order_by("pk"))
            while len(rows) < wanted:
                person = Person.objects.create(username=f"{role}.{unit}.{len(rows) + 1}", display_name=f"{role} {unit}")
                rows.append(Officer.objects.create(person=person, role=role, unit_id=unit, since=date(2000, 1, 1)))
                Stamp.objects.update(value=token_hex(16))
            self.found[text] = rows[wanted - 1]
        return self.found[text]

    def person(self, text: str) -> str:
        return f"p{self.officer(text).person_id}"


class Recorded:
    """One example, recorded. `run` writes it; `look` is the case as read back from the log."""

    def __init__(self, raw: Mapping[str, Any], library: Library) -> None:
        self.raw = raw
        self.library = library
        self.words: Vocabulary = library.vocabulary
        self.people = People()
        self.numbers: dict[str, dict[str, str]] = {}
        self.cases: dict[str, int] = {}
        self.labels: dict[tuple[str, str], int] = {}
        self.refusal: Refused | None = None

    def run(self) -> None:
        self._settings()
        self._addressed()
        for label, spec in self.raw.get("cases", {}).items():
            for event in spec.get("events", []):
                self._one(label, {"procedure": self.raw["procedure"], **spec}, event)
        for event in self.raw["events"]:
            label = event.get("on", "")
            own = self.raw.get("cases", {}).get(label)
            self._one(label, {"procedure": self.raw["procedure"], **own} if own else self.raw, event)
        if self.refusal is None:
            with clock.at(self.now()):
                actions.record_passed(self.cases[""])

    def now(self) -> datetime:
        given = self.raw.get("now")
        if given is not None:
            moment = parse_moment(given)
            return (
                moment if isinstance(moment, datetime) else datetime(moment.year, moment.month, moment.day, 23, 59, 59)
            )
        return max(_moment(e.get("recorded", e["at"])) for e in self.raw["events"])

    def _settings(self) -> None:
        for name, value in self.raw.get("settings", {}).items():
            SettingValue.objects.create(name=name, unit=None, value=value, since=date(2000, 1, 1))
        Stamp.objects.update(
            value=token_hex(16)
        )  # of this example alone: another one's values must not be taken for its own

    def _addressed(self) -> None:
        """Whoever the rules speak to without anybody acting: in the sample world every unit has every role."""
        procedure = self.library.procedure(self.raw["procedure"])
        said = str([s.raw for s in procedure.rule_sets if s.code != "common"])
        roles = set(re.findall(r"'role': '(\w+)'", said)) | {"unit_head", "leader", "commander"}
        root = self.words.bodies[procedure.id.partition("/")[0]]["played_by"]
        units = (root, *queries.tree().below(root))
        there = set(Officer.objects.filter(role__in=roles, unit_id__in=units).values_list("role", "unit_id"))
        wanted = [(role, unit) for unit in units for role in sorted(roles) if (role, unit) not in there]
        people = Person.objects.bulk_create(
            [Person(username=f"{role}.{unit}.1", display_name=f"{role} {unit}") for role, unit in wanted]
        )
        postings = zip(people, wanted, strict=True)
        Officer.objects.bulk_create(
            [Officer(person=p, role=role, unit_id=unit, since=date(2000, 1, 1)) for p, (role, unit) in postings]
        )
        Stamp.objects.update(value=token_hex(16))

    # -- one event

    def _one(self, label: str, scene: Mapping[str, Any], spec: Mapping[str, Any]) -> None:
        recorded = _moment(spec.get("recorded", spec["at"]))
        try:
            with clock.at(recorded):
                rows = self._begin(label, scene, spec) if label not in self.cases else self._record(label, spec)
        except Refused as refusal:
            if spec is not self.raw["events"][-1] or "refused" not in self.raw:
                raise
            self.refusal = refusal
            return
        if "label" in spec:
            own = [r.seq for r in rows if r.name == spec["event"]]
            self.labels[label, spec["label"]] = own[-1] if own else self._written(label, spec)

    def _begin(self, label: str, scene: Mapping[str, Any], spec: Mapping[str, Any]) -> list[Event]:
        procedure = self.library.procedure(scene["procedure"], _moment(spec["at"]).date())
        procedures.store(procedure)
        facts, parties = self._scene(label, scene)
        unit = scene.get("unit") or procedure.intake
        own = spec["event"] == "registered"
        by = self._by(label, spec["by"])
        unit = by.unit_id if isinstance(by, Officer) else unit
        given = {**(facts if own else {}), **self._facts(label, spec)}
        if isinstance(by, Outside):  # numbers of outside systems are not theirs to give: the shell refuses them
            given = {name: value for name, value in given.items() if name not in OF_OUTSIDE_SYSTEMS}
        one = actions.Registration(
            procedure, unit, by, given, parties, _moment(spec["at"]), spec["event"], spec.get("late_reason"),
            seen=dict(spec.get("seen", {})),
        )  # fmt: skip
        case = actions.register_many([one])[0]
        self.cases[label] = case.pk
        self.pending = {} if own else facts
        return list(Event.objects.filter(case_id=case.pk).order_by("seq"))

    def _record(self, label: str, spec: Mapping[str, Any]) -> list[Event]:
        parties = self._new_parties(label, spec)  # first: the facts call them by the numbers they get here
        if self._written(label, spec):
            return []
        labels = spec.get("re", [])
        answers = [self.labels[label, name] for name in (labels if isinstance(labels, list) else [labels])]
        facts = self._facts(label, spec)
        if spec["event"] == "registered":
            facts = {**self.pending, **facts}
        step = Step(
            spec["event"], self._by(label, spec["by"]), facts, parties, _moment(spec["at"]), answers,
            spec.get("late_reason"), dict(spec.get("seen", {})),
        )  # fmt: skip
        return actions.record_steps(self.cases[label], [step])

    def _written(self, label: str, spec: Mapping[str, Any]) -> int:
        """Seq of the same event as the system wrote it at the same moment, 0 when it did not."""
        for event in reversed(self._history(label).events[-6:]):
            same = (
                event.name == spec["event"] and event.occurred == _moment(spec["at"]) and event.actor.role == "system"
            )
            facts = self._facts(label, spec)
            same = same and all(k not in facts or _plain(facts[k]) == _plain(v) for k, v in event.facts.items())
            if same and (spec["by"] == "system" or event.facts or not facts):
                return event.seq
        return 0

    def _by(self, label: str, text: str) -> Any:
        if text == "system":
            return System
        if "@" in text:
            role, _, place = text.partition("@")
            if place.startswith("function:"):
                name, _, start = place[9:].partition("@")
                tree = self._world(label).tree
                text = f"{role}@{tree.nearest_with(name, start or tree.root)}"
            return self.people.officer(text)
        numbers = self.numbers.get(label, {})
        if text in numbers:
            usual = "respondent" if text in self.words.raw["respondent"] else "complainant"
            given = {**self.words.raw["complainant"].get(text, {}), **self.raw.get("parties", {}).get(text, {})}
            return Outside(given.get("party_role", usual), numbers[text])
        return Outside(text, "2" if text == "respondent" else "1")

    # -- facts and parties

    def _scene(self, label: str, scene: Mapping[str, Any]) -> tuple[dict[str, Any], list[dict[str, Any]]]:
        usual = self.words.procedures[scene["procedure"]]
        facts = dict(scene.get("case", {}))
        anonymous = facts.get("real_name") is False and "complainant" not in facts and "report" in scene["procedure"]
        complainant = facts.pop("complainant", "reporter_anonymous" if anonymous else usual["complainant"])
        respondent = facts.pop("respondent", usual["respondent"])
        facts.setdefault("kind", usual["kinds"][0])
        self.numbers[label] = {complainant: "1", respondent: "2"}
        kind = "reporter" if facts["kind"] == "report" else "complainant"
        parties = [self._party(complainant, kind), self._party(respondent, "respondent")]
        for id, given in {**self.raw.get("parties", {}), **scene.get("parties", {})}.items():
            if id not in self.numbers[label]:  # further parties are there from the beginning
                self.numbers[label][id] = str(len(self.numbers[label]) + 1)
                usual = "respondent" if id in self.words.raw["respondent"] else "complainant"
                parties.append(self._party(id, given.get("party_role", usual)))
        return facts, parties

    def _party(self, id: str, role: str) -> dict[str, Any]:
        table = self.words.raw["complainant"].get(id) or self.words.raw["respondent"].get(id) or {}
        given = {**table, **self.raw.get("parties", {}).get(id, {})}
        known = {k: v for k, v in given.items() if k in self.words.party_facts and k != "party_role"}
        if id not in ("reporter_anonymous", "unknown"):
            made_up = {
                "name": table.get("label_zh", id),
                "phone": f"138{abs(hash(id)) % 10**8:08d}",
                "address": f"示范路{id}号",
                "postcode": "990000",
            }
            known = {**made_up, **known}
        if isinstance(known.get("officer"), str):
            known["officer"] = self.people.person(known["officer"])
        return {**known, "role": given.get("party_role", role)}

    def _new_parties(self, label: str, spec: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
        numbers, found = self.numbers[label], {}
        named = [spec.get("party"), spec.get("for_party"), *_list(spec.get("parties", []))]
        for id in named:
            known = id in self.words.raw["complainant"] or id in self.words.raw["respondent"]
            if isinstance(id, str) and known and id not in numbers:
                numbers[id] = str(len(numbers) + 1)
                usual = "respondent" if id in self.words.raw["respondent"] else "complainant"
                found[numbers[id]] = self._party(id, spec.get("party_role", usual))
        if spec["event"] in ("registered", "classified") and label in self.cases:
            for role in ("complainant", "respondent"):
                if role in spec and spec[role] not in numbers:
                    numbers[spec[role]] = str(len(numbers) + 1)
                    found[numbers[spec[role]]] = self._party(spec[role], role)
        return found

    def _facts(self, label: str, spec: Mapping[str, Any]) -> dict[str, Any]:
        facts: dict[str, Any] = {}
        for name, value in spec.items():
            if name in self.words.event_keys:
                continue
            kind = self.words.fact_type(spec["event"], name) or self.words.fact_type(spec.get("for"), name)
            facts[name] = self._value(label, kind.type if kind else "", value)
            if spec["event"] == "amended" and isinstance(value, str) and "@" in value:
                facts[name] = self.people.person(value)
        return facts

    def _value(self, label: str, kind: str, value: Any) -> Any:
        if kind in PEOPLE:
            known = [self.people.person(v) if "@" in v else v for v in _list(value)]
            return known if isinstance(value, list) else known[0]
        if kind in PARTIES:
            numbers = self.numbers.get(label, {})
            known = [numbers.get(v, v) for v in _list(value)]
            return known if isinstance(value, list) else known[0]
        if kind in ("case_ref", "case_refs"):
            found = [self._number_of(v) for v in _list(value)]
            return found if isinstance(value, list) else found[0]
        return value

    def _number_of(self, label: str) -> str:
        pk = self.cases.get("" if label == "main" else label)
        return Case.objects.get(pk=pk).number or "" if pk else label

    # -- looking

    def _history(self, label: str) -> History:
        rows = Event.objects.filter(case_id=self.cases[label]).order_by("seq").values_list("seq", "body")
        return History(read_all(rows).events, self.words)

    def _world(self, label: str) -> Any:
        case = Case.objects.get(pk=self.cases[label]) if label in self.cases else None
        unit = case.unit if case else self.words.procedures[self.raw["procedure"]]["intake"]
        return world_for(unit, self.raw["procedure"], self.now().date(), case.pk if case else None)

    def check(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """Expectations that do not hold of the case as it stands in the log."""
        if not self.cases:  # the first event was refused: nothing was written
            return ({}, {}) if self.refusal is not None else ({"events": "some"}, {"events": "none"})
        view, world = self._history(""), self._world("")
        procedure = procedures.procedure_for(Case.objects.get(pk=self.cases[""]).procedure_hash)
        sent = [n for e in view.events for n in telling.notices(procedure, view, e, world)]
        names = {f"p{o.person_id}": str(o) for o in Officer.objects.order_by("-pk")}
        names |= {f"p{officer.person_id}": text for text, officer in self.people.found.items()}
        sent = [changed(notice, to=names.get(notice.to, notice.to)) for notice in sent]
        written = [e for e in view.events if e.actor.role == "system"]
        numbers = self.numbers[""]
        look = ShellLook(
            procedure, view, world, calendars.current(), self.now(), self.refusal, [], written, sent, self.words,
            {id: view.parties[no] for id, no in numbers.items() if no in view.parties},
            {name: seq for (label, name), seq in self.labels.items() if label == ""},
        )  # fmt: skip
        look.find = self._actor
        return check_all(look, {k: v for k, v in self.raw.items() if k not in ("number", "opened")})

    def _actor(self, text: str) -> Actor:
        by = self._by("", text)
        if isinstance(by, Officer):
            return Actor(by.role, by.unit_id, f"p{by.person_id}")
        return Actor(by.role, None, by.party, by.party)


class ShellLook(Look):
    """A case of the database: `as` is a posting, not a name."""

    find: Any = None

    def actor(self) -> Actor:
        unit = self.view.routing_at()
        return self.find(self.as_ or f"handler@{unit.lead or unit.holder or unit.registrar or self.procedure.intake}")


def _list(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else [value]


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple | list) else value


def _moment(value: Any) -> datetime:
    moment = parse_moment(value)
    return moment if isinstance(moment, datetime) else datetime(moment.year, moment.month, moment.day)


def one_of_each_clause(examples: Iterable[tuple[Mapping[str, Any], str]]) -> list[tuple[Mapping[str, Any], str]]:
    """As few examples as show every clause once, in order."""
    done: set[str] = set()
    chosen = []
    for raw, file in examples:
        clauses = set(_list(raw.get("clause", [])))
        if clauses - done:
            done |= clauses
            chosen.append((raw, file))
    return chosen
