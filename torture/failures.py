"""What a real site stands on goes away while clients record: the database for a while, the mail server for a while, the room on the disk.

- The mail server refuses everything, then is back: every notice is sent once, none twice, and nothing is lost.
- PostgreSQL is stopped and started: meanwhile the site answers 503 and `/health/ready` says why; afterwards it records again by itself, within
  seconds. Every acknowledged event is there.
- The disk is full (a small tmpfs of our own; SQLite): the site says so, goes on reading, and records again when there is room.

Prints one JSON line for each. `python -m torture.failures [sqlite|postgresql] [SECONDS]`: how long each is away, 30 seconds when not said.
Where no file system of our own may be mounted the full disk is left out, and the line says so.
"""

import http.client
import json
import random
import signal
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from bench._filled import DATABASES, HERE, Installation, installation
from bench._site import served
from bench.dues_million import machine
from tests.support.doubles import free_port, mail_server
from torture._processes import Process, database_server
from torture.kills import Clerk, drained

AWAY = 30.0
BACK_SECONDS = 30  # by then the site records again
LETTERS = 20


def main() -> int:
    """The databases named, or both."""
    away = float(sys.argv[2]) if len(sys.argv) > 2 else AWAY
    return max(torture(name, away) for name in ([sys.argv[1]] if len(sys.argv) > 1 else DATABASES))


def torture(database: str, away: float) -> int:
    """Each failure in turn. Returns the exit code."""
    found = [_mail_away(database, away)]
    if database == "postgresql":
        found.append(_database_away(away))
    else:
        found.append(_disk_full())
    for figures in found:
        print(
            json.dumps(
                {"torture": "failures", "machine": machine(), "database": database, **figures}, ensure_ascii=False
            ),
            flush=True,
        )
    return 0 if all(figures["sound"] for figures in found) else 1


# -- the mail server


def _mail_away(database: str, away: float) -> dict[str, Any]:
    """Nobody listens, then everything is refused for now, then letters are taken."""
    port = free_port()
    with ExitStack() as stack:
        one = stack.enter_context(installation(database, 0))
        assert isinstance(one.environment, dict)
        one.environment.update(
            HUIYIN_MAIL=f"smtp://127.0.0.1:{port}?tls=none", HUIYIN_MAIL_FROM="12315@example.org", HUIYIN_SEND_SECONDS="2", HUIYIN_RETRY_MOST="3",
        )  # fmt: skip
        site = stack.enter_context(served(one, 1))
        clerk = _clerk(one, site.port)
        log = stack.enter_context((Path(one.environment["HUIYIN_HOME"]) / "worker.log").open("wb"))
        worker = Process(one, ("worker", "--every", "0.2"), log)
        worker.start()
        stack.callback(worker.stop)
        for _ in range(LETTERS):
            clerk.case()
        time.sleep(away / 2)
        with mail_server(port, rcpt="451 later"):
            time.sleep(away / 2)
        with mail_server(port) as mail:
            drained(one)
            time.sleep(1)
            got = [m["Message-ID"] for m in mail.got]
        states = _states(one)
        said = log.name and Path(log.name).read_text(encoding="utf-8", errors="replace")
        verified = _verified(one)
    sound = (
        verified
        and len(got) == len(set(got)) == states.get("sent", 0) >= LETTERS
        and not set(states) & {"queued", "sending", "unknown"}
    )
    return {
        "failure": "mail away", "seconds": away, "acknowledged": len(clerk.acknowledged), "states": states, "arrived": len(got),
        "arrived_twice": len(got) - len(set(got)), "log_says_so": "nothing is taken" in said and "is taken again" in said, "verify": verified,
        "sound": sound and "nothing is taken" in said and "is taken again" in said,
    }  # fmt: skip


STATES = """
import json
from collections import Counter
from huiyin.notices.models import Outbox
print("STATES", json.dumps(Counter(Outbox.objects.exclude(channel="inbox").values_list("state", flat=True))))
"""


def _states(one: Installation) -> dict[str, int]:
    out = one.huiyin("manage", "shell", "--command", STATES)
    found: dict[str, int] = json.loads(
        next(x for x in out.splitlines() if x.startswith("STATES")).removeprefix("STATES")
    )
    return found


# -- the database


