"""TOML files as tables, for everything in the core that is kept in them."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from huiyin.core.errors import RuleError


def read(path: Path) -> dict[str, Any]:
    """The file as a table. Raises RuleError, which names the file, for bytes that are no TOML."""
    try:
        with path.open("rb") as file:
            return tomllib.load(file)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise RuleError(f"not valid TOML: {error}", file=path.name) from error
