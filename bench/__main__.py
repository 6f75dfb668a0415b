"""Run every bench of this folder in turn, each in a process of its own; or those named: `python -m bench dues_million decide_dues`.

Each prints one JSON line. The exit code is 1 when one missed its bar.
"""

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent


def main() -> int:
    known = sorted(path.stem for path in HERE.glob("*.py") if not path.stem.startswith("_"))
    wanted = sys.argv[1:] or known
    if unknown := [name for name in wanted if name not in known]:
        print(f"no bench {', '.join(unknown)}; there are: {', '.join(known)}", file=sys.stderr)
        return 2
    codes = [
        subprocess.run([sys.executable, "-m", f"bench.{name}"], cwd=HERE.parent, check=False).returncode
        for name in wanted
    ]
    return 1 if any(codes) else 0


if __name__ == "__main__":
    sys.exit(main())
