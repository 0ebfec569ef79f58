"""What a private page reads is kept, and a kept document is shown as if it had just been read."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from ocr.cli.kept_pages import KeptPages
from ocr.cli.terminal import Terminal
from ocr.config.read_request import ReadRequest
from ocr.config.settings import Settings
from ocr.document_store import page_storage
from ocr.document_store.document_library import DocumentLibrary
from ocr.document_store.library_database import DATABASE
from ocr.documents.renderer import Renderer
from ocr.errors import OutputError, ServerError
from ocr.page_words import WordSource
from ocr.types import Finish, PageId, PageResult
from ocr.web.actions.library_handlers import LibraryHandlers
from ocr.web.actions.page_checks import PageChecks
from ocr.web.actions.page_engines import PageEngine, PageEngines
from ocr.web.actions.place_handlers import PlaceHandlers
from ocr.web.actions.runner import Runner
from ocr.web.actions.session_library import SessionLibrary
from ocr.web.locale.translation import Language
from ocr.web.state.answer_caches import AnswerCaches
from ocr.web.state.page_state import PageStatus
from ocr.web.state.session_store import Sessions
from ocr.web.views.engine_status import EngineStatus
from tests.conftest import SAMPLES
from tests.document_store.keeping import given, page
from tests.documents.papers import pdf, text_page
from tests.web.actions.test_handlers import event, rest, screen_after
from tests.web.conftest import LIGHTON, LastingUploads
from tests.web.readers import ScriptedReader
from tests.web.waiting import until

pytestmark = pytest.mark.anyio
PUBLIC = Settings(host="0.0.0.0")
"""With these Tesseract does not start by itself."""
FIGURE = "![image](image_1.png)100,100,500,500\n\nA lamp"


@pytest.fixture
def library(tmp_path: Path) -> Iterator[DocumentLibrary]:
    library = DocumentLibrary(tmp_path / "library", 10**9)
    yield library
    library.close()


class Desk:
    """One app's handlers over the library, and the tabs of its visitors."""

    def __init__(
        self,
        library: DocumentLibrary,
        renderer: Renderer,
        sessions: Sessions,
        reader: ScriptedReader,
        checking: Settings = PUBLIC,
    ) -> None:
        engine, settings = EngineStatus(LIGHTON, public=False), Settings()
        self.library, self.sessions = SessionLibrary(library, renderer), sessions
        engines = PageEngines(PageEngine(engine, reader))
        caches = AnswerCaches(replace(settings, cache=False))
        checks = PageChecks(checking, renderer, self.library)
        self.handlers = LibraryHandlers(Runner(settings, sessions, engines, renderer, caches, checks, self.library))

    async def do(self, name: str, tab: str = "a", **event: Any) -> Any:
        """Let something happen in a tab; what its screen shows then."""
        visitor: Any = SimpleNamespace(session_hash=tab)
        return await rest(getattr(self.handlers, name)(SimpleNamespace(**event), visitor))

    async def add(self, path: Path, tab: str = "a") -> Any:
        self.sessions.uploads = LastingUploads(path)
        return await self.do("add", tab, files=[{"upload": str(path), "name": path.name}])

    async def names(self) -> list[str]:
        return [one["name"] for one in (await self.listed())["documents"]]

    async def listed(self, language: Language = Language.ENGLISH) -> Any:
        """The list that the screen shows."""
        _, listed = await self.library.listing("text", language)
        assert listed
        return json.loads(listed)


@pytest.fixture
def desk(library: DocumentLibrary, renderer: Renderer, sessions: Sessions) -> Desk:
    return Desk(library, renderer, sessions, ScriptedReader([["One ", "meadow"], ["Two lawns"]]))


