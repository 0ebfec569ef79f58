"""What is left of a task is read into rows; a page's fault is a row, a server's never is."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from ocr.batch import page_faults, task
from ocr.batch.batch_settings import BatchSettings
from ocr.batch.journal import Journal
from ocr.batch.manifest import freeze_manifest
from ocr.batch.sources import find_documents
from ocr.batch.task import read_task
from ocr.batch.task_rows import PagesUnread, Tally, TaskProgress
from ocr.config.read_request import ReadRequest
from ocr.config.settings import Settings
from ocr.documents.renderer import Renderer
from ocr.engines.select import running_server
from ocr.errors import OcrError, ServerUnavailable, Unreachable, UsageError, WrongKey
from ocr.pipeline import page_task
from ocr.pipeline.run import Stop
from tests.batch.batch_runs import rows
from tests.batch.coded_pages import LONGEST_SIDE, Code, asked_code, coded_documents, coded_pdf, count, text_of
from tests.inference.scripted_server import Connection, Request, scripted_server

Answer = Callable[[Code | None, Connection], Awaitable[None]]
"""Answers the request for a page, by its code; None for a picture without one."""


async def read_code(code: Code | None, connection: Connection) -> None:
    await connection.stream(text_of(code) if code else "a sample", tokens=3)


def failing(statuses: Mapping[Code | None, int]) -> Answer:
    """Answers these pages with an error."""

    async def answer(code: Code | None, connection: Connection) -> None:
        if code in statuses:
            await connection.respond(statuses[code], {"error": {"message": "scripted"}})
        else:
            await read_code(code, connection)

    return answer


@dataclass
class Attempts:
    """Attempts at the only task of a run."""

    source: Path
    target: Path
    request: ReadRequest = field(default_factory=lambda: ReadRequest(longest_side=LONGEST_SIDE))
    asked: list[Code | None] = field(default_factory=list)
    error: OcrError | None = None

    async def run(self, answer: Answer = read_code, stop_after: int | None = None, stop: Stop | None = None) -> Tally:
        """One more attempt; it is told to stop once so many pages have been asked for."""
        stop, progress = stop or Stop(), TaskProgress()

        async def script(request: Request, connection: Connection) -> None:
            try:
                code = asked_code(request)
            except ValueError:
                code = None
            self.asked.append(code)
            if len(self.asked) == stop_after:
                stop.set()
            await answer(code, connection)

        self.error = None
        async with scripted_server(script) as server:
            reading = Settings(server_url=(server.url,), concurrency=2, request=self.request, cache=False)
            settings = BatchSettings(str(self.source), str(self.target), reading)
            freeze_manifest(settings.folder, find_documents(settings.source), 1)
            with Renderer(1) as renderer, running_server(reading) as running:
                try:
                    await read_task(settings, 0, renderer, running, stop, progress)
                except OcrError as error:
                    self.error = error
        return progress.tally

    @property
    def rows(self) -> list[dict[str, Any]]:
        return rows(self.target)

    @property
    def finishes(self) -> dict[tuple[str, int], str]:
        return {(row["id"], row["page"]): row["finish"] for row in self.rows}


@pytest.fixture
def attempts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Attempts:
    """Nothing is waited for before a page is asked for again."""
    monkeypatch.setattr(page_task, "wait_seconds", lambda *_: 0.0)
    return Attempts(tmp_path / "in", tmp_path / "out")


@pytest.mark.anyio
async def test_read_task_reads_what_is_left(attempts: Attempts) -> None:
    """A stopped attempt leaves whole rows alone; the next one asks only for the other pages; a third for none."""
    texts = coded_documents(attempts.source, [3, 1, 4])
    stopped = await attempts.run(stop_after=5)
    assert attempts.error is None
    assert 0 < stopped.done == len(attempts.rows) < 8
    assert set(attempts.finishes.values()) == {"stop"}
    done = {row["markdown"] for row in attempts.rows}
    attempts.asked.clear()
    rest = await attempts.run()
    assert rest.done == 8 - stopped.done
    assert not done & {text_of(code) for code in attempts.asked if code}
    attempts.asked.clear()
    assert await attempts.run() == Tally()
    assert attempts.asked == []
    counts = count(texts, attempts.rows, asked={})
    assert (counts.missing, counts.doubled, counts.wrong) == (0, 0, 0)


@pytest.mark.anyio
async def test_read_task_reads_a_range_of_pages(attempts: Attempts) -> None:
    """Pages beyond the range are not missed; a document that has none of it has a row that says so."""
    coded_documents(attempts.source, [3, 1, 4])
    attempts.request = replace(attempts.request, pages="2-3")
    await attempts.run()
    assert sorted(page for _, page in attempts.finishes) == [0, 2, 2, 3, 3]
    attempts.asked.clear()
    assert await attempts.run() == Tally()


@pytest.mark.anyio
async def test_read_task_has_a_row_for_a_document_that_cannot_be_opened(attempts: Attempts) -> None:
    """It says why; the others are read, and it is not opened again."""
    coded_documents(attempts.source, [1])
    (attempts.source / "broken.pdf").write_bytes(b"%PDF-1.7\nand nothing else")
    tally = await attempts.run()
    assert (tally.done, tally.unopened, attempts.error) == (1, 1, None)
    assert attempts.finishes["broken.pdf", 0] == "failed"
    assert await attempts.run() == Tally()


@pytest.mark.anyio
async def test_read_task_leaves_out_what_an_overloaded_server_refuses(attempts: Attempts) -> None:
    """The page has no row, the others have; the task ends with an error, and a rerun reads the page."""
    coded_documents(attempts.source, [3])
    tally = await attempts.run(failing({(0, 2): 503}))
    assert isinstance(attempts.error, PagesUnread)
    assert tally.unread == 1
    assert sorted(page for _, page in attempts.finishes) == [1, 3]
    await attempts.run()
    assert attempts.error is None
    assert set(attempts.finishes.values()) == {"stop"}
    assert len(attempts.rows) == 3


@pytest.mark.anyio
async def test_read_task_has_a_row_for_a_page_that_a_working_server_fails_at(attempts: Attempts) -> None:
    """Whichever of a task's pages it is; also the only one, once the server has read a sample."""
    coded_documents(attempts.source, [1, 2])
    tally = await attempts.run(failing({(0, 1): 500, (1, 2): 400}))
    assert (attempts.error, tally.failed) == (None, 2)
    assert sorted(attempts.finishes.values()) == ["failed", "failed", "stop"]
    coded_pdf(attempts.source / "last.pdf", 9, 1)
    attempts.target = attempts.target / "other"
    attempts.source = attempts.source / "last.pdf"
    await attempts.run(failing({(9, 1): 500}))
    assert attempts.asked[-1] is None
    assert list(attempts.finishes.values()) == ["failed"]


