from __future__ import annotations

import json
import os
import threading
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pypdfium2
import pytest

from ocr.events import PageDone
from ocr.page_words import PageCheck, PlacedWord, WordSource
from ocr.types import Document, Finish, PageId, PageResult
from ocr.web.actions import downloads as module
from ocr.web.actions.downloads import download_menu, offer_downloads, write_download
from ocr.web.state.session import Session
from ocr.web.state.verified_text import VerifiedText
from tests.documents.papers import pdf, text_page
from tests.web.waiting import until

pytestmark = pytest.mark.anyio


def read(session: Session, name: str, *texts: str) -> None:
    path = session.private / f"{len(session.uploads)}.pdf"
    upload = session.add(name, path)
    session.add_pages(upload, Document(path, name, "application/pdf", len(texts) + 1, "0" * 64))
    for number, text in enumerate(texts, 1):
        page = PageId(upload.key, number)
        session.apply(PageDone(page, PageResult(number, 1, 1, text, text, (), Finish.STOP, None, 1, 1, 1.0)))


SERVER = "http://server/v1"


async def taken(session: Session, form: str, page: PageId | None = None) -> Path:
    """The file that comes when a format is asked for."""
    await write_download(session, SERVER, form, page)
    (path,) = [one.path for one in session.downloads if one.format == form and one.path]
    assert path.is_relative_to(session.public)
    return path


def names(session: Session) -> list[str]:
    return [download.name for download in session.downloads]


def stored(session: Session) -> list[str]:
    return sorted(name for _, _, files in os.walk(session.public) for name in files)


async def test_results_are_offered_before_they_are_written(session: Session) -> None:
    """Markdown and JSON of the pages that have been read; no file until one is asked for."""
    read(session, "a.pdf", "First", "Second")
    offer_downloads(session)
    assert (names(session), stored(session)) == (["a.md", "a.json"], [])
    assert "First" in (await taken(session, "md")).read_text()
    result = json.loads((await taken(session, "json")).read_text())
    assert [page["number"] for page in result["pages"]] == [1, 2]
    assert names(session) == stored(session)[::-1] == ["a.md", "a.json"]


async def test_results_with_figures(session: Session) -> None:
    """With figures a zip is offered too: all formats, and each figure where the Markdown looks for it."""
    read(session, "a.pdf", "![lamp](figures/page-1-1.png)", "Second")
    lamp = session.public / "0-1-secret.png"
    lamp.write_bytes(b"lamp")
    session.pages[PageId(0, 1)].figures["figures/page-1-1.png"] = lamp
    offer_downloads(session)
    assert names(session) == ["a.md", "a.json", "a.zip"]
    markdown = (await taken(session, "md")).read_bytes()
    with zipfile.ZipFile(await taken(session, "zip")) as file:
        assert {"document.md", "result.json", "figures/page-1-1.png"} <= set(file.namelist())
        assert file.read("figures/page-1-1.png") == b"lamp"
        assert file.read("document.md") == markdown
    read(session, "a.png", "Other")
    offer_downloads(session)
    assert names(session) == ["results.zip"]
    with zipfile.ZipFile(await taken(session, "zip")) as file:
        assert "a/figures/page-1-1.png" in file.namelist()


async def test_results_of_several_documents(session: Session) -> None:
    """One zip; equal stems do not overwrite each other, and a document without a page is left out."""
    read(session, "a.pdf", "One")
    read(session, "a.png", "Two")
    read(session, "unread.pdf")
    offer_downloads(session)
    assert names(session) == ["results.zip"]
    with zipfile.ZipFile(await taken(session, "zip")) as archive:
        assert {name.partition("/")[0] for name in archive.namelist()} == {"a", "a-2"}
        assert b"Two" in archive.read("a-2/document.md")


@pytest.mark.parametrize(
    ("document", "downloads"),
    [
        ("Rapport d’été.final.pdf", ["Rapport d’été.final.md", "Rapport d’été.final.json"]),
        ("...pdf", ["pdf.md", "pdf.json"]),
        ("a/b\n.pdf", ["a_b_.md", "a_b_.json"]),
    ],
)
async def test_results_are_called_as_the_document(session: Session, document: str, downloads: list[str]) -> None:
    """Without its suffix, and without what no file may be called."""
    read(session, document, "Text")
    offer_downloads(session)
    assert names(session) == downloads
    assert (await taken(session, "md")).name == downloads[0]


async def test_results_of_nothing(session: Session) -> None:
    """What has not been read cannot be taken away."""
    read(session, "a.pdf")
    offer_downloads(session)
    assert session.downloads == ()


