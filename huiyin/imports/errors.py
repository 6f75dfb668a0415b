"""What may be wrong with a map, a file, or one row."""

from __future__ import annotations

from django.utils.translation import gettext as _


class MapError(ValueError):
    """A map that cannot be used: file, entry and key, and what would be right."""

    def __init__(self, message: str, *, file: str = "", entry: str = "", key: str = "") -> None:
        self.file, self.entry, self.key, self.message = file, entry, key, message
        super().__init__(message)

    def __str__(self) -> str:
        where = "：".join(part for part in (self.file, self.entry, self.key) if part)
        return _("映射文件有误：%(where)s：%(message)s") % {"where": where, "message": self.message}


class FileError(ValueError):
    """A file that cannot be read as a table."""


class Reject(ValueError):
    """One row that cannot be taken over: the reason, for the person who will mend the file."""
