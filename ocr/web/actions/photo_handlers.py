"""The handlers of photographs: several joined into one document, and the edges of the sheet in one chosen."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass, replace

from ocr.errors import UsageError
from ocr.i18n import gettext
from ocr.photo_sheets import PhotoMode, SheetCorners
from ocr.types import ImageSpec, PageId
from ocr.web.actions.add_documents import uploaded_files
from ocr.web.actions.downloads import report_errors
from ocr.web.actions.handlers import Handlers
from ocr.web.actions.join_photos import join_photos
from ocr.web.actions.updates import Action, yields_screen
from ocr.web.state.browser_names import field_of, page_name
from ocr.web.state.chosen_sheets import EditedSheet
from ocr.web.state.disk import report_write_errors
from ocr.web.state.session import Session
from ocr.web.views.sheet_editor import is_photographic

PHOTO_SIDE_PX = 1540
"""Longer side of the photograph on which corners are moved."""

INSET = SheetCorners.of([[80, 80], [920, 80], [920, 920], [80, 920]])
"""Where the corners are to begin with in a picture in which no sheet is found."""


@dataclass(frozen=True)
class PhotoHandlers(Handlers):
    """What happens to the visitor's photographs."""

    @yields_screen
    async def join(self, act: Action) -> AsyncGenerator[None, None]:
        """Photographs arrived that are to be one document; where they cannot be, each is one."""
        session = act.session
        files = uploaded_files(field_of(act.event, "files"), self.runner.sessions.uploads)
        session.problem = None
        with report_errors(session):
            if len(files) > 1:
                files = [await join_photos(session, files, self.runner.renderer)]
        async for _ in self._add_files(session, files, act):
            yield

    @yields_screen
    async def adjust(self, act: Action) -> AsyncGenerator[None, None]:
        """The edges are to be moved: show the photograph as it was taken."""
        if act.page and is_photographic(act.session, act.page):
            with report_errors(act.session):
                act.session.sheets.edited = await self._edited(act.session, act.page)
        yield

    async def _edited(self, session: Session, page: PageId) -> EditedSheet:
        """The photograph in the public folder, and its corners: those in use, else those that are found.

        Raises:
            OcrError: it cannot be rendered or written.
        """
        document, renderer = session.document(page.document), self.runner.renderer
        photo = await renderer.render(document, page.number, PHOTO_SIDE_PX)
        picture = session.pictures.get(page)
        corners = picture.image.corners if picture else None
        if corners is None:
            found = await renderer.render_as(document, page.number, ImageSpec(400, sheet=PhotoMode.ON))
            corners = found.corners or INSET
        path = session.public / f"{page_name(page)}-photo.{photo.media_type.removeprefix('image/')}"
        with report_write_errors(gettext("The image of page {number}", number=page.number)):
            await session.storage.write(path, photo.data)
        return EditedSheet(page, path, replace(photo, data=b""), corners)

    @yields_screen
    async def use_edges(self, act: Action) -> AsyncGenerator[None, None]:
        """The sheet has these corners."""
        if act.page and is_photographic(act.session, act.page):
            with report_errors(act.session):
                await self._choose(act.session, act.page, _corners(field_of(act.event, "corners")))
        async for _ in self.follow(act):
            yield

    @yields_screen
    async def as_taken(self, act: Action) -> AsyncGenerator[None, None]:
        """The page is to be the photograph as it was taken."""
        if act.page and is_photographic(act.session, act.page):
            with report_errors(act.session):
                await self._choose(act.session, act.page, PhotoMode.OFF)
        async for _ in self.follow(act):
            yield

    async def _choose(self, session: Session, page: PageId, sheet: PhotoMode | SheetCorners) -> None:
        """Render the page anew; read it anew if it has been read, for its boxes are those of the page as it was.

        Raises:
            UnknownModel: the server has no model to read it with; the sheet stays as it was.
        """
        session.problem = None
        request = session.pages[page].request
        if request:
            self.runner.read(session, (page,), self.runner.served(session, request), aside=True)
        session.sheets.by_page[page], session.sheets.edited = sheet, None
        if not request:
            session.pictures.pop(page, None)
            await self._show_page(session, page)

    @yields_screen
    async def cancel_edges(self, act: Action) -> AsyncGenerator[None, None]:
        """The edges stay as they are."""
        act.session.sheets.edited = None
        yield


def _corners(given: object) -> SheetCorners:
    """The corners that a browser sends, so anything at all.

    Raises:
        UsageError: they are none of a sheet.
    """
    try:
        return SheetCorners.of(given)
    except ValueError as error:
        message = gettext("The page cannot have these corners.")
        raise UsageError(message, "Move them onto the corners of the sheet, in the same order around it.") from error
