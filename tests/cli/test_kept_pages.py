from __future__ import annotations

from pathlib import Path

import pytest

from ocr.cli.kept_pages import KeptPages
from ocr.cli.terminal import Terminal
from ocr.config.read_request import ReadRequest
from ocr.document_store import page_storage
from ocr.document_store.document_library import DocumentLibrary
from ocr.types import ABORTED, Document, PageResult
from tests.document_store.keeping import given, page

pytestmark = pytest.mark.anyio


async def kept(folder: Path, *pages: tuple[Document, PageResult], figures: dict[str, Path] | None = None) -> None:
    """Keep these as a run does."""
    library = DocumentLibrary(folder, 10**9)
    writer = KeptPages(library, ReadRequest(), "LightOnOCR-3-1B", Terminal(quiet=False))
    for document, result in pages:
        writer.keep(document, result, figures or {})
    await writer.close()


async def test_kept_pages_are_in_the_library(tmp_path: Path) -> None:
    """Of each document, with the figures of the page itself; not a page without text, nor what took a password."""
    first, second, locked = (given(tmp_path / f"{name}.pdf", name) for name in "abc")
    locked = Document(locked.path, "c.pdf", locked.media_type, 1, locked.sha256, password="secret")
    picture = tmp_path / "one.png"
    picture.write_bytes(b"one")
    figures = {"figures/page-1-1.png": picture, "figures/page-2-1.png": picture}
    empty = [PageResult(2, 0, 0, "", "", (), finish, "It broke.", 1, 0, 0.0) for finish in ABORTED]
    shown = page(1, "![](figures/page-1-1.png)").result
    failed = [(first, result) for result in empty]
    await kept(tmp_path / "library", (first, shown), *failed, (second, shown), (locked, shown), figures=figures)
    library = DocumentLibrary(tmp_path / "library", 10**9)
    assert [(one.name, one.pages_read, one.model) for one in library.documents()] == [
        ("b.pdf", 1, "LightOnOCR-3-1B"), ("a.pdf", 1, "LightOnOCR-3-1B")
    ]  # fmt: skip
    assert list(library.pages(1)[0].figures) == ["figures/page-1-1.png"]
    assert library.pages(1)[0].request.model == "LightOnOCR-3-1B"  # as opened on the page, where it counts who read it
    library.close()


async def test_kept_pages_that_cannot_be_are_told_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(page_storage, "RESERVE_BYTES", 2**62)
    document = given(tmp_path / "a.pdf", "a")
    await kept(tmp_path / "library", *((document, page(number, "text").result) for number in (1, 2)))
    assert capsys.readouterr().err.count("Not kept in the library: The disk is nearly full") == 1
