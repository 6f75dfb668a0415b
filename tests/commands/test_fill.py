"""`huiyin fill`: many invented cases, each with a log of its own that verifies and from which every copy follows."""

import re
from collections import Counter
from random import Random

import pytest

from huiyin.cases import clock, rebuilding
from huiyin.cases.models import Business, Case, Event
from huiyin.cases.verifying import verify
from huiyin.commands import Stop, _filling, _people
from huiyin.commands.fill import fill
from huiyin.dues.models import RUNNING, Due
from huiyin.moments import stored
from huiyin.notices.models import QUEUED, Outbox
from huiyin.org.models import Unit
from huiyin.vault.models import BlindIndex, Record


@pytest.mark.django_db
def test_a_filled_database_verifies_and_every_copy_follows_from_the_events(sample_world):
    fill(500, processes=1, quiet=True)
    assert 500 <= Case.objects.count() <= 510
    report = verify()
    assert report.sound, report.findings[:5]
    ids = [pk for page in rebuilding.pages() for pk in page]
    assert not [d for page in rebuilding.pages() for d in rebuilding.differences(page)]
    assert rebuilding.rebuild(ids[:40]) == 0
    assert rebuilding.rebuild_counters() == 0


@pytest.mark.django_db
def test_the_cases_are_of_many_kinds_and_one_in_seven_is_open(sample_world):
    fill(800, processes=1, quiet=True)
    assert len(set(Case.objects.values_list("kind", flat=True))) >= 4
    assert len(set(Case.objects.values_list("procedure_id", flat=True))) >= 6
    assert len(set(Case.objects.values_list("unit", flat=True))) >= 3
    days = sorted(Case.objects.values_list("began", flat=True))
    assert (days[-1] - days[0]).days > 1000
    assert days[-1] < stored(clock.now())
    still = Case.objects.filter(ended=False, archived=False).count()
    assert 0.08 <= still / Case.objects.count() <= 0.32
    late = Due.objects.filter(state=RUNNING, window=False, late_at__lt=stored(clock.now()))
    assert late.values("subject_id").distinct().count() > 3
    assert not Outbox.objects.filter(state=QUEUED).exists()
    assert Business.objects.count() > 5  # shops that can be found again


@pytest.mark.django_db
def test_no_two_cases_share_what_must_be_their_own(sample_world):
    fill(300, processes=1, quiet=True)
    for values in (
        Case.objects.values_list("code_hash", flat=True), Case.objects.values_list("head_hash", flat=True),
        Record.objects.values_list("commitment", flat=True), Outbox.objects.values_list("message_id", flat=True),
    ):  # fmt: skip
        assert max(Counter(values).values()) == 1
    numbers = Counter(Case.objects.values_list("series", "number"))
    assert max(numbers.values()) == 1
    names = Counter(BlindIndex.objects.filter(kind="phone", party="1").values_list("token", flat=True))
    assert max(names.values()) < 30  # those who complain again, and no more
    assert not [
        body for body in Event.objects.values_list("body", flat=True) if re.search(r"\b9\d{14}\b", body)
    ]  # ids of forms


@pytest.mark.django_db
def test_an_interrupted_run_goes_on_from_what_is_there(sample_world):
    plan = _filling.plan(200, 5)
    filling = _filling.fill(200, 5, 1, plan)
    assert next(filling) >= 200  # one chunk, then somebody stops it
    filling.close()
    before = Case.objects.count()
    fill(before + 100, processes=1, quiet=True)
    assert before + 100 <= Case.objects.count() <= before + 110
    fill(before, processes=1, quiet=True)  # nothing to do
    assert Case.objects.count() <= before + 110
    assert verify().sound


@pytest.mark.django_db
def test_an_office_of_its_own_is_left_alone(session_ring):
    Unit.objects.create(id="office", label="某局", level="county", functions=[], hours={}, since="2020-01-01")
    with pytest.raises(Stop, match="有自己的单位"):
        fill(10, processes=1, quiet=True)
    with pytest.raises(Stop, match="没有示范单位"):
        fill(10, sure=True, processes=1, quiet=True)
    assert not Case.objects.exists()


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_several_processes_share_out_the_series(sample_world):
    fill(600, processes=2, quiet=True)
    assert 600 <= Case.objects.count() <= 620
    assert verify().sound


def test_codes_of_shops_check_out():
    from stdnum.cn import uscc

    assert all(uscc.is_valid(_people.credit_code(number)) for number in range(0, 20_000, 97))
    assert _people.person(Random(1)) != _people.person(Random(2))
