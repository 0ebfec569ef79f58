"""What the offer to read with LightOnOCR on this computer shows at each step."""

from __future__ import annotations

import time
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from ocr.config.settings import Settings
from ocr.engines.llamacpp.llama_command import DEFAULT_MODEL
from ocr.engines.local.server_state import ServerState
from ocr.engines.local.stages import Stage
from ocr.engines.local_offer import LocalOffer
from ocr.engines.offered_server import OfferedServer
from ocr.errors import EngineFailed, NoLlamaServer
from ocr.web.state.session import Session
from ocr.web.views.engine_status import EngineStatus
from ocr.web.views.offer import NOTHING, offer
from ocr.web.views.screen import screen
from tests.web.conftest import LIGHTON

COST = LocalOffer(cores=2, page_s=310.0, fewer_pixels_s=75.0)


def offered(stage: Stage | None = None, cost: LocalOffer = COST, **state: Any) -> OfferedServer:
    """One whose server is at this stage; None where none was started."""
    made = OfferedServer(Settings())
    made.offer = cost
    if stage:
        local: Any = SimpleNamespace(state=ServerState(stage, began=time.monotonic() - 31.5, **state))
        made.server = replace(LIGHTON, local=local)
    return made


def test_offer_where_there_is_none() -> None:
    """Nothing is shown: neither where nothing may be offered, nor before the cost is known."""
    assert offer(None, {}) == offer(OfferedServer(Settings()), {}) == NOTHING


def test_offer_tells_the_cost() -> None:
    """The download and the seconds of a page, beforehand."""
    value = offer(offered(), {})
    assert value["state"] == "offered"
    assert all(part in value["cost"] for part in ("0.9 GB", "5 min 10 s", "2 cores"))
    assert "1 min 20 s" in value["faster"]
    assert value["start"]
    assert not value["stop"]


def test_offer_of_a_model_that_is_there() -> None:
    """Nothing is said of a download."""
    value = offer(offered(cost=replace(COST, download_bytes=0)), {})
    assert "GB" not in value["cost"]
    assert "ownload" not in value["start"]


def test_offer_with_a_gpu() -> None:
    """No number stands where none is known."""
    value = offer(offered(cost=LocalOffer(cores=8)), {})
    assert "min" not in value["cost"] + value["faster"]


def test_offer_tells_what_the_last_page_took() -> None:
    """The measured seconds take the estimate's place."""
    for stage in (None, Stage.READY):
        value = offer(offered(stage), {DEFAULT_MODEL: 48.2})
        assert "48 s" in value["cost"]
        assert "5 min" not in value["cost"]


def test_offer_refused() -> None:
    """The reason and what to do stand in place of the button."""
    value = offer(offered(cost=LocalOffer(obstacle=NoLlamaServer("None here.", "Install one."))), {})
    assert (value["state"], value["obstacle"]) == ("refused", "None here. Install one.")
    assert not (value["start"] or value["cost"] or value["faster"] or value["problem"])


def test_offer_download() -> None:
    """How far it is, in a bar and in words, and a way to end it."""
    value = offer(offered(Stage.DOWNLOADING, progress="42 %, 398M/947M"), {})
    assert (value["state"], value["stage"], value["share"]) == ("changing", "downloading the weights", 42)
    assert (value["progress"], value["elapsed"]) == ("42 % · 398M/947M", "31 s")
    assert value["stop"]
    assert not value["start"]


@pytest.mark.parametrize("flag", ["starting", "stopping"])
def test_offer_while_a_press_is_carried_out(flag: str) -> None:
    """It is shown at once, before there is a process, and cannot be pressed again."""
    made = offered()
    setattr(made, flag, True)
    value = offer(made, {})
    assert value["state"] == "changing"
    assert value["stage"]
    assert not value["start"]


def test_offer_ready() -> None:
    """It runs, and can be stopped."""
    value = offer(offered(Stage.READY), {})
    assert (value["state"], value["stage"], value["start"]) == ("ready", "", "")
    assert "LightOnOCR-3-0.8B" in value["stop"]


def test_offer_crash() -> None:
    """A server that died and is restarted says why."""
    value = offer(offered(Stage.RESTARTING, problem=EngineFailed("It died.", ""), restarts=1), {})
    assert value["state"] == "changing"
    assert "It died." in value["problem"]


def test_offer_failed() -> None:
    """The reason beside the offer, which stands again."""
    value = offer(offered(Stage.FAILED, problem=EngineFailed("It died.", "Free some space.")), {})
    assert (value["state"], value["problem"]) == ("offered", "It died. Free some space.")
    assert value["start"]


def test_offer_on_the_screen(session: Session) -> None:
    """A tab follows while it goes on, though the page's own engine is ready."""
    engine = EngineStatus(LIGHTON, public=False)
    shown = screen(session, engine, offered(Stage.LOADING))
    assert (shown.offer["state"], shown.control["follows"]) == ("changing", True)
    assert screen(session, engine, offered(Stage.READY)).control["follows"] is False
