"""How many pixels a page's image has."""

import pytest

from ocr.documents.image_size import fitted_size

A4 = (2480.3, 3507.9)


@pytest.mark.parametrize(
    ("size", "longest_side", "multiple", "wanted"),
    [
        (A4, 1540, 28, (1092, 1540)),
        (A4, 2048, 32, (1440, 2048)),
        (A4, 1540, 1, (1089, 1540)),
        ((2550, 3300), 1540, 28, (1176, 1540)),
        ((2000, 2000), 1540, 28, (1540, 1540)),
        (A4, 1000, 28, (700, 980)),
        ((1000, 700), 1540, 28, (1008, 700)),
        ((1536, 1000), 1535, 28, (1512, 980)),
        ((80, 50), 1540, 28, (84, 56)),
        ((80, 50), 1540, 1, (80, 50)),
        ((5, 3), 1540, 28, (28, 28)),
        ((9000, 9), 1540, 28, (1540, 28)),
        ((0.01, 14400), 2048, 32, (32, 2048)),
        (A4, 5, 28, (28, 28)),
        (A4, 5, 1, (4, 5)),
    ],
)  # fmt: skip
def test_fitted_size(size: tuple[float, float], longest_side: int, multiple: int, wanted: tuple[int, int]) -> None:
    """The longer side as asked, the other as near to its proportion as multiples allow; lying as it does standing."""
    assert fitted_size(size, longest_side, multiple) == wanted
    assert fitted_size(size[::-1], longest_side, multiple) == wanted[::-1]


@pytest.mark.parametrize("multiple", [1, 28, 32])
def test_fitted_size_of_whole_patches_is_left_alone(multiple: int) -> None:
    """An image that fits is not resampled."""
    for size in ((multiple, multiple), (7 * multiple, 40 * multiple)):
        assert fitted_size(size, 40 * multiple, multiple) == size
