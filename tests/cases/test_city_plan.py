"""The plan of a city for matters that come through the common hotline, and for many of one kind: taken over once, watched, answered together."""

from datetime import datetime, timedelta

import pytest
from django.test import Client

from huiyin.cases import clock
from huiyin.cases.actions import record, register
from huiyin.cases.models import Case, Event, Party
from huiyin.core.facts import BadFact
from huiyin.dues.models import Due
from huiyin.org import procedures
from tests.api.clients import Api
from tests.cases.office import FACTS, PARTIES, a_case, officer
from tests.web.test_case_page import ELEMENTS

TAKEN = datetime(2015, 6, 3, 9)
NUMBER = "12345-20150603-017"


def of_the_city():
    return procedures.procedure_for(
        next(a.hash for a in procedures.adopted("city") if a.procedure == "jiangmen/complaint")
    )


def hotline(number=NUMBER, at=TAKEN):
    facts = {
        **FACTS,
        **ELEMENTS,
        "channel": "phone",
        "source": "hotline",
        "external_system": "12345",
        "external_no": number,
    }
    with clock.at(at):
        return register(of_the_city(), "city", by=officer("intake_officer", "city"), facts=facts, parties=PARTIES)


@pytest.mark.clause("JM-3-3a")
def test_an_item_of_the_hotline_is_taken_over_once_found_by_both_numbers_and_its_state_is_told_back():
    given = {**FACTS, "source": "hotline", "external_system": "12345", "external_no": NUMBER}
    case = a_case(TAKEN, facts=given)
    with pytest.raises(BadFact):
        a_case(TAKEN + timedelta(hours=1), facts=given)
    assert Case.objects.count() == 1
    desk = Api(officer("intake_officer", "city"))
    found = desk.get("/cases", external_system="12345", external_no=NUMBER).json()["items"]
    assert [(one["number"], one["stage"]["code"]) for one in found] == [(case.number, "registration")]
    assert desk.get(f"/cases/{case.number}").status_code == 200
    with clock.at(datetime(2015, 6, 10, 9)):
        record(case, "concluded", by=officer("handler", "city"), facts={"outcome": "settled"})
    state = desk.get("/cases", external_system="12345", external_no=NUMBER).json()["items"][0]
    assert state["stage"]["code"] == "conclusion"


@pytest.mark.clause("JM-4-3c")
def test_many_matters_of_one_kind_are_answered_together_and_each_keeps_its_own_record():
    with clock.at(datetime(2026, 5, 11, 9)):
        cases = [a_case(parties=[{**PARTIES[0], "phone": f"138000010{n:02}"}, PARTIES[1]]) for n in range(6)]
    chosen, left = cases[:5], cases[5]
    client = Client()
    client.force_login(officer("handler", "city").person)
    sent = {
        "does": "replied",
        "back": "work",
        "case": [c.pk for c in chosen],
        "key": "gym",
        "go": "1",
        "method": "phone",
        "text": "门店已同意退卡",
    }
    page = client.post("/work/several/", sent).content.decode()
    assert "办成 5 件，没有办成 0 件" in page
    answers = Event.objects.filter(name="replied")
    assert sorted(answers.values_list("case_id", flat=True)) == sorted(c.pk for c in chosen)
    assert Party.objects.filter(case_id__in=[c.pk for c in chosen], role="complainant").count() == 5
    assert not Event.objects.filter(case=left, name="replied").exists()
    client.post("/work/several/", sent)
    assert answers.count() == 5
    again = {**sent, "key": "second", "text": ""}
    assert client.post("/work/several/", again).status_code == 422


@pytest.mark.clause("JM-4-3a")
def test_the_leader_in_charge_has_the_overdue_matters_of_the_unit_on_the_board():
    cases = [hotline(f"{NUMBER}-{n}") for n in range(3)]
    with clock.at(TAKEN + timedelta(hours=1)):
        for case in cases:
            record(
                case,
                "dispatched",
                by=officer("intake_officer", "city"),
                facts={"to": "county_a", "dispatch_kind": "forward", "opinion": "请办理"},
            )
            record(case, "received", by=officer("intake_officer", "county_a"))
    assert Due.objects.filter(subject_id__in=[c.pk for c in cases], late_at__isnull=False).exists()
    client = Client()
    client.force_login(officer("leader", "county_a").person)
    with clock.at(datetime(2015, 9, 1, 8)):
        page = client.get("/board/list/?what=red&unit=county_a").content.decode()
        assert all(case.number in page for case in cases)
        client.force_login(officer("leader", "county_b").person)
        assert client.get("/board/list/?what=red&unit=county_a").status_code == 404
        pressed = record(
            cases[0], "urged", by=officer("leader", "county_a"), facts={"to": ["county_a"], "text": "请抓紧"}
        )
    assert "urged" in [event.name for event in pressed]
