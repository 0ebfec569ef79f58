"""Pictures of a batch are kept by their content, before the rows that name them, and come into the documents' files."""

from __future__ import annotations

import asyncio
import io
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from ocr.batch import figure_files
from ocr.batch.batch_run import main
from ocr.batch.batch_settings import BatchSettings
from ocr.batch.document_files import write_documents
from ocr.batch.figure_files import FigureFiles
from ocr.batch.journal import Journal
from ocr.batch.storage import Folder
from ocr.config.read_request import ReadRequest
from ocr.config.settings import Settings
from ocr.errors import OutputError
from tests.batch.made_target import Target, made_row
from tests.batch.s3_server import S3Server
from tests.documents.papers import jpeg, pdf, photo, scan_pdf
from tests.inference.scripted_server import Connection, Request, scripted_in_a_thread

ANSWER = "![image](100,100,900,500) A plot\n![text](100,600,900,700) Words"


@pytest.fixture
def settings(tmp_path: Path) -> Iterator[BatchSettings]:
    """Of a run of two documents of one page, each with a picture of its own; it keeps pictures."""
    (tmp_path / "in").mkdir()
    pdf(tmp_path / "in/a.pdf", b"1 0 0 rg 60 500 300 200 re f")
    scan_pdf(tmp_path / "in/b.pdf", jpeg(photo(300, 400)), (300, 400))

    async def answer(request: Request, connection: Connection) -> None:
        await connection.stream(ANSWER, tokens=20)

    with scripted_in_a_thread(answer) as server:
        request = ReadRequest(longest_side=400)
        reading = Settings(server_url=(server.url,), request=request, render_workers=1, quiet=True)
        yield BatchSettings(str(tmp_path / "in"), str(tmp_path / "out"), reading, figures=True)


def test_pictures_are_kept_and_come_into_the_files(settings: BatchSettings) -> None:
    assert main(replace(settings, formats=("md", "html"))) == 0
    folder = settings.folder
    kept = folder.names("figures/")
    assert len(kept) == 2
    for id in ("a.pdf", "b.pdf"):
        text = folder.read(f"documents/{id}/document.md").decode()
        (name,) = [name for name in folder.names(f"documents/{id}/figures/")]
        assert f"![A plot]({name.removeprefix(f'documents/{id}/')})" in text
        with Image.open(io.BytesIO(folder.read(name))) as image:
            assert image.width > image.height > 100
        assert b"data:image/" in folder.read(f"documents/{id}/document.html")
        assert folder.read(name) in [folder.read(one) for one in kept]


def test_a_task_that_is_repeated_writes_the_same_files(settings: BatchSettings) -> None:
    """As after a kill before its rows were written: nothing is doubled, and nothing names what is not there."""
    assert main(settings) == 0
    folder = settings.folder
    before = {name: folder.read(name) for name in folder.names("figures/")}
    for name in [*folder.names("pages/"), *folder.names("logs/completions/"), folder.names("figures/")[0]]:
        folder.delete(name)
    assert main(settings) == 0
    assert {name: folder.read(name) for name in folder.names("figures/")} == before


@pytest.mark.anyio
async def test_no_row_is_written_before_its_pictures(tmp_path: Path) -> None:
    (tmp_path / "figures").write_text("a file in the way")
    folder = Folder(tmp_path)
    with pytest.raises(OutputError, match="figures"):
        async with FigureFiles(folder) as files, Journal(folder, 0, files.written) as rows:
            file = await files.add("figures/page-1-1.png", b"picture")
            await rows.add(made_row("a.pdf", 1, figures=[{"name": "figures/page-1-1.png", "file": file}]))
    assert not folder.names("pages/")


@pytest.mark.anyio
async def test_no_picture_is_taken_after_one_that_cannot_be_written(tmp_path: Path) -> None:
    """So that no further pages are read whose rows cannot be written."""
    (tmp_path / "figures").write_text("a file in the way")
    async with FigureFiles(Folder(tmp_path)) as files:
        await files.add("figures/page-1-1.png", b"picture")
        with pytest.raises(OutputError):
            await files.written()
        for number in range(figure_files.MAX_WRITES + 1):
            with pytest.raises(OutputError):
                await files.add("figures/page-1-2.png", bytes([number]))


@pytest.mark.anyio
async def test_few_pictures_are_held_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A store that is slow holds the run up, and memory does not grow."""
    monkeypatch.setattr(figure_files, "MAX_WRITES", 2)
    go_on = threading.Event()

    class Slow(Folder):
        def write(self, name: str, data: bytes) -> None:
            assert go_on.wait(60)
            super().write(name, data)

    async with FigureFiles(Slow(tmp_path)) as files:
        adding = [asyncio.create_task(files.add("page-1-1.png", bytes([number]))) for number in range(5)]
        await asyncio.wait(adding, return_when=asyncio.FIRST_COMPLETED)
        assert sum(one.done() for one in adding) == 2
        go_on.set()
        names = await asyncio.gather(*adding)
        await files.written()
        assert sorted(names) == Folder(tmp_path).names("figures/")


@pytest.mark.parametrize("place", ["local", "s3"])
def test_pictures_of_any_target(request: pytest.FixtureRequest, tmp_path: Path, place: str) -> None:
    """One that is not there any more is named in brackets, as where pictures are not kept."""
    s3: S3Server | None = request.getfixturevalue("s3") if place == "s3" else None
    target = Target(f"s3://{s3.bucket()}/out" if s3 else tmp_path)
    target.folder.write("figures/ab/abc.png", b"picture")
    names = {"figures/page-1-1.png": "figures/ab/abc.png", "figures/page-1-2.png": "figures/ab/ab0.png"}
    kept = [{"name": name, "file": file} for name, file in names.items()]
    markdown = "![A cat](figures/page-1-1.png) ![A dog](figures/page-1-2.png)"
    part = target.part(0, [made_row("a.pdf", 1, markdown=markdown, figures=kept)])
    write_documents(target.folder, [part], ["md"])
    assert target.folder.read("documents/a.pdf/figures/page-1-1.png") == b"picture"
    assert "![A cat](figures/page-1-1.png) [A dog]" in target.folder.read("documents/a.pdf/document.md").decode()


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("figures/page-1-1.png", "../secret.png"),
        ("figures/page-1-1.png", "figures/../../secret.png"),
        ("figures/page-1-1.png", "{outside}/secret.png"),
        ("../../../escaped.png", "figures/ab/abc.png"),
        ("{outside}/escaped.png", "figures/ab/abc.png"),
    ],
)
def test_no_row_leads_out_of_target(tmp_path: Path, name: str, file: str) -> None:
    """TARGET may be somebody else's: nothing beside it is read, and nothing written there."""
    (tmp_path / "secret.png").write_bytes(b"secret")
    target = Target(tmp_path / "out")
    target.folder.write("figures/ab/abc.png", b"picture")
    kept = [{"name": name.format(outside=tmp_path), "file": file.format(outside=tmp_path)}]
    part = target.part(0, [made_row("a.pdf", 1, markdown=f"![A cat]({kept[0]['name']})", figures=kept)])
    write_documents(target.folder, [part], ["md", "html"])
    assert target.folder.names("documents/") == [f"documents/a.pdf/document.{form}" for form in ("html", "md")]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out", "secret.png"]
