"""Rows of a CSV or XLSX file, one at a time, with the number of each; a byte that cannot be read spoils its row, not the file."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from django.utils.translation import gettext as _

from huiyin.cells import plain
from huiyin.imports.errors import FileError
from huiyin.imports.values import ROW_HASH, ROW_NUMBER

LARGEST_CELL: Final = 16_000_000  # characters; what is longer is no table
COLUMNS: Final = 1_000  # of a table; no office has more
SEEN_BEFORE_DOUBT: Final = 20  # rows looked at before the encoding is called wrong


@dataclass(frozen=True, slots=True)
class Record:
    """One row: its number as a spreadsheet shows it (the heading is 1), its cells by column and as they came, and what is wrong with it."""

    number: int
    cells: dict[str, Any]
    problem: str = ""
    values: tuple[Any, ...] = ()


@dataclass(slots=True)
class Table:
    """A file that is being read. `done` goes from 0 to 1."""

    path: Path
    columns: list[str]
    rows: Iterator[Record]
    progress: Any

    def done(self) -> float:
        return float(self.progress())


def open_table(path: Path, *, encoding: str, delimiter: str, sheet: str | None) -> Table:
    """The file as a table with a heading. Raises FileError."""
    if not path.is_file():
        raise FileError(_("没有文件 %s。") % path)
    if path.suffix.lower() == ".xlsx":
        return _xlsx(path, sheet)
    if path.suffix.lower() in (".csv", ".txt", ".tsv"):
        return _csv(path, encoding, delimiter)
    raise FileError(_("%s 不是 .csv 或 .xlsx 文件。") % path.name)


# -- CSV


def _csv(path: Path, encoding: str, delimiter: str) -> Table:
    csv.field_size_limit(LARGEST_CELL)
    size = path.stat().st_size or 1
    name = "utf-8-sig" if encoding.lower().replace("_", "-") in ("utf-8", "utf8") else encoding
    raw = path.open("rb")
    try:
        file = io.TextIOWrapper(raw, encoding=name, errors="surrogateescape", newline="")
    except (LookupError, ValueError) as error:  # no such name; or one that is none, with a NUL in it
        raw.close()
        raise FileError(_("不认识的编码 %s；常用 utf-8、gb18030。") % encoding) from error
    reader = csv.reader(_lines(path, file), delimiter=delimiter)
    columns = next(reader, [])
    _check_heading(path, columns, encoding)
    return Table(
        path, columns, _csv_rows(path, reader, columns, encoding), lambda: 1.0 if raw.closed else raw.tell() / size
    )


def _lines(path: Path, file: io.TextIOWrapper) -> Iterator[str]:
    """Line by line, none of them without end. Raises FileError."""
    while line := file.readline(LARGEST_CELL):
        if len(line) == LARGEST_CELL and not line.endswith(("\n", "\r")):
            raise FileError(_("%s 里有一行太长，不是表格。") % path.name)
        yield line


def _check_heading(path: Path, columns: list[str], encoding: str) -> None:
    if not any(c.strip() for c in columns):
        raise FileError(_("%s 是空的：第一行应为各列的名称。") % path.name)
    if len(columns) > COLUMNS:
        raise FileError(
            _("%(file)s 有 %(n)d 列，最多 %(most)d 列。") % {"file": path.name, "n": len(columns), "most": COLUMNS}
        )
    if any(_broken(c) for c in columns):
        raise FileError(_wrong_encoding(path, encoding))
    twice = sorted({c for c in columns if c and columns.count(c) > 1})
    if twice:
        raise FileError(_("列名 %s 出现了不止一次。") % "、".join(twice))


def _wrong_encoding(path: Path, encoding: str) -> str:
    other = "gb18030" if encoding.lower().startswith("utf") else "utf-8"
    return _("%(file)s 不是 %(encoding)s 编码：请在映射文件中写 encoding = \"%(other)s\"。") % {
        "file": path.name, "encoding": encoding, "other": other,
    }  # fmt: skip


def _csv_rows(path: Path, reader: Any, columns: list[str], encoding: str) -> Iterator[Record]:
    broken = 0
    number = 1
    while True:
        try:
            values = next(reader, None)
        except csv.Error as error:
            raise FileError(_("第 %(row)s 行之后不是表格：%(error)s") % {"row": number, "error": error}) from error
        if values is None:
            return
        number += 1
        if not any(values):
            continue
        values = [str(plain(value)) for value in values]  # as they were before they were given back once
        problem = _problem(values, columns, encoding)
        broken += any(map(_broken, values))
        if number - 1 == SEEN_BEFORE_DOUBT and broken == SEEN_BEFORE_DOUBT:
            raise FileError(_wrong_encoding(path, encoding))
        yield Record(number, _cells(number, columns, values), problem, tuple(values))


def _cells(number: int, columns: list[str], values: list[Any]) -> dict[str, Any]:
    cells = dict(zip(columns, values, strict=False))
    digest = hashlib.sha256("\x1f".join(map(str, values)).encode("utf-8", "surrogateescape"))
    return {**cells, ROW_NUMBER: number, ROW_HASH: digest.hexdigest()[:32]}


def _problem(values: list[str], columns: list[str], encoding: str) -> str:
    if len(values) != len(columns):
        return _("有 %(found)s 列，表头有 %(wanted)s 列") % {"found": len(values), "wanted": len(columns)}
    if any(map(_broken, values)):
        return _("含有不是 %s 编码的字符") % encoding
    return _("含有空字符") if any("\0" in v for v in values) else ""


def _broken(text: str) -> bool:
    """Was there a byte that the encoding does not know? Reading keeps it as a lone surrogate."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return True
    return False


