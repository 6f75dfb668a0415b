"""Rules, calendar and worked examples as they lie in their files, read once in a process: reading them takes longer than most tests."""

from functools import cache
from pathlib import Path
from typing import Any

from huiyin.core import calendar_files, examples
from huiyin.core.compose import Library, load_library
from huiyin.core.workdays import Calendar


@cache
def library() -> Library:
    return load_library()


@cache
def calendar() -> Calendar:
    return calendar_files.load()


@cache
def read_examples(path: Path) -> list[dict[str, Any]]:
    """The examples of a file; nobody changes them."""
    return examples.read_examples(path)
