"""One example of every clause through `record()`, on the database of this run: decided, sealed, written, read back from the log, looked at."""

from __future__ import annotations

import pytest

from huiyin.core.examples import example_files
from tests.clauses.test_examples import HERE, PATHS
from tests.support.recorded import Recorded, one_of_each_clause
from tests.support.shipped import library, read_examples


def chosen() -> list:
    files = example_files([*([PATHS] if PATHS.is_dir() else []), HERE])
    every = ((raw, f"{path.stem}-{n}") for path in files for n, raw in enumerate(read_examples(path), 1))
    known = [(raw, id) for raw, id in every if raw.get("procedure") in library().procedures and raw["events"]]
    return [pytest.param(raw, id=id) for raw, id in one_of_each_clause(known)]


@pytest.mark.django_db
@pytest.mark.parametrize("raw", chosen())
def test_recorded(raw, sample_world):
    case = Recorded(raw, library())
    case.run()
    expected, found = case.check()
    assert not expected, f"{raw.get('name')}: {(expected, found)}"
