"""A signal has what was read written, and no task begins after it."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from ocr.batch.batch_settings import BatchSettings
from ocr.batch.manifest import freeze_manifest
from ocr.batch.sources import find_documents
from ocr.batch.task_engine import STOP_SIGNALS, RunInterrupted, TaskEngine
from ocr.batch.task_rows import TaskProgress
from ocr.config.read_request import ReadRequest
from ocr.config.settings import Settings
from tests.batch.batch_runs import rows
from tests.batch.coded_pages import LONGEST_SIDE, asked_code, coded_documents, text_of
from tests.inference.scripted_server import Connection, Request, scripted_in_a_thread


@pytest.mark.parametrize("number", STOP_SIGNALS)
def test_task_engine_stops_by_a_signal(tmp_path: Path, number: signal.Signals) -> None:
    """Pages in flight are dropped; the handlers of the process are as before afterwards."""
    before = [signal.getsignal(one) for one in STOP_SIGNALS]
    coded_documents(tmp_path / "in", [9, 9])
    asked = 0

    async def answer(request: Request, connection: Connection) -> None:
        nonlocal asked
        asked += 1
        if asked == 5:
            os.kill(os.getpid(), number)
            if number != signal.SIGINT:  # as a process of a group gets both
                os.kill(os.getpid(), signal.SIGINT)
            await connection.gone()  # this page never ends
        else:
            await connection.stream(text_of(asked_code(request)), tokens=3)

    with scripted_in_a_thread(answer) as server:
        request = ReadRequest(longest_side=LONGEST_SIDE)
        reading = Settings(server_url=(server.url,), request=request, concurrency=1, render_workers=1)
        settings = BatchSettings(str(tmp_path / "in"), str(tmp_path / "out"), reading)
        freeze_manifest(settings.folder, find_documents(settings.source), 2)
        with TaskEngine(settings) as engine:
            with pytest.raises(RunInterrupted):
                engine.read(0, TaskProgress())
            with pytest.raises(RunInterrupted):
                engine.read(1, TaskProgress())
    assert len(rows(tmp_path / "out")) == 4
    assert asked == 5
    assert [signal.getsignal(one) for one in STOP_SIGNALS] == before


def test_task_engine_reads_with_listed_servers(tmp_path: Path) -> None:
    """A `servers.txt` in TARGET says who reads, and no server is started."""

    async def answer(request: Request, connection: Connection) -> None:
        await connection.stream(text_of(asked_code(request)), tokens=3)

    coded_documents(tmp_path / "in", [3])
    with scripted_in_a_thread(answer) as server:
        (tmp_path / "servers.txt").write_text(f"{server.url}\n")
        reading = Settings(request=ReadRequest(longest_side=LONGEST_SIDE), render_workers=1)
        settings = BatchSettings(str(tmp_path / "in"), str(tmp_path), reading)
        freeze_manifest(settings.folder, find_documents(settings.source), 1)
        with TaskEngine(settings) as engine:
            assert engine.server.listed
            engine.read(0, TaskProgress())
    assert len(rows(tmp_path)) == 3
