"""Compare the pages of a run with the words that stand on them, while other pages are read."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from dataclasses import replace
from typing import Self

from ocr.config.profiles import TESSERACT
from ocr.config.settings import Settings
from ocr.documents.renderer import Renderer
from ocr.engines.tesseract.tesseract_reader import TesseractReader
from ocr.errors import OcrError, confined
from ocr.events import Event, PageDone, PageFailed
from ocr.grounding.ground import GroundedPage
from ocr.grounding.page_check import check_page
from ocr.grounding.verifier_notes import (
    COMMAND_LINE_NOTES,
    FONTS_UNMAPPED,
    READ_BY_TESSERACT,
    UNLIKE_THE_PICTURE,
    VerifierNotes,
)
from ocr.machine import cores
from ocr.page_words import LayerQuality, PageCheck, PageWord, PlacedWord, WordSource
from ocr.types import Document, Finish, ImageSpec, PageResult, sheet_of

MIN_WORDS_TO_DOUBT = 30
"""Words of a text layer, below which it is not doubted."""

MIN_TEXT_WORDS_TO_DOUBT = 10
"""Words of a model's text, below which it is no reason to doubt a text layer."""

DOUBTED_SHARE = 0.5
"""Share of a text layer's words in the model's text, and of the text's words in the layer: where both are below it, the
layer's fonts may tell the wrong characters."""

MAX_WAITING_PAGES = 32
"""Pages that are compared, or wait for it, before no more are taken from the run."""


class PageVerifier:
    """Owns the processes of Tesseract that read pages without a text of their own; they start when one comes."""

    def __init__(
        self,
        renderer: Renderer,
        settings: Settings,
        workers: int,
        *,
        by_tesseract: bool,
        notes: VerifierNotes = COMMAND_LINE_NOTES,
    ) -> None:
        """`by_tesseract` says that the run's pages are read by Tesseract, which cannot vouch for itself."""
        self._renderer, self._languages, self._workers = renderer, settings.languages, workers
        self._trust_ocr_layer, self._by_tesseract = settings.request.trust_ocr_layer, by_tesseract
        self._notes = notes
        self._tesseract: TesseractReader | None = None
        self._unavailable = ""  # why there is none
        self._tesseract_turn = asyncio.Lock()

    async def verified_events(
        self, events: AsyncGenerator[Event, None], document: Callable[[int], Document]
    ) -> AsyncGenerator[Event, None]:
        """The events, those that end a page once it has been compared; `document` is that of a `PageId.document`."""
        checks: set[asyncio.Task[Event | None]] = set()
        following: asyncio.Task[Event | None] | None = None
        ended = False
        try:
            while True:
                if following is None and not ended and len(checks) < MAX_WAITING_PAGES:
                    following = asyncio.create_task(_next(events))
                if not (waiting := checks | ({following} if following else set())):
                    return
                for task in (await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED))[0]:
                    event = task.result()
                    if task is not following:
                        checks.discard(task)
                    else:
                        following, ended = None, event is None
                        if isinstance(event, PageDone | PageFailed):
                            checks.add(asyncio.create_task(self._verified_end(event, document(event.page.document))))
                            continue
                    if event is not None:
                        yield event
        finally:
            tasks = checks | ({following} if following else set())
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _verified_end(self, event: PageDone | PageFailed, document: Document) -> Event:
        return replace(event, result=await self.verified(document, event.result))

    async def verified(self, document: Document, result: PageResult) -> PageResult:
        """The result with its words placed and its text compared; as it is where it was stopped or never rendered."""
        if not _comparable(result):
            return result
        try:
            with confined():
                return await self._compared(document, result)
        except OcrError as error:
            return _incomparable(result, self._notes.failed(error))

    async def verified_by_own_text(self, document: Document, result: PageResult) -> PageResult | None:
        """As `verified`; None where that takes Tesseract."""
        if not _comparable(result):
            return result
        try:
            with confined():
                compared, doubt = await self._compared_with_own_text(document, result)
        except OcrError as error:
            return _incomparable(result, self._notes.failed(error))
        return compared if doubt is None else None

    async def _compared(self, document: Document, result: PageResult) -> PageResult:
        compared, doubt = await self._compared_with_own_text(document, result)
        if compared and doubt is None:
            return compared
        other = await self._compared_with_tesseract(document, result, doubt or "")
        if compared is None:
            return other
        assert compared.check
        assert other.check
        words, found, read = compared.check.page_words, compared.check.found, other.check.page_words
        return other if read and other.check.found / read > found / words + 0.3 else compared

    async def _compared_with_own_text(
        self, document: Document, result: PageResult
    ) -> tuple[PageResult | None, str | None]:
        """The result compared with the document's text, if it has any, and why Tesseract has to decide, if so."""
        layer = await self._renderer.text_layer(document, result.number, result.rotation)
        if layer.quality is LayerQuality.HIDDEN and self._trust_ocr_layer:
            return await asyncio.to_thread(grounded_result, result, layer.words, WordSource.OCR_LAYER), None
        if layer.quality is not LayerQuality.GOOD:
            return None, self._why_unused(layer.quality)
        compared = await asyncio.to_thread(grounded_result, result, layer.words, WordSource.TEXT_LAYER)
        assert compared.check
        return compared, UNLIKE_THE_PICTURE if not self._by_tesseract and _is_doubtful(compared.check) else None

    def _why_unused(self, quality: LayerQuality) -> str:
        """Why a text layer is not used; empty where there is none."""
        if quality is LayerQuality.HIDDEN:
            return self._notes.ocr_layer_unused
        return FONTS_UNMAPPED if quality is LayerQuality.UNMAPPED else ""

    async def _compared_with_tesseract(self, document: Document, result: PageResult, note: str) -> PageResult:
        if self._by_tesseract:
            return await asyncio.to_thread(with_own_words, result)
        tesseract = await self._opened_tesseract()
        if tesseract is None:
            return _incomparable(result, self._unavailable)
        spec = ImageSpec(TESSERACT.longest_side, result.rotation, sheet=sheet_of(result))
        image = await self._renderer.render_as(document, result.number, spec)
        words = await tesseract.words(image)
        return await asyncio.to_thread(grounded_result, result, words, WordSource.TESSERACT, note)

    async def _opened_tesseract(self) -> TesseractReader | None:
        """The one of the run; None where it is not installed, or not for the languages, which is looked up once."""
        async with self._tesseract_turn:
            if self._tesseract is None and not self._unavailable:
                try:
                    # looking for its data may take half a second
                    self._tesseract = await asyncio.to_thread(TesseractReader, self._languages, self._workers)
                except OcrError as error:
                    self._unavailable = self._notes.no_tesseract(error)
        return self._tesseract

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        """End the processes."""
        if self._tesseract is not None:
            await asyncio.shield(asyncio.to_thread(self.close))

    def close(self) -> None:
        """End the processes; may take seconds."""
        if self._tesseract is not None:
            self._tesseract.close()


