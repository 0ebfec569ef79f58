"""A local server's life, with a stub for the faults that the real vLLM cannot be made to show."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from ocr.config.settings import Settings
from ocr.engines.local import process, process_guard, supervisor
from ocr.engines.local.server_state import ServerState
from ocr.engines.local.stages import Stage
from ocr.engines.local.supervisor import LocalServer
from ocr.engines.vllm.command import launch
from ocr.errors import EngineFailed, OutOfMemory, PortInUse, Stalled
from tests.conftest import ROOT

STUB = f"{sys.executable} {Path(__file__).parent / 'stub_vllm.py'}"


def server(model: str, *, keep: bool = False, **settings: object) -> LocalServer:
    start = launch(Settings(local=model, vllm_command=STUB, **settings))  # type: ignore[arg-type]
    return LocalServer(start, keep_running=keep)


def wait_for(running: LocalServer, *stages: Stage) -> ServerState:
    """Its state, once it is in one of these stages."""
    state, deadline = running.state, time.monotonic() + 60
    while state.stage not in stages:
        assert time.monotonic() < deadline, f"still {state.stage}: {state.tail}"
        state = running.changed(state, 60)
    return state


@pytest.fixture
def states(monkeypatch: pytest.MonkeyPatch) -> list[ServerState]:
    """Every state of every server, in order; some last for a moment only, which `changed` may miss."""
    seen: list[ServerState] = []
    set_state = LocalServer._set

    def recorded(running: LocalServer, state: ServerState) -> None:
        seen.append(state)
        set_state(running, state)

    monkeypatch.setattr(LocalServer, "_set", recorded)
    return seen


def ended(states: list[ServerState]) -> ServerState:
    """The next state in which a server has ended, to be started again or not; `states` are forgotten."""
    deadline = time.monotonic() + 60
    while not (over := [state for state in states if state.stage in (Stage.RESTARTING, Stage.FAILED)]):
        assert time.monotonic() < deadline, states[-1:]
        time.sleep(0.01)
    states.clear()
    return over[0]


def family(running: LocalServer) -> list[psutil.Process]:
    """The guard, the server and its grandchild."""
    assert running.guard_pid
    state, deadline = running.state, time.monotonic() + 60
    while not (grandchildren := [line.split()[1] for line in state.tail if line.startswith("grandchild")]):
        assert time.monotonic() < deadline, state.tail  # a server may be ready a moment before its log is read
        state = running.changed(state, 60)
    (grandchild,) = map(int, grandchildren)
    above = psutil.Process(running.guard_pid)
    return [above, *above.children(recursive=True), psutil.Process(grandchild)]


def assert_gone(processes: list[psutil.Process]) -> None:
    assert psutil.wait_procs(processes, timeout=60)[1] == []


def crash(running: LocalServer) -> None:
    with contextlib.suppress(OSError):
        urllib.request.urlopen(running.launch.url.replace("/v1", "/crash"), timeout=60)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No waits between restarts."""
    monkeypatch.setattr(supervisor, "FIRST_BACKOFF_S", 0.01)
    yield


def test_local_becomes_ready() -> None:
    """Stages in order, each with its elapsed time; ready when /health answers; the key came by the environment."""
    seen: list[ServerState] = []
    with server("ready", api_key="k3y") as running:
        running.follow(seen.append)
        started = family(running)
        assert urllib.request.urlopen(running.launch.url.replace("/v1", "/key"), timeout=60).read() == b"k3y"
        log = running._process and running._process.log
    assert seen[0].stage is Stage.STARTING
    assert seen[-1].stage is Stage.READY
    assert seen[-1].elapsed > 0
    assert running.state.stage is Stage.STOPPED
    assert any("non-default args" in line for line in running.state.tail)
    assert_gone(started)
    assert log
    assert not log.exists()


def test_local_dies_at_the_start() -> None:
    """A start that fails is over at once, explained, and not tried again by itself; only the user's request does."""
    with server("dies") as running:
        with pytest.raises(EngineFailed, match="the cat sat on the model") as failed:
            running.follow(lambda _: None)
        assert failed.value.exit_code == 4
        state = running.state
        assert (state.stage, state.problem, state.restarts) == (Stage.FAILED, failed.value, 0)
        running.restart()
        assert wait_for(running, Stage.FAILED) is not state


@pytest.mark.usefixtures("quick")
def test_local_restarts_after_a_crash(states: list[ServerState]) -> None:
    """Who crashes while serving is explained and started again at the same address; readers wait meanwhile."""
    with server("ready") as running:
        wait_for(running, Stage.READY)
        address, before = running.launch.url, family(running)
        crash(running)
        state = ended(states)
        assert state.stage is Stage.RESTARTING
        assert isinstance(state.problem, OutOfMemory)
        asyncio.run(running.until_ready())
        assert (running.launch.url, running.state.restarts, running.state.problem) == (address, 1, None)
        assert_gone(before)


@pytest.mark.usefixtures("quick")
def test_local_restarts_at_most_five_times_an_hour(states: list[ServerState]) -> None:
    with server("ready") as running:
        for restarts in range(6):
            assert wait_for(running, Stage.READY).restarts == restarts
            crash(running)
            state = ended(states)
        assert state.stage is Stage.FAILED
        assert state.problem
        assert "6 times within an hour" in state.problem.next_step
        with pytest.raises(OutOfMemory):
            asyncio.run(running.until_ready())
        running.restart()
        assert wait_for(running, Stage.READY).restarts == 0


