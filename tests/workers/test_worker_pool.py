"""Workers that hang or die are replaced; the others, and the pool, do not notice."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import CancelledError
from pathlib import Path

import psutil
import pytest

from ocr.workers import worker_process
from ocr.workers.worker_pool import WorkerPool
from ocr.workers.worker_process import PoolClosed, WorkerDied, WorkerTimeout
from tests.conftest import ROOT
from tests.web.waiting import until


@pytest.fixture
def pool() -> Iterator[WorkerPool]:
    pool = WorkerPool(1, abs, 0)
    yield pool
    pool.close()


def test_submit_returns_what_the_function_returns(pool: WorkerPool) -> None:
    """A value crosses both pipes, whatever its size, and comes from another process."""
    assert pool.submit(60, bytes, 5_000_000).result() == bytes(5_000_000)
    assert pool.submit(60, os.getpid).result() != os.getpid()


def test_submit_raises_what_the_function_raises(pool: WorkerPool) -> None:
    """With its type and message, and the worker's traceback as a note; the worker lives on."""
    before = pool.submit(60, os.getpid).result()
    with pytest.raises(ValueError, match="invalid literal") as caught:
        pool.submit(60, int, "x").result()
    assert "Traceback" in caught.value.__notes__[0]
    assert pool.submit(60, os.getpid).result() == before


def test_processes_start_as_tasks_find_none_idle() -> None:
    """A pool that is made has cost nothing; tasks one after the other need one process, three at once need three."""
    before = _children()
    pool = WorkerPool(3, abs, 0)
    assert not _children() - before
    try:
        assert len({pool.submit(60, os.getpid).result() for _ in range(5)}) == 1
        assert len(_children() - before) == 1
        for task in [pool.submit(30, time.sleep, 0.5) for _ in range(9)]:
            task.result()
        assert len(_children() - before) == 3
    finally:
        pool.close()
    assert not _children() - before


def test_start_starts_the_process_that_the_first_task_gets() -> None:
    """One, without waiting for it."""
    before = _children()
    pool = WorkerPool(3, abs, 0)
    try:
        pool.start()
        deadline = time.monotonic() + 60
        while not (started := _children() - before) and time.monotonic() < deadline:
            os.sched_yield()
        assert {process.pid for process in started} == {pool.submit(60, os.getpid).result()}
    finally:
        pool.close()
    assert not _children() - before


def test_deadline_kills_the_worker_and_the_next_task_has_a_new_one(pool: WorkerPool) -> None:
    """A hanging task fails in time."""
    before = pool.submit(60, os.getpid).result()
    with pytest.raises(WorkerTimeout, match=r"0\.2 s"):
        pool.submit(0.2, time.sleep, 600).result(timeout=60)
    assert pool.submit(60, os.getpid).result() != before


def test_death_in_mid_task_fails_that_task_only(pool: WorkerPool) -> None:
    """The error says how the process ended; the next task runs."""
    with pytest.raises(WorkerDied, match="exit code 3"):
        pool.submit(60, os._exit, 3).result()
    with pytest.raises(WorkerDied, match="SIGSEGV"):
        pool.submit(60, signal.raise_signal, signal.SIGSEGV).result()
    assert pool.submit(60, abs, -1).result() == 1


def test_death_in_idleness_fails_no_task(pool: WorkerPool) -> None:
    """A worker killed between tasks is replaced before the next."""
    victim = psutil.Process(pool.submit(60, os.getpid).result())
    victim.kill()
    psutil.wait_procs([victim], timeout=60)
    assert pool.submit(60, abs, -1).result() == 1


HALF_A_REPLY = """
import os, pickle, sys
frame = sys._getframe()
while frame.f_code.co_name != "serve":
    frame = frame.f_back
frame.f_locals["replies"].write(pickle.dumps((True, "x" * 99))[:50])
frame.f_locals["replies"].flush()
os._exit(7)
"""


def test_death_in_mid_reply_fails_that_task_only(pool: WorkerPool) -> None:
    """Half a reply is no reply, and does not hold up the next."""
    with pytest.raises(WorkerDied, match="exit code 7"):
        pool.submit(60, exec, HALF_A_REPLY).result()
    assert pool.submit(60, abs, -1).result() == 1


WAIT_FOR = """
import os, time
while not os.path.exists({path!r}):
    time.sleep(0.01)
"""


def test_cancelled_in_the_queue_never_runs(pool: WorkerPool, tmp_path: Path) -> None:
    """And the worker goes on with what it was doing."""
    before = pool.submit(60, os.getpid).result()
    running = pool.submit(60, exec, WAIT_FOR.format(path=str(tmp_path / "go")))
    queued = pool.submit(60, os.mkdir, str(tmp_path / "made"))
    assert queued.cancel()
    while not running.running():
        time.sleep(0.001)
    assert not running.cancel()
    (tmp_path / "go").touch()
    with pytest.raises(CancelledError):
        queued.result()
    assert pool.submit(60, os.getpid).result() == before
    assert not (tmp_path / "made").exists()


