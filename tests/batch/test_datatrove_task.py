"""A task as datatrove runs it: pickled by reference, complete when each page has a row, and never before."""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from pathlib import Path

import pytest

from ocr.batch import datatrove_task
from ocr.batch.batch_settings import BatchSettings
from ocr.batch.datatrove_task import ReadTask, TasksHere
from ocr.batch.manifest import freeze_manifest, read_manifest
from ocr.batch.sources import find_documents
from ocr.batch.task_engine import TaskEngine
from ocr.batch.task_rows import PagesUnread, Tally
from ocr.config.read_request import ReadRequest
from ocr.config.settings import Settings
from ocr.errors import StorageError, WrongKey
from ocr.pipeline import page_task
from tests.batch.batch_runs import rows
from tests.batch.coded_pages import LONGEST_SIDE, asked_code, coded_documents, count, text_of
from tests.inference.scripted_server import Connection, Request, Scripted, scripted_in_a_thread

BUSY: set[tuple[int, int]] = set()
"""Pages for which the server is overloaded."""
REFUSED: set[tuple[int, int]] = set()
"""Pages for which it refuses the key."""


async def answer(request: Request, connection: Connection) -> None:
    code = asked_code(request)
    if code in BUSY:
        await connection.respond(503)
    elif code in REFUSED:
        await connection.respond(401)
    else:
        await connection.stream(text_of(code), tokens=3)


@pytest.fixture
def server() -> Iterator[Scripted]:
    with scripted_in_a_thread(answer) as scripted:
        yield scripted


@pytest.fixture
def settings(tmp_path: Path, server: Scripted, monkeypatch: pytest.MonkeyPatch) -> Iterator[BatchSettings]:
    """Those of a run, and an engine for it that ends with the test."""
    reading = Settings(server_url=(server.url,), request=ReadRequest(longest_side=LONGEST_SIDE), render_workers=1)
    made = BatchSettings(str(tmp_path / "in"), str(tmp_path / "out"), reading)
    monkeypatch.setattr(page_task, "wait_seconds", lambda *_: 0.0)
    with TaskEngine(made) as engine:
        monkeypatch.setattr(datatrove_task, "process_engine", lambda _: engine)
        yield made
    BUSY.clear()
    REFUSED.clear()


def test_tasks_here_where_the_source_is_missing(settings: BatchSettings, server: Scripted) -> None:
    """As on a node of a cluster: it is said, and the documents get no rows that say they cannot be opened."""
    texts = coded_documents(Path(settings.source), [2, 1])
    tasks = freeze_manifest(settings.folder, find_documents(settings.source), 1).tasks
    here = TasksHere(settings, tasks, lambda _: None)
    elsewhere = Path(settings.source).rename(Path(settings.source).with_name("elsewhere"))
    with pytest.raises(StorageError, match="not on this machine"):
        here.run()
    assert (rows(Path(settings.target)), here.get_incomplete_ranks()) == ([], [0])
    elsewhere.rename(settings.source)
    here.run()
    assert count(texts, rows(Path(settings.target)), {}).missing == 0


def test_tasks_here_runs_what_is_not_complete(settings: BatchSettings, server: Scripted) -> None:
    """A task with an unread page is not complete, and the others are; a second run finishes it."""
    texts = coded_documents(Path(settings.source), [2, 2, 2])
    BUSY.add((1, 2))
    tasks = freeze_manifest(settings.folder, find_documents(settings.source), 3).tasks
    told: list[Tally] = []
    here = TasksHere(settings, tasks, told.append)
    failed = 0
    for task in here.get_incomplete_ranks():
        try:
            here.run_task(task)
        except PagesUnread:
            failed += 1
    assert (failed, len(here.get_incomplete_ranks()), len(rows(Path(settings.target)))) == (1, 1, 5)
    assert told
    BUSY.clear()
    server.requests.clear()
    here.run()
    assert here.get_incomplete_ranks() == []
    assert [asked_code(request) for request in server.reads] == [(1, 2)]
    counts = count(texts, rows(Path(settings.target)), asked={})
    assert (counts.missing, counts.doubled, counts.wrong) == (0, 0, 0)


def test_a_task_reads_its_pages_after_one_that_the_server_ended(settings: BatchSettings) -> None:
    """As in a worker of Ray, whose engine stays for its next task: that is complete only with all rows."""
    texts = coded_documents(Path(settings.source), [3, 3])
    REFUSED.update({(0, 1), (1, 1)})
    tasks = freeze_manifest(settings.folder, find_documents(settings.source), 2).tasks
    here = TasksHere(settings, tasks, lambda _: None)
    with pytest.raises(WrongKey):
        here.run_task(0)
    REFUSED.clear()
    here.run_task(1)
    (entry,) = read_manifest(settings.folder, 1)
    assert [row["id"] for row in rows(Path(settings.target))].count(entry.id) == 3
    here.run()
    counts = count(texts, rows(Path(settings.target)), asked={})
    assert (counts.missing, counts.doubled, counts.wrong) == (0, 0, 0)


def test_read_task_can_be_sent_to_other_machines(settings: BatchSettings) -> None:
    """By datatrove's own pickling, too, which takes a class by reference if it can be imported."""
    import dill

    coded_documents(Path(settings.source), [1])
    freeze_manifest(settings.folder, find_documents(settings.source), 1)
    for step in (pickle.loads(pickle.dumps(ReadTask(settings))), dill.loads(dill.dumps(ReadTask(settings)))):
        assert isinstance(step, ReadTask)
        step(None, 0, 1)
    assert len(rows(Path(settings.target))) == 1
