"""Every address of the site, pages and API, for everybody it may meet: nobody, whoever holds a query code, an officer of a sibling unit, one above,
one whom the case is about, one of the unit that has it. The list comes from the site itself: an address nobody thought of fails here."""

import json
from datetime import date

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from huiyin.api.models import SCOPES
from huiyin.cases import respondents
from huiyin.cases.actions import record
from huiyin.org import actions as org
from tests.api.clients import Api
from tests.cases.office import FACTS, PARTIES, a_case, officer

pytestmark = pytest.mark.django_db
PUBLIC_PAGES = {"wall/", "wall/leave/", "health/live", "health/ready", "metrics"} | {
    "say/",
    "submit/<slug:kind>/later/",
    "respond/",
    "respond/leave/",
    "how/",
    "privacy/",
    "kiosk/",
    "kiosk/again/",
    "",
    "submit/<slug:kind>/",
    "submit/<slug:kind>/check/",
    "submit/<slug:kind>/<slug:slug>/",
    "receipt/",
    "receipt/qr.svg",
    "track/",
    "login/",
    "language/",
    "logout/",
    "login/second/",
    "login/passkey/",
    "login/passkey/answer/",
    "login/sso/",
    "login/sso/back/",
    "who/",
    "cases/new/call/",
    "rules/",
    "rules/<slug:body>/<slug:name>/",
}
BY_CODE = {
    "track/case/",
    "track/case/supply/",
    "track/case/withdraw/",
    "track/case/rate/",
    "track/case/object/",
    "track/case/offer/",
    "track/case/offer/<int:seq>/",
    "track/case/files/<str:id>/<slug:part>/",
}
BY_ANSWER_CODE = {
    "respond/case/",
    "respond/case/answer/",
    "respond/case/offer/",
    "respond/case/offer/<int:seq>/",
    "respond/case/files/<str:id>/<slug:part>/",
}
DESK_PAGES = (
    {
        "registers/",
        "registers/entry/<int:pk>/",
        "registers/entry/<int:pk>/change/",
        "registers/entry/<int:pk>/do/<slug:verb>/",
        "registers/entry/<int:pk>/case/",
        "registers/entry/<int:pk>/reveal/",
        "registers/<slug:key>/",
        "registers/<slug:key>/new/",
        "registers/<slug:key>/export/",
        "registers/<slug:key>/hotspots/",
        "styleguide/",
        "manage/",
        "manage/units/",
        "manage/units/new/",
        "manage/units/<str:unit>/",
        "manage/people/",
        "manage/people/new/",
        "manage/people/<int:pk>/",
        "manage/people/<int:pk>/switch/",
        "manage/postings/<int:pk>/end/",
        "manage/areas/",
        "manage/calendar/",
        "manage/wording/",
        "manage/texts/",
        "manage/texts/<slug:body>/<int:number>/",
        "manage/tokens/",
        "manage/tokens/<int:pk>/revoke/",
        "manage/hooks/",
        "manage/hooks/<int:pk>/end/",
        "manage/hooks/<int:pk>/resume/",
    }
    | {
        "rules/adopted/",
        "rules/adopted/<int:pk>/end/",
        "rules/settings/",
        "rules/move/",
        "rules/compare/",
        "rules/try/",
        "rules/<slug:body>/<slug:name>/try/",
        "wording/",
        "cases/new/look/",
        "cases/new/drafts/<int:pk>/delete/",
        "directory/",
        "directory/new/",
        "directory/<slug:code>/",
        "directory/<slug:code>/checked/",
        "search/",
        "export/",
        "exports/",
        "exports/<int:pk>/",
        "board/",
        "board/list/",
        "board/screens/",
        "board/screens/<int:pk>/end/",
        "board/departments/",
        "board/credit/",
        "archive/",
        "archive/propose/",
        "archive/hold/",
        "archive/lists/<int:pk>/",
        "archive/lists/<int:pk>/review/",
        "archive/lists/<int:pk>/leave-out/",
        "archive/register/",
        "rota/",
        "rota/now/",
        "rota/<int:pk>/swap/",
        "rota/<int:pk>/hand-over/",
        "lines/",
        "lines/<int:pk>/end/",
        "links/",
        "work/open/",
    }
    | {
        "login/again/",
        "account/",
        "account/totp/",
        "account/passkeys/begin/",
        "account/passkeys/add/",
        "account/remove/",
        "account/codes/",
        "account/sessions/end/",
        "account/report/",
        "security/",
        "security/<int:pk>/<slug:what>/",
        "looks/",
        "looks/acts/",
        "recordings/",
        "work/next/",
        "work/several/",
        "work/filters/",
        "work/filters/<int:pk>/delete/",
        "palette/",
        "cases/new/caller/",
        "password/",
        "posting/",
        "work/",
        "cases/",
        "cases/new/",
        "identity/",
        "identity/<int:pk>/answer/",
        "identity/<int:pk>/show/",
        "inbox/",
        "inbox/read/",
        "inbox/<int:pk>/open/",
        "inbox/notice/<int:pk>/",
    }
)
CASE_PAGES = {
    "cases/<str:key>/answer-code/",
    "cases/<str:key>/split/",
    "cases/<str:key>/join/",
    "cases/<str:key>/",
    "cases/<str:key>/reveal/",
    "cases/<str:key>/looks/",
    "cases/<str:key>/<slug:event>/",
} | {
    "cases/<str:key>/files/",
    "cases/<str:key>/files/<str:id>/original/",
    "cases/<str:key>/files/<str:id>/<slug:part>/",
}
PUBLIC_API = {
    "api/openapi.json",
    "api/categories",
    "api/authorities",
    "api/external-systems",
    "api/public/units",
    "api/public/cases",
    "api/public/cases/<number>",
    "api/public/files",
    "api/public/respond",
    "api/public/respond/<event>",
    "api/public/cases/<number>/files",
    "api/public/cases/<number>/files/<id>/<part>",
    "api/",
    "api/<path:rest>",
}
DESK_API = {"api/identity", "api/identity/<id>/answer", "api/identity/<id>/show"}
DESK_API |= {"api/recordings", "api/registers", "api/registers/<key>"}
DESK_API |= {f"api/registers/entries/<id>{more}" for more in ("", "/<verb>", "/cases")}
DESK_API |= {"api/search", "api/board", "api/open", "api/overdue"} | {
    "api/hooks",
    "api/hooks/<id>",
    "api/hooks/<id>/deliveries",
    "api/hooks/<id>/resume",
    "api/cases",
    "api/todo",
    "api/files",
}
CASE_API = (
    {
        "api/cases/<number>/offers",
        "api/cases/<number>/identity",
        "api/cases/<number>/links",
        "api/cases/<number>/try/<event>",
    }
    | {"api/cases/<number>/split", "api/cases/<number>/join"}
    | {"api/cases/<number>", "api/cases/<number>/events", "api/cases/<number>/limits", "api/cases/<number>/files"}
    | {"api/cases/<number>/files/<id>/<part>"}
)
VERBS = "api/cases/<number>/events/"
NAME, PHONE = PARTIES[0]["name"], PARTIES[0]["phone"]


