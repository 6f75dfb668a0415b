"""What both databases need said in their own words: rows that are never changed, privileges, and inserting many rows at once (D8, D16)."""

import re
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Final

from django.apps import apps
from django.conf import settings
from django.core.management.base import CommandError
from django.db import connection, models, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations import RunPython
from django.utils.translation import gettext as _

PREFIX: Final = "huiyin_protect"
PARAMETERS: Final = 16_000  # in one statement; both databases allow twice as many
MANY: Final = 50  # rows from which on they are streamed into PostgreSQL
SAYS: Final = "rows of this table are never changed or deleted"


def insert(model: type[models.Model], columns: Sequence[str], rows: Sequence[Sequence[Any]], tail: str = "") -> None:
    """Insert rows of plain values (bytes, text, numbers, moments with zone) without making objects of them. `tail` ends each statement."""
    if not rows:
        return
    table, names, step = model._meta.db_table, tuple(columns), PARAMETERS // len(columns)
    with cursor_at_hand() as cursor:
        if connection.vendor == "postgresql" and len(rows) >= MANY and not tail:
            _copy(cursor, table, names, rows)
            return
        for start in range(0, len(rows), step):
            some = rows[start : start + step] if len(rows) > step else rows
            execute(cursor, _insertion(table, names, len(some), tail), adapted(some, cursor.db))


