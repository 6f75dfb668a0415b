"""Cells of tables that leave the house: no spreadsheet may take one for something to work out (formula injection)."""

from __future__ import annotations

from typing import Final, TypeVar

FORMULA: Final = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r", "\n")
"""What a cell must not begin with; wide signs count as well in some languages of some spreadsheets."""
MARK: Final = "'"
Cell = TypeVar("Cell")


def harmless(cell: Cell) -> Cell | str:
    """The cell as a text, where it would begin something else. What is no text is as it is."""
    if isinstance(cell, str) and cell.lstrip(" \u00a0\ufeff").startswith(FORMULA):
        return MARK + cell
    return cell


def plain(cell: Cell) -> Cell | str:
    """The same cell without the mark, when the table comes back."""
    if isinstance(cell, str) and cell.startswith(MARK) and harmless(cell[1:]) != cell[1:]:
        return cell[1:]
    return cell
