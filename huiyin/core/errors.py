"""Errors in rules files: always file, entry and key, and what would be right."""

from __future__ import annotations


class RuleError(ValueError):
    """A rules file cannot be used. Says file, entry and key, what is wrong and, where it helps, what would be right."""

    def __init__(self, message: str, *, file: str = "", entry: str = "", key: str = "") -> None:
        where = ": ".join(part for part in (file, entry, key) if part)
        super().__init__(f"{where}: {message}" if where else message)
        self.file, self.entry, self.key, self.message = file, entry, key, message
