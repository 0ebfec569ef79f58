"""Open image files as pages (one per TIFF frame): upright, opaque, 8 bits, gray or RGB."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from PIL import Image, UnidentifiedImageError

from ocr.documents.encoding import FIGURE_PIXELS, cut_out, encode, is_blank, is_flat, turned
from ocr.documents.image_size import fitted_size
from ocr.errors import DamagedDocument, PageTooLarge
from ocr.i18n import gettext
from ocr.types import Box, Document, ImageSpec, PageImage

Image.MAX_IMAGE_PIXELS = None  # our own limit holds, and its message says what to do

PILLOW_FORMATS = {
    "image/png": "PNG",
    "image/jpeg": "JPEG",
    "image/gif": "GIF",
    "image/tiff": "TIFF",
    "image/webp": "WEBP",
    "image/bmp": "BMP",
    "image/heic": "HEIF",
    "image/avif": "AVIF",
    "image/jp2": "JPEG2000",
}

LOSSY = frozenset({"image/jpeg", "image/heic", "image/avif"})

PHOTOMETRIC_INTERPRETATION = 0x0106
"""The TIFF tag that says, of a gray image, whether zero is white (0) or black (1)."""

CAMERA_TAGS = (0x010F, 0x0110)
"""The EXIF tags that name a camera's maker and its model."""

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

BAND = 256
"""Rows of the shrunk image made at a time."""

FORWARDED_BYTES = 3 * 1024 * 1024
"""A JPEG that fits as it is goes on unchanged up to this size; servers refuse requests that are much larger."""


def opened_image(path: Path, media_type: str) -> Image.Image:
    """The image, of which no more than the header is read; whatever Pillow meets in it comes out as it is."""
    if media_type == "image/heic":
        import pi_heif

        pi_heif.register_heif_opener()
    return Image.open(path, formats=(PILLOW_FORMATS[media_type],))


def frame_count(image: Image.Image) -> int:
    """How many pages it has: those of a TIFF are its frames; the frames of other formats are animations."""
    return int(getattr(image, "n_frames", 1)) if image.format == "TIFF" else 1


def orientation(image: Image.Image) -> int:
    """The EXIF orientation of an image, 1 if it has none or the EXIF data is garbage."""
    try:
        return int(exif_of(image).get(ORIENTATION, 1))
    except (ValueError, TypeError):
        return 1


def exif_of(image: Image.Image, directory: int | None = None) -> Mapping[int, Any]:
    """The image's EXIF data by tag, or that of one of its directories; nothing if it is garbage."""
    try:
        exif = image.getexif()
        return dict(exif if directory is None else exif.get_ifd(directory))
    except (SyntaxError, ValueError, TypeError, KeyError, OSError):
        return {}


def upright(image: Image.Image, exif_orientation: int) -> Image.Image:
    """The image turned as the camera was held."""
    turn = TURNS.get(exif_orientation)
    return image if turn is None else image.transpose(turn)


def on_white(image: Image.Image) -> Image.Image:
    """A transparent image on white paper, in RGB."""
    colours = image.convert("RGBA")
    paper = Image.new("RGB", image.size, "white")
    paper.paste(colours, mask=colours.getchannel("A"))
    return paper


