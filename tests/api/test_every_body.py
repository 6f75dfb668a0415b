"""Under every body's rules one case goes from intake to archive over the API: its longest worked example that ends in the archive."""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

import pytest

from huiyin.api.tokens import create
from huiyin.cases.models import Case, Event
from huiyin.core.examples import example_files
from huiyin.org.models import Officer
from tests.api.clients import Api
from tests.clauses.test_examples import HERE, PATHS
from tests.support.recorded import Recorded, _moment
from tests.support.shipped import library, read_examples

NOT_CASES = frozenset({"imported", "duty_done"})


def plain(value: Any) -> Any:
    """A fact of an example as JSON says it."""
    if isinstance(value, dict):
        return {name: plain(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    return value.isoformat() if isinstance(value, date | datetime) else value


class OverApi(Recorded):
    """What officers do goes over the API, each with a token of his own; parties and the system act as they do in the log."""

    def __init__(self, raw: Any, rules: Any) -> None:
        super().__init__(raw, rules)
        self.clients: dict[int, Api] = {}

    def client_of(self, officer: Officer) -> Api:
        if officer.pk not in self.clients:
            api = Api()
            api.token = create(officer, "test")[1]
            self.clients[officer.pk] = api
        return self.clients[officer.pk]

    def _begin(self, label: str, scene: Any, spec: Any) -> list[Event]:
        by = self._by(label, spec["by"]) if "@" in spec["by"] else None
        if by is None or spec["event"] != "registered":
            return super()._begin(label, scene, spec)
        facts, parties = self._scene(label, scene)
        given = {**facts, **self._facts(label, spec)}
        body = {
            "procedure": scene["procedure"], "facts": plain(given), "parties": plain(parties), "occurred": plain(_moment(spec["at"])),
            "late_reason": spec.get("late_reason"),
        }  # fmt: skip
        answer = self.client_of(by).post("/cases", body)
        assert answer.status_code == 201, answer.content.decode()
        self.cases[label] = Case.objects.latest("created", "pk").pk
        self.pending = {}
        return list(Event.objects.filter(case_id=self.cases[label]).order_by("seq"))

    def _record(self, label: str, spec: Any) -> list[Event]:
        if "@" not in spec["by"]:
            return super()._record(label, spec)
        parties = self._new_parties(label, spec)
        if self._written(label, spec):
            return []
        labels = spec.get("re", [])
        answers = [self.labels[label, name] for name in (labels if isinstance(labels, list) else [labels])]
        body = {
            "facts": plain(self._facts(label, spec)), "occurred": plain(_moment(spec["at"])), "re": answers,
            "parties": plain(parties or []), "late_reason": spec.get("late_reason"),
        }  # fmt: skip
        before = Event.objects.filter(case_id=self.cases[label]).count()
        path = f"/cases/~{self.cases[label]}/events/{spec['event']}"
        answer = self.client_of(self._by(label, spec["by"])).post(path, body)
        assert answer.status_code == 201, (spec["event"], answer.content.decode())
        return list(Event.objects.filter(case_id=self.cases[label], seq__gt=before).order_by("seq"))


def _strange(event: Any) -> bool:
    """Does it name an officer who is none of the office but a party of the example?"""
    return "@" not in str(event.get("officer", "@"))


def courses() -> Iterator[Any]:
    """For each procedure the longest example that ends in the archive (for an enquiry: at its end) and needs no outside case."""
    found: dict[str, tuple[int, Any]] = {}
    for path in example_files([*([PATHS] if PATHS.is_dir() else []), HERE]):
        for raw in read_examples(path):
            events = raw.get("events", [])
            if raw.get("procedure") not in library().procedures or not events or "refused" in raw or "cases" in raw:
                continue
            whole = events[0]["event"] == "registered" and events[-1]["event"] == "archived"
            plain_ = not any(e["event"] in NOT_CASES or "seen" in e or "on" in e or _strange(e) for e in events)
            if whole and plain_ and len(events) > found.get(raw["procedure"], (0, None))[0]:
                found[raw["procedure"]] = (len(events), raw)
    for procedure, (_length, raw) in sorted(found.items()):
        yield pytest.param(raw, id=procedure)


COURSES = list(courses())


def test_there_is_one_for_every_body():
    bodies = {id.partition("/")[0] for id in library().procedures}
    assert bodies - {param.id.partition("/")[0] for param in COURSES} == set()


@pytest.mark.django_db
@pytest.mark.parametrize("raw", COURSES)
def test_a_case_of_each_body_from_intake_to_archive(raw, sample_world):
    course = OverApi(raw, library())
    course.run()
    case = Case.objects.get(pk=course.cases[""])
    assert case.archived
    expected, found = course.check()
    assert not expected, (raw.get("name"), expected, found)
