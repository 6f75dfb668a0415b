"""The page of the search: what is typed stands in no address, results by key, masked, and nothing that the officer may not find."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.api.clients import Api
from tests.cases.office import FACTS, a_case, officer

pytestmark = pytest.mark.django_db


def looked_for(client, words, **filters):
    answer = client.post("/search/", {"words": words, **filters})
    assert answer.status_code == 302
    return answer.url, client.get(answer.url).content.decode()


def test_words_lead_to_the_case_and_stand_in_no_address(desk):
    case = a_case()
    client = desk("intake_officer", "city")
    address, page = looked_for(client, "李四方 漏水")
    assert address.startswith("/search/?s=")
    assert "%" not in address
    assert case.number in page
    assert "<mark>漏水</mark>" in page
    assert "名称相同" in page
    assert "138001" not in page


def test_what_was_looked_for_lies_closed_in_the_session(desk):
    a_case()
    client = desk("intake_officer", "city")
    looked_for(client, "李四方")
    assert "李四方" not in repr(dict(client.session))


def test_another_county_finds_nothing(desk):
    case = a_case()
    _address, page = looked_for(desk("handler", "county_b"), "漏水")
    assert case.number not in page
    assert "没有您可以查看的案件" in page


def test_filters_pages_and_faults(desk):
    for _ in range(22):
        a_case()
    client = desk("intake_officer", "city")
    address, page = looked_for(client, "漏水", kind="complaint")
    assert page.count('class="title figures"') == 20
    following = page.partition('rel="next" href="?')[2].partition('"')[0].replace("&amp;", "&")
    assert client.get(f"/search/?{following}").content.decode().count('class="title figures"') == 2
    assert client.get(f"{address}&before=99999999999999999999999").status_code == 200
    assert client.get("/search/?s=nothing").status_code == 200
    answer = client.post("/search/", {"words": "漏水", "since": "2026-05-11", "until": "2026-05-01"})
    assert answer.status_code == 422
    assert "结束的日期早于开始的日期" in answer.content.decode()
    assert "请写两个字以上" in looked_for(client, "水")[1]
    assert client.post("/search/", {"words": ""}).status_code == 200


def test_few_statements_whatever_is_found(desk):
    for at in range(21):
        a_case(facts={**FACTS, "what": f"水壶用了{at}天就漏水"})
    client = desk("intake_officer", "city")
    address, _page = looked_for(client, "漏水")
    with CaptureQueriesContext(connection) as asked:
        client.get(address)
    assert len(asked) <= 25


def test_the_api_finds_the_same_by_a_body(desk):
    case = a_case()
    api = Api(officer("intake_officer", "city"))
    answer = api.post("/search", {"words": "李四方 漏水", "kind": "complaint"})
    assert answer.status_code == 200
    (hit,) = answer.json()["items"]
    assert hit["case"]["number"] == case.number
    assert hit["same"] == ["name"]
    assert hit["event"]["code"] == "registered"
    assert "漏水" in hit["passage"]
    assert api.post("/search", {"words": "水"}).json()["too_short"] is True
    assert Api(officer("handler", "county_b")).post("/search", {"words": "漏水"}).json()["items"] == []
    for bad in ({"words": "\0"}, {"words": "x" * 300}, {"since": "never"}, {"state": "x"}, {"before": -1}):
        assert api.post("/search", bad).status_code == 422
