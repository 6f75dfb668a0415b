"""Sixteen processes record at random, legally and not, in the same fifty cases; afterwards every history is legal when it is played again.

Each process has a connection of its own and chooses case, officer, verb and facts at random; three attempts in four are on offer in the moment
they are chosen. What was acknowledged is written down. Then: every acknowledged act is there under its number; every act, decided again on what
stood before it, is let through by the rules and writes what was written; `verify` finds nothing, copies included.

Prints one JSON line for each database. `python -m torture.writers [sqlite|postgresql] [SECONDS]`; without arguments both, 120 seconds each.
"""

import json
import multiprocessing
import os
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

from bench._filled import DATABASES, HERE, installation
from bench.dues_million import machine

WRITERS = 16
CASES = 50
SECONDS = 120.0
SHOWN = 5
PROCEDURE = "national/complaint"
ROLES = ("intake_officer", "handler", "unit_head", "leader", "enforcement_officer", "mediator")


def main() -> int:
    """The databases named, or both; each inside an installation of its own."""
    if sys.argv[1:2] == ["inside"]:
        return inside(sys.argv[2], float(sys.argv[3]))
    seconds = sys.argv[2] if len(sys.argv) > 2 else str(SECONDS)
    return max(_torture(name, seconds) for name in ([sys.argv[1]] if len(sys.argv) > 1 else DATABASES))


def _torture(database: str, seconds: str) -> int:
    with installation(database, 0) as one:
        command = [sys.executable, "-m", "torture.writers", "inside", database, seconds]
        environment = {**one.environment, "HUIYIN_DB_POOL": str(2)}
        return subprocess.run(command, cwd=HERE, env=environment, check=False).returncode


def inside(database: str, seconds: float) -> int:
    """In a process that is set up for the installation."""
    from huiyin.commands import django_ready

    django_ready()
    from huiyin.cases.models import Case
    from huiyin.cases.verifying import verify
    from tests.support.writers import illegal, lost

    cases = _cases()
    known = dict(Case.objects.values_list("pk", "head_seq"))
    with tempfile.TemporaryDirectory(prefix="huiyin-writers-") as folder:
        answers, told = _write(cases, Path(folder), seconds)
    faults = [fault for case in cases for fault in illegal(case, known[case])]
    gone, report = lost(told), verify()
    contended = Counter(case for case, *_ in told)
    sound = not faults and not gone and report.sound and answers["died"] == 0 and len(told) > CASES
    figures: dict[str, Any] = {
        "torture": "writers", "machine": machine(), "database": database, "writers": WRITERS, "cases": CASES, "seconds": seconds,
        "answers": dict(answers), "acknowledged": len(told), "most_in_one_case": max(contended.values(), default=0), "lost": len(gone),
        "illegal": len(faults), "first": faults[:SHOWN], "events": report.events, "verify": [str(f) for f in report.findings[:SHOWN]] or "sound",
        "sound": sound,
    }  # fmt: skip
    print(json.dumps(figures, ensure_ascii=False), flush=True)
    return 0 if sound else 1


def _cases() -> list[int]:
    """Cases that stand where much may be done in them: registered, and half of them accepted and given to the county that has them."""
    from bench.registrations import complaint
    from huiyin.cases.actions import record, register
    from huiyin.org.models import Officer

    by, chance, found = (
        Officer.objects.get(person__username="intake.county_a", role="intake_officer"),
        random.Random(1),
        [],
    )
    for number in range(CASES):
        facts, parties = complaint(chance)
        facts |= {
            "identity_verified": True,
            "within_area": True,
            "within_mediation": True,
            "respondent_known": True,
            "reasons": "质量问题",
        }
        case = register(PROCEDURE, "county_a", by=by, facts=facts, parties=parties)
        if number % 2:
            record(case, "accepted", by=by, facts={"text": "符合受理条件"})
            record(
                case, "dispatched", by=by, facts={"to": "county_a", "dispatch_kind": "self", "case_subject": "质量纠纷"}
            )
        found.append(case.pk)
    return found


def _write(cases: list[int], folder: Path, seconds: float) -> tuple[Counter[str], list[tuple[int, str, int]]]:
    """All writers at once. What they were answered, and what was acknowledged to any of them."""
    from django.db import connection

    from huiyin.commands.serve import let_go_of

    let_go_of(connection)
    context = multiprocessing.get_context("fork")
    writers = [context.Process(target=_one, args=(number, cases, folder, seconds)) for number in range(WRITERS)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    answers: Counter[str] = Counter(died=sum(writer.exitcode != 0 for writer in writers))
    told = []
    for path in sorted(folder.glob("*.told")):
        told += [
            (int(a), b, int(c)) for a, b, c in (line.split() for line in path.read_text(encoding="ascii").splitlines())
        ]
    for path in folder.glob("*.answers"):
        answers.update(json.loads(path.read_text(encoding="ascii")))
    return answers, told


def _one(number: int, cases: list[int], folder: Path, seconds: float) -> None:
    from django.db import connections

    from huiyin.org.models import Officer
    from tests.support.writers import Writer

    for wrapper in connections.all():
        wrapper.connection = None
        getattr(type(wrapper), "_connection_pools", {}).clear()
    people = list(
        Officer.objects.filter(unit_id__in=["county_a", "city"], role__in=ROLES)
        .select_related("person", "unit")
        .order_by("pk")
    )
    with (folder / f"{number}.told").open("w", encoding="ascii") as file:

        def told(case: int, name: str, seq: int) -> None:
            file.write(f"{case} {name} {seq}\n")
            file.flush()

        writer = Writer(cases, people, random.Random(f"writer {number}"), told)
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            writer.act()
    (folder / f"{number}.answers").write_text(json.dumps(writer.answers), encoding="ascii")
    os._exit(0)  # nothing of the parent's is to be put in order by its copies


if __name__ == "__main__":
    sys.exit(main())
