"""Requests that Schemathesis makes from the whole description of the API, sent to a real site: no server error, nothing undescribed.

Round after round over every operation, each round with a seed of its own, until the time is over. Prints one JSON line for each database.
`python -m torture.described [sqlite|postgresql] [MINUTES]`; without arguments both, five minutes each.
"""

import json
import random
import sys
import time
from contextlib import ExitStack
from typing import Any

import requests
import schemathesis

from bench._filled import DATABASES, Installation, installation
from bench._site import served
from bench.dues_million import machine
from bench.registrations import complaint
from tests.support.described import Described

MINUTES = 5.0
CASES = 12
EACH = 5  # requests to an operation in one round
SHOWN = 10
DESKS = ("intake.county_a", "handler.county_a", "head.county_a")


def main() -> int:
    """The databases named, or both."""
    minutes = float(sys.argv[2]) if len(sys.argv) > 2 else MINUTES
    return max(torture(name, minutes) for name in ([sys.argv[1]] if len(sys.argv) > 1 else DATABASES))


def torture(database: str, minutes: float) -> int:
    """One database. Returns the exit code."""
    with ExitStack() as stack:
        one = stack.enter_context(installation(database, 0))
        tokens = [one.token(name) for name in DESKS]
        site = stack.enter_context(served(one, 1))
        base = f"http://127.0.0.1:{site.port}"
        document = requests.get(f"{base}/api/openapi.json", timeout=60).json()
        schema = schemathesis.openapi.from_dict(document)
        schema.config.update(base_url=base)
        chance = random.Random(f"described {database}")
        there = {
            "number": [_a_case(base, tokens[0], chance) for _ in range(CASES)], "id": ["1", "2", "3"], "part": ["original", "thumbnail"],
            "event": ["accepted", "dispatched", "concluded", "note_added"],
        }  # fmt: skip
        tried = Described(schema, requests.Session(), there, tokens, chance)
        rounds = _rounds(tried, minutes)
        verified = _sound(one)
    answers = {str(status): count for status, count in sorted(tried.answers.items())}
    errors = sum(count for status, count in tried.answers.items() if status >= 500)
    sound = not tried.findings and not errors and verified
    figures = {
        "torture": "described", "machine": machine(), "database": database, "operations": len(tried.operations()), "rounds": rounds,
        "requests": sum(tried.answers.values()), "answers": answers, "server_errors": errors, "findings": len(tried.findings),
        "first": tried.findings[:SHOWN], "verify": verified, "sound": sound,
    }  # fmt: skip
    print(json.dumps(figures, ensure_ascii=False), flush=True)
    return 0 if sound else 1


def _rounds(tried: Described, minutes: float) -> int:
    until, rounds = time.monotonic() + 60 * minutes, 0
    while time.monotonic() < until:
        for index, operation in enumerate(tried.operations()):
            if rounds == 0:
                tried.examples(operation)
            tried.made(operation, EACH, rounds * 1000 + index)
            if time.monotonic() > until:
                break
        rounds += 1
    return rounds


def _a_case(base: str, token: str, chance: random.Random) -> str:
    facts, parties = complaint(chance)
    told: dict[str, Any] = {"procedure": "national/complaint", "facts": facts, "parties": parties}
    answer = requests.post(f"{base}/api/cases", json=told, headers={"Authorization": f"Bearer {token}"}, timeout=60)
    answer.raise_for_status()
    return f"~{answer.json()['id']}"


def _sound(one: Installation) -> bool:
    one.huiyin("verify")  # raises when it finds something
    return True


if __name__ == "__main__":
    sys.exit(main())
