"""Pages compared while others are read: with the document's own text, else by Tesseract."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path
from typing import NoReturn

import pytest

from ocr.config.settings import Settings
from ocr.documents.renderer import Renderer
from ocr.engines.tesseract import tesseract_reader
from ocr.engines.tesseract.tessdata import find_tessdata
from ocr.errors import RecognitionFailed
from ocr.events import Event, PageDone, PageStarted
from ocr.grounding import page_verifier
from ocr.grounding.page_verifier import PageVerifier, grounded_result, verifier_of
from ocr.page_words import FindingKind, WordSource
from ocr.types import Document, Finish, PageId, PageImage, PageResult, TextBlock
from tests.conftest import SAMPLES
from tests.documents.papers import mapped_to, pdf, scan_with, text_page
from tests.grounding.pages import PROSE, page_of

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
def renderer() -> Iterator[Renderer]:
    with Renderer(workers=1) as renderer:
        yield renderer


@pytest.fixture
async def verifier(renderer: Renderer) -> AsyncIterator[PageVerifier]:
    async with verifier_of(Settings(), renderer, by_tesseract=False) as verifier:
        yield verifier


def result(markdown: str, number: int = 1, finish: Finish = Finish.STOP, width: int = 1092) -> PageResult:
    blocks = (TextBlock(markdown),)
    return PageResult(number, width, 1540, markdown, markdown, (), finish, None, 1, 9, 0.5, blocks=blocks)


def truth(name: str) -> str:
    return "\n\n".join((SAMPLES / "truth" / f"{name}.txt").read_text(encoding="utf-8").splitlines())


async def test_verified_by_the_text_layer(renderer: Renderer, verifier: PageVerifier) -> None:
    """A digit changed and a sentence made up are all that is found; every word has its place."""
    document = await renderer.open(SAMPLES / "article.pdf")
    text = truth("article-3")
    assert (await verifier.verified(document, result(text, 3))).check.findings == ()  # type: ignore[union-attr]
    changed = text.replace("from 14 to", "from 74 to", 1).replace(
        ". ", ". Nobody had foreseen this outcome at all. ", 1
    )
    read = await verifier.verified(document, result(changed, 3))
    assert read.check
    assert read.check.source is WordSource.TEXT_LAYER
    assert {place.kind for place in read.check.places} == {FindingKind.DIFFERS, FindingKind.UNSUPPORTED}
    assert all(changed[word.start : word.end] == word.text for word in read.words)
    assert sum(bool(word.boxes) for word in read.words) == read.check.supported > 380
    assert await verifier.verified_by_own_text(document, result(changed, 3)) == read


async def test_verified_by_tesseract(renderer: Renderer, verifier: PageVerifier) -> None:
    """A scan: no alarm where the text is right, one where a paragraph is left out."""
    document = await renderer.open(SAMPLES / "letter.pdf")
    text = truth("letter-1")
    read = await verifier.verified(document, result(text))
    assert read.check
    assert (read.check.source, read.check.places, read.check.note) == (WordSource.TESSERACT, (), "")
    assert read.check.supported > 0.97 * read.check.text_words
    assert await verifier.verified_by_own_text(document, result(text)) is None
    paragraph = max(text.split("\n\n"), key=len)
    short = await verifier.verified(document, result(text.replace(paragraph, "")))
    assert short.check
    assert [place.kind for place in short.check.places] == [FindingKind.MISSING]


@pytest.mark.parametrize("trusted", [True, False])
async def test_verified_with_an_ocr_layer(renderer: Renderer, tmp_path: Path, trusted: bool) -> None:
    """The text behind a scan is used if it is asked for; else it is said that it was not."""
    document = await renderer.open(scan_with(tmp_path / "a.pdf", before=text_page(1)))
    settings = Settings(request=replace(Settings().request, trust_ocr_layer=trusted))
    async with verifier_of(settings, renderer, by_tesseract=False) as verifier:
        read = await verifier.verified(document, result("Page 1"))
    assert read.check
    assert read.check.source is (WordSource.OCR_LAYER if trusted else WordSource.TESSERACT)
    assert ("--trust-ocr-layer" in read.check.note) != trusted


async def test_verified_where_the_fonts_lie(renderer: Renderer, verifier: PageVerifier, tmp_path: Path) -> None:
    """A text layer that is another text than the page shows is told by Tesseract, and not used."""
    lines = ["The committee agrees to the railing", "and to the mast on three conditions", "First that the mowing crew"]
    lines += ["be given a notice in writing", "Second that the brass band keep", "its right of way on Sunday"]
    content = "BT /F 20 Tf 40 TL 60 700 Td " + " ".join(f"({line}) '" for line in lines) + " ET"
    lie = b"1 beginbfrange <61> <79> <0062> endbfrange"  # each letter says that it is the next one
    document = await renderer.open(mapped_to(tmp_path / "a.pdf", content.encode(), lie))
    assert await verifier.verified_by_own_text(document, result("\n\n".join(lines))) is None
    read = await verifier.verified(document, result("\n\n".join(lines)))
    assert read.check
    assert (read.check.source, bool(read.check.note), read.check.places) == (WordSource.TESSERACT, True, ())


async def test_verified_where_the_answer_was_cut_off(renderer: Renderer, verifier: PageVerifier) -> None:
    """A text that has little of its page, all of it right, is no reason to doubt the page's own text."""
    document = await renderer.open(SAMPLES / "article.pdf")
    read = await verifier.verified_by_own_text(document, result(" ".join(truth("article-3").split()[:60]), 3))
    assert read
    assert read.check
    assert read.check.found < read.check.page_words / 2


