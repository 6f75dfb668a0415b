"""The desk while somebody is on the telephone: the caller, advice with its ground, suggestions with reasons, one key, messages left."""

import json
import re
from datetime import date, datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from huiyin.accounts import sessions
from huiyin.cases import clock, recordings
from huiyin.cases.models import Case, Event
from huiyin.cases.queries import open_case
from huiyin.org import actions as org
from huiyin.vault.models import RevealLog
from huiyin.web import suggest
from tests.cases.office import officer
from tests.web.test_desk import HENAN, JIANGMEN, NATIONAL, WHOLE, body, look, post

pytestmark = pytest.mark.django_db
RIGHTS = "rights_centre/complaint"
LOOK, QUEUE = 25, 25  # queries at most


@pytest.fixture
def city(desk):
    return desk("intake_officer", "city")


# -- the caller


@pytest.mark.parametrize("way", ["post", "get", "page"])
def test_the_number_of_a_caller_is_sent_on_behind_the_hash_and_looked_up_by_nobody(way):
    client, number = Client(), "138-0000-0001"
    answer = {
        "post": lambda: client.post("/cases/new/call/", {"phone": number, "procedure": HENAN}),
        "get": lambda: client.get("/cases/new/call/", {"phone": number, "procedure": HENAN}),
        "page": lambda: client.get("/cases/new/", {"phone": number, "procedure": HENAN}),
    }[way]()
    assert answer.status_code == 303
    assert answer["Location"] == f"/cases/new/?procedure={HENAN}#phone={number}"
    assert answer["Referrer-Policy"] == "no-referrer"
    assert not client.session.keys()


def test_a_call_leads_nowhere_else(city):
    answer = city.get("/cases/new/call/", {"phone": "<script>12", "procedure": "//evil.example"})
    assert answer["Location"] == "/cases/new/#phone=12"


def test_the_number_stands_in_no_address_when_the_session_has_ended(city):
    session = city.session
    session[sessions.ENDED] = "idle"
    session.save()
    answer = city.get("/cases/new/", {"phone": "13800000001"})
    assert "1380000" not in answer["Location"]


def test_without_a_number_the_form_asks_who_it_is(client):
    assert client.get("/cases/new/").url.startswith("/login/")


def test_a_known_caller_is_named_masked_and_taken_over_with_an_entry_in_the_log(city):
    assert post(city, **WHOLE).status_code == 302
    case = Case.objects.get()
    page = look(city, **{"kind": "complaint", "complainant.phone": "13800000001"})
    assert 'id="caller-title"' in page
    assert "王某" not in page
    assert "这个号码登记过 1 件，在办 1 件" in page
    sent = {"take_caller": case.pk, "complainant.phone": "13800000001"}
    found = json.loads(city.post("/cases/new/caller/", sent).content)
    assert found["complainant.name"] == "王某"
    assert found["complainant.address"] == "甲县城关一号"
    assert {row.reason for row in RevealLog.objects.all()} == {"来电登记，沿用上次的信息"}
    assert {row.case_id for row in RevealLog.objects.all()} == {case.pk}
    page = body(post(city, **{"kind": "complaint", **{n: str(v) for n, v in sent.items()}}))
    assert 'value="甲县城关一号"' in page


def test_a_caller_is_taken_over_only_by_his_own_number_and_from_a_case_one_may_find(city, desk):
    post(city, **WHOLE)
    case = Case.objects.get()
    sent = {"take_caller": case.pk, "complainant.phone": "13800000002"}
    assert city.post("/cases/new/caller/", sent).status_code == 404
    other = desk("intake_officer", "county_b")
    assert other.post("/cases/new/caller/", {**sent, "complainant.phone": "13800000001"}).status_code == 404
    assert not RevealLog.objects.exists()


# -- advice and suggestions


def test_the_desk_is_told_whether_it_can_be_taken_up_and_by_which_article(city):
    assert "可以受理" in look(city, **WHOLE)
    assert re.search(r"还缺 \d+ 项", look(city, **{**WHOLE, "complainant.postcode": "", "demand": ""}))


@pytest.mark.clause("NAT-A16")
def test_a_ground_of_refusal_is_said_with_its_article_where_rules_have_no_wording(desk):
    page = look(desk("intake_officer", "county_a"), NATIONAL, **{**WHOLE, "within_duties": "false"})
    assert "可能不能受理" in page
    assert "您反映的事情，按规定要“不予受理”" in page
    assert "NAT-A16-1" in page


def test_categories_are_suggested_by_the_words_that_name_them_the_narrowest_first():
    found = suggest.by_words("在商场买的电热水壶用了两天就不通电", "complaint")
    assert found[0].label.endswith("电热水壶")
    assert found[0].why == "说到“电热水壶”"
    assert suggest.by_words("谢谢", "complaint") == []
    assert suggest.by_words("电热水壶", "complaint", [found[0].value])[0].chosen


def test_the_unit_is_suggested_by_jurisdiction_and_the_area_by_the_address(city):
    page = look(city, **WHOLE)
    assert 'value="then-dispatched_to=county_a"' in page
    assert re.search(r"事情所在的[^<]*归它管辖", page)
    page = look(city, **{**WHOLE, "respondent.area": ""})
    assert re.search(r'name="choose" value="respondent\.area=\d+"', page)
    assert "then-dispatched_to=" in page


def test_another_authority_is_named_with_its_telephone_and_the_word(city):
    page = look(city, **{**WHOLE, "what": "小区物业费涨价"})
    assert "也可能归别的部门" in page
    assert "住房和城乡建设局" in page
    assert "说到“物业费”" in page


