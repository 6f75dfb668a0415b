"""What this machine has for tests that need more than Python."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

MISSING_CHROMIUM = (
    "未安装 Chromium，浏览器测试未运行：make deps 可安装 / Chromium is not installed; make deps installs it."
)
MISSING_FONT = (
    "未安装中文字体，浏览器测试未运行：make deps 可安装 / No Chinese font is installed; make deps installs one."
)


def chromium_path() -> str | None:
    """Debian's Chromium; Playwright's own download is never used. The build without windows, where it is installed, draws the same pages for
    less than half of the work."""
    return shutil.which("chromium-headless-shell") or shutil.which("chromium")


def chinese_font() -> bool:
    """Whether Chinese is drawn as characters and not as boxes."""
    if not shutil.which("fc-list"):
        return False
    listed = subprocess.run(["fc-list", ":lang=zh-cn"], capture_output=True, text=True, check=False)
    return bool(listed.stdout.strip())


def missing_for_browser() -> list[str]:
    """What keeps browser tests from running here, one line each."""
    return [line for line, there in ((MISSING_CHROMIUM, chromium_path()), (MISSING_FONT, chinese_font())) if not there]


MEMORY_DISK = Path("/dev/shm")
ROOM = 2_000_000_000  # bytes; a run takes some hundred millions


def in_memory() -> Path | None:
    """Where files of a test session may lie in memory, if there is room: a test that commits waits there for no disk. What is killed with -9
    finds its files as on a disk; what is measured (bench, torture) never lies there."""
    try:
        free = shutil.disk_usage(MEMORY_DISK).free if os.access(MEMORY_DISK, os.W_OK | os.X_OK) else 0
        with open("/proc/meminfo") as told:
            available = next(int(line.split()[1]) * 1024 for line in told if line.startswith("MemAvailable:"))
    except (OSError, StopIteration):
        return None
    return MEMORY_DISK if min(free, available // 2) >= ROOM else None


def session_folder() -> Path:
    """A new folder for everything temporary of a test session; those of sessions that were killed are removed."""
    parent = in_memory() or Path(tempfile.gettempdir())
    for old in parent.glob("huiyin-test-*-*"):
        owner = old.name.split("-")[2]
        if owner.isdecimal() and not Path("/proc", owner).exists():
            shutil.rmtree(old, ignore_errors=True)
    folder = Path(tempfile.mkdtemp(prefix=f"huiyin-test-{os.getpid()}-", dir=parent))
    folder.chmod(0o711)  # a database server that runs as somebody else goes through to its own folder
    return folder
