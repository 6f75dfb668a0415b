"""Sending: by a real mail server and a real gateway, each row at most once unless a person says so."""

import hashlib
import hmac
import json
import threading
from datetime import timedelta

import pytest
from django.db import connection

from huiyin.cases import clock
from huiyin.cases.actions import record
from huiyin.moments import stored
from huiyin.notices import actions
from huiyin.notices.delivery import Sender, lease, lost, sealed_words
from huiyin.notices.models import Outbox
from huiyin.vault.erasing import destroy_keys
from tests.cases.office import MONDAY, PARTIES, a_case, officer
from tests.support.doubles import free_port, http_server, mail_server

pytestmark = pytest.mark.django_db(transaction=True)
MAIL = {**PARTIES[0], "email": "lisifang@example.org", "phone": ""}


def at(minutes=0, hour=10):
    return clock.at(MONDAY.replace(hour=hour) + timedelta(minutes=minutes))


def told(parties=(MAIL, PARTIES[1]), event="accepted", **more):
    """A case with one notice that the rules ask for, to the complainant; its receipt is out of the way."""
    with at():
        case = a_case(MONDAY, parties=[{k: v for k, v in p.items() if v} for p in parties])
        record(case, event, by=officer("intake_officer", "city"), **more)
    Outbox.objects.filter(case_id=case.pk).exclude(clauses="TRY-05").delete()
    return case, Outbox.objects.get(case_id=case.pk)


def send(minutes=1, name="w1", sender=None):
    with at(minutes):
        (sender or Sender(name)).run()


def again(row):
    return Outbox.objects.get(pk=row.pk)


# -- mail


def test_a_notice_goes_out_by_mail_with_its_own_id_and_says_what_it_must(sending):
    case, row = told()
    with mail_server() as server:
        sending(mail=server.port)
        send()
        send(2)
    (message,) = server.got
    text = message.get_content()
    assert message["Message-ID"] == f"<{row.message_id}@example.org>"
    assert message["To"] == "lisifang@example.org"
    assert case.number in message["Subject"]
    for part in (case.number, "2026年5月11日", "TRY-05", "《试行办法》", "https://12345.example.org/track/"):
        assert part in text
    assert "李四方" not in text + str(message)
    done = again(row)
    assert (done.state, done.channel, done.attempts, done.lease_by) == ("sent", "email", 1, "")
    assert sealed_words(done).text.strip() == text.strip()


def test_while_the_server_is_down_nothing_is_lost_and_it_catches_up(sending, caplog):
    _case, row = told()
    port = free_port()
    sending(mail=port, retry_most=600)
    sender = Sender("w1")
    for minute in (1, 2, 3, 20, 40):
        send(minute, sender=sender)
    waiting = again(row)
    assert (waiting.state, waiting.attempts) == ("queued", 0)
    assert waiting.due_at > stored(MONDAY.replace(hour=10, minute=40))
    assert waiting.due_at <= stored(MONDAY.replace(hour=10, minute=51))
    with mail_server(port) as server:
        send(60, sender=sender)
        assert len(server.got) == 1
    assert again(row).state == "sent"
    assert "email: nothing is taken" in caplog.text
    assert "email: is taken again" in caplog.text
    assert "lisifang" not in caplog.text


@pytest.mark.parametrize(
    ("answers", "state", "attempts"),
    [
        ({"rcpt": "550 nobody here <lisifang@example.org>"}, "failed", 1),
        ({"rcpt": "450 not now"}, "queued", 1),
        ({"data": "554 not liked"}, "failed", 1),
        ({"data": "451 not now"}, "queued", 1),
        ({"hang": True}, "unknown", 1),
    ],
)
def test_what_the_server_answers_decides(sending, answers, state, attempts):
    _case, row = told()
    with mail_server(**answers) as server:
        sending(mail=server.port)
        send()
    done = again(row)
    assert (done.state, done.attempts) == (state, attempts)
    assert "lisifang" not in done.error
    assert done.unit == ("" if state == "queued" else "city")


def test_an_unknown_row_is_never_sent_again_until_somebody_says_so(sending):
    _case, row = told()
    with mail_server(hang=True) as server:
        sending(mail=server.port)
        for minute in (1, 100, 500):
            send(minute)
        assert len(server.got) == 1
        server.hang = False
        with at(501):
            actions.resend(again(row))
        send(502)
    assert [m["Message-ID"] for m in server.got] == [f"<{row.message_id}@example.org>"] * 2
    assert server.got[0].get_content() == server.got[1].get_content()
    assert again(row).state == "sent"


