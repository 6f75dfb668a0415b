"""The staff at the keyboard, in a real browser: a call registered and dispatched without a mouse, acts on a case without loading the page again,
lists acted on together, pictures paged through; at the width of a desk and of a telephone."""

import io

import pytest
from PIL import Image
from playwright.sync_api import expect

from huiyin.cases.actions import record
from huiyin.cases.models import Case, Event
from tests.cases.office import officer
from tests.web.test_case_page import registered, sent

pytestmark = [pytest.mark.browser, pytest.mark.once, pytest.mark.django_db(transaction=True)]
TYPED = {
    "complainant.name": "王某", "respondent.name": "甲县商店", "respondent.address": "示范市甲县第一商场一层", "what": "电热水壶两天就不通电",
    "when": "9月13日", "where": "甲县第一商场", "who": "营业员", "why": "说已拆封", "demand": "退款",
}  # fmt: skip


def tab_to(page, name, most=90):
    """Press Tab until that field has the focus."""
    for _ in range(most):
        if page.evaluate("document.activeElement.name || ''") == name:
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{name} is not reached by Tab")


def test_a_call_is_registered_and_dispatched_with_the_keyboard_alone(office):
    page = office.page_of("intake.city")
    page.goto(f"{office.site}/cases/new/?phone=13800000001")
    assert "1380000" not in page.url
    labels = page.locator(".steps-next li").all_inner_texts()
    page.keyboard.press(str(1 + next(n for n, label in enumerate(labels) if "江门同城通办投诉" in label)))
    expect(page.locator("[name='complainant.phone']")).to_have_value("13800000001")
    expect(page.locator("[name='complainant.phone']")).to_be_focused()
    assert "1380000" not in page.url
    page.keyboard.press("Alt+2")
    expect(page.locator("[name='complainant.phone']")).to_be_focused()
    for name, value in TYPED.items():
        tab_to(page, name)
        page.keyboard.type(value)
    tab_to(page, "within_duties")
    page.keyboard.press("Home")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowDown")  # the first of the two answers, whichever was chosen
    expect(page.locator("[name='within_duties'][value='true']")).to_be_checked()
    expect(page.locator("#meter")).to_contain_text("说到“电热水壶”")
    expect(page.locator("#go")).to_contain_text("登记并转给甲县局")
    page.keyboard.press("Alt+0")
    assert page.evaluate("document.querySelector('#meter').contains(document.activeElement)")
    page.keyboard.press("Enter")  # the area that the address names
    expect(page.locator("[name='respondent.area']")).not_to_have_value("")
    page.keyboard.press("Control+Shift+Enter")
    expect(page.locator(".notice.green").first).to_contain_text("已登记")
    case = Case.objects.get()
    assert list(Event.objects.filter(case=case).order_by("seq").values_list("name", flat=True))[-1] == "dispatched"
    assert case.handling_unit == "county_a"


def test_acts_on_a_case_and_the_next_one_without_loading_the_page_again(office):
    first, second = sent(registered("jiangmen/complaint", "city")), sent(registered("jiangmen/complaint", "city"))
    office.number = first.number
    page = office.open("handler.county_a")
    page.evaluate("window.stays = true")
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#keys")).to_be_hidden()
    page.keyboard.press("Control+k")
    page.keyboard.type("备注")
    expect(page.locator("#palette-acts li")).to_have_count(1)
    page.keyboard.press("Enter")
    expect(page.locator("#step-title")).to_be_focused()
    tab_to(page, "text")
    page.keyboard.type("已电话沟通")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#main > .notice.green")).to_be_focused()
    expect(page.locator(".timeline")).to_contain_text("已电话沟通")
    page.locator(".chips a", has_text="办理步骤").click()
    expect(page.locator(".timeline")).not_to_contain_text("已电话沟通")
    page.keyboard.press("n")
    expect(page.locator("h1")).to_contain_text(second.number)
    assert page.evaluate("window.stays"), "the page was loaded again"
    page.go_back()
    expect(page.locator("h1")).to_contain_text(first.number)
    page.go_forward()
    expect(page.locator("h1")).to_contain_text(second.number)
    page.keyboard.press("Control+k")
    page.keyboard.type(first.number)
    expect(page.locator("#palette-found li").first).to_contain_text(first.number)
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_contain_text(first.number)


def test_a_list_is_walked_picked_and_received_from_the_keyboard(office):
    cases = [registered("jiangmen/complaint", "city") for _ in range(2)]
    for case in cases:
        facts = {"to": "county_a", "dispatch_kind": "forward", "case_subject": "水壶", "opinion": "请办理"}
        record(case, "dispatched", by=officer("intake_officer", "city"), facts=facts)
    page = office.page_of("intake.county_a")
    page.goto(f"{office.site}/work/open/?sort=unsigned")
    for _ in cases:
        page.keyboard.press("j")
        page.keyboard.press("x")
    expect(page.locator("[data-picked]")).to_contain_text("已选 2 件")
    page.locator("#bulk button[value=received]").focus()
    page.keyboard.press("Enter")
    expect(page.locator("main .notice.green")).to_contain_text("办成 2 件，没有办成 0 件")


def picture(colour):
    held = io.BytesIO()
    Image.new("RGB", (640, 400), colour).save(held, "JPEG")
    return {"name": f"{colour}.jpg", "mimeType": "image/jpeg", "buffer": held.getvalue()}


def test_pictures_are_paged_through_and_everything_fits_a_telephone(office):
    case = sent(registered("jiangmen/complaint", "city"))
    office.number = case.number
    page = office.form("handler.county_a", "evidence_added")
    page.locator("#step input[type=file]").first.set_input_files([picture("red"), picture("blue")])
    page.locator("#step form button[type=submit]:not([name])").click()
    expect(page.locator(".notice.green")).to_contain_text("已记录")
    page.keyboard.press("v")
    expect(page.locator("#viewer")).to_contain_text("第 1 张图片，共 2 张")
    page.keyboard.press("ArrowRight")
    expect(page.locator("#viewer")).to_contain_text("第 2 张图片，共 2 张")
    page.keyboard.press("ArrowLeft")
    expect(page.locator("#viewer")).to_contain_text("第 1 张图片，共 2 张")
    assert page.locator("#viewer img").first.evaluate("image => image.decode().then(() => image.naturalWidth)") == 640
    for address in (
        f"/cases/{case.number}/",
        f"/cases/{case.number}/files/",
        "/work/",
        "/cases/",
        "/recordings/",
        "/cases/new/?procedure=jiangmen/complaint",
    ):
        page.set_viewport_size({"width": 390, "height": 844})
        page.goto(office.site + address)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, address
