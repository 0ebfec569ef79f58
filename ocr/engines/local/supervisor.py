"""Starts a model server, monitors it, explains why it died, restarts it, and ends it with the program."""

import asyncio
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from typing import Self

from ocr.engines.local.diagnose import explain
from ocr.engines.local.monitor import ProcessMonitor, healthy
from ocr.engines.local.process import ServerProcess
from ocr.engines.local.program import Launch, check_port
from ocr.engines.local.server_state import ServerState
from ocr.engines.local.stages import Stage
from ocr.errors import EngineFailed
from ocr.i18n import gettext

POLL_INTERVAL_S = 0.1
"""How often the log is read and the process looked at; so soon a death is noticed."""
SETTLE_TIMEOUT_S = 15.0
"""A dying server may answer with errors for some seconds before its process ends."""
MAX_RESTARTS_PER_HOUR = 5
FIRST_BACKOFF_S = 1.0
"""Seconds before the first restart; doubled for each further one of the same hour."""


class LocalServer:
    """Owns the process of a server and the thread that watches it. `state` may be read from any thread at any time."""

    def __init__(self, launch: Launch, *, keep_running: bool = False) -> None:
        """Nothing is started before the `with` block.

        Args:
            launch: what to run.
            keep_running: leave a server that is ready running when the block ends.
        """
        self.launch = launch
        self.left_running = False
        """Whether it was left running."""
        self._keep_running = keep_running
        self._state = ServerState()
        self._changed = threading.Condition()
        self._wake = threading.Event()
        self._stopping = self._restart_requested = False
        self._crashes: deque[float] = deque()
        self._process: ServerProcess | None = None
        self._thread = threading.Thread(target=self._run, name="model server", daemon=True)

    def __enter__(self) -> Self:
        """Start it in the background."""
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop it, unless it is to keep running."""
        self._stopping = True
        self._wake.set()
        self._thread.join()

    @property
    def state(self) -> ServerState:
        """Its current state."""
        return self._state

    @property
    def guard_pid(self) -> int | None:
        """Process that ends it on SIGTERM."""
        return self._process.guard_pid if self._process else None

    def changed(self, seen: ServerState, seconds: float) -> ServerState:
        """Wait until the state is another than `seen`, for at most that long; return it."""
        with self._changed:
            self._changed.wait_for(lambda: self._state is not seen, seconds)
        return self._state

    def follow(self, on_state: Callable[[ServerState], None]) -> None:
        """Wait until it is ready; `on_state` is called with each new state.

        Raises:
            EngineFailed: one of its kinds, if it does not start.
        """
        seen = self._state
        on_state(seen)
        while not seen.settled:
            now = self.changed(seen, 3600)
            if now is not seen:
                on_state(now)
            seen = now
        self._check(seen)

    async def until_ready(self) -> None:
        """Wait until pages can be read.

        Raises:
            EngineFailed: one of its kinds, if it has failed for good.
        """
        while not self._state.settled:  # noqa: ASYNC110 - it changes in a thread, for any event loop
            await asyncio.sleep(POLL_INTERVAL_S)
        self._check(self._state)

    async def settle(self) -> bool:
        """Wait after an error until it is known whether the server is alive; return whether it has died."""
        deadline = time.monotonic() + SETTLE_TIMEOUT_S
        while self._state.stage is Stage.READY and time.monotonic() < deadline:
            if await asyncio.to_thread(healthy, self.launch.port):
                break
            await asyncio.sleep(POLL_INTERVAL_S)
        return self._state.stage is not Stage.READY

    def restart(self) -> None:
        """Start it again after it has failed; does nothing while it runs."""
        if self._state.stage is Stage.FAILED:
            self._crashes.clear()
            self._set(ServerState())
            self._restart_requested = True
            self._wake.set()

    def _check(self, state: ServerState) -> None:
        if state.stage is not Stage.READY:
            raise state.problem or self._stopped()

    def _stopped(self) -> EngineFailed:
        return EngineFailed(gettext("{server} has been stopped.", server=self.launch.program.name), "Restart it.")

    def _set(self, state: ServerState) -> None:
        with self._changed:
            self._state = state
            self._changed.notify_all()

    def _run(self) -> None:
        """Run the process again and again, until the program ends; the body of the thread."""
        again = True
        while not self._stopping:
            if again:
                again = self._run_once()
            else:  # failed: until the user wants it again
                self._wake.wait()
                self._wake.clear()
                again, self._restart_requested = self._restart_requested, False
        self._set(replace(self._state, stage=Stage.STOPPED, ended=time.monotonic()))

    def _run_once(self) -> bool:
        """Start the server and monitor it until it ends; return whether to start it again."""
        restarts, program = self._state.restarts, self.launch.program
        self._set(ServerState(restarts=restarts, problem=self._state.problem if restarts else None))
        try:
            check_port(self.launch)
            process = self._process = ServerProcess(self.launch.command, self.launch.environment)
        except EngineFailed as error:
            self._fail(error)
            return False
        except OSError as error:
            message = gettext("{server} cannot be started: {reason}.", server=program.name, reason=str(error))
            self._fail(EngineFailed(message, "Fix this, then try again."))
            return False
        watch = ProcessMonitor(process, self.launch)
        try:
            while (code := watch.poll()) is None and not self._stopping:
                self._set(watch.state(self._state))
                self._wake.wait(POLL_INTERVAL_S)
        except EngineFailed as error:
            self._fail(error)
            return False
        finally:
            if self._stopping and self._keep_running and watch.ready:
                process.detach()
                self.left_running = True
            else:
                process.stop()
        if self._stopping:
            if not self.left_running:
                process.delete_log()
            return False
        reason = explain(program, list(watch.lines), code, served=watch.ready, log=str(process.log))
        if type(reason) is not EngineFailed:  # else the log is named to the user, and stays
            process.delete_log()
        if not watch.ready and not restarts:
            self._fail(reason, watch)
            return False
        return self._back_off(reason, watch)

    def _back_off(self, error: EngineFailed, watch: ProcessMonitor) -> bool:
        """Wait before the next start; return whether there is to be one."""
        now = time.monotonic()
        self._crashes.append(now)
        while self._crashes and self._crashes[0] < now - 3600:
            self._crashes.popleft()
        if len(self._crashes) > MAX_RESTARTS_PER_HOUR:
            often = f"It died {len(self._crashes)} times within an hour, so it is not started again by itself."
            self._fail(type(error)(error.message, often), watch)
            return False
        self._set(
            replace(watch.state(self._state), stage=Stage.RESTARTING, problem=error, restarts=self._state.restarts + 1)
        )
        self._wake.wait(FIRST_BACKOFF_S * 2 ** (len(self._crashes) - 1))
        return True

    def _fail(self, error: EngineFailed, watch: ProcessMonitor | None = None) -> None:
        state = watch.state(self._state) if watch else self._state
        self._set(replace(state, stage=Stage.FAILED, problem=error, ended=time.monotonic()))
