"""Webhooks: what is told to whom, signed, in order, again until it is taken, and never to a place inside."""

import hashlib
import hmac
import json
import socket
import threading
from datetime import timedelta

import pytest
from django.db import connection

from huiyin import outgoing
from huiyin.cases import clock
from huiyin.cases.actions import record
from huiyin.hooks import actions
from huiyin.hooks.models import Delivery, Subscription
from huiyin.hooks.sending import HookSender, lease
from huiyin.notices.models import Outbox
from huiyin.org.models import AdminEvent
from huiyin.worker.loop import Worker
from tests.cases.office import FACTS, MONDAY, PARTIES, a_case, officer
from tests.support.doubles import free_port, http_server

pytestmark = pytest.mark.django_db(transaction=True)


def at(minutes=0):
    return clock.at(MONDAY + timedelta(minutes=minutes))


def hook(url, who=("intake_officer", "city"), events=("*",)):
    return actions.create(officer(*who), "对接", url, events)


def acts(case, minutes=0):
    with at(minutes):
        record(case, "accepted", by=officer("intake_officer", "city"), facts={"text": "李四方的水壶"})
        record(case, "dispatched", by=officer("intake_officer", "city"), facts={"to": "county_a"})


def begun(minutes=0, **more):
    with at(minutes):
        return a_case(MONDAY + timedelta(minutes=minutes), **more)


def send(minutes=1, name="w"):
    with at(minutes):
        sender = HookSender(name)
        while sender.run():
            pass


def bodies(server):
    return [json.loads(got.body) for got in server.got]


def test_events_are_told_in_their_order_signed_and_without_anybodys_data(inside):
    with http_server() as server:
        _hook, secret = hook(server.url)
        case = begun()
        acts(case)
        with at():
            record(case, "received", by=officer("intake_officer", "county_a"))
        send()
        told = bodies(server)
        for got in server.got:
            moment = got.headers["x-huiyin-timestamp"]
            wanted = hmac.new(secret.encode(), moment.encode() + b"." + got.body, hashlib.sha256).hexdigest()
            assert got.headers["x-huiyin-signature"] == f"sha256={wanted}"
            assert abs(got.at - int(moment)) < 5
    assert [(t["event"], t["seq"]) for t in told] == [
        ("registered", 1),
        ("accepted", 2),
        ("dispatched", 3),
        ("received", 4),
    ]
    assert told[0]["case"]["number"] == case.number
    assert told[-1]["case"]["stage"]
    assert told[0]["recorded"] == "2026-05-11T09:00:00+08:00"
    assert [(due["clauses"], due["due_day"], due["owed_unit"]) for due in told[-1]["dues"]] == [
        (["TRY-02"], "2026-05-20", "county_a")
    ]
    everything = b"".join(got.body for got in server.got).decode()
    for secret_value in (*FACTS.values(), *PARTIES[0].values(), *PARTIES[1].values(), "水壶"):
        if (
            isinstance(secret_value, str)
            and len(secret_value) > 3
            and secret_value not in ("phone", "complainant", "respondent")
        ):
            assert secret_value not in everything
    assert set(Delivery.objects.values_list("state", flat=True)) == {"done"}


def test_only_the_events_asked_for_and_only_cases_that_the_posting_may_see(inside):
    with http_server() as mine, http_server() as other:
        hook(mine.url, ("intake_officer", "county_a"), ["dispatched"])
        hook(other.url, ("intake_officer", "county_b"))
        acts(begun())
        send()
        assert [t["event"] for t in bodies(mine)] == ["dispatched"]
        assert other.got == []
    assert Delivery.objects.count() == 1


def test_who_lost_sight_of_the_case_before_the_sending_is_not_told(inside):
    from huiyin.cases.models import Wall

    with http_server() as server:
        hook(server.url)
        case = begun()
        Wall.objects.create(case_id=case.pk, unit="city")
        send()
        assert server.got == []
    assert Delivery.objects.get().state == "given_up"


