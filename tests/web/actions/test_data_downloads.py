"""Corrected pages as data, downloaded from the page."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from ocr.documents.renderer import Renderer
from ocr.result_formats import DATA_SUFFIXES, DataFormat
from ocr.types import PageId
from ocr.web.actions.data_downloads import data_menu, write_data_download
from ocr.web.actions.handlers import Handlers
from ocr.web.actions.place_handlers import PlaceHandlers
from ocr.web.state.session_store import Sessions
from tests.web.actions.test_handlers import VISITOR, event, handlers, screen_after
from tests.web.readers import ScriptedReader

pytestmark = pytest.mark.anyio


async def test_data_of_corrected_pages(sessions: Sessions, renderer: Renderer, three_pages: Path) -> None:
    """Only of those, or of the page that is shown; without any that is said."""
    page = handlers(sessions, renderer, ScriptedReader([["tho lamp"]]), three_pages)
    session = sessions.of("a")
    await screen_after(page.add(event(files=[{"upload": str(three_pages), "name": "three.pdf"}]), VISITOR))
    await screen_after(page.arrive(event(), VISITOR))
    for name in ("0-1", "0-2"):
        await screen_after(page.read_page(event(page=name), VISITOR))

    async def downloaded(**how: Any) -> list[str]:
        await screen_after(page.download(event(format="training-jsonl", **how), VISITOR))
        paths = [one.path for one in session.downloads if one.format == "training-jsonl" and one.path]
        if not paths:
            return []
        with zipfile.ZipFile(paths[-1]) as archive:
            rows = [json.loads(line) for line in archive.read("train.jsonl").decode().splitlines()]
            assert {f"images/{Path(name).name}" for name in archive.namelist()[1:]} == {
                row["images"][0] for row in rows
            }
        return [row["messages"][1]["content"][0]["text"] for row in rows]

    assert await downloaded() == []
    assert session.problem
    edit = event(page="0-2", at=0, before="tho lamp", text="the lamp", edit="1")
    await screen_after(PlaceHandlers(page.runner).edit(edit, VISITOR))
    session.pictures.pop(PageId(0, 2))  # as of a page that was opened from the library
    assert await downloaded() == ["the lamp"]
    assert session.problem is None
    session.shown = PageId(0, 1)
    assert await downloaded(page=True) == ["tho lamp"]


def test_data_menu_offers_all_forms() -> None:
    """All can be made here."""
    assert all(item["ready"] for item in data_menu())


async def corrected(sessions: Sessions, renderer: Renderer, path: Path, *pages: str) -> Handlers:
    """The handlers of a document with these pages corrected; of another document the first page is."""
    page = handlers(sessions, renderer, ScriptedReader([["tho lamp"]]), path)
    for _ in range(2):
        await screen_after(page.add(event(files=[{"upload": str(path), "name": "three.pdf"}]), VISITOR))
    await screen_after(page.arrive(event(), VISITOR))
    for name in (*pages, "1-1"):
        await screen_after(page.read_page(event(page=name), VISITOR))
        edit = event(page=name, at=0, before="tho lamp", text=f"lamp {name}", edit="1")
        await screen_after(PlaceHandlers(page.runner).edit(edit, VISITOR))
    return page


@pytest.mark.parametrize("rendering", [PageId(0, 1), PageId(1, 1)], ids=["removed", "kept"])
async def test_data_while_pages_go_or_are_read_again(
    sessions: Sessions, renderer: Renderer, three_pages: Path, rendering: PageId
) -> None:
    """A document that is removed is left out; of a page that is read again its text until then is written."""
    page = await corrected(sessions, renderer, three_pages, "0-1", "0-2")
    session = sessions.of("a")
    session.pictures.pop(rendering)
    run = session.begin((PageId(1, 1),), session.first) if rendering.document == 0 else None
    rendered = page.runner.renderer.render_as

    async def removing(*arguments: Any, **more: Any) -> Any:
        session.remove(0)
        return await rendered(*arguments, **more)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Renderer, "render_as", lambda self, *arguments, **more: removing(*arguments, **more))
        await write_data_download(page.runner, session, DataFormat.TRUTH, None)
    if run:
        session.end(run)
    assert session.problem is None
    (made,) = [one.path for one in session.downloads if one.format == DataFormat.TRUTH and one.path]
    with zipfile.ZipFile(made) as archive:
        texts = [archive.read(name).decode().strip() for name in archive.namelist() if name.endswith(".md")]
    assert texts == ["lamp 1-1"]


async def test_data_of_one_page_is_named_after_it(sessions: Sessions, renderer: Renderer, three_pages: Path) -> None:
    """As other files of one page are."""
    page = await corrected(sessions, renderer, three_pages, "0-2")
    session = sessions.of("a")
    session.shown = PageId(0, 2)
    await screen_after(page.download(event(format=DataFormat.TRUTH.value, page=True), VISITOR))
    assert [one.name for one in session.downloads if one.path] == [f"three-page-2{DATA_SUFFIXES[DataFormat.TRUTH]}"]
