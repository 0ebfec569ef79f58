"""What the masthead says of a server: its name, its state by sign and word, and what its panel tells."""

from __future__ import annotations

import shlex
from dataclasses import replace

import pytest

from ocr.config.profiles import Model
from ocr.config.read_request import ReadRequest
from ocr.engines.select import Server
from ocr.errors import OcrError, ServerGone, Unreachable, WrongKey
from ocr.web.state.session import Session
from ocr.web.views.engine_status import EngineStatus
from ocr.web.views.model_choices import choices
from ocr.web.views.server_panel import masthead, ways
from tests.web.conftest import LIGHTON

LAYOUT = Model("lightonai/LightOnOCR-3-1B")


def answering(session: Session) -> Session:
    """The session after its server has said what it serves."""
    session.models, session.preferred = (LAYOUT,), LAYOUT.id
    session.choices = choices(session.models, ReadRequest())
    return session


def test_panel_names_model_and_host(article: Session) -> None:
    """As a person says it; neither the path nor the password of the address."""
    shown = masthead(answering(article), EngineStatus(LIGHTON, public=False))
    assert (shown["engine"], shown["sign"], shown["said"]) == ("LightOnOCR-3-1B · gpu.example:8000", "ready", "ready")
    assert shown["good"] == "text and layout. It places every block on the page."


def test_panel_tells_strangers_no_address(article: Session) -> None:
    assert masthead(answering(article), EngineStatus(LIGHTON, public=True))["engine"] == "LightOnOCR-3-1B"


@pytest.mark.parametrize(
    ("problem", "sign"),
    [
        (None, "asking"),
        (Unreachable("Nothing answers."), "away"),
        (ServerGone("It does not answer."), "away"),
        (WrongKey("The key is rejected."), "failed"),
    ],
)
def test_panel_has_a_sign_and_a_word_for_each_state(article: Session, problem: OcrError | None, sign: str) -> None:
    article.server_problem = problem
    shown = masthead(article, EngineStatus(LIGHTON, public=False))
    assert (shown["engine"], shown["sign"], shown["good"]) == ("gpu.example:8000", sign, "")
    assert shown["said"]


def test_panel_cpu_engine_has_no_model(article: Session) -> None:
    """What reads is named, and no state: there is nothing that could go away."""
    shown = masthead(article, EngineStatus(Server(None, "Why.", 2), public=False))
    assert (shown["engine"], shown["sign"], shown["about"]) == ("CPU engine (Tesseract)", "", "Why.")


def test_panel_speed_is_of_this_run(article: Session) -> None:
    """Measured, or nothing; cached pages are none."""
    engine = EngineStatus(LIGHTON, public=False)
    assert masthead(article, engine)["pace"] == ""
    run = article.begin(tuple(article.pages), ReadRequest("m"))
    assert masthead(article, engine)["pace"] == ""
    run.durations_s, run.ended = [4.0, 5.0], 10.0
    assert masthead(article, engine)["pace"] == "0.20 pages/s"


def test_panel_ways_have_a_command_each() -> None:
    commands = [shlex.split(way["command"]) for way in ways()]
    assert all(len(command) > 2 for command in commands)
    assert commands[0][:3] == ["vllm", "serve", "lightonai/LightOnOCR-3-1B"]


def test_panel_counts_down_to_the_next_check(article: Session) -> None:
    """Only while a server is checked."""
    assert masthead(article, EngineStatus(replace(LIGHTON), public=False))["again"] is None
