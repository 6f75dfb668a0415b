"""Databases of earlier versions: each dump (tools/dump) is brought up to the tables of today, verifies, and can be worked with."""

import gzip
import shutil
import sqlite3
import subprocess
from pathlib import Path

import pytest

from tests.project.test_cli import huiyin
from tests.support import postgres

DUMPS = Path(__file__).resolve().parents[1] / "dumps"
NAMES = sorted(path.name.removesuffix(".sqlite.sql.gz") for path in DUMPS.glob("*.sqlite.sql.gz"))


def home_of(name, kind, tmp_path):
    """An installation with the key ring and the anchors of the dump."""
    shutil.copytree(DUMPS / f"{name}.keys", tmp_path / "keys")
    shutil.copytree(DUMPS / f"{name}.{kind}.anchors", tmp_path / "anchors")
    (tmp_path / "keys").chmod(0o700)
    (tmp_path / "keys" / "keyring.json").chmod(0o600)  # which a checkout does not remember
    return tmp_path


def text_of(name, kind):
    return gzip.decompress((DUMPS / f"{name}.{kind}.sql.gz").read_bytes()).decode()


def brought_up(home, **environment):
    for command in (["manage", "migrate", "--verbosity", "0"], ["demo", "--no-cases"], ["rebuild"], ["verify"]):
        done = huiyin(*command, home=home, **environment)
        assert done.returncode == 0, (command, done.stdout[-2000:], done.stderr[-2000:])
    assert "0 处不符" in done.stdout


if NAMES:

    @pytest.mark.parametrize("name", NAMES)
    def test_a_sqlite_file_of_then_works_today(name, tmp_path):
        home = home_of(name, "sqlite", tmp_path)
        with sqlite3.connect(home / "huiyin.sqlite3") as database:
            database.executescript(text_of(name, "sqlite"))
            assert database.execute("SELECT count(*) FROM cases_case").fetchone()[0] >= 60
        brought_up(home)

    @pytest.mark.postgresql
    @pytest.mark.parametrize("name", NAMES)
    def test_a_postgresql_database_of_then_works_today(name, tmp_path):
        home = home_of(name, "postgresql", tmp_path)
        programs = postgres.binaries()
        with postgres.cluster() as server:
            command = [
                programs / "psql",
                "-q",
                "-v",
                "ON_ERROR_STOP=1",
                "-h",
                server.folder,
                "-U",
                postgres.USER,
                "postgres",
            ]
            subprocess.run(command, input=text_of(name, "postgresql"), text=True, check=True, capture_output=True)
            brought_up(home, DATABASE_URL=server.url())
