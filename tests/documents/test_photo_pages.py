"""A photograph's page and its figures, from the file."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ocr.documents.images import PictureFile
from ocr.documents.photo_pages import photo_figure, photo_page
from ocr.photo_sheets import PageView, PhotoMode, SheetCorners
from ocr.types import Box, ImageSpec
from tests.documents.papers import decoded
from tests.documents.photographs import LIMITS, letter_photo, photo_document


@pytest.fixture
def picture(tmp_path: Path) -> PictureFile:
    return PictureFile(photo_document(tmp_path), LIMITS.max_pixels)


def test_photo_page_tells_its_corners(picture: PictureFile) -> None:
    page = photo_page(picture, 1, ImageSpec(840, multiple=28, sheet=PhotoMode.AUTO))
    assert page
    assert (page.height, page.width % 28, page.media_type) == (840, 0, "image/jpeg")
    assert np.abs(np.array(page.corners) - letter_photo().corners).max() < 6


def test_photo_page_of_given_corners(picture: PictureFile) -> None:
    """They are taken as they are, and the page is turned once it is straight."""
    corners = SheetCorners.of([[200, 300], [800, 300], [800, 700], [200, 700]])
    page = photo_page(picture, 1, ImageSpec(400, 90, sheet=corners))
    assert page
    assert page.corners == corners
    assert (page.width, page.height) == (356, 400)  # 540 × 480 pixels of the photograph, lying on its side


def test_photo_figures_of_one_page_are_cut_from_one(picture: PictureFile, monkeypatch: pytest.MonkeyPatch) -> None:
    """The photograph is decoded and straightened once for all figures of a page, and anew for other corners."""
    decoded_frames: list[int] = []

    def photo(number: int) -> Image.Image:
        decoded_frames.append(number)
        return PictureFile.photo(picture, number)

    monkeypatch.setattr(picture, "photo", photo)
    corners = [SheetCorners.of([[200, 300], [800, 300], [800, bottom], [200, bottom]]) for bottom in (700, 500)]
    first, *others = (
        photo_figure(picture, 1, Box(0, 0, 1000, 500), "image/png", view)
        for view in (
            PageView(0, corners[0]),
            PageView(90, corners[0]),
            PageView(0, corners[0]),
            PageView(0, corners[1]),
        )
    )
    assert decoded_frames == [1, 1]
    turned, again, shorter = others
    assert again == first
    assert (turned.width, turned.height) == (first.height * 2, first.width // 2)
    assert shorter.height == pytest.approx(first.height / 2, abs=1)


def test_photo_figure_is_a_part_of_the_page(picture: PictureFile) -> None:
    page = photo_page(picture, 1, ImageSpec(1000, sheet=PhotoMode.AUTO))
    assert page
    figure = photo_figure(picture, 1, Box(0, 0, 1000, 250), "image/png", PageView(0, page.corners))
    assert figure.media_type == "image/png"
    image = decoded(figure).convert("L").resize((200, 70))
    above = decoded(page).convert("L").crop((0, 0, page.width, page.height // 4)).resize((200, 70))
    assert np.corrcoef(np.asarray(image).ravel(), np.asarray(above).ravel())[0, 1] > 0.9
