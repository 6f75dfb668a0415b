"""A million due dates, each with a rule (a period, in some cases with its extension) and a roll. Bar: 5 seconds.

Prints one JSON line: the median of five runs, and its ratio to adding a bare timedelta to the same starts, timed in turn with it.
"""

import json
import os
import platform
import random
import statistics
import sys
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

from huiyin.core.calendar_files import load
from huiyin.core.workdays import Calendar, Period

DUES = 1_000_000
RUNS = 5
BAR_S = 5.0
RULES: list[tuple[Period, str, tuple[Period, ...]]] = [  # as the rule sets have them: period, roll, extension
    (Period(7, "working_day"), "none", ()),
    (Period(7, "working_day"), "none", (Period(5, "working_day"),)),
    (Period(2, "working_day"), "none", ()),
    (Period(15, "working_day"), "holiday_block", ()),
    (Period(10, "working_day"), "none", ()),
    (Period(60, "day"), "holiday_block", ()),
    (Period(60, "day"), "rest_day", ()),
    (Period(2, "day"), "none", ()),
    (Period(1, "month"), "rest_day", ()),
    (Period(24, "hour"), "none", ()),
]
Work = list[tuple[datetime, tuple[Period, str, tuple[Period, ...]]]]


def machine() -> str:
    """Processor, cores, Python: what a figure means nothing without."""
    lines = Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").exists() else []
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    model = models[0] if models else platform.machine()
    return f"{model}, {os.cpu_count()} cores, Python {platform.python_version()}"


def work() -> Work:
    """Starts from 2015 to the middle of 2026, any second, and the rules in turn; the same on every run."""
    chance = random.Random(20260101)
    first = datetime(2015, 1, 1)
    seconds = int((datetime(2026, 6, 30) - first).total_seconds())
    return [(first + timedelta(seconds=chance.randrange(seconds)), RULES[i % len(RULES)]) for i in range(DUES)]


def dues(calendar: Calendar, items: Work) -> None:
    """Every due date, as a caller gets it."""
    add = calendar.add
    for start, (period, roll, more) in items:
        add(start, period, roll=roll, more=more)


def bare(items: Work) -> None:
    """What the loop and one date addition cost."""
    week = timedelta(days=7)
    for start, (_period, _roll, _more) in items:
        start + week


def timed(function: Callable[[], None]) -> float:
    began = time.perf_counter()
    function()
    return time.perf_counter() - began


def main() -> int:
    """Measure, print, and fail when the bar is missed."""
    items, calendar = work(), load()
    runs, plain = [], []
    for _ in range(RUNS):
        plain.append(timed(lambda: bare(items)))
        runs.append(timed(lambda: dues(calendar, items)))
    median = statistics.median(runs)
    figures = {
        "bench": "dues_million",
        "machine": machine(),
        "dues": DUES,
        "rules": len(RULES),
        "median_s": round(median, 3),
        "runs_s": [round(run, 3) for run in runs],
        "per_due_us": round(median / DUES * 1e6, 2),
        "times_a_bare_addition": round(median / statistics.median(plain), 1),
        "bar_s": BAR_S,
        "met": median < BAR_S,
    }
    print(json.dumps(figures, ensure_ascii=False))
    return 0 if median < BAR_S else 1


if __name__ == "__main__":
    sys.exit(main())
