"""Backup and restore of an installation with 100,000 cases and 2 GB of evidence, on each database: how long each takes, how large the file is.

The cases come from `huiyin fill`; the files are closed and lie where the site puts them, no event names them: a backup takes what lies in the
folder. What is restored must have the same heads and tables (the command compares them), the same files byte for byte, and verify clean.
Needs some 12 GB beside what is there; stops before the disk has less than 8 GB left. Prints one JSON line a database.

`python -m bench.backups [sqlite|postgresql] [CASES] [MB]`
"""

import hashlib
import json
import os
import re
import secrets
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pyrage

from bench._filled import DATABASES, POSTGRESQL, Installation
from bench.dues_million import machine
from tests.support import postgres

CASES = 100_000
MEGABYTES = 2_000
LARGE = 5  # MB of one file: a photograph or a minute of recording
LEAVE = 8_000_000_000  # bytes that stay free


def main() -> int:
    """Measure the databases named, or both."""
    wanted = [sys.argv[1]] if len(sys.argv) > 1 else list(DATABASES)
    cases = int(sys.argv[2]) if len(sys.argv) > 2 else CASES
    size = int(sys.argv[3]) if len(sys.argv) > 3 else MEGABYTES
    codes = []
    for name in wanted:
        figures = measure(name, cases, size)
        told = {"bench": "backups", "machine": machine(), "database": name, **figures}
        print(json.dumps(told, ensure_ascii=False), flush=True)
        codes.append(0 if figures["same_files"] and figures["sound"] else 1)
    return max(codes)


def measure(database: str, cases: int, megabytes: int) -> dict[str, Any]:
    """The figures of one database."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="huiyin-bench-backups-")))
        urls = {"old": "", "new": ""}
        if database == "postgresql":
            server = stack.enter_context(postgres.cluster(**POSTGRESQL))
            command = [postgres.binaries() / "createdb", "-h", server.folder, "-U", postgres.USER, "restored"]  # type: ignore[operator]
            subprocess.run(command, check=True)
            urls = {"old": server.url(), "new": server.url("restored")}
        old = _place(database, folder / "old", urls["old"], cases)
        filled = _timed(lambda: _fill(old, cases))
        digests = _evidence(folder / "old" / "files", megabytes)
        return {"fill_s": filled, **_there_and_back(old, folder, urls["new"], digests)}


def _place(database: str, home: Path, url: str, cases: int) -> Installation:
    home.mkdir()
    environment = {k: v for k, v in os.environ.items() if not k.startswith("HUIYIN_") and k != "DATABASE_URL"}
    environment |= {"HUIYIN_HOME": str(home), "LANGUAGE": "zh_CN"} | ({"DATABASE_URL": url} if url else {})
    return Installation(database, cases, environment)


def _fill(one: Installation, cases: int) -> None:
    one.huiyin("demo", "--no-cases")
    one.huiyin("fill", str(cases), "--yes")


def _evidence(folder: Path, megabytes: int) -> dict[str, str]:
    """Files of random bytes, as closed ones are, under random addresses: by address what they hold."""
    found = {}
    for _number in range(megabytes // LARGE):
        address, content = secrets.token_hex(32), secrets.token_bytes(LARGE * 1_000_000)
        path = folder / address[:2] / address
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        found[address] = hashlib.sha256(content).hexdigest()
    return found


def _there_and_back(old: Installation, folder: Path, url: str, digests: Mapping[str, str]) -> dict[str, Any]:
    own = pyrage.x25519.Identity.generate()
    (folder / "key").write_text(str(own))
    path = folder / "a.age"
    told: dict[str, Any] = {}

    def back_up() -> None:
        said = old.huiyin("backup", str(path), "--to", str(own.to_public()), "--json")
        told.update(json.loads(said.splitlines()[-1]))

    backup = _timed(back_up)
    shutil.rmtree(folder / "old" / "files")  # they are in the backup; twice they would need too much room
    free = shutil.disk_usage(folder).free - 2 * path.stat().st_size
    if free < LEAVE:
        raise SystemExit(f"restoring would leave {free / 1e9:.0f} GB: too little room")
    new = _place(old.database, folder / "new", url, old.stored)
    shutil.copytree(folder / "old" / "keys", folder / "new" / "keys")
    whole: dict[str, str] = {}
    restore = _timed(lambda: whole.update(said=new.huiyin("restore", str(path), "--key", str(folder / "key"))))
    put_back = re.search(r"用时 (\d+) 秒。下面核对", whole["said"])
    same = all(_digest(folder / "new" / "files" / a[:2] / a) == wanted for a, wanted in digests.items())
    return {
        "cases": told["cases"], "events": told["events"], "files": told["files"], "backup_mb": round(path.stat().st_size / 1e6),
        "backup_s": backup, "restore_s": int(put_back[1]) if put_back else None, "restore_and_verify_s": restore,
        "same_files": same and told["files"] == len(digests), "sound": "0 处不符" in whole["said"],
    }  # fmt: skip


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _timed(act: Any) -> float:
    began = time.perf_counter()
    act()
    return round(time.perf_counter() - began, 1)


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
    sys.exit(main())
