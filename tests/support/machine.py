"""What this machine has for tests that need more than Python."""

import shutil
import subprocess

MISSING_CHROMIUM = (
    "未安装 Chromium，浏览器测试未运行：make deps 可安装 / Chromium is not installed; make deps installs it."
)
MISSING_FONT = (
    "未安装中文字体，浏览器测试未运行：make deps 可安装 / No Chinese font is installed; make deps installs one."
)


def chromium_path() -> str | None:
    """Debian's Chromium; Playwright's own download is never used."""
    return shutil.which("chromium")


def chinese_font() -> bool:
    """Whether Chinese is drawn as characters and not as boxes."""
    if not shutil.which("fc-list"):
        return False
    listed = subprocess.run(["fc-list", ":lang=zh-cn"], capture_output=True, text=True, check=False)
    return bool(listed.stdout.strip())


def missing_for_browser() -> list[str]:
    """What keeps browser tests from running here, one line each."""
    return [line for line, there in ((MISSING_CHROMIUM, chromium_path()), (MISSING_FONT, chinese_font())) if not there]
