"""Pages with very many cases stored: the list, the board, what is overdue, a case; for an officer of a small unit and for one who sees all.

Asked through HTTP, one after another, from a site as `huiyin serve --workers 2` starts it; the first page of each list and page 1,000 (by its key;
the last one where there are fewer). The queries of each page are counted in this process on the same database. Prints one JSON line for each
database. `python -m bench.pages [sqlite|postgresql] [STORED]`; without arguments both, with 1,000,000 cases.
"""

from __future__ import annotations

import http.client
import json
import os
import re
import subprocess
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from bench._filled import DATABASES, Installation, installation
from bench._site import Site, percentile, served
from bench.dues_million import machine

if TYPE_CHECKING:
    from huiyin.org.models import Officer

STORED = 1_000_000
TIMES = 60  # requests of each page
WARM = 5
DEEP = 1000
FEW = 1000  # cases that the officer of a small unit may see, or nearly so
SMALLEST = 4  # units in which he is looked for
P95_MS, QUERIES, MEMORY_MB = 100.0, 25, 250.0


def main() -> int:
    """Measure the databases named, or both, each in a process of its own; fail when one misses a bar."""
    if len(sys.argv) > 1:
        return measure(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else STORED)
    codes = [subprocess.run([sys.executable, "-m", "bench.pages", name], check=False).returncode for name in DATABASES]
    return 1 if any(codes) else 0


@dataclass(frozen=True)
class Reader:
    """An officer who looks, how many cases he may see, and his pages by name."""

    username: str
    sees: int
    pages: dict[str, str]


class Browser:
    """One connection with the cookies of somebody who is logged in."""

    def __init__(self, port: int, username: str, password: str) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
        self.cookies: dict[str, str] = {}
        _, page = self.ask("GET", "/login/")
        found = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
        assert found is not None
        form = {"csrfmiddlewaretoken": found[1], "username": username, "password": password}
        status, _ = self.ask("POST", "/login/", urlencode(form), {"Content-Type": "application/x-www-form-urlencoded"})
        if status != 302:
            raise RuntimeError(f"{username} cannot log in: {status}")

    def ask(
        self, method: str, address: str, body: str | None = None, headers: dict[str, str] | None = None
    ) -> tuple[int, str]:
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        self.connection.request(method, address, body, {**(headers or {}), "Cookie": cookies})
        answer = self.connection.getresponse()
        text = answer.read().decode()
        for cookie in answer.headers.get_all("Set-Cookie") or ():
            name, _, value = cookie.partition(";")[0].partition("=")
            self.cookies[name] = value
        return answer.status, text

    def timed(self, address: str) -> float:
        """Seconds until the page is there."""
        began = time.perf_counter()
        status, _ = self.ask("GET", address)
        if status != 200:
            raise RuntimeError(f"{address}: {status}")
        return time.perf_counter() - began


def measure(database: str, stored: int) -> int:
    with installation(database, stored) as one:
        with served(one, 2) as site:
            readers, queries = _prepared(one)  # once the site has put its static files in order
            from huiyin.org.sample import PASSWORD

            figures = {r.username: _asked(site, r, PASSWORD) for r in readers}
            memory = site.workers_mb()
        told = {
            r.username: {
                "sees": r.sees, "pages": {name: figures[r.username][name] | {"queries": queries[r.username, name]} for name in r.pages},
            }
            for r in readers
        }  # fmt: skip
        _let_go()
    each = [page for reader in told.values() for page in reader["pages"].values()]
    met = all(page["p95_ms"] <= P95_MS and page["queries"] <= QUERIES for page in each) and max(memory) <= MEMORY_MB
    found = {
        "bench": "pages", "machine": machine(), "database": database, "stored": stored, "readers": told,
        "workers_mb": [round(m) for m in memory], "met": met,
    }  # fmt: skip
    print(json.dumps(found, ensure_ascii=False), flush=True)
    return 0 if met else 1


def _asked(site: Site, reader: Reader, password: str) -> dict[str, dict[str, Any]]:
    """Every page in turn, so that none has a quieter moment than another."""
    browser = Browser(site.port, reader.username, password)
    waits: dict[str, list[float]] = {name: [] for name in reader.pages}
    for turn in range(WARM + TIMES):
        for name, address in reader.pages.items():
            wait = browser.timed(address)
            if turn >= WARM:
                waits[name].append(wait)
    return {
        name: {"p50_ms": round(percentile(own, 0.5) * 1000, 1), "p95_ms": round(percentile(own, 0.95) * 1000, 1)}
        for name, own in waits.items()
    }


# -- in this process: who looks at what, and how many queries it takes


def _prepared(one: Installation) -> tuple[list[Reader], dict[tuple[str, str], int]]:
    os.environ.clear()
    os.environ.update(one.environment, DJANGO_SETTINGS_MODULE="huiyin.settings")
    import django

    django.setup()
    readers = [_reader(_who_sees_few()), _reader(_who_sees_all())]
    return readers, {(r.username, name): _queries(r, address) for r in readers for name, address in r.pages.items()}


def _who_sees_few() -> Officer:
    """The officer of the smallest units whose number of cases is nearest to a thousand."""
    from django.db.models import Count

    from huiyin.cases.access import visible_to
    from huiyin.cases.models import AccessEntry
    from huiyin.org.models import Officer

    units = (
        AccessEntry.objects.filter(person="").values_list("unit").annotate(n=Count("case_id")).order_by("n")[:SMALLEST]
    )
    found = Officer.objects.filter(unit_id__in=[unit for unit, _ in units]).select_related("person", "unit")
    return min(found, key=lambda officer: abs(visible_to(officer).count() - FEW))


def _who_sees_all() -> Officer:
    from huiyin.org.models import Officer

    return Officer.objects.filter(role="intake_officer", unit_id="province").select_related("person", "unit")[0]


def _reader(officer: Officer) -> Reader:
    from huiyin.cases import boards, clock
    from huiyin.cases.access import visible_to
    from huiyin.web.views.work import PAGE

    seen = visible_to(officer).order_by("-pk")
    count = seen.count()
    deep = seen.values_list("pk", flat=True)[min(DEEP * PAGE, max(count - PAGE, 0))]
    late, pages = None, 1
    while pages < DEEP and (following := boards.limits(officer, None, late, 50 * PAGE, late_by=clock.now()).after):
        late, pages = following, pages + 50
    pages_of = {
        "list": "/cases/", "list_deep": f"/cases/?before={deep}", "case": f"/cases/~{seen.values_list('pk', flat=True)[0]}/",
        "case_deep": f"/cases/~{deep}/", "board": "/board/", "overdue": "/board/list/?what=red", "todo": "/work/",
        "inbox": "/inbox/", "identity": "/identity/",
    }  # fmt: skip
    if late is not None:
        pages_of["overdue_deep"] = "/board/list/?" + urlencode({"what": "red", "after": late})
    return Reader(officer.person.username, count, pages_of)


def _queries(reader: Reader, address: str) -> int:
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    from huiyin.org.models import Person

    client = Client(headers={"host": "localhost"})
    client.force_login(Person.objects.get(username=reader.username))
    client.get(address)
    with CaptureQueriesContext(connection) as caught:
        answer = client.get(address)
    if answer.status_code != 200:
        raise RuntimeError(f"{address}: {answer.status_code}")
    return len(caught)


def _let_go() -> None:
    from django.db import connections

    connections.close_all()
    for each in connections.all():
        if hasattr(each, "close_pool"):
            each.close_pool()


if __name__ == "__main__":
    sys.exit(main())