def test_local_taken_port() -> None:
    """Somebody else's healthy server on our port is not taken for ours."""
    with server("ready") as other:
        wait_for(other, Stage.READY)
        with server("ready", vllm_port=other.launch.port) as running, pytest.raises(PortInUse):
            running.follow(lambda _: None)


def test_local_stalls() -> None:
    """There is no deadline for a start, only one for its silence."""
    start = server("silent").launch
    impatient = replace(start, program=replace(start.program, silence_timeout_s=0.5))
    with LocalServer(impatient) as running, pytest.raises(Stalled, match="vLLM has logged nothing"):
        running.follow(lambda _: None)


def test_local_stops_while_it_starts() -> None:
    """Leaving does not wait for a start to end."""
    with server("silent") as running:
        assert not running.state.settled
    assert running.state.stage is Stage.STOPPED
    assert running.guard_pid
    assert not psutil.pid_exists(running.guard_pid)


def test_local_deaf_server_is_killed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """One that ignores SIGTERM gets SIGKILL."""
    quick = Path(process_guard.__file__).read_text().replace("TERM_TIMEOUT_S = 10.0", "TERM_TIMEOUT_S = 0.5")
    assert "TERM_TIMEOUT_S = 0.5" in quick
    file = tmp_path / "process_guard.py"
    file.write_text(quick)
    monkeypatch.setattr(process.process_guard, "__file__", str(file))
    with server("deaf") as running:
        wait_for(running, Stage.READY)
        started = family(running)
    assert_gone(started)


PARENT = f"""
import sys, signal, os, time
from ocr.engines.select import running_server; from ocr.engines.startup_log import follow_start
from ocr.config.settings import Settings
with running_server(Settings(local="ready", vllm_command={STUB!r}, keep_server={{keep}}), sys.stdout.write) as server:
    follow_start(server, str)
    while not (found := [l for l in server.local.state.tail if "grandchild" in l]):
        time.sleep(0.01)
    print(server.local.guard_pid, found[0].split()[1], flush=True)
    {{end}}
"""


@pytest.mark.parametrize("end", ["returns", "raises", "SIGINT", "SIGTERM", "SIGKILL"])
def test_local_ends_with_us(end: str) -> None:
    """However we end, the guard, the server and its grandchild end too."""
    ends = {"returns": "sys.stdin.read(); sys.exit(0)", "raises": "sys.stdin.read(); 1 / 0"}
    with subprocess.Popen(
        [sys.executable, "-c", PARENT.format(end=ends.get(end, "signal.pause()"), keep=False)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, cwd=ROOT,
    ) as parent:  # fmt: skip
        assert parent.stdout
        assert parent.stdin
        started = [psutil.Process(int(pid)) for pid in parent.stdout.readline().split()]
        started += started[0].children(recursive=True)
        if end.startswith("SIG"):
            os.kill(parent.pid, getattr(signal, end))
        parent.stdin.close()
        parent.wait(60)
        assert_gone(started)


def test_local_guard_killed(states: list[ServerState]) -> None:
    """Should the guard itself be killed, the server still goes, and is started again under a new one."""
    with server("ready") as running:
        wait_for(running, Stage.READY)
        above, vllm, *below = family(running)
        above.kill()
        assert ended(states).stage is Stage.RESTARTING
        assert_gone([above, vllm])
    for process_left in below:  # in a session of its own and nobody's child: beyond a dead guard's reach
        with contextlib.suppress(psutil.NoSuchProcess):
            process_left.kill()


def test_local_kept() -> None:
    """`--keep-server` leaves a server that is ready, and says how it is reached and ended."""
    with subprocess.Popen(
        [sys.executable, "-c", PARENT.format(end="sys.exit(0)", keep=True)],
        stdout=subprocess.PIPE, text=True, cwd=ROOT,
    ) as parent:  # fmt: skip
        assert parent.stdout
        started = [psutil.Process(int(pid)) for pid in parent.stdout.readline().split()]
        farewell = parent.stdout.read()
        assert parent.wait(60) == 0
    told = re.search(r"--server-url (\S+)/v1 with OCR_API_KEY=(\S+); `kill (\d+)` ends it", farewell)
    assert told
    url, key, pid = told.groups()
    try:
        assert urllib.request.urlopen(url + "/key", timeout=60).read().decode() == key
    finally:
        os.kill(int(pid), signal.SIGTERM)
    assert_gone(started)


def test_local_state_is_watched_without_blocking() -> None:
    """A watcher in another thread sees every change and never holds the server up."""
    stages: list[Stage] = []
    with server("ready") as running:

        def watch() -> None:
            state = running.state
            while state.stage is not Stage.STOPPED:
                stages.append(state.stage)
                state = running.changed(state, 30)

        watcher = threading.Thread(target=watch)
        watcher.start()
        wait_for(running, Stage.READY)
    watcher.join(60)
    assert stages[0] is Stage.STARTING
    assert stages[-1] is Stage.READY
