"""The sweep: what passed limits ask for, and warnings, each once for each date, however often and by however many it is run."""

import threading
from datetime import timedelta

import pytest
from django.db import connection

from huiyin.cases import clock
from huiyin.cases.actions import record
from huiyin.cases.models import Case, Event
from huiyin.cases.rebuilding import rebuild
from huiyin.dues.models import Due
from huiyin.notices.models import Outbox
from huiyin.worker.models import Mark
from huiyin.worker.sweep import Sweep
from tests.cases.office import MONDAY, a_case, officer

pytestmark = pytest.mark.django_db(transaction=True)
DUE = MONDAY + timedelta(days=9)  # seven working days after 11 May 2026: Wednesday 20 May


def at(day, hour=9):
    return clock.at((MONDAY + timedelta(days=day)).replace(hour=hour))


def with_county(assigned=False):
    """A case that the county has to conclude by 20 May."""
    case = a_case(MONDAY)
    city, county = officer("intake_officer", "city"), officer("intake_officer", "county_a")
    with clock.at(MONDAY):
        record(case, "accepted", by=city)
        record(case, "dispatched", by=city, facts={"to": "county_a"})
        record(case, "received", by=county)
        if assigned:
            facts = {"officers": [officer("handler", "county_a").person.key]}
            record(case, "officers_assigned", by=officer("unit_head", "county_a"), facts=facts)
    Outbox.objects.all().delete()
    return case


def told(topic):
    found = Outbox.objects.filter(topic__startswith=topic).order_by("pk")
    return [(row.to_kind, row.to, row.topic, row.state, row.channel) for row in found]


def breaches():
    return Event.objects.filter(name="breach_recorded").count()


def test_the_limit_is_the_one_these_tests_speak_of():
    with_county()
    assert Due.objects.get(clauses="TRY-02", state="running").due_day == DUE.date()


def test_a_warning_comes_on_the_last_working_day_in_the_morning_once():
    with_county()
    for day, hour in ((8, 23), (9, 7)):
        with at(day, hour):
            assert Sweep().warnings(8) == 0
    with at(9, 8):
        assert Sweep().warnings(8) == 1
        assert Sweep().warnings(8) == 0
    assert told("act_by") == [("officer", "handler@county_a", "act_by:2026-05-20", "sent", "inbox")]


def test_the_officers_assigned_are_warned_themselves_and_the_head_too_when_it_is_overdue():
    with_county(assigned=True)
    handler = officer("handler", "county_a").person.key
    with at(9):
        Sweep().warnings(8)
    assert told("act_by") == [("officer", handler, "act_by:2026-05-20", "sent", "inbox")]
    with at(10):
        Sweep().passed()
    assert told("late") == [
        ("officer", handler, "late:2026-05-20", "sent", "inbox"),
        ("officer", "unit_head@county_a", "late:2026-05-20", "sent", "inbox"),
    ]


def test_a_limit_that_was_moved_is_warned_of_again_for_its_new_date():
    case = with_county()
    with at(9):
        assert Sweep().warnings(8) == 1
    due = Due.objects.get(clauses="TRY-02", state="running")
    later = due.late_at + timedelta(days=5)
    Due.objects.filter(pk=due.pk).update(
        late_at=later, due_day=due.due_day + timedelta(days=5), act_by=due.act_by + timedelta(days=5)
    )
    with at(9):
        assert Sweep().warnings(8) == 0
    with at(14):
        assert Sweep().warnings(8) == 1
    assert {topic for _kind, _to, topic, _state, _channel in told("act_by")} == {
        "act_by:2026-05-20",
        "act_by:2026-05-25",
    }
    assert Mark.objects.filter(case_id=case.pk, sort="act_by").count() == 2


def test_a_passed_limit_is_written_once_at_the_moment_it_was_late():
    case = with_county()
    with at(9, 23):
        assert Sweep().passed() == 0
    with at(30):
        assert Sweep().passed() >= 1
        assert Sweep().passed() == 0
    event = Event.objects.get(case=case, name="breach_recorded")
    assert (event.actor_role, event.occurred.isoformat()) == ("system", "2026-05-20T16:00:00+00:00")
    assert breaches() == 1


def test_rebuilding_the_copies_writes_and_tells_nothing_again():
    case = with_county()
    with at(10):
        Sweep().passed()
    rows = Outbox.objects.count()
    rebuild([case.pk])
    with at(11):
        assert Sweep().passed() == 0
    assert (breaches(), Outbox.objects.count()) == (1, rows)


def test_what_was_entered_long_after_it_passed_is_found_in_turn():
    for _index in range(3):
        with_county()
    sweep = Sweep()
    with at(200):
        assert sweep.passed() >= 3
    assert breaches() == 3


def test_a_case_that_cannot_be_written_does_not_stop_the_others(monkeypatch, caplog):
    from huiyin.worker import sweep as module

    bad, good = with_county(), with_county()
    real = module.actions.record_passed
    monkeypatch.setattr(module.actions, "record_passed", lambda pk: real(pk) if pk != bad.pk else [][1])
    sweep = Sweep()
    with at(10):
        sweep.passed()
        sweep.passed()
    assert list(Event.objects.filter(name="breach_recorded").values_list("case_id", flat=True)) == [good.pk]
    assert not Mark.objects.filter(case_id=bad.pk, sort="late").exists()
    assert caplog.text.count("could not be written") == 1
    monkeypatch.setattr(module.actions, "record_passed", real)
    with at(10, 10):
        sweep.passed()
    assert breaches() == 2


def test_four_sweeps_at_once_write_each_once():
    for _index in range(6):
        with_county()
    start, errors = threading.Barrier(4), []

    def work():
        try:
            connection.ensure_connection()
            start.wait(timeout=20)
            with at(10):
                Sweep().passed()
                Sweep().warnings(8)
        except Exception as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _index in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert errors == []
    assert breaches() == 6
    assert Outbox.objects.filter(topic="late:2026-05-20").count() == 6 * len({to for _k, to, *_rest in told("late")})


def test_the_sweep_asks_by_the_index_of_running_limits():
    from huiyin.worker.sweep import _unmarked

    found = _unmarked("late").filter(late_at__lte="2026-05-20T00:00:00Z").order_by("late_at", "pk")[:200]
    if connection.vendor == "postgresql":  # a table of a few rows is read whole, unless that is forbidden
        with connection.cursor() as cursor:
            cursor.execute("SET enable_seqscan = off")
            cursor.execute("SET enable_bitmapscan = off")
            cursor.execute("SET enable_sort = off")
    assert "dues_running" in found.explain()
    assert "TEMP B-TREE" not in found.explain()


def test_what_registers_owe_and_what_is_left_to_send_have_indexes_of_their_own():
    """A few rows among millions of limits and notices."""
    from huiyin.dues.models import REGISTER
    from huiyin.notices import queries as notices

    one = officer("handler", "county_a")
    owed = Due.objects.filter(subject_kind=REGISTER, state="running", late_at__isnull=False, owed_unit="county_a")
    plans = {
        "dues_registers": owed.order_by("late_at", "pk")[:20],
        "notices_unsent": notices._left(one).filter(state__in=notices.LEFT).order_by("-pk")[:20],
        "cases_marked": Case.objects.exclude(marks="").filter(marks__contains="legal_hold").order_by("-pk")[:20],
    }
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            for what in ("seqscan", "bitmapscan", "sort"):
                cursor.execute(f"SET enable_{what} = off")
    for name, found in plans.items():
        assert name in found.explain(), found.explain()
