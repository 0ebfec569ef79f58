"""What the screen shows of a server that starts, dies, restarts and serves."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from ocr.config.profiles import Model
from ocr.config.read_request import ReadRequest
from ocr.engines.local.server_state import ServerState
from ocr.engines.local.stages import Stage
from ocr.engines.vllm.vllm_program import VLLM
from ocr.errors import EngineFailed, OutOfMemory
from ocr.inference.metrics import Load
from ocr.pipeline.run import Stop
from ocr.web.state.session import Session
from ocr.web.views import engine_messages
from ocr.web.views.engine_status import EngineStatus
from ocr.web.views.screen import screen
from tests.web.conftest import LIGHTON
from tests.web.starting import gate

MEMORY = OutOfMemory("The memory ran out.", "Lower --gpu-memory-utilization.")


def engine(state: ServerState, *, public: bool = False, load: Load | None = None) -> EngineStatus:
    local: Any = SimpleNamespace(state=state, launch=SimpleNamespace(model="lightonai/LightOnOCR-2-1B", program=VLLM))
    meter: Any = SimpleNamespace(load=load)
    return EngineStatus(replace(LIGHTON, local=local), public=public, meter=meter)


def state(stage: Stage, progress: str = "", **more: Any) -> ServerState:
    now = time.monotonic()
    ended = now if stage in {Stage.READY, Stage.FAILED} else None
    return ServerState(stage, progress, began=now - 31.0, ended=ended, tail=("one", "two"), **more)


def test_engine_tells_a_start(article: Session) -> None:
    """Stage, progress, time, expectation, log; Read can be pressed and the model is named."""
    shown = screen(article, engine(state(Stage.DOWNLOADING, "42 %, 842M/2.01G")))
    head = shown.masthead
    assert (head["sign"], head["stage"], head["share"]) == ("starting", "downloading the weights", 42)
    assert (head["elapsed"], head["log"], head["restart"]) == ("31 s", "one\ntwo", False)
    assert "60–90 s" in head["expectation"]
    assert (shown.control["ready"], shown.control["expected"]) == (True, "LightOnOCR-2-1B")
    assert "downloading the weights 42 %" in shown.control["starting"]


def test_engine_tells_a_death(article: Session) -> None:
    """The reason with its next step and Restart, beside the button and in the masthead; Read cannot be pressed."""
    shown = screen(article, engine(state(Stage.FAILED, "100 %", problem=MEMORY)))
    assert shown.masthead["share"] is None  # no bar for what is over
    for part in (shown.masthead, shown.control):
        assert (part["problem"], part["next"], part["restart"]) == (MEMORY.message, MEMORY.next_step, True)
    assert (shown.masthead["sign"], shown.control["ready"], shown.control["starting"]) == ("failed", False, "")


@pytest.mark.parametrize("stage", [Stage.RESTARTING, Stage.LOADING], ids=str)
def test_engine_tells_an_automatic_restart(article: Session, stage: Stage) -> None:
    """Why, and that it is the second; nobody is offered what happens by itself."""
    shown = screen(article, engine(state(stage, problem=MEMORY, restarts=2)))
    assert shown.masthead["problem"] == "The memory ran out. It is being restarted (restart 2)."
    assert (shown.masthead["restart"], shown.control["problem"]) == (False, "")
    assert "restarting" in shown.control["starting"]


@pytest.mark.parametrize("stage", list(Stage), ids=str)
@pytest.mark.parametrize("problem", [None, EngineFailed("/home/me/secret", "See /home/me/secret.log")])
def test_engine_strangers_get_no_log_and_no_restart(
    article: Session, stage: Stage, problem: EngineFailed | None
) -> None:
    """On a public page neither the log nor what was taken from it, in any state; stage and time alone."""
    asked = engine(replace(state(stage, problem=problem, restarts=1), tail=("/home/me/secret",)), public=True)
    shown = screen(article, asked)
    assert "secret" not in str(shown)
    assert not (shown.masthead["restart"] or shown.control["restart"])
    assert shown.masthead["stage"] == str(stage)
    asked.restart()  # the stand-in has none: nothing is asked of it


def test_engine_says_nothing_of_other_servers(article: Session) -> None:
    """A server by URL has no stages, nothing to restart and nothing to wait for."""
    other = EngineStatus(LIGHTON, public=False)
    head = other.value()
    assert (other.settled, other.problem, other.model) == (True, None, None)
    assert (head["engine"], head["sign"], head["log"], head["restart"]) == ("gpu.example:8000", "", "", False)


def test_engine_load_is_shown_to_who_reads(article: Session) -> None:
    """One line while a run is under way, none otherwise; parts the server does not tell are left out."""
    busy = engine(state(Stage.READY), load=Load(3, 13, 412.4, 0.08))
    assert screen(article, busy).control["load"] == ""
    article.begin(tuple(article.pages), ReadRequest("m"))
    assert screen(article, busy).control["load"] == "Server: 3 running · 13 waiting · 412 tokens/s · cache 8 %"
    assert engine_messages.load(Load(0, 0, None, None)) == "Server: 0 running · 0 waiting"


@pytest.mark.anyio
async def test_engine_ticks_until_there_is_nothing_to_wait_for(tmp_path: Path) -> None:
    """At once and each second while it starts; they end by themselves when it is ready, or when stopped."""
    with gate(tmp_path) as held:
        asked = EngineStatus(held.server, public=False)
        stop = Stop()
        async for _ in asked.ticks(stop):
            stop.set()
        assert not asked.settled
        assert asked.model == Model("ready")
        async for _ in asked.ticks():
            held.open()
        assert asked.settled
        assert asked.problem is None
