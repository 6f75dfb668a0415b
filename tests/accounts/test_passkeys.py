"""A passkey in a real browser: made, used as the second factor, and of no use to anybody else."""

import json

import pytest
from playwright.sync_api import expect

from huiyin.accounts.models import Passkey
from huiyin.org.models import AdminEvent

PASSWORD = "drei-lange-Woerter-7"
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def device(new_page):
    """A page whose browser has an authenticator of its own."""
    page = new_page(width=390)
    cdp = page.context.new_cdp_session(page)
    cdp.send("WebAuthn.enable")
    cdp.send("WebAuthn.addVirtualAuthenticator", {"options": {
        "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True, "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }})  # fmt: skip
    return page


def test_a_supervisor_sets_up_a_passkey_and_comes_in_with_it(live_server, device, known):
    site = live_server.url.replace("127.0.0.1", "localhost")
    one, page = known("supervisor", "city"), device

    def password():
        page.goto(f"{site}/login/")
        page.get_by_label("用户名").fill(one.person.username)
        page.get_by_label("密码").fill(PASSWORD)
        page.get_by_role("button", name="登录").click()

    password()
    page.wait_for_url(f"{site}/account/")
    expect(page.get_by_role("heading", name="请先启用第二道验证")).to_be_visible()
    page.get_by_label("给这个通行密钥起个名字").fill("我的手机")
    page.get_by_role("button", name="添加通行密钥").click()
    page.get_by_text("恢复码：只显示这一次").wait_for()
    expect(page.locator("ul.codes li")).to_have_count(10)
    page.goto(f"{site}/work/")
    assert page.url == f"{site}/work/"
    page.get_by_role("button", name="退出").click()
    password()
    page.wait_for_url(f"{site}/login/second/")
    page.get_by_role("button", name="用通行密钥验证").click()
    page.wait_for_url(f"{site}/work/")
    key = Passkey.objects.get()
    assert key.used is not None
    assert key.label == "我的手机"
    names = list(AdminEvent.objects.order_by("seq").values_list("name", flat=True))
    assert names.count("factor_added") == 1
    assert json.loads(AdminEvent.objects.order_by("-seq").first().body)["facts"]["how"] == "password+passkey"
