"""Rosters in the database: who may be in a shift, which days are open, who answers when, and offices nobody may leave empty."""

from datetime import date, datetime, timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from huiyin.core.calendar_files import load as load_calendar
from huiyin.moments import local
from huiyin.org import actions, contacts, log, queries, rosters, staffing
from huiyin.org.actions import BadAct
from huiyin.org.models import AdminEvent, Officer
from huiyin.org.rosters import Unfit
from tests.cases.office import officer

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("sample_world")]
ROOM, BRIGADE = "commerce_duty_room", "commerce_brigade"
NIGHT = (datetime(2025, 3, 15, 20), datetime(2025, 3, 16, 8))


def person(name, *postings):
    """Somebody new, with (role, unit, since, until)."""
    made = actions.create_person(name, name)
    for role, unit, since, until in postings:
        actions.appoint(made, role, unit, since=since, until=until)
    return made


def deputy(name="qi", until=None):
    return person(name, ("deputy_head", BRIGADE, date(2025, 1, 1), until))


def watch(name):
    return person(name, ("duty_officer", ROOM, date(2025, 1, 1), None))


def acting(made):
    return queries.postings(made)[0]


@pytest.mark.clause("SW-ZB-03b", "SW-ZB-03c", "SW-ZB-03d")
def test_only_who_is_deputy_head_on_that_day_leads_a_shift_of_the_duty_room():
    ma, qi, first = deputy("ma", date(2025, 3, 10)), deputy(), watch("zhi1")
    with pytest.raises(Unfit) as refused:
        rosters.plan(ROOM, *NIGHT, leaders=[ma.key], members=[first.key])
    assert refused.value.clauses == ("SW-ZB-03c",)
    assert "ma当班那天不是稽查大队副职负责人" in str(refused.value)
    with pytest.raises(Unfit) as refused:
        rosters.plan(ROOM, *NIGHT, members=[first.key])
    assert refused.value.clauses == ("SW-ZB-03b",)
    row = rosters.plan(ROOM, *NIGHT, leaders=[qi.key], members=[first.key])
    with pytest.raises(Unfit) as refused:
        rosters.plan(
            ROOM, datetime(2025, 3, 16, 7), datetime(2025, 3, 16, 20), leaders=[deputy("wu").key], members=[first.key]
        )
    assert refused.value.clauses == ("SW-ZB-03d",)
    assert [r.pk for r in rosters.approve(ROOM, date(2025, 3, 15), date(2025, 3, 16))] == [row.pk]
    assert AdminEvent.objects.filter(name__in=("shift_planned", "roster_approved")).count() == 2


@pytest.mark.clause("WQ-ZZ-2-06a")
def test_a_roster_that_leaves_a_made_up_working_day_open_is_not_approved():
    host = person("jiedai", ("intake_officer", "reception", date(2025, 1, 1), None))
    for day in (22, 23, 24, 25, 26, 29, 30):
        rosters.plan("reception", datetime(2025, 9, day, 8, 30), datetime(2025, 9, day, 17, 30), members=[host.key])
    with pytest.raises(Unfit) as refused:
        rosters.approve("reception", date(2025, 9, 22), date(2025, 9, 30))
    assert (refused.value.clauses, "2025-09-28" in str(refused.value), "2025-09-27" in str(refused.value)) == (
        ("WQ-ZZ-2-06a",),
        True,
        False,
    )
    assert [gap.day for gap in rosters.gaps("reception", date(2025, 9, 22), date(2025, 9, 30), load_calendar())] == [
        date(2025, 9, 28)
    ]
    rosters.plan("reception", datetime(2025, 9, 28, 8, 30), datetime(2025, 9, 28, 17, 30), members=[host.key])
    assert len(rosters.approve("reception", date(2025, 9, 22), date(2025, 9, 30))) == 8


def running(since_its_end=timedelta(minutes=5)):
    """A shift that ended five minutes ago and the one after it, approved; with who is in them."""
    end = local(timezone.now()).replace(microsecond=0) - since_its_end
    people = [deputy("ling1"), watch("zhi1"), deputy("ling2"), watch("zhi2")]
    keys = [one.key for one in people]
    out = rosters.plan(ROOM, end - timedelta(hours=12), end, leaders=keys[:1], members=keys[1:2])
    coming = rosters.plan(ROOM, end, end + timedelta(hours=12), leaders=keys[2:3], members=keys[3:])
    rosters.approve(ROOM, (end - timedelta(hours=12)).date(), (end + timedelta(hours=12)).date())
    return out, coming, people


@pytest.mark.clause("SW-ZB-10a")
def test_a_shift_ends_when_both_sides_have_confirmed_and_answers_until_then():
    out, coming, people = running()
    now = local(timezone.now())
    assert rosters.answering(ROOM, now).pk == out.pk
    assert queries.world_for(ROOM).on_duty("duty_officer", ROOM, now) == (people[1].key,)
    with pytest.raises(Unfit) as refused:
        rosters.check_out(out)
    assert refused.value.clauses == ("SW-ZB-10a",)
    with pytest.raises(BadAct):
        rosters.take_over(out, by=acting(people[1]))
    out = rosters.hand_over(out, by=acting(people[1]))
    with pytest.raises(Unfit):
        rosters.check_out(out)
    out = rosters.take_over(out, by=acting(people[3]))
    rosters.check_out(out)
    later = local(timezone.now()) + timedelta(seconds=1)
    assert rosters.answering(ROOM, later).pk == coming.pk
    assert queries.world_for(ROOM).on_duty("duty_leader", ROOM, later) == (people[2].key,)
    assert log.broken() == []


