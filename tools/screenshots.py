"""Pictures of the sample site for the README and the documents: `make screenshots`.

Sets up a sample world in a folder of its own, serves it, and photographs the pages that tools/screenshots.toml lists into
docs/img. In that file: `password` is the one `huiyin demo` prints; each `[[picture]]` has `file`, `path`, and where it matters
`as` (who logs in), `width`, `height`, `full` (the whole page, not the window alone).
"""

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

from playwright.sync_api import Browser, sync_playwright

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tests.support.browser import ARGUMENTS  # noqa: E402
from tests.support.machine import chromium_path, missing_for_browser  # noqa: E402

START_SECONDS = 30


def main() -> int:
    """Returns the exit code; every page that did not answer with 200 is named."""
    if lacking := missing_for_browser():
        print("\n".join(lacking), file=sys.stderr)
        return 2
    plan = tomllib.loads((ROOT / "tools" / "screenshots.toml").read_text(encoding="utf-8"))
    with tempfile.TemporaryDirectory(prefix="huiyin-pictures-") as home:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("HUIYIN_", "DATABASE_URL"))}
        environment = {**kept, "HUIYIN_HOME": home, "HUIYIN_SECOND_FACTOR": "none"}
        for command in (["manage", "migrate", "--verbosity", "0"], ["demo"]):
            subprocess.run([sys.executable, "-m", "huiyin", *command], env=environment, cwd=ROOT, check=True)
        port = free_port()
        serve = [sys.executable, "-m", "huiyin", "serve", "--port", str(port)]
        server = subprocess.Popen(serve, env=environment, cwd=ROOT, stdout=subprocess.DEVNULL)
        try:
            site = f"http://127.0.0.1:{port}"
            wait_for(site)
            return photograph(site, plan)
        finally:
            server.terminate()
            server.wait(timeout=20)


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(site: str) -> None:
    """Until the site answers anything; raises URLError after half a minute."""
    until = time.monotonic() + START_SECONDS
    while True:
        try:
            urllib.request.urlopen(site, timeout=5).close()
        except urllib.error.HTTPError:
            return
        except urllib.error.URLError:
            if time.monotonic() > until:
                raise
            time.sleep(0.1)
        else:
            return


def photograph(site: str, plan: dict[str, Any]) -> int:
    """All pictures of the plan; 1 when a page did not answer as it should."""
    failed = 0
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium_path(), args=ARGUMENTS, chromium_sandbox=os.geteuid() != 0
        )
        for picture in plan["picture"]:
            status = take(browser, site, picture, plan.get("password", ""))
            print(f"{picture['file']}  {status}")
            failed |= status != 200
        browser.close()
    return int(failed)


def take(browser: Browser, site: str, picture: dict[str, Any], password: str) -> int:
    """One picture, by a visitor of its own; returns the HTTP status of the page."""
    window = {"width": picture.get("width", 1280), "height": picture.get("height", 900)}
    context = browser.new_context(viewport=window, locale="zh-CN", timezone_id="Asia/Shanghai")  # type: ignore[arg-type]
    page = context.new_page()
    if who := picture.get("as"):
        page.goto(f"{site}{picture.get('login', '/login/')}")
        page.fill("input[name=username]", who)
        page.fill("input[name=password]", password)
        page.press("input[name=password]", "Enter")
        page.wait_for_load_state("networkidle")
    answer = page.goto(f"{site}{picture['path']}")
    page.wait_for_load_state("networkidle")
    file = ROOT / "docs" / "img" / picture["file"]
    file.parent.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=file, full_page=picture.get("full", False))
    context.close()
    return answer.status if answer else 0


if __name__ == "__main__":
    sys.exit(main())
