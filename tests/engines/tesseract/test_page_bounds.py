"""The sheet of paper in a photo."""

import numpy as np
import pytest

from ocr.engines.tesseract.page_bounds import find_sheet


def test_sheet_on_a_dark_table() -> None:
    photo = np.full((1200, 900), 90, np.uint8)
    photo[200:1000, 160:720] = 235
    assert find_sheet(photo) == pytest.approx((160, 200, 720, 1000), abs=8)


@pytest.mark.parametrize("level", [255, 200, 40])
def test_sheet_page_without_a_frame(level: int) -> None:
    """A scan or a rendered page is all paper, however dark."""
    assert find_sheet(np.full((800, 600), level, np.uint8)) == (0, 0, 600, 800)


def test_sheet_dark_picture_with_a_small_light() -> None:
    """A bright spot on a dark page is not taken for the page."""
    photo = np.full((800, 600), 30, np.uint8)
    photo[100:260, 100:260] = 250
    assert find_sheet(photo) == (0, 0, 600, 800)
