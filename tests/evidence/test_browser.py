"""In a real browser: choose files, be told what is not taken, hand in the others, look at them, save the original."""

from pathlib import Path

import pytest
from playwright.sync_api import expect

from huiyin.cases.models import Case
from huiyin.evidence.models import File
from huiyin.org import sample
from huiyin.vault.models import RevealLog
from tests.cases.office import a_case
from tests.evidence import made

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def chosen(tmp_path):
    """Files on somebody's disk."""

    def write(name, content):
        path = tmp_path / "mine" / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)
        return str(path)

    return [
        write("发票.jpg", made.jpeg(640, 320)),
        write("证据.zip", made.archive({"a": b"x"})),
        write("通话.mp3", made.mp3()),
    ]


def test_an_officer_hands_in_looks_and_saves(live_server, new_page, chosen):
    case = a_case()
    page = new_page()
    page.goto(f"{live_server.url}/login/")
    page.fill("input[name=username]", "intake.city")
    page.fill("input[name=password]", sample.PASSWORD)
    page.get_by_role("button", name="登录").click()
    page.goto(f"{live_server.url}/cases/{case.number}/")
    page.evaluate("document.querySelectorAll('main details').forEach(part => { part.open = true; })")
    page.locator("main a[href$='/evidence_added/']").first.click()
    expect(page.locator("#step form")).to_be_visible()
    page.locator("#step [name=party][value='1']").check()
    page.set_input_files("#step input[name=files-new] >> nth=0", chosen)
    page.locator("#step form button[type=submit]").first.click()
    expect(page.locator("#step .notice.red").first).to_contain_text("请解压后把里面的文件逐个交上来")
    expect(page.locator("#step .files-kept li")).to_have_count(2)
    page.locator("#step form button[type=submit]").first.click()
    expect(page.locator(".notice.green")).to_contain_text("已记录")
    section = page.locator("section[aria-labelledby=evidence]")
    expect(section.locator("li")).to_have_count(2)
    section.locator("img").scroll_into_view_if_needed()
    expect(section.locator("img")).to_have_js_property("naturalWidth", 160)
    with page.context.expect_page() as opened:
        section.get_by_role("link", name="查看").last.click()
    expect(opened.value.locator("img")).to_have_js_property("naturalHeight", 640)
    for _again in range(2):
        with page.expect_download() as saved:
            section.get_by_role("button", name="下载原件").first.click()
        assert saved.value.suggested_filename == f"{case.number}-01-original.jpg"
        assert Path(saved.value.path()).read_bytes() == made.jpeg(640, 320)
    assert RevealLog.objects.count() == 2
    assert File.objects.count() == 2


def test_without_scripts_a_visitor_hands_in_files_on_a_phone(live_server, plain, chosen):
    case, page = a_case(), plain
    page.goto(f"{live_server.url}/track/")
    page.fill("[name=number]", case.number)
    page.fill("[name=code]", case.code)
    page.locator("main form button").first.click()
    page.get_by_role("link", name="补充材料").first.click()
    expect(page.locator("input[capture=environment]")).to_be_visible()
    page.set_input_files("input[name=files-new] >> nth=0", chosen[0])
    page.set_input_files("input[capture=environment]", chosen[0])
    page.locator("main form button").first.click()
    expect(page.locator("section[aria-labelledby=evidence] li")).to_have_count(2)
    assert set(File.objects.values_list("case_id", flat=True)) == {Case.objects.get().pk}
