"""Administration through the pages: each act in the log, refused out of reach, said in words what is wrong."""

import json
from datetime import date, datetime
from html import unescape

import pytest

from huiyin.api import tokens
from huiyin.api.models import ApiToken
from huiyin.cases import calendars, clock, holidays
from huiyin.cases.models import Event
from huiyin.hooks.models import Subscription
from huiyin.notices import own
from huiyin.org import actions, contacts, owntexts, procedures, snapshot
from huiyin.org.models import AdminEvent, Officer, Person, Unit
from huiyin.worker.jobs import calendar_is_current
from tests.cases.office import a_case, officer

pytestmark = pytest.mark.django_db
TODAY = date(2026, 6, 1)


@pytest.fixture
def system(desk):
    return desk("administrator", "province")


@pytest.fixture
def security(desk):
    return desk("security_administrator", "province")


def newest():
    row = AdminEvent.objects.order_by("-seq").first()
    return row.name, json.loads(row.body)


# -- units


def unit_form(unit, **changes):
    row = Unit.objects.get(id=unit)
    given = {
        "label": row.label, "level": row.level, "parent": row.parent_id or "", "area": row.area, "functions": row.functions,
        "days": "working_day", "morning": "08:30", "evening": "17:30", "noon": "", "afternoon": "",
    }  # fmt: skip
    return {"what": "change", **{f"unit-{name}": value for name, value in {**given, **changes}.items()}}


def test_a_unit_gets_other_hours_and_the_log_says_by_whom(system):
    answer = system.post("/manage/units/county_a/", unit_form("county_a", noon="12:00", afternoon="14:00"), follow=True)
    assert answer.status_code == 200
    assert Unit.objects.get(id="county_a").hours == {
        "days": "working_day",
        "open": [["08:30", "12:00"], ["14:00", "17:30"]],
    }
    name, body = newest()
    assert name == "unit_changed"
    assert body["actor"]["role"] == "administrator"
    assert "修改单位" in answer.content.decode()


def test_saving_what_is_the_same_writes_nothing(system):
    before = AdminEvent.objects.count()
    assert system.post("/manage/units/county_a/", unit_form("county_a")).status_code == 302
    assert AdminEvent.objects.count() == before


WRONG_UNITS = [
    ({"label": ""}, "单位名称"), ({"noon": "12:00"}, "午休的开始和结束"), ({"morning": ""}, "请填写上班和下班时间"),
    ({"morning": "18:00"}, "办公时间的写法不对"),
]  # fmt: skip


def test_what_is_wrong_with_a_unit_is_said_at_the_field(system):
    for changes, says in WRONG_UNITS:
        answer = system.post("/manage/units/county_a/", unit_form("county_a", **changes))
        assert answer.status_code == 422
        assert says in answer.content.decode()


def test_a_new_unit_with_its_telephone_and_its_last_day(system):
    form = {
        k.removeprefix("unit-"): v
        for k, v in unit_form("station_a1", label="新站", parent="county_a").items()
        if k != "what"
    }
    assert system.post("/manage/units/new/", {**form, "id": "station_new", "since": "2026-01-01"}).status_code == 302
    contact = {"what": "contact", "contact-phone": "0000-1234567", "contact-since": "2026-01-01"}
    assert system.post("/manage/units/station_new/", contact).status_code == 302
    assert contacts.own("station_new", TODAY).phone == "0000-1234567"
    assert system.post("/manage/units/station_new/", {"what": "close", "close-until": "2026-12-31"}).status_code == 302
    assert Unit.objects.get(id="station_new").until == date(2026, 12, 31)
    refused = system.post("/manage/units/county_a/", {"what": "close", "close-until": "2026-12-31"})
    assert refused.status_code == 422
    assert "仍有在任人员" in refused.content.decode()


def test_the_security_administrator_sees_units_and_changes_none(security):
    page = security.get("/manage/units/county_a/").content.decode()
    assert "保存联系方式" not in page
    assert security.post("/manage/units/county_a/", unit_form("county_a", label="别的")).status_code == 403


def test_an_administrator_of_a_county_finds_no_unit_beside_it(client):
    person = actions.create_person("county.admin", "县管理员")
    actions.appoint(person, "administrator", "county_a", since=date(2026, 1, 1))
    client.force_login(person)
    assert client.get("/manage/units/station_a1/").status_code == 200
    assert client.get("/manage/units/county_b/").status_code == 404
    assert "乙县" not in client.get("/manage/units/").content.decode()


def test_areas_are_found_and_added(system):
    assert system.post("/manage/areas/", {"code": "990188", "label": "戊县", "parent": ""}).status_code == 302
    assert "戊县" in system.get("/manage/areas/?q=9901").content.decode()
    assert system.post("/manage/areas/", {"code": "12", "label": "x"}).status_code == 422


