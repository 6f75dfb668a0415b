"""Files as they come: encodings, broken bytes, ragged rows, spreadsheets."""

from datetime import datetime

import pytest
from openpyxl import Workbook

from huiyin.imports.errors import FileError
from huiyin.imports.sources import open_table


def rows(path, encoding="utf-8", delimiter=",", sheet=None):
    return list(open_table(path, encoding=encoding, delimiter=delimiter, sheet=sheet).rows)


def write(tmp_path, text, encoding="utf-8", name="cases.csv"):
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode(encoding))
    return path


def test_rows_come_with_the_number_a_spreadsheet_shows(tmp_path):
    found = rows(write(tmp_path, "no,what\n1,甲\n\n2,乙\n"))
    assert [(r.number, r.cells["no"], r.cells["what"]) for r in found] == [(2, "1", "甲"), (4, "2", "乙")]


def test_a_mark_at_the_beginning_of_the_file_is_not_part_of_the_first_column(tmp_path):
    table = open_table(write(tmp_path, "no,what\n1,甲\n", "utf-8-sig"), encoding="utf-8", delimiter=",", sheet=None)
    assert table.columns == ["no", "what"]


def test_gb18030_is_read(tmp_path):
    assert rows(write(tmp_path, "编号,何事\n1,鍊条断裂\n", "gb18030"), "gb18030")[0].cells["何事"] == "鍊条断裂"


def test_the_wrong_encoding_is_said_with_the_right_one(tmp_path):
    path = write(tmp_path, "编号,何事\n1,坏了\n", "gb18030")
    with pytest.raises(FileError, match='encoding = "gb18030"'):
        rows(path)


def test_a_plain_heading_does_not_hide_the_wrong_encoding(tmp_path):
    path = write(tmp_path, "no,what\n" + "1,坏了\n" * 30, "gb18030")
    with pytest.raises(FileError, match='encoding = "gb18030"'):
        rows(path)


def test_one_broken_byte_spoils_its_row_alone(tmp_path):
    found = rows(write(tmp_path, "no,what\n1,甲\n2,".encode() + b"\xff\xfe" + "乙\n3,丙\n".encode()))
    assert [bool(r.problem) for r in found] == [False, True, False]


def test_a_ragged_row_and_a_null_character_are_problems_of_the_row(tmp_path):
    found = rows(write(tmp_path, "no,what\n1,甲,乙\n2,a\0b\n3,丙\n"))
    assert [r.problem for r in found] == ["有 3 列，表头有 2 列", "含有空字符", ""]


def test_a_quoted_cell_may_hold_lines_and_commas(tmp_path):
    assert rows(write(tmp_path, 'no,what\n1,"一,\n二"\n'))[0].cells["what"] == "一,\n二"


def test_the_same_row_has_the_same_digest_and_another_row_another(tmp_path):
    one, two, three = (r.cells["#hash"] for r in rows(write(tmp_path, "no,what\n1,甲\n1,甲\n2,甲\n")))
    assert one == two != three


@pytest.mark.parametrize(
    ("text", "name", "says"),
    [
        ("", "a.csv", "是空的"),
        ("a,a\n1,2\n", "a.csv", "出现了不止一次"),
        ("a\n", "a.pdf", "不是 .csv 或 .xlsx"),
        ("a\n", "a.xlsx", "打不开"),
    ],
)
def test_what_is_no_table_is_said(tmp_path, text, name, says):
    path = write(tmp_path, text, name=name)
    with pytest.raises(FileError, match=says):
        rows(path)


def test_a_file_that_is_not_there_is_said(tmp_path):
    with pytest.raises(FileError, match="没有文件"):
        rows(tmp_path / "none.csv")


def test_a_spreadsheet_keeps_dates_and_whole_numbers(tmp_path):
    book = Workbook()
    page = book.active
    page.title = "甲"
    page.append(["编号", "时间", "何事"])
    page.append([7.0, datetime(2026, 5, 9, 8, 30), "坏了"])
    page.append([None, None, None])
    page.append([8, None, None])
    book.save(tmp_path / "cases.xlsx")
    found = rows(tmp_path / "cases.xlsx")
    assert [r.number for r in found] == [2, 4]
    assert found[0].cells["编号"] == 7
    assert found[0].cells["时间"] == datetime(2026, 5, 9, 8, 30)
    with pytest.raises(FileError, match="没有工作表“乙”"):
        rows(tmp_path / "cases.xlsx", sheet="乙")
