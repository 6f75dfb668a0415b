"""Tables that leave the house: no cell is taken for something to work out, and every place that writes a table sees to it."""

from pathlib import Path

import pytest

from huiyin.cells import harmless, plain

ROOT = Path(__file__).parents[2] / "huiyin"


@pytest.mark.parametrize(
    "cell",
    ["=1+1", "+86", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1+1", "＋1", "－1", "＠x", " =1+1", "\u00a0=1", "=cmd|' /C calc'!A0"],
)  # fmt: skip
def test_what_a_spreadsheet_would_work_out_becomes_a_text_and_comes_back(cell):
    assert harmless(cell) == f"'{cell}"
    assert plain(harmless(cell)) == cell


@pytest.mark.parametrize("cell", ["", "甲店", "1+1", "a=b", "'quoted'", 5, -5, None, 2.5])
def test_other_cells_are_as_they_are(cell):
    assert harmless(cell) == cell
    assert plain(cell) == cell


def test_every_table_that_is_written_is_harmless():
    writers = [path for path in ROOT.rglob("*.py") if "csv.writer(" in path.read_text(encoding="utf-8")]
    assert len(writers) >= 5
    assert [p.name for p in writers if "import harmless" not in p.read_text(encoding="utf-8")] == []
    sheets = [path for path in ROOT.rglob("*.py") if "xlsxwriter.Workbook(" in path.read_text(encoding="utf-8")]
    assert [p.name for p in sheets if '"strings_to_formulas": False' not in p.read_text(encoding="utf-8")] == []
