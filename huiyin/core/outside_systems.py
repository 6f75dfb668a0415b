"""Systems outside that know our cases by numbers of their own, read from systems.toml: strictly, named with file, entry and key."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from huiyin.core.errors import RuleError, place
from huiyin.core.toml_files import read

FILE: Final = "systems.toml"
LONGEST: Final = 40  # of a code: what the table of outside numbers holds
KEYS: Final = frozenset({"code", "label", "of_record", "note"})


@dataclass(frozen=True, slots=True)
class System:
    """An outside system. `of_record`: a case that carries its number is a mirror; what counts is what stands there."""

    code: str
    label: str
    of_record: bool = False
    note: str = ""


def load(*folders: Path) -> dict[str, System]:
    """The systems of these folders, a later one over an earlier one by code. Raises RuleError naming file, entry and key."""
    found: dict[str, System] = {}
    for path in (folder / FILE for folder in folders):
        if not path.exists():
            continue
        raw = read(path)
        if unknown := sorted(set(raw) - {"system"}):
            raise RuleError("unknown section; known: system", file=path.name, entry=", ".join(unknown))
        with place(path.name):
            own = [_system(entry, path.name, f"[[system]] {i}") for i, entry in enumerate(raw.get("system", []), 1)]
        found |= {one.code: one for one in own}
    return found


def _system(raw: Mapping[str, Any], file: str, entry: str) -> System:
    if unknown := sorted(set(raw) - KEYS):
        raise RuleError(
            f"unknown key; known: {', '.join(sorted(KEYS))}", file=file, entry=entry, key=", ".join(unknown)
        )
    for key in ("code", "label"):
        if not isinstance(raw.get(key), str) or not 0 < len(raw[key].strip()) <= LONGEST:
            raise RuleError(f"is a text of up to {LONGEST} characters", file=file, entry=entry, key=key)
    if not isinstance(raw.get("of_record", False), bool):
        raise RuleError("is true or false", file=file, entry=entry, key="of_record")
    return System(raw["code"], raw["label"], raw.get("of_record", False), str(raw.get("note", "")))
