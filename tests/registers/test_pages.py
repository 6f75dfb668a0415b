"""The pages of registers: one journey of a campaign, what each may see, the table to take away, cases that go into a line."""

from datetime import datetime

import pytest
from django.test import Client

from huiyin.cases import clock
from huiyin.cases.models import Case
from huiyin.registers.models import Entry
from tests.cases.office import officer
from tests.registers.test_acts import campaign, head, line
from tests.web.test_case_page import registered

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def march():
    with clock.at(datetime(2026, 3, 2, 9)):
        yield


def at_desk(role, unit):
    client = Client()
    client.force_login(officer(role, unit).person)
    return client


def page(client, address, status=200, **query):
    answer = client.get(address, query)
    assert answer.status_code == status
    return answer.content.decode()


def test_a_campaign_from_the_shelf_to_being_in_force():
    client = at_desk("unit_head", "city")
    assert "专项行动" in page(client, "/registers/")
    given = {
        "title": "12315在行动",
        "issued": "2026-03-01",
        "begins": "2026-03-01",
        "ends": "2026-12-31",
        "units": ["county_a"],
    }
    wrong = client.post("/registers/BS-campaign/new/", {**given, "issued": ""})
    assert (wrong.status_code, Entry.objects.count()) == (422, 0)
    answer = client.post("/registers/BS-campaign/new/", given, follow=True)
    entry = Entry.objects.get()
    assert answer.redirect_chain[-1][0] == f"/registers/entry/{entry.pk}/"
    refused = client.post(f"/registers/entry/{entry.pk}/do/put_in_force/", {"head": entry.head})
    assert refused.status_code == 409
    assert "没有联系人和联系电话的，不得实施" in refused.content.decode()
    assert "BS-3f" in refused.content.decode()
    told = {**given, "telephone": "0000-5550123", "reason": ""}
    client.post(f"/registers/entry/{entry.pk}/change/", {**told, "head": entry.head})
    done = client.post(f"/registers/entry/{entry.pk}/do/put_in_force/", follow=True)
    assert "实施" in done.content.decode()
    assert Entry.objects.get().state == "in_force"


def test_a_correction_without_a_reason_keeps_what_was_typed():
    entry, client = campaign(), at_desk("unit_head", "city")
    given = {
        "title": "另一个名称",
        "issued": "2026-03-01",
        "begins": "2026-03-01",
        "ends": "2026-12-31",
        "head": entry.head,
    }
    answer = client.post(f"/registers/entry/{entry.pk}/change/", given)
    assert answer.status_code == 409
    assert "更正须写明理由" in answer.content.decode()
    assert "另一个名称" in answer.content.decode()
    assert client.post(f"/registers/entry/{entry.pk}/change/", {**given, "reason": "更名"}).status_code == 302
    history = page(client, f"/registers/entry/{entry.pk}/")
    assert "更名" in history
    assert "第2版" in history


def test_a_page_that_is_behind_shows_what_is_there_now():
    entry, client = campaign(), at_desk("unit_head", "city")
    client.post(f"/registers/entry/{entry.pk}/do/put_in_force/", {"head": entry.head})
    answer = client.post(f"/registers/entry/{entry.pk}/do/close/", {"head": entry.head})
    assert answer.status_code == 409
    assert "刚刚被别人改过" in answer.content.decode()


def test_who_is_named_reads_and_who_is_not_gets_a_404():
    entry = campaign()
    under = line(entry)
    for pk in (entry.pk, under.pk):
        assert "0000-5550123" in page(at_desk("handler", "county_a"), f"/registers/entry/{entry.pk}/")
        page(at_desk("handler", "county_b"), f"/registers/entry/{pk}/", 404)
        page(at_desk("handler", "county_a"), f"/registers/entry/{entry.pk}/change/", 404)
    assert "12315在行动" not in page(at_desk("handler", "county_b"), "/registers/BS-campaign/")


def test_what_is_owed_stands_in_the_to_dos():
    entry = campaign()
    at_desk("unit_head", "city").post(f"/registers/entry/{entry.pk}/do/put_in_force/")
    shown = page(at_desk("unit_head", "county_a"), "/work/")
    assert "各单位成立专项行动的组织" in shown
    assert "各单位成立专项行动的组织" not in page(at_desk("unit_head", "county_b"), "/work/")


