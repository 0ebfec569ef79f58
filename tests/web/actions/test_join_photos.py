"""Photographs that are added together as one document, with the real renderer."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from PIL import Image

from ocr.documents.renderer import Renderer
from ocr.web.actions.photo_handlers import PhotoHandlers
from ocr.web.state import disk
from ocr.web.state.session_store import Sessions
from ocr.web.state.uploads import StoredUpload, Uploads
from tests.documents.papers import pdf, text_page
from tests.web.actions.test_handlers import VISITOR, event, handlers, screen_after
from tests.web.readers import ScriptedReader

pytestmark = pytest.mark.anyio


def photo_desk(sessions: Sessions, renderer: Renderer, paths: list[Path]) -> PhotoHandlers:
    """Handlers to which these files have been uploaded."""
    desk = handlers(sessions, renderer, ScriptedReader([]), paths[0])
    sessions.uploads = Uploads(paths[0].parent)
    for path in paths:
        sessions.uploads._stored[str(path)] = StoredUpload(path, time.monotonic(), "", path.stat().st_size)
    return PhotoHandlers(desk.runner)


def photo(path: Path, width: int, taken: str = "") -> Path:
    exif = Image.Exif()
    if taken:
        exif[0x0132] = taken
    Image.new("RGB", (width, 100), "white").save(path, exif=exif)
    return path


@pytest.mark.parametrize(
    ("taken", "widths"),
    [
        (("2026:03:03 10:00:00", "2026:03:03 09:00:00", "2026:03:03 11:00:00"), [220, 210, 230]),
        (("", "x", ""), [230, 210, 220]),
    ],
    ids=["when taken", "by name"],
)
async def test_joined_in_order(
    taken: tuple[str, ...], widths: list[int], sessions: Sessions, renderer: Renderer, tmp_path: Path
) -> None:
    names = ("p10.jpg", "p20.jpg", "p3.jpg")
    paths = [
        photo(tmp_path / name, 210 + 10 * at, when) for at, (name, when) in enumerate(zip(names, taken, strict=True))
    ]
    desk = photo_desk(sessions, renderer, paths)
    rows = [{"upload": str(path), "name": path.name} for path in paths]
    shown = await screen_after(desk.join(event(files=rows), VISITOR))
    session = sessions.of("a")
    (file,) = shown.documents["files"]
    assert (file["problem"], len(session.pages)) == ("", 3)
    joined = session.uploads[file["key"]]
    with Image.open(joined.path) as image:
        found = []
        for frame in range(3):
            image.seek(frame)
            found.append(image.width)
    assert found == widths
    assert not any(path.exists() for path in paths)
    assert sorted(path.name for path in session.private.iterdir()) == [joined.path.name]


async def test_joined_with_what_is_no_picture(sessions: Sessions, renderer: Renderer, tmp_path: Path) -> None:
    """They are added one by one, and it is said why."""
    paths = [photo(tmp_path / "a.jpg", 200), pdf(tmp_path / "b.pdf", text_page(1))]
    desk = photo_desk(sessions, renderer, paths)
    rows = [{"upload": str(path), "name": path.name} for path in paths]
    shown = await screen_after(desk.join(event(files=rows), VISITOR))
    assert [file["name"] for file in shown.documents["files"]] == ["a.jpg", "b.pdf"]
    assert "b.pdf" in shown.control["problem"]


@pytest.mark.parametrize("room", [1, None], ids=["for nothing", "for the photographs alone"])
async def test_joined_where_there_is_no_room(
    room: int | None, sessions: Sessions, renderer: Renderer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are taken in one by one, as far as there is room; nothing is left behind that is not counted."""
    paths = [photo(tmp_path / f"{number}.png", 200) for number in (1, 2, 3)]
    desk, session = photo_desk(sessions, renderer, paths), sessions.of("a")
    monkeypatch.setattr(disk, "QUOTA_BYTES", room or sum(path.stat().st_size for path in paths))
    rows = [{"upload": str(path), "name": path.name} for path in paths]
    shown = await screen_after(desk.join(event(files=rows), VISITOR))
    assert [bool(file["problem"]) for file in shown.documents["files"]] == 3 * [room == 1]
    assert not any(path.exists() for path in paths)
    assert set(session.private.iterdir()) == {path for path in session.storage.files if path.parent == session.private}
