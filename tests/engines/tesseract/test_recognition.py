"""Real pages, as Tesseract sees them."""

from __future__ import annotations

import numpy as np
import pypdfium2
import pytest

from ocr.engines.tesseract.answer_text import page_text
from ocr.engines.tesseract.recognition import Kind, Page, Recognizer
from ocr.engines.tesseract.tessdata import find_tessdata
from tests.conftest import SAMPLES


@pytest.fixture(scope="module")
def recognizer() -> Recognizer:
    return Recognizer("eng", find_tessdata("eng"))


def read(recognizer: Recognizer, number: int) -> Page:
    """A page of the article, recognised at 2200 pixels."""
    with pypdfium2.PdfDocument(SAMPLES / "article.pdf") as document:
        gray = document[number - 1].render(scale=2200 / 842, grayscale=True).to_numpy()
    gray = np.ascontiguousarray(gray.reshape(gray.shape[:2]))
    return recognizer.read(gray.tobytes(), gray.shape[1], gray.shape[0])


def test_recognition_article(recognizer: Recognizer) -> None:
    """The ruled table is one block in its place, cells and all; the plot is one picture; nothing is lost or doubled."""
    page = read(recognizer, 2)
    text = list(page_text(page, grounding=True))
    (table,) = [block for block in page.blocks if block.kind is Kind.TABLE]
    assert table.grid
    assert (len(table.grid.columns), len(table.grid.rows)) == (7, 8)
    labels = [part.strip().split("]")[0].removeprefix("![") for part in text]
    assert labels[:4] == ["header", "header", "caption", "table"]
    assert labels.count("image") == 1
    assert "<td>Mill bank</td><td>19</td><td>31</td><td>24</td><td>22</td><td>22</td>" in text[3]


def test_recognition_plain(recognizer: Recognizer) -> None:
    """Without boxes headings are Markdown, and no marker has corners."""
    text = "".join(page_text(read(recognizer, 1), grounding=False))
    assert "# How a Lawn Learns Where We Walk\n" in text
    assert "## 1 Introduction\n" in text
    assert "](" not in text


@pytest.mark.parametrize(("width", "height"), [(1, 1), (15, 400), (400, 400)])
def test_recognition_nothing_there(recognizer: Recognizer, width: int, height: int) -> None:
    assert recognizer.read(bytes([255]) * width * height, width, height).blocks == ()
