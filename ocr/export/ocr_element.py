"""A page as OCRmyPDF's element tree, which its renderer and its pipeline take."""

from collections.abc import Iterator

from ocrmypdf.models.ocr_element import BoundingBox, OcrClass, OcrElement

from ocr.export.placed_page import LineWord, PlacedLine, PlacedPage, reads_leftwards
from ocr.page_words import PreciseBox


def page_element(page: PlacedPage, width: float, height: float, dpi: float | None = None) -> OcrElement:
    """The page, its coordinates in the unit of `width` and `height`; a paragraph for each block that has words."""
    across, down = width / 1000, height / 1000

    def bounds(box: PreciseBox) -> BoundingBox:
        return BoundingBox(box[0] * across, box[1] * down, box[2] * across, box[3] * down)

    def line_element(line: PlacedLine) -> OcrElement:
        box = bounds(line.box)
        if box.height > box.width:  # the renderer takes narrow lines for misread ones, and leaves them out
            middle = (box.top + box.bottom) / 2
            box = BoundingBox(box.left, middle - box.width / 2, box.right, middle + box.width / 2)
        leftwards = reads_leftwards(line.text)
        words = list(joined_words(line))
        if leftwards:  # as they stand, from the left: the renderer spaces only words that follow to the right
            words.reverse()
        children = [
            OcrElement(OcrClass.WORD, bounds(word.box), text=word.text, confidence=word.confidence) for word in words
        ]
        return OcrElement(OcrClass.LINE, box, children=children, direction="rtl" if leftwards else "ltr")

    paragraphs = [
        OcrElement(OcrClass.PARAGRAPH, bounds(block.box), children=[line_element(line) for line in block.lines])
        for block in page.blocks
        if block.lines
    ]
    box = BoundingBox(0, 0, width, height)
    return OcrElement(OcrClass.PAGE, box, children=paragraphs, dpi=dpi, page_number=page.number - 1)


def joined_words(line: PlacedLine) -> Iterator[LineWord]:
    """The words of a line, those that nothing separates as one: the renderer puts a space between any two."""
    run: list[LineWord] = []
    for word in line.words:
        if run and not word.joined:
            yield _joined(run)
            run = []
        run.append(word)
    yield _joined(run)


def _joined(run: list[LineWord]) -> LineWord:
    if len(run) == 1:
        return run[0]
    left, top = min(word.box[0] for word in run), min(word.box[1] for word in run)
    right, bottom = max(word.box[2] for word in run), max(word.box[3] for word in run)
    known = [word.confidence for word in run if word.confidence is not None]
    return LineWord("".join(word.text for word in run), (left, top, right, bottom), min(known, default=None))
