"""A reporter whose name, telephone and address stand nowhere else in the world; then everything that anybody who must not know him can open, fetch,
search, export, be sent or read in the database is looked through for them. Who may know him gets him, masked, and in plain for a reason."""

import io
import json
import logging
import re
from dataclasses import replace
from urllib.parse import unquote

import openpyxl
import pytest
from django.db import connection
from django.test import Client

from huiyin.api.models import SCOPES
from huiyin.cases import access, clock, identity, looking, respondents
from huiyin.cases.actions import record
from huiyin.cases.queries import open_case
from huiyin.hooks import actions as hooks
from huiyin.hooks.sending import HookSender
from huiyin.notices import rendering
from huiyin.notices.models import Outbox
from huiyin.notices.rendering import Unsayable
from huiyin.search import exporting
from huiyin.search.models import Export
from tests.api.clients import Api
from tests.cases.office import FACTS, MONDAY, PARTIES, a_case, officer, procedure
from tests.support.doubles import http_server
from tests.web.test_every_address import ALL, VERBS, address, kind_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("sample_world")]
REPORTER = {
    "role": "reporter", "name": "欧阳隐名", "phone": "13900000977", "address": "示范省示范市甲县隐名巷977号", "email": "yinming977@example.com",
    "area": "990121001",
}  # fmt: skip
CANARIES = ("欧阳隐名", "欧阳", "13900000977", "0000977", "隐名巷", "yinming977")
HANDLER, HELPER = ("handler", "county_a"), ("handler", "county_b")


def leaks(text):
    """Which of the signs of the reporter stand in it, also where JSON spells them by numbers or an address by bytes."""
    plain = str(text)
    spelt = re.sub(r"\\u([0-9a-f]{4})", lambda found: chr(int(found[1], 16)), plain)
    return [one for one in CANARIES if any(one in form for form in (plain, spelt, unquote(plain)))]


def begun(kind):
    """A report that county A has, with a task for county B."""
    role = "reporter" if kind == "report" else "complainant"
    facts = {**FACTS, "kind": kind, "what": "水壶漏水，店主不理"}
    found = a_case(facts=facts, parties=[{**REPORTER, "role": role}, PARTIES[1]])
    city, county = officer("intake_officer", "city"), officer("intake_officer", "county_a")
    record(found, "accepted", by=city)
    record(found, "dispatched", by=city, facts={"to": "county_a"})
    record(found, "received", by=county)
    given = {"to": "county_b", "text": "查店铺登记"}
    record(found, "task_given", by=officer("unit_head", "county_a"), facts=given)
    return found


@pytest.fixture(params=["report", "staff_complaint"])
def case(request):
    with clock.at(MONDAY):
        yield begun(request.param)


@pytest.fixture
def report():
    with clock.at(MONDAY):
        yield begun("report")


def opened_by(browser, api, case):
    """Everything of the site and the API that this person can GET, and what the forms of searching and listing give: (what, text)."""
    for route in ALL:
        if kind_of(route) in (None, "public", "code", "answer") or route.startswith(
            VERBS
        ):  # verbs answer to POST alone
            continue
        path = address(route, case)
        answer = (
            browser.get(path)
            if not route.startswith("api/")
            else browser.get(path, headers={"Authorization": f"Bearer {api.token}"})
        )
        body = b"".join(answer.streaming_content) if answer.streaming else answer.content
        yield route, f"{answer.headers} {body.decode('utf-8', 'replace')}"
    for words in ("欧阳隐名", "13900000977", "漏水"):
        found = browser.post("/search/", {"words": words}, follow=True)
        yield f"search {words}", found.content.decode().replace(words, "", 8)
        told = api.client.post(
            "/api/search", json.dumps({"words": words}), content_type="application/json", headers=api.headers()
        )
        yield f"api search {words}", told.content.decode().replace(words, "", 8)


