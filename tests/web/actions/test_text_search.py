"""Searches for what may take time and memory without end."""

from __future__ import annotations

import asyncio
import subprocess

import pytest

from ocr.types import PageId
from ocr.web.actions import text_search
from ocr.web.actions.text_search import SEARCHES_AT_ONCE, TextSearch
from ocr.web.state.replacements import PatternError, Replacement
from ocr.workers.worker_process import WorkerDied, WorkerProcess

pytestmark = pytest.mark.anyio
TEXTS = {PageId(0, 1): ("tho lamp", "tho " + "a" * 40)}


@pytest.mark.parametrize("regex", [False, True])
async def test_search_finds(regex: bool) -> None:
    """The same, in a process or not."""
    hits = await TextSearch().find(TEXTS, Replacement("tho", "the", regex=regex))
    assert [(hit.at, hit.start, hit.end, hit.text) for hit in hits] == [(0, 0, 3, "the"), (1, 0, 3, "the")]


async def test_search_for_nothing_starts_no_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """While nothing has been typed."""
    monkeypatch.setattr(WorkerProcess, "start", lambda self: pytest.fail("a process"))
    assert await TextSearch().find(TEXTS, Replacement("", "", regex=True)) == []


async def test_search_for_what_is_no_regular_expression() -> None:
    """The reason comes out of the process."""
    with pytest.raises(PatternError, match="missing"):
        await TextSearch().find(TEXTS, Replacement("(", "", regex=True))


async def test_search_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """It needs no memory: its process is ended."""
    monkeypatch.setattr(text_search, "TIMEOUT_S", 1.0)
    with pytest.raises(TimeoutError):
        await TextSearch().find(TEXTS, Replacement(r"(a|aa|a{3})+$(?<=b)", "", regex=True))


async def test_search_while_others_search(monkeypatch: pytest.MonkeyPatch) -> None:
    """Plain words wait for nobody; a regular expression does no longer than a search may take."""
    monkeypatch.setattr(text_search, "SEARCHES_AT_ONCE", 0)
    monkeypatch.setattr(text_search, "TIMEOUT_S", 0.01)
    search = TextSearch()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(60):
            await search.find(TEXTS, Replacement("tho", "", regex=True))
    monkeypatch.setattr(text_search, "TIMEOUT_S", 60.0)
    assert len(await search.find(TEXTS, Replacement("tho", ""))) == 2


@pytest.mark.parametrize("find", [r"(?:a{9999}){9999}", "a" * 400 + "{99999999}"])
async def test_search_that_takes_all_memory(find: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """While it is compiled, it is refused more than a search needs, however much time it has."""
    monkeypatch.setattr(text_search, "TIMEOUT_S", 600.0)
    with pytest.raises(MemoryError):
        await TextSearch().find(TEXTS, Replacement(find, "", regex=True))


async def test_search_whose_process_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    """As the kernel does when memory runs out."""

    def start(self: WorkerProcess) -> object:
        process = started(self)
        process.kill()
        return process

    started = WorkerProcess.start
    monkeypatch.setattr(WorkerProcess, "start", start)
    with pytest.raises(MemoryError):
        await TextSearch().find(TEXTS, Replacement("tho", "", regex=True))


async def test_search_whose_process_cannot_start(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is an error of its own."""
    monkeypatch.setattr("sys.executable", "/nonexistent")
    with pytest.raises(WorkerDied):
        await TextSearch().find(TEXTS, Replacement("tho", "", regex=True))


async def test_search_that_is_cancelled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its process is ended, and the next search has its room."""
    loop, searching, search = asyncio.get_running_loop(), asyncio.Event(), TextSearch()
    processes: list[subprocess.Popen[bytes]] = []

    def start(self: WorkerProcess) -> subprocess.Popen[bytes]:
        processes.append(started(self))
        loop.call_soon_threadsafe(searching.set)
        return processes[-1]

    started = WorkerProcess.start
    monkeypatch.setattr(WorkerProcess, "start", start)
    for _ in range(SEARCHES_AT_ONCE + 1):
        searching.clear()
        task = asyncio.create_task(search.find(TEXTS, Replacement(r"(a|aa|a{3})+$(?<=b)", "", regex=True)))
        await searching.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert processes[-1].poll() is not None
    assert len(await search.find(TEXTS, Replacement("tho", "", regex=True))) == 2