@pytest.mark.anyio
async def test_read_task_ends_where_the_server_reads_nothing(
    attempts: Attempts, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No page has a row then, however many have failed."""
    monkeypatch.setattr(page_faults, "MAX_UNEXPLAINED", 3)
    coded_documents(attempts.source, [9])

    async def broken(_: Code | None, connection: Connection) -> None:
        await connection.respond(500, {"error": {"message": "scripted"}})

    await attempts.run(broken)
    assert isinstance(attempts.error, ServerUnavailable)
    assert attempts.rows == []
    assert None in attempts.asked, "it was tried with the sample page"


@pytest.mark.anyio
@pytest.mark.parametrize("comes", [True, False])
async def test_read_task_waits_for_a_server_that_is_away_when_it_begins(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, comes: bool
) -> None:
    """It says so once; a server that stays away is an error after the outage time-out."""
    monkeypatch.setattr(task, "OPEN_INTERVAL_S", 0.05)
    coded_documents(tmp_path / "in", [2])
    with socket.create_server(("127.0.0.1", 0)) as taken:
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/v1"
    request = ReadRequest(longest_side=LONGEST_SIDE)
    reading = Settings(server_url=(url,), request=request, outage_timeout=100.0 if comes else 0.2)
    settings = BatchSettings(str(tmp_path / "in"), str(tmp_path / "out"), reading)
    freeze_manifest(settings.folder, find_documents(settings.source), 1)
    told, waits = list[str](), asyncio.Event()
    progress = TaskProgress(tell=lambda note: (told.append(note), waits.set()))

    async def script(request: Request, connection: Connection) -> None:
        await read_code(asked_code(request), connection)

    with Renderer(1) as renderer, running_server(reading) as running:
        attempt = asyncio.create_task(read_task(settings, 0, renderer, running, Stop(), progress))
        await waits.wait()
        if comes:
            async with scripted_server(script, int(url.split(":")[2].split("/")[0])):
                await attempt
        else:
            with pytest.raises(Unreachable):
                await attempt
    assert len(told) == 1
    assert len(rows(tmp_path / "out")) == (2 if comes else 0)


@pytest.mark.anyio
async def test_read_task_ends_with_a_refused_key(attempts: Attempts) -> None:
    """The rows of pages that were read before are written."""
    coded_documents(attempts.source, [6])
    await attempts.run(failing({(0, 4): 401}))
    assert isinstance(attempts.error, WrongKey)
    assert set(attempts.finishes.values()) <= {"stop"}
    await attempts.run()
    assert (attempts.error, len(attempts.rows)) == (None, 6)


@pytest.mark.anyio
async def test_read_task_is_not_done_where_no_page_is_begun(attempts: Attempts) -> None:
    """Since the server cannot be used; the pages have no row, and the task is none that may count as complete."""
    coded_documents(attempts.source, [2])
    stop = Stop()
    stop.error = WrongKey("The key was refused.")
    await attempts.run(stop=stop)
    assert attempts.error is stop.error
    assert attempts.rows == []


@pytest.mark.anyio
async def test_read_task_reads_a_changed_document_anew(attempts: Attempts) -> None:
    """Its earlier rows stay, and count as unread."""
    (name,) = coded_documents(attempts.source, [3])
    await attempts.run(failing({(0, 2): 503}))
    coded_pdf(attempts.source / name, 77, 3)
    await attempts.run()
    assert attempts.error is None
    assert [row["markdown"] for row in attempts.rows].count(text_of((77, 1))) == 1
    assert len(attempts.rows) == 2 + 3


@pytest.mark.anyio
async def test_read_task_refuses_another_model(attempts: Attempts) -> None:
    """A run's pages are all read by one model."""
    coded_documents(attempts.source, [1])
    attempts.target.mkdir()
    (attempts.target / "model.json").write_text('{"model": "another"}')
    await attempts.run()
    assert isinstance(attempts.error, UsageError)
    assert "another" in str(attempts.error)
    assert attempts.rows == []


@pytest.mark.anyio
async def test_read_task_writes_rows_when_it_is_ended_by_an_error(
    attempts: Attempts, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An error of the journal itself is not hidden."""
    coded_documents(attempts.source, [2])

    async def broken(self: Journal, row: dict[str, Any]) -> None:
        raise ServerUnavailable("broken")

    monkeypatch.setattr(Journal, "add", broken)
    await attempts.run()
    assert str(attempts.error) == "broken"