@pytest.mark.clause("HN-CL-22", "HN-FW-08", "NAT-A37")
@pytest.mark.parametrize(
    ("kind", "who"), [("report", HELPER), ("staff_complaint", ("security_administrator", "province"))], ids=str
)
def test_who_does_not_handle_it_finds_the_reporter_nowhere(kind, who, proven, caplog):
    one = officer(*who)
    with clock.at(MONDAY), caplog.at_level(logging.DEBUG):
        case = begun(kind)
        for what, text in opened_by(proven(one), Api(one, SCOPES), case):
            assert leaks(text) == [], (what, leaks(text))
    assert leaks(caplog.text) == []


@pytest.mark.clause("HN-CL-22", "HN-SZ-05", "HN-FW-08")
def test_the_unit_that_helps_reads_the_matter_but_not_the_person_and_the_search_confirms_nobody(case, proven):
    one = officer(*HELPER)
    browser = proven(one)
    page = browser.get(f"/cases/~{case.pk}/").content.decode()
    assert "漏水" in page, "the helper works on the matter"
    assert "（无权查看）" in page
    assert case.number not in browser.post("/search/", {"words": REPORTER["phone"]}, follow=True).content.decode()
    assert case.number not in browser.post("/search/", {"words": REPORTER["name"]}, follow=True).content.decode()
    told = browser.post("/cases/new/look/", {"parties-0-phone": REPORTER["phone"], "phone": REPORTER["phone"]})
    assert case.number not in told.content.decode()
    ref = next(iter(open_case(case).log.identity["1"].values())).ref
    assert browser.post(f"/cases/~{case.pk}/reveal/", {"ref": ref, "reason": "想知道是谁"}).status_code == 404
    assert (
        Api(one, SCOPES).post(f"/cases/~{case.pk}/identity", {"party": "1", "reason": "想知道是谁"}).status_code == 404
    )


KEPT = """
[[audience]]
of     = { fact = ["complainant.*"] }
only   = ["intake_officer@registrar"]
clause = "TRY-20"
says   = "身份只有登记的人可见"
"""


@pytest.mark.clause("JS-07-2a", "ZJ-02a")
def test_a_number_somebody_knows_does_not_tell_him_that_its_owner_complained(proven):
    """Of an ordinary complaint whose rules keep the complainant from who works on it: neither while registering another, nor by searching."""
    with clock.at(MONDAY):
        mine = {**REPORTER, "role": "complainant"}
        case = a_case(rules=procedure(KEPT), parties=[mine, PARTIES[1]])
        record(case, "dispatched", by=officer("intake_officer", "city"), facts={"to": "county_a"})
        for who, knows in (
            (("intake_officer", "city"), True),
            (("handler", "county_a"), False),
            (("intake_officer", "county_a"), False),
        ):
            found = looking.likely(officer(*who), [{"role": "complainant", "phone": REPORTER["phone"]}])
            assert [one.case.pk for one in found.likely] == ([case.pk] if knows else []), who
            text = proven(officer(*who)).post("/search/", {"words": REPORTER["phone"]}, follow=True).content.decode()
            assert (case.number in text) is knows, who
            assert access.one_seen(officer(*who), case.pk)


@pytest.mark.clause("HN-CL-22", "CD-07a", "JS-07-2a")
def test_who_handles_it_gets_the_reporter_masked_and_in_plain_for_a_reason_that_is_kept(case, proven):
    one = officer(*HANDLER)
    page = proven(one).get(f"/cases/~{case.pk}/").content.decode()
    assert "139****0977" in page
    assert not {"13900000977", "隐名巷", "欧阳隐名"} & set(leaks(page))
    found = {m.name: m for m in identity.masked(open_case(case), one).values() if m.party == "1"}
    if case.kind == "report":
        value = identity.reveal(open_case(case), one, found["phone"].ref, "约定取证时间")
        assert leaks(value) == ["13900000977", "0000977"], "what the other tests look for would be found"
        text = proven(officer("unit_head", "county_a")).get("/identity/").content.decode()
        assert "约定取证时间" in text
        assert leaks(text) == []
    else:
        with pytest.raises(identity.TakesTwo):
            identity.reveal(open_case(case), one, found["phone"].ref, "约定取证时间")


