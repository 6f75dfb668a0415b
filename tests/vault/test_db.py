"""What the database itself refuses, on both databases, and what the application's role on PostgreSQL may do (D16)."""

from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from django.core.management.base import CommandError
from django.db import DatabaseError, IntegrityError, connection, transaction

from huiyin.vault import db
from huiyin.vault.db import protection
from huiyin.vault.models import BlindIndex, DataKey, RevealLog


def _run(sql: str) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)


@pytest.fixture
def table(db):
    """A table of two rows, protected as a migration does it."""
    _run("CREATE TABLE trial_event (id integer PRIMARY KEY, body text)")
    for statement in protection(connection.vendor, "trial_event"):
        _run(statement)
    _run("INSERT INTO trial_event VALUES (1, 'a'), (2, 'b')")
    return "trial_event"


REFUSED = ["UPDATE trial_event SET body = 'x' WHERE id = 1", "DELETE FROM trial_event WHERE id = 1", "DELETE FROM trial_event",
           "INSERT INTO trial_event VALUES (1, 'x') ON CONFLICT (id) DO UPDATE SET body = 'x'"]  # fmt: skip


@pytest.mark.parametrize("statement", REFUSED)
def test_a_protected_row_is_neither_changed_nor_deleted(table, statement):
    with pytest.raises(IntegrityError, match="never changed"):
        _run(statement)
    with connection.cursor() as cursor:
        cursor.execute("SELECT body FROM trial_event ORDER BY id")
        assert [row[0] for row in cursor.fetchall()] == ["a", "b"]


@pytest.mark.sqlite
def test_replacing_a_row_is_refused_too(table):
    with pytest.raises(IntegrityError):
        _run("REPLACE INTO trial_event VALUES (1, 'x')")


@pytest.mark.postgresql
@pytest.mark.django_db
def test_a_protected_table_is_not_emptied_at_once(table):
    with pytest.raises(IntegrityError, match="never changed"):
        _run("TRUNCATE trial_event")


def test_new_rows_are_welcome(table):
    _run("INSERT INTO trial_event VALUES (3, 'c')")
    with connection.cursor() as cursor:
        cursor.execute("SELECT body FROM trial_event ORDER BY id")
        assert [row[0] for row in cursor.fetchall()] == ["a", "b", "c"]


def test_protection_is_known_and_can_be_lifted_by_the_owner(table):
    assert {"trial_event", "vault_reveallog", "org_adminevent", "org_compiledprocedure"} <= set(db.protected_tables())
    with db.unprotected():
        _run("DELETE FROM trial_event WHERE id = 2")
    with pytest.raises(IntegrityError):
        _run("DELETE FROM trial_event WHERE id = 1")


@pytest.mark.django_db
def test_a_start_without_the_protection_is_refused():
    assert db.problems() == []
    with db.unprotected():
        (problem,) = db.problems()
    assert "vault_reveallog" in problem
    assert db.problems() == []


@pytest.mark.django_db
@pytest.mark.parametrize("kind", ["update", "delete"])
@pytest.mark.parametrize("table", ["cases_event", "cases_anchor", "cases_anchorleaf"])
def test_one_trigger_less_on_the_log_stops_the_start(table, kind):
    on = f" ON {table}" if connection.vendor == "postgresql" else ""
    _run(f"DROP TRIGGER {db.PREFIX}_{table}_{kind}{on}")
    (problem,) = db.problems()
    assert table in problem.replace("、", " ").replace("：", " ").replace("。", " ").split()


def test_a_name_that_is_no_table_is_refused():
    with pytest.raises(ValueError, match="no name"):
        list(protection("sqlite", 'x"; DROP TABLE y'))


@pytest.mark.django_db
def test_very_many_rows_go_in(django_assert_num_queries):
    rows = [("phone", f"{n:032x}", n, "") for n in range(10_000)]
    with django_assert_num_queries(3 if connection.vendor == "sqlite" else 1):  # PostgreSQL takes them as a stream
        db.insert(BlindIndex, ("kind", "token", "case_id", "party"), rows)
    assert BlindIndex.objects.count() == 10_000
    db.insert(BlindIndex, ("kind",), [])


