"""Whoever holds the query code acts and reads as the side that sent the matter in, in whatever order the parties were entered."""

import json

import pytest
from django.test import Client

from huiyin.cases.actions import record
from huiyin.cases.models import Event
from tests.cases.office import PARTIES, a_case, officer

pytestmark = pytest.mark.django_db
WORDS = "只告知被投诉人的话"
OWN = "只告知投诉人的话"


def tracking(case):
    client = Client()
    assert client.post("/track/", {"number": case.number, "code": case.code}).status_code == 302
    return client


def told(case, to, text):
    record(
        case,
        "party_informed",
        by=officer("intake_officer", "city"),
        facts={"to": [to], "about": "acceptance", "text": text},
    )


def both(case):
    """What the page and the API show to whoever holds the code."""
    page = tracking(case).get("/track/case/").content.decode()
    answer = Client().get(f"/api/public/cases/{case.number}", headers={"X-Query-Code": case.code})
    assert answer.status_code == 200
    return page, json.dumps(answer.json(), ensure_ascii=False)


@pytest.mark.parametrize("parties", [PARTIES, PARTIES[::-1]])
def test_the_sender_reads_its_own_side_only(parties):
    case = a_case(parties=parties)
    told(case, "respondent", WORDS)
    told(case, "complainant", OWN)
    for shown in both(case):
        assert OWN in shown
        assert WORDS not in shown


def test_nobody_reads_the_respondents_side_where_the_sender_is_unknown():
    case = a_case(parties=[PARTIES[1]])
    told(case, "respondent", WORDS)
    for shown in both(case):
        assert WORDS not in shown


def test_the_sender_acts_as_its_own_party():
    case = a_case(parties=PARTIES[::-1])
    answer = tracking(case).post("/track/case/withdraw/", {"reason": "已经和解"})
    assert answer.status_code == 302
    body = json.loads(Event.objects.get(case_id=case.pk, name="withdrawn").body)
    assert (body["by"]["party"], body["facts"]["party"], body["by"]["role"]) == ("2", "2", "complainant")


def test_a_sender_nobody_knows_is_told_what_is_missing_and_breaks_nothing():
    case = a_case(parties=[PARTIES[1]])
    client = tracking(case)
    for act, typed in (("withdraw", {"reason": "x"}), ("supply", {"items": "照片"}), ("rate", {"rating": "satisfied"})):
        answer = client.post(f"/track/case/{act}/", typed)
        assert answer.status_code in (302, 409, 422)
        assert not Event.objects.filter(case_id=case.pk, body__contains='"party":"1"').exists()


def test_a_session_somebody_else_prepared_opens_nothing():
    case = a_case()
    victim = Client()
    victim.get("/submit/complaint/matter/")
    victim.post("/submit/complaint/matter/", {"what": "水壶"})
    planted = victim.cookies["sessionid"].value
    victim.post("/track/", {"number": case.number, "code": case.code})
    assert victim.get("/track/case/").status_code == 200
    other = Client()
    other.cookies["sessionid"] = planted
    assert other.get("/track/case/").url == "/track/"
    assert "水壶" in victim.get("/submit/complaint/matter/").content.decode(), "nothing that was typed is lost"


def test_what_the_public_sends_begins_when_it_is_sent():
    sent = {"unit": "city", "facts": {"channel": "web"}, "parties": PARTIES, "occurred": "2020-01-01T00:00:00"}
    answer = Client().post("/api/public/cases", json.dumps(sent), content_type="application/json")
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["at"].endswith("occurred")