@pytest.mark.clause("HN-FW-08", "HN-BM-02d")
def test_the_respondent_and_another_citizen_find_the_reporter_nowhere(report):
    other = a_case()
    mine, theirs = Client(), Client()
    mine.post("/respond/", {"code": respondents.issue(report, "2")})
    theirs.post("/track/", {"number": other.number, "code": other.code})
    open_to = (
        "public",
        "code",
        "answer",
        "api public",
    )  # what else there is leads to the log-in (tests/web/test_every_address.py)
    for browser in (mine, theirs):
        for route in (one for one in ALL if kind_of(one) in open_to):
            answer = browser.get(address(route, report))
            body = b"".join(answer.streaming_content) if answer.streaming else answer.content
            text = f"{answer.headers} {body.decode('utf-8', 'replace')}"
            assert leaks(text) == [], route
            assert "查店铺登记" not in text, route


@pytest.mark.clause("HN-CL-22", "HN-BM-05a")
def test_lists_exports_and_notices_carry_nothing_of_the_reporter(case, proven):
    one = officer("unit_head", "county_b")
    browser = proven(one)
    at = browser.post("/search/", {"words": "漏水"}).url.partition("=")[2]
    csv = browser.post("/export/", {"s": at, "way": "now", "reason": "月报"})
    assert leaks(b"".join(csv.streaming_content).decode() if csv.streaming else csv.content.decode()) == []
    browser.post("/export/", {"s": at, "way": "xlsx", "reason": "月报"})
    for export in Export.objects.filter(format="xlsx", state=exporting.WAITING):
        exporting.make(export, lambda *_: None)
    made = Export.objects.filter(format="xlsx", state=exporting.DONE)
    assert made
    for export in made:
        book = openpyxl.load_workbook(io.BytesIO(exporting.opened(export).readall()))
        assert leaks([[cell.value for cell in row] for row in book.active.iter_rows()]) == []
    for row in Outbox.objects.filter(case_id=case.pk):
        assert leaks(vars(row)) == []
        if row.to_kind == "party" and row.to == "1":
            continue
        try:
            said = rendering.words_of(open_case(case), row)
        except Unsayable:
            continue
        assert leaks(said) == []


@pytest.mark.clause("HN-CL-22", "HN-FW-08")
def test_webhooks_carry_nothing_of_the_reporter(case, settings):
    settings.SENDING = replace(settings.SENDING, hooks_private=True, seconds=2, retry_most=60, hook_days=3)
    with http_server() as server:
        hooks.create(officer(*HANDLER), "对接", server.url, ["*"])
        record(case, "note_added", by=officer(*HANDLER), facts={"text": "已联系欧阳隐名，电话13900000977"})
        sender = HookSender("w")
        while sender.run():
            pass
        assert [json.loads(got.body)["event"] for got in server.got] == ["note_added"]
        assert [leaks(f"{got.body.decode()} {got.headers}") for got in server.got] == [[]]


def test_the_database_holds_nothing_of_the_reporter_in_plain(case, proven):
    """Every column of every table, after pages, searches and a showing have written what they write."""
    browser = proven(officer(*HANDLER))
    browser.get(f"/cases/~{case.pk}/")
    browser.post("/search/", {"words": REPORTER["name"]})
    one = next(
        m for m in identity.masked(open_case(case), officer(*HANDLER)).values() if m.name == "phone" and m.party == "1"
    )
    browser.post(f"/cases/~{case.pk}/reveal/", {"ref": one.ref, "reason": "核实"})
    quote = connection.ops.quote_name
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {quote(table)}")
            for row in cursor.fetchall():
                text = " ".join(
                    bytes(cell).decode("utf-8", "replace") if isinstance(cell, bytes | memoryview) else str(cell)
                    for cell in row
                )
                assert leaks(text) == [], table


def test_what_is_printed_of_the_models_names_nobody(case):
    """__str__ and __repr__ of everything that belongs to the case, as they would stand in a log or an error page."""
    from django.apps import apps

    for model in apps.get_models():
        if model._meta.app_label in ("auth", "contenttypes", "sessions"):
            continue
        for row in model._default_manager.all()[:200]:
            assert leaks(f"{row} {row!r}") == [], model
