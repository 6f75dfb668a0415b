"""/api/openapi.json tells of every verb and every fact."""

from collections import Counter

import pytest
from ninja import Schema

from huiyin.core.offers import SYSTEM_ONLY
from huiyin.core.vocabulary import load_vocabulary

pytestmark = pytest.mark.django_db


@pytest.fixture
def told(client):
    answer = client.get("/api/openapi.json")
    assert answer.status_code == 200
    return answer.json()


def references(value):
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        for inner in value.values():
            yield from references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from references(inner)


def test_every_event_that_a_person_records_has_its_address(told):
    events = set(load_vocabulary().events) - SYSTEM_ONLY - {"registered"}
    assert {p.rpartition("/")[2] for p in told["paths"] if "/events/" in p} == events


def test_every_fact_of_an_event_is_named_with_its_label(told):
    for name, event in load_vocabulary().events.items():
        facts = told["components"]["schemas"][f"facts.{name}"]["properties"]
        for fact in event.facts.values():
            assert facts[fact.name]["title"] == fact.label_zh


def test_closed_lists_stand_with_what_their_codes_mean(told):
    kind = told["components"]["schemas"]["facts.dispatched"]["properties"]["dispatch_kind"]
    assert dict(zip(kind["enum"], kind["x-labels"].values(), strict=True))["forward"] == "转办"


def test_a_required_fact_and_a_personal_one_are_marked(told):
    dispatched = told["components"]["schemas"]["facts.dispatched"]
    assert dispatched["required"] == ["to"]
    assert dispatched["properties"]["opinion"]["x-secrecy"] == "personal"


def test_everything_it_points_to_is_there(told):
    schemas = told["components"]["schemas"]
    assert {r.removeprefix("#/components/schemas/") for r in references(told)} <= set(schemas)


def test_no_two_shapes_have_one_name(told):
    """Shapes of one name would stand in the description as one: what an address takes or gives would be told wrongly."""
    names = Counter(shape.__name__ for shape in shapes_under(Schema) if shape.__module__.startswith("huiyin."))
    assert [name for name, count in names.items() if count > 1] == []
    listed = told["paths"]["/api/recordings"]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
    assert listed["items"]["$ref"].endswith("/MessageOut")


def shapes_under(shape):
    for one in shape.__subclasses__():
        yield one
        yield from shapes_under(one)


def test_every_operation_answers_problems(told):
    for operations in told["paths"].values():
        for operation in operations.values():
            assert "application/problem+json" in operation["responses"]["default"]["content"]
