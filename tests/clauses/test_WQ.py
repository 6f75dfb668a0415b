"""WQ where an example cannot ask: the query desk, the name of a unit, pictures of a case that one may not see."""

import re
from datetime import date

import pytest

from huiyin.org import actions as org
from tests.api.clients import Api
from tests.cases.office import FACTS, officer, procedure
from tests.evidence import made
from tests.evidence.test_api import post
from tests.web.test_public import fill, receipt, send

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("sample_world")]
SINCE = date(2025, 1, 1)


def words(answer, number):
    """The page without the number that was asked for and without what the browser alone reads."""
    return re.sub(r'value="[^"]{64}"', "", answer.content.decode()).replace(number, "")


@pytest.mark.clause("WQ-JG-02-2f")
def test_the_query_desk_tells_number_and_proof_together_or_nothing(client):
    fill(client)
    send(client)
    number, code = receipt(client)
    client.cookies.clear()
    wrong = client.post("/track/", {"number": number, "code": code[::-1]})
    none = client.post("/track/", {"number": "2025-9999", "code": code[::-1]})
    assert wrong.status_code == none.status_code == 404
    assert words(wrong, number) == words(none, "2025-9999")
    client.post("/track/", {"number": number, "code": code})
    page = client.get("/track/case/").content.decode()
    assert "登记" in page
    assert "到期" in page


@pytest.mark.clause("WQ-JG-02-1a")
def test_a_body_is_held_once_under_its_name():
    org.create_unit("centre_x", "某市消费者维权中心", "city", since=SINCE, area="990100")
    with pytest.raises(org.BadAct) as refused:
        org.create_unit("centre_y", "某市消费者维权中心", "city", since=SINCE, area="990100")
    assert refused.value.field == "label"
    assert (
        org.create_unit("centre_z", "某市消费者维权中心", "city", since=SINCE, area="980000").label
        == "某市消费者维权中心"
    )
    org.close_unit("centre_x", until=date(2025, 6, 30))
    assert (
        org.create_unit("centre_v", "某市消费者维权中心", "city", since=date(2025, 7, 1), area="990100").pk
        == "centre_v"
    )


@pytest.mark.clause("WQ-ZL-02b")
def test_a_picture_keeps_the_access_of_its_case(tmp_path, settings):
    settings.FILES = tmp_path / "files"
    desk, stranger = Api(officer("intake_officer", "city")), Api(officer("handler", "county_b"))
    picture = post(desk, made.jpeg()).json()["id"]
    case = desk.post("/cases", {"procedure": procedure().id, "facts": {**FACTS, "files": [picture]}}).json()
    address = f"/cases/~{case['id']}/files"
    assert stranger.get(address).status_code == stranger.get(f"{address}/{picture}/copy").status_code == 404
    (listed,) = desk.get(address).json()
    assert (listed["id"], listed["label"], listed["event"]) == (picture, "图片", "registered")