def routes(found, before=""):
    for one in found:
        route = before + str(one.pattern)
        if isinstance(one, URLResolver):
            yield from routes(one.url_patterns, route)
        elif isinstance(one, URLPattern):
            yield route


ALL = sorted(set(routes(get_resolver().url_patterns)))


def kind_of(route):
    kinds = {
        "public": PUBLIC_PAGES,
        "code": BY_CODE,
        "answer": BY_ANSWER_CODE,
        "desk": DESK_PAGES,
        "case": CASE_PAGES,
        "api public": PUBLIC_API,
        "api desk": DESK_API,
        "api case": CASE_API,
    }
    found = [kind for kind, known in kinds.items() if route in known]
    if not found and route.startswith(VERBS):
        found = ["api case"]
    return found[0] if len(found) == 1 else None


def test_every_address_of_the_site_has_somebody_it_is_for():
    assert [route for route in ALL if kind_of(route) is None] == []


@pytest.fixture
def report():
    """A report that the county has; about a handler of the county."""
    about = f"p{officer('handler', 'county_a', 2).person_id}"
    parties = [{**PARTIES[0], "role": "reporter"}, {**PARTIES[1], "officer": about}]
    case = a_case(facts={**FACTS, "kind": "report"}, parties=parties)
    record(case, "dispatched", by=officer("intake_officer", "city"), facts={"to": "county_a"})
    record(case, "received", by=officer("intake_officer", "county_a"))
    return case


