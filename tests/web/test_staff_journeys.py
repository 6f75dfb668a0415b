"""The staff in a real browser, at the width of a desk and of a telephone: searching and taking a list away, the board and the wall, a call taken down
on a telephone, a day of the administrators, a case without scripts."""

import csv
import io
import re
from datetime import datetime

import openpyxl
import pytest
from playwright.sync_api import expect

from huiyin.cases import counters
from huiyin.cases.actions import record
from huiyin.cases.models import Case, Event
from huiyin.org.models import AdminEvent, Unit
from huiyin.search import exporting, finding, index, listing
from huiyin.worker.jobs import tell_of_list
from tests.cases.office import FACTS, a_case, officer
from tests.web.journeys import Clock
from tests.web.test_case_page import registered, sent
from tests.web.test_intake_journeys import pictured
from tests.web.visitors import fill_all

pytestmark = [pytest.mark.browser, pytest.mark.once, pytest.mark.django_db(transaction=True)]
JULY = datetime(2026, 7, 1, 9)


def saved(page, press):
    """The file that the browser gets when that button is pressed."""
    with page.expect_download() as coming:
        press.click()
    with open(coming.value.path(), "rb") as file:
        return coming.value.suggested_filename, file.read()


def test_what_is_found_is_narrowed_and_taken_away_as_a_stream_and_as_a_workbook(office):
    kettles = [a_case(facts={**FACTS, "category": ["goods:kettle"]}) for _ in range(3)]
    a_case(facts={**FACTS, "category": ["goods:phone"]})
    page = office.page_of("intake.city")
    page.goto(f"{office.site}/search/")
    page.get_by_label("找什么").fill("漏水")
    page.get_by_role("button", name="查找", exact=True).click()
    expect(page.locator(".found-list > li")).to_have_count(4)
    pictured(page, "search-found")
    page.get_by_text("缩小范围").click()
    page.get_by_label("分类").select_option("goods:appliance")  # what lies under it belongs to it
    page.get_by_role("button", name="查找", exact=True).click()
    expect(page.locator(".found-list > li")).to_have_count(3)
    assert "漏水" not in page.url
    page.get_by_role("link", name="导出查到的全部").click()
    page.get_by_role("button", name="导出", exact=True).click()
    expect(page.get_by_label("用途")).to_be_focused()  # the browser asks for the reason
    page.get_by_label("用途").fill("七月通报")
    pictured(page, "export")
    name, content = saved(page, page.get_by_role("button", name="导出", exact=True))
    assert re.fullmatch(r"cases-\d{8}-\d{4}\.csv", name)
    head, *rows = csv.reader(io.StringIO(content.decode("utf-8-sig")))
    assert (head, len(rows)) == (listing.header(), 3)
    assert {row[0] for row in rows} == {case.number for case in kettles}
    page.get_by_text("在后台生成（Excel）").click()
    page.get_by_role("button", name="导出", exact=True).click()
    expect(page.locator("#exports")).to_contain_text("等待生成")
    exporting.make(exporting._claimed(), tell_of_list)  # as the worker does
    expect(page.locator("#exports .tag").first).to_have_text("已完成")  # the page keeps itself fresh
    pictured(page, "exports")
    name, content = saved(page, page.get_by_role("button", name="下载").first)
    assert name.endswith(".xlsx")
    sheet = openpyxl.load_workbook(io.BytesIO(content)).active
    assert [cell.value for cell in sheet[1]] == listing.header()
    assert sheet.max_row == 4
    page.goto(f"{office.site}/inbox/")
    expect(page.locator("main")).to_contain_text("您要的表格已经生成，共3行")


def test_a_search_that_found_nothing_yet_goes_on_by_itself(office, monkeypatch):
    """Two common words that stand together in the oldest case alone: each page may look at so much, the next begins where it stopped."""
    wanted = a_case(facts={**FACTS, "what": "电视机没有声音，水壶用了两天就漏水"})
    for n in range(8):
        a_case(facts={**FACTS, "subject": "买到的东西", "what": "电视机没有声音" if n % 2 else "水壶用了两天就漏水"})
    monkeypatch.setattr(finding, "SPAN", 2)
    monkeypatch.setattr(index, "AFFORDABLE", {"sqlite": 2, "postgresql": 2})
    page = office.page_of("director.province")
    page.goto(f"{office.site}/search/")
    page.get_by_label("找什么").fill("声音 漏水")
    held, asked = [], []

    def on_the_way(route):
        asked.append(route.request.url)
        held.append(route) if len(asked) == 1 else route.continue_()

    page.route("**/search/?*before=*", on_the_way)
    page.get_by_role("button", name="查找", exact=True).click()
    expect(page.get_by_role("heading", name="还没有查到")).to_be_visible()
    expect(page.get_by_role("status").filter(has_text="继续往前找")).to_be_visible()
    expect(page.get_by_role("link", name="更早的")).to_be_visible()  # for whoever has no scripts
    page.wait_for_timeout(300)
    pictured(page, "search-going-on")
    held[0].continue_()
    expect(page.locator(".found-list > li")).to_have_count(1)
    expect(page.locator(".found-list a.title")).to_have_text(wanted.number)
    assert 1 <= len(asked) < 8
    assert not any("漏水" in address for address in asked)
    pictured(page, "search-gone-on")


