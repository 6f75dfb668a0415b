"""Who finds which case: by query, with the answers of the core; walls, secrecy, assigned officers."""

from datetime import timedelta

import pytest

from huiyin.cases import access, clock
from huiyin.cases.access import sight, viewer, visible_to
from huiyin.cases.actions import record
from huiyin.cases.models import AccessEntry, Case, Wall
from huiyin.cases.queries import open_case
from huiyin.cases.timeline import Timeline
from huiyin.core.access import may_find
from huiyin.org.models import Officer
from huiyin.org.queries import actor_of
from tests.cases.office import FACTS, MONDAY, PARTIES, a_case, officer

HOUR = timedelta(hours=1)


def moved(case, *steps):
    """Record events one hour apart: (event, role, unit, facts)."""
    for number, (event, role, unit, facts) in enumerate(steps, 1):
        with clock.at(MONDAY + number * HOUR):
            record(case, event, by=officer(role, unit), facts=facts)


def person(role, unit, number=1):
    return f"p{officer(role, unit, number).person_id}"


def sees(role, unit, number=1):
    return visible_to(officer(role, unit, number)).exists()


TO_COUNTY = ("dispatched", "intake_officer", "city", {"to": "county_a"})
RECEIVED = ("received", "intake_officer", "county_a", {})
WITHIN = ("dispatched", "intake_officer", "county_a", {"to": "station_a1", "dispatch_kind": "within"})
BACK = ("returned", "intake_officer", "county_a", {"reason": "不在本辖区"})


@pytest.mark.parametrize("steps", [[], [TO_COUNTY], [TO_COUNTY, RECEIVED, WITHIN], [TO_COUNTY, RECEIVED, BACK]])
def test_the_query_answers_as_the_core_does(steps):
    """For every officer of the sample world, but handlers, whom the stored copies narrow further."""
    case = a_case()
    moved(case, *steps)
    opened = open_case(Case.objects.get())
    officers = [o for o in Officer.objects.select_related("unit", "person") if o.role not in access.OWN_CASES]
    found = {o.pk for o in officers if visible_to(o).exists()}
    wanted = {o.pk for o in officers if may_find(opened.view, actor_of(o), opened.world)}
    assert found == wanted
    assert 0 < len(found) < len(officers)


def test_a_unit_finds_what_it_or_a_unit_below_has_or_had():
    case = a_case(unit="county_a", by=officer("intake_officer", "county_a"))
    assert sees("intake_officer", "county_a")
    assert sees("leader", "city"), "the unit above"
    assert not sees("intake_officer", "county_b")
    assert not sees("intake_officer", "station_a1"), "a station finds only its own"
    moved(case, ("dispatched", "intake_officer", "county_a", {"to": "station_a1", "dispatch_kind": "within"}))
    assert sees("intake_officer", "station_a1")


def test_once_officers_are_named_the_other_handlers_of_the_unit_have_no_part():
    case = a_case()
    moved(case, TO_COUNTY, RECEIVED)
    assert sees("handler", "county_a", 1)
    assert sees("handler", "county_a", 2)
    moved(case, ("officers_assigned", "unit_head", "county_a", {"officers": [person("handler", "county_a", 1)]}))
    assert sees("handler", "county_a", 1)
    assert not sees("handler", "county_a", 2)
    assert sees("unit_head", "county_a")


def test_a_wall_beats_everything():
    about = person("intake_officer", "county_a")
    respondent = {
        "role": "respondent",
        "name": "某工作人员",
        "respondent_kind": "official",
        "unit": "county_a",
        "officer": about,
    }
    case = a_case(facts=FACTS | {"kind": "complaint"}, parties=[PARTIES[0], respondent])
    assert set(Wall.objects.values_list("unit", "person", "below")) == {("county_a", "", False), ("", about, False)}
    assert not sees("intake_officer", "county_a")
    assert not sees("leader", "county_a"), "the unit of the officer"
    assert sees("leader", "city")
    moved(case, ("dispatched", "intake_officer", "city", {"to": "county_a"}))
    assert not sees("leader", "county_a"), "whatever it has"


def test_a_wall_about_a_unit_holds_for_the_units_below():
    respondent = {"role": "respondent", "name": "甲县局", "respondent_kind": "unit", "unit": "county_a"}
    case = a_case(facts=FACTS | {"kind": "complaint"}, parties=[PARTIES[0], respondent])
    moved(case, ("neighbour_informed", "intake_officer", "city", {"to": "station_a1"}))
    assert AccessEntry.objects.filter(case_id=case.pk, unit="station_a1").exists()
    assert not sees("intake_officer", "station_a1")
    assert not sees("director", "county_a")
    assert sees("director", "city")


