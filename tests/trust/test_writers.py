"""Several people record at random in the same few cases, at once: the history of each stays legal. In sixteen processes: torture/writers.py."""

import random
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from huiyin.cases.actions import record
from huiyin.cases.models import Case
from huiyin.cases.queries import open_case
from huiyin.cases.verifying import verify
from huiyin.core.model import changed
from tests.cases.office import a_case, officer, procedure
from tests.support.writers import Writer, faults, illegal, lost

WRITERS, CASES, ACTS = 8, 3, 9
PEOPLE = (
    ("intake_officer", "city"), ("unit_head", "city"), ("leader", "city"), ("handler", "county_a"), ("intake_officer", "county_a"),
)  # fmt: skip


@pytest.fixture(autouse=True)
def connections_for_all(transactional_db):
    """PostgreSQL's pool holds as many connections as there are writers."""
    if connection.vendor == "postgresql":
        connection.pool.resize(1, WRITERS + 2)


@pytest.mark.django_db(transaction=True)
def test_history_is_legal_whoever_records_at_the_same_moment(sample_world):
    procedure()
    cases, people = [a_case().pk for _ in range(CASES)], [officer(*who) for who in PEOPLE]
    known = dict(Case.objects.values_list("pk", "head_seq"))
    start, told = threading.Barrier(WRITERS), []

    def work(number):
        writer = Writer(cases, people, random.Random(number), lambda *act: told.append(act))
        try:
            connection.ensure_connection()
            start.wait(timeout=60)
            for _ in range(ACTS):
                writer.act()
        finally:
            connection.close()
        return writer.answers

    with ThreadPoolExecutor(WRITERS) as pool:
        answers = list(pool.map(work, range(WRITERS)))
    assert sum(answers, start=type(answers[0])())["recorded"] == len(told) > CASES
    assert lost(told) == []
    assert [fault for case in cases for fault in illegal(case, known[case])] == []
    assert verify().sound


@pytest.mark.django_db
def test_the_look_at_histories_notices_what_the_rules_refuse(sample_world):
    procedure()
    case, by = a_case(), officer("intake_officer", "city")
    record(case, "accepted", by=by)
    record(case, "dispatched", by=by, facts={"to": "county_a"})
    record(case, "returned", by=officer("intake_officer", "county_a"), facts={"reason": "不归本县管"})
    assert illegal(case.pk, 1) == []
    events = open_case(case).log.events
    without = [event for event in events if event.name != "dispatched"]
    told = faults(case.pk, [changed(event, seq=number) for number, event in enumerate(without, 1)], 1)
    assert [line.partition(":")[0] for line in told] == [f"case {case.pk} event 3 returned"]