async def test_results_are_written_when_asked_for(session: Session) -> None:
    """One format becomes one more download, beside those there are; asked for again it takes its place."""
    read(session, "a.pdf", "One $x$", "Two")
    offer_downloads(session)
    before = None
    for _ in range(2):
        path = await taken(session, "html")
        assert names(session) == ["a.md", "a.json", "a.html"]
        assert path != before  # browsers keep what they fetched
        before = path
    assert "<math" in path.read_text()
    text = await taken(session, "txt", PageId(0, 2))
    assert (text.name, text.read_text()) == ("a-page-2.txt", "Two\n")


async def test_results_pdf_of_one_page(session: Session) -> None:
    """The PDF of the page shown has that page; the PDF of the document has those too that were not read."""
    read(session, "a.pdf", "One", "Two")
    pdf(session.private / "0.pdf", text_page(1), b"0 0 9 9 re f", text_page(3))
    for page, name, count in ((PageId(0, 2), "a-page-2.pdf", 1), (None, "a.pdf", 3)):
        await write_download(session, SERVER, "pdf", page)
        (path,) = [one.path for one in session.downloads if one.name == name and one.path]
        with pypdfium2.PdfDocument(path) as made:
            assert len(made) == count
            assert made[min(1, count - 1)].get_textpage().get_text_range().split() == ["Two"]


async def test_results_take_no_more_room_the_more_often_they_are_made(session: Session) -> None:
    """A page that is read again and again, and taken away each time, leaves one file of each kind."""
    read(session, "a.pdf", "One", "Two")
    sizes = set()
    for _ in range(5):
        offer_downloads(session)
        for form in ("md", "json", "zip"):
            await taken(session, form)
        await until(lambda: len(stored(session)) == 3)
        sizes.add(session.storage.used_bytes)
    assert len(sizes) == 1
    offer_downloads(session)
    await until(lambda: not stored(session))
    assert session.storage.used_bytes == 0


async def test_results_of_several_documents_in_a_format(session: Session) -> None:
    """A zip with a folder for each, also where the format is a zip itself."""
    read(session, "a.pdf", "One")
    read(session, "b.pdf", "Two")
    for form, name, files in (
        ("html", "html.zip", ["a/document.html", "b/document.html"]),
        ("zip", "results.zip", [f"{a}/{b}" for a in "ab" for b in ("document.html", "document.md", "document.txt",
                                                                   "result.json")]),
    ):  # fmt: skip
        path = await taken(session, form)
        assert path.name == name
        with zipfile.ZipFile(path) as archive:
            assert sorted(archive.namelist()) == files


@pytest.mark.parametrize(("form", "page"), [("odt", None), ("", None), ("txt", PageId(0, 2)), ("txt", PageId(7, 1))])
async def test_results_that_there_are_not(session: Session, form: str, page: PageId | None) -> None:
    """A format or a page that there is not is said beside the button."""
    read(session, "a.pdf", "One")
    await write_download(session, SERVER, form, page)
    assert session.downloads == ()
    assert session.problem and "nothing to download" in str(session.problem)


async def test_results_word_without_pandoc(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    """The menu shows that it cannot be had; whoever asks all the same is told how it could."""
    read(session, "a.pdf", "One")
    assert all(item["ready"] for item in download_menu())
    monkeypatch.setattr("ocr.export.word._find_pandoc", lambda: None)
    monkeypatch.setattr("ocr.export.formats.can_write_word", lambda: False)
    monkeypatch.setattr("ocr.web.actions.downloads.can_write_word", lambda: False)
    assert [item["format"] for item in download_menu() if not item["ready"]] == ["docx"]
    await write_download(session, SERVER, "docx", None)
    assert session.problem and "./setup.sh word" in str(session.problem)


async def test_results_are_written_and_deleted_beside_the_event_loop(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A thousand pages take seconds, pandoc minutes."""
    here: list[str] = []

    def watched(name: str, work: Callable[..., Any]) -> Callable[..., Any]:
        def called(*args: Any, **named: Any) -> Any:
            if threading.current_thread() is threading.main_thread():
                here.append(name)
            return work(*args, **named)

        return called

    monkeypatch.setattr(module, "write_results", watched("write", module.write_results))
    monkeypatch.setattr(module.shutil, "rmtree", watched("delete", module.shutil.rmtree))
    unpacked = watched("unpack", lambda _: (PlacedWord("One", 0, 3),))
    monkeypatch.setattr(VerifiedText, "words", property(unpacked))
    read(session, "a.pdf", "One")
    session.pages[PageId(0, 1)].verified = VerifiedText((), PageCheck(WordSource.TEXT_LAYER))
    offer_downloads(session)
    assert '"end": 3' in (await taken(session, "json")).read_text()
    path = await taken(session, "md")
    offer_downloads(session)
    await until(lambda: not path.parent.exists())
    assert here == []
