"""Copies as rows of plain values: written in few statements, compared without making objects of them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.db import connection, models

from huiyin.vault import db
from huiyin.vault.prepared import Prepared

Row = tuple[Any, ...]


@dataclass(frozen=True)
class Table:
    """A table of copies: its columns in the order of the rows, the first `key` of which tell a row from all others.

    Values are plain: texts, numbers, dates, moments in UTC; a column in `json` holds a table, written and compared as canonical text.
    """

    model: type[models.Model]
    columns: tuple[str, ...]
    key: int
    json: frozenset[str] = frozenset()

    def insert(self, rows: Sequence[Row]) -> None:
        db.insert(self.model, self.columns, rows)

    def upsert(self, rows: Sequence[Row]) -> None:
        """Insert rows, or replace those with the same key."""
        db.insert(self.model, self.columns, rows, self._replacing)

    @cached_property
    def _replacing(self) -> str:
        names = [connection.ops.quote_name(c) for c in self.columns]
        sets = ", ".join(f"{name} = excluded.{name}" for name in names[self.key :])
        return f" ON CONFLICT ({', '.join(names[: self.key])}) DO UPDATE SET {sets}"

    def delete(self, keys: Iterable[Row]) -> None:
        """Take rows away by their keys; few at a time."""
        quote = connection.ops.quote_name
        where = " AND ".join(f"{quote(c)} = %s" for c in self.columns[: self.key])
        with db.cursor_at_hand() as cursor:
            for key in keys:
                cursor.execute(f"DELETE FROM {quote(self.model._meta.db_table)} WHERE {where}", db.adapted([key]))

    def stored(self, **chosen: Any) -> dict[Row, Row]:
        """Rows as they are stored, by key."""
        found = {}
        places = [i for i, name in enumerate(self.columns) if name in self.json]
        for row in self._chosen(chosen):
            if places:
                row = tuple(text(v) if i in places else v for i, v in enumerate(row))
            found[row[: self.key]] = row
        return found

    def _chosen(self, chosen: Mapping[str, Any]) -> Iterable[Row]:
        """Rows that have these values. Of a single case they are asked for with every act, so that query is composed once."""
        if not all(type(value) in (int, str) for value in chosen.values()):
            return self.model._default_manager.filter(**chosen).values_list(*self.columns)
        names = tuple(chosen)
        if names not in self._prepared:
            self._prepared[names] = Prepared(
                lambda *places: self.model._default_manager.filter(**dict(zip(names, places, strict=True))).values_list(*self.columns),
                *map(type, chosen.values()),
            )  # fmt: skip
        return self._prepared[names].rows(*chosen.values())

    @cached_property
    def _prepared(self) -> dict[tuple[str, ...], Prepared]:
        return {}

    def by_key(self, rows: Iterable[Row]) -> dict[Row, Row]:
        return {row[: self.key]: row for row in rows}

    def sync(self, old: Mapping[Row, Row], new: Iterable[Row]) -> None:
        """The least change that makes `new` of `old`."""
        wanted = self.by_key(new)
        self.upsert([row for key, row in wanted.items() if old.get(key) != row])
        self.delete(key for key in old if key not in wanted)


_encoder = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def text(value: Any) -> str:
    """A table in the one form in which it is compared."""
    return "{}" if value == {} else _encoder.encode(value)