def test_the_list_is_filtered_and_taken_away_as_a_table():
    campaign(), campaign(title="=cmd()")
    client = at_desk("unit_head", "city")
    assert "12315在行动" not in page(client, "/registers/BS-campaign/", q="cmd")
    assert "没有符合条件的记录" in page(client, "/registers/BS-campaign/", state="closed")
    answer = client.get("/registers/BS-campaign/export/")
    text = answer.content.decode("utf-8-sig")
    assert text.splitlines()[0].startswith("序号,单位,状态,名称")
    assert "'=cmd()" in text
    assert "0000-5550123" in text
    assert len(text.splitlines()) == 3


def test_a_case_is_offered_the_line_of_its_category_and_goes_into_it():
    case = registered("jiangmen/complaint", "city")
    Case.objects.filter(pk=case.pk).update(
        category="goods:grain_oil", began=datetime.fromisoformat("2026-04-06T09:00:00+08:00")
    )
    food = line(campaign(), goods=["goods:food"], begins="2026-03-01", ends="2026-12-31")
    line(Entry.objects.get(pk=food.parent_id), title="服装鞋帽", goods=["goods:clothing"])
    client = at_desk("unit_head", "city")
    shown = page(client, f"/cases/~{case.pk}/")
    assert "按类别可以归入" in shown
    assert "食品" in shown.partition("按类别可以归入")[2]
    assert "服装鞋帽" not in shown.partition("按类别可以归入")[2]
    answer = client.post(
        f"/registers/entry/{food.pk}/case/", {"field": "results", "case": f"#{case.pk}", "back": "case"}
    )
    assert answer.url == f"/cases/~{case.pk}/"
    assert "所属台账" in page(client, f"/cases/~{case.pk}/")
    assert case.number in page(client, f"/registers/entry/{food.pk}/")
    hidden = page(at_desk("handler", "section_c1"), f"/registers/entry/{food.pk}/")
    assert "另有 1 件您不能查看" in hidden
    assert case.number not in hidden
    client.post(f"/registers/entry/{food.pk}/case/", {"field": "results", "case": f"#{case.pk}", "out": "1"})
    assert "results" not in Entry.objects.get(pk=food.pk).values


def test_a_closed_value_is_shown_for_a_reason_that_is_kept(django_assert_max_num_queries):
    from huiyin.vault.models import RevealLog

    under = line(campaign())
    client = at_desk("handler", "county_a")
    client.post(
        f"/registers/BS-place/new/?under={under.pk}", {"title": "小作坊", "sort": "小作坊", "address": "城关一路1号"}
    )
    entry = Entry.objects.get(register="place")
    shown = page(client, f"/registers/entry/{entry.pk}/")
    assert "城关一路1号" not in shown
    ref = entry.values["address"]["vault"]
    assert client.post(f"/registers/entry/{entry.pk}/reveal/", {"ref": ref, "reason": ""}).status_code == 422
    told = client.post(f"/registers/entry/{entry.pk}/reveal/", {"ref": ref, "reason": "上门检查"})
    assert "城关一路1号" in told.content.decode()
    assert RevealLog.objects.get().case_id == -entry.pk
    other = at_desk("handler", "county_b").post(
        f"/registers/entry/{entry.pk}/reveal/", {"ref": ref, "reason": "上门检查"}
    )
    assert other.status_code == 404


def test_an_entry_of_an_earlier_day_and_of_a_period():
    entry = campaign()
    line(entry)
    client = at_desk("unit_head", "city")
    assert "第1版" in page(client, f"/registers/entry/{entry.pk}/", on="2026-03-02")
    assert "那一天还没有这一条" in page(client, f"/registers/entry/{entry.pk}/", on="2026-02-01")
    for span in ("2026-Q1", "2026-13", "%00", "9999-H3", "2026"):
        page(client, f"/registers/entry/{entry.pk}/", span=span)


def test_strange_addresses_of_registers_are_answered():
    client = at_desk("unit_head", "city")
    for address in (
        "/registers/BS-nothing/",
        "/registers/x/",
        f"/registers/entry/{'9' * 30}/",
        "/registers/BS-line/new/",
        "/registers/BS-line/new/?under=1",
    ):
        page(client, address, 404)
    page(client, "/registers/BS-campaign/?before=%00&q=%00&f_x=1&unit=%00")
    assert head().unit_id == "city"
