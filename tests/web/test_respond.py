"""The respondent's page: opened by the code of its notice, showing what was addressed to it and nothing of the other side; and the API."""

import json
import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from huiyin.cases import respondents
from huiyin.cases.actions import record
from huiyin.cases.models import Event, PartyCode
from huiyin.cases.queries import open_case
from huiyin.vault.models import RevealLog
from tests.cases.office import FACTS, PARTIES, a_case, officer
from tests.evidence import made
from tests.web.test_case_page import registered

pytestmark = pytest.mark.django_db
CLERK = ("intake_officer", "city")
SECRETS = (PARTIES[0]["name"], PARTIES[0]["phone"], PARTIES[0]["address"], "水壶用了两天", "发票一张", "内部备注")


def body(answer):
    return answer.content.decode()


@pytest.fixture
def case():
    """A complaint of which the respondent was notified; the complainant handed something in, the office wrote a note."""
    found = registered("jiangmen/complaint", "city")
    clerk = officer(*CLERK)
    record(found, "evidence_added", by=clerk, facts={"party": "1", "items": ["发票一张"]})
    record(found, "note_added", by=clerk, facts={"text": "内部备注"})
    asked = {
        "party": "2",
        "text": "请说明水壶的进货渠道，电话0371-65551234",
        "answer_by": "2099-05-18T17:00",
        "method": "post",
    }
    record(found, "respondent_notified", by=clerk, facts=asked)
    return found


def entered(case, party="2"):
    """A browser in which the code was given."""
    client = Client()
    assert client.post("/respond/", {"code": respondents.issue(case, party)}).url == "/respond/case/"
    return client


def test_the_code_opens_what_is_asked_and_nothing_of_the_other_side(case):
    client = entered(case)
    page = body(client.get("/respond/case/"))
    assert "等您答复" in page
    assert "请说明水壶的进货渠道，电话0371-65551234" in page  # what is written for it is not masked
    assert "2099年5月18日" in page
    assert case.number in page
    for secret in SECRETS:
        assert secret not in page


@pytest.mark.parametrize("code", ["", "AAAAA-AAAAA-AAAAA-AAAAA", "x" * 40, "\0"])
def test_a_wrong_code_opens_nothing(case, client, code):
    assert client.post("/respond/", {"code": code}).status_code in (404, 422)
    assert client.get("/respond/case/").url == "/respond/"


def test_a_code_that_is_over_says_so_and_closes_an_open_visit(case):
    client = entered(case)
    code = respondents.issue(case, "2")
    record(case, "withdrawn", by=officer(*CLERK), facts={"party": "1", "reason": "已和解"})
    answer = Client().post("/respond/", {"code": code})
    assert answer.status_code == 404
    assert "已经失效" in body(answer)
    assert client.get("/respond/case/").url == "/respond/"
    record(case, "reopened", by=officer("unit_head", "city"), facts={"reason": "没有履行"})
    case.refresh_from_db()
    with pytest.raises(respondents.CodeOver):  # the next round is opened by a code of its own
        respondents.opening(code)
    assert respondents.opening(respondents.issue(case, "2")).case == case


def test_the_answer_with_a_file_and_the_will_to_be_mediated(case):
    client = entered(case)
    picture = SimpleUploadedFile("进货单.jpg", made.jpeg(640, 320), "image/jpeg")
    page = body(client.get("/respond/case/answer/"))
    assert "请说明水壶的进货渠道" in page
    assert "是否愿意由我们主持调解" in page
    answer = client.post(
        "/respond/case/answer/",
        {"text": "从乙公司进货，愿意退款", "files-new": [picture], "consent": "yes", "key": "a1"},
    )
    assert answer.url == "/respond/case/", body(answer)
    view = open_case(case).view
    said = view.newest("respondent_answered")
    assert (said.actor.role, said.actor.party, said.facts["party"]) == ("respondent", "2", "2")
    assert view.consent("mediation", "2")
    page = body(client.get("/respond/case/"))
    assert "从乙公司进货，愿意退款" in page
    assert "等您答复" not in page
    file = re.search(r"/respond/case/files/([0-9a-f]{32})/copy/", page)[1]
    assert client.get(f"/respond/case/files/{file}/copy/").status_code == 200
    assert Client().get(f"/respond/case/files/{file}/copy/").url == "/respond/"
    assert entered(case).get(f"/track/case/files/{file}/copy/").url == "/track/"


def test_nothing_said_is_no_answer(case):
    answer = entered(case).post("/respond/case/answer/", {"text": " ", "key": "a1"})
    assert answer.status_code == 422
    assert "请写明您的答复" in body(answer)


def test_an_offer_goes_to_the_complainant_who_refuses_it_and_offers_back(case):
    shop, sender = entered(case), Client()
    assert (
        shop.post("/respond/case/offer/", {"text": "退款，水壶寄回", "settled_fen": "199", "key": "o1"}).url
        == "/respond/case/"
    )
    found = registered("jiangmen/complaint", "city")
    assert sender.post("/track/", {"number": found.number, "code": found.code}).url == "/track/case/"
    assert "退款，水壶寄回" not in body(sender.get("/track/case/"))  # that is another matter


