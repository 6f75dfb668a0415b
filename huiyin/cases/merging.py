"""The first rows of several indexed reads, as one read: however much lies in the tables, each part reads its page along its index and no more.

`WHERE unit IN (...) ORDER BY moment LIMIT 30` sorts everything that the units have; thirty rows of each unit, merged, do not.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet

UNIT: Final = "\u0001unit"  # stands for the unit in a part; no unit has such a name
MOST: Final = 120  # parts; a viewer of more units sees most of everything, and a read along the common index finds its page at once


def first_ids(
    each: QuerySet[Any], units: Sequence[str], order: tuple[str, ...], size: int, more: Sequence[QuerySet[Any]] = ()
) -> list[int]:
    """The first of the ids that the parts hold, each once. `each` is the part of one unit, with UNIT in the place of its name: it is put into
    SQL once, however many units there are; `more` are further parts. `order` names the columns, the id last (`-` before a name: downwards)."""
    texts: list[str] = []
    params: list[Any] = []
    names = [name.removeprefix("-") for name in order]
    for part, own in ((each, units), *((one, [""]) for one in more)):
        try:
            text, given = part.order_by(*order).values_list(*names)[:size].query.sql_with_params()
        except EmptyResultSet:
            continue
        for unit in own:
            texts.append(f"SELECT * FROM ({text}) AS part{len(texts)}")
            params += [unit if value == UNIT else value for value in given]
    if not texts:
        return []
    by = ", ".join(f"{at}{' DESC' if name.startswith('-') else ''}" for at, name in enumerate(order, 1))
    with connection.cursor() as cursor:
        cursor.execute(f"{' UNION '.join(texts)} ORDER BY {by} LIMIT {int(size)}", params)
        return [row[-1] for row in cursor.fetchall()]
