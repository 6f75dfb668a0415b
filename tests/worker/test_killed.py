"""Real workers in processes of their own, killed with -9 at several points of a send, two at a time, and the mail server away for a while."""

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter

import pytest
from django.conf import settings as django_settings
from django.db import connection

from huiyin.cases.actions import record
from huiyin.moments import stored
from huiyin.notices.models import Outbox
from tests.cases.office import MONDAY, PARTIES, a_case, officer
from tests.support.doubles import free_port, mail_server

pytestmark = pytest.mark.django_db(transaction=True)

WORK = """
import sys, os
import django
from django.conf import settings
django.setup()
from django.db import connections
settings.DATABASES["default"]["NAME"] = os.environ["TRY_DATABASE"]
connections["default"].settings_dict["NAME"] = os.environ["TRY_DATABASE"]
from dataclasses import replace
from huiyin.sending import Mail
from huiyin.vault import keys
mail = Mail("127.0.0.1", int(os.environ["TRY_PORT"]), "none", "12315@example.org")
settings.SENDING = replace(settings.SENDING, mail=mail, seconds=1, retry_most=1)
import huiyin.notices.delivery as delivery
from datetime import timedelta
delivery.lease = lambda: timedelta(seconds=3)
point = os.environ.get("TRY_POINT", "")
def die_at(name, real):
    def inner(*args, **more):
        if name == point + ":before": os.kill(os.getpid(), 9)
        found = real(*args, **more)
        if name == point + ":after": os.kill(os.getpid(), 9)
        return found
    return inner
"""


def child(port, code="", **more):
    """A process that works on the database of this test, with the ring of keys of this session."""
    from huiyin.vault import keys

    ring = keys.ring()
    told = {
        "masters": {name: key.hex() for name, key in ring.masters.items()},
        "current": ring.current, "chain": ring.chain.hex(), "blind": ring.blind.hex(), "search": ring.search.hex(),
    }  # fmt: skip
    ring_code = (
        f"told = {told!r}\n"
        "ring = keys.KeyRing({n: bytes.fromhex(k) for n, k in told['masters'].items()}, told['current'], bytes.fromhex(told['chain']), "
        "bytes.fromhex(told['blind']), bytes.fromhex(told['search']))\nkeys._in_use.append(ring)\n"
    )
    environment = {
        **os.environ, "TRY_DATABASE": str(connection.settings_dict["NAME"]), "TRY_PORT": str(port),
        "DJANGO_SETTINGS_MODULE": "huiyin.settings", **more,
    }  # fmt: skip
    text = WORK + ring_code + code
    return subprocess.Popen(
        [sys.executable, "-c", text], env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )


SEND = """
sender = delivery.Sender("p%d" % os.getpid())
import time
end = time.monotonic() + float(os.environ.get("TRY_SECONDS", "20"))
while time.monotonic() < end and delivery.Outbox.objects.filter(state__in=["queued", "sending"]).exists():
    if not sender.run(3):
        time.sleep(0.2)
"""

POINTS = {
    "claimed:after": 'delivery.Sender._claim = die_at("claimed:after", delivery.Sender._claim)\n',
    "sealed:after": 'delivery.seal = die_at("sealed:after", delivery.seal)\n',
    "sent:before": 'delivery._send = die_at("sent:before", delivery._send)\n',
    "sent:after": 'delivery._send = die_at("sent:after", delivery._send)\n',
    "settled:before": 'delivery.Sender._settle = die_at("settled:before", delivery.Sender._settle)\n',
}


def cases(count):
    for index in range(count):
        one = {**PARTIES[0], "email": f"somebody{index}@example.org"}
        del one["phone"]
        case = a_case(MONDAY, parties=[one, PARTIES[1]])
        record(case, "accepted", by=officer("intake_officer", "city"))
    Outbox.objects.exclude(clauses="TRY-05").delete()
    Outbox.objects.update(due_at=stored(MONDAY))
    assert Outbox.objects.filter(state="queued").count() == count
    connection.close()


def ids(server):
    return Counter(m["Message-ID"].strip("<>").partition("@")[0] for m in server.got)


@pytest.mark.parametrize("point", POINTS)
def test_a_worker_killed_there_loses_nothing_and_sends_nothing_twice(point):
    cases(3)
    with mail_server() as server:
        dead = child(server.port, POINTS[point] + SEND, TRY_POINT=point.partition(":")[0])
        assert dead.wait(30) == -signal.SIGKILL, dead.stdout.read()
        time.sleep(3.2)  # the lease of the dead one
        other = child(server.port, SEND)
        assert other.wait(40) == 0, other.stdout.read()
        got = ids(server)
    rows = {row.message_id: row.state for row in Outbox.objects.all()}
    assert set(rows.values()) <= {"sent", "unknown"}
    assert max(got.values()) == 1
    for id, state in rows.items():
        assert state == "unknown" or got[id] == 1
    unknown = [id for id, state in rows.items() if state == "unknown"]
    assert len(unknown) == (0 if point in ("claimed:after", "sealed:after") else 1)


def test_two_workers_killed_at_random_again_and_again_send_each_notice_at_most_once():
    cases(24)
    chance = random.Random(7)
    with mail_server(slow=0.02) as server:
        for _turn in range(5):
            pair = [child(server.port, SEND) for _index in range(2)]
            time.sleep(chance.uniform(1.0, 2.2))
            for one in pair:
                one.kill()
                one.wait(10)
        time.sleep(3.2)
        last = child(server.port, SEND, TRY_SECONDS="40")
        assert last.wait(60) == 0, last.stdout.read()
        got = ids(server)
    rows = {row.message_id: row.state for row in Outbox.objects.all()}
    assert len(rows) == 24
    assert max(got.values()) == 1
    assert set(rows.values()) <= {"sent", "unknown"}
    assert all(got[id] == 1 for id, state in rows.items() if state == "sent")
    assert list(rows.values()).count("unknown") <= 10  # at most one in the hands of each that was killed


def test_the_mail_server_comes_back_and_the_worker_catches_up_by_itself():
    cases(4)
    port = free_port()
    worker = child(port, SEND, TRY_SECONDS="40")
    time.sleep(4)
    assert set(Outbox.objects.values_list("state", flat=True)) <= {
        "queued",
        "sending",
    }  # nothing is given up or called sent
    with mail_server(port) as server:
        assert worker.wait(60) == 0, worker.stdout.read()
        assert sorted(ids(server).values()) == [1, 1, 1, 1]
    assert set(Outbox.objects.values_list("state", flat=True)) == {"sent"}


def test_the_command_works_once_and_a_running_one_stops_when_asked(tmp_path):
    from tests.project.test_cli import huiyin

    home = tmp_path / "home"
    assert huiyin("manage", "migrate", home=home).returncode == 0
    once = huiyin("worker", "--once", home=home)
    assert (once.returncode, "anchor 1" in once.stderr) == (0, True)
    running = subprocess.Popen(
        [sys.executable, "-m", "huiyin", "worker", "--every", "0.2"], env={"PATH": "/usr/bin:/bin", "HUIYIN_HOME": str(home)},
        stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    said = running.stderr.readline()
    while "started" not in said:
        said += running.stderr.readline()
    running.send_signal(signal.SIGTERM)
    said += running.communicate(timeout=120)[1]
    assert running.returncode == 0
    assert "started" in said
    assert "stopped" in said
    assert django_settings.SENDING.mail is None
