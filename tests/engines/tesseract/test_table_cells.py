"""Rows and cells from words and rulings."""

from __future__ import annotations

from ocr.engines.tesseract.ruling_lines import Grid
from ocr.engines.tesseract.table_cells import ruled_rows, spaced_rows, to_html
from tests.engines.tesseract.pages import line


def test_tables_ruled() -> None:
    """Each word stands in the cell that holds its middle, wherever the recogniser's lines begin and end."""
    grid = Grid((100, 300, 500), (100, 140, 180))
    lines = [line("Lawn  Passes", 110, 110, gap=140), line("Mill", 110, 150), line("|19", 310, 150)]
    assert ruled_rows(lines, grid) == [("Lawn", "Passes"), ("Mill", "19")]


def test_tables_ruled_empty_cells_stay() -> None:
    grid = Grid((100, 300, 500), (100, 140, 180))
    assert ruled_rows([line("x", 310, 150)], grid) == [("", ""), ("", "x")]


def test_tables_spaced() -> None:
    """Columns are the extents that phrases of all rows share; a row may lack one."""
    lines = [
        line("Station meadow  412", 100, 100, gap=60),
        line("Mill", 100, 130),
        line("Orchard walk  141", 100, 160, gap=80),
    ]
    assert spaced_rows(lines) == [("Station meadow", "412"), ("Mill", ""), ("Orchard walk", "141")]


def test_tables_lines_beside_each_other_are_one_row() -> None:
    lines = [line("Tea", 100, 100), line("Cake", 100, 130), line("7.60", 400, 102), line("4.25", 400, 131)]
    assert spaced_rows(lines) == [("Tea", "7.60"), ("Cake", "4.25")]


def test_tables_running_text_is_none() -> None:
    """Two columns of prose side by side are not cells; one column is no table."""
    prose = "a line of running text as wide as a column of a journal"
    assert spaced_rows([line(f"{prose}  {prose}", 100, 100 + 30 * n, gap=60) for n in range(4)]) == []
    assert spaced_rows([line(prose, 100, 100 + 30 * n) for n in range(4)]) == []
    assert spaced_rows([]) == []


def test_tables_html() -> None:
    """The first row is the head where it alone has no numbers; what HTML would take for markup is escaped."""
    assert to_html([("Lawn", "Wear"), ("A<B & C", "87 %")]) == (
        "<table><thead><tr><th>Lawn</th><th>Wear</th></tr></thead>"
        "<tbody><tr><td>A&lt;B &amp; C</td><td>87 %</td></tr></tbody></table>"
    )
    assert to_html([("Tea", "7.60"), ("Cake", "4.25")]).count("<th>") == 0