def test_without_scripts_a_suggestion_is_chosen_by_its_button(city):
    page = body(post(city, **WHOLE, choose="then-dispatched_to=county_a"))
    assert '<option value="county_a" selected>' in page
    assert not Case.objects.exists()


def test_one_key_registers_and_dispatches_to_the_unit_that_is_competent(city):
    answer = post(city, JIANGMEN, **{**WHOLE, "complainant.complainant_kind": "consumer"}, go="dispatch")
    assert answer.status_code == 302, body(answer)
    case = Case.objects.get()
    names = [e.name for e in Event.objects.filter(case=case).order_by("seq")]
    assert names[0] == "registered"
    assert names[-1] == "dispatched"
    event = open_case(case).view.by_name["dispatched"][0]
    assert event.facts["to"] in ("county_a", "station_a1")
    assert event.facts["dispatch_kind"] == "forward"


def test_what_one_key_may_not_do_is_said_and_stands_filled_in(city):
    answer = post(
        city, HENAN, **WHOLE, go="dispatch"
    )  # Henan wants the basis of acceptance named: nobody can guess that
    assert answer.status_code == 409
    assert "HN-FWEI-A1" in body(answer)
    assert re.search(r'<option value="(county_a|station_a1)" selected>', body(answer))
    assert not Case.objects.exists()


def test_looking_on_asks_few_queries_with_a_known_caller(city):
    post(city, **WHOLE)
    look(city, **WHOLE)
    with CaptureQueriesContext(connection) as asked:
        look(city, **WHOLE)
    assert len(asked) <= LOOK, "\n".join(q["sql"][:120] for q in asked)


# -- messages on the recording telephone

NIGHT = datetime(2025, 3, 14, 22, 10)


def left(client, **more):
    return client.post(
        "/recordings/",
        {"procedure": RIGHTS, "occurred": "2025-03-14T22:10", "phone": "13800000007", "key": "r1", **more},
    )


@pytest.fixture
def reception(desk):
    org.appoint(org.create_person("duty.reception", "值班人员"), "duty_officer", "reception", since=date(2020, 1, 1))
    return desk("duty_officer", "reception")


@pytest.mark.clause("WQ-XS-01c", "WQ-CN-03c")
def test_a_message_waits_24_hours_from_the_moment_it_was_left(reception):
    with clock.at(NIGHT + timedelta(hours=10)):
        assert left(reception).status_code == 302
        page = body(reception.get("/recordings/"))
    assert "2025年3月15日 22:10" in page
    assert "还有14小时0分钟" in page
    assert "WQ-XS-01c" in page
    assert "13800000007" not in page
    with clock.at(NIGHT + timedelta(hours=24, minutes=1)):
        page = body(reception.get("/recordings/"))
    assert "已超过0小时" in page
    assert 'class="light red"' in page


@pytest.mark.clause("WQ-XS-01c")
def test_a_failed_attempt_is_counted_and_a_call_that_reached_the_person_ends_the_clock(reception):
    with clock.at(NIGHT + timedelta(hours=10)):
        left(reception)
        case = Case.objects.get()
        said = {"method": "phone", "shown_seq": "", "text": "无人接听"}
        reception.post(f"/cases/~{case.pk}/contacted/", {**said, "reached": "false"})
        page = body(reception.get("/recordings/"))
        assert "已回拨 1 次" in page
        assert "还有14小时" in page
        reception.post(f"/cases/~{case.pk}/contacted/", {**said, "reached": "true", "text": "已通话"})
        (found,) = recordings.messages(officer("duty_officer", "reception"), waiting=False)
    assert found.tried == 2
    assert found.due.name == "xs_decide"
    assert "WQ-XS-01c" not in found.due.clauses


def test_a_message_is_registered_as_the_case_it_began_with_its_number_filled_in(reception):
    with clock.at(NIGHT + timedelta(hours=10)):
        left(reception)
        case = Case.objects.get()
        page = body(reception.get(f"/cases/new/?message={case.pk}"))
        assert 'value="13800000007"' in page
        assert RevealLog.objects.get().reason == "登记录音留言"
        assert 'value="2025-03-14T22:10"' in page
        answer = reception.post(
            f"/cases/new/?message={case.pk}",
            {**WHOLE, "channel": "recording", "occurred": "2025-03-14T22:10", "key": "r2"},
        )
        assert answer.status_code == 302, body(answer)
        case.refresh_from_db()
        assert case.number
        assert Case.objects.count() == 1
        assert reception.get(f"/cases/new/?message={case.pk}").status_code == 404


@pytest.mark.clause("WQ-XS-01b")
def test_a_message_left_while_the_office_was_open_is_flagged(reception):
    flag = "工作时间内，应当有人接听"
    with clock.at(datetime(2025, 9, 27, 12, 0)):  # a Saturday
        assert left(reception, occurred="2025-09-27T10:00").status_code == 302
        assert flag not in body(reception.get("/recordings/"))
    with clock.at(datetime(2025, 9, 28, 12, 0)):  # a Sunday that is worked
        assert left(reception, occurred="2025-09-28T10:00", key="r9").status_code == 302
        assert body(reception.get("/recordings/")).count(flag) == 1


def test_messages_of_another_unit_are_not_listed(reception, desk):
    with clock.at(NIGHT + timedelta(hours=1)):
        left(reception)
        assert "2025年3月14日" not in body(desk("intake_officer", "county_b").get("/recordings/"))


def test_a_message_without_its_moment_or_with_a_number_that_is_none_is_asked_back(reception):
    assert "请写明留言的时间" in body(left(reception, occurred=""))
    assert left(reception, phone="1380000").status_code == 422
    assert not Case.objects.exists()
