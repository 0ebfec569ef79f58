"""The sheet in a photograph is found where it is, and nowhere else."""

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from bench.made_photos import SURFACES, made_photo
from ocr.documents.sheet_edges import find_sheet
from tests.documents.photographs import pixels, sample_page

TOLERANCE = 6.0
"""Thousandths of the picture's sides."""


@pytest.mark.parametrize("surface", [surface for surface in SURFACES if surface != "white desk"])
@pytest.mark.parametrize("name", ["letter.pdf", "article.pdf"])
def test_sheet_found_where_it_is(surface: str, name: str) -> None:
    photo = made_photo(sample_page(name), 5, surface, (900, 1200))
    corners = find_sheet(pixels(photo))
    assert corners
    assert np.abs(np.array(corners) - photo.corners).max() < TOLERANCE


@pytest.mark.parametrize("seed", range(5))
def test_sheet_on_a_white_desk_is_not_cut(seed: int) -> None:
    """Where its shadow is clearer than its own edge, the shadow may be taken for a part of it."""
    photo = made_photo(sample_page(), seed, "white desk", (900, 1200))
    if corners := find_sheet(pixels(photo)):
        assert np.abs(np.array(corners) - photo.corners).max() < 30
        assert area(np.array(corners)) > 0.97 * area(photo.corners)


def area(corners: NDArray[np.float64]) -> float:
    x, y = corners.T
    return abs(float(x @ np.roll(y, -1) - y @ np.roll(x, -1))) / 2


def test_sheet_found_in_gray() -> None:
    photo = made_photo(sample_page(), 3, "dark wood", (900, 1200))
    gray = np.asarray(Image.fromarray(pixels(photo)).convert("L"))
    corners = find_sheet(gray)
    assert corners
    assert np.abs(np.array(corners) - photo.corners).max() < TOLERANCE


@pytest.mark.parametrize(
    ("name", "number"), [("letter.pdf", 1), ("article.pdf", 1), ("article.pdf", 2), ("article.pdf", 3)]
)
def test_no_sheet_in_a_rendered_page(name: str, number: int) -> None:
    assert find_sheet(np.asarray(sample_page(name, number).convert("RGB"))) is None


def test_no_sheet_in_a_page_with_a_frame() -> None:
    """A printed frame has four straight sides, but the paper is the same outside."""
    page = Image.new("RGB", (800, 1100), (240, 240, 238))
    ImageDraw.Draw(page).rectangle((90, 100, 700, 1000), outline=(20, 20, 20), width=4)
    assert find_sheet(np.asarray(page)) is None


def test_no_sheet_where_it_is_cut_off() -> None:
    """Of a sheet that goes beyond the picture's border not all four sides are there to be found."""
    photo = made_photo(sample_page(), 5, "dark wood", (900, 1200))
    assert find_sheet(pixels(photo)[:, :600]) is None


@pytest.mark.parametrize("seed", range(3))
def test_no_sheet_in_a_table_top(seed: int) -> None:
    noise = np.random.default_rng(seed).normal(120, 25, (600, 450, 3))
    assert find_sheet(np.clip(noise, 0, 255).astype(np.uint8)) is None
    assert find_sheet(np.full((600, 450, 3), 200, np.uint8)) is None


def test_no_sheet_in_a_picture_of_a_few_pixels() -> None:
    assert find_sheet(np.zeros((1, 1, 3), np.uint8)) is None
    assert find_sheet(np.zeros((3, 2000), np.uint8)) is None