def test_a_posting_that_ended_is_told_nothing(inside):
    with http_server() as server:
        found, _secret = hook(server.url)
        begun()
        found.officer.__class__.objects.filter(pk=found.officer_id).update(until="2012-01-01")
        send()
        assert server.got == []


def test_it_is_tried_again_with_growing_pauses_and_nothing_overtakes(inside):
    with http_server(answers=[500, 503, 500]) as server:
        hook(server.url)
        case = begun()
        acts(case)
        waits = []
        for minute in (1, 2, 4):
            send(minute)
            waiting = Delivery.objects.get(seq=1)
            waits.append(
                (
                    waiting.due_at
                    - (MONDAY + timedelta(minutes=minute, hours=-8)).replace(tzinfo=waiting.due_at.tzinfo)
                ).total_seconds()
            )
            assert not Delivery.objects.filter(state="done").exists()
        assert 2.5 <= waits[0] <= 5
        assert waits[2] > waits[0]
        send(10)
        assert [t["seq"] for t in bodies(server)] == [1, 1, 1, 1, 2, 3]
        assert len({t["id"] for t in bodies(server)}) == 3


def test_other_cases_are_not_held_up_by_the_order_of_one(inside):
    with http_server() as server:
        hook(server.url)
        first, second = begun(), begun(1)
        Delivery.objects.filter(case_id=first.pk).update(due_at="2030-01-01T00:00:00Z")
        acts(first)
        acts(second)
        send(2)
        assert [(t["case"]["id"], t["seq"]) for t in bodies(server)] == [(second.pk, 1), (second.pk, 2), (second.pk, 3)]


def test_after_days_in_vain_it_is_stopped_and_the_administrator_told_and_goes_on_when_resumed(inside):
    port = free_port()
    found, _secret = hook(f"http://127.0.0.1:{port}/x")
    case = begun()
    day = 24 * 60
    for minute in (1, day, 2 * day, 3 * day + 60):
        send(minute)
    found.refresh_from_db()
    assert found.stopped is not None
    assert AdminEvent.objects.filter(name="hook_stopped").count() == 1
    with at(3 * day + 120):
        Worker("w").turn()
    told = Outbox.objects.filter(topic__startswith="hook_stopped")
    assert told.exists()
    from huiyin.notices import queries

    with at(3 * day + 121):
        administrator = officer("administrator", told.first().to.partition("@")[2])
        assert any("推送已停用：对接" in line.words.subject for line in queries.inbox(administrator).rows)
    with http_server() as server:
        Subscription.objects.filter(pk=found.pk).update(url=server.url)
        send(4 * day)
        assert server.got == []
        with at(4 * day):
            found.refresh_from_db()
            actions.resume(found)
        send(4 * day + 1)
        assert [t["case"]["number"] for t in bodies(server)] == [case.number]


def test_gone_means_gone(inside):
    with http_server(status=410) as server:
        found, _secret = hook(server.url)
        begun()
        send()
    found.refresh_from_db()
    assert found.stopped is not None


def test_a_redirect_is_not_followed(inside):
    with http_server() as target, http_server(status=307, headers={"Location": target.url}) as server:
        hook(server.url)
        begun()
        send()
        assert target.got == []
        assert len(server.got) == 1
    assert Delivery.objects.get().state == "waiting"


