"""All rules files read and checked, and all worked examples played. Bars: 1 second, 10 seconds.

Prints one JSON line: medians of the runs, in seconds of the processor (all of it is computing) and by the clock, which on a machine that is
shared says more of the others; the bars hold for the former. Reading is from the files themselves each time, with every table checked and every
procedure composed; the examples are those of tests/clauses, of cases, recurring duties, rosters and registers, in one process. `to_toml`
compares with only parsing the same files as TOML, timed in turn: what the checks cost shows there.
"""

import json
import statistics
import sys
import time
import tomllib
from collections.abc import Callable
from pathlib import Path

from bench.dues_million import machine
from huiyin.core.calendar_files import load as load_calendar
from huiyin.core.compose import Library, load_library, unknown_limits
from huiyin.core.examples import Result, example_files, run_file
from huiyin.core.vocabulary import RULES, Vocabulary, load_vocabulary

RUNS = 3
BAR_LOAD_S, BAR_EXAMPLES_S = 1.0, 10.0
EXAMPLES = Path(__file__).parents[1] / "tests" / "clauses"


def seconds(function: Callable[[], object]) -> tuple[float, float]:
    """How long one call takes: of the processor, by the clock."""
    began, clock = time.process_time(), time.perf_counter()
    function()
    return time.process_time() - began, time.perf_counter() - clock


def parsed() -> int:
    """The same files as TOML alone; returns how many."""
    files = sorted(RULES.rglob("*.toml"))
    for path in files:
        tomllib.loads(path.read_text(encoding="utf-8"))
    return len(files)


def checked() -> Library:
    """Everything read anew, as at a start: the words, the calendar, every rule set, every procedure."""
    load_vocabulary.cache_clear()
    words: Vocabulary = load_vocabulary()
    load_calendar()
    library = load_library((RULES,), words)
    unknown_limits(library)
    return library


def main() -> int:
    """Measure, print, and fail when a bar is missed."""
    runs: dict[str, list[tuple[float, float]]] = {"toml": [], "load": [], "examples": []}
    library, calendar = checked(), load_calendar()
    results: list[Result] = []

    def played() -> None:
        results[:] = [r for path in example_files([EXAMPLES]) for r in run_file(path, library, calendar)]

    for _ in range(RUNS):
        for name, function in (("toml", parsed), ("load", checked), ("examples", played)):
            runs[name].append(seconds(function))
    failed = sum(not r.passed for r in results)
    median = {name: statistics.median(cpu for cpu, _clock in found) for name, found in runs.items()}
    clock = {name: statistics.median(wall for _cpu, wall in found) for name, found in runs.items()}
    met = median["load"] < BAR_LOAD_S and median["examples"] < BAR_EXAMPLES_S and not failed
    figures = {
        "bench": "rules_files",
        "machine": machine(),
        "files": parsed(),
        "rule_sets": len(library.sets),
        "procedures": len(library.procedures),
        "load_s": round(median["load"], 2),
        "load_clock_s": round(clock["load"], 2),
        "to_toml": round(median["load"] / median["toml"], 1),
        "examples": len(results),
        "failed": failed,
        "examples_s": round(median["examples"], 2),
        "examples_clock_s": round(clock["examples"], 2),
        "runs_s": {name: [round(cpu, 2) for cpu, _clock in found] for name, found in runs.items()},
        "bar_s": [BAR_LOAD_S, BAR_EXAMPLES_S],
        "met": met,
    }
    print(json.dumps(figures, ensure_ascii=False))
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
