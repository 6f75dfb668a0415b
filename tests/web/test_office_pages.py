"""Pages of what an office keeps beside its cases: the roster, telephones that could not be reached, figures of departments, credit extracts."""

import html
import json
from datetime import date, datetime, timedelta

import pytest
from django.utils import timezone

from huiyin.moments import local
from huiyin.org import actions, contacts, queries, rosters
from huiyin.org.models import AdminEvent, Outage, Shift
from tests.cases.test_extracts import CODE, against, concluded

pytestmark = pytest.mark.django_db
ROOM, BRIGADE = "commerce_duty_room", "commerce_brigade"
PHONE = "0990-1231500"


def body(answer, status=200):
    assert answer.status_code == status
    return html.unescape(answer.content.decode())


def person(name, role, unit):
    made = actions.create_person(name, name)
    actions.appoint(made, role, unit, since=date(2025, 1, 1))
    return made


def when(moment):
    return moment.isoformat(timespec="minutes")


@pytest.mark.clause("SW-ZB-03b", "SW-ZB-10a")
def test_a_roster_is_planned_approved_and_handed_over_on_its_page(client):
    head, leading, watching = (
        person("tou", "unit_head", ROOM),
        person("ling", "deputy_head", BRIGADE),
        person("zhi", "duty_officer", ROOM),
    )
    relief, other = person("jie", "duty_officer", ROOM), person("ling2", "deputy_head", BRIGADE)
    client.force_login(head)
    end = local(timezone.now()).replace(second=0, microsecond=0) - timedelta(minutes=10)
    begin = end - timedelta(hours=12)
    address = f"/rota/?unit={ROOM}&from={begin.date().isoformat()}"
    plan = {"what": "plan", "plan-begins": when(begin), "plan-ends": when(end), "plan-members": [watching.key]}
    refused = body(client.post(address, plan), 422)
    assert "值班领导应为 1 人，现为 0 人（SW-ZB-03b）" in refused
    assert not Shift.objects.exists()
    assert client.post(address, {**plan, "plan-leaders": [leading.key]}).status_code == 302
    later = {
        **plan,
        "plan-begins": when(end),
        "plan-ends": when(end + timedelta(hours=12)),
        "plan-leaders": [other.key],
    }
    assert client.post(address, {**later, "plan-members": [relief.key]}).status_code == 302
    assert "未批准" in body(client.get(address))
    approve = {
        "what": "approve",
        "approve-first": begin.date().isoformat(),
        "approve-last": (end + timedelta(days=1)).date().isoformat(),
    }
    assert client.post(address, approve).status_code == 302
    shown = body(client.get(address))
    assert "现在由 <b>ling、zhi</b> 值班" in shown
    assert "交接还没有双方确认" in shown
    first, second = Shift.objects.order_by("begins")
    for somebody, side in ((watching, "out"), (relief, "in")):
        client.force_login(somebody)
        assert client.post(f"/rota/{first.pk}/hand-over/", {"side": side}).status_code == 302
    shown = body(client.get(address))
    assert "现在由 <b>ling2、jie</b> 值班" in shown
    assert "已交接" in shown
    assert client.get(f"/rota/{second.pk}/swap/").status_code == 404  # only who heads the unit
    client.force_login(head)
    swap = {"out": relief.key, "into": watching.key, "reason": "病假"}
    assert client.post(f"/rota/{second.pk}/swap/", swap).status_code == 302
    assert Shift.objects.get(pk=second.pk).members == [watching.key]
    third = {
        **later,
        "plan-begins": when(end + timedelta(days=2)),
        "plan-ends": when(end + timedelta(days=2, hours=12)),
    }
    assert client.post(address, third).status_code == 302
    wrong = Shift.objects.latest("begins")
    assert "取消这一班" in body(client.get(f"/rota/{wrong.pk}/swap/"))
    assert "取消这一班" not in body(client.get(f"/rota/{first.pk}/swap/"))  # it is over
    for why, status in (("", 422), ("排错了", 302)):
        assert client.post(f"/rota/{wrong.pk}/swap/", {"what": "give_up", "leave-reason": why}).status_code == status
    assert Shift.objects.get(pk=wrong.pk).void
    assert rosters.gaps("reception", queries.today(), queries.today()) is not None


