"""The database is opened as the log needs it."""

import pytest
from django.db import ConnectionHandler, connection

from huiyin import checks


@pytest.mark.django_db
def test_the_database_of_the_tests_is_as_safe_as_in_earnest():
    assert checks.unsafe_storage(connection) == []


@pytest.mark.django_db
def test_every_migration_has_been_applied():
    assert checks.missing_migrations(connection) == 0


@pytest.mark.sqlite
@pytest.mark.django_db
@pytest.mark.parametrize(
    ("pragma", "word"), [("synchronous=NORMAL", "synchronous"), ("journal_mode=DELETE", "journal_mode")]
)
def test_a_weakened_sqlite_is_found(tmp_path, pragma, word):
    """In a file of its own: the journal of a database that another connection holds open cannot be changed."""
    own = ConnectionHandler({"default": {**connection.settings_dict, "NAME": tmp_path / "own.sqlite3"}})["default"]
    try:
        with own.cursor() as cursor:
            cursor.execute("CREATE TABLE noted (n)")
            assert checks.unsafe_storage(own) == []
            cursor.execute(f"PRAGMA {pragma}")
            problems = checks.unsafe_storage(own)
    finally:
        own.close()
    assert len(problems) == 1
    assert word in problems[0]


def test_a_transaction_around_every_request_is_refused(monkeypatch):
    assert checks.atomic_requests_are_off() == []
    monkeypatch.setitem(connection.settings_dict, "ATOMIC_REQUESTS", True)
    assert [error.id for error in checks.atomic_requests_are_off()] == ["huiyin.E001"]