def test_the_board_leads_to_the_cases_several_are_urged_and_the_wall_shows_figures(office, new_page, monkeypatch):
    clocked = Clock(monkeypatch, "2026-05-11T09:00:00")
    late = []
    for _ in range(3):
        case = a_case(clocked.now)
        record(case, "dispatched", by=officer("intake_officer", "city"), facts={"to": "county_a"})
        record(case, "received", by=officer("intake_officer", "county_a"))
        late.append(case)
    clocked.now = JULY
    counters.refresh_counters()
    page = office.page_of("supervisor.city")
    page.goto(f"{office.site}/board/")
    figure = page.locator("#f-county_a-overdue")
    expect(figure).to_contain_text("3")
    pictured(page, "board")
    with page.expect_response(lambda answer: "part=1" in answer.url):
        page.evaluate("htmx.ajax('GET', '/board/?part=1', {target: '#figures', swap: 'outerHTML'})")
    expect(page.locator("#board-said")).to_contain_text("逾期案件3件")  # said to who does not see it
    page.get_by_role("link", name="暂停自动更新").click()
    expect(page.get_by_role("link", name="恢复自动更新")).to_be_visible()
    expect(page.locator("#figures")).not_to_have_attribute("hx-trigger", re.compile("every"))
    page.locator("#f-county_a-overdue").click()
    expect(page.locator("main")).to_contain_text(late[0].number)
    pictured(page, "board-cases")
    page.locator("[data-picks-all]").first.check()
    page.locator("#bulk button[value=urged]").click()
    page.locator("[name=text]").fill("请在三日内办结并回复")
    pictured(page, "bulk")
    page.get_by_role("button", name="逐件催办").click()
    expect(page.locator("main .notice.green")).to_contain_text("办成 3 件，没有办成 0 件")
    assert Event.objects.filter(name="urged").count() == 3
    page.get_by_role("link", name="回到列表").click()
    page.get_by_role("link", name="管理大屏").click()
    page.get_by_label("挂在哪里").fill("会议室")
    page.get_by_role("button", name="建立大屏").click()
    code = page.locator(".notice.green .code").inner_text()
    wall = new_page(width=1920, height=1080)
    wall.goto(f"{office.site}/wall/")
    wall.get_by_label("显示码").fill(code)
    wall.get_by_role("button", name="显示").click()
    expect(wall.locator("main")).to_contain_text("逾期案件")
    for secret in (late[0].number, FACTS["subject"], "李四方"):
        expect(wall.locator("body")).not_to_contain_text(secret)
    assert wall.evaluate("document.documentElement.scrollHeight") <= 1080


CALL = {
    "complainant.phone": "13800000001", "complainant.name": "王某", "respondent.name": "甲县商店", "respondent.address": "示范市甲县第一商场一层",
    "respondent.area": "990121001", "what": "电热水壶两天就不通电", "when": "9月13日", "where": "甲县第一商场", "who": "营业员", "why": "说已拆封",
    "demand": "退款", "within_duties": "true",
}  # fmt: skip


def test_a_call_is_taken_down_on_a_telephone_saved_and_finished(office):
    page = office.page_of("intake.city")
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{office.site}/cases/new/")
    page.get_by_role("link", name="江门同城通办投诉").click()
    form = page.locator(".desk-form")
    first, rest = dict(list(CALL.items())[:3]), dict(list(CALL.items())[3:])
    fill_all(form, first)
    page.get_by_role("button", name="先存草稿").click()
    page.goto(f"{office.site}/cases/new/")
    page.locator("#drafts + ul a").first.click()
    expect(page.locator("[name='complainant.name']")).to_have_value("王某")
    fill_all(page.locator(".desk-form"), rest)
    page.locator("[name=demand]").blur()
    expect(page.locator("#meter")).to_contain_text("说到“电热水壶”")
    page.get_by_role("link", name="看提示").click()
    expect(page.locator("#meter")).to_be_in_viewport()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.get_by_role("button", name="登记", exact=True).click()
    expect(page.locator(".notice.green").first).to_contain_text("已登记")
    assert Case.objects.count() == 1
    office.number = page.locator("h1").inner_text()
    pictured(page, "registered-on-a-telephone")