def address(route, case):
    found = "/" + route
    for name, value in {
        "<str:key>": f"~{case.pk}",
        "<number>": f"~{case.pk}",
        "<slug:kind>": "complaint",
        "<slug:slug>": "matter",
        "<slug:event>": "note_added",
        "<path:rest>": "nothing/here",
        "<event>": "note_added",
        "<str:unit>": "county_a",
        "<int:number>": "0",
        "<int:pk>": "1",
        "<slug:verb>": "annul",
        "<slug:key>": "BS-campaign",
        "<key>": "BS-campaign",
        "<verb>": "annul",
        "<int:seq>": "1",
        "<id>": "1",
        "<slug:code>": "housing",
        "<slug:body>": "henan",
        "<slug:name>": "report",
        "<slug:what>": "unlock",
        "<str:id>": "0" * 32,
        "<slug:part>": "copy",
        "<part>": "copy",
    }.items():
        found = found.replace(name, value)
    return found


def seen(route, case, client, token=None):
    """Status and text of GET and POST."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    found = []
    for method in ("get", "post"):
        more = (
            {"data": '{"facts": 1}', "content_type": "application/json"}
            if method == "post" and route.startswith("api/")
            else {}
        )
        if route in ("logout/", "account/report/") and method == "post":
            continue  # ends the very session that looks
        answer = getattr(client, method)(address(route, case), headers=headers, **more)
        text = answer.content.decode()
        if (
            answer.headers.get("Content-Type", "").startswith("application/")
            and "json" in answer.headers["Content-Type"]
        ):
            text = json.dumps(json.loads(text), ensure_ascii=False)
        found.append((answer.status_code, text, answer.headers.get("Location", "")))
    return found


def test_nobody_comes_to_the_desk_and_no_page_of_the_public_tells_of_a_case(report):
    for route in ALL:
        for status, text, location in seen(route, report, Client()):
            kind = kind_of(route)
            if kind in ("desk", "case"):
                assert status in (302, 405), route
                assert status == 405 or location.startswith("/login/"), route
            elif kind == "code":
                assert status in (302, 405), route
                assert status == 405 or location == "/track/", route
            elif kind == "answer":
                assert status in (302, 405), route
                assert status == 405 or location == "/respond/", route
            elif kind in ("api desk", "api case"):
                assert status in (401, 405), route
            else:
                assert status < 500, route
            assert not any(secret in text for secret in (NAME, PHONE, report.number)), route


def test_whoever_holds_a_code_gets_no_further_than_that_case(report):
    other = a_case()
    client = Client()
    assert client.post("/track/", {"number": other.number, "code": other.code}).url == "/track/case/"
    for route in ALL:
        for status, text, location in seen(route, report, client):
            if kind_of(route) in ("desk", "case"):
                assert status == 405 or location.startswith("/login/"), route
            if kind_of(route) in ("api desk", "api case"):
                assert status in (401, 405), route
            assert report.number not in text, route
            assert PHONE not in text, route


@pytest.mark.parametrize(
    ("role", "unit", "number"),
    [
        ("handler", "county_b", 1), ("unit_head", "county_b", 1), ("director", "province", 1), ("handler", "county_a", 2),
        ("auditor", "province", 1),
    ],
    ids=["sibling", "head of a sibling", "above", "whom it is about", "audit"],
)  # fmt: skip
def test_who_may_not_find_the_report_finds_it_nowhere(report, role, unit, number):
    who = officer(role, unit, number)
    client, api = Client(), Api(who, SCOPES)
    client.force_login(who.person)
    for route in ALL:
        for status, text, _location in seen(route, report, client, api.token):
            assert status < 500, route
            if kind_of(route) in ("case", "api case"):
                assert status in (404, 405, 422), (route, status)
            number_ = () if (role, route) in LOGS else (report.number,)
            assert not any(secret in text for secret in (NAME, PHONE, *number_)), route


LOGS = {("auditor", "looks/")}  # the log of looks names the cases that were asked for, and nothing of what is in them


def test_the_respondent_gets_no_further_than_what_was_addressed_to_it():
    about = [{**PARTIES[0], "role": "reporter"}, PARTIES[1]]
    case = a_case(facts={**FACTS, "kind": "report"}, parties=about)
    code, client = respondents.issue(case, "2"), Client()
    assert client.post("/respond/", {"code": code}).url == "/respond/case/"
    for route in ALL:
        for status, text, location in seen(route, case, client):
            if kind_of(route) in ("desk", "case"):
                assert status == 405 or location.startswith("/login/"), route
            if kind_of(route) == "code":
                assert status == 405 or location == "/track/", route
            if kind_of(route) in ("api desk", "api case"):
                assert status in (401, 405), route
            assert status < 500, route
            assert not any(secret in text for secret in (NAME, PHONE, FACTS["what"])), route


# who: (role, unit, which of them, finds an ordinary complaint that county_a has, finds a report that county_a has)
RELATIONS = {
    "the unit that has it": ("handler", "county_a", 1, True, True),
    "its head": ("unit_head", "county_a", 1, True, True),
    "who sent it there": ("intake_officer", "city", 1, True, True),
    "the head of who sent it there": ("unit_head", "city", 1, True, True),
    "above all of them": ("director", "province", 1, True, False),
    "a sibling": ("handler", "county_b", 1, False, False),
    "the head of a sibling": ("director", "county_b", 1, False, False),
    "a station of a sibling": ("handler", "station_b1", 1, False, False),
    "a station of its own": ("handler", "station_a1", 1, False, False),
    "system administrator": ("administrator", "province", 1, True, False),
    "security administrator": ("security_administrator", "province", 1, False, False),
    "system administrator of the unit that has it": ("administrator", "county_a", 0, True, False),
    "security administrator of the unit that has it": ("security_administrator", "county_a", 0, False, False),
    "audit administrator of the unit that has it": ("auditor", "county_a", 0, True, False),
    "audit administrator": ("auditor", "province", 1, True, False),
    "reviewer": ("reviewer", "province", 1, True, False),
}  # fmt: skip


def appointed(role, unit):
    """Somebody new in this role, which the sample world has elsewhere."""
    return org.appoint(org.create_person(f"new.{role}", "新人"), role, unit, since=date(2026, 1, 1))


@pytest.mark.parametrize("kind", ["complaint", "report"])
@pytest.mark.parametrize("who", RELATIONS)
def test_who_finds_it_finds_it_everywhere_and_who_does_not_nowhere(kind, who):
    role, unit, number, ordinary, secret = RELATIONS[who]
    finds = ordinary if kind == "complaint" else secret
    parties = [{**PARTIES[0], "role": "reporter" if kind == "report" else "complainant"}, PARTIES[1]]
    case = a_case(facts={**FACTS, "kind": kind}, parties=parties)
    record(case, "dispatched", by=officer("intake_officer", "city"), facts={"to": "county_a"})
    record(case, "received", by=officer("intake_officer", "county_a"))
    one = officer(role, unit, number) if number else appointed(role, unit)
    client, api = Client(), Api(one, SCOPES)
    client.force_login(one.person)
    for route in sorted(CASE_PAGES | CASE_API):
        status, text, _location = seen(route, case, client, api.token)[0]
        if not finds:
            assert status in (404, 405), (who, route, status)
            assert case.number not in text, (who, route)
        elif route in READ:
            assert status == 200, (who, route, status)
        else:
            assert status < 500, (who, route, status)


READ = {
    "cases/<str:key>/", "cases/<str:key>/<slug:event>/", "api/cases/<number>", "api/cases/<number>/events", "api/cases/<number>/limits",
    "api/cases/<number>/files", "api/cases/<number>/offers", "api/cases/<number>/links",
}  # fmt: skip


def test_who_has_the_report_finds_it_and_reads_it_masked(report):
    who = officer("handler", "county_a")
    client, api = Client(), Api(who, SCOPES)
    client.force_login(who.person)
    for route in ("cases/<str:key>/", "cases/", "api/cases", "api/cases/<number>", "cases/<str:key>/<slug:event>/"):
        status, text, _location = seen(route, report, client, api.token)[0]
        assert status == 200, route
        assert report.number in text, route
    for route in ALL:
        for status, text, _location in seen(route, report, client, api.token):
            assert status < 500, route
            assert NAME not in text, route
            assert PHONE not in text, route
