"""The images of the pages of opened documents, as a run of the pipeline asks for them."""

from __future__ import annotations

from ocr.documents.renderer import Renderer
from ocr.types import Box, Document, PageId, PageImage


class DocumentSource:
    """Renders pages of the documents it was given; the pipeline's `PageSource`."""

    def __init__(self, renderer: Renderer, longest_side: int, rotation: int = 0, *, upright: bool = False) -> None:
        """There is no document yet.

        Args:
            renderer: renders the pages; not closed here.
            longest_side: of a page's image, in pixels.
            rotation: by which every page is turned, in degrees clockwise: 0, 90, 180 or 270.
            upright: whether pages that lie on their side are turned further.
        """
        self._renderer, self._longest_side, self._rotation, self._upright = renderer, longest_side, rotation, upright
        self._documents: dict[int, Document] = {}
        self._rotations: dict[PageId, int] = {}

    def add(self, index: int, document: Document) -> None:
        """Serve the pages whose `PageId.document` is `index` from this document."""
        self._documents[index] = document

    def discard(self, page: PageId) -> None:
        """Forget what is known of a page that has ended."""
        self._rotations.pop(page, None)

    async def image(self, page: PageId) -> PageImage:
        """The page, rendered for the model.

        Raises:
            PageError: it cannot be rendered.
            DocumentError: its file can no longer be opened.
        """
        image = await self._renderer.render(
            self._documents[page.document], page.number, self._longest_side, self._rotation, upright=self._upright
        )
        self._rotations[page] = image.rotation
        return image

    async def smaller(self, page: PageId, longest_side: int) -> PageImage:
        """The page once more, turned as before, with a longer side of so many pixels.

        Raises:
            PageError: it cannot be rendered.
            DocumentError: its file can no longer be opened.
        """
        document = self._documents[page.document]
        return await self._renderer.render(document, page.number, longest_side, self._rotations[page])

    async def figure(self, page: PageId, box: Box, media_type: str) -> PageImage:
        """A part of the page, as sharp as the document allows, as `image/png` or `image/jpeg`.

        Raises:
            PageError: it cannot be cut out.
            DocumentError: its file can no longer be opened.
        """
        document = self._documents[page.document]
        return await self._renderer.figure(document, page.number, box, media_type, self._rotations[page])
