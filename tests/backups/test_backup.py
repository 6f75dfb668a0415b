"""A backup of a running installation, put back elsewhere: everything is as it was, and whatever is wrong with it is refused with nothing changed."""

import errno
import io
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import threading
from pathlib import Path

import pyrage
import pytest

from huiyin.backups import BackupError, archive
from tests.support import postgres

pytestmark = pytest.mark.sqlite  # once is enough: installations of its own, one on each database
HERE = Path(__file__).resolve().parent.parent.parent
DATABASES = [
    "sqlite",
    pytest.param("postgresql", marks=pytest.mark.skipif(not postgres.available(), reason=str(postgres.MISSING))),
]
DISPOSE = """
from datetime import datetime
from huiyin.cases import clock
from huiyin.org.models import Officer
from huiyin.retention import actions, queries
from huiyin.vault.models import DataKey
keepers = Officer.objects.filter(role='archivist').select_related('person', 'unit')
with clock.at(datetime(2060, 1, 1)):
    keeper, case = next((k, h.case) for k in keepers for h in queries.over(k, 50)[0] if h.free)
    lines = actions.propose([case.pk], by=keeper).items.values_list('pk', flat=True)
    for one in Officer.objects.filter(role__in=('unit_head', 'leader', 'director'), unit=keeper.unit).select_related('person', 'unit'):
        actions.review(lines, by=one, agrees=True)
    assert actions.run() == (1, 0)
print("GONE", DataKey.objects.filter(case_id=case.pk, party="").values_list("id", flat=True)[0])
"""