def test_a_shift_lasts_three_days_at_most():
    host = person("jiedai", ("intake_officer", "reception", date(2025, 1, 1), None))
    begins = datetime(2025, 9, 22, 8, 30)
    with pytest.raises(BadAct):
        rosters.plan("reception", begins, begins + timedelta(hours=72, minutes=1), members=[host.key])
    assert rosters.plan("reception", begins, begins + timedelta(hours=72), members=[host.key]).pk


def test_a_shift_is_handed_over_within_the_hour_before_its_end_and_not_earlier():
    out, _coming, people = running(since_its_end=timedelta(minutes=-70))
    with pytest.raises(BadAct):
        rosters.hand_over(out, by=acting(people[1]))
    out.refresh_from_db()
    out.ends -= timedelta(minutes=20)
    out.save()
    assert rosters.hand_over(out, by=acting(people[1])).given_at is not None


def test_without_a_roster_whoever_holds_the_role_is_on_duty():
    held = queries.world_for("city").on_duty("duty_officer", "city", datetime(2025, 3, 15, 21))
    assert held == (officer("duty_officer", "city").person.key,)


def test_somebody_stands_in_with_a_reason_and_is_checked_like_everybody():
    out, _coming, people = running()
    with pytest.raises(BadAct):
        rosters.substitute(out, people[1].key, watch("zhi3").key, reason=" ")
    with pytest.raises(Unfit):
        rosters.substitute(out, people[0].key, people[1].key, reason="病假")
    row = rosters.substitute(out, people[1].key, watch("zhi4").key, reason="病假")
    assert queries.people(row.members)[row.members[0]].username == "zhi4"
    assert AdminEvent.objects.get(name="shift_substituted").body.count(people[1].key) == 1


def test_the_roster_is_kept_by_the_heads_and_a_shift_that_began_is_not_taken_back():
    keeper, other = person("fu", ("unit_head", ROOM, date(2025, 1, 1), None)), deputy()
    with pytest.raises(PermissionDenied):
        rosters.plan(ROOM, *NIGHT, leaders=[other.key], members=[watch("zhi1").key], by=officer("handler", "city"))
    ahead = local(timezone.now()).replace(microsecond=0) + timedelta(days=3)
    row = rosters.plan(
        ROOM, ahead, ahead + timedelta(hours=8), leaders=[other.key], members=[watch("zhi2").key], by=acting(keeper)
    )
    rosters.give_up(row, reason="改期", by=acting(keeper))
    assert rosters.between(ROOM, timezone.now(), timezone.now() + timedelta(days=9)) == []
    past = rosters.plan(ROOM, *NIGHT, leaders=[other.key], members=[watch("zhi3").key])
    with pytest.raises(BadAct):
        rosters.give_up(past, reason="改期")


@pytest.mark.clause("WQ-JG-02-2b")
def test_the_last_one_of_an_office_does_not_leave_before_there_is_another():
    today = queries.today()
    Officer.objects.filter(unit_id="docking").delete()
    one = actions.create_person("diaojie1", "一")
    assert [unit for unit, _flaw in staffing.short_of_staff(["docking"])] == ["docking"]
    posting = actions.appoint(one, "mediator", "docking", since=date(2025, 1, 1))
    with pytest.raises(BadAct) as refused:
        actions.end_posting(posting, until=today)
    assert "WQ-JG-02-2b" in str(refused.value)
    actions.appoint(actions.create_person("diaojie2", "二"), "mediator", "docking", since=date(2025, 1, 1))
    assert actions.end_posting(posting, until=today).until == today
    assert staffing.short_of_staff(["docking"]) == []


@pytest.mark.clause("JM-4-6a", "JM-4-3a")
def test_a_gap_between_two_liaisons_is_listed_and_a_unit_without_its_leader():
    Officer.objects.filter(unit_id="county_b", role__in=("liaison", "leader")).delete()
    first = actions.create_person("lianluo1", "一")
    actions.appoint(first, "liaison", "county_b", since=date(2015, 1, 1), until=date(2015, 6, 30))
    actions.appoint(actions.create_person("lianluo2", "二"), "liaison", "county_b", since=date(2015, 7, 2))
    found = staffing.vacancies(["county_b"], date(2015, 6, 29), date(2015, 7, 3))
    said = {(one.role, one.first, one.last, one.count, one.clauses) for one in found}
    assert ("liaison", date(2015, 7, 1), date(2015, 7, 1), 0, ("JM-4-6a",)) in said
    assert ("leader", date(2015, 6, 29), date(2015, 7, 3), 0, ("JM-4-3a",)) in said


@pytest.mark.clause("JM-4-4f")
def test_in_an_emergency_the_duty_officer_and_the_number_of_each_unit_are_known():
    units = ["section_c1", "campaign_office", "station_a1", "county_a"]
    for number, unit in enumerate(units, 1):
        contacts.set_contact(unit, phone=f"0990-123150{number}", since=date(2015, 1, 1))
        if not queries.holders("duty_officer", unit, date(2015, 7, 5)).exists():
            actions.appoint(
                actions.create_person(f"zhiban{number}", "值"), "duty_officer", unit, since=date(2015, 1, 1)
            )
    found = rosters.on_duty_at(units, datetime(2015, 7, 5, 13))
    assert [one.phone for one in found] == ["0990-1231501", "0990-1231502", "0990-1231503", "0990-1231504"]
    assert all(one.people for one in found)