async def test_session_library_keeps_and_opens(desk: Desk, three_pages: Path) -> None:
    """Pages as they end; in another session they are there with text, search, downloads and image."""
    await desk.add(three_pages)
    shown = await desk.do("read", pages="1-2")
    assert shown.library["kept"] == 2
    number = shown.library["shown"]
    opened = await desk.do("open_kept", "b", id=number, page=2, query="LAWNS")
    session = desk.sessions.of("b")
    assert [page.status for page in session.pages.values()] == [PageStatus.DONE, PageStatus.DONE, PageStatus.WAITING]
    assert (session.shown, opened.library["shown"]) == (PageId(0, 2), number)
    assert session.pages[PageId(0, 2)].markdown == "Two lawns"
    assert opened.search["hits"] == ["0-2:1"]
    assert {one["format"] for one in opened.control["downloads"]} == {"md", "json"}
    assert opened.viewer["image"]
    assert opened.places["summary"]  # the tab has followed the comparison of its words to its end
    before = len(session.uploads)
    await desk.do("open_kept", "b", id=number)
    assert (len(session.uploads), session.shown) == (before, PageId(0, 1))
    await desk.do("read", "b", pages="3")  # what is read of it now is kept beside the rest
    assert [page.result.number for page in desk.library.library.pages(number)] == [1, 2, 3]
    closed = await desk.do("close_kept", "b", id=number)
    assert (closed.documents["files"], closed.library["shown"]) == ([], 0)
    assert await desk.names() == ["three.pdf"]


async def test_session_library_keeps_what_tesseract_has_found(
    library: DocumentLibrary, renderer: Renderer, sessions: Sessions
) -> None:
    """A scan that was compared is not compared again when it is opened, and its places are there."""
    desk = Desk(library, renderer, sessions, ScriptedReader([["Dear Dr Marlow"]]), Settings())
    await desk.add(SAMPLES / "letter.pdf")
    shown = await desk.do("read")
    opened = await desk.do("open_kept", "b", id=shown.library["shown"])
    here, there = (sessions.of(tab).pages[PageId(0, 1)] for tab in ("a", "b"))
    assert here.verified and there.verified
    assert here.verified.check == there.verified.check
    assert here.verified.words == there.verified.words
    assert there.verified.check.source is WordSource.TESSERACT
    assert sessions.of("b").checks.recognized == set()
    assert opened.places["places"] == shown.places["places"] != []
    desk.handlers.runner.checks.close()


@pytest.mark.parametrize("back", ["undo", "restore_reading"])
async def test_session_library_keeps_what_was_found_of_a_text_that_comes_back(
    back: str, library: DocumentLibrary, renderer: Renderer, sessions: Sessions
) -> None:
    """A scan is not compared again when it is opened, whichever of its texts has been chosen."""
    desk = Desk(library, renderer, sessions, ScriptedReader([["Dear Dr Marlow"]]), Settings())
    places = PlaceHandlers(desk.handlers.runner)
    await desk.add(SAMPLES / "letter.pdf")
    shown = await desk.do("read")
    await desk.do("open_kept", "b", id=shown.library["shown"])
    visitor: Any = SimpleNamespace(session_hash="b")
    change = event(page="0-1", at=0, before="Dear Dr Marlow", text="Dear Dr Marlowe", edit="1")
    await screen_after(places.edit(change, visitor))
    if back == "undo":
        await screen_after(places.undo(event(page="0-1"), visitor))
    else:
        await desk.do("restore_reading", "b", number=1)
    (kept,) = await library.run(library.pages, shown.library["shown"])
    here = sessions.of("b").pages[PageId(0, 1)].verified
    assert (kept.result.markdown, here and here.check) == ("Dear Dr Marlow", kept.result.check)
    assert kept.result.check and kept.result.check.source is WordSource.TESSERACT
    desk.handlers.runner.checks.close()


async def test_session_library_tells_what_tesseract_read_for_the_command_line(
    desk: Desk, sessions: Sessions, library: DocumentLibrary, renderer: Renderer
) -> None:
    """It is not compared with Tesseract itself, which is said."""
    document = await renderer.open(SAMPLES / "letter.pdf")
    writer = KeptPages(library, ReadRequest(), "tesseract", Terminal(quiet=True))
    writer.keep(document, PageResult(1, 9, 9, "Dear", "Dear", (), Finish.STOP, None, 1, 1, 1.0), {})
    await until(lambda: bool(library.documents()))
    opened = await desk.do("open_kept", id=1)
    assert opened.places["unchecked"] == 0
    assert "Tesseract" in opened.places["note"]


