"""Corrected pages of a real library written into files, with the real renderer."""

from __future__ import annotations

import asyncio
import io
import json
import shutil
import signal
import sqlite3
import zipfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pikepdf
import pyarrow.parquet as pq
import pytest
from PIL import Image, ImageDraw, ImageFont

from ocr import extras
from ocr.cli.library_command import run_library
from ocr.cli.read import main
from ocr.config.arguments import NEVER
from ocr.config.read_request import ReadRequest
from ocr.config.settings import Settings
from ocr.document_store.document_library import DocumentLibrary
from ocr.document_store.library_database import DATABASE, DOCUMENTS
from ocr.document_store.library_values import EndedPage
from ocr.document_store.page_storage import SOURCE
from ocr.documents.renderer import Renderer
from ocr.types import Document, Finish, PageResult
from ocr.web.actions.place_handlers import PlaceHandlers
from ocr.web.state.session_store import Sessions
from tests.cli.interrupting import interrupted
from tests.document_store.keeping import given, keep
from tests.documents.papers import pdf, text_page
from tests.documents.photographs import letter_photo
from tests.web.actions.test_handlers import VISITOR, event, screen_after
from tests.web.actions.test_session_library import FIGURE, Desk
from tests.web.readers import ScriptedReader


@pytest.fixture(scope="module")
def renderer() -> Iterator[Renderer]:
    with Renderer(workers=1) as renderer:
        yield renderer


@pytest.fixture
def library(tmp_path: Path) -> Path:
    """The folder of a library."""
    return tmp_path / "library"


def exported(library: Path, out: Path, *argv: str) -> int:
    """The exit code of an export."""
    return run_library(["export", "--library-dir", str(library), "--out", str(out), *argv], {})


def correct(folder: Path, number: int, page: int, markdown: str, finish: Finish = Finish.STOP) -> PageResult:
    """Correct a page as the web page keeps it."""
    with closing(DocumentLibrary(folder, 10**9)) as library:
        kept = library.document(number)
        assert kept
        document = Document(library.file(number), kept.name, kept.media_type, kept.page_count, kept.sha256)
        (before,) = [one for one in library.pages(number) if one.result.number == page]
        result = replace(before.result, markdown=markdown, corrected=True, finish=finish)
        library.keep(document, EndedPage(result, kept.model, before.request, before.figures), library.kept(number))
        return result


def samples(path: Path) -> dict[str, tuple[str, tuple[int, int]]]:
    """Image in a file of training data → the page's text and the image's size."""
    found: dict[str, tuple[str, tuple[int, int]]] = {}
    with zipfile.ZipFile(path) as archive:
        for line in archive.read("train.jsonl").decode().splitlines():
            row = json.loads(line)
            (name,) = row["images"]
            with Image.open(io.BytesIO(archive.read(name))) as image:
                found[name] = row["messages"][1]["content"][0]["text"], image.size
    return found


async def corrected_in_the_page(library: Path, renderer: Renderer, paper: Path) -> PageResult:
    """Read a paper in the web page, the second page turned, and correct that; the result that the library has."""
    sessions = Sessions()
    with closing(sessions), closing(DocumentLibrary(library, 10**9)) as kept:
        desk = Desk(kept, renderer, sessions, ScriptedReader([["tho lamp"], ["second"], [FIGURE]]))
        await desk.add(paper)
        await desk.do("read")
        await desk.do("read_again", page="0-2", turn=90)
        edit = event(page="0-2", at=1, before="A lamp", text="The lamp", edit="1")
        await screen_after(PlaceHandlers(desk.handlers.runner).edit(edit, VISITOR))
        await desk.library.keep(desk.sessions.of("a"), ())  # done when those before have been kept
        (result,) = [page.result for page in kept.pages(1) if page.result.corrected]
        return result


