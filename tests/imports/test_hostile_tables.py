"""Tables that are made to do harm: formulas, rows and headings without end."""

import openpyxl
import pytest

from huiyin.imports import sources
from huiyin.imports.errors import FileError
from huiyin.imports.rejects import Rejects


def read(path):
    return list(sources.open_table(path, encoding="utf-8", delimiter=",", sheet=None).rows)


def test_a_row_that_is_given_back_is_harmless_and_the_same_when_it_returns(tmp_path):
    path, back = tmp_path / "a.csv", tmp_path / "back.csv"
    path.write_text("no,what\n1,=1+1\n2,'@x\n3,甲店\n", encoding="utf-8")
    first = read(path)
    with Rejects(back, ["no", "what"]) as rejects:
        for record in first:
            rejects.add(record, "=why")
    assert all(
        cell[:1] not in "=@" for line in back.read_text(encoding="utf-8").splitlines() for cell in line.split(",")
    )
    again = read(back)
    assert [row.cells["what"] for row in again] == [row.cells["what"] for row in first]


def test_a_formula_of_a_workbook_is_never_a_value(tmp_path):
    book = openpyxl.Workbook()
    book.active.append(["no", "what"])
    book.active.append([1, '=HYPERLINK("http://evil.example")'])
    book.save(tmp_path / "a.xlsx")
    (row,) = read(tmp_path / "a.xlsx")
    assert row.cells["what"] is None


def test_headings_and_lines_without_end_are_no_table(tmp_path, monkeypatch):
    path = tmp_path / "a.csv"
    path.write_text(",".join(f"c{n}" for n in range(sources.COLUMNS + 1)) + "\n", encoding="utf-8")
    with pytest.raises(FileError, match="1001 列"):
        read(path)
    monkeypatch.setattr(sources, "LARGEST_CELL", 1000)
    path.write_text("no,what\n1," + "x" * 5000 + "\n", encoding="utf-8")
    with pytest.raises(FileError, match="太长"):
        read(path)
    book = openpyxl.Workbook()
    for column in range(1, sources.COLUMNS + 2):
        book.active.cell(1, column, f"c{column}")
    book.save(tmp_path / "a.xlsx")
    with pytest.raises(FileError, match="1001 列"):
        read(tmp_path / "a.xlsx")
