"""Systems outside that know our cases by numbers of their own: data, read once in a process (huiyin/rules/systems.toml, and an office's own)."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from django.conf import settings

from huiyin.core.errors import RuleError
from huiyin.core.vocabulary import RULES

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


@lru_cache(maxsize=1)
def systems() -> Mapping[str, System]:
    """All systems by code. Raises RuleError."""
    return load(*((RULES, Path(settings.RULES)) if settings.RULES else (RULES,)))


def load(*folders: Path) -> dict[str, System]:
    """The systems of these folders, a later one over an earlier one by code. Raises RuleError naming file, entry and key."""
    found: dict[str, System] = {}
    for path in (folder / FILE for folder in folders):
        if not path.exists():
            continue
        try:
            raw = tomllib.loads(path.read_text(encoding="utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise RuleError(f"not valid TOML: {error}", file=path.name) from error
        if unknown := sorted(set(raw) - {"system"}):
            raise RuleError("unknown section; known: system", file=path.name, entry=", ".join(unknown))
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


def label(code: str) -> str:
    """Name of a system; one that no file knows is named by its code."""
    found = systems().get(code)
    return found.label if found else code


def is_of_record(code: str) -> bool:
    """Is a case that carries a number of this system a mirror of it?"""
    found = systems().get(code)
    return found is not None and found.of_record
