"""The sheet of a photograph becomes the page that was photographed."""

import numpy as np
import pytest
from PIL import Image

from bench.made_photos import made_photo
from ocr.documents.flatten_sheet import evened, sheet_size, straightened
from ocr.photo_sheets import SheetCorners
from tests.documents.photographs import letter_photo, pixels, sample_page

A4 = 842 / 595


@pytest.mark.parametrize("seed", range(6))
def test_sheet_size_has_the_sheet_s_own_ratio(seed: int) -> None:
    """The sides that are seen are up to a fifth shorter than they are."""
    photo = made_photo(sample_page(), seed, "dark wood", (450, 600))
    width, height = sheet_size(SheetCorners.of(photo.corners.tolist()), (450, 600))
    assert height / width == pytest.approx(A4, rel=0.06)
    assert max(width, height) <= 1.6 * 600


def test_sheet_size_seen_from_above() -> None:
    corners = SheetCorners.of([[250, 100], [750, 100], [750, 900], [250, 900]])
    assert sheet_size(corners, (1000, 500)) == pytest.approx((500, 400))


def test_straightened_page_is_the_page() -> None:
    photo, page = letter_photo(), sample_page().convert("L")
    flat = straightened(pixels(photo), SheetCorners.of(photo.corners.tolist()), page.size)
    assert flat.shape == (page.height, page.width, 3)
    seen, known = (
        np.asarray(one.convert("L").resize((100, 141), Image.Resampling.BOX), float)
        for one in (Image.fromarray(evened(flat)), page)
    )
    assert np.corrcoef(seen.ravel(), known.ravel())[0, 1] > 0.8


def test_evened_paper_has_one_lightness() -> None:
    photo, page = letter_photo(), sample_page()
    flat = straightened(pixels(photo), SheetCorners.of(photo.corners.tolist()), page.size)
    paper = [
        np.percentile(one.reshape(11, page.height // 11, 11, page.width // 11, 3), 90, (1, 3))
        for one in (image[: page.height // 11 * 11, : page.width // 11 * 11] for image in (flat, evened(flat)))
    ]
    before, after = (float(one[..., 0].max() - one[..., 0].min()) for one in paper)
    assert before > 40
    assert after < 20


def test_evened_picture_stays_dark() -> None:
    """A photograph printed on the page is no shadow."""
    page = np.full((1000, 700, 3), 230, np.uint8)
    page[300:600, 100:600] = (40, 60, 30)
    inside = evened(page)[350:550, 150:550]
    assert inside.max() < 90


def test_evened_gray_page_is_gray() -> None:
    page = np.full((400, 300), 180, np.uint8)
    assert evened(page).shape == (400, 300)
    assert evened(page).min() > 235