def _database_away(away: float) -> dict[str, Any]:
    """Stopped with everybody inside, as when its machine restarts; a second server on the same folder is what comes back."""
    with ExitStack() as stack:
        one = stack.enter_context(installation("postgresql", 0))
        site = stack.enter_context(served(one, 2))
        clerk = _clerk(one, site.port)
        for _ in range(5):
            clerk.case()
        server = database_server(one)
        before = _asked(site.port, "/health/ready")[0]
        command = [part.decode() for part in Path(f"/proc/{server}/cmdline").read_bytes().split(b"\0") if part]
        owner = Path(f"/proc/{server}").stat().st_uid
        _end(server)
        began, statuses = time.monotonic(), []
        while time.monotonic() < began + away:
            statuses.append(_asked(site.port, "/health/ready"))
            statuses.append(_asked(site.port, "/", page=True))
            time.sleep(1)
        again = subprocess.Popen(
            command, user=owner, cwd="/", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
        )
        stack.callback(lambda: (again.send_signal(signal.SIGINT), again.wait(30)))
        back = time.monotonic()
        while _asked(site.port, "/health/ready")[0] != 200 and time.monotonic() < back + BACK_SECONDS:
            time.sleep(0.2)
        seconds = round(time.monotonic() - back, 1)
        clerk.connection = None
        for _ in range(5):
            clerk.case()
        verified = _verified(one)
    codes = sorted({status for status, _ in statuses})
    sound = before == 200 and codes == [503] and seconds < BACK_SECONDS and verified and len(clerk.acknowledged) == 40
    return {
        "failure": "database away", "seconds": away, "answers_meanwhile": codes, "says": statuses[0][1][:80], "back_after_s": seconds,
        "acknowledged": len(clerk.acknowledged), "verify": verified, "sound": sound,
    }  # fmt: skip


def _end(pid: int) -> None:
    import os

    os.kill(pid, signal.SIGINT)  # "fast": everybody is put out
    for _ in range(300):
        if (
            not Path(f"/proc/{pid}").exists()
            or Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
        ):
            return
        time.sleep(0.1)
    raise RuntimeError("the database server does not stop")


# -- the disk


def _disk_full() -> dict[str, Any]:
    """A site on a file system of its own that is filled up, and then has room again."""
    with ExitStack() as stack:
        one = stack.enter_context(installation("sqlite", 0))
        home = Path(one.environment["HUIYIN_HOME"])
        if subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=60m", "tmpfs", home], check=False, capture_output=True
        ).returncode:
            return {"failure": "disk full", "left_out": "no file system of our own may be mounted here", "sound": True}
        stack.callback(lambda: subprocess.run(["umount", "-l", home], check=False))
        one.huiyin("demo", "--no-cases")
        site = stack.enter_context(served(one, 1))
        clerk = _clerk(one, site.port)
        clerk.case()
        ballast = home / "ballast"
        _fill(ballast)
        ready = _asked(site.port, "/health/ready")
        answers: set[int] = set()
        clerk.patience, full = 0.0, []
        clerk.stopping.set()
        for _ in range(40):
            clerk.again = 1  # gives up after one answer
            clerk.case()
            full = [status for status in clerk.answers if status >= 500]
            answers |= set(clerk.answers)
            if full:
                break
        reads = _asked(site.port, "/", page=True)[0]
        last = clerk.last.decode("utf-8", "replace")
        ballast.unlink()
        clerk.patience = float("inf")
        before = len(clerk.acknowledged)
        clerk.case()
        verified = _verified(one)
    sound = ready[0] == 503 and "disk" in ready[1] and full == [503] and '"full"' in last and reads == 200 and verified
    return {
        "failure": "disk full", "ready": ready[0], "says": ready[1][:120], "answers": sorted(answers), "api_says": last[:120],
        "pages_still_read": reads, "acknowledged": len(clerk.acknowledged), "records_again": len(clerk.acknowledged) > before,
        "verify": verified, "sound": sound and len(clerk.acknowledged) > before,
    }  # fmt: skip


def _fill(path: Path) -> None:
    with path.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(b"\0" * 4096)
        except OSError:
            return


# -- asking


def _clerk(one: Installation, port: int) -> Clerk:
    import threading

    tokens = {"intake": one.token("intake.county_a"), "handler": one.token("handler.county_a")}
    return Clerk(port, tokens, random.Random(one.database), threading.Event())


def _asked(port: int, path: str, *, page: bool = False) -> tuple[int, str]:
    """Status and text of an address; 0 where there was no answer."""
    try:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        connection.request("GET", path, headers={"Accept": "text/html"} if page else {})
        answer = connection.getresponse()
        return answer.status, answer.read().decode("utf-8", "replace")
    except OSError:
        return 0, ""


def _verified(one: Installation) -> bool:
    command = [sys.executable, "-m", "huiyin", "verify"]
    return (
        subprocess.run(command, cwd=HERE, env=one.environment, check=False, stdout=subprocess.DEVNULL).returncode == 0
    )


if __name__ == "__main__":
    sys.exit(main())
