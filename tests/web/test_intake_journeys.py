"""Intake in a real browser: an unnamed report and its dialogue, a letter in two halves, a joint complaint, the meter of the five elements."""

import os
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.web.test_desk import FIVE, MATTER
from tests.web.visitors import Citizen, fill, fill_all

pytestmark = [pytest.mark.browser, pytest.mark.once, pytest.mark.django_db(transaction=True)]
PICTURES = os.environ.get(
    "HUIYIN_TEST_PICTURES"
)  # a folder: every station of a journey is pictured there, at both widths


def pictured(page, name):
    """A picture of the whole page at the width of a desk and of a telephone; it fits into both."""
    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 900})
        page.wait_for_load_state()  # another page may be on its way
        assert page.evaluate("document.documentElement.scrollWidth") <= width, (name, width)
        if PICTURES:
            Path(PICTURES).mkdir(parents=True, exist_ok=True)
            page.screenshot(path=Path(PICTURES) / f"{name}-{width}.png", full_page=True)
    page.set_viewport_size({"width": 1280, "height": 900})


REPORT = [
    {
        "within_duties": True, "what": "该店把过期酸奶改了日期再卖", "when": "11月上旬", "where": "甲县第一商场一层", "who": "不清楚姓名的店员",
        "why": "问过店员，说不影响食用",
    },
    {"respondent_known": True, "respondent-name": "甲县商店", "respondent-area": "990121001", "category": "offences:food"},
    {"real_name": False},
]  # fmt: skip


def test_an_unnamed_report_is_asked_and_answers_by_its_code_alone(office, new_page, live_server, sample_world):
    phone = new_page(width=390, height=844)
    phone.goto(f"{live_server.url}/submit/report/")
    pictured(phone, "report-begin")
    citizen = Citizen(phone, live_server.url)
    citizen.answer(REPORT)
    expect(phone.locator("h1")).to_have_text("请核对后提交")
    fill(phone.locator("main form"), "unit", "county_a")
    phone.get_by_role("button", name="提交").click()
    expect(phone.locator("#code")).to_be_visible()
    pictured(phone, "report-receipt")
    office.number, code = phone.locator("#number").inner_text(), phone.locator("#code").inner_text()

    office.do("intake.county_a", "materials_requested", items=["改日期的标签贴在包装的哪一面？"], reason="核查需要")
    again = new_page(width=390, height=844)
    again.goto(f"{live_server.url}/track/#{office.number}~{code}")
    again.get_by_role("button", name="查询").click()
    expect(again.locator("#dialogue + ol .waits")).to_contain_text("改日期的标签贴在包装的哪一面")
    pictured(again, "report-question")
    again.fill("#answer", "贴在背面，盖住了原来的日期")
    again.get_by_role("button", name="回答").click()
    expect(again.locator(".dialogue .mine")).to_contain_text("贴在背面")
    expect(again.locator(".dialogue .waits")).to_have_count(0)
    page = office.open("intake.county_a")
    expect(page.locator(".timeline")).to_contain_text("贴在背面，盖住了原来的日期")


def desk(office, procedure):
    page = office.page_of("intake.city")
    page.goto(f"{office.site}/cases/new/?procedure={procedure}")
    return page


def test_the_meter_of_the_five_elements_fills_while_the_desk_writes(office):
    page = desk(office, "henan/complaint")
    meter, form = page.locator("#meter"), page.locator(".desk-form")
    for label in ("投诉人的姓名或名称", "投诉人的电话", "投诉人的地址", "投诉人的邮编", "诉求"):
        expect(meter.locator("a.open", has_text=label)).to_be_visible()
    pictured(page, "meter-empty")
    fill_all(form, {**MATTER, "complainant.name": "王某", "complainant.phone": "13800000001"})
    form.locator("[name='complainant.phone']").blur()
    expect(meter.locator("a.said", has_text="投诉人的电话")).to_be_visible()
    expect(meter.locator("a.open", has_text="投诉人的邮编")).to_be_visible()
    expect(meter).to_contain_text("HN-CL-08b")
    pictured(page, "meter-half")
    fill_all(form, FIVE)
    form.locator("[name='complainant.postcode']").blur()
    expect(meter.locator("a.open")).to_have_count(0)
    expect(meter).to_contain_text("规则要求的都有了")
    page.get_by_role("button", name="登记", exact=True).click()
    expect(page.locator(".notice.green").first).to_contain_text("已登记")
    again = desk(office, "henan/complaint")
    fill(again.locator(".desk-form"), "complainant.phone", "13800000001")
    again.locator("[name='complainant.phone']").blur()
    expect(again.locator("#meter")).to_contain_text("电话相同")
    fill(again.locator(".desk-form"), "respondent.name", "甲县")
    again.locator("[name='respondent.name']").blur()
    expect(again.locator("#meter")).to_contain_text("登记过的单位")
    pictured(again, "meter-repeats")


def test_a_letter_that_is_both_becomes_two_cases_in_one_act(office):
    page = desk(office, "henan/complaint")
    form = page.locator(".desk-form")
    fill_all(form, {**MATTER, **FIVE, "channel": "letter"})
    form.locator("[name='other-both']").check()
    fill_all(form, {"other-what": "该店出售无强制性认证标志的水壶", "other-real_name": "true"})
    pictured(page, "letter-both")
    page.get_by_role("button", name="登记", exact=True).click()
    said = page.locator(".notice.green")
    expect(said.nth(0)).to_contain_text("投诉已登记")
    expect(said.nth(1)).to_contain_text("举报已登记")
    pictured(page, "letter-registered")
    page.goto(f"{office.site}/cases/")
    expect(page.locator("tbody tr")).to_have_count(2)


def test_two_people_complain_together_and_elect_who_speaks(office):
    page = desk(office, "henan/complaint")
    form = page.locator(".desk-form")
    fill_all(form, {**MATTER, **FIVE})
    page.get_by_role("button", name="再加一人").click()
    second = {
        "name": "李某",
        "phone": "13800000002",
        "address": "甲县城关二号",
        "postcode": "450001",
        "role": "complainant",
    }
    fill_all(form, {f"p2-{name}": value for name, value in second.items()})
    form.locator("[name='joint']").check()
    fill_all(form, {"elected": ["1", "2"], "elected_files": "推选书"})
    pictured(page, "joint-form")
    page.get_by_role("button", name="登记", exact=True).click()
    expect(page.locator(".notice.green").first).to_contain_text("已登记")
    expect(page.locator(".timeline")).to_contain_text("推选代表人")
    expect(page.locator(".facts-of-party")).to_have_count(3)
    pictured(page, "joint-case")


def test_the_pages_of_other_authorities_fit_every_window(office, phone, live_server):
    phone.goto(f"{live_server.url}/who/?q=物业费")
    expect(phone.locator(".authorities")).to_contain_text("住房和城乡建设局")
    pictured(phone, "who")
    page = office.page_of("intake.city")
    page.goto(f"{office.site}/directory/")
    pictured(page, "directory")
