"""A page of an open file as it is asked for: of a photograph the sheet, where that is wanted and found."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ocr.documents.images import PictureFile
from ocr.documents.photo_extra import can_straighten, check_photos
from ocr.photo_sheets import PageView, PhotoMode
from ocr.types import Box, ImageSpec, PageImage

if TYPE_CHECKING:
    from ocr.documents.pdf import PdfFile


def rendered_page(file: PdfFile | PictureFile, number: int, spec: ImageSpec) -> PageImage:
    """The page, from 1, turned by `spec.rotation`; `spec.upright` is left to the caller.

    Raises:
        MissingExtra: it is to be straightened in any case, and what does that is not installed.
    """
    if isinstance(file, PictureFile) and _may_show_a_sheet(file, number, spec):
        _prepare_for_opencv()
        from ocr.documents.photo_pages import photo_page  # OpenCV is loaded only where it is wanted: 0.1 s, 25 MB

        if page := photo_page(file, number, spec):
            return page
    return file.render(number, spec)


def _prepare_for_opencv() -> None:
    from ocr.config.settings import limit_blas_threads  # all settings are loaded with it, which no other page needs

    limit_blas_threads()


def _may_show_a_sheet(file: PictureFile, number: int, spec: ImageSpec) -> bool:
    if spec.sheet is PhotoMode.AUTO:
        return can_straighten() and file.taken_by_camera(number)
    if spec.sheet is PhotoMode.OFF:
        return False
    check_photos(spec.sheet)
    return True


def cut_figure_from(file: PdfFile | PictureFile, number: int, box: Box, media_type: str, view: PageView) -> PageImage:
    """A part of the page, from 1, as it was shown in this view."""
    if view.corners and isinstance(file, PictureFile):
        _prepare_for_opencv()
        from ocr.documents.photo_pages import photo_figure

        return photo_figure(file, number, box, media_type, view)
    return file.figure(number, box, media_type, view.rotation)
