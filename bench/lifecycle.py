"""Whole cases through the HTTP API: register, accept, dispatch, conclude, each a POST of its own, by two officers with tokens.

The site runs as `huiyin serve --workers 2`; six clients on the same two cores. Installations of several sizes are measured in turn, some seconds
each, so that the ratios hold however busy the machine is. Then ten cases a second are offered for a while, and the waits of single acts are
taken from the moment at which each was due. Prints one JSON line for each installation.

`python -m bench.lifecycle [sqlite|postgresql] [STORED ...]`; without arguments both databases with 0, 100,000 and 1,000,000 cases.
"""

import http.client
import json
import random
import secrets
import statistics
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

from bench._filled import DATABASES, Installation, installation
from bench._site import Site, percentile, served
from bench.dues_million import machine
from bench.registrations import complaint

SIZES = (0, 100_000, 1_000_000)
WORKERS = 2
CLIENTS = 6
ROUNDS = 5
TURN = 6.0  # seconds of one installation in one round
OFFERED = 10  # cases a second
OFFERED_SECONDS = 20
ACTS = 4
FLOOR, AIM = 30.0, 60.0  # cases a second
SHARE = {"sqlite": 0.8, "postgresql": 0.9}  # of the rate with nothing stored, at the largest size
P95_MS, MEMORY_MB = 250.0, 250.0
PROCEDURE = "national/complaint"


def main() -> int:
    """Measure the databases named, or both, each in a process of its own; fail when one misses a bar."""
    if len(sys.argv) > 1:
        return measure(sys.argv[1], tuple(map(int, sys.argv[2:])) or SIZES)
    codes = [
        subprocess.run([sys.executable, "-m", "bench.lifecycle", name], check=False).returncode for name in DATABASES
    ]
    return 1 if any(codes) else 0


@dataclass
class Running:
    """One installation that is measured."""

    one: Installation
    site: Site
    clients: list["Client"]
    rates: list[float] = field(default_factory=list)
    cycles: int = 0
    computed: float = 0.0  # seconds of the workers' processors at full load
    waits: list[float] = field(default_factory=list)  # seconds, of single acts at full load
    offered: list[float] = field(default_factory=list)  # the same at ten cases a second

    def turn(self, seconds: float) -> None:
        """Everybody works for so long."""
        until, began, before = time.monotonic() + seconds, time.monotonic(), self.site.cpu_seconds()
        with ThreadPoolExecutor(len(self.clients)) as pool:
            done = list(pool.map(lambda client: client.work(until), self.clients))
        count = sum(cycles for cycles, _ in done)
        self.rates.append(count / (time.monotonic() - began))
        self.cycles, self.computed = self.cycles + count, self.computed + self.site.cpu_seconds() - before
        self.waits += [wait for _, waits in done for wait in waits]

    def offer(self) -> None:
        """So many cases a second, whether those before are done or not."""
        clients = list(self.clients)
        spare = [self.clients[0].another(f"offered {n}") for n in range(2 * OFFERED)]
        clients += spare
        lock = threading.Lock()

        def one(due: float) -> None:
            with lock:
                client = clients.pop()
            try:
                waits = client.cycle(due)
            finally:
                with lock:
                    clients.append(client)
            with lock:
                self.offered.extend(waits)

        with ThreadPoolExecutor(len(clients)) as pool:
            began = time.monotonic()
            for n in range(OFFERED * OFFERED_SECONDS):
                due = began + n / OFFERED
                time.sleep(max(0.0, due - time.monotonic()))
                pool.submit(one, due).add_done_callback(lambda done: done.result())


