"""Requests that are made to do harm, on every address: ways off the site, lines into headers, pages left in caches, answers in foreign frames."""

import re
from urllib.parse import quote, urlsplit

import pytest
from django.test import Client

from tests.api.clients import Api
from tests.cases.office import a_case, officer
from tests.evidence.sent import send
from tests.web.test_case_page import registered
from tests.web.test_every_address import (
    BY_CODE,
    CASE_API,
    CASE_PAGES,
    DESK_API,
    DESK_PAGES,
    PUBLIC_PAGES,
    address,
)

pytestmark = pytest.mark.django_db
ELSEWHERE = (
    "//evil.example/x",
    "https://evil.example",
    "/\\evil.example",
    "https:evil.example",
    "javascript:alert(1)",
    "\t//evil.example",
)
NAMES = ("next", "to", "back", "url", "return", "redirect", "continue")
TYPED = ("q", "events", "re", "unit", "n", "number", "s")
LINES = "a\r\nSet-Cookie: evil=1\r\nX-Evil: 1"


@pytest.fixture(autouse=True)
def world(sample_world):
    """The sample world."""


def desk():
    client = Client()
    client.force_login(officer("intake_officer", "city").person)
    return client


def leads_away(answer):
    """Addresses outside this site that an answer sends its reader to."""
    told = [answer.get("Location", ""), answer.get("HX-Redirect", ""), answer.get("HX-Location", "")]
    if not answer.streaming and answer.get("Content-Type", "").startswith("text/html"):
        told += re.findall(r'(?:href|action|src|formaction)="([^"]*)"', answer.content.decode(errors="replace"))
    return [
        one
        for one in told
        if "evil" in urlsplit(one.replace("\\", "/")).netloc or one.strip().startswith(("javascript:", "https:evil"))
    ]


def forged(answer):
    """Did a line of the request become a header?"""
    told = {name.lower(): value for name, value in answer.items()}
    broken = any("\n" in value or "\r" in value for value in told.values())
    return broken or "x-evil" in told or "evil" in answer.cookies


def test_no_address_leads_away_forges_a_header_or_stays_in_a_cache():
    case, other, api = registered("jiangmen/complaint", "city"), a_case(), Api(officer("intake_officer", "city"))
    clerk, visitor, wrong = desk(), Client(), []
    visitor.post("/track/", {"number": other.number, "code": other.code})
    walk = [(Client(), r, case, False) for r in sorted(PUBLIC_PAGES)]
    walk += [(clerk, r, case, True) for r in sorted(DESK_PAGES | CASE_PAGES)]
    walk += [(visitor, r, other, True) for r in sorted(BY_CODE)]
    walk += [(api.client, r, case, True) for r in sorted(DESK_API | CASE_API)]
    for number, (client, route, of, personal) in enumerate(walk):
        asked = {**dict.fromkeys(NAMES, ELSEWHERE[number % len(ELSEWHERE)]), **dict.fromkeys(TYPED, LINES)}
        page = f"{address(route, of)}?{'&'.join(f'{n}={quote(v)}' for n, v in asked.items())}"
        more = api.headers() if client is api.client else {}
        answer = client.get(page, headers={"Referer": "https://evil.example/", **more})
        wrong += [f"{route} leads to {one}" for one in leads_away(answer)]
        wrong += [f"{route}: a forged header"] if forged(answer) else []
        if personal and answer.status_code == 200 and "no-store" not in answer.get("Cache-Control", ""):
            wrong.append(f"{route} stays in a cache")
    assert not wrong, "\n".join(wrong)


def test_no_form_leads_away_or_forges_a_header():
    for away in (*ELSEWHERE, LINES):
        sent = {**dict.fromkeys(NAMES, away), "language": "en", "username": "x", "password": "y"}
        for page in ("/language/", "/login/", "/logout/", "/kiosk/again/", "/respond/leave/"):
            answer = Client().post(page, sent, headers={"Referer": "https://evil.example/"})
            assert not leads_away(answer), (page, away)
            assert not forged(answer), (page, away)
    for page in (f"/cases/{quote(LINES)}/", f"/rules/{quote(LINES)}/x/", f"/manage/{quote(LINES)}/"):
        assert not forged(desk().get(page)), page


def test_no_answer_is_shown_in_a_frame_or_taken_for_another_type():
    case = registered("jiangmen/complaint", "city")
    client, api, nobody = desk(), Api(officer("intake_officer", "city")), Client()
    answers = [
        nobody.get("/nowhere/"), nobody.get("/api/nowhere"), nobody.post("/how/"), nobody.get("/work/"),
        nobody.get("/", headers={"Host": "evil.example"}), client.get("/cases/0000/"), client.get(f"/cases/{case.number}/nothing/"),
        client.post(f"/cases/{case.number}/note_added/", {"shown_seq": "x"}), api.get("/cases"), api.get("/cases/0"),
        api.post(f"/cases/{case.number}/events/note_added", "{"), Api().get("/openapi.json"), nobody.get("/health/live"),
        Client(enforce_csrf_checks=True).post("/track/", {"number": "1"}), nobody.get("/static/nothing.js"),
    ]  # fmt: skip
    for answer in answers:
        where = answer.request["PATH_INFO"], answer.status_code
        assert answer["X-Frame-Options"] == "DENY", where
        assert answer["X-Content-Type-Options"] == "nosniff", where
        assert "frame-ancestors 'none'" in answer["Content-Security-Policy"], where
        assert "unsafe" not in answer["Content-Security-Policy"], where


def test_a_file_is_no_page_of_the_site(settings, tmp_path):
    settings.FILES = tmp_path / "files"
    from huiyin.cases.actions import record
    from tests.evidence.sent import by, fact

    clerk = officer("intake_officer", "city")
    case = a_case()
    one = send(owner=by(clerk), name=f"{LINES}<b>.html")
    record(case, "evidence_added", by=clerk, facts={"party": "1", "files": fact(one)})
    client = desk()
    for part in ("copy", "thumb"):
        answer = client.get(f"/cases/{case.number}/files/{one.pk}/{part}/")
        assert answer.status_code == 200
        assert "sandbox" in answer["Content-Security-Policy"]
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert "evil" not in answer["Content-Disposition"].lower()
        assert "no-store" in answer["Cache-Control"]
        assert answer["Content-Type"] == "image/jpeg"
        list(answer.streaming_content)
