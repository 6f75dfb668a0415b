"""All of them, one after the other."""

import subprocess
import sys

PARTS = ("kills", "writers", "failures", "described", "fuzz", "verify_million", "point_in_time")


def main() -> int:
    """Run every part in a process of its own; fail when one of them did."""
    codes = [subprocess.run([sys.executable, "-m", f"torture.{part}"], check=False).returncode for part in PARTS]
    return 1 if any(codes) else 0


if __name__ == "__main__":
    sys.exit(main())
