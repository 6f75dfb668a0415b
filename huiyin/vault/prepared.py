"""Queries that Django composes once and asks often: composing one costs several times what the database needs to answer it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

from django.db import connection, models

from huiyin.vault import db

PLACE: Final = -2_100_000_000  # whole numbers from here downwards stand for the first, second ... value
TEXT_PLACE: Final = "\ue000place "


class Prepared:
    """A query with places. `make` is given one placeholder for each of `kinds` (int or str) and returns the query; it is called once for
    each sort of database. `rows` are tuples, `objects` are of the query's model; both as Django would give them."""

    def __init__(self, make: Callable[..., models.QuerySet[Any, Any]], *kinds: type) -> None:
        self._make = make
        self._places = [PLACE - n if kind is int else f"{TEXT_PLACE}{n}" for n, kind in enumerate(kinds)]
        self._composed: dict[str, tuple[str, list[Any], list[Any], type[models.Model], list[str]]] = {}

    def rows(self, *values: Any) -> list[tuple[Any, ...]]:
        """The rows with these values in the places."""
        sql, params, converters, _, _ = self._compose()
        places = dict(zip(self._places, values, strict=True))
        with db.cursor_at_hand() as cursor:
            # PostgreSQL's parameters are of sorts of int
            db.execute(cursor, sql, [places.get(p, p) if isinstance(p, int | str) else p for p in params])
            found: list[tuple[Any, ...]] = cursor.fetchall()
        return [self._converted(row, converters) for row in found] if converters else found

    def objects(self, *values: Any) -> list[Any]:
        """The same as objects."""
        _, _, _, model, names = self._compose()
        return [model.from_db(connection.alias, names, row) for row in self.rows(*values)]

    def _compose(self) -> tuple[str, list[Any], list[Any], type[models.Model], list[str]]:
        found = self._composed.get(connection.vendor)
        if found is None:
            query = self._make(*self._places)
            compiler = query.query.get_compiler(connection=connection)
            sql, params = compiler.as_sql()
            chosen = [expression for expression, _, _ in compiler.select]
            converters = [(at, *one) for at, one in compiler.get_converters(chosen).items()]
            names = [getattr(e.target, "attname", "") for e in chosen] if query._fields is None else []  # type: ignore[attr-defined]
            found = self._composed[connection.vendor] = (sql, list(params), converters, query.model, names)
        return found

    @staticmethod
    def _converted(row: Sequence[Any], converters: Sequence[Any]) -> tuple[Any, ...]:
        cells = list(row)
        for at, functions, expression in converters:
            for function in functions:
                cells[at] = function(cells[at], expression, connection)
        return tuple(cells)
