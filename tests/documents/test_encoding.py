"""One encoding a page, cheapest for what it shows."""

from __future__ import annotations

import io

import pytest
from PIL import Image, ImageDraw, ImageFont

from ocr.documents.encoding import (
    MAX_BLANK_CONTRAST,
    Scanlines,
    box_before,
    encode,
    encode_drawn,
    is_blank,
    is_flat,
    png,
    turned,
    without_colour,
)
from ocr.types import Box


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
    paper = 255 - MAX_BLANK_CONTRAST - 1
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
    with Image.open(io.BytesIO(png(Scanlines.of(image)))) as read:
        read.verify()
    with Image.open(io.BytesIO(png(Scanlines.of(image)))) as read:
        assert (read.format, read.mode, read.size) == ("PNG", mode, size)
        assert read.tobytes() == image.tobytes()


@pytest.mark.parametrize("mode", ["L", "RGB"])
@pytest.mark.parametrize("size", [(1, 1), (7, 3), (300, 201)])
def test_encoding_scanlines_hold_the_image(mode: str, size: tuple[int, int]) -> None:
    """An image comes back whole from its scanlines, or every few rows of it."""
    image = Image.effect_noise(size, 90).convert(mode)
    lines = Scanlines.of(image)
    assert (len(lines.data), lines.image().tobytes()) == ((1 + size[0] * len(mode)) * size[1], image.tobytes())
    rows = [image.crop((0, y, size[0], y + 1)).tobytes() for y in range(0, size[1], 4)]
    assert lines.image(step=4).tobytes() == b"".join(rows)


def drawing(paper: str, ink: str) -> Image.Image:
    """A page with some lines on it."""
    image = Image.new("RGB", (301, 400), paper)
    for y in range(20, 380, 12):
        ImageDraw.Draw(image).line((20, y, 280, y), ink)
    return image


@pytest.mark.parametrize(("ink", "mode"), [("navy", "RGB"), ("black", "L")])
@pytest.mark.parametrize("rotation", [0, 90])
def test_encoding_drawn(ink: str, mode: str, rotation: int) -> None:
    """A drawing is sent as PNG, exactly, whether in colour or not, turned or not."""
    image = drawing("white", ink)
    page = encode_drawn(Scanlines.of(image), scanned=False, rotation=rotation)
    with Image.open(io.BytesIO(page.data)) as read:
        assert (read.format, read.mode, page.blank) == ("PNG", mode, False)
        assert read.convert("RGB").tobytes() == turned(image, rotation).tobytes()
        assert (page.width, page.height) == read.size


class Watched(Scanlines):
    """Pixels of which no image is made."""

    def image(self, step: int = 1) -> Image.Image:
        assert step > 1
        return super().image(step)


def test_encoding_drawn_in_colour_is_not_copied() -> None:
    """It is deflated as it lies; every fourth row is all that is looked at."""
    lines = Watched.of(drawing("white", "navy"))
    assert encode_drawn(lines, scanned=False, rotation=0).data == png(lines)


def test_encoding_drawn_scan() -> None:
    """A scan goes as JPEG, whether it is known for one or looks like one."""
    assert encode_drawn(Scanlines.of(drawing("white", "navy")), scanned=True, rotation=0).media_type == "image/jpeg"
    noise = Image.merge("RGB", [Image.effect_noise((300, 400), sigma) for sigma in (50, 60, 70)])
    assert encode_drawn(Scanlines.of(noise), scanned=False, rotation=0).media_type == "image/jpeg"


def test_encoding_drawn_blank() -> None:
    """Coloured paper is blank as well; one faint dot, in a row that is not looked at first, and it is not."""
    paper = Image.new("RGB", (300, 400), "beige")
    assert encode_drawn(Scanlines.of(paper), scanned=False, rotation=0).blank
    paper.putpixel((150, 201), (245, 245, 210))
    assert not encode_drawn(Scanlines.of(paper), scanned=False, rotation=0).blank