def test_waits_grow_and_stop_growing(sending):
    _case, row = told()
    waits, minute = [], 1
    with mail_server(rcpt="450 not now") as server:
        sending(mail=server.port, retry_most=300)
        for _turn in range(9):
            send(minute)
            due = again(row).due_at
            waits.append((due - stored(MONDAY.replace(hour=10) + timedelta(minutes=minute))).total_seconds())
            minute += 10
    assert again(row).attempts == 9
    assert all(2.5 <= first <= 5 for first in waits[:1])
    assert all(150 <= last <= 300 for last in waits[-2:])
    assert waits[4] > 2 * waits[0]


def test_what_could_not_be_sent_for_too_long_is_left_to_people(sending):
    _case, row = told()
    sending(mail=free_port(), notice_days=2)
    send(60 * 24 * 3)
    assert (again(row).state, again(row).error, again(row).unit) == ("failed", "too old", "city")


def test_a_courtesy_that_is_too_old_and_a_past_that_was_only_played_trouble_nobody(sending):
    with at():
        case = a_case(MONDAY)
        record(case, "accepted", by=officer("intake_officer", "city"))
    sending()
    with at(1):
        assert actions.tell_no_more(MONDAY.replace(hour=9, minute=30)) == 1
        assert actions.tell_no_more(MONDAY.replace(hour=11)) == 1
    Outbox.objects.update(state="queued", finished=None)
    send(60 * 24 * 15)
    assert set(Outbox.objects.values_list("seq", "state")) == {(1, "nothing"), (2, "failed")}


# -- short messages


def test_a_short_message_is_signed_over_moment_and_body(sending):
    case, row = told(PARTIES)
    with http_server() as server:
        sending(sms=server.url)
        send()
    (got,) = server.got
    moment, given = got.headers["x-huiyin-timestamp"], got.headers["x-huiyin-signature"]
    wanted = hmac.new(b"a secret of the gateway", moment.encode() + b"." + got.body, hashlib.sha256).hexdigest()
    assert given == f"sha256={wanted}"
    body = json.loads(got.body)
    assert (body["id"], body["to"], got.headers["idempotency-key"]) == (row.message_id, "13800138000", row.message_id)
    assert body["text"].startswith("【测试】")
    assert case.number in body["text"]
    assert again(row).state == "sent"


@pytest.mark.parametrize(
    ("server", "repeatable", "state"),
    [
        ({"status": 400}, False, "failed"),
        ({"status": 422}, True, "failed"),
        ({"status": 503}, False, "queued"),
        ({"status": 429, "headers": {"Retry-After": "120"}}, False, "queued"),
        ({"status": 401}, False, "queued"),
        ({"status": 302, "headers": {"Location": "http://127.0.0.1:1/"}}, False, "queued"),
        ({"status": 500}, False, "unknown"),
        ({"status": 502}, False, "unknown"),
        ({"status": 504}, True, "queued"),
        ({"slow": 6}, False, "unknown"),
        ({"slow": 6}, True, "queued"),
        ({"drop": True}, False, "unknown"),
    ],
)
def test_what_the_gateway_answers_decides(sending, server, repeatable, state):
    _case, row = told(PARTIES)
    with http_server(**server) as gateway:
        sending(sms=gateway.url, repeatable=repeatable)
        send()
    assert again(row).state == state
    if server.get("headers", {}).get("Retry-After"):
        assert again(row).due_at >= stored(MONDAY.replace(hour=10, minute=3))


def test_a_gateway_that_is_not_there_costs_no_attempt(sending):
    _case, row = told(PARTIES)
    sending(sms=f"http://127.0.0.1:{free_port()}/")
    send()
    assert (again(row).state, again(row).attempts) == ("queued", 0)


def test_a_long_answer_is_cut_in_the_short_message_and_whole_in_the_mail(sending):
    long = "经查，商家同意换货并赔礼道歉。" * 60
    with at():
        case = a_case(MONDAY, parties=PARTIES)
        record(case, "dispatched", by=officer("intake_officer", "city"), facts={"to": "city", "dispatch_kind": "self"})
        record(case, "stage_replied", by=officer("handler", "city"), facts={"method": "sms", "progress": long})
    Outbox.objects.exclude(seq=4).delete()
    with http_server() as server:
        sending(sms=server.url, segments=3)
        send()
    (got,) = server.got
    text = json.loads(got.body)["text"]
    from huiyin.notices.channels import segments

    assert segments(text) <= 3
    assert "…" in text
    assert "经查，商家同意换货" in text
    assert long in sealed_words(Outbox.objects.get()).text


