"""Caches of complete answers; on a public page each visitor has their own."""

from ocr.config.settings import Settings
from ocr.engines.select import Server
from ocr.inference.cache import CachedReader, PageCache
from ocr.inference.reader import Reader
from ocr.types import ABORTED
from ocr.web.state.session import Session
from ocr.web.state.session_tasks import Run

MAX_VISITOR_CACHE_BYTES = 16 * 1024 * 1024
"""Of text cached for one visitor of a public page: some 3,000 pages."""


class AnswerCaches:
    """Chooses the cache file: the command line's on a private page, else one in each session's own folder.

    A session's file is deleted with it, and the speed of an answer does not reveal what other visitors have read.
    """

    def __init__(self, settings: Settings) -> None:
        """Open nothing yet."""
        self._on = settings.cache
        self._public, self._folder = settings.public, settings.cache_dir
        self._shared: PageCache | None = None

    def reader(self, reader: Reader, server: Server, session: Session, run: Run) -> Reader:
        """The reader for a run, with the cache; who has a page read again by the same model wants another answer.

        Answers of the CPU engine are not cached: reading again is as fast.
        """
        if server.embedded or not (cache := self._cache(session)):
            return reader
        readings = [reading for page in run.pages for reading in session.history.of(page).readings.values()]
        complete = [one.request for one in readings if one.result.finish not in ABORTED and one.request]
        fresh = any(request.model == run.model for request in complete)
        return CachedReader(reader, cache, server.identity, fresh=fresh)

    def close(self) -> None:
        """Close the shared file."""
        if self._shared:
            self._shared.close()

    def _cache(self, session: Session) -> PageCache | None:
        if not self._on:
            return None
        if self._public:
            session.answer_cache = session.answer_cache or PageCache(
                session.private / "pages.sqlite", MAX_VISITOR_CACHE_BYTES
            )
            return session.answer_cache
        if self._folder and not self._shared:
            self._shared = PageCache(self._folder / "pages.sqlite")
        return self._shared
