"""Half an hour of spoilt input: rules files, tables to be imported, bodies and rows of the log, texts for the index (tests/support/fuzzing.py).

The targets take turns. What was raised beyond the reader's own error is a finding; the input that led to it can be made again from its seed:
`python -m torture.fuzz --again TARGET SEED`. Findings stand in build/fuzz.txt as well. Prints one JSON line.
`python -m torture.fuzz [MINUTES] [SEED]`; without arguments 30 minutes, seed 1.
"""

import json
import os
import sys
import time
import warnings
from collections import Counter
from pathlib import Path

from bench.dues_million import machine

MINUTES = 30.0
TURN = 5.0  # seconds of one target
FOUND = Path("build/fuzz.txt")
SHOWN = 20


def main() -> int:
    """Fuzz, or make one input again and let its error be seen."""
    warnings.simplefilter("ignore")  # of the library that reads workbooks
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "huiyin.settings")
    import django

    django.setup()
    if sys.argv[1:2] == ["--again"]:
        return again(sys.argv[2], sys.argv[3])
    minutes = float(sys.argv[1]) if len(sys.argv) > 1 else MINUTES
    return fuzz(minutes, sys.argv[2] if len(sys.argv) > 2 else "1")


def again(target: str, seed: str) -> int:
    """One input, with its traceback."""
    import random

    from tests.support.fuzzing import TARGETS

    print(TARGETS[target](random.Random(f"{target} {seed}"))[:2000])
    return 0


def fuzz(minutes: float, seed: str) -> int:
    """Turn by turn until the time is over. Returns the exit code."""
    from tests.support.fuzzing import TARGETS, attempt

    tried: Counter[str] = Counter()
    kinds: dict[str, str] = {}
    until = time.monotonic() + 60 * minutes
    while time.monotonic() < until:
        for target in TARGETS:
            turn = time.monotonic() + TURN
            while time.monotonic() < turn:
                number = f"{seed}.{tried[target]}"
                found = attempt(target, number)
                tried[target] += 1
                if found is not None:
                    _keep(kinds, target, number, found)
    sound = not kinds and all(tried[target] for target in TARGETS)
    figures = {
        "torture": "fuzz", "machine": machine(), "minutes": minutes, "seed": seed, "inputs": sum(tried.values()), "tried": dict(tried),
        "findings": len(kinds), "first": list(kinds.values())[:SHOWN], "sound": sound,
    }  # fmt: skip
    print(json.dumps(figures, ensure_ascii=False), flush=True)
    return 0 if sound else 1


def _keep(kinds: dict[str, str], target: str, number: str, found: str) -> None:
    """Of every place and kind of error the first input is kept."""
    kind = f"{target} {found.partition(': ')[0]}"
    if kind in kinds:
        return
    kinds[kind] = f"{target} {number}: {found}"
    FOUND.parent.mkdir(exist_ok=True)
    with FOUND.open("a", encoding="utf-8", errors="backslashreplace") as file:
        file.write(kinds[kind] + "\n")


if __name__ == "__main__":
    sys.exit(main())