# -- leases


def test_a_worker_that_died_before_sending_leaves_the_row_to_the_next(sending):
    _case, row = told()
    sending()
    with at(1):
        assert len(Sender("dead")._claim(5)) == 1
        assert Sender("other")._claim(5) == []
    with mail_server() as server:
        sending(mail=server.port)
        send(1 + lease().total_seconds() / 60 + 1)
    assert len(server.got) == 1
    assert again(row).state == "sent"


def test_a_worker_that_died_in_the_middle_of_it_leaves_the_row_unknown(sending):
    _case, row = told()
    Outbox.objects.filter(pk=row.pk).update(
        state="sending", lease_by="dead", lease_until=stored(MONDAY.replace(hour=10, minute=5)), channel="email"
    )
    with mail_server() as server:
        sending(mail=server.port)
        send(4)
        assert again(row).state == "sending"
        send(6)
        send(600)
    assert server.got == []
    assert (again(row).state, again(row).unit) == ("unknown", "city")


def test_a_clock_that_goes_back_by_years_keeps_no_row_for_ever(sending):
    _case, row = told()
    Outbox.objects.filter(pk=row.pk).update(lease_by="dead", lease_until=stored(MONDAY.replace(year=2036)))
    with mail_server() as server:
        sending(mail=server.port)
        send(1)
    assert len(server.got) == 1
    Outbox.objects.filter(pk=row.pk).update(
        state="sending", lease_by="dead", lease_until=stored(MONDAY.replace(year=2036))
    )
    with at(2):
        assert lost() == 1


def test_many_workers_send_each_notice_once(sending):
    with at():
        for index in range(25):
            case = a_case(MONDAY, parties=[{**PARTIES[0], "phone": f"1380013{index:04}"}, PARTIES[1]])
            record(case, "accepted", by=officer("intake_officer", "city"))
    Outbox.objects.exclude(clauses="TRY-05").delete()
    with http_server() as server:
        sending(sms=server.url)
        start = threading.Barrier(4)
        errors = []

        def work(index):
            try:
                start.wait(timeout=20)
                with at(1):
                    sender = Sender(f"w{index}")
                    while sender.run(3):
                        pass
            except Exception as error:
                errors.append(error)
            finally:
                connection.close()

        threads = [threading.Thread(target=work, args=(i,)) for i in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
    assert errors == []
    ids = [json.loads(got.body)["id"] for got in server.got]
    assert sorted(ids) == sorted(Outbox.objects.values_list("message_id", flat=True))
    assert set(Outbox.objects.values_list("state", flat=True)) == {"sent"}


# -- who cannot be told


def test_without_a_channel_it_becomes_a_task_of_the_unit_and_a_courtesy_does_not(sending):
    with at():
        case = a_case(MONDAY, parties=PARTIES)
        record(case, "accepted", by=officer("intake_officer", "city"))
    sending()
    send()
    assert set(Outbox.objects.values_list("seq", "state", "unit")) == {(1, "nothing", ""), (2, "by_hand", "city")}


def test_a_landline_and_a_wrong_address_are_told_by_hand(sending):
    _case, row = told([{**PARTIES[0], "phone": "0371-65500000", "email": "not an address"}, PARTIES[1]])
    with http_server() as server:
        sending(sms=server.url, mail=free_port())
        send()
    assert server.got == []
    assert again(row).state == "by_hand"


def test_what_was_erased_is_not_told(sending):
    case, row = told()
    destroy_keys(case.pk, party="1")
    with mail_server() as server:
        sending(mail=server.port)
        send()
    assert server.got == []
    assert (again(row).state, again(row).error) == ("nothing", "erased")


def test_an_officer_who_telephoned_is_not_doubled_by_a_machine(sending):
    with at():
        case = a_case(MONDAY, parties=PARTIES)
        record(case, "accepted", by=officer("intake_officer", "city"), facts={"text": "符合条件"})
        facts = {"about": "acceptance", "method": "phone"}
        record(case, "party_informed", by=officer("intake_officer", "city"), facts=facts)
    assert not Outbox.objects.filter(seq=3).exists()
