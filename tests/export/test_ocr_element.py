"""ocr_element.py: a page as OCRmyPDF's tree."""

from __future__ import annotations

from ocrmypdf.models.ocr_element import OcrElement

from ocr.export.ocr_element import page_element
from ocr.export.placed_page import LineWord, PlacedBlock, PlacedLine, PlacedPage, place_in_regions
from tests.export.placed_papers import ANSWER, read_page


def texts(element: OcrElement) -> list[list[str]]:
    return [[word.text for word in line.words] for line in element.lines]


def test_ocr_element_tree() -> None:
    """Paragraphs in reading order, in the unit asked for; pictures have none."""
    page = page_element(place_in_regions(read_page(1, ANSWER)), 500, 700, dpi=72.0)
    assert page.bbox and (page.bbox.width, page.bbox.height, page.dpi, page.page_number) == (500, 700, 72.0, 0)
    assert len(page.paragraphs) == 9
    title = page.paragraphs[1]
    assert title.bbox and (title.bbox.left, title.bbox.top, title.bbox.right) == (50, 35, 450)
    assert texts(title) == [["A", "Title", "&", "<more>"]]


def test_ocr_element_scripts() -> None:
    """Characters that nothing separates are one word; words from the right stand as they are seen, from the left."""
    page = page_element(place_in_regions(read_page(1, ANSWER)), 500, 700)
    japanese, hebrew = page.paragraphs[6].lines[0], page.paragraphs[7].lines[0]
    assert [word.text for word in japanese.words] == ["日本語の文章です。"]
    assert [word.text for word in hebrew.words] == ["טוב", "עולם", "שלום"]
    assert (japanese.direction, hebrew.direction) == ("ltr", "rtl")
    lefts = [word.bbox.left for word in hebrew.words if word.bbox]
    assert lefts == sorted(lefts)


def test_ocr_element_confidence_and_narrow_lines() -> None:
    """Of joined words the lowest confidence counts; a line is no higher than wide, as the renderer wants it."""
    words = (LineWord("a", (10, 0, 20, 900), 0.9), LineWord("b", (20, 0, 30, 900), 0.4, joined=True))
    line = PlacedLine(words, (10, 0, 30, 900))
    page = PlacedPage(1, 100, 100, 0, (PlacedBlock("text", line.box, (line,)),))
    (made,) = page_element(page, 1000, 1000).lines
    assert [(word.text, word.confidence) for word in made.words] == [("ab", 0.4)]
    assert made.bbox and (made.bbox.width, made.bbox.height, made.bbox.top) == (20, 20, 440)
