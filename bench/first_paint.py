"""How soon something is to be seen: first paint of the start page, the guided form, the to-do list and a case, in Debian's Chromium with its CPU
slowed down four times, nothing in its cache, on this machine. The median of five; bar: under one second each.
"""

import json
import os
import statistics
import sys
import tempfile

from playwright.sync_api import Browser, sync_playwright

from bench._filled import Installation
from bench._site import served
from tests.support.browser import ARGUMENTS
from tests.support.machine import chromium_path, missing_for_browser

BAR_MS = 1000
SLOWER = 4
TIMES = 5
PAGES = (
    ("start", "/", ""), ("guided form", "/submit/complaint/matter/", ""), ("to-do list", "/work/", "handler.county_a"),
    ("case", "/cases/~1/", "handler.county_a"),
)  # fmt: skip
# the moment from which something stands on the screen; the browser's own clock counts from the press
PAINTED = """() => new Promise(told => {
  const found = () => performance.getEntriesByName('first-contentful-paint')[0];
  const ask = () => found() ? told(found().startTime) : setTimeout(ask, 20);
  ask();
})"""


def main() -> int:
    if lacking := missing_for_browser():
        print("\n".join(lacking), file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory(prefix="huiyin-paint-") as home:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("HUIYIN_", "DATABASE_URL"))}
        one = Installation("sqlite", 0, {**kept, "HUIYIN_HOME": home, "HUIYIN_SECOND_FACTOR": "none"})
        one.huiyin("manage", "migrate", "--verbosity", "0")
        one.huiyin("demo")
        with served(one, 1) as site, sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=chromium_path(), args=ARGUMENTS, chromium_sandbox=os.geteuid() != 0
            )
            found = {name: measured(browser, f"http://127.0.0.1:{site.port}", path, who) for name, path, who in PAGES}
            browser.close()
    worst = max(found.values())
    print(
        json.dumps(
            {"bench": "first_paint", "unit": "ms", "bar": BAR_MS, "cpu_slower": SLOWER, "median_of": TIMES, **found}
        )
    )
    return int(worst > BAR_MS)


def measured(browser: Browser, site: str, path: str, who: str) -> float:
    """Milliseconds to the first paint, median, each time by a browser that has seen nothing of the site but its log-in."""
    taken = []
    for _ in range(TIMES):
        context = browser.new_context(viewport={"width": 1280, "height": 900}, locale="zh-CN")
        page = context.new_page()
        if who:
            page.goto(f"{site}/login/")
            page.fill("input[name=username]", who)
            page.fill("input[name=password]", "huiyin-shifan")
            page.press("input[name=password]", "Enter")
            page.wait_for_load_state("networkidle")
        session = context.new_cdp_session(page)
        session.send("Network.clearBrowserCache")
        session.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
        page.goto(site + path)
        taken.append(float(page.evaluate(PAINTED)))
        context.close()
    return round(statistics.median(taken), 1)


if __name__ == "__main__":
    sys.exit(main())
