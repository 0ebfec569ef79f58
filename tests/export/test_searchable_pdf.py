"""searchable_pdf.py: searchable PDFs of the samples, made in a process of their own."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pikepdf
import pypdfium2
import pytest
from PIL import Image, ImageChops, ImageOps

from ocr import extras, read
from ocr.errors import MissingExtra, OutputError
from ocr.export import Format, Results, check_formats, killing_children, searchable_pdf
from ocr.export.formats import content
from ocr.export.placed_page import place_in_regions
from ocr.extras import EXTRAS
from ocr.types import Document, PageResult
from tests.conftest import SAMPLES
from tests.documents.papers import pdf
from tests.export.placed_papers import read_page
from tests.export.test_pdf_writer import check_syntax, document, rendered, words_of


def written(of: Document, *pages: PageResult) -> bytes:
    return b"".join(content(Results(of, None, "model", pages), Format.PDF))


@pytest.fixture(scope="module")
def samples() -> Iterator[dict[str, PageResult]]:
    """The scans among the samples, read by the CPU engine."""
    yield {name: next(iter(read(SAMPLES / name))) for name in ("letter.pdf", "receipt.jpg")}


@pytest.mark.parametrize(("name", "media_type"), [("letter.pdf", "application/pdf"), ("receipt.jpg", "image/jpeg")])
def test_searchable_pdf_of_samples(name: str, media_type: str, samples: dict[str, PageResult]) -> None:
    """The words in the model's order, the picture as it was, and hardly more bytes."""
    page, path = samples[name], SAMPLES / name
    data = written(document(path, media_type), page)
    read_words = [word.text for block in place_in_regions(page).blocks for line in block.lines for word in line.words]
    assert len(read_words) > 60
    assert words_of(data) == read_words
    check_syntax(data)
    assert len(data) <= 1.05 * path.stat().st_size
    if media_type == "application/pdf":
        assert ImageChops.difference(rendered(data), rendered(path)).getbbox() is None
    with pikepdf.open(io.BytesIO(data)) as made:
        (picture,) = made.pages[0].get_images().values()
        if media_type == "image/jpeg":
            assert picture.read_raw_bytes() == path.read_bytes()


def test_searchable_pdf_words_stand_on_ink(samples: dict[str, PageResult]) -> None:
    """Nearly each word of the letter covers something that is printed."""
    data = written(document(SAMPLES / "letter.pdf"), samples["letter.pdf"])
    ink = ImageOps.invert(rendered(data, scale=2).convert("L")).point(lambda value: 255 * (value > 96))
    with pypdfium2.PdfDocument(data) as made:
        text = made[0].get_textpage()
        height = made[0].get_height()
        boxes = [text.get_rect(at) for at in range(text.count_rects())]
    assert len(boxes) > 10
    over = [
        ink.crop((int(2 * left), int(2 * (height - top)), int(2 * right) + 1, int(2 * (height - bottom)) + 1)).getbbox()
        for left, bottom, right, top in boxes
    ]
    assert sum(box is not None for box in over) >= 0.95 * len(boxes)


def test_searchable_pdf_interrupted(tmp_path: Path) -> None:
    """One that a thread begins when the run was interrupted is not waited for; the next run may write one."""
    path = pdf(tmp_path / "a.pdf", b"0 0 9 9 re f")
    page = read_page(1, "![text](1,1,900,90) x")
    with pytest.raises(KeyboardInterrupt), killing_children():
        raise KeyboardInterrupt
    with pytest.raises(OutputError, match="could not be made"):
        written(document(path), page)
    with killing_children():
        assert words_of(written(document(path), page)) == ["x"]


@pytest.mark.skipif(sys.platform != "linux", reason="other systems need not hold the limit")
def test_searchable_pdf_out_of_memory(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A picture that takes too much is an error that says so, and what to do."""
    monkeypatch.setattr(searchable_pdf, "MAX_MEMORY_BYTES", 450 * 1024**2)
    Image.new("1", (14_000, 14_000)).save(tmp_path / "a.bmp")  # 196 MB beside the 400 of the process
    with pytest.raises(OutputError, match=r"too much memory.*Choose another format"):
        written(document(tmp_path / "a.bmp", "image/bmp"), read_page(1, "![text](1,1,900,90) x"))


def test_searchable_pdf_without_its_packages(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """It is said before the run, and how to get it."""
    monkeypatch.setitem(EXTRAS, "pdf", replace(EXTRAS["pdf"], module="no_such_package"))
    assert not extras.is_installed("pdf")
    with pytest.raises(MissingExtra, match=r"setup\.sh pdf"):
        check_formats(["md", "pdf"])
    with pytest.raises(MissingExtra):
        written(document(tmp_path / "a.pdf"), read_page(1, "x"))
