"""Whether what straightens photographs is installed."""

from ocr.extras import is_installed, require
from ocr.i18n import gettext
from ocr.photo_sheets import PhotoMode, SheetCorners


def check_photos(sheet: PhotoMode | SheetCorners) -> None:
    """Raise a MissingExtra where pictures are to be straightened in any case and what does that is not installed."""
    if sheet not in (PhotoMode.AUTO, PhotoMode.OFF):
        require("photos", gettext("--photos on"))


def can_straighten() -> bool:
    """Whether it is installed; nothing is imported."""
    return is_installed("photos")
