"""The database as one moment saw it, into a file and back. SQLite by its own backup, PostgreSQL by pg_dump on an exported snapshot."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.utils.translation import gettext as _

from huiyin.backups import BackupError, state


def taken(into: Path) -> dict[str, Any]:
    """Write the database into a file. Returns the manifest of the same moment. Raises BackupError."""
    return _sqlite(into) if connection.vendor == "sqlite" else _postgresql(into)


def _sqlite(into: Path) -> dict[str, Any]:
    """All in one step: a copy made in pieces begins again whenever somebody writes in between, and in WAL mode nobody has to wait for it. The
    manifest is read from the copy, so that it cannot speak of another moment."""
    with sqlite3.connect(settings.DATABASES["default"]["NAME"]) as source, sqlite3.connect(into) as target:
        source.backup(target)
        target.execute("PRAGMA journal_mode=DELETE")
    source.close()
    target.close()
    return _of_file(into, state.manifest)


def _of_file(path: Path, ask: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """What `ask` answers of another file of SQLite."""
    connection.close()
    own = connection.settings_dict["NAME"]
    connection.settings_dict["NAME"] = str(path)
    try:
        return ask()
    finally:
        connection.close()
        connection.settings_dict["NAME"] = own


def _postgresql(into: Path) -> dict[str, Any]:
    program = found("pg_dump")
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            cursor.execute("SELECT pg_export_snapshot()")
            snapshot = cursor.fetchone()[0]
        result = state.manifest()
        command = [
            program,
            "--format=custom",
            "--compress=1",
            "--no-owner",
            "--no-privileges",
            f"--snapshot={snapshot}",
            f"--file={into}",
        ]
        _run(command)
    return result


def put_back(source: Path) -> None:
    """Fill the database from the file. It must be empty: see `is_empty`. Raises BackupError."""
    if connection.vendor == "sqlite":
        connection.close()
        target = Path(settings.DATABASES["default"]["NAME"])
        draft = target.with_name(f"{target.name}.restored")
        shutil.move(source, draft)
        for rest in ("-wal", "-shm"):
            target.with_name(target.name + rest).unlink(missing_ok=True)
        draft.replace(target)
        with sqlite3.connect(target) as found_there:
            found_there.execute("PRAGMA journal_mode=WAL")
        found_there.close()
        return
    connection.close()
    _run(
        [
            found("pg_restore"),
            "--exit-on-error",
            "--no-owner",
            "--no-privileges",
            "--single-transaction",
            "--dbname",
            _name(),
            str(source),
        ]
    )


def is_empty() -> bool:
    """Has nobody made tables here yet?"""
    with connection.cursor() as cursor:
        empty = not connection.introspection.table_names(cursor)
    connection.close()
    return empty


def found(program: str) -> str:
    """The path of a program of PostgreSQL. Raises BackupError when it is not installed."""
    path = shutil.which(program)
    if path is None:
        there = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{program}"), key=lambda p: int(p.parts[-3]))
        path = str(there[-1]) if there else None
    if path is None:
        raise BackupError(
            _("没有找到 %(program)s。请安装与数据库同版本的客户端：apt install postgresql-client")
            % {"program": program}
        )
    return path


def _name() -> str:
    return f"dbname={connection.settings_dict['NAME']}"


def _run(command: list[str]) -> None:
    """Run a program of PostgreSQL with our address of the database; the password goes through the environment, not the command line."""
    told = connection.settings_dict
    options = told.get("OPTIONS", {})
    environment = os.environ | {
        name: str(value)
        for name, value in {
            "PGHOST": told.get("HOST"), "PGPORT": told.get("PORT"), "PGUSER": told.get("USER"), "PGPASSWORD": told.get("PASSWORD"),
            "PGDATABASE": told.get("NAME"), "PGSSLMODE": options.get("sslmode"), "PGSSLROOTCERT": options.get("sslrootcert"),
        }.items() if value
    }  # fmt: skip
    done = subprocess.run(command, env=environment, check=False, capture_output=True, text=True)
    if done.returncode:
        raise BackupError(
            _("%(program)s 没有成功：%(why)s") % {"program": Path(command[0]).name, "why": done.stderr.strip()[-600:]}
        )
