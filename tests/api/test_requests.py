"""What is asked wrongly is told in words, with the right status; what is asked twice is done once."""

import json

import pytest

from huiyin.cases.models import Case, Event
from tests.api.clients import Api
from tests.cases.office import FACTS, PARTIES, a_case, officer, procedure

pytestmark = pytest.mark.django_db
CITY = "intake_officer@city"


@pytest.fixture
def case(sample_world):
    return a_case()


@pytest.fixture
def desk(case):
    return Api(officer("intake_officer", "city"))


def post(desk, case, event, facts=None, key=None, **more):
    return desk.post(f"/cases/{case.number}/events/{event}", {"facts": facts or {}, **more}, key)


def problem(answer, status):
    assert answer.status_code == status, answer.content.decode()
    assert answer["Content-Type"] == "application/problem+json"
    told = answer.json()
    assert told["status"] == status
    assert told["title"]
    return told


# reading


def test_a_case_is_shown_with_masked_facts_limits_and_offers(desk, case):
    told = desk.get(f"/cases/{case.number}").json()
    facts = {f["name"]: f for f in told["facts"]}
    assert facts["amount_fen"] == {"name": "amount_fen", "label": "争议金额", "value": 19900, "state": "plain"}
    names = {p["role"]["code"]: {f["name"]: f["value"] for f in p["facts"]} for p in told["parties"]}
    assert names["complainant"]["phone"] == "138****8000"
    assert names["complainant"]["name"] == "李**"
    (limit,) = told["limits"]
    assert limit["clauses"] == ["TRY-01"]
    assert [s["counted"] for s in limit["counting"]["steps"] if s["kind"] == "day" and s["counted"]] == [1, 2, 3, 4, 5]
    assert limit["counting"]["steps"][-1]["kind"] == "end"
    accepted = next(o for o in told["offers"] if o["event"] == "accepted")
    assert (accepted["open"], accepted["label"]) == (True, "受理")
    refused = next(o for o in told["offers"] if o["event"] == "refused")
    assert (refused["clauses"], refused["needs"][0]["code"]) == (["TRY-04"], "text")


def test_nothing_plain_of_a_person_is_in_any_answer(desk, case):
    pages = ["/cases", f"/cases/{case.number}", f"/cases/{case.number}/events", f"/cases/{case.number}/limits", "/todo"]
    for page in pages:
        text = desk.get(page).content.decode()
        assert "李四方" not in text
        assert "13800138000" not in text


def test_lists_go_on_by_key(desk, case):
    more = [a_case() for _ in range(4)]
    first = desk.get("/cases", size=3).json()
    second = desk.get("/cases", size=3, before=first["next"]).json()
    found = [c["id"] for c in (*first["items"], *second["items"])]
    assert found == sorted([case.pk, *(c.pk for c in more)], reverse=True)
    assert second["next"] is None


def test_lists_are_narrowed(desk, case):
    assert len(desk.get("/cases", kind="complaint", stage="registration").json()["items"]) == 1
    assert desk.get("/cases", kind="report").json()["items"] == []
    assert desk.get("/cases", external_system="old", external_no="1").json()["items"] == []


def test_events_can_be_asked_for_from_where_one_is(desk, case):
    post(desk, case, "accepted")
    told = desk.get(f"/cases/{case.number}/events", after=1).json()
    assert [e["name"] for e in told["items"]] == ["accepted"]
    assert told["seq"] == 2


def test_what_is_owed_stands_in_the_to_do_list(desk, case):
    (row,) = desk.get("/todo").json()["items"]
    assert (row["number"], row["clauses"]) == (case.number, ["TRY-01"])
    assert problem(desk.get("/todo", after="gestern"), 422)


@pytest.mark.parametrize("query", [{"size": 0}, {"size": 1000}, {"before": "x"}, {"before": 0}])
def test_a_list_asked_for_wrongly_is_a_422(desk, query):
    assert problem(desk.get("/cases", **query), 422)["errors"]


# recording


def test_an_event_is_recorded_with_what_follows(desk, case):
    answer = post(desk, case, "accepted")
    assert answer.status_code == 201
    assert answer.json() == {"number": case.number, "seq": 2, "events": [2], "names": ["accepted"]}


def test_what_the_rules_refuse_is_a_409_with_clause_and_what_is_missing(desk, case):
    told = problem(post(desk, case, "refused"), 409)
    assert told["clauses"] == ["TRY-04"]
    assert told["says"] == [{"text": "不予受理须说明理由", "clauses": ["TRY-04"]}]
    assert told["missing"] == ["text"]
    assert "还缺：理由说明" in told["detail"]


@pytest.mark.parametrize(
    ("event", "facts", "fact", "says"),
    [
        ("dispatched", {"to": 7}, "to", "“转给”填写的内容格式不对"),
        ("dispatched", {"to": "moon"}, "to", "没有“moon”这个单位"),
        ("dispatched", {"to": "county_a", "dispatch_kind": "throw"}, "dispatch_kind", "没有“throw”这个选项"),
        ("dispatched", {"to": "county_a", "answer_by": "2026-02-30"}, "answer_by", "格式不对"),
        ("accepted", {"colour": "blue"}, "colour", "没有“colour”这一项"),
        ("settled", {"settled_fen": 19.5}, "settled_fen", "应为以分计的整数"),
        ("officers_assigned", {"officers": ["p999999"]}, "officers", "没有“p999999”这个人员"),
        ("party_informed", {"to": ["9"], "about": "acceptance"}, "to", "没有“9”这个当事人"),
        ("linked", {"with": "999999", "relation": "repeat"}, "with", "没有“999999”这个案件"),
    ],
)
def test_a_wrong_value_is_a_422_that_names_the_fact(desk, case, event, facts, fact, says):
    told = problem(post(desk, case, event, facts), 422)
    assert told["fact"] == fact
    assert says in told["detail"]