class Place:
    """An installation of its own."""

    def __init__(self, home, url=""):
        self.home = home
        self.environment = {k: v for k, v in os.environ.items() if not k.startswith("HUIYIN_") and k != "DATABASE_URL"}
        self.environment |= {"HUIYIN_HOME": str(home)} | ({"DATABASE_URL": url} if url else {})

    def ask(self, *arguments, code=0, **more):
        done = subprocess.run(
            [sys.executable, "-m", "huiyin", *arguments],
            cwd=HERE,
            env=self.environment | more,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout + done.stderr


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """A small installation on SQLite, to be copied."""
    return _made(Place(tmp_path_factory.mktemp("small") / "one"))


def _copied(place, home):
    shutil.copytree(place.home, home)
    copy = Place(home)
    copy.secret, copy.public = place.secret, place.public
    return copy


@pytest.fixture(scope="module", params=DATABASES)
def installation(request, tmp_path_factory):
    """One with sample cases and files, and the address of an empty database beside it."""
    folder = tmp_path_factory.mktemp(request.param)
    if request.param == "sqlite":
        yield _copied(request.getfixturevalue("small"), folder / "one"), lambda home: Place(home)
        return
    with postgres.cluster() as server:
        names = iter(["second", "third", "fourth", "fifth"])

        def other(home):
            name = next(names)
            subprocess.run(
                [postgres.binaries() / "createdb", "-h", server.folder, "-U", postgres.USER, name], check=True
            )
            return Place(home, server.url(name))

        yield _made(Place(folder / "one", server.url())), other


def _made(place):
    """The sample world with some forty cases and a file of evidence, and a key for its backups."""
    place.ask("demo", "--no-cases")
    place.ask("fill", "40", "--processes", "1")
    place.ask("anchor")
    own = pyrage.x25519.Identity.generate()
    place.secret, place.public = str(own), str(own.to_public())
    folder = place.home / "files" / "ab"
    folder.mkdir(parents=True)
    (folder / ("ab" + "0" * 62)).write_bytes(os.urandom(3_000_000))  # as it lies there: closed
    return place


@pytest.fixture
def key_file(installation, tmp_path):
    path = tmp_path / "key"
    path.write_text(f"# kept elsewhere\n{installation[0].secret}\n")
    return path


def test_a_backup_made_while_others_write_comes_back_as_it_was(installation, key_file, tmp_path):
    one, other = installation
    writing = threading.Thread(target=one.ask, args=("fill", "90", "--yes", "--processes", "1"))
    writing.start()
    try:
        told = json.loads(one.ask("backup", str(tmp_path / "a.age"), "--to", one.public, "--json").splitlines()[-1])
    finally:
        writing.join()
    assert 40 <= told["cases"] <= 100
    assert told["files"] == 1
    new = other(tmp_path / "new")
    new.home.mkdir(exist_ok=True)
    shutil.copytree(one.home / "keys", new.home / "keys", dirs_exist_ok=True)
    said = new.ask(
        "restore", str(tmp_path / "a.age"), "--key", str(key_file)
    )  # compares every head and table, and verifies
    assert f"已恢复 {told['cases']} 件案件" in said
    for path in (one.home / "files").glob("??/*"):
        assert (new.home / "files" / path.parent.name / path.name).read_bytes() == path.read_bytes()
    again = json.loads(new.ask("backup", str(tmp_path / "b.age"), "--to", one.public, "--json").splitlines()[-1])
    assert [again[name] for name in ("cases", "events", "heads", "tables")] == [
        told[name] for name in ("cases", "events", "heads", "tables")
    ]


@pytest.fixture(scope="module")
def backed_up(small, tmp_path_factory):
    """An installation and a backup of it, on SQLite."""
    folder = tmp_path_factory.mktemp("backed-up")
    one = _copied(small, folder / "one")
    path, key = folder / "a.age", folder / "key"
    key.write_text(one.secret)
    one.ask("backup", str(path), HUIYIN_BACKUP_TO=one.public)
    return one, path, key


def test_a_backup_is_closed_and_takes_no_other_place(backed_up, tmp_path):
    one, path, _key = backed_up
    plain = path.read_bytes()
    assert plain.startswith(b"age-encryption.org/v1")
    assert b"SQLite format" not in plain
    assert path.stat().st_mode & 0o077 == 0
    assert "已有同名文件" in one.ask("backup", str(path), "--to", one.public, code=2)
    assert "没有备份公钥" in one.ask("backup", str(tmp_path / "b.age"), code=2)
    assert "不是备份公钥" in one.ask("backup", str(tmp_path / "b.age"), "--to", "age1nothing", code=2)
    assert not list(one.home.glob(".backup-*"))


@pytest.mark.parametrize(
    "damage",
    [
        lambda raw: raw[:-5000],
        lambda raw: raw[:20_000] + bytes([raw[20_000] ^ 1]) + raw[20_001:],
        lambda raw: raw[:100],
    ],
    ids=["cut short", "altered", "nearly nothing"],
)
def test_a_damaged_backup_is_not_taken(backed_up, damage, tmp_path):
    one, path, _key = backed_up
    bad = tmp_path / "bad.age"
    bad.write_bytes(damage(path.read_bytes()))
    with pytest.raises(BackupError):
        archive.read(bad, archive.identities(one.secret), lambda _name, file: file.read())


def test_where_there_is_no_room_it_says_so_and_leaves_nothing(backed_up, tmp_path, monkeypatch):
    database = tmp_path / "database"
    database.write_bytes(os.urandom(3_000_000))
    real = os.open

    def full(path, *more):
        return real("/dev/full", os.O_WRONLY) if str(path).startswith(str(tmp_path / ".a.age")) else real(path, *more)

    monkeypatch.setattr(archive.os, "open", full)
    with pytest.raises(BackupError, match="没有留下半个文件"):
        archive.write(tmp_path / "a.age", {"database": "sqlite"}, database, archive.recipients([backed_up[0].public]))
    assert list(tmp_path.iterdir()) == [database]


def test_a_stick_that_knows_no_second_name_takes_a_backup_and_never_over_another(tmp_path, monkeypatch):
    def no_links(*_names):
        raise OSError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(archive.os, "link", no_links)
    draft, into = tmp_path / ".a.age.7", tmp_path / "a.age"
    draft.write_text("whole")
    archive._name(draft, into)
    assert into.read_text() == "whole"
    draft.write_text("another")
    with pytest.raises(FileExistsError):
        archive._name(draft, into)
    assert into.read_text() == "whole"


def test_what_a_killed_backup_left_goes_a_day_later(backed_up, tmp_path):
    one = backed_up[0]
    old, new = one.home / ".backup-killed", one.home / ".backup-under-way"
    half = tmp_path / ".huiyin-20260101-020000.age.4711"
    for folder in (old, new):
        folder.mkdir()
        (folder / "database").write_bytes(b"x")
    half.write_bytes(b"half")
    for path in (old, half):
        os.utime(path, (1, 1))
    one.ask("backup", str(tmp_path / "later.age"), "--to", one.public)
    assert (old.exists(), half.exists(), new.exists()) == (False, False, True)
    shutil.rmtree(new)


def test_nobody_else_can_open_it(backed_up):
    stranger = str(pyrage.x25519.Identity.generate())
    with pytest.raises(BackupError, match="打不开"):
        archive.read(backed_up[1], archive.identities(stranger), lambda _name, file: file.read())
    with pytest.raises(BackupError, match="没有备份私钥"):
        archive.identities("no key at all")


def test_a_member_that_is_none_of_ours_is_refused(tmp_path):
    own = pyrage.x25519.Identity.generate()
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w") as tar:
        entry = tarfile.TarInfo("files/../../evil")
        entry.size = 4
        tar.addfile(entry, io.BytesIO(b"evil"))
    path = tmp_path / "evil.age"
    path.write_bytes(pyrage.encrypt(raw.getvalue(), [own.to_public()]))
    with pytest.raises(BackupError, match="不认识"):
        archive.read(path, [own], lambda _name, file: file.read())


def test_a_place_that_does_not_fit_is_refused_and_stays_empty(backed_up, tmp_path):
    one, path, key = backed_up
    new = Place(tmp_path / "new")
    new.home.mkdir()
    told = ("restore", str(path), "--key", str(key))
    assert "密钥文件夹恢复到" in new.ask(*told, code=2)  # the ring first
    shutil.copytree(one.home / "keys", new.home / "keys", dirs_exist_ok=True)
    ring = new.home / "keys" / "keyring.json"
    right = ring.read_text()
    ring.write_text(json.dumps(json.loads(right) | {"chain": "00" * 32}))
    assert "不是这套数据的" in new.ask(*told, code=2)
    ring.write_text(right)
    gone = one.ask("manage", "shell", "--command", DISPOSE).partition("GONE ")[2].split()[0]
    for name in ("destroyed.txt", "disposed.jsonl"):
        shutil.copy(one.home / "keys" / name, new.home / "keys" / name)
    said = new.ask(*told)
    assert "已恢复" in said  # nothing of the refused ones was left
    assert "备份之后销毁的 1 件已再次销毁" in said
    assert "0 处不符" in said  # with its event and its entry in the register
    asked = f"from huiyin.vault.models import DataKey; print('STATE', DataKey.objects.get(id={gone!r}).wrapped is None)"
    assert "STATE True" in new.ask("manage", "shell", "--command", asked)  # erased after the backup: erased again
    assert "已经有数据库" in new.ask(*told, code=2)


def test_the_master_key_is_changed_by_a_command_that_shows_no_key(backed_up):
    one = backed_up[0]
    assert "m2" in one.ask("keys", "rotate")
    shown = one.ask("keys", "show")
    assert re.search(r"master:m2 .*当前", shown)
    assert re.search(r"master:m1 .*用于 0 把", shown)
    assert not re.search(r"\b[0-9a-f]{64}\b", shown)
    assert one.ask("verify")
