"""Installations with very many cases, made once by `huiyin fill` into build/filled and used again; an empty one is made anew each time."""

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.support import postgres

HERE = Path(__file__).resolve().parent.parent
FOLDER = Path(os.environ.get("BENCH_FOLDER", HERE / "build" / "filled"))
POSTGRESQL = {
    "shared_buffers": "1GB", "effective_cache_size": "4GB", "max_wal_size": "4GB", "maintenance_work_mem": "256MB",
}  # fmt: skip  # as docs/production.md says for a machine of this size
DATABASES = ("sqlite", "postgresql")


@dataclass(frozen=True)
class Installation:
    """One installation: the environment that its commands and its site run in."""

    database: str
    stored: int
    environment: Mapping[str, str]

    def huiyin(self, *arguments: str) -> str:
        """A command of this installation; what it prints. Raises CalledProcessError."""
        command = [sys.executable, "-m", "huiyin", *arguments]
        done = subprocess.run(command, check=True, cwd=HERE, env=self.environment, stdout=subprocess.PIPE, text=True)
        return done.stdout

    def token(self, officer: str) -> str:
        """A new token for the posting of this user."""
        found = re.search(
            r"hy_[A-Za-z0-9_-]{20,}", self.huiyin("token", "create", "--officer", officer, "--name", "bench")
        )
        assert found is not None
        return found[0]


@contextmanager
def installation(database: str, stored: int) -> Iterator[Installation]:
    """An installation with so many cases, filled now if it is not there yet."""
    with ExitStack() as stack:
        if stored:
            home = FOLDER / f"{database}-{stored}"
            home.mkdir(parents=True, exist_ok=True)
        else:
            home = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="huiyin-bench-")))
        environment = {k: v for k, v in os.environ.items() if not k.startswith("HUIYIN_") and k != "DATABASE_URL"}
        environment["HUIYIN_HOME"] = str(home)
        environment |= {"HUIYIN_SECOND_FACTOR": "none", "HUIYIN_SESSIONS": "20", "HUIYIN_SENT_ADDRESS": "100000"}
        if database == "postgresql":
            server = stack.enter_context(postgres.cluster(kept=home / "data" if stored else None, **POSTGRESQL))
            environment["DATABASE_URL"] = server.url()
        found = Installation(database, stored, environment)
        _fill(found, home / "filled")
        yield found


def _fill(one: Installation, done: Path) -> None:
    """Bring the installation up to the rules and tables of today, and to its size."""
    one.huiyin("demo", "--no-cases")
    if one.stored and not done.exists():
        one.huiyin("fill", str(one.stored))
        done.write_text(str(one.stored), encoding="ascii")
