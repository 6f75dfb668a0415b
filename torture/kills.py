"""Server and worker killed with -9 at random moments while clients record cases; afterwards nothing acknowledged may be missing.

Six clients register, accept, dispatch and conclude cases through the HTTP API; the worker sends notices to a mail server on this machine. As
soon as they have got some work done, something dies in the middle of it: the site with all its processes, one of its processes, the worker; on
PostgreSQL also a backend of the database, upon which its server ends all others and recovers. A client that had no answer asks again with the
same idempotency key, as a client should. When the kills are done the installation is left alone until the outbox is empty, and then looked at:

- every acknowledged event is there, once; no case has an event twice;
- `huiyin verify` finds nothing: chains, heads, numbers, every copy equal to what follows from the events;
- every case that was accepted has the same notices; each was sent once, or is marked as unknown and was sent at most once;
- no request was answered with a defect (500): a database that is away is said to be away (503).

Prints one JSON line for each database. `python -m torture.kills [sqlite|postgresql] [KILLS]`; without arguments both, 200 kills each.
kill -9 does not test power loss: what was written is still in the memory of the system.
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
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench._filled import DATABASES, HERE, Installation, installation
from bench.dues_million import machine
from bench.lifecycle import PROCEDURE
from bench.registrations import complaint
from tests.support.doubles import free_port, mail_server
from torture._processes import Process, database_backends, killed

KILLS = 200
CLIENTS = 6
WORK = (
    1,
    14,
)  # events acknowledged since the last kill before the next: who kills what is still starting tests nothing
MOMENT = 0.6  # seconds at most from there to the kill, so that it strikes anywhere
PATIENCE = 90  # seconds without that much work, and it is killed all the same
LOOK = 0.02  # seconds between looks at what was acknowledged
WARM_SECONDS = 3  # a worker younger than this is still starting
DRAIN_SECONDS = 180  # a lease on a notice runs out, and the worker takes up what the dead one left
ACTS = ("registered", "accepted", "dispatched", "concluded")


def main() -> int:
    """Torture the databases named, or both."""
    kills = int(sys.argv[2]) if len(sys.argv) > 2 else KILLS
    names = [sys.argv[1]] if len(sys.argv) > 1 else list(DATABASES)
    return max(torture(name, kills) for name in names)


# -- who records


@dataclass
class Clerk:
    """A client that records case after case and notes what was acknowledged."""

    port: int
    tokens: dict[str, str]
    chance: random.Random
    stopping: threading.Event
    acknowledged: list[tuple[int, str, int]] = field(
        default_factory=list
    )  # case, event, number of the event in the case
    again: int = 0  # requests that had to be sent again
    refused: list[str] = field(default_factory=list)
    answers: Counter[int] = field(default_factory=Counter)  # other than acknowledged, by status
    last: bytes = b""
    connection: http.client.HTTPConnection | None = None

    def work(self) -> None:
        """Until it is told to stop."""
        while not self.stopping.is_set():
            try:
                self.case()
            except Exception as error:  # a client that fell silent would make the test a smaller one
                self.refused.append(repr(error))

    def case(self) -> None:
        facts, parties = complaint(self.chance)
        facts |= {
            "identity_verified": True, "within_area": True, "within_mediation": True, "respondent_known": True, "reasons": "质量问题",
        }  # fmt: skip
        parties[0]["email"] = f"somebody{secrets.token_hex(6)}@example.org"
        told: dict[str, dict[str, Any]] = {
            "registered": {"procedure": PROCEDURE, "facts": facts, "parties": parties},
            "accepted": {"facts": {"text": "符合受理条件"}},
            "dispatched": {"facts": {"to": "county_a", "dispatch_kind": "self", "case_subject": "质量纠纷"}},
            "concluded": {"facts": {"outcome": "settled", "finding": "founded", "text": "双方和解"}},
        }
        case = 0
        for event in ACTS:
            address = f"/api/cases/~{case}/events/{event}" if case else "/api/cases"
            answer = self.send(address, "handler" if event == "concluded" else "intake", told[event])
            if answer is None:
                return
            case = case or answer["id"]
            self.acknowledged.append((case, event, answer["seq"]))

    def send(self, address: str, by: str, told: dict[str, Any]) -> dict[str, Any] | None:
        """Until there is an answer, always with the same key. None when we are stopping, or it was refused."""
        body, key = json.dumps(told), secrets.token_hex(16)
        headers = {
            "Authorization": f"Bearer {self.tokens[by]}", "Content-Type": "application/json", "Idempotency-Key": key,
        }  # fmt: skip
        while True:
            try:
                if self.connection is None:
                    self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
                self.connection.request("POST", address, body, headers)
                answer = self.connection.getresponse()
                text = answer.read()
                if answer.status in (200, 201):
                    found: dict[str, Any] = json.loads(text)
                    return found
                self.answers[answer.status] += 1
                self.last = text[:300]
                if answer.status < 500 and answer.status != 409:
                    self.refused.append(f"{address} {answer.status} {text[:300]!r}")
                    return None
            except (OSError, http.client.HTTPException, ValueError):  # no answer, or half of one
                if self.connection is not None:
                    self.connection.close()
                self.connection = None
            if self.stopping.is_set() and self.again > 0 and time.monotonic() > self.patience:
                return None
            self.again += 1
            time.sleep(self.chance.uniform(0.02, 0.2))

    patience: float = float("inf")


# -- the run


def torture(database: str, kills: int) -> int:
    """One database. Returns the exit code."""
    with ExitStack() as stack:
        one = stack.enter_context(installation(database, 0))
        mail = stack.enter_context(mail_server())
        assert isinstance(one.environment, dict)
        one.environment.update(
            HUIYIN_MAIL=f"smtp://127.0.0.1:{mail.port}?tls=none", HUIYIN_MAIL_FROM="12315@example.org", HUIYIN_SEND_SECONDS="2",
            HUIYIN_RETRY_MOST="2",
        )  # fmt: skip
        tokens = {"intake": one.token("intake.county_a"), "handler": one.token("handler.county_a")}
        log = stack.enter_context((Path(one.environment["HUIYIN_HOME"]) / "torture.log").open("wb"))
        port = free_port()
        site = Process(one, ("serve", "--port", str(port), "--workers", "2"), log)
        worker = Process(one, ("worker", "--every", "0.2"), log)
        clerks, killed, seconds, gaps = run(one, site, worker, port, tokens, kills)
        time.sleep(1)
        found = examine(one, clerks, [m["Message-ID"].strip("<>").partition("@")[0] for m in mail.got])
    figures = {
        "torture": "kills", "machine": machine(), "database": database, "kills": sum(killed.values()), "killed": dict(killed),
        "minutes": round(seconds / 60, 1), "until_the_next_event_s": [round(statistics.median(gaps), 1), round(max(gaps), 1)],
        "sent_again": sum(c.again for c in clerks), **found,
    }  # fmt: skip
    print(json.dumps(figures, ensure_ascii=False), flush=True)
    return 0 if found["sound"] else 1


def run(
    one: Installation, site: Process, worker: Process, port: int, tokens: dict[str, str], kills: int
) -> tuple[list[Clerk], Counter[str], float, list[float]]:
    """Clients at work until that many processes have died, then until the outbox is empty. Last: seconds from each kill to the next event."""
    chance, stopping, killed, gaps = random.Random(one.database), threading.Event(), Counter[str](), [0.0]
    clerks = [Clerk(port, tokens, random.Random(f"{one.database} {n}"), stopping) for n in range(CLIENTS)]
    began = time.monotonic()
    site.start()
    worker.start()
    with ThreadPoolExecutor(CLIENTS) as pool:
        working = [pool.submit(clerk.work) for clerk in clerks]
        try:
            while sum(killed.values()) < kills:
                gaps.append(worked(site, worker, clerks, chance))
                time.sleep(chance.uniform(0, MOMENT))
                warm = time.monotonic() - worker.since > WARM_SECONDS
                what = chance.choices(
                    ["site", "one of the site", "worker", "database"],
                    [3, 4, 4 * warm, 2 if one.database == "postgresql" else 0],
                )[0]
                killed[what] += _kill(what, one, site, worker, chance)
                if killed.total() % 20 == 0:
                    print(
                        f"{one.database}: {killed.total()} kills, {_told(clerks)} events acknowledged",
                        file=sys.stderr,
                        flush=True,
                    )
                site.ensure()
                worker.ensure()
        finally:
            for clerk in clerks:
                clerk.patience = time.monotonic() + 60
            stopping.set()
        for each in working:
            each.result()
    drained(one)
    site.stop()
    worker.stop()
    return clerks, killed, time.monotonic() - began, gaps


def worked(site: Process, worker: Process, clerks: list[Clerk], chance: random.Random) -> float:
    """Wait until some events were acknowledged. Returns the seconds to the first of them."""
    before, enough = _told(clerks), chance.randint(*WORK)
    began = time.monotonic()
    first = 0.0
    for _look in range(int(PATIENCE / LOOK)):  # counted, not timed: the machine may have been held up meanwhile
        if (done := _told(clerks) - before) >= enough:
            break
        site.ensure()  # it gives up when the database is recovering, and whoever watches over it starts it again
        worker.ensure()
        if done and not first:
            first = time.monotonic() - began
        time.sleep(LOOK)
    if not _told(clerks) > before:
        site.log.flush()
        last = Path(site.log.name).read_text(encoding="utf-8", errors="replace").splitlines()[-40:]
        raise RuntimeError("nothing is recorded any more\n" + "\n".join(last))
    return first or time.monotonic() - began


def _told(clerks: list[Clerk]) -> int:
    return sum(len(clerk.acknowledged) for clerk in clerks)


def _kill(what: str, one: Installation, site: Process, worker: Process, chance: random.Random) -> bool:
    if what == "site":
        return site.kill()
    if what == "one of the site":
        return site.kill_child(chance)
    if what == "worker":
        return worker.kill()
    found = database_backends(one)
    return bool(found) and killed(chance.choice(found))


WAITING = """
from huiyin.notices.models import QUEUED, SENDING, Outbox
print("WAITING", Outbox.objects.filter(state__in=[QUEUED, SENDING]).exclude(channel="inbox").count())
"""
LEFT = """
import json
from huiyin.cases.models import Case, Event
from huiyin.notices.models import PARTY, Outbox
events = [list(row) for row in Event.objects.order_by("case_id", "seq").values_list("case_id", "seq", "name")]
rows = [list(row) for row in Outbox.objects.values_list("case_id", "seq", "to_kind", "to", "about", "topic", "state", "message_id", "channel")]
print("LEFT", json.dumps({"events": events, "notices": rows, "cases": Case.objects.count()}))
"""


def _asked(one: Installation, code: str, word: str) -> str:
    """What a piece of code prints after that word, run inside the installation."""
    out = one.huiyin("manage", "shell", "--command", code)
    return next(line for line in out.splitlines() if line.startswith(word)).removeprefix(word).strip()


def drained(one: Installation) -> None:
    """Wait until no notice is waiting any more."""
    until = time.monotonic() + DRAIN_SECONDS
    while time.monotonic() < until:
        if _asked(one, WAITING, "WAITING") == "0":
            return
        time.sleep(5)


def examine(one: Installation, clerks: list[Clerk], got: list[str]) -> dict[str, Any]:
    """What is there afterwards, held against what was acknowledged and what arrived."""
    left = json.loads(_asked(one, LEFT, "LEFT"))
    there = {(case, seq): name for case, seq, name in left["events"]}
    twice = [
        key for key, n in Counter((case, name) for case, _, name in left["events"] if name in ACTS).items() if n > 1
    ]
    told = [entry for clerk in clerks for entry in clerk.acknowledged]
    missing = [(case, event, seq) for case, event, seq in told if there.get((case, seq)) is None]
    named = set(_named(there))
    other = [(case, event) for case, event, _ in told if (case, event) not in named]
    verified = subprocess.run(
        [sys.executable, "-m", "huiyin", "verify"],
        cwd=HERE,
        env=one.environment,
        check=False,
        capture_output=True,
        text=True,
    )
    arrived = Counter(got)
    letters = [row for row in left["notices"] if row[2] == "party" and row[8] not in ("", "inbox")]
    lost = [row for row in letters if row[6] == "sent" and arrived[row[7]] != 1]
    doubled = [id for id, n in arrived.items() if n > 1]
    kinds: dict[tuple[Any, ...], set[int]] = {}
    for case, _seq, to_kind, to, about, topic, *_ in left["notices"]:
        kinds.setdefault((to_kind, to, about, topic), set()).add(case)
    done = {case for case, event in named if event == "concluded"}
    some = {kind: cases & done for kind, cases in kinds.items() if not kind[3]}
    without = sum(len(done) - len(cases) for cases in some.values() if cases)
    states = Counter(row[6] for row in left["notices"])
    refused = [text for clerk in clerks for text in clerk.refused]
    answers = sum((clerk.answers for clerk in clerks), Counter[int]())
    sound = not (missing or other or twice or lost or doubled or without or refused or answers[500])
    sound = sound and verified.returncode == 0
    waiting = states["queued"] + states["sending"]
    return {
        "cases": left["cases"], "events": len(there), "acknowledged": len(told), "missing": len(missing) + len(other), "twice": len(twice),
        "verify": "sound" if verified.returncode == 0 else verified.stdout[-2000:], "notices": dict(states), "arrived": len(got),
        "arrived_twice": len(doubled), "lost": len(lost), "cases_without_a_notice": without, "refused": refused[:3],
        "other_answers": dict(answers),
        "sound": sound and waiting == 0 and len(told) > 0 and len(got) > 0,
    }  # fmt: skip


def _named(there: dict[tuple[int, int], str]) -> list[tuple[int, str]]:
    return [(case, name) for (case, _), name in there.items()]


if __name__ == "__main__":
    sys.exit(main())
