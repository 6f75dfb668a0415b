"""Search with very many cases stored: the newest twenty by terms of two, three and four signs, rare and common, and by two terms together; for an
officer of a county and for one who sees the whole province.

Terms are cut out of the texts of cases that lie there, and told apart by how many of the newest twenty thousand cases hold them. Every search is the
whole of what the page asks (access, passages, the entry in the log). Prints one JSON line for each database.
`python -m bench.search [sqlite|postgresql] [STORED]`; `python -m bench.search here` measures the installation of the environment.
"""

from __future__ import annotations

import itertools
import json
import os
import random
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

from bench._filled import DATABASES, installation
from bench._site import percentile
from bench.dues_million import machine

if TYPE_CHECKING:
    from huiyin.org.models import Officer

STORED = 1_000_000
P95_MS = {"sqlite": 300.0, "postgresql": 500.0}
TERMS = 12  # of each class
ROUNDS = 3
SAMPLE = 1500  # cases that terms are cut out of
TRIED = 150  # terms of each length that are counted
VIEWERS = {"county": ("intake_officer", "county_a"), "province": ("director", "province")}


def main() -> int:
    """Measure the databases named, or both, each in a process of its own; fail when one misses its bar."""
    if sys.argv[1:] == ["here"]:
        return measure(dict(os.environ))
    if len(sys.argv) > 1:
        with installation(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else STORED) as found:
            return measure(dict(found.environment))
    codes = [subprocess.run([sys.executable, "-m", "bench.search", name], check=False).returncode for name in DATABASES]
    return 1 if any(codes) else 0


def measure(environment: dict[str, str]) -> int:
    """All classes for both viewers. Returns the exit code."""
    os.environ.update(environment, DJANGO_SETTINGS_MODULE="huiyin.settings")
    import django

    django.setup()
    from django.db import connection

    from huiyin.cases.models import Case
    from huiyin.org.models import Officer

    classes = terms()
    found: dict[str, Any] = {}
    for name, (role, unit) in VIEWERS.items():
        officer = Officer.objects.filter(role=role, unit_id=unit).select_related("person", "unit")[0]
        found[name] = {kind: timed(officer, typed) for kind, typed in classes.items()}
    worst = max(one["p95_ms"] for of in found.values() for one in of.values())
    bar = P95_MS[connection.vendor]
    told = {
        "bench": "search", "database": connection.vendor, "cases": Case.objects.count(), "machine": machine(), "found": found,
        "worst_p95_ms": worst, "bar_ms": bar, "met": worst <= bar, "terms": classes,
    }  # fmt: skip
    print(json.dumps(told, ensure_ascii=False))
    return 0 if worst <= bar else 1


def timed(officer: Officer, typed: list[str]) -> dict[str, float]:
    """Milliseconds of a search, over all terms of a class."""
    from huiyin.search.searching import Filters, search
    from huiyin.search.shown import passages

    took, shown = [], 0
    for _ in range(ROUNDS):
        for text in typed:
            start = time.perf_counter()
            found = search(officer, text, Filters())
            passages(found.events, found.looked_for)
            took.append((time.perf_counter() - start) * 1000)
            shown += len(found.hits)
    return {
        "p50_ms": round(percentile(took, 0.50), 1), "p95_ms": round(percentile(took, 0.95), 1), "shown": round(shown / len(took), 1),
    }  # fmt: skip


def terms() -> dict[str, list[str]]:
    """Terms by class, the same ones at every run on the same cases."""
    chance = random.Random(5)
    classes: dict[str, list[str]] = {}
    by_length = {length: _counted(length, chance) for length in (2, 3, 4)}
    for length, counted in by_length.items():
        order = sorted(counted, key=lambda term: (counted[term], term))
        classes[f"{length} signs, rare"] = order[:TERMS]
        classes[f"{length} signs, common"] = order[-TERMS:]
    two = sorted(by_length[2], key=lambda term: (by_length[2][term], term))
    classes["two terms, both common"] = [
        f"{a} {b}" for a, b in zip(two[-TERMS:], two[-2 * TERMS : -TERMS], strict=True)
    ]
    classes["two terms, one rare"] = [f"{a} {b}" for a, b in zip(two[-TERMS:], two[:TERMS], strict=True)]
    return classes


def _counted(length: int, chance: random.Random) -> dict[str, int]:
    """Terms of that many signs, each with how many of the newest cases hold it; at least one does."""
    from huiyin.search.finding import newest
    from huiyin.search.index import INDEXES, SPAN
    from huiyin.search.words import OPEN, terms, units

    cut: list[str] = []
    for text in _texts(chance):
        signs = [unit for unit in units(text) if unit.is_sign]
        for at in range(len(signs) - length + 1):
            some = signs[at : at + length]
            if all(a.end == b.start for a, b in itertools.pairwise(some)):
                cut.append("".join(unit.text for unit in some))
    chosen = chance.sample(sorted(set(cut)), min(TRIED, len(set(cut))))
    chosen += [
        term for term, _ in sorted(((t, cut.count(t)) for t in set(chance.sample(cut, 400))), key=lambda x: -x[1])[:20]
    ]
    top = newest() + 1
    index = INDEXES[OPEN]
    counted = {term: len(index.cases([terms(term, 1)[0].phrases(OPEN)], max(top - SPAN, 0), top)) for term in chosen}
    return {term: count for term, count in counted.items() if count}


_kept: list[str] = []


def _texts(chance: random.Random) -> list[str]:
    """Texts of some cases, spread over all of them."""
    from huiyin.cases.models import Case
    from huiyin.vault.actions import open_many
    from huiyin.vault.models import TEXT, Record

    if not _kept:
        top = Case.objects.order_by("-pk").values_list("pk", flat=True)[0]
        ids = list(chance.sample(range(1, top + 1), min(SAMPLE, top)))
        ordinary = Case.objects.filter(pk__in=ids, secrecy="ordinary").values_list("pk", flat=True)
        refs = Record.objects.filter(key__case_id__in=list(ordinary), kind=TEXT).values_list("ref", flat=True)
        _kept.extend(text for text in open_many(list(refs)).values() if isinstance(text, str))
    return _kept


if __name__ == "__main__":
    sys.exit(main())
