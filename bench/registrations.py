"""Registering a complaint, against the same statements run raw: on the same connection, with parameters ready, in turn. Bar: 0.35 of raw.

One registration is what a desk or a form sends: a complaint with eight texts, two parties with name, telephone, address and postcode, an
idempotency key; the application decides by the shipped rules, seals, indexes, numbers, chains and writes all copies. The statements are those
that it issued, caught on their way to the driver for registrations that were rolled back, and then run raw, each set in a transaction of its
own. The application runs in one thread and in six; raw in one. Prints one JSON line for each database.
`python -m bench.registrations [sqlite|postgresql]`
"""

import json
import os
import random
import secrets
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench.dues_million import machine

EACH = 180  # registrations in a run
TURN = 30
THREADS = 6
RUNS = 5
BAR = 0.35
PROCEDURE = "jiangmen/complaint"
Statement = tuple[str, tuple[Any, ...]]


def main() -> int:
    """Measure the databases named, or both, each in a process of its own; fail when one misses the bar."""
    if len(sys.argv) > 1:
        return measure(sys.argv[1])
    codes = [
        subprocess.run([sys.executable, "-m", "bench.registrations", name], check=False).returncode
        for name in ("sqlite", "postgresql")
    ]
    return 1 if any(codes) else 0


def measure(database: str) -> int:
    with office(database):
        figures = {"bench": "registrations", "machine": machine(), "database": database, **run()}
    print(json.dumps(figures, ensure_ascii=False), flush=True)
    return 0 if figures["met"] else 1


@contextmanager
def office(database: str) -> Iterator[None]:
    """A new installation with the sample world, in this process."""
    with tempfile.TemporaryDirectory(prefix="huiyin-bench-") as name:
        for variable in [v for v in os.environ if v.startswith("HUIYIN_")]:
            del os.environ[variable]
        os.environ["HUIYIN_HOME"] = name
        os.environ.pop("DATABASE_URL", None)
        if database == "sqlite":
            _set_up()
            yield
            return
        from tests.support import postgres

        with postgres.cluster() as server:
            os.environ["DATABASE_URL"] = server.url()
            _set_up()
            yield
            from django.db import connections

            connections.close_all()


def _set_up() -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = "huiyin.settings"
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    from huiyin.org import sample

    sample.make()


