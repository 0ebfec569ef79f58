"""Where the visitor says that the sheets in photographs are, and the photograph that is looked at for that."""

from dataclasses import dataclass, field
from pathlib import Path

from ocr.photo_sheets import PhotoMode, SheetCorners
from ocr.types import PageId, PageImage


@dataclass(frozen=True, slots=True)
class EditedSheet:
    """A photograph as it was taken, on which the sheet's corners can be moved."""

    page: PageId
    path: Path
    photo: PageImage
    """The photograph as `path` has it, its bytes left out."""
    corners: SheetCorners
    """Where they are to begin with."""


@dataclass(slots=True)
class ChosenSheets:
    """What the visitor has chosen for pages that are photographs."""

    by_page: dict[PageId, PhotoMode | SheetCorners] = field(default_factory=dict)
    """`PhotoMode.OFF` for one that is read as it was taken."""
    edited: EditedSheet | None = None

    def remove(self, key: int) -> None:
        """A document was removed."""
        self.by_page = {page: sheet for page, sheet in self.by_page.items() if page.document != key}
        if self.edited and self.edited.page.document == key:
            self.edited = None
