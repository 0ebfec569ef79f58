"""Documents of one run: opened as their pages are wanted, and no more of them once the run is to end."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing
from functools import partial
from pathlib import Path

import pytest

from ocr.config.settings import Settings
from ocr.documents.inputs import DocumentInput
from ocr.documents.renderer import Renderer
from ocr.engines.open_reader import open_reader
from ocr.engines.select import running_server
from ocr.errors import OcrError, StorageError
from ocr.events import DocumentFailed, DocumentOpened, PageDone, ReadEvent
from ocr.library.read_documents import ArrivingDocument, read_documents
from ocr.pipeline.run import Stop
from tests.documents.papers import pdf, text_page
from tests.inference.scripted_server import Connection, Request, scripted_server


async def answers(_request: Request, connection: Connection) -> None:
    await connection.stream("words", tokens=1)


async def events_of(
    documents: Sequence[DocumentInput] | AsyncIterator[ArrivingDocument | OcrError], stop: Stop
) -> AsyncGenerator[ReadEvent, None]:
    async with scripted_server(answers) as scripted:
        settings = Settings(server_url=(scripted.url,), concurrency=1)
        with running_server(settings) as server, Renderer(1) as renderer:
            async with (
                open_reader(settings, server) as opened,
                aclosing(read_documents(documents, settings.request, renderer, opened, stop)) as events,
            ):
                async for event in events:
                    yield event


async def run(documents: Sequence[Path], stop: Stop, *, stop_after: type[object] | None = None) -> list[ReadEvent]:
    events: list[ReadEvent] = []
    async for event in events_of(documents, stop):
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


@pytest.mark.anyio
async def test_read_documents_that_arrive(tmp_path: Path) -> None:
    """Each is opened in turn, the pages wanted of it are read, and it is closed after its last page has ended."""
    closed: list[str] = []
    papers = {name: pdf(tmp_path / name, *map(text_page, range(4))) for name in ("a", "b", "none", "last")}
    wanted = {"a": (1, 4), "b": (2,), "none": (), "last": (1, 2, 3)}

    async def arriving() -> AsyncIterator[ArrivingDocument | OcrError]:
        for name, pages in wanted.items():
            yield ArrivingDocument(
                papers[name], f"shown/{name}", lambda _, asked, pages=pages: tuple(set(asked) & set(pages)),
                partial(closed.append, name), name == "last",
            )  # fmt: skip
            if name == "b":
                yield StorageError("It did not arrive.")
                yield ArrivingDocument(tmp_path / "missing", close=partial(closed.append, "missing"))

    ended: dict[int, list[int]] = {}
    events = []
    async for event in events_of(arriving(), Stop()):
        events.append(event)
        if isinstance(event, PageDone):
            ended.setdefault(event.page.document, []).append(event.page.number)
            if event.page.document == 0 and len(ended[0]) == 1:
                assert "a" not in closed
    opened = {event.index: event.document.name for event in events if isinstance(event, DocumentOpened)}
    assert opened == {0: "a", 1: "b", 4: "none", 5: "last"}
    assert {index: sorted(pages) for index, pages in ended.items()} == {0: [1, 4], 1: [2], 5: [1, 2, 3]}
    failed = {event.index: type(event.error) for event in events if isinstance(event, DocumentFailed)}
    assert failed.keys() == {2, 3}
    assert failed[2] is StorageError
    assert sorted(closed) == sorted([*papers, "missing"])


@pytest.mark.anyio
async def test_read_documents_deletes_copies_as_it_goes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of documents given as bytes no more copies lie about than are being read."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    data = [pdf(tmp_path / f"{index}.pdf", text_page(index)).read_bytes() for index in range(5)]
    most = 0
    async for event in events_of(data, Stop()):
        if isinstance(event, PageDone):
            most = max(most, sum(path.is_dir() for path in tmp_path.iterdir()))  # noqa: ASYNC240 - a test's few files
    assert 1 <= most <= 3
    assert not any(path.is_dir() for path in tmp_path.iterdir())  # noqa: ASYNC240 - the same


@pytest.mark.anyio
async def test_read_documents_closes_them_when_it_is_closed(tmp_path: Path) -> None:
    """Also those whose pages have not ended."""
    closed: list[str] = []
    paper = pdf(tmp_path / "a.pdf", *map(text_page, range(9)))

    async def arriving() -> AsyncIterator[ArrivingDocument | OcrError]:
        yield ArrivingDocument(paper, close=partial(closed.append, "a"), last=True)

    async with aclosing(events_of(arriving(), Stop())) as events:
        async for event in events:
            if isinstance(event, PageDone):
                break
    assert closed == ["a"]
