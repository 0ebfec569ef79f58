"""Encode a page image once, as PNG or JPEG, whichever is cheaper for its content."""

from __future__ import annotations

import io
import struct
from dataclasses import dataclass, replace
from typing import Any

from isal import isal_zlib
from PIL import Image

from ocr.types import Box, PageImage

JPEG_QUALITY = 95
"""No visible loss at glyph edges; 0.7 MB and 7 ms for a scanned page that as PNG takes 2.2 MB and 418 ms."""

MIN_FLAT_SHARE = 0.3
"""Share of pixels of one and the same gray above which a picture is drawn, not photographed: rendered paper is of one
colour throughout, in a scan or a photo it is not."""

MAX_BLANK_CONTRAST = 3
"""Steps of 255 between the darkest and the lightest pixel, up to which nobody sees or reads anything: a pencil's
faintest line has ten."""

CLOCKWISE = {90: Image.Transpose.ROTATE_270, 180: Image.Transpose.ROTATE_180, 270: Image.Transpose.ROTATE_90}
"""Pillow counts the other way round."""

THUMBNAIL_QUALITY = 80
"""Of a thumbnail's JPEG; 4 to 8 kB each."""

FIGURE_PIXELS = 4096
"""The longer side of a picture cut out of a page, at most."""


@dataclass(frozen=True, slots=True)
class Scanlines:
    """Pixels as PNG deflates them: row by row, a zero before each, which says that no filter was applied to it."""

    width: int
    height: int
    channels: int
    """Bytes a pixel: 1 for gray, 3 for RGB."""
    data: bytes | memoryview
    """(1 + `width` × `channels`) × `height` bytes."""

    @classmethod
    def of(cls, image: Image.Image) -> Scanlines:
        """Those of an `L` or `RGB` image."""
        channels, pixels = len(image.getbands()), image.tobytes()
        width = image.width * channels
        rows = b"".join([b"\0" + pixels[at : at + width] for at in range(0, len(pixels), width)])
        return cls(image.width, image.height, channels, rows)

    def image(self, step: int = 1) -> Image.Image:
        """Every `step`-th row, from the first, as an `L` or `RGB` image."""
        mode, stride = {1: "L", 3: "RGB"}[self.channels], 1 + self.width * self.channels
        size = (self.width, -(-self.height // step))
        return Image.frombytes(mode, size, memoryview(self.data)[1:], "raw", mode, step * stride)


def encode(image: Image.Image, *, photographic: bool) -> PageImage:
    """An `L` or `RGB` image as JPEG if it is a scan or a photo, else as PNG; a page without colour as one channel."""
    if photographic:
        buffer = io.BytesIO()
        image.save(buffer, "JPEG", quality=JPEG_QUALITY)
        return PageImage(image.width, image.height, buffer.getvalue(), "image/jpeg", is_blank(image))
    return PageImage(image.width, image.height, png(Scanlines.of(without_colour(image))), "image/png", is_blank(image))


def thumbnail(page: PageImage) -> PageImage:
    """The page as a small JPEG file, however it was encoded."""
    buffer = io.BytesIO()
    with Image.open(io.BytesIO(page.data)) as image:
        image.save(buffer, "JPEG", quality=THUMBNAIL_QUALITY)
    return replace(page, data=buffer.getvalue(), media_type="image/jpeg")


def encode_drawn(lines: Scanlines, *, scanned: bool, rotation: int) -> PageImage:
    """A page drawn as RGB, turned and encoded: as JPEG if it is known for a scan or looks like one, else as PNG.

    A drawing in colour is deflated from where it was drawn: to make an image of it, and bytes of that, takes nearly as
    long as PDFium takes to draw it.
    """
    if not scanned and not rotation:
        sample = lines.image(step=4)
        if is_flat(sample) and not _seems_gray(sample) and not is_blank(sample):
            return PageImage(lines.width, lines.height, png(lines), "image/png")
    image = lines.image()
    return encode(turned(image, rotation), photographic=scanned or not is_flat(image))


def png(lines: Scanlines) -> bytes:
    """A PNG file, its rows as they are.

    Pillow tries PNG's five filters on each row. On rendered text that takes twice the time of all the rest (29 ms
    against 14 for a coloured page of 1089 × 1540, 12 against 6 for a gray one), and the file is larger by a sixth.
    ISA-L deflates five times as fast as zlib (2 ms against 10), and makes the file as large as Pillow's.
    """
    header = struct.pack(">IIBBBBB", lines.width, lines.height, 8, 0 if lines.channels == 1 else 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", isal_zlib.crc32(data, isal_zlib.crc32(kind)))
        for kind, data in ((b"IHDR", header), (b"IDAT", isal_zlib.compress(lines.data, 1)), (b"IEND", b""))
    )


def turned(image: Image.Image, rotation: int) -> Image.Image:
    """The image turned by so many degrees clockwise: 0, 90, 180 or 270."""
    return image.transpose(CLOCKWISE[rotation]) if rotation else image


def cut_out(page: Image.Image, box: Box) -> Image.Image:
    """The part of the page within the box, at least a pixel of it."""
    left, top = page.width * box.left // 1000, page.height * box.top // 1000
    right, bottom = page.width * box.right // 1000, page.height * box.bottom // 1000
    return page.crop((left, top, max(left + 1, right), max(top + 1, bottom)))


def box_before(box: Box, rotation: int) -> Box:
    """Where a box of a page stood before the page was turned by so many degrees clockwise."""
    for _ in range(rotation // 90):
        box = Box(box.top, 1000 - box.right, box.bottom, 1000 - box.left)
    return box


def without_colour(image: Image.Image) -> Image.Image:
    """The image in one channel, if its three are equal everywhere."""
    if image.mode != "RGB" or not _seems_gray(image):  # spares these 1 ms
        return image
    return image.getchannel("R") if _is_gray(image) else image


def _seems_gray(image: Image.Image) -> bool:
    return _is_gray(image.resize((128, 128), Image.Resampling.NEAREST))


def _is_gray(image: Image.Image) -> bool:
    red, green, blue = image.split()
    return red.tobytes() == green.tobytes() == blue.tobytes()  # 1.4 ms a page, ImageChops takes 4


def is_blank(image: Image.Image) -> bool:
    """Whether no pixel of an `L` or `RGB` image can be told from its paper; a scan's own noise makes it not blank."""
    if not _is_even(image.resize((64, 64), Image.Resampling.NEAREST)):  # spares most pages 4 ms
        return False
    return _is_even(image)


def _is_even(image: Image.Image) -> bool:
    bands: Any = image.getextrema() if image.mode == "RGB" else (image.getextrema(),)
    return all(high - low <= MAX_BLANK_CONTRAST for low, high in bands)


def is_flat(image: Image.Image) -> bool:
    """Whether one gray covers enough of the image for it to be a drawing, a screenshot or rendered text.

    Every fourth pixel of every fourth row is looked at.
    """
    sample = image.resize((-(-image.width // 4), -(-image.height // 4)), Image.Resampling.NEAREST).convert("L")
    return max(sample.histogram()) >= MIN_FLAT_SHARE * sample.width * sample.height
