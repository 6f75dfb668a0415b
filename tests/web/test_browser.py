"""What only a browser shows: without scripts, by keyboard, with the QR's address, light and dark."""

import pytest
from playwright.sync_api import expect

from tests.web.test_journeys import KETTLE
from tests.web.visitors import Citizen

pytestmark = [pytest.mark.browser, pytest.mark.once, pytest.mark.django_db(transaction=True)]


def test_the_public_form_works_without_scripts(plain, live_server):
    plain.goto(f"{live_server.url}/submit/complaint/")
    answers = {name: value for screen in KETTLE for name, value in screen.items()}
    while "check" not in plain.url:
        for name, value in answers.items():
            box = plain.locator(f"main form [name='{name}']")
            if not box.count():
                continue
            if box.first.get_attribute("type") == "radio":
                plain.locator(f"[name='{name}'][value='{str(value).lower()}']").check()
            elif name.endswith("area"):
                box.select_option(value)
            else:
                box.fill(value)
        before = plain.url
        plain.locator("main form .actions button").first.click()
        plain.wait_for_url(lambda at, before=before: at != before)
    plain.get_by_role("button", name="提交").click()
    expect(plain.locator("#code")).to_be_visible()
    plain.goto(f"{live_server.url}/track/case/")
    plain.locator("summary").first.click()
    expect(plain.locator(".count").first).to_be_visible()


def test_no_page_of_the_public_is_wider_than_a_telephone(phone, live_server):
    for address in ("/", "/track/", "/submit/complaint/matter/", "/submit/report/you/", "/login/"):
        phone.goto(live_server.url + address)
        wide = phone.evaluate("document.documentElement.scrollWidth")
        assert wide <= 390, (address, wide)


def test_the_keyboard_reaches_the_text_first_and_every_answer(page, live_server):
    page.goto(f"{live_server.url}/submit/enquiry/")
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    page.keyboard.press("Enter")
    for _ in range(2):  # past what stands before the first question
        page.keyboard.press("Tab")
    page.keyboard.type("退货运费由谁承担")
    expect(page.locator("textarea[name=what]")).to_have_value("退货运费由谁承担")


def test_the_address_of_the_qr_fills_in_number_and_code_and_forgets_them(page, phone, live_server):
    number, code = Citizen(page, live_server.url).complain(KETTLE)
    phone.goto(f"{live_server.url}/track/#{number}~{code}")
    expect(phone.locator("input[name=code]")).to_have_value(code)
    assert "#" not in phone.url
    phone.get_by_role("button", name="查询").click()
    expect(phone.locator("h1")).to_contain_text(number)


def test_a_question_comes_into_view_with_the_answer_that_asks_it(phone, live_server):
    phone.goto(f"{live_server.url}/submit/report/target/")
    name = phone.locator("input[name=respondent-name]")
    expect(name).to_be_hidden()
    phone.locator("input[name=respondent_known][value=true]").check()
    expect(name).to_be_visible()
    phone.locator("input[name=respondent_known][value=false]").check()
    expect(name).to_be_hidden()


def test_light_and_dark_are_the_readers_choice(page, live_server):
    page.goto(live_server.url)
    before = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.get_by_role("button", name="浅色 / 深色").click()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") != before
    page.reload()
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
