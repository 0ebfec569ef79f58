"""What becomes of a photograph's page when its edges are chosen, with the real renderer."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ocr.config.profiles import Model
from ocr.documents.renderer import Renderer
from ocr.photo_sheets import PhotoMode
from ocr.types import PageId
from ocr.web.actions.handlers import Handlers
from ocr.web.actions.photo_handlers import INSET, PhotoHandlers
from ocr.web.state.session_store import Sessions
from tests.documents.papers import pdf, text_page
from tests.documents.photographs import letter_photo
from tests.web.actions.test_handlers import VISITOR, event, handlers, screen_after
from tests.web.readers import ScriptedReader

pytestmark = pytest.mark.anyio
PAGE = PageId(0, 1)
MOVED = [[100, 100], [800, 120], [790, 900], [90, 880]]


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    path = tmp_path / "letter.jpg"
    path.write_bytes(letter_photo().jpeg)
    return path


async def desk_with(sessions: Sessions, renderer: Renderer, path: Path, *texts: str) -> tuple[Handlers, PhotoHandlers]:
    desk = handlers(sessions, renderer, ScriptedReader([[text] for text in texts]), path)
    await screen_after(desk.add(event(files=[{"upload": str(path), "name": path.name}]), VISITOR))
    return desk, PhotoHandlers(desk.runner)


async def test_edges_begin_where_the_sheet_was_found(sessions: Sessions, renderer: Renderer, photo: Path) -> None:
    """The photograph is shown as it was taken; given up, nothing has changed."""
    _, edges = await desk_with(sessions, renderer, photo)
    before = sessions.of("a").pictures[PAGE]
    opened = await screen_after(edges.adjust(event(page="0-1"), VISITOR))
    assert opened.edges["open"] and opened.edges["straightened"]
    assert (opened.edges["width"], opened.edges["height"]) == (900, 1200)
    assert np.abs(np.array(opened.edges["corners"]) - letter_photo().corners).max() < 6
    closed = await screen_after(edges.cancel_edges(event(page="0-1"), VISITOR))
    assert (closed.edges["open"], sessions.of("a").pictures[PAGE]) == (False, before)


async def test_edges_of_a_page_that_was_not_read(sessions: Sessions, renderer: Renderer, photo: Path) -> None:
    """It is rendered anew, under another name: browsers keep what they have fetched."""
    desk, edges = await desk_with(sessions, renderer, photo, "read")
    before = sessions.of("a").pictures[PAGE].path
    used = await screen_after(edges.use_edges(event(page="0-1", corners=MOVED), VISITOR))
    picture = sessions.of("a").pictures[PAGE]
    assert picture.image.corners and picture.image.corners.as_list() == MOVED
    assert (used.edges["open"], picture.path == before, used.control["busy"]) == (False, False, False)
    await screen_after(desk.read(event(pages="", model=""), VISITOR))
    result = sessions.of("a").pages[PAGE].result
    assert result and result.corners == picture.image.corners


async def test_edges_of_a_page_that_was_read(sessions: Sessions, renderer: Renderer, photo: Path) -> None:
    """It is read anew, for the boxes of its regions are those of the page as it was."""
    desk, edges = await desk_with(sessions, renderer, photo, "before", "after")
    await screen_after(desk.read(event(pages="", model=""), VISITOR))
    taken = await screen_after(edges.as_taken(event(page="0-1"), VISITOR))
    session = sessions.of("a")
    assert session.pages[PAGE].markdown == "after"
    assert session.pictures[PAGE].image.corners is None
    assert not taken.edges["straightened"]
    again = await screen_after(edges.adjust(event(page="0-1"), VISITOR))
    assert np.abs(np.array(again.edges["corners"]) - letter_photo().corners).max() < 8


@pytest.mark.parametrize("corners", [None, "x", [], MOVED[::-1], [[0, 0], [2000, 0], [1, 1], [0, 1]]])
async def test_edges_that_are_none(sessions: Sessions, renderer: Renderer, photo: Path, corners: Any) -> None:
    """A browser may send anything: it is said, and the page stays as it is."""
    _, edges = await desk_with(sessions, renderer, photo)
    before = sessions.of("a").pictures[PAGE]
    shown = await screen_after(edges.use_edges(event(page="0-1", corners=corners), VISITOR))
    assert shown.control["problem"] and shown.control["next"]
    assert sessions.of("a").pictures[PAGE] == before


async def test_edges_of_a_pdf_are_nobodys(sessions: Sessions, renderer: Renderer, tmp_path: Path) -> None:
    _, edges = await desk_with(sessions, renderer, pdf(tmp_path / "a.pdf", text_page(1)))
    for handler in (edges.adjust, edges.as_taken):
        shown = await screen_after(handler(event(page="0-1"), VISITOR))
        assert (shown.edges["page"], shown.edges["open"]) == ("", False)
    assert sessions.of("a").sheets.by_page == {}


async def test_edges_go_with_their_document(sessions: Sessions, renderer: Renderer, photo: Path) -> None:
    desk, edges = await desk_with(sessions, renderer, photo)
    await screen_after(edges.use_edges(event(page="0-1", corners=MOVED), VISITOR))
    await screen_after(edges.adjust(event(page="0-1"), VISITOR))
    await screen_after(desk.remove(event(key=0), VISITOR))
    assert (sessions.of("a").sheets.by_page, sessions.of("a").sheets.edited) == ({}, None)


def test_edges_begin_within_the_picture() -> None:
    assert all(0 < value < 1000 for corner in INSET for value in corner)


async def test_edges_of_a_page_whose_model_has_gone(sessions: Sessions, renderer: Renderer, photo: Path) -> None:
    """It is read anew by the model that is there; with none at all the sheet stays as it was."""
    desk, edges = await desk_with(sessions, renderer, photo, "before", "after")
    await screen_after(desk.arrive(event(), VISITOR))
    await screen_after(desk.read(event(pages="", model=""), VISITOR))
    session = sessions.of("a")
    session.pages[PAGE].request = replace(session.first, model="LightOnOCR-3-4B")
    await screen_after(edges.as_taken(event(page="0-1"), VISITOR))
    assert (session.pages[PAGE].markdown, session.sheets.by_page) == ("after", {PAGE: PhotoMode.OFF})
    session.first = replace(session.first, model="LightOnOCR-3-4B")
    session.models = (Model("LightOnOCR-3-9B"),)
    shown = await screen_after(edges.use_edges(event(page="0-1", corners=MOVED), VISITOR))
    assert shown.control["problem"]
    assert session.sheets.by_page == {PAGE: PhotoMode.OFF}
