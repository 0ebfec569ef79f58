"""What the tests of the screen share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ocr.documents import Renderer
from ocr.server import Server
from ocr.ui.session import Session, Sessions
from tests.papers import pdf, text_page

LIGHTON = Server("http://user:secret@gpu.example:8000/v1", embedded=False, note="", concurrency=4)


@pytest.fixture(scope="session")
def renderer() -> Iterator[Renderer]:
    """The real one."""
    with Renderer(workers=2) as renderer:
        yield renderer


@pytest.fixture
def sessions() -> Iterator[Sessions]:
    sessions = Sessions()
    yield sessions
    sessions.close()


@pytest.fixture
def session(sessions: Sessions) -> Session:
    return sessions.of("a")


@pytest.fixture(scope="session")
def three_pages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A PDF of three pages."""
    return pdf(tmp_path_factory.mktemp("pdf") / "three.pdf", *[text_page(number) for number in (1, 2, 3)])
