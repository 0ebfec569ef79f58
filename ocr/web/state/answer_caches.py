"""What visitors have had read, kept so that the same page is not read twice: on a public page each visitor's own."""

from __future__ import annotations

from ocr.config.settings import Settings
from ocr.engines.select import Server
from ocr.inference.cache import CachedReader, PageCache
from ocr.inference.reader import Reader
from ocr.web.state.page_state import BROKEN
from ocr.web.state.session import Session
from ocr.web.state.session_tasks import Run

VISITOR_BYTES = 16 * 1024 * 1024
"""Of text kept for one visitor of a public page: some 3,000 pages."""


class Kept:
    """Where answers are kept: the command line's file on a private page, else a file in each session's own folder.

    A session's file is deleted with it, and nobody learns from the speed of an answer what others have had read.
    """

    def __init__(self, settings: Settings, server: Server) -> None:
        """Open nothing yet. The CPU engine's pages are as quickly read again, and are not kept."""
        self._server = server
        self._on = settings.cache and not server.embedded
        self._public, self._folder = settings.public, settings.cache_dir
        self._shared: PageCache | None = None

    def reader(self, reader: Reader, session: Session, run: Run) -> Reader:
        """The reader for a run: asks for what is not kept; for everything, where the visitor wants a fresh answer."""
        cache = self._cache(session)
        fresh = wants_fresh(session, run)
        return CachedReader(reader, cache, self._server.identity, fresh=fresh) if cache else reader

    def close(self) -> None:
        """Close the shared file."""
        if self._shared:
            self._shared.close()

    def _cache(self, session: Session) -> PageCache | None:
        if not self._on:
            return None
        if self._public:
            session.kept = session.kept or PageCache(session.private / "pages.sqlite", VISITOR_BYTES)
            return session.kept
        if self._folder and not self._shared:
            self._shared = PageCache(self._folder / "pages.sqlite")
        return self._shared


def wants_fresh(session: Session, run: Run) -> bool:
    """Whether any page of the run has been read to an end already: what was read is not what is wanted again."""
    before = (session.pages[page].earlier for page in run.pages if page in session.pages)
    return any(kept and kept.result.finish not in BROKEN for kept in before)
