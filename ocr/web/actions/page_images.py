"""Render page images and figures once into the session's folder, from which they are served."""

import asyncio
import secrets
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from zlib import crc32

from ocr.errors import OutputError
from ocr.events import FigureCut
from ocr.i18n import gettext
from ocr.types import ImageSpec, PageId, PageImage
from ocr.web.state.browser_names import page_of_file, thumbnail_name
from ocr.web.state.disk import report_write_errors
from ocr.web.state.page_state import StoredImage
from ocr.web.state.session import Session
from ocr.web.state.session_tasks import Run

PAGES_PER_TURN = 100
"""Pages whose unused images are looked for before other tasks of the event loop run."""


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
        size = f"{image.width}x{image.height}"
        sheet = f"-{crc32(repr(image.corners).encode()):08x}" if image.corners else ""
        path = self.session.public / f"{page.document}-{page.number}-{size}-{image.rotation}{sheet}.{suffix}"
        try:
            with report_write_errors(gettext("The image of page {number}", number=page.number)):
                await self.session.storage.write(path, image.data)
        except OutputError as error:
            self.session.problem = error
            return
        if page in self.session.pages:
            self.session.pictures[page] = StoredImage(path, replace(image, data=b""), spec)
        else:  # its file was removed meanwhile
            self.session.storage.discard([path])


def chosen_spec(session: Session, page: PageId, spec: ImageSpec) -> ImageSpec:
    """How the page is rendered where the visitor has said where its sheet is, or which way up it lies; else `spec`."""
    sheet, rotation = session.sheets.by_page.get(page), session.turns.by_page.get(page)
    if sheet is not None:
        spec = spec._replace(sheet=sheet)
    return spec if rotation is None else spec._replace(rotation=rotation, upright=False)


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


async def discard_unused_images(session: Session, run: Run) -> None:
    """Delete the images of a run's pages that none of their readings refers to any more."""
    stored: dict[PageId | None, list[Path]] = defaultdict(list)
    for path in session.storage.files:
        stored[page_of_file(path.name)].append(path)
    for count, page in enumerate(run.pages, start=1):
        if page in session.pages and session.readers.get(page) is run:  # else a later run is writing new ones
            used = set(_used_names(session, page))
            session.storage.discard([path for path in stored[page] if path.name not in used])
        if count % PAGES_PER_TURN == 0:
            await asyncio.sleep(0)


def _used_names(session: Session, page: PageId) -> Iterator[str]:
    """The names of the files that a page, or one of its readings, refers to."""
    state = session.pages[page]
    readings = [*session.history.of(page).readings.values(), *filter(None, (state.previous, state.latest))]
    for figures in (state.figures, *(one.figures for one in readings)):
        yield from (path.name for path in figures.values())
    pictures = (session.pictures.get(page), *(one.picture for one in readings))
    yield from (picture.path.name for picture in pictures if picture)
    yield thumbnail_name(page)