class PictureFile:
    """An image file, opened for its frames; pixels are decoded when one is rendered."""

    whole = True
    """Nothing is known of a frame before it is decoded."""

    def __init__(self, document: Document, max_pixels: int) -> None:
        """Read the header; whatever Pillow meets in a damaged file comes out as it is."""
        self._path, self._media_type, self._max_pixels = document.path, document.media_type, max_pixels
        try:
            image = opened_image(self._path, self._media_type)
        except UnidentifiedImageError as error:
            kind = PILLOW_FORMATS[self._media_type]
            raise DamagedDocument(
                gettext("{name} starts like {kind} but cannot be decoded.", name=document.name, kind=kind),
                "Save it again, or as PNG.",
            ) from error
        with image:
            self.pages = frame_count(image)

    def close(self) -> None:
        """Nothing is held between pages."""

    def render(self, number: int, spec: ImageSpec) -> PageImage:
        """The frame turned by `spec.rotation`, of the size that is asked for, or as large as `fitted_size` says."""
        size, rotation = spec.unturned_size, spec.rotation
        with self._frame(number, max(size) if size else spec.longest_side) as image:
            if size is None:
                size = fitted_size(image.size, spec.longest_side, spec.multiple)
            elif orientation(image) >= 5:  # the camera was held on its side
                size = size[::-1]
            if not rotation and image.size == size and self._goes_as_it_is(image):
                return PageImage(image.width, image.height, self._path.read_bytes(), "image/jpeg", is_blank(image))
            page = turned(upright(_resized(image, size), orientation(image)), rotation)
        return encode(page, photographic=self._media_type in LOSSY or not is_flat(page))

    def taken_by_camera(self, number: int) -> bool:
        """Whether the frame's EXIF data names a camera; a scanner that does so is told by its flat pictures."""
        with opened_image(self._path, self._media_type) as image:
            if number > 1:
                image.seek(number - 1)
            return any(exif_of(image).get(tag) for tag in CAMERA_TAGS)

    def photo(self, number: int) -> Image.Image:
        """The whole frame, upright, in gray or RGB, all its pixels."""
        with self._frame(number, None) as image:
            return upright(_resized(image, image.size), orientation(image))

    def figure(self, number: int, box: Box, media_type: str, rotation: int = 0) -> PageImage:
        """A part of the turned frame, as sharp as the file has it."""
        with self._frame(number, FIGURE_PIXELS) as image:
            whole = _resized(image, fitted_size(image.size, FIGURE_PIXELS))
            page = turned(upright(whole, orientation(image)), rotation)
        return encode(cut_out(page, box), photographic=media_type == "image/jpeg")

    @contextmanager
    def _frame(self, number: int, longest_side: int | None) -> Iterator[Image.Image]:
        """A frame's pixels; those of a JPEG decoded no larger than needed for so many, None: all."""
        with opened_image(self._path, self._media_type) as image:
            if number > 1:
                image.seek(number - 1)
            if longest_side and self._media_type == "image/jpeg" and not image.info.get("progressive"):
                image.draft(None, fitted_size(image.size, 2 * longest_side))  # decode at ½, ¼ or ⅛ where that is enough
            if image.width * image.height > self._max_pixels:  # before a pixel is decoded
                values = {"width": image.width, "height": image.height, "limit": self._max_pixels}
                raise PageTooLarge(
                    gettext("The image has {width:,} × {height:,} pixels; the limit is {limit:,} in total.", **values),
                    "Make it smaller: no model uses more than 2,048 pixels per side.",
                )
            image.load()
            yield image

    def _goes_as_it_is(self, image: Image.Image) -> bool:
        """A JPEG of which only the size can be wrong, and that carries nothing but the picture."""
        return (
            image.format == "JPEG"
            and image.mode in ("L", "RGB")
            and image.info.keys() <= {"jfif", "jfif_version", "jfif_unit", "jfif_density", "dpi"}
            and self._path.stat().st_size <= FORWARDED_BYTES
        )


def _resized(image: Image.Image, size: tuple[int, int]) -> Image.Image:
    """The image in `L` or `RGB`, of this size.

    One that is much larger is converted in bands and shrunk by a whole factor first, so that besides the decoded image
    nothing of its size is ever held, whatever its mode.
    """
    if image.mode == "I;16B":  # 16 bits in big-endian order, which Pillow can do nothing else with
        image = image.convert("I")
    levels = _levels(image)
    factor = int(max(image.size) / (REDUCING_GAP * max(size)))
    if factor < 2:
        plain = _plain(image, levels)
        return plain if size == plain.size else plain.resize(size, Image.Resampling.LANCZOS)
    width, height = image.size
    bands = range(0, height, BAND * factor)
    parts = (image.crop((0, top, width, min(height, top + BAND * factor))) for top in bands)
    reduced: Image.Image | None = None
    for index, part in enumerate(parts):
        small = _plain(part, levels).reduce(factor)
        reduced = reduced or Image.new(small.mode, (small.width, -(-height // factor)))
        reduced.paste(small, (0, index * BAND))
    assert reduced is not None
    return reduced.resize(size, Image.Resampling.LANCZOS, box=(0, 0, width / factor, height / factor))


def _plain(image: Image.Image, levels: tuple[float, float]) -> Image.Image:
    """On white paper, 8 bits a channel, in `L` or `RGB`."""
    if image.has_transparency_data:
        return on_white(image)
    if image.mode in ("L", "RGB"):
        return image
    if image.mode == "1":
        return image.convert("L")
    if _is_deep(image):
        black, white = levels
        scale = 255.0 / (white - black)
        return image.point(lambda value: value * scale + -black * scale).convert("L")
    return image.convert("RGB")


def _is_deep(image: Image.Image) -> bool:
    """Whether it is gray, with more than 8 bits."""
    return image.mode.startswith("I") or image.mode == "F"


def _levels(image: Image.Image) -> tuple[float, float]:
    """The values that are black and white in a gray image of more than 8 bits; Pillow's own conversion clips at 255.

    White is told by the bits that are used: a scanner's 12 bits come in 16. Numbers below zero come from instruments,
    and have no white but their highest.
    """
    if not _is_deep(image):
        return 0.0, 255.0
    low, high = _range(image)
    if low < 0:
        levels = low, max(high, low + 1)
    elif image.mode == "F" and high <= 1.0:
        levels = 0.0, 1.0
    else:
        levels = 0.0, float(2 ** max(8, int(high).bit_length()) - 1)
    tags: Mapping[int, Any] = getattr(image, "tag_v2", {})
    return levels[::-1] if tags.get(PHOTOMETRIC_INTERPRETATION) == 0 else levels


def _range(image: Image.Image) -> tuple[float, float]:
    """The lowest and the highest value; of floating-point numbers the finite ones alone."""
    if image.mode == "F":
        import numpy  # few files need it

        values = numpy.asarray(image)
        finite = values[numpy.isfinite(values)]
        return (float(finite.min()), float(finite.max())) if finite.size else (0.0, 1.0)
    extrema: Any = image.getextrema()
    return float(extrema[0]), float(extrema[1])