def test_many_workers_deliver_each_once_and_in_order(inside):
    with http_server() as server:
        hook(server.url)
        for index in range(8):
            acts(begun(index), index)
        errors, start = [], threading.Barrier(4)

        def work(index):
            try:
                connection.ensure_connection()
                start.wait(timeout=20)
                send(60, f"w{index}")
                send(60, f"w{index}")
            except Exception as error:
                errors.append(error)
            finally:
                connection.close()

        threads = [threading.Thread(target=work, args=(i,)) for i in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        send(61)
        assert errors == []
        by_case = {}
        for told in bodies(server):
            by_case.setdefault(told["case"]["id"], []).append(told["seq"])
        assert list(by_case.values()) == [[1, 2, 3]] * 8


def test_after_a_crash_the_lease_runs_out_and_it_is_told_again(inside):
    with http_server() as server:
        hook(server.url)
        begun()
        with at(1):
            assert len(HookSender("dead")._claim(5)) == 1
        send(2)
        assert server.got == []
        send(2 + lease().total_seconds() / 60)
        assert len(server.got) == 1


# -- where it may go


@pytest.mark.parametrize(
    "url",
    [
        "http://203.0.113.5/x", "https://127.0.0.1/x", "https://localhost/x", "https://10.0.0.8/x", "https://192.168.1.1/", "https://172.16.0.1/",
        "https://169.254.169.254/latest/meta-data/", "https://[::1]/", "https://[fe80::1]/", "https://[fd00::1]/", "https://[::ffff:127.0.0.1]/",
        "https://[64:ff9b::7f00:1]/", "https://[2002:7f00:1::]/", "https://0.0.0.0/", "https://0/", "https://2130706433/", "https://0x7f.1/",
        "https://100.64.0.1/", "https://224.0.0.1/", "ftp://example.org/", "file:///etc/passwd", "https://user:pw@example.org/", "https:///x",
        "https://example.org:99999/",
    ],
)  # fmt: skip
def test_places_inside_are_not_called(url):
    with pytest.raises(actions.BadHook) as error:
        hook(url)
    assert error.value.field == "url"


def test_a_name_that_leads_inside_later_is_not_called_either(monkeypatch, settings):
    real = socket.getaddrinfo
    answers = ["93.184.215.14", "127.0.0.1"]

    def lies(host, port, *args, **more):
        if host == "example.org":
            return [
                (socket.AF_INET, socket.SOCK_STREAM, 6, "", (answers.pop(0) if len(answers) > 1 else answers[0], port))
            ]
        return real(host, port, *args, **more)

    monkeypatch.setattr(socket, "getaddrinfo", lies)
    hook("https://example.org/x")
    begun()
    send()
    found = Delivery.objects.get()
    assert (found.state, "public Internet" in found.error) == ("waiting", True)


def test_the_connection_goes_to_the_address_that_was_checked(monkeypatch):
    asked = []
    monkeypatch.setattr(
        socket,
        "getaddrinfo",
        lambda host, port, **more: [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("93.184.215.14", port))],
    )
    monkeypatch.setattr(
        socket,
        "create_connection",
        lambda address, *args: asked.append(address) or (_ for _ in ()).throw(OSError("no")),
    )
    with pytest.raises(outgoing.NotSent):
        outgoing.post("https://example.org/x", b"", {}, seconds=1, private=False)
    assert asked == [("93.184.215.14", 443)]


# -- who may make one


def test_only_an_administrator_makes_one_and_the_secret_is_kept_closed(inside):
    from django.core.exceptions import PermissionDenied

    with pytest.raises(PermissionDenied):
        actions.create(
            officer("intake_officer", "city"), "x", "http://127.0.0.1/x", by=officer("intake_officer", "city")
        )
    found, secret = hook("http://127.0.0.1:9/x")
    assert secret.encode() not in bytes(found.secret)
    assert actions.secret_of(found) == secret.encode()
    assert secret not in AdminEvent.objects.latest("seq").body


@pytest.mark.parametrize(("events", "field"), [(["nothing_like_it"], "events"), (["*"], "name")])
def test_what_cannot_be_is_said(inside, events, field):
    with pytest.raises(actions.BadHook) as error:
        actions.create(officer("intake_officer", "city"), "" if field == "name" else "x", "http://127.0.0.1/x", events)
    assert error.value.field == field


def test_where_nobody_subscribed_no_table_of_the_hooks_is_asked():
    from django.test.utils import CaptureQueriesContext

    begun()
    with CaptureQueriesContext(connection) as asked:
        begun(1)
    assert not [query for query in asked.captured_queries if "hooks_" in query["sql"]]
    assert not Delivery.objects.exists()
