"""`huiyin verify` over a log of a million events: sound, and with one event altered, one taken out and two that changed places, which it must
name and nothing else. On each database, in a folder of its own.

The log is built by rows with right chains: the bodies of one case that went through the application, under the ids and numbers of a hundred
thousand cases. `peak_mb` is the most memory the process ever held, building included. Prints one JSON line a database.
`python -m bench.verify_million [RUNS] [sqlite|postgresql]`
"""

import json
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from bench.dues_million import machine
from bench.registrations import complaint, office

CASES = 100_000
EVENTS = 10  # of each case
RUNS = 5
CHUNK = 500
COMMAND = (sys.executable, "-m", "bench.verify_million")


def main() -> int:
    """Build, verify, tamper, verify; fail when what was tampered with is not what is named. Each database in a process of its own."""
    runs, *only = sys.argv[1:] or [str(RUNS)]
    if not only:
        codes = [subprocess.run([*COMMAND, runs, name], check=False).returncode for name in ("sqlite", "postgresql")]
        return max(codes)
    with office(only[0]):
        figures = {"database": only[0], **measure(int(runs))}
    print(json.dumps({"bench": "verify_million", "machine": machine(), **figures}, ensure_ascii=False), flush=True)
    return 0 if figures["named"] else 1


def measure(runs: int) -> dict[str, Any]:
    from huiyin.cases.anchoring import anchor
    from huiyin.cases.verifying import verify

    began = time.perf_counter()
    build()
    built = time.perf_counter() - began
    began = time.perf_counter()
    row = anchor()
    anchored = time.perf_counter() - began
    seconds = []
    for _ in range(runs):
        began = time.perf_counter()
        report = verify(with_copies=False)
        seconds.append(time.perf_counter() - began)
        assert report.sound, report.findings[:3]
    wanted = tamper()
    began = time.perf_counter()
    report = verify(with_copies=False)
    altered = time.perf_counter() - began
    found = [(f.kind, f.case_id, f.seq) for f in report.findings if f.kind != "leaf"]
    return {
        "events": report.events, "cases": row.cases, "median_s": round(statistics.median(seconds), 1),
        "runs_s": [round(s, 1) for s in seconds], "per_event_us": round(statistics.median(seconds) / report.events * 1e6, 1),
        "peak_mb": round(memory()), "with_altered_s": round(altered, 1), "named": set(found) == wanted,
        "found": [list(f) for f in found], "anchor_s": round(anchored, 1), "build_s": round(built, 1),
    }  # fmt: skip


def memory() -> float:
    """The most this process ever held, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


# -- the log


def template() -> list[dict[str, Any]]:
    """The columns of ten events of one case, recorded by the application."""
    import random

    from huiyin.cases import clock
    from huiyin.cases.actions import record, register
    from huiyin.cases.models import Event
    from huiyin.cases.pins import procedure_at
    from huiyin.org.models import Officer

    def who(role: str, unit: str) -> Officer:
        found = Officer.objects.filter(role=role, unit_id=unit).select_related("person", "unit").first()
        assert found is not None
        return found

    start = datetime(2026, 5, 11, 9)
    facts, parties = complaint(random.Random(1))
    with clock.at(start):
        rules = procedure_at("jiangmen/complaint", "city", start)
        case = register(rules, "city", by=who("intake_officer", "city"), facts=facts, parties=parties)
    while (have := Event.objects.filter(case=case).count()) < EVENTS:
        with clock.at(start + timedelta(hours=have)):
            record(case, "note_added", by=who("intake_officer", "city"), facts={"text": "已与双方联系，继续核实。"})
    return list(Event.objects.filter(case=case).order_by("seq").values())[:EVENTS]


def build() -> None:
    """Insert the cases beside the one that served as their model."""
    from django.db import connection, transaction

    from huiyin.cases import copies
    from huiyin.cases.models import Case, Counter
    from huiyin.cases.writing import EVENT

    events = template()
    model = Case.objects.get()
    plain = {name: getattr(model, name) for name in copies.CASE.columns}
    lite = connection.vendor == "sqlite"
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA synchronous=OFF" if lite else "SET synchronous_commit = off")
    for first in range(1, CASES, CHUNK):
        heads, rows = [], []
        for number in range(first, min(first + CHUNK, CASES)):
            chained = list(chain_of(model.pk + number, events, plain["number"], f"2026{number + 1:06}"))
            rows += chained
            changed = {
                "id": model.pk + number, "head_seq": EVENTS, "head_hash": chained[-1][-1], "series_no": number + 1,
                "number": f"2026{number + 1:06}",
            }  # fmt: skip
            heads.append(tuple((plain | changed).values()))
        with transaction.atomic():
            copies.CASE.insert(heads)
            EVENT.insert(rows)
    Counter.objects.filter(pk=model.series).update(value=CASES)
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA synchronous=FULL" if lite else "RESET synchronous_commit")


def chain_of(case_id: int, events: list[dict[str, Any]], was: str, number: str) -> Iterator[tuple[Any, ...]]:
    """The events as those of another case."""
    from huiyin.cases.writing import EVENT
    from huiyin.vault import chain

    prev = chain.genesis(f"case:{case_id}")
    for event in events:
        body = event["body"].replace(f'"{was}"', f'"{number}"')
        prev = chain.link(prev, event["seq"], body)
        yield tuple((event | {"case_id": case_id, "body": body, "hash": prev})[name] for name in EVENT.columns)


def tamper() -> set[tuple[str, int, int]]:
    """In three cases far apart, past every guard: change one word, take one event out, let two change places. What verify must name: the
    altered event, the missing one, and both that stand where the other belongs."""
    from django.db import connection

    from huiyin.cases.models import Event
    from huiyin.vault import db

    ids = list(Event.objects.filter(seq=1).order_by("case_id").values_list("case_id", flat=True))
    altered, cut, swapped = ids[CASES // 2], ids[CASES // 4], ids[-7]
    body = Event.objects.get(case_id=altered, seq=1).body
    text = body.replace('"channel":"phone"', '"channel":"visit"')
    assert text != body
    with db.unprotected(), connection.cursor() as cursor:
        cursor.execute("UPDATE cases_event SET body = %s WHERE case_id = %s AND seq = 1", [text, altered])
        cursor.execute("DELETE FROM cases_event WHERE case_id = %s AND seq = 4", [cut])
        for was, now in ((3, 99), (5, 3), (99, 5)):
            cursor.execute("UPDATE cases_event SET seq = %s WHERE case_id = %s AND seq = %s", [now, swapped, was])
    return {("altered", altered, 1), ("missing", cut, 4), ("moved", swapped, 3), ("moved", swapped, 5)}


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
    sys.exit(main())
