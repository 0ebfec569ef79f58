"""Compare the text of visitors' pages with the words that stand on them, beside their reading.

Pages whose document has text of its own are compared as they end. That of scans takes Tesseract, seconds of a core for
each: on a private page it is done while nobody reads, on a public one when the visitor asks for it.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import replace

from ocr.config.profiles import TESSERACT, Model, profile_for
from ocr.config.settings import Settings
from ocr.documents.renderer import Renderer
from ocr.events import Event, PageDone, PageFailed
from ocr.grounding.page_verifier import PageVerifier, with_own_words
from ocr.page_words import PageCheck
from ocr.types import ABORTED, PageId, PageResult
from ocr.web.actions.session_library import SessionLibrary
from ocr.web.actions.web_notes import notes_for
from ocr.web.state.session import Session
from ocr.web.state.verified_text import MeasuredText, VerifiedText

Step = Callable[[Session, PageId], Awaitable[None]]
"""Compares one page."""


class PageChecks:
    """The comparisons of one app: one page of each visitor at a time, one scan of all."""

    def __init__(self, settings: Settings, renderer: Renderer, library: SessionLibrary | None = None) -> None:
        """Costs nothing; the process of Tesseract starts with the first scan.

        `library` keeps what Tesseract has found, if there is one. A document's own text is compared again instead: a
        page of 1,000 words takes some 10 ms, and would take 155 kB to keep.
        """
        self.public, self._library = settings.public, library
        self._verifiers = {
            by_tesseract: PageVerifier(
                renderer, settings, workers=1, by_tesseract=by_tesseract, notes=notes_for(settings)
            )
            for by_tesseract in (False, True)
        }
        self._one_scan = asyncio.Lock()
        self._readers = 0
        self._idle = asyncio.Event()
        self._idle.set()

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Somebody reads while the block runs."""
        self._readers += 1
        self._idle.clear()
        try:
            yield
        finally:
            self._readers -= 1
            if not self._readers:
                self._idle.set()

    async def set_words_aside(self, session: Session, event: Event) -> Event:
        """The event without the words that Tesseract measured; they are kept, packed, for the page's comparison."""
        if not isinstance(event, PageDone | PageFailed) or not event.result.page_words:
            return event
        result, words = replace(event.result, page_words=()), await asyncio.to_thread(_measured, event.result)
        if event.page in session.pages:
            session.checks.measured[event.page] = MeasuredText(result, words)
        return replace(event, result=result)

    def start(self, session: Session) -> None:
        """Compare what there is to compare, unless that goes on already; who follows the session sees it."""
        checks = session.checks
        self._start(session, "changed", checks.changed, self.compare)
        self._start(session, "requested", checks.requested, self._recognize)
        if not self.public:
            self._start(session, "scans", checks.scans, self._recognize_when_idle)

    def _start(self, session: Session, name: str, pages: Collection[PageId], step: Step) -> None:
        if pages and name not in session.checks.running and session.left_at is None:
            session.checks.running.add(name)
            session.tasks.start_aside(self._work(session, name, pages, step))

    async def _work(self, session: Session, name: str, pages: Collection[PageId], step: Step) -> None:
        try:
            while pages and session.left_at is None:  # else it goes on when the tab comes back
                await step(session, next(iter(pages)))
                session.tasks.changes.notify()
        finally:
            session.checks.running.discard(name)
        self.start(session)

    async def compare(self, session: Session, page: PageId) -> None:
        """Compare a page whose text has changed with its document's own text; a scan is left for later."""
        result, measured = _result(session, page), session.checks.measured.pop(page, None)
        if result is None or result.finish in ABORTED:
            session.checks.remove(page)  # what a page lacks whose reading broke off is told already
            return
        request, document = session.pages[page].request, session.document(page.document)
        by_tesseract = request is not None and profile_for(Model(request.model)) is TESSERACT
        verifier = self._verifiers[by_tesseract]
        verified = await verifier.verified_by_own_text(document, result)
        if verified is None and measured and measured.result is result:
            _show_found(session, page, result, measured.words)
            if self._library:
                await self._library.keep_check(session, page)
            return
        if verified is None and by_tesseract:
            verified = await verifier.verified(document, result)
        if verified:
            await _show(session, page, result, verified)
        elif _result(session, page) is result:
            session.checks.add_scan(page)

    async def _recognize_when_idle(self, session: Session, page: PageId) -> None:
        await self._idle.wait()
        if page in session.checks.scans:
            await self._recognize(session, page)

    async def _recognize(self, session: Session, page: PageId) -> None:
        """Compare a scan with what Tesseract reads on it."""
        async with self._one_scan:
            result = _result(session, page)
            if result is None:
                session.checks.remove(page)
                return
            verified = await self._verifiers[False].verified(session.document(page.document), result)
            session.checks.recognized.add(page)
            await _show(session, page, result, verified)
        if self._library:
            await self._library.keep_check(session, page)

    def close(self) -> None:
        """End the process of Tesseract."""
        for verifier in self._verifiers.values():
            verifier.close()


def _result(session: Session, page: PageId) -> PageResult | None:
    return session.pages[page].result if page in session.pages else None


async def _show(session: Session, page: PageId, result: PageResult, verified: PageResult) -> None:
    """Show what was found, unless the page has another text by now."""
    found = await asyncio.to_thread(VerifiedText, verified.words, verified.check or PageCheck(None))
    _show_found(session, page, result, found)


def _measured(result: PageResult) -> VerifiedText:
    """The words of what Tesseract read, packed."""
    placed = with_own_words(result)
    return VerifiedText(placed.words, placed.check or PageCheck(None))


def _show_found(session: Session, page: PageId, result: PageResult, found: VerifiedText) -> None:
    if _result(session, page) is result:
        session.pages[page].verified = found
        session.checks.remove(page)
