"""Requests that Schemathesis makes from the whole description of the API: never a server error, and answers are as described."""

import random

import pytest

from tests.api.clients import Api
from tests.api.test_journeys import KETTLE, PARTIES
from tests.cases.office import officer
from tests.support.described import Described, in_process

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite]
MORE = 4  # requests to each address that is no verb
OFFICERS = (("intake_officer", "city"), ("unit_head", "city"))


def test_the_whole_description_without_a_server_error(sample_world):
    desks = [Api(officer(*who)) for who in OFFICERS]
    numbers = []
    for procedure in ("jiangmen/complaint", "henan/complaint"):
        made = desks[0].post("/cases", {"procedure": procedure, "facts": KETTLE, "parties": PARTIES})
        numbers.append(f"~{made.json()['id']}")
    chance = random.Random(1)
    there = {"number": numbers, "event": ["accepted", "dispatched", "note_added"], "id": ["1"]}
    tried = Described(*in_process("/api/openapi.json"), there, [desk.token for desk in desks], chance)
    operations = tried.operations()
    assert len(operations) > 100
    for index, operation in enumerate(operations):
        verb = "/events/" in operation.path
        tried.made(operation, 1 if verb else MORE, index)
    assert tried.findings == []
    assert sum(tried.answers.values()) >= len(operations)
    assert set(tried.answers) & {200, 201}
