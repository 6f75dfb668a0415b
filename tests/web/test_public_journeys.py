"""The public in a real browser, on a telephone and at a desk: a complaint from the door to the objection, a respondent from its letter to terms, the
machine in the hall. Anonymous reports have their journey in test_intake_journeys.

HUIYIN_TEST_PICTURES names a folder for pictures of every station at both widths.
"""

import io

import pytest
from PIL import Image
from playwright.sync_api import expect

from huiyin.cases import businesses
from huiyin.cases.models import Draft
from tests.web.journeys import MATTERS
from tests.web.test_intake_journeys import pictured
from tests.web.visitors import Citizen, fill_all

pytestmark = [pytest.mark.browser, pytest.mark.once, pytest.mark.django_db(transaction=True)]
SHOP = ("91990121MA9A000375", "甲县百货商店", "甲县城关路5号", "990121001", "business")


def picture():
    """A photograph as a telephone would send it."""
    out = io.BytesIO()
    Image.new("RGB", (640, 480), (200, 120, 40)).save(out, "JPEG")
    return {"name": "发票.jpg", "mimeType": "image/jpeg", "buffer": out.getvalue()}


def test_a_complaint_from_the_door_to_the_objection(phone, office, live_server):
    businesses.enter([SHOP])
    site = live_server.url
    phone.goto(site)
    pictured(phone, "start")
    phone.locator(".doors a", has_text="有纠纷").click()
    expect(phone.locator("h1")).to_have_text("是买东西、接受服务时发生的事吗")
    pictured(phone, "duty")
    phone.get_by_role("button", name="下一题").last.click()
    expect(phone.locator(".notice.red")).to_be_focused()  # what is missing is said first, and at the question
    expect(phone.locator(".notice.red a")).to_have_text("是买东西、接受服务时发生的事吗")
    pictured(phone, "error")
    citizen = Citizen(phone, site)
    matter, _target, wish, you = MATTERS["kettle"]
    citizen.answer([{name: matter[name] for name in ("within_duties",)}], stop="发生了什么事")
    phone.locator("[name=what]").fill("买的电热水壶用了两天就不通电")
    expect(phone.locator("#saved")).to_have_text("已自动保存。")
    phone.goto(site)
    expect(phone.get_by_role("link", name="接着填写投诉")).to_be_visible()
    phone.get_by_role("link", name="接着填写投诉").click()
    citizen.answer([matter], stop="您投诉的是谁")
    phone.fill("#business", "百货")
    phone.get_by_role("button", name="查找").click()
    expect(phone.get_by_role("button", name="用这一家")).to_be_visible()
    pictured(phone, "business")
    phone.get_by_role("button", name="用这一家").click()
    expect(phone.locator("[name=respondent-name]")).to_have_value("甲县百货商店")
    pictured(phone, "target")
    citizen.answer([wish], stop="有什么能证明")
    phone.locator("input[type=file]").first.set_input_files([picture()])
    expect(phone.locator(".previews img")).to_have_count(1)
    pictured(phone, "evidence")
    citizen.answer([you])
    expect(phone.locator(".check")).to_contain_text(["甲县百货商店"])
    phone.locator(".check a", has_text="您希望怎样解决").click()
    phone.locator("[name=demand]").fill("退款199元，商品寄回")
    phone.get_by_role("button", name="保存，回到核对").click()
    expect(phone.locator("main")).to_contain_text("商品寄回")
    expect(phone.locator("main")).to_contain_text("发票.jpg")
    pictured(phone, "check")
    phone.get_by_role("button", name="提交", exact=True).click()
    expect(phone.locator("#code")).to_be_visible()
    pictured(phone, "receipt")
    office.number, code = phone.locator("#number").inner_text(), phone.locator("#code").inner_text()
    assert not Draft.objects.exists()

    again = phone.context.new_page()
    again.goto(f"{site}/track/#{office.number}~{code}")
    again.get_by_role("button", name="查询").click()
    expect(again.locator("#so-far + .stations")).to_contain_text("受理")
    expect(again.locator(".expected").first).to_contain_text("以前应当")
    pictured(again, "tracked")
    again.get_by_role("link", name="补充材料").first.click()
    fill_all(again.locator("main form"), {"items": "找到了购物小票"})
    again.locator("input[type=file]").first.set_input_files([picture()])
    again.get_by_role("button", name="补充材料").click()
    expect(again.locator(".notice.green").first).to_contain_text("补充的内容已收到")
    expect(again.get_by_role("link", name="提出异议")).to_have_count(0)  # nothing was decided yet
    office.do("intake.city", "mediation_ended", text="双方意见不一致")
    again.reload()
    again.get_by_role("link", name="提出异议").click()
    expect(again.locator(".asked")).to_contain_text("终止调解")
    pictured(again, "object")
    again.locator("[name=text]").fill("没有收到退款")
    again.get_by_role("button", name="提出异议").click()
    expect(again.locator(".notice.green").first).to_contain_text("异议已记入案件")
    again.get_by_role("link", name="评价办理").click()
    expect(again.locator("h1")).to_have_text("评价办理")
    fill_all(again.locator("main form"), {"rating": "dissatisfied", "text": "等了很久"})
    pictured(again, "rate")
    again.get_by_role("button", name="评价办理").click()
    expect(again.locator(".notice.green").first).to_contain_text("谢谢")
    expect(office.open("intake.city").locator(".timeline")).to_contain_text("没有收到退款")
    for address in ("/how/", "/privacy/", "/say/"):
        again.goto(site + address)
        pictured(again, address.strip("/"))