def test_library_export_of_what_the_page_has_corrected(
    library: Path, renderer: Renderer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The page that was corrected, turned as it was read, with its figure."""
    paper = pdf(tmp_path / "paper.pdf", text_page(1), text_page(2))
    result = asyncio.run(corrected_in_the_page(library, renderer, paper))
    assert (result.number, result.rotation) == (2, 90)
    assert exported(library, tmp_path / "data") == 0
    assert capsys.readouterr().out == f"{tmp_path / 'data' / 'paper-training.zip'}\t1 page\n"
    (text, size) = samples(tmp_path / "data" / "paper-training.zip")["images/paper-1-page-2.png"]
    assert (text.splitlines()[-1], size) == ("The lamp", (result.width, result.height))
    assert list((tmp_path / "data").iterdir()) == [tmp_path / "data" / "paper-training.zip"]

    assert exported(library, tmp_path / "results", "--formats", "md,json,pdf", "paper.pdf") == 0
    folder = tmp_path / "results" / "paper"
    assert "The lamp" in (folder / "document.md").read_text()
    (page,) = json.loads((folder / "result.json").read_text())["pages"]
    assert page["number"] == 2
    assert [path.name for path in (folder / "figures").iterdir()] == ["page-2-1.png"]
    with pikepdf.open(folder / "document.pdf") as made:
        assert len(made.pages) == 1


@pytest.fixture(scope="module")
def read_once(tmp_path_factory: pytest.TempPathFactory, renderer: Renderer) -> Path:
    """A library of the command line: two pages of large type, and a photograph that was straightened."""
    folder = tmp_path_factory.mktemp("read")
    pages = []
    for words in ("One door", "Two towers"):
        image = Image.new("L", (800, 300), 255)
        ImageDraw.Draw(image).text((60, 100), words, font=ImageFont.load_default(64), fill=0)
        pages.append(image)
    pages[0].save(folder / "words.tiff", save_all=True, append_images=pages[1:])
    (folder / "letter.jpg").write_bytes(letter_photo(0).jpeg)
    files = (folder / "words.tiff", folder / "letter.jpg")
    settings = Settings(
        files=files, local=NEVER, out=folder / "out", library=True, library_dir=folder / "library", quiet=True
    )
    assert main(settings, renderer) == 0
    return folder / "library"


@pytest.fixture
def words(read_once: Path, library: Path) -> dict[str, int]:
    """The numbers of the documents, by their names, in a copy of that library."""
    shutil.copytree(read_once, library)
    with closing(DocumentLibrary(library, 10**9)) as copied:
        return {one.name: one.id for one in copied.documents()}


def test_library_export_of_several_documents(
    library: Path, words: dict[str, int], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One file for all; a photograph is straightened as it was. Results are in a folder for each."""
    results = {
        f"images/words-{words['words.tiff']}-page-2.png": correct(library, words["words.tiff"], 2, "Two tall towers"),
        f"images/letter-{words['letter.jpg']}-page-1.jpeg": correct(library, words["letter.jpg"], 1, "A letter"),
    }
    assert results[f"images/letter-{words['letter.jpg']}-page-1.jpeg"].corners
    formats = "training-jsonl,training-parquet,ground-truth,txt"
    assert exported(library, tmp_path / "data", "--formats", formats) == 0
    assert {line.split("\t")[1] for line in capsys.readouterr().out.splitlines()} == {"1 page", "2 pages"}
    names = {"library-training.zip", "library-training.parquet", "library-truth.zip", "words", "letter"}
    assert {path.name for path in (tmp_path / "data").iterdir()} == names
    assert samples(tmp_path / "data" / "library-training.zip") == {
        name: (result.markdown, (result.width, result.height)) for name, result in results.items()
    }
    table = pq.read_table(tmp_path / "data" / "library-training.parquet")
    assert set(table["document"].to_pylist()) == set(words)
    with zipfile.ZipFile(tmp_path / "data" / "library-truth.zip") as archive:
        assert len(archive.namelist()) == 4
    assert (tmp_path / "data" / "words" / "document.txt").read_text().strip() == "Two tall towers"


def test_library_export_of_named_documents(
    library: Path, words: dict[str, int], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """By name or number, each once; one without corrections is left out, which is said."""
    correct(library, words["words.tiff"], 1, "A door")
    named = ("words.tiff", str(words["words.tiff"]), "letter.jpg", "--formats", "ground-truth")
    assert exported(library, tmp_path / "data", *named) == 0
    assert "letter.jpg" in capsys.readouterr().err
    assert [path.name for path in (tmp_path / "data").iterdir()] == ["words-truth.zip"]


def test_library_export_of_all_pages(
    library: Path, words: dict[str, int], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Training data leaves out those that nobody corrected and whose text is partial, results do not."""
    with closing(DocumentLibrary(library, 10**9)) as kept:
        number = words["words.tiff"]
        listed = kept.document(number)
        assert listed
        document = Document(kept.file(number), "words.tiff", "image/tiff", 2, listed.sha256)
        (first, _) = kept.pages(number)
        cut = replace(first.result, markdown="One", finish=Finish.LENGTH)
        kept.keep(document, EndedPage(cut, "tesseract", first.request), kept.kept(number))
    argv = ("--all-pages", "--formats", "training-jsonl,md", "words.tiff")
    assert exported(library, tmp_path / "data", *argv) == 0
    assert "1 page was left out" in capsys.readouterr().err
    assert list(samples(tmp_path / "data" / "words-training.zip")) == [f"images/words-{number}-page-2.png"]
    assert "<!-- page 1 length -->" in (tmp_path / "data" / "words" / "document.md").read_text()


def test_library_export_of_an_image_has_the_size_that_was_read(
    library: Path, words: dict[str, int], tmp_path: Path
) -> None:
    """Whatever the model was called: its boxes and its tokens are those of that image."""
    with closing(DocumentLibrary(library, 10**9)) as kept:
        number = words["words.tiff"]
        listed = kept.document(number)
        assert listed
        document = Document(kept.file(number), "words.tiff", "image/tiff", 2, listed.sha256)
        read = replace(kept.pages(number)[0].result, width=448, height=192, corrected=True)
        request = ReadRequest(model="a-name-of-its-own")
        kept.keep(document, EndedPage(read, "a-name-of-its-own", request), kept.kept(number))
    assert exported(library, tmp_path / "data") == 0
    ((_, size),) = samples(tmp_path / "data" / "words-training.zip").values()
    assert size == (448, 192)


def test_library_export_of_partial_pages_alone(
    library: Path, words: dict[str, int], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """That there is no training data then is an error, which is said even with --quiet."""
    with closing(DocumentLibrary(library, 10**9)) as kept:
        number = words["letter.jpg"]
        listed, (read,) = kept.document(number), kept.pages(number)
        assert listed
        document = Document(kept.file(number), "letter.jpg", "image/jpeg", 1, listed.sha256)
        cut = replace(read.result, finish=Finish.LENGTH)
        kept.keep(document, EndedPage(cut, "tesseract", read.request), kept.kept(number))
    assert exported(library, tmp_path / "data", "--all-pages", "--quiet", "letter.jpg") == 1
    assert "partial" in capsys.readouterr().err


def test_library_export_of_a_damaged_page(
    library: Path, words: dict[str, int], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is named, and no empty result is written."""
    correct(library, words["letter.jpg"], 1, "A letter")
    with closing(sqlite3.connect(library / DATABASE)) as connection, connection:
        damaged = """UPDATE pages SET result = '{"corrected": true}' WHERE document_id = ?"""
        connection.execute(damaged, (words["letter.jpg"],))
    assert exported(library, tmp_path / "data", "--formats", "md,training-jsonl", "--quiet") == 1
    printed = capsys.readouterr()
    assert (printed.out, "letter.jpg" in printed.err, "page 1" in printed.err) == ("", True, True)
    assert list((tmp_path / "data").iterdir()) == []


@pytest.mark.parametrize(
    ("argv", "says"),
    [
        ((), "--all-pages"),
        (("words.tiff",), "--all-pages"),
        (("other.pdf",), "library list"),
        (("77",), "library list"),
    ],
    ids=["nothing corrected", "not in this document", "no such name", "no such number"],
)
def test_library_export_of_nothing(
    argv: tuple[str, ...],
    says: str,
    library: Path,
    words: dict[str, int],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """It is said what to do, and nothing is written."""
    assert exported(library, tmp_path / "data", *argv) == 2
    assert says in capsys.readouterr().err
    assert not (tmp_path / "data").exists()


def test_library_export_of_documents_of_one_name(
    library: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """They are told apart by their numbers."""
    with closing(DocumentLibrary(library, 10**9)) as kept:
        for folder in ("a", "b"):
            (tmp_path / folder).mkdir()
            keep(kept, given(tmp_path / folder / "same.pdf", folder), "text")
    assert exported(library, tmp_path / "data", "same.pdf", "--all-pages") == 2
    assert "2, 1" in capsys.readouterr().err


def test_library_export_goes_on_after_a_document_that_is_lost(
    library: Path, words: dict[str, int], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What the document's file is needed for is complained of."""
    correct(library, words["words.tiff"], 1, "A door")
    correct(library, words["letter.jpg"], 1, "A letter")
    (library / DOCUMENTS / str(words["letter.jpg"]) / SOURCE).unlink()
    assert exported(library, tmp_path / "data") == 3
    assert "letter.jpg" in capsys.readouterr().err
    assert list(samples(tmp_path / "data" / "library-training.zip")) == [
        f"images/words-{words['words.tiff']}-page-1.png"
    ]


def test_library_export_that_cannot_be_written(
    library: Path, words: dict[str, int], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    correct(library, words["words.tiff"], 1, "A door")
    (tmp_path / "data").write_text("a file")
    assert exported(library, tmp_path / "data") == 1
    assert "--out" in capsys.readouterr().err


EXPORTING = """
import asyncio, runpy, sys
from ocr.cli.library_export import LibraryExporter

async def export(*_):
    print("exporting", flush=True)
    await asyncio.sleep(3600)

LibraryExporter._export = export
sys.argv = ["ocr", *sys.argv[1:]]
runpy.run_module("ocr", run_name="__main__", alter_sys=True)
"""
"""The command line, which never ends exporting the first document."""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_library_export_interrupted(number: int, library: Path, words: dict[str, int], tmp_path: Path) -> None:
    """No image is left."""
    argv = ("library", "export", "--all-pages", "--library-dir", str(library), "--out", str(tmp_path / "data"))
    assert interrupted(EXPORTING, number, *argv) == 130
    assert list((tmp_path / "data").iterdir()) == []


def test_library_export_without_what_parquet_needs(
    library: Path,
    words: dict[str, int],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(extras, "find_spec", lambda _: None)
    assert exported(library, tmp_path / "data", "--formats", "training-parquet") == 2
    assert "datatrove" in capsys.readouterr().err
