"""`huiyin verify` over a million events on each database: within a minute, and it names what was altered, taken out and moved, and nothing else.

The measuring is that of bench/verify_million.py. Prints its JSON line for each database. `python -m torture.verify_million [sqlite|postgresql]`
"""

import json
import subprocess
import sys

from bench._filled import DATABASES, HERE

MOST = 60.0  # seconds


def main() -> int:
    """Exit code 1 when it took too long, or did not say just what was done."""
    return max(_verified(name) for name in sys.argv[1:] or DATABASES)


def _verified(database: str) -> int:
    command = [sys.executable, "-m", "bench.verify_million", "1", database]
    done = subprocess.run(command, check=False, cwd=HERE, stdout=subprocess.PIPE, text=True)
    print(done.stdout, end="", flush=True)
    if done.returncode:
        return 1
    figures = json.loads(done.stdout.splitlines()[-1])
    slow = max(figures["median_s"], figures["with_altered_s"]) > MOST
    if slow:
        print(f"{database}: more than {MOST:.0f} s", file=sys.stderr)
    return int(slow or not figures["named"])


if __name__ == "__main__":
    sys.exit(main())