async def test_verified_of_what_tesseract_read(renderer: Renderer) -> None:
    """It cannot vouch for itself; with the document's own text it is compared."""
    async with verifier_of(Settings(), renderer, by_tesseract=True) as verifier:
        scan = await verifier.verified(await renderer.open(SAMPLES / "letter.pdf"), result("Dear Dr Marlow"))
        paper = await verifier.verified(await renderer.open(SAMPLES / "article.pdf"), result("Lawn"))
    assert scan.check and paper.check
    assert (scan.check.source, bool(scan.check.note), scan.check.places) == (None, True, ())
    assert paper.check.source is WordSource.TEXT_LAYER


async def test_verified_by_processes_that_share_the_cores(renderer: Renderer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Several that verify beside each other start no more of Tesseract's together than one would."""
    monkeypatch.setattr(page_verifier, "cores", lambda: 8)
    started: list[int] = []

    def reader(_languages: str, workers: int) -> NoReturn:
        started.append(workers)
        raise RecognitionFailed("Not today.")

    monkeypatch.setattr(page_verifier, "TesseractReader", reader)
    document = await renderer.open(SAMPLES / "letter.pdf")
    for processes in (1, 4, 9):
        async with verifier_of(Settings(), renderer, by_tesseract=False, processes=processes) as verifier:
            await verifier.verified(document, result("Dear Dr Marlow"))
    assert started == [8, 2, 1]


async def test_verified_of_the_words_that_tesseract_measured(renderer: Renderer) -> None:
    """They are placed where Tesseract has them, and vouch for nothing."""
    words = tuple(page_of(["Dear", "Dr", "Marlow"], confidence=0.8))
    measured = replace(result("Dear Dr\n\nMarlow"), page_words=words)
    async with verifier_of(Settings(), renderer, by_tesseract=True) as verifier:
        scan = await verifier.verified(await renderer.open(SAMPLES / "letter.pdf"), measured)
    assert [(word.text, word.boxes, word.confidence) for word in scan.words] == [
        (word.text, (word.box,), 0.8) for word in words
    ]
    assert scan.check
    assert (scan.check.source, scan.check.page_words, scan.page_words) == (None, 0, ())


async def test_verified_without_the_language(renderer: Renderer, monkeypatch: pytest.MonkeyPatch) -> None:
    """What keeps pages from being compared, and what helps, is found out once; each page is as it was read."""
    looked: list[str] = []

    def find(languages: str) -> Path:
        looked.append(languages)
        return find_tessdata(languages)

    monkeypatch.setattr(tesseract_reader, "find_tessdata", find)
    document = await renderer.open(SAMPLES / "letter.pdf")
    async with verifier_of(Settings(languages="xxx"), renderer, by_tesseract=False) as verifier:
        pages = [await verifier.verified(document, result("Dear Dr Marlow")) for _ in range(2)]
    for read in pages:
        assert read.check
        assert (read.check.source, read.markdown) == (None, "Dear Dr Marlow")
        assert "xxx" in read.check.note
        assert "--languages" in read.check.note
    assert looked == ["xxx"]


@pytest.mark.parametrize("unread", [result("", width=0), result("Half of", finish=Finish.CANCELLED)])
async def test_verified_of_pages_not_read(renderer: Renderer, verifier: PageVerifier, unread: PageResult) -> None:
    document = await renderer.open(SAMPLES / "article.pdf")
    assert await verifier.verified(document, unread) == unread


async def events_of(renderer: Renderer, closed: list[bool]) -> AsyncGenerator[Event, None]:
    """Those of pages 3 and 1, in this order, then a page that never ends."""
    image = PageImage(1, 1, b"", "image/png")
    try:
        for number in (3, 1):
            yield PageStarted(PageId(0, number), image)
            yield PageDone(PageId(0, number), result("Lawn", number))
        await asyncio.Event().wait()
    finally:
        closed.append(True)


async def test_verified_events(renderer: Renderer, verifier: PageVerifier) -> None:
    """Every page ends once, with its check; closing closes the run."""
    document = await renderer.open(SAMPLES / "article.pdf")
    closed: list[bool] = []
    events = verifier.verified_events(events_of(renderer, closed), lambda _index: document)
    taken = [await anext(events) for _ in range(4)]
    assert sorted(type(event).__name__ for event in taken) == ["PageDone"] * 2 + ["PageStarted"] * 2
    ends = [event for event in taken if isinstance(event, PageDone)]
    assert {end.page.number for end in ends} == {1, 3}
    assert all(end.result.check and end.result.check.page_words > 400 for end in ends)
    await events.aclose()
    assert closed == [True]


async def test_verified_events_of_a_run_that_ends(renderer: Renderer, verifier: PageVerifier, tmp_path: Path) -> None:
    document: Document = await renderer.open(pdf(tmp_path / "a.pdf", text_page(1)))

    async def run() -> AsyncGenerator[Event, None]:
        yield PageDone(PageId(0, 1), result("Page 1, line 0"))

    taken = [event async for event in verifier.verified_events(run(), lambda _index: document)]
    assert [type(event) for event in taken] == [PageDone]


async def test_verified_events_of_a_run_that_fails(renderer: Renderer, verifier: PageVerifier) -> None:
    async def run() -> AsyncGenerator[Event, None]:
        raise RuntimeError("broken")
        yield

    with pytest.raises(RuntimeError, match="broken"):
        await anext(verifier.verified_events(run(), lambda _index: pytest.fail("no page has ended")))


def test_grounded_result() -> None:
    read = grounded_result(result(" ".join(PROSE)), tuple(page_of(PROSE)), WordSource.TEXT_LAYER, "why")
    assert read.check
    assert (read.check.findings, read.check.note, len(read.words)) == ((), "why", len(PROSE))
