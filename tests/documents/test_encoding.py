"""One encoding a page, cheapest for what it shows."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from ocr.documents.encoding import box_before, encode, is_flat, turned, without_colour
from ocr.page import Box


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


@pytest.mark.parametrize(("rotation", "corner"), [(0, (0, 0)), (90, (19, 0)), (180, (29, 19)), (270, (0, 29))])
def test_encoding_turned_clockwise(rotation: int, corner: tuple[int, int]) -> None:
    """What stood at the upper left goes round clockwise."""
    image = Image.new("L", (30, 20), 255)
    image.putpixel((0, 0), 0)
    assert turned(image, rotation).getpixel(corner) == 0


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
def test_encoding_box_before_turning(rotation: int) -> None:
    """The part of the page that a box of the turned page shows is the same, cut out before and turned after."""
    image = Image.new("L", (1000, 1000))
    image.putdata(range(1_000_000))
    box = Box(100, 200, 150, 290)
    before = box_before(box, rotation)
    cut = image.crop((before.left, before.top, before.right, before.bottom))
    assert turned(cut, rotation).tobytes() == turned(image, rotation).crop((100, 200, 150, 290)).tobytes()
