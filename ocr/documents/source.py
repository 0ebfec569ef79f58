"""The pipeline's `PageSource` protocol, and its implementation that renders pages of documents."""

from collections.abc import Callable
from typing import Protocol

from ocr.documents.renderer import Renderer
from ocr.types import Box, Document, ImageSpec, PageId, PageImage


class PageSource(Protocol):
    """Where the images of a run's pages come from.

    Its methods raise a PageError where the page cannot be rendered, a DocumentError where its file can no longer be
    opened. `rotation` is that of the page's first image.
    """

    async def image(self, page: PageId) -> PageImage:
        """The page, rendered for the model."""

    async def smaller(self, page: PageId, longest_side: int, rotation: int) -> PageImage:
        """The page once more, its longer side of so many pixels; nothing else of it changes, and no box does."""

    async def figure(self, page: PageId, box: Box, media_type: str, rotation: int) -> PageImage:
        """A part of the page, as sharp as the document allows, as `image/png` or `image/jpeg`."""


class ImageStore(Protocol):
    """Has images that were rendered before."""

    async def load(self, page: PageId, spec: ImageSpec) -> PageImage | None:
        """The page's image as it is asked for; None if it is not here."""

    async def save(self, page: PageId, spec: ImageSpec, image: PageImage) -> None:
        """Take an image that was rendered just now."""


class DocumentSource:
    """Renders pages of documents; a page that `store` has is not rendered again."""

    def __init__(
        self,
        renderer: Renderer,
        document: Callable[[int], Document],
        spec: ImageSpec,
        store: ImageStore | None = None,
    ) -> None:
        """`document` gives the document of a page by its `PageId.document`; `spec` is that of all images."""
        self._renderer, self._document, self._spec, self._store = renderer, document, spec, store

    async def image(self, page: PageId) -> PageImage:
        """The page, as it was rendered before or anew."""
        if self._store and (stored := await self._store.load(page, self._spec)):
            return stored
        image = await self._render(page, self._spec)
        if self._store:
            await self._store.save(page, self._spec, image)
        return image

    async def smaller(self, page: PageId, longest_side: int, rotation: int) -> PageImage:
        """The page rendered once more, turned by `rotation` and no further."""
        return await self._render(page, ImageSpec(longest_side, rotation, multiple=self._spec.multiple))

    async def _render(self, page: PageId, spec: ImageSpec) -> PageImage:
        document, (longest_side, rotation, upright, multiple) = self._document(page.document), spec
        return await self._renderer.render(
            document, page.number, longest_side, rotation, upright=upright, multiple=multiple
        )

    async def figure(self, page: PageId, box: Box, media_type: str, rotation: int) -> PageImage:
        """A part of the page, rendered from the document."""
        return await self._renderer.figure(self._document(page.document), page.number, box, media_type, rotation)