# -- XLSX


def _xlsx(path: Path, sheet: str | None) -> Table:
    from openpyxl import load_workbook

    try:
        book = load_workbook(path, read_only=True, data_only=True)
    except Exception as error:  # the library raises whatever it meets: of ZIP, of XML, its own
        raise FileError(_("%s 打不开，不是完好的 xlsx 文件。") % path.name) from error
    if sheet is not None and sheet not in book.sheetnames:
        raise FileError(
            _("没有工作表“%(name)s”；有：%(known)s。") % {"name": sheet, "known": "、".join(book.sheetnames)}
        )
    if not book.worksheets:
        raise FileError(_("%s 打不开，不是完好的 xlsx 文件。") % path.name)
    page = book[sheet] if sheet else book.worksheets[0]
    rows = _readable(path, page)
    columns = ["" if c is None else str(c).strip() for c in next(rows, ())]
    while columns and not columns[-1]:
        columns.pop()
    _check_heading(path, columns, "utf-8")
    at = [1]
    total = max(page.max_row or 1, 1)
    return Table(path, columns, _xlsx_rows(rows, columns, at), lambda: at[0] / total)


def _readable(path: Path, page: Any) -> Iterator[tuple[Any, ...]]:
    """The rows of a sheet. Raises FileError where it is damaged."""
    try:
        yield from page.iter_rows(values_only=True)
    except Exception as error:  # the sheet is read as it is needed, so damage shows here
        raise FileError(_("%s 打不开，不是完好的 xlsx 文件。") % path.name) from error


def _xlsx_rows(rows: Iterator[tuple[Any, ...]], columns: list[str], at: list[int]) -> Iterator[Record]:
    for number, values in enumerate(rows, 2):
        at[0] = number
        if all(v is None or v == "" for v in values):
            continue
        cells = [_cell(v) for v in values[: len(columns)]]
        cells += [None] * (len(columns) - len(cells))
        yield Record(number, _cells(number, columns, cells), values=tuple(cells))


def _cell(value: Any) -> Any:
    """A whole number that the spreadsheet keeps as a fraction is whole again; dates stay dates."""
    return int(value) if isinstance(value, float) and value.is_integer() else value