def without_scripts(plain, site, letter):
    """A browser that runs no scripts reads the same and hands in a file."""
    plain.goto(f"{site}/respond/")
    plain.locator("[name=code]").fill(letter)
    plain.get_by_role("button", name="打开").click()
    expect(plain.locator("main")).to_contain_text("请在五日内说明水壶的进货渠道")
    plain.get_by_role("link", name="答复并交材料").click()
    plain.locator("input[type=file]").first.set_input_files([picture()])
    plain.get_by_role("button", name="提交答复").click()
    expect(plain.locator(".dialogue .mine")).to_contain_text("材料1")


def test_a_respondent_from_its_letter_to_terms(phone, plain, new_page, office, live_server):
    site = live_server.url
    office.number, _code = Citizen(phone, site).complain(MATTERS["kettle"], unit="city")
    office.do(
        "intake.city", "respondent_notified", party="2", method="post", text="请在五日内说明水壶的进货渠道和处理意见"
    )
    desk = office.page_of("intake.city")
    desk.goto(f"{site}/cases/{office.number}/answer-code/")
    desk.get_by_role("button", name="发码").click()
    expect(desk.locator("#code")).to_be_visible()
    letter = desk.locator("#code").inner_text()
    pictured(desk, "hand-out")
    without_scripts(plain, site, letter)
    shop = new_page(width=390, height=844)
    shop.goto(f"{site}/respond/#{letter}")
    expect(shop.locator("[name=code]")).to_have_value(letter)
    assert "#" not in shop.url
    pictured(shop, "respond")
    shop.get_by_role("button", name="打开").click()
    expect(shop.locator("main")).to_contain_text("请在五日内说明水壶的进货渠道")
    pictured(shop, "responding")
    shop.get_by_role("link", name="答复并交材料").click()
    fill_all(shop.locator("main form"), {"text": "从乙公司进货，有检测报告。愿意退款。", "consent": "yes"})
    shop.locator("input[type=file]").first.set_input_files([picture()])
    pictured(shop, "respond-answer")
    shop.get_by_role("button", name="提交答复").click()
    expect(shop.locator(".notice.green").first).to_contain_text("您的答复已交给办理单位")
    shop.get_by_role("link", name="提出和解方案").click()
    fill_all(shop.locator("main form"), {"text": "退款199元，商品寄回，运费由本店承担", "settled_fen": "199"})
    shop.get_by_role("button", name="提出和解方案").click()
    expect(shop.locator(".dialogue .mine").last).to_contain_text("运费由本店承担")
    pictured(shop, "responding-after")
    for secret in ("王小明", "13800000001", "用了两天就不通电"):
        expect(shop.locator("body")).not_to_contain_text(secret)
    phone.goto(f"{site}/track/case/")
    phone.get_by_role("link", name="答复这个方案").click()
    expect(phone.locator("h1")).to_have_text("答复和解方案")
    pictured(phone, "offer-answer")
    phone.locator("[name=agreed][value=yes]").check()
    phone.get_by_role("button", name="提交答复").click()
    expect(phone.locator(".notice.green").last).to_contain_text("双方都同意")
    pictured(phone, "tracked-agreed")
    shop.reload()
    expect(shop.locator(".dialogue")).to_contain_text("答复和解方案")
    case = office.open("intake.city")
    for said in ("从乙公司进货", "运费由本店承担", "答复和解方案"):
        expect(case.locator(".timeline")).to_contain_text(said)
    shop.get_by_role("button", name="退出").click()
    shop.goto(f"{site}/respond/case/")
    expect(shop.locator("h1")).to_have_text("被诉方答复")


def test_the_machine_in_the_hall_forgets_whoever_leaves(page, live_server):
    page.clock.install()
    page.goto(f"{live_server.url}/kiosk/")
    pictured(page, "kiosk")
    page.locator(".doors a", has_text="有纠纷").click()
    page.locator("[name=within_duties][value=true]").check()
    page.get_by_role("button", name="下一题").last.click()
    page.locator("[name=what]").fill("上一位写的内容")
    pictured(page, "kiosk-question")
    page.clock.fast_forward(100_000)
    expect(page.locator("#seconds-left")).to_contain_text("s")
    page.clock.fast_forward(30_000)
    expect(page.locator("h1")).to_have_text("您想办什么")
    page.goto(f"{live_server.url}/submit/complaint/matter/")
    expect(page.locator("[name=what]")).to_have_value("")
    page.go_back()
    page.go_back()
    expect(page.locator("body")).not_to_contain_text("上一位写的内容")
