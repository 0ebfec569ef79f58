"""Image files as pages: one page, or with TIFF one a frame; upright, opaque, 8 bits, gray or RGB."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PIL import Image

from ocr.encoding import encode, is_flat
from ocr.errors import PageTooLarge
from ocr.page import PageImage

Image.MAX_IMAGE_PIXELS = None  # our own limit holds, and its message says what to do

PILLOW_FORMATS = {
    "image/png": "PNG",
    "image/jpeg": "JPEG",
    "image/gif": "GIF",
    "image/tiff": "TIFF",
    "image/webp": "WEBP",
    "image/bmp": "BMP",
    "image/heic": "HEIF",
}

ORIENTATION = 0x0112
"""The EXIF tag that says how the camera was held."""

TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""What turns each EXIF orientation upright."""

REDUCING_GAP = 2.0
"""Shrink by whole factors first, to no less than twice the final size: as good as at once, and several times faster."""

FORWARDED_BYTES = 3 * 1024 * 1024
"""A JPEG that fits as it is goes on unchanged up to this size; servers refuse requests that are much larger."""


class PictureFile:
    """An image file, opened for its frames; pixels are decoded when one is rendered."""

    def __init__(self, path: Path, media_type: str, max_pixels: int) -> None:
        """Read the header.

        Raises:
            Exception: whatever Pillow meets in a damaged file.
        """
        if media_type == "image/heic":
            import pillow_heif

            pillow_heif.register_heif_opener()
        self._path, self._media_type, self._max_pixels = path, media_type, max_pixels
        with self._open() as image:
            self.pages = int(getattr(image, "n_frames", 1)) if media_type == "image/tiff" else 1

    def close(self) -> None:
        """Nothing is held between pages."""

    def _open(self) -> Image.Image:
        return Image.open(self._path, formats=(PILLOW_FORMATS[self._media_type],))

    def render(self, number: int, longest_side: int) -> PageImage:
        """The frame, shrunk if it is larger than `longest_side` pixels, never enlarged.

        Raises:
            PageTooLarge: more pixels than the limit.
        """
        with self._open() as image:
            if number > 1:
                image.seek(number - 1)
            if self._media_type == "image/jpeg" and not image.info.get("progressive"):
                image.draft(None, _fitted(image.size, longest_side, 2))  # decode at ½, ¼ or ⅛ where that is enough
            _refuse_bomb(image.size, self._max_pixels)
            image.load()
            if self._goes_as_it_is(image, longest_side):
                return PageImage(image.width, image.height, self._path.read_bytes(), "image/jpeg")
            page = _shrunk(_decoded(image), longest_side)
            turn = TURNS.get(_orientation(image))
            if turn is not None:
                page = page.transpose(turn)
            page = _opaque(page)
        lossy = self._media_type in ("image/jpeg", "image/heic")
        return encode(page, photographic=lossy or not is_flat(page))

    def _goes_as_it_is(self, image: Image.Image, longest_side: int) -> bool:
        """A JPEG that nothing need be done to, and that carries nothing but the picture."""
        return (
            image.format == "JPEG"
            and image.mode in ("L", "RGB")
            and max(image.size) <= longest_side
            and image.info.keys() <= {"jfif", "jfif_version", "jfif_unit", "jfif_density", "dpi"}
            and self._path.stat().st_size <= FORWARDED_BYTES
        )


def _fitted(size: tuple[int, int], longest_side: int, times: int = 1) -> tuple[int, int]:
    """The size within `times` the longest side, in the same proportions; never larger than it is."""
    scale = min(1.0, times * longest_side / max(size))
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))


def _refuse_bomb(size: tuple[int, int], max_pixels: int) -> None:
    """Refuse before a pixel is decoded.

    Raises:
        PageTooLarge: with the size and the limit.
    """
    width, height = size
    if width * height > max_pixels:
        raise PageTooLarge(
            f"The image has {width:,} × {height:,} pixels; the limit is {max_pixels:,} in all.",
            "Save it smaller: no model takes more than 2,048 pixels a side.",
        )


def _decoded(image: Image.Image) -> Image.Image:
    """The pixels in a mode that can be resampled: `L`, `LA`, `RGB`, `RGBA` or `CMYK`."""
    if image.has_transparency_data:
        return image if image.mode in ("LA", "RGBA") else image.convert("RGBA")
    if image.mode in ("L", "RGB", "CMYK"):
        return image
    if image.mode == "1":
        return image.convert("L")
    if image.mode.startswith("I") or image.mode == "F":
        return _eight_bits(image)
    return image.convert("RGB")


def _eight_bits(image: Image.Image) -> Image.Image:
    """A gray image of more than 8 bits, scaled by the bits it uses: Pillow's own conversion would clip at 255."""
    extrema: Any = image.getextrema()
    high = float(extrema[1])
    fraction = image.mode == "F" and high <= 1.0
    white = 1.0 if fraction else float(2 ** max(8, int(high).bit_length()) - 1)
    return image.point(lambda value: value * (255.0 / white) + 0.0).convert("L")


def _shrunk(image: Image.Image, longest_side: int) -> Image.Image:
    size = _fitted(image.size, longest_side)
    if size == image.size:
        return image
    return image.resize(size, Image.Resampling.LANCZOS, reducing_gap=REDUCING_GAP)


def _orientation(image: Image.Image) -> int:
    """The EXIF orientation of a loaded image, 1 if it has none or the EXIF data is garbage."""
    try:
        return int(image.getexif().get(ORIENTATION, 1))
    except (SyntaxError, ValueError, TypeError, KeyError, OSError):
        return 1


def _opaque(image: Image.Image) -> Image.Image:
    """On white paper, in `L` or `RGB`."""
    if image.mode in ("L", "RGB"):
        return image
    if image.mode in ("LA", "RGBA"):
        paper = Image.new("RGBA", image.size, "white")
        return Image.alpha_composite(paper, image.convert("RGBA")).convert("RGB")
    return image.convert("RGB")
