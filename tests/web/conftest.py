"""What the tests of the screen share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ocr.documents.renderer import Renderer
from ocr.engines.select import Server
from ocr.types import Document, Finish, PageResult
from ocr.web.state.session import Session
from ocr.web.state.session_store import Sessions
from ocr.web.state.uploads import StoredUpload, Uploads
from tests.documents.papers import pdf, text_page

LIGHTON = Server("http://user:secret@gpu.example:8000/v1", note="", concurrency=4)


class LastingUploads(Uploads):
    """Fixtures' files as if a visitor had sent them; they are not deleted when they are taken in."""

    def __init__(self, *paths: Path | str) -> None:
        super().__init__(Path())
        self._stored = {str(path): StoredUpload(Path(path), 0, "", 0) for path in paths}

    def discard(self, path: str) -> None:
        pass


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


@pytest.fixture
def article(session: Session) -> Session:
    """A session with one document of three pages."""
    path = session.private / "0.pdf"
    session.add_pages(session.add("article.pdf", path), Document(path, "article.pdf", "application/pdf", 3, "0" * 64))
    return session


def result(finish: Finish = Finish.STOP) -> PageResult:
    return PageResult(2, 10, 14, "Text", "raw", (), finish, None, 1, 42, 1.5)
