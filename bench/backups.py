"""Backup and restore of an installation with 100,000 cases and 2 GB of evidence, on each database: how long each takes, how large the file is.

The cases come from `huiyin fill`; the files are closed and lie where the site puts them, no event names them: a backup takes what lies in the
folder. What is restored must have the same heads and tables (the command compares them), the same files byte for byte, and verify clean. The old
installation goes before the new one is made, but for its keys, as when a machine is lost. Needs some 12 GB; stops before the disk has less than
5 GB left. Prints what it has as it goes on standard error, and one JSON line a database.

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

from bench._filled import DATABASES, HERE, POSTGRESQL, Installation
from bench.dues_million import machine
from tests.support import postgres

CASES = 100_000
MEGABYTES = 2_000
LARGE = 5  # MB of one file: a photograph or a minute of recording
LEAVE = 5_000_000_000  # bytes that stay free


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
            server = stack.enter_context(postgres.cluster(**{**POSTGRESQL, "max_wal_size": "1GB"}))
            for name in ("filled", "restored"):
                _of_server(server, "createdb", name)
            stack.callback(_of_server, server, "dropdb", "restored")
            urls = {"old": server.url("filled"), "new": server.url("restored")}
        old = _place(database, folder / "old", urls["old"], cases)
        filled = _timed(lambda: _fill(old, cases))
        digests = _evidence(folder / "old" / "files", megabytes)
        path, figures = _backed_up(old, folder)
        figures["fill_s"] = filled
        _gone(old, folder / "old")
        if database == "postgresql":
            _of_server(server, "dropdb", "filled")
        return figures | _restored(old, folder, urls["new"], path, digests, figures["files"])


def _of_server(server: postgres.Cluster, program: str, name: str) -> None:
    command = [postgres.binaries() / program, "-h", server.folder, "-U", postgres.USER, name]  # type: ignore[operator]
    subprocess.run(command, check=True)


def _gone(old: Installation, home: Path) -> None:
    """Everything of the old machine but its keys."""
    for path in home.iterdir():
        if path.name != "keys":
            shutil.rmtree(path) if path.is_dir() else path.unlink()


def _place(database: str, home: Path, url: str, cases: int) -> Installation:
    home.mkdir()
    environment = {k: v for k, v in os.environ.items() if not k.startswith("HUIYIN_") and k != "DATABASE_URL"}
    environment |= {"HUIYIN_HOME": str(home), "LANGUAGE": "zh_CN", "PYTHONUNBUFFERED": "1"} | (
        {"DATABASE_URL": url} if url else {}
    )
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


def _backed_up(old: Installation, folder: Path) -> tuple[Path, dict[str, Any]]:
    own = pyrage.x25519.Identity.generate()
    (folder / "key").write_text(str(own))
    path, told = folder / "a.age", dict[str, Any]()

    def act() -> None:
        said = old.huiyin("backup", str(path), "--to", str(own.to_public()), "--json")
        told.update(json.loads(said.splitlines()[-1]))

    seconds = _timed(act)
    figures = {name: told[name] for name in ("cases", "events", "files")}
    figures |= {"backup_mb": round(path.stat().st_size / 1e6), "backup_s": seconds}
    print(figures, file=sys.stderr, flush=True)
    return path, figures


def _restored(
    old: Installation, folder: Path, url: str, path: Path, digests: Mapping[str, str], files: int
) -> dict[str, Any]:
    free = shutil.disk_usage(folder).free - 2 * path.stat().st_size
    if free < LEAVE:
        raise SystemExit(f"restoring would leave {free / 1e9:.0f} GB: too little room")
    new = _place(old.database, folder / "new", url, old.stored)
    shutil.copytree(folder / "old" / "keys", folder / "new" / "keys")
    began = time.perf_counter()
    command = [sys.executable, "-m", "huiyin", "restore", str(path), "--key", str(folder / "key")]
    restored, said = None, ""
    with subprocess.Popen(command, cwd=HERE, env=dict(new.environment), stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        for line in running.stdout:
            said += line
            if found := re.search(r"用时 (\d+) 秒。下面核对", line):
                restored = int(found[1])
                print({"restore_s": restored}, file=sys.stderr, flush=True)
    same = all(_digest(folder / "new" / "files" / a[:2] / a) == wanted for a, wanted in digests.items())
    return {
        "restore_s": restored, "restore_and_verify_s": round(time.perf_counter() - began, 1), "same_files": same and files == len(digests),
        "sound": "0 处不符" in said,
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
