"""Render thumbnails for the page list when they come into view, one at a time, at low priority."""

from asyncio import Lock, sleep
from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import dataclass, field
from time import monotonic
from typing import Any

import gradio as gr

from ocr.documents.renderer import Renderer
from ocr.errors import OcrError
from ocr.types import PageId
from ocr.web.state.browser_names import field_of, parse_page_name, thumbnail_name
from ocr.web.state.disk import report_write_errors
from ocr.web.state.session import Session
from ocr.web.state.session_store import Sessions
from ocr.web.views.page_list import strip

MAX_THUMBNAILS_PER_REQUEST = 24
LONGEST_SIDE_PX = 226
"""An A4 page is then 160 px wide, twice what the strip shows, for fine screens."""
PAUSE_SHARE, BUSY_PAUSE_SHARE = 1.0, 9.0
"""Pause of a visitor after each, in shares of the time that it took: a visitor has half the time of one render process
at most, a tenth while the visitor's run goes on."""
BATCH_S = 0.2
"""Seconds' worth of thumbnails that go to the browser in one update."""


@dataclass(frozen=True, slots=True)
class Thumbnails:
    """The thumbnails of one app's visitors, who take turns."""

    sessions: Sessions
    renderer: Renderer
    _lock: Lock = field(default_factory=Lock)

    async def render_visible(self, event: gr.EventData, request: gr.Request) -> AsyncGenerator[Any, None]:
        """Render thumbnails of pages that came into view; only the strip is sent, as `updates.yields_screen` does."""
        session = self.sessions.of(request.session_hash)
        async for _ in self._render(session, missing_thumbnails(session, field_of(event, "pages", None))):
            async with session.update_lock:
                value = [strip(session)]
                session.sent_to(request.session_hash or "").record("strip", value)
                yield value
        yield gr.skip()

    async def _render(self, session: Session, pages: list[PageId]) -> AsyncIterator[None]:
        """Yield when there are some more; stop when the tab is gone."""
        due, made = monotonic() + BATCH_S, False
        for page in pages:
            if session.left_at is not None:
                return
            async with session.thumbnail_lock:  # one of a visitor's requests at a time, so that all visitors are equal
                async with self._lock:
                    began = monotonic()
                    made = await self._render_one(session, page) or made
                    took = monotonic() - began
                await sleep(took * (BUSY_PAUSE_SHARE if session.active else PAUSE_SHARE))
            if made and monotonic() >= due:
                yield
                due, made = monotonic() + BATCH_S, False
        if made:
            yield

    async def _render_one(self, session: Session, page: PageId) -> bool:
        """Whether the page has got one now; what stands in the way is said when it is looked at or read."""
        upload = session.uploads.get(page.document)
        if page in session.thumbnails or upload is None or upload.document is None:
            return False
        try:
            image = await self.renderer.thumbnail(upload.document, page.number, LONGEST_SIDE_PX)
            with report_write_errors(thumbnail_name(page)):
                await session.storage.write(session.public / thumbnail_name(page), image.data)
        except OcrError:
            return False
        session.thumbnails.add(page)
        return True


def missing_thumbnails(session: Session, names: object) -> list[PageId]:
    """The pages meant by what a browser says, so anything at all, that exist and have no thumbnail yet."""
    given = [parse_page_name(name) for name in names[:MAX_THUMBNAILS_PER_REQUEST]] if isinstance(names, list) else []
    return [page for page in given if page in session.pages and page not in session.thumbnails]