async def test_session_library_opens_turned_pages_and_figures(
    library: DocumentLibrary, renderer: Renderer, sessions: Sessions, tmp_path: Path
) -> None:
    """A page that was turned to be read lies as its boxes do, and its figures are there."""
    desk = Desk(library, renderer, sessions, ScriptedReader([[FIGURE]]))
    await desk.add(pdf(tmp_path / "a.pdf", text_page(1)))
    await desk.do("read")
    shown = await desk.do("read_again", page="0-1", turn=90)
    session = sessions.of("a")
    here = session.pages[PageId(0, 1)]
    await desk.do("open_kept", "b", id=shown.library["shown"])
    there = sessions.of("b").pages[PageId(0, 1)]
    assert there.result == here.result
    assert list(there.figures) == list(here.figures) != []
    for name, path in there.figures.items():
        assert path.read_bytes() == here.figures[name].read_bytes()
        assert path.is_relative_to(sessions.of("b").public)
    pictures = [sessions.of(tab).pictures[PageId(0, 1)].image for tab in ("a", "b")]
    assert pictures[0].rotation == pictures[1].rotation == 90


async def test_session_library_keeps_the_reading_that_is_chosen(
    library: DocumentLibrary, renderer: Renderer, sessions: Sessions, tmp_path: Path
) -> None:
    """Of two readings of a page the one that the page shows."""
    desk = Desk(library, renderer, sessions, ScriptedReader([["first"], ["second"], [ServerError("It broke.")]]))
    await desk.add(pdf(tmp_path / "a.pdf", text_page(1)))
    await desk.do("read")
    shown = await desk.do("read_again", page="0-1")
    number = shown.library["shown"]
    assert [page.result.markdown for page in library.pages(number)] == ["second"]
    await desk.do("restore_reading", number=1)
    assert [page.result.markdown for page in library.pages(number)] == ["first"]
    await desk.do("read_again", page="0-1")
    assert [(page.result.markdown, page.result.finish) for page in library.pages(number)] == [("first", Finish.STOP)]


async def test_session_library_leaves_out_what_it_must(
    library: DocumentLibrary, renderer: Renderer, sessions: Sessions, tmp_path: Path
) -> None:
    """Documents of which nothing could be read, and those that take a password."""
    desk = Desk(library, renderer, sessions, ScriptedReader([[ServerError("It broke.")], ["Text"]]))
    await desk.add(pdf(tmp_path / "a.pdf", text_page(1)))
    await desk.do("read")
    assert await desk.names() == []
    session = sessions.of("a")
    upload = session.uploads[0]
    assert upload.document
    upload.document = replace(upload.document, password="secret")
    await desk.do("read")
    assert (session.pages[PageId(0, 1)].markdown, await desk.names()) == ("Text", [])


async def test_session_library_deleted_documents_stay_deleted(desk: Desk, three_pages: Path) -> None:
    """Pages read afterwards in a tab that still has the document do not bring it back."""
    await desk.add(three_pages)
    shown = await desk.do("read", pages="1")
    number = shown.library["shown"]
    await desk.library.delete(number)
    await desk.library.library.run(desk.library.library.purge, 0.0)
    shown = await desk.do("read", pages="2")
    assert await desk.names() == []
    assert shown.library["shown"] == 0
    missing = await desk.do("open_kept", "b", id=number)
    assert missing.library["missing"] == number
    assert str(number) in missing.control["problem"]


