"""Functions that run in a worker process of the CPU engine: load the languages, recognise pages.

Light to import, since the app imports it to name the functions; Tesseract and Pillow are loaded by `set_up` in the
worker.
"""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING

from ocr.config.settings import limit_tesseract_threads
from ocr.errors import RecognitionFailed, Refused
from ocr.i18n import gettext
from ocr.page_words import PageWord

if TYPE_CHECKING:
    from PIL import Image

    from ocr.engines.tesseract.recognition import Page as RecognizedPage
    from ocr.engines.tesseract.recognition import Recognizer

MAX_PIXELS = 64 * 10**6
"""Pixels of an image; an A4 page at 600 DPI has 35 million."""

_recognizers: list[Recognizer] = []
"""The one of this process, once `set_up` has loaded it."""


def set_up(languages: str, tessdata: Path) -> None:
    """Make this process a worker: load the data of `languages` (`eng+fra`) from the folder `tessdata`."""
    limit_tesseract_threads()
    from ocr.engines.tesseract.recognition import Recognizer

    try:
        _recognizers[:] = [Recognizer(languages, tessdata)]
    except RuntimeError as error:
        raise RuntimeError(f"Tesseract cannot load {languages} from {tessdata}: {error}") from error


def recognize(data: bytes, layout: bool, words: bool = False) -> tuple[tuple[str, ...], tuple[PageWord, ...]]:
    """The text of an encoded page in pieces, one for each part of it; joined they are the answer. And its words.

    With `layout` each part begins with its marker; else they are plain Markdown. Without `words` there are none.

    Raises:
        Refused: the page has more than `MAX_PIXELS`.
        RecognitionFailed: the image is damaged, or Tesseract gives the page up.
    """
    from ocr.engines.tesseract.answer_text import page_text

    page = _recognized(data)
    return tuple(page_text(page, grounding=layout)), _page_words(page) if words else ()


def recognize_words(data: bytes) -> tuple[PageWord, ...]:
    """The words of an encoded page in reading order; raises as `recognize`."""
    return _page_words(_recognized(data))


def _page_words(page: RecognizedPage) -> tuple[PageWord, ...]:
    across, down = 1000 / page.width, 1000 / page.height
    return tuple(
        PageWord(
            word.text,
            (
                round(word.box[0] * across, 2),
                round(word.box[1] * down, 2),
                round(word.box[2] * across, 2),
                round(word.box[3] * down, 2),
            ),
            round(word.confidence / 100, 3),
        )
        for block in page.blocks
        for line in block.lines
        for word in line.words
    )


def _recognized(data: bytes) -> RecognizedPage:
    gray = decode(data)
    try:
        return _recognizers[0].read(gray.tobytes(), gray.width, gray.height)
    except RuntimeError as error:
        raise _failed(error) from error


def decode(data: bytes) -> Image.Image:
    """The gray pixels of an encoded image; transparency becomes white. Raises as `recognize`."""
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(io.BytesIO(data)) as image:
            if image.width * image.height > MAX_PIXELS:
                raise Refused(
                    gettext("The page's image has more than {count} million pixels.", count=MAX_PIXELS // 10**6),
                    "Read it with a smaller --longest-side.",
                )
            return _gray(image)
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise _failed(error) from error


def _gray(image: Image.Image) -> Image.Image:
    from PIL import Image

    if image.mode in ("L", "RGB"):
        return image.convert("L")
    rgba = image.convert("RGBA")
    white = Image.new("RGBA", rgba.size, "white")
    return Image.alpha_composite(white, rgba).convert("L")


def _failed(error: Exception) -> RecognitionFailed:
    reason = (str(error) or type(error).__name__).rstrip(".")
    return RecognitionFailed(
        gettext("Tesseract could not read the page: {reason}.", reason=reason), "Read it with another --longest-side."
    )
