"""The loop: leases of jobs, a clock that jumps, a database that is away, what is past its age."""

from datetime import date, datetime, timedelta

import pytest
from django.db import OperationalError
from django.utils import timezone

from huiyin.accounts import actions as accounts
from huiyin.cases import clock, drafts, idempotency, rebuilding
from huiyin.cases.models import Anchor, Draft, IdempotencyKey
from huiyin.dues.models import CASE, Due
from huiyin.moments import stored
from huiyin.notices.models import Outbox
from huiyin.notices.rendering import words_without_case
from huiyin.org import contacts, people, telephones
from huiyin.worker import jobs, leases
from huiyin.worker.loop import Worker
from huiyin.worker.models import Job
from tests.cases.office import a_case, officer

pytestmark = pytest.mark.django_db(transaction=True)
NOW = datetime(2026, 6, 1, 9, 0)
EVERY, LEASE = timedelta(minutes=1), timedelta(minutes=10)


def take(worker="a", at=NOW):
    with clock.at(at):
        return leases.take("try", worker, every=EVERY, lease=LEASE)


@pytest.fixture
def job():
    with clock.at(NOW):
        leases.ensure(["try"])


def test_of_two_workers_one_gets_the_job_and_gives_it_back(job):
    mine = take("a")
    assert mine is not None
    assert take("b") is None
    with clock.at(NOW):
        leases.done(mine, next_at=stored(NOW + EVERY))
    assert take("b") is None
    assert take("b", NOW + EVERY) is not None


def test_after_a_crash_the_lease_runs_out(job):
    assert take("dead") is not None
    assert take("b", NOW + LEASE - timedelta(seconds=1)) is None
    assert take("b", NOW + LEASE) is not None


def test_who_was_interrupted_takes_his_own_job_again_at_once(job):
    assert take("a") is not None
    assert take("a") is not None


def test_a_clock_that_was_years_ahead_keeps_no_job_for_ever(job):
    ahead = take("a", NOW + timedelta(days=3650))
    with clock.at(NOW + timedelta(days=3650)):
        leases.done(ahead, next_at=stored(NOW + timedelta(days=3650)))
    assert take("b") is not None
    Job.objects.update(lease_by="dead", lease_until=stored(NOW + timedelta(days=3650)))
    assert take("c") is not None


def test_whoever_lost_the_lease_changes_nothing(job):
    late = take("a")
    other = take("b", NOW + LEASE)
    with clock.at(NOW + LEASE):
        leases.done(late, next_at=stored(NOW + timedelta(days=1)))
    assert Job.objects.get().lease_by == other.lease_by == "b"


def test_a_job_that_fails_stops_no_other(monkeypatch, caplog):
    broken = jobs.Task("broken", lambda job, sweep: [][1], EVERY, LEASE)
    monkeypatch.setattr("huiyin.worker.loop.TASKS", (broken, *jobs.TASKS))
    with clock.at(NOW):
        assert Worker("w").turn() == 0
    assert Job.objects.get(name="broken").error == "IndexError"
    assert Job.objects.get(name="passed").done_at is not None
    assert "job broken failed" in caplog.text


def test_while_the_database_is_away_it_waits_ever_longer_and_goes_on_by_itself(monkeypatch, caplog):
    worker, real = Worker("w"), Worker.once

    def away(self):
        raise OperationalError("connection refused")

    monkeypatch.setattr(Worker, "once", away)
    with clock.at(NOW):
        waits = [worker.turn() for _turn in range(12)]
        assert 0.5 <= waits[0] <= 1
        assert all(30 <= wait <= 60 for wait in waits[-4:])
        monkeypatch.setattr(Worker, "once", real)
        assert worker.turn() == 0
    assert "does not answer" in caplog.text
    assert "answers again" in caplog.text
    assert Job.objects.filter(done_at__isnull=False).count() == len(jobs.TASKS)


def test_one_anchor_a_day_whoever_made_it():
    a_case()
    with clock.at(NOW):
        Worker("w").turn()
        Worker("v").turn()
    assert Anchor.objects.count() == 1
    with clock.at(NOW + timedelta(hours=15, minutes=30)):  # half past midnight: not yet
        Worker("w").turn()
    assert Anchor.objects.count() == 1
    with clock.at(NOW + timedelta(hours=17)):
        Worker("w").turn()
    assert Anchor.objects.count() == 2


