"""The sample world in the test database: made once in a session by the acts of huiyin.org, then put back as rows, in some milliseconds."""

import secrets
from collections.abc import Iterator, Sequence
from typing import Any

import pytest

_rows: dict[str, tuple[list[str], list[tuple[Any, ...]]]] = {}


@pytest.fixture(scope="session")
def session_ring() -> Iterator[Any]:
    """One ring of keys for a session: the log of administration of the sample world is chained with it."""
    from huiyin.vault import keys

    with keys.using(keys.KeyRing.fresh()) as ring:
        yield ring


@pytest.fixture
def sample_world(db: None, session_ring: Any) -> None:
    """All units, areas, places, people and adoptions of the sample world, as after `huiyin demo`."""
    from huiyin.org import sample

    if _rows:
        _restore()
    else:
        sample.make()
        _remember()
        _know_procedures()
    _stamp_anew()


def _know_procedures() -> None:
    """A procedure is read from the database once in a process: were it read within some test, that one would count a query more."""
    from huiyin.org import procedures

    library = procedures.library()
    for id in library.procedures:
        for procedure in procedures.all_versions(library, id):
            procedures._compiled.setdefault(procedure.hash, procedure)


def _stamp_anew() -> None:
    """A stamp that no test had: what a process remembers by the stamp, it reads anew in every test."""
    from huiyin.org import snapshot
    from huiyin.org.models import Stamp

    Stamp.objects.update(value=secrets.token_hex(16))
    snapshot.forget()


def _models() -> Sequence[Any]:
    """Tables that the sample world fills, those first that others point to."""
    from huiyin.org import models

    return (
        models.Person, models.Unit, models.Area, models.PlaceArea, models.Authority, models.CompiledProcedure, models.Officer, models.Adoption,
        models.SettingValue, models.AdminEvent, models.Stamp,
    )  # fmt: skip


def _remember() -> None:
    for model in _models():
        columns = [field.column for field in model._meta.concrete_fields]
        _rows[model.__name__] = (
            columns,
            [tuple(_plain(row, f) for f in model._meta.concrete_fields) for row in _in_order(model)],
        )


def _in_order(model: Any) -> Sequence[Any]:
    """Parents before children, where a table points to itself."""
    rows, done, found = list(model.objects.order_by("pk")), set(), []
    pointers = [field.attname for field in model._meta.concrete_fields if field.related_model is model]
    while rows:
        ready = [row for row in rows if all(getattr(row, name) in (None, *done) for name in pointers)]
        done.update(row.pk for row in ready)
        found += ready
        rows = [row for row in rows if row.pk not in done]
    return found


def _plain(row: Any, field: Any) -> Any:
    from django.db import connection

    return field.get_db_prep_save(getattr(row, field.attname), connection)


def _restore() -> None:
    from django.core.management.color import no_style
    from django.db import connection

    from huiyin.vault import db

    for model in _models():
        db.insert(model, *_rows[model.__name__])
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), list(_models())):
            cursor.execute(statement)
