"""Pictures of a command line as one document, read by the real CPU engine."""

from __future__ import annotations

import json
import signal
from pathlib import Path

import pytest
from PIL import Image, ImageDraw, ImageFont

from ocr.cli.read import main
from ocr.config.arguments import NEVER
from ocr.config.settings import Settings
from ocr.document_store.document_library import DocumentLibrary
from ocr.documents.renderer import Renderer
from tests.cli.interrupting import interrupted
from tests.conftest import SAMPLES
from tests.documents.photographs import letter_photo

WORDS = {"p10.jpg": "Ten tall trees", "p2.jpg": "Two old towers", "p1.jpg": "One open door"}


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """A folder of pictures with a line of large type on each, which do not say when they were taken."""
    folder = tmp_path / "photos"
    folder.mkdir()
    for name, words in WORDS.items():
        image = Image.new("L", (800, 300), 255)
        ImageDraw.Draw(image).text((60, 100), words, font=ImageFont.load_default(64), fill=0)
        image.save(folder / name)
    return folder


def read(out: Path, *files: Path, library: Path | None = None) -> int:
    """The exit code of a run that makes one document of these."""
    settings = Settings(
        files=files, one_document=True, local=NEVER, out=out, library=library is not None, library_dir=library
    )
    with Renderer(workers=1) as renderer:
        return main(settings, renderer)


def test_one_document_of_a_folder(photos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """By their names, since none says when it was taken; it is in the library too, with its file."""
    assert read(tmp_path / "out", photos, library=tmp_path / "library") == 0
    printed = capsys.readouterr()
    assert printed.out == f"{tmp_path / 'out' / 'p1 +2' / 'document.md'}\t3 pages\n"
    assert "names" in printed.err
    result = json.loads((tmp_path / "out" / "p1 +2" / "result.json").read_text())
    assert [page["markdown"] for page in result["pages"]] == [WORDS[name] for name in ("p1.jpg", "p2.jpg", "p10.jpg")]
    library = DocumentLibrary(tmp_path / "library", 10**9)
    (kept,) = library.documents()
    assert (kept.name, kept.media_type, kept.pages_read) == ("p1 +2.tiff", "image/tiff", 3)
    with Image.open(library.file(kept.id)) as image:
        assert getattr(image, "n_frames", 1) == 3
    library.close()
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["p1 +2"]


def test_one_document_of_photographs_is_straightened(tmp_path: Path) -> None:
    """In the order in which they were taken, as `--photos` says; the same pictures make the same document again."""
    paths = [tmp_path / name for name in ("a.jpg", "b.jpg")]
    for path, taken in zip(paths, ("2026:01:02 03:04:06", "2026:01:02 03:04:05"), strict=True):
        path.write_bytes(letter_photo(0).jpeg)
        with Image.open(path) as image:
            exif = image.getexif()
            exif[0x0132] = taken
            image.save(path, exif=exif, quality=90)
    for out in (tmp_path / "first", tmp_path / "second"):
        assert read(out, *paths) == 0
    first, second = (json.loads((tmp_path / name / "b +1" / "result.json").read_text()) for name in ("first", "second"))
    assert [bool(page["corners"]) for page in first["pages"]] == [True, True]
    assert first["document"] == second["document"]


def test_one_document_of_one_file(photos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It is one as it is."""
    assert read(tmp_path / "out", photos / "p2.jpg") == 0
    assert capsys.readouterr().out == f"{tmp_path / 'out' / 'p2' / 'document.md'}\t1 page\n"


def test_one_document_with_what_is_no_picture(photos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing is read, and the file is named; so it is with a picture that is damaged."""
    letter, cut = photos / "letter.pdf", photos / "cut.jpg"
    letter.write_bytes((SAMPLES / "letter.pdf").read_bytes())
    assert read(tmp_path / "out", photos) == 3
    assert str(letter) in capsys.readouterr().err
    letter.unlink()
    cut.write_bytes(letter_photo(0).jpeg[:5000])
    assert read(tmp_path / "out", photos) == 3
    assert str(cut) in capsys.readouterr().err
    assert list((tmp_path / "out").iterdir()) == []


def test_one_document_of_a_picture_of_several_frames(
    photos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each is a page, and as many are told of."""
    with Image.open(photos / "p10.jpg") as image:
        image.save(photos / "p10.tiff", save_all=True, append_images=[image, image])
    (photos / "p10.jpg").unlink()
    assert read(tmp_path / "out", photos) == 0
    printed = capsys.readouterr()
    assert (printed.out.endswith("\t5 pages\n"), "5 pages" in printed.err) == (True, True)


def test_one_document_that_cannot_be_written(photos: Path, full_disk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It is written where the results are, and nothing of it is left."""
    assert read(full_disk / "out", photos) == 1
    assert "--out" in capsys.readouterr().err
    assert list((full_disk / "out").iterdir()) == []


JOINING = """
import asyncio, runpy, sys
from ocr.cli import one_document

async def join(*_):
    print("joining", flush=True)
    await asyncio.sleep(3600)

one_document.join_pictures = join
sys.argv = ["ocr", *sys.argv[1:]]
runpy.run_module("ocr", run_name="__main__", alter_sys=True)
"""
"""The command line, which never ends joining pictures."""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_one_document_interrupted_while_it_is_made(number: int, photos: Path, tmp_path: Path) -> None:
    """Nothing of it is left."""
    assert interrupted(JOINING, number, str(photos), "--one-document", "--local", "no", "--out", str(tmp_path)) == 130
    assert list(tmp_path.iterdir()) == [photos]
