from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest

from ocr.page import Document, Finish, PageDone, PageId, PageResult
from ocr.ui.results import menu, take, write_downloads
from ocr.ui.session import Session

pytestmark = pytest.mark.anyio


def read(session: Session, name: str, *texts: str) -> None:
    path = session.private / f"{len(session.uploads)}.pdf"
    upload = session.add(name, path)
    session.opened(upload, Document(path, name, "application/pdf", len(texts) + 1, "0" * 64))
    for number, text in enumerate(texts, 1):
        page = PageId(upload.key, number)
        session.apply(PageDone(page, PageResult(number, 1, 1, text, text, (), Finish.STOP, None, 1, 1, 1.0)))


async def test_results_of_one_document(session: Session) -> None:
    """Two files with the pages that have been read, under the public folder."""
    read(session, "a.pdf", "First", "Second")
    await write_downloads(session, "http://server/v1")
    markdown, result = session.downloads
    assert (markdown.name, result.name) == ("document.md", "result.json")
    assert "First" in markdown.path.read_text()
    assert [page["number"] for page in json.loads(result.path.read_text())["pages"]] == [1, 2]
    assert markdown.path.is_relative_to(session.public)


async def test_results_with_figures(session: Session) -> None:
    """With figures there is a zip too: both files, and each figure where the Markdown looks for it."""
    read(session, "a.pdf", "![lamp](figures/page-1-1.png)", "Second")
    lamp = session.public / "0-1-secret.png"
    lamp.write_bytes(b"lamp")
    session.pages[PageId(0, 1)].figures["figures/page-1-1.png"] = lamp
    await write_downloads(session, "http://server/v1")
    markdown, _, archive = session.downloads
    assert [download.name for download in session.downloads] == ["document.md", "result.json", "results.zip"]
    with zipfile.ZipFile(archive.path) as file:
        assert file.namelist() == ["document.md", "result.json", "figures/page-1-1.png"]
        assert file.read("figures/page-1-1.png") == b"lamp"
        assert file.read("document.md") == markdown.path.read_bytes()
    read(session, "a.png", "Other")
    await write_downloads(session, "http://server/v1")
    (download,) = session.downloads
    with zipfile.ZipFile(download.path) as file:
        assert "a/figures/page-1-1.png" in file.namelist()


async def test_results_of_several_documents(session: Session, tmp_path: Path) -> None:
    """One zip; equal stems do not overwrite each other, and a document without a page is left out."""
    read(session, "a.pdf", "One")
    read(session, "a.png", "Two")
    read(session, "unread.pdf")
    await write_downloads(session, "http://server/v1")
    (download,) = session.downloads
    with zipfile.ZipFile(download.path) as archive:
        assert sorted(archive.namelist()) == ["a-2/document.md", "a-2/result.json", "a/document.md", "a/result.json"]
        assert b"Two" in archive.read("a-2/document.md")


async def test_results_of_nothing(session: Session) -> None:
    """What has not been read cannot be taken away."""
    read(session, "a.pdf")
    await write_downloads(session, "http://server/v1")
    assert session.downloads == ()


async def test_results_are_written_when_asked_for(session: Session) -> None:
    """One format becomes one more download, beside those there are; asked for again it takes its place."""
    read(session, "a.pdf", "One $x$", "Two")
    await write_downloads(session, "http://server/v1")
    assert [download.name for download in session.downloads] == ["document.md", "result.json"]
    for _ in range(2):
        await take(session, "http://server/v1", "html", None)
        assert [download.name for download in session.downloads] == ["document.md", "result.json", "document.html"]
    html = session.downloads[-1].path.read_text()
    assert "<math" in html and "Two" in html
    assert session.downloads[-1].path.is_relative_to(session.public)


async def test_results_of_one_page(session: Session) -> None:
    read(session, "a.pdf", "One", "Two")
    await take(session, "http://server/v1", "txt", PageId(0, 2))
    assert [(download.name, download.path.read_text()) for download in session.downloads] == [("page-2.txt", "Two\n")]


async def test_results_of_several_documents_in_a_format(session: Session) -> None:
    """A zip with a folder for each, also where the format is a zip itself."""
    read(session, "a.pdf", "One")
    read(session, "b.pdf", "Two")
    for form, name, files in (
        ("html", "html.zip", ["a/document.html", "b/document.html"]),
        ("zip", "results.zip", [f"{a}/{b}" for a in "ab" for b in ("document.html", "document.md", "document.txt",
                                                                   "result.json")]),
    ):  # fmt: skip
        await take(session, "http://server/v1", form, None)
        assert session.downloads[-1].name == name
        with zipfile.ZipFile(session.downloads[-1].path) as archive:
            assert sorted(archive.namelist()) == files


@pytest.mark.parametrize(("form", "page"), [("pdf", None), ("", None), ("txt", PageId(0, 2)), ("txt", PageId(7, 1))])
async def test_results_that_there_are_not(session: Session, form: str, page: PageId | None) -> None:
    """A format or a page that there is not is said beside the button."""
    read(session, "a.pdf", "One")
    await take(session, "http://server/v1", form, page)
    assert session.downloads == ()
    assert session.problem and "nothing to download" in str(session.problem)


async def test_results_word_without_pandoc(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    """The menu shows that it cannot be had; whoever asks all the same is told how it could."""
    read(session, "a.pdf", "One")
    assert all(item["ready"] for item in menu())
    monkeypatch.setattr("ocr.export.word.find_pandoc", lambda: None)
    monkeypatch.setattr("ocr.export.formats.can_write_word", lambda: False)
    monkeypatch.setattr("ocr.ui.results.can_write_word", lambda: False)
    assert [item["format"] for item in menu() if not item["ready"]] == ["docx"]
    await take(session, "http://server/v1", "docx", None)
    assert session.problem and "./setup.sh word" in str(session.problem)
