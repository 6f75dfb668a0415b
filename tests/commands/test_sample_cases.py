"""The sample cases: stories in the form of worked examples, told through `record()`; what there must be among them, and that they still fit."""

from collections import Counter
from datetime import date, datetime

import pytest

from huiyin.cases import calendars, clock
from huiyin.cases.models import Case, CaseRound, Event, Hop, Link, Wall
from huiyin.cases.verifying import verify
from huiyin.commands import _sample_cases
from huiyin.commands._stories import SHIPPED, StoryError, Telling, When, every_event, officer, shipped, stands_at
from huiyin.core.examples import run_file
from huiyin.dues.models import RUNNING, Due
from huiyin.moments import stored
from tests.support.shipped import calendar, library

TODAY = datetime(2026, 11, 18, 9, 30)


@pytest.fixture
def told(sample_world):
    with clock.at(TODAY):
        _sample_cases.make()


@pytest.mark.django_db
def test_there_are_at_least_sixty_over_kinds_stages_units_and_procedures(told):
    assert Case.objects.count() >= 70
    assert set(Case.objects.values_list("kind", flat=True)) >= {
        "complaint", "report", "enquiry", "suggestion", "praise", "staff_complaint",
    }  # fmt: skip
    assert len(set(Case.objects.values_list("stage", flat=True))) >= 7
    assert len(set(Case.objects.values_list("handling_unit", flat=True))) >= 6
    assert len(set(Case.objects.values_list("procedure_id", flat=True))) >= 9
    assert len(set(Case.objects.values_list("channel", flat=True))) >= 5


@pytest.mark.django_db
def test_every_turn_a_case_may_take_is_among_them(told):
    names = Counter(Event.objects.values_list("name", flat=True))
    wanted = (
        "amended", "annulled", "reopened", "withdrawn", "refused", "merged", "split", "joint_assigned", "transferred_out", "sent_back",
        "extended", "test_started", "recusal_decided", "urged", "filing_declined", "filed",
    )  # fmt: skip
    assert all(names[name] for name in wanted), [name for name in wanted if not names[name]]
    twice = Counter(Event.objects.filter(name="returned").values_list("case_id", flat=True))
    assert max(twice.values()) >= 2
    assert Due.objects.filter(state="paused").exists()
    assert Wall.objects.exclude(person="").exists()
    assert Wall.objects.exclude(unit="").exists()
    assert CaseRound.objects.filter(round=2).exists()
    assert Case.objects.filter(void=True).exists()
    assert Link.objects.filter(relation__contains="repeat").exists()
    assert Hop.objects.values("case_id").distinct().count() > 20
    late = Due.objects.filter(state=RUNNING, window=False, late_at__lt=stored(TODAY))
    assert late.values("subject_id").distinct().count() >= 3


@pytest.mark.django_db
def test_they_lie_in_the_last_months_and_verify(told):
    first, last = Event.objects.order_by("recorded").first(), Event.objects.order_by("recorded").last()
    assert 40 < (stored(TODAY) - first.recorded).days < 150
    assert last.recorded < stored(TODAY)
    assert verify().sound
    assert not any(e.actor_person == "" for e in Event.objects.filter(actor_role="handler"))


@pytest.mark.django_db
@pytest.mark.parametrize("today", [date(2026, 10, 8), date(2027, 2, 1)])
def test_they_can_be_told_on_any_day(sample_world, today):
    """Holidays move limits: after the National Day week, and before a year whose holidays nobody knows yet."""
    now = datetime.combine(today, datetime.min.time()).replace(hour=10)
    with clock.at(now):
        assert _sample_cases.make() >= 60


def test_they_are_worked_examples_and_pass():
    for path in sorted(SHIPPED.glob("*.toml")):
        assert not [(r.name, r.error, r.expected) for r in run_file(path, library()) if not r.passed]


def test_nobody_in_them_is_real():
    for raw in shipped():
        for table in raw["parties"].values():
            assert str(table.get("phone", "1380000")).startswith(("1380000", "0990-6555"))
        assert all(event["at"] < stands_at_moment(raw) for event in every_event(raw))


def stands_at_moment(raw):
    return datetime.combine(stands_at(raw), datetime.min.time())


def test_days_keep_their_distance_in_days_worked():
    """The seventh day worked before the base becomes the seventh before today, whatever lies between."""
    when = When(date(2026, 9, 21), date(2026, 10, 9), calendar())
    assert when.day(date(2026, 9, 20)) == date(2026, 10, 8)  # a Sunday that is worked, before a Monday
    assert when.day(date(2026, 9, 18)) == date(2026, 9, 30)  # 1 to 7 October are off
    assert when.day(date(2026, 9, 22)) == date(2026, 10, 10)  # forward: the Saturday is worked
    assert when.day(date(2025, 9, 21)) == date(2025, 10, 9)  # far away: calendar days
    assert when.moment(datetime(2026, 9, 20, 9, 5)) == datetime(2026, 10, 8, 9, 5)


@pytest.mark.django_db
def test_a_story_that_names_nobody_is_said(sample_world):
    with pytest.raises(StoryError, match="director@station_a2"):
        officer("director@station_a2")
    raw = dict(shipped()[0])
    del raw["now"]
    with pytest.raises(StoryError, match="now"):
        stands_at(raw)
    story = shipped()[0]
    telling = Telling(story, When(stands_at(story), TODAY.date(), calendars.current()), datetime(2000, 1, 1))
    assert telling.tell() == []  # nothing had happened then
