"""A new holiday notice (D11): open limits that it moves are told by an event; nothing else is written, and running it again writes nothing."""

from datetime import date, datetime

import pytest

from huiyin.cases import calendars, clock, rebuilding, recalculating
from huiyin.cases.actions import record
from huiyin.cases.models import Event
from huiyin.core.calendar_files import load
from huiyin.core.day_table import Notice, Rest
from huiyin.core.workdays import Calendar
from huiyin.dues.models import Due
from huiyin.notices.models import Outbox
from tests.cases.office import a_case, officer

AT = datetime(2026, 12, 28, 9)


@pytest.fixture
def notice_of_2027(monkeypatch):
    """Publishes a notice for 2027 when called: 1 to 3 January off."""

    def publish():
        known = load()
        rest = Rest("元旦", date(2027, 1, 1), date(2027, 1, 5))
        grown = Calendar(
            [*known.notices, Notice(2027, "2027年放假安排", (rest,), known_from=date(2026, 12, 29))], known.overlays
        )
        monkeypatch.setattr(calendars, "current", lambda: grown)
        return grown

    return publish


def recorded(case):
    return list(Event.objects.filter(case_id=case.pk, name="due_recalculated").order_by("seq"))


def test_an_open_limit_is_moved_by_an_event_and_its_owner_is_told(notice_of_2027):
    case = a_case(AT)
    recalculating.load()
    before = Due.objects.get(subject_id=case.pk, name="accept")
    assert before.provisional
    notice_of_2027()
    assert not recalculating.is_current()
    with clock.at(datetime(2026, 12, 30, 9)):
        done = recalculating.load()
    after = Due.objects.get(subject_id=case.pk, name="accept")
    assert (done.cases, done.moved) == (1, 1)
    assert (before.due_day, after.due_day, after.provisional) == (date(2027, 1, 4), date(2027, 1, 7), False)
    assert [e.name for e in recorded(case)] == ["due_recalculated"]
    assert Outbox.objects.filter(case_id=case.pk, about="due_date").exists()
    assert recalculating.is_current()


def test_a_case_whose_dates_stand_keeps_the_copy_that_follows_from_its_events():
    """Weeks later its limit has passed; loading a calendar is no event of the case, and `verify` compares with the events."""
    case = a_case(AT)
    with clock.at(datetime(2027, 2, 26, 9)):
        assert recalculating.load().moved == 0
    assert not Due.objects.get(subject_id=case.pk, name="accept").late
    assert not list(rebuilding.differences([case.pk]))


def test_loading_again_writes_nothing(notice_of_2027):
    case = a_case(AT)
    recalculating.load()
    notice_of_2027()
    with clock.at(datetime(2026, 12, 30, 9)):
        recalculating.load()
        assert recalculating.load().moved == 0
    assert len(recorded(case)) == 1


def test_a_closed_limit_stays_as_it_was(notice_of_2027):
    case = a_case(AT)
    with clock.at(datetime(2026, 12, 29, 9)):
        record(case, "accepted", by=officer("intake_officer", "city"))
    recalculating.load()
    notice_of_2027()
    with clock.at(datetime(2026, 12, 30, 9)):
        assert recalculating.load().moved == 0
    assert recorded(case) == []


def test_the_first_calendar_of_an_installation_is_taken_as_it_is():
    assert recalculating.loaded_version() is None
    assert recalculating.is_current()
    assert recalculating.loaded_version() == calendars.current().version
