"""A database of each release, put back from its dump, is brought up by today's migrations, verified and rebuilt."""

import gzip
import os
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

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
    environment |= {"HUIYIN_HOME": str(home)} | ({"DATABASE_URL": url} if url else {})
    done = subprocess.run(
        [sys.executable, "-m", "huiyin", *command], cwd=ROOT, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, (command, done.stdout[-2000:], done.stderr[-2000:])
    return done.stdout


def brought_up(home: Path, url: str) -> None:
    run(home, url, "manage", "migrate", "--verbosity", "0")
    assert run(home, url, "manage", "makemigrations", "--check", "--dry-run")
    run(home, url, "verify")
    run(home, url, "rebuild")
    run(home, url, "verify")


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
        database.close()
        brought_up(home, "")
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
        brought_up(home, server.url())
