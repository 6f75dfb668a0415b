"""Recovery to a moment on PostgreSQL, as docs/production.md describes it: WAL archived, a base backup, more work, and a mishap.

An installation with archived WAL gets cases, then a base backup, then more cases; a moment is noted; still more cases follow, which stand for
what went wrong. A second server starts from the base backup and the archive, up to the noted moment. It must hold exactly what there was then:
the same heads of all cases, the same counts; `huiyin verify` must find nothing; and further cases can be recorded.

Prints one JSON line. `python -m torture.point_in_time [CASES]`: so many before, between and after.
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import psycopg

from bench._filled import HERE
from bench.dues_million import machine
from tests.support import postgres

CASES = 200
HEADS = "SELECT id, head_seq, head_hash FROM cases_case ORDER BY id"


def main() -> int:
    """Exit code 1 when what was recovered is not what there was."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else CASES
    with tempfile.TemporaryDirectory(prefix="huiyin-pitr-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        found = recovered(folder, count)
    print(json.dumps({"torture": "point_in_time", "machine": machine(), **found}, ensure_ascii=False), flush=True)
    return 0 if found["same_heads"] and found["sound"] and found["goes_on"] else 1


def recovered(folder: Path, count: int) -> dict[str, Any]:
    """Work, back up, work, note the moment, work; then recover to it."""
    home, archive, base = folder / "home", folder / "wal", folder / "base"
    home.mkdir()
    archive.mkdir(mode=0o777)
    archive.chmod(0o777)
    archiving = {"archive_mode": "on", "archive_command": f"test ! -f {archive}/%f && cp %p {archive}/%f"}
    with postgres.cluster(**archiving) as server:
        _huiyin(home, server.url(), "demo", "--no-cases")
        _fill(home, server.url(), count)
        began = time.perf_counter()
        _program("pg_basebackup", "-h", server.folder, "-U", postgres.USER, "-D", base, "-X", "none", "-c", "fast")
        base_s = time.perf_counter() - began
        _fill(home, server.url(), 2 * count)
        then, (moment,) = _heads(server.url()), _row(server.url(), "SELECT now()::text")
        time.sleep(1.5)  # what comes after the moment is to be after it
        _fill(home, server.url(), 3 * count)
        later = _heads(server.url())
        _row(server.url(), "SELECT pg_switch_wal()::text")
        _archived(server.url())
    began = time.perf_counter()
    with _started(base, archive, moment) as server:
        _writable(server.url())
        recover_s = time.perf_counter() - began
        now = _heads(server.url())
        verified = _huiyin(home, server.url(), "verify")
        _fill(home, server.url(), len(now) + 5)
        goes_on = len(_heads(server.url())) > len(now) and "0 处不符" in _huiyin(home, server.url(), "verify")
    return {
        "cases": [count, len(then), len(later)], "recovered": len(now), "same_heads": now == then and now != later, "sound": "0 处不符" in verified,
        "goes_on": goes_on, "base_backup_s": round(base_s, 1), "recover_s": round(recover_s, 1),
        "heads": hashlib.sha256(repr(now).encode()).hexdigest()[:16],
    }  # fmt: skip


def _started(base: Path, archive: Path, moment: str) -> Any:
    """A server on the base backup that replays the archive up to the moment."""
    (base / "recovery.signal").touch()
    (base / "pg_wal").mkdir(exist_ok=True)
    servant = postgres._servant() if os.geteuid() == 0 else None
    for path in (base, *base.rglob("*")):
        if servant:
            shutil.chown(path, servant)
    return postgres.cluster(
        kept=base, restore_command=f"cp {archive}/%f %p", recovery_target_time=moment, recovery_target_action="promote"
    )


def _fill(home: Path, url: str, count: int) -> None:
    _huiyin(home, url, "fill", str(count), "--yes", "--processes", "1")


def _huiyin(home: Path, url: str, *arguments: str) -> str:
    kept: Mapping[str, str] = {
        k: v for k, v in os.environ.items() if not k.startswith("HUIYIN_") and k != "DATABASE_URL"
    }
    environment = {**kept, "HUIYIN_HOME": str(home), "DATABASE_URL": url, "LANGUAGE": "zh_CN"}
    command = [sys.executable, "-m", "huiyin", *arguments]
    return subprocess.run(command, check=True, cwd=HERE, env=environment, stdout=subprocess.PIPE, text=True).stdout


def _program(name: str, *arguments: Any) -> None:
    folder = postgres.binaries()
    assert folder is not None, postgres.MISSING
    subprocess.run([folder / name, *map(str, arguments)], check=True)


def _row(url: str, statement: str) -> tuple[Any, ...]:
    with psycopg.connect(url) as connection:
        return connection.execute(statement.encode()).fetchone() or ()


def _heads(url: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(url) as connection:
        return connection.execute(HEADS.encode()).fetchall()


def _archived(url: str) -> None:
    """Until the last segment is in the archive."""
    (wanted,) = _row(url, "SELECT pg_walfile_name(pg_current_wal_lsn() - 1)")
    until = time.monotonic() + 60
    while (_row(url, "SELECT coalesce(last_archived_wal, '') FROM pg_stat_archiver")[0] or "") < wanted:
        if time.monotonic() > until:
            break  # an empty segment is not archived; what was written is
        time.sleep(0.2)


def _writable(url: str) -> None:
    """Until the recovery has come to its end."""
    until = time.monotonic() + 300
    while _row(url, "SELECT pg_is_in_recovery()")[0]:
        if time.monotonic() > until:
            raise SystemExit("the recovery did not come to its end")
        time.sleep(0.2)


if __name__ == "__main__":
    sys.exit(main())
