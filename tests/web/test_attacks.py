"""Tricks of the web, tried against every page: foreign hosts and headers, forms from elsewhere, frames, caches, scripts in what people write."""

import re

import pytest
from django.test import Client

from huiyin.cases.models import Draft, Event
from huiyin.cases.numbers import new_code
from huiyin.vault import keys
from tests.api.clients import Api
from tests.cases.office import FACTS, PARTIES, a_case, officer
from tests.web.test_case_page import registered
from tests.web.test_every_address import (
    ALL,
    BY_CODE,
    CASE_API,
    CASE_PAGES,
    DESK_API,
    DESK_PAGES,
    PUBLIC_PAGES,
    VERBS,
    address,
    kind_of,
)

pytestmark = pytest.mark.django_db
SCRIPT = "<script>alert(1)</script><img src=x onerror=alert(2)>"


def at(role, unit, **more):
    client = Client(**more)
    client.force_login(officer(role, unit).person)
    return client


# -- hosts and headers


@pytest.mark.parametrize(
    "host",
    ["evil.example", "localhost.evil.example", "localhost@evil.example", "localhost:80:80", "", "loca lhost", "[::1"],
)
@pytest.mark.parametrize("page", ["/", "/login/", "/track/", "/api/openapi.json", "/work/"])
def test_a_host_that_is_not_ours_gets_nothing(host, page):
    answer = Client().get(page, headers={"Host": host})
    assert answer.status_code == 400
    assert "evil" not in answer.content.decode()


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Forwarded-Host": "evil.example"}, {"X-Original-URL": "/work/"}, {"X-Rewrite-URL": "/work/"}, {"X-Forwarded-Proto": "https"},
        {"X-Forwarded-For": "127.0.0.1"}, {"X-Remote-User": "director.city"}, {"Remote-User": "director.city"},
        {"X-HTTP-Method-Override": "POST"},
    ],
    ids=lambda h: next(iter(h)),
)  # fmt: skip
def test_headers_that_other_software_believes_change_nothing(headers):
    answer = Client().get("/work/", headers=headers)
    assert answer.status_code == 302
    assert answer.url == "/login/?next=/work/"
    page = Client().get("/track/", headers=headers).content.decode()
    assert "evil.example" not in page
    assert Client().get("/logout/", headers=headers).status_code == 405


def test_a_forged_user_in_the_environment_is_nobody():
    assert Client(REMOTE_USER="director.city").get("/work/").status_code == 302


# -- forms from elsewhere


def posted():
    """Addresses of pages that take a POST."""
    found = {route for route in ALL if kind_of(route) in ("public", "code", "answer", "desk", "case")}
    # the choice of a language changes nothing but a cookie; a telephone system opens the form with a number, which reads and keeps nothing
    return sorted(found - {"language/", "cases/new/call/"})


def test_a_form_of_another_site_opens_the_form_for_a_call_and_no_more():
    before = Event.objects.count(), Draft.objects.count()
    answer = at("intake_officer", "city", enforce_csrf_checks=True).post(
        "/cases/new/call/",
        {"phone": "13800138000<script>", "procedure": "//evil.example"},
        headers={"Origin": "https://evil.example"},
    )
    assert (answer.status_code, answer["Location"]) == (303, "/cases/new/#phone=13800138000")
    assert (Event.objects.count(), Draft.objects.count()) == before


def test_no_form_of_another_site_does_anything():
    case = registered("jiangmen/complaint", "city")
    client = at("intake_officer", "city", enforce_csrf_checks=True)
    for route in posted():
        for headers in (
            {},
            {"Origin": "https://evil.example"},
            {"Origin": "null"},
            {"Referer": "https://evil.example/x"},
        ):
            answer = client.post(address(route, case), {"csrfmiddlewaretoken": "a" * 64}, headers=headers)
            assert answer.status_code in (403, 404, 405), (route, headers, answer.status_code)


def test_a_token_of_one_visitor_is_no_token_of_another():
    thief, victim = Client(enforce_csrf_checks=True), Client(enforce_csrf_checks=True)
    page = thief.get("/track/").content.decode()
    token = page.partition('name="csrfmiddlewaretoken" value="')[2].partition('"')[0]
    victim.get("/track/")
    told = {"number": "1", "code": "2", "csrfmiddlewaretoken": token}
    assert victim.post("/track/", told).status_code == 403
    assert thief.post("/track/", told).status_code == 404


def test_a_cookie_does_not_open_the_api():
    case = a_case()
    client = at("intake_officer", "city")
    for route in sorted({*DESK_API, *CASE_API, f"{VERBS}note_added"}):
        for method in ("get", "post"):
            answer = getattr(client, method)(
                address(route, case), **({"data": "{}", "content_type": "application/json"} if method == "post" else {})
            )
            assert answer.status_code in (401, 405), route


# -- frames, caches, what the browser may do


def pages():
    return [("public", route) for route in sorted(PUBLIC_PAGES)] + [
        ("desk", r) for r in sorted(DESK_PAGES | CASE_PAGES)
    ]


@pytest.mark.parametrize("kind", ["public", "desk"])
def test_every_page_forbids_frames_foreign_scripts_and_guessing_of_types(kind):
    case = registered("jiangmen/complaint", "city")
    client = at("intake_officer", "city") if kind == "desk" else Client()
    for which, route in pages():
        if which != kind:
            continue
        answer = client.get(address(route, case))
        policy = answer["Content-Security-Policy"]
        assert "frame-ancestors 'none'" in policy, route
        assert "unsafe" not in policy, route
        assert "default-src 'none'" in policy, route
        assert answer["X-Frame-Options"] == "DENY", route
        assert answer["X-Content-Type-Options"] == "nosniff", route
        assert answer["Referrer-Policy"] in ("same-origin", "no-referrer"), route
        text = answer.content.decode(errors="replace")
        assert not re.search(r"<[^>]+\son[a-z]+\s*=", text), route
        assert not re.search(r"<[^>]+\sstyle\s*=", text), route
        assert not re.search(r"<script(?![^>]*\ssrc=)[^>]*>", text), route


