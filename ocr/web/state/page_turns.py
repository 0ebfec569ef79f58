"""Which way up the visitor has turned pages."""

from dataclasses import dataclass, field

from ocr.types import PageId

QUARTER = 90
"""Degrees by which a page is turned at once."""


@dataclass(slots=True)
class PageTurns:
    """The pages that the visitor has turned, and by how much: they are shown so, and read so the next time."""

    by_page: dict[PageId, int] = field(default_factory=dict)
    """Degrees clockwise from how the document has the page: 0, 90, 180 or 270."""

    def turn(self, page: PageId, rotation: int) -> None:
        """Turn a page by a quarter clockwise; `rotation` is that of its image, in degrees."""
        self.by_page[page] = (self.by_page.get(page, rotation) + QUARTER) % 360

    def on_image(self, page: PageId, rotation: int) -> int:
        """Degrees clockwise by which the page's image is turned on the screen; `rotation` is the image's own."""
        return (self.by_page.get(page, rotation) - rotation) % 360

    def remove(self, key: int) -> None:
        """A document was removed."""
        self.by_page = {page: turn for page, turn in self.by_page.items() if page.document != key}
