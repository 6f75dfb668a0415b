"""An unnamed reporter comes back with number and code: sees how far it is, is asked, answers, and stays unnamed."""

import re

import pytest

from huiyin.accounts.models import Session
from huiyin.cases import numbers
from huiyin.cases.actions import record
from huiyin.cases.models import Case, Event, Party
from huiyin.cases.queries import open_case
from huiyin.vault import actions as vault
from huiyin.vault.models import BlindIndex, Record
from tests.cases.office import officer
from tests.web.public_form import ALL, fill, post
from tests.web.test_public import receipt

pytestmark = pytest.mark.django_db


def body(answer):
    return answer.content.decode()


def send_anonymous(client, unit="city"):
    fill(client, {**ALL, "what": "该店出售过期食品", "category": "offences:food", "real_name": "false"}, "report")
    answer = client.post("/submit/report/check/", {"unit": unit, "key": "r1"})
    assert answer.status_code == 302, body(answer)
    return Case.objects.get()


def test_the_form_of_a_report_asks_nothing_that_identifies_until_somebody_wants_to_be_named(client):
    passed = fill(client, {**ALL, "real_name": "false"}, "report")
    assert passed[-1] == "you"
    for screen in passed:
        page = body(client.get(f"/submit/report/{screen}/"))
        assert 'name="reporter-' not in page, screen
    assert client.get("/submit/report/contact/").url == "/submit/report/"
    assert post(client, "you", {"real_name": "true"}, "report").url == "/submit/report/contact/"
    assert 'name="reporter-name"' in body(client.get("/submit/report/contact/"))


def test_who_changes_his_mind_and_stays_unnamed_leaves_nothing_behind(client):
    named = {**ALL, "real_name": "true", "reporter-name": "赵某", "reporter-phone": "13800000007"}
    fill(client, named, "report")
    post(client, "you", {"real_name": "false"}, "report")
    assert client.post("/submit/report/check/", {"unit": "city", "key": "r1"}).url == "/receipt/"
    case = Case.objects.get()
    assert Party.objects.get(case_id=case.pk, role="reporter").identity == {}
    assert not BlindIndex.objects.filter(case_id=case.pk, party="1").exists()


def test_the_receipt_code_has_a_hundred_bits_is_shown_once_and_stored_hashed(client):
    case = send_anonymous(client)
    _number, code = receipt(client)
    assert len(code.replace("-", "")) * 5 >= 80
    assert set(code.replace("-", "")) <= set(numbers.LETTERS)
    assert "这是匿名举报" in body(client.get("/receipt/"))
    assert case.code_hash == numbers.digest_of(code)
    assert all(code not in str(s.get_decoded()) for s in Session.objects.all())
    assert code not in str(list(Event.objects.values_list("body", flat=True)))
    client.logout()
    assert client.get("/receipt/").url == "/track/"


@pytest.mark.parametrize("unit", ["city", "county_a"])
def test_a_question_is_read_and_answered_without_a_name(client, unit):
    case = send_anonymous(client, unit)
    number, code = receipt(client)
    client.logout()
    who = officer("intake_officer", unit)
    asked = record(
        case, "materials_requested", by=who, facts={"items": ["在哪个货架上看到的？请打 0371-65551234 或在此回答"]}
    )
    assert client.post("/track/", {"number": number, "code": code}).url == "/track/case/"
    page = body(client.get("/track/case/"))
    assert "在哪个货架上看到的？请打 0371-65551234" in page  # what is written for the person is not masked
    assert "等您回答" in page
    seq = re.search(r'name="re" value="(\d+)"', page)[1]
    assert int(seq) == asked[0].seq
    answer = client.post("/track/case/supply/", {"items": "二号货架最下层", "re": seq, "key": "a1"})
    assert answer.url == "/track/case/", body(answer)
    event = open_case(case).view.by_name["materials_supplied"][0]
    assert (event.actor.role, event.actor.person, event.re) == ("reporter", "1", (int(seq),))
    ref = event.facts["items"]
    assert vault.open_many([ref])[ref.ref] == ["二号货架最下层"]
    after = body(client.get("/track/case/"))
    assert "二号货架最下层" in after
    assert "等您回答" not in after
    assert not Record.objects.filter(case_id=case.pk, kind="identity").exclude(key__party="2").exists()


def test_the_officer_reads_the_answer_on_the_page_of_the_case(client, desk):
    case = send_anonymous(client)
    client.post("/track/case/supply/", {"items": "二号货架最下层", "key": "a1"})
    page = body(desk("intake_officer", "city").get(f"/cases/{case.number}/"))
    assert "二号货架最下层" in page


def test_a_question_of_another_case_is_not_answered_here(client):
    send_anonymous(client)
    client.post("/track/case/supply/", {"items": "二号货架", "re": "999", "key": "a1"})
    assert open_case(Case.objects.get()).view.by_name["materials_supplied"][0].re == ()


def test_a_respondent_named_by_number_reads_no_question_to_the_sender(client):
    from huiyin.cases.people import Outside
    from huiyin.cases.timeline import timeline

    case = send_anonymous(client)
    record(case, "materials_requested", by=officer("intake_officer", "city"), facts={"items": ["在哪个货架？"]})
    rows = timeline(open_case(case), Outside("respondent", "2"))
    shown = [fact.value for row in rows for fact in row.facts if row.name == "materials_requested"]
    assert shown == []