@pytest.mark.django_db
@pytest.mark.parametrize("count", [1, db.MANY])
def test_few_or_many_rows_keep_what_they_hold(count):
    """Streamed or stated: tabs, line ends, back slashes, nothing at all, bytes and moments."""
    at = datetime(2026, 5, 29, 9, 30, tzinfo=UTC)
    keys = [(f"{n:032x}", n, "", "personal", "m1", b"\x00\t\\\n\xff", None) for n in range(count)]
    db.insert(DataKey, ("id", "case_id", "party", "cls", "master", "wrapped", "destroyed_at"), keys)
    looks = [(at, "p1", "handler", "city", n, "r", "n", "一\t二\n\\N\\三") for n in range(count)]
    db.insert(RevealLog, ("at", "person", "role", "unit", "case_id", "ref", "name", "reason"), looks)
    key, look = DataKey.objects.order_by("-id").first(), RevealLog.objects.order_by("-id").first()
    assert (bytes(key.wrapped), key.destroyed_at) == (b"\x00\t\\\n\xff", None)
    assert (look.at, look.reason) == (at, "一\t二\n\\N\\三")
    with pytest.raises(IntegrityError), transaction.atomic():
        db.insert(DataKey, ("id", "case_id", "party", "cls", "master", "wrapped", "destroyed_at"), keys)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("_again", [1, 2])
def test_a_test_with_real_transactions_leaves_an_empty_protected_table(_again):
    from django.utils import timezone

    assert not RevealLog.objects.exists()
    RevealLog.objects.create(
        at=timezone.now(), person="p1", role="handler", unit="city", case_id=1, ref="r", name="n", reason="x"
    )
    with pytest.raises(IntegrityError):
        _run("DELETE FROM vault_reveallog")


# -- privileges


@pytest.fixture
def role(db):
    _run("CREATE ROLE huiyin_app_trial")
    return "huiyin_app_trial"


@pytest.mark.postgresql
def test_the_application_may_only_read_and_add_events(role, settings):
    settings.DB_APP_ROLE = role
    db.grant_after_migrate(using="default")
    what = ("SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE")
    assert [w for w in what if _may(role, "org_adminevent", w)] == ["SELECT", "INSERT"]
    assert [w for w in what if _may(role, "vault_record", w)] == ["SELECT", "INSERT", "UPDATE", "DELETE"]
    assert not _may(role, "django_migrations", "INSERT")
    assert _may(role, "django_migrations", "SELECT")


@pytest.mark.postgresql
def test_as_that_role_the_database_refuses(role, settings):
    settings.DB_APP_ROLE = role
    db.grant_after_migrate(using="default")
    _as(role, "INSERT INTO vault_blindindex (kind, token, case_id, party) VALUES ('phone', 'x', 1, '')")
    with pytest.raises(DatabaseError) as refused:
        _as(role, "DELETE FROM vault_reveallog")
    assert (
        refused.value.__cause__.sqlstate == "42501"
    )  # insufficient privilege, in whatever language the server says it


def _as(role: str, sql: str) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL ROLE {role}")
        cursor.execute(sql)
        cursor.execute("RESET ROLE")


def _may(role: str, table: str, what: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT has_table_privilege(%s, %s, %s)", [role, table, what])
        return bool(cursor.fetchone()[0])


@pytest.mark.postgresql
@pytest.mark.django_db
def test_a_role_that_is_not_there_is_named(settings):
    settings.DB_APP_ROLE = "nobody_here"
    with pytest.raises(CommandError, match="CREATE ROLE nobody_here"):
        db.grant_after_migrate(using="default")


@pytest.mark.django_db
def test_without_an_application_role_nothing_is_granted(settings, django_assert_num_queries):
    settings.DB_APP_ROLE = ""
    with django_assert_num_queries(0):
        db.grant_after_migrate(using="default", sender=SimpleNamespace())
