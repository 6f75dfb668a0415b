"""The site as `huiyin serve` starts it, in processes of its own, and what its workers weigh."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench._filled import HERE, Installation


@dataclass(frozen=True)
class Site:
    """A running site on a port of this machine."""

    port: int
    process: int

    def workers_mb(self) -> list[float]:
        """Resident memory of each worker process, in MB."""
        return sorted(_resident(pid) for pid in _children(self.process))

    def cpu_seconds(self) -> float:
        """What the workers have computed so far: unlike the clock it says the same on a busy machine and on a quiet one."""
        return sum(_computed(pid) for pid in _children(self.process))


@contextmanager
def served(one: Installation, workers: int) -> Iterator[Site]:
    """Start the site and wait until it answers; stop it at the end."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    command = [sys.executable, "-m", "huiyin", "serve", "--port", str(port), "--workers", str(workers)]
    server = subprocess.Popen(command, cwd=HERE, env=one.environment, stdout=subprocess.DEVNULL, stderr=sys.stderr)
    try:
        _wait(server, port)
        yield Site(port, server.pid)
    finally:
        server.terminate()
        server.wait(30)


def _wait(server: "subprocess.Popen[bytes]", port: int) -> None:
    for _ in range(600):
        if server.poll() is not None:
            raise RuntimeError("the site did not start")
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError("the site does not answer")


def _children(parent: int) -> list[int]:
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal() and _parent(entry) == parent:
            found.append(int(entry.name))
    return found


def _parent(entry: Path) -> int:
    try:
        return int((entry / "stat").read_text().rpartition(")")[2].split()[1])
    except (OSError, IndexError):
        return 0  # it ended meanwhile


def _resident(pid: int) -> float:
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1024 / 1024


def _computed(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def percentile(values: list[float], share: float) -> float:
    """The value that this share of them does not exceed; 0 where there are none."""
    ordered = sorted(values)
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)] if ordered else 0.0
