"""Sixteen writers at once, each with a connection of its own: no contradiction, no gap, no double, no standstill."""

import multiprocessing
import os
import random
import signal
import threading
import time
from collections import Counter as Tally
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, connections, transaction

from huiyin.cases import numbers
from huiyin.cases import writing as writing_
from huiyin.cases.actions import record, register
from huiyin.cases.errors import Busy, Stale
from huiyin.cases.models import Case, Counter, Event, Link
from huiyin.cases.verifying import verify
from huiyin.cases.writing import lock_cases, writing
from huiyin.core.model import Refused
from tests.cases.office import FACTS, PARTIES, a_case, officer, procedure

pytestmark = pytest.mark.django_db(transaction=True)
WRITERS = 16


@pytest.fixture(autouse=True)
def connections_for_all(transactional_db):
    """PostgreSQL's pool holds as many connections as there are writers."""
    if connection.vendor == "postgresql":
        connection.pool.resize(1, WRITERS + 2)


def at_once(work, count=WRITERS):
    """Results of work(0), work(1), ..., begun in the same moment in threads that each have a connection; errors are results too."""
    start = threading.Barrier(count)

    def one(index):
        try:
            connection.ensure_connection()
            start.wait(timeout=30)
            return work(index)
        except Exception as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(one, range(count)))


def kinds(results):
    return Tally(type(r).__name__ for r in results)


def test_of_sixteen_who_act_on_the_same_page_one_wins_and_fifteen_are_told():
    case, by = a_case(), officer("intake_officer", "city")

    def dispatch(index):
        return record(case, "dispatched", by=by, facts={"to": ("county_a", "county_b")[index % 2]}, shown_seq=1)

    results = at_once(dispatch)
    assert kinds(results) == {"list": 1, "Stale": 15}, [r for r in results if not isinstance(r, (list, Stale))]
    assert all([c.name for c in r.changes] == ["dispatched"] for r in results if isinstance(r, Stale))
    assert Event.objects.filter(case=case, name="dispatched").count() == 1
    assert verify().sound


def test_two_contradictory_events_are_never_written():
    case, by = a_case(), officer("intake_officer", "city")
    wishes = ["withdrawn", "accepted", "dispatched", "merged"]
    other = a_case()
    facts = {"dispatched": {"to": "county_a"}, "merged": {"into": other.number}}

    def act(index):
        name = wishes[index % 4]
        return record(case, name, by=by, facts=facts.get(name, {}))

    results = at_once(act)
    assert not [r for r in results if not isinstance(r, (list, Refused))]
    names = list(Event.objects.filter(case=case).order_by("seq").values_list("name", flat=True))
    ends = [i for i, name in enumerate(names) if name in ("withdrawn", "merged")]
    assert len(ends) == 1
    assert not {"accepted", "dispatched", "withdrawn", "merged"} & set(names[ends[0] + 1 :])
    assert verify().sound


def test_numbers_have_no_gap_and_no_double_though_some_roll_back():
    procedure()
    by = officer("intake_officer", "city")

    class GaveUp(Exception):
        pass

    def write(index):
        chance, done = random.Random(index), []
        for _ in range(5):
            try:
                with transaction.atomic():
                    case = register(procedure(), "city", by=by, facts=FACTS, parties=PARTIES)
                    if chance.random() < 0.3:
                        raise GaveUp
                done.append(case.number)
            except GaveUp:
                pass
        return done

    results = at_once(write)
    given = sorted(number for r in results for number in r)
    assert given == sorted(Case.objects.values_list("number", flat=True))
    assert list(Case.objects.order_by("series_no").values_list("series_no", flat=True)) == list(
        range(1, len(given) + 1)
    )
    assert Counter.objects.get(pk=Case.objects.first().series).value == len(given)
    assert verify().sound


def test_one_request_sent_sixteen_times_is_one_case():
    procedure()
    by = officer("intake_officer", "city")
    results = at_once(lambda _: register(procedure(), "city", by=by, facts=FACTS, parties=PARTIES, key="once"))
    assert kinds(results) == {"Case": WRITERS}, results
    assert len({case.pk for case in results}) == 1
    assert sorted(bool(case.code) for case in results) == [False] * 15 + [True]
    assert Case.objects.count() == 1
    assert Event.objects.count() == 1


