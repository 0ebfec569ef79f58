"""The engine's status for visitors: start-up progress, failure, load. Reads state only, sends no requests."""

import asyncio
import re
import time
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager, nullcontext
from dataclasses import dataclass, field
from typing import Any

from ocr.config.profiles import Model, ReadOptions
from ocr.engines.local.program import ServerProgram
from ocr.engines.local.server_state import ServerState
from ocr.engines.local.stages import Stage
from ocr.engines.select import Server
from ocr.errors import EngineFailed
from ocr.i18n import gettext
from ocr.inference.metrics import Load, LoadMonitor
from ocr.pipeline.run import Stop
from ocr.web.views import engine_messages, messages

POLL_INTERVAL_S = 0.1
"""Seconds between two looks at a state in memory."""
TICK_INTERVAL_S = 1.0
"""Seconds after which a screen follows the clock, though no stage has changed."""

STAGE_SIGNS = {Stage.READY: "ready", Stage.FAILED: "failed", Stage.STOPPED: "failed", Stage.RESTARTING: "restarting"}
"""What the masthead's dot shows; all other stages are `starting`."""


@dataclass(frozen=True, slots=True)
class EngineStatus:
    """What there is to show of a server."""

    server: Server
    public: bool
    """Whether strangers see the page: they get neither the log nor its words, and cannot restart anything."""
    meter: LoadMonitor | None = None
    """None where nothing can be measured."""
    changeable: bool = False
    """Whether visitors may read with another server in its place: the page is this computer's own."""
    last_page_s: dict[str, float] = field(default_factory=dict)
    """Model → seconds that the last page took which it has read to its end."""

    @property
    def state(self) -> ServerState | None:
        """How the server started here is doing; None for any other."""
        return self.server.local.state if self.server.local else None

    @property
    def settled(self) -> bool:
        """Whether there is nothing to wait for."""
        return self.state is None or self.state.settled

    @property
    def problem(self) -> EngineFailed | None:
        """Why there is no server, as this page's visitors may read it; None unless it has failed for good."""
        return self._reason(self.state) if self.state and self.state.stage in {Stage.FAILED, Stage.STOPPED} else None

    @property
    def model(self) -> Model | None:
        """The one that is being started here."""
        return Model(self.server.local.launch.model) if self.server.local else None

    @property
    def program(self) -> ServerProgram | None:
        """What is started here; None for any other server."""
        return self.server.local.launch.program if self.server.local else None

    @property
    def load(self) -> Load | None:
        """How busy it is, while somebody reads."""
        return self.meter.load if self.meter else None

    def away_s(self, options: ReadOptions | None) -> float | None:
        """Seconds since the last of the servers by URL has gone that can read this; None while one is there.

        Without options any server counts that is not left out.
        """
        away = [member.outage.seconds for member in self.server.serving(options)]
        return None if None in away else min((seconds or 0.0 for seconds in away), default=None)

    def next_check_s(self, options: ReadOptions | None) -> float | None:
        """Seconds until one of those that are away is asked whether it is back; None while none is."""
        checks = [one.outage.next_check for one in self.server.serving(options) if one.outage.next_check is not None]
        return max(0.0, min(checks) - time.monotonic()) if checks else None

    @property
    def restartable(self) -> bool:
        """Whether a visitor may start it anew now."""
        return not self.public and self.state is not None and self.state.stage is Stage.FAILED

    @asynccontextmanager
    async def measured(self) -> AsyncIterator[None]:
        """Somebody reads while the block runs, so it is worth knowing how busy the server is."""
        async with self.meter.watched() if self.meter else nullcontext():
            yield

    def restart(self) -> None:
        """Start it anew, if a visitor may."""
        if self.server.local and self.restartable:
            self.server.local.restart()

    async def ticks(self, stop: Stop | None = None) -> AsyncGenerator[None, None]:
        """Yield at once, at each new stage and each second, until there is nothing to wait for or `stop` is set."""
        clock = asyncio.get_running_loop().time
        seen, due = None, clock()
        while not self.settled and not (stop and stop.is_set()):
            stage = self.state.stage if self.state else None
            if stage is not seen or clock() >= due:
                seen, due = stage, clock() + TICK_INTERVAL_S
                yield
            await asyncio.sleep(POLL_INTERVAL_S)

    def value(self) -> dict[str, Any]:
        """What the masthead shows."""
        name, about = engine_messages.engine_name(self.server)
        about = about or ("" if self.public else engine_messages.servers(self.server.members))
        nothing = dict.fromkeys(("sign", "stage", "progress", "elapsed", "expectation", "problem", "next", "log"), "")
        value: dict[str, Any] = {"engine": name, "about": about, "share": None, "restart": self.restartable, **nothing}
        if state := self.state:
            value |= {
                "sign": STAGE_SIGNS.get(state.stage, "starting"),
                "stage": gettext(state.stage.value),
                "share": None if state.settled else percent(state),
                "progress": state.progress,
                "elapsed": messages.duration(state.elapsed),
                "expectation": gettext(self.program.expectation) if self.program and not state.settled else "",
                "log": "" if self.public else "\n".join(state.tail),
            }
            if reason := self._reason(state):
                value["problem"] = engine_messages.crash(reason.message, state.restarts, settled=state.settled)
                value["next"] = reason.next_step if state.settled else ""
        return value

    def _reason(self, state: ServerState) -> EngineFailed | None:
        if self.public and (state.problem or state.stage in {Stage.FAILED, Stage.STOPPED}):
            return engine_messages.server_down()
        if state.problem or state.stage is not Stage.STOPPED:
            return state.problem
        name = self.program.name if self.program else ""
        return EngineFailed(gettext("{server} has been stopped.", server=name), "Restart Pagelight.")


def percent(state: ServerState) -> int | None:
    """How much of the stage is done, where the log says so."""
    found = re.match(r"(\d+) %", state.progress)
    return int(found[1]) if found else None
