"""Asks a source of advisories about every locked package, what runs and what builds and tests alike.

Use: make audit                      the advisories of the package index
     make audit SOURCE=osv           those of OSV
     make audit URL=http://...       a source of one's own that speaks OSV's protocol: an address for POST /v1/query

pip-audit is put into an environment of its own (build/audit), by requirements-audit.lock. Exit code 0: nothing known; 1: something is, and which
version mends it; 3: the source was not reached, so nothing is known at all. Names and versions of packages are all that is sent.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

TOP = Path(__file__).resolve().parents[1]
PLACE = TOP / "build" / "audit"
LOCKS = ("requirements.lock", "requirements-dev.lock", "requirements-uv.lock")
NOTHING, SOMETHING, NOT_REACHED = 0, 1, 3


def install() -> Path:
    """pip-audit, as it is locked; where it is already, nothing is done."""
    lock = TOP / "requirements-audit.lock"
    stamp = PLACE / ".installed"
    if not stamp.exists() or stamp.read_text(encoding="utf-8") != lock.read_text(encoding="utf-8"):
        uv = TOP / ".venv" / "bin" / "uv"
        subprocess.run([uv, "venv", "--quiet", "--clear", PLACE], check=True)
        python = ["--python", PLACE / "bin" / "python"]
        subprocess.run([uv, "pip", "sync", "--quiet", *python, "--require-hashes", lock], check=True)
        stamp.write_text(lock.read_text(encoding="utf-8"), encoding="utf-8")
    return PLACE / "bin" / "pip-audit"


def arguments(source: str, url: str) -> list[str]:
    """How pip-audit is asked."""
    asked = ["--disable-pip", "--require-hashes", "--progress-spinner", "off", "--format", "json", "--timeout", "20"]
    for name in LOCKS:
        asked += ["--requirement", str(TOP / name)]
    if url:
        return [*asked, "--vulnerability-service", "osv", "--osv-url", url]
    return [*asked, "--vulnerability-service", source or "pypi"]


def judged(output: str) -> tuple[int, list[str]]:
    """Exit code and lines to print, from what pip-audit wrote."""
    try:
        found: list[dict[str, Any]] = json.loads(output)["dependencies"]
    except (ValueError, KeyError, TypeError):
        return NOT_REACHED, [
            "没有查成：连不上漏洞通报的来源，或者答复看不懂。这不表示没有漏洞。请在能上网的机器上运行，或用 URL= 指定内部的来源。",
            "Not checked: the source of advisories was not reached. This does not mean that there is nothing. Run it where it can be reached.",
        ]
    skipped = sorted({row["name"] for row in found if "skip_reason" in row})
    known = {(row["name"], row["version"], one["id"]): one for row in found for one in row.get("vulns", ())}
    lines = [
        f"{name} {version}: {id}, 改用 / mended in {', '.join(one.get('fix_versions') or ['—'])}"
        for (name, version, id), one in sorted(known.items())
    ]
    looked = len({row["name"] for row in found}) - len(skipped)
    if skipped:
        lines.append(f"没有查 / not checked: {', '.join(skipped)}")
    if not looked:
        return NOT_REACHED, [*lines, "一个也没有查成 / nothing was checked"]
    lines.append(f"查了 {looked} 个软件包，有 {len(known)} 项通报 / {looked} packages, {len(known)} advisories")
    return SOMETHING if known else NOTHING, lines


def main() -> int:
    """Install, ask, say."""
    try:
        tool = install()
    except subprocess.CalledProcessError:
        print("装不上 pip-audit，没有查成。这不表示没有漏洞。 / pip-audit could not be installed: not checked.")
        return NOT_REACHED
    asked = arguments(os.environ.get("SOURCE", ""), os.environ.get("URL", ""))
    done = subprocess.run([tool, *asked], check=False, capture_output=True, text=True)
    code, lines = judged(done.stdout)
    print("\n".join(lines))
    if code == NOT_REACHED and done.stderr:
        print(done.stderr.strip().splitlines()[-1][:300], file=sys.stderr)
    return code


if __name__ == "__main__":
    sys.exit(main())
