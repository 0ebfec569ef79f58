from __future__ import annotations

import asyncio
import threading
import weakref
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ocr.config.read_request import ReadRequest
from ocr.events import PageDone, PageStarted, TextArrived
from ocr.page_words import PageCheck, WordSource
from ocr.types import Document, PageId, PageImage
from ocr.web.state.page_state import PageStatus, Reading, StoredImage
from ocr.web.state.session import Session
from ocr.web.state.session_store import Sessions
from ocr.web.state.verified_text import VerifiedText
from tests.web.conftest import result
from tests.web.waiting import until


class Lasting:
    """Something whose end can be seen."""


def document(session: Session, pages: int, name: str = "a.pdf") -> int:
    path = session.private / f"{name}-{len(session.uploads)}"
    path.write_bytes(b"bytes")
    upload = session.add(name, path)
    session.add_pages(upload, Document(path, name, "application/pdf", pages, "0" * 64))
    return upload.key


def test_session_is_its_keys_alone(sessions: Sessions) -> None:
    """Two visitors share nothing, not even a folder; the same key finds the same session."""
    one, other = sessions.of("a"), sessions.of("b")
    document(one, 3)
    assert sessions.of("a") is one
    assert (other.uploads, other.pages, other.shown) == ({}, {}, None)
    assert one.public != other.public


def test_session_removed_document_takes_its_pages_and_file(session: Session) -> None:
    """Removing a file forgets it on the screen and on the disk; the other stays, and becomes the one shown."""
    first, second = document(session, 2), document(session, 1)
    path = session.uploads[first].path
    session.remove(first)
    assert list(session.pages) == [PageId(second, 1)]
    assert session.shown == PageId(second, 1)
    assert not path.exists()


def test_session_pages_are_in_the_order_of_the_files(session: Session) -> None:
    """A large file that is added first and opened last comes first all the same: for Next page, search and Download."""
    large, small = (session.add(name, session.private / name) for name in ("large.pdf", "small.pdf"))
    session.add_pages(small, Document(small.path, small.name, "application/pdf", 1, "0" * 64))
    session.add_pages(large, Document(large.path, large.name, "application/pdf", 2, "1" * 64))
    assert list(session.pages) == [PageId(0, 1), PageId(0, 2), PageId(1, 1)]


def test_session_key_is_never_used_twice(session: Session) -> None:
    """A file added after another was removed is not taken for it."""
    first = document(session, 1)
    session.remove(first)
    assert document(session, 1) != first


def test_session_end_of_run_leaves_no_page_waiting(session: Session) -> None:
    """However a run ends, each of its pages has a state that says so."""
    document(session, 3)
    run = session.begin((PageId(0, 1), PageId(0, 2)), ReadRequest("model"))
    assert session.busy
    session.end(run)
    assert not session.busy
    assert [page.status for page in session.pages.values()] == [
        PageStatus.CANCELLED,
        PageStatus.CANCELLED,
        PageStatus.WAITING,
    ]


def test_session_page_is_read_by_one_run(session: Session) -> None:
    """A page taken over by another run heeds the events of that one alone, and keeps the text it had."""
    document(session, 2)
    page = PageId(0, 1)
    run = session.begin((page, PageId(0, 2)), ReadRequest("model"))
    run.remaining.remove(page)
    session.apply(PageStarted(page, PageImage(1, 1, b"", "image/png")), run)
    session.apply(TextArrived(page, "half", "half"), run)
    aside = session.begin((page,), ReadRequest("model"), aside=True)
    assert (session.run, session.reader(page), run.stop.is_set(page)) == (run, aside, True)
    session.apply(TextArrived(page, " lost", " lost"), run)
    assert session.pages[page].raw == "half"
    session.end(run)
    assert [page.status for page in session.pages.values()] == [PageStatus.WAITING, PageStatus.CANCELLED]
    session.end(aside)
    assert (session.pages[page].status, session.pages[page].raw) == (PageStatus.CANCELLED, "half")


