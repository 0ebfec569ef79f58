from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path

import pytest

from ocr.config.read_request import ReadRequest
from ocr.web.state import session_store as module
from ocr.web.state.session_store import Sessions
from ocr.web.state.visitor_limits import PRIVATE
from tests.web.state.test_session import document
from tests.web.waiting import until


@pytest.mark.anyio
async def test_sessions_leaving_keeps_the_results(sessions: Sessions) -> None:
    """A tab that comes back with its key finds everything, under whatever name Gradio gives it."""
    session = sessions.of("a")
    document(session, 1)
    sessions.leave("a")
    assert session.left_at is not None
    assert sessions.of("b", session.key) is session
    assert (session.left_at, session.tabs) == (None, {"b"})
    assert sessions.of("b") is session
    assert sessions.of("a") is not session


@pytest.mark.anyio
@pytest.mark.parametrize("key", [None, "", "made up", 7, ["x"], {"key": 1}])
async def test_sessions_no_other_key_opens_one(sessions: Sessions, key: object) -> None:
    """What a browser says is anything at all; only the key itself gives a session away."""
    session = sessions.of("a")
    assert sessions.find(session.key) is session
    assert sessions.find(key) is None
    assert sessions.of("b", key) is not session


def test_sessions_keys_are_secret(sessions: Sessions) -> None:
    """A key is long, never used twice, and cannot be told from the addresses of the files that are served."""
    one, other = sessions.of("a"), sessions.of("b")
    assert one.key != other.key
    assert len(one.key) >= 32
    assert one.key not in f"{one.public}{one.private}"


@pytest.mark.anyio
async def test_sessions_tab_that_rejoins_leaves_its_empty_one(sessions: Sessions) -> None:
    """The session that a tab had before it showed its key is not kept for it."""
    session = sessions.of("a")
    empty = sessions.of("b")
    assert sessions.of("b", session.key) is session
    assert (session.tabs, empty.tabs) == ({"a", "b"}, set())
    assert empty.left_at is not None
    sessions.leave("a")
    assert session.left_at is None


@pytest.mark.anyio
async def test_sessions_is_deleted_after_its_grace(sessions: Sessions) -> None:
    """Some minutes after the tab has gone nothing of the visitor is left, in memory or on the disk."""
    session = sessions.of("a")
    document(session, 1)
    sessions.leave("a")
    assert session.left_at is not None
    session.left_at -= module.GRACE_PERIOD_S + 1
    assert sessions.of("b") is not session
    await until(lambda: not session.private.exists() and not session.public.exists())
    assert sessions.of("a") is not session


def test_sessions_count_is_bounded(sessions: Sessions, monkeypatch: pytest.MonkeyPatch) -> None:
    """With too many sessions the one untouched for longest goes."""
    monkeypatch.setattr(module, "MAX_SESSIONS", 2)
    first, second = sessions.of("a"), sessions.of("b")
    sessions.of("a")
    sessions.of("c")
    assert sessions.of("a") is first
    assert not second.public.exists()


def test_sessions_with_documents_outlive_empty_ones(sessions: Sessions, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many strangers say hello: nobody who has documents here is thrown out for one who has none."""
    monkeypatch.setattr(module, "MAX_SESSIONS", 10)
    visitor = sessions.of("visitor")
    document(visitor, 1)
    for number in range(50):
        sessions.of(f"stranger {number}")
    assert sessions.of("visitor") is visitor
    assert visitor.pages


def test_sessions_the_crowd_loses_its_own(sessions: Sessions, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where all have documents, one of the address goes that has most."""
    monkeypatch.setattr(module, "MAX_SESSIONS", 10)
    assert sessions.admit("visitor", "203.0.113.1")
    visitor = sessions.of("visitor")
    document(visitor, 1)
    for number in range(30):
        assert sessions.admit(f"stranger {number}", "203.0.113.2")
        document(sessions.of(f"stranger {number}"), 1)
    assert sessions.of("visitor") is visitor


def test_sessions_of_an_address_are_bounded() -> None:
    """It loses an empty one for a new one, and gets no more when all hold documents; another's are untouched."""
    sessions = Sessions(replace(PRIVATE, sessions=2))
    one, other = (sessions.of(tab) for tab in ("one", "other") if sessions.admit(tab, "203.0.113.1"))
    document(one, 1)
    assert sessions.admit("third", "203.0.113.1")
    assert not other.public.exists()
    document(sessions.of("third"), 1)
    assert not sessions.admit("fourth", "203.0.113.1")
    assert sessions.admit("one", "203.0.113.1"), "a tab with a session is always heard"
    assert sessions.admit("reloaded", "203.0.113.1", one.key), "so is one that shows its key"
    assert not sessions.admit("guessing", "203.0.113.1", "no key")
    assert sessions.admit("neighbour", "203.0.113.2")
    sessions.close()


def test_sessions_close_deletes_everything() -> None:
    """When the app ends, no visitor's file is left."""
    sessions = Sessions()
    document(sessions.of("a"), 1)
    root: Path = sessions.root
    sessions.close()
    assert not root.exists()


@pytest.mark.anyio
async def test_sessions_files_are_deleted_beside_the_event_loop(
    sessions: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Thousands of images take half a second."""
    session, here = sessions.of("a"), []

    def rmtree(folder: Path, **_: object) -> None:
        here.append(threading.current_thread() is threading.main_thread())

    monkeypatch.setattr("ocr.web.state.session.shutil.rmtree", rmtree)
    session.close()
    await until(lambda: len(here) == 2)
    assert here == [False, False]


@pytest.mark.anyio
async def test_sessions_are_quiet_when_nobody_does_anything(
    sessions: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert sessions.is_quiet()
    session = sessions.of("a")
    assert not sessions.is_quiet()
    monkeypatch.setattr(module, "QUIET_S", 0.0)
    await until(sessions.is_quiet)
    document(session, 1)
    session.begin(tuple(session.pages), ReadRequest("model"))
    assert not sessions.is_quiet()
