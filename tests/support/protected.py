"""Emptying a test database whose tables refuse DELETE and TRUNCATE: after a test with real transactions the protection is lifted for it."""

from collections.abc import Iterator, Sequence
from typing import Any

import pytest


@pytest.fixture(autouse=True, scope="session")
def _flush_lifts_protection() -> Iterator[None]:
    """Only what empties a whole database goes through here; every statement of the application still meets the triggers."""
    from django.db.backends.base.operations import BaseDatabaseOperations

    from huiyin.cases.numbers import forget_ids
    from huiyin.search.index import INDEXES
    from huiyin.vault.db import unprotected

    plain = BaseDatabaseOperations.execute_sql_flush

    def lifted(self: Any, sql_list: Sequence[str]) -> None:
        with unprotected(self.connection):
            plain(self, sql_list)
        if self.connection.vendor == "sqlite":  # words lie in tables that Django does not know
            with self.connection.cursor() as cursor:
                for index in INDEXES.values():
                    cursor.execute(f"INSERT INTO {index.fts} ({index.fts}) VALUES ('delete-all')")
        forget_ids()

    BaseDatabaseOperations.execute_sql_flush = lifted  # type: ignore[method-assign]
    yield
    BaseDatabaseOperations.execute_sql_flush = plain  # type: ignore[method-assign]