def test_session_stopped_waiting_page_is_never_taken(session: Session) -> None:
    """It is stopped at once; the run goes on with the others."""
    document(session, 3)
    run = session.begin(tuple(session.pages), ReadRequest("model"))
    session.stop_page(PageId(0, 2))
    assert run.remaining == [PageId(0, 1), PageId(0, 3)]
    assert (session.pages[PageId(0, 2)].status, run.busy) == (PageStatus.CANCELLED, True)
    session.stop_page(PageId(0, 2))  # a second press changes nothing
    assert not run.stop.is_set()


def test_session_reading_that_comes_back_brings_its_picture(session: Session) -> None:
    """Boxes lie on the picture they were found on, turned as it was then."""
    document(session, 1)
    page = PageId(0, 1)
    upright = session.pictures[page] = StoredImage(Path("a.png"), PageImage(10, 14, b"", "image/png"))
    run = session.begin((page,), ReadRequest("model"))
    session.apply(PageDone(page, result()), run)
    session.end(run)
    run = session.begin((page,), ReadRequest("model"), aside=True)
    session.pictures[page] = StoredImage(Path("b.png"), PageImage(14, 10, b"", "image/png", rotation=90))
    session.end(run)
    assert (session.pages[page].status, session.pictures[page]) == (PageStatus.DONE, upright)


def test_session_end_of_run_has_only_new_texts_compared(session: Session) -> None:
    """Not those compared during the run, nor one whose earlier reading comes back with its comparison."""
    key = document(session, 2)
    first, second = PageId(key, 1), PageId(key, 2)
    for page in (first, second):
        run = session.begin((page,), ReadRequest("model"))
        session.apply(PageDone(page, result()), run)
        session.checks.remove(page)
        session.pages[page].verified = VerifiedText((), PageCheck(WordSource.TEXT_LAYER))
        session.end(run)
    assert not session.checks.changed
    known = session.pages[first].verified
    run = session.begin((first, second), ReadRequest("model"))
    session.apply(PageDone(second, result()), run)
    session.end(run)
    assert (session.pages[first].verified, list(session.checks.changed)) == (known, [second])


def test_session_reading_of_the_library_leaves_a_page_under_way_alone(session: Session) -> None:
    """A page that is being read, or was, shows what is read of it now."""
    page = PageId(document(session, 1), 1)
    kept = Reading(result(), {}, None, None, None)
    run = session.begin((page,), ReadRequest("model"))
    assert not session.show_reading(page, kept)
    assert session.pages[page].status is PageStatus.WAITING
    session.apply(PageDone(page, replace(result(), markdown="New")), run)
    session.end(run)
    assert not session.show_reading(page, kept)
    assert session.pages[page].markdown == "New"


def test_session_removed_document_is_forgotten_by_the_checks(session: Session) -> None:
    """Also that a page of it was recognized."""
    page = PageId(document(session, 1), 1)
    session.checks.recognized.add(page)
    session.checks.add(page)
    session.remove(page.document)
    assert (session.checks.changed, session.checks.recognized) == ({}, set())


def test_session_removed_document_takes_its_images(session: Session) -> None:
    """Pictures, figures and thumbnails of its pages go, those of another document stay."""
    first, second = document(session, 2), document(session, 20)
    for name in (f"{first}-1-1540-0.png", f"{first}-2-abc.png", f"{first}-2-small.jpg", f"{second}-1-1540-0.png"):
        asyncio.run(session.storage.write(session.public / name, b"image"))
    session.thumbnails = {PageId(first, 2), PageId(second, 1)}
    session.remove(first)
    assert [path.name for path in session.public.iterdir()] == [f"{second}-1-1540-0.png"]
    assert session.thumbnails == {PageId(second, 1)}


@pytest.mark.anyio
async def test_session_that_is_closed_lets_its_pages_go_in_a_thread(session: Session) -> None:
    """Those of a long document, freed all at once, would hold up the event loop."""
    document(session, 3)
    threads, lasting = list[threading.Thread](), dict[PageId, Any]((page, Lasting()) for page in session.pages)
    for state in lasting.values():
        weakref.finalize(state, lambda: threads.append(threading.current_thread()))
    session.pages, lasting, state = lasting, {}, None
    session.close()
    assert (session.pages, session.shown) == ({}, None)
    await until(lambda: len(threads) == 3)
    assert threading.main_thread() not in threads