# -- people


def test_one_makes_the_person_another_lets_him_in(system, security, client):
    client.force_login(officer("administrator", "province").person)
    assert client.post("/manage/people/new/", {"username": "new.one", "display_name": "新人"}).status_code == 302
    person = Person.objects.get(username="new.one")
    posting = {"what": "appoint", "appoint-role": "handler", "appoint-unit": "county_a", "appoint-since": "2026-01-01"}
    assert client.post(f"/manage/people/{person.pk}/", posting).status_code == 403
    client.force_login(officer("security_administrator", "province").person)
    assert client.post(f"/manage/people/{person.pk}/", posting).status_code == 302
    name, body = newest()
    assert (name, body["facts"]["person"]) == ("officer_appointed", person.key)
    assert "新人" not in json.dumps(body, ensure_ascii=False)
    assert (
        client.post(f"/manage/people/{person.pk}/", {"what": "password", "password-password": "123"}).status_code == 422
    )
    assert (
        client.post(
            f"/manage/people/{person.pk}/", {"what": "password", "password-password": "four-words-in-a-row"}
        ).status_code
        == 302
    )
    held = Officer.objects.get(person=person)
    assert client.post(f"/manage/postings/{held.pk}/end/", {f"end{held.pk}-until": "2026-03-01"}).status_code == 302
    assert client.post(f"/manage/people/{person.pk}/switch/", {"on": "no"}).status_code == 302
    person.refresh_from_db()
    assert (Officer.objects.get(pk=held.pk).until, person.is_active) == (date(2026, 3, 1), False)


def test_a_name_is_changed_and_stands_in_no_log(system):
    person = officer("handler", "county_a").person
    assert (
        system.post(f"/manage/people/{person.pk}/", {"what": "rename", "rename-display_name": "新名字"}).status_code
        == 302
    )
    person.refresh_from_db()
    assert person.display_name == "新名字"
    assert newest()[0] == "person_renamed"
    assert "新名字" not in AdminEvent.objects.order_by("-seq").first().body
    assert (
        system.post(f"/manage/people/{person.pk}/", {"what": "rename", "rename-display_name": " "}).status_code == 422
    )


def test_people_are_found_by_name(system):
    page = system.get("/manage/people/?q=handler.county_a").content.decode()
    assert "handler.county_a" in page
    assert "handler.county_b" not in page


# -- tokens and webhooks


def test_a_token_is_shown_once_and_taken_back(security):
    given = {"name": "热线平台", "officer": "intake.county_a", "scopes": ["read", "write"], "until": "2099-01-01"}
    page = security.post("/manage/tokens/", given).content.decode()
    text = page.partition('class="once">')[2].partition("<")[0]
    assert tokens.check(text).officer == officer("intake_officer", "county_a")
    assert text not in security.get("/manage/tokens/").content.decode()
    assert newest()[1]["actor"]["role"] == "security_administrator"
    assert security.post(f"/manage/tokens/{ApiToken.objects.get().pk}/revoke/").status_code == 302
    assert tokens.check(text) is None
    assert security.post("/manage/tokens/", {**given, "officer": "nobody"}).status_code == 422


def test_a_webhook_that_points_inside_is_refused(system):
    given = {"name": "平台", "officer": "intake.county_a", "url": "http://127.0.0.1/x"}
    assert system.post("/manage/hooks/", given).status_code == 422
    assert not Subscription.objects.exists()


# -- holidays

REST = "元旦 2027-01-01 2027-01-05\n春节 2027-02-05 2027-02-13"


def test_a_notice_of_holidays_is_looked_at_before_it_moves_dates(system):
    case = a_case(datetime(2026, 12, 28, 9))  # five working days to accept: into January
    given = {
        "year": "2027",
        "known_from": "2026-11-05",
        "source": "示例文件",
        "rest": REST,
        "makeup": "2027-02-14 春节",
    }
    before = calendars.current().version
    with clock.at(datetime(2026, 12, 29, 9)):
        looked = system.post("/manage/calendar/", {**given, "what": "look"})
        assert looked.status_code == 200
        assert "会有 1 项期限变动" in looked.content.decode()
        assert "TRY-01" in looked.content.decode()
        assert (calendars.current().version, owntexts.in_use(owntexts.CALENDAR)) == (before, {})
        assert not Event.objects.filter(name="due_recalculated").exists()
        assert system.post("/manage/calendar/", {**given, "what": "put"}).status_code == 302
    snapshot.current()  # as the next page does
    assert calendars.current().is_known(date(2027, 2, 5))
    assert not calendars.current().is_working(date(2027, 2, 8))
    assert {"calendar_notice_put", "calendar_loaded"} <= set(AdminEvent.objects.values_list("name", flat=True))
    assert Event.objects.filter(case_id=case.pk, name="due_recalculated").count() == 1


