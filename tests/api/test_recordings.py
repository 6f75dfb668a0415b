"""Messages on the recording telephone, entered by a telephone system: the limit for calling back runs from when they were left."""

from datetime import datetime

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from huiyin.cases import clock
from huiyin.cases.models import Case, Event
from tests.api.clients import Api
from tests.cases.office import officer
from tests.evidence import made

pytestmark = pytest.mark.django_db
LEFT = {"occurred": "2026-05-11T21:40:00", "phone": "13800000001", "procedure": "henan/complaint"}


@pytest.fixture
def desk(sample_world):
    with clock.at(datetime(2026, 5, 12, 9)):
        yield Api(officer("intake_officer", "city"))


def test_a_message_is_entered_once_with_its_sound_and_has_to_be_called_back(desk):
    sent = desk.client.post(
        "/api/files", {"file": SimpleUploadedFile("a.jpg", made.jpeg(320, 200))}, headers=desk.headers()
    )
    body = {**LEFT, "file": sent.json()["id"]}
    first, again = desk.post("/recordings", body, key="r1"), desk.post("/recordings", body, key="r1")
    assert first.status_code == again.status_code == 201, first.content.decode()
    assert first.json()["id"] == again.json()["id"]
    case = Case.objects.get()
    assert Event.objects.filter(case=case).order_by("seq").first().name == "recording_left"
    (row,) = desk.get("/recordings").json()
    assert (row["case"], row["waits"], row["tried"], row["late"]) == (case.pk, True, 0, False)
    assert row["call_back_by"] > "2026-05-12T09"
    assert row["clauses"]
    assert "13800000001" not in desk.get("/recordings").content.decode()
    with clock.at(datetime(2026, 5, 20, 9)):
        assert desk.get("/recordings").json()[0]["late"]
        assert len(desk.get("/recordings", all="true").json()) == 1
    with clock.at(datetime(2026, 9, 20, 9)):  # nobody called back: it waits, and is none of the last three months
        assert [row["case"] for row in desk.get("/recordings").json()] == [case.pk]
        assert desk.get("/recordings", all="true").json() == []
    assert Api(officer("intake_officer", "county_b")).get("/recordings").json() == []


def test_what_is_wrong_with_a_message_is_said(desk):
    for change in (
        {"procedure": "nobody/complaint"},
        {"phone": "\x00"},
        {"occurred": "later"},
        {"more": 1},
        {"file": "file:" + "0" * 32},
    ):
        answer = desk.post("/recordings", {**LEFT, **change})
        assert answer.status_code == 422, (change, answer.content.decode())
    future = desk.post("/recordings", {**LEFT, "occurred": "2027-05-11T21:40:00"})
    assert future.status_code in (409, 422)
    assert not Case.objects.exists()
    assert desk.post("/recordings", {"occurred": "2026-05-11T21:40:00"}).status_code == 201
    assert Api(officer("intake_officer", "city"), scopes=["read"]).post("/recordings", LEFT).status_code == 403
