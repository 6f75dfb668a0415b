"""A real browser for tests: Debian's Chromium, driven by Playwright, in Chinese, without a network of its own.

Fixtures: `page` (a desktop window), `phone` (390 pixels wide), `plain` (a phone that runs no scripts), `new_page` (makes further ones, each a
visitor of their own).
A test fails when its page raised a script error or broke the Content-Security-Policy. A failed test leaves its last picture in
build/screens.
"""

import os
import re
from collections.abc import Callable, Generator, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, expect, sync_playwright

from tests.support.machine import chromium_path

ARGUMENTS = [
    "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
]  # fmt: skip
FAILED = pytest.StashKey[bool]()

NewPage = Callable[..., Page]
PATIENCE = 30_000  # milliseconds: others may use the machine as well
HEAR: str = """window.violations = [];
document.addEventListener('securitypolicyviolation', e => {
    window.violations.push(`${e.effectiveDirective} ${e.blockedURI} ${e.sample}`);
    console.error(`Content Security Policy: ${e.effectiveDirective} ${e.blockedURI}`);
});"""


def violations(page: Page) -> list[str]:
    """What the page tried against its Content-Security-Policy since it was opened, where its window hears of it (HEAR)."""
    found: list[str] = page.evaluate("window.violations")
    return found


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.when == "call":
        item.stash[FAILED] = report.failed
    return report


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """One browser process for the session; every page has its own cookies."""
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = (
        "true"  # Playwright keeps a loop in this thread; our calls stay synchronous
    )
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium_path(), args=ARGUMENTS, chromium_sandbox=os.geteuid() != 0
        )
        yield browser
        browser.close()


@pytest.fixture
def new_page(chromium: Browser, request: pytest.FixtureRequest) -> Iterator[NewPage]:
    """`new_page(width=1280, height=900, scripts=True)`: a page of a visitor of their own."""
    pages: list[Page] = []
    problems: list[str] = []

    def heard(message: ConsoleMessage) -> None:
        if "Content Security Policy" in message.text:
            problems.append(message.text)

    def make(width: int = 1280, height: int = 900, scripts: bool = True) -> Page:
        context = chromium.new_context(
            viewport={"width": width, "height": height},
            locale="zh-CN",
            timezone_id="Asia/Shanghai",
            java_script_enabled=scripts,
        )
        context.set_default_timeout(PATIENCE)
        context.add_init_script(HEAR)
        page = context.new_page()
        page.on("console", heard)
        page.on("pageerror", lambda error: problems.append(str(error)))
        pages.append(page)
        return page

    yield make
    for number, page in enumerate(pages):
        if request.node.stash.get(FAILED, False) and not page.is_closed():
            page.screenshot(path=_picture(request, number), full_page=True)
        page.context.close()
    assert not problems, "the page reported: " + "; ".join(problems)


def _picture(request: pytest.FixtureRequest, number: int) -> Path:
    folder = request.config.rootpath / "build" / "screens"
    folder.mkdir(parents=True, exist_ok=True)
    return folder / f"{re.sub(r'[^0-9A-Za-z]+', '-', request.node.nodeid).strip('-')}-{number}.png"


@pytest.fixture
def page(new_page: NewPage) -> Page:
    """A desktop window."""
    return new_page()


@pytest.fixture
def phone(new_page: NewPage) -> Page:
    """A phone held upright."""
    return new_page(width=390, height=844)


@pytest.fixture
def plain(new_page: NewPage) -> Page:
    """A phone whose browser runs no scripts."""
    return new_page(width=390, height=844, scripts=False)
