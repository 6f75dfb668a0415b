"""Processes of an installation that is tortured: started, found, killed with -9."""

import os
import random
import re
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench._filled import HERE, Installation


@dataclass
class Process:
    """A command of the installation, in a process group of its own, started again whenever it is found dead."""

    one: Installation
    arguments: tuple[str, ...]
    log: Any
    running: "subprocess.Popen[bytes] | None" = None
    since: float = 0.0

    def start(self) -> None:
        command = [sys.executable, "-m", "huiyin", *self.arguments]
        self.running = subprocess.Popen(
            command, cwd=HERE, env=self.one.environment, stdout=self.log, stderr=self.log, start_new_session=True
        )
        self.since = time.monotonic()

    def ensure(self) -> None:
        if self.running is None or self.running.poll() is not None:
            self.start()

    def kill(self) -> bool:
        """All of its processes at once. False where it was dead already."""
        if self.running is None or self.running.poll() is not None:
            return False
        os.killpg(self.running.pid, signal.SIGKILL)
        self.running.wait()
        return True

    def kill_child(self, chance: random.Random) -> bool:
        """One of its processes."""
        if self.running is None or not (found := children(self.running.pid)):
            return False
        return killed(chance.choice(found))

    def stop(self) -> None:
        if self.running is not None and self.running.poll() is None:
            self.running.terminate()
            self.running.wait(30)


def children(parent: int) -> list[int]:
    """Ids of the processes that this one started."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            try:
                if int((entry / "stat").read_text().rpartition(")")[2].split()[1]) == parent:
                    found.append(int(entry.name))
            except (OSError, IndexError):
                continue  # it ended meanwhile
    return found


def killed(pid: int) -> bool:
    """Kill one process with -9. False where it was gone already."""
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return False
    return True


def database_server(one: Installation) -> int:
    """The process of the database server; 0 where there is none."""
    folder = re.search(r"host=([^&]+)", one.environment.get("DATABASE_URL", ""))
    if folder is None:
        return 0
    try:
        return int(Path(folder[1], ".s.PGSQL.5432.lock").read_text().split()[0])
    except (OSError, ValueError, IndexError):
        return 0


def database_backends(one: Installation) -> list[int]:
    """The processes of the database server that serve us."""
    server = database_server(one)
    if not server:
        return []
    names = {
        pid: Path(f"/proc/{pid}/cmdline").read_bytes() for pid in children(server) if Path(f"/proc/{pid}").exists()
    }
    return [pid for pid, name in names.items() if b"huiyin postgres" in name]