def test_a_date_in_the_future_is_refused_in_words(desk, case):
    assert "晚于现在" in problem(post(desk, case, "accepted", occurred="2099-01-01T00:00:00"), 409)["detail"]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ("{", 400),
        (b"\xff\xfe", 400),
        ("[]", 422),
        ('{"facts": []}', 422),
        ('{"facts": {}, "color": 1}', 422),
        ('{"facts": {}, "occurred": "gestern"}', 422),
        ('{"facts": {}, "re": ["x"]}', 422),
        ('{"facts": {}, "parties": [{"role": "friend"}]}', 422),
        ('{"facts": {}, "parties": ["x"]}', 422),
    ],
)
def test_a_request_of_another_form_is_told_so(desk, case, body, status):
    problem(desk.post(f"/cases/{case.number}/events/accepted", body), status)
    assert Event.objects.filter(case=case).count() == 1


@pytest.mark.parametrize("text", ["\u0000", "\ud800", "a" * 200_000])
def test_strange_texts_are_taken_or_told_but_break_nothing(desk, case, text):
    answer = post(desk, case, "note_added", {"text": text})
    assert answer.status_code in (201, 422), answer.content.decode()[:300]


def test_ten_megabytes_of_text_are_too_much(desk, case):
    told = problem(post(desk, case, "note_added", {"text": "长" * 3_500_000}), 413)
    assert "2.5 MB" in told["detail"]


@pytest.mark.parametrize("number", [10**30, -(10**30), 2**63])
def test_a_number_no_database_holds_is_told(desk, case, number):
    problem(post(desk, case, "settled", {"text": "x", "settled_fen": number}), 422)


def test_an_event_that_nobody_knows_and_one_that_only_the_system_writes_have_no_address(desk, case):
    for event in ("solved", "imported", "registered", "rebased"):
        problem(post(desk, case, event), 404)


# twice, and at the same time


def test_a_request_sent_again_under_its_key_is_answered_and_not_repeated(desk, case):
    first = post(desk, case, "note_added", {"text": "一"}, key="k1")
    again = post(desk, case, "note_added", {"text": "一"}, key="k1")
    assert first.json() == again.json()
    assert Event.objects.filter(case=case, name="note_added").count() == 1
    assert problem(post(desk, case, "note_added", {"text": "二"}, key="k1"), 422)["code"] == "key_reused"


def test_a_registration_sent_again_under_its_key_is_one_case(desk, case):
    body = {"procedure": procedure().id, "facts": FACTS, "parties": PARTIES}
    first, again = desk.post("/cases", body, "k2"), desk.post("/cases", body, "k2")
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json()["number"] == again.json()["number"]
    assert first.json()["code"]
    assert again.json()["code"] is None
    assert Case.objects.count() == 2


def test_whoever_saw_the_case_before_it_changed_is_told_what_changed(desk, case):
    post(desk, case, "accepted")
    told = problem(post(desk, case, "refused", {"text": "x"}, shown_seq=1), 409)
    assert told["code"] == "stale"
    assert [(c["seq"], c["event"], c["label"]) for c in told["changes"]] == [(2, "accepted", "受理")]


# the public


def test_a_person_sends_a_matter_in_and_tracks_it(anybody):
    there = [u["unit"] for u in anybody.get("/public/units", kind="complaint").json()]
    assert "city" in there
    procedure()
    facts = {"channel": "web", "what": "水壶漏水"}
    told = anybody.post(
        "/public/cases", {"unit": "city", "procedure": "trial/complaint", "facts": facts, "parties": PARTIES}
    ).json()
    seen = anybody.get(f"/public/cases/{told['number']}", code=told["code"]).json()
    assert (seen["number"], seen["stage"]["code"]) == (told["number"], "registration")
    assert Case.objects.get().unit == "city"


@pytest.mark.parametrize("code", ["", "AAAAA-AAAAA-AAAAA-AAAAA", "x" * 79])
def test_a_wrong_code_tells_nothing(anybody, case, code):
    answer = anybody.get(f"/public/cases/{case.number}", code=code)
    assert answer.status_code == 404
    assert answer.content == anybody.get("/public/cases/999", code=code).content


def test_a_unit_that_takes_nothing_in_is_told(anybody):
    body = {"unit": "nowhere", "facts": {"what": "x"}}
    assert "没有“nowhere”这个单位" in problem(anybody.post("/public/cases", body), 422)["detail"]


def test_a_public_registration_that_lacks_something_names_the_article_and_what_is_missing(anybody):
    told = problem(
        anybody.post("/public/cases", {"unit": "city", "procedure": "jiangmen/complaint", "facts": {"what": "x"}}), 409
    )
    assert told["clauses"]
    assert told["missing"]
    assert Case.objects.count() == 0


def test_no_answer_is_a_page(anybody):
    for path in ("", "/", "/nothing", "/cases/1/2/3/4"):
        answer = anybody.client.get(f"/api{path}", follow=True)
        assert answer["Content-Type"] == "application/problem+json", path
        assert json.loads(answer.content)["status"] == answer.status_code


def test_a_matter_that_says_nothing_is_not_taken_in(sample_world):
    answer = Api().post("/public/cases", {"unit": "county_a", "facts": {"kind": "complaint", "what": "  "}})
    assert answer.status_code == 422
    assert "何事" in answer.json()["detail"]