def test_with_many_cases_open_the_worker_takes_a_notice_into_use(monkeypatch):
    case = a_case(datetime(2026, 12, 28, 9))
    monkeypatch.setattr(holidays, "AT_ONCE", 0)
    rest = [holidays.Block("元旦", date(2027, 1, 1), date(2027, 1, 5))]
    text = holidays.written(2027, rest, [], known_from=date(2026, 11, 5), source="示例文件")
    with clock.at(datetime(2026, 12, 29, 9)):
        assert holidays.put(2027, text) is None
        snapshot.current()
        assert not calendars.current().is_known(date(2027, 1, 4))
        assert calendar_is_current()  # as the worker asks before each sweep
    assert calendars.current().is_known(date(2027, 1, 4))
    assert Event.objects.filter(case_id=case.pk, name="due_recalculated").count() == 1
    assert holidays.release_waiting() is None


WRONG_NOTICES = [
    ({"rest": "元旦 2027-01-01"}, "第 1 行应有 3 项"), ({"rest": "元旦 2027-01-01 2027-13-03"}, "这个日期"),
    ({"rest": "元旦 2027-01-05 2027-01-03"}, "“元旦”的最后一天（2027-01-03）早于第一天（2027-01-05）"),
    ({"rest": "元旦 2027-01-01 2027-02-03"}, "超过20天"), ({"rest": f"{REST}\n春节 2027-05-01 2027-05-02"}, "“春节”在放假里写了两次"),
    ({"rest": f"{REST}\n元宵 2027-02-13 2027-02-14"}, "“元宵”和“春节”都有 2027-02-13 这一天"),
    ({"rest": "元旦 2028-01-01 2028-01-02"}, "2028-01-01 不在2027年"), ({"known_from": "2024-11-05"}, "公布日期 2024-11-05 不在2027年"),
    ({"makeup": "2027-02-14 中秋节"}, "但放假里没有“中秋节”"), ({"makeup": "2027-02-16 春节"}, "2027-02-16 是周一至周五"),
    ({"makeup": "2027-02-14 春节\n2027-02-14 春节"}, "调休里 2027-02-14 写了两次"), ({"makeup": "2027-02-07 春节"}, "在“春节”的放假期间"),
]  # fmt: skip


def test_a_notice_that_cannot_be_is_refused_and_changes_nothing(system):
    for change, says in WRONG_NOTICES:
        given = {
            "year": "2027",
            "known_from": "2026-11-05",
            "source": "示例文件",
            "rest": REST,
            "makeup": "",
            "what": "put",
            **change,
        }
        answer = system.post("/manage/calendar/", given)
        assert answer.status_code == 422
        assert says in unescape(answer.content.decode())
    assert not owntexts.with_waiting(owntexts.CALENDAR)


# -- words


def test_the_words_of_a_notice_are_changed_and_put_back(system):
    number = next(
        n for n, (text, _ours) in enumerate(own.listed("")) if "refusal" in text.about and text.audience == "party"
    )
    path = f"/manage/texts/all/{number}/"
    given = {"subject": "您的{kind}没有受理", "text": "您好。{office}没有受理您的{kind}（编号{number}）。", "sms": ""}
    assert system.post(path, {**given, "text": "{nothing}"}).status_code == 422
    assert system.post(path, {**given, "text": "[{number}"}).status_code == 422
    assert system.post(path, given).status_code == 302
    assert newest()[0] == "notice_text_put"
    text = own.listed("")[number][1]
    assert text.subject == "您的{kind}没有受理"
    assert text in [t for page in own.book().pages for t in page.texts]
    assert "本单位改过" in system.get("/manage/texts/").content.decode()
    assert system.post(path, {"what": "drop"}).status_code == 302
    assert own.listed("")[number][1] is None


def test_the_sayings_of_the_rules_are_there_to_read(system):
    adopted = next(a for a in snapshot.current().adoptions if a.procedure == "henan/complaint")
    page = system.get(f"/manage/wording/?procedure={adopted.hash}").content.decode()
    assert "不能说的话" in page
    assert procedures.procedure_for(adopted.hash).forbidden[0].clauses[0] in page


def test_the_first_page_lists_what_was_done(system):
    system.post("/manage/areas/", {"code": "990188", "label": "戊县", "parent": ""})
    page = system.get("/manage/").content.decode()
    assert "登记地区" in page
    assert "990188" in page
