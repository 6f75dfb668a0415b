"""A database of each release, put back from its dump, is brought up by today's migrations: nothing is lost, everything new is filled, it verifies,
and can be worked with. A migration that touches what was recorded fails here, on both databases."""

import gzip
import hashlib
import os
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from tests.support import postgres

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "tests" / "dumps"
RELEASES = sorted(path.name.removesuffix(".sqlite.sql.gz") for path in FOLDER.glob("*.sqlite.sql.gz"))
SORTS = [
    pytest.param("sqlite", marks=pytest.mark.sqlite),
    pytest.param(
        "postgresql", marks=[pytest.mark.sqlite, pytest.mark.skipif(not postgres.available(), reason=postgres.MISSING)]
    ),  # on a server of its own: once is enough
]


def home_of(release: str, sort: str, folder: Path) -> Path:
    """An installation's folder with the keys and anchors of that release."""
    home = folder / "home"
    shutil.copytree(FOLDER / f"{release}.keys", home / "keys")
    shutil.copytree(FOLDER / f"{release}.{sort}.anchors", home / "anchors")
    (home / "keys").chmod(0o700)
    for path in (home / "keys").iterdir():
        path.chmod(0o600)
    return home


def run(home: Path, url: str, *command: str) -> str:
    """What a command of this installation prints; it must end well."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("HUIYIN_") and k != "DATABASE_URL"}
    environment |= {"HUIYIN_HOME": str(home), "LANGUAGE": "zh_CN"} | ({"DATABASE_URL": url} if url else {})
    done = subprocess.run(
        [sys.executable, "-m", "huiyin", *command], cwd=ROOT, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, (command, done.stdout[-2000:], done.stderr[-2000:])
    return done.stdout


NEVER_TOUCHED = {  # tables whose rows must be the very same afterwards, with the columns that say so
    "cases_event": "case_id, seq, name, body, hash", "cases_anchor": "number, seal", "cases_anchorleaf": "case_id, anchor_id, seq, hash",
    "org_adminevent": "seq, body, hash", "vault_record": "ref, case_id, commitment", "vault_datakey": "id, case_id, party, cls, master",
    "org_compiledprocedure": "hash, source", "cases_counter": "series, value",
}  # fmt: skip
GROW = {"django_migrations", "django_content_type", "auth_permission"}  # what Django keeps of itself


class Reading:
    """What stands in a database, read without the application."""

    def __init__(self, connection):
        self.connection = connection

    def rows(self, sql):
        cursor = self.connection.cursor()
        cursor.execute(sql)
        return cursor.fetchall()

    def tables(self):
        lite = isinstance(self.connection, sqlite3.Connection)
        sql = (
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'" if lite
            else "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
        )  # fmt: skip
        return sorted(row[0] for row in self.rows(sql))

    def counts(self, tables):
        return {name: self.rows(f'SELECT count(*) FROM "{name}"')[0][0] for name in tables}

    def digests(self, tables):
        found = {}
        for name, columns in NEVER_TOUCHED.items():
            if name in tables:
                rows = sorted(map(repr, self.rows(f'SELECT {columns} FROM "{name}"')))
                found[name] = hashlib.sha256("\n".join(rows).encode()).hexdigest()
        return found


def brought_up(home: Path, url: str, connection) -> None:
    there = Reading(connection)
    tables = there.tables()
    counts, digests = there.counts(tables), there.digests(tables)
    assert counts["cases_case"] >= 60
    assert counts["cases_event"] > counts["cases_case"]
    run(home, url, "manage", "migrate", "--verbosity", "0")
    assert run(home, url, "manage", "makemigrations", "--check", "--dry-run")
    after = there.counts(set(tables) & set(there.tables()))
    assert set(tables) - set(after) == set()  # no table is gone
    assert {name: n for name, n in after.items() if n != counts[name] and name not in GROW} == {}
    assert all(after[name] >= counts[name] for name in GROW & set(after))
    assert there.digests(tables) == digests
    job = "from huiyin.worker import jobs; from huiyin.worker.models import Job; jobs._copies(Job(name='copies'), None)"
    run(home, url, "manage", "shell", "-c", job)  # as the worker does by itself: copies as this version works them out
    assert "0 处不符" in run(home, url, "verify")  # every copy with every new column is what follows from the events
    run(home, url, "demo", "--no-cases")
    run(home, url, "rebuild")
    assert "0 处不符" in run(home, url, "verify")
    assert there.digests(["cases_event"]) == {"cases_event": digests["cases_event"]}
    connection.close()


def test_the_release_has_dumps():
    assert RELEASES


@pytest.mark.parametrize("sort", SORTS)
@pytest.mark.parametrize("release", RELEASES)
def test_a_database_of_a_release_is_brought_up(release, sort, tmp_path):
    home = home_of(release, sort, tmp_path)
    text = gzip.decompress((FOLDER / f"{release}.{sort}.sql.gz").read_bytes()).decode()
    if sort == "sqlite":
        database = sqlite3.connect(home / "huiyin.sqlite3")
        database.executescript(text)
        brought_up(home, "", database)
        return
    with postgres.cluster() as server:
        programs = postgres.binaries()
        assert programs is not None
        command = [
            str(programs / "psql"),
            "-q",
            "-v",
            "ON_ERROR_STOP=1",
            "-h",
            str(server.folder),
            "-U",
            postgres.USER,
            "postgres",
        ]
        subprocess.run(command, input=text, text=True, check=True, capture_output=True)
        brought_up(home, server.url(), psycopg.connect(server.url(), autocommit=True))