def _copy(cursor: Any, table: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """PostgreSQL takes many rows faster as a stream than as one statement with thousands of values."""
    quote = connection.ops.quote_name
    sql = f"COPY {quote(table)} ({', '.join(map(quote, columns))}) FROM STDIN"
    with connection.wrap_database_errors, cursor.copy(sql) as stream:
        for row in rows:
            stream.write_row(row)


def execute(cursor: Any, sql: str, params: Sequence[Any]) -> None:
    """A plain statement with %s for its values. On SQLite it goes to the driver with the driver's own place holders, which are put into
    each text once: Django would look for them again at every call. Where somebody listens to statements it goes Django's way."""
    on = cursor.db
    if on.vendor != "sqlite" or on.queries_logged or on.execute_wrappers:
        cursor.execute(sql, params)
        return
    on.validate_no_broken_transaction()
    with on.wrap_database_errors:
        sqlite3.Cursor.execute(cursor.cursor, _question_marks(sql), params)


@lru_cache(maxsize=512)
def _question_marks(sql: str) -> str:
    return sql.replace("%s", "?")


_shared: ContextVar[Any] = ContextVar("huiyin_cursor", default=None)


@contextmanager
def one_cursor() -> Iterator[None]:
    """All plain statements inside go through one cursor: making one costs as much as a small statement."""
    with connection.cursor() as cursor:
        token = _shared.set(cursor)
        try:
            yield
        finally:
            _shared.reset(token)


@contextmanager
def cursor_at_hand() -> Iterator[Any]:
    """The shared cursor, else one of its own."""
    shared = _shared.get()
    if shared is not None:
        yield shared
        return
    with connection.cursor() as cursor:
        yield cursor


@lru_cache(maxsize=256)
def _insertion(table: str, columns: tuple[str, ...], count: int, tail: str) -> str:
    quote = connection.ops.quote_name
    one = f"({', '.join(['%s'] * len(columns))})"
    return f"INSERT INTO {quote(table)} ({', '.join(map(quote, columns))}) VALUES {', '.join([one] * count)}{tail}"


def adapted(rows: Sequence[Sequence[Any]], on: Any = connection) -> list[Any]:
    """The values of rows, one after another, moments in the form in which Django keeps them (SQLite compares them as text)."""
    if on.vendor == "postgresql":
        return [value for row in rows for value in row]
    return [_as_text(value) if type(value) is datetime else value for row in rows for value in row]


def _as_text(moment: datetime) -> str:
    """As Django's adapt_datetimefield_value writes it: in UTC, without zone."""
    return (moment if moment.tzinfo is UTC else moment.astimezone(UTC)).replace(tzinfo=None).isoformat(" ")


# -- tables whose rows are never changed


def protect(*tables: str) -> RunPython:
    """Migration operation: see protect_table."""

    def forwards(_apps: Any, editor: BaseDatabaseSchemaEditor) -> None:
        for table in tables:
            protect_table(editor, table)

    def backwards(_apps: Any, editor: BaseDatabaseSchemaEditor) -> None:
        for table in tables:
            unprotect_table(editor, table)

    return RunPython(forwards, backwards)


def protect_table(schema_editor: BaseDatabaseSchemaEditor, table: str) -> None:
    """Make the database itself refuse UPDATE, DELETE and TRUNCATE on a table, whoever asks. Privileges follow after the migration."""
    for statement in protection(schema_editor.connection.vendor, table):
        schema_editor.execute(statement, None)


def unprotect_table(schema_editor: BaseDatabaseSchemaEditor, table: str) -> None:
    """The way back of protect_table, for undoing a migration."""
    on = f' ON "{table}"' if schema_editor.connection.vendor == "postgresql" else ""
    for kind in _kinds(schema_editor.connection.vendor):
        schema_editor.execute(f'DROP TRIGGER IF EXISTS "{PREFIX}_{table}_{kind}"{on}', None)


def _kinds(vendor: str) -> tuple[str, ...]:
    return ("update", "delete", "truncate") if vendor == "postgresql" else ("update", "delete")


def protection(vendor: str, table: str) -> Iterator[str]:
    """The statements that protect a table. Raises ValueError for what is no name of a table."""
    if not re.fullmatch(r"[a-z_0-9]+", table):
        raise ValueError(f"{table!r} is no name of a table")
    if vendor == "postgresql":
        yield (
            f"CREATE OR REPLACE FUNCTION {PREFIX}() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN RAISE EXCEPTION '%: {SAYS}', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation'; END $$"
        )
    for kind in _kinds(vendor):
        name = f'"{PREFIX}_{table}_{kind}"'
        if vendor == "postgresql":
            each = "STATEMENT" if kind == "truncate" else "ROW"
            yield f'CREATE TRIGGER {name} BEFORE {kind.upper()} ON "{table}" FOR EACH {each} EXECUTE FUNCTION {PREFIX}()'
        else:
            yield (
                f'CREATE TRIGGER {name} BEFORE {kind.upper()} ON "{table}" '
                f"BEGIN SELECT RAISE(ABORT, '{table}: {SAYS}'); END"
            )


def protected_tables(on: BaseDatabaseWrapper = connection) -> list[str]:
    """Names of the tables that protect_table guards in this database, each against everything: one of whose triggers is gone is not among them."""
    if on.vendor == "postgresql":
        sql = (
            "SELECT tgrelid::regclass::text FROM pg_trigger WHERE NOT tgisinternal AND tgenabled <> 'D' AND tgname LIKE %s "
            "GROUP BY 1 HAVING COUNT(*) >= %s ORDER BY 1"
        )
    else:
        sql = (
            "SELECT tbl_name FROM sqlite_master WHERE type = 'trigger' AND name LIKE %s "
            "GROUP BY 1 HAVING COUNT(*) >= %s ORDER BY 1"
        )
    like = f"{PREFIX.replace('_', chr(92) + '_') if on.vendor == 'postgresql' else PREFIX}%"
    with on.cursor() as cursor:
        cursor.execute(sql, [like, len(_kinds(on.vendor))])
        return [row[0].strip('"') for row in cursor.fetchall()]


def problems() -> list[str]:
    """Tables that an app declares as protected (`protected_tables` of its AppConfig) and that are not: why the site must not start."""
    declared = {table for app in apps.get_app_configs() for table in getattr(app, "protected_tables", ())}
    missing = sorted(declared - set(protected_tables()))
    if not missing:
        return []
    return [_("数据库没有保护这些表：%(tables)s。请从备份恢复，或由管理员查明原因。") % {"tables": "、".join(missing)}]


@contextmanager
def unprotected(on: BaseDatabaseWrapper = connection) -> Iterator[None]:
    """Lift the protection for a while, as the owner of the tables may. For emptying a test database; the application never calls it."""
    tables = protected_tables(on)
    if on.vendor == "postgresql":
        _switch_triggers(on, tables, "DISABLE")
        try:
            yield
        finally:
            _switch_triggers(on, tables, "ENABLE")
        return
    with on.cursor() as cursor:
        cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND name LIKE %s", [f"{PREFIX}%"])
        triggers = cursor.fetchall()
        for name, _sql in triggers:
            cursor.execute(f'DROP TRIGGER "{name}"')
    try:
        yield
    finally:
        with on.cursor() as cursor:
            for _name, sql in triggers:
                cursor.execute(sql)


def _switch_triggers(on: BaseDatabaseWrapper, tables: Sequence[str], what: str) -> None:
    with on.cursor() as cursor:
        for table in tables:
            cursor.execute(f'ALTER TABLE "{table}" {what} TRIGGER USER')


# -- privileges on PostgreSQL


def grant_after_migrate(**kwargs: Any) -> None:
    """After every migration: the role of HUIYIN_DB_APP_ROLE may work with the tables, and only read and add to protected ones.
    Raises CommandError for a role that is not there."""
    role = settings.DB_APP_ROLE
    if connection.vendor != "postgresql" or not role or kwargs.get("using", "default") != "default":
        return
    try:
        grant(role)
    except LookupError as error:
        raise CommandError(
            _("PostgreSQL 没有角色 %(role)s。请先建立：CREATE ROLE %(role)s LOGIN，或改正 HUIYIN_DB_APP_ROLE。")
            % {"role": role}
        ) from error


def grant(role: str) -> None:
    """Give the application's role what it needs and nothing more. The owner of the tables runs this. Raises LookupError for no such role."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT quote_ident(rolname) FROM pg_roles WHERE rolname = %s", [role])
        found = cursor.fetchone()
        if found is None:
            raise LookupError(f"PostgreSQL has no role {role!r}")
        cursor.execute("SELECT current_user")
        if cursor.fetchone()[0] == role:
            return  # the application itself, with the owner's settings: it has what it was given
        name = found[0]
        cursor.execute(f"GRANT USAGE ON SCHEMA public TO {name}")
        cursor.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {name}")
        cursor.execute(f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {name}")
        for table in protected_tables():
            cursor.execute(f'REVOKE UPDATE, DELETE, TRUNCATE ON "{table}" FROM {name}')
        cursor.execute(f"REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON django_migrations FROM {name}")