def test_both_sides_come_to_terms(client):
    case = a_case()
    shop = entered(case)
    client.post("/track/", {"number": case.number, "code": case.code})
    shop.post("/respond/case/offer/", {"text": "退款，水壶寄回", "settled_fen": "199", "key": "o1"})
    page = body(client.get("/track/case/"))
    assert "对方提出了和解方案" in page
    assert "退款，水壶寄回" in page
    assert "199.00元" in page
    seq = re.search(r"/track/case/offer/(\d+)/", page)[1]
    assert client.post(f"/track/case/offer/{seq}/", {"text": "差运费"}).status_code == 422
    assert (
        client.post(f"/track/case/offer/{seq}/", {"agreed": "no", "text": "还要运费", "key": "n1"}).url
        == "/track/case/"
    )
    assert client.get(f"/track/case/offer/{seq}/").status_code == 404  # it is answered
    assert "还要运费" in body(shop.get("/respond/case/"))
    assert client.post("/track/case/offer/", {"text": "退款加运费20元", "key": "o2"}).url == "/track/case/"
    page = body(shop.get("/respond/case/"))
    assert "退款加运费20元" in page
    back = re.search(r"/respond/case/offer/(\d+)/", page)[1]
    assert shop.post(f"/respond/case/offer/{back}/", {"agreed": "yes", "key": "y1"}).url == "/respond/case/"
    assert "双方都同意" in body(client.get("/track/case/"))
    for secret in SECRETS[:3]:
        assert secret not in body(shop.get("/respond/case/"))


def test_the_respondent_of_a_report_answers_but_learns_nothing_and_makes_no_offers():
    case = a_case(facts={**FACTS, "kind": "report"}, parties=[{**PARTIES[0], "role": "reporter"}, PARTIES[1]])
    record(
        case,
        "respondent_notified",
        by=officer(*CLERK),
        facts={"party": "2", "text": "请提供进货凭证", "method": "post"},
    )
    client = entered(case)
    page = body(client.get("/respond/case/"))
    assert "请提供进货凭证" in page
    assert "和解方案" not in page.partition("<main")[2].partition("<details")[0]
    assert client.post("/respond/case/offer/", {"text": "私了", "key": "o1"}).status_code == 409
    for secret in SECRETS[:4]:
        assert secret not in page
    assert "举报人" not in page.partition("<main")[2].partition("<details")[0]


def test_a_visit_ends_when_one_leaves(case):
    client = entered(case)
    assert client.post("/respond/leave/").url == "/"
    assert client.get("/respond/case/").url == "/respond/"


def test_the_page_asks_the_database_little(case):
    client = entered(case)
    client.get("/respond/case/")
    with CaptureQueriesContext(
        connection,
    ) as found:
        assert client.get("/respond/case/").status_code == 200
    assert len(found) <= 25, len(found)


# -- the officer hands a code out


def test_the_officer_hands_out_a_code_that_is_shown_once_and_entered_in_the_log(case, desk):
    client = desk(*CLERK)
    address = f"/cases/~{case.pk}/answer-code/"
    assert "发给谁" in body(client.get(address))
    page = body(client.post(address, {"party": "2"}))
    code = re.search(r'id="code">([^<]+)<', page)[1]
    assert "data:image/svg+xml" in page
    assert respondents.opening(code).by.party == "2"
    entry = RevealLog.objects.get(name="respondent_code")
    assert (entry.case_id, entry.role) == (case.pk, "intake_officer")
    assert code not in body(client.get(address))
    assert code not in str(list(Event.objects.values_list("body", flat=True)))
    client.post(address, {"party": "2", "replace": "1"})
    with pytest.raises(respondents.CodeOver):
        respondents.opening(code)


def test_the_case_page_leads_to_the_code_whoever_may_notify(case, desk):
    link = f"/cases/~{case.pk}/answer-code/"
    assert link in body(desk(*CLERK).get(f"/cases/~{case.pk}/"))
    record(case, "withdrawn", by=officer(*CLERK), facts={"party": "1", "reason": "已和解"})
    answer = desk(*CLERK).get(f"/cases/~{case.pk}/")
    assert (link in body(answer)) is (desk(*CLERK).get(link).status_code == 200)


def test_no_code_for_a_complainant_and_none_from_who_may_not_notify(case, desk):
    address = f"/cases/~{case.pk}/answer-code/"
    assert desk(*CLERK).post(address, {"party": "1"}).status_code == 404
    assert desk("handler", "county_b").post(address, {"party": "2"}).status_code == 404
    assert not PartyCode.objects.exists()


# -- API


def api(client, path, code, data=None):
    headers = {"X-Answer-Code": code}
    if data is None:
        return client.get(f"/api/public/respond{path}", headers=headers)
    return client.post(f"/api/public/respond{path}", json.dumps(data), content_type="application/json", headers=headers)


def test_the_api_takes_the_same_acts_for_that_party_alone(case, client):
    code = respondents.issue(case, "2")
    told = api(client, "", code)
    assert told.status_code == 200
    assert [e["name"] for e in told.json()["events"]] == ["respondent_notified"]
    assert {"respondent_answered", "settlement_offered"} <= set(told.json()["acts"])
    for secret in SECRETS:
        assert secret not in body(told)
    answer = api(client, "/respondent_answered", code, {"facts": {"text": "愿意退款", "party": "1"}})
    assert answer.status_code == 201, body(answer)
    assert open_case(case).view.newest("respondent_answered").facts["party"] == "2"
    assert api(client, "/withdrawn", code, {"facts": {}}).status_code == 404
    assert api(client, "/respondent_answered", code[::-1], {"facts": {"text": "x"}}).status_code == 404
    assert api(client, "", code[::-1]).status_code == 404
