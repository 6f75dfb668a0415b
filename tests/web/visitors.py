"""People at their browsers: a member of the public who fills in the guided form, and officers who log in and press buttons."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Locator, Page, expect

from huiyin.org import sample

FORM = "#step form"


def fill(form: Locator, name: str, value: Any) -> None:
    """Answer one field as a person would: choose, tick, or type."""
    boxes = form.locator(f"[name='{name}']")
    kind = boxes.first.evaluate("node => node.tagName === 'SELECT' ? 'select' : node.type || 'text'")
    if kind == "checkbox" and value == []:
        for box in form.locator(f"[name='{name}']:checked").all():
            box.uncheck()
    elif kind in ("radio", "checkbox"):
        for one in value if isinstance(value, list) else [value]:
            written = str(one).lower() if isinstance(one, bool) else str(one)
            form.locator(f"[name='{name}'][value='{written}']").check()
    elif kind == "select":
        boxes.first.select_option(value)
    elif kind != "hidden":
        boxes.first.fill("\n".join(value) if isinstance(value, list) else str(value))


def fill_all(form: Locator, answers: dict[str, Any]) -> None:
    form.page.wait_for_load_state()  # half a page has half the questions
    form.evaluate("node => node.querySelectorAll('details').forEach(part => { part.open = true; })")
    for name, value in answers.items():
        fill(form, name, value)


class Citizen:
    """Fills in the guided form on a telephone."""

    def __init__(self, page: Page, site: str) -> None:
        self.page, self.site = page, site

    def screen(self, answers: dict[str, Any]) -> None:
        fill_all(self.page.locator("main form"), answers)
        self.page.locator("main form .actions button").first.click()

    def answer(self, screens: list[dict[str, Any]], stop: str = "请核对后提交") -> None:
        """From the present screen on, one question after the other, whatever of the answers each one asks for; as far as the page `stop`."""
        answers = {name: value for screen in screens for name, value in screen.items()}
        heading = self.page.locator("main h1").first
        for _ in range(30):
            self.page.wait_for_load_state()
            if heading.inner_text() == stop:
                return
            form = self.page.locator("main form[data-saves]")
            fill_all(form, {name: value for name, value in answers.items() if form.locator(f"[name='{name}']").count()})
            before = self.page.url
            form.locator(".actions button").first.click()
            self.page.wait_for_url(lambda at, before=before: at != before)
        raise AssertionError(f"no page {stop}: {self.page.url}")

    def complain(self, screens: list[dict[str, Any]], *, door: str = "投诉", unit: str = "") -> tuple[str, str]:
        """Start to receipt; the number and the query code. `unit`: which of those on offer is to take it."""
        self.page.goto(f"{self.site}/")
        self.page.locator(".doors a", has_text=door).first.click()
        self.answer(screens)
        if unit:
            fill(self.page.locator("main form"), "unit", unit)
        self.page.get_by_role("button", name="提交").click()
        expect(self.page.locator("#code")).to_be_visible()
        return self.page.locator("#number").inner_text(), self.page.locator("#code").inner_text()


class Office:
    """All officers of a case, each with a browser of their own; `number` is the case they work on."""

    def __init__(self, new_page: Any, site: str) -> None:
        self.new_page, self.site, self.number = new_page, site, ""
        self.pages: dict[str, Page] = {}

    def page_of(self, who: str) -> Page:
        """The window of this officer, logged in."""
        if who not in self.pages:
            page = self.new_page()
            page.goto(f"{self.site}/login/")
            page.fill("input[name=username]", who)
            page.fill("input[name=password]", sample.PASSWORD)
            page.get_by_role("button", name="登录").click()
            expect(page.locator("h1")).to_contain_text("待办")
            self.pages[who] = page
        return self.pages[who]

    def open(self, who: str) -> Page:
        page = self.page_of(who)
        page.goto(f"{self.site}/cases/{self.number}/")
        expect(page.locator("h1")).to_contain_text(self.number)
        return page

    def form(self, who: str, event: str, proposed: str = "") -> Page:
        """Open the form of an event from the case page by its button or link; by its address where the page offers none."""
        page = self.open(who)
        page.evaluate("document.querySelectorAll('main details').forEach(part => { part.open = true; })")
        query = f"?for={proposed}" if proposed else ""
        link = page.locator(f"main a[href$='/{event}/{query}']").first
        if link.count():
            link.click()
        else:
            page.goto(f"{self.site}/cases/{self.number}/{event}/{query}")
        expect(page.locator(FORM)).to_be_visible()
        return page

    def do(self, who: str, event: str, /, proposed: str = "", **answers: Any) -> Page:
        """Record one event; it must be taken."""
        page = self.form(who, event, proposed)
        fill_all(page.locator(FORM), answers)
        page.locator(f"{FORM} button[type=submit]:not([name])").click()
        expect(page.locator(".notice.green"), f"{event} by {who}").to_contain_text("已记录")
        return page

    def at_once(self, who: str, event: str) -> Page:
        """Record one event by the button of its card, without a form."""
        page = self.open(who)
        page.locator(f".at-once form[action$='/{event}/'] button").click()
        expect(page.locator(".notice.green"), f"{event} by {who}").to_contain_text("已记录")
        return page

    def refused(self, who: str, event: str, clause: str, /, proposed: str = "", **answers: Any) -> Page:
        """Try one event; the page says no, with the article, and keeps what was typed."""
        page = self.form(who, event, proposed)
        fill_all(page.locator(FORM), answers)
        with page.expect_response(lambda answer: answer.request.method == "POST") as posted:
            page.locator(f"{FORM} button[type=submit]:not([name])").click()
        assert posted.value.status == 409, (event, posted.value.status)
        expect(page.locator("#step .notice.red").first).to_contain_text(clause)
        for name, value in answers.items():
            field = page.locator(f"{FORM} textarea[name='{name}']")
            if field.count():
                expect(field).to_have_value(value)
        return page
