"""Systems outside that know our cases by numbers of their own: data, read once in a process (huiyin/rules/systems.toml, and an office's own)."""

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from django.conf import settings

from huiyin.core.outside_systems import System, load
from huiyin.core.vocabulary import RULES


@lru_cache(maxsize=1)
def systems() -> Mapping[str, System]:
    """All systems by code. Raises RuleError."""
    return load(*((RULES, Path(settings.RULES)) if settings.RULES else (RULES,)))


def label(code: str) -> str:
    """Name of a system; one that no file knows is named by its code."""
    found = systems().get(code)
    return found.label if found else code


def is_of_record(code: str) -> bool:
    """Is a case that carries a number of this system a mirror of it?"""
    found = systems().get(code)
    return found is not None and found.of_record
