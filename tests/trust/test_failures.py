"""What we stand on fails, for true: the database ends our connection, has no room, cannot be opened; the clock jumps. It is said, and nothing
half done stays."""

import errno
import logging
import sqlite3
from contextlib import suppress
from datetime import timedelta

import pytest
from django.db import OperationalError, connection
from django.test import Client
from django.urls import reverse

from huiyin import outages
from huiyin.cases import clock
from huiyin.cases.actions import record
from huiyin.cases.models import Case, Event
from huiyin.cases.verifying import verify
from tests.api.clients import Api
from tests.cases.office import FACTS, MONDAY, PARTIES, a_case, officer, procedure

OURS = pytest.mark.django_db(transaction=True)


class Ended:
    """The database server ends our connection in the moment of this statement, once."""

    def __init__(self, word):
        self.word, self.done = word, False

    def __call__(self, execute, sql, params, many, context):
        if self.word in sql and not self.done:
            self.done = True
            raw = context["connection"].connection
            with suppress(
                Exception
            ):  # the server may answer before it ends the connection; the statement below meets it then
                raw.execute("SELECT pg_terminate_backend(pg_backend_pid())")
        return execute(sql, params, many, context)


@pytest.fixture
def ring(sample_world):
    procedure()
    return Api(officer("intake_officer", "city"))


def told():
    return {"procedure": "trial/complaint", "facts": FACTS, "parties": PARTIES}


# -- the database ends the connection


@OURS
@pytest.mark.postgresql
@pytest.mark.parametrize("word", ["SELECT", 'INSERT INTO "cases_event"'])
def test_a_connection_that_is_ended_is_a_503_and_the_next_request_works(ring, word, caplog):
    ended = Ended(word)
    with caplog.at_level(logging.ERROR), connection.execute_wrapper(ended):
        answer = ring.post("/cases", told(), key="once")
    assert ended.done
    assert (answer.status_code, answer.json()["code"]) == (503, "away"), answer.content.decode()
    assert int(answer["Retry-After"]) > 0
    assert [line.exc_info for line in caplog.records if line.name == "huiyin.api"] == [None]
    connection.close()
    assert Case.objects.count() == 0
    assert ring.post("/cases", told(), key="once").status_code == 201
    assert Case.objects.count() == 1
    assert verify().sound


@OURS
@pytest.mark.postgresql
def test_a_page_says_that_the_database_is_away_without_asking_it(sample_world, caplog):
    person = Client(raise_request_exception=False)
    person.force_login(officer("intake_officer", "city").person)
    for at in ("accounts_session", "org_officer"):  # before any view, and in one
        ended = Ended(at)
        caplog.clear()
        with caplog.at_level(logging.ERROR), connection.execute_wrapper(ended):
            answer = person.get(reverse("work"))
        assert ended.done
        text = answer.content.decode()
        assert answer.status_code == 503
        assert "数据库暂时没有答复" in text
        assert "Traceback" not in text
        lines = [line for line in caplog.records if line.name.startswith(("huiyin.web", "django.request"))]
        assert lines
        assert [line.exc_info for line in lines if line.exc_info] == []
        connection.close()
    assert person.get(reverse("work")).status_code == 200


# -- no room


@OURS
@pytest.mark.sqlite
def test_a_full_disk_is_said_nothing_is_half_written_and_work_goes_on(ring, caplog):
    """SQLite may use so many pages and no more: the same error as on a disk without room."""
    with connection.cursor() as cursor:
        cursor.execute("VACUUM")  # pages that tests before this one left free would be room
        pages = cursor.execute("PRAGMA page_count").fetchone()[0]
        cursor.execute(f"PRAGMA max_page_count = {pages + 2}")
    try:
        statuses, done = [], []
        long = told() | {"facts": FACTS | {"what": "水壶用了两天就漏水。" * 900}}
        for number in range(60):
            answer = ring.post("/cases", long, key=f"k{number}")
            statuses.append(answer.status_code)
            done += [answer.json()["id"]] if answer.status_code == 201 else []
            if answer.status_code != 201:
                break
        assert (statuses[-1], answer.json()["code"]) == (503, "full"), answer.content.decode()
        page = Client(raise_request_exception=False).get(reverse("start"))
        assert page.status_code == 200  # what only reads goes on
        assert ring.get("/cases").status_code == 200
    finally:
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA max_page_count = 1073741823")
    assert sorted(Case.objects.values_list("pk", flat=True)) == sorted(done)
    assert ring.post("/cases", long, key=f"k{len(done)}").status_code == 201
    assert verify().sound


def test_errors_are_known_by_their_number():
    base = sqlite3.connect(":memory:")
    base.execute("CREATE TABLE t (x)")
    base.execute("PRAGMA max_page_count = 2")
    with pytest.raises(sqlite3.OperationalError) as full:
        base.execute("INSERT INTO t VALUES (?)", ["x" * 100_000])
    outer = OperationalError("something")
    outer.__cause__ = full.value
    assert outages.kind_of(outer) == outages.FULL
    with pytest.raises(sqlite3.OperationalError) as away:
        sqlite3.connect("/nonexistent/place/db").execute("SELECT 1")
    assert outages.kind_of(away.value) == outages.AWAY
    assert outages.kind_of(OSError(errno.ENOSPC, "x")) == outages.FULL
    with pytest.raises(sqlite3.OperationalError) as wrong:
        base.execute("SELECT nothing FROM t")
    for defect in (wrong.value, ValueError("disk full"), OSError(errno.ENOENT, "x"), None):
        assert outages.kind_of(defect) == ""


# -- the clock


@OURS
def test_the_clock_goes_back_and_the_log_does_not(sample_world):
    case, by = a_case(), officer("intake_officer", "city")
    with clock.at(MONDAY + timedelta(hours=2)):
        record(case, "note_added", by=by, facts={"text": "打过电话"})
    with clock.at(MONDAY - timedelta(days=400)):
        record(case, "accepted", by=by)
    rows = list(Event.objects.filter(case=case).order_by("seq").values_list("recorded", "occurred"))
    assert [r for r, _ in rows] == sorted(r for r, _ in rows)
    assert all(occurred <= recorded for recorded, occurred in rows)
    assert verify().sound
