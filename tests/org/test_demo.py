"""`huiyin demo` from nothing: a world to log in to, cases to go on with; again, in seconds, nothing is changed."""

import shutil
import sqlite3

import psycopg
import pytest

from tests.project.test_cli import huiyin
from tests.support import postgres
from tests.vault.as_application import succeeded


def demo(home, *arguments, **environment):
    done = huiyin("demo", *arguments, home=home, **environment)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def once(tmp_path_factory):
    """A home with the sample world, and what was said when it was made."""
    home = tmp_path_factory.mktemp("once")
    return home, demo(home)


@pytest.fixture
def made(once, tmp_path):
    """A copy of it, to do with as one likes."""
    shutil.copytree(once[0], tmp_path, dirs_exist_ok=True)
    return tmp_path


def test_the_sample_world_is_made_once_and_tells_who_can_log_in(once, made):
    first = once[1]
    assert "正在建立示范单位和人员" in first
    assert "huiyin-shifan" in first
    assert all(name in first for name in ("intake.city", "handler2.county_a", "leader.county_a", "admin.province"))
    before = _rows(made)
    assert before["cases_case"] >= 70
    second = demo(made, "--if-empty")
    assert "正在" not in second
    assert "intake.city" in second
    assert _rows(made) == before
    assert (made / "keys" / "keyring.json").stat().st_mode & 0o777 == 0o600


def _rows(home):
    with sqlite3.connect(home / "huiyin.sqlite3") as database:
        tables = [row[0] for row in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {table: database.execute(f'SELECT count(*) FROM "{table}"').fetchone()[0] for table in tables}


def test_no_plain_value_of_a_sample_case_is_in_the_database_file(once):
    content = b"".join(path.read_bytes() for path in once[0].glob("huiyin.sqlite3*"))
    assert content
    for text in ("13800001001", "王林夕", "甲县惠邻电器行", "一周内胆就起皮"):
        assert text.encode() not in content, text


def test_an_organisation_of_its_own_is_left_alone(tmp_path):
    assert huiyin("manage", "migrate", home=tmp_path).returncode == 0
    with sqlite3.connect(tmp_path / "huiyin.sqlite3") as database:
        database.execute(
            "INSERT INTO org_unit (id, label, level, functions, area, since) VALUES ('own', '本局', 'county', '[]', '', '2020-01-01')"
        )
    refused = huiyin("demo", home=tmp_path)
    assert refused.returncode == 2
    assert "已有自己的单位" in refused.stderr
    assert demo(tmp_path, "--if-empty") == ""
    assert _rows(tmp_path)["org_unit"] == 1


def test_a_lost_key_ring_stops_the_second_start(made):
    (made / "keys" / "keyring.json").unlink()
    refused = huiyin("demo", home=made)
    assert refused.returncode == 2
    assert "找不到密钥环" in refused.stderr


def test_an_unreachable_database_is_said_in_one_line(tmp_path):
    refused = huiyin("demo", home=tmp_path, DATABASE_URL=f"postgresql://nobody@/none?host={tmp_path}&connect_timeout=1")
    assert refused.returncode == 2
    assert "无法使用数据库" in refused.stderr


@pytest.mark.postgresql
def test_the_same_on_postgresql(tmp_path):
    with postgres.cluster() as server:
        assert "intake.city" in demo(tmp_path, DATABASE_URL=server.url())
        assert "正在" not in demo(tmp_path, DATABASE_URL=server.url())


@pytest.mark.postgresql
def test_the_application_lives_with_the_privileges_of_its_role(tmp_path):
    with postgres.cluster() as server:
        owner = server.url()
        _sql(owner, "CREATE ROLE app LOGIN")
        done = huiyin("manage", "migrate", home=tmp_path, DATABASE_URL=owner, HUIYIN_DB_APP_ROLE="app")
        assert done.returncode == 0, done.stderr
        own = owner.replace("huiyin@", "app@")
        assert "intake.city" in demo(tmp_path, DATABASE_URL=own, HUIYIN_DB_APP_ROLE="app")
        count = "SELECT count(*), sum(length(body)) FROM cases_event"
        before = _answer(owner, count)
        for table in ("cases_event", "org_adminevent"):
            assert succeeded(own, table) == []
            for statement in (f"DELETE FROM {table}", f"UPDATE {table} SET hash = ''", f"TRUNCATE {table}"):
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    _sql(own, statement)
                with pytest.raises(psycopg.errors.IntegrityConstraintViolation):
                    _sql(owner, statement)
        assert _answer(owner, count) == before
        assert _answer(own, GUARDED) == _answer(own, PROTECTED)


PROTECTED = """
SELECT array_agg(DISTINCT relname::text ORDER BY relname::text) FROM pg_trigger JOIN pg_class c ON c.oid = tgrelid
WHERE tgname LIKE 'huiyin_protect_%'
"""
GUARDED = f"""{PROTECTED}
AND NOT has_table_privilege(c.oid, 'UPDATE') AND NOT has_table_privilege(c.oid, 'DELETE') AND NOT has_table_privilege(c.oid, 'TRUNCATE')
AND NOT has_table_privilege(c.oid, 'TRIGGER') AND NOT has_any_column_privilege(c.oid, 'UPDATE')
"""


def _answer(url: str, statement: str) -> object:
    with psycopg.connect(url) as connection:
        return connection.execute(statement).fetchone()


def _sql(url: str, statement: str) -> None:
    with psycopg.connect(url) as connection:
        connection.execute(statement)
