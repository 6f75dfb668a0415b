"""What must hold before Huiyin writes anything: the database keeps what it was told to keep.

`synchronous`, `fsync` and `synchronous_commit` decide whether an event that was confirmed to a person survives a power cut. A start
with any of them weakened is refused (docs/decisions/0002-the-log.md, D8).
"""

from collections.abc import Callable, Sequence
from typing import Any

from django.core.checks import CheckMessage, Error, Tags, register
from django.core.exceptions import ImproperlyConfigured
from django.db import DEFAULT_DB_ALIAS, DatabaseError, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.executor import MigrationExecutor
from django.utils.translation import gettext as _

SAFE_ON_POSTGRESQL = {
    "fsync": {"on"},
    "full_page_writes": {"on"},
    "synchronous_commit": {"on", "remote_write", "remote_apply"},
}

_at_start: list[Callable[[], list[str]]] = []


def at_start(question: Callable[[], list[str]]) -> None:
    """Let a floor ask something before the site starts: why it must not, in words for the operator; nothing when it may."""
    if question not in _at_start:
        _at_start.append(question)


@register()
def atomic_requests_are_off(app_configs: Any = None, **_kwargs: Any) -> list[CheckMessage]:
    """A transaction around every request would make every page a writer on SQLite and hold locks while rendering."""
    return [
        Error(
            _("数据库 %(alias)s 打开了 ATOMIC_REQUESTS，请关闭：事务只由写入的函数自己开启。") % {"alias": alias},
            id="huiyin.E001",
        )
        for alias in connections
        if connections[alias].settings_dict["ATOMIC_REQUESTS"]
    ]


@register(Tags.database)
def storage_is_safe(
    app_configs: Any = None, databases: Sequence[str] | None = None, **_kwargs: Any
) -> list[CheckMessage]:
    """The same question as at start-up, for `huiyin manage check --database default` and for `migrate`."""
    return [Error(text, id="huiyin.E002") for alias in databases or () for text in unsafe_storage(connections[alias])]


def unsafe_storage(connection: BaseDatabaseWrapper) -> list[str]:
    """What the connection really has, as the server reports it; one text for each setting that may lose a confirmed event."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            return _unsafe_sqlite(cursor)
        return _unsafe_postgresql(cursor)


def _unsafe_sqlite(cursor: Any) -> list[str]:
    found = []
    synchronous = cursor.execute("PRAGMA synchronous").fetchone()[0]
    if synchronous < 2:
        found.append(
            _("SQLite 的 synchronous 为 %(value)s，断电会丢失已经确认的记录；应为 2（FULL）。") % {"value": synchronous}
        )
    journal = cursor.execute("PRAGMA journal_mode").fetchone()[0]
    if journal != "wal":
        found.append(
            _("SQLite 的 journal_mode 为 %(value)s，应为 wal；请把数据库文件放在本机磁盘上，不要放在网络盘上。")
            % {"value": journal}
        )
    return found


def _unsafe_postgresql(cursor: Any) -> list[str]:
    found = []
    for name, safe in SAFE_ON_POSTGRESQL.items():
        cursor.execute("SELECT current_setting(%s)", [name])
        value = cursor.fetchone()[0]
        if value not in safe:
            found.append(
                _("PostgreSQL 的 %(name)s 为 %(value)s，断电会丢失已经确认的记录；请改为 on 后再启动。")
                % {"name": name, "value": value}
            )
    return found


def missing_migrations(connection: BaseDatabaseWrapper) -> int:
    """How many migrations the database has not had yet."""
    executor = MigrationExecutor(connection)
    return len(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def database_problems(alias: str = DEFAULT_DB_ALIAS) -> list[str]:
    """Why the site must not start on this database, in words for the operator; empty when it may."""
    connection: Any = connections[alias]  # Any: the stubs do not know the driver module, `Database`
    try:
        reach(connection)
        problems = unsafe_storage(connection)
        if missing := missing_migrations(connection):
            problems.append(
                _("数据库还差 %(count)d 步结构更新。请先运行：huiyin manage migrate") % {"count": missing},
            )
        else:
            problems += start_problems()
    except (DatabaseError, connection.Database.Error) as error:
        return [
            _("无法使用数据库：%(error)s\n请检查 DATABASE_URL，并确认数据库已经启动。") % {"error": str(error).strip()}
        ]
    finally:
        connection.close()
        if connection.vendor == "postgresql":
            connection.close_pool()  # the server forks its workers after this: two must never share one connection
    return problems


def start_problems() -> list[str]:
    """What the floors have against a start: keys that are not this database's, rules changed without a new edition."""
    return [problem for question in _at_start for problem in question()]


def reach(connection: Any) -> None:
    """Open one connection beside the pool: the pool would try again and again before it said that nobody answers."""
    if connection.vendor == "postgresql":
        connection.Database.connect(**connection.get_connection_params()).close()


def refuse_unsafe_storage() -> None:
    """For servers that load huiyin.wsgi without `huiyin serve`. Raises ImproperlyConfigured."""
    connection = connections[DEFAULT_DB_ALIAS]
    try:
        if problems := unsafe_storage(connection) + start_problems():
            raise ImproperlyConfigured("\n".join(problems))
    finally:
        connection.close()
