"""Processes and servers are killed at random moments; a rerun has every page exactly once, and asks for few twice.

The pages are coded, and an imitation of a server reads their codes.
"""

from __future__ import annotations

import os
import random
import signal
import sys
from contextlib import suppress
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from ocr.batch import local_engine
from ocr.batch.batch_settings import BatchSettings
from ocr.batch.datatrove_task import TasksHere
from ocr.batch.local_engine import MAX_DEATHS, outage_teller, run_processes, shared_server
from ocr.batch.task_engine import STOP_SIGNALS
from ocr.batch.task_rows import Tally
from ocr.config.arguments import NEVER
from ocr.config.settings import Settings
from ocr.errors import ProgramFault
from ocr.machine import cores
from tests.batch import killed_task
from tests.batch.batch_runs import AT_RISK, batch, rows, wait_until
from tests.batch.coded_pages import CodedServer, Counts, coded_documents, count

WORKERS = 2


def check(counts: Counts, kills: int, processes: int = WORKERS) -> None:
    """Print what came out, and hold it to the guarantees."""
    sys.stdout.write(f"{asdict(counts)} after {kills} kills\n")
    assert (counts.missing, counts.doubled, counts.wrong) == (0, 0, 0)
    assert counts.asked_twice <= kills * processes * AT_RISK


@pytest.fixture
def chance() -> random.Random:
    """Random numbers; PYTEST_SEED repeats those of a run that failed."""
    seed = int(os.environ.get("PYTEST_SEED") or random.randrange(10**6))
    sys.stdout.write(f"PYTEST_SEED={seed}\n")
    return random.Random(seed)


def test_local_engine_survives_kills(tmp_path: Path, chance: random.Random) -> None:
    """A worker, the server and the driver are killed, in any order."""
    source, target = tmp_path / "in", tmp_path / "out"
    texts = coded_documents(source, [chance.randint(1, 9) for _ in range(24)])
    pages = sum(map(len, texts.values()))
    victims = chance.sample(["worker", "server", "driver"], 3)
    moments = sorted(chance.sample(range(2, pages * 3 // 4), len(victims)))
    sys.stdout.write(f"killed: {victims}, after so many pages: {moments}\n")
    with CodedServer(tmp_path, delay_s=0.05) as server:
        options = ("--workers", str(WORKERS), "--tasks", "6")
        while victims:
            with batch(source, target, server, *options) as process:
                while victims:
                    wait_until(lambda: len(server.asked) >= moments[0] or not process.running)
                    moments.pop(0)
                    match victims.pop(0):
                        case "worker":
                            with suppress(IndexError, ProcessLookupError):  # they have ended just now
                                os.kill(chance.choice(process.workers), signal.SIGKILL)
                        case "server":
                            server.kill()
                            server.start()
                        case _:
                            process.kill()
                            break
                else:
                    assert process.wait() == 0
        with batch(source, target, server, *options) as process:
            assert process.wait() == 0
        check(count(texts, rows(target), server.asked), kills=3)
        asked = server.asked
        with batch(source, target, server, *options) as process:
            assert process.wait() == 0
        assert server.asked == asked, "what is read is not read again"


def test_shards_survive_kills(tmp_path: Path, chance: random.Random) -> None:
    """One shard is killed, the other is told to end; the same two commands finish the run."""
    source, target = tmp_path / "in", tmp_path / "out"
    texts = coded_documents(source, [chance.randint(1, 9) for _ in range(12)])
    moment = chance.randrange(2, sum(map(len, texts.values())) // 2)
    sys.stdout.write(f"killed after so many pages: {moment}\n")
    with CodedServer(tmp_path, delay_s=0.05) as server:

        def shard(number: int) -> tuple[str, ...]:
            return "--engine", "shard", "--shard", f"{number}/2", "--tasks", "5"

        with batch(source, target, server, *shard(0)) as first, batch(source, target, server, *shard(1)) as second:
            wait_until(lambda: len(server.asked) >= moment)
            first.kill()
            second.kill(signal.SIGTERM)
        with batch(source, target, server, *shard(0)) as first, batch(source, target, server, *shard(1)) as second:
            assert (first.wait(), second.wait()) == (0, 0)
        check(count(texts, rows(target), server.asked), kills=2, processes=1)


def test_shared_server_starts_none_beside_those_that_are_there(tmp_path: Path) -> None:
    """Several processes share the servers of servers.txt, or divide the cores among them for the CPU engine."""
    settings = BatchSettings("in", str(tmp_path), Settings(local=NEVER))
    with shared_server(settings, 2, str) as shared:
        assert shared.reading == replace(settings.reading, concurrency=max(1, cores() // 2))
    (tmp_path / "servers.txt").write_text("http://127.0.0.1:9/v1\n")
    with shared_server(settings, 2, str) as shared:
        assert shared == settings


def test_outage_teller_tells_once() -> None:
    """That a server has gone, and that it is back; not where it is only waited for no longer."""
    told: list[object] = []
    changed = outage_teller("a:80", told.append)
    for seconds, answers in ((None, True), (1.0, False), (2.0, False), (None, True), (None, True), (1.0, False)):
        changed(seconds, answers)
    changed(None, False)
    changed(None, True)
    assert told == ["a:80 does not answer; pages wait for a server.", "a:80 answers again.", told[0]]


def test_run_processes_gives_up_on_one_that_is_killed_at_every_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is started again a few times; then the run ends with an error that says so."""
    monkeypatch.setattr(local_engine, "task_process", killed_task.task_process)
    before = [signal.getsignal(number) for number in STOP_SIGNALS]
    told: list[object] = []
    settings = BatchSettings("in", str(tmp_path), Settings(server_url=("http://127.0.0.1:9/v1",)))
    assert run_processes(settings, range(1), 1, 1, told.append) == 1
    assert len(told) == MAX_DEATHS + 1
    assert isinstance(told[-1], ProgramFault)
    assert [signal.getsignal(number) for number in STOP_SIGNALS] == before


def test_local_engine_starts_nothing_for_a_complete_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither a server nor a process."""

    def unwanted(*_: object) -> None:
        raise AssertionError("a server was started")

    monkeypatch.setattr(local_engine, "shared_server", unwanted)
    settings = BatchSettings("in", str(tmp_path), Settings())
    for task in range(3):
        TasksHere(settings, 3, lambda _: None).mark_rank_as_completed(task)
    told: list[object] = []
    assert run_processes(settings, range(3), 3, 2, told.append) == 0
    assert told == [Tally()]
