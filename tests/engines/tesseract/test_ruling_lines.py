"""Ruled tables found in pixels."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageDraw

from ocr.engines.tesseract.ruling_lines import Gray, erase_rulings, find_grids

WHOLE = (0, 0, 1000, 800)


def drawn(columns: list[int], rows: list[int], *, skew: float = 0.0, width: int = 2) -> Gray:
    image = Image.new("L", (1000, 800), 250)
    draw = ImageDraw.Draw(image)
    for x in columns:
        draw.line((x, rows[0], x, rows[-1]), 60, width)
    for y in rows:
        draw.line((columns[0], y, columns[-1], y), 60, width)
    return np.array(image.rotate(skew, Image.Resampling.BICUBIC, fillcolor=250))


@pytest.mark.parametrize("skew", [0.0, 0.6, -0.6])
def test_rulings_grid(skew: float) -> None:
    """A table's lines are found where they are, on a scan that is a little askew too."""
    (grid,) = find_grids(drawn([100, 400, 700], [200, 260, 320, 380], skew=skew), WHOLE)
    assert grid.columns == pytest.approx((100, 400, 700), abs=8)
    assert grid.rows == pytest.approx((200, 260, 320, 380), abs=8)


def test_rulings_two_tables() -> None:
    page = np.minimum(drawn([100, 250, 400], [100, 160, 220]), drawn([500, 700, 900], [500, 560, 620]))
    assert [grid.box[0] for grid in find_grids(page, WHOLE)] == pytest.approx([100, 500], abs=4)


def test_rulings_frame_is_no_table() -> None:
    """A frame, a rule under a header, a black area: none has columns and rows."""
    assert find_grids(drawn([100, 700], [200, 500]), WHOLE) == []
    assert find_grids(drawn([100, 101], [200, 201, 202]), WHOLE) == []
    black = np.full((800, 1000), 250, np.uint8)
    black[100:700, 100:900] = 20
    assert find_grids(black, WHOLE) == []


def test_rulings_area() -> None:
    """Only the area is searched; places are those of the whole page."""
    page = drawn([100, 400, 700], [200, 260, 320])
    (grid,) = find_grids(page, (50, 150, 1000, 800))
    assert grid.box == pytest.approx((100, 200, 700, 320), abs=4)
    assert find_grids(page, (0, 400, 1000, 800)) == []


def test_rulings_erased() -> None:
    page = drawn([100, 400, 700], [200, 260, 320])
    (grid,) = find_grids(page, WHOLE)
    assert erase_rulings(page, grid).min() > 200
    assert page.min() < 100, "the page itself is left as it was"