def test_drafts_and_keys_past_their_age_go_with_what_was_typed(settings):
    with clock.at(NOW):
        old = drafts.save("p1", {"what": "没有提交的内容"})
        idempotency.claim("p1", "k", "x" * 64, 0)
    with clock.at(NOW + timedelta(days=20)):
        drafts.save("p1", {"what": "新的"})
    with clock.at(NOW + timedelta(days=settings.SENDING.draft_days, hours=1)):
        Worker("w").turn()
    assert Draft.objects.count() == 1
    assert not IdempotencyKey.objects.exists()
    from huiyin.vault import actions as vault

    assert vault.open_many([old.ref])[old.ref] is vault.ERASED


def test_administrators_hear_of_dates_that_rest_on_no_notice_once_a_week():
    from tests.cases.office import MONDAY

    last = MONDAY.replace(year=2026, month=12, day=29)
    with clock.at(last):
        a_case(last)
        Worker("w").turn()
    with clock.at(last + timedelta(hours=2)):
        Worker("w").turn()
    found = Outbox.objects.filter(topic__startswith="provisional:")
    assert set(found.values_list("to_kind", "case_id", "state")) == {("officer", 0, "sent")}
    assert found.count() == len(set(found.values_list("to", flat=True)))
    from huiyin.notices import queries

    administrator = officer("administrator", found.first().to.partition("@")[2])
    with clock.at(last):
        (line,) = queries.inbox(administrator).rows
    assert "个到期日是暂定的" in line.words.subject


@pytest.mark.clause("HN-FW-02b")
def test_the_head_of_a_unit_is_told_once_that_its_telephone_is_down():
    contacts.set_contact("county_a", phone="0990-1231500", since=date(2026, 1, 1))
    began = timezone.now() - timedelta(minutes=72)
    telephones.report_outage("county_a", "0990-1231500", since=began, why="停电")
    for _n in range(2):
        jobs._phones_down()
    told = Outbox.objects.filter(topic__startswith="phone_down")
    assert {row.to for row in told} == {"unit_head@county_a", "leader@county_a", "director@county_a"}
    words = words_without_case(told[0])
    assert "0990-1231500" in words.subject
    assert "起中断" in words.text
    assert "%" in words.text


def test_people_are_told_what_was_changed_about_how_they_log_in():
    job, one, keeper = (
        Job(name="own_accounts"),
        officer("handler", "county_a"),
        officer("security_administrator", "province"),
    )
    accounts.reset_factors(one.person, by=keeper)
    assert jobs._own_accounts(job, None) == 0, "nothing of the time before"
    people.set_password(one.person, "Kuaile-Huiyin-2026!", by=keeper)
    accounts.reset_factors(one.person, by=keeper)
    accounts.unlock(one.person, by=keeper)
    assert [jobs._own_accounts(job, None) for _n in range(2)] == [2, 0]
    told = Outbox.objects.filter(topic__startswith="own_account").order_by("pk")
    assert {row.to for row in told} == {one.person.key}
    assert [words_without_case(row).subject for row in told] == [
        "您的账号有变动：密码被重设",
        "您的账号有变动：第二道验证被清除",
    ]
    assert "如果不是您本人办理" in words_without_case(told[0]).text


def test_copies_that_an_older_version_worked_out_are_made_anew_once_and_bit_by_bit(monkeypatch):
    cases = [a_case() for _ in range(3)]
    stale = Due.objects.filter(subject_kind=CASE, subject_id__in=[case.pk for case in cases])
    jobs.calendar_is_current()  # the first calendar is taken as it is
    wanted = sorted(stale.values_list("subject_id", "key", "owed_unit"))
    assert wanted
    stale.update(owed_unit="county_b")
    monkeypatch.setattr(jobs, "COPIES_AT_ONCE", -1.0)  # a page each time
    monkeypatch.setattr(rebuilding.case_ids, "__defaults__", (0, 1))
    job, done = Job(name="copies"), []
    for _turn in range(6):
        done.append(jobs._copies(job, None))
    assert done == [1, 1, 1, 0, 0, 0]
    assert sorted(stale.all().values_list("subject_id", "key", "owed_unit")) == wanted
    assert job.state == {"derivation": rebuilding.DERIVATION}
    monkeypatch.setattr(rebuilding, "DERIVATION", rebuilding.DERIVATION + 1)
    Due.objects.filter(subject_id=cases[0].pk).update(owed_unit="county_b")
    assert [jobs._copies(job, None) for _turn in range(4)] == [1, 0, 0, 0]
    assert sorted(stale.all().values_list("subject_id", "key", "owed_unit")) == wanted