@pytest.mark.anyio
async def test_run_cancelled_kills_the_worker_of_that_task_only(tmp_path: Path) -> None:
    """The other worker goes on; a task that comes next runs in a new one at once."""
    pool = WorkerPool(2, abs, 0)
    try:
        one, other = tmp_path / "one", tmp_path / "other"
        stopped = asyncio.create_task(pool.run(60, exec, NOTE_AND_SLEEP.format(path=str(one))))
        going_on = asyncio.create_task(pool.run(60, exec, NOTE_AND_SLEEP.format(path=str(other))))
        victim, survivor = await noted(one), await noted(other)
        stopped.cancel()
        with pytest.raises(asyncio.CancelledError):
            await stopped
        async with asyncio.timeout(60):
            assert await pool.run(60, os.getpid) not in {victim.pid, survivor.pid}
        assert not _lives(victim)
        assert _lives(survivor)
        assert not going_on.done()
    finally:
        pool.close()
    with pytest.raises(PoolClosed):
        await going_on


@pytest.mark.anyio
async def test_run_cancelled_in_the_queue_kills_nothing(pool: WorkerPool, tmp_path: Path) -> None:
    """The task before it is done to its end."""
    before = await pool.run(60, os.getpid)
    running = asyncio.create_task(pool.run(60, exec, WAIT_FOR.format(path=str(tmp_path / "go"))))
    queued = asyncio.create_task(pool.run(60, os.mkdir, str(tmp_path / "made")))
    await asyncio.sleep(0)
    queued.cancel()
    with pytest.raises(asyncio.CancelledError):
        await queued  # before the task ahead of it can end, and it begin
    (tmp_path / "go").touch()
    await running
    assert await pool.run(60, os.getpid) == before
    assert not (tmp_path / "made").exists()


NOTE_AND_SLEEP = """
import os, time
with open({path!r} + ".new", "w") as file:
    file.write(str(os.getpid()))
os.rename({path!r} + ".new", {path!r})
time.sleep(60)
"""


async def noted(path: Path) -> psutil.Process:
    """The process that has written its id there."""
    async with asyncio.timeout(60):
        await until(path.exists)
    return psutil.Process(int(path.read_bytes()))  # noqa: ASYNC240 - a few bytes


def test_close_fails_what_is_not_done() -> None:
    """Running, waiting and later tasks alike, at once; the processes are gone."""
    before = _children()
    pool = WorkerPool(1, abs, 0)
    pool.submit(60, os.getpid).result()
    running, waiting = pool.submit(60, time.sleep, 60), pool.submit(60, time.sleep, 60)
    pool.close()
    for future in (running, waiting):
        with pytest.raises(PoolClosed):
            future.result(timeout=60)
    with pytest.raises(PoolClosed):
        pool.submit(1, abs, 1)
    assert not _children() - before
    pool.close()


def test_set_up_that_fails_is_told() -> None:
    """A broken installation fails the task, with the reason."""
    pool = WorkerPool(1, int, "no number")
    try:
        with pytest.raises(WorkerDied, match=r"set up.*no number"):
            pool.submit(60, abs, 1).result()
        with pytest.raises(WorkerDied, match=r"set up.*no number"):
            pool.submit(60, abs, 1).result()
    finally:
        pool.close()


def test_set_up_that_hangs_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is no matter of the task's own deadline; a busy machine has minutes for it."""
    assert worker_process.START_TIMEOUT_S >= 300
    monkeypatch.setattr(worker_process, "START_TIMEOUT_S", 0.5)
    pool = WorkerPool(1, time.sleep, 60)
    try:
        with pytest.raises(WorkerDied, match=r"not set up after 0\.5 s") as caught:
            pool.submit(60, abs, 1).result()
        assert caught.value.exit_code is None
    finally:
        pool.close()


def test_interrupt_from_the_terminal_does_not_reach_workers(pool: WorkerPool) -> None:
    """Ctrl-C goes to the terminal's process group: workers are in another, and ignore it besides."""
    worker = pool.submit(60, os.getpid).result()
    assert os.getpgid(worker) != os.getpgid(0)
    os.kill(worker, signal.SIGINT)
    assert pool.submit(60, os.getpid).result() == worker


def test_workers_do_not_import_the_main_module(pool: WorkerPool) -> None:
    """So they start at once, whatever the program has imported: no screen, no test runner."""
    modules = pool.submit(60, eval, "sorted(__import__('sys').modules)").result()
    assert "ocr.workers.worker_main" in modules
    assert not {"gradio", "pytest", "PIL", "pypdfium2", "numpy"} & set(modules)


ORPHANS = """
import os, time
from ocr.workers.worker_pool import WorkerPool
pool = WorkerPool(2, abs, 0)
pids = set()
while len(pids) < 2:
    pids |= {f.result() for f in [pool.submit(60, os.getpid) for _ in range(8)]}
tasks = [pool.submit(600, time.sleep, 600) for _ in pids]
print(*pids, flush=True)
time.sleep(600)
"""


def test_workers_end_when_the_app_is_killed() -> None:
    """By SIGKILL, in mid-task: nothing is left behind."""
    app = subprocess.Popen([sys.executable, "-c", ORPHANS], stdout=subprocess.PIPE, text=True, cwd=ROOT)
    with app:
        assert app.stdout is not None
        workers = [psutil.Process(int(pid)) for pid in app.stdout.readline().split()]
        assert len(workers) == 2
        app.kill()
        app.wait()
    deadline = time.monotonic() + 60
    while any(_lives(worker) for worker in workers) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not any(_lives(worker) for worker in workers)


def _children() -> set[psutil.Process]:
    """The render workers of this process; other tests may have some."""
    return {
        child
        for child in psutil.Process().children()
        if _lives(child) and "ocr.workers.worker_main" in " ".join(child.cmdline())
    }


def _lives(process: psutil.Process) -> bool:
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