def verifier_of(settings: Settings, renderer: Renderer, *, by_tesseract: bool, processes: int = 1) -> PageVerifier:
    """What compares the pages of a run with these settings; it is closed by the block that it is entered for.

    `processes` is the number of those on this machine that verify pages at the same time, and share its cores.
    """
    return PageVerifier(renderer, settings, max(1, cores() // processes), by_tesseract=by_tesseract)


def _comparable(result: PageResult) -> bool:
    return bool(result.width) and result.finish not in (Finish.CANCELLED, Finish.UNREAD)


def _is_doubtful(check: PageCheck) -> bool:
    """Whether a text layer and the text have little in common, though both have words enough to tell."""
    if check.page_words < MIN_WORDS_TO_DOUBT or check.text_words < MIN_TEXT_WORDS_TO_DOUBT:
        return False
    return check.found < DOUBTED_SHARE * check.page_words and check.supported < DOUBTED_SHARE * check.text_words


def _incomparable(result: PageResult, reason: str) -> PageResult:
    return replace(result, check=PageCheck(None, note=reason), page_words=())


async def _next(events: AsyncGenerator[Event, None]) -> Event | None:
    return await anext(events, None)


def grounded_result(result: PageResult, words: tuple[PageWord, ...], source: WordSource, note: str = "") -> PageResult:
    """The result with its words placed among those of the page, and compared with them; 10 ms for 1,000 words."""
    grounded = GroundedPage(result.markdown, result.blocks, result.regions, words)
    check = check_page(grounded, source, note)
    return replace(result, words=grounded.placed_words(), check=check, page_words=())


def with_own_words(result: PageResult) -> PageResult:
    """What Tesseract read, with its words where it measured them, which says nothing of how right they are.

    Takes 10 ms for 1,000 words.
    """
    words: tuple[PlacedWord, ...] = ()
    if result.page_words:
        words = GroundedPage(result.markdown, result.blocks, result.regions, result.page_words).placed_words()
    return replace(_incomparable(result, READ_BY_TESSERACT), words=words)
