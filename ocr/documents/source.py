"""The pipeline's `PageSource` protocol, and its implementation that renders pages of documents."""

from collections.abc import Callable
from typing import Protocol

from ocr.documents.renderer import Renderer
from ocr.types import Box, Document, ImageSpec, PageId, PageImage, sheet_of


class PageSource(Protocol):
    """Where the images of a run's pages come from.

    Its methods raise a PageError where the page cannot be rendered, a DocumentError where its file can no longer be
    opened. `first` is the page's first image: all others show the same part of the document, the same way up.
    """

    async def image(self, page: PageId) -> PageImage:
        """The page, rendered for the model."""

    async def smaller(self, page: PageId, longest_side: int, first: PageImage) -> PageImage:
        """The page once more, its longer side of so many pixels; nothing else of it changes, and no box does."""

    async def figure(self, page: PageId, box: Box, media_type: str, first: PageImage) -> PageImage:
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
        spec_of: Callable[[PageId, ImageSpec], ImageSpec] = lambda page, spec: spec,
    ) -> None:
        """`document` gives the document of a page by its `PageId.document`; `spec` is that of all images.

        `spec_of` gives what a single page has in place of it.
        """
        self._renderer, self._document, self._spec, self._store = renderer, document, spec, store
        self._spec_of = spec_of

    async def image(self, page: PageId) -> PageImage:
        """The page, as it was rendered before or anew."""
        spec = self._spec_of(page, self._spec)
        if self._store and (stored := await self._store.load(page, spec)):
            return stored
        image = await self._render(page, spec)
        if self._store:
            await self._store.save(page, spec, image)
        return image

    async def smaller(self, page: PageId, longest_side: int, first: PageImage) -> PageImage:
        """The page rendered once more, turned and straightened as `first` and no further."""
        spec = ImageSpec(longest_side, first.rotation, multiple=self._spec.multiple, sheet=sheet_of(first))
        return await self._render(page, spec)

    async def _render(self, page: PageId, spec: ImageSpec) -> PageImage:
        return await self._renderer.render_as(self._document(page.document), page.number, spec)

    async def figure(self, page: PageId, box: Box, media_type: str, first: PageImage) -> PageImage:
        """A part of the page, rendered from the document."""
        document = self._document(page.document)
        return await self._renderer.figure(document, page.number, box, media_type, first.rotation, first.corners)