class Client:
    """One connection that is kept; two officers work through it."""

    def __init__(self, port: int, tokens: dict[str, str], seed: str) -> None:
        self.port, self.tokens = port, tokens
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self.chance = random.Random(seed)

    def another(self, seed: str) -> "Client":
        return Client(self.port, self.tokens, seed)

    def work(self, until: float) -> tuple[int, list[float]]:
        """Case after case until then: how many, and the wait of every act."""
        count, waits = 0, []
        while time.monotonic() < until:
            waits += self.cycle(time.monotonic())
            count += 1
        return count, waits

    def cycle(self, due: float) -> list[float]:
        """One case; the first act was due at this moment, the others when the one before was answered."""
        facts, parties = complaint(self.chance)
        facts |= {
            "identity_verified": True,
            "within_area": True,
            "within_mediation": True,
            "respondent_known": True,
            "reasons": "质量问题",
        }
        waits = []
        number = ""
        for event, by, told in (
            ("registered", "intake", {"procedure": PROCEDURE, "facts": facts, "parties": parties}),
            ("accepted", "intake", {"facts": {"text": "符合受理条件"}}),
            (
                "dispatched",
                "intake",
                {"facts": {"to": "county_a", "dispatch_kind": "self", "case_subject": "质量纠纷"}},
            ),
            ("concluded", "handler", {"facts": {"outcome": "settled", "finding": "founded", "text": "双方和解"}}),
        ):
            address = "/api/cases" if event == "registered" else f"/api/cases/{number}/events/{event}"
            answer = self.send(address, by, told)
            number = number or f"~{answer['id']}"
            now = time.monotonic()
            waits.append(now - due)
            due = now
        return waits

    def send(self, address: str, by: str, told: dict[str, Any]) -> dict[str, Any]:
        headers = {
            "Authorization": f"Bearer {self.tokens[by]}", "Content-Type": "application/json",
            "Idempotency-Key": secrets.token_hex(16),
        }  # fmt: skip
        self.connection.request("POST", address, json.dumps(told), headers)
        answer = self.connection.getresponse()
        text = answer.read()
        if answer.status != 201:
            raise RuntimeError(f"{address}: {answer.status}: {text[:500]!r}")
        found: dict[str, Any] = json.loads(text)
        return found


def measure(database: str, sizes: tuple[int, ...]) -> int:
    """All sizes of one database, in turn."""
    with ExitStack() as stack:
        running = []
        for stored in sizes:
            one = stack.enter_context(installation(database, stored))
            tokens = {"intake": one.token("intake.county_a"), "handler": one.token("handler.county_a")}
            site = stack.enter_context(served(one, WORKERS))
            running.append(Running(one, site, [Client(site.port, tokens, f"{stored} {n}") for n in range(CLIENTS)]))
        for each in running:
            each.turn(2.0)
            each.rates.clear()
            each.waits.clear()
        for _ in range(ROUNDS):
            for each in running:
                each.turn(TURN)
        for each in running:
            each.offer()
        figures = [figure(each, running[0]) for each in running]
    for found in figures:
        print(json.dumps(found, ensure_ascii=False), flush=True)
    return 0 if all(found["met"] for found in figures) else 1


def figure(each: Running, empty: Running) -> dict[str, Any]:
    """What one installation gave, and its share of the first, round by round."""
    rate = statistics.median(each.rates)
    share = statistics.median(a / b for a, b in zip(each.rates, empty.rates, strict=True))
    memory = each.site.workers_mb()
    ms = {f"p{int(p * 100)}_ms": round(percentile(each.waits, p) * 1000) for p in (0.5, 0.95, 0.99)}
    cpu = round(each.computed / max(each.cycles, 1) * 1000, 1)
    calm = round(percentile(each.offered, 0.95) * 1000)
    met = rate >= FLOOR and share >= SHARE[each.one.database] and calm <= P95_MS and max(memory) <= MEMORY_MB
    return {
        "bench": "lifecycle", "machine": machine(), "database": each.one.database, "stored": each.one.stored, "cycles_per_s": round(rate, 1),
        "rounds": [round(r, 1) for r in each.rates], "aim": AIM, **ms, "cpu_ms_per_cycle": cpu, "share_of_first": round(share, 3),
        "offered_per_s": OFFERED, "offered_p50_ms": round(percentile(each.offered, 0.5) * 1000), "offered_p95_ms": calm,
        "workers_mb": [round(m) for m in memory], "met": met,
    }  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
