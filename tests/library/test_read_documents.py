"""Documents of one run: opened as their pages are wanted, and no more of them once the run is to end."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from ocr.config.settings import Settings
from ocr.documents.renderer import Renderer
from ocr.engines.open_reader import open_reader
from ocr.engines.select import running_server
from ocr.events import DocumentFailed, DocumentOpened, PageDone, ReadEvent
from ocr.library.read_documents import read_documents
from ocr.pipeline.run import Stop
from tests.documents.papers import pdf, text_page
from tests.inference.scripted_server import Connection, Request, scripted_server


async def answers(_request: Request, connection: Connection) -> None:
    await connection.stream("words", tokens=1)


async def run(documents: Sequence[Path], stop: Stop, *, stop_after: type[object] | None = None) -> list[ReadEvent]:
    events: list[ReadEvent] = []
    async with scripted_server(answers) as scripted:
        settings = Settings(server_url=(scripted.url,), concurrency=1)
        with running_server(settings) as server, Renderer(1) as renderer:
            async with open_reader(settings, server) as opened:
                async for event in read_documents(documents, settings.request, renderer, opened, stop):
                    events.append(event)
                    if stop_after and isinstance(event, stop_after):
                        stop.set()
    return events


@pytest.mark.anyio
async def test_read_documents_reports_a_failure_at_the_end(tmp_path: Path) -> None:
    """A document that cannot be opened is reported even where no page comes after it."""
    good, bad = pdf(tmp_path / "good.pdf", text_page(1)), tmp_path / "missing.pdf"
    events = await run([good, bad], Stop())
    assert [type(event) for event in events if isinstance(event, DocumentOpened | PageDone | DocumentFailed)].count(
        DocumentFailed
    ) == 1
    assert [event.index for event in events if isinstance(event, DocumentOpened | DocumentFailed)] == [0, 1]


@pytest.mark.anyio
async def test_read_documents_stopped(tmp_path: Path) -> None:
    """Every page of an opened document has an end; of twenty documents most are never opened."""
    papers = [pdf(tmp_path / f"{index}.pdf", text_page(1), text_page(2)) for index in range(20)]
    events = await run(papers, Stop(), stop_after=PageDone)
    opened = [event for event in events if isinstance(event, DocumentOpened)]
    assert len(opened) < 20
    assert sum(isinstance(event, PageDone) for event in events) == sum(len(event.pages) for event in opened)