def test_no_page_with_data_of_people_is_kept_by_a_cache():
    case = registered("jiangmen/complaint", "city")
    desk = at("intake_officer", "city")
    for route in ("cases/<str:key>/", "cases/", "work/", "inbox/", "cases/new/", "account/"):
        assert "no-store" in desk.get(address(route, case)).get("Cache-Control", ""), route
    other = a_case()
    visitor = Client()
    visitor.post("/track/", {"number": other.number, "code": other.code})
    for route in sorted(BY_CODE & {"track/case/", "track/case/supply/"}):
        assert "no-store" in visitor.get(address(route, other)).get("Cache-Control", ""), route


def test_what_a_citizen_wrote_is_text_wherever_it_is_shown():
    parties = [{**PARTIES[0], "name": SCRIPT[:50]}, {**PARTIES[1], "name": SCRIPT[:60]}]
    case = a_case(facts={**FACTS, "subject": SCRIPT, "what": SCRIPT, "demand": SCRIPT}, parties=parties)
    desk, visitor = at("intake_officer", "city"), Client()
    visitor.post("/track/", {"number": case.number, "code": case.code})
    for client, where in (
        (desk, f"/cases/~{case.pk}/"),
        (desk, "/cases/"),
        (desk, f"/cases/~{case.pk}/note_added/"),
        (visitor, "/track/case/"),
    ):
        page = client.get(where).content.decode()
        assert "<script>alert" not in page, where
        assert "<img src=x" not in page, where
    for address_ in ("/cases/?number=", "/track/?number=", "/login/?next=", "/login/?ended=", "/who/?q="):
        assert "<script>alert" not in desk.get(address_ + SCRIPT).content.decode()
        assert "<script>alert" not in Client().get(address_ + SCRIPT).content.decode()
    answer = Api(officer("intake_officer", "city")).get(f"/cases/~{case.pk}")
    assert answer["Content-Type"].startswith("application/json")
    assert answer["X-Content-Type-Options"] == "nosniff"


# -- codes


def test_a_query_code_has_more_bits_than_anybody_can_try_and_only_its_digest_is_kept():
    codes = {new_code() for _number in range(500)}
    assert len(codes) == 500
    signs = {sign for code in codes for sign in code.replace("-", "")}
    length = len(next(iter(codes)).replace("-", ""))
    assert len(signs) ** length >= 2**80
    case = a_case()
    assert case.code.replace("-", "") not in case.code_hash
    assert keys.ring() is not None


def test_after_many_wrong_codes_an_address_must_wait_and_others_need_not(settings):
    from dataclasses import replace

    settings.ENTRANCE = replace(settings.ENTRANCE, tries_address=5)
    case = a_case()
    wrong = {"number": case.number, "code": "AAAAA-AAAAA-AAAAA-AAAAA"}
    client = Client()
    for _try in range(5):
        assert client.post("/track/", wrong).status_code == 404
    stopped = client.post("/track/", {"number": case.number, "code": case.code})
    assert stopped.status_code == 429
    assert "试得太多" in stopped.content.decode()
    assert stopped["Retry-After"] == "900"
    api = Client().get(f"/api/public/cases/{case.number}", headers={"X-Query-Code": case.code})
    assert (api.status_code, api["Content-Type"]) == (429, "application/problem+json")
    elsewhere = Client(REMOTE_ADDR="198.51.100.7")
    assert elsewhere.post("/track/", {"number": case.number, "code": case.code}).status_code == 302


def test_right_codes_are_never_counted(settings):
    from dataclasses import replace

    settings.ENTRANCE = replace(settings.ENTRANCE, tries_address=2)
    case = a_case()
    for _time in range(6):
        assert Client().post("/track/", {"number": case.number, "code": case.code}).status_code == 302


def test_an_hour_takes_so_many_matters_from_one_address(settings):
    from dataclasses import replace

    settings.ENTRANCE = replace(settings.ENTRANCE, sent_address=3)
    body = {"unit": "city", "procedure": "jiangmen/complaint", "facts": {"what": "x"}}
    answers = [Api().post("/public/cases", body) for _time in range(5)]
    assert [answer.status_code == 429 for answer in answers] == [False] * 3 + [True] * 2
    assert answers[-1]["Retry-After"] == "3600"


def test_a_code_is_not_taken_from_an_address_where_logs_would_keep_it():
    case = a_case()
    assert Client().get(f"/api/public/cases/{case.number}?code={case.code}").status_code == 422
    assert Client().get(f"/track/?number={case.number}&code={case.code}").status_code == 200
    assert Client().get("/track/case/").status_code == 302


def test_unknown_clients_do_not_share_their_idempotency_keys():
    from tests.cases.office import procedure

    def send(what, address_):
        body = {"unit": "city", "procedure": procedure().id, "facts": {**FACTS, "what": what}, "parties": PARTIES}
        api = Api()
        api.client = Client(REMOTE_ADDR=address_)
        return api.post("/public/cases", body, key="1")

    first, other, again = send("漏水", "198.51.100.7"), send("漏电", "203.0.113.9"), send("漏水", "198.51.100.7")
    assert (first.status_code, other.status_code, again.status_code) == (201, 201, 201)
    assert first.json()["number"] == again.json()["number"] != other.json()["number"]
    assert again.json()["code"] is None
