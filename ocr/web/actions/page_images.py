"""Page images and figures: rendered once, written once to the session's folder; there the screen finds them."""

from __future__ import annotations

import asyncio
import secrets
from dataclasses import dataclass, replace

from ocr.documents.source import ImageSpec
from ocr.errors import OutputError
from ocr.events import FigureCut
from ocr.i18n import gettext
from ocr.types import PageId, PageImage
from ocr.web.state.disk import report_write_errors
from ocr.web.state.page_state import StoredImage
from ocr.web.state.session import Session


@dataclass(frozen=True, slots=True)
class SessionImages:
    """The images of one session's pages, one of each page; the `ImageStore` of its runs."""

    session: Session

    async def load(self, page: PageId, spec: ImageSpec) -> PageImage | None:
        """The page's image, if it was rendered at this size and this way up."""
        picture = self.session.pictures.get(page)
        if picture is None or picture.requested != spec:
            return None
        return replace(picture.image, data=await asyncio.to_thread(picture.path.read_bytes))

    async def save(self, page: PageId, spec: ImageSpec, image: PageImage) -> None:
        """Write the page's image where the screen finds it.

        One that cannot be written can be read, though not looked at; why is the session's problem.
        """
        suffix = image.media_type.removeprefix("image/")
        path = self.session.public / f"{page.document}-{page.number}-{spec[0]}-{image.rotation}.{suffix}"
        try:
            with report_write_errors(gettext("The picture of page {number}", number=page.number)):
                await self.session.storage.write(path, image.data)
        except OutputError as error:
            self.session.problem = error
            return
        if page in self.session.pages:
            self.session.pictures[page] = StoredImage(path, replace(image, data=b""), spec)
        else:  # its file was removed meanwhile
            self.session.storage.discard([path])


async def write_figure(session: Session, cut: FigureCut) -> None:
    """Write a figure into the public folder; a new name each time, for browsers keep what they fetched.

    Raises:
        OutputError: it cannot be written.
    """
    suffix = cut.image.media_type.removeprefix("image/")
    path = session.public / f"{cut.page.document}-{cut.page.number}-{secrets.token_hex(8)}.{suffix}"
    with report_write_errors(cut.name):
        await session.storage.write(path, cut.image.data)
    if cut.page in session.pages:
        session.pages[cut.page].add_figure(cut.name, path)
