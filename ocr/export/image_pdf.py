"""Images as pages of a PDF, without loss: img2pdf puts a JPEG's own bytes into the file."""

import io
from collections.abc import Collection, Mapping
from types import MappingProxyType
from typing import IO, Any

import img2pdf
from PIL import Image

from ocr.documents.images import PictureFile, frame_count, on_white, opened_image, orientation, upright
from ocr.documents.rendered_page import cut_figure_from
from ocr.documents.worker_tasks import DocumentLimits
from ocr.photo_sheets import PageView, SheetCorners
from ocr.types import Box, Document

KEPT_AS_THEY_ARE = frozenset({"image/jpeg", "image/png", "image/tiff", "image/jp2"})
"""What img2pdf takes; the other formats are no formats of a PDF."""

WHOLE = Box(0, 0, 1000, 1000)

MAX_SIDE_PT = 14_000.0
"""Points of a page's longer side; viewers take up to 14,400."""


def image_pdf(
    document: Document,
    target: IO[bytes],
    sheets: Mapping[int, SheetCorners] = MappingProxyType({}),
    numbers: Collection[int] | None = None,
) -> None:
    """Write the image as a PDF, each frame of a TIFF as a page, upright as its camera was held.

    Of a frame, by its number from 1, that has a sheet, the straightened sheet is the page. With `numbers`, these frames
    alone are written, in the order of the file.
    """
    options: dict[str, Any] = {
        "layout_fun": _layout,
        "rotation": img2pdf.Rotation.ifvalid,
        "first_frame_only": document.media_type != "image/tiff",
        "engine": img2pdf.Engine.pikepdf,
    }
    with opened_image(document.path, document.media_type) as image:
        frames = range(1, frame_count(image) + 1)
        wanted = [number for number in frames if numbers is None or number in numbers]
        if len(wanted) == len(frames) and not sheets and _goes_as_it_is(document, image):
            try:
                img2pdf.convert(str(document.path), outputstream=target, **options)
            except (
                img2pdf.AlphaChannelError,
                img2pdf.ImageOpenError,
                img2pdf.JpegColorspaceError,
                NotImplementedError,
            ):
                target.seek(0)
                target.truncate()
            else:
                return
        pages = [
            _sheet(document, number, sheets[number]) if number in sheets else _as_png(image, number)
            for number in wanted
        ]
    img2pdf.convert(pages, outputstream=target, **options)


def _layout(width: int, height: int, dpi: tuple[float, float]) -> tuple[float, float, float, float]:
    """The page's and the picture's size in points, by the file's resolution unless no viewer could show that."""
    sides = [72.0 * pixels / max(1.0, each) for pixels, each in zip((width, height), dpi, strict=True)]
    scale = min(1.0, MAX_SIDE_PT / max(sides)) * max(1.0, 3.0 / min(sides))
    return sides[0] * scale, sides[1] * scale, sides[0] * scale, sides[1] * scale


def _sheet(document: Document, number: int, corners: SheetCorners) -> bytes:
    """The straightened sheet of a frame, as JPEG."""
    picture = PictureFile(document, DocumentLimits().max_pixels)
    return cut_figure_from(picture, number, WHOLE, "image/jpeg", PageView(0, corners)).data


def _goes_as_it_is(document: Document, image: Image.Image) -> bool:
    """Whether img2pdf takes the file, and turns it upright.

    It can't mirror a page, and it turns a TIFF a second time, which Pillow has turned when its pixels are loaded.
    """
    wrong = range(2, 9) if image.format == "TIFF" else (2, 4, 5, 7)
    return document.media_type in KEPT_AS_THEY_ARE and not any(
        orientation(_sought(image, number)) in wrong for number in range(1, frame_count(image) + 1)
    )


def _as_png(image: Image.Image, number: int) -> bytes:
    """A frame on white paper, as PNG."""
    page = _sought(image, number)
    page.load()  # a TIFF is turned upright by that, and says then that it is
    turn = orientation(page)
    if page.has_transparency_data:
        page = on_white(page)
    elif page.mode not in ("1", "L", "RGB", "I;16"):
        page = page.convert("RGB")
    buffer = io.BytesIO()
    upright(page, turn).save(buffer, "PNG", dpi=image.info.get("dpi", (96, 96)))
    return buffer.getvalue()


def _sought(image: Image.Image, number: int) -> Image.Image:
    """The image at this frame, from 1."""
    image.seek(number - 1)
    return image
