"""What a render worker does, done here: files refused before they are read, parsers' faults given one name."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image, ImageChops, ImageStat

from ocr.documents.worker_tasks import DocumentLimits, cut_figure, open_document, render_page
from ocr.errors import DamagedDocument, DocumentError, DocumentTooLarge, EmptyDocument
from ocr.photo_sheets import PageView
from ocr.types import Box, ImageSpec
from tests.conftest import SAMPLES
from tests.documents.papers import decoded


def test_rendering_open_and_render() -> None:
    document = open_document(SAMPLES / "article.pdf", "article.pdf", None, DocumentLimits())
    assert (document.pages, document.media_type, len(document.sha256)) == (3, "application/pdf", 64)
    page = render_page(document, 3, ImageSpec(500), DocumentLimits())
    assert (page.height, page.media_type) == (500, "image/png")


@pytest.mark.parametrize(
    ("name", "kind", "says"),
    [
        ("missing.pdf", DocumentError, "does not exist"),
        ("folder", DocumentError, "folder"),
        ("empty", EmptyDocument, "empty"),
    ],
)
def test_rendering_refused_unread(tmp_path: Path, name: str, kind: type[DocumentError], says: str) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "empty").touch()
    with pytest.raises(kind, match=says):
        open_document(tmp_path / name, name, None, DocumentLimits())


def test_rendering_limits() -> None:
    """A file of too many bytes is refused with both numbers; its pages are counted when they are asked for."""
    article = SAMPLES / "article.pdf"
    with pytest.raises(DocumentTooLarge, match=r"limit is 0\.0 MB"):
        open_document(article, "a", None, DocumentLimits(max_bytes=1000))
    assert open_document(article, "a", None, DocumentLimits(max_pages=2)).pages == 3


def test_rendering_damage_is_told(tmp_path: Path) -> None:
    broken = tmp_path / "broken.pdf"
    broken.write_bytes((SAMPLES / "article.pdf").read_bytes()[:2000])
    with pytest.raises(DamagedDocument, match="save it again"):
        open_document(broken, "broken.pdf", None, DocumentLimits())


def test_rendering_figure_of_a_pdf() -> None:
    """A part of the page at 300 DPI, in the type asked for."""
    document = open_document(SAMPLES / "article.pdf", "article.pdf", None, DocumentLimits())
    figure = cut_figure(document, 2, Box(555, 287, 912, 440), "image/jpeg", DocumentLimits())
    assert (figure.width, figure.media_type) == (pytest.approx(0.357 * 2481, abs=3), "image/jpeg")


def test_rendering_figure_of_a_scan_is_not_blown_up() -> None:
    """A scan of 200 DPI has no more to give."""
    document = open_document(SAMPLES / "letter.pdf", "letter.pdf", None, DocumentLimits())
    figure = cut_figure(document, 1, Box(0, 0, 1000, 500), "image/jpeg", DocumentLimits())
    assert figure.width == pytest.approx(8.27 * 200, abs=3)


def test_rendering_figure_of_a_photo() -> None:
    """Boxes are those of the upright photo; a box of no pixel still gives one."""
    document = open_document(SAMPLES / "receipt.jpg", "receipt.jpg", None, DocumentLimits())
    whole = render_page(document, 1, ImageSpec(5000), DocumentLimits())
    half = cut_figure(document, 1, Box(0, 0, 1000, 500), "image/jpeg", DocumentLimits())
    assert (half.width, half.height) == (whole.width, pytest.approx(whole.height / 2, abs=1))
    assert cut_figure(document, 1, Box(0, 0, 1, 1), "image/png", DocumentLimits()).width >= 1


@pytest.mark.parametrize("name", ["article.pdf", "letter.pdf", "receipt.jpg"])
@pytest.mark.parametrize("rotation", [90, 180, 270])
def test_rendering_turned(name: str, rotation: int) -> None:
    """A turned page is the upright one, turned; so are its figures, whose boxes are those of the turned page."""
    document = open_document(SAMPLES / name, name, None, DocumentLimits())
    upright, page = (
        decoded(render_page(document, 1, ImageSpec(1000, turn), DocumentLimits())).convert("L")
        for turn in (0, rotation)
    )
    back = page.rotate(rotation, expand=True)  # Pillow's `rotate` turns the other way
    assert back.size == upright.size
    assert ImageStat.Stat(ImageChops.difference(back, upright)).mean[0] < 1.5
    figure = decoded(
        cut_figure(document, 1, Box(100, 0, 600, 300), "image/png", DocumentLimits(), PageView(rotation))
    ).convert("L")
    part = page.crop((page.width // 10, 0, page.width * 6 // 10, page.height * 3 // 10))
    assert figure.width / figure.height == pytest.approx(part.width / part.height, rel=0.02)
    small = figure.resize((50, 50), Image.Resampling.BOX), part.resize((50, 50), Image.Resampling.BOX)
    assert ImageStat.Stat(ImageChops.difference(*small)).mean[0] < 6