def test_of_those_who_register_together_one_may_fail_without_the_others():
    procedure()
    by = officer("intake_officer", "city")
    facts = FACTS | {"external_system": "platform", "external_no": "X-1"}

    def write(index):
        return register(procedure(), "city", by=by, facts=facts if index % 4 == 0 else FACTS, parties=PARTIES)

    results = at_once(write)
    assert kinds(results) == {"Case": 13, "BadFact": 3}, results
    assert len({case.number for case in results if isinstance(case, Case)}) == Case.objects.count() == 13
    assert len({case.code for case in results if isinstance(case, Case)}) == 13
    assert verify().sound


def test_those_who_need_two_cases_do_not_wait_for_each_other_in_a_circle():
    first, second, by = a_case(), a_case(), officer("intake_officer", "city")

    def link(index):
        mine, other = (first, second) if index % 2 else (second, first)
        return record(mine, "linked", by=by, facts={"with": other.number, "relation": "same_matter"})

    results = at_once(link)
    assert kinds(results) == {"list": WRITERS}, results
    assert Link.objects.count() == 2 * WRITERS
    assert verify().sound


def test_who_waits_too_long_is_told_that_it_is_busy_and_nothing_is_written(monkeypatch):
    case, by = a_case(), officer("intake_officer", "city")
    held, go_on = threading.Event(), threading.Event()

    def hold():
        with writing():
            lock_cases([case.pk])
            held.set()
            go_on.wait(timeout=30)
        connection.close()

    holder = threading.Thread(target=hold)
    holder.start()
    assert held.wait(timeout=30)
    monkeypatch.setattr(writing_, "BUSY_SECONDS", 0.2)
    short, usual = "PRAGMA busy_timeout = 200", "PRAGMA busy_timeout = 20000"
    if connection.vendor == "postgresql":
        short, usual = "SET lock_timeout = '200ms'", "RESET lock_timeout"
    try:
        with connection.cursor() as cursor:
            cursor.execute(short)
        with pytest.raises(Busy):
            record(case, "accepted", by=by)
        if connection.vendor == "sqlite":
            with pytest.raises(Busy):
                register(procedure(), "city", by=by, facts=FACTS, parties=PARTIES)
    finally:
        go_on.set()
        holder.join()
        with connection.cursor() as cursor:
            cursor.execute(usual)
    assert [row.name for row in record(case, "accepted", by=by)] == ["accepted"]


def test_verify_finds_nothing_wrong_while_others_write():
    cases, by = [a_case() for _ in range(4)], officer("intake_officer", "city")
    reports = []

    def work(index):
        if index == 0:
            reports.extend(verify() for _ in range(6))
            return
        for number in range(6):
            record(cases[index % 4], "note_added", by=by, facts={"text": f"第{number}次联系"})
            register(procedure(), "city", by=by, facts=FACTS, parties=PARTIES)

    results = at_once(work, 5)
    assert results == [None] * 5
    assert [f for report in reports for f in report.findings] == []
    assert reports[-1].events > 4


def test_ids_of_cases_are_given_once():
    procedure()
    results = at_once(lambda _: [numbers.case_ids(1)[0] for _ in range(20)])
    ids = [id for r in results for id in r]
    assert len(set(ids)) == len(ids) == 320


def _register_until_killed(ready):
    """In a process of its own, forked: connections and pools of the parent are not its."""
    for wrapper in connections.all():
        wrapper.connection = None
        getattr(type(wrapper), "_connection_pools", {}).clear()
    by, rules = officer("intake_officer", "city"), procedure()
    ready.set()
    while True:
        register(rules, "city", by=by, facts=FACTS, parties=PARTIES)


def test_writers_that_are_killed_leave_no_gap():
    a_case()
    connections.close_all()
    if connection.vendor == "postgresql":
        connection.close_pool()
    context = multiprocessing.get_context("fork")
    chance = random.Random(7)
    for _ in range(3):
        ready = [context.Event() for _ in range(4)]
        writers = [context.Process(target=_register_until_killed, args=(one,), daemon=True) for one in ready]
        for writer in writers:
            writer.start()
        assert all(one.wait(timeout=30) for one in ready)
        for writer in writers:
            time.sleep(0.1 + chance.random() * 0.2)
            os.kill(writer.pid, signal.SIGKILL)
            writer.join(timeout=30)
    a_case()
    assert Case.objects.count() > 12, "they were killed before they wrote anything"
    report = verify()
    assert report.sound, report.findings[:3]