def test_a_day_of_the_administrators(office):
    page = office.page_of("admin.province")
    page.goto(f"{office.site}/manage/units/new/")
    unit = {
        "label": "甲县西街所", "id": "station_west", "since": "2026-01-01", "level": "station", "parent": "county_a", "functions": ["handling"],
        "days": "working_day", "morning": "08:30", "noon": "12:00", "afternoon": "14:00", "evening": "17:30",
    }  # fmt: skip
    fill_all(page.locator("main form.card"), unit)
    pictured(page, "unit-new")
    page.get_by_role("button", name="新设", exact=True).click()
    expect(page.locator("h1")).to_have_text("甲县西街所")
    assert Unit.objects.get(pk="station_west").hours["open"] == [["08:30", "12:00"], ["14:00", "17:30"]]
    page.goto(f"{office.site}/manage/people/new/")
    fill_all(page.locator("main form.card"), {"username": "handler.west", "display_name": "承办人西"})
    page.get_by_role("button", name="新增", exact=True).click()
    expect(page.locator("h1")).to_have_text("承办人西")
    person = page.url
    keeper = office.page_of("security.province")
    keeper.goto(person)
    appoint = keeper.locator("form", has=keeper.locator("input[value=appoint]"))
    fill_all(appoint, {"appoint-role": "handler", "appoint-unit": "station_west", "appoint-since": "2026-01-01"})
    appoint.get_by_role("button", name="任职").click()
    expect(keeper.locator("#postings + ul")).to_contain_text("甲县西街所")
    keeper.goto(f"{office.site}/manage/tokens/")
    fill_all(keeper.locator("main form").last, {"name": "热线平台", "officer": "handler.west", "scopes": ["read"]})
    keeper.get_by_role("button", name="发放").click()
    expect(keeper.locator(".once")).to_contain_text("hy_")
    pictured(keeper, "token")

    page.goto(f"{office.site}/manage/calendar/")
    notice = {
        "year": "2027", "known_from": "2026-11-05", "source": "示例文件", "rest": "元旦 2027-01-01 2027-01-03\n春节 2027-02-05 2027-02-13",
        "makeup": "2027-02-16 春节",
    }  # fmt: skip
    fill_all(page.locator("#new + form"), notice)
    page.get_by_role("button", name="先看哪些期限会变动").click()
    expect(page.locator("main .notice.red").first).to_contain_text("2027-02-16 是周一至周五")
    page.locator("[name=makeup]").fill("2027-02-14 春节")
    page.get_by_role("button", name="先看哪些期限会变动").click()
    pictured(page, "holidays")
    page.get_by_role("button", name="启用").click()
    expect(page.locator("#years + ul")).to_contain_text("本单位录入")

    page.goto(f"{office.site}/rules/adopted/")
    adopt = page.locator("#adopt ~ form")
    procedure = adopt.locator("[name=procedure] option", has_text="江门同城通办投诉").first.get_attribute("value")
    fill_all(adopt, {"unit": "station_west", "procedure": procedure, "since": "2099-01-01"})
    adopt.get_by_role("button", name="采用").click()
    expect(page.locator("#adopted + ul")).to_contain_text("甲县西街所")
    page.goto(f"{office.site}/manage/texts/")
    page.get_by_role("link", name=re.compile("没有受理|不予受理")).first.click()
    page.locator("[name=text]").fill("您好。{office}没有受理您的{kind}，编号{number}。")
    page.get_by_role("button", name="改用这个文字").click()
    expect(page.locator("main")).to_contain_text("本单位改过")
    page.goto(f"{office.site}/manage/wording/")
    page.get_by_role("link", name="改说法").first.click()
    box = page.locator("[name=text]")
    box.fill(box.input_value() + "谢谢。")
    pictured(page, "wording")
    page.get_by_role("button", name="改用这个说法").click()
    expect(page.locator("main")).to_contain_text("本单位的说法")
    done = {
        "unit_created", "person_created", "officer_appointed", "token_created", "calendar_notice_put", "procedure_adopted", "notice_text_put",
        "phrase_put",
    }  # fmt: skip
    assert done <= set(AdminEvent.objects.values_list("name", flat=True))


def test_a_step_is_recorded_without_loading_the_page_and_as_well_without_scripts(office, plain):
    case = sent(registered("jiangmen/complaint", "city"))
    office.number = case.number
    page = office.open("handler.county_a")
    page.evaluate("window.stays = true")
    documents = []
    page.on("request", lambda request: documents.append(request.url) if request.resource_type == "document" else None)
    page.locator("main a", has_text="联系当事人").first.click()
    expect(page.locator("#step form")).to_be_visible()
    fill_all(page.locator("#step form"), {"party": "1", "method": "phone", "reached": True, "text": "了解经过"})
    page.locator("#step form button[type=submit]:not([name])").click()
    expect(page.locator(".notice.green")).to_contain_text("已记录")
    expect(page.locator(".timeline")).to_contain_text("了解经过")
    assert documents == []
    assert page.evaluate("window.stays")
    plain.context.add_cookies(page.context.cookies())
    plain.goto(f"{office.site}/cases/{case.number}/note_added/")
    plain.locator("#step [name=text]").fill("没有脚本也能记")
    plain.locator("#step form button[type=submit]:not([name])").click()
    expect(plain.locator(".notice.green")).to_contain_text("已记录")
    expect(plain.locator(".timeline")).to_contain_text("没有脚本也能记")
