"""Registering a complaint through HTTP, against the same statements run raw: in turn, in one run. Bar: 0.35 of raw.

The site runs as `huiyin serve` starts it; clients in six threads send complaints to POST /api/cases with a token and an idempotency key, from
the same two cores. The statements are those the application issues for the same registration (see registrations.py). Prints one JSON line
for each database. `python -m bench.http_registrations [sqlite|postgresql]`
"""

import http.client
import json
import os
import random
import secrets
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from bench.dues_million import machine
from bench.registrations import (
    BAR,
    EACH,
    PROCEDURE,
    RUNS,
    THREADS,
    TURN,
    caught,
    complaint,
    office,
    registering,
    run_raw,
    size,
    timed,
)


def main() -> int:
    """Measure the databases named, or both, each in a process of its own; fail when one misses the bar."""
    if len(sys.argv) > 1:
        return measure(sys.argv[1])
    codes = [
        subprocess.run([sys.executable, "-m", "bench.http_registrations", name], check=False).returncode
        for name in ("sqlite", "postgresql")
    ]
    return 1 if any(codes) else 0


def measure(database: str) -> int:
    with office(database):
        token = _token()
        with served() as port:
            figures = {"bench": "http_registrations", "machine": machine(), "database": database, **run(port, token)}
    print(json.dumps(figures, ensure_ascii=False), flush=True)
    return 0 if figures["met"] else 1


def _token() -> str:
    from huiyin.api import tokens
    from huiyin.org.models import Officer

    officer = Officer.objects.filter(role="intake_officer", unit_id="county_a").first()
    return str(tokens.create(officer, "bench", scopes=("read", "write"))[1])


@contextmanager
def served() -> Iterator[int]:
    """The site on a free port, in a process of its own; waits until it answers."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    command = [sys.executable, "-m", "huiyin", "serve", "--port", str(port)]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=os.environ)
    try:
        for _ in range(200):
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            except OSError:
                time.sleep(0.1)
        else:
            raise RuntimeError("the site did not start")
        yield port
    finally:
        server.terminate()
        server.wait(20)


class Client:
    """One connection that is kept."""

    def __init__(self, port: int, token: str, seed: str) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self.token = token
        self.chance = random.Random(seed)

    def register(self) -> None:
        facts, parties = complaint(self.chance)
        body = json.dumps({"procedure": PROCEDURE, "facts": facts, "parties": parties})
        headers = {
            "Authorization": f"Bearer {self.token}",
            "Content-Type": "application/json",
            "Idempotency-Key": secrets.token_hex(16),
        }
        self.connection.request("POST", "/api/cases", body, headers)
        answer = self.connection.getresponse()
        told = answer.read()
        if answer.status != 201:
            raise RuntimeError(f"{answer.status}: {told[:500]!r}")


def run(port: int, token: str) -> dict[str, object]:
    raw_one, chance = registering("city"), random.Random(1)
    clients = [Client(port, token, f"thread {n}") for n in range(THREADS)]
    runs: dict[str, list[float]] = {"raw": [], "http": []}
    with ThreadPoolExecutor(THREADS) as pool:

        def together() -> None:
            list(pool.map(lambda c: [c.register() for _ in range(TURN // THREADS)], clients))

        for _ in range(6):
            together()
        raw_one(chance)
        for _ in range(RUNS):
            sets, spent = caught(raw_one, chance), dict.fromkeys(runs, 0.0)
            for first in range(0, EACH, TURN):
                spent["raw"] += timed(lambda some=sets[first : first + TURN]: run_raw(some))
                spent["http"] += timed(together)
            for name, seconds in spent.items():
                runs[name].append(seconds)
    statements, rows = size(sets)
    share = statistics.median(raw / app for raw, app in zip(runs["raw"], runs["http"], strict=True))
    return {
        "registrations": EACH, **{f"{name}_per_s": round(EACH / statistics.median(found)) for name, found in runs.items()},
        "share": round(share, 3), "threads": THREADS, "statements": statements, "rows": rows, "bar": BAR, "met": share >= BAR,
    }  # fmt: skip


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
    sys.exit(main())
