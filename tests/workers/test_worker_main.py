"""The worker's side of the pipes, spoken to directly."""

from __future__ import annotations

import json
import operator
import pickle
import subprocess
import sys
from collections.abc import Iterator

import pytest

from ocr.workers.worker_main import send
from ocr.workers.worker_process import BOOT
from tests.conftest import ROOT


@pytest.fixture
def worker() -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-c", BOOT, json.dumps([str(ROOT), *sys.path])]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        yield process
        process.kill()


def ask(worker: subprocess.Popen[bytes], *task: object) -> tuple[bool, object]:
    assert worker.stdin
    assert worker.stdout
    send(worker.stdin, task)  # type: ignore[arg-type]
    answer: tuple[bool, object] = pickle.load(worker.stdout)
    return answer


def test_worker_answers(worker: subprocess.Popen[bytes]) -> None:
    assert ask(worker, operator.add, (1, 2)) == (True, 3)


def test_worker_survives_an_exception(worker: subprocess.Popen[bytes]) -> None:
    """An exception is the answer, with where it came from; the next task is done all the same."""
    succeeded, error = ask(worker, operator.truediv, (1, 0))
    assert not succeeded
    assert isinstance(error, ZeroDivisionError)
    assert "Traceback" in "".join(error.__notes__)
    assert ask(worker, operator.add, (1, 2)) == (True, 3)


def test_worker_prints_into_nothing(worker: subprocess.Popen[bytes]) -> None:
    """What a library prints does not garble the pipe."""
    assert ask(worker, print, ("hello",)) == (True, None)


@pytest.mark.parametrize("last", [b"", b"garbage"])
def test_worker_ends_with_its_input(worker: subprocess.Popen[bytes], last: bytes) -> None:
    assert worker.stdin
    worker.stdin.write(last)
    worker.stdin.close()
    assert worker.wait(10) == 0
