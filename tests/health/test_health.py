"""What an installation says of itself to those who run it: alive, ready, figures; and never a word about a person."""

import time
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.db import connection
from django.test import Client

from huiyin.cases import clock, counters
from huiyin.cases.actions import record
from huiyin.health import checks
from huiyin.moments import stored
from huiyin.notices.models import Outbox
from huiyin.worker.models import Job
from tests.cases.office import MONDAY, PARTIES, a_case, officer

pytestmark = pytest.mark.django_db
TOKEN = "a-token-of-the-monitoring"


@pytest.fixture
def watched(settings):
    settings.METRICS_TOKEN = TOKEN
    return {"Authorization": f"Bearer {TOKEN}"}


def value(text, name):
    return next(float(line.rpartition(" ")[2]) for line in text.splitlines() if line.startswith(name))


def test_alive_is_answered_without_a_database(client, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert client.get("/health/live").status_code == 200


def test_a_watcher_on_the_machine_is_answered_where_the_site_is_another_name_over_https(
    settings, watched, sample_world
):
    settings.ALLOWED_HOSTS, settings.SECURE_SSL_REDIRECT = ["12345.example.gov.cn"], True
    client = Client()  # reads the settings when it is first asked
    for address in ("/health/live", "/health/ready", "/metrics"):
        assert client.get(address, headers={**watched, "Host": "127.0.0.1:8000"}).status_code == 200, address
        assert client.get(address, headers={**watched, "Host": "evil.example"}).status_code == 200, "says nothing of it"
    assert client.get("/login/", headers={"Host": "127.0.0.1:8000"}).status_code == 400
    assert client.get("/login/", headers={"Host": "12345.example.gov.cn"}).status_code == 301


def test_ready_when_everything_can_be_used(client, sample_world):
    answer = client.get("/health/ready")
    assert (answer.status_code, answer.json()["ready"]) == (200, True)
    assert set(answer.json()["checks"]) == {"database", "keys", "disk", "calendar", "clock"}


def test_not_ready_when_the_disk_is_nearly_full(client, sample_world, monkeypatch):
    monkeypatch.setattr(checks, "LEAST_FREE", 1 << 62)
    answer = client.get("/health/ready")
    assert answer.status_code == 503
    assert answer.json()["checks"]["disk"].startswith("disk nearly full")


@pytest.mark.parametrize(("ahead", "told"), [(90, "clock is "), (-90, "clock is -"), (30, "ok")])
def test_a_server_of_its_own_has_the_same_clock(monkeypatch, ahead, told):
    monkeypatch.setattr(checks, "time", SimpleNamespace(time=lambda: time.time() + ahead))
    said = checks.ready()["clock"]
    assert said.startswith(told if connection.vendor == "postgresql" else "ok")


@pytest.mark.django_db(transaction=True)
def test_not_ready_when_the_database_is_away(client, sample_world, monkeypatch):
    from django.db import OperationalError

    def away(*args, **more):
        raise OperationalError("server closed the connection: host=10.0.0.7 user=huiyin")

    monkeypatch.setattr(connection, "cursor", away)
    answer = client.get("/health/ready")
    assert answer.status_code == 503
    assert answer.json() == {"ready": False, "checks": {"database": "OperationalError", "keys": "ok", "disk": "ok"}}


def test_figures_only_for_whoever_has_the_token(client, watched, settings):
    assert client.get("/metrics").status_code == 404
    assert client.get("/metrics", headers={"Authorization": "Bearer another-token-of-a-guest"}).status_code == 404
    assert client.get("/metrics", headers=watched).status_code == 200
    settings.METRICS_TOKEN = ""
    assert client.get("/metrics", headers={"Authorization": "Bearer "}).status_code == 404


def test_figures_of_what_waits_and_what_is_late(client, watched, sample_world):
    case, _other = a_case(MONDAY), a_case(MONDAY)
    with clock.at(MONDAY + timedelta(days=20)):
        record(case, "accepted", by=officer("intake_officer", "city"))
        counters.refresh_counters()
        Job.objects.create(
            name="passed", next_at=stored(clock.now()), done_at=stored(clock.now() - timedelta(minutes=3)), error="boom"
        )
        Outbox.objects.update(state="queued", due_at=stored(clock.now() - timedelta(hours=1)))
        text = client.get("/metrics", headers=watched).content.decode()
    assert value(text, 'huiyin_notices{state="queued"}') == Outbox.objects.count() > 0
    assert value(text, "huiyin_notices_oldest_seconds") == 3600
    assert value(text, 'huiyin_job_age_seconds{job="passed"}') == 180
    assert value(text, 'huiyin_job_failed{job="passed"}') == 1
    assert value(text, 'huiyin_limits{light="red"}') == 1  # the other was neither accepted nor refused
    assert value(text, 'huiyin_disk_free_bytes{folder="home"}') > 0
    assert not [p[key] for p in PARTIES for key in ("name", "phone", "address") if key in p and p[key] in text]


def test_errors_are_counted_by_pattern_never_by_address(client, watched, sample_world):
    client.get("/cases/2026000012/", headers={"accept": "text/html"})
    client.get("/no/such/13800138000")
    text = client.get("/metrics", headers=watched).content.decode()
    assert 'huiyin_requests_total{method="GET",status="404",view="none"}' in text
    assert "13800138000" not in text
    assert "2026000012" not in text


def test_the_figures_take_few_queries(client, watched, sample_world, django_assert_max_num_queries):
    with django_assert_max_num_queries(12):
        client.get("/metrics", headers=watched)
