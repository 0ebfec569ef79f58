from __future__ import annotations

from pathlib import Path

import pytest

from ocr.page import Document, PageId
from ocr.ui import session as module
from ocr.ui.reading import State
from ocr.ui.session import Session, Sessions


def document(session: Session, pages: int, name: str = "a.pdf") -> int:
    path = session.private / f"{name}-{len(session.uploads)}"
    path.write_bytes(b"bytes")
    upload = session.add(name, path)
    session.opened(upload, Document(path, name, "application/pdf", pages, "0" * 64))
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


def test_session_key_is_never_used_twice(session: Session) -> None:
    """A file added after another was removed is not taken for it."""
    first = document(session, 1)
    session.remove(first)
    assert document(session, 1) != first


def test_session_end_of_run_leaves_no_page_waiting(session: Session) -> None:
    """However a run ends, each of its pages has a state that says so."""
    document(session, 3)
    run = session.begin((PageId(0, 1), PageId(0, 2)), "model")
    assert session.busy
    session.end(run)
    assert not session.busy
    assert [page.state for page in session.pages.values()] == [State.CANCELLED, State.CANCELLED, State.WAITING]


@pytest.mark.anyio
async def test_session_leaving_stops_the_run_and_keeps_the_results(sessions: Sessions) -> None:
    """A closed tab ends its requests at once; a network that blinked finds its results again."""
    session = sessions.of("a")
    document(session, 1)
    run = session.begin((PageId(0, 1),), "model")
    sessions.leave("a")
    assert run.stop.is_set()
    assert sessions.of("a") is session
    assert session.left is None


@pytest.mark.anyio
async def test_session_is_deleted_after_its_grace(sessions: Sessions) -> None:
    """Some minutes after the tab has gone nothing of the visitor is left, in memory or on the disk."""
    session = sessions.of("a")
    document(session, 1)
    sessions.leave("a")
    assert session.left is not None
    session.left -= module.GRACE + 1
    assert sessions.of("b") is not session
    assert not session.private.exists()
    assert not session.public.exists()
    assert sessions.of("a") is not session


def test_session_count_is_bounded(sessions: Sessions, monkeypatch: pytest.MonkeyPatch) -> None:
    """With too many sessions the one untouched for longest goes."""
    monkeypatch.setattr(module, "MOST", 2)
    first, second = sessions.of("a"), sessions.of("b")
    sessions.of("a")
    sessions.of("c")
    assert sessions.of("a") is first
    assert not second.public.exists()


def test_session_close_deletes_everything() -> None:
    """When the app ends, no visitor's file is left."""
    sessions = Sessions()
    document(sessions.of("a"), 1)
    root: Path = sessions.root
    sessions.close()
    assert not root.exists()
