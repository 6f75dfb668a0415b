"""Rows that were given back, with row number and reason, as a table that can be mended and imported by the same map."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Final

from huiyin.cells import harmless
from huiyin.imports.sources import Record

REASON_COLUMN: Final = "退回原因"
ROW_COLUMN: Final = "行号"


class Rejects(AbstractContextManager["Rejects"]):
    """The file beside the table. It is there only when a row was given back; `keep` goes on with that of the run before."""

    def __init__(self, path: Path, columns: Sequence[str], keep: bool = False) -> None:
        self.path = path
        self.columns = columns
        self.keep = keep
        self._file: IO[str] | None = None
        self._writer: Any = None

    def __enter__(self) -> Rejects:
        if not self.keep:
            self.path.unlink(missing_ok=True)
        return self

    def add(self, record: Record, why: str) -> None:
        """One row as it came; cells beyond the heading stand behind the reason."""
        if self._file is None:
            fresh = not self.path.exists()
            self._file = self.path.open("a", encoding="utf-8", errors="backslashreplace", newline="")
            self._writer = csv.writer(self._file)
            if fresh:
                self._writer.writerow([*self.columns, ROW_COLUMN, REASON_COLUMN])
        cells = ["" if c is None else c for c in record.values]
        cells += [""] * (len(self.columns) - len(cells))
        own, beyond = cells[: len(self.columns)], cells[len(self.columns) :]
        self._writer.writerow([harmless(cell) for cell in (*own, record.number, why, *beyond)])

    def flush(self) -> None:
        """What was added is in the file, also when the run is broken off."""
        if self._file is not None:
            self._file.flush()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file is not None:
            self._file.close()
