"""Categories, other authorities, outside systems, and the acts over several cases, through the API."""

from datetime import date

import pytest

from huiyin.cases.models import Case, Event, Link
from huiyin.cases.queries import open_case
from tests.api.clients import Api
from tests.cases.office import FACTS, PARTIES, a_case, officer, procedure

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("sample_world")]


def anybody(path, **query):
    answer = Api().get(path, **query)
    assert answer.status_code == 200, answer.content
    return answer.json()


def test_categories_are_found_by_words_with_the_whole_way_down():
    (kettle, *_others) = anybody("/categories", q="水壶")
    assert (kettle["id"], kettle["path"], kettle["parent"]) == (
        "goods:kettle",
        ["家用电器", "电热水壶"],
        "goods:appliance",
    )
    assert [c["id"] for c in anybody("/categories", q="电水壶", scheme="goods")] == ["goods:kettle"]
    assert anybody("/categories", q="没有这样的词") == []
    assert {c["scheme"] for c in anybody("/categories", kind="report")} == {"goods", "services", "offences"}
    assert anybody("/categories", on="1990-01-01") == []


def test_a_category_that_no_tree_has_is_refused_and_one_that_has_it_is_kept():
    client = Api(officer("intake_officer", "city"))
    procedure()
    body = {"procedure": "trial/complaint", "facts": {**FACTS, "category": ["goods:unicorn"]}, "parties": PARTIES}
    refused = client.post("/cases", body)
    assert refused.status_code == 422
    assert "goods:unicorn" in refused.content.decode()
    body["facts"]["category"] = ["goods:kettle", "problems:defect"]
    assert client.post("/cases", body).status_code == 201
    assert Case.objects.get().category == "goods:kettle problems:defect"


@pytest.mark.clause("HN-FW-03c")
def test_the_directory_tells_who_takes_it_and_what_was_told_is_kept():
    (housing, *_rest) = anybody("/authorities", q="物业费")
    assert housing["refer_to"] == "dir:housing"
    assert housing["telephone"].startswith("0000-")
    assert date.fromisoformat(housing["checked"])
    case = a_case()
    client = Api(officer("intake_officer", "city"))
    facts = {"text": "物业收费不归本机关管", "refer_to": "dir:housing"}
    answer = client.post(f"/cases/{case.number}/events/refused", {"facts": facts})
    assert answer.status_code == 201, answer.content
    told = open_case(case).view.first("refused").facts["refer_to"]
    assert told == housing["told"]
    assert housing["telephone"] in told
    unknown = Api(officer("intake_officer", "city")).post(
        f"/cases/{a_case().number}/events/refused", {"facts": {"text": "不归我们管", "refer_to": "dir:nobody"}}
    )
    assert unknown.status_code == 422


def test_outside_systems_are_listed_and_a_case_is_found_by_its_number_there():
    assert {"code": "12315", "label": "全国12315平台", "of_record": True} in anybody("/external-systems")
    case = a_case(facts={**FACTS, "external_system": "12315", "external_no": "14"})
    client = Api(officer("intake_officer", "city"))
    found = client.get("/cases", external_system="12315", external_no="14").json()["items"]
    assert [one["number"] for one in found] == [case.number]
    body = {
        "procedure": "trial/complaint",
        "facts": {**FACTS, "external_system": "12315", "external_no": "14"},
        "parties": PARTIES,
    }
    again = client.post("/cases", body)
    assert again.status_code == 422
    assert case.number in again.json()["detail"] + str(again.json())


def test_a_letter_is_split_and_two_complaints_are_joined():
    client = Api(officer("intake_officer", "city"))
    first = a_case()
    answer = client.post(
        f"/cases/{first.number}/split",
        {"kind": "report", "procedure": "trial/complaint", "facts": {"what": "出售假货"}},
        key="s",
    )
    assert answer.status_code == 201, answer.content
    report = Case.objects.get(number=answer.json()["number"])
    assert (report.kind, bool(answer.json()["code"])) == ("report", True)
    assert Link.objects.filter(case_id=first.pk, other_id=report.pk).exists()
    second = a_case(parties=[{**PARTIES[0], "name": "李某", "phone": "13800000002"}, PARTIES[1]])
    body = {"cases": [second.number], "consenting": [first.number, second.number], "reason": "同一批水壶"}
    joined = client.post(f"/cases/{first.number}/join", body)
    assert joined.status_code == 201, joined.content
    assert joined.json()["number"] == first.number
    assert Event.objects.filter(case=first, name="joint_formed").exists()
    assert Case.objects.get(pk=second.pk).ended


def test_a_procedure_with_a_sign_that_no_database_keeps_is_not_known():
    client, case, name = Api(officer("intake_officer", "city")), a_case(), "trial/\0complaint"
    for path, body in (
        (f"/cases/{case.number}/split", {"kind": "report", "procedure": name}),
        (f"/cases/{case.number}/events/rebased", {"facts": {"procedure": name}}),
        ("/cases", {"procedure": name, "facts": FACTS, "parties": PARTIES}),
    ):
        assert client.post(path, body).status_code in (404, 409, 422), path
    assert Case.objects.count() == 1


def test_whoever_may_not_know_the_reporter_cannot_carry_the_report_into_another_case():
    report = a_case(facts={**FACTS, "kind": "report"}, parties=[{**PARTIES[0], "role": "reporter"}, PARTIES[1]])
    head = Api(officer("archivist", "city"))
    answer = head.post(f"/cases/{report.number}/split", {"kind": "complaint", "procedure": "trial/complaint"})
    assert answer.status_code in (404, 409)
    assert Case.objects.count() == 1
