"""Errors in rules files: always file, entry and key, and what would be right."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

WRONG_FORM: Final = (TypeError, AttributeError, ValueError, LookupError, ArithmeticError, RecursionError)
"""What a value of another form than expected leads to, a number where a table should stand for instance."""


class RuleError(ValueError):
    """A rules file cannot be used. Says file, entry and key, what is wrong and, where it helps, what would be right."""

    def __init__(self, message: str, *, file: str = "", entry: str = "", key: str = "") -> None:
        where = ": ".join(str(part) for part in (file, entry, key) if part)
        super().__init__(f"{where}: {message}" if where else message)
        self.file, self.entry, self.key, self.message = file, entry, key, message


@contextmanager
def place(file: str, entry: str = "") -> Iterator[None]:
    """Whatever goes wrong while this entry is read is a RuleError that names it."""
    try:
        yield
    except RuleError:
        raise
    except KeyError as error:
        raise RuleError("is missing", file=file, entry=entry, key=str(error.args[0] if error.args else "")) from error
    except WRONG_FORM as error:
        raise RuleError(f"is not written as it should be: {error}"[:300], file=file, entry=entry) from error
