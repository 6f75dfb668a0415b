"""Pictures of the site: `make screenshots`.

Sets up the sample world in a folder of its own, serves it, and photographs

- every page (the tour of tests/support/tour.py) at 1280 and 390 pixels, light and dark, into build/screenshots;
- what tools/screenshots.toml lists, for the README, the documents and the guide, into docs/img.

    python tools/screenshots.py            both
    python tools/screenshots.py docs       the second alone
    python tools/screenshots.py every      the first alone

In the file each `[[picture]]` has `file`, `path`, and where it matters `as` (who has logged in), `width`, `height`, `full` (the whole page, not the
window alone), `theme`, `click` (what is pressed first). A `.webp` is written small, for documents.
"""

import io
import os
import socket
import subprocess
import sys
import tempfile
import time
import tomllib
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tests.support.browser import ARGUMENTS  # noqa: E402
from tests.support.machine import chromium_path, missing_for_browser  # noqa: E402

START_SECONDS = 180  # a busy machine takes its time
WIDTHS, THEMES = (1280, 390), ("light", "dark")


def main() -> int:
    """Returns the exit code; every page that did not answer with 200 is named."""
    if lacking := missing_for_browser():
        print("\n".join(lacking), file=sys.stderr)
        return 2
    wanted = sys.argv[1:] or ["every", "docs"]
    with tempfile.TemporaryDirectory(prefix="huiyin-pictures-") as home:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("HUIYIN_", "DATABASE_URL"))}
        # the pictures show the pages behind the log-in, without a telephone that shows codes
        environment = {**kept, "HUIYIN_HOME": home, "HUIYIN_SECOND_FACTOR": "none", "HUIYIN_SENT_ADDRESS": "10000"}
        for command in (["manage", "migrate", "--verbosity", "0"], ["demo"]):
            subprocess.run([sys.executable, "-m", "huiyin", *command], env=environment, cwd=ROOT, check=True)
        port = free_port()
        serve = [sys.executable, "-m", "huiyin", "serve", "--port", str(port)]
        server = subprocess.Popen(serve, env=environment, cwd=ROOT, stdout=subprocess.DEVNULL)
        try:
            site = f"http://127.0.0.1:{port}"
            wait_for(site)
            begin(environment)
            return photograph(site, wanted)
        finally:
            server.terminate()
            server.wait(timeout=20)


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(site: str) -> None:
    """Until the site answers anything; raises URLError or TimeoutError after three minutes."""
    until = time.monotonic() + START_SECONDS
    while True:
        try:
            urllib.request.urlopen(site, timeout=5).close()
        except urllib.error.HTTPError:
            return
        except (urllib.error.URLError, TimeoutError):
            if time.monotonic() > until:
                raise
            time.sleep(0.1)
        else:
            return


def begin(environment: dict[str, str]) -> None:
    """Django in this process too, on the same database: visitors are logged in here, without forms."""
    os.environ.update(environment)
    os.environ["DJANGO_SETTINGS_MODULE"] = "huiyin.settings"
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = (
        "true"  # Playwright keeps a loop in this thread; our calls stay synchronous
    )
    import django
    from django.test.utils import setup_test_environment

    django.setup()
    setup_test_environment(debug=False)


def photograph(site: str, wanted: list[str]) -> int:
    """All pictures that are wanted; 1 when a page did not answer as it should."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium_path(), args=ARGUMENTS, chromium_sandbox=os.geteuid() != 0
        )
        failed = documents(browser, site) if "docs" in wanted else []
        failed += everything(browser, site) if "every" in wanted else []
        browser.close()
    for line in failed:
        print(line, file=sys.stderr)
    return int(bool(failed))


def everything(browser: Browser, site: str) -> list[str]:
    """Every page of the tour in all widths and themes. Returns what failed."""
    from tests.support import tour

    folder = ROOT / "build" / "screenshots"
    folder.mkdir(parents=True, exist_ok=True)
    clients, key = tour.visitors()
    stops = [stop for stop, _answer in tour.walk(clients, key)]
    failed: list[str] = []
    for width in WIDTHS:
        for theme in THEMES:
            contexts = {who: window(browser, site, client, width, 900, theme) for who, client in clients.items()}
            for number, stop in enumerate(stops):
                page = contexts[stop.who].pages[0]
                status = open_page(page, site + stop.address)
                page.screenshot(path=folder / f"{stop.name}-{number:02}-{width}-{theme}.png", full_page=True)
                failed += [f"{stop.address} {width} {theme}: {status}"] if status != 200 else []
            for context in contexts.values():
                context.close()
            print(f"{len(stops)} pages, {width} px, {theme}")
    return failed


def documents(browser: Browser, site: str) -> list[str]:
    """The pictures of tools/screenshots.toml. Returns what failed."""
    from django.test import Client

    from huiyin.org.models import Person
    from tests.support import tour

    plan = tomllib.loads((ROOT / "tools" / "screenshots.toml").read_text(encoding="utf-8"))
    failed: list[str] = []
    public: Any = None
    for picture in plan["picture"]:
        client, who = Client(), picture.get("as", "")
        if who == "public":
            client = public = public or tour.visitors()[0][tour.PUBLIC]
        elif who:
            client.force_login(Person.objects.get(username=who))
        size = picture.get("width", 1280), picture.get("height", 900)
        context = window(browser, site, client, *size, picture.get("theme", "light"))
        page = context.pages[0]
        status = open_page(page, site + picture["path"])
        if click := picture.get("click"):
            page.locator(click).first.click()
            page.wait_for_load_state("networkidle")
        keep(page, ROOT / "docs" / "img" / picture["file"], full=picture.get("full", False))
        context.close()
        print(f"{picture['file']}  {status}")
        failed += [f"{picture['path']}: {status}"] if status != 200 else []
    return failed


def window(browser: Browser, site: str, client: Any, width: int, height: int, theme: Any) -> BrowserContext:
    """A browser of the visitor who is this client, with one page open."""
    context = browser.new_context(
        viewport={"width": width, "height": height},
        locale="zh-CN",
        timezone_id="Asia/Shanghai",
        color_scheme=theme,
        reduced_motion="reduce",
    )
    context.add_cookies([{"name": one.key, "value": one.value, "url": site} for one in client.cookies.values()])
    context.new_page()
    return context


def open_page(page: Page, address: str) -> int:
    """Open it; its HTTP status."""
    answer = page.goto(address)
    page.wait_for_load_state("networkidle")
    return answer.status if answer else 0


def keep(page: Page, file: Path, *, full: bool) -> None:
    """Write the picture; for documents as a small WebP."""
    file.parent.mkdir(parents=True, exist_ok=True)
    taken = page.screenshot(full_page=full)
    if file.suffix == ".webp":
        Image.open(io.BytesIO(taken)).save(file, quality=82, method=6)
    else:
        file.write_bytes(taken)


if __name__ == "__main__":
    sys.exit(main())
