"""Files over the API: send, name among facts, list, fetch."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from huiyin.cases.models import REPORT, Case
from huiyin.evidence.models import File
from huiyin.vault.models import RevealLog
from tests.api.clients import Api
from tests.cases.office import FACTS, a_case, officer, procedure
from tests.evidence import made

pytestmark = pytest.mark.django_db


def post(api, content, path="/files", name="发票.jpg"):
    sent = {"file": SimpleUploadedFile(name, content, "text/html")}
    return api.client.post(f"/api{path}", sent, headers=api.headers())


@pytest.fixture
def api():
    return Api(officer("intake_officer", "city"))


def body(answer):
    return b"".join(answer.streaming_content)


def test_a_file_is_sent_named_listed_and_fetched(api):
    answer = post(api, made.jpeg())
    assert answer.status_code == 201, answer.content
    told = answer.json()
    assert (told["kind"], told["label"], told["size"], told["copy_made"]) == ("jpg", "图片", len(made.jpeg()), True)
    rules = procedure()
    answer = api.post("/cases", {"procedure": rules.id, "facts": {**FACTS, "files": [told["id"]]}})
    assert answer.status_code == 201, answer.content
    number = f"~{answer.json()['id']}"
    (listed,) = api.get(f"/cases/{number}/files").json()
    assert (listed["id"], listed["number"], listed["event"], listed["name"]) == (
        told["id"],
        1,
        "registered",
        "发票.jpg",
    )
    assert listed["may"] == ["copy", "thumb", "original"]
    assert api.get(f"/cases/{number}/events").json()["items"][0]["facts"][0]
    address = f"/cases/{number}/files/{told['id']}"
    copy = api.get(f"{address}/copy")
    assert copy["Content-Type"] == "image/jpeg"
    assert not any(mark in body(copy) for mark in made.TELLING)
    assert not RevealLog.objects.exists()
    assert body(api.get(f"{address}/original")) == made.jpeg()
    assert RevealLog.objects.get().ref == File.objects.get().pk
    assert api.get(f"{address}/anything").status_code == 422


def test_events_name_files_by_their_ids(api):
    case = a_case(by=officer("intake_officer", "city"))
    file = post(api, made.png(), name="截图.png").json()["id"]
    answer = api.post(
        f"/cases/~{case.pk}/events/evidence_added", {"facts": {"party": "1", "files": [file, "纸质收据"]}}
    )
    assert answer.status_code == 201, answer.content
    (event,) = [e for e in api.get(f"/cases/~{case.pk}/events").json()["items"] if e["name"] == "evidence_added"]
    assert next(f["value"] for f in event["facts"] if f["name"] == "files") == [file, "纸质收据"]


@pytest.mark.parametrize(
    ("content", "code"), [(b"<html>", "markup"), (b"", "empty"), (made.archive({"a": b"x"}), "archive")]
)
def test_what_is_not_taken_is_a_problem(api, content, code):
    answer = post(api, content)
    assert answer.status_code == 422
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["code"] == code
    assert answer.json()["detail"].endswith("。")


def test_somebody_elses_file_cannot_be_named(api):
    other = Api(officer("handler", "county_a"))
    file = post(other, made.jpeg()).json()["id"]
    answer = api.post("/cases", {"procedure": procedure().id, "facts": {**FACTS, "files": [file]}})
    assert answer.status_code == 422
    assert answer.json()["code"] == "unknown_file"


def test_who_may_not_see_the_case_sees_no_file(api):
    file = post(api, made.jpeg()).json()["id"]
    number = f"~{api.post('/cases', {'procedure': procedure().id, 'facts': {**FACTS, 'files': [file]}}).json()['id']}"
    stranger, head = Api(officer("handler", "county_b")), Api(officer("director", "city"))
    assert stranger.get(f"/cases/{number}/files").status_code == 404
    assert stranger.get(f"/cases/{number}/files/{file}/copy").status_code == 404
    assert head.get(f"/cases/{number}/files/{file}/copy").status_code == 200
    assert head.get(f"/cases/{number}/files/{file}/original").status_code == 404
    assert post(Api(officer("director", "city"), scopes=("read",)), made.jpeg()).status_code == 403
    assert post(Api(), made.jpeg()).status_code == 401


def test_the_original_of_a_report_asks_for_more_than_reading(api):
    file = post(api, made.jpeg()).json()["id"]
    pk = api.post("/cases", {"procedure": procedure().id, "facts": {**FACTS, "files": [file]}}).json()["id"]
    Case.objects.filter(pk=pk).update(secrecy=REPORT)
    for scopes, status, may in (
        (("read",), 403, ["copy", "thumb"]),
        (("read", "identity"), 200, ["copy", "thumb", "original"]),
    ):
        reader = Api(officer("intake_officer", "city"), scopes=scopes)
        assert [one["may"] for one in reader.get(f"/cases/~{pk}/files").json()] == [may]
        assert reader.get(f"/cases/~{pk}/files/{file}/copy").status_code == 200
        assert reader.get(f"/cases/~{pk}/files/{file}/original").status_code == status
    assert RevealLog.objects.count() == 1


def test_the_public_sends_files_with_a_matter(api):
    anybody = Api()
    file = post(anybody, made.jpeg(), "/public/files").json()["id"]
    facts = {"kind": "complaint", "what": "水壶漏水", "demand": "退款", "channel": "web", "files": [file]}
    parties = [{"role": "complainant", "name": "王某", "phone": "13800000001"}]
    sent = {"unit": "city", "procedure": procedure().id, "facts": facts, "parties": parties}
    answer = anybody.post("/public/cases", sent)
    assert answer.status_code == 201, answer.content
    case = answer.json()
    (listed,) = anybody.get(f"/public/cases/{case['number']}/files", code=case["code"]).json()
    assert listed["may"] == ["copy", "thumb"]
    address = f"/public/cases/{case['number']}/files/{file}"
    assert anybody.get(f"{address}/copy", code=case["code"]).status_code == 200
    assert anybody.get(f"{address}/original", code=case["code"]).status_code == 404
    assert anybody.get(f"{address}/copy", code="wrong").status_code == 404
