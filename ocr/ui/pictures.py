"""Page images: rendered once, written once to the session's folder, from there for the server and for the screen."""

from __future__ import annotations

import asyncio
import secrets
from dataclasses import dataclass
from pathlib import Path

from ocr.documents import Renderer
from ocr.page import PageId, PageImage
from ocr.ui.reading import Picture
from ocr.ui.session import Session


@dataclass(frozen=True, slots=True)
class Pictures:
    """The images of one session's pages at one size."""

    session: Session
    renderer: Renderer
    longest_side: int
    """Pixels."""

    async def image(self, page: PageId) -> PageImage:
        """The page, as the pipeline wants it; rendered if it has not been yet at this size.

        Raises:
            PageError: it cannot be rendered.
            DocumentError: its file can no longer be opened.
        """
        picture = self.session.pictures.get(page)
        if picture and picture.asked == self.longest_side:
            data = await asyncio.to_thread(picture.path.read_bytes)
            return PageImage(picture.width, picture.height, data, picture.media_type)
        document = self.session.uploads[page.document].document
        if document is None:
            raise LookupError(f"no document has page {page}")
        image = await self.renderer.render(document, page.number, self.longest_side)
        suffix = image.media_type.removeprefix("image/")
        path = self.session.public / f"{page.document}-{page.number}-{self.longest_side}.{suffix}"
        await asyncio.to_thread(_write, path, image.data)
        if page in self.session.pages:
            self.session.pictures[page] = Picture(path, image.width, image.height, image.media_type, self.longest_side)
        return image


def _write(path: Path, data: bytes) -> None:
    """Whole or not at all: the browser may be fetching the file that a second rendering replaces."""
    partial = path.with_name(secrets.token_hex(8))
    partial.write_bytes(data)
    partial.replace(path)
