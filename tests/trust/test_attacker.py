"""Somebody who wants to learn who reported him, to change the record, or to get in: what was tried with fresh eyes and once got through."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from huiyin.accounts import throttle
from huiyin.api.models import SCOPES
from huiyin.cases import access, clock, identity, respondents
from huiyin.cases.actions import record, split
from huiyin.cases.evidence import handed
from huiyin.cases.models import Case, Link
from huiyin.cases.queries import open_case
from huiyin.cases.timeline import timeline
from huiyin.evidence.models import Staged
from huiyin.notices.models import PARTY, Outbox
from tests.api.clients import Api
from tests.cases.office import FACTS, MONDAY, PARTIES, a_case, officer, procedure
from tests.evidence import made
from tests.evidence.sent import by as owner
from tests.evidence.sent import fact, send
from tests.trust.test_privacy_paths import HANDLER, HELPER, REPORTER, leaks

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("sample_world")]
TOLD = "我叫欧阳隐名，电话13900000977，住隐名巷977号，水壶漏水"


@pytest.fixture(autouse=True)
def at_nine():
    with clock.at(MONDAY):
        yield


def begun(kind="report", **facts):
    """A report in whose own words the reporter names himself, that county A has, with a task for county B."""
    role = "reporter" if kind == "report" else "complainant"
    given = {**FACTS, "kind": kind, "what": TOLD, "subject": "欧阳隐名反映水壶"} | facts
    case = a_case(facts=given, parties=[{**REPORTER, "role": role}, PARTIES[1]])
    city, county = officer("intake_officer", "city"), officer("intake_officer", "county_a")
    record(case, "accepted", by=city)
    record(case, "dispatched", by=city, facts={"to": "county_a"})
    record(case, "received", by=county)
    task = {"to": "county_b", "text": "欧阳隐名反映，查店铺登记"}
    record(case, "task_given", by=officer("unit_head", "county_a"), facts=task)
    return case


# -- colleagues who work on it and may not know whose it is


@pytest.mark.clause("HN-CL-22", "HN-FW-08", "CD-07a")
@pytest.mark.parametrize("kind", ["report", "staff_complaint"])
@pytest.mark.parametrize("who", [HELPER, ("unit_head", "county_b"), ("unit_head", "city")], ids=str)
def test_the_reporters_own_words_do_not_tell_who_helps_whose_they_are(kind, who, proven):
    case = begun(kind)
    by = officer(*HANDLER)
    paper = fact(send(owner=owner(by), name="欧阳隐名的小票.jpg"))
    record(case, "evidence_added", by=by, facts={"party": "2", "sort": "copy", "files": paper})
    one, browser = officer(*who), proven(officer(*who))
    page = browser.get(f"/cases/~{case.pk}/").content.decode()
    assert "水壶漏水" in page
    assert leaks(page) == []
    assert leaks(browser.get(f"/cases/~{case.pk}/files/").content.decode()) == []
    assert [leaks(row.name) for row in handed(open_case(case), one)] == [[]]
    api = Api(one, SCOPES)
    for address in (f"/cases/~{case.pk}", f"/cases/~{case.pk}/events"):
        assert leaks(api.get(address).content.decode()) == [], address
    at = browser.post("/search/", {"words": case.number}).url.partition("=")[2]
    csv = browser.post("/export/", {"s": at, "way": "now", "reason": "月报"})
    lines = b"".join(csv.streaming_content).decode()
    assert case.number in lines
    assert leaks(lines) == []


@pytest.mark.clause("HN-CL-22", "HN-FW-08")
def test_nor_is_the_whole_text_shown_to_them_for_a_reason(proven):
    case = begun(what="有事打13900000911，水壶漏水")  # a number that nobody knows as the reporter's
    assert "what" in {one.name for one in identity.masked(open_case(case), officer(*HANDLER)).values()}
    assert {one.name for one in identity.masked(open_case(case), officer(*HELPER)).values()} <= {"name", "phone"}
    ref = next(m.ref for m in identity.masked(open_case(case), officer(*HANDLER)).values() if m.name == "what")
    assert (
        proven(officer(*HELPER)).post(f"/cases/~{case.pk}/reveal/", {"ref": ref, "reason": "想看"}).status_code == 404
    )


def test_who_handles_it_reads_the_words_as_they_were_written(proven):
    page = proven(officer(*HANDLER)).get(f"/cases/~{begun().pk}/").content.decode()
    assert "我叫欧阳隐名" in page


# -- appointments


@pytest.mark.clause("HN-CL-22", "HN-BM-02d")
@pytest.mark.parametrize("with_whom", [{"party": "1"}, {}], ids=str)
def test_the_respondent_does_not_hear_when_the_reporter_comes_to_the_office(with_whom):
    case = begun()
    browser = Client()
    browser.post("/respond/", {"code": respondents.issue(case, "2")})
    before = set(Outbox.objects.values_list("pk", flat=True))
    given = {"starts_at": MONDAY + timedelta(days=1), "where_to": "二楼接待室", **with_whom}
    record(case, "appointment_set", by=officer(*HANDLER), facts=given)
    assert "约定时间" not in browser.get("/respond/case/").content.decode()
    told = Outbox.objects.filter(to_kind=PARTY).exclude(pk__in=before)
    assert {row.to for row in told} == {"1"}
    record(case, "appointment_set", by=officer(*HANDLER), facts={**given, "party": "2"})
    assert "约定时间" in browser.get("/respond/case/").content.decode()


def test_an_appointment_with_one_side_of_a_complaint_is_not_told_to_the_other():
    case = begun("complaint")
    mine, theirs = Client(), Client()
    mine.post("/track/", {"number": case.number, "code": case.code})
    theirs.post("/respond/", {"code": respondents.issue(case, "2")})
    given = {"starts_at": MONDAY + timedelta(days=1)}
    for party, told, silent in (("1", mine, theirs), ("2", theirs, mine)):
        record(case, "appointment_set", by=officer(*HANDLER), facts={**given, "party": party})
        pages = {mine: "/track/case/", theirs: "/respond/case/"}
        assert pages[told]
        assert told.get(pages[told]).content.decode().count("约定时间") == 1
        assert silent.get(pages[silent]).content.decode().count("约定时间") == (0 if party == "1" else 1)


# -- from outside


@pytest.mark.parametrize(
    "more", [{"case_secrecy": "state_secret"}, {"first_contact": "p1"}, {"identity_verified": True}]
)
def test_who_sends_something_in_does_not_say_what_is_for_the_office_to_say(more):
    body = {"unit": "city", "procedure": procedure().id, "facts": {**FACTS, **more}, "parties": PARTIES}
    answer = Api().post("/public/cases", body)
    assert (answer.status_code, answer.json()["code"]) == (422, "not_yours_to_name")
    about = [PARTIES[0], {**PARTIES[1], "officer": f"p{officer('handler', 'city').person_id}"}]
    answer = Api().post("/public/cases", {**body, "facts": FACTS, "parties": about})
    assert (answer.status_code, answer.json()["code"]) == (422, "not_yours_to_name")


def test_what_somebody_sends_in_stays_with_the_unit_that_takes_it():
    body = {"unit": "city", "procedure": procedure().id, "facts": {**FACTS, "to": "county_b"}, "parties": PARTIES}
    assert Api().post("/public/cases", body).status_code == 201
    case = Case.objects.get()
    assert (case.unit, case.handling_unit) == ("city", "city")


def test_codes_tried_at_the_same_moment_all_count(rf, settings):
    settings.ENTRANCE = replace(settings.ENTRANCE, tries_address=2)
    request, looked = rf.get("/track/"), []

    def look():
        looked.append(1)
        if len(looked) < 5:
            throttle.found(request, look)  # the next one comes while this one is being looked up

    with pytest.raises(throttle.TooMany):
        throttle.found(request, look)
    assert len(looked) == 2


# -- what the rules make of a made-up matter, and what belongs together


REPEATS = """
[[reaction]]
on     = "registered"
when   = { world = "earlier_case_of", same = ["complainant", "respondent"], is = "set" }
then   = { event = "linked", with = { world = "earlier_case_of", same = ["complainant", "respondent"] }, relation = "repeat" }
clause = "TRY-40"
says   = "重复的关联"
"""


@pytest.mark.clause("HN-CL-22", "HN-FW-08")
@pytest.mark.parametrize("kind", ["complaint", "report"])
def test_a_made_up_matter_with_somebodys_telephone_does_not_tell_that_he_reported(kind, proven):
    rules = procedure(REPEATS)
    first = a_case(rules=rules, facts={**FACTS, "kind": "report"}, parties=[REPORTER, PARTIES[1]])

    def tried(by):
        """The same sender and shop once more, as this officer registers it."""
        sender = {"role": "reporter" if kind == "report" else "complainant", "phone": REPORTER["phone"]}
        return a_case(rules=rules, unit=by.unit_id, by=by, facts={**FACTS, "kind": kind}, parties=[sender, PARTIES[1]])

    spy = officer("intake_officer", "county_b")
    probe = tried(spy)
    assert not Link.objects.filter(case_id__in=[probe.pk, first.pk]).exists()
    assert "重复" not in proven(spy).get(f"/cases/~{probe.pk}/").content.decode()
    assert open_case(probe).view.by_name.get("linked", []) == []
    again = tried(
        officer("intake_officer", "city")
    )  # who has the report knows it, and so do the rules; of a complaint they say nothing
    assert Link.objects.filter(case_id=again.pk, other_id=first.pk).exists() is (kind == "report")


@pytest.mark.clause("HN-CL-22", "HN-FW-08")
def test_who_knows_the_complainant_does_not_hear_that_he_also_reported(proven):
    """A letter that was both, made into two: only who finds the report sees in the complaint that there is one."""
    case = a_case(unit="county_a", by=officer("intake_officer", "county_a"))
    report = split(
        case, by=officer("intake_officer", "county_a"), kind="report", procedure=procedure().id, reason="另有举报"
    )
    above, own = officer("unit_head", "city"), officer("intake_officer", "county_a")
    assert access.one_seen(above, case.pk)
    assert not access.one_seen(above, report.pk)
    told = {one: [row.name for row in timeline(open_case(case), one)] for one in (above, own)}
    assert "split" not in told[above]
    assert "split" in told[own]
    assert f"#{report.pk}" not in proven(above).get(f"/cases/~{case.pk}/").content.decode()


def test_files_that_are_never_sent_do_not_fill_the_disk(settings, tmp_path):
    settings.ENTRANCE, settings.FILES = replace(settings.ENTRANCE, sent_address=1), tmp_path / "files"
    statuses = []
    for _visit in range(7):  # each in a visit of its own, which begins a form and brings one file
        picture = SimpleUploadedFile("发票.jpg", made.jpeg(64, 32), "image/jpeg")
        answer = Client().post("/submit/complaint/evidence/", {"files-new": [picture]})
        statuses.append(answer.status_code)
    assert 429 not in statuses[:5]
    assert statuses[5:] == [429, 429]
    assert "一小时" in answer.content.decode()
    assert Staged.objects.count() == throttle.FOR_EACH // 2
    elsewhere = Client(REMOTE_ADDR="198.51.100.7")
    picture = SimpleUploadedFile("发票.jpg", made.jpeg(64, 32), "image/jpeg")
    assert elsewhere.post("/submit/complaint/evidence/", {"files-new": [picture]}).status_code == 302


def test_one_side_that_writes_without_end_is_stopped_and_the_other_goes_on(settings):
    settings.ENTRANCE = replace(settings.ENTRANCE, sent_address=2)
    case = begun("complaint")
    mine, theirs = Client(), Client()
    mine.post("/track/", {"number": case.number, "code": case.code})
    theirs.post("/respond/", {"code": respondents.issue(case, "2")})
    record(case, "respondent_notified", by=officer(*HANDLER), facts={"party": "2", "text": "请说明情况"})
    said = [theirs.post("/respond/case/answer/", {"text": f"答{n}", "key": f"k{n}"}).status_code for n in range(4)]
    assert said == [302, 302, 429, 429]
    assert mine.post("/track/case/rate/", {"satisfaction": "satisfied", "text": "好", "key": "k"}).status_code != 429


@pytest.mark.clause("HN-CL-22", "HN-FW-08")
def test_files_that_nobody_can_look_through_are_not_given_to_who_helps():
    case, handler = begun(), officer(*HANDLER)
    helper = officer(*HELPER)

    def brought(event, by, **facts):
        record(case, event, by=by, facts={**facts, "files": fact(send(owner=owner(by), name="材料.jpg"))})
        row = handed(open_case(case), helper)[-1]
        return row.readable and row.copy

    assert not brought("evidence_added", handler, party="1", sort="copy")
    assert not brought("replied", handler, text="已查实", to=["1"])
    assert not brought("document_made", handler, document="mediation_notice", text="调查情况")
    assert brought("evidence_added", handler, party="2", sort="copy")
    assert brought("task_done", helper)


def test_neither_codes_of_screens_nor_the_register_of_businesses_are_tried_without_end(settings):
    settings.ENTRANCE = replace(settings.ENTRANCE, tries_address=2, sent_address=1)
    codes = [Client().post("/wall/", {"code": f"{n}" * 16}).status_code for n in range(4)]
    assert codes == [422, 422, 429, 429]
    visitor = Client()
    asked = [
        visitor.post("/submit/complaint/target/", {"find": "1", "business": f"商店{n}"}).status_code for n in range(12)
    ]
    assert asked[0] == 200
    assert asked[-1] == 429