def test_a_unit_complained_about_as_such_finds_it_once_it_was_sent_there():
    respondent = {"role": "respondent", "name": "甲县局", "respondent_kind": "unit", "unit": "county_a"}
    case = a_case(facts=FACTS | {"kind": "complaint"}, parties=[PARTIES[0], respondent])
    assert not sees("leader", "county_a")
    moved(case, ("dispatched", "intake_officer", "city", {"to": "county_a"}))
    assert sees("leader", "county_a")
    assert not Wall.objects.filter(case_id=case.pk).exists()


def test_nobody_is_complained_about_in_an_enquiry():
    respondent = {"role": "respondent", "name": "甲县局", "respondent_kind": "unit", "unit": "county_a"}
    case = a_case(facts=FACTS | {"kind": "enquiry"}, parties=[PARTIES[0], respondent])
    assert not Wall.objects.filter(case_id=case.pk).exists()


def test_who_stepped_aside_never_finds_it_and_is_back_when_that_is_undone():
    case = a_case()
    moved(case, ("recusal_decided", "unit_head", "city", {"officer": person("handler", "city"), "granted": True}))
    assert not sees("handler", "city")
    moved(case, ("recusal_decided", "unit_head", "city", {"officer": person("handler", "city"), "granted": False}))
    assert sees("handler", "city")


@pytest.fixture
def report():
    """A report that went to a county, which gave it back."""
    parties = [PARTIES[0] | {"role": "reporter"}, PARTIES[1]]
    case = a_case(facts=FACTS | {"kind": "report"}, parties=parties)
    moved(case, TO_COUNTY, RECEIVED)
    return case


def test_a_report_is_not_found_from_above(report):
    assert sees("handler", "county_a")
    assert sees("intake_officer", "city")
    assert not sees("leader", "province")


def test_a_reporters_identity_is_for_those_who_handle_the_report_now(report):
    def identity(role, unit):
        return sight(viewer(officer(role, unit)), Case.objects.get()).identity

    assert identity("handler", "county_a")
    assert not identity("intake_officer", "city"), "who passed it on handles it no more"
    assert not identity("supervisor", "county_a")
    moved(report, BACK)
    assert not identity("handler", "county_a")
    given_back = sight(viewer(officer("handler", "county_a")), Case.objects.get())
    assert (given_back.texts, given_back.identity) == (False, False), "the fact and the dates stay"
    assert sees("intake_officer", "county_a")


def test_a_complaint_about_staff_is_for_few():
    moved(a_case(facts=FACTS | {"kind": "staff_complaint"}), TO_COUNTY, RECEIVED)
    assert sees("supervisor", "county_a")
    assert sees("unit_head", "county_a")
    assert not sees("duty_officer", "county_a")
    assert sees("handler", "county_a"), "somebody has to take it up"
    assert not sees("handler", "station_a1"), "a unit that does not have it"
    assert not sees("handler", "city"), "who passed it on does not handle it"
    moved(
        Case.objects.get(),
        ("officers_assigned", "unit_head", "county_a", {"officers": [person("unit_head", "county_a")]}),
    )
    assert not sees("handler", "county_a"), "it is another's now"


def test_a_state_secret_is_for_the_persons_named():
    case = a_case()
    moved(case, ("classified", "unit_head", "city", {"case_secrecy": "state_secret", "reason": "涉密"}))
    assert sees("intake_officer", "city"), "who registered it"
    assert sees("unit_head", "city")
    assert not sees("leader", "city")
    assert not sees("caller_back", "city")


def test_finding_is_one_query(django_assert_num_queries):
    a_case()
    who = officer("intake_officer", "city")
    with django_assert_num_queries(2):  # the stamp of the organisation, and the cases
        assert list(visible_to(who))


def test_who_may_not_know_the_reporter_is_not_told_where_it_lives_or_works_either():
    reporter = {
        **PARTIES[0],
        "role": "reporter",
        "unit": "county_b",
        "officer": person("handler", "county_b"),
        "natural_person": True,
    }
    case = a_case(facts={**FACTS, "kind": "report"}, parties=[reporter, PARTIES[1]])
    moved(case, TO_COUNTY, RECEIVED)
    opened = open_case(Case.objects.get())
    there = Timeline(opened, officer("handler", "county_a")).parties()
    assert {s.name: s.value for s in there["1"]}["area"] == PARTIES[0]["area"]
    moved(case, BACK)
    opened = open_case(Case.objects.get())
    gone = Timeline(opened, officer("unit_head", "county_a")).parties()
    assert {s.state for s in gone["1"]} == {"hidden"}
    assert PARTIES[0]["area"] not in str(gone["1"])
    assert {s.name: s.value for s in gone["2"]}["area"] == PARTIES[1]["area"], "whom it is about stays"
