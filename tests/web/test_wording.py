"""Wording where it depends on the case: phrases with a condition, texts of what follows registering, sentences that name telephones."""

import html
from datetime import date, timedelta

import pytest

from huiyin.cases.actions import record
from huiyin.cases.models import Case
from huiyin.org import actions, contacts, queries
from tests.cases.office import a_case, officer, procedure
from tests.web.test_desk import WHOLE

pytestmark = pytest.mark.django_db
PHONE, NEW = "0990-1231500", "0990-1231511"
WORDS = """
[[phrase]]
forbidden = ["明天再来"]
when      = { channel = "visit" }
clause    = "TRY-40"
says      = "对来访的人不说"

[[phrase]]
forbidden = ["随便"]
when      = { fact = "method", is = "phone" }
clause    = "TRY-41"
says      = "电话里不说"

[[phrase]]
forbidden = ["差不多"]
on        = "accepted"
warn      = true
clause    = "TRY-42"
says      = "受理时不说"

[[phrase]]
on     = "replied"
moment = "result"
text   = "{colleague}同志{colleague.back_on}回来，请打{colleague.phone}。"
clause = "TRY-43"
says   = "告知同事何时回来"

[[phrase]]
on     = "replied"
moment = "result"
text   = "已分到{receiver}，电话{receiver.phone}，本单位电话{unit.phone}，地址{unit.address}。"
clause = "TRY-44"
says   = "告知电话"
"""


@pytest.fixture
def rules():
    return procedure(WORDS)


def body(answer, status=200):
    assert answer.status_code == status
    return html.unescape(answer.content.decode())


def with_county(case):
    record(case, "dispatched", by=officer("intake_officer", "city"), facts={"to": "county_a"})
    record(case, "received", by=officer("intake_officer", "county_a"))
    return case


def test_a_phrase_that_is_forbidden_in_other_cases_alone_is_not_flagged_while_typing(desk, rules):
    case = with_county(a_case(rules=rules))
    client = desk("handler", "county_a")
    form = body(client.get(f"/cases/~{case.pk}/replied/"))
    assert f"&field=text&case=~{case.pk}" in form
    address = f"/wording/?procedure={rules.hash}&event=replied&field=text"
    here = f"{address}&case=~{case.pk}"
    assert "明天再来" in body(client.post(address, {"text": "明天再来"}))
    assert "<mark>" not in body(client.post(here, {"text": "明天再来"}))  # it came by telephone
    assert "<mark>" in body(client.post(here, {"text": "随便"}))  # how it is told is not chosen yet
    assert client.post(f"{address}&case=~999999", {"text": "随便"}).status_code == 404
    elsewhere = desk("handler", "county_b")
    assert elsewhere.post(here, {"text": "随便"}).status_code == 404


def test_what_is_said_when_accepting_at_once_is_looked_through(desk, rules):
    client = desk("intake_officer", "city")
    data = {**WHOLE, "procedure": rules.id, "then-accept": "on", "then-accepted_text": "差不多就受理了"}
    address = f"/cases/new/?procedure={rules.id}"
    assert f"/wording/?procedure={rules.hash}&event=accepted&field=then-accepted_text" in body(client.get(address))
    assert "最好不这样说" in body(client.post(address, data), 422)
    assert not Case.objects.exists()
    assert client.post(address, {**data, "let_go": "差不多"}).status_code == 302
    assert Case.objects.get().stage == "acceptance"


def test_sentences_name_telephones_the_receiver_and_a_colleague_who_is_away(desk, rules):
    contacts.set_contact("city", phone=PHONE, address="示例市人民路1号", since=date(2020, 1, 1))
    contacts.set_contact("county_a", phone=NEW, since=date(2020, 1, 1))
    case = with_county(a_case(rules=rules))
    handler = officer("handler", "county_a")
    record(case, "officers_assigned", by=officer("unit_head", "county_a"), facts={"officers": [handler.person.key]})
    client = desk("intake_officer", "city")
    page = body(client.get(f"/cases/~{case.pk}/replied/"))
    assert f"已分到甲县局，电话{NEW}，本单位电话{PHONE}，地址示例市人民路1号。" in page
    assert "同志" not in page
    today = queries.today()
    deputy = officer("handler", "county_a", 2).person
    actions.appoint(deputy, "handler", "county_a", since=today, until=today + timedelta(days=4), deputy_for=handler)
    back = today + timedelta(days=5)
    page = body(client.get(f"/cases/~{case.pk}/replied/"))
    assert f"{handler.person.display_name}同志{back.year}年{back.month}月{back.day}日回来，请打{NEW}。" in page