async def test_session_library_that_cannot_keep_says_so(
    desk: Desk, three_pages: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Reading goes on; the list tells why, until something could be kept again."""
    monkeypatch.setattr(page_storage, "RESERVE_BYTES", 2**62)
    await desk.add(three_pages)
    await desk.do("read", pages="1")
    assert desk.sessions.of("a").pages[PageId(0, 1)].status is PageStatus.DONE
    listed = await desk.listed(Language.FRENCH)
    assert listed["problem"].startswith("Le disque est presque plein")
    monkeypatch.undo()
    await desk.do("read", pages="2")
    listed = await desk.listed(Language.FRENCH)
    assert listed["problem"] == ""


async def test_session_library_that_cannot_be_opened_says_so(
    renderer: Renderer, sessions: Sessions, tmp_path: Path, three_pages: Path
) -> None:
    (tmp_path / "file").write_text("in the way")
    library = DocumentLibrary(tmp_path / "file" / "library", 10**9)
    desk = Desk(library, renderer, sessions, ScriptedReader([["Text"]]))
    await desk.add(three_pages)
    await desk.do("read", pages="1")
    listed = await desk.listed()
    assert "cannot be used" in listed["problem"]
    opened = await desk.do("open_kept", "b", id=1)
    assert "cannot be used" in opened.control["problem"]
    library.close()


async def test_session_library_that_is_closed_is_not_asked(desk: Desk, library: DocumentLibrary) -> None:
    """The moment when a deletion becomes final may come after the end."""
    opened = SessionLibrary(DocumentLibrary(library.folder, 10**9), desk.library.renderer, undo_s=0.0)
    opened.library.close()
    await opened.purge()
    assert opened.problem is None


async def test_session_library_tries_again_to_keep(
    library: DocumentLibrary, renderer: Renderer, sessions: Sessions, three_pages: Path
) -> None:
    """A page that SQLite refused is kept with the next one."""
    desk = Desk(library, renderer, sessions, ScriptedReader([["One"], ["Two"], ["Three"]]))
    library.documents()
    with closing(sqlite3.connect(library.folder / DATABASE)) as connection, connection:
        connection.execute("CREATE TRIGGER no BEFORE INSERT ON pages BEGIN SELECT RAISE(ABORT, 'not today'); END")
    await desk.add(three_pages)
    await desk.do("read", pages="1-2")
    assert "not today" in (await desk.listed())["problem"]
    assert sessions.of("a").uploads[0].kept_results == {}
    with closing(sqlite3.connect(library.folder / DATABASE)) as connection, connection:
        connection.execute("DROP TRIGGER no")
    await desk.library.keep(sessions.of("a"), list(sessions.of("a").pages))
    assert [page.result.number for page in library.pages(1)] == [1, 2]
    assert (await desk.listed())["problem"] == ""


async def test_session_library_that_fails_while_a_document_opens_says_so(
    desk: Desk, three_pages: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The document is there, its pages can be read."""
    await desk.add(three_pages)
    shown = await desk.do("read", pages="1")

    def broken(number: int) -> None:
        raise OutputError("The disk is gone.")

    monkeypatch.setattr(desk.library.library, "pages", broken)
    opened = await desk.do("open_kept", "b", id=shown.library["shown"])
    assert "The disk is gone." in opened.control["problem"]
    assert (len(desk.sessions.of("b").pages), opened.library["shown"]) == (3, shown.library["shown"])


async def test_session_library_beyond_the_limit_of_files(
    desk: Desk, three_pages: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The address of a document that cannot be opened is given up, and why is said."""
    await desk.add(three_pages)
    shown = await desk.do("read", pages="1")
    number = shown.library["shown"]
    monkeypatch.setattr(desk.sessions.visitors, "limits", replace(desk.sessions.visitors.limits, files=0))
    opened = await desk.do("open_kept", "b", id=number)
    assert (opened.library["shown"], opened.library["missing"]) == (0, number)
    assert "limit of 0 files" in opened.control["problem"]


@pytest.mark.parametrize("number", [-1, 0, 2**63, 2**70])
async def test_session_library_has_no_document_of_such_a_number(desk: Desk, number: int) -> None:
    opened = await desk.do("open_kept", id=number)
    assert opened.library["missing"] == number
    assert "is not in the library" in opened.control["problem"]


async def test_session_library_that_began_anew_opens_its_own_document(
    desk: Desk, library: DocumentLibrary, three_pages: Path, tmp_path: Path
) -> None:
    """Not the one that had its number in the library before."""
    await desk.add(three_pages)
    shown = await desk.do("read", pages="1")
    library.folder.rename(tmp_path / "away")
    fresh = given(tmp_path / "b.pdf", "b", pages=1)
    pdf(fresh.path, text_page(1))
    await library.run(library.keep, fresh, page(1, "New"))
    assert shown.library["shown"] == (await desk.listed())["documents"][0]["id"]
    await desk.do("open_kept", id=1)
    session = desk.sessions.of("a")
    assert session.shown
    assert session.document(session.shown.document).name == "b.pdf"


async def test_session_library_lists_only_what_has_changed(desk: Desk, three_pages: Path) -> None:
    """A browser asks every few seconds."""
    version, listed = await desk.library.listing("", Language.ENGLISH)
    assert listed
    assert await desk.library.listing("", Language.ENGLISH, version) == (version, None)
    for query, language in (("x", Language.ENGLISH), ("", Language.FRENCH)):
        assert (await desk.library.listing(query, language, version))[1]
    await desk.add(three_pages)
    await desk.do("read", pages="1")
    assert (await desk.library.listing("", Language.ENGLISH, version))[1]
