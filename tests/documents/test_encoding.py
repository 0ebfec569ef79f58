"""One encoding a page, cheapest for what it shows."""

from __future__ import annotations

import io

import pytest
from PIL import Image, ImageDraw, ImageFont

from ocr.documents.encoding import FAINTEST, box_before, encode, is_blank, is_flat, png, turned, without_colour
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


@pytest.mark.parametrize("mode", ["L", "RGB"])
def test_encoding_blank(mode: str) -> None:
    """One faint stroke, one gray dot or one tinted corner, and a page is not blank."""
    page = Image.new(mode, (300, 400), "white")
    assert is_blank(page)
    assert encode(page, photographic=False).blank
    assert encode(page, photographic=True).blank
    paper = 255 - FAINTEST - 1
    ImageDraw.Draw(page).line((100, 100, 101, 100), (255, 255, paper) if mode == "RGB" else paper)
    assert not is_blank(page)
    assert not encode(page, photographic=False).blank


def test_encoding_faint_writing_is_not_blank() -> None:
    """A pencil's faintest line on gray, uneven paper; paper with a scanner's noise is asked for too, to be sure."""
    page = Image.new("L", (300, 400), 236)
    ImageDraw.Draw(page).text((50, 50), "hardly to be seen", 228, ImageFont.load_default(24))
    assert not is_blank(page)
    assert not is_blank(Image.effect_noise((300, 400), 3))


@pytest.mark.parametrize("mode", ["L", "RGB"])
@pytest.mark.parametrize("size", [(1, 1), (7, 3), (300, 200)])
def test_encoding_png_is_exact(mode: str, size: tuple[int, int]) -> None:
    """What a decoder makes of it is the image, pixel for pixel, its checksums right."""
    image = Image.effect_noise(size, 90).convert(mode)
    with Image.open(io.BytesIO(png(image))) as read:
        read.verify()
    with Image.open(io.BytesIO(png(image))) as read:
        assert (read.format, read.mode, read.size) == ("PNG", mode, size)
        assert read.tobytes() == image.tobytes()