def run() -> dict[str, object]:
    """The figures of one database. Raw and application take turns by tens; the raw ones are of another unit, so that neither takes the
    other's numbers."""
    raw_one, app_one, chance = registering("city"), registering("county_a"), random.Random(1)
    for _ in range(30):
        raw_one(chance)
        app_one(chance)
    chances = [random.Random(f"thread {n}") for n in range(THREADS)]
    runs: dict[str, list[float]] = {"raw": [], "alone": [], "threads": []}
    with ThreadPoolExecutor(THREADS) as pool:

        def together() -> None:
            list(pool.map(lambda n: [app_one(chances[n]) for _ in range(TURN // THREADS)], range(THREADS)))

        together()
        for _ in range(RUNS):
            sets, spent = caught(raw_one, chance), dict.fromkeys(runs, 0.0)
            for first in range(0, EACH, TURN):
                spent["raw"] += timed(lambda some=sets[first : first + TURN]: run_raw(some))
                spent["alone"] += timed(lambda: [app_one(chance) for _ in range(TURN)])
                spent["threads"] += timed(together)
            for name, seconds in spent.items():
                runs[name].append(seconds)
        list(pool.map(lambda _: close_connection(), range(THREADS * 2)))
    statements, rows = size(sets)
    share = {
        name: [raw / app for raw, app in zip(runs["raw"], runs[name], strict=True)] for name in ("alone", "threads")
    }
    best = max(statistics.median(found) for found in share.values())
    return {
        "registrations": EACH, **{f"{name}_per_s": round(EACH / statistics.median(found)) for name, found in runs.items()},
        "share_alone": round(statistics.median(share["alone"]), 3), "share_threads": round(statistics.median(share["threads"]), 3),
        "threads": THREADS, "statements": statements, "rows": rows, "bar": BAR, "met": best >= BAR,
    }  # fmt: skip


def close_connection() -> None:
    """Of the thread that runs it."""
    from django.db import connection

    connection.close()


def registering(unit: str) -> Callable[[random.Random], object]:
    """Registers one invented complaint at a unit, as the page would."""
    from huiyin.cases import clock
    from huiyin.cases.actions import register
    from huiyin.cases.pins import procedure_at
    from huiyin.org.models import Officer

    by = Officer.objects.filter(role="intake_officer", unit_id=unit).select_related("person", "unit").first()
    rules = procedure_at(PROCEDURE, unit, clock.now())

    def one(chance: random.Random) -> object:
        facts, parties = complaint(chance)
        return register(rules, unit, by=by, facts=facts, parties=parties, key=secrets.token_hex(16))

    return one


def complaint(chance: random.Random) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """An invented complaint of some three hundred characters."""
    goods = chance.choice(["电饭煲", "电热水壶", "洗衣机", "手机", "运动鞋", "沙发"])
    told = f"在商店购买的{goods}用了两天就不能用，多次联系商店，商店以各种理由推托，至今没有解决。" * 4
    facts = {
        "channel": "phone", "real_name": True, "subject": f"{goods}质量纠纷", "when": "五月上旬", "where": "解放路商店", "who": "营业员",
        "what": told, "why": "商店称已拆封", "demand": "退货退款", "goods": goods, "amount_fen": chance.randrange(1000, 500000),
        "complainant_kind": "consumer", "within_duties": True, "place": "990121001",
    }  # fmt: skip
    parties = [
        {
            "role": "complainant", "name": f"投诉人{chance.randrange(10**6)}", "phone": f"139{chance.randrange(10**8):08d}",
            "address": f"示范市甲县城关{chance.randrange(500)}号", "postcode": "990000", "complainant_kind": "consumer",
            "natural_person": True, "area": "990121001",
        },
        {
            "role": "respondent", "name": f"示范商店{chance.randrange(3000)}", "phone": f"0990{chance.randrange(10**7):07d}",
            "address": f"示范市甲县解放路{chance.randrange(200)}号", "postcode": "990000", "respondent_kind": "business",
            "area": "990121001",
        },
    ]  # fmt: skip
    return facts, parties


# -- raw


class _Undo(Exception):
    """Ends the transaction in which statements were caught."""


def caught(register: Callable[[random.Random], object], chance: random.Random) -> list[list[Statement]]:
    """The statements of registrations that were rolled back, ready to be run. Their ids and numbers follow one another, as they will when
    they are run; what takes ids one by one inside a transaction is left out, since a registration alone takes them in blocks."""
    from django.db import connection, transaction

    sets: list[list[Statement]] = []

    def catch(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        bare = sql.split(None, 1)[0]
        if bare not in ("SAVEPOINT", "RELEASE") and not (params and params[0] == "id" and "cases_counter" in sql):
            sets[-1].append((sql, tuple(params or ())))
        return execute(sql, params, many, context)

    try:
        with transaction.atomic(), connection.execute_wrapper(catch):
            for _ in range(EACH):
                sets.append([])
                register(chance)
            raise _Undo
    except _Undo:
        _ids_taken()
        return [[_ready(*statement) for statement in one] for one in sets]


def _ready(sql: str, params: tuple[Any, ...]) -> Statement:
    """The statement as the driver takes it: SQLite's place holders, PostgreSQL's values put in."""
    from django.db import connection

    if connection.vendor == "sqlite":
        return sql.replace("%s", "?"), params
    import psycopg

    return psycopg.ClientCursor(connection.connection).mogrify(sql, params or None), ()


def run_raw(sets: list[list[Statement]]) -> None:
    """Each set in one transaction, straight to the driver's connection."""
    from django.db import connection

    connection.ensure_connection()
    raw: Any = connection.connection
    sqlite = connection.vendor == "sqlite"
    for one in sets:
        raw.execute("BEGIN IMMEDIATE" if sqlite else "BEGIN")
        for sql, params in one:
            cursor = raw.execute(sql, params) if sqlite else raw.execute(sql)
            if sql.startswith("SELECT") or "RETURNING" in sql:
                cursor.fetchall()
        raw.execute("COMMIT")


def _ids_taken() -> None:
    """On SQLite the ids that the raw runs used are still to be counted as used."""
    from django.db.models import F

    from huiyin.cases.models import Counter

    Counter.objects.filter(pk="id").update(value=F("value") + EACH)


def size(sets: list[list[Statement]]) -> tuple[int, dict[str, int]]:
    """Statements of one registration, and the rows it inserts by table."""
    rows: dict[str, int] = {}
    one = sets[-1]
    for sql, _params in one:
        if sql.startswith("INSERT"):
            table = sql.split('"')[1]
            head, _, tail = sql.partition(" ON CONFLICT")[0].partition(" VALUES ")
            width = head.count(",") + 1
            rows[table] = rows.get(table, 0) + (tail.count("?") // width if _params else _groups(tail))
    return len(one), rows


def _groups(tail: str) -> int:
    """Rows of a VALUES list whose values are put in: groups that begin outside of quotes."""
    count = depth = 0
    quoted = False
    for sign in tail:
        quoted ^= sign == "'"
        if not quoted:
            count += sign == "(" and depth == 0
            depth += (sign == "(") - (sign == ")")
    return count


def timed(function: Callable[[], object]) -> float:
    began = time.perf_counter()
    function()
    return time.perf_counter() - began


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
    sys.exit(main())
