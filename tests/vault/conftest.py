"""A key ring for tests that need no database, and one folder of keys for each test that reads or writes the ring's files."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from huiyin.vault import keys


@pytest.fixture
def ring() -> Iterator[keys.KeyRing]:
    with keys.using(keys.KeyRing.fresh()) as ring:
        yield ring


@pytest.fixture
def folder(tmp_path: Path, settings, monkeypatch) -> Path:
    monkeypatch.setattr(keys, "_in_use", [])  # the session's own ring, where another test made the sample world
    settings.KEYS = tmp_path / "keys"
    return settings.KEYS
