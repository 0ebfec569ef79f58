"""Pages of photographs: the sheet found, straightened and evenly lit; loads OpenCV."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING

import cv2
import numpy as np
from PIL import Image

from ocr.documents.encoding import FIGURE_PIXELS, cut_out, encode, turned
from ocr.documents.flatten_sheet import evened, sheet_size, straightened
from ocr.documents.image_size import fitted_size
from ocr.documents.sheet_edges import find_sheet
from ocr.photo_sheets import PageView, SheetCorners
from ocr.types import Box, ImageSpec, PageImage

if TYPE_CHECKING:
    from ocr.documents.images import PictureFile

cv2.setNumThreads(1)  # there is a process for each core


def photo_page(file: PictureFile, number: int, spec: ImageSpec) -> PageImage | None:
    """The sheet in a frame, from 1, as a page; None if none is found for certain."""
    photo = file.photo(number)
    corners = spec.sheet if isinstance(spec.sheet, SheetCorners) else find_sheet(np.asarray(photo))
    if corners is None:
        return None
    size = spec.unturned_size or fitted_size(sheet_size(corners, photo.size), spec.longest_side, spec.multiple)
    page = _page(photo, corners, size)
    return replace(encode(turned(page, spec.rotation), photographic=True), corners=corners)


def photo_figure(file: PictureFile, number: int, box: Box, media_type: str, view: PageView) -> PageImage:
    """A part of the page that `photo_page` has made with these corners, as sharp as the photograph has it."""
    assert view.corners
    page = turned(_large_page(file, number, view.corners), view.rotation)
    return encode(cut_out(page, box), photographic=media_type == "image/jpeg")


@lru_cache(maxsize=1)  # the figures of a page are cut out one after the other; it takes up to 50 MB
def _large_page(file: PictureFile, number: int, corners: SheetCorners) -> Image.Image:
    """The page from which figures are cut; a file that has changed is opened as another `PictureFile`."""
    photo = file.photo(number)
    return _page(photo, corners, fitted_size(sheet_size(corners, photo.size), FIGURE_PIXELS))


def _page(photo: Image.Image, corners: SheetCorners, size: tuple[int, int]) -> Image.Image:
    return Image.fromarray(evened(straightened(np.asarray(photo), corners, size)))
