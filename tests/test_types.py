"""The values that flow."""

import pytest

from ocr.types import Box


@pytest.mark.parametrize("corners", [(-1, 0, 1, 1), (0, 0, 1001, 1), (5, 0, 5, 1), (0, 9, 1, 1)])
def test_box_rejects_nonsense(corners: tuple[int, int, int, int]) -> None:
    """A box lies on the page and has an area."""
    with pytest.raises(ValueError, match="not a box"):
        Box(*corners)


def test_box_as_list() -> None:
    assert Box(0, 1, 1000, 4).as_list() == [0, 1, 1000, 4]
