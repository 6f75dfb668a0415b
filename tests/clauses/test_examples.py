"""The worked examples, through the same function as `huiyin examples`. What they say stands in the TOML files beside this one."""

from pathlib import Path

import pytest

from huiyin.core.examples import example_files, run
from tests.support.shipped import calendar, library, read_examples

HERE = Path(__file__).parent
PATHS = HERE.parents[2] / "shared" / "paths"  # full paths of every procedure, where this checkout has them beside it
AT_MOST = 3  # clauses that one test may claim


def examples() -> list:
    """Every example as a parameter that carries its clauses; paths of bodies whose rules are not here yet are left out."""
    found = []
    for path in example_files([HERE, PATHS] if PATHS.is_dir() else [HERE]):
        for number, raw in enumerate(read_examples(path), 1):
            clause = raw.get("clause", [])
            clauses = clause if isinstance(clause, list) else [clause]
            if path.parent == PATHS and raw.get("procedure") not in library().procedures:
                continue
            marks = [pytest.mark.clause(*clauses[:AT_MOST])] if clauses else []
            found.append(pytest.param(raw, path.name, id=f"{path.stem}-{number}", marks=marks))
    return found


@pytest.mark.parametrize(("raw", "file"), examples())
def test_example(raw, file):
    result = run(raw, library(), calendar(), file)
    assert result.passed, f"{result.name}: {result.error or (result.expected, result.found)}"
