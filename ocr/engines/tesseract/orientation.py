"""Detect the orientation of a page with Tesseract. Blocking; called in render workers."""

from __future__ import annotations

import io
from functools import cache
from typing import TYPE_CHECKING

from PIL import Image

from ocr.engines.tesseract.tessdata import find_tessdata
from ocr.errors import EngineFailed, MissingExtra
from ocr.extras import require
from ocr.i18n import gettext

if TYPE_CHECKING:
    from tesserocr import PyTessBaseAPI

DATA = "osd"
"""The name of Tesseract's data for orientation."""

LONGEST_SIDE = 2600
"""Pixels to which a page is enlarged first. At 1540 a lying page is told with a confidence of 2 to 5 and at 1000 often
wrong; enlarged, both were always told right. It costs a fifth more time."""

SURE = 7.0
"""Confidence from which a page is turned. Pages of text have 10 to 30; wrong answers were seen up to 5."""


def check() -> None:
    """Raise an EngineFailed or a MissingExtra if orientation cannot be detected here."""
    require("cpu", gettext("--auto-rotate"))
    find_tessdata(DATA)


@cache
def available() -> bool:
    """Whether orientation can be detected here."""
    try:
        check()
    except (EngineFailed, MissingExtra):
        return False
    return True


def turn_upright(data: bytes) -> int:
    """Degrees clockwise, 0, 90, 180 or 270, that make an encoded page stand upright; 0 where that is not certain.

    A page is turned only if it is clear how it lies, and as clear that it stands upright once it is turned.

    Raises:
        EngineFailed: Tesseract's data for it is not installed.
    """
    with Image.open(io.BytesIO(data)) as image:
        page = image.convert("L")
    scale = LONGEST_SIDE / max(page.size)
    if scale > 1:
        page = page.resize((round(page.width * scale), round(page.height * scale)), Image.Resampling.BICUBIC)
    lies, confidence = _look(page)
    if not lies or confidence < SURE:
        return 0
    still, confidence = _look(page.rotate(lies, expand=True))  # Pillow turns the other way round, as is wanted
    return 360 - lies if not still and confidence >= SURE else 0


def _look(page: Image.Image) -> tuple[int, float]:
    """By how many degrees clockwise a page seems to be turned, and how sure that is; 0 and 0 with too few letters."""
    api = _detector()
    api.SetImage(page)
    found = api.DetectOrientationScript()
    api.Clear()
    return (int(found["orient_deg"]), float(found["orient_conf"])) if found else (0, 0.0)


@cache
def _detector() -> PyTessBaseAPI:
    """Tesseract, loaded once a process: 10 MB."""
    from tesserocr import PSM, PyTessBaseAPI  # the page asks whether it is installed without loading it

    api = PyTessBaseAPI(path=str(find_tessdata(DATA)), lang=DATA, psm=PSM.OSD_ONLY)
    api.SetVariable("debug_file", "/dev/null")
    return api
