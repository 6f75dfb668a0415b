"""Registers over the API: the same rules, the same reach, nothing personal; whatever is sent, a problem says why it was not taken."""

import random
from datetime import datetime

import pytest

from huiyin.cases import clock
from huiyin.registers.models import Entry
from tests.api.clients import Api
from tests.api.test_anything import STRANGE
from tests.cases.office import officer
from tests.web.test_case_page import registered

pytestmark = pytest.mark.django_db
GIVEN = {
    "title": "12315在行动", "issued": "2026-03-01", "begins": "2026-03-01", "ends": "2026-12-31", "units": ["county_a"],
}  # fmt: skip


@pytest.fixture(autouse=True)
def march(sample_world):
    with clock.at(datetime(2026, 3, 2, 9)):
        yield


@pytest.fixture
def head():
    return Api(officer("unit_head", "city"))


def entered(head, **more):
    answer = head.post("/registers/BS-campaign", {"values": {**GIVEN, **more}})
    assert answer.status_code == 201, answer.content.decode()
    return answer.json()


def test_a_campaign_from_its_entry_to_its_end_with_what_the_rules_refuse(head):
    shelf = next(s for s in head.get("/registers").json() if s["key"] == "BS-campaign")
    assert shelf["may_enter"]
    assert {"title", "issued"} <= {f["name"] for f in shelf["fields"] if f["required"]}
    missing = head.post("/registers/BS-campaign", {"values": {**GIVEN, "issued": None}})
    assert (missing.status_code, missing.json()["code"]) == (409, "register_missing")
    assert "印发日期" in missing.json()["detail"]
    made = entered(head)
    at = f"/registers/entries/{made['id']}"
    refused = head.post(f"{at}/put_in_force", {"head": made["head"]})
    assert (refused.status_code, refused.json()["clauses"]) == (409, ["BS-3f"])
    unreasoned = head.post(f"{at}/change", {"values": {"telephone": "0000-5550123", "title": "另一个名称"}})
    assert (unreasoned.status_code, unreasoned.json()["code"]) == (409, "register_reason")
    changed = head.post(f"{at}/change", {"values": {"telephone": "0000-5550123"}, "reason": "补电话"}).json()
    stale = head.post(f"{at}/put_in_force", {"head": made["head"]})
    assert (stale.status_code, stale.json()["code"]) == (409, "stale")
    done = head.post(f"{at}/put_in_force", {"head": changed["head"]}).json()
    assert done["state"] == {"code": "in_force", "label": "实施"}
    told = head.get(at).json()
    assert (told["values"]["telephone"], told["version"]) == ("0000-5550123", 2)
    assert any("成立专项行动的组织" in owed["says"] for owed in told["owes"])
    (line,) = head.get("/registers/BS-campaign", words="12315").json()["items"]
    assert (line["id"], line["head"]) == (made["id"], done["head"])
    assert head.get("/registers/BS-campaign", state="closed").json()["items"] == []


def test_whoever_does_not_find_an_entry_gets_a_404_and_whoever_may_not_enter_a_409(head):
    made = entered(head)
    other, county = Api(officer("handler", "county_b")), Api(officer("handler", "county_a"))
    assert county.get(f"/registers/entries/{made['id']}").status_code == 200
    assert other.get(f"/registers/entries/{made['id']}").status_code == 404
    assert other.post(f"/registers/entries/{made['id']}/change", {"reason": "x"}).status_code == 404
    assert other.get("/registers/BS-campaign").json()["items"] == []
    assert county.post("/registers/BS-campaign", {"values": GIVEN}).json()["code"] == "register_role"
    assert head.get("/registers/BS-nothing").status_code == 404
    assert head.post("/registers/XX-nothing", {"values": {}}).status_code == 404
    reader = Api(officer("unit_head", "city"), scopes=["read"])
    assert reader.post("/registers/BS-campaign", {"values": GIVEN}).status_code == 403


def test_a_case_goes_into_a_line_by_its_number_and_only_for_whom_it_is_there(head):
    made = entered(head)
    over = Entry.objects.get(pk=made["id"])
    given = {"no": 1, "title": "食品", "lead": "section_c1"}
    line = head.post("/registers/BS-line", {"values": given, "under": over.pk}).json()
    case = registered("jiangmen/complaint", "city")
    at = f"/registers/entries/{line['id']}"
    assert head.post(f"{at}/cases", {"field": "results", "case": "9999999"}).status_code == 404
    assert head.post(f"{at}/cases", {"field": "title", "case": case.number}).status_code == 422
    assert head.post(f"{at}/change", {"values": {"results": [case.pk]}, "reason": "x"}).status_code == 422
    done = head.post(f"{at}/cases", {"field": "results", "case": case.number})
    assert done.status_code == 200, done.content.decode()
    assert head.get(at).json()["cases"] == {"results": [case.number]}
    assert Api(officer("handler", "county_a")).get(at).json()["cases"] == {"results": []}  # a case it may not find


def test_what_is_personal_is_not_told_and_no_reference_to_it_is_taken(head):
    station = {
        "title": "城关站", "kind": "supermarket", "address": "甲县城关路3号", "contact": "王某", "telephone": "13800000001",
        "set_up": "2026-03-01", "officer": officer("handler", "county_a").person.key,
    }  # fmt: skip
    county = Api(officer("unit_head", "county_a"))
    forged = county.post("/registers/YQ-station", {"values": {**station, "contact": {"vault": "x", "c": "y"}}})
    assert (forged.status_code, forged.json()["fact"]) == (422, "contact")
    entry = county.post("/registers/YQ-station", {"values": station})
    assert entry.status_code == 201, entry.content.decode()
    told = county.get(f"/registers/entries/{entry.json()['id']}")
    assert told.json()["values"]["contact"] == "＊＊＊"
    assert "王某" not in told.content.decode()
    assert "13800000001" not in told.content.decode()


def test_nothing_that_is_sent_breaks_anything(head):
    chance, made = random.Random(7), entered(head)
    names = [*GIVEN, "telephone", "officer", "area", "nothing", "\x00"]
    for _ in range(120):
        values = {chance.choice(names): chance.choice([*STRANGE, ["x", 1, None], [{}]]) for _ in range(3)}
        body = {
            "values": values,
            "reason": chance.choice(["更正", "", "\x00"]),
            "day": chance.choice([None, "0001-01-01", "2026-03-02"]),
        }
        path = chance.choice(["/registers/BS-campaign", f"/registers/entries/{made['id']}/change"])
        if path.endswith("campaign"):
            body.pop("reason")
        answer = head.post(path, body)
        assert answer.status_code in (200, 201, 400, 404, 409, 422), (path, body, answer.content.decode())
    assert head.get(f"/registers/entries/{made['id']}").status_code == 200
    assert head.get("/registers/entries/99999999999999999999").status_code == 422
