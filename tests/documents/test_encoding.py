"""One encoding a page, cheapest for what it shows."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from ocr.documents.encoding import encode, is_flat, without_colour


@pytest.mark.parametrize(("photographic", "media_type"), [(False, "image/png"), (True, "image/jpeg")])
def test_encoding_by_kind(photographic: bool, media_type: str) -> None:
    page = encode(Image.new("RGB", (30, 20), "red"), photographic=photographic)
    assert (page.width, page.height, page.media_type) == (30, 20, media_type)
    with Image.open(io.BytesIO(page.data)) as image:
        assert (image.size, f"image/{image.format}".lower()) == ((30, 20), media_type)


def test_encoding_gray_page_has_one_channel() -> None:
    """A page without colour is sent as gray, a third of the bytes; one coloured pixel keeps all three channels."""
    gray = Image.new("RGB", (30, 20), (9, 9, 9))
    assert without_colour(gray).mode == "L"
    gray.putpixel((3, 3), (9, 9, 10))
    assert without_colour(gray).mode == "RGB"


def test_encoding_flat() -> None:
    """Paper of one white is rendered; noise is a scan."""
    assert is_flat(Image.new("L", (100, 100), 255))
    assert not is_flat(Image.effect_noise((100, 100), 90))
