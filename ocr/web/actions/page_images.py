"""Page images and figures: rendered once, written once to the session's folder; there the screen finds them."""

from __future__ import annotations

import asyncio
import secrets
from dataclasses import dataclass, field

from ocr.documents.renderer import Renderer
from ocr.errors import OutputError
from ocr.events import FigureCut
from ocr.i18n import say
from ocr.types import Box, Document, PageId, PageImage
from ocr.web.state.disk import writing
from ocr.web.state.page_state import StoredImage
from ocr.web.state.session import Session


@dataclass(frozen=True, slots=True)
class Pictures:
    """The images of one session's pages at one size, turned one way."""

    session: Session
    renderer: Renderer
    longest_side: int
    """Pixels."""
    rotation: int = 0
    """Degrees clockwise: 0, 90, 180 or 270."""
    upright: bool = False
    """Whether they are turned further until they stand upright."""
    shown: bool = True
    """Whether somebody looks at them: then their files are written."""
    turned: dict[PageId, int] = field(default_factory=dict)
    """By how many degrees each was."""

    async def smaller(self, page: PageId, longest_side: int) -> PageImage:
        """The page with fewer pixels, as the pipeline wants it; the screen goes on showing the sharper one.

        Raises:
            PageError: it cannot be rendered.
            DocumentError: its file can no longer be opened.
        """
        return await self.renderer.render(self._document(page), page.number, longest_side, self.turned[page])

    async def figure(self, page: PageId, box: Box, media_type: str) -> PageImage:
        """A part of a page, as the pipeline wants it.

        Raises:
            PageError: it cannot be cut out.
            DocumentError: its file can no longer be opened.
        """
        return await self.renderer.figure(self._document(page), page.number, box, media_type, self.turned[page])

    async def image(self, page: PageId) -> PageImage:
        """The page, as the pipeline wants it; rendered if it has not been yet at this size and this way up.

        One that cannot be written can be read, though not looked at; why is the session's problem.

        Raises:
            PageError: it cannot be rendered.
            DocumentError: its file can no longer be opened.
        """
        picture = self.session.pictures.get(page)
        if picture and picture.requested == (self.longest_side, self.rotation, self.upright):
            self.turned[page] = picture.rotation
            data = await asyncio.to_thread(picture.path.read_bytes)
            return PageImage(
                picture.width,
                picture.height,
                data,
                picture.media_type,
                rotation=picture.rotation,
                missing_fonts=picture.missing_fonts,
            )
        image = await self.renderer.render(
            self._document(page), page.number, self.longest_side, self.rotation, upright=self.upright
        )
        self.turned[page] = image.rotation
        if not self.shown:
            return image
        suffix = image.media_type.removeprefix("image/")
        name = f"{page.document}-{page.number}-{self.longest_side}-{image.rotation}.{suffix}"
        path = self.session.public / name
        try:
            with writing(say("The picture of page {number}", number=page.number)):
                await self.session.storage.write(path, image.data)
        except OutputError as error:
            self.session.problem = error
            return image
        if page not in self.session.pages:  # its file was removed meanwhile
            self.session.storage.discard(lambda name: name == path.name)
        else:
            self.session.pictures[page] = StoredImage(
                path, image.width, image.height, image.media_type, image.rotation,
                (self.longest_side, self.rotation, self.upright), image.missing_fonts,
            )  # fmt: skip
        return image

    async def keep(self, cut: FigureCut) -> None:
        """Write a figure into the public folder; a new name each time, for browsers keep what they fetched.

        Raises:
            OutputError: it cannot be written.
        """
        suffix = cut.image.media_type.removeprefix("image/")
        path = self.session.public / f"{cut.page.document}-{cut.page.number}-{secrets.token_hex(8)}.{suffix}"
        with writing(cut.name):
            await self.session.storage.write(path, cut.image.data)
        if cut.page in self.session.pages:
            self.session.pages[cut.page].add_figure(cut.name, path)

    def _document(self, page: PageId) -> Document:
        document = self.session.uploads[page.document].document
        if document is None:
            raise LookupError(f"no document has page {page}")
        return document