def test_other_bodies_rosters_are_not_there(desk):
    client = desk("handler", "county_a")
    assert client.get(f"/rota/?unit={ROOM}").status_code == 404
    assert client.get("/rota/?from=gestern").status_code == 404
    assert "这两周还没有排班" in body(client.get("/rota/"))


@pytest.mark.clause("HN-FW-02b")
def test_an_outage_is_reported_shown_to_the_level_above_and_ended(desk):
    contacts.set_contact("county_a", phone=PHONE, since=date(2025, 1, 1))
    client = desk("intake_officer", "county_a")
    begin = local(timezone.now()).replace(second=0, microsecond=0) - timedelta(minutes=72)
    report = {"line": f"county_a {PHONE}", "since": when(begin), "why": "线路检修"}
    assert client.post("/lines/", report).status_code == 302
    assert "还没有恢复" in body(client.get("/lines/"))
    above = desk("leader", "city")
    assert "线路检修" in body(above.get("/lines/"))
    row = Outage.objects.get()
    assert desk("handler", "county_b").post(f"/lines/{row.pk}/end/").status_code == 404
    client = desk("intake_officer", "county_a")
    client.post(f"/lines/{row.pk}/end/", {f"o{row.pk}-until": when(begin + timedelta(minutes=60))})
    assert "共 60 分钟" in body(client.get("/lines/"))
    assert AdminEvent.objects.filter(name="outage_ended").count() == 1
    assert "时间晚于现在" in body(client.post("/lines/", {**report, "since": "2999-01-01T00:00"}), 422)


@pytest.mark.clause("JK-SB-04-1a")
def test_the_leader_reads_open_and_solved_cases_of_each_department(desk):
    for _n in range(3):
        concluded(against(), "settled", datetime(2015, 3, 20, 9))
    against()
    client = desk("leader", "city")
    address = "/board/departments/?first=2015-03-01&last=2015-03-31"
    page = body(client.get(address))
    row = page.partition("甲县局")[2].partition("</tr>")[0]
    assert [part.partition("<")[0] for part in row.split('">')[1:]][-2:] == ["1", "3"]
    table = client.get(f"{address}&as=csv").content.decode("utf-8-sig")
    assert table.splitlines() == ["部门,未结,已结", "甲县局,1,3"]
    assert "各部门未结、已结" in body(client.get("/board/"))
    assert client.get("/board/departments/?first=2015-03-31&last=2015-03-01").status_code == 422
    assert desk("handler", "city").get(address).status_code == 403


@pytest.mark.clause("XX-01j")
def test_the_credit_extract_leaves_as_a_table_or_json_without_names(desk):
    concluded(against(), "settled")
    concluded(against(kind="report"), "founded")
    client = desk("leader", "city")
    address = f"/board/credit/?code={CODE}&first=2015-01-01&last=2015-12-31"
    assert "举报属实" in body(client.get(address))
    found = json.loads(client.get(f"{address}&as=json").content)
    assert (found["complaints"], found["settled"], found["reports"], found["substantiated"]) == (1, 1, 1, 1)
    table = client.get(f"{address}&as=csv").content.decode("utf-8-sig")
    assert not any(
        secret in table + json.dumps(found, ensure_ascii=False) for secret in ("李四方", "13800138000", "甲县商店")
    )
    assert "不是有效的统一社会信用代码" in body(
        client.get("/board/credit/?code=12&first=2015-01-01&last=2015-12-31"), 422
    )
    assert desk("handler", "city").get(address).status_code == 403


def test_the_pages_ask_the_database_little(desk, django_assert_max_num_queries):
    client = desk("leader", "province")
    for address in ("/rota/", "/rota/now/", "/lines/", "/board/departments/", "/board/credit/"):
        client.get(address)
        with django_assert_max_num_queries(20):
            assert client.get(address).status_code == 200
