"""The corners of a sheet, from whatever says that it has some."""

import pytest

from ocr.photo_sheets import Point, SheetCorners

SQUARE = [[100, 100], [900, 100], [900.5, 900], [100, 900]]


def test_sheet_corners_round_trip() -> None:
    corners = SheetCorners.of(SQUARE)
    assert corners.bottom_right == Point(900.5, 900)
    assert corners.as_list() == SQUARE


@pytest.mark.parametrize(
    "values",
    [
        None,
        [],
        SQUARE[:3],
        [*SQUARE[:3], ["a", 3]],
        [*SQUARE[:3], [100]],
        [*SQUARE[:3], [float("nan"), 900]],
        [[-1, 100], *SQUARE[1:]],
        SQUARE[::-1],
        [SQUARE[0], SQUARE[2], SQUARE[1], SQUARE[3]],
        [[100, 100], [900, 100], [300, 300], [100, 900]],
    ],
    ids=["nothing", "none", "three", "text", "half", "nan", "outside", "anticlockwise", "crossed", "not convex"],
)
def test_sheet_corners_reject_nonsense(values: object) -> None:
    with pytest.raises(ValueError):
        SheetCorners.of(values)
